//! Groups, personal namespaces, projects, roles, and the links between groups.

use crate::dialect::SqlMigration;

pub(crate) const MIGRATION: SqlMigration = SqlMigration {
    name: "m20261121_000002_create_hierarchy",
    up: UP,
    down: DOWN,
};

const UP: &str = "
CREATE TABLE namespaces (
    -- A group's number; 1,000,000,000 and the user's number for a personal namespace.
    id {bigint} NOT NULL PRIMARY KEY,
    kind {text} NOT NULL,
    owner_id {bigint} REFERENCES users (id) ON DELETE CASCADE,
    parent_id {bigint} REFERENCES namespaces (id),
    root_id {bigint} NOT NULL,
    -- Numbers from the top down to this one: 1/7/19/. Moving a group rewrites those of everything below.
    ancestor_path {text} NOT NULL,
    path {text} NOT NULL,
    full_path {text} NOT NULL,
    full_path_key {text} NOT NULL,
    name {text} NOT NULL,
    name_key {text} NOT NULL,
    full_name {text} NOT NULL,
    description {text} NOT NULL,
    visibility {text} NOT NULL,
    request_access_enabled {bool} NOT NULL,
    membership_lock {bool} NOT NULL,
    share_with_group_lock {bool} NOT NULL,
    prevent_sharing_groups_outside_hierarchy {bool} NOT NULL,
    allowed_email_domains {json} NOT NULL,
    exclude_guests {bool} NOT NULL,
    seat_cap {bigint},
    saml_provider_id {bigint},
    -- ready, pending, started or failed.
    ldap_sync_state {text} NOT NULL,
    ldap_sync_error {text},
    ldap_sync_started_at {time},
    ldap_sync_finished_at {time},
    -- Of a top-level namespace: the number of its newest change. The row is also the lock of the whole hierarchy.
    seq {bigint} NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL
) {strict};
CREATE UNIQUE INDEX namespaces_full_path ON namespaces (full_path_key);
-- Everything below a group is one range of this.
CREATE UNIQUE INDEX namespaces_ancestor_path ON namespaces (ancestor_path);
CREATE INDEX namespaces_parent ON namespaces (parent_id, name_key, id);
CREATE INDEX namespaces_owner ON namespaces (owner_id) WHERE owner_id IS NOT NULL;
CREATE INDEX namespaces_name ON namespaces (kind, name_key, id);

-- Groups and their numbers: a personal namespace must not push the next group's number up, so an identity column would not do.
CREATE TABLE counters (
    name {text} NOT NULL PRIMARY KEY,
    value {bigint} NOT NULL
) {strict};
INSERT INTO counters (name, value) VALUES ('groups', 0);

CREATE TABLE projects (
    id {key},
    namespace_id {bigint} NOT NULL REFERENCES namespaces (id) ON DELETE CASCADE,
    root_id {bigint} NOT NULL,
    -- That of the namespace.
    ancestor_path {text} NOT NULL,
    path {text} NOT NULL,
    full_path {text} NOT NULL,
    full_path_key {text} NOT NULL,
    name {text} NOT NULL,
    name_key {text} NOT NULL,
    full_name {text} NOT NULL,
    description {text} NOT NULL,
    visibility {text} NOT NULL,
    request_access_enabled {bool} NOT NULL,
    creator_id {bigint} REFERENCES users (id) ON DELETE SET NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL
) {strict};
CREATE UNIQUE INDEX projects_full_path ON projects (full_path_key);
CREATE INDEX projects_namespace ON projects (namespace_id, name_key, id);
CREATE INDEX projects_ancestor_path ON projects (ancestor_path, id);

-- Where a renamed project used to be.
CREATE TABLE path_redirects (
    path_key {text} NOT NULL PRIMARY KEY,
    project_id {bigint} NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    created_at {time} NOT NULL
) {strict};
CREATE INDEX path_redirects_project ON path_redirects (project_id);

CREATE TABLE member_roles (
    id {key},
    -- A top-level group.
    group_id {bigint} NOT NULL REFERENCES namespaces (id) ON DELETE CASCADE,
    name {text} NOT NULL,
    name_key {text} NOT NULL,
    description {text},
    base_access_level {int} NOT NULL,
    permissions {json} NOT NULL,
    -- Whether a guest with this role takes a seat where plain guests do not.
    occupies_seat {bool} NOT NULL,
    created_at {time} NOT NULL
) {strict};
CREATE UNIQUE INDEX member_roles_name ON member_roles (group_id, name);

CREATE TABLE group_shares (
    id {key},
    -- The group that opens itself.
    shared_group_id {bigint} NOT NULL REFERENCES namespaces (id) ON DELETE CASCADE,
    -- The group that is let in.
    invited_group_id {bigint} NOT NULL REFERENCES namespaces (id) ON DELETE CASCADE,
    access_level {int} NOT NULL,
    member_role_id {bigint} REFERENCES member_roles (id) ON DELETE SET NULL,
    expires_at {date},
    created_at {time} NOT NULL
) {strict};
CREATE UNIQUE INDEX group_shares_pair ON group_shares (shared_group_id, invited_group_id);
CREATE INDEX group_shares_invited ON group_shares (invited_group_id, shared_group_id);

CREATE TABLE project_shares (
    id {key},
    project_id {bigint} NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    invited_group_id {bigint} NOT NULL REFERENCES namespaces (id) ON DELETE CASCADE,
    access_level {int} NOT NULL,
    member_role_id {bigint} REFERENCES member_roles (id) ON DELETE SET NULL,
    expires_at {date},
    created_at {time} NOT NULL
) {strict};
CREATE UNIQUE INDEX project_shares_pair ON project_shares (project_id, invited_group_id);
CREATE INDEX project_shares_invited ON project_shares (invited_group_id, project_id);

CREATE TABLE ldap_group_links (
    id {key},
    group_id {bigint} NOT NULL REFERENCES namespaces (id) ON DELETE CASCADE,
    provider {text} NOT NULL,
    cn {text},
    filter {text},
    access_level {int} NOT NULL,
    member_role_id {bigint} REFERENCES member_roles (id) ON DELETE SET NULL
) {strict};
CREATE UNIQUE INDEX ldap_group_links_cn ON ldap_group_links (group_id, provider, cn) WHERE cn IS NOT NULL;
CREATE UNIQUE INDEX ldap_group_links_filter ON ldap_group_links (group_id, provider, filter) WHERE filter IS NOT NULL;
";

const DOWN: &str = "
DROP TABLE ldap_group_links;
DROP TABLE project_shares;
DROP TABLE group_shares;
DROP TABLE member_roles;
DROP TABLE path_redirects;
DROP TABLE projects;
DROP TABLE counters;
DROP TABLE namespaces;
";
