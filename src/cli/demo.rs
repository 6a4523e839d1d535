//! `roster demo`

use std::sync::Arc;

use super::failure::Failure;
use super::{serve, start};
use crate::config::{Flags, Settings};
use crate::world;

/// The world that the demo shows.
const WORLD: &str = include_str!("demo.world.json");

/// Somebody to be in the demo.
struct Caller {
    token: &'static str,
    who: &'static str,
}

const CALLERS: [Caller; 5] = [
    Caller {
        token: "demo-ada",
        who: "Ada owns the private company Lighthouse",
    },
    Caller {
        token: "demo-chiara",
        who: "Chiara maintains its Platform group, and what is below",
    },
    Caller {
        token: "demo-tala",
        who: "Tala reports for one subgroup; her token only reads",
    },
    Caller {
        token: "demo-sven",
        who: "Sven is an outsider: he sees what is public or internal",
    },
    Caller {
        token: "demo-root",
        who: "the administrator, who sees all and may sudo",
    },
];

/// Serve a lively demo world from a database in memory: nothing is kept.
///
/// Prints the address of the playground, an invitation to open, tokens of
/// several people, and lines for curl to copy. Every setting but the database URL counts, such as the
/// address to listen on.
///
/// Examples:
///
///     roster demo
///     ROSTER_LISTEN=127.0.0.1:0 roster demo
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Args {
    #[command(flatten)]
    flags: Flags,
}

pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let mut settings = Settings::load(&args.flags)?;
    // A demo must not touch anybody's data.
    "sqlite::memory:".clone_into(&mut settings.database_url);
    settings.log.insert_str(0, "sea_orm_migration=warn,");
    start::run(&settings, async {
        let listener = start::listener(&settings).await?;
        let db = start::migrated_database(&settings).await?;
        world::import(&db, WORLD.as_bytes(), Arc::new(|_| ())).await?;
        serve::until_stopped(&settings, listener, db, greeting).await
    })
}

fn greeting(address: &str) -> String {
    let callers = CALLERS
        .map(|Caller { token, who }| format!("  {token:<12}  {who}\n"))
        .concat();
    format!(
        r#"
playground    {address}/-/graphql-explorer
invitation    {address}/-/invites/demo-invite-sven (Sven's: accept it with demo-sven)

tokens
{callers}
try
  curl --header "PRIVATE-TOKEN: demo-ada" "{address}/api/v4/groups/lighthouse%2Fplatform/members/all"

  curl --header "PRIVATE-TOKEN: demo-ada" --header "Content-Type: application/json" \
    --data '{{"query": "{{ group(fullPath: \"lighthouse/platform\") {{ groupMembers {{ nodes {{ accessLevel {{ stringValue }} user {{ name }} }} }} }} }}"}}' \
    {address}/api/graphql

Ctrl-C ends the demo, and its data with it.
"#
    )
}
