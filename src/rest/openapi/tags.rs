//! The subjects by which the reference is ordered.

use utoipa::openapi::tag::{Tag, TagBuilder};

/// A subject, the words of paths that belong to it, and what it is about.
const TAGS: [(&str, &[&str], &str); 14] = [
    (
        "members",
        &["members"],
        "Who is a member of a group or project, directly or by whatever way.",
    ),
    (
        "invitations",
        &["invitations"],
        "People who are asked to become members, by their address.",
    ),
    (
        "access requests",
        &["access_requests"],
        "Users who ask to become members.",
    ),
    (
        "pending members",
        &["pending_members"],
        "Who waits for a seat or for an approval.",
    ),
    (
        "billable members",
        &["billable_members"],
        "Who takes a seat of a top-level group, and why.",
    ),
    (
        "shares",
        &["share", "invited_groups", "share_locations"],
        "Groups that are let into a group or project.",
    ),
    (
        "custom roles",
        &["member_roles"],
        "Roles that build on a level and add permissions.",
    ),
    (
        "LDAP",
        &["ldap_group_links", "ldap_sync"],
        "Members that come from a directory.",
    ),
    (
        "audit events",
        &["audit_events"],
        "What was changed, by whom, and when.",
    ),
    ("groups", &["groups"], "Groups, and what lies below them."),
    ("projects", &["projects"], "Projects."),
    ("users", &["users", "user"], "Accounts, and what they may see."),
    (
        "tokens",
        &["personal_access_tokens"],
        "Personal access tokens: made, listed, rotated and revoked.",
    ),
    (
        "service",
        &["version", "metadata", "namespaces", "openapi.json"],
        "About the service itself, and its namespaces.",
    ),
];

/// All subjects, in the order of the reference.
pub(super) fn tags() -> Vec<Tag> {
    let tag = |(name, _, about)| TagBuilder::new().name(name).description(Some(about)).build();
    TAGS.map(tag).to_vec()
}

/// The subject of a path: that of its second word, such as `members` below a group, or else that of its first.
pub(super) fn tag(path: &str) -> Option<&'static str> {
    let words = path
        .split('/')
        .filter(|word| !word.is_empty() && !word.starts_with('{'));
    let words: Vec<_> = words.take(2).collect();
    let of = |word: &&str| TAGS.iter().find(|(_, words, _)| words.contains(word));
    words.iter().rev().find_map(of).map(|(name, _, _)| *name)
}
