//! The seat summary anew: who takes a seat in each top-level group, in every order that a list can have, and how many there are.
//!
//! What was there before was never filled. The summary of a group that is there already is made by the program, when it is first needed.

use crate::dialect::SqlMigration;

pub(crate) const MIGRATION: SqlMigration = SqlMigration {
    name: "m20261121_000012_summarise_seats",
    up: UP,
    down: DOWN,
};

const UP: &str = "
DROP TABLE seat_counters;
DROP TABLE seats;

-- One for each top-level group; the row is also the lock of its seats, taken after every other.
CREATE TABLE seat_ledgers (
    root_id {bigint} NOT NULL PRIMARY KEY REFERENCES namespaces (id) ON DELETE CASCADE,
    -- Whether the seats are all there; until then nobody keeps them up.
    complete {bool} NOT NULL
) {strict};
INSERT INTO seat_ledgers (root_id, complete) SELECT id, FALSE FROM namespaces WHERE kind = 'group' AND parent_id IS NULL;

CREATE TABLE seats (
    root_id {bigint} NOT NULL REFERENCES namespaces (id) ON DELETE CASCADE,
    user_id {bigint} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- 0: takes a seat; 1: would, if what waits were active.
    state {int} NOT NULL,
    -- The first that applies: 1 group, 2 project, 3 group invite, 4 project invite.
    membership_type {int} NOT NULL,
    access_level {int} NOT NULL,
    first_joined_at {time} NOT NULL,
    -- Copies of the user's, so that each order is the walk of one index. A day before all others for no activity, a time before and one after all
    -- others for no sign-in: the two databases sort nulls differently.
    name_key {text} NOT NULL,
    last_activity_on {date} NOT NULL,
    newest_sign_in_at {time} NOT NULL,
    oldest_sign_in_at {time} NOT NULL,
    -- The first day on which one of the rows and links that count no longer does.
    recheck_on {date},
    PRIMARY KEY (root_id, user_id)
) {strict};
CREATE INDEX seats_in_order ON seats (root_id, state, user_id);
CREATE INDEX seats_name ON seats (root_id, state, name_key, user_id);
CREATE INDEX seats_name_down ON seats (root_id, state, name_key DESC, user_id);
CREATE INDEX seats_activity ON seats (root_id, state, last_activity_on DESC, user_id);
CREATE INDEX seats_newest_sign_in ON seats (root_id, state, newest_sign_in_at DESC, user_id);
CREATE INDEX seats_oldest_sign_in ON seats (root_id, state, oldest_sign_in_at, user_id);
CREATE INDEX seats_level ON seats (root_id, state, access_level, user_id);
CREATE INDEX seats_level_down ON seats (root_id, state, access_level DESC, user_id);
CREATE INDEX seats_joined ON seats (root_id, state, first_joined_at, user_id);
CREATE INDEX seats_joined_down ON seats (root_id, state, first_joined_at DESC, user_id);
CREATE INDEX seats_user ON seats (user_id, state, root_id);
CREATE INDEX seats_recheck ON seats (root_id, recheck_on) WHERE recheck_on IS NOT NULL;

-- How many, so that nobody counts the above.
CREATE TABLE seat_counters (
    root_id {bigint} NOT NULL REFERENCES namespaces (id) ON DELETE CASCADE,
    state {int} NOT NULL,
    membership_type {int} NOT NULL,
    access_level {int} NOT NULL,
    users {bigint} NOT NULL,
    PRIMARY KEY (root_id, state, membership_type, access_level)
) {strict};

-- The groups whose members take seats because of a link: the one that the link lets in, and each above it.
CREATE TABLE seat_feeds (
    id {key},
    root_id {bigint} NOT NULL REFERENCES namespaces (id) ON DELETE CASCADE,
    group_id {bigint} NOT NULL REFERENCES namespaces (id) ON DELETE CASCADE,
    group_share_id {bigint} REFERENCES group_shares (id) ON DELETE CASCADE,
    project_share_id {bigint} REFERENCES project_shares (id) ON DELETE CASCADE,
    access_level {int} NOT NULL,
    expires_at {date}
) {strict};
CREATE INDEX seat_feeds_group ON seat_feeds (group_id, root_id);
CREATE INDEX seat_feeds_root ON seat_feeds (root_id, group_id);
CREATE INDEX seat_feeds_group_share ON seat_feeds (group_share_id) WHERE group_share_id IS NOT NULL;
CREATE INDEX seat_feeds_project_share ON seat_feeds (project_share_id) WHERE project_share_id IS NOT NULL;
";

const DOWN: &str = "
DROP TABLE seat_feeds;
DROP TABLE seat_counters;
DROP TABLE seats;
DROP TABLE seat_ledgers;
CREATE TABLE seats (
    root_id {bigint} NOT NULL REFERENCES namespaces (id) ON DELETE CASCADE,
    user_id {bigint} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    group_rows {int} NOT NULL,
    project_rows {int} NOT NULL,
    group_invite_rows {int} NOT NULL,
    project_invite_rows {int} NOT NULL,
    highest_access_level {int} NOT NULL,
    first_joined_at {time} NOT NULL,
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
