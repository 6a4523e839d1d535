//! The directory of people: an LDAP server, `ldap://` or `ldaps://`.

mod read;

use std::time::Duration;

use futures_util::future::BoxFuture;
use ldap3::LdapConnAsync;
use tokio::task::JoinSet;

use crate::domain::ldap::{Asked, Directory, Unread};
use read::Reader;

/// The name by which links and identities know the one directory there is.
pub const PROVIDER: &str = "ldapmain";

/// Where a directory is, and who reads it.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// `ldap://host:port` or `ldaps://host:port`.
    pub url: String,
    /// Who binds; anonymous when there is none.
    pub bind_dn: Option<String>,
    /// The password of that.
    pub bind_password: Option<String>,
    /// Below which name people are found.
    pub base: Option<String>,
    /// Below which name groups are found; where people are, when it is not said.
    pub group_base: Option<String>,
    /// How long reading all that one group asks for may take.
    pub timeout: Duration,
}

/// Why the settings name no directory; the text is for the person at the terminal.
#[derive(Debug, thiserror::Error)]
#[error("LDAP: {0}")]
pub struct OpenError(&'static str);

/// An LDAP server. It is connected to anew for each reading.
#[derive(Clone)]
pub struct Server(Place);

impl Server {
    /// Nothing is asked of the server yet.
    ///
    /// # Errors
    /// When only one half of name and password is there: servers take a name without a password for nobody, and let it in.
    pub fn new(place: Place) -> Result<Self, OpenError> {
        match (&place.bind_dn, &place.bind_password) {
            (Some(_), None) => Err(OpenError("a bind needs a password: set ROSTER_LDAP_BIND_PASSWORD")),
            (None, Some(_)) => Err(OpenError("a password needs a name: set ROSTER_LDAP_BIND_DN")),
            _ => Ok(Self(place)),
        }
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server")
            .field("url", &self.0.url)
            .finish_non_exhaustive()
    }
}

impl Directory for Server {
    fn provider(&self) -> &str {
        PROVIDER
    }

    fn people(&self, asked: Vec<Asked>) -> BoxFuture<'_, Result<Vec<Vec<String>>, Unread>> {
        Box::pin(async move {
            // What the server sends is taken apart in tasks of its own: a panic over it is its fault, and all ends with this set.
            let mut tasks = JoinSet::new();
            tasks.spawn(people(self.0.clone(), asked));
            let read = tokio::time::timeout(self.0.timeout, tasks.join_next()).await;
            match read {
                Ok(Some(Ok(read))) => read,
                Ok(Some(Err(_)) | None) => Err(Unread("The directory's answer makes no sense".to_owned())),
                Err(_) => {
                    let limit = self.0.timeout;
                    Err(Unread(format!("The directory did not answer within {limit:?}")))
                }
            }
        })
    }
}

async fn people(place: Place, asked: Vec<Asked>) -> Result<Vec<Vec<String>>, Unread> {
    let unreached = |error| Unread(format!("The directory cannot be reached: {error}"));
    let (connection, ldap) = LdapConnAsync::new(&place.url).await.map_err(unreached)?;
    let mut driver = JoinSet::new();
    driver.spawn(connection.drive());
    let mut reader = Reader::new(ldap, &place);
    reader.bind().await?;
    let mut people = Vec::with_capacity(asked.len());
    for asked in &asked {
        people.push(match asked {
            Asked::Cn(cn) => reader.members(cn).await?,
            Asked::Filter(filter) => reader.matching(filter).await?,
        });
    }
    reader.leave().await;
    Ok(people)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_and_its_password_come_together() {
        let place = |dn: Option<&str>, password: Option<&str>| Place {
            url: "ldap://localhost".to_owned(),
            bind_dn: dn.map(str::to_owned),
            bind_password: password.map(str::to_owned),
            ..Place::default()
        };
        assert!(Server::new(place(None, None)).is_ok());
        let server = Server::new(place(Some("cn=x"), Some("s3cret"))).unwrap();
        assert!(!format!("{server:?}").contains("s3cret"));
        for half in [place(Some("cn=x"), None), place(None, Some("s3cret"))] {
            let refused = Server::new(half).unwrap_err().to_string();
            assert!(
                !refused.contains("s3cret") && refused.contains("ROSTER_LDAP_BIND_"),
                "{refused}"
            );
        }
    }
}
