//! Members of groups and projects.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::{BasicUser, MemberRole, Time};
use crate::domain::members;
use crate::types::SourceKind;

/// A member of a group or project.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::option_option, reason = "a field can be absent, or be there and null")]
#[expect(clippy::struct_field_names, reason = "the names are the API's")]
pub(in crate::rest) struct Member {
    #[serde(flatten)]
    user: BasicUser,
    /// 0, 5, 10, 15, 20, 30, 40 or 50: the effective level in `all` calls, the row's own in direct ones.
    #[schema(example = 30)]
    access_level: i32,
    created_at: Time,
    /// Absent when nobody is recorded, or when the caller may not see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    created_by: Option<BasicUser>,
    /// The day from which on the membership no longer counts.
    expires_at: Option<NaiveDate>,
    /// Only for owners of a group with SAML, on rows of that very group.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<SamlIdentity>)]
    group_saml_identity: Option<Option<SamlIdentity>>,
    /// Beside `group_saml_identity`, and always null.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    group_scim_identity: Option<()>,
    /// For administrators, and for the owners of the group that the account belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// Only with `show_seat_info=true`: whether the user counts as billable in the top-level group.
    #[serde(skip_serializing_if = "Option::is_none")]
    is_using_seat: Option<bool>,
    /// Only for rows that LDAP made.
    #[serde(rename = "override", skip_serializing_if = "Option::is_none")]
    overridden: Option<bool>,
    /// `active`, or `awaiting` a seat.
    #[schema(example = "active")]
    membership_state: &'static str,
    /// Absent without a custom role.
    #[serde(skip_serializing_if = "Option::is_none")]
    member_role: Option<MemberRole>,
}

/// How a user is known at a group's SAML provider.
#[derive(Debug, Serialize, ToSchema)]
struct SamlIdentity {
    #[schema(example = "group_saml")]
    provider: &'static str,
    extern_uid: String,
    saml_provider_id: i64,
}

impl Member {
    /// `is_using_seat` is left out unless it is known.
    pub(in crate::rest) fn new(member: members::Member, is_using_seat: Option<bool>, external_url: &str) -> Self {
        let mut user = member.user;
        let email = user.email.take();
        let by_ldap = member.ldap && member.source.kind() == SourceKind::Group;
        Self {
            user: BasicUser::new(user, external_url),
            access_level: member.access_level.number(),
            created_at: member.created_at.into(),
            created_by: member.created_by.map(|user| BasicUser::new(user, external_url)),
            expires_at: member.expires_at,
            group_scim_identity: member.saml_identity.as_ref().map(|_| ()),
            group_saml_identity: member.saml_identity.map(|identity| identity.map(SamlIdentity::from)),
            email,
            is_using_seat,
            overridden: by_ldap.then_some(member.overridden),
            membership_state: member.state.as_str(),
            member_role: member.role.map(MemberRole::from),
        }
    }
}

impl From<members::SamlIdentity> for SamlIdentity {
    fn from(identity: members::SamlIdentity) -> Self {
        Self {
            provider: members::SamlIdentity::PROVIDER,
            extern_uid: identity.extern_uid,
            saml_provider_id: identity.saml_provider_id,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::users::User;
    use crate::types::{
        self, AccessLevel, GroupId, MemberId, MemberRoleId, MemberState, NamespaceId, PERMISSIONS, Source, UserId,
        UserState, UserType,
    };

    fn user(id: i64, username: &str) -> User {
        let made = "2024-02-01T03:04:05Z".parse().unwrap();
        User {
            id: UserId(id),
            username: username.to_owned(),
            name: username.to_uppercase(),
            name_key: username.to_owned(),
            public_email: None,
            email: None,
            state: UserState::Active,
            user_type: UserType::Human,
            admin: false,
            external: false,
            enterprise_group_id: None,
            created_at: made,
            updated_at: made,
            last_sign_in_at: None,
            last_activity_on: None,
        }
    }

    fn member() -> members::Member {
        members::Member {
            id: Some(MemberId(7)),
            source: Source::Group(GroupId(3)),
            source_root: NamespaceId(3),
            relation: members::Relation::Direct,
            user: user(1, "ann"),
            access_level: AccessLevel::Developer,
            state: MemberState::Active,
            created_at: "2024-02-01T03:04:05Z".parse().unwrap(),
            updated_at: "2024-02-01T03:04:05Z".parse().unwrap(),
            expires_at: None,
            created_by: None,
            role: None,
            ldap: false,
            overridden: false,
            invite_email: None,
            saml_provider: None,
            saml_identity: None,
        }
    }

    fn json(member: members::Member, seat: Option<bool>) -> String {
        serde_json::to_string(&Member::new(member, seat, "https://roster.example")).unwrap()
    }

    #[test]
    fn a_plain_member_has_the_plain_fields_only() {
        insta::assert_snapshot!(json(member(), None), @r#"{"id":1,"username":"ann","public_email":null,"name":"ANN","state":"active","locked":false,"avatar_url":null,"web_url":"https://roster.example/ann","access_level":30,"created_at":"2024-02-01T03:04:05.000Z","expires_at":null,"membership_state":"active"}"#);
    }

    #[test]
    fn what_an_owner_may_see_comes_in_its_place() {
        let mut member = member();
        member.user.email = Some("ann@acme.example".to_owned());
        member.created_by = Some(user(2, "bob"));
        member.expires_at = Some("2030-01-02".parse().unwrap());
        member.saml_identity = Some(None);
        member.ldap = true;
        member.state = MemberState::Awaiting;
        insta::assert_snapshot!(json(member, Some(true)), @r#"{"id":1,"username":"ann","public_email":null,"name":"ANN","state":"active","locked":false,"avatar_url":null,"web_url":"https://roster.example/ann","access_level":30,"created_at":"2024-02-01T03:04:05.000Z","created_by":{"id":2,"username":"bob","public_email":null,"name":"BOB","state":"active","locked":false,"avatar_url":null,"web_url":"https://roster.example/bob"},"expires_at":"2030-01-02","group_saml_identity":null,"group_scim_identity":null,"email":"ann@acme.example","is_using_seat":true,"override":false,"membership_state":"awaiting"}"#);
    }

    #[test]
    fn a_custom_role_says_of_every_permission_whether_it_is_held() {
        let mut member = member();
        member.role = Some(members::Role {
            id: MemberRoleId(5),
            group_id: GroupId(3),
            name: "Reader".to_owned(),
            description: None,
            base_access_level: AccessLevel::Guest,
            permissions: types::Permissions(vec!["read_code".to_owned()]),
            created_at: "2024-02-01T03:04:05Z".parse().unwrap(),
        });
        let value: serde_json::Value = serde_json::from_str(&json(member, None)).unwrap();
        let role = value["member_role"].as_object().unwrap();
        assert_eq!(role.len(), 5 + PERMISSIONS.len());
        let held: Vec<_> = role
            .iter()
            .filter(|(_, value)| **value == true)
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(held, ["read_code"]);
    }

    #[test]
    fn a_saml_identity_names_its_provider() {
        let mut member = member();
        member.saml_identity = Some(Some(members::SamlIdentity {
            extern_uid: "ann@idp".to_owned(),
            saml_provider_id: 9,
        }));
        assert!(json(member, None).contains(
            r#""group_saml_identity":{"provider":"group_saml","extern_uid":"ann@idp","saml_provider_id":9},"group_scim_identity":null"#
        ));
    }
}
