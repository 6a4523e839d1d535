//! How often somebody may ask. The faces ask it before anything else, and put its refusals into their own words.
//!
//! Windows begin at multiples of their length since 1970. The counts are this process's: of several replicas each counts for itself.

use std::hash::Hash;
use std::net::IpAddr;
use std::sync::Arc;

use axum::http::header::RETRY_AFTER;
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue};
use chrono::DateTime;

use super::Identity;
use super::counters::Counters;
use crate::clock::Clock;
use crate::config::{Rate, Settings};
use crate::domain::{Error, Result};
use crate::types::{Source, UserId};

/// Callers that one limit keeps in mind: some megabytes.
const MOST_CALLERS: usize = 100_000;

/// Who pays for a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Payer {
    /// The owner of a live token, whoever they act as.
    User(UserId),
    /// Whoever shows none, or a dead one, by their address; those whose address is not known pay together.
    Address(Option<IpAddr>),
}

impl Payer {
    /// Who pays for a request with these extensions; `identity` is what its credentials came to, if that could be told.
    pub fn of(identity: Option<&Identity>, extensions: &Extensions) -> Self {
        match identity.and_then(|identity| identity.owner) {
            Some(owner) => Self::User(owner),
            None => Self::Address(super::peer(extensions)),
        }
    }
}

/// Every limit of the process, with who did what how often.
#[derive(Debug)]
pub struct Throttle {
    clock: Clock,
    users: Option<Limit<UserId>>,
    addresses: Option<Limit<Option<IpAddr>>>,
    effective_members: Option<Limit<Payer>>,
    removals: Option<Limit<(Payer, Source)>>,
}

#[derive(Debug)]
struct Limit<K> {
    rate: Rate,
    counters: Counters<K>,
}

impl Throttle {
    /// The limits that the settings name.
    pub fn new(settings: &Settings, clock: Clock) -> Self {
        fn limit<K: Eq + Hash>(settings: &Settings, rate: Option<Rate>) -> Option<Limit<K>> {
            let rate = rate.filter(|_| settings.rate_limits)?;
            let counters = Counters::new(MOST_CALLERS);
            Some(Limit { rate, counters })
        }
        Self {
            clock,
            users: limit(settings, settings.rate_limit_api),
            addresses: limit(settings, settings.rate_limit_api_anonymous),
            effective_members: limit(settings, settings.rate_limit_members_all),
            removals: limit(settings, settings.rate_limit_member_delete),
        }
    }
}

/// The limits as they are for one request.
#[derive(Clone, Debug)]
pub struct Pace {
    throttle: Arc<Throttle>,
    payer: Payer,
}

impl Pace {
    /// That of who pays.
    pub const fn new(throttle: Arc<Throttle>, payer: Payer) -> Self {
        Self { throttle, payer }
    }

    /// Takes so many calls out of the budget that the payer has for everything; none where there is no such limit.
    pub fn take(&self, calls: u32) -> Option<Taken> {
        let (name, rate, (window, observed)) = match self.payer {
            Payer::User(user) => {
                let limit = self.throttle.users.as_ref()?;
                ("throttle_authenticated_api", limit.rate, self.count(limit, user, calls))
            }
            Payer::Address(address) => {
                let limit = self.throttle.addresses.as_ref()?;
                let counted = self.count(limit, address, calls);
                ("throttle_unauthenticated_api", limit.rate, counted)
            }
        };
        let seconds = i64::from(rate.seconds.get());
        let reset = (window + 1).saturating_mul(seconds);
        Some(Taken {
            name,
            rate,
            observed,
            reset,
            wait: reset - self.throttle.clock.now().timestamp(),
        })
    }

    /// Counts a list of all members of a group or project.
    ///
    /// # Errors
    /// `Limited`
    pub fn list_effective_members(&self) -> Result<()> {
        self.one(self.throttle.effective_members.as_ref(), self.payer)
    }

    /// Counts the removal of a member of that very group or project.
    ///
    /// # Errors
    /// `Limited`
    pub fn remove_member(&self, of: Source) -> Result<()> {
        self.one(self.throttle.removals.as_ref(), (self.payer, of))
    }

    /// Whether removals are counted at all.
    pub fn counts_removals(&self) -> bool {
        self.throttle.removals.is_some()
    }

    fn one<K: Eq + Hash>(&self, limit: Option<&Limit<K>>, key: K) -> Result<()> {
        let Some(limit) = limit else {
            return Ok(());
        };
        let (_, observed) = self.count(limit, key, 1);
        if observed > limit.rate.calls.get() {
            return Err(Error::Limited(limit.rate.seconds.get()));
        }
        Ok(())
    }

    /// The number of the window, and the calls of `key` in it, these included.
    fn count<K: Eq + Hash>(&self, limit: &Limit<K>, key: K, calls: u32) -> (i64, u32) {
        let now = self.throttle.clock.now().timestamp();
        let window = now.div_euclid(i64::from(limit.rate.seconds.get()));
        (window, limit.counters.add(key, window, calls))
    }
}

/// What was taken out of a budget, and what that leaves.
#[derive(Clone, Debug)]
pub struct Taken {
    name: &'static str,
    rate: Rate,
    observed: u32,
    /// When the window ends, in seconds since 1970.
    reset: i64,
    /// Seconds until then.
    wait: i64,
}

impl Taken {
    /// Whether it was more than there was.
    pub const fn is_too_much(&self) -> bool {
        self.observed > self.rate.calls.get()
    }

    /// Seconds until there is more.
    pub const fn wait(&self) -> i64 {
        self.wait
    }

    /// The headers of the answer: the budget, and, when it is used up, when to come back.
    pub fn headers(&self) -> HeaderMap {
        const NAME: HeaderName = HeaderName::from_static("ratelimit-name");
        const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
        const OBSERVED: HeaderName = HeaderName::from_static("ratelimit-observed");
        const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
        const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");
        const RESET_TIME: HeaderName = HeaderName::from_static("ratelimit-resettime");

        let calls = self.rate.calls.get();
        // Clients read it as requests a minute.
        let a_minute = (u64::from(calls) * 60).div_ceil(self.rate.seconds.get().into());
        let mut headers = HeaderMap::from_iter([
            (NAME, HeaderValue::from_static(self.name)),
            (LIMIT, a_minute.into()),
            (OBSERVED, self.observed.into()),
            (REMAINING, calls.saturating_sub(self.observed).into()),
            (RESET, self.reset.into()),
        ]);
        if self.is_too_much() {
            headers.insert(RETRY_AFTER, self.wait.into());
            let reset = DateTime::from_timestamp_secs(self.reset).unwrap_or_default();
            let reset = reset.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
            if let Ok(reset) = HeaderValue::try_from(reset) {
                headers.insert(RESET_TIME, reset);
            }
        }
        headers
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn throttle(clock: &Clock, change: impl FnOnce(&mut Settings)) -> Arc<Throttle> {
        let mut settings = Settings::default();
        change(&mut settings);
        Arc::new(Throttle::new(&settings, clock.clone()))
    }

    fn noon() -> Clock {
        Clock::fixed("2026-11-21T12:00:07Z".parse().unwrap())
    }

    fn rate(calls: u32, seconds: u32) -> Rate {
        Rate {
            calls: calls.try_into().unwrap(),
            seconds: seconds.try_into().unwrap(),
        }
    }

    fn header(taken: &Taken, name: &str) -> String {
        let headers = taken.headers();
        headers
            .get(name)
            .map_or(String::new(), |value| value.to_str().unwrap().to_owned())
    }

    #[test]
    fn a_window_begins_at_a_multiple_of_its_length() {
        let clock = noon();
        let throttle = throttle(&clock, |settings| settings.rate_limit_api = Some(rate(2, 10)));
        let pace = Pace::new(throttle, Payer::User(UserId(1)));
        for (second, observed, wait) in [(7, 1, 3), (9, 2, 1), (10, 1, 10), (19, 2, 1), (19, 3, 1), (20, 1, 10)] {
            let noon = "2026-11-21T12:00:00Z".parse::<DateTime<chrono::Utc>>().unwrap();
            clock.set(noon + Duration::from_secs(second));
            let taken = pace.take(1).unwrap();
            assert_eq!((taken.observed, taken.wait()), (observed, wait), "{second}");
            assert_eq!(taken.is_too_much(), observed > 2);
        }
    }

    #[test]
    fn the_headers_tell_the_budget_and_when_it_is_used_up_when_to_come_back() {
        let throttle = throttle(&noon(), |settings| settings.rate_limit_api_anonymous = Some(rate(2, 7)));
        let pace = Pace::new(throttle, Payer::Address(None));
        let taken = pace.take(2).unwrap();
        assert_eq!(header(&taken, "ratelimit-name"), "throttle_unauthenticated_api");
        // 2 in 7 seconds are 17.14 a minute.
        assert_eq!(header(&taken, "ratelimit-limit"), "18");
        assert_eq!(header(&taken, "ratelimit-observed"), "2");
        assert_eq!(header(&taken, "ratelimit-remaining"), "0");
        assert_eq!(header(&taken, "ratelimit-reset"), taken.reset.to_string());
        assert_eq!(header(&taken, "retry-after"), "");
        let taken = pace.take(1).unwrap();
        assert_eq!(header(&taken, "ratelimit-remaining"), "0");
        assert_eq!(header(&taken, "retry-after"), taken.wait.to_string());
        assert_eq!(taken.reset % 7, 0);
        let reset = DateTime::parse_from_rfc2822(&header(&taken, "ratelimit-resettime")).unwrap();
        assert_eq!(reset.timestamp(), taken.reset);
    }

    #[test]
    fn each_limit_is_off_by_itself_and_all_of_them_together() {
        let (user, nobody) = (Payer::User(UserId(1)), Payer::Address(None));
        let place = Source::Group(crate::types::GroupId(1));
        let only_users = throttle(&noon(), |settings| settings.rate_limit_api = Some(rate(1, 60)));
        assert!(Pace::new(Arc::clone(&only_users), user).take(1).is_some());
        assert!(Pace::new(only_users, nobody).take(1).is_none());
        let off = throttle(&noon(), |settings| {
            settings.rate_limits = false;
            settings.rate_limit_api = Some(rate(1, 60));
            settings.rate_limit_members_all = Some(rate(1, 60));
            settings.rate_limit_member_delete = Some(rate(1, 60));
        });
        let pace = Pace::new(off, user);
        for _ in 0..3 {
            assert!(pace.take(1).is_none());
            assert!(pace.list_effective_members().is_ok());
            assert!(pace.remove_member(place).is_ok());
        }
    }
}
