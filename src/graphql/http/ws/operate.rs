//! One operation on a socket, in a task of its own: who calls is looked up anew, and each answer waits until the last one is written.

use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;

use async_graphql::parser::types::OperationType;
use async_graphql::{ObjectType, Response, ServerError, SubscriptionType};
use axum::http::request::Parts;
use futures_util::StreamExt as _;
use tokio::sync::{mpsc, oneshot};
use tracing::Instrument as _;

use crate::graphql::engine::{Admitted, Ask, is_last};
use crate::graphql::error::{Refusal, code};
use crate::graphql::http::answer::{Body, was_executed};
use crate::graphql::http::{Caller, Graph, request_id};

/// What an operation has to say on its socket.
pub(super) enum Answer {
    Next {
        id: String,
        number: u64,
        body: Body,
        /// Told when it is written.
        written: oneshot::Sender<()>,
    },
    Error {
        id: String,
        number: u64,
        errors: Vec<ServerError>,
    },
    Complete {
        id: String,
        number: u64,
    },
    /// Whoever calls may not do so any more: the socket is closed.
    Refused {
        id: String,
        number: u64,
        refusal: Refusal,
    },
}

impl Answer {
    pub(super) fn id(&self) -> &str {
        match self {
            Self::Next { id, .. } | Self::Error { id, .. } | Self::Complete { id, .. } | Self::Refused { id, .. } => id,
        }
    }

    pub(super) fn number(&self) -> u64 {
        match self {
            Self::Next { number, .. }
            | Self::Error { number, .. }
            | Self::Complete { number, .. }
            | Self::Refused { number, .. } => *number,
        }
    }
}

/// The way from an operation to its socket. What is said when the socket is gone is lost, and the task with it.
pub(super) struct Voice {
    id: String,
    number: u64,
    answers: mpsc::Sender<Answer>,
}

impl Voice {
    pub(super) fn new(id: String, number: u64, answers: mpsc::Sender<Answer>) -> Self {
        Self { id, number, answers }
    }

    /// Is ready when the answer has been written; false when it will not be.
    async fn next(&self, response: Response) -> bool {
        let (written, is_written) = oneshot::channel();
        self.say(Answer::Next {
            id: self.id.clone(),
            number: self.number,
            body: response.into(),
            written,
        })
        .await;
        is_written.await.is_ok()
    }

    async fn error(self, errors: Vec<ServerError>) {
        let (id, number) = (self.id.clone(), self.number);
        self.say(Answer::Error { id, number, errors }).await;
    }

    async fn complete(self) {
        let (id, number) = (self.id.clone(), self.number);
        self.say(Answer::Complete { id, number }).await;
    }

    async fn refused(self, refusal: Refusal) {
        let (id, number) = (self.id.clone(), self.number);
        self.say(Answer::Refused { id, number, refusal }).await;
    }

    async fn say(&self, answer: Answer) {
        let _ = self.answers.send(answer).await;
    }
}

/// One operation as the client sent it.
pub(super) struct Operation<Q, M, S> {
    pub(super) graph: Arc<Graph<Q, M, S>>,
    pub(super) parts: Parts,
    pub(super) ask: Ask,
}

impl<Q, M, S> Operation<Q, M, S>
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    pub(super) async fn run(self, voice: Voice) {
        let id = request_id(&self.parts).unwrap_or_default().to_owned();
        let span = tracing::info_span!("operation", request_id = %id);
        self.answer(voice).instrument(span).await;
    }

    async fn answer(self, voice: Voice) {
        let Caller { client, pace } = (self.graph.authenticate)(&self.parts).await;
        if let Some(taken) = pace.take(1)
            && taken.is_too_much()
        {
            return voice.error(Refusal::rate_limited(taken.wait()).errors).await;
        }
        let client = match client {
            Ok(client) => client,
            Err(refusal) if refusal.is_of_the_server() => return voice.error(refusal.errors).await,
            Err(refusal) => return voice.refused(refusal).await,
        };
        match self.graph.engine.admit(self.ask, &client) {
            Err(refusal) => voice.error(refusal.with_cost_in_errors()).await,
            Ok(admitted) if admitted.kind == OperationType::Subscription => {
                stream(&self.graph, admitted, &self.parts, voice).await;
            }
            Ok(admitted) => run(&self.graph, admitted, &self.parts, voice).await,
        }
    }
}

async fn run<Q, M, S>(graph: &Graph<Q, M, S>, admitted: Admitted, parts: &Parts, voice: Voice)
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    let started = Instant::now();
    let response = {
        // As much is worked on at once as by requests, these included.
        let Ok(_room) = graph.streaming.room.try_acquire() else {
            let refusal = Refusal::bad_request("The service is busy; try again").coded(code::UNAVAILABLE);
            return voice.error(refusal.errors).await;
        };
        graph.engine.run(admitted, request_id(parts)).await
    };
    tracing::info!(
        duration_ms = started.elapsed().as_millis(),
        "an operation on a WebSocket"
    );
    if !was_executed(&response) {
        voice.error(response.errors).await;
    } else if voice.next(response).await {
        voice.complete().await;
    }
}

async fn stream<Q, M, S>(graph: &Graph<Q, M, S>, admitted: Admitted, parts: &Parts, voice: Voice)
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    let mut answers = pin!(graph.engine.stream(admitted, request_id(parts)));
    while let Some(response) = answers.next().await {
        if is_last(&response) {
            return voice.error(response.errors).await;
        }
        if !voice.next(response).await {
            return;
        }
    }
    voice.complete().await;
}
