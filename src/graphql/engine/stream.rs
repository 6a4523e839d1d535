//! An operation that answers more than once. It goes on for as long as its client listens; what has a limit is the work for each answer.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use async_graphql::{Context, ObjectType, Response, SubscriptionType, Value};
use futures_util::{Stream, StreamExt, stream};
use tokio::sync::watch;

use super::{Admitted, Engine, failed};
use crate::graphql::error::{Presentation, code};

/// Whether a subscription works on an event, and does not wait for one.
#[derive(Clone, Debug)]
struct Working(watch::Sender<bool>);

/// The source of a subscription, so watched that the work on each of its events has the time limit of an operation; the wait for the next has none.
pub fn timed<S: Stream>(ctx: &Context<'_>, source: S) -> impl Stream<Item = S::Item> + use<S> {
    let working = ctx.data_opt::<Working>().cloned();
    source.inspect(move |_| {
        if let Some(Working(working)) = &working {
            working.send_replace(true);
        }
    })
}

/// Whether nothing comes after this answer of a subscription: it has errors and no data.
pub fn is_last(answer: &Response) -> bool {
    answer.data == Value::Null && !answer.errors.is_empty()
}

impl<Q, M, S> Engine<Q, M, S>
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    /// Runs a subscription. The next event is looked for when the next answer is asked for, and whoever drops the stream ends the work.
    pub fn stream(
        &self,
        admitted: Admitted,
        request_id: Option<&str>,
    ) -> impl Stream<Item = Response> + Send + use<Q, M, S> {
        let Admitted {
            request,
            cost,
            suggestions,
            ..
        } = admitted;
        let request_id = request_id.map(ToOwned::to_owned);
        let limit = self.limits.time;
        let (working, at_work) = watch::channel(false);
        let request = request.data(Working(working.clone()));
        let answers = AssertUnwindSafe(self.schema.execute_stream(request)).catch_unwind();
        let running = (Box::pin(answers), working, at_work);
        stream::unfold(Some(running), move |running| {
            let request_id = request_id.clone();
            async move {
                let (mut answers, working, mut at_work) = running?;
                let answered = tokio::select! {
                    answered = answers.next() => answered?.map_err(|_| failed(code::INTERNAL, "a resolver panicked")),
                    () = out_of_time(&mut at_work, limit) => Err(failed(code::TIMEOUT, "The event took too long")),
                };
                working.send_replace(false);
                let mut answer = answered.unwrap_or_else(|failed| failed);
                let last = is_last(&answer);
                Presentation {
                    request_id: request_id.as_deref(),
                    suggestions,
                }
                .apply(&mut answer.errors);
                let answer = answer.extension("cost", cost.into());
                Some((answer, (!last).then_some((answers, working, at_work))))
            }
        })
    }
}

/// Is ready when an event has been worked on for `limit`.
async fn out_of_time(at_work: &mut watch::Receiver<bool>, limit: Duration) {
    if at_work.wait_for(|working| *working).await.is_err() {
        return std::future::pending().await;
    }
    tokio::time::sleep(limit).await;
}
