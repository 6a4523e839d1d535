// Validates every document of the project against schema.graphql: those written for GitLab, the playground's, and those of the docs.

import { validate } from '@graphql-inspector/core';
import { buildSchema } from 'graphql';
import { documents, read, schemaFile, tell } from './common.mjs';

const all = documents();
const invalid = validate(buildSchema(read(schemaFile)), all, { strictFragments: true, maxDepth: 20 });
const faults = invalid.flatMap(({ source, errors }) => errors.map((error) => `${source.name}: ${error.message}`));
// Names given up are for old clients only, and the corpus tries them on purpose.
const deprecated = invalid.flatMap(({ source, deprecated }) =>
  source.name.includes('lenient') ? [] : deprecated.map((use) => `${source.name}: ${use.message}`),
);
console.log(`${all.length} documents`);
tell('graphql-inspector validate', [...(all.length < 40 ? ['too few documents'] : []), ...faults, ...deprecated]);
