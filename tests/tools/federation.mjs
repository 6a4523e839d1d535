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
const { errors = [], hints = [], supergraphSdl } = composeServices([
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
  found.push(...validate(buildSchema(supergraphSdl), document).map((error) => error.message));
  const keys = { UserCore: ['id', 'username'], Group: ['id', 'fullPath'], Project: ['id', 'fullPath'] };
  for (const [entity, names] of Object.entries(keys)) {
    const [head] = supergraphSdl.match(new RegExp(`^type ${entity} [^{]*`, 'm')) ?? [''];
    const missing = names.filter((name) => !head.includes(`@join__type(graph: ROSTER, key: "${name}")`));
    found.push(...missing.map((name) => `${entity} has no key ${name} in the supergraph`));
  }
}
console.log(`${hints.length} hints`);
for (const hint of hints) {
  console.log(`hint: ${hint.message.split('\n')[0]}`);
}
tell('@apollo/composition', found);
