//! `smtp://` and `smtps://`: a mail server, with or without a user.

use std::time::Duration;

use futures_util::future::BoxFuture;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};

use super::letterhead::host_of;
use super::{Letterhead, OpenError};
use crate::domain::notices::{Letter, Mailer, NotSent};

/// How long the mail server may take for each answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// A mail server.
#[derive(Debug)]
pub(super) struct Relay {
    server: AsyncSmtpTransport<Tokio1Executor>,
    letterhead: Letterhead,
}

impl Relay {
    /// `?tls=` says how `smtp://` is protected: `required`, `opportunistic` (if the server offers it), or `none`. The default is `opportunistic`,
    /// and `none` for a server on this machine, whose certificate seldom fits.
    pub(super) fn open(url: &str, letterhead: Letterhead) -> Result<Self, OpenError> {
        let refused =
            |error: lettre::transport::smtp::Error| OpenError::Setting(format!("the URL of the server: {error}"));
        let host = host_of(url).to_owned();
        let plain = url.strip_suffix("?tls=none");
        let open = plain.is_some() || !url.starts_with("smtp:") || url.contains('?') || is_loopback(&host);
        let mut server = AsyncSmtpTransport::<Tokio1Executor>::from_url(plain.unwrap_or(url)).map_err(refused)?;
        if !open {
            server = server.tls(Tls::Opportunistic(TlsParameters::new(host).map_err(refused)?));
        }
        let server = server
            .timeout(Some(PATIENCE))
            .hello_name(ClientId::Domain(letterhead.host().to_owned()));
        Ok(Self {
            server: server.build(),
            letterhead,
        })
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host == "[::1]" || host.starts_with("127.")
}

impl Mailer for Relay {
    fn send<'a>(&'a self, letter: &'a Letter) -> BoxFuture<'a, Result<(), NotSent>> {
        Box::pin(async move {
            let message = self.letterhead.compose(letter)?;
            match self.server.send(message).await {
                Ok(_) => Ok(()),
                Err(error) => Err(NotSent(with_causes(&error))),
            }
        })
    }
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    let mut text = error.to_string();
    for cause in causes.map(ToString::to_string).filter(|cause| !cause.is_empty()) {
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}
