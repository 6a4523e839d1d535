//! The names of tokens as they are searched and sorted by.

use crate::dialect::SqlMigration;

pub(crate) const MIGRATION: SqlMigration = SqlMigration {
    name: "m20261122_000020_fold_token_names",
    up: UP,
    down: DOWN,
};

const UP: &str = "
-- Folded to lower case by the program; of names that are there already only the letters of ASCII.
ALTER TABLE personal_access_tokens ADD COLUMN name_key {text} NOT NULL DEFAULT '';
UPDATE personal_access_tokens SET name_key = LOWER(name);
";

const DOWN: &str = "
ALTER TABLE personal_access_tokens DROP COLUMN name_key;
";
