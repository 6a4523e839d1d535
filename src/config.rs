//! What an operator may set: a flag wins over the environment, that over the TOML file, that over the default.
//!
//! One table below makes the flags, the variables, the TOML keys and `docs/settings.md`; nothing else reads the environment.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Arg, ArgMatches, Command};

/// One row of the table: what a setting is called, what it is when nobody sets it, and what it is for.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// The TOML key; the flag and the variable are the same word in their own spelling.
    pub name: &'static str,
    /// The text that stands in when nothing is given; empty: unset.
    pub default: &'static str,
    /// One or two sentences for the operator.
    pub meaning: &'static str,
}

/// Settings whose value may hold a password: never shown, and read from a file by `ROSTER_…_FILE` as well.
const SECRETS: [&str; 3] = ["database_url", "ldap_bind_password", "mail_url"];

/// The setting that names the file of settings; it cannot stand in that file.
const CONFIG: Setting = Setting {
    name: "config",
    default: "",
    meaning: "A TOML file with any of the other settings.",
};

/// Makes a value of a text, or says what the text should have been.
type Parser<T> = fn(&str) -> Result<T, &'static str>;

macro_rules! settings {
    ($($(#[doc = $doc:literal])+ $name:ident: $type:ty = $default:literal, $parser:expr;)+) => {
        /// The final values, one field a setting.
        #[derive(Clone)]
        pub struct Settings {
            $($(#[doc = $doc])+ pub $name: $type,)+
        }

        /// Every setting, in the order of the reference.
        pub const SETTINGS: &[Setting] = &[$(Setting {
            name: stringify!($name),
            default: $default,
            meaning: concat!($($doc),+),
        }),+];

        impl Settings {
            fn from_given(given: &Given) -> Result<Self, Error> {
                Ok(Self { $($name: given.value(stringify!($name), $default, $parser)?,)+ })
            }
        }
    };
}

settings! {
    /// Where the data is: `sqlite://…`, `sqlite::memory:` or `postgres://…`.
    database_url: String = "sqlite://roster.db?mode=rwc", database;
    /// The address to listen on. Port `0` picks a free one; the address in use is printed.
    listen: String = "127.0.0.1:8080", address;
    /// The address that people and clients use, in links and e-mail. Unset: the address listened on.
    external_url: Option<String> = "", web_address;
    /// How mail leaves: `log:`, `file:///dir` (one `.eml` a message), `smtp://user:password@host:port` or `smtps://…`. `smtp://` uses TLS if the server
    /// offers it; with `?tls=required` it insists, with `?tls=none`, and on this machine, it does not.
    mail_url: String = "log:", mail;
    /// Whom mail comes from: an address, or `Name <address>`. Unset: `roster` at the host of the external URL.
    mail_from: Option<String> = "", sender;
    /// What is logged: a level, or a `tracing` filter such as `info,roster=debug`.
    log: String = "info", log_filter;
    /// `text` for people, `json` for machines: one object a line.
    log_format: LogFormat = "text", log_format;
    /// `off` switches every rate limit off: load tests, trusted networks.
    rate_limits: bool = "on", switch;
    /// Requests to the REST API and operations of the graph together, for each user: `<requests>/<seconds>`, or `off`.
    rate_limit_api: Option<Rate> = "off", rate;
    /// The same for each address from which callers come without a live token. Behind a proxy all of them have the proxy's.
    rate_limit_api_anonymous: Option<Rate> = "off", rate;
    /// Lists of all members of a group or project by REST, for each caller: `<requests>/<seconds>`, or `off`.
    rate_limit_members_all: Option<Rate> = "200/60", rate;
    /// Members removed one by one, for each caller and each group or project: `<requests>/<seconds>`, or `off`.
    rate_limit_member_delete: Option<Rate> = "60/60", rate;
    /// The directory of provider `ldapmain`: `ldap://…` or `ldaps://…`. Unset: nothing is synchronised.
    ldap_url: Option<String> = "", directory;
    /// Who binds to the directory, with a password. Unset: anonymous.
    ldap_bind_dn: Option<String> = "", optional_text;
    /// The password of that bind.
    ldap_bind_password: Option<String> = "", optional_text;
    /// Where people are found in the directory, for links by filter and for members that a group names by `memberUid`.
    ldap_base: Option<String> = "", optional_text;
    /// Where groups are found in the directory, for links by name. Unset: where people are.
    ldap_group_base: Option<String> = "", optional_text;
    /// How long the directory may take for all that is read for one group. Then its synchronisation has failed.
    ldap_timeout: Duration = "30s", duration;
    /// Who may ask the graph for its schema: `on` everybody, `authenticated` callers with a token, `off` nobody.
    graphql_introspection: Introspection = "on", introspection;
    /// Bytes that a document of the graph may have, and the whole body of a request to it.
    graphql_max_bytes: NonZeroU32 = "65536", count;
    /// Names, values and punctuation marks in one document.
    graphql_max_tokens: NonZeroU32 = "5000", count;
    /// Braces, brackets and parentheses open at once in one document: 200 at most.
    graphql_max_nesting: NonZeroU32 = "64", nesting;
    /// Aliases in one document.
    graphql_max_aliases: NonZeroU32 = "200", count;
    /// Directives in one document.
    graphql_max_directives: NonZeroU32 = "50", count;
    /// Fields of one document after expanding its fragments.
    graphql_max_fields: NonZeroU32 = "2000", count;
    /// Fields inside each other in one operation.
    graphql_max_depth: NonZeroU32 = "20", count;
    /// Points that a user's request to the graph may cost.
    graphql_max_complexity: NonZeroU32 = "250", count;
    /// The same for administrators.
    graphql_max_complexity_admin: NonZeroU32 = "300", count;
    /// The same for callers without a token.
    graphql_max_complexity_anonymous: NonZeroU32 = "200", count;
    /// Rows that the pages of one operation could add up to.
    graphql_max_rows: NonZeroU32 = "50000", count;
    /// Operations in one batch.
    graphql_max_batch: NonZeroU32 = "10", count;
    /// Connections that read at once. Unset: two a core, four at least.
    database_max_connections: Option<NonZeroU32> = "", optional_count;
    /// How long work waits for a free connection before it is refused.
    database_acquire_timeout: Duration = "500ms", duration;
    /// How long PostgreSQL lets one statement run.
    statement_timeout: Duration = "5s", duration;
    /// How long one change waits for another to the same top-level group.
    lock_timeout: Duration = "2s", duration;
    /// How long the answer to a request may take, once its body is in.
    request_timeout: Duration = "10s", duration;
    /// How long a client may take to send the headers of a request, the first one and every next.
    header_timeout: Duration = "10s", duration;
    /// How long a client may take to send a body after that.
    body_timeout: Duration = "10s", duration;
    /// How long new connections are still taken after SIGTERM while `/-/readiness` says 503, so that a balancer sees it.
    drain_delay: Duration = "1s", duration;
    /// How long open requests may go on after the last connection was taken.
    shutdown_timeout: Duration = "20s", duration;
    /// Open connections at once; further ones wait until one closes.
    max_connections: NonZeroU32 = "4096", count;
    /// Requests worked on at once, a quarter of them only such by which somebody loses access; further ones are answered 503 with `Retry-After`.
    max_in_flight: NonZeroU32 = "512", count;
    /// Operations at once on one WebSocket of the graph.
    websocket_operations: NonZeroU32 = "20", count;
    /// How long a client may take from the opening of a WebSocket to its `connection_init`.
    websocket_init_timeout: Duration = "5s", duration;
    /// How often a stream of events, or a WebSocket, shows that the server is there. A WebSocket that answers two pings with nothing is closed.
    stream_ping_interval: Duration = "20s", duration;
    /// For how many days the change log is kept, `2d` at least: so long after a lost connection a subscription can be resumed without a gap.
    change_log_retention: Duration = "7d", days;
    /// Addresses that may be invited on one day (UTC) in all of a top-level group. Unset: any number.
    invites_per_day: Option<NonZeroU32> = "", optional_count;
}

/// The form of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// So many calls in so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Calls at most.
    pub calls: NonZeroU32,
    /// The length of a window.
    pub seconds: NonZeroU32,
}

/// Who may ask the graph for its schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Introspection {
    /// Nobody.
    Off,
    /// Callers with a token.
    Authenticated,
    /// Everybody.
    On,
}

/// A setting that cannot be used; the text is one line that names it and where it was given.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file of settings has a key that is none.
    #[error("{file}: unknown setting {key:?}")]
    UnknownKey {
        /// The file.
        file: String,
        /// The key.
        key: String,
    },
    /// The file of settings is not there or no TOML.
    #[error("{file}: {fault}")]
    File {
        /// The file.
        file: String,
        /// What the reader said, in one line.
        fault: String,
    },
    /// A value does not parse.
    #[error("{place}: {fault}")]
    Value {
        /// The flag, the variable, or the file and its key.
        place: String,
        /// What the value is and what it should be.
        fault: String,
    },
}

impl Default for Settings {
    fn default() -> Self {
        Self::from_given(&Given::default()).expect("the defaults of the table parse, as a test says")
    }
}

impl Settings {
    /// The settings of this process: `flags`, its environment, the file that one of them names.
    pub fn load(flags: &Flags) -> Result<Self, Error> {
        Self::resolve(flags, &|variable| std::env::var_os(variable))
    }

    /// The same with an environment of the caller's.
    pub fn resolve(flags: &Flags, environment: &dyn Fn(&str) -> Option<OsString>) -> Result<Self, Error> {
        let mut given = Given::default();
        let file = match flags.0.get(CONFIG.name) {
            Some(path) => Some(path.clone()),
            None => from_environment(&CONFIG, environment)?.map(|(path, _)| path),
        };
        if let Some(file) = file {
            given.add_file(Path::new(&file))?;
        }
        for setting in SETTINGS {
            if let Some((text, place)) = from_environment(setting, environment)? {
                given.add(setting.name, text, place);
            }
            if let Some(text) = flags.0.get(setting.name) {
                given.add(setting.name, text.clone(), setting.flag());
            }
        }
        Self::from_given(&given)
    }
}

/// The reference of all settings: a Markdown table.
pub fn reference() -> String {
    let mut table = "| variable | flag | TOML key | default | meaning |\n|---|---|---|---|---|\n".to_owned();
    for setting in std::iter::once(&CONFIG).chain(SETTINGS) {
        let key = if setting.name == CONFIG.name { "" } else { setting.name };
        let code = |text: &str| {
            if text.is_empty() {
                String::new()
            } else {
                format!("`{text}`")
            }
        };
        let _ = writeln!(
            table,
            "| {} | {} | {} | {} | {} |",
            setting
                .variables()
                .iter()
                .map(|variable| code(variable))
                .collect::<Vec<_>>()
                .join(", "),
            code(&setting.flag()),
            code(key),
            code(setting.default),
            setting.meaning.trim(),
        );
    }
    table
}

impl Setting {
    /// `--database-url`
    pub fn flag(&self) -> String {
        format!("--{}", self.name.replace('_', "-"))
    }

    /// `ROSTER_DATABASE_URL`
    pub fn variable(&self) -> String {
        format!("ROSTER_{}", self.name.to_uppercase())
    }

    /// The variables that can give it: of a secret also the one that names a file.
    fn variables(&self) -> Vec<String> {
        let mut variables = vec![self.variable()];
        if self.is_secret() {
            variables.push(format!("{}_FILE", self.variable()));
        }
        variables
    }

    fn is_secret(&self) -> bool {
        SECRETS.contains(&self.name)
    }

    fn arg(&self) -> Arg {
        let mut help = format!("{} [env: {}]", self.meaning.trim(), self.variables().join(", "));
        if !self.default.is_empty() {
            let _ = write!(help, " [default: {}]", self.default);
        }
        Arg::new(self.name)
            .long(self.flag().trim_start_matches('-').to_owned())
            .value_name("VALUE")
            .help(help)
            .help_heading("Settings")
            // The short help teaches the command; the long one also lists what can be set.
            .hide_short_help(true)
    }
}

/// The settings given on the command line, as written.
#[derive(Clone, Debug, Default)]
pub struct Flags(BTreeMap<&'static str, String>);

impl clap::Args for Flags {
    fn augment_args(command: Command) -> Command {
        command.args(std::iter::once(&CONFIG).chain(SETTINGS).map(Setting::arg))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl clap::FromArgMatches for Flags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = std::iter::once(&CONFIG)
            .chain(SETTINGS)
            .filter_map(|setting| Some((setting.name, matches.get_one::<String>(setting.name)?.clone())));
        Ok(Self(given.collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The texts that were given and where each was; a later one replaces an earlier one.
#[derive(Default)]
struct Given(BTreeMap<&'static str, (String, String)>);

impl Given {
    fn add(&mut self, name: &'static str, text: String, place: String) {
        self.0.insert(name, (text, place));
    }

    fn value<T>(&self, name: &'static str, default: &str, parse: Parser<T>) -> Result<T, Error> {
        let (text, place) = self
            .0
            .get(name)
            .map_or((default, ""), |(text, place)| (text.as_str(), place.as_str()));
        parse(text).map_err(|expected| Error::Value {
            place: place.to_owned(),
            fault: if SECRETS.contains(&name) {
                format!("expected {expected}")
            } else {
                format!("expected {expected}, not {text:?}")
            },
        })
    }

    fn add_file(&mut self, path: &Path) -> Result<(), Error> {
        let file = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| Error::File {
            file: file.clone(),
            fault: error.to_string(),
        })?;
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| Error::File {
            file: file.clone(),
            fault: one_line(&text, &error),
        })?;
        for (key, value) in table {
            let Some(setting) = SETTINGS.iter().find(|setting| setting.name == key) else {
                return Err(Error::UnknownKey { file, key });
            };
            let place = format!("{file}: {key}");
            let text = match value {
                toml::Value::String(text) => text,
                toml::Value::Integer(number) => number.to_string(),
                other => {
                    let fault = format!("expected a text or a whole number, not a {}", other.type_str());
                    return Err(Error::Value { place, fault });
                }
            };
            self.add(setting.name, text, place);
        }
        Ok(())
    }
}

fn one_line(text: &str, error: &toml::de::Error) -> String {
    let line = error
        .span()
        .and_then(|span| text.get(..span.start))
        .map_or(1, |before| before.matches('\n').count() + 1);
    format!("line {line}: {}", error.message().replace('\n', ", "))
}

/// The value of a setting's variable, or of the file that `…_FILE` names, and which of the two it was. Empty: not given.
fn from_environment(
    setting: &Setting,
    environment: &dyn Fn(&str) -> Option<OsString>,
) -> Result<Option<(String, String)>, Error> {
    let variable = setting.variable();
    let file_variable = format!("{variable}_FILE");
    let value = environment(&variable).filter(|value| !value.is_empty());
    let file = environment(&file_variable).filter(|path| setting.is_secret() && !path.is_empty());
    match (value, file) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err(Error::Value {
            place: variable,
            fault: format!("{file_variable} is set as well; keep one of them"),
        }),
        (Some(value), None) => match value.into_string() {
            Ok(text) => Ok(Some((text, variable))),
            Err(_) => Err(Error::Value {
                place: variable,
                fault: "the value is not UTF-8".to_owned(),
            }),
        },
        (None, Some(path)) => match std::fs::read_to_string(PathBuf::from(&path)) {
            Ok(text) => Ok(Some((text.trim_end_matches(['\r', '\n']).to_owned(), file_variable))),
            Err(error) => Err(Error::Value {
                place: file_variable,
                fault: format!("{}: {error}", path.display()),
            }),
        },
    }
}

fn database(text: &str) -> Result<String, &'static str> {
    with_scheme(text, &["sqlite:", "postgres://", "postgresql://"])
        .ok_or("sqlite://FILE, sqlite::memory: or postgres://…")
}

fn mail(text: &str) -> Result<String, &'static str> {
    let expected = "log:, file:///DIRECTORY, smtp://HOST or smtps://HOST";
    if text == "log:" {
        return Ok(text.to_owned());
    }
    with_scheme(text, &["file:///", "smtp://", "smtps://"]).ok_or(expected)
}

fn sender(text: &str) -> Result<Option<String>, &'static str> {
    optional(text, |text| match text.parse::<lettre::message::Mailbox>() {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err("an address such as roster@example.com, or Name <address>"),
    })
}

fn directory(text: &str) -> Result<Option<String>, &'static str> {
    optional(text, |text| {
        with_scheme(text, &["ldap://", "ldaps://"]).ok_or("ldap://HOST or ldaps://HOST")
    })
}

fn web_address(text: &str) -> Result<Option<String>, &'static str> {
    optional(text, |text| {
        with_scheme(text.trim_end_matches('/'), &["http://", "https://"]).ok_or("http://… or https://…")
    })
}

/// The text, if it starts with one of `schemes` and has more than that.
fn with_scheme(text: &str, schemes: &[&str]) -> Option<String> {
    let fits = schemes
        .iter()
        .any(|scheme| text.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()));
    (fits && !text.contains(char::is_whitespace)).then(|| text.to_owned())
}

fn address(text: &str) -> Result<String, &'static str> {
    match text.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => Ok(text.to_owned()),
        _ => Err("an address with a port, such as 127.0.0.1:8080"),
    }
}

fn log_filter(text: &str) -> Result<String, &'static str> {
    match tracing_subscriber::EnvFilter::try_new(text) {
        Ok(_) if !text.trim().is_empty() => Ok(text.to_owned()),
        _ => Err("a level (error, warn, info, debug, trace, off) or a filter such as info,roster=debug"),
    }
}

fn log_format(text: &str) -> Result<LogFormat, &'static str> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err("text or json"),
    }
}

fn introspection(text: &str) -> Result<Introspection, &'static str> {
    match text {
        "off" => Ok(Introspection::Off),
        "authenticated" => Ok(Introspection::Authenticated),
        "on" => Ok(Introspection::On),
        _ => Err("off, authenticated or on"),
    }
}

fn switch(text: &str) -> Result<bool, &'static str> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err("on or off"),
    }
}

fn rate(text: &str) -> Result<Option<Rate>, &'static str> {
    if text == "off" {
        return Ok(None);
    }
    let number = |text: &str| text.parse::<NonZeroU32>().ok();
    let both = text.split_once('/');
    let rate = both.and_then(|(calls, seconds)| {
        Some(Rate {
            calls: number(calls)?,
            seconds: number(seconds)?,
        })
    });
    rate.map(Some).ok_or("requests and seconds such as 600/60, or off")
}

fn count(text: &str) -> Result<NonZeroU32, &'static str> {
    text.parse().map_err(|_| "a whole number from 1 on")
}

/// A parser recurses, and its stack ends somewhere.
fn nesting(text: &str) -> Result<NonZeroU32, &'static str> {
    let levels = count(text).ok().filter(|levels| levels.get() <= 200);
    levels.ok_or("a whole number from 1 to 200")
}

fn duration(text: &str) -> Result<Duration, &'static str> {
    let expected = "a time above zero with its unit, such as 500ms, 10s or 2m";
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    // Nobody means to wait for years, and no sum of two such times overflows.
    let number = number.parse::<u32>().map_err(|_| expected)?;
    let duration = match unit {
        "ms" => Duration::from_millis(number.into()),
        "s" => Duration::from_secs(number.into()),
        "m" => Duration::from_secs(u64::from(number) * 60),
        _ => return Err(expected),
    };
    if duration.is_zero() {
        Err(expected)
    } else {
        Ok(duration)
    }
}

/// Less than two would cut into the day of which invitations are counted.
fn days(text: &str) -> Result<Duration, &'static str> {
    let expected = "a number of days, two at least, such as 7d";
    let number = text.strip_suffix('d').and_then(|number| number.parse::<u16>().ok());
    let number = number.filter(|number| *number >= 2).ok_or(expected)?;
    Ok(Duration::from_secs(u64::from(number) * 24 * 3600))
}

fn optional_text(text: &str) -> Result<Option<String>, &'static str> {
    optional(text, |text| Ok(text.to_owned()))
}

fn optional_count(text: &str) -> Result<Option<NonZeroU32>, &'static str> {
    optional(text, count)
}

fn optional<T>(text: &str, parse: Parser<T>) -> Result<Option<T>, &'static str> {
    if text.is_empty() {
        Ok(None)
    } else {
        parse(text).map(Some)
    }
}

#[cfg(test)]
mod tests;
