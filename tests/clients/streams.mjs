// Queries, mutations and what is refused, through graphql-ws and graphql-sse: `node streams.mjs BASE_URL TOKEN`.
// Prints one line for each thing it has tried; an assertion says what is wrong.

import assert from 'node:assert/strict';

import { createClient as overEvents } from 'graphql-sse';
import { createClient as overSocket } from 'graphql-ws';
import WebSocket from 'ws';

import { start } from './common.mjs';

const { host, token } = start();

for (const path of ['/api/graphql', '/graphql']) {
  await works('graphql-ws', path, socket(path, { Authorization: `Bearer ${token}` }));
  await works('graphql-sse', path, events(path, { 'PRIVATE-TOKEN': token }));
}
await changesAreHeard('graphql-ws', socket('/graphql', { 'PRIVATE-TOKEN': token }));
await changesAreHeard('graphql-sse', events('/graphql', { 'PRIVATE-TOKEN': token }));
await aSocketIsRefused();
await aStreamIsRefused();
await aLostSocketIsOpenedAgain();

function socket(path, connectionParams, more = {}) {
  const url = host.replace(/^http/, 'ws') + path;
  return overSocket({ url, webSocketImpl: WebSocket, connectionParams, retryAttempts: 0, ...more });
}

function events(path, headers) {
  return overEvents({ url: host + path, headers, retryAttempts: 0 });
}

/** A query, a mutation, several at once, and faults of a document. */
async function works(name, path, client) {
  const one = async (query, variables) => {
    const answers = await all(client, { query, variables });
    assert.equal(answers.length, 1);
    return answers[0];
  };
  const { data, extensions } = await one('query Who($name: String!) { user(username: $name) { username } currentUser { id username } }', {
    name: 'ada',
  });
  assert.equal(data.currentUser.username, 'ada');
  assert.deepEqual(data.user, { username: 'ada' });
  assert.ok(extensions.cost.requested > 0);

  const groups = await Promise.all(
    ['lighthouse', 'openharbor'].map((path) => one('query($path: ID!) { group(fullPath: $path) { fullPath } }', { path })),
  );
  assert.deepEqual(groups.map((answer) => answer.data.group.fullPath), ['lighthouse', 'openharbor']);

  const made = await one(
    'mutation($in: PersonalAccessTokenCreateInput!) { personalAccessTokenCreate(input: $in) { errors token } }',
    { in: { name: `${name} ${path}`, scopes: ['self_rotate'] } },
  );
  assert.equal(made.errors, undefined, JSON.stringify(made.errors));
  assert.deepEqual(made.data.personalAccessTokenCreate.errors, []);

  assert.equal(await codeOf(() => one('{ nothing }')), 'GRAPHQL_VALIDATION_FAILED');
  assert.equal(await codeOf(() => one('{')), 'GRAPHQL_PARSE_FAILED');
  await client.dispose();
  console.log(`${name} at ${path}: a query, a mutation, two at once, two faults`);
}

/** Two changes are heard in their order; whoever comes again with the first one's cursor hears the second, and one who may not listen is told. */
async function changesAreHeard(name, client) {
  const listen = (fullPath, after) => client.iterate({
    query: 'subscription($fullPath: ID!, $after: String) { memberUpdated(fullPath: $fullPath, after: $after) { cursor type user { username } accessLevelAfter { stringValue } } }',
    variables: { fullPath, after },
  });
  const heard = async (listening) => (await listening.next()).value.data.memberUpdated;
  const group = 'lighthouse/platform';
  const { data } = await answerOf('query($p: ID!) { group(fullPath: $p) { id groupMembers(relations: [DIRECT], accessLevels: [DEVELOPER]) { nodes { id user { username } } } } }', { p: group });
  const { id, user } = data.group.groupMembers.nodes[0];
  const listening = listen(group);
  const first = heard(listening);
  // Who listens from now on must be there before the change; until it is heard, the change is made again and again.
  let level = 'REPORTER';
  const change = setInterval(() => void setLevel(id, (level = level === 'REPORTER' ? 'DEVELOPER' : 'REPORTER')), 200);
  const event = await first;
  clearInterval(change);
  assert.deepEqual([event.type, event.user.username], ['MEMBER_UPDATED', user.username]);
  await setLevel(id, 'REPORTER');
  await setLevel(id, 'DEVELOPER');
  const again = listen(group, event.cursor);
  const next = await heard(again);
  assert.equal(next.user.username, user.username);
  assert.notEqual(next.cursor, event.cursor);
  await listening.return();
  await again.return();

  assert.equal(await codeOf(async () => (await listen('no/such/group').next()).value), 'RESOURCE_NOT_AVAILABLE');
  await client.dispose();
  console.log(`${name}: changes of members`);
}

async function setLevel(id, accessLevel) {
  const { data, errors } = await answerOf('mutation($in: MemberUpdateInput!) { memberUpdate(input: $in) { errors } }', { in: { id, accessLevel } });
  assert.deepEqual(data?.memberUpdate?.errors, [], JSON.stringify(errors));
}

/** By plain HTTP. */
async function answerOf(query, variables) {
  const response = await fetch(`${host}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'PRIVATE-TOKEN': token },
    body: JSON.stringify({ query, variables }),
  });
  return response.json();
}

/** Everything that an operation answers. */
async function all(client, operation) {
  const answers = [];
  for await (const answer of client.iterate(operation)) answers.push(answer);
  return answers;
}

/** The code of the first error: thrown by the one client, given as an answer by the other. */
async function codeOf(call) {
  try {
    return (await call()).errors[0].extensions.code;
  } catch (errors) {
    assert.ok(Array.isArray(errors), errors);
    return errors[0].extensions.code;
  }
}

async function aSocketIsRefused() {
  const query = '{ currentUser { id } }';
  const refusals = [
    [4403, socket('/graphql', { 'PRIVATE-TOKEN': 'dead' })],
    [4400, socket('/graphql', { 'PRIVATE-TOKEN': ['no', 'text'] })],
  ];
  for (const [code, client] of refusals) {
    await assert.rejects(all(client, { query }), (event) => {
      assert.equal(event.code, code, event.reason);
      return true;
    });
    console.log(`graphql-ws is closed with ${code}`);
  }
  const anonymous = await all(socket('/graphql', {}), { query });
  assert.equal(anonymous[0].data.currentUser, null);
}

async function aStreamIsRefused() {
  await assert.rejects(all(events('/graphql', { 'PRIVATE-TOKEN': 'dead' }), { query: '{ currentUser { id } }' }), (fault) => {
    assert.equal(fault.response?.status, 401, fault);
    return true;
  });
  console.log('graphql-sse is refused with 401');
}

/** A client that has lost its connection comes again by itself, and its operations with it. */
async function aLostSocketIsOpenedAgain() {
  let opened = 0;
  const client = socket('/graphql', { 'PRIVATE-TOKEN': token }, {
    retryAttempts: 3,
    shouldRetry: () => true,
    retryWait: async () => {},
    lazy: false,
    on: {
      connected: (connection) => {
        opened += 1;
        // As when a cable is pulled: nobody says goodbye.
        if (opened === 1) connection.terminate();
      },
    },
  });
  const [answer] = await all(client, { query: '{ currentUser { username } }' });
  assert.equal(answer.data.currentUser.username, 'ada');
  assert.equal(opened, 2);
  await client.dispose();
  console.log('graphql-ws: a lost socket is opened again');
}
