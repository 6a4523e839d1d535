//! The index by which groups are found that wait for their directory.

use crate::dialect::SqlMigration;

pub(crate) const MIGRATION: SqlMigration = SqlMigration {
    name: "m20261121_000015_index_ldap_syncs",
    up: UP,
    down: DOWN,
};

const UP: &str = "
-- Every replica looks once a second, and nearly always there is none.
CREATE INDEX namespaces_ldap_pending ON namespaces (id) WHERE ldap_sync_state = 'pending';
";

const DOWN: &str = "
DROP INDEX namespaces_ldap_pending;
";
