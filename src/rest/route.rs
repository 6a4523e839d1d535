//! The table of calls: which path leads to which function, what it takes, and who may call it.
//!
//! Paths are matched as they came and decoded segment by segment, so that an encoded slash stays inside its segment.

use std::fmt;
use std::sync::Arc;

use axum::http::{Method, StatusCode};
use chrono::{DateTime, Utc};
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
use crate::auth::throttle::Pace;
use crate::domain::{self, Ctx};

/// One request that may go ahead: who asks, for what, and where the list lies that it may be a page of.
pub(super) struct Call<P> {
    pub(super) ctx: Ctx,
    pub(super) pace: Pace,
    pub(super) params: P,
    pub(super) address: Address,
    /// The time of `If-Unmodified-Since`.
    pub(super) unmodified_since: Option<DateTime<Utc>>,
}

impl<P> Call<P> {
    /// The parameters, and the call without them.
    pub(super) fn take(self) -> (P, Call<()>) {
        let Self {
            ctx,
            pace,
            params,
            address,
            unmodified_since,
        } = self;
        let rest = Call {
            ctx,
            pace,
            params: (),
            address,
            unmodified_since,
        };
        (params, rest)
    }
}

impl Call<()> {
    /// The same call with these parameters.
    pub(super) fn with<P>(self, params: P) -> Call<P> {
        Call {
            ctx: self.ctx,
            pace: self.pace,
            params,
            address: self.address,
            unmodified_since: self.unmodified_since,
        }
    }
}

/// A request before its parameters are read.
pub(super) struct Asked {
    pub(super) ctx: Ctx,
    pub(super) pace: Pace,
    pub(super) values: Values,
    /// The path as it came.
    pub(super) path: String,
    /// The time of `If-Unmodified-Since`.
    pub(super) unmodified_since: Option<DateTime<Utc>>,
}

/// Reads the parameters and does what was asked.
pub(super) type Run = Arc<dyn Fn(Asked) -> BoxFuture<'static, Result<Answer, Refusal>> + Send + Sync>;

/// Counts a call of a caller, or refuses one too many.
pub(super) type Counted = fn(&Pace) -> domain::Result<()>;

/// One call of the API.
#[expect(clippy::struct_excessive_bools, reason = "each is a property of its own")]
pub(super) struct Endpoint {
    pub(super) method: Method,
    pub(super) pattern: String,
    pub(super) summary: String,
    pub(super) need: Need,
    pub(super) needs_user: bool,
    pub(super) declared: Vec<Declared>,
    pub(super) shape: Shape,
    /// What counts the call, where it has a limit of its own.
    pub(super) counted: Option<Counted>,
    creates: bool,
    accepts: bool,
    /// Whether a revoked token that is shown here tells of a theft.
    pub(super) betrays: bool,
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
        Self::by(Method::GET, pattern, summary, shape, handle)
    }

    /// A call that changes something: by a method, for callers with a token.
    pub(super) fn write<P, F, Fut>(
        method: Method,
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
        Self {
            need: Need::Write,
            needs_user: true,
            ..Self::by(method, pattern, summary, shape, handle)
        }
    }

    fn by<P, F, Fut>(
        method: Method,
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
                unmodified_since: asked.unmodified_since,
                ctx: asked.ctx,
                pace: asked.pace,
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
            creates: method == Method::POST,
            accepts: false,
            counted: None,
            betrays: false,
            method,
            shape,
            run: Arc::new(run),
        }
    }

    /// Whether the call changes something.
    pub(super) fn is_write(&self) -> bool {
        self.method != Method::GET
    }

    /// The status of success.
    pub(super) fn success(&self) -> StatusCode {
        match self.creates {
            _ if self.accepts => StatusCode::ACCEPTED,
            true => StatusCode::CREATED,
            false if self.shape.is_nothing() => StatusCode::NO_CONTENT,
            false => StatusCode::OK,
        }
    }

    /// Whether a request by this method means this call.
    fn answers(&self, method: &Method) -> bool {
        self.method == *method || (self.method == Method::GET && *method == Method::HEAD)
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

    /// Counts the call before anything else is asked.
    #[must_use]
    pub(super) fn counted(mut self, counted: Counted) -> Self {
        self.counted = Some(counted);
        self
    }

    /// Open to tokens that are good for this.
    #[must_use]
    pub(super) fn open_to(mut self, need: Need) -> Self {
        self.need = need;
        self
    }

    /// Has a revoked token that is shown here take back all that it was exchanged for.
    #[must_use]
    pub(super) fn betraying(mut self) -> Self {
        self.betrays = true;
        self
    }

    /// Answers that something was made, whatever the method.
    #[must_use]
    pub(super) fn creating(mut self) -> Self {
        self.creates = true;
        self
    }

    /// Answers that nothing was made, whatever the method.
    #[must_use]
    pub(super) fn emptying(mut self) -> Self {
        self.creates = false;
        self
    }

    /// Answers that something will be done.
    #[must_use]
    pub(super) fn accepting(mut self) -> Self {
        self.accepts = true;
        self
    }

    /// Reads the parameters and does what was asked.
    pub(super) fn runner(&self) -> Run {
        Arc::clone(&self.run)
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
    /// The question which methods there are, and the answer.
    Options(String),
}

/// The call behind a path below `/api/v4`; the earlier of two that match.
pub(super) fn find<'a>(endpoints: &'a [Endpoint], method: &Method, path: &str) -> Result<Found<'a>, Refusal> {
    let path = path.strip_suffix('/').unwrap_or(path);
    let path: Vec<_> = path.split('/').skip(1).collect();
    let mut here = endpoints
        .iter()
        .filter_map(|endpoint| Some((endpoint, endpoint.captures(&path)?)));
    if *method == Method::OPTIONS {
        // Where a word and a value both match, it is the word's path, as for whoever reads the reference.
        let here: Vec<_> = here.map(|(endpoint, _)| endpoint).collect();
        let same = here.iter().filter(|endpoint| endpoint.pattern == here[0].pattern);
        let methods = allowed(same.map(|endpoint| &endpoint.method));
        return methods.map(Found::Options).ok_or(Refusal::NoRoute);
    }
    here.find(|(endpoint, _)| endpoint.answers(method))
        .map(|(endpoint, captured)| Found::Call(endpoint, captured))
        .ok_or(Refusal::NoRoute)
}

/// The methods of a path as `Allow` lists them, each once; none when there is no such path.
fn allowed<'a>(methods: impl Iterator<Item = &'a Method>) -> Option<String> {
    let mut words: Vec<&str> = Vec::new();
    for method in methods {
        let more: &[&str] = if *method == Method::GET {
            &["GET", "HEAD"]
        } else {
            &[method.as_str()]
        };
        for word in more {
            if !words.contains(word) {
                words.push(word);
            }
        }
    }
    (!words.is_empty()).then(|| format!("OPTIONS, {}", words.join(", ")))
}

#[cfg(test)]
mod tests;
