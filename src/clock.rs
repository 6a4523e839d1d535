//! The time, as an argument.
//!
//! Nothing else in the crate asks the machine for the time (`.clippy.toml` forbids it), so that a test can set it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, NaiveDate, Utc};

/// Where "now" comes from. Cheap to clone; clones of a fixed clock share its hands.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// Microseconds since 1970, set by a test.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands still at `at` until [`Clock::set`] moves it.
    pub fn fixed(at: DateTime<Utc>) -> Self {
        Self::Fixed(Arc::new(AtomicI64::new(at.timestamp_micros())))
    }

    /// Now, in whole microseconds: what both databases can store.
    pub fn now(&self) -> DateTime<Utc> {
        let micros = match self {
            #[expect(
                clippy::disallowed_methods,
                reason = "this is the one place that reads the machine's clock"
            )]
            Self::System => Utc::now().timestamp_micros(),
            Self::Fixed(micros) => micros.load(Ordering::SeqCst),
        };
        DateTime::from_timestamp_micros(micros).unwrap_or_default()
    }

    /// Today's date, UTC.
    pub fn today(&self) -> NaiveDate {
        self.now().date_naive()
    }

    /// The time that stands in for the database's own, when a test has set it.
    pub fn pinned(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::System => None,
            Self::Fixed(_) => Some(self.now()),
        }
    }

    /// The date that stands in for the database's own, when a test has set the time.
    pub fn pinned_today(&self) -> Option<NaiveDate> {
        self.pinned().map(|time| time.date_naive())
    }

    /// Moves the hands of a fixed clock; the machine's clock does not move.
    pub fn set(&self, at: DateTime<Utc>) {
        if let Self::Fixed(micros) = self {
            micros.store(at.timestamp_micros(), Ordering::SeqCst);
        }
    }
}
