//! Every call and every mutation, before everybody who may come to it: one table says who is let in and what the others are told.
//!
//! The calls are read off the running server's own description, the mutations off its introspection: what has no row fails by its name.

pub(crate) mod act;
pub(crate) mod callers;
mod fields;
mod graph;
mod links;
mod making;
mod named;
pub(crate) mod place;
pub(crate) mod reading;
mod rest;
pub(crate) mod writing;

use std::collections::{BTreeSet, HashMap};

use sea_orm::{ConnectionTrait as _, QueryResult, Statement};

use self::act::Act;
use self::callers::{Need, Who};
use self::place::{Place, Tree};
use crate::support::TestApp;

const VISIBILITIES: [&str; 3] = ["public", "internal", "private"];

/// Every row.
fn table() -> Vec<Act> {
    [reading::acts(), writing::acts(), making::acts()].concat()
}

/// One caller before one door.
struct Case<'a> {
    act: &'a Act,
    who: Who,
    tree: Tree,
    /// Whether something is changed if it goes as it should.
    writes: bool,
}

impl Case<'_> {
    fn says(&self, fault: &str) -> String {
        format!(
            "{} by {:?}, {}: {fault}",
            self.act.name(),
            self.who,
            self.tree.visibility
        )
    }
}

/// The cases of a row: those that change nothing, and those that do, each in a tree of its own.
type Cases<'a> = (Vec<Case<'a>>, Vec<Case<'a>>);

/// All cases of the rows, and the trees that they need.
fn cases(acts: &[Act]) -> (Vec<Cases<'_>>, Vec<Tree>) {
    let mut trees: Vec<_> = VISIBILITIES
        .iter()
        .enumerate()
        .map(|(n, word)| Tree::new(n, word))
        .collect();
    let first = trees.clone();
    let mut all = vec![];
    for act in acts {
        let (mut refused, mut let_in) = (vec![], vec![]);
        for shared in first.iter().take(if act.place.is_some() { 3 } else { 1 }) {
            for who in callers::ALL {
                if act.open.contains(&who) || (who == Who::WrongScope && act.need == Need::AnyToken) {
                    continue;
                }
                if act.writes(who, shared.visibility) {
                    let tree = Tree::new(trees.len(), shared.visibility);
                    trees.push(tree.clone());
                    let_in.push(Case {
                        act,
                        who,
                        tree,
                        writes: true,
                    });
                } else {
                    refused.push(Case {
                        act,
                        who,
                        tree: shared.clone(),
                        writes: false,
                    });
                }
            }
        }
        all.push((refused, let_in));
    }
    (all, trees)
}

/// Plants the trees; spare tokens only where a row spends or names them.
async fn plant(app: &TestApp, acts: &[Act], trees: &[Tree]) -> Place {
    let names_tokens = acts.iter().any(|act| act.pattern.contains("/personal_access_tokens"));
    Place::plant(app, trees, if names_tokens { trees.len() } else { 0 }).await
}

/// Everything that a change may leave behind, as sums.
async fn traces(app: &TestApp) -> Vec<i64> {
    let sums = "SELECT (SELECT COUNT(*) FROM members), (SELECT SUM(access_level * 7 + state) FROM members), (SELECT COUNT(*) FROM audit_events),
        (SELECT COUNT(*) FROM change_log), (SELECT COUNT(*) FROM outbox), (SELECT COUNT(*) FROM group_shares), (SELECT COUNT(*) FROM project_shares),
        (SELECT COUNT(*) FROM member_roles), (SELECT COUNT(*) FROM ldap_group_links), (SELECT COUNT(*) FROM namespaces), (SELECT COUNT(*) FROM projects),
        (SELECT COUNT(*) FROM users), (SELECT COUNT(*) FROM personal_access_tokens), (SELECT COUNT(*) FROM namespaces WHERE ldap_sync_state <> 'ready')";
    let rows = rows(app, sums).await;
    (0..14).map(|column| number(&rows[0], column)).collect()
}

/// The numbers of all tokens, by `token <name>`.
async fn tokens(app: &TestApp) -> HashMap<String, i64> {
    let rows = rows(app, "SELECT id, name FROM personal_access_tokens").await;
    let named = |row: &QueryResult| format!("token {}", row.try_get_by_index::<String>(1).unwrap());
    rows.iter().map(|row| (named(row), number(row, 0))).collect()
}

async fn rows(app: &TestApp, sql: &str) -> Vec<QueryResult> {
    let conn = app.db.conn();
    let rows = conn.query_all_raw(Statement::from_string(app.db.dialect().backend(), sql));
    rows.await.unwrap()
}

fn number(row: &QueryResult, column: usize) -> i64 {
    let wide = row.try_get_by_index::<i64>(column);
    wide.or_else(|_| row.try_get_by_index::<i32>(column).map(i64::from))
        .unwrap()
}

/// What is in one set and not in the other, each by its name.
fn differences(have: &BTreeSet<String>, want: &BTreeSet<String>) -> Vec<String> {
    let without_row = have.difference(want).map(|name| format!("no row for {name}"));
    let for_nothing = want.difference(have).map(|name| format!("a row for nothing: {name}"));
    without_row.chain(for_nothing).collect()
}
