//! The seat cap on every way in.

use serde_json::{Value, json};

use super::{GROUP, Stage, set};
use crate::rest::each;
use crate::support::world::{Group, Item, World};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    every_way_into_a_full_group_ends_in_waiting,
    who_takes_no_new_seat_does_not_wait,
    a_change_of_the_cap_or_of_seats_moves_nobody,
    a_removal_makes_room_and_approves_nobody,
    a_cap_of_nothing_lets_nobody_in,
);

fn full(group: Group) -> Group {
    group.set("seats", json!({"cap": 1})).owner("own")
}

const PROJECT: &str = "/projects/acme%2Fsub%2Fp";
const SUBGROUP: &str = "/groups/acme%2Fsub";

impl Stage {
    /// The members by a direct row as an administrator reads them: user name, state, whether a seat is taken.
    async fn seats(&self, source: &str) -> Vec<(String, String, bool)> {
        let list = self
            .read(&format!("{source}/members?show_seat_info=true&per_page=100"))
            .await;
        let seat = |member: &Value| {
            let word = |key: &str| member[key].as_str().unwrap().to_owned();
            (
                word("username"),
                word("membership_state"),
                member["is_using_seat"] == true,
            )
        };
        list.as_array().unwrap().iter().map(seat).collect()
    }

    /// Somebody waits there: is shown so, sees nothing, and takes no seat.
    async fn assert_waits(&self, source: &str, who: &str) {
        let seats = self.seats(source).await;
        assert!(
            seats.contains(&(who.to_owned(), "awaiting".to_owned(), false)),
            "{source} {who}: {seats:?}"
        );
        assert_eq!(self.by(who).get(source).await.status, 404, "{source} {who}");
        let pending = self.read(&format!("{GROUP}/pending_members?per_page=100")).await;
        assert!(each(&pending, "username").contains(&json!(who)), "{who}: {pending}");
    }
}

async fn every_way_into_a_full_group_ends_in_waiting(app: TestApp) {
    let names = (0..12).map(|n| format!("n{n}"));
    let world = names.fold(World::new(), |world, name| world.user(&name, |user| user));
    let world = world
        .group("acme", |group| full(group).requested_by("r1", |row| row))
        .group("acme/sub", |group| group.requested_by("r2", |row| row))
        .project("acme/sub/p", |project| project.requested_by("r3", |row| row));
    let stage = Stage::new(app, &world).await;
    let sources = [GROUP, SUBGROUP, PROJECT];
    for (place, source) in sources.into_iter().enumerate() {
        let name = |n: usize| format!("n{}", place * 4 + n);
        // Added, one and several; guests and owners, too.
        let one = json!({"username": name(0), "access_level": 10});
        let (status, text) = stage.post("own", &format!("{source}/members"), one).await;
        assert_eq!(
            (status, text.contains("\"membership_state\":\"awaiting\"")),
            (201, true),
            "{text}"
        );
        stage.assert_waits(source, &name(0)).await;
        let several = json!({"username": format!("{},{}", name(1), name(2)), "access_level": 50});
        let added = stage.add("own", &format!("{source}/members"), several).await;
        assert_eq!(added, (201, json!({"status": "success"}).to_string()));
        stage.assert_waits(source, &name(1)).await;
        stage.assert_waits(source, &name(2)).await;
        // Invited, with an account and without one.
        let known = json!({"email": format!("{}@example.com,x{place}@example.org", name(3)), "access_level": 30});
        let invited = stage.post("own", &format!("{source}/invitations"), known).await;
        assert_eq!(invited, (201, json!({"status": "success"}).to_string()));
        stage.assert_waits(source, &name(3)).await;
        // A request that is approved.
        let asks = format!("r{}", place + 1);
        let (status, text) = stage.approve("own", source, &asks, json!({})).await;
        assert_eq!(
            (status, text.contains("\"membership_state\":\"awaiting\"")),
            (201, true),
            "{text}"
        );
        stage.assert_waits(source, &asks).await;
    }
    let pending = stage.read(&format!("{GROUP}/pending_members?per_page=100")).await;
    let invited: Vec<_> = pending
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["invited"] == true)
        .collect();
    assert_eq!(invited.len(), 3);
    assert!(invited.iter().all(|one| one["approved"] == false), "{invited:?}");
    // An owner who waits owns nothing.
    assert_eq!(
        stage.delete("own", &stage.member(GROUP, "own")).await.0,
        403,
        "is the last owner still"
    );
}

async fn who_takes_no_new_seat_does_not_wait(app: TestApp) {
    let world = World::new()
        .user("bot", |user| user.set("user_type", "project_bot"))
        .user("svc", |user| user.set("user_type", "service_account"))
        .group("acme", |group| {
            full(group)
                .member("min", 5, |row| row)
                .member("awa", 30, Item::awaiting)
        })
        .group("acme/sub", |group| group.guest("gus"))
        .project("acme/sub/p", |project| project.developer("dev"))
        .group("free", |group| group.owner("own"));
    let stage = Stage::new(app, &world).await;
    let add = async |source: &str, who: &str| {
        let body = json!({"username": who, "access_level": 30});
        let (status, text) = stage.post("own", &format!("{source}/members"), body).await;
        assert_eq!(status, 201, "{source} {who}: {text}");
        serde_json::from_str::<Value>(&text).unwrap()["membership_state"].clone()
    };
    for (source, who, state) in [
        (GROUP, "bot", "active"),
        (GROUP, "svc", "active"),
        (GROUP, "gus", "active"),
        (GROUP, "dev", "active"),
        (SUBGROUP, "min", "active"),
        (SUBGROUP, "awa", "awaiting"),
        ("/groups/free", "awa", "active"),
    ] {
        assert_eq!(add(source, who).await, state, "{source} {who}");
    }
}

async fn a_change_of_the_cap_or_of_seats_moves_nobody(app: TestApp) {
    let world = World::new().user("new", |user| user).group("acme", |group| {
        let group = group.set("seats", json!({"cap": 3})).owner("own").developer("dan");
        group.member("awa", 30, Item::awaiting)
    });
    let stage = Stage::new(app, &world).await;
    let states = async || stage.seats(GROUP).await;
    let before = states().await;
    let level = json!({"access_level": 40});
    for who in ["dan", "awa"] {
        assert_eq!(stage.put("own", &stage.member(GROUP, who), level.clone()).await.0, 200);
    }
    assert_eq!(states().await, before, "a change of the level");
    crate::graph::run(&stage.app, "UPDATE namespaces SET seat_cap = 1").await;
    assert_eq!(states().await, before, "a lower cap");
    let add = json!({"username": "new", "access_level": 30});
    assert_eq!(stage.post("own", &format!("{GROUP}/members"), add).await.0, 201);
    stage.assert_waits(GROUP, "new").await;
    crate::graph::run(&stage.app, "UPDATE namespaces SET seat_cap = 9").await;
    stage.assert_waits(GROUP, "new").await;
    assert_eq!(stage.put("own", &stage.member(GROUP, "new"), level).await.0, 200);
    stage.assert_waits(GROUP, "new").await;
}

async fn a_removal_makes_room_and_approves_nobody(app: TestApp) {
    let world = World::new()
        .user("one", |user| user)
        .user("two", |user| user)
        .user("six", |user| user)
        .group("acme", |group| {
            let group = group.set("seats", json!({"cap": 2})).owner("own").developer("dan");
            group.member("awa", 30, Item::awaiting)
        });
    let stage = Stage::new(app, &world).await;
    let add = async |who: &str| {
        let body = json!({"username": who, "access_level": 30});
        let (_, text) = stage.post("own", &format!("{GROUP}/members"), body).await;
        serde_json::from_str::<Value>(&text).unwrap()["membership_state"].clone()
    };
    assert_eq!(add("one").await, "awaiting");
    assert_eq!(stage.delete("own", &stage.member(GROUP, "dan")).await.0, 204);
    stage.assert_waits(GROUP, "awa").await;
    stage.assert_waits(GROUP, "one").await;
    assert_eq!(add("two").await, "active", "the next newcomer");
    assert_eq!(add("six").await, "awaiting");
    assert_eq!(
        stage.set("own", GROUP, "two", "awaiting").await,
        set(),
        "makes room as well"
    );
    assert_eq!(add("dan").await, "active");
    assert_eq!(stage.set("own", GROUP, "awa", "active").await, set(), "beyond the cap");
    let active = stage
        .seats(GROUP)
        .await
        .into_iter()
        .filter(|(_, state, _)| state == "active");
    assert_eq!(active.count(), 3);
}

async fn a_cap_of_nothing_lets_nobody_in(app: TestApp) {
    let world = World::new()
        .user("bob", |user| user)
        .group("acme", |group| group.set("seats", json!({"cap": 0})));
    let stage = Stage::new(app, &world).await;
    let add = json!({"username": "bob", "access_level": 10});
    assert_eq!(stage.post("root", &format!("{GROUP}/members"), add).await.0, 201);
    stage.assert_waits(GROUP, "bob").await;
}
