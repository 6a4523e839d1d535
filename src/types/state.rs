//! The small closed sets: states, kinds, visibilities.

use sea_orm::entity::prelude::*;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, EnumIter, DeriveActiveEnum)]
        #[sea_orm(rs_type = "String", db_type = "Text")]
        pub enum $name {
            $($(#[$vdoc])* #[sea_orm(string_value = $word)] $variant,)+
        }

        impl $name {
            /// Every value.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word that stands for it in JSON and in the database.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// The value of a word.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == word)
            }
        }
    };
}

words! {
    /// Who may see a group or project without a role in it; narrowest first.
    Visibility {
        /// Members only.
        Private = "private",
        /// Every signed-in user but external ones.
        Internal = "internal",
        /// Everybody.
        Public = "public",
    }
}

words! {
    /// Whether an account may be used.
    UserState {
        /// In use.
        Active = "active",
        /// Blocked by an administrator.
        Blocked = "blocked",
        /// Blocked by the directory.
        LdapBlocked = "ldap_blocked",
        /// Banned.
        Banned = "banned",
        /// Asleep until the next log-in.
        Deactivated = "deactivated",
        /// Signed up, not let in yet.
        BlockedPendingApproval = "blocked_pending_approval",
    }
}

words! {
    /// What kind of account it is.
    UserType {
        /// A person.
        Human = "human",
        /// The user behind a project access token.
        ProjectBot = "project_bot",
        /// The user behind a group access token.
        GroupBot = "group_bot",
        /// A service account.
        ServiceAccount = "service_account",
        /// The stand-in for deleted users.
        Ghost = "ghost",
    }
}

words! {
    /// What a namespace belongs to.
    NamespaceKind {
        /// A group's.
        Group = "group",
        /// A user's own.
        User = "user",
    }
}

words! {
    /// How far the synchronisation of a group with its directory is.
    SyncState {
        /// Nothing is under way.
        Ready = "ready",
        /// Asked for.
        Pending = "pending",
        /// Under way.
        Started = "started",
        /// The last one failed, and changed nobody.
        Failed = "failed",
    }
}

/// Whether a membership is in force or waits for a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "i32", db_type = "Integer")]
pub enum MemberState {
    /// 0: in force.
    #[sea_orm(num_value = 0)]
    Active,
    /// 1: waits for an owner's approval; gives nothing.
    #[sea_orm(num_value = 1)]
    Awaiting,
}

impl MemberState {
    /// `active` or `awaiting`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Awaiting => "awaiting",
        }
    }

    /// The state of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Active, Self::Awaiting]
            .into_iter()
            .find(|state| state.as_str() == word)
    }
}

impl UserState {
    /// Whether only administrators see the user in lists.
    pub const fn hidden(self) -> bool {
        matches!(self, Self::Blocked | Self::LdapBlocked | Self::Banned)
    }
}

impl UserType {
    /// Whether no person is behind it.
    pub const fn is_bot(self) -> bool {
        matches!(self, Self::ProjectBot | Self::GroupBot | Self::ServiceAccount)
    }
}
