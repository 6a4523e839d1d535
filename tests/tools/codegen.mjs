// Makes TypeScript of the schema and of the project's documents with graphql-codegen, and compiles it as strictly as tsc can.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codegen } from '@graphql-codegen/core';
import * as documentNode from '@graphql-codegen/typed-document-node';
import * as types from '@graphql-codegen/typescript';
import * as operations from '@graphql-codegen/typescript-operations';
import { parse } from 'graphql';
import { files, here, read, schemaFile, tell } from './common.mjs';

const scalars = Object.fromEntries(
  [...read(schemaFile).matchAll(/^scalar (\w+)/gm)].map(([, name]) => [name, ['JSON', '_Any'].includes(name) ? 'unknown' : 'string']),
);
const sources = files(join(here, 'operations'), '.graphql');
const make = (filename, documents, plugins) =>
  codegen({
    filename,
    schema: parse(read(schemaFile)),
    documents,
    config: { strictScalars: true, scalars, enumsAsTypes: true, useTypeImports: true, skipTypename: false },
    plugins: Object.keys(plugins).map((name) => ({ [name]: {} })),
    pluginMap: plugins,
  });
const asked = sources.map((location) => ({ location, document: parse(read(location)) }));
const made = {
  'schema.ts': await make('schema.ts', [], { types }),
  'graph.ts': await make('graph.ts', asked, { operations, documentNode }),
};

const folder = mkdtempSync(join(tmpdir(), 'roster-codegen-'));
try {
  for (const [name, text] of Object.entries(made)) {
    writeFileSync(join(folder, name), text);
  }
  for (const name of readdirSync(join(here, 'operations')).filter((name) => name.endsWith('.ts'))) {
    writeFileSync(join(folder, name), read(here, 'operations', name));
  }
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  symlinkSync(join(here, 'node_modules'), join(folder, 'node_modules'));
  const compilerOptions = {
    exactOptionalPropertyTypes: true,
    module: 'nodenext',
    noEmit: true,
    noUncheckedIndexedAccess: true,
    strict: true,
    target: 'es2023',
    types: [],
    verbatimModuleSyntax: true,
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  const tsc = spawnSync(process.execPath, [join(here, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', folder], { encoding: 'utf8' });
  console.log(`${Object.values(made).join('').split('\n').length} lines of TypeScript`);
  const said = `${tsc.error ?? ''}${tsc.stdout}${tsc.stderr}`.split('\n').filter(Boolean);
  tell('tsc --strict', tsc.status === 0 ? [] : [...said, `tsc ended with ${tsc.status}`]);
} finally {
  rmSync(folder, { recursive: true });
}
