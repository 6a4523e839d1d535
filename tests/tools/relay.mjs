// Compiles what a Relay application would write with relay-compiler: paginated and refetched fragments, and mutations that update lists.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import compiler from 'relay-compiler';
import { files, here, schemaFile, tell } from './common.mjs';

const folder = mkdtempSync(join(tmpdir(), 'roster-relay-'));
try {
  cpSync(join(here, 'relay'), join(folder, 'src'), { recursive: true });
  cpSync(schemaFile, join(folder, 'schema.graphql'));
  const config = {
    src: './src',
    schema: './schema.graphql',
    language: 'typescript',
    eagerEsModules: true,
    customScalarTypes: {},
    // Neither the network nor a watcher of files is asked.
    schemaConfig: { nodeInterfaceIdField: 'id' },
  };
  writeFileSync(join(folder, 'relay.config.json'), JSON.stringify(config));
  const ended = spawnSync(compiler, ['relay.config.json', '--noWatchman', '--output', 'verbose'], { cwd: folder, encoding: 'utf8' });
  const said = `${ended.error ?? ''}${ended.stdout}${ended.stderr}`.split('\n').filter(Boolean);
  const made = files(folder, '.graphql.ts');
  console.log(`${made.length} artefacts`);
  const few = made.length < 8 ? [`only ${made.length} artefacts`] : [];
  tell('relay-compiler', ended.status === 0 ? few : [...said, `relay-compiler ended with ${ended.status}`]);
} finally {
  rmSync(folder, { recursive: true });
}
