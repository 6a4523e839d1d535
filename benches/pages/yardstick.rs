//! The yardstick: `members/all` by hand, for one answer and nothing else. It checks the same token and the same sight of the group, and has neither
//! filters nor roles nor identities.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde_json::{Map, Value, json};
use sqlx::Row as _;

/// Where both believe themselves to be.
pub(crate) const EXTERNAL_URL: &str = "https://roster.example";

const TOKEN: &str = "
    SELECT u.id, u.admin, u.external FROM personal_access_tokens t JOIN users u ON u.id = t.user_id
     WHERE t.digest = $1 AND NOT t.revoked AND (t.expires_at IS NULL OR t.expires_at > CURRENT_DATE) AND u.state = 'active'";

/// The group, if the caller sees it.
const GROUP: &str = "
    SELECT n.id, n.ancestor_path FROM namespaces n
     WHERE n.full_path_key = $1 AND n.kind = 'group' AND (n.visibility IN ('public', 'internal')
        OR EXISTS (SELECT 1 FROM {ids} CROSS JOIN members m
                    WHERE m.source_kind = 1 AND m.source_id = up.value AND m.user_id = $2 AND m.state = 0 AND m.access_level >= 10 AND {live})
        OR EXISTS (SELECT 1 FROM {ids} CROSS JOIN group_shares s CROSS JOIN members m
                    WHERE s.shared_group_id = up.value AND (s.expires_at IS NULL OR s.expires_at > CURRENT_DATE)
                      AND m.source_kind = 1 AND m.source_id = s.invited_group_id AND m.user_id = $2 AND m.state = 0 AND m.access_level >= 10
                      AND {live}))";

/// The page, with all rows of whoever is on it.
const PAGE: &str = "
    WITH n AS (SELECT CAST($1 AS TEXT) AS ancestor_path),
    leg AS (
      SELECT up.value AS id, 50 AS cap FROM n CROSS JOIN {ids}
      UNION ALL
      SELECT s.invited_group_id, s.access_level FROM n CROSS JOIN {ids} JOIN group_shares s ON s.shared_group_id = up.value
       WHERE s.expires_at IS NULL OR s.expires_at > CURRENT_DATE),
    page AS (
      SELECT DISTINCT pick.value AS user_id FROM leg {next} ORDER BY 1 LIMIT 21)
    SELECT m.source_id, leg.cap, m.access_level, m.state, m.created_at, m.expires_at,
           u.id, u.username, u.public_email, u.name, u.state AS user_state,
           c.id AS c_id, c.username AS c_username, c.public_email AS c_public_email, c.name AS c_name, c.state AS c_state
      FROM page CROSS JOIN leg JOIN members m ON m.source_kind = 1 AND m.source_id = leg.id AND m.user_id = page.user_id
      JOIN users u ON u.id = m.user_id LEFT JOIN users c ON c.id = m.created_by_id
     WHERE m.access_level >= 10 AND {live} ORDER BY u.id";

const COUNT: &str = "
    WITH n AS (SELECT CAST($1 AS TEXT) AS ancestor_path),
    leg AS (
      SELECT up.value AS id FROM n CROSS JOIN {ids}
      UNION ALL
      SELECT s.invited_group_id FROM n CROSS JOIN {ids} JOIN group_shares s ON s.shared_group_id = up.value
       WHERE s.expires_at IS NULL OR s.expires_at > CURRENT_DATE)
    SELECT COUNT(*) FROM (
      SELECT DISTINCT m.user_id FROM leg CROSS JOIN members m
       WHERE m.source_kind = 1 AND m.source_id = leg.id AND +m.access_level >= 10 AND {live} LIMIT 10001) AS counted";

const LIVE: &str =
    "m.user_id IS NOT NULL AND m.requested_at IS NULL AND (m.expires_at IS NULL OR m.expires_at > CURRENT_DATE)";

const NEXT: &str = "SELECT m.user_id AS value FROM members m
    WHERE m.source_kind = 1 AND m.source_id = leg.id AND +m.access_level >= 10 AND {live} ORDER BY m.user_id LIMIT 21";

fn spell(text: &str, is_postgres: bool) -> String {
    let (ids, next) = if is_postgres {
        (
            "UNNEST(CAST(STRING_TO_ARRAY(RTRIM(n.ancestor_path, '/'), '/') AS BIGINT[])) AS up(value)",
            format!("CROSS JOIN LATERAL ({NEXT}) AS pick"),
        )
    } else {
        (
            "JSON_EACH('[' || REPLACE(RTRIM(n.ancestor_path, '/'), '/', ',') || ']') AS up",
            format!("JOIN JSON_EACH((SELECT JSON_GROUP_ARRAY(p.value) FROM ({NEXT}) AS p)) AS pick"),
        )
    };
    text.replace("{next}", &next)
        .replace("{ids}", ids)
        .replace("{live}", LIVE)
}

/// The endpoint over a database.
pub(crate) async fn router(url: &str) -> Router {
    if url.starts_with("postgres") {
        let options = sqlx::postgres::PgPoolOptions::new()
            .test_before_acquire(false)
            .max_connections(4);
        let options = options.connect(url).await.unwrap();
        postgres::router(options)
    } else {
        let file: sqlx::sqlite::SqliteConnectOptions = url.parse().unwrap();
        let file = file.pragma("mmap_size", "1073741824").pragma("cache_size", "-65536");
        let options = sqlx::sqlite::SqlitePoolOptions::new()
            .test_before_acquire(false)
            .max_connections(4);
        sqlite::router(options.connect_with(file).await.unwrap())
    }
}

/// One row of [`PAGE`].
struct Found {
    own: bool,
    level: i32,
    user: i64,
    entry: Map<String, Value>,
}

/// The best row of each user, as an answer.
fn answer(mut rows: Vec<Found>, total: i64) -> axum::response::Response {
    rows.sort_by_key(|row| (row.user, std::cmp::Reverse(row.level), !row.own));
    rows.dedup_by_key(|row| row.user);
    let more = rows.len() > 20;
    rows.truncate(20);
    let mut headers = HeaderMap::new();
    headers.insert("x-page", 1.into());
    headers.insert("x-per-page", 20.into());
    if more {
        headers.insert("x-next-page", 2.into());
    }
    if total <= 10_000 {
        headers.insert("x-total", total.into());
    }
    let entries: Vec<_> = rows.into_iter().map(|row| Value::Object(row.entry)).collect();
    (headers, Json(entries)).into_response()
}

macro_rules! over {
    ($module:ident, $database:ty, $is_postgres:literal) => {
        mod $module {
            use super::*;

            struct Statements {
                pool: sqlx::Pool<$database>,
                group: String,
                page: String,
                count: String,
            }

            pub(super) fn router(pool: sqlx::Pool<$database>) -> Router {
                let statements = Statements {
                    pool,
                    group: spell(GROUP, $is_postgres),
                    page: spell(PAGE, $is_postgres),
                    count: spell(COUNT, $is_postgres),
                };
                Router::new()
                    .route("/api/v4/groups/{id}/members/all", get(members))
                    .with_state(Arc::new(statements))
            }

            async fn members(
                State(statements): State<Arc<Statements>>,
                Path(path): Path<String>,
                headers: HeaderMap,
            ) -> Result<axum::response::Response, StatusCode> {
                let fault = |_| StatusCode::INTERNAL_SERVER_ERROR;
                let Statements {
                    pool,
                    group,
                    page,
                    count,
                } = &*statements;
                let token = headers
                    .get("private-token")
                    .and_then(|token| token.to_str().ok())
                    .unwrap_or_default();
                let digest = roster::types::digest(token);
                let caller = sqlx::query(TOKEN)
                    .bind(digest)
                    .fetch_optional(pool)
                    .await
                    .map_err(fault)?;
                let caller: i64 = caller.ok_or(StatusCode::UNAUTHORIZED)?.get("id");
                let group = sqlx::query(sqlx::AssertSqlSafe(group.as_str()))
                    .bind(path.to_lowercase())
                    .bind(caller);
                let group = group
                    .fetch_optional(pool)
                    .await
                    .map_err(fault)?
                    .ok_or(StatusCode::NOT_FOUND)?;
                let (id, chain): (i64, String) = (group.get("id"), group.get("ancestor_path"));
                let rows = sqlx::query(sqlx::AssertSqlSafe(page.as_str()))
                    .bind(&chain)
                    .fetch_all(pool);
                let rows = rows.await.map_err(fault)?;
                let total = sqlx::query_scalar(sqlx::AssertSqlSafe(count.as_str()))
                    .bind(&chain)
                    .fetch_one(pool);
                let total: i64 = total.await.map_err(fault)?;
                Ok(answer(rows.iter().map(|row| found(row, id)).collect(), total))
            }

            fn person(row: &<$database as sqlx::Database>::Row, columns: [&str; 5]) -> Map<String, Value> {
                let [id, username, public_email, name, state] = columns;
                let username: String = row.get(username);
                let mut person = Map::new();
                person.insert("id".to_owned(), row.get::<i64, _>(id).into());
                person.insert(
                    "public_email".to_owned(),
                    row.get::<Option<String>, _>(public_email).into(),
                );
                person.insert("name".to_owned(), row.get::<String, _>(name).into());
                person.insert("state".to_owned(), row.get::<String, _>(state).into());
                person.insert("locked".to_owned(), false.into());
                person.insert("avatar_url".to_owned(), Value::Null);
                person.insert("web_url".to_owned(), format!("{EXTERNAL_URL}/{username}").into());
                person.insert("username".to_owned(), username.into());
                person
            }

            fn found(row: &<$database as sqlx::Database>::Row, group: i64) -> Found {
                let mut entry = person(row, ["id", "username", "public_email", "name", "user_state"]);
                let level = row.get::<i32, _>("access_level").min(row.get::<i32, _>("cap"));
                let created_at: DateTime<Utc> = row.get("created_at");
                entry.insert("access_level".to_owned(), level.into());
                entry.insert(
                    "created_at".to_owned(),
                    created_at.to_rfc3339_opts(SecondsFormat::Millis, true).into(),
                );
                entry.insert(
                    "expires_at".to_owned(),
                    json!(row.get::<Option<NaiveDate>, _>("expires_at")),
                );
                let state = if row.get::<i32, _>("state") == 0 {
                    "active"
                } else {
                    "awaiting"
                };
                entry.insert("membership_state".to_owned(), state.into());
                if row.get::<Option<i64>, _>("c_id").is_some() {
                    let creator = person(row, ["c_id", "c_username", "c_public_email", "c_name", "c_state"]);
                    entry.insert("created_by".to_owned(), Value::Object(creator));
                }
                Found {
                    own: row.get::<i64, _>("source_id") == group,
                    level,
                    user: row.get("id"),
                    entry,
                }
            }
        }
    };
}

over!(sqlite, sqlx::Sqlite, false);
over!(postgres, sqlx::Postgres, true);
