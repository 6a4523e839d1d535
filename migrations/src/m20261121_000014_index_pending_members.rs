//! The indexes that lists of who waits walk.

use crate::dialect::SqlMigration;

pub(crate) const MIGRATION: SqlMigration = SqlMigration {
    name: "m20261121_000014_index_pending_members",
    up: UP,
    down: DOWN,
};

const UP: &str = "
-- Few wait: from here it is looked up to which hierarchy each belongs, rather than who waits in each part of a hierarchy.
CREATE INDEX members_awaiting ON members (user_id, id) WHERE state = 1;
-- The same for who is invited, by address.
CREATE INDEX members_invited_addresses ON members (email_norm, id) WHERE user_id IS NULL AND invite_email IS NOT NULL;
";

const DOWN: &str = "
DROP INDEX members_invited_addresses;
DROP INDEX members_awaiting;
";
