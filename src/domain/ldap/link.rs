//! Linking a group with people of a directory.

use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ActiveModelTrait as _, SqlErr};

use super::Link;
use super::links::of_group;
use crate::domain::journal::{self, DirectoryHappening};
use crate::domain::members::facts::{Facts, seen};
use crate::domain::members::validate::role_faults;
use crate::domain::policy::{self, Code};
use crate::domain::standing::Name;
use crate::domain::{Ctx, Error, Fault, Result, Thing};
use crate::entity::ldap_group_link;
use crate::types::{AccessLevel, GroupId, MemberRoleId, SourceKind};

/// Characters that a name may have.
const LONGEST_NAME: usize = 255;

/// Characters that a filter may have.
const LONGEST_FILTER: usize = 8192;

/// Brackets in brackets that a filter may have: whoever reads one goes down into them.
const DEEPEST_FILTER: usize = 100;

/// Whose people become members, and what they get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLink {
    /// The name of the directory.
    pub provider: String,
    /// The common name of a group of the directory; it or a filter.
    pub cn: Option<String>,
    /// An LDAP filter in brackets.
    pub filter: Option<String>,
    /// The level.
    pub access_level: AccessLevel,
    /// A custom role whose base level is the level.
    pub member_role_id: Option<i64>,
}

/// Links a group with people of a directory: its members come from there at once, and at the next synchronisation they are those.
///
/// # Errors
/// `Unauthenticated`; `NotFound` for the group; `Forbidden` for others than owners; `Faulty`.
pub async fn link(ctx: &Ctx, name: &Name, new: &NewLink) -> Result<Link> {
    let (source, lock) = seen(ctx, SourceKind::Group, name).await?;
    let (group, new) = (GroupId(source.id()), &new.trimmed());
    ctx.write(lock, |ctx, tx| async move {
        let facts = Facts::load(&ctx, source).await?;
        policy::administer_links(&facts.hand)?;
        let present = of_group(&ctx, group).await?;
        let mut faults = new.faults();
        if present.iter().any(|link| new.is(link)) {
            faults.insert(0, new.taken());
        }
        let role = match new.member_role_id {
            Some(id) => Facts::role(&ctx, id).await?,
            None => None,
        };
        match &role {
            Some(role) => {
                let level = i64::from(new.access_level.number());
                faults.extend(role_faults(role, level, facts.standing.root()));
            }
            None if new.member_role_id.is_some() => {
                faults.push(Fault::new("member_role", "not found", Code::NotFound));
            }
            None => {}
        }
        if !faults.is_empty() {
            return Err(Error::Faulty(faults));
        }
        let row = new.row(group, role.map(|role| role.id));
        let row = row.insert(&tx.conn()).await.map_err(|error| match error.sql_err() {
            // Only an import is not held up by the lock.
            Some(SqlErr::UniqueConstraintViolation(_)) => Error::Faulty(vec![new.taken()]),
            _ => error.into(),
        })?;
        let made = of_group(&ctx, group).await?.into_iter().find(|link| link.id == row.id);
        let made = made.ok_or(Error::NotFound(Thing::LdapLink))?;
        journal::record_directory(&ctx, &tx, &DirectoryHappening::Linked(&made), &facts.scene()).await?;
        Ok(made)
    })
    .await
}

impl NewLink {
    /// Blanks around a name or a filter mean nothing.
    fn trimmed(&self) -> Self {
        let trimmed = |text: &Option<String>| {
            let text = text.as_deref().map(str::trim).filter(|text| !text.is_empty());
            text.map(str::to_owned)
        };
        Self {
            provider: self.provider.trim().to_owned(),
            cn: trimmed(&self.cn),
            filter: trimmed(&self.filter),
            ..self.clone()
        }
    }

    /// What is wrong with it by itself.
    fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        match (&self.cn, &self.filter) {
            (None, None) => {
                let text = "Either LDAP group cn or LDAP user filter is required";
                faults.push(Fault::new("base", text, Code::Blank));
            }
            (Some(_), Some(_)) => {
                let text = "One of LDAP group cn and LDAP user filter is to be given";
                faults.push(Fault::new("base", text, Code::Invalid));
            }
            (Some(cn), None) => faults.extend(too_long("cn", cn, LONGEST_NAME)),
            (None, Some(filter)) => {
                let long = too_long("filter", filter, LONGEST_FILTER);
                let is_readable = long.is_some() || is_filter(filter);
                faults.extend(long);
                if !is_readable {
                    faults.push(Fault::new("filter", "must be a valid filter", Code::Invalid));
                }
            }
        }
        if self.provider.is_empty() {
            faults.push(Fault::new("provider", "can't be blank", Code::Blank));
        }
        faults.extend(too_long("provider", &self.provider, LONGEST_NAME));
        faults
    }

    fn is(&self, link: &Link) -> bool {
        link.provider == self.provider && link.cn == self.cn && link.filter == self.filter
    }

    fn taken(&self) -> Fault {
        let field = if self.cn.is_some() { "cn" } else { "filter" };
        Fault::new(field, "has already been taken", Code::Taken)
    }

    fn row(&self, group: GroupId, role: Option<MemberRoleId>) -> ldap_group_link::ActiveModel {
        ldap_group_link::ActiveModel {
            id: NotSet,
            group_id: Set(group),
            provider: Set(self.provider.clone()),
            cn: Set(self.cn.clone()),
            filter: Set(self.filter.clone()),
            access_level: Set(self.access_level),
            member_role_id: Set(role),
        }
    }
}

fn too_long(field: &'static str, text: &str, most: usize) -> Option<Fault> {
    let fault = || {
        Fault::new(
            field,
            format!("is too long (maximum is {most} characters)"),
            Code::Invalid,
        )
    };
    (text.chars().count() > most).then(fault)
}

/// Whether it is an LDAP filter (RFC 4515) in brackets.
fn is_filter(text: &str) -> bool {
    let is_in_brackets = text.starts_with('(') && text.ends_with(')');
    is_in_brackets && depth(text) <= DEEPEST_FILTER && ldap3::parse_filter(text).is_ok()
}

fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in text.bytes() {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_one_in_brackets() {
        for filter in [
            "(uid=ann)",
            "(employeeType=contractor)",
            "(&(objectClass=person)(|(uid=a*)(!(mail=*@x.example))))",
            "(cn=\\28x\\29)",
            "(memberOf:1.2.840.113556.1.4.1941:=cn=x,dc=y)",
            "(age>=18)",
        ] {
            assert!(is_filter(filter), "{filter}");
        }
        for other in [
            "uid=ann",
            "(uid=ann",
            "uid=ann)",
            "(uid)",
            "(uid=ann)(uid=bob)",
            "((uid=ann))",
            "(&)(",
            "(=x)",
            "()",
            "(cn=(x)",
        ] {
            assert!(!is_filter(other), "{other}");
        }
        let nested = |depth: usize| format!("{}(a=b){}", "(!".repeat(depth), ")".repeat(depth));
        assert!(is_filter(&nested(99)));
        assert!(!is_filter(&nested(4000)), "nobody goes down so far");
    }
}
