// Reads a running demo through @gitbeaker/rest, as a script written for GitLab would: `node gitbeaker.mjs BASE_URL TOKEN`.
// Prints one line for each list; an assertion says what is wrong.

import assert from 'node:assert/strict';

import { Gitlab } from '@gitbeaker/rest';

const GROUP = 'lighthouse/platform';
const PROJECT = 'lighthouse/platform/deploy';

const [host, token] = process.argv.slice(2);
if (!token) {
  console.error('usage: node gitbeaker.mjs BASE_URL TOKEN');
  process.exit(2);
}

const api = new Gitlab({ host, token });

assert.equal((await api.Groups.show(GROUP)).full_path, GROUP);
assert.equal((await api.Projects.show(PROJECT)).path_with_namespace, PROJECT);

await whole('groups', (page) => api.Groups.all(page));
await whole('projects', (page) => api.Projects.all(page));
const users = await whole('users', (page) => api.Users.all(page));
const caller = await api.Users.showCurrentUser();
assert.ok(ids(users).includes(caller.id), 'the caller is one of the users');

for (const [name, members, source] of [
  ['group', api.GroupMembers, GROUP],
  ['project', api.ProjectMembers, PROJECT],
]) {
  const direct = await whole(`direct members of the ${name}`, (page) => members.all(source, page));
  const effective = await whole(`members of the ${name}`, (page) => members.all(source, { includeInherited: true, ...page }));
  assert.ok(ids(direct).every((id) => ids(effective).includes(id)), `direct members of the ${name} are members`);
  assert.ok(effective.length > direct.length, `the ${name} has other members, too`);
  const [one] = effective;
  const alone = await members.show(source, one.id, { includeInherited: true });
  assert.deepEqual([alone.username, alone.access_level], [one.username, one.access_level]);
}

await refuses(404, () => api.Groups.show('lighthouse/nowhere'));
await refuses(401, () => new Gitlab({ host, token: "nobody's" }).Users.showCurrentUser());

/** The whole list, which must be the same in pages of any size. */
async function whole(name, list) {
  const rows = await list({ perPage: 100 });
  assert.ok(rows.length > 0, `${name}: none`);
  assert.equal(new Set(ids(rows)).size, rows.length, `${name}: one of them twice`);
  assert.deepEqual(ids(await list({ perPage: 2 })), ids(rows), `${name}: the same in pages of two`);
  console.log(`${name}: ${rows.length}`);
  return rows;
}

function ids(rows) {
  return rows.map((row) => row.id);
}

async function refuses(status, call) {
  await assert.rejects(call, (refusal) => {
    assert.equal(refusal.cause?.response?.status, status, refusal);
    return true;
  });
}
