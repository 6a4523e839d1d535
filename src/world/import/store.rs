//! Storing rows many at a time, and finding the one that was in the way.

use std::future::Future;

use sea_orm::{ActiveModelTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, ModelTrait, SqlErr};

use crate::db::Conn;
use crate::world::error::{Fault, ImportError};
use crate::world::scan::{BATCH, Batch};

/// Stores rows of which the survey has said that they go together.
pub(super) async fn insert<M, A>(conn: Conn<'_>, rows: Vec<M>) -> Result<(), DbErr>
where
    M: IntoActiveModel<A> + Send,
    A: ActiveModelTrait,
{
    let mut rows = rows.into_iter();
    loop {
        let some: Vec<A> = rows
            .by_ref()
            .take(BATCH)
            .map(IntoActiveModel::into_active_model)
            .collect();
        if some.is_empty() {
            return Ok(());
        }
        A::Entity::insert_many(some).exec_without_returning(&conn).await?;
    }
}

/// A row whose uniqueness the database watches, because remembering them all would take memory without bound.
pub(super) trait Watched: ModelTrait + Clone + Sync {
    /// What an earlier row has taken: the key of the file, and what to say.
    fn clash(&self, conn: Conn<'_>) -> impl Future<Output = Result<Option<Clash>, DbErr>> + Send;
}

/// The key of a row that clashes with an earlier one, and how.
pub(super) type Clash = (&'static str, String);

/// Stores rows of `list`; a row that an earlier one excludes is a fault of the file.
pub(super) async fn insert_watched<M, A>(conn: Conn<'_>, list: &str, rows: Batch<M>) -> Result<(), ImportError>
where
    M: Watched + IntoActiveModel<A>,
    A: ActiveModelTrait,
{
    // PostgreSQL takes no further statement in a transaction after one has failed, but goes back to a savepoint.
    conn.execute_unprepared("SAVEPOINT batch").await?;
    let models = rows.iter().map(|(_, row)| row.clone()).collect();
    let Err(error) = insert(conn, models).await else {
        conn.execute_unprepared("RELEASE SAVEPOINT batch").await?;
        return Ok(());
    };
    if !matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) {
        return Err(error.into());
    }
    conn.execute_unprepared("ROLLBACK TO SAVEPOINT batch").await?;
    for (index, row) in rows {
        if let Some((key, text)) = row.clash(conn).await? {
            return Err(Fault::at(format!("{list}[{index}].{key}"), text).into());
        }
        insert(conn, vec![row]).await?;
    }
    Err(error.into())
}
