//! A real directory, read.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use ldap3::Mod;
use roster::directory::{Place, Server};
use roster::domain::ldap::{Asked, Directory, Outcome, Report};
use serde_json::json;

use super::server::{ADMIN, GROUPS, Ldif, PEOPLE, Slapd};
use super::{cn, dn, known, rows, sync, synced};
use crate::support::world::World;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    the_members_of_a_group_follow_a_real_directory,
    a_directory_that_is_gone_changes_nobody
);

const STAFF: [(&str, &str); 6] = [
    ("ann", "staff"),
    ("bob", "staff"),
    ("cat", "staff"),
    ("dan", "contractor"),
    ("eve", "contractor"),
    ("ghost", "staff"),
];

fn ldif() -> Ldif {
    let [ann, bob, cat, ghost] = ["ann", "bob", "cat", "ghost"].map(dn);
    Ldif::people(STAFF)
        .group("groupOfNames", "developers", "member", &[&ann, &bob, &ghost])
        .group("groupOfUniqueNames", "leads", "uniqueMember", &[&cat])
        .group("posixGroup", "ops", "memberUid", &["bob", "dan", "nobody"])
        .group("groupOfNames", "odd (one)*", "member", &[&ann])
        .group("groupOfNames", "team", "member", &[&ann])
        .entry(&format!(
            "dn: cn=other,{GROUPS}\nobjectClass: organizationalRole\ncn: other"
        ))
}

fn world() -> World {
    let world = ["ann", "bob", "cat", "dan", "eve"]
        .into_iter()
        .fold(World::new(), |world, name| world.user(name, |user| known(user, name)));
    let contractors = json!({"provider": "ldapmain", "filter": "(employeeType=contractor)", "access_level": 10, "member_role": "Auditor"});
    world
        .group("acme", |group| {
            group
                .set(
                    "ldap_links",
                    json!([cn("developers", 30), cn("leads", 40), cn("ops", 20), contractors]),
                )
                .owner("olga")
                .developer("eve")
        })
        .role("acme", "Auditor", 10)
}

async fn the_members_of_a_group_follow_a_real_directory(app: TestApp) {
    let Some(slapd) = Slapd::start(&ldif(), "") else {
        return;
    };
    let app = app.with_directory(slapd.directory());
    app.import(&world().json()).await;
    synced(&app, "acme").await;
    assert_eq!(
        rows(&app, "acme").await,
        [
            "ann 30 ldap",
            "bob 30 ldap",
            "cat 40 ldap",
            "dan 20 ldap",
            "eve 10 ldap Auditor",
            "olga 50"
        ]
    );
    assert_eq!(synced(&app, "acme").await, Report::default());

    let mut admin = slapd.admin().await;
    let change = async |admin: &mut ldap3::Ldap, name: &str, mods: Vec<Mod<String>>| {
        admin.modify(name, mods).await.unwrap().success().unwrap();
    };
    let values = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect::<HashSet<_>>();
    let developers = format!("cn=developers,{GROUPS}");
    change(
        &mut admin,
        &developers,
        vec![Mod::Delete("member".to_owned(), values(&[&dn("bob")]))],
    )
    .await;
    change(
        &mut admin,
        &format!("cn=ops,{GROUPS}"),
        vec![Mod::Replace("memberUid".to_owned(), values(&["cat"]))],
    )
    .await;
    change(
        &mut admin,
        &dn("eve"),
        vec![Mod::Replace("employeeType".to_owned(), values(&["staff"]))],
    )
    .await;
    admin
        .delete(&format!("cn=leads,{GROUPS}"))
        .await
        .unwrap()
        .success()
        .unwrap();
    let report = synced(&app, "acme").await;
    assert_eq!((report.added, report.changed, report.removed), (0, 2, 2));
    assert_eq!(
        rows(&app, "acme").await,
        ["ann 30 ldap", "cat 20 ldap", "dan 10 ldap Auditor", "olga 50"]
    );
}

async fn a_directory_that_is_gone_changes_nobody(app: TestApp) {
    let Some(mut slapd) = Slapd::start(&ldif(), "") else {
        return;
    };
    let app_then = app.with_directory(slapd.directory());
    app_then.import(&world().json()).await;
    synced(&app_then, "acme").await;
    let before = rows(&app, "acme").await;
    slapd.go_away();
    let outcome = sync(&app_then, "acme").await;
    assert!(
        matches!(&outcome, Outcome::Failed(why) if why.contains("cannot be reached")),
        "{outcome:?}"
    );
    assert_eq!(rows(&app, "acme").await, before);
    slapd.come_back();
    let app_now = app.with_directory(slapd.directory());
    assert_eq!(synced(&app_now, "acme").await, Report::default());
}

fn run<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    runtime.unwrap().block_on(work)
}

fn ask(place: Place, asked: Asked) -> Result<Vec<String>, String> {
    let server = Server::new(place).unwrap();
    let read = run(async { server.people(vec![asked]).await });
    read.map(|mut people| people.remove(0))
        .map_err(|unread| unread.to_string())
}

fn group(cn: &str) -> Asked {
    Asked::Cn(cn.to_owned())
}

fn filter(filter: &str) -> Asked {
    Asked::Filter(filter.to_owned())
}

#[test]
fn a_group_is_found_by_its_name_alone_whatever_it_holds() {
    let Some(slapd) = Slapd::start(&ldif(), "") else {
        return;
    };
    let ask = |asked| ask(slapd.place(), asked);
    assert_eq!(ask(group("odd (one)*")).unwrap(), [dn("ann")]);
    for nothing in ["*", "odd*", "nothing", "other", "te)(cn=team", ""] {
        assert_eq!(ask(group(nothing)).unwrap(), Vec::<String>::new(), "{nothing}");
    }
    assert_eq!(ask(group("TEAM")).unwrap(), [dn("ann")]);
    assert_eq!(ask(filter("(&(uid=*)(employeeType=contractor))")).unwrap().len(), 2);
    assert_eq!(ask(filter("(cn=team)")).unwrap().len(), 0, "groups are no people");
    let anonymous = Place {
        bind_dn: None,
        bind_password: None,
        group_base: None,
        base: Some("dc=example,dc=org".to_owned()),
        ..slapd.place()
    };
    assert_eq!(super::slapd::ask(anonymous, group("team")).unwrap(), [dn("ann")]);
}

#[test]
fn a_refusal_of_the_directory_is_an_error_and_says_nothing_secret() {
    let Some(slapd) = Slapd::start(&ldif(), "sizelimit 2") else {
        return;
    };
    let place = || slapd.place();
    let reader = |name: &str| Place {
        bind_dn: Some(name.to_owned()),
        bind_password: Some("wr0ng".to_owned()),
        ..place()
    };
    let anonymous = Place {
        bind_dn: None,
        bind_password: None,
        ..place()
    };
    let elsewhere = Place {
        group_base: Some("ou=nowhere,dc=example,dc=org".to_owned()),
        ..place()
    };
    let foreign = Place {
        group_base: Some("dc=other,dc=org".to_owned()),
        ..place()
    };
    for (place, asked, says) in [
        (reader(ADMIN), group("team"), "name or password is wrong"),
        (reader("cn=nobody"), group("team"), "name or password is wrong"),
        (anonymous, filter("(uid=*)"), "more than the directory gives"),
        (elsewhere, group("team"), "no such entry"),
        (foreign, group("team"), "(32)"),
    ] {
        let why = ask(place, asked.clone()).unwrap_err();
        assert!(why.contains(says) && !why.contains("wr0ng"), "{asked:?}: {why}");
    }
}

#[test]
fn a_referral_is_no_answer() {
    let referral = format!(
        "dn: cn=far,{PEOPLE}\nobjectClass: referral\nobjectClass: extensibleObject\ncn: far\nref: ldap://far.example/cn=far"
    );
    let Some(slapd) = Slapd::start(&ldif().entry(&referral), "") else {
        return;
    };
    let why = ask(slapd.place(), filter("(uid=*)")).unwrap_err();
    assert!(why.contains("another"), "{why}");
}

#[test]
fn many_people_come_in_pages() {
    let names: Vec<_> = (0..1_203).map(|index| format!("p{index}")).collect();
    let people = Ldif::people(names.iter().map(|name| (name.as_str(), "staff")));
    let uids: Vec<_> = names.iter().map(String::as_str).take(250).collect();
    let Some(slapd) = Slapd::start(&people.group("posixGroup", "big", "memberUid", &uids), "") else {
        return;
    };
    let found: HashSet<_> = ask(slapd.place(), filter("(employeeType=staff)"))
        .unwrap()
        .into_iter()
        .collect();
    assert_eq!(found.len(), 1_203);
    assert_eq!(ask(slapd.place(), group("big")).unwrap().len(), 250);
}

#[test]
fn a_directory_says_which_one_it_is() {
    let place = Place {
        url: "ldap://127.0.0.1:1".to_owned(),
        timeout: Duration::from_secs(1),
        ..Place::default()
    };
    let server: Arc<dyn Directory> = Arc::new(Server::new(place).unwrap());
    assert_eq!(server.provider(), "ldapmain");
}
