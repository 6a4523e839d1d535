// Members, invitations, access requests and shares through @gitbeaker/rest: `node gitbeaker.mjs BASE_URL TOKEN`.
// Prints one line for each list and each source whose members or shares it has changed; an assertion says what is wrong.

import assert from 'node:assert/strict';

import { Gitlab } from '@gitbeaker/rest';

import { ids, refuses, start, whole } from './common.mjs';

const GROUP = 'lighthouse/platform';
const PROJECT = 'lighthouse/platform/deploy';
const FRIENDS = 'openharbor';

const { host, token } = start();

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
await invitations('group', api.GroupInvitations, api.GroupMembers, GROUP);
await invitations('project', api.ProjectInvitations, api.ProjectMembers, PROJECT);

const root = new Gitlab({ host, token: 'demo-root' });
// Every signed-in user sees them, and the caller is no member.
await requests('group', 'GroupAccessRequests', 'GroupMembers', 'partners');
await requests('project', 'ProjectAccessRequests', 'ProjectMembers', 'partners/onboarding');

const friends = await api.Groups.show(FRIENDS);
const inGroup = 'group_share_with_group_link';
await shares('group', api.Groups, GROUP, { groupId: GROUP }, [`${inGroup}_removed`, `${inGroup}_created`]);
await shares('project', api.Projects, PROJECT, { projectId: PROJECT }, ['project_group_link_deleted', 'project_group_link_created']);

await refuses(404, () => api.Groups.show('lighthouse/nowhere'));
await refuses(401, () => new Gitlab({ host, token: "nobody's" }).Users.showCurrentUser());

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

/** Invites two people, one of them with an account; changes and takes back what is not accepted. */
async function invitations(name, invitations, members, source) {
  const address = `new+${name}@example.com`;
  const email = `${address},${one.username}@example.com`;
  assert.deepEqual(await invitations.add(source, 30, { email, expiresAt: '2035-01-02' }), { status: 'success' });
  assert.equal((await members.show(source, one.id)).expires_at, '2035-01-02');
  await members.remove(source, one.id);
  const failed = await invitations.add(source, 5, { email: address });
  assert.deepEqual([failed.status, Object.keys(failed.message)], ['error', [address]]);
  const [invited] = await invitations.all(source, { query: address });
  assert.deepEqual([invited.invite_email, invited.access_level, invited.expires_at], [address, 30, '2035-01-02']);
  const changed = await invitations.edit(source, address, { accessLevel: 20, expiresAt: '' });
  assert.deepEqual([changed.id, changed.access_level, changed.expires_at], [invited.id, 20, null]);
  await refuses(400, () => invitations.edit(source, address, {}));
  await invitations.remove(source, address);
  await refuses(404, () => invitations.remove(source, address));
}

/** Asks for access three times: once approved, once withdrawn, once denied. */
async function requests(name, resource, members, source) {
  const [own, answering] = [api[resource], root[resource]];
  const asked = await own.request(source);
  assert.deepEqual([asked.id, asked.username], [caller.id, caller.username]);
  await refuses(400, () => own.request(source));
  await refuses(403, () => own.all(source));
  const listed = await whole(`requests for the ${name}`, (page) => answering.all(source, page));
  assert.equal(listed.find((request) => request.id === caller.id).requested_at, asked.requested_at);
  await refuses(400, () => answering.approve(source, caller.id, { accessLevel: 25 }));
  const member = await answering.approve(source, caller.id, { accessLevel: 20 });
  assert.deepEqual([member.username, member.access_level], [caller.username, 20]);
  await refuses(404, () => answering.approve(source, caller.id));
  await refuses(403, () => own.request(source));
  await root[members].remove(source, caller.id);
  await own.request(source);
  await own.deny(source, caller.id);
  await own.request(source);
  await answering.deny(source, caller.id);
  await refuses(404, () => answering.deny(source, caller.id));
}
