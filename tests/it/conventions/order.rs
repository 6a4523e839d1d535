//! The order in which a request is judged: of two faults the one of the earlier rank is told.

use axum::http::Method;
use serde_json::{Map, Value, json};

use super::values::{good, refused};
use super::{Operation, operations};
use crate::doors::callers::{EXPIRED, REVOKED};
use crate::support::world::World;
use crate::support::{Client, TestApp, on_both_databases};

on_both_databases!(of_two_faults_the_earlier_rank_is_told);

/// What can be wrong with a request, in the order in which it is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Body,
    Route,
    Token,
    Scope,
    User,
    Parameters,
    Source,
}

use Rank::*;

const RANKS: [Rank; 7] = [Body, Route, Token, Scope, User, Parameters, Source];

/// How each fault is made; there are several ways.
#[derive(Clone, Copy, Debug)]
enum Way {
    Malformed,
    Xml,
    NoRoute,
    NoMethod,
    Unknown,
    Expired,
    Revoked,
    Blocked,
    Narrow,
    NoSudo,
    Anonymous,
    BadParameter,
    NoSource,
}

fn ways(rank: Rank) -> &'static [Way] {
    match rank {
        Body => &[Way::Malformed, Way::Xml],
        Route => &[Way::NoRoute, Way::NoMethod],
        Token => &[Way::Unknown, Way::Expired, Way::Revoked, Way::Blocked],
        Scope => &[Way::Narrow, Way::NoSudo],
        User => &[Way::Anonymous],
        Parameters => &[Way::BadParameter],
        Source => &[Way::NoSource],
    }
}

/// A request with one fault or two.
struct Request<'o> {
    operation: &'o Operation,
    faults: Vec<Way>,
}

impl Request<'_> {
    fn has(&self, wanted: fn(&Way) -> bool) -> bool {
        self.faults.iter().any(wanted)
    }

    /// Whether the operation can have these faults, and both at once.
    fn makes_sense(&self) -> bool {
        let operation = self.operation;
        let is_about_the_token = operation.path.starts_with("/personal_access_tokens/self");
        self.faults.iter().all(|way| match way {
            Way::Malformed | Way::Xml => !operation.is_read(),
            Way::Anonymous => operation.needs_user,
            Way::BadParameter => self.bad_parameter().is_some(),
            Way::NoSource => operation.names_a_source(),
            Way::Narrow => !is_about_the_token && operation.path != "/user/personal_access_tokens",
            _ => true,
        })
    }

    fn bad_parameter(&self) -> Option<(String, Value, &'static str)> {
        let mut parameters = self.operation.others();
        parameters.find_map(|parameter| {
            let (value, text) = refused(&parameter.kind).into_iter().next()?;
            Some((parameter.name.clone(), value, text))
        })
    }

    async fn send(&self, app: &TestApp) -> (u16, String) {
        let operation = self.operation;
        let is_missing =
            self.has(|way| matches!(way, Way::NoSource)) || !self.has(|way| matches!(way, Way::BadParameter));
        let mut path = operation.at(if is_missing { "nowhere" } else { "acme" });
        let mut method = operation.method.clone();
        let mut body: Map<String, Value> = operation
            .others()
            .filter(|one| one.is_required)
            .map(|one| (one.name.clone(), good(one)))
            .collect();
        let mut query = String::new();
        let mut sudo = None;
        let mut client: Client = app.admin();
        let (mut media, mut text) = ("application/json", None);
        for way in &self.faults {
            match way {
                Way::Malformed => text = Some("{\"a\":"),
                Way::Xml => (media, text) = ("text/xml", Some("<a/>")),
                Way::NoRoute => path = format!("/nowhere{path}"),
                Way::NoMethod => method = Method::PATCH,
                Way::Unknown => client = app.token("nobody's"),
                Way::Expired => client = app.token("ann-old"),
                Way::Revoked => client = app.token("ann-gone"),
                Way::Blocked => client = app.token("bob-api"),
                Way::Narrow => client = app.token("ann-runner"),
                Way::NoSudo => {
                    sudo = Some("dan");
                    if client_is_admin(&self.faults) {
                        client = app.token("ann-api");
                    }
                }
                Way::Anonymous => client = app.anonymous(),
                Way::BadParameter => {
                    let (name, value, _) = self.bad_parameter().unwrap();
                    if operation.is_read() {
                        query = format!("?{}", super::values::encoded(&name, &value).unwrap());
                    } else {
                        body.insert(name, value);
                    }
                }
                Way::NoSource => {}
            }
        }
        let json = Value::Object(body).to_string();
        let mut headers = vec![("content-type", media)];
        headers.extend(sudo.map(|name| ("sudo", name)));
        let text = text.map_or(json, str::to_owned);
        let text = if operation.is_read() { String::new() } else { text };
        let answer = client.with(method, &(path + &query), &headers, text).await;
        (answer.status.as_u16(), answer.text())
    }

    /// Whether this is what the fault is answered with.
    fn tells(&self, way: Way, (status, text): &(u16, String)) -> bool {
        let body: Value = serde_json::from_str(text).unwrap_or_default();
        let ended = |text: &str| json!({"error": "invalid_token", "error_description": text});
        match way {
            Way::Malformed => *status == 400 && text.contains("application/json"),
            Way::Xml => {
                *status == 415 && body == json!({"error": "The provided content-type 'text/xml' is not supported."})
            }
            Way::NoRoute | Way::NoMethod => *status == 404 && body == json!({"error": "404 Not Found"}),
            Way::Unknown | Way::Anonymous => *status == 401 && body == json!({"message": "401 Unauthorized"}),
            Way::Expired => *status == 401 && body == ended(EXPIRED),
            Way::Revoked => *status == 401 && body == ended(REVOKED),
            Way::Blocked => {
                *status == 403 && body == json!({"message": "403 Forbidden - Your account has been blocked."})
            }
            Way::Narrow => *status == 403 && body["error"] == "insufficient_scope",
            Way::NoSudo => *status == 403 && body == json!({"message": "403 Forbidden - Must be admin to use sudo"}),
            Way::BadParameter => {
                let (name, _, text) = self.bad_parameter().unwrap();
                let wanted = format!("{name} {text}");
                *status == 400
                    && body["error"]
                        .as_str()
                        .is_some_and(|told| told.split(", ").any(|fault| fault == wanted))
            }
            Way::NoSource => *status == 404 && body == self.operation.no_source(),
        }
    }
}

/// Whether no other fault has chosen the token.
fn client_is_admin(faults: &[Way]) -> bool {
    let choosing = |way: &Way| {
        matches!(
            way,
            Way::Unknown | Way::Expired | Way::Revoked | Way::Blocked | Way::Narrow | Way::Anonymous
        )
    };
    !faults.iter().any(choosing)
}

/// Faults of which one request cannot have both: it shows one token, or none.
fn excludes(one: Way, other: Way) -> bool {
    let is_of_token = |way| {
        matches!(
            way,
            Way::Unknown | Way::Expired | Way::Revoked | Way::Blocked | Way::Narrow | Way::Anonymous
        )
    };
    let both_routes = matches!(one, Way::NoRoute | Way::NoMethod) && matches!(other, Way::NoRoute | Way::NoMethod);
    let sudo_of_nobody = matches!(one, Way::NoSudo) && matches!(other, Way::Anonymous);
    // Without such a method there are no such parameters.
    (is_of_token(one) && is_of_token(other)) || both_routes || sudo_of_nobody
}

fn world() -> Value {
    let token = |name: &str, scope: &str| json!({"token": name, "name": name, "scopes": [scope]});
    let mut old = token("ann-old", "create_runner");
    old["expires_at"] = json!("2026-11-21");
    let mut gone = token("ann-gone", "create_runner");
    gone["revoked"] = json!(true);
    let tokens = json!([token("ann-api", "api"), token("ann-runner", "create_runner"), old, gone]);
    let world = World::new()
        .user("ann", |user| user.set("tokens", tokens))
        .user("bob", |user| user.set("state", "blocked"))
        .group("acme", |group| group.owner("ann").developer("dan"));
    world.json()
}

async fn of_two_faults_the_earlier_rank_is_told(app: TestApp) {
    app.import(&world()).await;
    let mut wrong = vec![];
    let mut cases = 0;
    for operation in &operations(&app).await {
        for (n, first) in RANKS.into_iter().enumerate() {
            let later = RANKS[n + 1..].iter().flat_map(|rank| ways(*rank));
            let later: Vec<_> = later.copied().map(Some).chain([None]).collect();
            for way in ways(first).iter().copied() {
                for other in later.iter().copied() {
                    if other.is_some_and(|other| excludes(way, other)) {
                        continue;
                    }
                    let faults = std::iter::once(way).chain(other).collect();
                    let request = Request { operation, faults };
                    if !request.makes_sense() {
                        continue;
                    }
                    cases += 1;
                    let told = request.send(&app).await;
                    let is_early = other.is_none() && matches!(way, Way::NoSource);
                    let is_other = is_early
                        && (told.1.contains("parameter must be provided")
                            || told.1.contains("Must provide")
                            || told.1.contains("User Not Found"));
                    if !request.tells(way, &told) && !is_other {
                        wrong.push(format!(
                            "{} with {way:?} and {other:?}: {} {:.150}",
                            operation.name(),
                            told.0,
                            told.1
                        ));
                    }
                }
            }
        }
    }
    eprintln!("{cases} cases of two faults");
    assert!(cases >= 3_000, "{cases}");
    assert!(wrong.is_empty(), "{} of {cases}\n{}", wrong.len(), wrong.join("\n"));
}
