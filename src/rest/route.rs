//! The table of calls: which path leads to which function, what it takes, and who may call it.
//!
//! Paths are matched as they came and decoded segment by segment, so that an encoded slash stays inside its segment.

use std::fmt;

use axum::http::Method;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use percent_encoding::percent_decode_str;

use super::answer::Answer;
use super::error::Refusal;
use super::input::Values;
use super::page::Address;
use super::params::{self, Declared, Params};
use super::shape::Shape;
use crate::auth::Need;
use crate::domain::Ctx;

/// One request that may go ahead: who asks, for what, and where the list lies that it may be a page of.
pub(super) struct Call<P> {
    pub(super) ctx: Ctx,
    pub(super) params: P,
    pub(super) address: Address,
}

/// A request before its parameters are read.
pub(super) struct Asked {
    pub(super) ctx: Ctx,
    pub(super) values: Values,
    /// The path as it came.
    pub(super) path: String,
}

type Run = Box<dyn Fn(Asked) -> BoxFuture<'static, Result<Answer, Refusal>> + Send + Sync>;

/// One call of the API.
pub(super) struct Endpoint {
    pub(super) pattern: String,
    pub(super) summary: String,
    pub(super) need: Need,
    pub(super) needs_user: bool,
    pub(super) declared: Vec<Declared>,
    pub(super) shape: Shape,
    segments: Vec<Segment>,
    run: Run,
}

impl Endpoint {
    /// A call by GET, and HEAD. A segment `{id}` takes anything, `{id:number}` digits only.
    pub(super) fn get<P, F, Fut>(
        pattern: impl Into<String>,
        summary: impl Into<String>,
        shape: Shape,
        handle: F,
    ) -> Self
    where
        P: Params + Send + 'static,
        F: Fn(Call<P>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Answer, Refusal>> + Send + 'static,
    {
        let run = move |mut asked: Asked| match params::read(&mut asked.values) {
            Ok(params) => handle(Call {
                params,
                address: Address::new(&asked.ctx.app.external_url, &asked.path, asked.values),
                ctx: asked.ctx,
            })
            .boxed(),
            Err(refusal) => std::future::ready(Err(refusal)).boxed(),
        };
        let pattern = pattern.into();
        Self {
            segments: segments(&pattern),
            pattern,
            summary: summary.into(),
            need: Need::Read,
            needs_user: false,
            declared: params::declared::<P>(),
            shape,
            run: Box::new(run),
        }
    }

    /// Refuses callers without a token.
    #[must_use]
    pub(super) fn signed_in(mut self) -> Self {
        self.needs_user = true;
        self
    }

    /// Also open to tokens that may only read users.
    #[must_use]
    pub(super) fn about_users(mut self) -> Self {
        self.need = Need::ReadUser;
        self
    }

    /// Reads the parameters and does what was asked.
    pub(super) fn run(&self, asked: Asked) -> BoxFuture<'static, Result<Answer, Refusal>> {
        (self.run)(asked)
    }

    /// The values in a path that is this one's.
    fn captures(&self, path: &[&str]) -> Option<Captured<'_>> {
        if path.len() != self.segments.len() {
            return None;
        }
        let mut captured = Captured::new();
        for (segment, text) in self.segments.iter().zip(path) {
            match segment {
                Segment::Word(word) if word == text => {}
                Segment::Anything(name) if !text.is_empty() => captured.push((name, decode(text))),
                Segment::Number(name) if is_number(text) => captured.push((name, (*text).to_owned())),
                _ => return None,
            }
        }
        Some(captured)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("pattern", &self.pattern)
            .finish_non_exhaustive()
    }
}

/// The values in a path, each behind its name.
type Captured<'a> = Vec<(&'a str, String)>;

#[derive(Debug)]
enum Segment {
    Word(String),
    Anything(String),
    Number(String),
}

fn segments(pattern: &str) -> Vec<Segment> {
    let segment = |text: &str| match text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
        Some(inner) => match inner.strip_suffix(":number") {
            Some(name) => Segment::Number(name.to_owned()),
            None => Segment::Anything(inner.to_owned()),
        },
        None => Segment::Word(text.to_owned()),
    };
    pattern.split('/').skip(1).map(segment).collect()
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn decode(segment: &str) -> String {
    percent_decode_str(segment).decode_utf8_lossy().into_owned()
}

/// What a path leads to.
#[derive(Debug)]
pub(super) enum Found<'a> {
    /// A call, with the values of the path.
    Call(&'a Endpoint, Captured<'a>),
    /// The question which methods there are.
    Options,
}

/// The call behind a path below `/api/v4`; the earlier of two that match.
pub(super) fn find<'a>(endpoints: &'a [Endpoint], method: &Method, path: &str) -> Result<Found<'a>, Refusal> {
    let path = path.strip_suffix('/').unwrap_or(path);
    let path: Vec<_> = path.split('/').skip(1).collect();
    let (endpoint, captured) = endpoints
        .iter()
        .find_map(|endpoint| Some((endpoint, endpoint.captures(&path)?)))
        .ok_or(Refusal::NoRoute)?;
    match *method {
        Method::GET | Method::HEAD => Ok(Found::Call(endpoint, captured)),
        Method::OPTIONS => Ok(Found::Options),
        _ => Err(Refusal::NoRoute),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(pattern: &str) -> Endpoint {
        Endpoint::get(pattern, "", Shape::one::<String>(), async |_: Call<()>| {
            Err(Refusal::NoRoute)
        })
    }

    fn found(method: &Method, path: &str) -> String {
        let endpoints = [
            endpoint("/groups/{id}"),
            endpoint("/groups/{id}/members/all"),
            endpoint("/groups/{id}/members/{user_id}"),
            endpoint("/users/{id:number}"),
        ];
        match find(&endpoints, method, path) {
            Ok(Found::Call(endpoint, captured)) => format!("{} {captured:?}", endpoint.pattern),
            Ok(Found::Options) => "options".to_owned(),
            Err(_) => "none".to_owned(),
        }
    }

    #[test]
    fn a_segment_is_decoded_once_and_keeps_its_slashes() {
        for (path, captured) in [
            ("/groups/acme", "acme"),
            ("/groups/acme%2Ftools", "acme/tools"),
            ("/groups/acme%2ftools/", "acme/tools"),
            ("/groups/acme%2Etools.x", "acme.tools.x"),
            ("/groups/acme%252Ftools", "acme%2Ftools"),
            ("/groups/a+b", "a+b"),
        ] {
            assert_eq!(
                found(&Method::GET, path),
                format!("/groups/{{id}} [(\"id\", \"{captured}\")]"),
                "{path}"
            );
        }
    }

    #[test]
    fn a_slash_that_is_not_encoded_is_another_route() {
        for path in [
            "/groups/acme/tools",
            "/groups",
            "/groups//",
            "/groups/acme//",
            "",
            "/",
            "groups/acme",
        ] {
            assert_eq!(found(&Method::GET, path), "none", "{path}");
        }
    }

    #[test]
    fn a_word_goes_before_a_value_and_a_number_is_digits_only() {
        assert!(found(&Method::HEAD, "/groups/a/members/all").starts_with("/groups/{id}/members/all "));
        assert!(found(&Method::GET, "/groups/a/members/al").starts_with("/groups/{id}/members/{user_id} "));
        assert!(found(&Method::GET, "/users/007").contains("007"));
        for path in ["/users/ann", "/users/-1", "/users/"] {
            assert_eq!(found(&Method::GET, path), "none", "{path}");
        }
    }

    #[test]
    fn other_methods_find_nothing() {
        assert_eq!(found(&Method::OPTIONS, "/groups/a"), "options");
        assert_eq!(found(&Method::OPTIONS, "/nothing"), "none");
        assert_eq!(found(&Method::PATCH, "/groups/a"), "none");
    }
}
