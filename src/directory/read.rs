//! What is asked of the server, and what its answers mean.

use std::collections::HashMap;

use ldap3::adapters::{Adapter, PagedResults};
use ldap3::{Ldap, LdapError, LdapResult, Scope, SearchEntry, ldap_escape};

use super::Place;
use crate::domain::ldap::Unread;

/// Entries a page: below what servers give at once.
const PAGE: i32 = 500;

/// User names that one question asks for.
const NAMES: usize = 100;

/// The attributes that name the members of a group: two by their distinguished names, one by user names.
const MEMBER: &str = "member";
const UNIQUE_MEMBER: &str = "uniqueMember";
const MEMBER_UID: &str = "memberUid";

/// No attribute at all: the name of an entry is enough.
const NOTHING: &str = "1.1";

/// A connection, and where to look.
pub(super) struct Reader<'a> {
    ldap: Ldap,
    place: &'a Place,
}

impl<'a> Reader<'a> {
    pub(super) fn new(ldap: Ldap, place: &'a Place) -> Self {
        Self { ldap, place }
    }

    /// Says who reads.
    pub(super) async fn bind(&mut self) -> Result<(), Unread> {
        let (Some(dn), Some(password)) = (&self.place.bind_dn, &self.place.bind_password) else {
            return Ok(());
        };
        let answer = self.ldap.simple_bind(dn, password).await.map_err(broken)?;
        accepted(&answer, "the bind")
    }

    /// The people in the groups of that common name; a posixGroup names them by user name.
    pub(super) async fn members(&mut self, cn: &str) -> Result<Vec<String>, Unread> {
        let base = self.place.group_base.as_ref().or(self.place.base.as_ref());
        let base = base.cloned().unwrap_or_default();
        let cn = ldap_escape(cn);
        let filter = format!(
            "(&(cn={cn})(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=posixGroup)))"
        );
        let (mut people, mut names) = (Vec::new(), Vec::new());
        let attributes = vec![MEMBER, UNIQUE_MEMBER, MEMBER_UID];
        for group in self.search(&base, &filter, attributes).await? {
            for (attribute, mut values) in texts(group)? {
                match attribute.to_ascii_lowercase().as_str() {
                    "member" => people.append(&mut values),
                    "uniquemember" => people.extend(values.iter().map(|value| without_uid(value).to_owned())),
                    "memberuid" => names.append(&mut values),
                    // A server that gives members in parts says so behind the name.
                    _ => {
                        return Err(Unread(format!(
                            "The directory gave only a part of the members: {attribute}"
                        )));
                    }
                }
            }
        }
        for names in names.chunks(NAMES) {
            let each: Vec<_> = names
                .iter()
                .map(|name| format!("(uid={})", ldap_escape(name)))
                .collect();
            people.extend(self.matching(&format!("(|{})", each.concat())).await?);
        }
        Ok(people)
    }

    /// The people whom a filter finds.
    pub(super) async fn matching(&mut self, filter: &str) -> Result<Vec<String>, Unread> {
        let base = self.place.base.clone().unwrap_or_default();
        let found = self.search(&base, filter, vec![NOTHING]).await?;
        Ok(found.into_iter().map(|entry| entry.dn).collect())
    }

    /// Every entry below `base` that the filter finds; a part of them is an error.
    async fn search(
        &mut self,
        base: &str,
        filter: &str,
        attributes: Vec<&'static str>,
    ) -> Result<Vec<SearchEntry>, Unread> {
        let pages: Vec<Box<dyn Adapter<'_, _, _>>> = vec![Box::new(PagedResults::new(PAGE))];
        let opened = self
            .ldap
            .streaming_search_with(pages, base, Scope::Subtree, filter, attributes);
        let mut answers = opened.await.map_err(broken)?;
        let mut entries = Vec::new();
        while let Some(answer) = answers.next().await.map_err(broken)? {
            if answer.is_ref() {
                return Err(Unread(
                    "The directory refers to another one for a part of the answer".to_owned(),
                ));
            }
            if !answer.is_intermediate() {
                entries.push(SearchEntry::construct(answer));
            }
        }
        accepted(&answers.finish().await, &format!("the search below \"{base}\""))?;
        Ok(entries)
    }

    /// Takes leave; whether that is heard makes no difference.
    pub(super) async fn leave(&mut self) {
        let _ = self.ldap.unbind().await;
    }
}

fn broken(error: LdapError) -> Unread {
    Unread(match error {
        LdapError::EndOfStream | LdapError::ResultRecv { .. } => "The directory hung up in the middle".to_owned(),
        error => format!("The directory cannot be read: {error}"),
    })
}

/// Any answer but success is a refusal: limits that were exceeded and referrals, too.
fn accepted(answer: &LdapResult, what: &str) -> Result<(), Unread> {
    if answer.rc == 0 {
        return Ok(());
    }
    let (code, text) = (answer.rc, answer.text.trim());
    let words = match code {
        3 => "it took too long",
        4 => "there is more than the directory gives",
        10 => "it refers to another directory",
        32 => "there is no such entry",
        49 => "name or password is wrong",
        50 => "it may not be read",
        _ => text,
    };
    Err(Unread(format!("The directory refused {what}: {words} ({code})")))
}

/// The attributes of an entry, all of which are texts.
fn texts(entry: SearchEntry) -> Result<HashMap<String, Vec<String>>, Unread> {
    if entry.bin_attrs.is_empty() {
        Ok(entry.attrs)
    } else {
        Err(Unread(format!(
            "The directory names members of {} in no known way",
            entry.dn
        )))
    }
}

/// `uniqueMember` may have a bit string behind the name: `cn=ann,dc=x#'01'B`.
fn without_uid(value: &str) -> &str {
    match value.rsplit_once("#'") {
        Some((name, rest)) if rest.ends_with("'B") => name,
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bits_behind_a_unique_name_are_no_part_of_it() {
        assert_eq!(without_uid("cn=ann,dc=x#'01'B"), "cn=ann,dc=x");
        for name in ["cn=ann,dc=x", "cn=#1,dc=x", "cn=a#'b,dc=x"] {
            assert_eq!(without_uid(name), name);
        }
    }
}
