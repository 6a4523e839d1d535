//! `roster token`

use chrono::NaiveDate;
use clap::Subcommand;

use super::failure::Failure;
use super::{print, start};
use crate::config::{Flags, Settings};
use crate::db::Db;
use crate::domain::tokens::{self, For, New};
use crate::domain::{Error, users};
use crate::types::Scope;

/// Personal access tokens.
///
/// Example:
///
///     roster token create --user ada --scopes read_api
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Create(Create),
}

/// Make a token for a user and print it.
///
/// It is printed this once: the database keeps its digest. The last day is a
/// year ahead unless one is given.
///
/// Examples:
///
///     roster token create --user ada --scopes api
///     roster token create --user ada --scopes read_api --name report \
///       --expires-at 2027-06-30
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
struct Create {
    /// Whose token it will be
    #[arg(long, value_name = "NAME")]
    user: String,
    /// What it opens, such as api or sudo; several with commas
    #[arg(long, required = true, value_delimiter = ',', value_parser = scope)]
    scopes: Vec<Scope>,
    /// What it is called in lists
    #[arg(long, default_value = "command line")]
    name: String,
    /// The day from which it is refused: YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    expires_at: Option<NaiveDate>,
    #[command(flatten)]
    flags: Flags,
}

fn scope(word: &str) -> Result<Scope, String> {
    let known = || Scope::ALL.iter().map(|scope| scope.as_str()).collect::<Vec<_>>();
    Scope::from_word(word).ok_or_else(|| format!("expected one of {}", known().join(", ")))
}

pub(super) fn run(args: Args) -> Result<(), Failure> {
    match args.verb {
        Verb::Create(wanted) => create(wanted),
    }
}

fn create(wanted: Create) -> Result<(), Failure> {
    let settings = Settings::load(&wanted.flags)?;
    start::run(&settings, async {
        let db = start::migrated_database(&settings).await?;
        let secret = secret(&db, wanted).await?;
        print(&format!("{secret}\n"))?;
        Ok(db.close().await?)
    })
}

async fn secret(db: &Db, wanted: Create) -> Result<String, Failure> {
    let ctx = start::ctx(db);
    let user = match users::by_username(&ctx, &wanted.user).await {
        Err(Error::NotFound(_)) => return Err(Failure::Work(format!("no user {:?}", wanted.user))),
        found => found?,
    };
    let new = New {
        owner: For::User(user.id),
        name: wanted.name,
        description: None,
        scopes: wanted.scopes.iter().map(ToString::to_string).collect(),
        expires_at: wanted.expires_at,
    };
    Ok(tokens::create(&ctx, new).await?.1.reveal().to_owned())
}
