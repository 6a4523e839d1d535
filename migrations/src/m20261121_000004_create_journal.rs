//! What every write leaves behind: audit events, the change log, mail to send, remembered answers, leases.

use crate::dialect::SqlMigration;

pub(crate) const MIGRATION: SqlMigration = SqlMigration {
    name: "m20261121_000004_create_journal",
    up: UP,
    down: DOWN,
};

const UP: &str = "
CREATE TABLE audit_events (
    id {key},
    root_id {bigint},
    -- Group, Project or User, and its number; no foreign key, for the entry outlives the thing.
    entity_type {text} NOT NULL,
    entity_id {bigint} NOT NULL,
    entity_path {text} NOT NULL,
    -- Null: the system.
    author_id {bigint},
    author_name {text} NOT NULL,
    event_name {text} NOT NULL,
    target_id {bigint},
    -- rest, graphql, cli, page or system.
    door {text} NOT NULL,
    request_id {text},
    ip_address {text},
    details {json} NOT NULL,
    created_at {time} NOT NULL
) {strict};
CREATE INDEX audit_events_entity ON audit_events (entity_type, entity_id, id);
CREATE INDEX audit_events_author ON audit_events (author_id, id);

-- What subscribers hear, numbered without a gap and in commit order within each root.
CREATE TABLE change_log (
    root_id {bigint} NOT NULL,
    seq {bigint} NOT NULL,
    kind {text} NOT NULL,
    source_kind {int} NOT NULL,
    source_id {bigint} NOT NULL,
    ancestor_path {text} NOT NULL,
    member_id {bigint},
    user_id {bigint},
    actor_id {bigint},
    payload {json} NOT NULL,
    created_at {time} NOT NULL,
    PRIMARY KEY (root_id, seq)
) {strict};
CREATE INDEX change_log_age ON change_log (created_at);

-- Mail that a committed change owes somebody.
CREATE TABLE outbox (
    id {key},
    kind {text} NOT NULL,
    payload {json} NOT NULL,
    attempts {int} NOT NULL,
    not_before {time} NOT NULL,
    leased_until {time},
    last_error {text},
    created_at {time} NOT NULL,
    delivered_at {time}
) {strict};
CREATE INDEX outbox_due ON outbox (not_before, id) WHERE delivered_at IS NULL;

-- The first answer to a retried write.
CREATE TABLE idempotency_keys (
    -- 0: anonymous.
    caller_id {bigint} NOT NULL,
    key {text} NOT NULL,
    fingerprint {blob} NOT NULL,
    outcome {json} NOT NULL,
    created_at {time} NOT NULL,
    PRIMARY KEY (caller_id, key)
) {strict};
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

-- Which replica does a periodic job, with a number that grows at each change of hands.
CREATE TABLE leases (
    name {text} NOT NULL PRIMARY KEY,
    holder {text} NOT NULL,
    fence {bigint} NOT NULL,
    expires_at {time} NOT NULL
) {strict};
";

const DOWN: &str = "
DROP TABLE leases;
DROP TABLE idempotency_keys;
DROP TABLE outbox;
DROP TABLE change_log;
DROP TABLE audit_events;
";
