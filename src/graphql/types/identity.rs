//! How users are known at the identity providers of groups.

use async_graphql::{ID, SimpleObject};

use crate::domain::members::SamlIdentity;

/// How a user is known at the SAML provider of a group. Seen by owners of the group and administrators.
#[derive(Clone, Debug, PartialEq, Eq, SimpleObject)]
pub struct GroupSamlIdentity {
    /// The kind of provider: `group_saml`.
    pub provider: &'static str,
    /// The subject: the name that the provider has for the user.
    pub extern_uid: String,
    /// The number of the group's provider.
    pub saml_provider_id: ID,
}

/// How a user is known by SCIM in a group. Seen by owners of the group and administrators.
#[derive(Clone, Debug, PartialEq, Eq, SimpleObject)]
pub struct GroupScimIdentity {
    /// The name that the provider has for the user.
    pub extern_uid: String,
    /// Global id of the group.
    pub group_id: ID,
    /// Whether the provider lets the user in.
    pub active: bool,
}

impl From<SamlIdentity> for GroupSamlIdentity {
    fn from(identity: SamlIdentity) -> Self {
        Self {
            provider: SamlIdentity::PROVIDER,
            extern_uid: identity.extern_uid,
            saml_provider_id: identity.saml_provider_id.into(),
        }
    }
}
