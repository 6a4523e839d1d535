//! `@idempotent(key:)`: a mutation that may be sent again.
//!
//! The root field and everything selected below it run in one transaction, in which its answer is stored as well: whatever the client then hears or
//! does not hear, the same key answers the same thing and changes nothing.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::PoisonError;

use async_graphql::extensions::ResolveFut;
use async_graphql::parser::types::{
    Directive as Used, ExecutableDocument, Field, OperationDefinition, OperationType, Selection, SelectionSet,
};
use async_graphql::{Context, CustomDirective, Directive, Pos, Positioned, ServerError, ServerResult, Value};
use async_graphql_value::Value as Written;
use serde_json::Value as Json;

use super::error::{code, coded, server_error};
use super::loaders::loaders;
use crate::domain::retries::{self, Key, Outcome};
use crate::domain::{Ctx, Error};
use crate::types::digest;

const NAME: &str = "idempotent";

/// Makes a mutation safe to send again: for 24 hours the same key with the same input and selection answers the first outcome again and changes
/// nothing; with others it is `IDEMPOTENCY_KEY_REUSED`. What changed nothing because of faults, and a rehearsal, is not remembered. Keys are your own:
/// other users may have the same. Only on a root field of a mutation.
#[Directive(location = "Field")]
pub(super) fn idempotent(
    #[graphql(desc = "What you call this one change: 1 to 255 visible ASCII characters.")] key: String,
) -> impl CustomDirective {
    Idempotent { key }
}

struct Idempotent {
    key: String,
}

/// Why there is no answer to store.
enum Stop {
    /// The domain's own error.
    Domain(Error),
    /// The errors are among those of the request already.
    Told,
    /// The resolver's own error.
    Resolver(ServerError),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Domain(error)
    }
}

#[async_graphql::async_trait::async_trait]
impl CustomDirective for Idempotent {
    async fn resolve_field(&self, ctx: &Context<'_>, resolve: ResolveFut<'_>) -> ServerResult<Option<Value>> {
        let Some(key) = Key::parse(&self.key) else {
            let text = "The key of @idempotent must have 1 to 255 visible ASCII characters";
            return Ok(Some(null(
                ctx,
                server_error(code::BAD_USER_INPUT, text, Some(ctx.item.pos)),
            )));
        };
        let domain = loaders(ctx).ctx();
        // Keys are their callers' own, and nobody has any.
        if domain.require_caller().is_err() {
            return resolve.await;
        }
        let print = digest(&fingerprint(ctx));
        let answered = retries::once(&domain, &key, &print, |inside| answer(ctx, inside, &mut *resolve)).await;
        match answered {
            Ok(answer) => Ok(Some(read(ctx, &answer))),
            Err(Stop::Domain(refusal @ (Error::KeyReused | Error::Conflict(_)))) => {
                // The payload's own resolver says it: nobody else knows the shape.
                loaders(ctx).refuse(refusal);
                resolve.await
            }
            Err(Stop::Domain(error)) => {
                let error = async_graphql::Error::from(error).into_server_error(ctx.item.pos);
                Ok(Some(null(ctx, error)))
            }
            Err(Stop::Resolver(error)) => Ok(Some(null(ctx, error))),
            Err(Stop::Told) => Ok(Some(Value::Null)),
        }
    }
}

/// Runs the field inside the transaction.
async fn answer(ctx: &Context<'_>, inside: Ctx, resolve: ResolveFut<'_>) -> Result<Outcome, Stop> {
    let loaders = loaders(ctx);
    loaders.take_faults();
    loaders.take_secret();
    let errors_before = errors(ctx);
    let within = loaders.enter(inside.clone());
    let resolved = resolve.await;
    drop(within);
    let value = resolved.map_err(Stop::Resolver)?.unwrap_or_default();
    // Half an answer is none: what it says was done would stand, and nobody could read it again.
    if errors(ctx) > errors_before {
        return Err(Stop::Told);
    }
    // Not by way of a JSON value: that would put the names in another order than the document does.
    let told = serde_json::to_string(&value).unwrap_or_else(|_| "null".to_owned());
    let is_faulty = loaders.take_faults();
    if inside.is_rehearsal() || (is_faulty && !inside.has_changes()) {
        return Ok(Outcome::Refused(Json::String(told)));
    }
    Ok(match loaders.take_secret() {
        // Letters, digits and a dash: it stands in JSON as it is, under whatever name.
        Some(secret) => Outcome::Once {
            stored: Json::String(told.replace(&format!("\"{}\"", secret.reveal()), "null")),
            told: Json::String(told),
        },
        None => Outcome::Done(Json::String(told)),
    })
}

fn errors(ctx: &Context<'_>) -> usize {
    let errors = ctx.query_env.errors.lock();
    errors.unwrap_or_else(PoisonError::into_inner).len()
}

/// What is stored is text, so that it comes back in the order in which it was said.
fn read(ctx: &Context<'_>, stored: &Json) -> Value {
    let value = stored.as_str().and_then(|text| serde_json::from_str(text).ok());
    value.unwrap_or_else(|| {
        ctx.add_error(
            ctx.set_error_path(coded(code::INTERNAL, "a stored answer is unreadable").into_server_error(ctx.item.pos)),
        );
        Value::Null
    })
}

/// Reports an error of this field alone.
fn null(ctx: &Context<'_>, error: ServerError) -> Value {
    ctx.add_error(ctx.set_error_path(error));
    Value::Null
}

/// Refuses the directive anywhere but on a root field of a mutation.
pub(super) fn check_places(document: &ExecutableDocument, operation: &OperationDefinition) -> Result<(), ServerError> {
    let is_mutation = operation.ty == OperationType::Mutation;
    check_set(document, &operation.selection_set.node, is_mutation)
}

fn check_set(document: &ExecutableDocument, set: &SelectionSet, may: bool) -> Result<(), ServerError> {
    for selection in &set.items {
        match &selection.node {
            Selection::Field(field) => {
                let used = field.node.directives.iter().find(|used| used.node.name.node == NAME);
                if let Some(used) = used.filter(|_| !may) {
                    return Err(misplaced(used.pos));
                }
                check_set(document, &field.node.selection_set.node, false)?;
            }
            Selection::InlineFragment(fragment) => check_set(document, &fragment.node.selection_set.node, may)?,
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                    check_set(document, &fragment.node.selection_set.node, may)?;
                }
            }
        }
    }
    Ok(())
}

fn misplaced(pos: Pos) -> ServerError {
    let text = "Directive \"@idempotent\" may only be used on a root field of a mutation";
    server_error(code::GRAPHQL_VALIDATION_FAILED, text, Some(pos))
}

/// All that the answer depends on, in one text: the field, its input, and what is selected below it, with fragments and variables filled in.
fn fingerprint(ctx: &Context<'_>) -> String {
    let mut print = Fingerprint {
        ctx,
        text: String::new(),
    };
    print.field(&ctx.item.node);
    print.text
}

struct Fingerprint<'a> {
    ctx: &'a Context<'a>,
    text: String,
}

impl Fingerprint<'_> {
    fn field(&mut self, field: &Field) {
        self.text.push_str(&field.name.node);
        self.arguments(&field.arguments);
        self.directives(&field.directives);
        self.selections(&field.selection_set.node);
    }

    fn selections(&mut self, set: &SelectionSet) {
        self.text.push('{');
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    // A name in the answer; that of the root field is not stored.
                    self.text.push_str(&field.node.response_key().node);
                    self.text.push(':');
                    self.field(&field.node);
                }
                Selection::InlineFragment(fragment) => {
                    let on = fragment.node.type_condition.as_ref();
                    self.fragment(
                        on.map_or("", |on| on.node.on.node.as_str()),
                        &fragment.node.directives,
                        &fragment.node.selection_set.node,
                    );
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.ctx.query_env.fragments.get(&spread.node.fragment_name.node) {
                        let on = fragment.node.type_condition.node.on.node.as_str();
                        self.fragment(on, &spread.node.directives, &fragment.node.selection_set.node);
                    }
                }
            }
            self.text.push(' ');
        }
        self.text.push('}');
    }

    fn fragment(&mut self, on: &str, directives: &[Positioned<Used>], set: &SelectionSet) {
        self.text.push_str("...");
        self.text.push_str(on);
        self.directives(directives);
        self.selections(set);
    }

    fn directives(&mut self, directives: &[Positioned<Used>]) {
        for directive in directives.iter().filter(|directive| directive.node.name.node != NAME) {
            self.text.push('@');
            self.text.push_str(&directive.node.name.node);
            self.arguments(&directive.node.arguments);
        }
    }

    fn arguments(&mut self, arguments: &[(Positioned<async_graphql::Name>, Positioned<Written>)]) {
        let sorted: BTreeMap<_, _> = arguments
            .iter()
            .map(|(name, value)| (name.node.as_str(), &value.node))
            .collect();
        self.text.push('(');
        for (name, value) in sorted {
            self.text.push_str(name);
            self.text.push(':');
            self.written(value);
            self.text.push(',');
        }
        self.text.push(')');
    }

    fn written(&mut self, value: &Written) {
        match value {
            Written::Variable(name) => self.variable(name),
            Written::List(items) => {
                self.text.push('[');
                for item in items {
                    self.written(item);
                    self.text.push(',');
                }
                self.text.push(']');
            }
            Written::Object(fields) => {
                let sorted: BTreeMap<_, _> = fields.iter().collect();
                self.text.push('{');
                for (name, value) in sorted {
                    self.text.push_str(name);
                    self.text.push(':');
                    self.written(value);
                    self.text.push(',');
                }
                self.text.push('}');
            }
            value => self.plain(value.clone().into_const()),
        }
    }

    /// One that is left out is not the same as null.
    fn variable(&mut self, name: &async_graphql::Name) {
        let environment = &self.ctx.query_env;
        let default = || {
            let mut definitions = environment.operation.node.variable_definitions.iter();
            let definition = definitions.find(|definition| definition.node.name.node == *name)?;
            definition.node.default_value.as_ref().map(|value| value.node.clone())
        };
        match environment.variables.get(name).cloned().or_else(default) {
            Some(value) => self.written(&value.into_value()),
            None => self.text.push('-'),
        }
    }

    /// An enum value is a string among variables, and a bare word in a document.
    fn plain(&mut self, value: Option<Value>) {
        let _ = match value {
            Some(Value::Enum(word)) => write!(self.text, "{:?}", word.as_str()),
            Some(Value::String(text)) => write!(self.text, "{text:?}"),
            Some(value) => write!(self.text, "{value}"),
            None => Ok(()),
        };
    }
}
