//! What every payload says beside what it is about: faults for people and for programs.

use std::future::{Future, ready};

use async_graphql::{Context, Enum, SimpleObject};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use crate::domain::members::Problem;
use crate::domain::policy::{Code, Reason};
use crate::domain::{Error, Result};
use crate::graphql::loaders::loaders;

/// What is wrong with a mutation's input, for programs. The set is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Code")]
pub enum UserErrorCode {
    /// A text or a list that is needed is missing or blank.
    Blank,
    /// A value has the wrong form, or is none that can be taken here.
    Invalid,
    /// The name, path or link is in use already.
    Taken,
    /// Somebody or something named in the input is not there, or you may not see it.
    NotFound,
    /// You may do such things here, but not to this one: a bot, the owner of a personal namespace, a group that may not be let in.
    Forbidden,
    /// You may do such things here, but not with this level or custom role, or not to a member of this level.
    AccessLevelNotAllowed,
    /// The end is before today, UTC.
    ExpiresInPast,
    /// Is a member there already.
    AlreadyMember,
    /// Is invited there already, or has asked for access.
    AlreadyInvited,
    /// Has a higher level in a group above.
    InheritedHigherAccess,
    /// The last owner of a group can be neither changed nor removed.
    LastOwner,
    /// Adding members, or sharing, is locked.
    MembershipLocked,
    /// The directory decides about it.
    LdapManaged,
    /// The directory did not make the membership, so that nothing can be overridden.
    NotOverridable,
    /// No seat is left.
    NoSeats,
    /// Waits for the approval of an administrator.
    AwaitingApproval,
    /// More items than one call may have, or more custom roles than one hierarchy.
    TooMany,
    /// Somebody else was faster.
    Conflict,
    /// The key of `@idempotent` stands for another call.
    IdempotencyKeyReused,
}

/// One thing that is wrong with a mutation's input.
#[derive(Clone, Debug, PartialEq, Eq, SimpleObject)]
pub struct UserError {
    /// What is wrong, for programs.
    pub code: UserErrorCode,
    /// What is wrong, for people: GitLab's text where it has one.
    pub message: String,
    /// Where in the input: names of fields, and numbers of items counted from 0, such as `["invitees", "3", "email"]`. Empty when it is about the call.
    pub path: Vec<String>,
}

impl UserError {
    pub(super) fn new(code: UserErrorCode, message: impl Into<String>, path: &[&str]) -> Self {
        Self {
            code,
            message: message.into(),
            path: path.iter().map(|&part| part.to_owned()).collect(),
        }
    }
}

/// What every payload says.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct Told {
    /// What the input called this mutation.
    client_mutation_id: Option<String>,
    /// What is wrong, for people; empty when all went well. The messages of `userErrors`, in their order.
    errors: Vec<String>,
    /// What is wrong, each with a code and the place in the input; empty when all went well.
    user_errors: Vec<UserError>,
}

/// What a mutation came to.
pub(super) struct Done<T> {
    /// What it is about; none when nothing was done.
    pub(super) value: Option<T>,
    /// What the client can mend.
    pub(super) faults: Vec<UserError>,
}

impl<T> Done<T> {
    /// All went well.
    pub(super) fn well(value: T) -> Self {
        Self {
            value: Some(value),
            faults: Vec::new(),
        }
    }

    /// Nothing was done.
    pub(super) fn not(faults: Vec<UserError>) -> Self {
        Self { value: None, faults }
    }

    /// Done as the domain did it. What of its error the client can mend is data; `item` leads to what a fault without a field of its own is about.
    pub(super) fn of(result: Result<T>, item: impl Fn(Option<usize>) -> Vec<String>) -> Result<Self> {
        match result {
            Ok(value) => Ok(Self::well(value)),
            Err(error) => Ok(Self::not(mendable(error, item)?)),
        }
    }
}

/// Does the work of a mutation for a signed-in caller, and says what is to be said of it.
pub(super) fn tell<'a, T: Send + 'a>(
    ctx: &'a Context<'_>,
    client_mutation_id: Option<String>,
    work: impl Future<Output = Result<Done<T>>> + Send + 'a,
) -> BoxFuture<'a, Result<(Told, Option<T>)>> {
    if let Err(refusal) = loaders(ctx).ctx().require_caller() {
        return ready(Err(refusal)).boxed();
    }
    tell_anybody(ctx, client_mutation_id, work)
}

/// The same for a caller who need not be signed in.
pub(super) fn tell_anybody<'a, T: Send + 'a>(
    ctx: &'a Context<'_>,
    client_mutation_id: Option<String>,
    work: impl Future<Output = Result<Done<T>>> + Send + 'a,
) -> BoxFuture<'a, Result<(Told, Option<T>)>> {
    let told = async move {
        let loaders = loaders(ctx);
        let done = match loaders.take_refusal() {
            Some(refusal) => Done::not(mendable(refusal, |_| Vec::new())?),
            None => work.await?,
        };
        if !done.faults.is_empty() {
            loaders.note_faults();
        }
        let told = Told {
            client_mutation_id,
            errors: done.faults.iter().map(|fault| fault.message.clone()).collect(),
            user_errors: done.faults,
        };
        Ok((told, done.value))
    };
    told.boxed()
}

/// What of an error the client can mend; any other stays one.
fn mendable(error: Error, item: impl Fn(Option<usize>) -> Vec<String>) -> Result<Vec<UserError>> {
    let one = |reason: Reason| vec![problem(reason.code(), reason.text(), reason.field())];
    let problems = match error {
        Error::Refused(reason) => one(reason),
        Error::AboveOwn(_) => one(Reason::LevelAboveOwn),
        Error::Faulty(faults) => faults
            .into_iter()
            .map(|fault| problem(fault.code, fault.sentence(), Some(fault.field)))
            .collect(),
        Error::Items(problems) => problems,
        Error::Parameter(fault) | Error::Taken(fault) | Error::Unprocessable(fault) => {
            vec![problem(fault.code, fault.sentence(), Some(fault.field))]
        }
        Error::NotAccepted(reason) => vec![problem(reason.code(), Error::NotAccepted(reason).to_string(), None)],
        Error::NothingGiven => vec![problem(Code::Invalid, "There is nothing to change", None)],
        Error::KeyReused => {
            let text = "The idempotency key was used for another call";
            vec![problem(Code::IdempotencyKeyReused, text, None)]
        }
        Error::Conflict(text) => vec![problem(Code::Conflict, text, None)],
        error => return Err(error),
    };
    Ok(problems.into_iter().map(|problem| placed(problem, &item)).collect())
}

fn problem(code: Code, message: impl Into<String>, field: Option<&'static str>) -> Problem {
    Problem {
        message: message.into(),
        code,
        field,
        item: None,
    }
}

/// A fault with its place in the input.
pub(super) fn placed(problem: Problem, item: impl Fn(Option<usize>) -> Vec<String>) -> UserError {
    let path = match argument(&problem) {
        Some(name) => vec![name.to_owned()],
        None => item(problem.item),
    };
    UserError {
        code: problem.code.into(),
        message: problem.message,
        path,
    }
}

/// The field of the input that is at fault, rather than whom it is about.
fn argument(problem: &Problem) -> Option<&'static str> {
    match problem.field? {
        // The level is at fault only together with one of those who were named.
        "access_level" if problem.code == Code::InheritedHigherAccess && problem.item.is_some() => None,
        "access_level" | "group_access" => Some("accessLevel"),
        "expires_at" | "expiration" => Some("expiresAt"),
        "member_role_id" | "member_role" | "member_namespace" => Some("memberRoleId"),
        "user_ids" => Some("userIds"),
        "cn" => Some("cn"),
        "filter" => Some("filter"),
        "provider" => Some("provider"),
        "group_id" => Some("withGroupId"),
        "namespace" => Some("groupPath"),
        "base_access_level" => Some("baseAccessLevel"),
        "visibility_level" => Some("visibility"),
        "project_namespace.name" | "token_name" => Some("name"),
        "allowed_email_domains" => Some("allowedEmailDomains"),
        "token_description" => Some("description"),
        "token_scopes" => Some("scopes"),
        "public_email" => Some("publicEmail"),
        field @ ("name" | "path" | "visibility" | "description" | "permissions" | "state" | "scopes" | "email"
        | "username") => Some(field),
        _ => None,
    }
}
