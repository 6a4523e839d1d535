//! Memberships, invitations and access requests: one table, one row of numbers.

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter};

use super::Load;
use super::store::{Clash, Watched, insert_watched};
use crate::db::Conn;
use crate::entity::{invitation_token, member};
use crate::types::{AccessLevel, MemberId, MemberState, UserId, digest, fold};
use crate::world::directory::Target;
use crate::world::error::{Fault, ImportError};
use crate::world::format::{AccessRequest, Invitation, Member};
use crate::world::survey::Numbers;
use crate::world::value::{Day, Name, Text, Time};

pub(super) async fn load(load: &Load<'_>) -> Result<(), ImportError> {
    let mut numbers = load.world.survey.member_numbers.clone();
    load_list(load, "members", &mut numbers, member_row).await?;
    load_invitations(load, &mut numbers).await?;
    load_list(load, "access_requests", &mut numbers, request_row).await
}

type MakeRow<T> = fn(&Load<'_>, &str, &mut Numbers, T) -> Result<member::Model, Fault>;

async fn load_list<T: serde::de::DeserializeOwned + Send + 'static>(
    load: &Load<'_>,
    list: &'static str,
    numbers: &mut Numbers,
    make_row: MakeRow<T>,
) -> Result<(), ImportError> {
    let mut stream = load.rows::<T>(list);
    while let Some(batch) = stream.next().await? {
        let count = batch.len();
        let mut rows = Vec::with_capacity(count);
        for (index, row) in batch {
            rows.push((index, make_row(load, &format!("{list}[{index}]"), numbers, row)?));
        }
        insert_watched(load.conn(), list, rows).await?;
        load.stored(count);
    }
    Ok(())
}

async fn load_invitations(load: &Load<'_>, numbers: &mut Numbers) -> Result<(), ImportError> {
    let mut stream = load.rows::<Invitation>("invitations");
    while let Some(batch) = stream.next().await? {
        let count = batch.len();
        let mut rows = Vec::with_capacity(count);
        let mut tokens = Vec::new();
        for (index, mut invitation) in batch {
            let token = invitation.token.take();
            let row = invitation_row(load, &format!("invitations[{index}]"), numbers, invitation)?;
            tokens.extend(token.map(|Name(token)| (index, token_row(&row, &token))));
            rows.push((index, row));
        }
        insert_watched(load.conn(), "invitations", rows).await?;
        insert_watched(load.conn(), "invitations", tokens).await?;
        load.stored(count);
    }
    Ok(())
}

fn token_row(row: &member::Model, token: &str) -> invitation_token::Model {
    invitation_token::Model {
        digest: digest(token),
        member_id: row.id,
        created_at: row.created_at,
    }
}

fn member_row(load: &Load<'_>, at: &str, numbers: &mut Numbers, row: Member) -> Result<member::Model, Fault> {
    let names = load.names();
    let id = MemberId(numbers.of(row.id, at)?);
    let target = names.target(at, row.group.as_ref(), row.project.as_ref())?;
    let user = names.user(&format!("{at}.user"), &row.user)?.id;
    let level = level_at(at, target, row.access_level.0)?;
    let (created_at, updated_at) = load.times(row.created_at, row.updated_at);
    Ok(member::Model {
        user_id: Some(user),
        state: row.state.0,
        expires_at: row.expires_at.map(|Day(day)| day),
        member_role_id: names.role(at, target.root, row.member_role.as_ref())?,
        ldap: row.ldap,
        r#override: row.r#override,
        created_by_id: creator(load, at, row.created_by.as_ref())?,
        email_norm: row.invite_email.as_ref().map(|Name(email)| fold(email)),
        invite_email: row.invite_email.map(|Name(email)| email),
        invite_source: row.invite_source.map(|Text(text)| text),
        accepted_at: row.accepted_at.map(|Time(time)| time),
        last_sent_at: row.last_sent_at.map(|Time(time)| time),
        send_count: i32::from(row.send_count),
        ..plain_row(id, target, level, created_at, updated_at)
    })
}

fn invitation_row(load: &Load<'_>, at: &str, numbers: &mut Numbers, row: Invitation) -> Result<member::Model, Fault> {
    let names = load.names();
    let id = MemberId(numbers.of(row.id, at)?);
    let target = names.target(at, row.group.as_ref(), row.project.as_ref())?;
    let level = level_at(at, target, row.access_level.0)?;
    let email = fold(&row.email.0);
    let (created_at, updated_at) = load.times(row.created_at, row.updated_at);
    Ok(member::Model {
        state: row.state.0,
        expires_at: row.expires_at.map(|Day(day)| day),
        member_role_id: names.role(at, target.root, row.member_role.as_ref())?,
        created_by_id: creator(load, at, row.created_by.as_ref())?,
        invite_email: Some(email.clone()),
        email_norm: Some(email),
        invite_source: row.invite_source.map(|Text(text)| text),
        last_sent_at: row.last_sent_at.map(|Time(time)| time),
        send_count: i32::from(row.send_count),
        reminders_sent: i32::from(row.reminders_sent),
        ..plain_row(id, target, level, created_at, updated_at)
    })
}

#[expect(clippy::needless_pass_by_value, reason = "a function of the shape of the other two")]
fn request_row(load: &Load<'_>, at: &str, numbers: &mut Numbers, row: AccessRequest) -> Result<member::Model, Fault> {
    let names = load.names();
    let id = MemberId(numbers.of(row.id, at)?);
    let target = names.target(at, row.group.as_ref(), row.project.as_ref())?;
    let user = names.user(&format!("{at}.user"), &row.user)?.id;
    let (requested_at, _) = load.times(row.requested_at, None);
    let (created_at, updated_at) = load.times(row.created_at.or(row.requested_at), row.updated_at);
    Ok(member::Model {
        user_id: Some(user),
        requested_at: Some(requested_at),
        ..plain_row(id, target, AccessLevel::Developer, created_at, updated_at)
    })
}

/// A row of nobody yet, in force, made by nobody.
fn plain_row(
    id: MemberId,
    target: Target,
    access_level: AccessLevel,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
) -> member::Model {
    member::Model {
        id,
        source_kind: target.kind,
        source_id: target.id,
        user_id: None,
        access_level,
        state: MemberState::Active,
        requested_at: None,
        expires_at: None,
        member_role_id: None,
        ldap: false,
        r#override: false,
        created_by_id: None,
        created_at,
        updated_at,
        invite_email: None,
        email_norm: None,
        invite_source: None,
        accepted_at: None,
        last_sent_at: None,
        send_count: 0,
        reminders_sent: 0,
    }
}

fn level_at(at: &str, target: Target, level: AccessLevel) -> Result<AccessLevel, Fault> {
    if level == AccessLevel::MinimalAccess && !target.is_root() {
        return Err(Fault::at(
            format!("{at}.access_level"),
            "5 (Minimal Access) exists in top-level groups only",
        ));
    }
    Ok(level)
}

fn creator(load: &Load<'_>, at: &str, name: Option<&Name>) -> Result<Option<UserId>, Fault> {
    load.names().user_id(&format!("{at}.created_by"), name)
}

impl Watched for member::Model {
    async fn clash(&self, conn: Conn<'_>) -> Result<Option<Clash>, DbErr> {
        let in_source = || {
            Condition::all()
                .add(member::Column::SourceKind.eq(self.source_kind))
                .add(member::Column::SourceId.eq(self.source_id))
        };
        let mut taken = Condition::any().add(member::Column::Id.eq(self.id));
        if let Some(user) = self.user_id {
            taken = taken.add(in_source().add(member::Column::UserId.eq(user)));
        }
        if let Some(email) = &self.email_norm {
            taken = taken.add(in_source().add(member::Column::EmailNorm.eq(email)));
        }
        let earlier = member::Entity::find().filter(taken).one(&conn).await?;
        Ok(earlier.map(|earlier| shared(self, &earlier)))
    }
}

impl Watched for invitation_token::Model {
    async fn clash(&self, conn: Conn<'_>) -> Result<Option<Clash>, DbErr> {
        let earlier = invitation_token::Entity::find_by_id(self.digest.clone())
            .one(&conn)
            .await?;
        Ok(earlier.map(|_| ("token", "the same token is given twice".to_owned())))
    }
}

/// What a row shares with an earlier one that excludes it.
fn shared(row: &member::Model, earlier: &member::Model) -> Clash {
    let same_source = (row.source_kind, row.source_id) == (earlier.source_kind, earlier.source_id);
    if row.id == earlier.id {
        ("id", format!("{} is taken", row.id))
    } else if same_source && row.user_id.is_some() && row.user_id == earlier.user_id {
        ("user", "has a row in the same group or project already".to_owned())
    } else {
        let key = if row.user_id.is_some() { "invite_email" } else { "email" };
        (key, "is invited to the same group or project already".to_owned())
    }
}
