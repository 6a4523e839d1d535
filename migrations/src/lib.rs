//! The history of roster's tables.
//!
//! One set of migrations serves both databases: each is SQL text with names in braces for the few things they spell differently ([`dialect`]).

mod dialect;
mod m20261121_000001_create_people;
mod m20261121_000002_create_hierarchy;
mod m20261121_000003_create_members;
mod m20261121_000004_create_journal;
mod m20261121_000005_create_seats;
mod m20261121_000006_give_up_mail;
mod m20261121_000007_count_members_in_blocks;
mod m20261121_000008_index_member_walks;
mod m20261121_000009_links_of_invitations;
mod m20261121_000010_index_access_requests;
mod m20261121_000011_index_invitations;
mod m20261121_000012_summarise_seats;
mod m20261121_000014_index_pending_members;
mod m20261121_000015_index_ldap_syncs;
mod m20261122_000020_fold_token_names;

use sea_orm_migration::{MigrationTrait, async_trait};
pub use sea_orm_migration::{MigratorTrait, SchemaManager, sea_orm};

/// Applies and takes back the migrations, oldest first.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261121_000001_create_people::MIGRATION),
            Box::new(m20261121_000002_create_hierarchy::MIGRATION),
            Box::new(m20261121_000003_create_members::MIGRATION),
            Box::new(m20261121_000004_create_journal::MIGRATION),
            Box::new(m20261121_000005_create_seats::MIGRATION),
            Box::new(m20261121_000006_give_up_mail::MIGRATION),
            Box::new(m20261121_000007_count_members_in_blocks::MIGRATION),
            Box::new(m20261121_000008_index_member_walks::MIGRATION),
            Box::new(m20261121_000009_links_of_invitations::MIGRATION),
            Box::new(m20261121_000010_index_access_requests::MIGRATION),
            Box::new(m20261121_000011_index_invitations::MIGRATION),
            Box::new(m20261121_000012_summarise_seats::MIGRATION),
            Box::new(m20261121_000014_index_pending_members::MIGRATION),
            Box::new(m20261121_000015_index_ldap_syncs::MIGRATION),
            Box::new(m20261122_000020_fold_token_names::MIGRATION),
        ]
    }
}
