//! `GET /groups/:id/billable_members/:user_id/memberships` and `…/indirect`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::answers::{Refusal, refusal};
use super::list::time;
use crate::support::oracle::{Caller, Oracle, Row, Source};

impl Oracle {
    /// The user's own rows in the hierarchy.
    pub(crate) fn billable_memberships(
        &self,
        path: &str,
        caller: Caller<'_>,
        user_id: i64,
        external_url: &str,
    ) -> Result<Vec<Value>, Refusal> {
        let name = self.billable_user(path, caller, user_id)?;
        let rows = self.rows_in(path).filter(|row| row.is_of(name) && self.live(row));
        Ok(self.by_number(rows, external_url))
    }

    /// Those through invited groups, which must count.
    pub(crate) fn indirect_memberships(
        &self,
        path: &str,
        caller: Caller<'_>,
        user_id: i64,
        external_url: &str,
    ) -> Result<Vec<Value>, Refusal> {
        let name = self.billable_user(path, caller, user_id)?;
        let ways = self.ways(path);
        let invited = ways
            .iter()
            .filter(|way| way.row.is_of(name) && way.row.active && !way.set.is_direct())
            .map(|way| way.row);
        Ok(self.by_number(invited, external_url))
    }

    fn billable_user(&self, path: &str, caller: Caller<'_>, user_id: i64) -> Result<&str, Refusal> {
        let root = self.may_look_at_seats(path, caller)?;
        let user = self.world.users.iter().find(|user| user.id == user_id);
        let user = user.ok_or_else(|| refusal(404, "404 Not found"))?;
        if self.billable_users(&root.path).contains(&user_id) {
            Ok(&user.username)
        } else {
            Err(refusal(404, "404 User Not Found"))
        }
    }

    /// Each once.
    fn by_number<'w>(&'w self, rows: impl Iterator<Item = &'w Row>, external_url: &str) -> Vec<Value> {
        let by_number: BTreeMap<_, _> = rows.map(|row| (row.id, row)).collect();
        let shown = |row: &&Row| self.membership(row, external_url);
        by_number.values().map(shown).collect()
    }

    fn membership(&self, row: &Row, external_url: &str) -> Value {
        let role = self.role_of(row);
        let label = role.map_or_else(|| level_name(row.level), |role| &role.name);
        let (source_id, own_name, above, members_url) = match &row.source {
            Source::Group(path) => {
                let group = self.world.group(path);
                let url = format!("{external_url}/groups/{path}/-/group_members");
                (group.id, &group.name, path.rsplit_once('/'), url)
            }
            Source::Project(path) => {
                let project = self.world.project(path);
                let url = format!("{external_url}/{path}/-/project_members");
                (project.id, &project.name, path.rsplit_once('/'), url)
            }
        };
        let mut names = match above {
            Some((parent, _)) => self.chain(self.world.group(parent)),
            None => vec![],
        };
        names.reverse();
        let mut names: Vec<&str> = names.iter().map(|group| group.name.as_str()).collect();
        names.push(own_name);
        json!({
            "id": row.id,
            "source_id": source_id,
            "source_full_name": names.join(" / "),
            "source_members_url": members_url,
            "created_at": row.created_at.map(time),
            "expires_at": row.expires_at,
            "access_level": {
                "string_value": label,
                "integer_value": row.level,
                "custom_role": role.map(|role| json!({"id": role.id, "name": role.name})),
            },
        })
    }
}

fn level_name(level: i64) -> &'static str {
    match level {
        5 => "Minimal Access",
        10 => "Guest",
        15 => "Planner",
        20 => "Reporter",
        30 => "Developer",
        40 => "Maintainer",
        50 => "Owner",
        _ => panic!("no level {level}"),
    }
}
