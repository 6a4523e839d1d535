//! The tables as SeaORM entities: one file a table, no logic.

#![expect(
    clippy::disallowed_methods,
    reason = "the derived nested saves begin transactions of their own; nothing here calls them"
)]

pub mod audit_event;
pub mod change_log;
pub mod counter;
pub mod group_share;
pub mod idempotency_key;
pub mod invitation_token;
pub mod ldap_group_link;
pub mod lease;
pub mod member;
pub mod member_role;
pub mod namespace;
pub mod outbox;
pub mod path_redirect;
pub mod personal_access_token;
pub mod project;
pub mod project_share;
pub mod seat;
pub mod seat_counter;
pub mod seat_feed;
pub mod seat_ledger;
pub mod user;
pub mod user_identity;
