//! The product over a database of its own, with its clock stopped.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use chrono::{DateTime, NaiveDate, Utc};
use roster::clock::Clock;
use roster::db::{Db, Options};

use super::database::{Database, Kind};

/// The time in every test, until the test sets it.
const NOW: &str = "2026-11-21T12:00:00Z";

pub(crate) fn now() -> DateTime<Utc> {
    NOW.parse().expect("a time")
}

pub(crate) fn today() -> NaiveDate {
    now().date_naive()
}

/// One test's product.
pub(crate) struct TestApp {
    pub(crate) db: Db,
    pub(crate) clock: Clock,
}

impl TestApp {
    async fn over(database: &Database) -> Self {
        let clock = Clock::fixed(now());
        let db = Db::connect(&Options::new(&database.url), clock.clone())
            .await
            .expect("the database opens");
        Self { db, clock }
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
