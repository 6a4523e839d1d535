// Composes the subgraph that `roster schema --federation` prints, in the file that is named, with one that extends its entities.

import { composeServices } from '@apollo/composition';
import { buildSchema, parse, validate } from 'graphql';
import { here, read, tell } from './common.mjs';

const [printed] = process.argv.slice(2);
if (!printed) {
  console.error('usage: node federation.mjs FILE');
  process.exit(2);
}
const subgraph = (name, text) => ({ name, typeDefs: parse(text), url: `http://${name}.example/graphql` });
const { errors = [], hints = [], schema, supergraphSdl } = composeServices([
  subgraph('roster', read(printed)),
  subgraph('tickets', read(here, 'tickets.graphql')),
]);
const found = errors.map((error) => error.message);
if (supergraphSdl) {
  // What one asks of both at once.
  const document = parse(`{
    group(fullPath: "acme") {
      openTickets
      groupMembers { nodes { user { username tickets { title project { fullPath projectMembers { count } } } } } }
    }
    ticket(id: "1") { group { fullName } assignee { name state } }
  }`);
  const supergraph = buildSchema(schema.toAPISchema ? (await import('@apollo/federation-internals')).printSchema(schema.toAPISchema()) : supergraphSdl);
  found.push(...validate(supergraph, document).map((error) => error.message));
  for (const key of ['UserCore', 'Group', 'Project']) {
    if (!new RegExp(`type ${key}[^{]*@join__type\\(graph: ROSTER, key: "id"[^{]*\\{`).test(supergraphSdl)) {
      found.push(`${key} has no key in the supergraph`);
    }
  }
}
console.log(`${hints.length} hints`);
for (const hint of hints) {
  console.log(`hint: ${hint.message.split('\n')[0]}`);
}
tell('@apollo/composition', found);
