//! What can be done, a line each.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::json;

use super::scene::{Act, Place, Row, Scene};

/// One change to come: of which kind, by whom, of what.
#[derive(Clone, Debug)]
pub(super) struct Turn {
    pub(super) kind: Index,
    /// None: by root.
    pub(super) by: Option<Index>,
    first: Index,
    second: Index,
    pub(super) third: Index,
    pub(super) level: i64,
    pub(super) with_role: bool,
    /// After how many days it ends.
    pub(super) days: Option<u64>,
    /// For whatever can be this or that.
    yes: bool,
}

pub(super) fn turn() -> impl Strategy<Value = Turn> {
    let picks = (any::<Index>(), any::<Index>(), any::<Index>());
    let level = select(vec![5, 10, 10, 15, 20, 30, 40, 50]);
    let days = prop::option::weighted(0.4, select(vec![0, 1, 2, 5, 400]));
    let by = prop::option::weighted(0.3, any::<Index>());
    let flags = (prop::bool::weighted(0.3), any::<bool>());
    (any::<Index>(), by, picks, level, days, flags).prop_map(
        |(kind, by, (first, second, third), level, days, (with_role, yes))| Turn {
            kind,
            by,
            first,
            second,
            third,
            level,
            with_role,
            days,
            yes,
        },
    )
}

/// None: there is nothing to do that with.
type Make = fn(&Scene<'_>, &Turn) -> Option<Act>;

pub(super) const KINDS: &[(&str, Make)] = &[
    ("add", |s, t| {
        let at = s.place(t.first);
        Some(s.post(members(&at), s.rest(&at, t, json!({"user_id": s.user(t.second).1}))))
    }),
    ("add several", |s, t| {
        let at = s.place(t.first);
        let users = [s.user(t.second).1, s.user(t.third).1, 999_999]
            .map(|id| id.to_string())
            .join(",");
        Some(s.post(members(&at), s.rest(&at, t, json!({ "user_id": users }))))
    }),
    ("memberInvite", |s, t| {
        let at = s.place(t.first);
        let invitees = json!([{"userId": user(s.user(t.second).1)}, {"email": "new@elsewhere.example"}, {"username": s.user(t.third).0}]);
        Some(s.mutation(
            "memberInvite",
            "MemberInviteInput",
            s.graph(&at, t, json!({"source": {"fullPath": at.path}, "invitees": invitees})),
        ))
    }),
    ("edit", |s, t| {
        let row = s.row("members", t.first)?;
        Some(s.put(member(&row), s.rest(&row.at, t, json!({}))))
    }),
    ("edit the level", |s, t| {
        let row = s.row("members", t.first)?;
        Some(s.put(member(&row), json!({"access_level": t.level})))
    }),
    ("memberUpdate", |s, t| {
        let row = s.row("members", t.first)?;
        Some(s.mutation(
            "memberUpdate",
            "MemberUpdateInput",
            s.graph(&row.at, t, json!({"id": row_id(&row)})),
        ))
    }),
    ("remove", |s, t| {
        let row = s.row("members", t.first)?;
        Some(s.delete(member(&row), json!({"skip_subresources": t.yes})))
    }),
    ("memberRemove", |s, t| {
        let row = s.row("members", t.first)?;
        Some(s.mutation(
            "memberRemove",
            "MemberRemoveInput",
            json!({"id": row_id(&row), "skipSubresources": t.yes}),
        ))
    }),
    ("leave", |s, t| {
        let row = s.row("members", t.first)?;
        Some(s.delete(member(&row), json!({})).instead_by(row.who.0))
    }),
    ("share", |s, t| {
        let (at, with) = (s.place(t.first), s.group(t.second));
        Some(s.post(format!("{}/share", at.address()), s.rest_share(&at, &with, t)))
    }),
    ("shareCreate", |s, t| {
        let (at, with) = (s.place(t.first), s.group(t.second));
        Some(s.mutation("shareCreate", "ShareCreateInput", s.graph_share(&at, &with, t)))
    }),
    ("unshare", |s, t| {
        let (_, at, with) = s.share(t.first)?;
        Some(s.delete(format!("{}/share/{with}", at.address()), json!({})))
    }),
    ("shareDelete", |s, t| {
        let (id, at, _) = s.share(t.first)?;
        let kind = if at.is_project {
            "ProjectGroupLink"
        } else {
            "GroupGroupLink"
        };
        Some(s.mutation(
            "shareDelete",
            "ShareDeleteInput",
            json!({"id": format!("gid://gitlab/{kind}/{id}")}),
        ))
    }),
    ("invite", |s, t| {
        let at = s.place(t.first);
        let address = format!("{}@elsewhere.example", s.user(t.second).0);
        Some(s.post(
            invitations(&at),
            s.rest(&at, t, json!({"email": address, "user_id": s.user(t.third).1})),
        ))
    }),
    ("change an invitation", |s, t| {
        let row = s.row("invitations", t.first)?;
        Some(s.put(
            format!("{}/{}", invitations(&row.at), row.who.0),
            s.rest(&row.at, t, json!({})),
        ))
    }),
    ("take an invitation back", |s, t| {
        let row = s.row("invitations", t.first)?;
        Some(s.delete(format!("{}/{}", invitations(&row.at), row.who.0), json!({})))
    }),
    ("accept", |s, t| {
        let (token, name) = s.link(t.first)?;
        Some(s.page(format!("/-/invites/{token}/accept")).instead_by(name))
    }),
    ("invitationAccept", |s, t| {
        let (token, name) = s.link(t.first)?;
        let input = json!({ "token": token });
        Some(
            s.mutation("invitationAccept", "InvitationTokenInput", input)
                .instead_by(name),
        )
    }),
    ("decline", |s, t| {
        let (token, _) = s.link(t.first).filter(|_| t.yes)?;
        Some(s.page(format!("/-/invites/{token}/decline")))
    }),
    ("request", |s, t| {
        Some(
            s.post(requests(&s.place(t.first)), json!({}))
                .instead_by(s.user(t.second).0),
        )
    }),
    ("approve a request", |s, t| {
        let row = s.row("access_requests", t.first)?;
        Some(s.put(
            format!("{}/{}/approve", requests(&row.at), row.who.1),
            json!({"access_level": t.level}),
        ))
    }),
    ("accessRequestApprove", |s, t| {
        let row = s.row("access_requests", t.first)?;
        Some(s.mutation(
            "accessRequestApprove",
            "AccessRequestApproveInput",
            json!({"id": format!("gid://gitlab/AccessRequest/{}", row.id)}),
        ))
    }),
    ("deny a request", |s, t| {
        let row = s.row("access_requests", t.first)?;
        Some(s.delete(format!("{}/{}", requests(&row.at), row.who.1), json!({})))
    }),
    ("groupMemberBulkUpdate", |s, t| {
        let row = s.row_of("group", t.first)?;
        let input = json!({"groupId": group(&row.at), "userIds": several(s, t, &row)});
        Some(s.mutation(
            "groupMemberBulkUpdate",
            "GroupMemberBulkUpdateInput",
            s.graph(&row.at, t, input),
        ))
    }),
    ("projectMemberBulkUpdate", |s, t| {
        let row = s.row_of("project", t.first)?;
        let input = json!({"projectId": project(&row.at), "userIds": several(s, t, &row)});
        Some(s.mutation(
            "projectMemberBulkUpdate",
            "ProjectMemberBulkUpdateInput",
            s.graph(&row.at, t, input),
        ))
    }),
    ("projectMembersImport", |s, t| {
        let (to, from) = (s.project(t.first)?, s.project(t.second)?);
        Some(s.mutation(
            "projectMembersImport",
            "ProjectMembersImportInput",
            json!({"projectId": project(&to), "fromProjectId": project(&from)}),
        ))
    }),
    ("override", |s, t| {
        let path = format!("{}/override", member(&s.ldap_row(t.first)?));
        Some(if t.yes {
            s.post(path, json!({}))
        } else {
            s.delete(path, json!({}))
        })
    }),
    ("edit an LDAP row", |s, t| {
        Some(s.put(member(&s.ldap_row(t.first)?), json!({"access_level": t.level})))
    }),
    ("state", |s, t| {
        let state = if t.yes { "awaiting" } else { "active" };
        Some(s.put(
            format!("{}/members/{}/state", s.top(t.first).address(), s.user(t.second).1),
            json!({ "state": state }),
        ))
    }),
    ("approve", |s, t| {
        let row = if t.yes {
            s.waiting_row(t.first)?
        } else {
            s.row("invitations", t.first)?
        };
        Some(s.put(
            format!("/groups/{}/members/{}/approve", row.at.root(), row.id),
            json!({}),
        ))
    }),
    ("approve all", |s, t| {
        Some(s.post(format!("{}/members/approve_all", s.top(t.first).address()), json!({})))
    }),
    ("approve all by PUT", |s, t| {
        Some(s.put(format!("{}/members/approve_all", s.top(t.first).address()), json!({})))
    }),
    ("memberSetState", |s, t| {
        let (group, state) = (group(&s.top(t.first)), if t.yes { "AWAITING" } else { "ACTIVE" });
        let input = json!({"groupId": group, "userId": user(s.user(t.second).1), "state": state});
        Some(s.mutation("memberSetState", "MemberSetStateInput", input))
    }),
    ("memberApprove", |s, t| {
        let input = json!({"id": row_id(&s.waiting_row(t.first)?)});
        Some(s.mutation("memberApprove", "MemberApproveInput", input))
    }),
    ("groupMembersApproveAll", |s, t| {
        let input = json!({"groupId": group(&s.top(t.first))});
        Some(s.mutation("groupMembersApproveAll", "GroupMembersApproveAllInput", input))
    }),
    ("remove a billable member", |s, t| {
        let row = s.row("members", t.first)?;
        Some(s.delete(
            format!("/groups/{}/billable_members/{}", row.at.root(), row.who.1),
            json!({}),
        ))
    }),
    ("billableMemberRemove", |s, t| {
        let (group, user) = (group(&s.top(t.first)), user(s.user(t.second).1));
        let input = json!({"groupId": group, "userId": user});
        Some(s.mutation("billableMemberRemove", "BillableMemberRemoveInput", input))
    }),
    ("make a role", |s, t| {
        let held = if t.yes { "read_code" } else { "read_vulnerability" };
        let name = format!("Role {}", t.level);
        Some(s.post(
            format!("{}/member_roles", s.top(t.first).address()),
            json!({"name": name, "base_access_level": t.level, held: true}),
        ))
    }),
    ("delete a role", |s, t| {
        let (role, at) = s.role_to_delete(t.first)?;
        Some(s.delete(format!("/groups/{at}/member_roles/{role}"), json!({})))
    }),
    ("shut an account", |s, t| {
        let words = ["block", "ban", "deactivate"];
        Some(s.post(
            format!("/users/{}/{}", s.user(t.second).1, words[t.third.index(words.len())]),
            json!({}),
        ))
    }),
    ("open an account", |s, t| {
        let words = ["unblock", "unban", "activate"];
        let shut = s.shut_user(t.second)?;
        Some(s.post(
            format!("/users/{shut}/{}", words[t.third.index(words.len())]),
            json!({}),
        ))
    }),
    ("make a group", |s, t| {
        let name = format!("made{}", t.third.index(1000));
        let parent = t.yes.then(|| s.group(t.first).id);
        Some(s.post(
            "/groups".to_owned(),
            json!({"name": name, "path": name, "parent_id": parent}),
        ))
    }),
    ("remove a group", |s, t| {
        let group = s.spare_group(t.first)?;
        Some(s.delete(group.address(), json!({})))
    }),
    ("groupDelete", |s, t| {
        let group = s.spare_group(t.first)?;
        Some(s.mutation("groupDelete", "GroupDeleteInput", json!({"fullPath": group.path})))
    }),
    ("remove a project", |s, t| {
        let project = s.project(t.first)?;
        Some(s.delete(project.address(), json!({})))
    }),
    ("later", |_, t| Some(Act::later(t.days.unwrap_or(1)))),
    ("sweep", |_, _| Some(Act::sweep())),
];

fn members(at: &Place) -> String {
    format!("{}/members", at.address())
}

fn member(row: &Row) -> String {
    format!("{}/{}", members(&row.at), row.who.1)
}

fn invitations(at: &Place) -> String {
    format!("{}/invitations", at.address())
}

fn requests(at: &Place) -> String {
    format!("{}/access_requests", at.address())
}

fn user(id: i64) -> String {
    format!("gid://gitlab/User/{id}")
}

/// Whose row that is, and now and then somebody else, who may have none there.
fn several(s: &Scene<'_>, t: &Turn, row: &Row) -> Vec<String> {
    let other = t.yes.then(|| user(s.user(t.second).1));
    [user(row.who.1)].into_iter().chain(other).collect()
}

fn group(at: &Place) -> String {
    format!("gid://gitlab/Group/{}", at.id)
}

fn project(at: &Place) -> String {
    format!("gid://gitlab/Project/{}", at.id)
}

fn row_id(row: &Row) -> String {
    let kind = if row.at.is_project {
        "ProjectMember"
    } else {
        "GroupMember"
    };
    format!("gid://gitlab/{kind}/{}", row.id)
}
