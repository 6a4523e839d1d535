//! `roster serve`

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;

use super::failure::Failure;
use super::{print, start};
use crate::config::{Flags, Settings};
use crate::db::Db;
use crate::directory;
use crate::domain::App;
use crate::domain::ldap::Directory;
use crate::domain::live::Feed;
use crate::mail::{self, Letterhead};
use crate::server::jobs::Jobs;
use crate::server::listen::{self, Ending, Limits};
use crate::server::{self, Lifecycle};
use crate::telemetry::Metrics;

/// How often what was measured is summed up.
const TIDY_EVERY: Duration = Duration::from_secs(5);

/// Apply pending migrations, then serve GraphQL, REST and the playground.
///
/// The data is in the file roster.db unless the database URL says otherwise.
/// SIGTERM stops the server without cutting requests off: /-/readiness says
/// 503 first, so that a balancer sends no more.
///
/// Examples:
///
///     roster serve
///     roster serve --listen 0.0.0.0:8080 \
///       --external-url https://roster.example.com \
///       --database-url postgres://roster@db.example.com/roster
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Args {
    #[command(flatten)]
    flags: Flags,
}

pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let settings = Settings::load(&args.flags)?;
    start::run(&settings, async {
        let listener = start::listener(&settings).await?;
        let db = start::writable_database(&settings).await?;
        until_stopped(&settings, listener, db, |_| String::new()).await
    })
}

/// Serves `db` until a signal comes. `greeting` is printed below the address in use, which it is given.
pub(super) async fn until_stopped(
    settings: &Settings,
    listener: TcpListener,
    db: Db,
    greeting: impl FnOnce(&str) -> String,
) -> Result<(), Failure> {
    let no_server = |error: std::io::Error| Failure::Work(format!("cannot serve: {error}"));
    let address = format!("http://{}", listener.local_addr().map_err(no_server)?);
    let app = Arc::new(App {
        db: db.clone(),
        external_url: settings.external_url.clone().unwrap_or_else(|| address.clone()),
        invites_per_day: settings.invites_per_day,
        directory: directory(settings)?,
        live: Feed::keeping(settings.change_log_retention),
    });
    let letterhead = Letterhead::new(settings.mail_from.as_deref(), &app.external_url)?;
    let mailer = mail::open(&settings.mail_url, letterhead)?;
    let lifecycle = Lifecycle::default();
    let stop = lifecycle.until_told_to_stop(settings.drain_delay).map_err(no_server)?;
    let process = rand::random();
    let router = server::router(&app, settings, lifecycle, process);
    let limits = Limits {
        header_timeout: settings.header_timeout,
        write_timeout: listen::STALLED,
        shutdown_timeout: settings.shutdown_timeout,
        max_connections: settings.max_connections.get(),
    };
    tokio::spawn(tidy_metrics());
    let jobs = Jobs::start(&app, mailer, rand::random, process);

    print(&format!("listening on {address}\n{}", greeting(&address)))?;
    match listen::serve(listener, router, limits, stop).await {
        Ending::Clean => tracing::info!("stopped"),
        Ending::Abandoned(sockets) => {
            tracing::warn!(sockets, "stopped with {sockets} sockets still open: the time was over");
        }
    }
    // The last requests may have queued mail; what is not sent by now is sent at the next start.
    if !jobs.stop(settings.shutdown_timeout).await {
        tracing::warn!("stopped in the middle of a job: the time was over");
    }
    Ok(db.close().await?)
}

/// The directory that the settings name.
fn directory(settings: &Settings) -> Result<Option<Arc<dyn Directory>>, Failure> {
    let Some(url) = settings.ldap_url.clone() else {
        return Ok(None);
    };
    let server = directory::Server::new(directory::Place {
        url,
        bind_dn: settings.ldap_bind_dn.clone(),
        bind_password: settings.ldap_bind_password.clone(),
        base: settings.ldap_base.clone(),
        group_base: settings.ldap_group_base.clone(),
        timeout: settings.ldap_timeout,
    });
    let server = server.map_err(|error| Failure::Usage(error.to_string()))?;
    Ok(Some(Arc::new(server)))
}

async fn tidy_metrics() {
    let metrics = Metrics::install();
    loop {
        tokio::time::sleep(TIDY_EVERY).await;
        metrics.tidy();
    }
}
