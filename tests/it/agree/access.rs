//! Explanations against the evaluator: why each user has the level that they have, in each group and project, as each caller is told.

use std::collections::BTreeMap;

use roster::domain::members::{self, Access, GrantKind, Ignored, Of};
use roster::domain::standing::{self, Name};
use roster::domain::{Ctx, members as domain};
use roster::types::UserId;
use serde_json::{Value, json};

use super::domain::context;
use crate::support::oracle::{Caller, Explanation, Grant, Oracle};
use crate::support::{Client, TestApp, today};

pub(super) async fn agrees(app: &TestApp, world: &Value) {
    let oracle = Oracle::new(world, today());
    for name in oracle.callers() {
        let asked = Asked {
            ctx: context(app, name).await,
            client: app.token(&format!("{name}-api")),
            oracle: &oracle,
            name,
        };
        for path in oracle.group_paths() {
            let Ok(group) = standing::group(&asked.ctx, &Name::Path(path.to_owned())).await else {
                continue;
            };
            let expected = |user: &str| oracle.explain_in_group(path, user, Caller::User(name));
            asked.compare(Of::Group(&group), path, expected).await;
        }
        for path in oracle.project_paths() {
            let Ok(project) = standing::project(&asked.ctx, &Name::Path(path.to_owned())).await else {
                continue;
            };
            let expected = |user: &str| oracle.explain_in_project(path, user, Caller::User(name));
            asked.compare(Of::Project(&project), path, expected).await;
        }
    }
}

struct Asked<'a> {
    ctx: Ctx,
    client: Client,
    oracle: &'a Oracle,
    name: &'a str,
}

impl Asked<'_> {
    async fn compare(&self, of: Of<'_>, path: &str, expected: impl Fn(&str) -> Option<Explanation>) {
        let users = self.oracle.usernames();
        let asked: Vec<_> = users
            .iter()
            .map(|user| (of, UserId(self.oracle.user_id(user))))
            .collect();
        let found = domain::explain(&self.ctx, &asked).await.expect("the database answers");
        let told = self.graph(of, path).await;
        for (user, found) in users.into_iter().zip(found) {
            let what = format!("{user} in {path} as {}", self.name);
            let alias = format!("u{}", self.oracle.user_id(user));
            let expected = expected(user);
            assert_eq!(found.is_some(), expected.is_some(), "{what}");
            assert_eq!(told[&alias].is_null(), found.is_none(), "{what}");
            let (Some(found), Some(expected)) = (found, expected) else {
                continue;
            };
            self.one(&found, &expected, path, &what);
            assert_eq!(told[&alias], as_the_graph_tells(&found, path), "{what}");
        }
    }

    fn one(&self, found: &Access, expected: &Explanation, path: &str, what: &str) {
        assert_eq!(i64::from(found.level.number()), expected.level, "{what}: {found:?}");
        let grants: Vec<Grant> = found.grants.iter().map(|found| grant(found, path)).collect();
        // Of several ways that may not be named any may stand for all.
        let kinds = |grants: &[Grant]| {
            let mut grants = grants.to_vec();
            for grant in &mut grants {
                if expected.deciders == [None]
                    && grant.member.is_none()
                    && grant.kind != "ADMIN"
                    && grant.ignored.is_none()
                {
                    grant.kind = "ANY";
                }
            }
            grants.sort();
            grants
        };
        assert_eq!(kinds(&grants), kinds(&expected.grants), "{what}");
        assert!(
            found
                .grants
                .is_sorted_by_key(|grant| grant.ignored.is_some() || grant.kind == GrantKind::Admin)
                || found.grants.last().is_some_and(|last| last.kind == GrantKind::Admin),
            "{what}: what counts comes first"
        );
        let decided = found
            .decided_by()
            .map(|grant| grant.member.as_ref().and_then(|member| member.id).map(|id| id.0));
        match decided {
            Some(decided) => assert!(
                expected.deciders.contains(&decided),
                "{what}: {decided:?} in {expected:?}"
            ),
            None => assert!(expected.deciders.is_empty(), "{what}: nothing decides {expected:?}"),
        }
        assert_eq!(found.expires_at, expected.expires_at, "{what}");
        self.names_nothing_hidden(&found.explanation, what);
    }

    fn names_nothing_hidden(&self, explanation: &str, what: &str) {
        assert!(
            explanation.ends_with('.') && explanation.matches(". ").count() == 0,
            "{what}: {explanation}"
        );
        let words: Vec<_> = explanation.split([' ', ',', ';', ':', '.']).collect();
        for path in self.oracle.group_paths() {
            let seen = self.oracle.sees_group(path, Caller::User(self.name));
            assert!(seen || !words.contains(&path), "{what}: {explanation}");
        }
    }

    /// What the graph tells of each user, in one document.
    async fn graph(&self, of: Of<'_>, path: &str) -> BTreeMap<String, Value> {
        let fields = "accessLevel { integerValue } explanation decidedBy { kind } grants { via { fullPath } counts ignoredBecause }";
        let users = self.oracle.usernames();
        let each: Vec<_> = users
            .iter()
            .map(|user| {
                let id = self.oracle.user_id(user);
                format!("u{id}: effectiveAccess(userId: \"gid://gitlab/User/{id}\") {{ {fields} }}")
            })
            .collect();
        let kind = match of {
            Of::Group(_) => "group",
            Of::Project(_) => "project",
        };
        let mut told = BTreeMap::new();
        for each in each.chunks(8) {
            let query = format!("{{ {kind}(fullPath: \"{path}\") {{ {} }} }}", each.join(" "));
            let data = self.client.query(&query, json!({})).await;
            let answers = data[kind].as_object().expect("it is seen").clone();
            told.extend(answers);
        }
        told
    }
}

fn as_the_graph_tells(found: &Access, path: &str) -> Value {
    let grants: Vec<_> = found
        .grants
        .iter()
        .map(|found| {
            let grant = grant(found, path);
            let via: Vec<_> = grant.via.iter().map(|path| json!({"fullPath": path})).collect();
            json!({"via": via, "counts": grant.ignored.is_none(), "ignoredBecause": grant.ignored})
        })
        .collect();
    json!({
        "accessLevel": {"integerValue": found.level.number()},
        "explanation": found.explanation,
        "decidedBy": found.decided_by().map(|found| json!({"kind": grant(found, path).kind})),
        "grants": grants,
    })
}

fn grant(found: &members::Grant, path: &str) -> Grant {
    let number = |level: roster::types::AccessLevel| i64::from(level.number());
    let via = found.via.iter().map(|group| group.full_path.clone());
    Grant {
        kind: match found.kind {
            GrantKind::Direct => "DIRECT",
            GrantKind::Inherited => "INHERITED",
            GrantKind::GroupShare => "GROUP_SHARE",
            GrantKind::ProjectShare => "PROJECT_SHARE",
            GrantKind::PersonalNamespace => "PERSONAL_NAMESPACE",
            GrantKind::Admin => "ADMIN",
        },
        level: number(found.level),
        role: found.role.as_ref().map(|role| role.id.0),
        capped_from: found.capped_from.map(number),
        via: via.chain([path.to_owned()]).collect(),
        member: found
            .member
            .as_ref()
            .map(|member| (member.id.map(|id| id.0), number(member.access_level))),
        expires_at: found.expires_at,
        ignored: found.ignored.map(|ignored| match ignored {
            Ignored::Expired => "EXPIRED",
            Ignored::Awaiting => "AWAITING",
            Ignored::MinimalAccess => "MINIMAL_ACCESS",
            Ignored::ShareExpired => "SHARE_EXPIRED",
            Ignored::ShareLocked => "SHARE_LOCKED",
            Ignored::LowerLevel => "LOWER_LEVEL",
            Ignored::AccessRequest => "ACCESS_REQUEST",
        }),
    }
}
