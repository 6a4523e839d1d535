// Uses a running demo through @gitbeaker/rest, as a script written for GitLab would: `node gitbeaker.mjs BASE_URL TOKEN`.
// Prints one line for each list and each source whose members or shares it has changed; an assertion says what is wrong.

import assert from 'node:assert/strict';

import { Gitlab } from '@gitbeaker/rest';

const GROUP = 'lighthouse/platform';
const PROJECT = 'lighthouse/platform/deploy';
const FRIENDS = 'openharbor';

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

const [one, other] = ['rosa', 'wei'].map((name) => users.find((user) => user.username === name));
await changes('group', api.GroupMembers, GROUP, { groupId: GROUP });
await changes('project', api.ProjectMembers, PROJECT, { projectId: PROJECT });

const friends = await api.Groups.show(FRIENDS);
const inGroup = 'group_share_with_group_link';
await shares('group', api.Groups, GROUP, { groupId: GROUP }, [`${inGroup}_removed`, `${inGroup}_created`]);
await shares('project', api.Projects, PROJECT, { projectId: PROJECT }, ['project_group_link_deleted', 'project_group_link_created']);

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

/** Adds, changes and removes members, and finds it in the audit events. */
async function changes(name, members, source, audited) {
  const added = await members.add(source, 30, { userId: one.id, expiresAt: '2035-01-02' });
  assert.deepEqual([added.username, added.access_level, added.expires_at], [one.username, 30, '2035-01-02']);
  await refuses(409, () => members.add(source, 30, { username: one.username }));
  const edited = await members.edit(source, one.id, 20, { expiresAt: '' });
  assert.deepEqual([edited.access_level, edited.expires_at], [20, null]);
  await refuses(400, () => members.edit(source, one.id, 13));
  assert.equal((await members.add(source, 20, { userId: `${one.id},${other.id}` })).status, 'success');
  await members.remove(source, one.id);
  await members.remove(source, other.id, { skipSubresources: true, unassignIssuables: false });
  await refuses(404, () => members.show(source, one.id));
  await refuses(404, () => members.remove(source, other.id));
  const events = (await api.AuditEvents.all({ ...audited, perPage: 2 })).map((event) => event.event_name);
  const expected = ['destroyed', 'destroyed', 'created', 'updated', 'created'].map((word) => `member_${word}`);
  assert.deepEqual(events, expected);
  console.log(`changes in the ${name}: ${events.length}`);
}

/** Shares with a group and ends it, and finds both in the lists and in the audit events. */
async function shares(name, sources, source, audited, kinds) {
  await sources.share(source, friends.id, 20, { expiresAt: '2035-01-02' });
  await refuses(409, () => sources.share(source, friends.id, 30));
  const shown = (await sources.show(source)).shared_with_groups.find((share) => share.group_id === friends.id);
  assert.deepEqual([shown.group_access_level, shown.expires_at], [20, '2035-01-02']);
  if (name === 'project') {
    assert.ok(ids(await sources.allInvitedGroups(source, { relation: ['direct'] })).includes(friends.id));
    assert.ok(ids(await sources.allGroups(source, { withShared: true, perPage: 2 })).includes(friends.id));
    assert.ok(!ids(await sources.allSharableGroups(source)).includes(friends.id));
    const { id } = await sources.show(source);
    assert.ok(ids(await api.Groups.allSharedProjects(friends.id, { simple: true })).includes(id));
  }
  await sources.unshare(source, friends.id);
  await refuses(404, () => sources.unshare(source, friends.id));
  await sources.share(source, friends.id, 10);
  await sources.unshare(source, friends.id, {});
  const events = await api.AuditEvents.all({ ...audited, perPage: 4, maxPages: 1 });
  assert.deepEqual(events.map((event) => event.event_name), [...kinds, ...kinds]);
  console.log(`shares of the ${name}: ${events.length}`);
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
