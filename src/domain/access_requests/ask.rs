//! Asking for access.

use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, FromQueryResult};

use super::{AccessRequest, find};
use crate::db::WriteTx;
use crate::domain::journal::{self, Grant};
use crate::domain::members::facts::{Facts, Person, Whom, seen};
use crate::domain::members::store;
use crate::domain::members::validate::{self, Draft};
use crate::domain::notices::{self, Notice, is_told};
use crate::domain::policy::{self, Asking, Code};
use crate::domain::standing::{Name, Standing};
use crate::domain::{Ctx, Error, Fault, Result, Thing, hierarchy};
use crate::entity::member;
use crate::types::{AccessLevel, GroupId, MemberId, MemberState, Source, SourceKind, UserId};

/// What everybody asks for; whoever approves may give another level.
const LEVEL: AccessLevel = AccessLevel::Developer;

/// As many as are told of one request.
const MOST_TOLD: u32 = 10;

/// Asks for access to a group or project, for the actor in person.
///
/// # Errors
/// `NotFound` for the source; `Forbidden` where no access may be asked for, and for administrators; `Refused` with `HasAccess`, `RequestsLocked` or
/// `AsksGroup`; `Faulty` for who asks already, and for whom the row would break rules.
pub async fn ask(ctx: &Ctx, kind: SourceKind, name: &Name) -> Result<AccessRequest> {
    let (source, lock) = seen(ctx, kind, name).await?;
    ctx.write(lock, |ctx, tx| async move {
        let own = ctx.require_caller()?.id;
        let facts = Facts::load(&ctx, source).await?;
        let person = facts.people(&ctx, &[Whom::Id(own.0)]).await?.pop();
        let person = person.ok_or(Error::NotFound(Thing::User))?;
        policy::ask(&asking(&ctx, &facts, &person).await?)?;
        let faults = faults(&facts, &person);
        if !faults.is_empty() {
            return Err(Error::Faulty(faults));
        }
        let row = store(&ctx, &tx, &facts, &person).await?;
        let told = approvers(&ctx, &facts.standing).await?;
        let notices: Vec<_> = told.into_iter().map(|user| notice(user, &facts, &person)).collect();
        notices::queue(&tx, &notices).await?;
        find::stored(&ctx, row).await
    })
    .await
}

async fn asking(ctx: &Ctx, facts: &Facts, person: &Person) -> Result<Asking> {
    let (open, asks_group) = match &facts.standing {
        Standing::Group(group) => (group.request_access_enabled && group.open_to(&ctx.actor), false),
        Standing::Project(project) => {
            let asks_group = match project.group_id() {
                Some(group) => asks(ctx, group, person.user_id).await?,
                None => false,
            };
            (project.request_access_enabled, asks_group)
        }
    };
    Ok(Asking {
        open,
        admin: facts.hand.admin,
        member: facts.hand.level.grants() || person.held().is_some_and(|held| !held.requested),
        membership_lock: facts.place.membership_lock,
        asks_group,
    })
}

/// Whether the user has an open request for that very group.
async fn asks(ctx: &Ctx, group: GroupId, user: UserId) -> Result<bool> {
    let mut sql = ctx.conn().sql();
    let (group, user) = (sql.bind(group.0), sql.bind(user.0));
    sql.push(format!(
        "SELECT COUNT(*) FROM members m
          WHERE m.source_kind = 1 AND m.source_id = {group} AND m.user_id = {user} AND m.requested_at IS NOT NULL"
    ));
    Ok(sql.number().await? > 0)
}

/// What is wrong with the row that would come of it.
fn faults(facts: &Facts, person: &Person) -> Vec<Fault> {
    // Whoever has a row by now has a request: members were refused before.
    if person.held().is_some() {
        return vec![Fault::new("user_id", "already exists in source", Code::AlreadyInvited)];
    }
    let draft = Draft {
        level: LEVEL.number().into(),
        role: None,
        keeps_role: false,
        present: None,
        expires_at: None,
        is_new: true,
        by_admin: false,
    };
    validate::faults(facts, person, &draft)
}

async fn store(ctx: &Ctx, tx: &WriteTx, facts: &Facts, person: &Person) -> Result<MemberId> {
    let source = facts.standing.source();
    let row = member::ActiveModel {
        source_kind: Set(source.kind()),
        source_id: Set(source.id()),
        user_id: Set(Some(person.user_id)),
        access_level: Set(LEVEL),
        // Whether a seat is left is looked at when it is approved.
        state: Set(MemberState::Active),
        requested_at: Set(Some(tx.now())),
        ldap: Set(false),
        r#override: Set(false),
        created_at: Set(tx.now()),
        updated_at: Set(tx.now()),
        send_count: Set(0),
        reminders_sent: Set(0),
        ..Default::default()
    };
    let row = row.insert(&tx.conn()).await.map_err(store::already_there)?;
    let grant = Grant {
        level: LEVEL,
        role: None,
        expires_at: None,
    };
    journal::announce_request(ctx, tx, &facts.scene(), &person.subject(row.id, grant));
    Ok(row.id)
}

/// Who is told: direct owners of the group; of a project direct owners and maintainers or, where there are none, direct owners of its group. Who
/// signed in last comes first, and not all are told where there are many.
async fn approvers(ctx: &Ctx, standing: &Standing) -> Result<Vec<UserId>> {
    match standing {
        Standing::Group(_) => with_a_row(ctx, standing.source(), AccessLevel::Owner, None).await,
        Standing::Project(project) => {
            let owner = project.namespace_owner_id;
            let told = with_a_row(ctx, standing.source(), AccessLevel::Maintainer, owner).await?;
            match project.group_id() {
                Some(group) if told.is_empty() => with_a_row(ctx, Source::Group(group), AccessLevel::Owner, None).await,
                _ => Ok(told),
            }
        }
    }
}

/// Those who get mail and have a row there of `level` or more, or are `owner`, who needs none.
async fn with_a_row(ctx: &Ctx, source: Source, level: AccessLevel, owner: Option<UserId>) -> Result<Vec<UserId>> {
    #[derive(FromQueryResult)]
    struct Told {
        id: UserId,
    }
    let mut sql = ctx.conn().sql();
    let (grants, told) = (hierarchy::grants(sql.dialect(), "m"), is_told("u"));
    let (kind, id) = (sql.bind(source.kind() as i32), sql.bind(source.id()));
    let (level, owner) = (sql.bind(level.number()), sql.bind(owner.map(|user| user.0)));
    let most = sql.bind(i64::from(MOST_TOLD));
    sql.push(format!(
        "SELECT u.id FROM users u
          WHERE {told} AND u.id IN (SELECT m.user_id FROM members m
                                     WHERE m.source_kind = {kind} AND m.source_id = {id} AND m.access_level >= {level} AND {grants}
                                    UNION SELECT {owner})
          ORDER BY u.last_sign_in_at IS NULL, u.last_sign_in_at DESC, u.id LIMIT {most}"
    ));
    let told: Vec<Told> = sql.all().await?;
    Ok(told.into_iter().map(|user| user.id).collect())
}

fn notice(user: UserId, facts: &Facts, person: &Person) -> Notice {
    Notice::AccessRequested {
        user,
        place: facts.mail_place(),
        requester_name: person.name.clone(),
        requester_username: person.username.clone(),
        access_level: LEVEL,
    }
}
