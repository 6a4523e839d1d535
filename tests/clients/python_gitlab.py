"""Members, invitations, access requests and shares through python-gitlab: python_gitlab.py BASE_URL TOKEN.

Prints one line for each list and each source whose members or shares it has changed; an assertion says what is wrong.
"""

import gitlab

from common import ids, refuses, start, whole

GROUP = "lighthouse/platform"
PROJECT = "lighthouse/platform/deploy"
FRIENDS = "openharbor"
NEWCOMERS = ("rosa", "wei")
# Every signed-in user sees them, and the caller is no member.
ASKED_GROUP = "partners"
ASKED_PROJECT = "partners/onboarding"


def main(url, token):
    gl = gitlab.Gitlab(url, private_token=token)
    gl.auth()
    group, project = gl.groups.get(GROUP), gl.projects.get(PROJECT)
    assert group.full_path == GROUP, group.full_path
    assert project.path_with_namespace == PROJECT, project.path_with_namespace

    whole("groups", gl.groups)
    whole("projects", gl.projects)
    users = whole("users", gl.users)
    assert gl.user.id in ids(users), "the caller is one of the users"

    for name, source in (("group", group), ("project", project)):
        direct = whole(f"direct members of the {name}", source.members)
        effective = whole(f"members of the {name}", source.members_all)
        assert set(ids(direct)) < set(ids(effective)), f"the {name} has direct members and others"
        one = effective[0]
        alone = source.members_all.get(one.id)
        assert (alone.username, alone.access_level) == (one.username, one.access_level), alone

    newcomers = [next(user for user in users if user.username == name) for name in NEWCOMERS]
    for name, source in (("group", group), ("project", project)):
        changes(name, source, *newcomers)
        invitations(name, source)

    root = gitlab.Gitlab(url, private_token="demo-root")
    for name, own, answering in (
        ("group", gl.groups.get(ASKED_GROUP), root.groups.get(ASKED_GROUP)),
        ("project", gl.projects.get(ASKED_PROJECT), root.projects.get(ASKED_PROJECT)),
    ):
        requests(name, own, answering, gl.user)

    friends = gl.groups.get(FRIENDS)
    for name, source in (("group", group), ("project", project)):
        shares(name, source, friends)

    refuses(404, lambda: gl.groups.get("lighthouse/nowhere"))
    refuses(401, gitlab.Gitlab(url, private_token="nobody's").auth)


def changes(name, source, one, other):
    """Adds, changes and removes members, and finds it in the audit events."""
    member = source.members.create({"user_id": one.id, "access_level": 30, "expires_at": "2035-01-02"})
    assert (member.username, member.access_level, member.expires_at) == (one.username, 30, "2035-01-02"), member
    refuses(409, lambda: source.members.create({"user_id": one.id, "access_level": 30}))
    member.access_level = 20
    member.expires_at = ""
    member.save()
    member = source.members.get(one.id)
    assert (member.access_level, member.expires_at) == (20, None), member
    refuses(400, lambda: source.members.update(one.id, {"access_level": 13}))
    several = source.members.create({"username": f"{one.username},{other.username}", "access_level": 20})
    assert several.status == "success", several
    member.delete()
    source.members.delete(other.id, skip_subresources=True, unassign_issuables=False)
    refuses(404, lambda: source.members.get(one.id))
    refuses(404, lambda: source.members.delete(other.id))
    events = [event.event_name for event in source.audit_events.list(iterator=True, per_page=2)]
    expected = ["member_destroyed", "member_destroyed", "member_created", "member_updated", "member_created"]
    assert events == expected, events
    print(f"changes in the {name}: {len(events)}")


def shares(name, source, friends):
    """Shares with a group and ends it, and finds both in the lists and in the audit events."""
    source.share(friends.id, 20, "2035-01-02")
    refuses(409, lambda: source.share(friends.id, 30))
    shown = {share["group_id"]: share for share in source.manager.get(source.id).shared_with_groups}
    assert (shown[friends.id]["group_access_level"], shown[friends.id]["expires_at"]) == (20, "2035-01-02"), shown
    if name == "project":
        around = source.groups.list(with_shared=True, iterator=True, per_page=2)
        assert friends.full_path in [group.full_path for group in around]
        lent = friends.shared_projects.list(iterator=True, per_page=2)
        assert source.id in ids(lent), lent
    source.unshare(friends.id)
    refuses(404, lambda: source.unshare(friends.id))
    source.share(friends.id, 10)
    source.unshare(friends.id)
    events = [event.event_name for event in source.audit_events.list(iterator=True, per_page=2)][:4]
    kinds = {
        "group": ("group_share_with_group_link_removed", "group_share_with_group_link_created"),
        "project": ("project_group_link_deleted", "project_group_link_created"),
    }
    assert events == [*kinds[name], *kinds[name]], events
    print(f"shares of the {name}: {len(events)}")


def invitations(name, source):
    """Invites two people, one of them with an account; changes and takes back what is not accepted."""
    address, member = f"new+{name}@example.com", "rosa"
    source.invitations.create({"email": f"{address},{member}@example.com", "access_level": 30, "expires_at": "2035-01-02"})
    joined = next(row for row in source.members.list(iterator=True) if row.username == member)
    joined.delete()
    try:
        source.invitations.create({"email": address, "access_level": 5})
    except gitlab.GitlabInvitationError as refusal:
        assert address in refusal.error_message, refusal
    else:
        raise AssertionError("minimal access exists in top-level groups only")
    invited = next(row for row in source.invitations.list(iterator=True, query=address) if row.invite_email == address)
    assert (invited.access_level, invited.expires_at, invited.created_by_name) == (30, "2035-01-02", "Ada Okafor"), invited
    invited.access_level, invited.expires_at = 20, ""
    invited.save()
    source.invitations.update(address, {"access_level": 10})
    changed = next(row for row in source.invitations.list(iterator=True) if row.invite_email == address)
    assert (changed.access_level, changed.expires_at) == (10, None), changed
    changed.delete()
    refuses(404, lambda: source.invitations.delete(address))


def requests(name, own, answering, caller):
    """Asks for access three times: once approved, once withdrawn, once denied."""
    asked = own.accessrequests.create()
    assert (asked.id, asked.username) == (caller.id, caller.username), asked
    refuses(400, own.accessrequests.create)
    refuses(403, own.accessrequests.list)
    request = next(row for row in whole(f"requests for the {name}", answering.accessrequests) if row.id == caller.id)
    assert request.requested_at == asked.requested_at, request
    refuses(400, lambda: request.approve(access_level=25))
    request.approve(access_level=20)
    assert request.access_level == 20, request
    refuses(404, request.approve)
    refuses(403, own.accessrequests.create)
    member = answering.members.get(caller.id)
    assert member.access_level == 20, member
    member.delete()
    own.accessrequests.create()
    own.accessrequests.delete(caller.id)
    own.accessrequests.create()
    answering.accessrequests.delete(caller.id)
    refuses(404, lambda: answering.accessrequests.delete(caller.id))


if __name__ == "__main__":
    start(main)
