//! From one operation as a client sent it to its answer, whatever the transport: limits, then the schema.
//! An operation is admitted before any of a batch is run, so that the batch has one cost.

mod stream;

use std::panic::AssertUnwindSafe;

use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition, OperationType};
use async_graphql::{ObjectType, Request, Response, Schema, ServerError, SubscriptionType, Value, Variables};
use async_graphql::{indexmap::IndexMap, parser};
use futures_util::FutureExt;

use super::deprecated;
use super::documents::Documents;
use super::error::{Presentation, Refusal, code, server_error};
use super::idempotent;
use super::limits::{self, Cost, Limits};
use super::one_field;
use super::shape::Shape;
use super::variables;
pub use crate::config::Introspection;
use crate::domain::{self, Actor};
use crate::types::Scope;
pub use stream::{is_last, timed};

/// What one request may cost depends on who sends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tier {
    /// No token.
    Anonymous,
    /// A user.
    User,
    /// An administrator.
    Admin,
}

/// Who sends a request, once authentication has let them in.
pub struct Client {
    /// How much one request may cost.
    pub tier: Tier,
    /// Whether the token's scopes allow queries and subscriptions.
    pub may_read: bool,
    /// Whether the token's scopes allow mutations.
    pub may_write: bool,
    /// Adds to each operation what its resolvers need: the context, loaders of its own.
    pub equip: Box<dyn Fn(Request) -> Request + Send + Sync>,
}

impl Client {
    /// The client behind an actor. Nobody may ask for everything: what needs a caller says so itself.
    pub fn of(actor: &Actor, equip: impl Fn(Request) -> Request + Send + Sync + 'static) -> Self {
        let (tier, may_read, may_write) = match actor.caller() {
            None => (Tier::Anonymous, true, true),
            Some(caller) => {
                let may_write = caller.sudo || caller.scopes.has(Scope::Api);
                let tier = if caller.admin { Tier::Admin } else { Tier::User };
                (tier, may_write || caller.scopes.has(Scope::ReadApi), may_write)
            }
        };
        Self {
            tier,
            may_read,
            may_write,
            equip: Box::new(equip),
        }
    }

    fn may_run(&self, kind: OperationType) -> bool {
        if kind == OperationType::Mutation {
            self.may_write
        } else {
            self.may_read
        }
    }
}

/// One operation as a client sent it.
#[derive(Debug, Default)]
pub struct Ask {
    /// The document; absent when `extensions` names it by its hash.
    pub query: Option<String>,
    /// Which operation of the document; absent when it has one.
    pub operation_name: Option<String>,
    /// The values of its variables.
    pub variables: Variables,
    /// Everything beside the specification; only `persistedQuery` is read.
    pub extensions: IndexMap<async_graphql::Name, Value>,
    /// Whether the schema is served without what is deprecated.
    pub remove_deprecated: bool,
}

/// An operation that has passed every limit.
pub struct Admitted {
    request: Request,
    /// A query, a mutation or a subscription.
    pub kind: OperationType,
    /// What it costs.
    pub cost: Cost,
    suggestions: bool,
}

/// A schema with all that stands before it.
pub struct Engine<Q, M, S> {
    schema: Schema<Q, M, S>,
    shape: Shape,
    /// The shape without what is deprecated.
    rest: Shape,
    documents: Documents,
    limits: Limits,
    introspection: Introspection,
}

impl<Q, M, S> Engine<Q, M, S>
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    /// Fails when the schema's own definition does not parse.
    pub fn new(schema: Schema<Q, M, S>, limits: Limits, introspection: Introspection) -> Result<Self, parser::Error> {
        let sdl = schema.sdl();
        Ok(Self {
            shape: Shape::of(&sdl)?,
            rest: Shape::without_deprecated(&sdl)?,
            schema,
            documents: Documents::new(),
            limits,
            introspection,
        })
    }

    /// The limits that are in force.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Judges one operation: document, scope, variables, cost. Nothing is executed.
    pub fn admit(&self, mut ask: Ask, client: &Client) -> Result<Admitted, Refusal> {
        let text = self
            .documents
            .text(ask.query.take(), ask.extensions.shift_remove("persistedQuery"))?;
        let document = self.documents.parse(text, &self.limits, &self.shape)?;
        variables::check_size(&document, &ask.variables)?;
        let operation = choose(&document, ask.operation_name.as_deref()).map_err(Refusal::document)?;
        if !client.may_run(operation.ty) {
            return Err(Refusal::insufficient_scope());
        }
        idempotent::check_places(&document, operation).map_err(Refusal::document)?;
        let listened = (operation.ty == OperationType::Subscription)
            .then(|| one_field::of(&document, operation).map_err(Refusal::document))
            .transpose()?;
        let measure = limits::measure(&document, operation, &ask.variables, &self.shape);
        let sees_schema = self.shows_schema_to(client);
        if measure.introspected > 0 && !sees_schema {
            return Err(Refusal::document(introspection_is_off()));
        }
        let cost = Cost {
            score: measure.score,
            limit: self.cost_limit(client),
        };
        measure.check(&self.limits, cost)?;
        self.check_values(&document, operation, &ask).map_err(|error| Refusal {
            cost: Some(cost),
            ..Refusal::document(error)
        })?;

        let kind = operation.ty;
        let mut parsed = ExecutableDocument::clone(&document);
        if ask.remove_deprecated {
            deprecated::hide(&mut parsed, &mut ask.variables);
        }
        if let Some(field) = listened {
            one_field::lift(
                &mut parsed,
                ask.operation_name.as_deref(),
                field,
                self.shape.root_name(kind),
            );
        }
        let mut request = Request::new("").variables(ask.variables).data(cost);
        request.operation_name = ask.operation_name;
        request.set_parsed_query(parsed);
        if !sees_schema {
            request = request.disable_introspection();
        }
        Ok(Admitted {
            request: (client.equip)(request),
            kind,
            cost,
            suggestions: sees_schema,
        })
    }

    fn check_values(
        &self,
        document: &ExecutableDocument,
        operation: &OperationDefinition,
        ask: &Ask,
    ) -> Result<(), ServerError> {
        if ask.remove_deprecated {
            deprecated::refuse(document, &self.shape, &self.rest)?;
            return variables::check(document, operation, &ask.variables, &self.rest);
        }
        variables::check(document, operation, &ask.variables, &self.shape)
    }

    /// Runs a query or a mutation to its end. A mutation goes on when the caller hangs up: it must not stop half-way.
    pub async fn run(&self, admitted: Admitted, request_id: Option<&str>) -> Response {
        let Admitted {
            request,
            kind,
            cost,
            suggestions,
        } = admitted;
        let schema = self.schema.clone();
        let execution = async move { AssertUnwindSafe(schema.execute(request)).catch_unwind().await };
        let finished = if kind == OperationType::Mutation {
            let execution = domain::to_the_end(execution);
            tokio::time::timeout(self.limits.time, async {
                execution.await.unwrap_or_else(|lost| Err(Box::new(lost)))
            })
            .await
        } else {
            tokio::time::timeout(self.limits.time, execution).await
        };
        let mut response = match finished {
            Ok(Ok(response)) => response,
            Ok(Err(_)) => failed(code::INTERNAL, "a resolver panicked"),
            Err(_) => failed(code::TIMEOUT, "The operation took too long"),
        };
        Presentation {
            request_id,
            suggestions,
        }
        .apply(&mut response.errors);
        response.extension("cost", cost.into())
    }

    fn shows_schema_to(&self, client: &Client) -> bool {
        match self.introspection {
            Introspection::Off => false,
            Introspection::Authenticated => client.tier != Tier::Anonymous,
            Introspection::On => true,
        }
    }

    fn cost_limit(&self, client: &Client) -> u32 {
        match client.tier {
            Tier::Anonymous => self.limits.cost.anonymous,
            Tier::User => self.limits.cost.user,
            Tier::Admin => self.limits.cost.admin,
        }
    }
}

/// Refuses a batch whose operations cost more together than one request may.
pub fn check_batch<'a>(batch: impl Iterator<Item = &'a Admitted>) -> Result<(), Refusal> {
    let total = batch.map(|admitted| admitted.cost).reduce(|sum, cost| Cost {
        score: sum.score.saturating_add(cost.score),
        limit: sum.limit,
    });
    total.map_or(Ok(()), Cost::check)
}

fn choose<'a>(document: &'a ExecutableDocument, name: Option<&str>) -> Result<&'a OperationDefinition, ServerError> {
    let chosen = match (&document.operations, name) {
        (DocumentOperations::Single(operation), None) => Some(operation),
        (DocumentOperations::Multiple(operations), None) if operations.len() == 1 => operations.values().next(),
        (DocumentOperations::Multiple(operations), Some(name)) => operations.get(name),
        (DocumentOperations::Single(_), Some(_)) | (DocumentOperations::Multiple(_), None) => None,
    };
    chosen.map(|operation| &operation.node).ok_or_else(|| {
        let message = match name {
            Some(name) => format!("Unknown operation named \"{name}\""),
            None => "The document has several operations: operationName is needed".to_owned(),
        };
        server_error(code::BAD_USER_INPUT, message, None)
    })
}

fn introspection_is_off() -> ServerError {
    server_error(
        code::GRAPHQL_VALIDATION_FAILED,
        "GraphQL introspection is not allowed",
        None,
    )
}

fn failed(code: &str, message: &str) -> Response {
    Response::from_errors(vec![server_error(code, message, None)])
}

impl From<Cost> for Value {
    fn from(cost: Cost) -> Self {
        async_graphql::value!({ "requested": cost.score, "limit": cost.limit })
    }
}
