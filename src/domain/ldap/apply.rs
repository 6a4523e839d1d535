//! Storing what a directory said: rows, audit events, change log; never mail.

use std::collections::HashMap;

use sea_orm::FromQueryResult;

use super::Report;
use super::claim::Claim;
use super::decide::{Present, Verdict, Wanted, Wish, at_least, decide, wishes};
use super::links::of_group;
use super::sync::Reading;
use crate::db::WriteTx;
use crate::domain::journal::{self, Grant, Happening};
use crate::domain::members::facts::{Facts, Held, Person, Whom};
use crate::domain::members::remove::delete_rows;
use crate::domain::members::store::first_state;
use crate::domain::{Ctx, Result, hierarchy};
use crate::types::{AccessLevel, MemberId, MemberState, Source, SyncState, UserId, UserType};

/// How many rows one statement makes.
const BATCH: usize = 1_000;

/// Makes the members of the group those whom the directory named; none when the links are no longer those that were read.
///
/// # Errors
/// `Conflict` when the claim was lost.
pub(super) async fn apply(ctx: &Ctx, tx: &WriteTx, claim: &Claim, reading: &Reading) -> Result<Option<Report>> {
    claim.end(tx, SyncState::Ready, None).await?;
    if !reading.is_of(&of_group(ctx, claim.group).await?) {
        tx.give_up();
        return Ok(None);
    }
    let facts = Facts::load(ctx, Source::Group(claim.group)).await?;
    let run = Run { ctx, tx, facts };
    let (rows, newcomers) = run.sort(reading).await?;
    let mut report = Report {
        added: newcomers.len(),
        ..Report::default()
    };
    run.settle(&rows, &mut report).await?;
    run.add(&newcomers).await?;
    Ok(Some(report))
}

struct Run<'a> {
    ctx: &'a Ctx,
    tx: &'a WriteTx,
    facts: Facts,
}

/// Somebody with a row, and what the directory wants.
struct Row {
    person: Person,
    held: Held,
    wanted: Wanted,
}

/// A user whom the directory knows by that name.
#[derive(FromQueryResult)]
struct Identity {
    user_id: UserId,
    extern_uid_norm: String,
}

impl Run<'_> {
    /// Everybody who has a row or is to get one: rows by number, newcomers by user.
    async fn sort(&self, reading: &Reading) -> Result<(Vec<Row>, Vec<(Person, Wish)>)> {
        let links = reading.named.iter().map(|(link, people)| {
            let role = link.role.as_ref().map(|role| (role.id, role.name.clone()));
            let wish = Wish {
                level: link.access_level,
                role,
            };
            (wish, people.as_slice())
        });
        let wishes = wishes(links);
        let mut by_user: HashMap<UserId, Option<Wish>> = HashMap::new();
        for identity in self.identities(&reading.provider, &wishes).await? {
            let wish = wishes.get(identity.extern_uid_norm.as_str()).cloned();
            let known = by_user.entry(identity.user_id).or_default();
            let is_better = |wish: &Wish| known.as_ref().is_none_or(|known| known.level < wish.level);
            if wish.as_ref().is_some_and(is_better) {
                *known = wish;
            }
        }
        let whom: Vec<_> = by_user.keys().map(|user| Whom::Id(user.0)).collect();
        let mut people = self.facts.people(self.ctx, &whom).await?;
        people.sort_by_key(|person| person.user_id);
        let (mut rows, mut newcomers) = (Vec::new(), Vec::new());
        for person in people {
            let wanted = match by_user.remove(&person.user_id).flatten() {
                Some(wish) => self.fit(at_least(wish, person.inherited_grant())),
                None => Wanted::No,
            };
            match (person.held().filter(|held| !held.requested), wanted) {
                (Some(held), wanted) => rows.push(Row { person, held, wanted }),
                (None, Wanted::Yes(wish)) => newcomers.push((person, wish)),
                (None, Wanted::No | Wanted::Unfit) => {}
            }
        }
        rows.sort_by_key(|row| row.held.id);
        Ok((rows, newcomers))
    }

    /// Minimal access is there in top-level groups only.
    fn fit(&self, wish: Wish) -> Wanted {
        if wish.level == AccessLevel::MinimalAccess && !self.facts.is_top_level_group() {
            Wanted::Unfit
        } else {
            Wanted::Yes(wish)
        }
    }

    /// Those whom the directory named, and those who have a row.
    async fn identities(&self, provider: &str, wishes: &HashMap<&str, Wish>) -> Result<Vec<Identity>> {
        let mut sql = self.tx.conn().sql();
        let names: Vec<_> = wishes.keys().map(|&name| name.to_owned()).collect();
        let provider = sql.bind(provider);
        let named = sql.any_word("i.extern_uid_norm", &names);
        let group = sql.bind(self.facts.standing.source().id());
        sql.push(format!(
            "SELECT i.user_id, i.extern_uid_norm FROM user_identities i WHERE i.provider = {provider} AND {named}
             UNION
             SELECT i.user_id, i.extern_uid_norm FROM members m JOIN user_identities i ON i.user_id = m.user_id
              WHERE m.source_kind = 1 AND m.source_id = {group} AND m.user_id IS NOT NULL AND i.provider = {provider}
              ORDER BY 1, 2"
        ));
        Ok(sql.all().await?)
    }

    /// Deals with those who have rows.
    async fn settle(&self, rows: &[Row], report: &mut Report) -> Result<()> {
        let present: Vec<_> = rows.iter().map(|row| row.present(&self.facts)).collect();
        let owned_otherwise = self.is_owned_besides(rows).await?;
        let (mut kept, mut changed, mut gone) = (Vec::new(), Vec::new(), Vec::new());
        let mut happened = Vec::new();
        for (row, verdict) in rows.iter().zip(decide(&present, owned_otherwise)) {
            let Row { person, held, .. } = row;
            match verdict {
                Verdict::Remove => gone.push((self.facts.scene(), person.subject(held.id, held.grant()))),
                Verdict::Change(wish) => {
                    let grant = wish.grant();
                    happened.push((Happening::Updated(held.grant()), person.subject(held.id, grant)));
                    changed.push((row, wish));
                }
                verdict => {
                    if verdict == Verdict::Spare {
                        report.spared.push(person.user_id);
                    }
                    if !held.ldap {
                        happened.push((Happening::TakenOver, person.subject(held.id, held.grant())));
                        kept.push(held.id);
                    }
                }
            }
        }
        delete_rows(self.ctx, self.tx, &Happening::Destroyed, &gone).await?;
        self.take_over(&kept).await?;
        self.change(&changed).await?;
        journal::record_each(self.ctx, self.tx, &self.facts.scene(), &happened).await?;
        report.removed = gone.len();
        report.changed = happened.len();
        Ok(())
    }

    /// Whether somebody counts as an owner by another row than these.
    async fn is_owned_besides(&self, rows: &[Row]) -> Result<bool> {
        let mut sql = self.tx.conn().sql();
        let these = sql.any_of("o.id", rows.iter().map(|row| row.held.id.0));
        let group = sql.bind(self.facts.standing.source().id());
        let owned = hierarchy::live_owner(sql.dialect(), &group, &format!("NOT ({these})"));
        sql.push(format!(
            "SELECT COUNT(*) FROM namespaces n WHERE n.id = {group} AND {owned}"
        ));
        Ok(sql.number().await? > 0)
    }

    async fn take_over(&self, rows: &[MemberId]) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut sql = self.tx.conn().sql();
        let (now, which) = (sql.bind(self.tx.now()), sql.any_of("id", rows.iter().map(|id| id.0)));
        sql.push(format!(
            "UPDATE members SET ldap = TRUE, updated_at = {now} WHERE {which}"
        ));
        sql.run().await?;
        Ok(())
    }

    async fn change(&self, rows: &[(&Row, Wish)]) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut cells = Vec::with_capacity(rows.len());
        for (Row { person, held, .. }, wish) in rows {
            // Who had no seat by this row, though not waiting, is as good as new.
            let is_seated = held.live && held.level > AccessLevel::MinimalAccess;
            let state = if is_seated || held.state == MemberState::Awaiting {
                held.state
            } else {
                first_state(self.ctx, &self.facts, person, Some(held.id)).await?
            };
            cells.push(wish.cells(held.id.0, state));
        }
        let mut sql = self.tx.conn().sql();
        let (now, given) = (sql.bind(self.tx.now()), sql.table(&CELLS, &cells));
        sql.push(format!(
            "UPDATE members SET access_level = g.level, member_role_id = g.role, state = g.state, expires_at = NULL, ldap = TRUE,
                    updated_at = {now}
               FROM {given} AS g WHERE members.id = g.id"
        ));
        sql.run().await?;
        Ok(())
    }

    /// Makes members of those who have no row, or only ask for one. Where seats are counted, one after the other: each may take the last.
    async fn add(&self, newcomers: &[(Person, Wish)]) -> Result<()> {
        let batch = if self.facts.seat_cap.is_some() { 1 } else { BATCH };
        for newcomers in newcomers.chunks(batch) {
            let (mut new, mut asking) = (Vec::new(), Vec::new());
            for (person, wish) in newcomers {
                let held = person.held();
                let state = first_state(self.ctx, &self.facts, person, held.as_ref().map(|held| held.id)).await?;
                match held {
                    None => new.push(wish.cells(person.user_id.0, state)),
                    Some(held) => asking.push(wish.cells(held.id.0, state)),
                }
            }
            let mut rows = self.insert(&new).await?;
            rows.extend(self.raise(&asking).await?);
            let happened: Vec<_> = newcomers
                .iter()
                .filter_map(|(person, wish)| {
                    let row = *rows.get(&person.user_id)?;
                    Some((Happening::Created, person.subject(row, wish.grant())))
                })
                .collect();
            journal::record_each(self.ctx, self.tx, &self.facts.scene(), &happened).await?;
        }
        Ok(())
    }

    async fn insert(&self, cells: &[Vec<Option<i64>>]) -> Result<HashMap<UserId, MemberId>> {
        if cells.is_empty() {
            return Ok(HashMap::new());
        }
        let mut sql = self.tx.conn().sql();
        let (now, given) = (sql.bind(self.tx.now()), sql.table(&CELLS, cells));
        let group = sql.bind(self.facts.standing.source().id());
        sql.push(format!(
            "INSERT INTO members (source_kind, source_id, user_id, access_level, state, member_role_id, ldap, override, created_at, updated_at,
                                  send_count, reminders_sent)
             SELECT 1, {group}, g.id, g.level, g.state, g.role, TRUE, FALSE, {now}, {now}, 0, 0 FROM {given} AS g ORDER BY g.id
             RETURNING id, user_id"
        ));
        Ok(numbers(sql.all().await?))
    }

    async fn raise(&self, cells: &[Vec<Option<i64>>]) -> Result<HashMap<UserId, MemberId>> {
        if cells.is_empty() {
            return Ok(HashMap::new());
        }
        let mut sql = self.tx.conn().sql();
        let (now, given) = (sql.bind(self.tx.now()), sql.table(&CELLS, cells));
        sql.push(format!(
            "UPDATE members SET access_level = g.level, member_role_id = g.role, state = g.state, expires_at = NULL, ldap = TRUE,
                    requested_at = NULL, created_by_id = NULL, updated_at = {now}
               FROM {given} AS g WHERE members.id = g.id
             RETURNING members.id, members.user_id"
        ));
        Ok(numbers(sql.all().await?))
    }
}

/// The columns of [`Wish::cells`].
const CELLS: [&str; 4] = ["id", "level", "role", "state"];

#[derive(FromQueryResult)]
struct Made {
    id: MemberId,
    user_id: UserId,
}

fn numbers(rows: Vec<Made>) -> HashMap<UserId, MemberId> {
    rows.into_iter().map(|made| (made.user_id, made.id)).collect()
}

impl Wish {
    fn grant(&self) -> Grant {
        Grant {
            level: self.level,
            role: self.role.clone(),
            expires_at: None,
        }
    }

    fn cells(&self, id: i64, state: MemberState) -> Vec<Option<i64>> {
        vec![
            Some(id),
            Some(i64::from(self.level.number())),
            self.role.as_ref().map(|(id, _)| id.0),
            Some(state as i64),
        ]
    }
}

impl Row {
    fn present(&self, facts: &Facts) -> Present {
        let Self { person, held, wanted } = self;
        let is_person = matches!(person.user_type, UserType::Human | UserType::Ghost);
        Present {
            level: held.level,
            role: held.role.clone(),
            ends: held.expires_at.is_some(),
            ended: held.expires_at.is_some_and(|day| day <= facts.today),
            ldap: held.ldap,
            overridden: held.overridden,
            may_own: is_person && held.state == MemberState::Active,
            wanted: wanted.clone(),
        }
    }
}
