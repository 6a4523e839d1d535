//! The table: what is read.

use serde_json::json;

use super::act::{Act, Reply, forbidden, no};
use super::callers::{ADMIN, Need, Who};

fn get(pattern: &'static str) -> Act {
    Act::new("GET", pattern)
}

/// `400 Bad request`, which keeps from telling why.
fn unsaid() -> Reply {
    no(400, "400 Bad request")
}

fn row() -> Reply {
    no(404, "404 Not found")
}

pub(crate) fn acts() -> Vec<Act> {
    [of_groups(), of_projects(), of_the_instance(), of_accounts()].concat()
}

fn of_groups() -> Vec<Act> {
    vec![
        get("/groups/{id}").anybody(),
        get("/groups/{id}/subgroups").anybody(),
        get("/groups/{id}/descendant_groups").anybody(),
        get("/groups/{id}/projects").anybody(),
        get("/groups/{id}/projects/shared").anybody(),
        get("/groups/{id}/groups/shared").anybody(),
        get("/groups/{id}/invited_groups").anybody(),
        get("/groups/{id}/members"),
        get("/groups/{id}/members/all"),
        get("/groups/{id}/members/{user_id}").with("user_id", "$tim"),
        get("/groups/{id}/members/{user_id}")
            .with("user_id", "$nothing")
            .by(vec![(0, row())]),
        get("/groups/{id}/members/all/{user_id}").with("user_id", "$tim"),
        get("/groups/{id}/members/all/{user_id}")
            .with("user_id", "$nothing")
            .by(vec![(0, row())]),
        get("/groups/{id}/invitations").from(50).managers(),
        get("/groups/{id}/access_requests").from(50).managers(),
        get("/groups/{id}/member_roles").from(50),
        get("/groups/{id}/ldap_group_links").at("S").from(50),
        get("/groups/{id}/ldap_group_links").by(vec![(0, forbidden()), (50, no(404, "No linked LDAP groups found"))]),
        get("/groups/{id}/audit_events").from(30),
        get("/groups/{id}/audit_events/{audit_event_id}")
            .with("audit_event_id", "$event T")
            .by(vec![(0, forbidden()), (30, row()), (50, Reply::Ok)]),
        get("/groups/{id}/billable_members").above(50, unsaid()),
        get("/groups/{id}/billable_members/{user_id}/memberships")
            .with("user_id", "$tim")
            .above(50, unsaid())
            .managers(),
        get("/groups/{id}/billable_members/{user_id}/indirect")
            .with("user_id", "$tim")
            .above(50, unsaid())
            .managers(),
        get("/groups/{id}/pending_members").above(50, unsaid()).managers(),
        // Not of a group at the top: nobody.
        get("/groups/{id}/pending_members").at("S").by(vec![(0, unsaid())]),
        get("/groups/{id}/billable_members").at("S").by(vec![(0, unsaid())]),
    ]
}

fn of_projects() -> Vec<Act> {
    vec![
        get("/projects/{id}").anybody(),
        get("/projects/{id}/invited_groups").anybody(),
        get("/projects/{id}/groups").anybody(),
        get("/projects/{id}/share_locations").anybody(),
        get("/projects/{id}/members"),
        get("/projects/{id}/members/all"),
        get("/projects/{id}/members/{user_id}").with("user_id", "$tip"),
        get("/projects/{id}/members/{user_id}")
            .with("user_id", "$tim")
            .by(vec![(0, row())]),
        get("/projects/{id}/members/all/{user_id}").with("user_id", "$tim"),
        get("/projects/{id}/invitations").from(40),
        get("/projects/{id}/access_requests").from(40),
        get("/projects/{id}/audit_events").from(30),
        get("/projects/{id}/audit_events/{audit_event_id}")
            .with("audit_event_id", "$event P")
            .by(vec![(0, forbidden()), (30, row()), (40, Reply::Ok)]),
    ]
}

fn of_the_instance() -> Vec<Act> {
    let of_users = |pattern| get(pattern).need(Need::ReadUser);
    let no_list = "403 Forbidden - Not authorized to access /api/v4/users";
    vec![
        get("/groups").anybody(),
        get("/projects").anybody(),
        get("/users/{id}/projects")
            .with("id", "$tim")
            .anybody()
            .need(Need::ReadUser),
        get("/audit_events").admins(),
        get("/member_roles").by(vec![(0, unsaid())]),
        of_users("/user"),
        of_users("/users").anybody().but(Who::Anonymous, no(403, no_list)),
        of_users("/users").query("?username=gus").anybody(),
        of_users("/users")
            .query("?extern_uid=x&provider=saml")
            .anybody()
            .from(ADMIN)
            .but(Who::Anonymous, no(403, no_list)),
        of_users("/users/{id}")
            .with("id", "$tim")
            .anybody()
            .but(Who::Anonymous, no(403, "403 Forbidden - Not authorized!")),
        of_users("/users/{id}")
            .with("id", "$nothing")
            .anybody()
            .by(vec![(0, no(404, "404 User Not Found"))])
            .but(Who::Anonymous, no(403, "403 Forbidden - Not authorized!")),
        of_users("/version"),
        of_users("/metadata"),
        get("/openapi.json").anybody(),
    ]
}

fn of_accounts() -> Vec<Act> {
    let of_users = |pattern| get(pattern).need(Need::ReadUser);
    let no_namespace = || no(404, "404 Namespace Not Found");
    let no_token = || no(401, "401 Unauthorized");
    vec![
        of_users("/users/{id}/memberships").with("id", "$tim").admins(),
        of_users("/users/{id}/memberships")
            .with("id", "$nothing")
            .by(vec![(0, forbidden()), (ADMIN, no(404, "404 User Not Found"))]),
        get("/namespaces"),
        get("/namespaces/{id}")
            .with("id", "$T")
            .at("T")
            .hidden(no_namespace())
            .above(10, no_namespace())
            .leaving_open(&[Who::Minimal]),
        get("/namespaces/{id}")
            .with("id", "$nothing")
            .by(vec![(0, no_namespace())]),
        get("/personal_access_tokens"),
        get("/personal_access_tokens")
            .query("?user_id=2")
            .by(vec![(0, no_token()), (ADMIN, Reply::Ok)])
            .but(Who::Owner, Reply::Ok),
        get("/personal_access_tokens/{id}").with("id", "$token"),
        get("/personal_access_tokens/{id}")
            .with("id", "$token of another")
            .by(vec![(0, no_token()), (ADMIN, Reply::Ok)])
            .but(Who::Guest, Reply::Ok),
        get("/personal_access_tokens/{id}")
            .with("id", "$nothing")
            .by(vec![(0, no_token()), (ADMIN, no(404, "404 Not Found"))]),
        get("/personal_access_tokens/self").need(Need::AnyToken),
    ]
}

/// Fields of the graph that only some may see, of the group or project of a tree: whose, a selection, and the level from which it is not null.
pub(crate) fn fields() -> Vec<Field> {
    let managers = |field: Field| Field {
        managers: true,
        ..field
    };
    let group = |name, selection, from| Field::of("group", name, selection, from);
    let project = |name, selection, from| Field::of("project", name, selection, from);
    vec![
        group("groupMembers", "groupMembers { nodes { id } }", 0).signed_in(),
        group("billableMembersCount", "billableMembersCount", 50),
        managers(group("pendingMembers", "pendingMembers { nodes { id } }", 50)),
        group("memberRoles", "memberRoles { nodes { id } }", 50),
        group("billableMembers", "billableMembers { nodes { id } }", 50),
        group("ldapGroupLinks", "ldapGroupLinks { nodes { id } }", 50),
        group("seatUsage", "seatUsage { inUse }", 50),
        managers(group("invitations", "invitations { nodes { id } }", 50)),
        managers(group("accessRequests", "accessRequests { nodes { id } }", 50)),
        group("auditEvents", "auditEvents { nodes { id } }", 30),
        group(
            "effectiveAccess",
            "effectiveAccess(userId: \"$User:tim\") { accessLevel { integerValue } }",
            0,
        )
        .signed_in(),
        project("projectMembers", "projectMembers { nodes { id } }", 0).signed_in(),
        project("invitations", "invitations { nodes { id } }", 40),
        project("accessRequests", "accessRequests { nodes { id } }", 40),
        project("auditEvents", "auditEvents { nodes { id } }", 30),
        project(
            "effectiveAccess",
            "effectiveAccess(userId: \"$User:tim\") { accessLevel { integerValue } }",
            0,
        )
        .signed_in(),
    ]
}

/// A field of a group or project.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) of: &'static str,
    pub(crate) name: &'static str,
    pub(crate) selection: &'static str,
    pub(crate) from: i64,
    pub(crate) needs_user: bool,
    pub(crate) managers: bool,
}

impl Field {
    const fn of(of: &'static str, name: &'static str, selection: &'static str, from: i64) -> Self {
        let (needs_user, managers) = (false, false);
        Self {
            of,
            name,
            selection,
            from,
            needs_user,
            managers,
        }
    }

    const fn signed_in(mut self) -> Self {
        self.needs_user = true;
        self
    }

    pub(crate) fn shows(&self, who: Who) -> bool {
        if who == Who::Manager && self.managers {
            return true;
        }
        who.rank() >= self.from && (who != Who::Anonymous || !self.needs_user)
    }
}

/// Fields of groups and projects that everybody sees who sees the thing, or that are null for reasons of their own.
pub(crate) fn plain() -> serde_json::Value {
    json!({
        "Group": ["id", "fullPath", "fullName", "name", "path", "webUrl", "visibility", "parent", "maxAccessLevel", "groupMembersCount",
                  "pendingMemberApprovals", "sharedGroups", "sharedProjects", "ldapSync", "seatPreview", "descendantGroups", "projects",
                  "sharedWithGroups", "gitlabSubscriptionsPreviewBillableUserChange"],
        "Project": ["id", "fullPath", "name", "nameWithNamespace", "webUrl", "visibility", "group", "maxAccessLevel", "sharedWithGroups"],
    })
}
