//! Users, from the few fields that everybody sees to what administrators see.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::Time;
use crate::domain::users::{self, Details};

/// A user, as in lists.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::rest) struct BasicUser {
    #[schema(example = 42)]
    id: i64,
    #[schema(example = "ann")]
    username: String,
    /// The address that everybody may see.
    public_email: Option<String>,
    #[schema(example = "Ann Ash")]
    name: String,
    /// `active`, `blocked`, `ldap_blocked`, `banned`, `deactivated` or `blocked_pending_approval`.
    #[schema(example = "active")]
    state: &'static str,
    /// Whether failed log-ins have locked the account.
    locked: bool,
    avatar_url: Option<String>,
    #[schema(example = "https://roster.example/ann")]
    web_url: String,
}

/// A user.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::rest) struct User {
    #[serde(flatten)]
    basic: BasicUser,
    created_at: Time,
    bio: &'static str,
    location: &'static str,
    linkedin: &'static str,
    twitter: &'static str,
    discord: &'static str,
    website_url: &'static str,
    github: &'static str,
    job_title: &'static str,
    pronouns: Option<String>,
    organization: &'static str,
    /// Whether no person is behind the account.
    bot: bool,
    work_information: Option<String>,
    followers: u32,
    following: u32,
    is_followed: bool,
    local_time: Option<String>,
}

/// The signed-in user.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "each is a field of the API")]
pub(in crate::rest) struct OwnUser {
    #[serde(flatten)]
    user: User,
    last_sign_in_at: Option<Time>,
    confirmed_at: Time,
    last_activity_on: Option<NaiveDate>,
    #[schema(example = "ann@acme.example")]
    email: Option<String>,
    theme_id: Option<u32>,
    color_scheme_id: u32,
    projects_limit: u32,
    current_sign_in_at: Option<Time>,
    identities: Vec<Identity>,
    can_create_group: bool,
    can_create_project: bool,
    two_factor_enabled: bool,
    external: bool,
    private_profile: bool,
    commit_email: Option<String>,
    preferred_language: &'static str,
    scim_identities: Vec<Identity>,
}

/// How a user is known elsewhere.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::rest) struct Identity {
    #[schema(example = "group_saml")]
    provider: String,
    extern_uid: String,
    saml_provider_id: Option<i64>,
}

/// A user, as administrators see one.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::rest) struct AdminUser {
    #[serde(flatten)]
    own: OwnUser,
    is_admin: bool,
    note: Option<String>,
    /// Number of the personal namespace.
    namespace_id: i64,
    created_by: Option<BasicUser>,
    using_license_seat: bool,
    is_auditor: bool,
    provisioned_by_group_id: Option<i64>,
    /// The top-level group that the account belongs to.
    enterprise_group_id: Option<i64>,
    enterprise_group_associated_at: Option<Time>,
}

/// A user in full, as administrators see one.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::rest) struct UserDetail {
    #[serde(flatten)]
    user: AdminUser,
    /// The highest level of any membership, 0 for none.
    highest_role: i32,
    current_sign_in_ip: Option<String>,
    last_sign_in_ip: Option<String>,
    sign_in_count: u32,
}

impl BasicUser {
    pub(in crate::rest) fn new(user: users::User, external_url: &str) -> Self {
        Self {
            id: user.id.0,
            web_url: format!("{external_url}/{}", user.username),
            username: user.username,
            public_email: user.public_email,
            name: user.name,
            state: user.state.as_str(),
            locked: false,
            avatar_url: None,
        }
    }
}

impl User {
    pub(in crate::rest) fn new(user: users::User, external_url: &str) -> Self {
        Self {
            created_at: user.created_at.into(),
            bio: "",
            location: "",
            linkedin: "",
            twitter: "",
            discord: "",
            website_url: "",
            github: "",
            job_title: "",
            pronouns: None,
            organization: "",
            bot: user.user_type.is_bot(),
            work_information: None,
            followers: 0,
            following: 0,
            is_followed: false,
            local_time: None,
            basic: BasicUser::new(user, external_url),
        }
    }
}

impl OwnUser {
    pub(in crate::rest) fn new(details: Details, external_url: &str) -> Self {
        let user = details.user;
        Self {
            last_sign_in_at: user.last_sign_in_at.map(Time),
            confirmed_at: user.created_at.into(),
            last_activity_on: user.last_activity_on,
            email: user.email.clone(),
            theme_id: None,
            color_scheme_id: 1,
            projects_limit: 100_000,
            current_sign_in_at: user.last_sign_in_at.map(Time),
            identities: details.identities.into_iter().map(Identity::from).collect(),
            can_create_group: !user.external,
            can_create_project: true,
            two_factor_enabled: false,
            external: user.external,
            private_profile: false,
            commit_email: user.email.clone(),
            preferred_language: "en",
            scim_identities: Vec::new(),
            user: User::new(user, external_url),
        }
    }
}

impl AdminUser {
    pub(in crate::rest) fn new(mut details: Details, external_url: &str) -> Self {
        let created_by = details.created_by.take();
        Self {
            is_admin: details.user.admin,
            note: details.note.take(),
            namespace_id: details.namespace_id.0,
            created_by: created_by.map(|user| BasicUser::new(user, external_url)),
            using_license_seat: details.using_license_seat,
            is_auditor: false,
            provisioned_by_group_id: None,
            enterprise_group_id: details.user.enterprise_group_id.map(|id| id.0),
            enterprise_group_associated_at: details.user.enterprise_group_id.map(|_| details.user.created_at.into()),
            own: OwnUser::new(details, external_url),
        }
    }
}

impl UserDetail {
    pub(in crate::rest) fn new(details: Details, external_url: &str) -> Self {
        Self {
            highest_role: details.highest_role.number(),
            current_sign_in_ip: None,
            last_sign_in_ip: None,
            sign_in_count: 0,
            user: AdminUser::new(details, external_url),
        }
    }
}

impl From<users::Identity> for Identity {
    fn from(identity: users::Identity) -> Self {
        Self {
            provider: identity.provider,
            extern_uid: identity.extern_uid,
            saml_provider_id: identity.saml_provider_id,
        }
    }
}
