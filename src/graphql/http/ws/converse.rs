//! The loop around one socket: what the client says, what its operations answer, and the signs of life between.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::{ObjectType, SubscriptionType};
use axum::extract::ws::{Message, WebSocket};
use axum::http::HeaderValue;
use axum::http::request::Parts;
use serde_json::{Map, Value};
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, timeout};

use super::close::Close;
use super::greeting;
use super::message::{Heard, Said};
use super::operate::{Answer, Operation, Voice};
use crate::graphql::engine::Ask;
use crate::graphql::error::{Refusal, code};
use crate::graphql::http::{Caller, Graph, ask, ended, request_id};

/// Pings without any message of the client between them, after which it is gone.
const UNANSWERED_PINGS: u32 = 2;

/// Why a conversation is over.
pub(super) enum End {
    /// The server closes the socket.
    Close(Close),
    /// The client has closed it.
    Closed,
    /// The connection is broken, or takes nothing any more.
    Gone,
}

impl From<Close> for End {
    fn from(close: Close) -> Self {
        Self::Close(close)
    }
}

/// One socket and what runs on it. Dropped, it ends all of that; mutations go on.
pub(super) struct Conversation<'a, Q, M, S> {
    graph: Arc<Graph<Q, M, S>>,
    socket: &'a mut WebSocket,
    /// The request that was upgraded, with what `connection_init` has added to its headers.
    parts: Parts,
    greeted: bool,
    /// By the ids that the client gave them.
    operations: HashMap<String, Running>,
    tasks: JoinSet<()>,
    /// How many operations there have been.
    count: u64,
    answers: mpsc::Receiver<Answer>,
    voice: mpsc::Sender<Answer>,
    /// Pings sent since the client was last heard.
    unanswered: u32,
}

struct Running {
    /// Tells operations apart that had the same id one after the other.
    number: u64,
    task: AbortHandle,
}

impl<'a, Q, M, S> Conversation<'a, Q, M, S>
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    pub(super) fn new(graph: Arc<Graph<Q, M, S>>, parts: Parts, socket: &'a mut WebSocket) -> Self {
        // Each operation waits until its answer is written, so that there is never more than one of each in here.
        let (voice, answers) = mpsc::channel(1);
        Self {
            graph,
            socket,
            parts,
            greeted: false,
            operations: HashMap::new(),
            tasks: JoinSet::new(),
            count: 0,
            answers,
            voice,
            unanswered: 0,
        }
    }

    pub(super) async fn to_its_end(mut self) -> End {
        let Err(end) = self.talk().await;
        end
    }

    async fn talk(&mut self) -> Result<Infallible, End> {
        let streaming = &self.graph.streaming;
        let mut ending = streaming.ending.clone();
        let mut init = std::pin::pin!(sleep(streaming.init_time));
        let mut pings = interval(streaming.ping_every);
        loop {
            tokio::select! {
                () = ended(&mut ending) => return Err(Close::restart().into()),
                () = init.as_mut(), if !self.greeted => return Err(Close::init_timeout().into()),
                message = self.socket.recv() => self.hear(message).await?,
                Some(answer) = self.answers.recv() => self.pass_on(answer).await?,
                _ = pings.tick(), if self.greeted => self.ping().await?,
            }
        }
    }

    async fn hear(&mut self, message: Option<Result<Message, axum::Error>>) -> Result<(), End> {
        self.unanswered = 0;
        match message {
            None => Err(End::Gone),
            Some(Err(error)) => Err(Close::unreadable(error).map_or(End::Gone, End::Close)),
            Some(Ok(Message::Close(_))) => Err(End::Closed),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
            Some(Ok(Message::Binary(_))) => Err(Close::invalid("Invalid message: binary").into()),
            Some(Ok(Message::Text(text))) => {
                let heard = serde_json::from_str(&text);
                let heard = heard.map_err(|fault| Close::invalid(format!("Invalid message: {fault}")))?;
                self.act_on(heard).await
            }
        }
    }

    async fn act_on(&mut self, heard: Heard) -> Result<(), End> {
        match heard {
            Heard::ConnectionInit { .. } if self.greeted => Err(Close::second_init().into()),
            Heard::ConnectionInit { payload } => self.greet(payload.unwrap_or_default()).await,
            Heard::Ping { payload } => self.say(Said::Pong { payload }).await,
            Heard::Pong {} => Ok(()),
            Heard::Subscribe { .. } if !self.greeted => Err(Close::unauthorized().into()),
            Heard::Subscribe { id, payload } => self.subscribe(id, payload).await,
            Heard::Complete { id } => {
                if let Some(running) = self.operations.remove(&id) {
                    running.task.abort();
                }
                Ok(())
            }
        }
    }

    /// Looks who is calling, by the headers of the upgrade and by the payload.
    async fn greet(&mut self, payload: Map<String, Value>) -> Result<(), End> {
        greeting::add(&payload, &mut self.parts.headers)
            .map_err(|header| Close::invalid(format!("Invalid message: {header} in the payload")))?;
        let Caller { client, .. } = (self.graph.authenticate)(&self.parts).await;
        client.map_err(|refusal| Close::refused(&refusal))?;
        self.greeted = true;
        self.say(Said::ConnectionAck).await
    }

    async fn subscribe(&mut self, id: String, payload: Map<String, Value>) -> Result<(), End> {
        let ask = asked(payload)?;
        if id.is_empty() {
            return Err(Close::invalid("Invalid message: the id is empty").into());
        }
        if self.operations.contains_key(&id) {
            return Err(Close::duplicate(&id).into());
        }
        let most = self.graph.streaming.operations;
        if self.operations.len() >= most {
            let payload = Refusal::bad_request(format!("A socket has at most {most} operations at once"))
                .coded(code::RATE_LIMITED)
                .errors;
            return self.say(Said::Error { id: &id, payload }).await;
        }
        while self.tasks.try_join_next().is_some() {}
        self.count += 1;
        let operation = Operation {
            graph: Arc::clone(&self.graph),
            parts: self.parts_of(self.count),
            ask,
        };
        let voice = Voice::new(id.clone(), self.count, self.voice.clone());
        let task = self.tasks.spawn(operation.run(voice));
        let number = self.count;
        self.operations.insert(id, Running { number, task });
        Ok(())
    }

    /// The request that an operation stands for: its number in the log is that of the socket and its own.
    fn parts_of(&self, number: u64) -> Parts {
        let mut parts = self.parts.clone();
        let id = request_id(&parts).map(|socket| HeaderValue::try_from(format!("{socket}-{number}")));
        if let Some(Ok(id)) = id {
            parts.headers.insert("x-request-id", id);
        }
        parts
    }

    /// Writes what an operation answers, unless the client has ended it meanwhile.
    async fn pass_on(&mut self, answer: Answer) -> Result<(), End> {
        let is_running = |running: &Running| running.number == answer.number();
        if !self.operations.get(answer.id()).is_some_and(is_running) {
            return Ok(());
        }
        match answer {
            Answer::Refused { refusal, .. } => Err(Close::refused(&refusal).into()),
            Answer::Next { id, body, written, .. } => {
                self.say(Said::Next { id: &id, payload: body }).await?;
                // Whoever was aborted meanwhile does not wait for it.
                let _ = written.send(());
                Ok(())
            }
            Answer::Error { id, errors, .. } => {
                self.operations.remove(&id);
                let payload = errors;
                self.say(Said::Error { id: &id, payload }).await
            }
            Answer::Complete { id, .. } => {
                self.operations.remove(&id);
                self.say(Said::Complete { id: &id }).await
            }
        }
    }

    async fn ping(&mut self) -> Result<(), End> {
        if self.unanswered >= UNANSWERED_PINGS {
            return Err(Close::silence().into());
        }
        self.unanswered += 1;
        self.say(Said::Ping).await
    }

    async fn say(&mut self, said: Said<'_>) -> Result<(), End> {
        let write_time = self.graph.streaming.write_time;
        let written = timeout(write_time, self.socket.send(Message::Text(said.text().into()))).await;
        if matches!(written, Ok(Ok(()))) {
            Ok(())
        } else {
            Err(End::Gone)
        }
    }
}

/// The operation in the payload of `subscribe`; with neither a document nor a hash of one it is no message.
fn asked(payload: Map<String, Value>) -> Result<Ask, Close> {
    let invalid = |refusal: Refusal| {
        let reason = refusal.errors.first().map_or("", |error| &error.message);
        Close::invalid(format!("Invalid message: {reason}"))
    };
    let ask = ask::from_object(payload).map_err(invalid)?;
    ask::check_query(&ask).map_err(invalid)?;
    Ok(ask)
}

fn interval(every: Duration) -> tokio::time::Interval {
    let mut interval = interval_at(Instant::now() + every, every);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}
