//! Groups that are let into other groups and into projects.

use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter};

use super::Load;
use super::store::{Clash, Watched, insert_watched};
use crate::db::Conn;
use crate::entity::{group_share, project_share};
use crate::types::{AccessLevel, GroupId, ProjectId, ShareId, SourceKind};
use crate::world::error::{Fault, ImportError};
use crate::world::format::Share;
use crate::world::scan::Batch;
use crate::world::survey::Numbers;
use crate::world::value::Day;

const LIST: &str = "shares";

pub(super) async fn load(load: &Load<'_>) -> Result<(), ImportError> {
    let mut links = Links {
        group_numbers: load.world.survey.group_share_numbers.clone(),
        project_numbers: load.world.survey.project_share_numbers.clone(),
        groups: Vec::new(),
        projects: Vec::new(),
    };
    let mut shares = load.rows::<Share>(LIST);
    while let Some(batch) = shares.next().await? {
        let count = batch.len();
        for (index, share) in batch {
            links.take(load, index, &share)?;
        }
        insert_watched(load.conn(), LIST, std::mem::take(&mut links.groups)).await?;
        insert_watched(load.conn(), LIST, std::mem::take(&mut links.projects)).await?;
        load.stored(count);
    }
    Ok(())
}

/// The links of some shares; the two kinds have numbers of their own.
struct Links {
    group_numbers: Numbers,
    project_numbers: Numbers,
    groups: Batch<group_share::Model>,
    projects: Batch<project_share::Model>,
}

impl Links {
    fn take(&mut self, load: &Load<'_>, index: usize, share: &Share) -> Result<(), Fault> {
        let at = format!("{LIST}[{index}]");
        let names = load.names();
        let target = names.target(&at, share.group.as_ref(), share.project.as_ref())?;
        let invited = names.group(&format!("{at}.with"), &share.with)?.id;
        let access_level = share.access_level.0;
        if access_level == AccessLevel::MinimalAccess {
            return Err(Fault::at(
                format!("{at}.access_level"),
                "a share cannot give 5 (Minimal Access)",
            ));
        }
        let member_role_id = names.role(&at, target.root, share.member_role.as_ref())?;
        let expires_at = share.expires_at.map(|Day(day)| day);
        let (created_at, _) = load.times(share.created_at, None);
        let invited_group_id = GroupId(invited.0);
        match target.kind {
            SourceKind::Group if target.id == invited.0 => {
                return Err(Fault::at(format!("{at}.with"), "a group cannot be shared with itself"));
            }
            SourceKind::Group => self.groups.push((
                index,
                group_share::Model {
                    id: ShareId(self.group_numbers.of(share.id, &at)?),
                    shared_group_id: GroupId(target.id),
                    invited_group_id,
                    access_level,
                    member_role_id,
                    expires_at,
                    created_at,
                },
            )),
            SourceKind::Project => self.projects.push((
                index,
                project_share::Model {
                    id: ShareId(self.project_numbers.of(share.id, &at)?),
                    project_id: ProjectId(target.id),
                    invited_group_id,
                    access_level,
                    member_role_id,
                    expires_at,
                    created_at,
                },
            )),
        }
        Ok(())
    }
}

fn clash(id: ShareId, earlier: ShareId) -> Clash {
    if id == earlier {
        ("id", format!("{id} is taken"))
    } else {
        ("with", "is let in by another share already".to_owned())
    }
}

impl Watched for group_share::Model {
    async fn clash(&self, conn: Conn<'_>) -> Result<Option<Clash>, DbErr> {
        let pair = Condition::all()
            .add(group_share::Column::SharedGroupId.eq(self.shared_group_id))
            .add(group_share::Column::InvitedGroupId.eq(self.invited_group_id));
        let taken = Condition::any().add(group_share::Column::Id.eq(self.id)).add(pair);
        let earlier = group_share::Entity::find().filter(taken).one(&conn).await?;
        Ok(earlier.map(|earlier| clash(self.id, earlier.id)))
    }
}

impl Watched for project_share::Model {
    async fn clash(&self, conn: Conn<'_>) -> Result<Option<Clash>, DbErr> {
        let pair = Condition::all()
            .add(project_share::Column::ProjectId.eq(self.project_id))
            .add(project_share::Column::InvitedGroupId.eq(self.invited_group_id));
        let taken = Condition::any().add(project_share::Column::Id.eq(self.id)).add(pair);
        let earlier = project_share::Entity::find().filter(taken).one(&conn).await?;
        Ok(earlier.map(|earlier| clash(self.id, earlier.id)))
    }
}
