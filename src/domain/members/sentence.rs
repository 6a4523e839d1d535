//! The sentence that says why a user has a level. It names nothing but what the actor may know.

use chrono::NaiveDate;

use super::{GrantKind, Ignored};
use crate::types::AccessLevel;

/// What the sentence is made of.
pub(super) struct Facts<'a> {
    /// The user.
    pub(super) name: &'a str,
    /// The group or project.
    pub(super) place: &'a str,
    pub(super) level: AccessLevel,
    /// The user owns the namespace that the project lies in.
    pub(super) owner: bool,
    pub(super) admin: bool,
    pub(super) expires_at: Option<NaiveDate>,
    /// The one that decides first, then those that count, then the others.
    pub(super) ways: Vec<Way<'a>>,
}

/// One way that leads there. A group that may not be named is none.
pub(super) struct Way<'a> {
    pub(super) kind: GrantKind,
    /// The group that the row lies on.
    pub(super) home: Option<&'a str>,
    /// The group that is shared, or that a project is shared with.
    pub(super) joint: Option<&'a str>,
    /// The shared group is the asked one itself.
    pub(super) at_asked: bool,
    /// The row's own level, when a link lowers it.
    pub(super) lowered_from: Option<AccessLevel>,
    pub(super) ignored: Option<Ignored>,
}

const HIDDEN: &str = "a group that you may not see";

/// One English sentence.
pub(super) fn explain(facts: &Facts<'_>) -> String {
    let Facts { name, place, .. } = facts;
    let mut said = match facts.ways.first() {
        _ if facts.owner => format!("{name} has Owner access to {place} as the owner of the namespace that it lies in"),
        Some(way) if way.ignored.is_none() => has_access(facts, way),
        Some(way) => format!(
            "{name} has no access to {place}: {}{}",
            why_not(way),
            others(facts.ways.len() - 1)
        ),
        None => format!("{name} has no access to {place}: no membership leads there"),
    };
    if facts.admin {
        said.push_str("; as an administrator, ");
        said.push_str(name);
        said.push_str(" acts as an owner everywhere");
    }
    said.push('.');
    said
}

fn has_access(facts: &Facts<'_>, way: &Way<'_>) -> String {
    let access = match facts.level {
        AccessLevel::MinimalAccess => format!("Minimal Access to {}, which opens nothing,", facts.place),
        level => format!("{} access to {}", level.label(), facts.place),
    };
    let lowered = way
        .lowered_from
        .map(|row| format!(", lowered from {} by the share", row.label()));
    let until = facts.expires_at.map(|day| format!(", until {day}"));
    format!(
        "{} has {access} {}{}{}",
        facts.name,
        how(way),
        lowered.unwrap_or_default(),
        until.unwrap_or_default()
    )
}

fn how(way: &Way<'_>) -> String {
    let home = way.home.unwrap_or(HIDDEN);
    match way.kind {
        GrantKind::Direct => "by a direct membership".to_owned(),
        GrantKind::Inherited => format!("by a membership of {home}, above it"),
        GrantKind::GroupShare => format!("as a member of {home}, with which {} is shared", shared(way)),
        GrantKind::ProjectShare if way.home == way.joint => format!("as a member of {home}, with which it is shared"),
        GrantKind::ProjectShare => {
            let joint = way.joint.unwrap_or(HIDDEN);
            format!("as a member of {home} and so of {joint}, with which it is shared")
        }
        GrantKind::PersonalNamespace => "as the owner of the namespace that it lies in".to_owned(),
        GrantKind::Admin => "as an administrator".to_owned(),
    }
}

fn shared<'a>(way: &Way<'a>) -> &'a str {
    if way.at_asked {
        "it"
    } else {
        way.joint.unwrap_or("a group above it")
    }
}

fn why_not(way: &Way<'_>) -> String {
    let home = way.home.unwrap_or(HIDDEN);
    let membership = match way.kind {
        GrantKind::Direct => "the direct membership".to_owned(),
        _ => format!("the membership of {home}"),
    };
    let share = match way.kind {
        GrantKind::ProjectShare => format!("its share with {}", way.joint.unwrap_or(HIDDEN)),
        _ => format!(
            "the share of {} with {home}",
            if way.at_asked { "it" } else { shared(way) }
        ),
    };
    match way.ignored {
        Some(Ignored::Expired) => format!("{membership} has expired"),
        Some(Ignored::Awaiting) => format!("{membership} awaits approval"),
        Some(Ignored::MinimalAccess) => format!("{membership} is Minimal Access, which gives nothing here"),
        Some(Ignored::ShareExpired) => format!("{share} has expired"),
        Some(Ignored::ShareLocked) => format!("{share} is locked by its group"),
        Some(Ignored::AccessRequest) if way.kind == GrantKind::Direct => {
            "the request for access is not approved".to_owned()
        }
        Some(Ignored::AccessRequest) => format!("the request for access to {home} is not approved"),
        Some(Ignored::LowerLevel) | None => format!("{membership} gives less"),
    }
}

fn others(number: usize) -> String {
    match number {
        0 => String::new(),
        1 => ", and one other way does not count either".to_owned(),
        number => format!(", and {number} other ways do not count either"),
    }
}
