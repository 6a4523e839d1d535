//! A real organisation: who is listed in each of its groups and projects, counted by level.

use std::sync::Arc;

use roster::domain::members::{self, Filter, Member, Of, Order, Which};
use roster::domain::standing::{self, Group, Name, Project};
use roster::domain::{Actor, Ctx, Door, Origin, Page, Window};
use serde_json::Value;

use crate::support::oracle::{Organisation, Totals};
use crate::support::{TestApp, halves, on_both_databases};

on_both_databases!(every_list_is_as_long_and_as_high_as_the_evaluator_says);

/// More than any list has.
const WHOLE: u64 = 10_000;
/// Sources asked about at once.
const LOT: usize = 40;
/// Everybody is counted everywhere, but level by level only in every 31st source: a million entries take minutes to dress. In all of them when
/// `PROPTEST_CASES` asks for a thorough run.
const STEP: usize = 31;

async fn every_list_is_as_long_and_as_high_as_the_evaluator_says(app: TestApp) {
    let Some(world) = world() else { return };
    let organisation = Organisation::new(&world);
    app.import(&world).await;
    let origin = Origin::new(Door::System, "test");
    let ctx = Ctx::new(Arc::clone(&app.app), Actor::System, origin);
    let groups: Vec<_> = organisation.groups().collect();
    let projects: Vec<_> = organisation.projects().collect();
    assert_eq!((groups.len(), projects.len()), (782, 328));
    for lot in groups.chunks(LOT) {
        let mut found: Vec<Group> = vec![];
        for (path, _) in lot {
            found.push(standing::group(&ctx, &named(path)).await.unwrap());
        }
        let sources: Vec<_> = found.iter().map(Of::Group).collect();
        compare(&ctx, &sources, lot).await;
    }
    for lot in projects.chunks(LOT) {
        let mut found: Vec<Project> = vec![];
        for (path, _) in lot {
            found.push(standing::project(&ctx, &named(path)).await.unwrap());
        }
        let sources: Vec<_> = found.iter().map(Of::Project).collect();
        compare(&ctx, &sources, lot).await;
    }
}

/// None where the file is left out of the run.
fn world() -> Option<Value> {
    let text = std::fs::read_to_string(halves::organisation()).ok();
    assert!(text.is_some() || !halves::everything_is_required(), "no organisation");
    text.map(|text| serde_json::from_str(&text).unwrap())
}

fn named(path: &str) -> Name {
    Name::Path(path.to_owned())
}

async fn compare(ctx: &Ctx, sources: &[Of<'_>], expected: &[(&str, Totals)]) {
    let (which, everybody) = (Which::all(), Filter::default());
    let counts = members::counts(ctx, sources, &which, &everybody, WHOLE).await.unwrap();
    for ((path, totals), count) in expected.iter().zip(counts) {
        assert_eq!(count, totals.values().sum::<usize>() as u64, "{path}");
    }
    let step = halves::setting("PROPTEST_CASES").map_or(STEP, |_| 1);
    let picked: Vec<_> = sources.iter().copied().zip(expected).step_by(step).collect();
    let sources: Vec<_> = picked.iter().map(|(of, _)| *of).collect();
    let window = Window::first(WHOLE);
    let pages = members::pages(ctx, &sources, &which, &everybody, Order::User, &window)
        .await
        .unwrap();
    for ((_, (path, totals)), page) in picked.into_iter().zip(pages) {
        assert_eq!(&by_level(&page), totals, "{path}");
    }
}

fn by_level(page: &Page<Member>) -> Totals {
    let mut totals = Totals::new();
    for (_, member) in &page.items {
        *totals.entry(i64::from(member.access_level.number())).or_default() += 1;
    }
    totals
}
