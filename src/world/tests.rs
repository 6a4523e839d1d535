//! Files in and out of an SQLite database, and every fault a file can have.

mod faults;

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeZone, Utc};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

use super::*;
use crate::clock::Clock;
use crate::db::{Db, Options};
use crate::entity::{
    counter, invitation_token, member, namespace, personal_access_token, project, user, user_identity,
};
use crate::types::{AccessLevel, GroupId, MemberState, NamespaceId, UserId, digest};

/// Every key of the format at least once.
const ACME: &str = include_str!("tests/acme.world.json");

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 1, 12, 0, 0).unwrap()
}

async fn empty() -> Db {
    let options = Options {
        // Many databases are made at once here.
        acquire_timeout: Duration::from_mins(1),
        ..Options::new("sqlite::memory:")
    };
    let db = Db::connect(&options, Clock::fixed(now())).await.unwrap();
    db.migrate().await.unwrap();
    db
}

async fn read(db: &Db, file: &str) -> Result<Counts, ImportError> {
    import(db, io::Cursor::new(file.to_owned()), Arc::new(|_| ())).await
}

async fn world(file: &str) -> Db {
    let db = empty().await;
    read(&db, file).await.unwrap();
    db
}

/// A file in memory that is still there when its writer is gone.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

async fn exported(db: &Db) -> String {
    let paper = Paper::default();
    export(db, paper.clone()).await.unwrap();
    let bytes = paper.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

async fn group(db: &Db, path: &str) -> namespace::Model {
    let rows = namespace::Entity::find().filter(namespace::Column::FullPath.eq(path));
    rows.one(&db.conn()).await.unwrap().unwrap()
}

async fn person(db: &Db, username: &str) -> user::Model {
    let rows = user::Entity::find().filter(user::Column::Username.eq(username));
    rows.one(&db.conn()).await.unwrap().unwrap()
}

async fn row(db: &Db, id: i64) -> member::Model {
    let rows = member::Entity::find().filter(member::Column::Id.eq(id));
    rows.one(&db.conn()).await.unwrap().unwrap()
}

#[tokio::test]
async fn an_import_counts_what_it_stored() {
    let db = empty().await;
    let counts = read(&db, ACME).await.unwrap();
    assert_eq!(
        counts.to_string(),
        "8 users, 4 groups, 2 projects, 1 role, 5 memberships, 2 invitations, 1 access request, 3 shares"
    );
    assert_eq!(member::Entity::find().count(&db.conn()).await.unwrap(), 8);
}

#[tokio::test]
async fn an_export_read_again_gives_the_same_export() {
    let first = exported(&world(ACME).await).await;
    let second = exported(&world(&first).await).await;
    assert_eq!(first, second);
}

#[tokio::test]
async fn an_export_says_what_the_file_said() {
    insta::assert_snapshot!(exported(&world(ACME).await).await);
}

#[tokio::test]
async fn a_generated_world_survives_export_and_import() {
    let mut file = Vec::new();
    worldgen::write(worldgen::Size::of(3_000), 1, &mut file).unwrap();
    let first = exported(&world(&String::from_utf8(file).unwrap()).await).await;
    let second = exported(&world(&first).await).await;
    assert!(first == second, "the two exports differ");
}

#[tokio::test]
async fn an_empty_database_is_a_world_too() {
    let nothing = exported(&empty().await).await;
    let db = empty().await;
    assert_eq!(read(&db, &nothing).await.unwrap().to_string(), "nothing");
    assert_eq!(exported(&db).await, nothing);
}

#[tokio::test]
async fn an_export_holds_no_secret() {
    let file = exported(&world(ACME).await).await;
    for secret in ["ann-token", "bob-token", "invite-token-1", "\"token"] {
        assert!(!file.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn rows_without_a_number_get_those_behind_the_highest_given() {
    let db = world(ACME).await;
    // 1 and 40 are given; the rest follow in the order of the file.
    assert_eq!(person(&db, "ann").await.id, UserId(1));
    assert_eq!(person(&db, "Bob").await.id, UserId(41));
    assert_eq!(person(&db, "cleo").await.id, UserId(40));
    assert_eq!(person(&db, "dan").await.id, UserId(42));
    assert_eq!(group(&db, "acme").await.id, NamespaceId(10));
    assert_eq!(group(&db, "acme/tools").await.id, NamespaceId(11));
    // Invitations and requests share the numbers of the members: 100 and 200 are given.
    assert_eq!(row(&db, 201).await.user_id, Some(UserId(41)));
    assert_eq!(row(&db, 205).await.invite_email.as_deref(), Some("late@example.com"));
    assert!(row(&db, 206).await.requested_at.is_some());
}

#[tokio::test]
async fn the_next_group_gets_a_number_behind_the_highest_of_the_file() {
    let db = world(ACME).await;
    let groups = counter::Entity::find_by_id("groups")
        .one(&db.conn())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(groups.value, 13);
}

#[tokio::test]
async fn the_order_of_lists_and_keys_is_free() {
    let mut lists: Vec<_> = serde_json::from_str::<serde_json::Map<_, _>>(ACME)
        .unwrap()
        .into_iter()
        .collect();
    lists.reverse();
    let reversed: Vec<_> = lists.iter().map(|(key, value)| format!("\"{key}\": {value}")).collect();
    let reversed = format!("{{{}}}", reversed.join(","));
    assert_eq!(
        exported(&world(&reversed).await).await,
        exported(&world(ACME).await).await
    );
}

#[tokio::test]
async fn everybody_has_a_personal_namespace() {
    let db = world(ACME).await;
    let bobs = group(&db, "Bob").await;
    assert_eq!(bobs.id, NamespaceId::personal(UserId(41)));
    assert_eq!((bobs.owner_id, bobs.root_id), (Some(UserId(41)), bobs.id));
    assert_eq!(bobs.ancestor_path.0, "1000000041/");
    let users = user::Entity::find().count(&db.conn()).await.unwrap();
    let owned = namespace::Entity::find().filter(namespace::Column::OwnerId.is_not_null());
    assert_eq!(owned.count(&db.conn()).await.unwrap(), users);
}

#[tokio::test]
async fn a_child_may_come_before_its_parent_and_spell_it_differently() {
    let db = world(ACME).await;
    let tools = group(&db, "acme/tools").await;
    assert_eq!(tools.ancestor_path.0, "10/11/");
    assert_eq!(
        (tools.root_id, tools.parent_id),
        (NamespaceId(10), Some(NamespaceId(10)))
    );
    assert_eq!(tools.full_name, "Acme / Tools");
}

#[tokio::test]
async fn a_project_knows_its_namespace() {
    let db = world(ACME).await;
    let projects = project::Entity::find().all(&db.conn()).await.unwrap();
    let shown: Vec<_> = projects
        .iter()
        .map(|row| {
            (
                row.full_path.as_str(),
                row.full_name.as_str(),
                row.ancestor_path.0.as_str(),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("acme/tools/cli", "Acme / Tools / CLI", "10/11/"),
            ("Bob/dotfiles", "Bob Brown / Dotfiles", "1000000041/"),
        ]
    );
}

#[tokio::test]
async fn tokens_are_kept_as_digests_with_their_defaults() {
    let db = world(ACME).await;
    let tokens = personal_access_token::Entity::find().all(&db.conn()).await.unwrap();
    let ann = tokens.iter().find(|token| token.digest == digest("ann-token")).unwrap();
    assert_eq!(
        (ann.name.as_str(), ann.scopes.as_str(), ann.revoked),
        ("token", "api", false)
    );
    let bob = tokens.iter().find(|token| token.digest == digest("bob-token")).unwrap();
    assert_eq!(
        (bob.name.as_str(), bob.scopes.as_str(), bob.revoked),
        ("cli", "read_api read_user", true)
    );
    let links = invitation_token::Entity::find().all(&db.conn()).await.unwrap();
    let links: Vec<_> = links.into_iter().map(|link| (link.member_id.0, link.digest)).collect();
    assert_eq!(links, [(200, digest("invite-token-1"))]);
}

#[tokio::test]
async fn what_a_row_leaves_out_has_its_default() {
    let db = world(ACME).await;
    let ann = person(&db, "ann").await;
    assert_eq!(
        (ann.created_at, ann.updated_at, ann.last_sign_in_at),
        (now(), now(), None)
    );
    assert!(!ann.external);
    let member = row(&db, 201).await;
    assert_eq!(
        (member.state, member.created_at, member.ldap),
        (MemberState::Active, now(), false)
    );
    assert!(group(&db, "acme/tools").await.request_access_enabled);
}

#[tokio::test]
async fn times_keep_their_microseconds() {
    let db = world(ACME).await;
    let member = row(&db, 100).await;
    assert_eq!(member.created_at.timestamp_micros() % 1_000_000, 123_456);
    assert_eq!(member.updated_at, member.created_at);
}

#[tokio::test]
async fn an_invitation_is_addressed_in_lower_case() {
    let db = world(ACME).await;
    let invitation = row(&db, 200).await;
    assert_eq!(invitation.invite_email.as_deref(), Some("new@example.com"));
    assert_eq!(invitation.access_level, AccessLevel::Developer);
}

#[tokio::test]
async fn identities_point_at_the_groups_provider() {
    let db = world(ACME).await;
    let identities = user_identity::Entity::find().all(&db.conn()).await.unwrap();
    let shown: Vec<_> = identities
        .iter()
        .map(|row| (row.provider.as_str(), row.extern_uid.as_str(), row.saml_provider_id))
        .collect();
    assert_eq!(
        shown,
        [
            ("group_saml", "ANN-1", Some(77)),
            ("ldapmain", "uid=ann,ou=people,dc=example,dc=com", None),
        ]
    );
    assert_eq!(person(&db, "ann").await.enterprise_group_id, Some(GroupId(10)));
}

#[tokio::test]
async fn an_import_needs_an_empty_database() {
    let db = world(ACME).await;
    let before = exported(&db).await;
    let error = read(&db, ACME).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the database holds users or groups already; a world file needs an empty one"
    );
    assert_eq!(exported(&db).await, before);
}

#[tokio::test]
async fn progress_ends_with_every_row() {
    let db = empty().await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let watcher = {
        let seen = Arc::clone(&seen);
        Arc::new(move |progress| seen.lock().unwrap().push(progress))
    };
    let counts = import(&db, io::Cursor::new(ACME), watcher).await.unwrap();
    let seen = seen.lock().unwrap();
    let total = counts.total();
    assert_eq!(seen.first(), Some(&Progress { done: 0, total: 0 }));
    assert_eq!(seen.last(), Some(&Progress { done: total, total }));
    assert!(seen.windows(2).all(|pair| pair[0].done <= pair[1].done));
}

/// A disk without room.
struct Full;

impl Write for Full {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::Error::from(io::ErrorKind::StorageFull))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn an_export_to_a_full_disk_says_so() {
    let error = export(&world(ACME).await, Full).await.unwrap_err();
    assert_eq!(error.to_string(), "cannot write the file: no storage space");
}

#[test]
fn counts_read_as_a_sentence() {
    let counts = Counts {
        users: 1_234_567,
        groups: 1,
        shares: 1_000,
        ..Counts::default()
    };
    assert_eq!(counts.to_string(), "1,234,567 users, 1 group, 1,000 shares");
}
