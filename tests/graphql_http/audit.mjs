// Audits the graph at a URL against the GraphQL over HTTP specification: `node audit.mjs http://127.0.0.1:8080/api/graphql`.
// Prints each audit that is not ok, then how many were; exits with 1 unless all of them, MUST, SHOULD and MAY, are ok.

import { auditServer } from "graphql-http";

const url = process.argv[2];
if (!url) {
  console.error("usage: node audit.mjs URL");
  process.exit(2);
}

const results = await auditServer({ url });
const failed = results.filter((result) => result.status !== "ok");
for (const { id, name, status, reason } of failed) {
  console.log(`${status} ${id} ${name}: ${reason}`);
}
console.log(`${results.length - failed.length} of ${results.length} ok`);
process.exitCode = failed.length === 0 && results.length > 0 ? 0 : 1;
