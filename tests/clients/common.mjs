// What the scripts for @gitbeaker/rest share.

import assert from 'node:assert/strict';

/** The arguments of the script. */
export function start() {
  const [script, host, token] = process.argv.slice(1);
  if (!token) {
    console.error(`usage: node ${script} BASE_URL TOKEN`);
    process.exit(2);
  }
  return { host, token };
}

/** The whole list, which must be the same in pages of any size. */
export async function whole(name, list) {
  const rows = await list({ perPage: 100 });
  assert.ok(rows.length > 0, `${name}: none`);
  assert.equal(new Set(ids(rows)).size, rows.length, `${name}: one of them twice`);
  assert.deepEqual(ids(await list({ perPage: 2 })), ids(rows), `${name}: the same in pages of two`);
  console.log(`${name}: ${rows.length}`);
  return rows;
}

export function ids(rows) {
  return rows.map((row) => row.id);
}

/** It must answer with that status. */
export async function refuses(status, call) {
  await assert.rejects(call, (refusal) => {
    assert.equal(refusal.cause?.response?.status, status, refusal);
    return true;
  });
}
