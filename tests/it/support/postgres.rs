//! A throwaway PostgreSQL cluster for one test process, or the server that was given.
//!
//! Under a runner that gives each test a process of its own (cargo-nextest), set `ROSTER_TEST_POSTGRES_URL`: it works
//! without, at the price of a cluster a test.
//!
//! A shell stands between us and the cluster and reads a pipe from us. However this process ends, the pipe closes with it,
//! and the shell stops the cluster and deletes it.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use super::halves;

/// Reads ports until one works, then waits for the pipe to close. `$1` programs, `$2` folder.
const KEEPER: &str = r#"
trap 'rm -rf "$2"' EXIT
trap '' PIPE # nobody may be left to hear the answers
cd "$2" || exit 1
"$1/initdb" -D data -U roster --auth=md5 --pwfile=password --encoding=UTF8 --locale=C --no-sync >log 2>&1 || {
    cat log >&2
    exit 1
}
cat settings >>data/postgresql.conf
while read -r port; do
    answer=ready
    "$1/pg_ctl" -D data -w -l log -o "-p $port" start >/dev/null || answer=taken
    echo $answer 2>/dev/null
done
"$1/pg_ctl" -D data -m immediate stop >/dev/null
"#;

/// Durability is what the tests of this server do not need; everything else stays as a user would have it.
const SETTINGS: &str = "
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 400
fsync = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
autovacuum = off
";

static SERVER: OnceLock<Option<Server>> = OnceLock::new();

/// A running server, on which databases may be created.
#[derive(Debug)]
pub(crate) struct Server {
    /// `postgres://…` up to the name of the database.
    address: String,
    /// What follows the name of the database.
    parameters: String,
    /// The database from which others are made.
    home: String,
    /// Ends the cluster when it is closed; a given server has none.
    _keeper: Option<(Child, ChildStdin)>,
}

/// The server of this test process, started on first use; none when there is nothing to start.
pub(crate) fn server() -> Option<&'static Server> {
    let server = SERVER.get_or_init(|| match halves::setting(halves::POSTGRES_URL) {
        Some(url) => Some(Server::given(&url)),
        None => halves::postgres_programs().map(|programs| Server::throwaway(&programs)),
    });
    assert!(
        server.is_some() || !halves::everything_is_required(),
        "nothing may be left out, but: {:?}",
        halves::left_out()
    );
    server.as_ref()
}

impl Server {
    fn given(url: &str) -> Self {
        let end = url.find('?').unwrap_or(url.len());
        let (url, parameters) = url.split_at(end);
        let (address, home) = url.rsplit_once('/').expect("an address ends in the name of a database");
        Self {
            address: address.to_owned(),
            parameters: parameters.to_owned(),
            home: home.to_owned(),
            _keeper: None,
        }
    }

    fn throwaway(programs: &Path) -> Self {
        let folder = tempfile::Builder::new().prefix("roster-postgres-").tempdir();
        let folder = folder.expect("a temporary folder").keep();
        let password = password();
        std::fs::write(folder.join("password"), &password).expect("the folder is ours");
        std::fs::write(folder.join("settings"), SETTINGS).expect("the folder is ours");

        let mut shell = keeper(programs, &folder);
        let mut pipe = shell.stdin.take().expect("the shell's input is a pipe");
        let answers = shell.stdout.take().expect("the shell's output is a pipe");
        let port = start(&mut pipe, &mut BufReader::new(answers));
        Self {
            address: format!("postgres://roster:{password}@127.0.0.1:{port}"),
            parameters: String::new(),
            home: "postgres".to_owned(),
            _keeper: Some((shell, pipe)),
        }
    }

    /// The address of one of its databases.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("{}/{database}{}", self.address, self.parameters)
    }

    /// A connection that may create and drop databases.
    pub(crate) async fn connect(&self) -> PgConnection {
        let url = self.url(&self.home);
        PgConnection::connect(&url)
            .await
            .expect("the PostgreSQL of the tests answers")
    }
}

/// Runs a statement of our own making.
pub(crate) async fn execute(connection: &mut PgConnection, sql: String) {
    let done = sqlx::raw_sql(AssertSqlSafe(sql.clone())).execute(connection).await;
    done.unwrap_or_else(|fault| panic!("{sql}: {fault}"));
}

/// The shell that keeps the cluster, as a user whom PostgreSQL accepts, out of reach of a Ctrl-C meant for the tests.
fn keeper(programs: &Path, folder: &Path) -> Child {
    let mut shell = Command::new("sh");
    shell.args(["-c", KEEPER, "keeper"]).arg(programs).arg(folder);
    shell.stdin(Stdio::piped()).stdout(Stdio::piped()).process_group(0);
    let we_are_root = folder.metadata().expect("the folder was just made").uid() == 0;
    if we_are_root {
        let (uid, gid) = unprivileged_user();
        for path in [folder.join("password"), folder.join("settings"), folder.to_path_buf()] {
            std::os::unix::fs::chown(path, Some(uid), Some(gid)).expect("root may give files away");
        }
        shell.uid(uid).gid(gid);
    }
    shell.spawn().expect("there is a shell")
}

/// PostgreSQL refuses to run as root: as `postgres` then, or as `nobody` where there is no such user.
fn unprivileged_user() -> (u32, u32) {
    let users = std::fs::read_to_string("/etc/passwd").expect("a list of users");
    let ids = |name: &str| {
        let fields: Vec<&str> = users
            .lines()
            .map(|line| line.split(':').collect::<Vec<_>>())
            .find(|fields| fields[0] == name)?;
        Some((fields[2].parse().ok()?, fields[3].parse().ok()?))
    };
    ids("postgres")
        .or_else(|| ids("nobody"))
        .expect("a user without privileges")
}

/// Offers ports until the cluster stands on one: between our asking for a free one and its use another may take it.
fn start(pipe: &mut ChildStdin, answers: &mut BufReader<ChildStdout>) -> u16 {
    for _ in 0..5 {
        let port = free_port();
        writeln!(pipe, "{port}").expect("the shell listens");
        let mut answer = String::new();
        answers.read_line(&mut answer).expect("the shell answers");
        match answer.trim() {
            "ready" => return port,
            "taken" => {}
            _ => break,
        }
    }
    panic!("PostgreSQL does not start; what it says about it is above");
}

fn free_port() -> u16 {
    let socket = TcpListener::bind("127.0.0.1:0").expect("a free port");
    socket.local_addr().expect("a bound socket has an address").port()
}

fn password() -> String {
    rand::random::<[u8; 16]>().iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes it");
        text
    })
}
