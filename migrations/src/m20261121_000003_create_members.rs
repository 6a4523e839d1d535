//! Memberships, invitations and access requests: one table, because they share numbers and turn into each other.

use crate::dialect::SqlMigration;

pub(crate) const MIGRATION: SqlMigration = SqlMigration {
    name: "m20261121_000003_create_members",
    up: UP,
    down: DOWN,
};

const UP: &str = "
CREATE TABLE members (
    id {key},
    -- 1 group, 2 project. No foreign key: the two kinds have separate numbers.
    source_kind {int} NOT NULL,
    source_id {bigint} NOT NULL,
    -- Null for an invitation that nobody has accepted yet.
    user_id {bigint} REFERENCES users (id) ON DELETE CASCADE,
    access_level {int} NOT NULL,
    -- 0 active, 1 awaiting.
    state {int} NOT NULL,
    -- Set for an access request.
    requested_at {time},
    expires_at {date},
    member_role_id {bigint} REFERENCES member_roles (id),
    ldap {bool} NOT NULL,
    override {bool} NOT NULL,
    created_by_id {bigint} REFERENCES users (id) ON DELETE SET NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    -- The address of an invitation, as shown and as compared.
    invite_email {text},
    email_norm {text},
    -- SHA-256 of the token in the mail; null once used.
    invite_token_digest {blob},
    invite_source {text},
    accepted_at {time},
    last_sent_at {time},
    send_count {int} NOT NULL,
    reminders_sent {int} NOT NULL
) {strict};
CREATE UNIQUE INDEX members_user_once ON members (source_kind, source_id, user_id) WHERE user_id IS NOT NULL;
CREATE UNIQUE INDEX members_address_once ON members (source_kind, source_id, email_norm) WHERE email_norm IS NOT NULL;
-- One page of the members of a source, by user, without a look at the table: every list of effective members is a merge of these.
CREATE INDEX members_of_source ON members (source_kind, source_id, user_id, access_level, state, expires_at)
    WHERE user_id IS NOT NULL AND requested_at IS NULL;
-- Direct lists and invitations go by row number.
CREATE INDEX members_in_order ON members (source_kind, source_id, id);
-- Everything that one user can reach.
CREATE INDEX members_of_user ON members (user_id, source_kind, source_id, access_level, state, expires_at)
    WHERE user_id IS NOT NULL AND requested_at IS NULL;
CREATE INDEX members_of_address ON members (email_norm) WHERE email_norm IS NOT NULL;
CREATE UNIQUE INDEX members_invite_token ON members (invite_token_digest) WHERE invite_token_digest IS NOT NULL;
CREATE INDEX members_expiring ON members (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX members_role ON members (member_role_id) WHERE member_role_id IS NOT NULL;
CREATE INDEX members_creator ON members (created_by_id) WHERE created_by_id IS NOT NULL;
";

const DOWN: &str = "
DROP TABLE members;
";
