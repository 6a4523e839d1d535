//! How many members lie where in a long list, so that a page deep in it is found without walking there.
//!
//! The database keeps the numbers itself, by triggers: a page would be wrong for ever after one write that forgot them. PostgreSQL adds up a whole
//! statement at once; SQLite goes row by row, for want of anything else.

use crate::dialect::{PerDatabase, SqlPair};

pub(crate) const MIGRATION: PerDatabase = PerDatabase {
    name: "m20261121_000007_count_members_in_blocks",
    up: SqlPair {
        shared: TABLE,
        sqlite: SQLITE,
        postgres: POSTGRES,
    },
    down: SqlPair {
        shared: DROP_TABLE,
        sqlite: DROP_SQLITE,
        postgres: DROP_POSTGRES,
    },
};

const TABLE: &str = "
CREATE TABLE member_blocks (
    source_kind {int} NOT NULL,
    source_id {bigint} NOT NULL,
    -- The user's number without its last ten bits: 1,024 users a block.
    block {bigint} NOT NULL,
    -- Rows with a user that are no requests, whatever their state and end.
    members {bigint} NOT NULL,
    -- Those among them with minimal access, which count in top-level groups only.
    minimal {bigint} NOT NULL,
    PRIMARY KEY (source_kind, source_id, block)
) {strict};
INSERT INTO member_blocks (source_kind, source_id, block, members, minimal)
SELECT source_kind, source_id, user_id >> 10, COUNT(*), SUM(CASE WHEN access_level < 10 THEN 1 ELSE 0 END)
  FROM members WHERE user_id IS NOT NULL AND requested_at IS NULL
 GROUP BY source_kind, source_id, user_id >> 10;
-- What has ended and was not swept yet is in the blocks, and is taken off again when they are read.
CREATE INDEX members_ended ON members (source_kind, source_id, expires_at) WHERE expires_at IS NOT NULL;
";

const DROP_TABLE: &str = "
DROP INDEX members_ended;
DROP TABLE member_blocks;
";

const SQLITE: &str = "
CREATE TRIGGER members_blocks_insert AFTER INSERT ON members
WHEN NEW.user_id IS NOT NULL AND NEW.requested_at IS NULL
BEGIN
    INSERT INTO member_blocks (source_kind, source_id, block, members, minimal)
    VALUES (NEW.source_kind, NEW.source_id, NEW.user_id >> 10, 1, NEW.access_level < 10)
    ON CONFLICT (source_kind, source_id, block) DO UPDATE SET members = members + 1, minimal = minimal + excluded.minimal;
END;

CREATE TRIGGER members_blocks_delete AFTER DELETE ON members
WHEN OLD.user_id IS NOT NULL AND OLD.requested_at IS NULL
BEGIN
    UPDATE member_blocks SET members = members - 1, minimal = minimal - (OLD.access_level < 10)
     WHERE source_kind = OLD.source_kind AND source_id = OLD.source_id AND block = OLD.user_id >> 10;
    DELETE FROM member_blocks
     WHERE source_kind = OLD.source_kind AND source_id = OLD.source_id AND block = OLD.user_id >> 10 AND members = 0;
END;

CREATE TRIGGER members_blocks_leave AFTER UPDATE OF source_kind, source_id, user_id, requested_at, access_level ON members
WHEN OLD.user_id IS NOT NULL AND OLD.requested_at IS NULL
BEGIN
    UPDATE member_blocks SET members = members - 1, minimal = minimal - (OLD.access_level < 10)
     WHERE source_kind = OLD.source_kind AND source_id = OLD.source_id AND block = OLD.user_id >> 10;
    DELETE FROM member_blocks
     WHERE source_kind = OLD.source_kind AND source_id = OLD.source_id AND block = OLD.user_id >> 10 AND members = 0;
END;

CREATE TRIGGER members_blocks_enter AFTER UPDATE OF source_kind, source_id, user_id, requested_at, access_level ON members
WHEN NEW.user_id IS NOT NULL AND NEW.requested_at IS NULL
BEGIN
    INSERT INTO member_blocks (source_kind, source_id, block, members, minimal)
    VALUES (NEW.source_kind, NEW.source_id, NEW.user_id >> 10, 1, NEW.access_level < 10)
    ON CONFLICT (source_kind, source_id, block) DO UPDATE SET members = members + 1, minimal = minimal + excluded.minimal;
END;
";

const DROP_SQLITE: &str = "
DROP TRIGGER members_blocks_enter;
DROP TRIGGER members_blocks_leave;
DROP TRIGGER members_blocks_delete;
DROP TRIGGER members_blocks_insert;
";

const POSTGRES: &str = "
CREATE FUNCTION members_blocks_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO member_blocks AS b (source_kind, source_id, block, members, minimal)
    SELECT source_kind, source_id, user_id >> 10, COUNT(*), COUNT(*) FILTER (WHERE access_level < 10)
      FROM coming WHERE user_id IS NOT NULL AND requested_at IS NULL
     GROUP BY source_kind, source_id, user_id >> 10 ORDER BY 1, 2, 3
    ON CONFLICT (source_kind, source_id, block)
    DO UPDATE SET members = b.members + excluded.members, minimal = b.minimal + excluded.minimal;
    RETURN NULL;
END $$;

CREATE FUNCTION members_blocks_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO member_blocks AS b (source_kind, source_id, block, members, minimal)
    SELECT source_kind, source_id, user_id >> 10, -COUNT(*), -COUNT(*) FILTER (WHERE access_level < 10)
      FROM going WHERE user_id IS NOT NULL AND requested_at IS NULL
     GROUP BY source_kind, source_id, user_id >> 10 ORDER BY 1, 2, 3
    ON CONFLICT (source_kind, source_id, block)
    DO UPDATE SET members = b.members + excluded.members, minimal = b.minimal + excluded.minimal;
    DELETE FROM member_blocks b USING going g
     WHERE b.source_kind = g.source_kind AND b.source_id = g.source_id AND b.block = g.user_id >> 10 AND b.members = 0;
    RETURN NULL;
END $$;

CREATE FUNCTION members_blocks_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO member_blocks AS b (source_kind, source_id, block, members, minimal)
    SELECT source_kind, source_id, block, SUM(members), SUM(minimal) FROM (
        SELECT source_kind, source_id, user_id >> 10 AS block, 1 AS members, CASE WHEN access_level < 10 THEN 1 ELSE 0 END AS minimal
          FROM coming WHERE user_id IS NOT NULL AND requested_at IS NULL
        UNION ALL
        SELECT source_kind, source_id, user_id >> 10, -1, CASE WHEN access_level < 10 THEN -1 ELSE 0 END
          FROM going WHERE user_id IS NOT NULL AND requested_at IS NULL) AS moved
     GROUP BY source_kind, source_id, block HAVING SUM(members) <> 0 OR SUM(minimal) <> 0 ORDER BY 1, 2, 3
    ON CONFLICT (source_kind, source_id, block)
    DO UPDATE SET members = b.members + excluded.members, minimal = b.minimal + excluded.minimal;
    DELETE FROM member_blocks b USING going g
     WHERE b.source_kind = g.source_kind AND b.source_id = g.source_id AND b.block = g.user_id >> 10 AND b.members = 0;
    RETURN NULL;
END $$;

CREATE TRIGGER members_blocks_insert AFTER INSERT ON members
    REFERENCING NEW TABLE AS coming FOR EACH STATEMENT EXECUTE FUNCTION members_blocks_insert();
CREATE TRIGGER members_blocks_delete AFTER DELETE ON members
    REFERENCING OLD TABLE AS going FOR EACH STATEMENT EXECUTE FUNCTION members_blocks_delete();
CREATE TRIGGER members_blocks_update AFTER UPDATE ON members
    REFERENCING OLD TABLE AS going NEW TABLE AS coming FOR EACH STATEMENT EXECUTE FUNCTION members_blocks_update();
";

const DROP_POSTGRES: &str = "
DROP TRIGGER members_blocks_update ON members;
DROP TRIGGER members_blocks_delete ON members;
DROP TRIGGER members_blocks_insert ON members;
DROP FUNCTION members_blocks_update();
DROP FUNCTION members_blocks_delete();
DROP FUNCTION members_blocks_insert();
";
