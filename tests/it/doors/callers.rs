//! Those who stand before a door, with the token they show.

use serde_json::{Value, json};

use crate::support::world::{Item, World};
use crate::support::{Client, TestApp};

/// What a call asks of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    Read,
    Write,
    ReadUser,
    AnyToken,
    SelfRotate,
}

impl Need {
    /// The scopes as a refusal lists them.
    pub(crate) const fn scopes(self) -> &'static str {
        match self {
            Self::Read => "api read_api",
            Self::Write => "api",
            Self::ReadUser => "read_user api read_api",
            Self::AnyToken => "",
            Self::SelfRotate => "api self_rotate",
        }
    }

    /// A token of the owner's that is good for less.
    const fn too_little(self) -> &'static str {
        match self {
            Self::Read => "ann-users",
            Self::Write | Self::SelfRotate => "ann-read",
            Self::ReadUser | Self::AnyToken => "ann-runner",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Anonymous,
    /// A token that nobody has.
    Unknown,
    /// From here to the wrong scope: owners, who would be let in but for this.
    Expired,
    Revoked,
    Blocked,
    Pending,
    Deactivated,
    WrongScope,
    External,
    Stranger,
    Minimal,
    Guest,
    Planner,
    Reporter,
    Developer,
    /// A developer whose custom role manages the members of groups.
    Manager,
    Maintainer,
    Owner,
    Admin,
}

use Who::*;

pub(crate) const ALL: [Who; 19] = [
    Anonymous,
    Unknown,
    Expired,
    Revoked,
    Blocked,
    Pending,
    Deactivated,
    WrongScope,
    External,
    Stranger,
    Minimal,
    Guest,
    Planner,
    Reporter,
    Developer,
    Manager,
    Maintainer,
    Owner,
    Admin,
];

pub(crate) const ADMIN: i64 = 100;

/// What is said to a token that has ended.
pub(crate) const EXPIRED: &str = "Token is expired. You can either do re-authorization or token refresh.";
pub(crate) const REVOKED: &str = "Token was revoked. You have to re-authorize from the user.";

impl Who {
    /// Whether the token itself is refused, or its user.
    pub(crate) const fn is_dead(self) -> bool {
        matches!(self, Unknown | Expired | Revoked | Blocked | Pending | Deactivated)
    }

    /// The level in every group and project of the world; 0 for who is no member, 100 for who needs to be none.
    pub(crate) const fn rank(self) -> i64 {
        match self {
            Minimal => 5,
            Guest => 10,
            Planner => 15,
            Reporter => 20,
            Developer | Manager => 30,
            Maintainer => 40,
            Owner => 50,
            Admin => ADMIN,
            _ => 0,
        }
    }

    /// Whether a source of this visibility is there for the caller.
    pub(crate) fn sees(self, visibility: &str) -> bool {
        match visibility {
            "public" => true,
            "internal" => !matches!(self, Anonymous | External),
            _ => self.rank() >= 10,
        }
    }

    /// The name of the user; none for who shows no token that is anybody's.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Anonymous | Unknown => "",
            Expired | Revoked | WrongScope | Owner => "ann",
            Blocked => "bob",
            Pending => "pen",
            Deactivated => "des",
            External => "exa",
            Stranger => "sid",
            Minimal => "min",
            Guest => "gus",
            Planner => "pla",
            Reporter => "rex",
            Developer => "dan",
            Manager => "mel",
            Maintainer => "mia",
            Admin => "root",
        }
    }

    pub(crate) fn client(self, app: &TestApp, need: Need) -> Client {
        match self {
            Anonymous => app.anonymous(),
            Unknown => app.token("nobody's"),
            Expired => app.token("ann-old"),
            Revoked => app.token("ann-gone"),
            WrongScope => app.token(need.too_little()),
            _ => app.token(&format!("{}-api", self.name())),
        }
    }

    /// What REST says to a token or user that may not call at all.
    pub(crate) fn dead_end(self) -> (u16, Value) {
        let ended = |text: &str| (401, json!({"error": "invalid_token", "error_description": text}));
        let forbidden = |text: &str| (403, json!({"message": format!("403 Forbidden - {text}")}));
        match self {
            Expired => ended(EXPIRED),
            Revoked => ended(REVOKED),
            Blocked => forbidden("Your account has been blocked."),
            Pending => forbidden("Your account is pending approval from your administrator and hence blocked."),
            Deactivated => forbidden(
                "Your account has been deactivated by your administrator. Please log back in from a web browser to reactivate \
                 your account at https://roster.example",
            ),
            _ => (401, json!({"message": "401 Unauthorized"})),
        }
    }
}

/// What REST says to a token whose scopes do not reach.
pub(crate) fn insufficient(need: Need) -> (u16, Value) {
    let text = "The request requires higher privileges than provided by the access token.";
    let body = json!({"error": "insufficient_scope", "error_description": text, "scope": need.scopes()});
    (403, body)
}

/// The world with every caller in it; spare tokens are for calls after which a token is gone.
pub(crate) fn people(spare: usize) -> World {
    let token = |name: &str, scopes: &[&str]| json!({"token": name, "name": name, "scopes": scopes});
    let api = |name: &str| {
        let spares = (0..spare).map(|n| format!("{name}-spare{n}"));
        let names = std::iter::once(format!("{name}-api")).chain(spares);
        names.map(|name| token(&name, &["api"])).collect::<Vec<_>>()
    };
    let mut of_ann = api("ann");
    of_ann.extend([
        token("ann-read", &["read_api"]),
        token("ann-users", &["read_user"]),
        token("ann-runner", &["create_runner"]),
        json!({"token": "ann-old", "name": "ann-old", "scopes": ["api"], "expires_at": "2026-11-21"}),
        json!({"token": "ann-gone", "name": "ann-gone", "scopes": ["api"], "revoked": true}),
    ]);
    let mut of_root = api("root");
    of_root[0] = token("root-api", &["api", "sudo"]);
    let mut world = World::new()
        .user("root", |user| user.set("tokens", json!(of_root)))
        .user("ann", |user| user.set("tokens", json!(of_ann)))
        .user("bob", |user| user.set("state", "blocked"))
        .user("pen", |user| user.set("state", "blocked_pending_approval"))
        .user("des", |user| user.set("state", "deactivated"))
        .user("exa", |user| user.external().set("tokens", json!(api("exa"))));
    for name in ["sid", "min", "gus", "pla", "rex", "dan", "mel", "mia"] {
        world = world.user(name, |user: Item| user.set("tokens", json!(api(name))));
    }
    world
}
