//! Custom roles.

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::domain::members;
use crate::types::{self, PERMISSIONS};

/// A custom role, with one boolean for every permission.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::rest) struct MemberRole {
    id: i64,
    group_id: i64,
    #[schema(example = "Auditor")]
    name: String,
    description: Option<String>,
    base_access_level: i32,
    #[serde(flatten)]
    permissions: RolePermissions,
}

#[derive(Debug)]
struct RolePermissions(types::Permissions);

impl From<members::Role> for MemberRole {
    fn from(role: members::Role) -> Self {
        Self {
            id: role.id.0,
            group_id: role.group_id.0,
            name: role.name,
            description: role.description,
            base_access_level: role.base_access_level.number(),
            permissions: RolePermissions(role.permissions),
        }
    }
}

impl Serialize for RolePermissions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(PERMISSIONS.len()))?;
        for permission in PERMISSIONS {
            map.serialize_entry(permission, &self.0.has(permission))?;
        }
        map.end()
    }
}

impl PartialSchema for RolePermissions {
    fn schema() -> RefOr<Schema> {
        let flag = || ObjectBuilder::new().schema_type(Type::Boolean);
        PERMISSIONS
            .into_iter()
            .fold(ObjectBuilder::new(), |object, permission| {
                object.property(permission, flag()).required(permission)
            })
            .into()
    }
}

impl ToSchema for RolePermissions {}
