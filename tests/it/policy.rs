//! The policy as a table under version control: every ability, for every kind of actor, at every visibility. A rule that changes is a line that
//! changes in `docs/policy.md`.
//!
//! Nothing here is a mock: each cell is the product's own answer, asked for in a transaction that is undone.

mod invitations;
mod pending;
mod places;
mod roles;

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use roster::domain::access_requests;
use roster::domain::members::{self, Filter, MemberChange, NewMember, Order, Removal, Which, Whom};
use roster::domain::policy::Reason;
use roster::domain::shares::{self, NewShare};
use roster::domain::standing::{self, Name};
use roster::domain::{Actor, Ctx, Door, Error, Origin, Result, Thing, Window, tokens};
use roster::types::{AccessLevel, Patch, SourceKind};
use serde_json::{Value, json};

use crate::support::world::{Group, Item, World};
use crate::support::{TestApp, level, on_both_databases};

on_both_databases!(the_table_says_who_may_do_what, an_ability_is_never_lost_on_the_way_up,);

/// Who acts: the column's heading, and the user; none for a caller without a token.
const ACTORS: [(&str, Option<&str>); 13] = [
    ("anonymous", None),
    ("external", Some("exa")),
    ("stranger", Some("sid")),
    ("minimal", Some("min")),
    ("guest", Some("gus")),
    ("planner", Some("pia")),
    ("reporter", Some("ron")),
    ("developer", Some("dev")),
    ("manager", Some("mel")),
    ("maintainer", Some("mia")),
    ("owner", Some("ola")),
    ("owner by link", Some("lin")),
    ("admin", Some("root")),
];

/// People who have no special right but to be a member.
const LADDER: [(&str, i64); 7] = [
    ("min", level::MINIMAL),
    ("gus", level::GUEST),
    ("pia", level::PLANNER),
    ("ron", level::REPORTER),
    ("dev", level::DEVELOPER),
    ("mia", level::MAINTAINER),
    ("ola", level::OWNER),
];

const VISIBILITIES: [&str; 3] = ["public", "internal", "private"];

/// Something that somebody may or may not do somewhere.
struct Ability {
    words: &'static str,
    attempt: fn(Ctx, Place) -> BoxFuture<'static, Result<()>>,
}

/// Where it is tried.
#[derive(Clone, Debug)]
struct Place {
    kind: SourceKind,
    name: Name,
    users: Arc<Users>,
    groups: Groups,
}

/// Numbers of groups that have to do with shares.
#[derive(Clone, Copy, Debug)]
struct Groups {
    /// Everybody is a guest there.
    club: i64,
    /// Nobody is a member there, and all is shared with it.
    visitors: i64,
    /// Everybody owns it; all was shared with it, and gives nothing any more.
    own: i64,
}

/// Numbers of those to whom something is done.
#[derive(Debug)]
struct Users {
    newcomer: i64,
    guest: i64,
    planner: i64,
    owner: i64,
    bot: i64,
    requester: i64,
    waiting: i64,
    role: i64,
}

const ABILITIES: [Ability; 25] = [
    Ability {
        words: "see it",
        attempt: |ctx, at| async move { standing::find(&ctx, at.kind, &at.name).await.map(drop) }.boxed(),
    },
    Ability {
        words: "list its members",
        attempt: |ctx, at| list(ctx, at, Which::Direct).boxed(),
    },
    Ability {
        words: "list all its members",
        attempt: |ctx, at| list(ctx, at, Which::all()).boxed(),
    },
    Ability {
        words: "add a guest",
        attempt: |ctx, at| add(ctx, at, level::GUEST, None).boxed(),
    },
    Ability {
        words: "add a planner",
        attempt: |ctx, at| add(ctx, at, level::PLANNER, None).boxed(),
    },
    Ability {
        words: "add a developer",
        attempt: |ctx, at| add(ctx, at, level::DEVELOPER, None).boxed(),
    },
    Ability {
        words: "add a maintainer",
        attempt: |ctx, at| add(ctx, at, level::MAINTAINER, None).boxed(),
    },
    Ability {
        words: "add an owner",
        attempt: |ctx, at| add(ctx, at, level::OWNER, None).boxed(),
    },
    Ability {
        words: "give a custom role",
        attempt: |ctx, at| {
            let role = at.users.role;
            add(ctx, at, level::GUEST, Some(role)).boxed()
        },
    },
    Ability {
        words: "make a guest a reporter",
        attempt: |ctx, at| update(ctx, at.clone(), at.users.guest, level::REPORTER).boxed(),
    },
    Ability {
        words: "make a guest an owner",
        attempt: |ctx, at| update(ctx, at.clone(), at.users.guest, level::OWNER).boxed(),
    },
    Ability {
        words: "keep a planner one",
        attempt: |ctx, at| update(ctx, at.clone(), at.users.planner, level::PLANNER).boxed(),
    },
    Ability {
        words: "make an owner a guest",
        attempt: |ctx, at| update(ctx, at.clone(), at.users.owner, level::GUEST).boxed(),
    },
    Ability {
        words: "remove a guest",
        attempt: |ctx, at| remove(ctx, at.clone(), at.users.guest).boxed(),
    },
    Ability {
        words: "remove an owner",
        attempt: |ctx, at| remove(ctx, at.clone(), at.users.owner).boxed(),
    },
    Ability {
        words: "remove a bot",
        attempt: |ctx, at| remove(ctx, at.clone(), at.users.bot).boxed(),
    },
    Ability {
        words: "share it with a group of theirs",
        attempt: |ctx, at| share(ctx, at.clone(), at.groups.club).boxed(),
    },
    Ability {
        words: "take a share back",
        attempt: |ctx, at| unshare(ctx, at.clone(), at.groups.visitors).boxed(),
    },
    Ability {
        words: "take a share with a group they own back",
        attempt: |ctx, at| unshare(ctx, at.clone(), at.groups.own).boxed(),
    },
    Ability {
        words: "leave",
        attempt: |ctx, at| {
            let own = ctx.actor.user_id().map_or(0, |user| user.0);
            remove(ctx, at, own).boxed()
        },
    },
    Ability {
        words: "ask for access",
        attempt: |ctx, at| async move { access_requests::ask(&ctx, at.kind, &at.name).await.map(drop) }.boxed(),
    },
    Ability {
        words: "list access requests",
        attempt: |ctx, at| list_requests(ctx, at).boxed(),
    },
    Ability {
        words: "approve a request",
        attempt: |ctx, at| approve(ctx, at, AccessLevel::Developer).boxed(),
    },
    Ability {
        words: "make an owner of who asks",
        attempt: |ctx, at| approve(ctx, at, AccessLevel::Owner).boxed(),
    },
    Ability {
        words: "deny a request",
        attempt: |ctx, at| deny(ctx, at).boxed(),
    },
];

async fn list(ctx: Ctx, at: Place, which: Which) -> Result<()> {
    // As REST does: without a caller nothing is looked for.
    ctx.require_caller()?;
    let found = standing::find(&ctx, at.kind, &at.name).await?;
    let (filter, window) = (Filter::default(), Window::first(1));
    let page = members::page(&ctx, found.of(), &which, &filter, Order::User, &window).await;
    page.map(drop)
}

async fn add(ctx: Ctx, at: Place, level: i64, role: Option<i64>) -> Result<()> {
    let new = NewMember {
        access_level: level,
        member_role_id: role,
        ..NewMember::default()
    };
    let whom = Whom::Id(at.users.newcomer);
    members::add(&ctx, at.kind, &at.name, &whom, &new).await.map(drop)
}

async fn update(ctx: Ctx, at: Place, user: i64, level: i64) -> Result<()> {
    let change = MemberChange {
        access_level: Some(level),
        expires_at: Patch::Keep,
        member_role_id: Patch::Keep,
    };
    members::update(&ctx, at.kind, &at.name, user, &change).await.map(drop)
}

async fn remove(ctx: Ctx, at: Place, user: i64) -> Result<()> {
    let removed = members::remove(&ctx, at.kind, &at.name, user, &Removal::default()).await;
    removed.map(drop)
}

async fn list_requests(ctx: Ctx, at: Place) -> Result<()> {
    ctx.require_caller()?;
    let found = standing::find(&ctx, at.kind, &at.name).await?;
    let page = access_requests::page(&ctx, found.of(), &Window::first(1)).await;
    page.map(drop)
}

async fn approve(ctx: Ctx, at: Place, level: AccessLevel) -> Result<()> {
    let approved = access_requests::approve(&ctx, at.kind, &at.name, at.users.requester, level).await;
    approved.map(drop)
}

async fn deny(ctx: Ctx, at: Place) -> Result<()> {
    let denied = access_requests::deny(&ctx, at.kind, &at.name, at.users.requester, None).await;
    denied.map(drop)
}

async fn share(ctx: Ctx, at: Place, group_id: i64) -> Result<()> {
    let new = NewShare {
        group_id,
        access_level: AccessLevel::Guest,
        expires_at: None,
        member_role_id: None,
    };
    shares::create(&ctx, at.kind, &at.name, &new).await.map(drop)
}

async fn unshare(ctx: Ctx, at: Place, group_id: i64) -> Result<()> {
    shares::delete(&ctx, at.kind, &at.name, group_id, None).await.map(drop)
}

/// What a cell says: REST's status, short of what both doors can tell apart.
fn cell(outcome: &Result<()>) -> &'static str {
    match outcome {
        Ok(()) => "yes",
        Err(Error::Unauthenticated) => "401",
        // A namespace that one may not use is a fault of the input.
        Err(Error::NotFound(Thing::Home) | Error::AboveOwn(_) | Error::NothingGiven) => "400",
        Err(Error::NotFound(_)) => "404",
        Err(Error::Refused(Reason::ApprovedByOwners | Reason::WaitsAboveOwn)) => "422",
        Err(Error::Forbidden(_) | Error::Refused(_)) => "403",
        Err(Error::Items(_)) => "item",
        Err(error) => panic!("{error:?}"),
    }
}

/// A group and a project of each visibility, in hierarchies of their own, with the same people.
fn world() -> Value {
    let mut world = World::new()
        .user("exa", Item::external)
        .user("sid", |user| user)
        .user("new", |user| user)
        .user("bot", |user| user.set("user_type", "project_bot"))
        .group("allies", |group| group.owner("lin"))
        .group("club", |group| everybody(group, level::GUEST))
        .group("visitors", |group| group)
        .group("own", |group| everybody(group, level::OWNER));
    for visibility in VISIBILITIES {
        let group = format!("{visibility}-group");
        world = world.group(&group, |group| {
            let group = manager(people(group, true));
            shared(group).set("visibility", visibility)
        });
        let home = format!("{visibility}-home");
        world = world
            .group(&home, |group| {
                let group = manager(group.owner("oto")).member("min", level::MINIMAL, |m| m);
                group.set("visibility", visibility)
            })
            .project(&format!("{home}/project"), |project| {
                shared(people(project, false)).set("visibility", visibility)
            });
        for group in [group, home] {
            world = world.role(&group, "Manager", level::DEVELOPER);
            world = world.role(&group, "Reader", level::GUEST);
        }
    }
    let mut world = world.json();
    for role in world["member_roles"].as_array_mut().into_iter().flatten() {
        if role["name"] == "Manager" {
            role["permissions"] = json!(["admin_group_member"]);
        }
    }
    world
}

/// The whole ladder, somebody of each kind to whom things are done, and a second owner, so that no owner is the last.
fn people(source: Group, with_minimal: bool) -> Group {
    let source = LADDER
        .into_iter()
        .filter(|(_, level)| with_minimal || *level != level::MINIMAL)
        .fold(source, |source, (user, level)| source.member(user, level, |m| m));
    let source = source
        .guest("tia")
        .member("tom", level::PLANNER, |m| m)
        .owner("tea")
        .member("wes", level::GUEST, Item::awaiting)
        .developer("bot")
        .requested_by("req", |request| request);
    invitations::invited(source)
}

/// Every signed-in actor but the administrator.
fn everybody(group: Group, level: i64) -> Group {
    let names = ACTORS
        .into_iter()
        .filter_map(|(_, name)| name)
        .filter(|name| *name != "root");
    names.fold(group, |group, name| group.member(name, level, |row| row))
}

fn shared(source: Group) -> Group {
    source
        .shared_with("allies", level::OWNER)
        .shared_with("visitors", level::GUEST)
        .share("own", level::GUEST, |link| link.until("2026-11-21"))
}

/// A developer whose custom role may manage members.
fn manager(group: Group) -> Group {
    group.member("mel", level::DEVELOPER, |m| m.with_role("Manager"))
}

/// Everybody's contexts, and the numbers of the world.
struct Stage {
    contexts: Vec<Ctx>,
    users: Arc<Users>,
    groups: Groups,
}

impl Stage {
    async fn set(app: &TestApp) -> (Self, Value) {
        let world = world();
        app.import(&world).await;
        let id = |username: &str| {
            let users = world["users"].as_array().expect("a list").iter();
            let mut found = users.filter(|user| user["username"] == username);
            found.next().and_then(|user| user["id"].as_i64()).expect("a user")
        };
        let mut contexts = Vec::new();
        for (_, user) in ACTORS {
            contexts.push(context(app, user).await);
        }
        let users = Users {
            newcomer: id("new"),
            guest: id("tia"),
            planner: id("tom"),
            owner: id("tea"),
            bot: id("bot"),
            requester: id("req"),
            waiting: id("wes"),
            role: 0,
        };
        let group = |path: &str| {
            let mut groups = world["groups"].as_array().expect("a list").iter();
            let found = groups.find(|group| group["path"] == path);
            found.and_then(|group| group["id"].as_i64()).expect("a group")
        };
        let groups = Groups {
            club: group("club"),
            visitors: group("visitors"),
            own: group("own"),
        };
        let stage = Self {
            contexts,
            users: Arc::new(users),
            groups,
        };
        (stage, world)
    }

    /// The rows of the table at one place.
    async fn rows(&self, kind: SourceKind, path: &str, role: i64) -> Vec<(&'static str, Vec<&'static str>)> {
        let users = Users { role, ..*self.users };
        let place = Place {
            kind,
            name: Name::Path(path.to_owned()),
            users: Arc::new(users),
            groups: self.groups,
        };
        let mut rows = Vec::new();
        let of_groups = roles::ABILITIES
            .iter()
            .chain(&pending::ABILITIES)
            .chain(&places::OF_GROUPS);
        let of_groups = of_groups.filter(|_| kind == SourceKind::Group);
        let of_both = ABILITIES
            .iter()
            .chain(&invitations::ABILITIES)
            .chain(&places::ABILITIES);
        for ability in of_both.chain(of_groups) {
            let mut cells = Vec::new();
            for ctx in &self.contexts {
                let (attempt, place) = (ability.attempt, &place);
                let outcome = ctx.rehearse(|ctx| attempt(ctx, place.clone())).await;
                cells.push(cell(&outcome));
            }
            rows.push((ability.words, cells));
        }
        rows
    }
}

async fn context(app: &TestApp, user: Option<&str>) -> Ctx {
    let actor = match user {
        None => Actor::Anonymous,
        Some(name) => {
            let caller = tokens::authenticate(&app.app, &format!("{name}-api")).await;
            let caller = caller.expect("the database answers").expect("a token that works");
            Actor::User(Arc::new(caller))
        }
    };
    Ctx::new(Arc::clone(&app.app), actor, Origin::new(Door::System, "test"))
}

/// The group and the project of a visibility, with the custom role that its hierarchy has to give.
fn places(visibility: &str, world: &Value) -> [(SourceKind, String, i64); 2] {
    let role_of = |group: &str| {
        let mut roles = world["member_roles"].as_array().expect("a list").iter();
        let role = roles.find(|role| role["group"] == group && role["name"] == "Reader");
        role.and_then(|role| role["id"].as_i64()).expect("a role")
    };
    let (group, home) = (format!("{visibility}-group"), format!("{visibility}-home"));
    let project = format!("{home}/project");
    [
        (SourceKind::Group, group.clone(), role_of(&group)),
        (SourceKind::Project, project, role_of(&home)),
    ]
}

async fn the_table_says_who_may_do_what(app: TestApp) {
    let (stage, world) = Stage::set(&app).await;
    let mut page = PREFACE.to_owned();
    for visibility in VISIBILITIES {
        for (kind, path, role) in places(visibility, &world) {
            let noun = if kind == SourceKind::Group { "group" } else { "project" };
            let article = if visibility == "internal" { "An" } else { "A" };
            let _ = writeln!(page, "\n## {article} {visibility} {noun}\n");
            let headings = ACTORS.map(|(heading, _)| heading).join(" | ");
            let _ = writeln!(page, "| | {headings} |\n|{}", "---|".repeat(ACTORS.len() + 1));
            for (words, cells) in stage.rows(kind, &path, role).await {
                let _ = writeln!(page, "| {words} | {} |", cells.join(" | "));
            }
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/policy.md");
    if crate::support::halves::setting("ROSTER_BLESS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(kept, page, "ROSTER_BLESS=1 writes it anew");
}

const PREFACE: &str = "# Who may do what

Each cell is what the product answered: `yes`, or the status with which REST refuses it; `item`: an item of a call for several
is refused, whose status is 201. A test asks again and compares.

The columns are what somebody is in the group or project itself; `minimal` has minimal access in the group, or in the group that the project lies
in; a `manager` is a developer of that group whose custom role has `admin_group_member`; an `owner by link` owns a group that it is shared with at
owner level. Everything but leaving and asking for access is tried on somebody else, and no owner is the last one.
";

/// On the ladder of levels from guest to owner and administrator, who can do something can do it further up; but leaving is for members, and what
/// is of Planner is Planner's.
async fn an_ability_is_never_lost_on_the_way_up(app: TestApp) {
    let (stage, world) = Stage::set(&app).await;
    let ladder = ["guest", "reporter", "developer", "maintainer", "owner"];
    let column = |heading: &str| ACTORS.iter().position(|(known, _)| *known == heading).unwrap();
    for visibility in VISIBILITIES {
        for (kind, path, role) in places(visibility, &world) {
            for (words, cells) in stage.rows(kind, &path, role).await {
                let able: Vec<bool> = ladder.iter().map(|rung| cells[column(rung)] == "yes").collect();
                assert!(able.is_sorted(), "{words} at {path}: {cells:?}");
            }
        }
    }
}
