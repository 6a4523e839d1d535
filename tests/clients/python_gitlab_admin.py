"""Seats, pending members, groups, projects, users and tokens through python-gitlab: python_gitlab_admin.py BASE_URL TOKEN.

The token is that of an owner of the group below; the administrator of the demo does the rest. Prints one line for each part; an assertion
says what is wrong.
"""

import gitlab

from common import ids, refuses, start, whole

GROUP = "lighthouse"
ROOT = "demo-root"
ADDRESS = "nora@newcomers.example.com"


def main(url, token):
    gl, root = gitlab.Gitlab(url, private_token=token), gitlab.Gitlab(url, private_token=ROOT)
    gl.auth()
    root.auth()
    assert gl.version()[0].endswith("-ee"), gl.version()

    pending(gl, gl.groups.get(GROUP))
    seats(gl.groups.get(GROUP))
    group = groups(gl, root)
    projects(gl, root, group)
    user = users(root, group)
    tokens(url, root, user)
    namespaces(gl, group)
    group.delete()
    refuses(404, lambda: gl.groups.get(group.id))
    assert not user.memberships.list(), "the last membership went with the group"
    print("the group is gone")


def pending(gl, group):
    """python-gitlab has no class for those who wait: its raw calls, as scripts use them."""
    path = f"/groups/{group.id}"
    waiting = list(gl.http_list(f"{path}/pending_members", iterator=True, per_page=2))
    assert waiting and all(not row["approved"] for row in waiting), waiting
    first = next(row for row in waiting if not row["invited"])
    gl.http_put(f"{path}/members/{first['id']}/approve")
    refuses(404, lambda: gl.http_put(f"{path}/members/{2**40}/approve"))
    [user] = gl.users.list(username=first["username"])
    gl.http_put(f"{path}/members/{user.id}/state", post_data={"state": "awaiting"})
    gl.http_post(f"{path}/members/approve_all")
    left = list(gl.http_list(f"{path}/pending_members", iterator=True))
    assert [row for row in left if not row["invited"]] == [], left
    print(f"pending members: {len(waiting)}, then {len(left)}")


def seats(group):
    taken = whole("billable members", group.billable_members)
    by_name = group.billable_members.list(sort="name_asc", iterator=True, per_page=2)
    names = [row.name for row in by_name]
    assert names == sorted(names, key=str.lower) and len(names) == len(taken), names
    one = next(row for row in taken if row.username == "gustav")
    memberships = one.memberships.list(iterator=True, per_page=1)
    assert {row.source_full_name for row in memberships} == {"Lighthouse / Apps / Mobile", "Lighthouse / Platform / Deploy"}, memberships
    group.billable_members.delete(one.id)
    refuses(400, lambda: group.billable_members.delete(one.id))
    assert one.id not in ids(group.billable_members.list(iterator=True))
    assert one.id not in ids(group.members_all.list(iterator=True))
    print(f"seats: {len(taken)}, one less")


def groups(gl, root):
    """Makes a group and one below it, changes both, and finds it in the audit events."""
    group = gl.groups.create({"name": "Workshop", "path": "workshop"})
    assert (group.full_path, group.visibility, group.parent_id) == ("workshop", "private", None), group
    refuses(400, lambda: gl.groups.create({"name": "Another", "path": "Workshop"}))
    below = gl.groups.create({"name": "Tools", "path": "tools", "parent_id": group.id})
    assert below.full_path == "workshop/tools", below
    group.path, group.description = "workshops", "Where things are made"
    group.save()
    assert gl.groups.get(below.id).full_path == "workshops/tools"
    assert gl.groups.get("workshops/tools", lazy=True).members.list()[0].username == gl.user.username
    refuses(404, lambda: gl.groups.get("workshop"))
    refuses(400, lambda: gl.groups.update(below.id, {"visibility": "public"}))
    assert ids(group.subgroups.list()) == [below.id] == ids(group.descendant_groups.list(iterator=True))
    assert group.id in ids(gl.groups.list(owned=True, iterator=True, per_page=2))
    events = [event.event_name for event in root.groups.get(group.id).audit_events.list(iterator=True, per_page=1)]
    assert {"group_created", "member_created"} <= set(events), events
    print(f"groups: {group.full_path}, {gl.groups.get(below.id).full_path}")
    return group


def projects(gl, root, group):
    """Makes a project, renames it, reaches it by its old path, and removes it."""
    project = gl.projects.create({"name": "Lathe", "namespace_id": group.id, "visibility": "private"})
    assert (project.path, project.path_with_namespace) == ("lathe", "workshops/lathe"), project
    refuses(400, lambda: gl.projects.create({"name": "Lathe", "namespace_id": group.id}))
    project.path = "drill"
    project.save()
    assert gl.projects.get("workshops/drill").id == project.id
    # python-gitlab follows what was moved when it only reads.
    assert gl.projects.get("workshops/lathe").id == project.id
    assert gl.projects.get(project.id).permissions["group_access"]["access_level"] == 50
    own = gl.projects.create({"name": "Notes and plans"})
    assert own.path_with_namespace == f"{gl.user.username}/notes-and-plans", own
    own.delete()
    assert ids(group.projects.list(iterator=True, per_page=1)) == [project.id]
    listed = ids(gl.projects.list(iterator=True, per_page=2, order_by="id", pagination="keyset"))
    assert project.id in listed and len(set(listed)) == len(listed), listed
    project.delete()
    refuses(404, lambda: gl.projects.get(project.id))
    print("projects: made, renamed, removed")


def users(root, group):
    """Makes a user whose address was invited, and who so belongs somewhere at once."""
    group = root.groups.get(group.id)
    group.invitations.create({"email": ADDRESS, "access_level": 30})
    account = {"email": ADDRESS, "username": "nora", "name": "Nora New", "force_random_password": True}
    user = root.users.create(account)
    refuses(409, lambda: root.users.create(account))
    refuses(400, lambda: root.users.create({"username": "nobody"}))
    assert (user.state, user.username) == ("active", "nora"), user
    assert [row.username for row in root.users.list(username="NORA")] == ["nora"]
    [membership] = user.memberships.list(iterator=True)
    assert (membership.source_id, membership.source_type, membership.access_level) == (group.id, "Namespace", 30), membership
    assert group.members.get(user.id).access_level == 30
    user.block()
    assert root.users.get(user.id).state == "blocked"
    user.unblock()
    print(f"users: {user.username} belongs to {membership.source_name}")
    return root.users.get(user.id)


def tokens(url, root, user):
    made = user.personal_access_tokens.create({"name": "cli", "scopes": ["api", "self_rotate"]})
    assert made.token.startswith("rst-") and made.active, made
    nora = gitlab.Gitlab(url, private_token=made.token)
    nora.auth()
    assert nora.user.username == "nora"
    assert ids(nora.personal_access_tokens.list(iterator=True)) == [made.id]
    assert nora.personal_access_tokens.get("self").id == made.id
    whole("tokens", root.personal_access_tokens)
    assert ids(root.personal_access_tokens.list(user_id=user.id, iterator=True)) == [made.id]
    nora_now = nora.personal_access_tokens.get("self", lazy=True).rotate(self_rotate=True)["token"]
    refuses(401, nora.auth)
    nora = gitlab.Gitlab(url, private_token=nora_now)
    nora.auth()
    root.personal_access_tokens.delete(nora.personal_access_tokens.get("self").id)
    refuses(401, nora.auth)
    refuses(401, lambda: gitlab.Gitlab(url).personal_access_tokens.list())
    print("tokens: made, rotated, revoked")


def namespaces(gl, group):
    listed = whole("namespaces", gl.namespaces)
    assert {"user", "group"} == {row.kind for row in listed}, listed
    assert gl.namespaces.get(group.id).full_path == group.full_path == gl.namespaces.get(group.full_path).full_path
    assert gl.namespaces.get(gl.user.username).id == 1_000_000_000 + gl.user.id


if __name__ == "__main__":
    start(main)
