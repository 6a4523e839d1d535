// Bundles the playground into a folder of plain files: node build.mjs [folder]
// index.html and favicon.svg keep their names; everything under assets/ has the hash of its content in its name.

import { copyFile, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

const SERVED_AT = '/-/graphql-explorer';
const here = path.dirname(fileURLToPath(import.meta.url));
const out = path.resolve(process.argv[2] ?? path.join(here, 'dist'));

const shared = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  metafile: true,
  target: 'es2022',
  outdir: path.join(out, 'assets'),
  entryNames: '[name]-[hash]',
  chunkNames: '[name]-[hash]',
  assetNames: '[name]-[hash]',
  publicPath: `${SERVED_AT}/assets`,
  legalComments: 'none',
  logLevel: 'warning',
  define: { 'process.env.NODE_ENV': '"production"' },
  loader: { '.ttf': 'file', '.md': 'text' },
};

await rm(shared.outdir, { recursive: true, force: true });

const workers = await build({
  ...shared,
  format: 'iife',
  entryPoints: {
    'worker-editor': 'monaco-editor/esm/vs/editor/editor.worker.js',
    'worker-json': 'monaco-editor/esm/vs/language/json/json.worker.js',
    'worker-graphql': 'monaco-graphql/esm/graphql.worker.js',
  },
});

const page = await build({
  ...shared,
  format: 'esm',
  splitting: true,
  jsx: 'automatic',
  entryPoints: { playground: 'src/main.jsx' },
  define: {
    ...shared.define,
    WORKER_URLS: JSON.stringify({
      editor: served(workers, /worker-editor-.*\.js$/),
      json: served(workers, /worker-json-.*\.js$/),
      graphql: served(workers, /worker-graphql-.*\.js$/),
    }),
  },
});

// The page's own style sheet already holds what these repeat for chunks that load later.
const repeated = outputs(page).filter((file) => file.endsWith('.css') && !/playground-[^/]*$/.test(file));
await Promise.all(repeated.map((file) => rm(path.join(here, file))));

const template = await readFile(path.join(here, 'index.html'), 'utf8');
await writeFile(
  path.join(out, 'index.html'),
  template
    .replace('{{script}}', served(page, /playground-[^/]*\.js$/))
    .replace('{{style}}', served(page, /playground-[^/]*\.css$/)),
);
await copyFile(path.join(here, 'favicon.svg'), path.join(out, 'favicon.svg'));
await writeFile(path.join(out, 'licenses.txt'), await licenses([workers, page]));

function outputs(result) {
  return Object.keys(result.metafile.outputs);
}

/** The address of the one output whose name matches. */
function served(result, name) {
  const found = outputs(result).filter((output) => name.test(output));
  if (found.length !== 1) throw new Error(`${name} matches ${found.length} outputs`);
  return `${SERVED_AT}/assets/${path.basename(found[0])}`;
}

/** The licence of every package that is in the bundle; each asks to be carried along. */
async function licenses(results) {
  const packages = new Set(
    results
      .flatMap(({ metafile }) => Object.keys(metafile.inputs))
      .map((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0])
      .filter(Boolean),
  );
  const texts = await Promise.all([...packages].sort().map(licenseOf));
  return texts.join('\n\n');
}

async function licenseOf(folder) {
  const { name, version, license } = JSON.parse(await readFile(path.join(here, folder, 'package.json'), 'utf8'));
  const file = (await readdir(path.join(here, folder))).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file ? await readFile(path.join(here, folder, file), 'utf8') : '';
  return `${name} ${version} (${license})\n\n${text}`.trim();
}
