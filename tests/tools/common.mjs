// What the scripts share: where things lie, and how what was found is told.

import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Source } from 'graphql';

export const here = dirname(fileURLToPath(import.meta.url));
export const project = join(here, '..', '..');
export const schemaFile = join(project, 'schema.graphql');

export function read(...path) {
  return readFileSync(join(...path), 'utf8');
}

/** Every file below a folder whose name ends like that. */
export function files(folder, end) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile() && entry.name.endsWith(end));
  return names.map((entry) => join(entry.parentPath, entry.name)).sort();
}

/** The GraphQL documents of the project, each a `Source` that knows where it stands. */
export function documents() {
  const corpus = files(join(project, 'tests', 'gitlab_documents'), '.graphql').map((file) => new Source(read(file), relative(project, file)));
  const pages = [join(project, 'README.md'), ...files(join(project, 'docs'), '.md')];
  const printed = pages.flatMap((page) => {
    const blocks = read(page).matchAll(/^```graphql\n(.*?)^```/gms);
    return [...blocks].map(([, text], at) => new Source(text, `${relative(project, page)}: ${at + 1}`));
  });
  return [...corpus, ...printed];
}

/** Prints what was found, and fails when anything was. */
export function tell(what, found) {
  for (const line of found) {
    console.log(line);
  }
  console.log(`${what}: ${found.length === 0 ? 'all well' : `${found.length} found`}`);
  process.exitCode = found.length === 0 ? 0 : 1;
}
