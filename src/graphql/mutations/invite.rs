//! Making people members.

use std::iter;
use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::input::{InviteeInput, MemberSourceInput};
use super::told::{Done, Told, UserError, UserErrorCode, placed, tell};
use crate::domain::members::{self, Added, Became, MOST, NewMember, Several, Via, Whom};
use crate::domain::{Ctx, Result};
use crate::graphql::connection::Nullable;
use crate::graphql::ids::MemberRoleGid;
use crate::graphql::loaders::loaders;
use crate::graphql::scalars::Time;
use crate::graphql::types::{Invitation, MemberAccessLevel, MemberApproval, MemberInterface};

/// Whom to make members of what.
#[derive(Clone, Debug, InputObject)]
pub(super) struct MemberInviteInput {
    /// Comes back in the payload.
    client_mutation_id: Option<String>,
    /// The group or project.
    source: MemberSourceInput,
    /// Whom; at most 100.
    invitees: Vec<InviteeInput>,
    /// The level that all of them get.
    #[graphql(default_with = "MemberAccessLevel::Developer")]
    access_level: MemberAccessLevel,
    /// The day on which the memberships end, UTC: today or later. Absent or null: without an end.
    expires_at: Option<Time>,
    /// The custom role that all of them get; `accessLevel` must be its base level.
    member_role_id: Option<MemberRoleGid>,
    /// By which way people are invited, for your own records; `graphql-api` when absent.
    invite_source: Option<String>,
    /// Only says what would become of it: nothing is stored, no mail is sent. Numbers of new memberships are then not kept.
    #[graphql(default_with = "Some(false)")]
    dry_run: Option<bool>,
}

/// What became of one invitee.
#[derive(Clone, Debug, SimpleObject)]
struct MemberInviteResult {
    /// Whom it is about, as the input says it; an id in full.
    invitee: String,
    /// The membership as it now is; null when there is none.
    member: Option<MemberInterface>,
    /// The invitation as it now is, when nobody has the address; else null.
    invitation: Option<Invitation>,
    /// A promotion that waits for an administrator; always null, for roster has none.
    queued_approval: Option<MemberApproval>,
    /// Why there is none. The same are among those of the payload.
    user_errors: Vec<UserError>,
}

/// What became of an invitation of several people.
#[derive(Clone, Debug, SimpleObject)]
struct MemberInvitePayload {
    #[graphql(flatten)]
    told: Told,
    /// What became of each invitee, in the order of the input; empty when nobody was tried.
    results: Vec<MemberInviteResult>,
}

/// Making people members.
#[derive(Debug, Default)]
pub(super) struct Invite;

#[Object]
impl Invite {
    /// Makes people members of a group or project; those who are members already get the level, the end and the role that are given here. An address
    /// that nobody has is invited by mail; an invitation that is there already is changed, and no second mail goes out. Each is tried alone: who fails
    /// keeps nobody else out. For owners of a group, maintainers and owners of a project, custom roles that manage members, and administrators.
    async fn member_invite(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom to make members of what.")] input: MemberInviteInput,
    ) -> Nullable<MemberInvitePayload> {
        let id = input.client_mutation_id.clone();
        let told = tell(ctx, id, async { invite(&loaders(ctx).ctx(), &input).await }).await;
        Some(told.map(|(told, results)| MemberInvitePayload {
            told,
            results: results.unwrap_or_default(),
        }))
    }
}

async fn invite(ctx: &Ctx, input: &MemberInviteInput) -> Result<Done<Vec<MemberInviteResult>>> {
    let (kind, name) = input.source.name(ctx).await?;
    let whom: Vec<Whom> = input.invitees.iter().map(InviteeInput::whom).collect();
    let new = NewMember {
        access_level: input.access_level.number(),
        expires_at: input.expires_at.map(Time::day),
        member_role_id: input.member_role_id.map(|role| role.0.0),
        invite_source: Some(input.invite_source.clone().unwrap_or_else(|| "graphql-api".to_owned())),
        via: Via::Invitations,
    };
    let (name, whom, new) = (&name, &whom, &new);
    let add = |ctx: Ctx| async move { members::add_several(&ctx, kind, name, whom, new).await };
    let several = if input.dry_run == Some(true) {
        ctx.rehearse(add).await
    } else {
        add(ctx.clone()).await
    };
    let done = Done::of(several, |_| vec!["source".to_owned()])?;
    Ok(match done.value {
        None => Done::not(done.faults),
        Some(Several::TooMany) => {
            let text = format!("Too many users specified (limit is {MOST})");
            Done::not(vec![UserError::new(UserErrorCode::TooMany, text, &["invitees"])])
        }
        Some(Several::TooManyToday(most)) => {
            let text = format!("Invite limit of {most} per day exceeded.");
            Done::not(vec![UserError::new(UserErrorCode::TooMany, text, &["invitees"])])
        }
        Some(Several::Tried(_)) if input.invitees.is_empty() => {
            let text = "No users specified.";
            Done::not(vec![UserError::new(UserErrorCode::Blank, text, &["invitees"])])
        }
        Some(Several::Tried(added)) => each(&input.invitees, added),
    })
}

/// One result an invitee, whether tried, named before, or nobody.
fn each(invitees: &[InviteeInput], added: Vec<Added>) -> Done<Vec<MemberInviteResult>> {
    let mut results: Vec<MemberInviteResult> = invitees
        .iter()
        .enumerate()
        .map(|(index, invitee)| MemberInviteResult {
            invitee: invitee.text(),
            member: None,
            invitation: None,
            queued_approval: None,
            user_errors: vec![nobody(invitee, place(index, invitee))],
        })
        .collect();
    for added in added {
        let outcome = added.outcome.map(shown);
        for index in iter::once(added.index).chain(added.also) {
            let path = place(index, &invitees[index]);
            let result = &mut results[index];
            match &outcome {
                Ok((member, invitation)) => {
                    result.member.clone_from(member);
                    result.invitation.clone_from(invitation);
                    result.user_errors.clear();
                }
                Err(problems) => {
                    let fault = |problem: &members::Problem| {
                        let problem = members::Problem {
                            item: Some(index),
                            ..problem.clone()
                        };
                        placed(problem, |_| path.clone())
                    };
                    result.user_errors = problems.iter().map(fault).collect();
                }
            }
        }
    }
    let faults = results.iter().flat_map(|result| result.user_errors.clone()).collect();
    Done {
        value: Some(results),
        faults,
    }
}

fn shown(became: Became) -> (Option<MemberInterface>, Option<Invitation>) {
    match became {
        Became::Member(member) => (Some(MemberInterface::alone(Arc::new(member))), None),
        Became::Invitation(invitation) => (None, Some(Invitation::alone(invitation))),
    }
}

fn place(index: usize, invitee: &InviteeInput) -> Vec<String> {
    vec!["invitees".to_owned(), index.to_string(), invitee.field().to_owned()]
}

/// Why somebody was not even tried: the name is nobody's.
fn nobody(invitee: &InviteeInput, path: Vec<String>) -> UserError {
    let (code, message) = match invitee {
        InviteeInput::Username(name) if name.trim().is_empty() => (UserErrorCode::Blank, "Username can't be blank"),
        _ => (UserErrorCode::NotFound, "User not found"),
    };
    let message = message.to_owned();
    UserError { code, message, path }
}
