//! Users, how they are known elsewhere, and their tokens.

use crate::dialect::SqlMigration;

pub(crate) const MIGRATION: SqlMigration = SqlMigration {
    name: "m20261121_000001_create_people",
    up: UP,
    down: DOWN,
};

const UP: &str = "
CREATE TABLE users (
    id {key},
    username {text} NOT NULL,
    -- Folded to lower case by the program: what look-ups, searches and orders by name compare.
    username_key {text} NOT NULL,
    name {text} NOT NULL,
    name_key {text} NOT NULL,
    email {text} NOT NULL,
    email_norm {text} NOT NULL,
    public_email {text},
    public_email_norm {text},
    state {text} NOT NULL,
    user_type {text} NOT NULL,
    admin {bool} NOT NULL,
    external {bool} NOT NULL,
    note {text},
    created_by_id {bigint} REFERENCES users (id) ON DELETE SET NULL,
    -- The top-level group that owns the account; a foreign key would be a circle.
    enterprise_group_id {bigint},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    last_sign_in_at {time},
    last_activity_on {date}
) {strict};
CREATE UNIQUE INDEX users_username ON users (username_key);
CREATE UNIQUE INDEX users_email ON users (email_norm);
-- Search by public address, and the address an invitation was sent to.
CREATE INDEX users_public_email ON users (public_email_norm) WHERE public_email_norm IS NOT NULL;
-- Member lists by name walk this and probe the sources.
CREATE INDEX users_name ON users (name_key, id);

CREATE TABLE user_identities (
    id {key},
    user_id {bigint} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- group_saml, or the name of an LDAP provider.
    provider {text} NOT NULL,
    -- The subject at a SAML provider; the distinguished name in a directory.
    extern_uid {text} NOT NULL,
    extern_uid_norm {text} NOT NULL,
    -- Set for SAML: the number of the group's provider.
    saml_provider_id {bigint}
) {strict};
CREATE INDEX user_identities_user ON user_identities (user_id);
CREATE INDEX user_identities_provider ON user_identities (provider, extern_uid_norm);

CREATE TABLE personal_access_tokens (
    id {key},
    user_id {bigint} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name {text} NOT NULL,
    description {text},
    -- SHA-256 of the token; the token itself is never stored.
    digest {blob} NOT NULL,
    -- Scope words with blanks between.
    scopes {text} NOT NULL,
    revoked {bool} NOT NULL,
    -- The token this one was rotated out of.
    rotated_from_id {bigint} REFERENCES personal_access_tokens (id) ON DELETE SET NULL,
    created_at {time} NOT NULL,
    expires_at {date},
    last_used_at {time},
    -- Addresses, newest first, five at most.
    last_used_ips {json} NOT NULL
) {strict};
CREATE UNIQUE INDEX personal_access_tokens_digest ON personal_access_tokens (digest);
CREATE INDEX personal_access_tokens_user ON personal_access_tokens (user_id);
CREATE INDEX personal_access_tokens_rotated ON personal_access_tokens (rotated_from_id) WHERE rotated_from_id IS NOT NULL;
";

const DOWN: &str = "
DROP TABLE personal_access_tokens;
DROP TABLE user_identities;
DROP TABLE users;
";
