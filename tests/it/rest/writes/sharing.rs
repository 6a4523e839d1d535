//! `POST …/share`: who may share what with whom, and what that gives.

use axum::http::Method;
use serde_json::{Value, json};

use super::{Outcome, Stage, error, faults, faults_in_order, forbidden, message};
use crate::support::world::{Group, World};
use crate::support::{TestApp, level, on_both_databases};

on_both_databases!(
    a_group_is_shared_by_its_owners,
    a_project_is_shared_by_its_owners,
    a_project_is_shared_with_groups_in_which_one_has_a_role,
    a_hierarchy_can_keep_its_shares_inside,
    what_is_shared_already_is_not_shared_again,
    nothing_is_shared_with_itself_or_what_it_lies_in,
    a_group_that_takes_more_addresses_is_not_let_in,
    parameters_are_judged_before_everything_else,
    a_custom_role_must_fit_the_share,
    the_answer_is_the_shared_group_or_the_link,
    a_share_may_have_ended_before_it_is_made,
    a_share_leaves_an_audit_event_and_a_change,
    a_share_is_made_once_under_a_key,
);

/// Groups and projects with every rule about sharing, and people of every level.
pub(super) fn place() -> World {
    let crew = |group: Group| group.owner("ann").maintainer("mia").developer("dan");
    World::new()
        .user("sid", |user| user)
        .group("acme", crew)
        .group("acme/tools", |group| group)
        .group("friends", |group| {
            group.owner("ann").guest("mia").guest("hal").guest("per")
        })
        .group("club", |group| group.public().owner("cleo"))
        .group("hidden", |group| group.owner("cleo"))
        .group("vault", |group| {
            crew(group).setting("prevent_sharing_groups_outside_hierarchy", true)
        })
        .group("vault/inner", |group| group)
        .group("vault/other", |group| group)
        .group("locked", |group| crew(group).setting("share_with_group_lock", true))
        .project("acme/tools/cli", |project| project.maintainer("max"))
        .project("vault/inner/safe", |project| project)
        .project("locked/app", |project| project)
        .project("per/dots", |project| project.maintainer("max"))
}

impl Stage {
    /// Shares `/groups/acme` or the like with a group, by its path.
    async fn share(&self, by: &str, source: &str, with: &str) -> Outcome {
        self.share_as(by, source, with, json!({})).await
    }

    async fn share_as(&self, by: &str, source: &str, with: &str, more: Value) -> Outcome {
        let mut body = json!({"group_id": self.group(with), "group_access": 30});
        for (key, value) in more.as_object().unwrap() {
            body[key] = value.clone();
        }
        self.post(by, &format!("{source}/share"), body).await
    }

    /// Whether it was shared, or why not.
    async fn refusal(&self, by: &str, source: &str, with: &str) -> Option<Outcome> {
        let outcome = self.share(by, source, with).await;
        (outcome.0 != 201).then_some(outcome)
    }
}

const CLI: &str = "/projects/acme%2Ftools%2Fcli";

fn no_group() -> Outcome {
    message(404, "404 Group Not Found")
}

/// The plain refusal, which has no number.
fn nothing() -> Outcome {
    message(404, "Not Found")
}

async fn a_group_is_shared_by_its_owners(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let before = stage.traces().await;
    for (by, source, with, refused) in [
        ("nobody", "/groups/acme", "friends", message(401, "401 Unauthorized")),
        ("sid", "/groups/acme", "club", no_group()),
        ("sid", "/groups/club", "club", nothing()),
        ("dan", "/groups/acme", "club", nothing()),
        ("mia", "/groups/acme", "friends", nothing()),
        ("max", "/groups/acme", "club", nothing()),
        ("ann", "/groups/acme", "hidden", no_group()),
    ] {
        assert_eq!(stage.share(by, source, with).await, refused, "{by} {source} {with}");
    }
    let unknown = json!({"group_id": 77, "group_access": 30});
    assert_eq!(stage.post("ann", "/groups/acme/share", unknown).await, no_group());
    assert_eq!(stage.traces().await, before);

    for (by, source, with) in [
        ("ann", "/groups/acme", "friends"),
        // Whoever sees it may let it in.
        ("ann", "/groups/acme", "club"),
        ("root", "/groups/acme", "hidden"),
        ("ann", "/groups/acme%2Ftools", "acme"),
        ("ann", "/groups/acme", "acme/tools"),
        // The lock is for links of projects.
        ("ann", "/groups/locked", "friends"),
    ] {
        assert_eq!(stage.refusal(by, source, with).await, None, "{by} {source} {with}");
    }
}

async fn a_project_is_shared_by_its_owners(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let before = stage.traces().await;
    let no_project = message(404, "404 Project Not Found");
    let disabled = message(400, "The project sharing with group is disabled");
    for (by, source, with, refused) in [
        ("nobody", CLI, "friends", message(401, "401 Unauthorized")),
        ("sid", CLI, "club", no_project),
        ("dan", CLI, "club", forbidden()),
        ("mia", CLI, "friends", nothing()),
        ("max", CLI, "hidden", nothing()),
        ("dan", "/projects/locked%2Fapp", "friends", forbidden()),
        ("mia", "/projects/locked%2Fapp", "friends", disabled.clone()),
        ("mia", "/projects/locked%2Fapp", "hidden", disabled.clone()),
        ("ann", "/projects/locked%2Fapp", "friends", disabled.clone()),
        ("root", "/projects/locked%2Fapp", "friends", disabled),
        ("ann", CLI, "hidden", nothing()),
        ("max", "/projects/per%2Fdots", "friends", nothing()),
    ] {
        assert_eq!(stage.share(by, source, with).await, refused, "{by} {source} {with}");
    }
    let unknown = json!({"group_id": 77, "group_access": 30});
    assert_eq!(stage.post("ann", &format!("{CLI}/share"), unknown).await, nothing());
    assert_eq!(stage.traces().await, before);
    for (by, source, with) in [
        ("ann", CLI, "friends"),
        ("root", CLI, "hidden"),
        ("per", "/projects/per%2Fdots", "friends"),
        ("root", "/projects/per%2Fdots", "hidden"),
    ] {
        assert_eq!(stage.refusal(by, source, with).await, None, "{by} {source} {with}");
    }
}

async fn a_project_is_shared_with_groups_in_which_one_has_a_role(app: TestApp) {
    let world = place()
        .group("top", |group| group.guest("ann"))
        .group("top/below", Group::public)
        .group("lent", |group| group.public().shared_with("friends", level::GUEST))
        .group("barely", |group| {
            group.public().member("ann", level::MINIMAL, |row| row)
        })
        .group("late", |group| {
            group
                .public()
                .member("ann", level::OWNER, |row| row.until("2026-11-21"))
                .owner("cleo")
        });
    let stage = Stage::new(app, &world).await;
    for (with, refused) in [
        ("club", Some(nothing())),
        ("barely", Some(nothing())),
        ("late", Some(nothing())),
        ("top/below", None),
        ("lent", None),
    ] {
        assert_eq!(stage.refusal("ann", CLI, with).await, refused, "{with}");
    }
    assert_eq!(
        stage.refusal("root", CLI, "club").await,
        None,
        "administrators need none"
    );
}

async fn a_hierarchy_can_keep_its_shares_inside(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let before = stage.traces().await;
    for (by, source) in [
        ("ann", "/groups/vault"),
        ("ann", "/groups/vault%2Finner"),
        ("root", "/groups/vault%2Finner"),
        ("ann", "/projects/vault%2Finner%2Fsafe"),
        ("root", "/projects/vault%2Finner%2Fsafe"),
    ] {
        assert_eq!(stage.share(by, source, "friends").await, nothing(), "{by} {source}");
    }
    assert_eq!(stage.traces().await, before);
    for (source, with) in [
        ("/groups/vault%2Finner", "vault/other"),
        ("/projects/vault%2Finner%2Fsafe", "vault/other"),
        ("/groups/acme", "vault/inner"),
    ] {
        assert_eq!(stage.refusal("ann", source, with).await, None, "{source} {with}");
    }
}

async fn what_is_shared_already_is_not_shared_again(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    for (source, text) in [
        (
            "/groups/acme",
            "Shared group The group has already been shared with this group",
        ),
        (CLI, "Project already shared with this group"),
    ] {
        assert_eq!(stage.refusal("ann", source, "friends").await, None);
        let before = stage.traces().await;
        for more in [json!({}), json!({"group_access": 10, "expires_at": "2030-01-01"})] {
            assert_eq!(stage.share_as("ann", source, "friends", more).await, message(409, text));
        }
        assert_eq!(stage.traces().await, before);
    }
}

async fn nothing_is_shared_with_itself_or_what_it_lies_in(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let before = stage.traces().await;
    let itself = message(409, "Group cannot be shared with itself.");
    let above = message(
        409,
        "Project cannot be shared with the group it is in or one of its ancestors.",
    );
    for (by, source, with, refused) in [
        ("ann", "/groups/acme", "acme", &itself),
        ("root", "/groups/vault", "vault", &itself),
        ("ann", CLI, "acme", &above),
        ("ann", CLI, "acme/tools", &above),
        ("root", "/projects/vault%2Finner%2Fsafe", "vault", &above),
    ] {
        assert_eq!(stage.share(by, source, with).await, *refused, "{by} {source} {with}");
    }
    assert_eq!(stage.traces().await, before);
    assert_eq!(
        stage
            .refusal("ann", "/projects/vault%2Finner%2Fsafe", "vault/other")
            .await,
        None
    );
}

async fn a_group_that_takes_more_addresses_is_not_let_in(app: TestApp) {
    let of = |domains: Value| move |group: Group| group.owner("ann").setting("allowed_email_domains", domains);
    let world = World::new()
        .group("strict", of(json!(["acme.example", "b.example"])))
        .group("strict/sub", |group| group)
        .group("some", of(json!(["B.example"])))
        .group("some/sub", |group| group)
        .group("more", of(json!(["b.example", "c.example"])))
        .group("more/sub", |group| group)
        .group("any", |group| group.owner("ann"))
        .project("strict/sub/app", |project| project);
    let stage = Stage::new(app, &world).await;
    let text = "Group Invited group allowed email domains must contain a subset of the allowed email domains of the root ancestor group. \
                Go to the group's 'Settings &gt; General' page and check 'Restrict membership by email domain'.";
    for source in ["/groups/strict%2Fsub", "/projects/strict%2Fsub%2Fapp"] {
        for with in ["any", "more", "more/sub"] {
            for by in ["ann", "root"] {
                assert_eq!(
                    stage.share(by, source, with).await,
                    message(409, text),
                    "{by} {source} {with}"
                );
            }
        }
        assert_eq!(stage.refusal("ann", source, "some/sub").await, None, "{source}");
    }
    assert_eq!(stage.refusal("ann", "/groups/strict%2Fsub", "strict").await, None);
    assert_eq!(stage.refusal("ann", "/groups/any", "strict").await, None);
}

async fn parameters_are_judged_before_everything_else(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let before = stage.traces().await;
    for (body, text) in [
        (json!({}), "group_id is missing, group_access is missing"),
        (
            json!({"group_id": "friends", "group_access": 30}),
            "group_id is invalid",
        ),
        (json!({"group_id": 1}), "group_access is missing"),
        (json!({"group_id": 1, "group_access": "x"}), "group_access is invalid"),
        (
            json!({"group_id": 1, "group_access": 30, "expires_at": "soon", "member_role_id": "x"}),
            "expires_at is invalid, member_role_id is invalid",
        ),
    ] {
        for source in ["/groups/acme", CLI, "/groups/nowhere", "/projects/no%2Fwhere"] {
            let outcome = stage.post("sid", &format!("{source}/share"), body.clone()).await;
            assert_eq!(outcome, error(400, text), "{source} {body}");
        }
    }
    for level in [
        json!(0),
        json!(5),
        json!(25),
        json!(60),
        json!(-1),
        json!(""),
        json!(null),
    ] {
        let body = json!({"group_id": stage.group("friends"), "group_access": level});
        let outcome = stage.post("ann", "/groups/acme/share", body).await;
        let text = "group_access does not have a valid value";
        assert_eq!(outcome, error(400, text), "{level}");
    }
    let blank = json!({"group_id": "", "group_access": 30});
    assert_eq!(stage.post("ann", "/groups/acme/share", blank).await, no_group());
    assert_eq!(stage.traces().await, before);
    for (n, given) in ["10", "15", "20", "30", "40", "50"].into_iter().enumerate() {
        let (with, source) = ([stage.group("friends"), stage.group("vault/inner")][n % 2], n / 2);
        let source = ["/groups/acme", CLI, "/groups/locked"][source];
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let body = format!("group_id={with}&group_access={given}&expires_at=&member_role_id=");
        let path = format!("{source}/share");
        let answer = stage.by("ann").with(Method::POST, &path, &form, body).await;
        assert_eq!(answer.status, 201, "{given}: {}", answer.text());
    }
}

async fn a_custom_role_must_fit_the_share(app: TestApp) {
    let world = place().role("acme", "Auditor", 10).role("vault", "Guard", 30);
    let stage = Stage::new(app, &world).await;
    let before = stage.traces().await;
    let level = "the custom role's base access level does not match the current access level";
    let elsewhere = "must be in same hierarchy as custom role's namespace";
    let both = faults_in_order(&[("member_role_id", level), ("member_namespace", elsewhere)]);
    for source in ["/groups/acme%2Ftools", CLI] {
        for (role, access, refused) in [
            (77, 30, faults(&json!({"member_role": ["not found"]}))),
            (3001, 30, faults(&json!({ "member_role_id": [level] }))),
            (3002, 30, faults(&json!({ "member_namespace": [elsewhere] }))),
            (3002, 20, both.clone()),
        ] {
            let more = json!({"member_role_id": role, "group_access": access});
            assert_eq!(stage.share_as("ann", source, "friends", more).await, refused);
        }
    }
    assert_eq!(stage.traces().await, before);

    let more = json!({"member_role_id": 3001, "group_access": 10});
    for source in ["/groups/acme%2Ftools", CLI] {
        let (status, text) = stage.share_as("ann", source, "friends", more.clone()).await;
        assert!(status == 201 && text.contains("\"member_role_id\":3001"), "{text}");
    }
    let role = stage.read("/groups/acme%2Ftools/members/all").await;
    let ann = role
        .as_array()
        .unwrap()
        .iter()
        .find(|member| member["username"] == "hal");
    assert_eq!(ann.unwrap()["access_level"], 10);
    // A role belongs to no user.
    let personal = stage.share_as("root", "/projects/per%2Fdots", "friends", more).await;
    assert_eq!(personal, faults(&json!({ "member_namespace": [elsewhere] })));
}

async fn the_answer_is_the_shared_group_or_the_link(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    assert_eq!(stage.refusal("root", "/groups/acme%2Ftools", "hidden").await, None);
    let (_, text) = stage
        .share_as(
            "ann",
            "/groups/acme%2Ftools",
            "friends",
            json!({"expires_at": "2030-01-02T10:00:00Z"}),
        )
        .await;
    let answer: Value = serde_json::from_str(&text).unwrap();
    let shown = stage.by("ann").get("/groups/acme%2Ftools").await.expect(200).json();
    assert_eq!(answer, shown);
    let friends = stage.group("friends");
    assert_eq!(
        answer["shared_with_groups"],
        json!([{
            "group_id": friends, "group_name": "friends", "group_full_path": "friends", "group_access_level": 30,
            "expires_at": "2030-01-02", "member_role_id": null,
        }])
    );
    assert_eq!(answer["projects"][0]["path"], "cli");

    let more = json!({"group_access": "20", "expires_at": "2030-01-02", "member_role_id": null});
    let (status, text) = stage.share_as("ann", CLI, "friends", more).await;
    let project = stage.read(CLI).await;
    let link = json!({
        "id": 1, "project_id": project["id"], "group_id": friends, "group_access": 20, "expires_at": "2030-01-02", "member_role_id": null,
    });
    assert_eq!((status, serde_json::from_str(&text).unwrap()), (201, link));
    assert_eq!(
        project["shared_with_groups"],
        json!([{
            "group_id": friends, "group_name": "friends", "group_full_path": "friends", "group_access_level": 20, "expires_at": "2030-01-02",
        }])
    );
}

async fn a_share_may_have_ended_before_it_is_made(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let listed = async |source: &str| {
        let members = stage.read(&format!("{source}/members/all")).await;
        members
            .as_array()
            .unwrap()
            .iter()
            .any(|member| member["username"] == "hal")
    };
    for source in [CLI, "/groups/acme"] {
        let ended = json!({"expires_at": "2020-02-29"});
        let (status, text) = stage.share_as("ann", source, "friends", ended).await;
        assert!(
            status == 201 && text.contains("\"expires_at\":\"2020-02-29\""),
            "{text}"
        );
        assert!(!listed(source).await, "{source}");
        assert_eq!(stage.read(source).await["shared_with_groups"], json!([]));

        // What has ended makes room.
        let (events, today) = (stage.count("audit_events").await, json!({"expires_at": "2026-11-22"}));
        assert_eq!(stage.share_as("ann", source, "friends", today).await.0, 201, "{source}");
        assert!(listed(source).await, "{source}");
        assert_eq!(
            stage.count("audit_events").await - events,
            2,
            "the end of the one, and the other"
        );
    }
    assert_eq!(
        stage.count("group_shares").await + stage.count("project_shares").await,
        2
    );
}

async fn a_share_leaves_an_audit_event_and_a_change(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let friends = stage.group("friends");
    for (source, name, message, access) in [
        (
            "/groups/acme%2Ftools",
            "group_share_with_group_link_created",
            "Invited friends to the group tools",
            "group_access",
        ),
        (
            CLI,
            "project_group_link_created",
            "Added project group link",
            "project_access",
        ),
    ] {
        let before = stage.count("change_log").await;
        assert_eq!(stage.refusal("ann", source, "friends").await, None);
        let event = stage.last_event(source).await;
        assert_eq!(
            (&event["event_name"], &event["author_id"]),
            (&json!(name), &json!(stage.number_of("ann")))
        );
        let details = &event["details"];
        for (key, value) in [
            ("event_name", json!(name)),
            ("author_name", json!("Ann")),
            ("target_id", json!(friends)),
            ("target_type", json!("Group")),
            ("target_details", json!("friends")),
            ("custom_message", json!(message)),
            ("add", json!(access)),
            ("as", json!("Developer")),
            ("expires_at", json!(null)),
            ("member_role_id", json!(null)),
        ] {
            assert_eq!(details[key], value, "{key}: {details}");
        }
        assert!(details.get("member_id").is_none(), "{details}");
        assert_eq!(stage.count("change_log").await, before + 1);
    }
    assert_eq!(
        stage
            .count("change_log WHERE kind = 'share_created' AND member_id IS NULL")
            .await,
        2
    );
    assert_eq!(stage.count("outbox").await, 0);
}

async fn a_share_is_made_once_under_a_key(app: TestApp) {
    let stage = Stage::new(app, &place()).await;
    let headers = [("content-type", "application/json"), ("idempotency-key", "once")];
    let body = json!({"group_id": stage.group("friends"), "group_access": 30}).to_string();
    let send = async || {
        let path = "/groups/acme/share";
        let answer = stage.by("ann").with(Method::POST, path, &headers, body.clone()).await;
        (answer.status.as_u16(), answer.text())
    };
    let first = send().await;
    assert_eq!(first.0, 201, "{}", first.1);
    let traces = stage.traces().await;
    assert_eq!(send().await, first);
    assert_eq!(stage.traces().await, traces);
}
