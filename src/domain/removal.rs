//! What goes with a group or project when it is removed, and what of it is felt elsewhere.

use std::collections::BTreeSet;

use sea_orm::FromQueryResult;

use super::journal::{self, PlaceHappening, Scene};
use super::{Ctx, Result, seats, shares};
use crate::db::{Sql, Touched, WriteTx};
use crate::types::{AncestorPath, NamespaceId, Source, SourceKind, UserId};

/// A group or project that is about to go, with every hierarchy held that its end is felt in.
#[derive(Debug)]
pub(in crate::domain) struct Doomed {
    source: Source,
    /// Numbers from the top down to it; of a project to its namespace. None when it is gone already.
    path: Option<AncestorPath>,
}

#[derive(FromQueryResult)]
struct Root {
    root_id: NamespaceId,
}

#[derive(FromQueryResult)]
struct Person {
    user_id: UserId,
}

impl Doomed {
    /// Waits until nobody else can change what goes, and what it is linked with; lowest hierarchies first. Two statements for every round, of which
    /// there is a second when a link was made meanwhile.
    pub(in crate::domain) async fn hold(tx: &WriteTx, source: Source) -> Result<Self> {
        let mut held = Vec::new();
        loop {
            let doomed = Self {
                source,
                path: path(tx, source).await?,
            };
            let needed = doomed.hierarchies(tx).await?;
            if needed == held {
                return Ok(doomed);
            }
            tx.hold_all(needed.iter().copied()).await?;
            held = needed;
        }
    }

    /// Its own hierarchy, and those at the other ends of its links.
    async fn hierarchies(&self, tx: &WriteTx) -> Result<Vec<NamespaceId>> {
        let mut sql = tx.conn().sql();
        let (groups, projects) = (self.groups(&mut sql, "n"), self.projects(&mut sql, "p"));
        sql.push(format!(
            "SELECT n.root_id FROM namespaces n WHERE {groups}
             UNION SELECT p.root_id FROM projects p WHERE {projects}
             UNION SELECT h.root_id FROM namespaces n JOIN group_shares s ON s.shared_group_id = n.id JOIN namespaces h ON h.id = s.invited_group_id
                    WHERE {groups}
             UNION SELECT x.root_id FROM namespaces n JOIN group_shares s ON s.invited_group_id = n.id JOIN namespaces x ON x.id = s.shared_group_id
                    WHERE {groups}
             UNION SELECT x.root_id FROM namespaces n JOIN project_shares s ON s.invited_group_id = n.id JOIN projects x ON x.id = s.project_id
                    WHERE {groups}
             UNION SELECT h.root_id FROM projects p JOIN project_shares s ON s.project_id = p.id JOIN namespaces h ON h.id = s.invited_group_id
                    WHERE {projects}
             ORDER BY 1"
        ));
        let roots: Vec<Root> = sql.all().await?;
        Ok(roots.into_iter().map(|root| root.root_id).collect())
    }

    /// The groups that go, as a condition on `alias` of `namespaces`.
    fn groups(&self, sql: &mut Sql<'_>, alias: &str) -> String {
        match (&self.path, self.source) {
            (Some(path), Source::Group(_)) => within(sql, alias, path),
            _ => "FALSE".to_owned(),
        }
    }

    /// The projects that go, as a condition on `alias` of `projects`.
    fn projects(&self, sql: &mut Sql<'_>, alias: &str) -> String {
        match (&self.path, self.source) {
            (Some(path), Source::Group(_)) => within(sql, alias, path),
            (_, Source::Project(project)) => format!("{alias}.id = {}", sql.bind(project.0)),
            (None, Source::Group(_)) => "FALSE".to_owned(),
        }
    }

    /// Whoever may take a seat somewhere because of what goes: members in it, members of the groups that are let into it, and members of what goes
    /// itself wherever that is let in, each with those above.
    async fn people(&self, tx: &WriteTx) -> Result<Vec<UserId>> {
        let mut sql = tx.conn().sql();
        let (groups, projects) = (self.groups(&mut sql, "n"), self.projects(&mut sql, "p"));
        let row = "m.user_id IS NOT NULL AND m.requested_at IS NULL";
        let up = format!(
            "CROSS JOIN {} CROSS JOIN members m",
            sql.dialect().path_ids("h.ancestor_path", "up")
        );
        let members_above = format!("m.source_kind = 1 AND m.source_id = up.value AND {row}");
        sql.push(format!(
            "SELECT m.user_id FROM namespaces n JOIN members m ON m.source_kind = 1 AND m.source_id = n.id WHERE {groups} AND {row}
             UNION SELECT m.user_id FROM projects p JOIN members m ON m.source_kind = 2 AND m.source_id = p.id WHERE {projects} AND {row}
             UNION SELECT m.user_id FROM namespaces n JOIN group_shares s ON s.shared_group_id = n.id
                     JOIN namespaces h ON h.id = s.invited_group_id {up} WHERE {groups} AND {members_above}
             UNION SELECT m.user_id FROM projects p JOIN project_shares s ON s.project_id = p.id
                     JOIN namespaces h ON h.id = s.invited_group_id {up} WHERE {projects} AND {members_above}
             UNION SELECT m.user_id FROM (SELECT n.ancestor_path FROM namespaces n
                     WHERE {groups} AND (EXISTS (SELECT 1 FROM group_shares s WHERE s.invited_group_id = n.id)
                                         OR EXISTS (SELECT 1 FROM project_shares s WHERE s.invited_group_id = n.id))) AS h {up}
                    WHERE {members_above}
             ORDER BY 1"
        ));
        let people: Vec<Person> = sql.all().await?;
        Ok(people.into_iter().map(|person| person.user_id).collect())
    }

    /// Where each of the things that go is, what contains others first.
    async fn scenes(&self, tx: &WriteTx) -> Result<Vec<Scene>> {
        #[derive(FromQueryResult)]
        struct Row {
            kind: SourceKind,
            id: i64,
            full_path: String,
            root_id: NamespaceId,
            ancestor_path: AncestorPath,
        }
        let mut sql = tx.conn().sql();
        let (groups, projects) = (self.groups(&mut sql, "n"), self.projects(&mut sql, "p"));
        sql.push(format!(
            "SELECT 1 AS kind, n.id, n.full_path, n.root_id, n.ancestor_path FROM namespaces n WHERE {groups}
             UNION ALL SELECT 2, p.id, p.full_path, p.root_id, p.ancestor_path FROM projects p WHERE {projects}
             ORDER BY 1, 2"
        ));
        let rows: Vec<Row> = sql.all().await?;
        let scene = |row: Row| Scene {
            source: Source::new(row.kind, row.id),
            full_path: row.full_path,
            root: row.root_id,
            ancestor_path: row.ancestor_path,
        };
        Ok(rows.into_iter().map(scene).collect())
    }

    /// Takes away what has no foreign key to what goes, and then that, with all that has.
    async fn delete(&self, tx: &WriteTx) -> Result<()> {
        let mut sql = tx.conn().sql();
        let (groups, projects) = (self.groups(&mut sql, "n"), self.projects(&mut sql, "p"));
        sql.push(format!(
            "DELETE FROM members WHERE (source_kind = 1 AND source_id IN (SELECT n.id FROM namespaces n WHERE {groups}))
                                    OR (source_kind = 2 AND source_id IN (SELECT p.id FROM projects p WHERE {projects}))"
        ));
        sql.run().await?;
        let mut sql = tx.conn().sql();
        let projects = self.projects(&mut sql, "p");
        sql.push(format!("DELETE FROM projects AS p WHERE {projects}"));
        sql.run().await?;
        if self.source.kind() == SourceKind::Project {
            return Ok(());
        }
        for statement in [
            "DELETE FROM user_identities WHERE saml_provider_id IN (SELECT n.saml_provider_id FROM namespaces n WHERE",
            "UPDATE users SET enterprise_group_id = NULL WHERE enterprise_group_id IN (SELECT n.id FROM namespaces n WHERE",
            "DELETE FROM namespaces WHERE id IN (SELECT n.id FROM namespaces n WHERE",
        ] {
            let mut sql = tx.conn().sql();
            let groups = self.groups(&mut sql, "n");
            sql.push(format!("{statement} {groups})"));
            sql.run().await?;
        }
        Ok(())
    }
}

/// Removes it, and tells of it: an event for each group and project that goes, and one for each link into something that stays. A fixed number of
/// statements, but for the events, of which a thousand go into one.
pub(in crate::domain) async fn remove(ctx: &Ctx, tx: &WriteTx, doomed: &Doomed, scene: &Scene) -> Result<()> {
    tx.take_your_time().await?;
    // Of a hierarchy that goes as a whole nothing is left that could be told.
    let stays = !matches!(scene.source, Source::Group(group) if NamespaceId::of_group(group) == scene.root);
    // Whoever changes seats of these and does not hold the hierarchies must have ended before anybody is counted.
    seats::hold(tx, &doomed.hierarchies(tx).await?).await?;
    let people = doomed.people(tx).await?;
    let mut felt = BTreeSet::new();
    if let Some(path) = doomed
        .path
        .as_ref()
        .filter(|_| scene.source.kind() == SourceKind::Group)
    {
        felt = shares::cut_off(ctx, tx, path).await?;
    }
    if stays {
        felt.insert(scene.root);
        journal::announce_end(ctx, tx, scene);
    }
    let gone: Vec<_> = doomed
        .scenes(tx)
        .await?
        .into_iter()
        .map(|scene| (PlaceHappening::Destroyed, scene))
        .collect();
    journal::record_places(ctx, tx, &gone).await?;
    doomed.delete(tx).await?;
    for root in felt {
        for user in &people {
            tx.touch(Touched::Member {
                root,
                source: scene.source,
                user: *user,
                // An owner whose time is over counts while there is no other, and others may be going.
                owner: true,
            });
        }
    }
    Ok(())
}

async fn path(tx: &WriteTx, source: Source) -> Result<Option<AncestorPath>> {
    #[derive(FromQueryResult)]
    struct Row {
        ancestor_path: AncestorPath,
    }
    let mut sql = tx.conn().sql();
    let (table, id) = match source {
        Source::Group(group) => ("namespaces", group.0),
        Source::Project(project) => ("projects", project.0),
    };
    let id = sql.bind(id);
    sql.push(format!("SELECT x.ancestor_path FROM {table} x WHERE x.id = {id}"));
    let row: Option<Row> = sql.one().await?;
    Ok(row.map(|row| row.ancestor_path))
}

fn within(sql: &mut Sql<'_>, alias: &str, path: &AncestorPath) -> String {
    let path = sql.bind(path.0.clone());
    sql.dialect().within(&format!("{alias}.ancestor_path"), &path)
}
