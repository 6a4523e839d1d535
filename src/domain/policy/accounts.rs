//! What administrators may do to accounts, by GitLab's order and words.

use super::reason::{Code, Reason, Refusal, Verdict, deny_if, need};
use crate::types::{UserState, UserType};

/// What can be done to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    /// It may be used no more.
    Block,
    /// It may be used again.
    Unblock,
    /// It may be used no more, and its owner is not wanted back.
    Ban,
    /// The ban is over.
    Unban,
    /// It is awake again.
    Activate,
    /// It sleeps until the next log-in.
    Deactivate,
}

/// An account that something is to be done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    /// Whether it may be used.
    pub state: UserState,
    /// What kind of account it is.
    pub user_type: UserType,
    /// Whether it is the actor's own.
    pub is_self: bool,
    /// Whether it was used in the last ninety days.
    pub active_lately: bool,
}

/// Why something is not done to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccountReason {
    /// The directory blocked it, and decides.
    OfDirectory(Act),
    /// It sleeps, and is woken by other means.
    Asleep,
    /// Nobody shuts oneself out.
    Own(Act),
    /// It belongs to the product itself.
    Internal(Act),
    /// Only active accounts are banned, and only banned ones are unbanned.
    WrongState(Act, UserState),
    /// It is blocked, by whomever.
    Blocked(Act),
    /// It was used in the last ninety days.
    ActiveLately,
    /// It is shut already in a way that has to end first.
    ShutAlready,
    /// No administrator gives that state.
    NotByHand,
}

/// Administering accounts: administrators.
pub fn administer_accounts(admin: bool) -> Verdict {
    need(admin)
}

/// The state that an account gets by it; none when it stays as it is.
pub fn change_account(account: &Account, act: Act) -> Result<Option<UserState>, Refusal> {
    use AccountReason as Why;
    use UserState as State;
    let refuse_if = |fact: bool, why: AccountReason| deny_if(fact, Reason::Account(why));
    let state = account.state;
    let is_internal = account.user_type == UserType::Ghost;
    let is_blocked = !matches!(state, State::Active | State::Deactivated);
    let becomes = match act {
        Act::Block => {
            refuse_if(state == State::LdapBlocked, Why::OfDirectory(act))?;
            refuse_if(account.is_self, Why::Own(act))?;
            refuse_if(!is_blocked && is_internal, Why::Internal(act))?;
            if is_blocked { state } else { State::Blocked }
        }
        Act::Unblock => {
            refuse_if(state == State::LdapBlocked, Why::OfDirectory(act))?;
            refuse_if(state == State::Deactivated, Why::Asleep)?;
            if state == State::Banned { state } else { State::Active }
        }
        Act::Ban => {
            refuse_if(state != State::Active, Why::WrongState(act, state))?;
            refuse_if(account.is_self, Why::Own(act))?;
            refuse_if(is_internal, Why::Internal(act))?;
            State::Banned
        }
        Act::Unban => {
            refuse_if(state != State::Banned, Why::WrongState(act, state))?;
            State::Active
        }
        Act::Activate => {
            refuse_if(is_blocked, Why::Blocked(act))?;
            State::Active
        }
        Act::Deactivate => {
            let is_awake = state != State::Deactivated;
            refuse_if(is_blocked, Why::Blocked(act))?;
            refuse_if(is_awake && is_internal, Why::Internal(act))?;
            refuse_if(is_awake && account.is_self, Why::Own(act))?;
            refuse_if(is_awake && account.active_lately, Why::ActiveLately)?;
            State::Deactivated
        }
    };
    Ok((becomes != state).then_some(becomes))
}

/// What has to be done to an account so that it gets a state.
pub fn act_towards(present: UserState, wanted: UserState) -> Result<Act, Refusal> {
    match (wanted, present) {
        (UserState::Active, UserState::Banned) => Ok(Act::Unban),
        (UserState::Active, UserState::Deactivated) => Ok(Act::Activate),
        (UserState::Active, _) => Ok(Act::Unblock),
        (UserState::Blocked, _) => Ok(Act::Block),
        (UserState::Banned, _) => Ok(Act::Ban),
        (UserState::Deactivated, _) => Ok(Act::Deactivate),
        (UserState::LdapBlocked | UserState::BlockedPendingApproval, _) => {
            Err(Refusal::Because(Reason::Account(AccountReason::NotByHand)))
        }
    }
}

impl AccountReason {
    /// The code for programs.
    pub const fn code(self) -> Code {
        match self {
            Self::NotByHand => Code::Invalid,
            _ => Code::Forbidden,
        }
    }

    /// The text for people: GitLab's where it has one.
    pub const fn text(self) -> &'static str {
        match self {
            Self::OfDirectory(Act::Unblock) => "LDAP blocked users cannot be unblocked by the API",
            Self::OfDirectory(_) => "LDAP blocked users cannot be modified by the API",
            Self::Asleep => "Deactivated users cannot be unblocked by the API",
            Self::Own(Act::Ban) => "The API initiating user cannot be banned by the API",
            Self::Own(Act::Deactivate) => "The API initiating user cannot be deactivated by the API",
            Self::Own(_) => "The API initiating user cannot be blocked by the API",
            Self::Internal(Act::Deactivate) => "Internal users cannot be deactivated",
            Self::Internal(Act::Ban) => "An internal user cannot be banned",
            Self::Internal(_) => "An internal user cannot be blocked",
            Self::WrongState(Act::Unban, state) => cannot_unban(state),
            Self::WrongState(_, state) => cannot_ban(state),
            Self::Blocked(Act::Deactivate) => "Error occurred. A blocked user cannot be deactivated",
            Self::Blocked(_) => "Error occurred. A blocked user must be unblocked to be activated",
            Self::ActiveLately => {
                "The user you are trying to deactivate has been active in the past 90 days and cannot be deactivated"
            }
            Self::ShutAlready => "The account is shut in another way, which has to end first",
            Self::NotByHand => "Only the directory, or signing up, gives an account this state",
        }
    }

    /// Whether it is said of the call rather than of the account.
    pub const fn is_of_the_call(self) -> bool {
        matches!(self, Self::OfDirectory(_) | Self::Asleep | Self::Own(_))
    }
}

const fn cannot_ban(state: UserState) -> &'static str {
    match state {
        UserState::Active => "You cannot ban active users.",
        UserState::Blocked => "You cannot ban blocked users.",
        UserState::LdapBlocked => "You cannot ban ldap_blocked users.",
        UserState::Banned => "You cannot ban banned users.",
        UserState::Deactivated => "You cannot ban deactivated users.",
        UserState::BlockedPendingApproval => "You cannot ban blocked_pending_approval users.",
    }
}

const fn cannot_unban(state: UserState) -> &'static str {
    match state {
        UserState::Active => "You cannot unban active users.",
        UserState::Blocked => "You cannot unban blocked users.",
        UserState::LdapBlocked => "You cannot unban ldap_blocked users.",
        UserState::Banned => "You cannot unban banned users.",
        UserState::Deactivated => "You cannot unban deactivated users.",
        UserState::BlockedPendingApproval => "You cannot unban blocked_pending_approval users.",
    }
}
