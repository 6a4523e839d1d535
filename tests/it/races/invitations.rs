//! Invitations that many make, answer and take back at once.

use roster::domain::invitations::{self, Named};
use roster::domain::members::{self, NewMember, Several, Via, Whom};
use roster::domain::{Actor, Ctx, Error, NotAccepted, Result, Thing};
use roster::types::SourceKind;

use super::{CLIENTS, Race, acme, number, numbers, whole};
use crate::support::world::World;
use crate::support::{TestApp, level, on_both_databases};

on_both_databases!(
    an_invitation_is_accepted_once_however_often_the_link_is_followed,
    an_invitation_is_answered_in_one_way_whoever_does_what,
    an_address_is_invited_once_however_many_invite_it,
    an_address_has_one_invitation_at_a_time,
);

const TOKEN: &str = "nora-4Jq_0-x";
const ADDRESS: &str = "nora@example.com";
const ROWS: &str = "SELECT COUNT(*) FROM members WHERE email_norm = 'nora@example.com'";

/// `acme` with an invitation of an address, which may be that of `nora`.
fn world(with_nora: bool) -> World {
    let world = World::new().user("sven", |user| user).group("acme", |group| {
        group
            .owner("ann")
            .invited(ADDRESS, level::DEVELOPER, |row| row.by("ann").set("token", TOKEN))
    });
    if with_nora {
        world.user("nora", |user| user)
    } else {
        world
    }
}

async fn clients(app: &TestApp, name: impl Fn(usize) -> &'static str) -> Vec<Ctx> {
    let race = Race::over(app).await;
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        clients.push(race.client(number, name(number)).await);
    }
    clients
}

async fn logged(app: &TestApp, kind: &str) -> i64 {
    number(app, &format!("SELECT COUNT(*) FROM change_log WHERE kind = '{kind}'")).await
}

async fn mailed(app: &TestApp, kind: &str) -> i64 {
    number(app, &format!("SELECT COUNT(*) FROM outbox WHERE kind = '{kind}'")).await
}

/// Invites the address as somebody of this level.
async fn invite(ctx: &Ctx, level: i64) -> Result<Several> {
    let new = NewMember {
        access_level: level,
        via: Via::Invitations,
        ..NewMember::default()
    };
    let whom = [Whom::Email(ADDRESS.to_owned())];
    members::add_several(ctx, SourceKind::Group, &acme(), &whom, &new).await
}

async fn revoke(ctx: &Ctx) -> Result<()> {
    let named = Named::Address(ADDRESS.to_owned());
    invitations::revoke(ctx, SourceKind::Group, &acme(), &named, None)
        .await
        .map(drop)
}

/// Whoever has the link declines without saying who they are.
async fn decline(ctx: &Ctx) -> Result<()> {
    invitations::decline(&ctx.acting_as(Actor::Anonymous), TOKEN)
        .await
        .map(drop)
}

async fn an_invitation_is_accepted_once_however_often_the_link_is_followed(app: TestApp) {
    app.import(&world(true).json()).await;
    let clients = clients(&app, |_| "nora").await;
    let outcomes = Race::run(clients, |_, ctx| async move { invitations::accept(&ctx, TOKEN).await }).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    for refused in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        assert!(matches!(refused, Error::NotFound(Thing::InvitationLink)), "{refused:?}");
    }
    assert_eq!(
        number(&app, "SELECT COUNT(*) FROM members WHERE access_level = 30").await,
        1
    );
    assert_eq!(
        number(
            &app,
            &format!("{ROWS} AND user_id IS NOT NULL AND accepted_at IS NOT NULL")
        )
        .await,
        1
    );
    assert_eq!(number(&app, "SELECT COUNT(*) FROM audit_events").await, 1);
    assert_eq!(
        (
            logged(&app, "invitation_accepted").await,
            number(&app, "SELECT COUNT(*) FROM change_log").await
        ),
        (1, 1)
    );
    assert_eq!(
        (
            mailed(&app, "access_granted").await,
            mailed(&app, "invitation_accepted").await
        ),
        (1, 1)
    );
    assert_eq!(number(&app, "SELECT COUNT(*) FROM outbox").await, 2);
    assert_eq!(number(&app, "SELECT COUNT(*) FROM invitation_tokens").await, 0);
}

/// One accepts, declines, takes it back, or is made a member by the address, which is somebody's.
async fn an_invitation_is_answered_in_one_way_whoever_does_what(app: TestApp) {
    app.import(&world(true).json()).await;
    let clients = clients(&app, |number| ["nora", "sven", "ann", "ann"][number % 4]).await;
    let outcomes = Race::run(clients, |number, ctx| async move {
        match number % 4 {
            0 => invitations::accept(&ctx, TOKEN).await.map(drop),
            1 => decline(&ctx).await,
            2 => revoke(&ctx).await,
            _ => invite(&ctx, level::GUEST).await.map(drop),
        }
    })
    .await;
    let done = |way: usize| {
        outcomes
            .iter()
            .skip(way)
            .step_by(4)
            .filter(|outcome| outcome.is_ok())
            .count()
    };
    let (accepted, declined, revoked) = (done(0), done(1), done(2));
    assert_eq!(accepted + declined + revoked, 1, "{outcomes:?}");
    assert_eq!(done(3), CLIENTS / 4, "{outcomes:?}");
    for (number, refused) in outcomes.iter().enumerate() {
        let fits = match (number % 4, refused) {
            (_, Ok(())) => true,
            (0, Err(Error::NotAccepted(reason))) => *reason == NotAccepted::AlreadyMember,
            (0 | 1, Err(error)) => matches!(error, Error::NotFound(Thing::InvitationLink)),
            (_, Err(error)) => matches!(error, Error::NotFound(Thing::Invitation)),
        };
        assert!(fits, "{number}: {refused:?}");
    }
    // However it came about, it is one membership, of the level that was given last.
    assert_eq!(
        number(
            &app,
            "SELECT COUNT(*) FROM members WHERE user_id IS NOT NULL AND access_level = 10"
        )
        .await,
        1
    );
    assert_eq!(number(&app, "SELECT COUNT(*) FROM members").await, 2);
    for (kind, times) in [
        ("invitation_accepted", accepted),
        ("invitation_declined", declined),
        ("invitation_revoked", revoked),
    ] {
        assert_eq!(logged(&app, kind).await, whole(times), "{kind}");
    }
    for (kind, times) in [
        ("invitation_accepted", accepted),
        ("invitation_declined", declined),
        ("invited", 0),
    ] {
        assert_eq!(mailed(&app, kind).await, whole(times), "{kind}");
    }
    assert_eq!(
        number(&app, "SELECT COUNT(*) FROM audit_events").await,
        number(&app, "SELECT COUNT(*) FROM change_log").await
    );
}

async fn an_address_is_invited_once_however_many_invite_it(app: TestApp) {
    let world = World::new().group("acme", |group| group.owner("ann"));
    app.import(&world.json()).await;
    let clients = clients(&app, |_| "ann").await;
    let outcomes = Race::run(clients, |_, ctx| async move { invite(&ctx, level::DEVELOPER).await }).await;
    for outcome in &outcomes {
        let Ok(Several::Tried(tried)) = outcome else {
            panic!("{outcome:?}");
        };
        assert!(tried.iter().all(|one| one.outcome.is_ok()), "{tried:?}");
    }
    assert_eq!(number(&app, ROWS).await, 1);
    for (what, times) in [("audit_events", 1), ("change_log", 1), ("outbox", 1)] {
        assert_eq!(
            number(&app, &format!("SELECT COUNT(*) FROM {what}")).await,
            times,
            "{what}"
        );
    }
    assert_eq!(mailed(&app, "invited").await, 1);
}

/// The address is nobody's: it is invited, declined and taken back in turn, and each invitation ends once.
async fn an_address_has_one_invitation_at_a_time(app: TestApp) {
    app.import(&world(false).json()).await;
    let clients = clients(&app, |_| "ann").await;
    let outcomes = Race::run(clients, |number, ctx| async move {
        match number % 3 {
            0 => decline(&ctx).await,
            1 => revoke(&ctx).await,
            _ => invite(&ctx, level::GUEST).await.map(drop),
        }
    })
    .await;
    let done = |way: usize| {
        outcomes
            .iter()
            .skip(way)
            .step_by(3)
            .filter(|outcome| outcome.is_ok())
            .count()
    };
    let (declined, revoked) = (done(0), done(1));
    assert!(declined <= 1, "the link is that of the first one: {outcomes:?}");
    let left = number(&app, ROWS).await;
    assert!(left <= 1, "{left} at once");
    let created = logged(&app, "invitation_created").await;
    assert_eq!(1 + created, left + whole(declined + revoked), "{outcomes:?}");
    assert_eq!(mailed(&app, "invited").await, created, "each was mailed once");
    assert_eq!(
        (
            logged(&app, "invitation_declined").await,
            logged(&app, "invitation_revoked").await
        ),
        (whole(declined), whole(revoked))
    );
    let ended =
        "SELECT member_id FROM change_log WHERE kind IN ('invitation_declined', 'invitation_revoked') ORDER BY seq";
    let mut ended = numbers(&app, ended).await;
    let all = ended.len();
    ended.dedup();
    assert_eq!(ended.len(), all, "none ended twice");
}
