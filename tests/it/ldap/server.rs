//! A throwaway `slapd` on this machine.

use std::fmt::Write as _;
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use ldap3::{Ldap, LdapConnAsync};
use roster::directory::{Place, Server};
use roster::domain::ldap::Directory;
use tempfile::TempDir;

use crate::outside::packages::left_out;
use crate::outside::program::{Program, output};
use crate::support::halves;

pub(super) const ADMIN: &str = "cn=admin,dc=example,dc=org";
pub(super) const PASSWORD: &str = "s3cret";
pub(super) const PEOPLE: &str = "ou=people,dc=example,dc=org";
pub(super) const GROUPS: &str = "ou=groups,dc=example,dc=org";

/// The server; it ends with this value.
#[derive(Debug)]
pub(super) struct Slapd {
    program: Option<Program>,
    folder: TempDir,
    port: u16,
}

/// What stands in the directory.
#[derive(Debug)]
pub(super) struct Ldif(String);

impl Ldif {
    /// People of these names, each with an employee type.
    pub(super) fn people<'a>(people: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut text = String::from(
            "dn: dc=example,dc=org\nobjectClass: dcObject\nobjectClass: organization\no: Example\ndc: example\n\n\
             dn: ou=people,dc=example,dc=org\nobjectClass: organizationalUnit\nou: people\n\n\
             dn: ou=groups,dc=example,dc=org\nobjectClass: organizationalUnit\nou: groups\n\n",
        );
        for (name, kind) in people {
            let _ = write!(
                text,
                "dn: uid={name},{PEOPLE}\nobjectClass: inetOrgPerson\nuid: {name}\ncn: {name}\nsn: {name}\nemployeeType: {kind}\n\n"
            );
        }
        Self(text)
    }

    /// A group of an object class, whose members stand in an attribute.
    pub(super) fn group(mut self, class: &str, cn: &str, attribute: &str, members: &[&str]) -> Self {
        let _ = writeln!(self.0, "dn: cn={cn},{GROUPS}\nobjectClass: {class}\ncn: {cn}");
        if class == "posixGroup" {
            self.0.push_str("gidNumber: 100\n");
        }
        for member in members {
            let _ = writeln!(self.0, "{attribute}: {member}");
        }
        self.0.push('\n');
        self
    }

    pub(super) fn entry(mut self, text: &str) -> Self {
        let _ = write!(self.0, "{text}\n\n");
        self
    }
}

impl Slapd {
    /// None where it is left out. `more` are further lines of its configuration.
    pub(super) fn start(ldif: &Ldif, more: &str) -> Option<Self> {
        if left_out(&halves::DIRECTORY) {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        std::fs::create_dir(&data).unwrap();
        let (conf, file) = (folder.path().join("slapd.conf"), folder.path().join("data.ldif"));
        let schemas = ["core", "cosine", "nis", "inetorgperson"]
            .map(|schema| format!("include /etc/ldap/schema/{schema}.schema\n"));
        let mut lines = schemas.concat();
        let _ = write!(
            lines,
            "modulepath /usr/lib/ldap\nmoduleload back_mdb\npidfile {pid}\n{more}\n\
             database mdb\nsuffix dc=example,dc=org\nrootdn {ADMIN}\nrootpw {PASSWORD}\ndirectory {data}\nmaxsize 67108864\n",
            pid = folder.path().join("pid").display(),
            data = data.display(),
        );
        std::fs::write(&conf, lines).unwrap();
        std::fs::write(&file, &ldif.0).unwrap();
        let mut fill = slapd();
        fill.args(["-T", "add", "-q", "-f"]).arg(&conf).arg("-l").arg(&file);
        output(&mut fill);
        let mut server = Self {
            program: None,
            folder,
            port: 0,
        };
        server.come_back();
        Some(server)
    }

    /// Listens again, on a port that is free.
    pub(super) fn come_back(&mut self) {
        self.port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = slapd();
        let conf = self.folder.path().join("slapd.conf");
        command.args(["-h", &self.url(), "-d", "0", "-f"]).arg(conf);
        let mut program = Program::start(&mut command);
        let port = self.port;
        program.wait_until(|program| {
            program.must_live();
            TcpStream::connect(("127.0.0.1", port)).ok()
        });
        self.program = Some(program);
    }

    pub(super) fn go_away(&mut self) {
        self.program = None;
    }

    pub(super) fn url(&self) -> String {
        format!("ldap://127.0.0.1:{}", self.port)
    }

    pub(super) const fn port(&self) -> u16 {
        self.port
    }

    /// The product's way to it.
    pub(super) fn directory(&self) -> Arc<dyn Directory> {
        Arc::new(Server::new(self.place()).unwrap())
    }

    pub(super) fn place(&self) -> Place {
        Place {
            url: self.url(),
            bind_dn: Some(ADMIN.to_owned()),
            bind_password: Some(PASSWORD.to_owned()),
            base: Some(PEOPLE.to_owned()),
            group_base: Some(GROUPS.to_owned()),
            timeout: Duration::from_mins(5),
        }
    }

    /// A connection that may change everything.
    pub(super) async fn admin(&self) -> Ldap {
        let (connection, mut ldap) = LdapConnAsync::new(&self.url()).await.unwrap();
        tokio::spawn(connection.drive());
        ldap.simple_bind(ADMIN, PASSWORD).await.unwrap().success().unwrap();
        ldap
    }
}

fn slapd() -> Command {
    Command::new(halves::program("slapd").expect("it was looked for"))
}
