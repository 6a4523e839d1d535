//! Who takes a seat in a top-level group.

mod list;
mod memberships;
mod remove;

use super::route::Endpoint;

/// The calls about seats.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let [own, invited] = memberships::endpoints();
    vec![list::endpoint(), own, invited, remove::endpoint()]
}

const GROUP: &str = "Number or full path of a top-level group, `/` written `%2F`.";
const USER: &str = "Number of the user.";
