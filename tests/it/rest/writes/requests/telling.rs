//! Who is told by mail that somebody asks, and what became of it.

use std::collections::BTreeMap;

use serde_json::json;

use super::super::Stage;
use crate::support::world::{Group, Item, World};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    direct_owners_of_a_group_are_told_who_asks,
    of_a_project_those_are_told_who_may_approve_by_a_row_of_it,
    ten_are_told_who_signed_in_last,
    who_asked_is_told_what_became_of_it,
    a_denial_hides_what_its_reader_does_not_see,
    who_withdraws_is_told_nothing,
);

impl Stage {
    /// Every mail that came since the last look: the user name it is for, and its subject.
    async fn mail_since(&self, seen: &mut usize) -> Vec<(String, String)> {
        let all = self.app.mail().await;
        let new = all.iter().skip(std::mem::replace(seen, all.len()));
        let name = |address: &str| address.split('@').next().unwrap_or_default().to_owned();
        new.map(|mail| (name(&mail.to), mail.subject.clone())).collect()
    }
}

fn told(names: &[&str], subject: &str) -> Vec<(String, String)> {
    names
        .iter()
        .map(|name| ((*name).to_owned(), subject.to_owned()))
        .collect()
}

async fn direct_owners_of_a_group_are_told_who_asks(app: TestApp) {
    let world = World::new()
        .user("sid", |user| user.set("name", "Sid Sly"))
        .user("gone", |user| user.set("state", "blocked"))
        .user("bot", |user| user.set("user_type", "service_account"))
        .group("top", |group| group.public().owner("ann"))
        .group("top/acme", |group| {
            group
                .public()
                .maintainer("mia")
                .owner("own")
                .owner("gone")
                .owner("bot")
                .member("awa", 50, Item::awaiting)
                .member("old", 50, |row| row.until("2026-11-21"))
        })
        .group("top/empty", Group::public);
    let stage = Stage::new(app, &world).await;
    assert_eq!(stage.ask("sid", "/groups/top%2Facme").await.0, 201);
    let mail = stage.app.mail().await;
    assert_eq!(mail.len(), 1, "{mail:?}");
    assert_eq!(
        (mail[0].to.as_str(), mail[0].subject.as_str()),
        ("own@example.com", "Request to join the top / acme group")
    );
    for part in [
        "Sid Sly (https://roster.example/sid) requested Developer access to the top / acme group.",
        "https://roster.example/groups/top/acme/-/group_members",
    ] {
        assert!(mail[0].text.contains(part), "{}", mail[0].text);
    }
    let mut seen = 1;
    assert_eq!(stage.ask("sid", "/groups/top%2Fempty").await.0, 201);
    assert!(
        stage.mail_since(&mut seen).await.is_empty(),
        "owners above are not asked"
    );
}

async fn of_a_project_those_are_told_who_may_approve_by_a_row_of_it(app: TestApp) {
    let world = World::new()
        .user("sid", |user| user)
        .user("gone", |user| user.set("state", "blocked"))
        .group("acme", |group| group.public().owner("ann").maintainer("mat"))
        .project("acme/p", |project| {
            project.public().maintainer("mia").owner("own").developer("dev")
        })
        .project("acme/q", |project| project.public().maintainer("gone").developer("dev"))
        .project("per/dots", |project| project.public().maintainer("max"));
    let stage = Stage::new(app, &world).await;
    let mut seen = 0;
    for (source, names, subject) in [
        ("acme%2Fp", &["mia", "own"][..], "Request to join the acme / p project"),
        ("acme%2Fq", &["ann"][..], "Request to join the acme / q project"),
        (
            "per%2Fdots",
            &["per", "max"][..],
            "Request to join the Per / dots project",
        ),
    ] {
        assert_eq!(stage.ask("sid", &format!("/projects/{source}")).await.0, 201);
        let mut mail = stage.mail_since(&mut seen).await;
        let mut expected = told(names, subject);
        mail.sort();
        expected.sort();
        assert_eq!(mail, expected, "{source}");
    }
    assert!(
        stage.app.mail().await[0]
            .text
            .contains("https://roster.example/acme/p/-/project_members")
    );
}

async fn ten_are_told_who_signed_in_last(app: TestApp) {
    let signed_in = |world: World, number: usize| {
        world.user(&format!("o{number}"), |user| match number {
            // The newest are of no use, and two never did.
            0..2 => user
                .set("state", "blocked")
                .set("last_sign_in_at", "2026-11-20T00:00:00Z"),
            2..4 => user,
            _ => user.set("last_sign_in_at", format!("2026-10-{number:02}T00:00:00Z")),
        })
    };
    let world = (0..13).fold(World::new().user("sid", |user| user), signed_in);
    let world = world.group("acme", |group| {
        (0..13).fold(group.public(), |group, number| group.owner(&format!("o{number}")))
    });
    let stage = Stage::new(app, &world).await;
    assert_eq!(stage.ask("sid", "/groups/acme").await.0, 201);
    let names: Vec<_> = stage
        .mail_since(&mut 0)
        .await
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    let mut expected: Vec<_> = (4..13).rev().map(|number| format!("o{number}")).collect();
    expected.push("o2".to_owned());
    assert_eq!(names, expected);
}

async fn who_asked_is_told_what_became_of_it(app: TestApp) {
    let world = World::new()
        .user("ria", |user| user.set("name", "Ria Rye"))
        .group("acme", |group| {
            group
                .public()
                .set("name", "Acme")
                .owner("ann")
                .requested_by("ria", |row| row)
                .requested_by("rob", |row| row)
        })
        .project("acme/p", |project| {
            project
                .public()
                .requested_by("ria", |row| row)
                .requested_by("rob", |row| row)
        });
    let stage = Stage::new(app, &world).await;
    let mut seen = 0;
    for (source, name, noun) in [
        ("/groups/acme", "Acme", "group"),
        ("/projects/acme%2Fp", "Acme / p", "project"),
    ] {
        assert_eq!(
            stage.approve("ann", source, "ria", json!({"access_level": 40})).await.0,
            201
        );
        let granted = format!("Access to the {name} {noun} was granted");
        assert_eq!(stage.mail_since(&mut seen).await, told(&["ria"], &granted));
        assert_eq!(stage.deny("ann", source, "rob").await.0, 204);
        let denied = format!("Access to the {name} {noun} was denied");
        assert_eq!(stage.mail_since(&mut seen).await, told(&["rob"], &denied));
    }
    let mail = stage.app.mail().await;
    assert!(mail[0].text.contains("role: Maintainer"), "{}", mail[0].text);
    let text = "Your request to join the Acme group has been denied.";
    assert!(mail[1].text.contains(text), "{}", mail[1].text);
}

async fn a_denial_hides_what_its_reader_does_not_see(app: TestApp) {
    let asked = |source: Group| {
        source
            .requested_by("sid", |row| row)
            .requested_by("exa", |row| row)
            .requested_by("adm", |row| row)
            .requested_by("pia", |row| row)
    };
    let world = World::new()
        .user("exa", Item::external)
        .user("adm", Item::admin)
        .group("secret", |group| asked(group.owner("ann")))
        .group("inside", |group| asked(group.internal().owner("ann")))
        .project("secret/p", |project| project.developer("pia"));
    let stage = Stage::new(app, &world).await;
    let mut subjects = BTreeMap::new();
    for source in ["secret", "inside"] {
        for who in ["sid", "exa", "adm", "pia"] {
            assert_eq!(stage.deny("ann", &format!("/groups/{source}"), who).await.0, 204);
            let mail = stage.app.mail().await.pop().unwrap();
            assert_eq!(mail.to, format!("{who}@example.com"));
            let hidden = mail.subject == "Access to the Hidden group was denied";
            assert!(hidden || mail.subject == format!("Access to the {source} group was denied"));
            assert_eq!(
                hidden,
                !format!("{}{}", mail.text, mail.html).contains(source),
                "{}",
                mail.text
            );
            subjects.insert((source, who), hidden);
        }
    }
    let hidden: Vec<_> = subjects
        .into_iter()
        .filter(|(_, hidden)| *hidden)
        .map(|(which, _)| which)
        .collect();
    // pia sees the private group because of her project in it.
    assert_eq!(hidden, [("inside", "exa"), ("secret", "exa"), ("secret", "sid")]);
}

async fn who_withdraws_is_told_nothing(app: TestApp) {
    let world = World::new().group("acme", |group| {
        group.public().owner("ann").requested_by("ria", |row| row)
    });
    let stage = Stage::new(app, &world).await;
    assert_eq!(stage.deny("ria", "/groups/acme", "ria").await.0, 204);
    assert!(stage.app.mail().await.is_empty());
    assert_eq!(stage.count("outbox").await, 0);
}
