//! Several rows can make one user a member: which of them is shown, and with which level.
//!
//! Pure: rows and ways in, one entry out. The tie rules are GitLab's, as `members/all` shows them.

use std::cmp::{Ordering, Reverse};

use chrono::{DateTime, NaiveDate, Utc};

use super::Ignored;
use super::ways::Way;
use crate::types::{AccessLevel, MemberRoleId, MemberState};

/// Whether a row is a membership at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    /// In force or waiting.
    Live,
    /// It has ended.
    Ended,
    /// It only asks for access.
    Requested,
}

/// What the choice looks at: one row, by one way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate<'a> {
    pub(super) way: &'a Way,
    pub(super) id: i64,
    pub(super) row_level: AccessLevel,
    pub(super) row_role: Option<MemberRoleId>,
    pub(super) life: Life,
    pub(super) state: MemberState,
    pub(super) expires_at: Option<NaiveDate>,
    pub(super) created_at: DateTime<Utc>,
}

impl Candidate<'_> {
    /// The level that the row has by this way.
    pub(super) fn level(&self) -> AccessLevel {
        self.way
            .link
            .as_ref()
            .map_or(self.row_level, |link| link.cap.min(self.row_level))
    }

    /// Why the row gives nothing by this way. What lies with the row is told before what lies with the link.
    pub(super) fn fault(&self) -> Option<Ignored> {
        match self.life {
            Life::Requested => return Some(Ignored::AccessRequest),
            Life::Ended => return Some(Ignored::Expired),
            Life::Live => {}
        }
        match &self.way.link {
            _ if self.state == MemberState::Awaiting => Some(Ignored::Awaiting),
            _ if !self.row_level.grants() => Some(Ignored::MinimalAccess),
            Some(link) if link.ended => Some(Ignored::ShareExpired),
            Some(link) if link.locked => Some(Ignored::ShareLocked),
            _ => None,
        }
    }

    /// What the row gives by this way.
    fn gives(&self) -> AccessLevel {
        match self.fault() {
            Some(_) => AccessLevel::NoAccess,
            None => self.level(),
        }
    }

    /// The custom role that is shown: that of whichever of row and link is lower; of equal ones none when the link has none.
    pub(super) fn role(&self) -> ShownRole {
        let Some(link) = &self.way.link else {
            return ShownRole::OfRow;
        };
        if self.way.tier == 3 {
            return ShownRole::None;
        }
        match self.row_level.cmp(&link.cap) {
            Ordering::Greater => ShownRole::OfLink,
            Ordering::Equal if link.role.is_none() => ShownRole::None,
            Ordering::Less | Ordering::Equal => ShownRole::OfRow,
        }
    }

    fn shown_role_id(&self) -> Option<MemberRoleId> {
        match self.role() {
            ShownRole::OfRow => self.row_role,
            ShownRole::OfLink => self
                .way
                .link
                .as_ref()
                .and_then(|link| link.role.as_ref())
                .map(|role| role.id),
            ShownRole::None => None,
        }
    }

    /// Whether this one is shown before `other`: `Less` when it is.
    pub(super) fn rank(&self, other: &Self) -> Ordering {
        let key = |candidate: &Self| {
            let role = candidate.shown_role_id();
            (
                candidate.way.tier,
                candidate.state == MemberState::Awaiting,
                Reverse(candidate.level()),
                !candidate.way.own,
                (role.is_none(), role),
                (candidate.expires_at.is_some(), Reverse(candidate.expires_at)),
                candidate.created_at,
                candidate.id,
            )
        };
        key(self).cmp(&key(other))
    }
}

/// Where the custom role of an entry comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ShownRole {
    OfRow,
    OfLink,
    None,
}

/// The level that all ways together give: the G-level or P-level of the contract.
pub(super) fn given(candidates: &[Candidate<'_>]) -> AccessLevel {
    let levels = candidates.iter().map(Candidate::gives);
    levels.max().unwrap_or(AccessLevel::NoAccess)
}

/// The entry of one user: the place of the winner among `candidates`, and the level shown. `None` when no candidate is listed.
///
/// `effective` is for lists of projects: the level is then the highest that any way gives, whichever row is shown.
pub(super) fn choose(candidates: &[Candidate<'_>], effective: bool) -> Option<(usize, AccessLevel)> {
    let (index, winner) = candidates
        .iter()
        .enumerate()
        .filter(|(_, candidate)| candidate.way.listed)
        .min_by(|(_, a), (_, b)| a.rank(b))?;
    if !effective {
        return Some((index, winner.level()));
    }
    let locked = winner.way.link.as_ref().is_some_and(|link| link.locked);
    let level = match given(candidates) {
        AccessLevel::NoAccess if locked => AccessLevel::NoAccess,
        AccessLevel::NoAccess => winner.row_level,
        given => given,
    };
    Some((index, level))
}
