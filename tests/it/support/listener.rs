//! Somebody who listens to the graph, on whichever replica, without a transport.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::{Request, Response, Variables};
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use roster::domain::{Actor, App, Ctx, Door, Origin, tokens};
use roster::graphql::error::Presentation;
use roster::graphql::{equip, schema};
use serde_json::Value;

/// A busy machine is no fault of the product's.
const A_WHILE: Duration = Duration::from_mins(1);

/// One subscription. It reads nothing that is not asked for.
pub(crate) struct Listener {
    stream: BoxStream<'static, Response>,
    /// What came while it was waited for the beginning.
    first: Option<Value>,
}

impl Listener {
    /// Begins; what happens from then on is heard, or behind `after`.
    pub(crate) async fn begin(app: &Arc<App>, token: &str, document: &str, variables: Value) -> Self {
        let actor = if token.is_empty() {
            Actor::Anonymous
        } else {
            let caller = tokens::authenticate(app, token).await.unwrap();
            Actor::User(Arc::new(caller.expect("a token that works")))
        };
        Self::begin_as(app, actor, document, variables).await
    }

    /// The same for an actor who was let in before.
    pub(crate) async fn begin_as(app: &Arc<App>, actor: Actor, document: &str, variables: Value) -> Self {
        let goes_on = variables.get("after").is_some();
        let ctx = Ctx::new(Arc::clone(app), actor, Origin::new(Door::Graphql, "test"));
        let request = Request::new(document).variables(Variables::from_json(variables));
        let mut stream = schema().execute_stream(equip(request, ctx));
        if goes_on {
            return Self { stream, first: None };
        }
        let others = app.live.followers();
        // A stream does nothing unless it is polled.
        let begun = async {
            while app.live.followers() == others {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        let first = tokio::select! {
            () = begun => None,
            first = stream.next() => Some(shown(first.expect("a subscription begins"))),
        };
        Self { stream, first }
    }

    /// The next answer, as clients see it.
    pub(crate) async fn answer(&mut self) -> Value {
        if let Some(first) = self.first.take() {
            return first;
        }
        let next = tokio::time::timeout(A_WHILE, self.stream.next()).await;
        shown(next.expect("an answer").expect("the stream goes on"))
    }

    /// The next event: the only field of the answer.
    pub(crate) async fn event(&mut self) -> Value {
        let answer = self.answer().await;
        assert!(answer.get("errors").is_none(), "{answer}");
        let data = answer["data"].as_object().expect("data");
        data.values().next().expect("a field").clone()
    }

    /// The error with which the stream ends: its code and its text.
    pub(crate) async fn refusal(mut self) -> (String, String) {
        let answer = self.answer().await;
        let errors = answer["errors"].as_array().unwrap_or_else(|| panic!("{answer}"));
        assert_eq!((errors.len(), &answer["data"]), (1, &Value::Null), "{answer}");
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let told = (text(&errors[0]["extensions"]["code"]), text(&errors[0]["message"]));
        let end = tokio::time::timeout(A_WHILE, self.stream.next()).await;
        assert!(end.expect("an end").is_none(), "nothing comes behind an error");
        told
    }

    /// The stream ends because it is not the listener's to hear.
    pub(crate) async fn shut_out(self) {
        assert_eq!(self.refusal().await.0, "RESOURCE_NOT_AVAILABLE");
    }
}

fn shown(mut response: Response) -> Value {
    let presentation = Presentation {
        request_id: None,
        suggestions: true,
    };
    presentation.apply(&mut response.errors);
    serde_json::to_value(&response).expect("JSON")
}
