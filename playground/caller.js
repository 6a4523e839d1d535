// Who asks: the token of this browser tab, and the way to the graph. Both explorers use it.

export const GRAPH_PATH = '/api/graphql';

const KEY = 'roster.token';

/** The token of this tab, or an empty string. It lives as long as the tab and never reaches localStorage. */
export function token() {
  return sessionStorage.getItem(KEY) ?? '';
}

export function rememberToken(value) {
  const trimmed = value.trim();
  if (trimmed) sessionStorage.setItem(KEY, trimmed);
  else sessionStorage.removeItem(KEY);
}

/** Takes the token out of an address like /-/graphql-explorer#token=abc, and out of the history. */
export function takeTokenFromAddress() {
  // Such an address, pasted into a tab that shows this page already, does not load it anew by itself.
  addEventListener('hashchange', () => location.reload());
  const given = new URLSearchParams(location.hash.slice(1)).get('token');
  if (given === null) return;
  rememberToken(given);
  history.replaceState(null, '', location.pathname + location.search);
}

/** The headers that prove who the caller is. */
export function credentials() {
  return token() ? { 'PRIVATE-TOKEN': token() } : {};
}

/** fetch() with the caller's token. A header of the same name that was written by hand wins. */
export function fetchAsCaller(resource, init = {}) {
  const headers = new Headers(credentials());
  for (const [name, value] of Object.entries(init.headers ?? {})) headers.set(name, value);
  return fetch(resource, { ...init, headers });
}

/** Runs one operation and gives the answer as it came: `{ data, errors, extensions }`. */
export async function ask(query, variables) {
  const response = await send({ query, variables }, 'application/graphql-response+json, application/json;q=0.9');
  return response.json();
}

/** Runs a subscription and gives each answer as it comes, until the server ends it or `signal` does. */
export async function follow(query, variables, onAnswer, signal) {
  const response = await send({ query, variables }, 'text/event-stream, application/json;q=0.9', signal);
  if (!response.headers.get('content-type').startsWith('text/event-stream')) return onAnswer(await response.json());
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const events = (text + part.value).split('\n\n');
    text = events.pop();
    events.map((event) => /^event: next\ndata: (.*)$/m.exec(event)?.[1]).filter(Boolean).forEach((data) => onAnswer(JSON.parse(data)));
  }
}

function send(operation, accept, signal) {
  return fetchAsCaller(GRAPH_PATH, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept },
    body: JSON.stringify(operation),
    signal,
  });
}

/** Says in words whom the server sees: `{ known, text }`. */
export async function whoAmI() {
  if (!token()) return { known: false, text: 'Anonymous: only what is public' };
  try {
    const { data, errors } = await ask('query Caller { currentUser { name username } }');
    const user = data?.currentUser;
    if (user) return { known: true, text: `${user.name} (@${user.username})` };
    return { known: false, refused: true, text: errors?.[0]?.message ?? 'Nobody has this token' };
  } catch {
    return { known: false, refused: true, text: 'The server does not answer' };
  }
}
