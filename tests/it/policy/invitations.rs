//! What may be done with invitations.

use futures_util::FutureExt as _;
use roster::domain::invitations::{self, Filter, Named, Order};
use roster::domain::members::{self, MemberChange, NewMember, Several, Via, Whom};
use roster::domain::standing;
use roster::domain::{Ctx, Error, Result, Window};

use super::{Ability, Place};
use crate::support::level;
use crate::support::world::Group;

pub(super) const ABILITIES: [Ability; 11] = [
    Ability {
        words: "list its invitations",
        attempt: |ctx, at| list(ctx, at).boxed(),
    },
    Ability {
        words: "invite a guest",
        attempt: |ctx, at| invite(ctx, at, "new@invited.example", level::GUEST).boxed(),
    },
    Ability {
        words: "invite a planner",
        attempt: |ctx, at| invite(ctx, at, "new@invited.example", level::PLANNER).boxed(),
    },
    Ability {
        words: "invite a maintainer",
        attempt: |ctx, at| invite(ctx, at, "new@invited.example", level::MAINTAINER).boxed(),
    },
    Ability {
        words: "invite an owner",
        attempt: |ctx, at| invite(ctx, at, "new@invited.example", level::OWNER).boxed(),
    },
    Ability {
        words: "invite again, as a guest, who is invited as an owner",
        attempt: |ctx, at| invite(ctx, at, OWNER, level::GUEST).boxed(),
    },
    Ability {
        words: "change an invitation",
        attempt: |ctx, at| change(ctx, at, GUEST, level::REPORTER).boxed(),
    },
    Ability {
        words: "make an invitation one of an owner",
        attempt: |ctx, at| change(ctx, at, GUEST, level::OWNER).boxed(),
    },
    Ability {
        words: "take an invitation back",
        attempt: |ctx, at| revoke(ctx, at, GUEST).boxed(),
    },
    Ability {
        words: "take an invitation of an owner back",
        attempt: |ctx, at| revoke(ctx, at, OWNER).boxed(),
    },
    Ability {
        words: "send an invitation again",
        attempt: |ctx, at| resend(ctx, at).boxed(),
    },
];

const GUEST: &str = "guest@invited.example";
const OWNER: &str = "owner@invited.example";

/// The same with two who are invited.
pub(super) fn invited(source: Group) -> Group {
    source
        .invited(GUEST, level::GUEST, |row| row)
        .invited(OWNER, level::OWNER, |row| row)
}

async fn list(ctx: Ctx, at: Place) -> Result<()> {
    ctx.require_caller()?;
    let found = standing::find(&ctx, at.kind, &at.name).await?;
    let (filter, window) = (Filter::default(), Window::first(1));
    let page = invitations::page(&ctx, found.of(), &filter, Order::default(), &window).await;
    page.map(drop)
}

async fn invite(ctx: Ctx, at: Place, address: &str, level: i64) -> Result<()> {
    let new = NewMember {
        access_level: level,
        via: Via::Invitations,
        ..NewMember::default()
    };
    let whom = [Whom::Email(address.to_owned())];
    match members::add_several(&ctx, at.kind, &at.name, &whom, &new).await? {
        Several::Tried(mut tried) => match tried.remove(0).outcome {
            Ok(_) => Ok(()),
            Err(problems) => Err(Error::Items(problems)),
        },
        several => panic!("{several:?}"),
    }
}

async fn change(ctx: Ctx, at: Place, address: &str, level: i64) -> Result<()> {
    let change = MemberChange {
        access_level: Some(level),
        ..MemberChange::default()
    };
    let changed = invitations::update(&ctx, at.kind, &at.name, &named(address), &change).await;
    changed.map(drop)
}

async fn revoke(ctx: Ctx, at: Place, address: &str) -> Result<()> {
    let revoked = invitations::revoke(&ctx, at.kind, &at.name, &named(address), None).await;
    revoked.map(drop)
}

async fn resend(ctx: Ctx, at: Place) -> Result<()> {
    let sent = invitations::resend(&ctx, at.kind, &at.name, &named(GUEST)).await;
    sent.map(drop)
}

fn named(address: &str) -> Named {
    Named::Address(address.to_owned())
}
