// The plain explorer: one page without a framework, for a binary that was built without npm.

import { ask, follow, rememberToken, takeTokenFromAddress, token, whoAmI } from './caller.js';
import { examplesIn } from './examples.js';

const SETTLED_AFTER_MS = 400;
const MOST_ANSWERS = 50;

const examples = examplesIn(await (await fetch('/-/graphql-explorer/graphql.md')).text());

const byId = (id) => document.getElementById(id);
const operation = byId('operation');
const query = byId('query');
const variables = byId('variables');

function start() {
  takeTokenFromAddress();
  byId('token').value = token();
  byId('token').addEventListener('input', changeToken);
  byId('caller').addEventListener('submit', (event) => event.preventDefault());

  byId('examples').append(...examples.map(exampleItem));
  choose(examples[0]);

  operation.addEventListener('submit', (event) => {
    event.preventDefault();
    run();
  });
  operation.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) operation.requestSubmit();
  });

  byId('schema-filter').addEventListener('input', filterSchema);
  showCaller();
  loadSchema();
}

// The caller

let settling;

function changeToken(event) {
  rememberToken(event.target.value);
  clearTimeout(settling);
  settling = setTimeout(() => {
    showCaller();
    if (!byId('schema').querySelector('details')) loadSchema();
  }, SETTLED_AFTER_MS);
}

async function showCaller() {
  const asked = token();
  const { known, refused, text } = await whoAmI();
  if (asked !== token()) return;
  const name = byId('caller-name');
  name.textContent = text;
  name.dataset.known = known;
  name.dataset.refused = refused ?? false;
}

// The examples

function exampleItem(example) {
  const button = element('button', {}, element('strong', {}, example.title), element('span', {}, example.about));
  button.type = 'button';
  button.addEventListener('click', () => choose(example));
  return element('li', {}, button);
}

function choose(example) {
  query.value = example.query;
  variables.value = example.variables ? JSON.stringify(example.variables, null, 2) : '';
  byId('examples')
    .querySelectorAll('button')
    .forEach((button, index) => button.setAttribute('aria-current', examples[index] === example));
}

// One operation

let stream;

async function run() {
  if (stream) return stream.abort();
  if (/^\s*subscription\b/m.test(query.value)) return listen();
  const button = operation.querySelector('button');
  button.disabled = true;
  const started = performance.now();
  try {
    const answer = await ask(query.value, variablesGiven());
    showAnswer(answer);
    byId('status').textContent = `${answer.errors ? 'with errors' : 'done'} in ${Math.round(performance.now() - started)} ms`;
  } catch (error) {
    showAnswer({ errors: [{ message: error.message }] });
    byId('status').textContent = 'not sent, or no answer';
  } finally {
    button.disabled = false;
  }
}

/** Shows what comes, the last on top, until somebody stops it. */
async function listen() {
  const button = operation.querySelector('button');
  const label = button.textContent;
  let answers = [];
  stream = new AbortController();
  button.textContent = 'Stop';
  byId('status').textContent = 'waiting for what happens';
  showAnswer(answers);
  try {
    await follow(
      query.value,
      variablesGiven(),
      (answer) => {
        answers = [answer, ...answers].slice(0, MOST_ANSWERS);
        showAnswer(answers);
      },
      stream.signal,
    );
    byId('status').textContent = 'the stream has ended';
  } catch (error) {
    byId('status').textContent = stream.signal.aborted ? 'stopped' : `the stream broke off: ${error.message}`;
  } finally {
    stream = undefined;
    button.textContent = label;
  }
}

function variablesGiven() {
  if (!variables.value.trim()) return undefined;
  try {
    return JSON.parse(variables.value);
  } catch (error) {
    throw new Error(`The variables are no JSON: ${error.message}`);
  }
}

const JSON_TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

function showAnswer(answer) {
  const text = JSON.stringify(answer, null, 2);
  const parts = [];
  let end = 0;
  for (const { 0: whole, 1: string, 2: colon, index } of text.matchAll(JSON_TOKEN)) {
    parts.push(text.slice(end, index));
    const kind = colon ? 'key' : string ? 'string' : 'literal';
    parts.push(element('span', { class: kind }, string ?? whole), colon ?? '');
    end = index + whole.length;
  }
  byId('answer').replaceChildren(...parts, text.slice(end));
}

// The schema

const SCHEMA = `query Schema {
  __schema {
    types {
      name
      description
      fields { name description args { name type { ...Type } } type { ...Type } }
      inputFields { name description type { ...Type } }
      enumValues { name description }
      possibleTypes { name }
    }
  }
}
fragment Type on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }`;

const ROOTS = ['Query', 'Mutation', 'Subscription'];

async function loadSchema() {
  const schema = byId('schema');
  try {
    const { data, errors } = await ask(SCHEMA);
    if (!data) throw new Error(errors?.[0]?.message ?? 'no answer');
    const types = data.__schema.types.filter((type) => !type.name.startsWith('__'));
    types.sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
    schema.replaceChildren(...types.map(typeDetails));
    filterSchema();
  } catch (error) {
    schema.replaceChildren(element('p', {}, `No schema: ${error.message}`));
  }
}

function rank({ name }) {
  const position = ROOTS.indexOf(name);
  return position < 0 ? ROOTS.length : position;
}

function typeDetails(type) {
  const members = [...(type.fields ?? []), ...(type.inputFields ?? []), ...(type.enumValues ?? [])];
  const implementers = (type.fields ? [] : (type.possibleTypes ?? [])).map(({ name }) => element('li', {}, name));
  const details = element(
    'details',
    {},
    element('summary', {}, type.name),
    element('p', {}, type.description ?? ''),
    element('ul', {}, ...members.map(memberItem), ...implementers),
  );
  details.dataset.words = [type.name, ...members.map(({ name }) => name)].join(' ').toLowerCase();
  return details;
}

function memberItem({ name, description, args, type }) {
  const item = element('li', {}, name);
  if (args?.length) item.append(`(${args.map(({ name }) => name).join(', ')})`);
  if (type) item.append(': ', element('span', { class: 'key' }, typeText(type)));
  if (description) item.title = description;
  return item;
}

function typeText({ kind, name, ofType }) {
  if (kind === 'NON_NULL') return `${typeText(ofType)}!`;
  if (kind === 'LIST') return `[${typeText(ofType)}]`;
  return name;
}

function filterSchema() {
  const wanted = byId('schema-filter').value.trim().toLowerCase();
  for (const details of byId('schema').querySelectorAll('details')) {
    details.hidden = !details.dataset.words.includes(wanted);
  }
}

function element(name, attributes, ...children) {
  const created = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) created.setAttribute(attribute, value);
  created.append(...children);
  return created;
}

start();
