//! A database of its own for each test, copied from one that was migrated once.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::PathBuf;

use roster::clock::Clock;
use roster::db::{Db, Options};
use sqlx::PgConnection;
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::postgres::{self, Server, execute};

/// Which database a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

/// A migrated, empty database.
#[derive(Debug)]
pub(crate) struct Database {
    pub(crate) url: String,
    place: Place,
}

#[derive(Debug)]
enum Place {
    /// Its file lies in a folder that goes away with it.
    Folder(#[expect(dead_code, reason = "held for its drop")] TempDir),
    Server {
        server: &'static Server,
        name: String,
    },
}

impl Database {
    /// None when this kind of database is left out of the run.
    pub(crate) async fn create(kind: Kind) -> Option<Self> {
        match kind {
            Kind::Sqlite => Some(sqlite().await),
            Kind::Postgres => match postgres::server() {
                Some(server) => Some(on_server(server).await),
                None => None,
            },
        }
    }

    pub(crate) async fn delete(self) {
        if let Place::Server { server, name } = self.place {
            let mut connection = server.connect().await;
            execute(&mut connection, format!("DROP DATABASE {name} WITH (FORCE)")).await;
        }
    }
}

async fn sqlite() -> Database {
    static TEMPLATE: OnceCell<Vec<u8>> = OnceCell::const_new();
    let template = TEMPLATE.get_or_init(sqlite_template).await;
    let (folder, file, url) = sqlite_file();
    std::fs::write(file, template).expect("the folder is ours");
    Database {
        url,
        place: Place::Folder(folder),
    }
}

/// The bytes of a migrated file.
async fn sqlite_template() -> Vec<u8> {
    let (_folder, file, url) = sqlite_file();
    migrate(&url).await;
    assert!(
        !file.with_extension("db-wal").exists(),
        "the file alone is the whole database"
    );
    std::fs::read(file).expect("the migrated file")
}

fn sqlite_file() -> (TempDir, PathBuf, String) {
    let folder = tempfile::Builder::new().prefix("roster-test-").tempdir();
    let folder = folder.expect("a temporary folder");
    let file = folder.path().join("roster.db");
    let url = format!("sqlite://{}?mode=rwc", file.display());
    (folder, file, url)
}

async fn on_server(server: &'static Server) -> Database {
    let mut connection = server.connect().await;
    let template = postgres_template(server, &mut connection).await;
    let name = format!("roster_test_{:016x}", rand::random::<u64>());
    let create = format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy");
    execute(&mut connection, create).await;
    Database {
        url: server.url(&name),
        place: Place::Server { server, name },
    }
}

/// The name of a migrated database. It is made once for each build of the tests, by whichever of their processes comes first.
async fn postgres_template(server: &Server, connection: &mut PgConnection) -> String {
    let template = format!("roster_template_{:016x}", build());
    execute(connection, "SELECT pg_advisory_lock(7767837)".to_owned()).await;
    let found = sqlx::query("SELECT 1 FROM pg_database WHERE datname = $1");
    let found = found.bind(&template).fetch_optional(&mut *connection).await;
    if found.expect("a list of databases").is_none() {
        // A name of its own until it is whole.
        let half_made = format!("{template}_half");
        execute(connection, format!("DROP DATABASE IF EXISTS {half_made}")).await;
        execute(connection, format!("CREATE DATABASE {half_made}")).await;
        migrate(&server.url(&half_made)).await;
        execute(connection, format!("ALTER DATABASE {half_made} RENAME TO {template}")).await;
    }
    execute(connection, "SELECT pg_advisory_unlock(7767837)".to_owned()).await;
    template
}

/// A number that changes with every build of this binary.
fn build() -> u64 {
    let binary = std::env::current_exe().expect("this program has a file");
    let built_at = binary
        .metadata()
        .and_then(|file| file.modified())
        .expect("files have a time");
    let mut hasher = DefaultHasher::new();
    (binary, built_at).hash(&mut hasher);
    hasher.finish()
}

async fn migrate(url: &str) {
    let db = Db::connect(&Options::new(url), Clock::System)
        .await
        .expect("the database opens");
    db.migrate().await.expect("the migrations apply");
    db.close().await.expect("the database closes");
}
