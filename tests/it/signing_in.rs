//! Tokens: who is let in, in which words others are refused, what a token is good for, and new ones.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use roster::auth::{self, Credentials, Need, Parameters, Refusal};
use roster::domain::live::Feed;
use roster::domain::tokens::For;
use roster::domain::{Actor, App, Ctx, Door, Error, Origin, tokens};
use roster::types::UserId;
use serde_json::{Value, json};

use crate::support::world::World;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_parameter_wins_over_a_header_and_empty_ones_do_not_count,
    dead_tokens_and_users_who_may_not_call_are_refused_in_gitlabs_words,
    a_token_ends_when_its_last_day_begins,
    administrators_act_as_others_with_the_scope_for_it,
    a_new_token_opens_what_it_was_made_for,
    new_tokens_obey_the_rules,
);

async fn load(app: &TestApp, world: &Value) -> Arc<App> {
    let text = world.to_string().into_bytes();
    roster::world::import(&app.db, std::io::Cursor::new(text), Arc::new(|_| ()))
        .await
        .expect("the world is sound");
    Arc::new(App {
        db: app.db.clone(),
        external_url: "https://roster.example".to_owned(),
        invites_per_day: None,
        directory: None,
        live: Feed::default(),
    })
}

fn world() -> Value {
    let tokens = |token: &str, scope: &str| json!([{"token": token, "scopes": [scope]}]);
    World::new()
        .user("ann", |u| {
            u.set(
                "tokens",
                json!([
                    {"token": "ann-api", "scopes": ["api"]},
                    {"token": "ann-read", "scopes": ["read_api"]},
                    {"token": "ann-user", "scopes": ["read_user"]},
                    {"token": "ann-gone", "scopes": ["api"], "revoked": true},
                    {"token": "ann-old", "scopes": ["api"], "expires_at": "2026-11-21", "revoked": true},
                    {"token": "ann-soon", "scopes": ["api"], "expires_at": "2026-11-22"}
                ]),
            )
        })
        .user("root2", |u| {
            u.admin().set(
                "tokens",
                json!([{"token": "only-sudo", "scopes": ["sudo"]}, {"token": "admin-api", "scopes": ["api"]}]),
            )
        })
        .user("bob", |u| u.set("state", "banned").set("tokens", tokens("bob", "api")))
        .user("pat", |u| {
            u.set("state", "blocked_pending_approval")
                .set("tokens", tokens("pat", "api"))
        })
        .user("dea", |u| {
            u.set("state", "deactivated").set("tokens", tokens("dea", "api"))
        })
        .user("ghost", |u| {
            u.set("user_type", "ghost").set("tokens", tokens("ghost", "api"))
        })
        .json()
}

fn headers(given: &[(&'static str, &'static str)]) -> HeaderMap {
    given
        .iter()
        .map(|(name, value)| {
            (
                name.parse::<HeaderName>().expect("a name"),
                HeaderValue::from_static(value),
            )
        })
        .collect()
}

fn parameter(token: &str) -> Parameters<'_> {
    Parameters {
        private_token: Some(token),
        sudo: None,
    }
}

async fn identify(app: &App, credentials: Credentials) -> Result<Option<String>, Refusal> {
    let actor = auth::identify(app, &credentials)
        .await
        .expect("the database answers")
        .actor?;
    Ok(actor.caller().map(|caller| caller.username.clone()))
}

async fn token(app: &App, token: &str) -> Result<Option<String>, Refusal> {
    identify(app, Credentials::from_token(token)).await
}

async fn a_parameter_wins_over_a_header_and_empty_ones_do_not_count(app: TestApp) {
    let app = load(&app, &world()).await;
    let (none, ann) = (Parameters::default(), Ok(Some("ann".to_owned())));
    let shown = |given: &[(&'static str, &'static str)], query, body| {
        identify(&app, Credentials::from_request(&headers(given), query, body))
    };
    assert_eq!(shown(&[], none, none).await, Ok(None));
    assert_eq!(shown(&[("private-token", "ann-api")], none, none).await, ann);
    assert_eq!(shown(&[("authorization", "bEARER  ann-api")], none, none).await, ann);
    assert_eq!(shown(&[("authorization", "Basic ann-api")], none, none).await, Ok(None));
    assert_eq!(shown(&[("job-token", "nobody's")], none, none).await, Ok(None));
    let both = [("private-token", "ann-api"), ("authorization", "Bearer nobody's")];
    assert_eq!(shown(&both, none, none).await, ann);
    let header = [("private-token", "nobody's")];
    assert_eq!(shown(&header, parameter("ann-api"), none).await, ann);
    assert_eq!(shown(&header, parameter("nobody's"), parameter("ann-api")).await, ann);
    let header = [("private-token", ""), ("authorization", "Bearer ann-api")];
    assert_eq!(shown(&header, parameter(""), parameter("")).await, ann);
}

async fn dead_tokens_and_users_who_may_not_call_are_refused_in_gitlabs_words(app: TestApp) {
    let app = load(&app, &world()).await;
    assert_eq!(token(&app, "nobody's").await, Err(Refusal::Unauthenticated));
    let mut texts = Vec::new();
    for name in ["ann-gone", "ann-old", "bob", "pat", "dea", "ghost"] {
        texts.push(match token(&app, name).await {
            Err(Refusal::InvalidToken(text)) => format!("401 {text}"),
            Err(Refusal::Forbidden(text)) => format!("403 {text}"),
            other => panic!("{name}: {other:?}"),
        });
    }
    assert_eq!(
        texts,
        [
            "401 Token was revoked. You have to re-authorize from the user.",
            "401 Token is expired. You can either do re-authorization or token refresh.",
            "403 Your account has been blocked.",
            "403 Your account is pending approval from your administrator and hence blocked.",
            "403 Your account has been deactivated by your administrator. Please log back in from a web browser to reactivate your account \
             at https://roster.example",
            "403 This action cannot be performed by internal users",
        ]
    );
}

async fn a_token_ends_when_its_last_day_begins(test: TestApp) {
    let app = load(&test, &world()).await;
    test.clock.set("2026-11-21T23:59:59Z".parse().unwrap());
    assert_eq!(token(&app, "ann-soon").await, Ok(Some("ann".to_owned())));
    test.clock.set("2026-11-22T00:00:00Z".parse().unwrap());
    assert!(matches!(token(&app, "ann-soon").await, Err(Refusal::InvalidToken(_))));
}

async fn administrators_act_as_others_with_the_scope_for_it(app: TestApp) {
    let app = load(&app, &world()).await;
    let act = |token: &str, who: &str| {
        let given = Parameters {
            private_token: Some(token).filter(|token| !token.is_empty()),
            sudo: Some(who),
        };
        let credentials = Credentials::from_request(&HeaderMap::new(), given, Parameters::default());
        let app = Arc::clone(&app);
        async move { auth::identify(&app, &credentials).await.unwrap().actor }
    };
    let refused = |text: &str| Refusal::Forbidden(text.to_owned());
    assert_eq!(act("", "ann").await.unwrap_err(), Refusal::Unauthenticated);
    assert_eq!(
        act("ann-api", "root").await.unwrap_err(),
        refused("Must be admin to use sudo")
    );
    assert_eq!(
        act("admin-api", "ann").await.unwrap_err(),
        Refusal::InsufficientScope("sudo".to_owned())
    );
    assert_eq!(
        act("only-sudo", "nobody").await.unwrap_err(),
        Refusal::NoSuchUser("User with ID or username 'nobody' Not Found".to_owned())
    );
    for who in ["ANN", "2"] {
        let actor = act("only-sudo", who).await.unwrap();
        assert_eq!(actor.caller().unwrap().username, "ann");
        assert!(!actor.is_admin());
        assert_eq!(auth::allows(&actor, Need::Write), Ok(()));
    }
    // Alone the scope opens nothing.
    let actor = auth::identify(&app, &Credentials::from_token("only-sudo"))
        .await
        .unwrap()
        .actor
        .unwrap();
    assert_eq!(
        auth::allows(&actor, Need::Read),
        Err(Refusal::InsufficientScope("api read_api".to_owned()))
    );
    let opened = async |token: &str| {
        let actor = auth::identify(&app, &Credentials::from_token(token))
            .await
            .unwrap()
            .actor
            .unwrap();
        [
            Need::Read,
            Need::Write,
            Need::ReadUser,
            Need::AnyToken,
            Need::SelfRotate,
        ]
        .map(|need| auth::allows(&actor, need).is_ok())
    };
    assert_eq!(opened("ann-api").await, [true; 5]);
    assert_eq!(opened("ann-read").await, [true, false, true, true, false]);
    assert_eq!(opened("ann-user").await, [false, false, true, true, false]);
}

async fn a_new_token_opens_what_it_was_made_for(app: TestApp) {
    let app = load(&app, &world()).await;
    let (made, secret) = tokens::create(&system(&app), wanted(2, "laptop", &["read_api"]))
        .await
        .unwrap();
    assert_eq!(format!("{secret:?}"), "Secret(…)");
    let secret = secret.reveal();
    assert!(secret.starts_with("rst-") && secret.len() >= 24);
    assert_eq!(made.expires_at, "2027-11-21".parse().ok());
    let caller = tokens::authenticate(&app, secret).await.unwrap().unwrap();
    assert_eq!(
        (caller.id, caller.token, caller.scopes),
        (UserId(2), made.id, made.scopes)
    );
    let (_, other) = tokens::create(&system(&app), wanted(2, "laptop", &["read_api"]))
        .await
        .unwrap();
    assert_ne!(secret, other.reveal());
}

async fn new_tokens_obey_the_rules(app: TestApp) {
    let app = load(&app, &world()).await;
    let refused = async |ctx: &Ctx, new| match tokens::create(ctx, new).await {
        Err(Error::Forbidden(None)) => "forbidden".to_owned(),
        Err(other) => other.to_string(),
        Ok(_) => "made".to_owned(),
    };
    let system = system(&app);
    assert_eq!(refused(&system, wanted(2, " ", &["api"])).await, "Name can't be blank");
    let bad_scope = "scopes does not have a valid value";
    assert_eq!(refused(&system, wanted(2, "t", &["api", "fly"])).await, bad_scope);
    assert_eq!(refused(&system, wanted(2, "t", &["sudo"])).await, bad_scope);
    assert_eq!(refused(&system, wanted(1, "t", &["sudo"])).await, "made");
    assert_eq!(refused(&system, wanted(99, "t", &["api"])).await, "User not found");
    let until = |day: &str| tokens::New {
        expires_at: day.parse().ok(),
        ..wanted(2, "t", &["api"])
    };
    assert_eq!(refused(&system, until("2027-11-21")).await, "made");
    assert_eq!(
        refused(&system, until("2027-11-22")).await,
        "Expiration date must be before 2027-11-22"
    );
    let caller = tokens::authenticate(&app, "ann-api").await.unwrap().unwrap();
    let ann = system.acting_as(Actor::User(Arc::new(caller)));
    assert_eq!(refused(&ann, wanted(1, "t", &["api"])).await, "forbidden");
    assert_eq!(refused(&ann, wanted(2, "t", &["api"])).await, bad_scope);
    assert_eq!(refused(&ann, wanted(2, "t", &["self_rotate"])).await, "made");
}

fn system(app: &Arc<App>) -> Ctx {
    Ctx::new(Arc::clone(app), Actor::System, Origin::new(Door::System, "test"))
}

fn wanted(user: i64, name: &str, scopes: &[&str]) -> tokens::New {
    tokens::New {
        owner: For::Whomever(Some(UserId(user))),
        name: name.to_owned(),
        description: None,
        scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
        expires_at: None,
    }
}
