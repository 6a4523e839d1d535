//! The indexes that lists of access requests walk.

use crate::dialect::SqlMigration;

pub(crate) const MIGRATION: SqlMigration = SqlMigration {
    name: "m20261121_000010_index_access_requests",
    up: UP,
    down: DOWN,
};

const UP: &str = "
-- Requests are few among the rows of a source: without it a list of them would read past every member.
CREATE INDEX members_requests ON members (source_kind, source_id, id) WHERE requested_at IS NOT NULL;
-- What one user asks for.
CREATE INDEX members_requests_of_user ON members (user_id, id) WHERE requested_at IS NOT NULL;
";

const DOWN: &str = "
DROP INDEX members_requests_of_user;
DROP INDEX members_requests;
";
