//! Global ids: `gid://gitlab/<Model>/<number>`, with GitLab's model names, each kind a scalar of its own.

use std::fmt::Display;

use async_graphql::{ID, InputValueError, InputValueResult, Scalar, ScalarType, Value};

use crate::domain::seats::Seat;
use crate::domain::shares::Key as ShareKey;
use crate::domain::{Error, Result};
use crate::types::{
    AuditEventId, GroupId, LdapGroupLinkId, MemberId, MemberRoleId, NamespaceId, ProjectId, ShareId, SourceKind,
    TokenId, UserId,
};

/// What stands between the scheme and the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Model {
    /// `User`
    User,
    /// `Group`
    Group,
    /// `Project`
    Project,
    /// `GroupMember`
    GroupMember,
    /// `ProjectMember`
    ProjectMember,
    /// `MemberRole`
    MemberRole,
    /// `AuditEvent`
    AuditEvent,
    /// `Invitation`
    Invitation,
    /// `GroupGroupLink`
    GroupGroupLink,
    /// `ProjectGroupLink`
    ProjectGroupLink,
    /// `AccessRequest`
    AccessRequest,
    /// `BillableMember`
    BillableMember,
    /// `LdapGroupLink`
    LdapGroupLink,
    /// `PersonalAccessToken`
    PersonalAccessToken,
}

impl Model {
    const ALL: [Self; 14] = [
        Self::User,
        Self::Group,
        Self::Project,
        Self::GroupMember,
        Self::ProjectMember,
        Self::MemberRole,
        Self::AuditEvent,
        Self::Invitation,
        Self::GroupGroupLink,
        Self::ProjectGroupLink,
        Self::AccessRequest,
        Self::BillableMember,
        Self::LdapGroupLink,
        Self::PersonalAccessToken,
    ];

    const fn word(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
            Self::Project => "Project",
            Self::GroupMember => "GroupMember",
            Self::ProjectMember => "ProjectMember",
            Self::MemberRole => "MemberRole",
            Self::AuditEvent => "AuditEvent",
            Self::Invitation => "Invitation",
            Self::GroupGroupLink => "GroupGroupLink",
            Self::ProjectGroupLink => "ProjectGroupLink",
            Self::AccessRequest => "AccessRequest",
            Self::BillableMember => "BillableMember",
            Self::LdapGroupLink => "LdapGroupLink",
            Self::PersonalAccessToken => "PersonalAccessToken",
        }
    }

    /// The id of one of its things.
    pub fn id(self, number: impl Display) -> ID {
        ID(format!("gid://gitlab/{}/{number}", self.word()))
    }
}

/// What `node(id:)` takes: any thing that has a global id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GlobalId {
    /// A user.
    User(UserId),
    /// A group.
    Group(GroupId),
    /// A project.
    Project(ProjectId),
    /// A membership.
    Member(MemberKey),
    /// A custom role.
    MemberRole(MemberRoleId),
    /// An audit event.
    AuditEvent(AuditEventId),
    /// An invitation.
    Invitation(MemberId),
    /// A link that shares a group or project with a group.
    Share(ShareKey),
    /// An access request, by its row.
    AccessRequest(MemberId),
    /// The seat of a user in a top-level group.
    Seat(Seat),
    /// A link of a group with people of a directory.
    LdapGroupLink(LdapGroupLinkId),
    /// A personal access token.
    PersonalAccessToken(TokenId),
}

/// How a member is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MemberKey {
    /// By the row in a group.
    Group(MemberId),
    /// By the row in a project.
    Project(MemberId),
    /// The owner of a personal namespace in a project of it, who has no row: `ProjectMember/<project>-<user>`.
    Owner(ProjectId, UserId),
}

impl MemberKey {
    /// The global id.
    pub fn id(self) -> ID {
        match self {
            Self::Group(row) => Model::GroupMember.id(row),
            Self::Project(row) => Model::ProjectMember.id(row),
            Self::Owner(project, user) => Model::ProjectMember.id(format_args!("{project}-{user}")),
        }
    }
}

/// The global id of a link.
pub fn of_share(key: ShareKey) -> ID {
    match key.kind {
        SourceKind::Group => Model::GroupGroupLink.id(key.id),
        SourceKind::Project => Model::ProjectGroupLink.id(key.id),
    }
}

/// The global id of a seat.
pub fn of_seat((root, user): Seat) -> ID {
    Model::BillableMember.id(format_args!("{root}-{user}"))
}

impl GlobalId {
    /// Reads an id of any kind; `None` for one of a model that is not known.
    ///
    /// # Errors
    /// `Invalid` when the text has not the form of a global id.
    pub fn read(id: &ID) -> Result<Option<Self>> {
        let invalid = || Error::Invalid(format!("\"{}\" is not a valid GitLab ID", id.as_str()));
        let (word, key) = split(id).ok_or_else(invalid)?;
        let Some(model) = Model::ALL.into_iter().find(|model| model.word() == word) else {
            return Ok(None);
        };
        Self::of(model, key).map(Some).ok_or_else(invalid)
    }

    fn of(model: Model, key: &str) -> Option<Self> {
        if model == Model::ProjectMember
            && let Some((project, user)) = key.split_once('-')
        {
            let owner = MemberKey::Owner(ProjectId(number(project)?), UserId(number(user)?));
            return Some(Self::Member(owner));
        }
        if model == Model::BillableMember {
            let (root, user) = key.split_once('-')?;
            return Some(Self::Seat((NamespaceId(number(root)?), UserId(number(user)?))));
        }
        let number = number(key)?;
        Some(match model {
            Model::User => Self::User(UserId(number)),
            Model::Group => Self::Group(GroupId(number)),
            Model::Project => Self::Project(ProjectId(number)),
            Model::GroupMember => Self::Member(MemberKey::Group(MemberId(number))),
            Model::ProjectMember => Self::Member(MemberKey::Project(MemberId(number))),
            Model::MemberRole => Self::MemberRole(MemberRoleId(number)),
            Model::AuditEvent => Self::AuditEvent(AuditEventId(number)),
            Model::Invitation => Self::Invitation(MemberId(number)),
            Model::GroupGroupLink => Self::share(SourceKind::Group, number),
            Model::ProjectGroupLink => Self::share(SourceKind::Project, number),
            Model::AccessRequest => Self::AccessRequest(MemberId(number)),
            // Named by two numbers, above.
            Model::BillableMember => return None,
            Model::LdapGroupLink => Self::LdapGroupLink(LdapGroupLinkId(number)),
            Model::PersonalAccessToken => Self::PersonalAccessToken(TokenId(number)),
        })
    }

    const fn share(kind: SourceKind, number: i64) -> Self {
        let id = ShareId(number);
        Self::Share(ShareKey { kind, id })
    }
}

fn split(id: &str) -> Option<(&str, &str)> {
    let (model, key) = id.strip_prefix("gid://gitlab/")?.split_once('/')?;
    (!model.is_empty() && !key.is_empty()).then_some((model, key))
}

/// Digits only: no sign, no blank.
fn number(text: &str) -> Option<i64> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())?
}

/// The number in an `ID` of this model: its global id, or the bare number.
///
/// # Errors
/// `Invalid` for the id of another kind.
pub fn number_of(model: Model, id: &ID) -> Result<i64> {
    let found = match split(id) {
        Some((word, key)) if word == model.word() => number(key),
        Some(_) => None,
        None => number(id),
    };
    found.ok_or_else(|| {
        let word = model.word();
        Error::Invalid(format!("\"{}\" is not a valid ID for {word}ID", id.as_str()))
    })
}

macro_rules! typed_ids {
    ($($(#[$doc:meta])* $scalar:ident($inner:ty) = $name:literal, |$id:pat_param| $key:expr, $print:expr;)+) => {$(
        #[doc = concat!("The scalar `", $name, "`.")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub struct $scalar(pub $inner);

        $(#[$doc])*
        #[Scalar(name = $name)]
        impl ScalarType for $scalar {
            fn parse(value: Value) -> InputValueResult<Self> {
                let Value::String(text) = value else {
                    return Err(InputValueError::expected_type(value));
                };
                match GlobalId::read(&ID(text.clone())) {
                    Ok(Some($id)) => Ok(Self($key)),
                    _ => Err(InputValueError::custom(not_valid($name, &text))),
                }
            }

            fn to_value(&self) -> Value {
                let print: fn($inner) -> ID = $print;
                Value::String(print(self.0).0)
            }
        }
    )+

        /// Whether a scalar takes global ids of one kind.
        pub(super) fn is_typed(scalar: &str) -> bool {
            [$($name),+].contains(&scalar)
        }

        /// What is wrong with a text as one of these scalars; `None` when it is right, and for other scalars.
        pub(super) fn misread(scalar: &str, text: &str) -> Option<String> {
            let read = GlobalId::read(&ID(text.to_owned())).ok().flatten();
            let is_right = match scalar {
                $($name => {
                    let key: Option<$inner> = match read {
                        Some($id) => Some($key),
                        _ => None,
                    };
                    key.is_some()
                })+
                _ => return None,
            };
            (!is_right).then(|| not_valid(scalar, text))
        }
    };
}

fn not_valid(scalar: &str, text: &str) -> String {
    format!("\"{text}\" is not a valid ID for {scalar}")
}

typed_ids! {
    /// The global id of a user, `gid://gitlab/User/1`. An id of another kind is refused.
    UserGid(UserId) = "UserID", |GlobalId::User(id)| id, |id| Model::User.id(id);
    /// The global id of a group, `gid://gitlab/Group/1`. An id of another kind is refused.
    GroupGid(GroupId) = "GroupID", |GlobalId::Group(id)| id, |id| Model::Group.id(id);
    /// The global id of a project, `gid://gitlab/Project/1`. An id of another kind is refused.
    ProjectGid(ProjectId) = "ProjectID", |GlobalId::Project(id)| id, |id| Model::Project.id(id);
    /// The global id of a custom role, `gid://gitlab/MemberRole/1`. An id of another kind is refused.
    MemberRoleGid(MemberRoleId) = "MemberRoleID", |GlobalId::MemberRole(id)| id, |id| Model::MemberRole.id(id);
    /// The global id of a membership, `gid://gitlab/GroupMember/1` or `gid://gitlab/ProjectMember/1`. An id of another kind is refused.
    MemberGid(MemberKey) = "MemberID", |GlobalId::Member(key)| key, MemberKey::id;
    /// The global id of an invitation, `gid://gitlab/Invitation/1`. An id of another kind is refused.
    InvitationGid(MemberId) = "InvitationID", |GlobalId::Invitation(id)| id, |id| Model::Invitation.id(id);
    /// The global id of a share, `gid://gitlab/GroupGroupLink/1` or `gid://gitlab/ProjectGroupLink/1`. An id of another kind is refused.
    ShareGid(ShareKey) = "ShareID", |GlobalId::Share(key)| key, of_share;
    /// The global id of an access request, `gid://gitlab/AccessRequest/1`. An id of another kind is refused.
    AccessRequestGid(MemberId) = "AccessRequestID", |GlobalId::AccessRequest(id)| id, |id| Model::AccessRequest.id(id);
    /// The global id of a directory link, `gid://gitlab/LdapGroupLink/1`. An id of another kind is refused.
    LdapGroupLinkGid(LdapGroupLinkId) = "LdapGroupLinkID", |GlobalId::LdapGroupLink(id)| id, |id| Model::LdapGroupLink.id(id);
    /// The global id of a personal access token, `gid://gitlab/PersonalAccessToken/1`. An id of another kind is refused.
    TokenGid(TokenId) = "PersonalAccessTokenID", |GlobalId::PersonalAccessToken(id)| id, |id| Model::PersonalAccessToken.id(id);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<GlobalId> {
        GlobalId::read(&ID(text.to_owned())).ok().flatten()
    }

    #[test]
    fn every_kind_of_id_is_read_back_as_what_it_was() {
        let ids = [
            GlobalId::User(UserId(1)),
            GlobalId::Group(GroupId(2)),
            GlobalId::Project(ProjectId(3)),
            GlobalId::Member(MemberKey::Group(MemberId(4))),
            GlobalId::Member(MemberKey::Project(MemberId(5))),
            GlobalId::Member(MemberKey::Owner(ProjectId(6), UserId(7))),
            GlobalId::MemberRole(MemberRoleId(8)),
            GlobalId::AuditEvent(AuditEventId(9)),
            GlobalId::Invitation(MemberId(10)),
            GlobalId::share(SourceKind::Group, 10),
            GlobalId::share(SourceKind::Project, 10),
            GlobalId::AccessRequest(MemberId(10)),
            GlobalId::Seat((NamespaceId(10), UserId(11))),
            GlobalId::LdapGroupLink(LdapGroupLinkId(11)),
            GlobalId::PersonalAccessToken(TokenId(12)),
        ];
        for id in ids {
            let text = match id {
                GlobalId::User(id) => Model::User.id(id),
                GlobalId::Group(id) => Model::Group.id(id),
                GlobalId::Project(id) => Model::Project.id(id),
                GlobalId::Member(key) => key.id(),
                GlobalId::MemberRole(id) => Model::MemberRole.id(id),
                GlobalId::AuditEvent(id) => Model::AuditEvent.id(id),
                GlobalId::Invitation(id) => Model::Invitation.id(id),
                GlobalId::Share(key) => of_share(key),
                GlobalId::AccessRequest(id) => Model::AccessRequest.id(id),
                GlobalId::Seat(seat) => of_seat(seat),
                GlobalId::LdapGroupLink(id) => Model::LdapGroupLink.id(id),
                GlobalId::PersonalAccessToken(id) => Model::PersonalAccessToken.id(id),
            };
            assert_eq!(read(&text), Some(id), "{}", text.as_str());
        }
    }

    #[test]
    fn a_text_that_is_no_id_is_refused_and_an_unknown_model_finds_nothing() {
        for text in [
            "",
            "1",
            "gid://gitlab/Group",
            "gid://gitlab/Group/",
            "gid://gitlab/Group/-1",
            "gid://gitlab/Group/1x",
        ] {
            assert!(GlobalId::read(&ID(text.to_owned())).is_err(), "{text}");
        }
        assert!(GlobalId::read(&ID("gid://gitlab/Issue/1".to_owned())).is_ok_and(|found| found.is_none()));
    }

    #[test]
    fn a_typed_id_refuses_another_kind_by_name() {
        let parse = |text: &str| <UserGid as ScalarType>::parse(Value::String(text.to_owned()));
        assert_eq!(parse("gid://gitlab/User/7").ok(), Some(UserGid(UserId(7))));
        let refused = parse("gid://gitlab/Group/7")
            .unwrap_err()
            .into_server_error(async_graphql::Pos::default());
        assert!(
            refused
                .message
                .ends_with("\"gid://gitlab/Group/7\" is not a valid ID for UserID"),
            "{}",
            refused.message
        );
    }

    #[test]
    fn a_list_of_ids_also_takes_bare_numbers_but_no_other_kind() {
        let number = |text: &str| number_of(Model::Group, &ID(text.to_owned())).ok();
        assert_eq!(number("gid://gitlab/Group/12"), Some(12));
        assert_eq!(number("12"), Some(12));
        assert_eq!(number("gid://gitlab/User/12"), None);
        assert_eq!(number("twelve"), None);
    }
}
