//! From a database into a file: every row as it was at one moment, in the order of its number, without a secret.

mod names;
mod sheet;

use std::io::{self, Write};

use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use serde::Serialize;
use tokio::sync::mpsc;

use self::names::Names;
use self::sheet::Sheet;
use super::Counts;
use super::error::ExportError;
use crate::db::{Conn, Db};
use crate::entity::{group_share, member, member_role, namespace, project, project_share, user};
use crate::types::NamespaceKind;

/// How many rows are read at once.
const PAGE: u64 = 2_000;

/// Writes the whole database as a world file. Tokens are left out: nobody knows them.
pub async fn export(db: &Db, mut output: impl Write + Send + 'static) -> Result<Counts, ExportError> {
    let (chunks, mut waiting) = mpsc::channel::<Vec<u8>>(2);
    let writer = tokio::task::spawn_blocking(move || {
        while let Some(chunk) = waiting.blocking_recv() {
            output.write_all(&chunk)?;
        }
        output.flush()
    });
    let snapshot = db.snapshot().await?;
    let export = Export {
        conn: snapshot.conn(),
        names: Names::read(snapshot.conn()).await?,
        sheet: Sheet::new(chunks),
    };
    let outcome = export.run().await;
    // A writer that fails stops listening: then its error is the cause of the other.
    writer.await.map_err(io::Error::other)??;
    outcome
}

struct Export<'s> {
    conn: Conn<'s>,
    names: Names,
    sheet: Sheet,
}

impl Export<'_> {
    async fn run(mut self) -> Result<Counts, ExportError> {
        let counts = Counts {
            users: self.users().await?,
            groups: self.groups().await?,
            projects: self.projects().await?,
            member_roles: self.member_roles().await?,
            members: self.members().await?,
            invitations: self.invitations().await?,
            access_requests: self.access_requests().await?,
            shares: self.shares().await?,
        };
        self.sheet.end().await?;
        Ok(counts)
    }

    async fn users(&mut self) -> Result<u64, ExportError> {
        self.sheet.open("users");
        let users = Pages::of(user::Entity::find(), user::Column::Id, |row| row.id.0);
        self.rows(users, Names::user).await
    }

    async fn groups(&mut self) -> Result<u64, ExportError> {
        self.sheet.open("groups");
        let groups = namespace::Entity::find().filter(namespace::Column::Kind.eq(NamespaceKind::Group));
        let groups = Pages::of(groups, namespace::Column::Id, |row| row.id.0);
        self.rows(groups, Names::group).await
    }

    async fn projects(&mut self) -> Result<u64, ExportError> {
        self.sheet.open("projects");
        let projects = Pages::of(project::Entity::find(), project::Column::Id, |row| row.id.0);
        self.rows(projects, Names::project).await
    }

    async fn member_roles(&mut self) -> Result<u64, ExportError> {
        self.sheet.open("member_roles");
        let roles = Pages::of(member_role::Entity::find(), member_role::Column::Id, |row| row.id.0);
        self.rows(roles, Names::member_role).await
    }

    async fn members(&mut self) -> Result<u64, ExportError> {
        self.sheet.open("members");
        let members = member::Entity::find()
            .filter(member::Column::UserId.is_not_null())
            .filter(member::Column::RequestedAt.is_null());
        let members = Pages::of(members, member::Column::Id, |row| row.id.0);
        self.rows(members, Names::member).await
    }

    async fn invitations(&mut self) -> Result<u64, ExportError> {
        self.sheet.open("invitations");
        let invitations = member::Entity::find().filter(member::Column::UserId.is_null());
        let invitations = Pages::of(invitations, member::Column::Id, |row| row.id.0);
        self.rows(invitations, Names::invitation).await
    }

    async fn access_requests(&mut self) -> Result<u64, ExportError> {
        self.sheet.open("access_requests");
        let requests = member::Entity::find()
            .filter(member::Column::UserId.is_not_null())
            .filter(member::Column::RequestedAt.is_not_null());
        let requests = Pages::of(requests, member::Column::Id, |row| row.id.0);
        self.rows(requests, Names::access_request).await
    }

    async fn shares(&mut self) -> Result<u64, ExportError> {
        self.sheet.open("shares");
        let of_groups = Pages::of(group_share::Entity::find(), group_share::Column::Id, |row| row.id.0);
        let of_projects = Pages::of(project_share::Entity::find(), project_share::Column::Id, |row| row.id.0);
        let groups = self.rows(of_groups, Names::group_share).await?;
        let projects = self.rows(of_projects, Names::project_share).await?;
        Ok(groups + projects)
    }

    async fn rows<E: EntityTrait, R: Serialize>(
        &mut self,
        mut pages: Pages<E>,
        show: fn(&mut Names, E::Model) -> Result<R, DbErr>,
    ) -> Result<u64, ExportError> {
        let mut count = 0;
        while let Some(page) = pages.next(self.conn).await? {
            for row in page {
                self.sheet.row(&show(&mut self.names, row)?)?;
                count += 1;
            }
            self.sheet.send().await?;
        }
        Ok(count)
    }
}

/// The rows of a table by number, a page at a time.
struct Pages<E: EntityTrait> {
    select: Select<E>,
    column: E::Column,
    number: fn(&E::Model) -> i64,
    last: i64,
}

impl<E: EntityTrait> Pages<E> {
    fn of(select: Select<E>, column: E::Column, number: fn(&E::Model) -> i64) -> Self {
        Self {
            select,
            column,
            number,
            last: 0,
        }
    }

    async fn next(&mut self, conn: Conn<'_>) -> Result<Option<Vec<E::Model>>, DbErr> {
        let page = self.select.clone().filter(self.column.gt(self.last));
        let rows = page.order_by_asc(self.column).limit(PAGE).all(&conn).await?;
        let Some(last) = rows.last() else { return Ok(None) };
        self.last = (self.number)(last);
        Ok(Some(rows))
    }
}
