//! Where the doors stand: a tree of groups and projects for each call that is let in, so that none finds what another has changed.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::callers;
use crate::support::world::{Group, Item, World};
use crate::support::{TestApp, level};

/// The number of a link of tree `n`; one of each kind.
const LINKS: usize = 500_000;

/// A world of trees, and where everything is in it.
pub(crate) struct Place {
    groups: HashMap<String, i64>,
    projects: HashMap<String, i64>,
    users: HashMap<String, i64>,
    /// Numbers of membership rows, invitations, requests and roles by `<kind> <place> <name>`.
    rows: HashMap<String, i64>,
    /// Numbers of what the product made: audit events, tokens.
    made: HashMap<String, i64>,
}

/// A tree: `public7`, with `synced` and `app` in it.
#[derive(Clone, Debug)]
pub(crate) struct Tree {
    pub(crate) n: usize,
    pub(crate) visibility: &'static str,
    /// Its group, its project and what lies in them are named as what is not there.
    pub(crate) is_missing: bool,
}

/// The number of nothing.
const NOTHING: i64 = 999_999;

impl Tree {
    pub(crate) const fn new(n: usize, visibility: &'static str) -> Self {
        let is_missing = false;
        Self {
            n,
            visibility,
            is_missing,
        }
    }

    pub(crate) fn missing(&self) -> Self {
        let is_missing = true;
        Self {
            is_missing,
            ..self.clone()
        }
    }

    fn path(&self) -> String {
        format!("{}{}", self.visibility, self.n)
    }

    /// The path of the top group `T`, the synced group `S` in it or the project `P` in it.
    pub(crate) fn path_of(&self, place: &str) -> String {
        let top = if self.is_missing {
            format!("nowhere{}", self.n)
        } else {
            self.path()
        };
        match place {
            "S" => format!("{top}/synced"),
            "P" => format!("{top}/app"),
            _ => top,
        }
    }
}

fn staffed(group: Group) -> Group {
    group
        .owner("ann")
        .owner("bob")
        .owner("pen")
        .owner("des")
        .maintainer("mia")
        .developer("dan")
        .member("mel", level::DEVELOPER, |row| row.with_role("Manager"))
        .reporter("rex")
        .member("pla", level::PLANNER, |row| row)
        .guest("gus")
        .member("min", level::MINIMAL, |row| row)
}

fn seen(group: Group, tree: &Tree) -> Group {
    group.set("visibility", tree.visibility)
}

fn planted(world: World, tree: &Tree) -> World {
    let (n, top) = (tree.n, tree.path());
    let (tim, tip, eve) = (format!("tim{n}"), format!("tip{n}"), format!("eve{n}@example.org"));
    let link = LINKS + n;
    world
        .group(&top, |group| {
            seen(staffed(group), tree)
                .developer(&tim)
                .member("wes", level::DEVELOPER, Item::awaiting)
                .requested_by("req", |row| row)
                .invited(&eve, level::DEVELOPER, |row| {
                    row.by("ann").set("token", format!("to-{eve}"))
                })
                .share("friends", level::GUEST, |share| share.set("id", link))
        })
        .role_that(&top, "Manager", level::DEVELOPER, "admin_group_member")
        .role(&top, "Spare", level::GUEST)
        .group(&format!("{top}/synced"), |group| {
            let all = json!([{"id": link, "provider": "main", "cn": "all", "access_level": 30}]);
            seen(group, tree)
                .set("ldap_links", all)
                .member("lea", level::DEVELOPER, |row| row.set("ldap", true))
        })
        .project(&format!("{top}/app"), |project| {
            seen(project, tree)
                .developer(&tip)
                .requested_by("req", |row| row)
                .invited(&eve, level::DEVELOPER, |row| row.by("ann"))
                .share("friends", level::GUEST, |share| share.set("id", link))
        })
        .project(&format!("{top}/lib"), |project| seen(project, tree).developer("lib"))
}

impl Place {
    /// Plants these trees in an empty world with `spare` tokens of every caller.
    pub(crate) async fn plant(app: &TestApp, trees: &[Tree], spare: usize) -> Self {
        let world = callers::people(spare)
            .user("newt", |user| user)
            .user("wes", |user| user)
            .group("friends", |group| group.public().owner("olga"))
            .group("spare", |group| group.public().owner("ann").maintainer("mia"))
            .group("hidden", |group| group.owner("olga"))
            .project("hidden/app", |project| project);
        let world = trees.iter().fold(world, planted).json();
        app.import(&world).await;
        let mut place = Self::read(&world);
        place.look(app, trees, spare).await;
        place
    }

    fn read(world: &Value) -> Self {
        let numbers = |list: &str, name: &str| {
            let all = world[list].as_array().unwrap().iter();
            all.map(|one| (one[name].as_str().unwrap().to_owned(), one["id"].as_i64().unwrap()))
                .collect::<HashMap<_, _>>()
        };
        let mut rows = HashMap::new();
        for (list, kind, name) in [
            ("members", "member", "user"),
            ("invitations", "invitation", "email"),
            ("access_requests", "request", "user"),
            ("member_roles", "role", "name"),
        ] {
            for row in world[list].as_array().unwrap() {
                let at = row["group"].as_str().or(row["project"].as_str()).unwrap();
                let key = format!("{kind} {at} {}", row[name].as_str().unwrap());
                rows.insert(key, row["id"].as_i64().unwrap());
            }
        }
        Self {
            groups: numbers("groups", "path"),
            projects: numbers("projects", "path"),
            users: numbers("users", "username"),
            rows,
            made: HashMap::new(),
        }
    }

    /// An audit event in the first tree of each visibility, and the numbers of spare tokens.
    async fn look(&mut self, app: &TestApp, trees: &[Tree], spare: usize) {
        for tree in trees.iter().take(3) {
            for (source, folder) in [("T", "groups"), ("P", "projects")] {
                let at = format!("/{folder}/{}", tree.path_of(source).replace('/', "%2F"));
                let body = json!({"username": "olga", "access_level": 10});
                app.admin().post(&format!("{at}/members"), &body).await.expect(201);
                let events = app.admin().get(&format!("{at}/audit_events")).await.expect(200).json();
                let event = events[0]["id"].as_i64().unwrap();
                self.made.insert(format!("event {} {source}", tree.path()), event);
            }
        }
        if spare > 0 {
            self.made.extend(super::tokens(app).await);
        }
    }

    /// The value of a word of the tables in this tree, for this caller: `$tim` is a number, `$User:tim` a global id.
    pub(crate) fn value(&self, tree: &Tree, caller: &str, word: &str) -> Value {
        if let Some((model, rest)) = word.split_once(':') {
            let number = self.value(tree, caller, rest);
            return json!(format!("gid://gitlab/{model}/{number}"));
        }
        let (top, n) = (tree.path(), tree.n);
        let row = |kind: &str, at: &str, name: &str| {
            if tree.is_missing {
                json!(NOTHING)
            } else {
                json!(self.rows[&format!("{kind} {at} {name}")])
            }
        };
        let user = |name: &str| json!(self.users.get(name).unwrap_or(&NOTHING));
        let made = |key: String| json!(self.made.get(&key).unwrap_or(&NOTHING));
        match word {
            "T" | "S" | "P" | "link" if tree.is_missing => json!(NOTHING),
            "T" | "S" => json!(self.groups[&tree.path_of(word)]),
            "P" => json!(self.projects[&tree.path_of(word)]),
            "T/path" | "S/path" | "P/path" => json!(tree.path_of(&word[..1])),
            "lib" => json!(self.projects[&format!("{top}/lib")]),
            "friends" | "spare" | "hidden" => json!(self.groups[word]),
            "hidden app" => json!(self.projects["hidden/app"]),
            "tim" | "tip" => user(&format!("{word}{n}")),
            "newt" | "wes" | "lea" | "req" | "olga" => user(word),
            "own" => user(caller),
            "eve" => json!(format!("eve{n}@example.org")),
            "to eve" => json!(format!("to-eve{n}@example.org")),
            "fresh" => json!(format!("fresh-{}-{n}", tree.visibility)),
            "link" => json!(LINKS + n),
            "tim row" => row("member", &top, &format!("tim{n}")),
            "wes row" => row("member", &top, "wes"),
            "tip row" => row("member", &format!("{top}/app"), &format!("tip{n}")),
            "lea row" => row("member", &format!("{top}/synced"), "lea"),
            "eve row" => row("invitation", &top, &format!("eve{n}@example.org")),
            "eve in P" => row("invitation", &format!("{top}/app"), &format!("eve{n}@example.org")),
            "req row" => row("request", &top, "req"),
            "req in P" => row("request", &format!("{top}/app"), "req"),
            "role" => row("role", &top, "Spare"),
            "event T" | "event P" => made(format!("event {top} {}", &word[6..])),
            "token" => made(format!("token {caller}-spare{n}")),
            "token of another" => made(format!("token gus-spare{n}")),
            "nothing" => json!(NOTHING),
            _ => panic!("no word of the tables: {word}"),
        }
    }

    /// A body or an input with its words replaced.
    pub(crate) fn filled(&self, tree: &Tree, caller: &str, value: &Value) -> Value {
        match value {
            Value::String(text) => match text.strip_prefix('$') {
                Some(word) => self.value(tree, caller, word),
                None => value.clone(),
            },
            Value::Array(items) => items.iter().map(|item| self.filled(tree, caller, item)).collect(),
            Value::Object(members) => {
                let members = members.iter();
                let filled: Map<_, _> = members
                    .map(|(key, value)| (key.clone(), self.filled(tree, caller, value)))
                    .collect();
                Value::Object(filled)
            }
            _ => value.clone(),
        }
    }

    /// A value as it stands in a path.
    pub(crate) fn text(&self, tree: &Tree, caller: &str, word: &str) -> String {
        match self.filled(tree, caller, &json!(word)) {
            Value::String(text) => text.replace('/', "%2F").replace('@', "%40"),
            other => other.to_string(),
        }
    }
}
