//! `/-/invites/:token`: the invitation as whoever got the mail meets it, with a form to accept and one to decline.
//!
//! A GET changes nothing, whoever opens the link: mail is read by scanners too. Who knows the token in the path may see and decline the
//! invitation; to accept it takes an API token as well, of the person who was invited. There are no cookies and nothing else that a browser adds by
//! itself, so a page of another origin can do in somebody's name only what it could do in its own: it needs both secrets, and has neither. What
//! could carry the path elsewhere is shut off: no referrer, no cache, no script, no other host, and the log knows the path as `/-/invites/:token`.

mod page;
mod wish;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::ALLOW;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::request::REQUEST_ID;
use crate::auth::{self, Credentials, Need, Parameters};
use crate::domain::invitations::{self, Offer};
use crate::domain::{self, Actor, App, Ctx, Door, Origin};
use crate::rest::{self, Refusal};

use page::{Fault, Heading, Page};
use wish::{Wish, wish};

const ROOT: &str = "/-/invites/";

/// What an address is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// `/-/invites/:token`: to look.
    Look,
    /// `…/accept`
    Accept,
    /// `…/decline`
    Decline,
}

impl Step {
    /// Looking is possible everywhere: who reloads the answer to a form should not meet an error.
    const fn allowed(self) -> &'static str {
        match self {
            Self::Look => "OPTIONS, GET, HEAD",
            Self::Accept | Self::Decline => "OPTIONS, GET, HEAD, POST",
        }
    }
}

/// The pages of an invitation.
pub(super) fn router(app: Arc<App>) -> Router {
    let at = |step| any(async move |State(app): State<Arc<App>>, request: Request| serve(app, step, request).await);
    Router::new()
        .route("/-/invites/{token}", at(Step::Look))
        .route("/-/invites/{token}/accept", at(Step::Accept))
        .route("/-/invites/{token}/decline", at(Step::Decline))
        .with_state(app)
}

async fn serve(app: Arc<App>, step: Step, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let allow = [(ALLOW, step.allowed())];
    let mut response = match parts.method {
        Method::OPTIONS => (StatusCode::NO_CONTENT, allow).into_response(),
        Method::GET | Method::HEAD => Visit::new(app, step, &parts).look(&parts).await,
        Method::POST if step != Step::Look => Visit::new(app, step, &parts).answer(&parts, body).await,
        _ => (StatusCode::METHOD_NOT_ALLOWED, allow).into_response(),
    };
    page::protect(response.headers_mut());
    response
}

/// Whether a request is a person's.
pub(super) fn wants_page(asked: &HeaderMap) -> bool {
    wish(asked) == Some(Wish::Html)
}

/// What a person is told whom the edge refused, before it was known what the page is about.
pub(super) fn refused(status: StatusCode, message: &str) -> Response {
    let fault = Fault {
        message,
        hint: Some(page::TRY_AGAIN),
        of_token: false,
    };
    let page = Page {
        fault: Some(&fault),
        ..Page::default()
    };
    let mut response = page::render(status, &page);
    page::protect(response.headers_mut());
    response
}

/// One request for an invitation.
struct Visit {
    app: Arc<App>,
    step: Step,
    token: String,
    /// From the page's own address to those of its forms.
    below: String,
    wish: Option<Wish>,
    origin: Origin,
}

/// What went well.
struct Done {
    message: String,
    /// What a program is told beside the message.
    more: Value,
}

impl Visit {
    fn new(app: Arc<App>, step: Step, parts: &Parts) -> Self {
        let below = parts.uri.path().strip_prefix(ROOT).unwrap_or_default();
        let token = below.split('/').next().unwrap_or_default();
        let request_id = parts.headers.get(REQUEST_ID).and_then(|id| id.to_str().ok());
        Self {
            app,
            step,
            token: percent_decode_str(token).decode_utf8_lossy().into_owned(),
            below: match step {
                Step::Look => format!("./{token}/"),
                Step::Accept | Step::Decline => "./".to_owned(),
            },
            wish: wish(&parts.headers),
            origin: Origin {
                ip_address: auth::peer(&parts.extensions),
                ..Origin::new(Door::Page, request_id.unwrap_or_default())
            },
        }
    }

    fn ctx(&self, actor: Actor) -> Ctx {
        Ctx::new(Arc::clone(&self.app), actor, self.origin.clone())
    }

    /// The request, once it is known who makes it and that the token shown is good for it.
    async fn ctx_of(&self, credentials: &Credentials, need: Need) -> Result<Ctx, Refusal> {
        let actor = auth::identify(&self.app, credentials).await?.actor?;
        auth::allows(&actor, need)?;
        Ok(self.ctx(actor))
    }

    async fn look(&self, parts: &Parts) -> Response {
        match self.offer(parts).await {
            Ok(offer) if self.wish == Some(Wish::Json) => json(StatusCode::OK, &told(&offer)),
            Ok(offer) => self.page(StatusCode::OK, Heading::Offer, Some(&offer), None),
            Err(refusal) => self.refuse(refusal).await,
        }
    }

    async fn offer(&self, parts: &Parts) -> Result<Offer, Refusal> {
        let ctx = self.ctx_of(&in_headers(parts), Need::Read).await?;
        Ok(invitations::offer(&ctx, &self.token).await?)
    }

    async fn answer(&self, parts: &Parts, body: Body) -> Response {
        let done = match self.step {
            Step::Decline => self.decline(parts).await,
            Step::Accept | Step::Look => self.accept(parts, body).await,
        };
        match done {
            Ok(done) if self.wish == Some(Wish::Html) => page::render(
                StatusCode::OK,
                &Page {
                    heading: match self.step {
                        Step::Decline => Heading::Declined,
                        Step::Accept | Step::Look => Heading::Accepted,
                    },
                    done: Some(&done.message),
                    ..Page::default()
                },
            ),
            Ok(done) => {
                let mut body = json!({"message": done.message});
                if let (Some(body), Value::Object(more)) = (body.as_object_mut(), done.more) {
                    body.extend(more);
                }
                json(StatusCode::OK, &body)
            }
            Err(refusal) => self.refuse(refusal).await,
        }
    }

    async fn accept(&self, parts: &Parts, body: Body) -> Result<Done, Refusal> {
        let credentials = rest::shown(parts, body).await?;
        let ctx = self.ctx_of(&credentials, Need::Write).await?;
        let token = self.token.clone();
        let accepted = domain::to_the_end(async move { invitations::accept(&ctx, &token).await });
        let accepted = accepted.await.map_err(|lost| Refusal::lost(&lost))??;
        let offer = &accepted.offer;
        Ok(Done {
            message: accepted.message(),
            more: json!({
                "source_type": offer.noun(),
                "source_id": offer.source.id(),
                "access_level": offer.access_level.number(),
            }),
        })
    }

    /// The link is enough; a token that is shown all the same must be one.
    async fn decline(&self, parts: &Parts) -> Result<Done, Refusal> {
        let ctx = self.ctx_of(&in_headers(parts), Need::Write).await?;
        let token = self.token.clone();
        let declined = domain::to_the_end(async move { invitations::decline(&ctx, &token).await });
        let declined = declined.await.map_err(|lost| Refusal::lost(&lost))??;
        Ok(Done {
            message: declined.message(),
            more: Value::Null,
        })
    }

    /// A page for whoever asks for one, with the forms if there is still something to answer.
    async fn refuse(&self, refusal: Refusal) -> Response {
        let advice = page::advice(&refusal);
        let said = refusal.said(&self.origin.request_id);
        if self.wish != Some(Wish::Html) {
            return (said.headers, json(said.status, &said.body)).into_response();
        }
        let offer = if advice.heading == Heading::Offer {
            invitations::offer(&self.ctx(Actor::Anonymous), &self.token).await.ok()
        } else {
            None
        };
        let fault = Fault {
            message: said.message(),
            hint: advice.hint,
            of_token: advice.of_token && offer.is_some(),
        };
        let page = self.page(said.status, advice.heading, offer.as_ref(), Some(&fault));
        (said.headers, page).into_response()
    }

    fn page(&self, status: StatusCode, heading: Heading, offer: Option<&Offer>, fault: Option<&Fault<'_>>) -> Response {
        page::render(
            status,
            &Page {
                heading,
                offer,
                fault,
                below: &self.below,
                is_declining: self.step == Step::Decline,
                done: None,
            },
        )
    }
}

fn in_headers(parts: &Parts) -> Credentials {
    Credentials::from_request(&parts.headers, Parameters::default(), Parameters::default())
}

/// What a program is told of an invitation.
fn told(offer: &Offer) -> Value {
    json!({
        "source_type": offer.noun(),
        "source_id": offer.source.id(),
        "source_name": offer.name,
        "source_full_path": offer.full_path,
        "access_level": offer.access_level.number(),
        "role": offer.role,
        "invite_email": offer.email,
        "invited_by": offer.invited_by,
        "expires_at": offer.expires_at,
    })
}

fn json(status: StatusCode, body: &Value) -> Response {
    (status, axum::Json(body)).into_response()
}
