//! The indexes that lists of members walk: by user anew, by level, and by row.

use crate::dialect::SqlMigration;

pub(crate) const MIGRATION: SqlMigration = SqlMigration {
    name: "m20261121_000008_index_member_walks",
    up: UP,
    down: DOWN,
};

const UP: &str = "
-- As before, and with the column that the condition names: without it SQLite looks at each row to see what the index already says.
DROP INDEX members_of_source;
CREATE INDEX members_of_source ON members (source_kind, source_id, user_id, access_level, state, expires_at, requested_at)
    WHERE user_id IS NOT NULL AND requested_at IS NULL;
DROP INDEX members_of_user;
CREATE INDEX members_of_user ON members (user_id, source_kind, source_id, access_level, state, expires_at, requested_at)
    WHERE user_id IS NOT NULL AND requested_at IS NULL;
-- A list by level is a merge of one walk for each source and level: who has that level there, by user.
CREATE INDEX members_by_level ON members (source_kind, source_id, access_level, user_id, state, expires_at, requested_at)
    WHERE user_id IS NOT NULL AND requested_at IS NULL;
-- Direct lists go by row number: a page far in skips what lies before it without a look at the table.
CREATE INDEX members_of_source_in_order ON members (source_kind, source_id, id, user_id, access_level, state, expires_at, requested_at)
    WHERE user_id IS NOT NULL AND requested_at IS NULL;
";

const DOWN: &str = "
DROP INDEX members_of_source_in_order;
DROP INDEX members_by_level;
DROP INDEX members_of_user;
CREATE INDEX members_of_user ON members (user_id, source_kind, source_id, access_level, state, expires_at)
    WHERE user_id IS NOT NULL AND requested_at IS NULL;
DROP INDEX members_of_source;
CREATE INDEX members_of_source ON members (source_kind, source_id, user_id, access_level, state, expires_at)
    WHERE user_id IS NOT NULL AND requested_at IS NULL;
";
