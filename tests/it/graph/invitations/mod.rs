//! Invitations in the graph: made, changed, answered, listed, and one's own.

mod accepting;
mod changing;
mod closed;
mod declining;
mod inviting;
mod listing;
mod own;
mod refusing;

use serde_json::{Value, json};

use super::{done, text};
use crate::support::world::{Group, Item, World};
use crate::support::{TestApp, level};

/// `acme` and what lies in it, each with an invitation of `eve` and one of `owen` as an owner, and groups of which each refuses in its own way.
fn world() -> World {
    World::new()
        .user("sven", |user| user)
        .user("newt", |user| user.set("public_email", "newt@public.example"))
        .user("nora", |user| user)
        .user("rita", |user| {
            let token = json!({"token": "rita-read", "name": "rita-read", "scopes": ["read_api"]});
            user.set("tokens", json!([token]))
        })
        .group("acme", |group| {
            let group = group.owner("ann").owner("rita").maintainer("mia").developer("dan");
            invitations(
                group.member("mel", level::DEVELOPER, |row| row.with_role("Manager")),
                "ann",
            )
        })
        .group("acme/tools", |group| group.developer("newt"))
        .group("synced", |group| {
            let link = json!([{"provider": "main", "cn": "all", "access_level": 30}]);
            invitations(group.set("ldap_links", link).owner("ann"), "ann")
        })
        .group("locked", |group| group.setting("membership_lock", true).owner("ann"))
        .group("choosy", |group| {
            group
                .setting("allowed_email_domains", json!(["acme.example"]))
                .owner("ann")
        })
        .group("full", |group| group.set("seats", json!({"cap": 1})).owner("ann"))
        .project("acme/app", |project| {
            invitations(project.maintainer("max").developer("pia"), "max")
        })
        .project("locked/app", |project| project)
        .role("acme", "Auditor", level::GUEST)
        .role_that("acme", "Manager", level::DEVELOPER, "admin_group_member")
        .role("other", "Stranger", level::GUEST)
        .group("other", |group| group.owner("ann"))
}

fn invitations(source: Group, inviter: &str) -> Group {
    source
        .invited("eve@example.org", level::DEVELOPER, |row| row.by(inviter))
        .invited("owen@example.org", level::OWNER, |row| row.by(inviter))
}

/// An invitation that can be answered: everything that matters of it is in its group.
fn offered(group: Group, describe: impl FnOnce(Item) -> Item) -> Group {
    group.invited("Nora@Example.com", level::DEVELOPER, |row| {
        describe(row.by("ann").set("token", TOKEN))
    })
}

const TOKEN: &str = "nora-4Jq_0-x";

const INVITE: &str = "mutation($input: MemberInviteInput!) { done: memberInvite(input: $input) {
    clientMutationId errors userErrors { code message path }
    results { invitee userErrors { code message path }
              member { user { username } accessLevel { stringValue } state inviteEmail }
              queuedApproval { status user { id } } invitation { ...all } } } }
    fragment all on Invitation { id email state awaiting sendCount lastSentAt createdAt updatedAt expiresAt accessLevel { stringValue }
                                 memberRole { name } createdBy { username } user { username } source { fullPath } member { id } }";

pub(crate) const UPDATE: &str = "mutation($input: InvitationUpdateInput!) { done: invitationUpdate(input: $input) {
    clientMutationId errors userErrors { code message path } invitation { ...all } } }
    fragment all on Invitation { id email state awaiting sendCount lastSentAt createdAt updatedAt expiresAt accessLevel { stringValue }
                                 memberRole { name } createdBy { username } user { username } source { fullPath } member { id } }";

pub(crate) const REVOKE: &str = "mutation($input: InvitationIdInput!) { done: invitationRevoke(input: $input) {
    clientMutationId errors userErrors { code message path } invitation { id email state source { fullPath } } } }";

pub(crate) const RESEND: &str = "mutation($input: InvitationIdInput!) { done: invitationResend(input: $input) {
    clientMutationId errors userErrors { code message path } invitation { id email state sendCount lastSentAt } } }";

pub(crate) const ACCEPT: &str = "mutation($input: InvitationTokenInput!) { done: invitationAccept(input: $input) {
    clientMutationId errors userErrors { code message path }
    invitation { id email state user { username } accessLevel { stringValue } source { fullPath maxAccessLevel { stringValue } }
                 member { id state expiresAt inviteEmail accessLevel { stringValue } user { username } createdBy { username } source { fullPath } } } } }";

pub(crate) const DECLINE: &str = "mutation($input: InvitationTokenInput!) { done: invitationDecline(input: $input) {
    clientMutationId errors userErrors { code message path } invitation { id email state source { fullPath } } } }";

/// The global id of an invitation, as an administrator sees it.
pub(crate) async fn invitation_id(app: &TestApp, path: &str, email: &str) -> String {
    text(&invitation(app, path, email).await["id"])
}

/// An invitation that is not accepted, as an administrator sees it; null when there is none.
async fn invitation(app: &TestApp, path: &str, email: &str) -> Value {
    let query = "query($path: ID!, $email: String!) { namespace(fullPath: $path) { invitations(search: $email) { nodes {
        id email state expiresAt createdAt updatedAt accessLevel { stringValue } createdBy { username } memberRole { name } sendCount } } } }";
    let found = app.admin().query(query, json!({"path": path, "email": email})).await;
    found["namespace"]["invitations"]["nodes"][0].clone()
}

/// The address of an invitation and its level.
fn short(invitation: &Value) -> Value {
    json!([invitation["email"], invitation["accessLevel"]["stringValue"]])
}

/// Invites these addresses to the group or project as developers, unless `more` says otherwise.
async fn invite(app: &TestApp, who: &str, path: &str, addresses: &[&str], more: Value) -> Value {
    let invitees: Vec<_> = addresses.iter().map(|address| json!({ "email": address })).collect();
    let mut input = json!({"source": {"fullPath": path}, "invitees": invitees});
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    done(&app.token(&format!("{who}-api")), INVITE, input).await
}

/// Receiver and subject of each mail so far, in alphabetical order.
async fn mail(app: &TestApp) -> Vec<String> {
    let mail = app.mail().await;
    let mut lines: Vec<_> = mail
        .iter()
        .map(|mail| format!("{}: {}", mail.to, mail.subject))
        .collect();
    lines.sort();
    lines
}
