//! The product over a database of its own, with its clock stopped.

use std::io::{Cursor, Seek as _};
use std::num::NonZeroU32;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use chrono::{DateTime, NaiveDate, Utc};
use roster::clock::Clock;
use roster::config::Settings;
use roster::db::{Db, Options};
use roster::domain::ldap::Directory;
use roster::domain::live::Feed;
use roster::domain::notices::{self, Attempt};
use roster::domain::{Actor, App, Ctx, Door, Origin};
use roster::server::{Lifecycle, router};
use serde_json::Value;

use super::client::Client;
use super::database::{Database, Kind};
use super::mailbox::{Mail, Mailbox};

/// The time in every test, until the test sets it.
const NOW: &str = "2026-11-21T12:00:00Z";

/// Where the product believes itself to be.
pub(crate) const EXTERNAL_URL: &str = "https://roster.example";

pub(crate) fn now() -> DateTime<Utc> {
    NOW.parse().expect("a time")
}

pub(crate) fn today() -> NaiveDate {
    now().date_naive()
}

/// As in production, but nobody is asked to wait: the clock stands still, and so would every window.
fn settings() -> Settings {
    Settings {
        rate_limits: false,
        ..Settings::default()
    }
}

/// As in production, but for the waits: a busy machine is no fault of the product's.
fn patient(url: &str) -> Options {
    let a_while = Duration::from_mins(1);
    Options {
        acquire_timeout: a_while,
        statement_timeout: a_while,
        lock_timeout: a_while,
        ..Options::new(url)
    }
}

/// One test's product.
#[derive(Clone, Debug)]
pub(crate) struct TestApp {
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    pub(crate) app: Arc<App>,
    /// Where mail goes when the test delivers it.
    pub(crate) mailbox: Mailbox,
    router: Router,
    url: String,
}

impl TestApp {
    async fn over(database: &Database) -> Self {
        let clock = Clock::fixed(now());
        let opened = Db::connect(&patient(&database.url), clock.clone()).await;
        let db = opened.expect("the database opens");
        let app = Arc::new(App {
            db: db.clone(),
            external_url: EXTERNAL_URL.to_owned(),
            invites_per_day: None,
            directory: None,
            live: Feed::default(),
        });
        let router = router(&app, &settings(), Lifecycle::default(), 1);
        Self {
            db,
            clock,
            app,
            mailbox: Mailbox::new(),
            router,
            url: database.url.clone(),
        }
    }

    /// The same product, where so many addresses may be invited in one hierarchy on one day.
    pub(crate) fn with_invites_per_day(&self, most: u32) -> Self {
        let app = Arc::new(App {
            invites_per_day: NonZeroU32::new(most),
            ..App::clone(&self.app)
        });
        let router = router(&app, &settings(), Lifecycle::default(), 1);
        Self {
            app,
            router,
            ..self.clone()
        }
    }

    /// The same product with rate limits, the default ones but for what `change` makes of them.
    pub(crate) fn with_rate_limits(&self, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings::default();
        change(&mut settings);
        Self {
            router: router(&self.app, &settings, Lifecycle::default(), 1),
            ..self.clone()
        }
    }

    /// The same product, with a directory for its synced groups.
    pub(crate) fn with_directory(&self, directory: Arc<dyn Directory>) -> Self {
        let app = Arc::new(App {
            directory: Some(directory),
            ..App::clone(&self.app)
        });
        let router = router(&app, &settings(), Lifecycle::default(), 1);
        Self {
            app,
            router,
            ..self.clone()
        }
    }

    /// The address of its database.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Another process's worth of the product on the same database, with the same clock.
    pub(crate) async fn replica(&self) -> Arc<App> {
        let opened = Db::connect(&patient(&self.url), self.clock.clone()).await;
        Arc::new(App {
            db: opened.expect("the database opens"),
            external_url: EXTERNAL_URL.to_owned(),
            invites_per_day: None,
            directory: None,
            live: Feed::default(),
        })
    }

    /// Whoever the token belongs to, at one of the replicas; as patient as these are.
    pub(crate) fn at(replica: &Arc<App>, token: &str) -> Client {
        let settings = Settings {
            request_timeout: Duration::from_mins(1),
            ..settings()
        };
        let router = router(replica, &settings, Lifecycle::default(), 1);
        Client::new(router, Some(token))
    }

    /// Fills the empty database.
    pub(crate) async fn import(&self, world: &Value) {
        let file = Cursor::new(world.to_string());
        let done = roster::world::import(&self.db, file, Arc::new(|_| {})).await;
        done.unwrap_or_else(|fault| panic!("{fault}\n{world:#}"));
    }

    /// The whole database as a world file.
    pub(crate) async fn export(&self) -> Value {
        let file = tempfile::tempfile().expect("a temporary file");
        let mut written = file.try_clone().expect("a second handle");
        roster::world::export(&self.db, file).await.expect("an export");
        written.rewind().expect("the file is ours");
        serde_json::from_reader(written).expect("an export is JSON")
    }

    /// roster itself, asking.
    pub(crate) fn system(&self) -> Ctx {
        Ctx::new(Arc::clone(&self.app), Actor::System, Origin::new(Door::System, "test"))
    }

    /// Moves the clock on.
    pub(crate) fn later(&self, duration: Duration) {
        self.clock.set(self.clock.now() + duration);
    }

    /// Delivers what is due now, and tells what came of it.
    pub(crate) async fn deliver(&self) -> Vec<Attempt> {
        let mut all = Vec::new();
        loop {
            let some = notices::deliver(&self.system(), &self.mailbox, || 1.0).await;
            match some.expect("the outbox can be read") {
                none if none.is_empty() => return all,
                some => all.extend(some),
            }
        }
    }

    /// Everything sent so far, after delivering what is due.
    pub(crate) async fn mail(&self) -> Vec<Mail> {
        self.deliver().await;
        self.mailbox.mail()
    }

    pub(crate) fn anonymous(&self) -> Client {
        Client::new(self.router.clone(), None)
    }

    /// Whoever the token belongs to: `ann-api` is ann's.
    pub(crate) fn token(&self, token: &str) -> Client {
        Client::new(self.router.clone(), Some(token))
    }

    pub(crate) fn admin(&self) -> Client {
        self.token("root-api")
    }
}

/// Runs a test on one kind of database, unless that kind is left out of the run.
pub(crate) fn run_on<T: Future<Output = ()>>(kind: Kind, test: impl FnOnce(TestApp) -> T) {
    let runtime = runtime();
    let Some(database) = runtime.block_on(Database::create(kind)) else {
        return;
    };
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(async { test(TestApp::over(&database).await).await });
    }));
    runtime.block_on(database.delete());
    if let Err(fault) = outcome {
        resume_unwind(fault);
    }
}

/// Like the product's own, in small.
fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).thread_stack_size(8 << 20).enable_all();
    builder.build().expect("a runtime")
}

/// Makes two tests of each `async fn name(app: TestApp)`: `name::sqlite` and `name::postgres`.
macro_rules! on_both_databases {
    ($($test:ident),+ $(,)?) => {$(
        mod $test {
            #[test]
            fn sqlite() {
                $crate::support::run_on($crate::support::Kind::Sqlite, super::$test);
            }

            #[test]
            fn postgres() {
                $crate::support::run_on($crate::support::Kind::Postgres, super::$test);
            }
        }
    )+};
}

pub(crate) use on_both_databases;
