//! What a group is beside its name and place, and which of that goes with what lies around it.

use sea_orm::FromQueryResult;

use crate::domain::policy::Code;
use crate::domain::{Ctx, Fault, Result};
use crate::types::{GroupId, Visibility};

/// Settings of a group; what is none stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Free text.
    pub description: Option<String>,
    /// Who sees it without a role in it.
    pub visibility: Option<Visibility>,
    /// Whether access may be asked for.
    pub request_access_enabled: Option<bool>,
    /// Whether members of its projects may not be added one by one.
    pub membership_lock: Option<bool>,
    /// Whether links of its own projects are suspended.
    pub share_with_group_lock: Option<bool>,
    /// Whether links must stay inside the hierarchy; passed over below the top, and when a group is made.
    pub prevent_sharing_groups_outside_hierarchy: Option<bool>,
    /// Domains that members' addresses must have, none for any; passed over when a group is made.
    pub allowed_email_domains: Option<Vec<String>>,
}

/// What there is around a group that its name and its visibility must go with.
#[derive(Debug, FromQueryResult)]
pub(super) struct Present {
    /// Another group below the same one has the name.
    pub(super) name_taken: bool,
    /// The visibility of the group above; none at the top.
    pub(super) parent_visibility: Option<Visibility>,
    /// A group directly in it is wider than it is to be.
    pub(super) wider_group: bool,
    /// A project directly in it is.
    pub(super) wider_project: bool,
}

impl Present {
    /// Of the group `own` below `parent`, if it is there already, that is to have this name and visibility.
    pub(super) async fn load(
        ctx: &Ctx,
        parent: Option<GroupId>,
        own: Option<GroupId>,
        name: &str,
        visibility: Visibility,
    ) -> Result<Self> {
        let wider: Vec<_> = Visibility::ALL
            .iter()
            .filter(|other| **other > visibility)
            .map(|other| other.as_str().to_owned())
            .collect();
        let mut sql = ctx.conn().sql();
        // No group has the number 0.
        let parent = sql.bind(parent.map_or(0, |group| group.0));
        let own = sql.bind(own.map_or(0, |group| group.0));
        let name = sql.bind(name);
        let (wider_group, wider_project) = (
            sql.any_word("c.visibility", &wider),
            sql.any_word("p.visibility", &wider),
        );
        sql.push(format!(
            "SELECT EXISTS (SELECT 1 FROM namespaces s WHERE s.parent_id = {parent} AND s.id <> {own} AND s.name = {name}) AS name_taken,
                    (SELECT n.visibility FROM namespaces n WHERE n.id = {parent}) AS parent_visibility,
                    EXISTS (SELECT 1 FROM namespaces c WHERE c.parent_id = {own} AND {wider_group}) AS wider_group,
                    EXISTS (SELECT 1 FROM projects p WHERE p.namespace_id = {own} AND {wider_project}) AS wider_project"
        ));
        let none = Self {
            name_taken: false,
            parent_visibility: None,
            wider_group: false,
            wider_project: false,
        };
        Ok(sql.one().await?.unwrap_or(none))
    }

    /// What is wrong with a visibility that is given now.
    pub(super) fn visibility_faults(&self, visibility: Visibility) -> Vec<Fault> {
        let word = visibility.as_str();
        let narrower = |what: &str| {
            let text = format!("{word} is not allowed since {what} with higher visibility.");
            Fault::new("visibility_level", text, Code::Invalid)
        };
        let faults = [
            self.wider_project.then(|| narrower("this group contains projects")),
            self.wider_group.then(|| narrower("there are sub-groups")),
            wider_than_parent(visibility, self.parent_visibility),
        ];
        faults.into_iter().flatten().collect()
    }
}

/// A group is no wider than the one above.
pub(super) fn wider_than_parent(visibility: Visibility, parent: Option<Visibility>) -> Option<Fault> {
    let parent = parent.filter(|parent| visibility > *parent)?;
    let text = format!(
        "{} is not allowed since the parent group has a {} visibility.",
        visibility.as_str(),
        parent.as_str()
    );
    Some(Fault::new("visibility_level", text, Code::Invalid))
}
