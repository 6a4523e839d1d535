//! Mail that could not be delivered for days is tried no more; what is done with goes after a while.

use crate::dialect::SqlMigration;

pub(crate) const MIGRATION: SqlMigration = SqlMigration {
    name: "m20261121_000006_give_up_mail",
    up: UP,
    down: DOWN,
};

const UP: &str = "
ALTER TABLE outbox ADD COLUMN given_up_at {time};
DROP INDEX outbox_due;
CREATE INDEX outbox_due ON outbox (not_before, id) WHERE delivered_at IS NULL AND given_up_at IS NULL;
CREATE INDEX outbox_delivered ON outbox (delivered_at) WHERE delivered_at IS NOT NULL;
CREATE INDEX outbox_given_up ON outbox (given_up_at) WHERE given_up_at IS NOT NULL;
";

const DOWN: &str = "
DROP INDEX outbox_given_up;
DROP INDEX outbox_delivered;
DROP INDEX outbox_due;
CREATE INDEX outbox_due ON outbox (not_before, id) WHERE delivered_at IS NULL;
ALTER TABLE outbox DROP COLUMN given_up_at;
";
