//! The index that lists of invitations walk.

use crate::dialect::SqlMigration;

pub(crate) const MIGRATION: SqlMigration = SqlMigration {
    name: "m20261121_000011_index_invitations",
    up: UP,
    down: DOWN,
};

const UP: &str = "
-- Invitations are few among the rows of a source: without it a list of them would read past every member.
CREATE INDEX members_pending ON members (source_kind, source_id, id) WHERE user_id IS NULL AND invite_email IS NOT NULL;
";

const DOWN: &str = "
DROP INDEX members_pending;
";
