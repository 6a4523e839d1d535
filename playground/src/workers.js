// The editor checks GraphQL and JSON in workers of its own. build.mjs bundles each and tells their addresses.
/* global WORKER_URLS */

globalThis.MonacoEnvironment = {
  getWorker(_id, label) {
    return new Worker(WORKER_URLS[label] ?? WORKER_URLS.editor, { name: label });
  },
};
