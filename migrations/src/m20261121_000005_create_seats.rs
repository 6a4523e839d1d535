//! The seat summary: one row a billable user a top-level group, and how many there are.

use crate::dialect::SqlMigration;

pub(crate) const MIGRATION: SqlMigration = SqlMigration {
    name: "m20261121_000005_create_seats",
    up: UP,
    down: DOWN,
};

const UP: &str = "
CREATE TABLE seats (
    root_id {bigint} NOT NULL REFERENCES namespaces (id) ON DELETE CASCADE,
    user_id {bigint} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- How many counting rows make the user billable, by set.
    group_rows {int} NOT NULL,
    project_rows {int} NOT NULL,
    group_invite_rows {int} NOT NULL,
    project_invite_rows {int} NOT NULL,
    highest_access_level {int} NOT NULL,
    first_joined_at {time} NOT NULL,
    -- Copies of the user's, so that each order is one index.
    name_key {text} NOT NULL,
    last_activity_on {date},
    last_sign_in_at {time},
    PRIMARY KEY (root_id, user_id)
) {strict};
CREATE INDEX seats_name ON seats (root_id, name_key, user_id);
CREATE INDEX seats_activity ON seats (root_id, last_activity_on, user_id);
CREATE INDEX seats_sign_in ON seats (root_id, last_sign_in_at, user_id);
CREATE INDEX seats_level ON seats (root_id, highest_access_level, user_id);
CREATE INDEX seats_joined ON seats (root_id, first_joined_at, user_id);
CREATE INDEX seats_user ON seats (user_id);

CREATE TABLE seat_counters (
    root_id {bigint} NOT NULL PRIMARY KEY REFERENCES namespaces (id) ON DELETE CASCADE,
    billable {bigint} NOT NULL
) {strict};
";

const DOWN: &str = "
DROP TABLE seat_counters;
DROP TABLE seats;
";
