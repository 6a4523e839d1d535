//! What one may do in a group, as the graph shows it.

use crate::domain::Actor;
use crate::domain::standing::Group;
use crate::types::AccessLevel;

/// What one may do in a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Abilities {
    /// See it.
    pub read: bool,
    /// Change its settings, remove it.
    pub administer: bool,
    /// Make projects in it.
    pub create: bool,
}

/// What the actor may do in a group; nothing in one that the actor does not see.
pub fn abilities(actor: &Actor, group: Option<&Group>) -> Abilities {
    group.map_or_else(Abilities::default, |group| Abilities {
        read: true,
        administer: group.owned_by(actor),
        create: group.acting_level(actor) >= AccessLevel::Developer,
    })
}
