// Seats, pending members, groups, projects, users and tokens through @gitbeaker/rest: `node gitbeaker_admin.mjs BASE_URL TOKEN`.
// The token is that of an owner of the group below; the administrator of the demo does the rest. Prints one line for each part; an
// assertion says what is wrong.

import assert from 'node:assert/strict';

import { Gitlab } from '@gitbeaker/rest';

import { ids, refuses, start, whole } from './common.mjs';

const GROUP = 'lighthouse';
const ADDRESS = 'nora@newcomers.example.com';

const { host, token } = start();
const api = new Gitlab({ host, token });
const root = new Gitlab({ host, token: 'demo-root' });
const caller = await api.Users.showCurrentUser();

assert.match((await api.Metadata.show()).version, /-ee$/);
await pending();
await seats();
const group = await groups();
await projects();
const user = await users();
await tokens();
await namespaces();
await api.Groups.remove(group.id);
await refuses(404, () => api.Groups.show(group.id));
assert.deepEqual(await root.Users.allMemberships(user.id), [], 'the last membership went with the group');
console.log('the group is gone');

async function pending() {
  const waiting = await whole('pending members', (page) => api.GroupMembers.allPending(GROUP, page));
  const first = waiting.find((row) => !row.invited);
  await api.GroupMembers.approve(GROUP, first.id);
  await refuses(404, () => api.GroupMembers.approve(GROUP, 2 ** 40));
  await api.GroupMembers.approveAll(GROUP);
  const left = await api.GroupMembers.allPending(GROUP);
  assert.deepEqual(left.filter((row) => !row.invited), []);
}

async function seats() {
  const taken = await whole('billable members', (page) => api.GroupMembers.allBillable(GROUP, page));
  const gustav = taken.find((row) => row.username === 'gustav');
  const memberships = await api.GroupMembers.allBillableMemberships(GROUP, gustav.id);
  const places = memberships.map((row) => row.source_full_name).sort();
  assert.deepEqual(places, ['Lighthouse / Apps / Mobile', 'Lighthouse / Platform / Deploy']);
  await api.GroupMembers.removeBillable(GROUP, gustav.id);
  await refuses(400, () => api.GroupMembers.removeBillable(GROUP, gustav.id));
  assert.ok(!ids(await api.GroupMembers.all(GROUP, { includeInherited: true })).includes(gustav.id));
}

/** Makes a group and one below it, changes both, and finds it in the audit events. */
async function groups() {
  const made = await api.Groups.create('Workshop', 'workshop');
  assert.deepEqual([made.full_path, made.visibility, made.parent_id], ['workshop', 'private', null]);
  await refuses(400, () => api.Groups.create('Another', 'Workshop'));
  const below = await api.Groups.create('Tools', 'tools', { parentId: made.id });
  const edited = await api.Groups.edit(made.id, { path: 'workshops', description: 'Where things are made' });
  assert.equal(edited.full_path, 'workshops');
  assert.equal((await api.Groups.show(below.id)).full_path, 'workshops/tools');
  assert.equal((await api.GroupMembers.all('workshops/tools'))[0].username, caller.username);
  await refuses(404, () => api.Groups.show('workshop'));
  await refuses(400, () => api.Groups.edit(below.id, { visibility: 'public' }));
  assert.deepEqual(ids(await api.Groups.allSubgroups(made.id)), [below.id]);
  assert.ok(ids(await api.Groups.all({ owned: true, perPage: 2 })).includes(made.id));
  const events = (await api.AuditEvents.all({ groupId: made.id, perPage: 1 })).map((event) => event.event_name);
  assert.ok(events.includes('group_created') && events.includes('member_created'), events.join());
  console.log(`groups: ${edited.full_path}`);
  return edited;
}

/** Makes a project, renames it, and removes it. */
async function projects() {
  const made = await api.Projects.create({ name: 'Lathe', namespaceId: group.id });
  assert.deepEqual([made.path, made.path_with_namespace, made.visibility], ['lathe', 'workshops/lathe', 'private']);
  await refuses(400, () => api.Projects.create({ name: 'Lathe', namespaceId: group.id }));
  const edited = await api.Projects.edit(made.id, { path: 'drill' });
  assert.equal(edited.path_with_namespace, 'workshops/drill');
  assert.equal((await api.Projects.show('workshops/lathe')).id, made.id);
  const own = await api.Projects.create({ name: 'Notes and plans' });
  assert.equal(own.path_with_namespace, `${caller.username}/notes-and-plans`);
  await api.Projects.remove(own.id);
  assert.deepEqual(ids(await api.Groups.allProjects(group.id)), [made.id]);
  assert.ok(ids(await api.Projects.all({ pagination: 'keyset', orderBy: 'id', perPage: 2 })).includes(made.id));
  await api.Projects.remove(made.id);
  await refuses(404, () => api.Projects.show(made.id));
  console.log('projects: made, renamed, removed');
}

/** Makes a user whose address was invited, and who so belongs somewhere at once. */
async function users() {
  await root.GroupInvitations.add(group.id, 30, { email: ADDRESS });
  const account = { email: ADDRESS, username: 'nora', name: 'Nora New', forceRandomPassword: true };
  const made = await root.Users.create(account);
  await refuses(409, () => root.Users.create(account));
  const [membership] = await root.Users.allMemberships(made.id);
  assert.deepEqual([membership.source_id, membership.source_type, membership.access_level], [group.id, 'Namespace', 30]);
  assert.equal((await api.GroupMembers.show(group.id, made.id)).access_level, 30);
  await root.Users.block(made.id);
  assert.equal((await root.Users.show(made.id)).state, 'blocked');
  await root.Users.unblock(made.id);
  console.log(`users: ${made.username} belongs to ${membership.source_name}`);
  return made;
}

async function tokens() {
  const made = await root.PersonalAccessTokens.create(user.id, 'cli', ['api', 'self_rotate'], { expiresAt: aMonthAhead() });
  assert.ok(made.token.startsWith('rst-') && made.active);
  const nora = new Gitlab({ host, token: made.token });
  assert.equal((await nora.Users.showCurrentUser()).username, 'nora');
  assert.deepEqual(ids(await nora.PersonalAccessTokens.all()), [made.id]);
  assert.equal((await nora.PersonalAccessTokens.show()).id, made.id);
  await whole('tokens', (page) => root.PersonalAccessTokens.all(page));
  const rotated = await nora.PersonalAccessTokens.rotate('self');
  await refuses(401, () => nora.Users.showCurrentUser());
  const again = new Gitlab({ host, token: rotated.token });
  assert.equal((await again.PersonalAccessTokens.show()).id, rotated.id);
  await root.PersonalAccessTokens.remove({ tokenId: rotated.id });
  await refuses(401, () => again.Users.showCurrentUser());
  console.log('tokens: made, rotated, revoked');
}

async function namespaces() {
  const listed = await whole('namespaces', (page) => api.Namespaces.all(page));
  assert.deepEqual(new Set(listed.map((row) => row.kind)), new Set(['user', 'group']));
  assert.equal((await api.Namespaces.show(group.full_path)).id, group.id);
  assert.equal((await api.Namespaces.show(caller.username)).id, 1_000_000_000 + caller.id);
}

function aMonthAhead() {
  return new Date(Date.now() + 30 * 24 * 3600 * 1000).toISOString().slice(0, 10);
}
