//! Who may ask, and what everybody else is told.

use serde_json::{Value, json};

use crate::support::oracle::{Caller, Group, Oracle};

/// Status and body.
pub(crate) type Refusal = (u16, Value);

impl Oracle {
    /// The checks of `GET …/billable_members`, in their order.
    pub(super) fn may_list_seats(&self, path: &str, caller: Caller<'_>) -> Result<&Group, Refusal> {
        let group = self.seen_for_seats(path, caller)?;
        if group.path.contains('/') || !self.is_owner(group, caller) {
            return Err(bad_request());
        }
        Ok(group)
    }

    /// The checks of `memberships` and `indirect`, up to the group.
    pub(super) fn may_look_at_seats(&self, path: &str, caller: Caller<'_>) -> Result<&Group, Refusal> {
        let group = self.seen_for_seats(path, caller)?;
        if !self.may_administer_members(group, caller) || group.path.contains('/') {
            return Err(bad_request());
        }
        Ok(group)
    }

    fn seen_for_seats(&self, path: &str, caller: Caller<'_>) -> Result<&Group, Refusal> {
        if caller == Caller::Anonymous {
            return Err(refusal(401, "401 Unauthorized"));
        }
        if !self.sees_group(path, caller) {
            return Err(refusal(404, "404 Group Not Found"));
        }
        Ok(self.world.group(path))
    }

    /// Directly, from above or through a link; or an admin.
    pub(super) fn is_owner(&self, group: &Group, caller: Caller<'_>) -> bool {
        self.is_admin(caller) || self.level_in_group(&group.path, caller) == 50
    }

    /// Where a directory decides, nobody does.
    pub(super) fn may_administer_members(&self, group: &Group, caller: Caller<'_>) -> bool {
        !group.synced && (self.is_owner(group, caller) || self.holds_managing_role(group, caller))
    }

    /// A custom role with `admin_group_member` on the group or above it.
    fn holds_managing_role(&self, group: &Group, caller: Caller<'_>) -> bool {
        let Caller::User(name) = caller else {
            return false;
        };
        let groups = self.chain(group).into_iter();
        let rows = groups.flat_map(|group| self.rows_on_group(group));
        let mut roles = rows
            .filter(|row| row.is_of(name) && self.grants(row))
            .filter_map(|row| self.role_of(row));
        roles.any(|role| role.permissions.iter().any(|held| held == "admin_group_member"))
    }
}

pub(super) fn refusal(status: u16, message: &str) -> Refusal {
    (status, json!({ "message": message }))
}

fn bad_request() -> Refusal {
    refusal(400, "400 Bad request")
}
