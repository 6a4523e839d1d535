//! Who may do what: pure functions over facts. They read nothing, and answer with a reason.
//!
//! A right is needed first, for whoever has none is told nothing else; then anything that forbids it beats every right.

mod access_requests;
mod accounts;
mod invitations;
mod ldap;
mod members;
mod pending;
mod places;
mod reason;
mod roles;
mod seats;
mod shares;

pub use access_requests::{Asking, approve, ask, deny};
pub use accounts::{Account, AccountReason, Act, act_towards, administer_accounts, change_account};
pub use invitations::{invite, update_invitation};
pub use ldap::administer_links;
pub use members::{Hand, Place, Target, add, give, give_role, manage, remove, set_override, update};
pub use pending::{Suspended, activate, set_active, set_awaiting};
pub use places::{
    administer_group, create_group, create_personal_project, create_project, create_subgroup, delete_project,
    update_project,
};
pub use reason::{Code, Reason, Refusal, Verdict};
pub use roles::administer_roles;
pub use seats::{Seated, administer_seats, vacate};
pub use shares::{Ends, administer_shares, share, share_with, unshare};
