//! New tokens: anybody's, by administrators, and one's own.

use axum::http::Method;
use chrono::NaiveDate;

use super::tell;
use crate::domain::Ctx;
use crate::domain::tokens::{self, For, New, OWN_SCOPES};
use crate::rest::answer::Answer;
use crate::rest::entities::NewToken;
use crate::rest::error::Refusal;
use crate::rest::params::{Params, Reader};
use crate::rest::route::{Call, Endpoint};
use crate::rest::shape::Shape;
use crate::types::{Scope, UserId};

pub(super) fn endpoints() -> [Endpoint; 2] {
    let new = Shape::one::<NewToken>;
    [
        Endpoint::write(
            Method::POST,
            "/users/{id:number}/personal_access_tokens",
            "Make a token for a user; for administrators",
            new(),
            for_user,
        ),
        Endpoint::write(
            Method::POST,
            "/user/personal_access_tokens",
            "Make a token for oneself, of few scopes",
            new(),
            for_oneself,
        ),
    ]
}

struct Wanted {
    name: String,
    description: Option<String>,
    scopes: Vec<Scope>,
    expires_at: Option<NaiveDate>,
}

impl Wanted {
    fn read(reader: &mut Reader, scopes: &[Scope]) -> Self {
        let scopes: Vec<_> = scopes.iter().map(|scope| (scope.as_str(), *scope)).collect();
        Self {
            name: reader.required_text("name", "What it is called in lists."),
            scopes: reader.required_choices("scopes", &scopes, "What it opens."),
            description: reader.text("description", "What it is for."),
            expires_at: reader.date(
                "expires_at",
                "The day from which it is refused; a year ahead when nothing is said.",
            ),
        }
    }

    async fn make(self, ctx: &Ctx, owner: For) -> Result<Answer, Refusal> {
        let new = New {
            owner,
            name: self.name,
            description: self.description,
            scopes: self.scopes.iter().map(ToString::to_string).collect(),
            expires_at: self.expires_at,
        };
        let (token, secret) = tokens::create(ctx, new).await?;
        tell(token, secret, Answer::created)
    }
}

struct ForUser {
    user: UserId,
    wanted: Wanted,
}

impl Params for ForUser {
    fn read(reader: &mut Reader) -> Self {
        Self {
            user: UserId(reader.integer("id", "Number of the user.").unwrap_or_default()),
            wanted: Wanted::read(reader, Scope::ALL),
        }
    }
}

async fn for_user(call: Call<ForUser>) -> Result<Answer, Refusal> {
    let owner = For::User(call.params.user);
    call.params.wanted.make(&call.ctx, owner).await
}

struct ForOneself(Wanted);

impl Params for ForOneself {
    fn read(reader: &mut Reader) -> Self {
        Self(Wanted::read(reader, &OWN_SCOPES))
    }
}

async fn for_oneself(call: Call<ForOneself>) -> Result<Answer, Refusal> {
    call.params.0.make(&call.ctx, For::Oneself).await
}
