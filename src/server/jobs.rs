//! What roster does by itself: mail as soon as it is owed, and duties that come round.
//!
//! Every replica delivers mail. A duty is done by one replica for all, under a lease ([`leases`]); another takes over when that one dies. Each
//! job is an ordinary domain function, called as [`Actor::System`]. One that fails, or panics, is logged and done again later: no job takes the server down.

mod syncs;

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::domain::leases::{self, Lease};
use crate::domain::notices::{self, Attempt, Mailer, Outcome};
use crate::domain::{self, Actor, App, Ctx, Door, Origin, invitations, ldap, live, members, seats, tokens};

/// How often the outbox is looked at for what other replicas owe, and for what is due again.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The longest pause while the outbox cannot be looked at.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How often a lease is asked for or renewed: three times a term.
const RENEW_EVERY: Duration = Duration::from_secs(20);

/// The shortest time from one writing down of the tokens that were shown to the next: however many are, the writer is the requests'.
const NOTE_EVERY: Duration = Duration::from_millis(200);

/// Something that one replica does for all.
#[derive(Clone, Copy)]
struct Duty {
    /// Also the name of its lease.
    name: &'static str,
    /// From the start of the process to the first time; until then another replica may have it.
    after: Duration,
    /// From one time to the next.
    every: Duration,
    /// Answers how many rows it dealt with.
    run: fn(Ctx, Lease) -> BoxFuture<'static, domain::Result<u64>>,
}

const DUTIES: [Duty; 7] = [
    Duty {
        name: "expire_memberships",
        after: Duration::ZERO,
        every: Duration::from_mins(1),
        run: |ctx, lease| Box::pin(async move { members::expire(&ctx, &lease).await }),
    },
    Duty {
        name: "keep_seats",
        after: Duration::ZERO,
        every: Duration::from_mins(1),
        run: |ctx, _| Box::pin(async move { seats::keep_all(&ctx).await }),
    },
    Duty {
        name: "tidy_outbox",
        after: Duration::ZERO,
        every: Duration::from_mins(10),
        run: |ctx, lease| Box::pin(async move { notices::tidy(&ctx, &lease).await }),
    },
    Duty {
        name: "remind_of_invitations",
        after: Duration::ZERO,
        every: Duration::from_mins(30),
        run: |ctx, lease| Box::pin(async move { invitations::remind(&ctx, &lease).await }),
    },
    // Whoever just started a server, perhaps with a clock that is wrong, can still look at what would go.
    Duty {
        name: "tidy_invitations",
        after: Duration::from_hours(1),
        every: Duration::from_hours(1),
        run: |ctx, lease| Box::pin(async move { invitations::tidy(&ctx, &lease).await }),
    },
    // The same goes for what happened.
    Duty {
        name: "tidy_change_log",
        after: Duration::from_hours(1),
        every: Duration::from_mins(10),
        run: |ctx, lease| Box::pin(async move { live::tidy(&ctx, &lease).await }),
    },
    // Here, too, a wrong setting can be seen before everybody is gone whom the directory does not name.
    Duty {
        name: "queue_ldap_syncs",
        after: Duration::from_mins(5),
        every: Duration::from_mins(1),
        run: |ctx, lease| Box::pin(async move { ldap::queue(&ctx, &lease).await }),
    },
];

/// The jobs of this process, running.
#[derive(Debug)]
pub struct Jobs {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Jobs {
    /// Begins. `process` is a random number, by which replicas tell each other apart; `random` gives numbers from 0 up to 1.
    pub fn start(app: &Arc<App>, mailer: Arc<dyn Mailer>, random: fn() -> f64, process: u64) -> Self {
        let (stop, stopped) = watch::channel(false);
        let holder = format!("{process:016x}");
        let mut tasks = JoinSet::new();
        let post = Post {
            ctx: ctx(app, "deliver_mail"),
            mailer,
            random,
        };
        tasks.spawn(post.keep_delivering(stopped.clone()));
        tasks.spawn(syncs::keep_syncing(ctx(app, "sync_ldap_groups"), stopped.clone()));
        tasks.spawn(keep_noting(ctx(app, "note_uses"), stopped.clone()));
        for duty in DUTIES {
            tasks.spawn(attend(duty, ctx(app, duty.name), holder.clone(), stopped.clone()));
        }
        Self { stop, tasks }
    }

    /// Lets messages that are under way arrive, breaks duties off between two transactions, gives leases back; takes `patience` at most.
    /// Whether everything was done with by then. What was not loses nothing: it is done again, here or elsewhere.
    pub async fn stop(mut self, patience: Duration) -> bool {
        self.stop.send_replace(true);
        let all = async { while self.tasks.join_next().await.is_some() {} };
        tokio::time::timeout(patience, all).await.is_ok()
    }
}

fn ctx(app: &Arc<App>, job: &str) -> Ctx {
    Ctx::new(Arc::clone(app), Actor::System, Origin::new(Door::System, job))
}

type Stopped = watch::Receiver<bool>;

/// Waits for the end; a sender that is gone is one.
async fn until(stopped: &mut Stopped) {
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

/// Runs a job where a panic of it does no harm.
async fn apart<T: Send + 'static>(job: impl Future<Output = domain::Result<T>> + Send + 'static) -> Result<T, String> {
    // The task ends with the handle: nobody waits for a duty that was broken off.
    let mut task = JoinSet::new();
    task.spawn(job);
    match task.join_next().await {
        Some(Ok(Ok(done))) => Ok(done),
        Some(Ok(Err(domain::Error::Unavailable(cause) | domain::Error::Internal(cause)))) => Err(cause.to_string()),
        Some(Ok(Err(error))) => Err(error.to_string()),
        Some(Err(_)) | None => Err("it panicked".to_owned()),
    }
}

/// Whether a job fails at present, so that this is said once and not every second.
#[derive(Debug)]
struct Health {
    job: &'static str,
    failing: bool,
}

impl Health {
    fn of(job: &'static str) -> Self {
        Self { job, failing: false }
    }

    fn note<T>(&mut self, outcome: &Result<T, String>) {
        let job = self.job;
        match outcome {
            Err(error) if !self.failing => tracing::error!(job, error, "{job} fails, and is tried again: {error}"),
            Err(error) => tracing::debug!(job, error, "{job} still fails: {error}"),
            Ok(_) if self.failing => tracing::info!(job, "{job} works again"),
            Ok(_) => {}
        }
        self.failing = outcome.is_err();
    }
}

/// The delivery of mail.
#[derive(Debug)]
struct Post {
    ctx: Ctx,
    mailer: Arc<dyn Mailer>,
    random: fn() -> f64,
}

impl Post {
    async fn keep_delivering(self, mut stopped: Stopped) {
        let mut health = Health::of("deliver_mail");
        let mut pause = LOOK_EVERY;
        while !*stopped.borrow() {
            let outcome = self.deliver().await;
            health.note(&outcome);
            pause = match outcome {
                Ok(attempts) if !attempts.is_empty() => {
                    attempts.iter().for_each(report);
                    continue;
                }
                Ok(_) => LOOK_EVERY,
                Err(_) => LONGEST_PAUSE.min(pause * 2),
            };
            tokio::select! {
                () = notices::owed(&self.ctx.app), if !health.failing => {}
                () = tokio::time::sleep(pause) => {}
                () = until(&mut stopped) => {}
            }
        }
    }

    async fn deliver(&self) -> Result<Vec<Attempt>, String> {
        let (ctx, mailer, random) = (self.ctx.clone(), Arc::clone(&self.mailer), self.random);
        apart(async move { notices::deliver(&ctx, &*mailer, random).await }).await
    }
}

/// A line when something is wrong; a number for each.
fn report(attempt: &Attempt) {
    let Attempt {
        id,
        kind,
        count,
        outcome,
    } = attempt;
    let word = match outcome {
        Outcome::Sent => {
            tracing::debug!(
                mail.id = id,
                mail.kind = kind,
                mail.attempts = count,
                "mail {id} ({kind}) was sent"
            );
            "sent"
        }
        Outcome::Untold => {
            tracing::info!(
                mail.id = id,
                mail.kind = kind,
                "mail {id} ({kind}) has nobody left to go to"
            );
            "untold"
        }
        // Each message says once that it is late, and once more if it is given up.
        Outcome::Failed(why) if *count == 1 => {
            tracing::warn!(
                mail.id = id,
                mail.kind = kind,
                error = why,
                "mail {id} ({kind}) was not sent, and is tried again: {why}"
            );
            "failed"
        }
        Outcome::Failed(why) => {
            tracing::debug!(
                mail.id = id,
                mail.kind = kind,
                mail.attempts = count,
                error = why,
                "mail {id} ({kind}) was not sent again: {why}"
            );
            "failed"
        }
        Outcome::GivenUp(why) => {
            tracing::error!(
                mail.id = id,
                mail.kind = kind,
                mail.attempts = count,
                error = why,
                "mail {id} ({kind}) is given up after {count} tries: {why}"
            );
            "given_up"
        }
    };
    metrics::counter!("roster_mail_total", "outcome" => word).increment(1);
}

/// Writes down which tokens were shown, to the last one.
async fn keep_noting(ctx: Ctx, mut stopped: Stopped) {
    let mut health = Health::of("note_uses");
    while !*stopped.borrow() {
        tokio::select! {
            () = tokens::used(&ctx.app) => {}
            () = until(&mut stopped) => {}
        }
        let ctx = ctx.clone();
        health.note(&apart(async move { tokens::record_uses(&ctx).await }).await);
        tokio::select! {
            () = tokio::time::sleep(NOTE_EVERY) => {}
            () = until(&mut stopped) => {}
        }
    }
}

/// Asks for the duty's lease again and again, and does the duty when it is time and the lease is ours.
async fn attend(duty: Duty, ctx: Ctx, holder: String, mut stopped: Stopped) {
    tokio::select! {
        () = tokio::time::sleep(duty.after) => {}
        () = until(&mut stopped) => return,
    }
    let mut health = Health::of(duty.name);
    let mut held = None;
    let mut last: Option<Instant> = None;
    while !*stopped.borrow() {
        match take(duty, &ctx, &holder).await {
            Ok(Some(lease)) => {
                held = Some(lease.clone());
                if last.is_none_or(|last| last.elapsed() >= duty.every) {
                    let outcome = tokio::select! {
                        outcome = perform(duty, &ctx, lease) => outcome,
                        () = until(&mut stopped) => break,
                    };
                    health.note(&outcome);
                    last = outcome.is_ok().then(Instant::now);
                }
            }
            // Whoever takes over begins at once.
            Ok(None) => (held, last) = (None, None),
            Err(error) => health.note::<()>(&Err(error)),
        }
        tokio::select! {
            () = tokio::time::sleep(RENEW_EVERY) => {}
            () = until(&mut stopped) => {}
        }
    }
    if let Some(lease) = held {
        // Without it, others take over when the term is over.
        let _ = leases::give_back(&ctx, &lease).await;
    }
}

async fn take(duty: Duty, ctx: &Ctx, holder: &str) -> Result<Option<Lease>, String> {
    let (ctx, holder) = (ctx.clone(), holder.to_owned());
    apart(async move { leases::take(&ctx, duty.name, &holder).await }).await
}

async fn perform(duty: Duty, ctx: &Ctx, lease: Lease) -> Result<(), String> {
    let started = Instant::now();
    let rows = apart((duty.run)(ctx.clone(), lease)).await?;
    if rows > 0 {
        let duration_ms = started.elapsed().as_millis();
        tracing::info!(
            job = duty.name,
            rows,
            duration_ms,
            "{} dealt with {rows} rows",
            duty.name
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invitations_are_left_alone_in_the_first_hour_and_reminded_of_at_once_and_hourly() {
        let duty = |name| DUTIES.into_iter().find(|duty| duty.name == name).unwrap();
        let hour = Duration::from_hours(1);
        assert!(duty("tidy_invitations").after >= hour);
        let reminders = duty("remind_of_invitations");
        assert!(reminders.after.is_zero() && reminders.every + RENEW_EVERY <= hour);
    }
}
