//! THE rules: who may see and do what, and what membership means. Knows nothing of HTTP, JSON bodies or GraphQL.
//!
//! A folder is a noun, a file is a verb. Every public function authorizes itself, so that no door can forget to.

pub mod error;
pub mod groups;
pub mod hierarchy;
mod keyset;
pub mod members;
pub mod page;
pub mod projects;
pub mod roles;
pub mod seats;
pub mod shares;
pub mod standing;
pub mod tokens;
pub mod users;

use std::sync::Arc;

use crate::db::{Conn, Db};
use crate::types::{Scope, Scopes, TokenId, UserId};

pub use error::{Error, Optional, Result, Thing};
pub use page::{Page, Position, Window};

/// What the whole process shares.
#[derive(Clone, Debug)]
pub struct App {
    /// The database; it carries the clock.
    pub db: Db,
    /// Where clients reach this service, without a slash at the end: `https://roster.example`.
    pub external_url: String,
}

/// Who is asking.
#[derive(Clone, Debug)]
pub enum Actor {
    /// Nobody who said who they are.
    Anonymous,
    /// A user with a token.
    User(Arc<Caller>),
    /// roster itself: a periodic job, the command line.
    System,
}

/// A signed-in user, and what the token lets them do.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The user; with sudo the one who is acted as.
    pub id: UserId,
    /// The user's name in paths.
    pub username: String,
    /// The user's name.
    pub name: String,
    /// Whether the user is an administrator.
    pub admin: bool,
    /// Whether the user is external, and so sees nothing that is internal.
    pub external: bool,
    /// The token that was shown.
    pub token: TokenId,
    /// What the token is for.
    pub scopes: Scopes,
    /// Whether an administrator acts as this user.
    pub sudo: bool,
}

impl Actor {
    /// The signed-in user.
    pub fn caller(&self) -> Option<&Caller> {
        match self {
            Self::User(caller) => Some(caller),
            Self::Anonymous | Self::System => None,
        }
    }

    /// The signed-in user's number.
    pub fn user_id(&self) -> Option<UserId> {
        self.caller().map(|caller| caller.id)
    }

    /// Whether everything is open: an administrator, or roster itself.
    pub fn is_admin(&self) -> bool {
        match self {
            Self::Anonymous => false,
            Self::User(caller) => caller.admin,
            Self::System => true,
        }
    }

    /// Whether things that are internal are open.
    pub fn sees_internal(&self) -> bool {
        match self {
            Self::Anonymous => false,
            Self::User(caller) => !caller.external,
            Self::System => true,
        }
    }

    /// Whether the token was given `scope`; roster itself needs none.
    pub fn has_scope(&self, scope: Scope) -> bool {
        match self {
            Self::Anonymous => false,
            Self::User(caller) => caller.scopes.has(scope),
            Self::System => true,
        }
    }
}

/// One request: the process and who is asking. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Ctx {
    /// What the process shares.
    pub app: Arc<App>,
    /// Who is asking.
    pub actor: Actor,
    /// The number of the request, as in its log line.
    pub request_id: Arc<str>,
}

impl Ctx {
    /// A connection to read from.
    pub fn conn(&self) -> Conn<'_> {
        self.app.db.conn()
    }

    /// The signed-in user, or the refusal of a call that needs one.
    pub fn require_caller(&self) -> Result<&Caller> {
        self.actor.caller().ok_or(Error::Unauthenticated)
    }
}
