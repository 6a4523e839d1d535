//! Making custom roles.

use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ActiveModelTrait as _, DbErr, FromQueryResult, SqlErr};

use super::Role;
use crate::domain::journal::{self, RoleHappening};
use crate::domain::members::Problem;
use crate::domain::members::facts::{Facts, seen};
use crate::domain::policy::{self, Code};
use crate::domain::standing::Name;
use crate::domain::{Ctx, Error, Result};
use crate::entity::member_role;
use crate::types::{AccessLevel, GroupId, Permissions, SourceKind, fold};

/// As many as a hierarchy may have.
pub const MOST: i64 = 10;

/// As many characters as a name or a description may have.
const LONGEST: usize = 255;

/// A custom role that is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRole {
    /// The name; blank or none: that of the level it builds on, `Guest - custom`.
    pub name: Option<String>,
    /// Free text.
    pub description: Option<String>,
    /// The level that it builds on.
    pub base_access_level: AccessLevel,
    /// What it adds.
    pub permissions: Permissions,
}

/// Makes a custom role of a top-level group.
///
/// # Errors
/// `NotFound` for the group; `Forbidden` for others than its owners; `Items` with everything that is wrong with the role.
pub async fn create(ctx: &Ctx, group: &Name, new: &NewRole) -> Result<Role> {
    let (source, lock) = seen(ctx, SourceKind::Group, group).await?;
    ctx.write(lock, |ctx, tx| async move {
        let facts = Facts::load(&ctx, source).await?;
        policy::administer_roles(&facts.hand)?;
        let name = new.name();
        let present = Present::load(&ctx, source.id(), &name).await?;
        let problems = new.problems(&name, &present, facts.is_top_level_group());
        if !problems.is_empty() {
            return Err(Error::Items(problems));
        }
        let row = member_role::ActiveModel {
            id: NotSet,
            group_id: Set(GroupId(source.id())),
            name_key: Set(fold(&name)),
            name: Set(name),
            description: Set(new.description.clone()),
            base_access_level: Set(new.base_access_level),
            permissions: Set(new.permissions.clone()),
            occupies_seat: Set(new.permissions.occupy_seat(new.base_access_level)),
            created_at: Set(tx.now()),
        };
        let role = Role::from(row.insert(&tx.conn()).await.map_err(already_there)?);
        journal::record_role(&ctx, &tx, RoleHappening::Created, &facts.scene(), &role).await?;
        Ok(role)
    })
    .await
}

/// What the group has already.
#[derive(FromQueryResult)]
struct Present {
    roles: i64,
    of_that_name: i64,
}

impl Present {
    async fn load(ctx: &Ctx, group: i64, name: &str) -> Result<Self> {
        let mut sql = ctx.conn().sql();
        let (group, name) = (sql.bind(group), sql.bind(name));
        sql.push(format!(
            "SELECT COUNT(*) AS roles, COUNT(CASE WHEN r.name = {name} THEN 1 END) AS of_that_name
               FROM member_roles r WHERE r.group_id = {group}"
        ));
        let none = Self {
            roles: 0,
            of_that_name: 0,
        };
        Ok(sql.one().await?.unwrap_or(none))
    }
}

impl NewRole {
    fn name(&self) -> String {
        let given = self.name.as_deref().filter(|name| !name.trim().is_empty());
        given.map_or_else(|| format!("{} - custom", self.base_access_level.label()), str::to_owned)
    }

    /// Everything that is wrong with it, in GitLab's order.
    fn problems(&self, name: &str, present: &Present, is_top_level: bool) -> Vec<Problem> {
        let description = self.description.as_deref().unwrap_or_default();
        let faults = [
            self.permissions.0.is_empty().then(|| {
                let text = "Cannot create a member role with no enabled permissions";
                problem("permissions", Code::Blank, text)
            }),
            is_too_long(name).then(|| problem("name", Code::Invalid, "Name is too long (maximum is 255 characters)")),
            (present.of_that_name > 0).then(name_taken),
            is_too_long(description).then(|| {
                let text = "Description is too long (maximum is 255 characters)";
                problem("description", Code::Invalid, text)
            }),
            (self.base_access_level == AccessLevel::Owner).then(|| {
                let text = "Base access level is not included in the list";
                problem("base_access_level", Code::Invalid, text)
            }),
            (!is_top_level).then(|| problem("namespace", Code::Invalid, "Namespace must be top-level namespace")),
            (present.roles >= MOST).then(|| {
                let text = "Namespace maximum number of Member Roles are already in use by the group hierarchy. \
                            Please delete an existing Member Role.";
                problem("namespace", Code::TooMany, text)
            }),
            self.lacks_reading().then(|| {
                let text = "Read vulnerability has to be enabled in order to enable Admin vulnerability";
                problem("permissions", Code::Invalid, text)
            }),
        ];
        faults.into_iter().flatten().collect()
    }

    /// Who administers vulnerabilities must be able to read them, which developers are.
    fn lacks_reading(&self) -> bool {
        let held = &self.permissions;
        held.has("admin_vulnerability")
            && !held.has("read_vulnerability")
            && self.base_access_level < AccessLevel::Developer
    }
}

fn is_too_long(text: &str) -> bool {
    text.chars().count() > LONGEST
}

fn name_taken() -> Problem {
    problem("name", Code::Taken, "Name has already been taken")
}

fn problem(field: &'static str, code: Code, message: &str) -> Problem {
    Problem {
        message: message.to_owned(),
        code,
        field: Some(field),
        item: None,
    }
}

/// Nobody can come in between while the hierarchy is held, but an import is not held up by that.
fn already_there(error: DbErr) -> Error {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => Error::Items(vec![name_taken()]),
        _ => error.into(),
    }
}

impl From<member_role::Model> for Role {
    fn from(row: member_role::Model) -> Self {
        Self {
            id: row.id,
            group_id: row.group_id,
            name: row.name,
            description: row.description,
            base_access_level: row.base_access_level,
            permissions: row.permissions,
            created_at: row.created_at,
        }
    }
}
