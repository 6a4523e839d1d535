//! Who may do what: pure functions over facts. They read nothing, and answer with a reason.
//!
//! A right is needed first, for whoever has none is told nothing else; then anything that forbids it beats every right.

mod access_requests;
mod invitations;
mod ldap;
mod members;
mod reason;
mod shares;

pub use access_requests::{Asking, approve, ask, deny};
pub use invitations::{invite, update_invitation};
pub use ldap::administer_links;
pub use members::{Hand, Place, Target, add, give, give_role, manage, remove, set_override, update};
pub use reason::{Code, Reason, Refusal, Verdict};
pub use shares::{Ends, administer_shares, share, share_with, unshare};
