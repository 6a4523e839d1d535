//! Where renamed projects used to be: an old path leads to its project until another one takes it.

use sea_orm::FromQueryResult;

use crate::db::{Sql, WriteTx};
use crate::domain::standing::{self, Name};
use crate::domain::{Ctx, Optional as _, Result};
use crate::types::{AncestorPath, ProjectId, fold};

/// The project that used to be at that full path, if the actor sees it.
///
/// # Errors
/// Those of the database.
pub async fn moved(ctx: &Ctx, full_path: &str) -> Result<Option<ProjectId>> {
    #[derive(FromQueryResult)]
    struct Redirect {
        project_id: ProjectId,
    }
    let mut sql = ctx.conn().sql();
    let path = sql.bind(fold(full_path));
    sql.push(format!(
        "SELECT r.project_id FROM path_redirects r WHERE r.path_key = {path}"
    ));
    let Some(Redirect { project_id }) = sql.one().await? else {
        return Ok(None);
    };
    let project = standing::project(ctx, &Name::Id(project_id.0)).await.optional()?;
    Ok(project.map(|project| project.id))
}

/// Keeps the present paths of all projects in a group, which are about to be others.
pub(in crate::domain) async fn leave_below(tx: &WriteTx, path: &AncestorPath) -> Result<()> {
    let sql = tx.conn().sql();
    leave(tx, sql, |sql| below(sql, path)).await
}

/// Has the paths that all projects in a group have now lead to nothing else.
pub(in crate::domain) async fn take_over_below(tx: &WriteTx, path: &AncestorPath) -> Result<()> {
    let sql = tx.conn().sql();
    take_over(sql, |sql| below(sql, path)).await
}

/// The same of one project.
pub(super) async fn leave_one(tx: &WriteTx, project: ProjectId) -> Result<()> {
    let sql = tx.conn().sql();
    leave(tx, sql, |sql| one(sql, project)).await
}

/// The same of one project.
pub(super) async fn take_over_one(tx: &WriteTx, project: ProjectId) -> Result<()> {
    let sql = tx.conn().sql();
    take_over(sql, |sql| one(sql, project)).await
}

async fn leave(tx: &WriteTx, mut sql: Sql<'_>, which: impl FnOnce(&mut Sql<'_>) -> String) -> Result<()> {
    let (now, which) = (sql.bind(tx.now()), which(&mut sql));
    sql.push(format!(
        "INSERT INTO path_redirects (path_key, project_id, created_at) SELECT p.full_path_key, p.id, {now} FROM projects p WHERE {which}
         ON CONFLICT (path_key) DO UPDATE SET project_id = excluded.project_id, created_at = excluded.created_at"
    ));
    sql.run().await?;
    Ok(())
}

async fn take_over(mut sql: Sql<'_>, which: impl FnOnce(&mut Sql<'_>) -> String) -> Result<()> {
    let which = which(&mut sql);
    sql.push(format!(
        "DELETE FROM path_redirects WHERE path_key IN (SELECT p.full_path_key FROM projects p WHERE {which})"
    ));
    sql.run().await?;
    Ok(())
}

fn below(sql: &mut Sql<'_>, path: &AncestorPath) -> String {
    let path = sql.bind(path.0.clone());
    sql.dialect().within("p.ancestor_path", &path)
}

fn one(sql: &mut Sql<'_>, project: ProjectId) -> String {
    format!("p.id = {}", sql.bind(project.0))
}
