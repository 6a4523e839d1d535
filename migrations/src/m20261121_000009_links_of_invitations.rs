//! The links in an invitation's mails: a table of their own, because each mail carries a fresh one and the earlier ones stay good.

use crate::dialect::SqlMigration;

pub(crate) const MIGRATION: SqlMigration = SqlMigration {
    name: "m20261121_000009_links_of_invitations",
    up: UP,
    down: DOWN,
};

const UP: &str = "
CREATE TABLE invitation_tokens (
    -- SHA-256 of the token, which is in the mail and nowhere else.
    digest {blob} NOT NULL PRIMARY KEY,
    member_id {bigint} NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    created_at {time} NOT NULL
) {strict};
CREATE INDEX invitation_tokens_member ON invitation_tokens (member_id);
INSERT INTO invitation_tokens (digest, member_id, created_at)
    SELECT invite_token_digest, id, created_at FROM members WHERE invite_token_digest IS NOT NULL AND user_id IS NULL;
DROP INDEX members_invite_token;
ALTER TABLE members DROP COLUMN invite_token_digest;
-- What waits for an answer, for reminders and for what grows stale.
CREATE INDEX members_invited ON members (created_at) WHERE user_id IS NULL AND invite_email IS NOT NULL;
";

const DOWN: &str = "
DROP INDEX members_invited;
ALTER TABLE members ADD COLUMN invite_token_digest {blob};
CREATE UNIQUE INDEX members_invite_token ON members (invite_token_digest) WHERE invite_token_digest IS NOT NULL;
UPDATE members SET invite_token_digest = (
    SELECT t.digest FROM invitation_tokens t WHERE t.member_id = members.id ORDER BY t.created_at DESC, t.digest LIMIT 1);
DROP TABLE invitation_tokens;
";
