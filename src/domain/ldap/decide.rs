//! What becomes of the rows of those whom a directory knows: pure.

use std::collections::HashMap;

use crate::types::{AccessLevel, MemberRoleId};

/// What somebody is to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wish {
    pub(super) level: AccessLevel,
    /// The custom role and its name.
    pub(super) role: Option<(MemberRoleId, String)>,
}

/// Whether the directory names somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// No link does.
    No,
    /// Yes, at a level that the group cannot give.
    Unfit,
    /// Yes.
    Yes(Wish),
}

/// The row of somebody who is known to the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(super) struct Present {
    pub(super) level: AccessLevel,
    pub(super) role: Option<(MemberRoleId, String)>,
    /// Whether it has a last day.
    pub(super) ends: bool,
    /// Whether that is over.
    pub(super) ended: bool,
    pub(super) ldap: bool,
    pub(super) overridden: bool,
    /// Whether the user counts as an owner by an owner's row: people do who do not wait.
    pub(super) may_own: bool,
    pub(super) wanted: Wanted,
}

/// What becomes of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It stays as it is, and is the directory's from now on.
    Keep,
    /// It gives this from now on, without an end.
    Change(Wish),
    /// It goes.
    Remove,
    /// It would go or give less, but the group would have no owner.
    Spare,
}

/// What each link that names somebody gives, by the normal form of the distinguished name: the highest level; among equals the oldest link.
pub(super) fn wishes<'a>(links: impl IntoIterator<Item = (Wish, &'a [String])>) -> HashMap<&'a str, Wish> {
    let mut wishes: HashMap<&str, Wish> = HashMap::new();
    for (wish, people) in links {
        for person in people {
            match wishes.get(person.as_str()) {
                Some(better) if better.level >= wish.level => {}
                _ => drop(wishes.insert(person, wish.clone())),
            }
        }
    }
    wishes
}

/// What somebody gets who is wished for, where the highest row above gives `inherited`: never less than that.
pub(super) fn at_least(wish: Wish, inherited: Option<(AccessLevel, Option<(MemberRoleId, String)>)>) -> Wish {
    match inherited {
        Some((level, role)) if level > wish.level => Wish { level, role },
        _ => wish,
    }
}

/// What becomes of each row, one after the other. `owned_otherwise`: somebody else counts as an owner whom the directory does not touch.
pub(super) fn decide(rows: &[Present], owned_otherwise: bool) -> Vec<Verdict> {
    let mut owners = rows.iter().filter(|row| row.owns()).count();
    let mut verdicts = Vec::with_capacity(rows.len());
    for row in rows {
        let others = owners - usize::from(row.owns());
        let verdict = row.verdict();
        let is_needed = row.may_own && row.level == AccessLevel::Owner && others == 0 && !owned_otherwise;
        let verdict = match verdict {
            Verdict::Remove if is_needed => Verdict::Spare,
            Verdict::Change(wish) if is_needed && wish.level < AccessLevel::Owner => Verdict::Spare,
            verdict => verdict,
        };
        let owns = match &verdict {
            Verdict::Keep | Verdict::Spare => row.owns(),
            Verdict::Change(wish) => row.may_own && wish.level == AccessLevel::Owner,
            Verdict::Remove => false,
        };
        owners = others + usize::from(owns);
        verdicts.push(verdict);
    }
    verdicts
}

impl Present {
    /// Counts as an owner.
    fn owns(&self) -> bool {
        self.may_own && self.level == AccessLevel::Owner && !self.ended
    }

    fn verdict(&self) -> Verdict {
        match &self.wanted {
            Wanted::No => Verdict::Remove,
            Wanted::Unfit => Verdict::Keep,
            Wanted::Yes(_) if self.overridden => Verdict::Keep,
            Wanted::Yes(wish) if wish.level == self.level && wish.role == self.role && !self.ends => Verdict::Keep,
            Wanted::Yes(wish) => Verdict::Change(wish.clone()),
        }
    }
}

#[cfg(test)]
mod tests;
