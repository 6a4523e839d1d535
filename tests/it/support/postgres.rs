//! A throwaway PostgreSQL cluster for one test process, or the server that was given; a database of its own for each test.
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
use std::sync::atomic::{AtomicUsize, Ordering};

use super::halves;

/// Reads ports until one works, then waits for the pipe to close. `$1` programs, `$2` folder.
const KEEPER: &str = r#"
cd "$2" || exit 1
"$1/initdb" -D data -U roster --auth=md5 --pwfile=password --encoding=UTF8 --locale=C --no-sync >log 2>&1 || { cat log >&2; exit 1; }
cat settings >>data/postgresql.conf
while read -r port; do
    if "$1/pg_ctl" -D data -w -l log -o "-p $port" start >/dev/null; then echo ready; else echo taken; fi
done
"$1/pg_ctl" -D data -m immediate stop >/dev/null
rm -rf "$2"
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
static NEXT_DATABASE: AtomicUsize = AtomicUsize::new(0);

/// A running server and the migrated database that every test gets a copy of.
pub(crate) struct Server {
    /// `postgres://…` up to the name of the database.
    base_url: String,
    /// The database from which others are made.
    admin_url: String,
    /// Closing it ends the cluster; a given server has none.
    _keeper: Option<Keeper>,
}

struct Keeper {
    _shell: Child,
    _pipe: ChildStdin,
}

/// The server of this test process, started on first use; none when there is nothing to start.
pub(crate) fn server() -> Option<&'static Server> {
    SERVER
        .get_or_init(|| {
            let server = halves::setting(halves::POSTGRES_URL)
                .map(|url| Server::given(&url))
                .or_else(Server::throwaway);
            assert!(
                server.is_some() || !halves::everything_is_required(),
                "there is no PostgreSQL here, and nothing may be left out"
            );
            server
        })
        .as_ref()
}

impl Server {
    fn given(url: &str) -> Self {
        let (base_url, _) = url
            .rsplit_once('/')
            .expect("a PostgreSQL address ends in the name of a database");
        Self {
            base_url: base_url.into(),
            admin_url: url.into(),
            _keeper: None,
        }
    }

    fn throwaway() -> Option<Self> {
        let programs = halves::postgres_programs()?;
        let folder = tempfile::Builder::new()
            .prefix("roster-postgres-")
            .tempdir()
            .expect("a temporary folder")
            .keep();
        let password = password();
        std::fs::write(folder.join("password"), &password).expect("the folder is ours");
        std::fs::write(folder.join("settings"), SETTINGS).expect("the folder is ours");

        let mut shell = keeper(&programs, &folder);
        let mut pipe = shell.stdin.take().expect("the shell's input is a pipe");
        let mut answers = BufReader::new(shell.stdout.take().expect("the shell's output is a pipe"));
        let port = start(&mut pipe, &mut answers);

        let base_url = format!("postgres://roster:{password}@127.0.0.1:{port}");
        let admin_url = format!("{base_url}/postgres");
        Some(Self {
            base_url,
            admin_url,
            _keeper: Some(Keeper {
                _shell: shell,
                _pipe: pipe,
            }),
        })
    }
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
