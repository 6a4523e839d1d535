//! What subscribers hear: the change log of one group or project, after each commit and in its order, for whoever may list the members there.
//!
//! Followers pull: each reads its own next entries, so that a slow one costs nothing but its place in the log. What they wait for (the end of the log,
//! numbers of seats, the loss of a right) is polled once for all of a process, and only while somebody waits ([`Feed`]).

mod board;
mod feed;
mod follow;
mod log;
mod seats;
mod sight;
mod tidy;

use chrono::{DateTime, Utc};

use super::standing::Standing;
use crate::types::{AccessLevel, MemberId, NamespaceId, Source, UserId};

pub use feed::Feed;
pub use follow::{Follower, follow};
pub use seats::{SeatFollower, follow_seats};
pub use tidy::tidy;

/// What happened to a membership, an invitation or an access request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Somebody became a member.
    MemberAdded,
    /// A membership was changed.
    MemberUpdated,
    /// A membership was removed.
    MemberRemoved,
    /// A membership was removed because its time was over.
    MemberExpired,
    /// Somebody who waited was let in.
    MemberApproved,
    /// A membership was freed from the directory, or bound to it again.
    MemberOverridden,
    /// Somebody was invited.
    InvitationCreated,
    /// An invitation was changed.
    InvitationUpdated,
    /// An invitation became a membership.
    InvitationAccepted,
    /// An invitation was refused.
    InvitationDeclined,
    /// An invitation was taken back.
    InvitationRevoked,
    /// Somebody asked for access.
    AccessRequested,
    /// A request for access was denied or withdrawn.
    AccessRequestDenied,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::MemberAdded,
        Self::MemberUpdated,
        Self::MemberRemoved,
        Self::MemberExpired,
        Self::MemberApproved,
        Self::MemberOverridden,
        Self::InvitationCreated,
        Self::InvitationUpdated,
        Self::InvitationAccepted,
        Self::InvitationDeclined,
        Self::InvitationRevoked,
        Self::AccessRequested,
        Self::AccessRequestDenied,
    ];

    /// The word of the change log.
    const fn word(self) -> &'static str {
        match self {
            Self::MemberAdded => "member_added",
            Self::MemberUpdated => "member_updated",
            Self::MemberRemoved => "member_removed",
            Self::MemberExpired => "member_expired",
            Self::MemberApproved => "member_approved",
            Self::MemberOverridden => "member_overridden",
            Self::InvitationCreated => "invitation_created",
            Self::InvitationUpdated => "invitation_updated",
            Self::InvitationAccepted => "invitation_accepted",
            Self::InvitationDeclined => "invitation_declined",
            Self::InvitationRevoked => "invitation_revoked",
            Self::AccessRequested => "access_requested",
            Self::AccessRequestDenied => "access_request_denied",
        }
    }

    /// None for what happens to other things than memberships.
    fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Whether only those hear of it who administer the members: of what nobody is a member by yet.
    const fn is_private(self) -> bool {
        matches!(
            self,
            Self::InvitationCreated
                | Self::InvitationUpdated
                | Self::InvitationDeclined
                | Self::InvitationRevoked
                | Self::AccessRequested
                | Self::AccessRequestDenied
        )
    }
}

/// A place in the change log, as it was told to the follower of one group or project: everything up to it has been heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The hierarchy.
    pub root: NamespaceId,
    /// The number of the entry in it.
    pub seq: i64,
    /// What is followed.
    pub source: Source,
}

/// One thing that happened.
#[derive(Clone, Debug)]
pub struct Event {
    /// What.
    pub kind: Kind,
    /// Where to go on behind it.
    pub place: Place,
    /// When.
    pub occurred_at: DateTime<Utc>,
    /// Who did it; nobody when it was roster itself.
    pub actor: Option<UserId>,
    /// Where, as the follower sees it.
    pub home: Standing,
    /// To whom; nobody of an invitation.
    pub user: Option<UserId>,
    /// To which row.
    pub member: Option<MemberId>,
    /// The level that the row gave before.
    pub before: Option<AccessLevel>,
    /// The level that it gives since.
    pub after: Option<AccessLevel>,
}

impl Event {
    /// Whether the row is, or was, an invitation.
    pub fn is_about_an_invitation(&self) -> bool {
        let named = matches!(
            self.kind,
            Kind::InvitationCreated
                | Kind::InvitationUpdated
                | Kind::InvitationAccepted
                | Kind::InvitationDeclined
                | Kind::InvitationRevoked
        );
        named || self.user.is_none()
    }
}
