//! Who is asking: from what a request shows to an actor, or to the refusal that both faces put into their own words.
//!
//! One that is shown but dead is refused everywhere, public things included; nothing shown is an anonymous caller.

mod counters;
pub mod throttle;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::ConnectInfo;
use axum::http::header::AUTHORIZATION;
use axum::http::{Extensions, HeaderMap};

use crate::domain::tokens::{self, SudoRefusal};
use crate::domain::{Actor, App, Ctx, Result};
use crate::types::{Scope, UserId};

/// What the parameters of a request show; the query's and the body's each.
#[derive(Clone, Copy, Debug, Default)]
pub struct Parameters<'a> {
    /// `private_token`
    pub private_token: Option<&'a str>,
    /// `sudo`
    pub sudo: Option<&'a str>,
}

/// What a request shows to say who is asking.
#[derive(Clone, Default)]
pub struct Credentials {
    token: Option<String>,
    sudo: Option<String>,
    address: Option<IpAddr>,
}

impl Credentials {
    /// Gathers them. A parameter wins over a header, the body over the query, `PRIVATE-TOKEN` over `Authorization: Bearer`; what is empty
    /// counts as not given. Faces that take no tokens in parameters give none.
    pub fn from_request(headers: &HeaderMap, query: Parameters<'_>, body: Parameters<'_>) -> Self {
        let first = |given: [Option<String>; 4]| given.into_iter().flatten().find(|text| !text.is_empty());
        let owned = |text: Option<&str>| text.map(|text| text.trim().to_owned());
        Self {
            token: first([
                owned(body.private_token),
                owned(query.private_token),
                header(headers, "private-token"),
                bearer(headers),
            ]),
            sudo: first([owned(body.sudo), owned(query.sudo), header(headers, "sudo"), None]),
            address: None,
        }
    }

    /// The same, shown from this address.
    #[must_use]
    pub fn shown_from(mut self, address: Option<IpAddr>) -> Self {
        self.address = address;
        self
    }

    /// Those that consist of a token only.
    pub fn from_token(token: &str) -> Self {
        Self {
            token: Some(token.to_owned()).filter(|token| !token.is_empty()),
            sudo: None,
            address: None,
        }
    }
}

/// Shows nothing of the token.
impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let token = self.token.as_ref().map(|_| "…");
        f.debug_struct("Credentials")
            .field("token", &token)
            .field("sudo", &self.sudo)
            .field("address", &self.address)
            .finish()
    }
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?;
    Some(String::from_utf8_lossy(value.as_bytes()).trim().to_owned())
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = header(headers, AUTHORIZATION.as_str())?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

/// The address that a request came from, as the listener noted it.
pub fn peer(extensions: &Extensions) -> Option<IpAddr> {
    extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip())
}

/// Why a request goes no further.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// 401: an unknown token, or none where one is needed.
    Unauthenticated,
    /// 401: a token that has expired or was revoked, and the words for it.
    InvalidToken(String),
    /// 403: the reason.
    Forbidden(String),
    /// 403: the scopes that would do, with blanks between.
    InsufficientScope(String),
    /// 404: nobody to act as, and the words for it.
    NoSuchUser(String),
}

impl Refusal {
    /// What a refusal for want of scope says.
    pub const INSUFFICIENT_SCOPE: &str = "The request requires higher privileges than provided by the access token.";
}

/// What `credentials` come to.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Who asks; with sudo whoever is acted as. Or why they may not.
    pub actor: std::result::Result<Actor, Refusal>,
    /// The owner of the token, if it is alive, whoever they act as.
    pub owner: Option<UserId>,
}

/// Who is behind `credentials`: at most one statement, two with sudo.
pub async fn identify(app: &App, credentials: &Credentials) -> Result<Identity> {
    let nobody = |actor| Identity { actor, owner: None };
    let Some(token) = &credentials.token else {
        return Ok(nobody(match credentials.sudo {
            Some(_) => Err(Refusal::Unauthenticated),
            None => Ok(Actor::Anonymous),
        }));
    };
    let caller = match tokens::show(app, token, credentials.address).await? {
        Ok(caller) => caller,
        Err(refusal) => return Ok(nobody(Err(refused(refusal, &app.external_url)))),
    };
    let owner = Some(caller.id);
    let Some(who) = &credentials.sudo else {
        let actor = Ok(Actor::User(Arc::new(caller)));
        return Ok(Identity { actor, owner });
    };
    let acted_as = tokens::sudo(app, &caller, who).await?;
    let actor = acted_as
        .map(|user| Actor::User(Arc::new(user)))
        .map_err(|refusal| match refusal {
            SudoRefusal::NotAdmin => Refusal::Forbidden("Must be admin to use sudo".to_owned()),
            SudoRefusal::Scope => Refusal::InsufficientScope(Scope::Sudo.to_string()),
            SudoRefusal::NoSuchUser => Refusal::NoSuchUser(format!("User with ID or username '{who}' Not Found")),
        });
    Ok(Identity { actor, owner })
}

/// Tells what a revoked token that is shown to be exchanged says: that it, or what came of it, is in the wrong hands. All that came of it is revoked.
pub async fn betrayed(ctx: &Ctx, credentials: &Credentials) -> Result<()> {
    match &credentials.token {
        Some(token) => tokens::revoke_family(ctx, token).await.map(drop),
        None => Ok(()),
    }
}

fn refused(refusal: tokens::Refusal, external_url: &str) -> Refusal {
    let text = refusal.text(external_url).into_owned();
    match refusal {
        tokens::Refusal::Unknown => Refusal::Unauthenticated,
        tokens::Refusal::Expired | tokens::Refusal::Revoked => Refusal::InvalidToken(text),
        tokens::Refusal::Blocked
        | tokens::Refusal::PendingApproval
        | tokens::Refusal::Deactivated
        | tokens::Refusal::Internal => Refusal::Forbidden(text),
    }
}

/// What a call asks of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// GET and HEAD, and the graph's queries and subscriptions.
    Read,
    /// Everything that changes something.
    Write,
    /// GET and HEAD of `/user`, `/users…`, `/version`, `/metadata`.
    ReadUser,
    /// The token's own affairs, whatever it is for.
    AnyToken,
    /// Rotating itself.
    SelfRotate,
}

impl Need {
    /// The scopes that do, best known first; none where every token will do.
    pub const fn scopes(self) -> &'static [Scope] {
        match self {
            Self::Read => &[Scope::Api, Scope::ReadApi],
            Self::Write => &[Scope::Api],
            Self::ReadUser => &[Scope::ReadUser, Scope::Api, Scope::ReadApi],
            Self::AnyToken => &[],
            Self::SelfRotate => &[Scope::Api, Scope::SelfRotate],
        }
    }
}

/// Whether the actor's token is good for it. It is asked even where no token is needed; an anonymous caller has none to ask about, and who acts
/// as somebody else has shown the one scope that this takes.
pub fn allows(actor: &Actor, need: Need) -> std::result::Result<(), Refusal> {
    let Some(caller) = actor.caller() else {
        return Ok(());
    };
    let scopes = need.scopes();
    if caller.sudo || scopes.is_empty() || scopes.iter().any(|scope| caller.scopes.has(*scope)) {
        Ok(())
    } else {
        let words: Vec<_> = scopes.iter().map(|scope| scope.as_str()).collect();
        Err(Refusal::InsufficientScope(words.join(" ")))
    }
}
