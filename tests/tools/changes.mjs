// Compares schema.graphql with that of the last release, `released.graphql`: what breaks clients must be listed in `breaking.json`, with the reason.
// `--keep` makes the schema at hand the released one, and is run when a release is made.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CriticalityLevel, DiffRule, diff } from '@graphql-inspector/core';
import { buildSchema, parse, print, visit } from 'graphql';
import { here, read, schemaFile, tell } from './common.mjs';

const kept = join(here, 'released.graphql');
const listed = join(here, 'breaking.json');

if (process.argv.includes('--keep')) {
  // What things are called, and not what is said of them.
  const bare = visit(parse(read(schemaFile)), { enter: (node) => (node.description ? { ...node, description: undefined } : undefined) });
  writeFileSync(kept, `${print(bare)}\n`);
  writeFileSync(listed, '{}\n');
}

const allowed = JSON.parse(read(listed));
const changes = await diff(buildSchema(read(kept)), buildSchema(read(schemaFile)), [DiffRule.ignoreDescriptionChanges]);
const breaking = changes.filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking);
const at = ({ type, path, message }) => `${type} ${path ?? message}`;
const unlisted = breaking.filter((change) => !allowed[at(change)]).map((change) => `${at(change)}: ${change.message}`);
const idle = Object.keys(allowed).filter((listed) => !breaking.some((change) => at(change) === listed));
console.log(`${changes.length} changes since the last release, ${breaking.length} of them breaking`);
tell('graphql-inspector diff', [...unlisted, ...idle.map((change) => `listed, and no change: ${change}`)]);
