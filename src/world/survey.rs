//! The first reading of a world file: every value is checked, names and numbers are noted, the long lists pass by.

#![expect(
    clippy::needless_pass_by_value,
    clippy::unnecessary_wraps,
    reason = "every kind of row is noted by a function of one shape"
)]

use std::collections::HashSet;
use std::fmt;
use std::fs::File;
use std::io::Read;

use serde::Deserializer as _;
use serde::de::{DeserializeOwned, MapAccess, Visitor};

use super::Counts;
use super::error::{Fault, ImportError};
use super::format::{
    AccessRequest, Group, Invitation, LdapIdentity, LdapLink, Member, MemberRole, Project, SamlIdentity, Share, Token,
    User, VERSION,
};
use super::scan::{Rows, Stop, rewound};
use super::value::{Name, Number};
use crate::types::{GroupId, digest, fold, normal_dn};

/// Numbers of one kind: the given ones, then those behind them.
#[derive(Clone, Debug)]
pub(super) struct Numbers {
    given: HashSet<i64>,
    highest: i64,
    limit: i64,
}

impl Default for Numbers {
    fn default() -> Self {
        Self::up_to(Number::MAX)
    }
}

impl Numbers {
    fn up_to(limit: i64) -> Self {
        Self {
            given: HashSet::new(),
            highest: 0,
            limit,
        }
    }

    /// Takes a number that a row gives, once.
    fn take(&mut self, Number(number): Number) -> Result<(), String> {
        if number > self.limit {
            return Err(format!(
                "{number} is above {}, the highest number of its kind",
                self.limit
            ));
        }
        if !self.given.insert(number) {
            return Err(format!("{number} is taken"));
        }
        self.highest = self.highest.max(number);
        Ok(())
    }

    /// Sees a number that a row gives; whether two rows give it shows when they are stored.
    fn see(&mut self, number: Option<Number>) {
        self.highest = self.highest.max(number.map_or(0, |Number(number)| number));
    }

    /// The next number behind all that were given.
    fn next(&mut self) -> Result<i64, String> {
        if self.highest == self.limit {
            return Err(format!("no number is left above {}", self.limit));
        }
        self.highest += 1;
        Ok(self.highest)
    }

    /// The number of the row at `at`: its own, or the next.
    pub(super) fn of(&mut self, given: Option<Number>, at: &str) -> Result<i64, Fault> {
        given
            .map_or_else(|| self.next(), |Number(number)| Ok(number))
            .map_err(|text| Fault::at(format!("{at}.id"), text))
    }

    /// The highest so far; 0 without any.
    pub(super) fn highest(&self) -> i64 {
        self.highest
    }
}

/// A user, as far as other rows need to know.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) id: Option<Number>,
    pub(super) username: String,
    pub(super) name: String,
}

/// What one reading tells about a file.
#[derive(Debug)]
pub(super) struct Survey {
    pub(super) counts: Counts,
    /// In the order of the file.
    pub(super) people: Vec<Person>,
    pub(super) groups: Vec<Group>,
    /// Folded path and number, in the order of the file.
    pub(super) projects: Vec<(String, Option<Number>)>,
    pub(super) roles: Vec<MemberRole>,
    pub(super) user_numbers: Numbers,
    pub(super) group_numbers: Numbers,
    pub(super) project_numbers: Numbers,
    pub(super) role_numbers: Numbers,
    pub(super) ldap_link_numbers: Numbers,
    pub(super) member_numbers: Numbers,
    pub(super) group_share_numbers: Numbers,
    pub(super) project_share_numbers: Numbers,
    seen: Seen,
}

/// What no two rows may share, folded.
#[derive(Debug, Default)]
struct Seen {
    keys: HashSet<String>,
    usernames: HashSet<String>,
    emails: HashSet<String>,
    tokens: HashSet<Vec<u8>>,
    /// Provider, or group with a provider, and who one is there.
    ldap: HashSet<(String, String)>,
    saml: HashSet<(String, String)>,
    saml_providers: HashSet<i64>,
    /// Of groups and of projects.
    paths: HashSet<String>,
}

impl Survey {
    /// Reads the whole of `file`.
    pub(super) fn of(file: &File) -> Result<Self, ImportError> {
        let mut survey = Self::new();
        let mut fault = None;
        let outcome = survey.read(rewound(file)?, &mut fault);
        // As long as the names themselves, and of no use to the rest of the import.
        survey.seen = Seen::default();
        match fault {
            Some(fault) => Err(fault.into()),
            None => outcome.map(|()| survey),
        }
    }

    fn new() -> Self {
        Self {
            counts: Counts::default(),
            people: Vec::new(),
            groups: Vec::new(),
            projects: Vec::new(),
            roles: Vec::new(),
            user_numbers: Numbers::default(),
            group_numbers: Numbers::up_to(GroupId::MAX.0),
            project_numbers: Numbers::default(),
            role_numbers: Numbers::default(),
            ldap_link_numbers: Numbers::default(),
            member_numbers: Numbers::default(),
            group_share_numbers: Numbers::default(),
            project_share_numbers: Numbers::default(),
            seen: Seen::default(),
        }
    }

    fn read(&mut self, input: impl Read, fault: &mut Option<Fault>) -> Result<(), ImportError> {
        let mut json = serde_json::Deserializer::from_reader(input);
        let mut track = serde_path_to_error::Track::new();
        let outcome = serde_path_to_error::Deserializer::new(&mut json, &mut track)
            .deserialize_map(World { survey: self, fault });
        outcome
            .and_then(|()| json.end())
            .map_err(|error| match error.io_error_kind() {
                Some(_) => ImportError::Read(error.into()),
                None => Fault::of_json(&track.path().to_string(), &error).into(),
            })
    }

    fn user(&mut self, at: &str, user: User) -> Result<(), Fault> {
        self.counts.users += 1;
        given(&mut self.user_numbers, at, user.id)?;
        one_segment(&user.username.0).map_err(|text| Fault::at(format!("{at}.username"), text))?;
        once(&mut self.seen.usernames, at, "username", &user.username)?;
        once(&mut self.seen.emails, at, "email", &user.email)?;
        self.identities(at, &user)?;
        self.tokens(at, &user.tokens)?;
        self.people.push(Person {
            id: user.id,
            username: user.username.0,
            name: user.name.0,
        });
        Ok(())
    }

    fn identities(&mut self, at: &str, user: &User) -> Result<(), Fault> {
        if let Some(LdapIdentity { provider, dn }) = &user.ldap_identity
            && !self.seen.ldap.insert((provider.0.clone(), normal_dn(&dn.0)))
        {
            return Err(taken(at, "ldap_identity.dn", dn));
        }
        let mut groups = HashSet::new();
        for (index, SamlIdentity { group, extern_uid }) in user.saml_identities.iter().enumerate() {
            let at = format!("{at}.saml_identities[{index}]");
            once(&mut groups, &at, "group", group)?;
            if !self.seen.saml.insert((fold(&group.0), fold(&extern_uid.0))) {
                return Err(taken(&at, "extern_uid", extern_uid));
            }
        }
        Ok(())
    }

    fn tokens(&mut self, at: &str, tokens: &[Token]) -> Result<(), Fault> {
        for (index, token) in tokens.iter().enumerate() {
            // A token is a secret: the message does not repeat it.
            if !self.seen.tokens.insert(digest(&token.token.0)) {
                return Err(Fault::at(
                    format!("{at}.tokens[{index}].token"),
                    "the same token is given twice",
                ));
            }
        }
        Ok(())
    }

    fn group(&mut self, at: &str, group: Group) -> Result<(), Fault> {
        self.counts.groups += 1;
        given(&mut self.group_numbers, at, group.id)?;
        segments(&group.path.0).map_err(|text| Fault::at(format!("{at}.path"), text))?;
        once(&mut self.seen.paths, at, "path", &group.path)?;
        if let Some(Number(provider)) = group.saml_provider_id
            && !self.seen.saml_providers.insert(provider)
        {
            return Err(Fault::at(
                format!("{at}.saml_provider_id"),
                format!("{provider} is taken"),
            ));
        }
        self.ldap_links(at, &group.ldap_links)?;
        self.groups.push(group);
        Ok(())
    }

    fn ldap_links(&mut self, at: &str, links: &[LdapLink]) -> Result<(), Fault> {
        let mut seen = HashSet::new();
        for (index, link) in links.iter().enumerate() {
            let at = format!("{at}.ldap_links[{index}]");
            given(&mut self.ldap_link_numbers, &at, link.id)?;
            if link.cn.is_none() && link.filter.is_none() {
                return Err(Fault::at(at, "missing key \"cn\" or \"filter\""));
            }
            if link.cn.is_some() && link.filter.is_some() {
                return Err(Fault::at(at, "\"cn\" and \"filter\" exclude each other"));
            }
            if !seen.insert((&link.provider.0, &link.cn, &link.filter)) {
                return Err(Fault::at(at, "the same link is given twice"));
            }
        }
        Ok(())
    }

    fn project(&mut self, at: &str, project: Project) -> Result<(), Fault> {
        self.counts.projects += 1;
        given(&mut self.project_numbers, at, project.id)?;
        segments(&project.path.0).map_err(|text| Fault::at(format!("{at}.path"), text))?;
        once(&mut self.seen.paths, at, "path", &project.path)?;
        self.projects.push((fold(&project.path.0), project.id));
        Ok(())
    }

    fn role(&mut self, at: &str, role: MemberRole) -> Result<(), Fault> {
        self.counts.member_roles += 1;
        given(&mut self.role_numbers, at, role.id)?;
        self.roles.push(role);
        Ok(())
    }

    fn member(&mut self, _: &str, member: Member) -> Result<(), Fault> {
        self.counts.members += 1;
        self.member_numbers.see(member.id);
        Ok(())
    }

    fn invitation(&mut self, _: &str, invitation: Invitation) -> Result<(), Fault> {
        self.counts.invitations += 1;
        self.member_numbers.see(invitation.id);
        Ok(())
    }

    fn access_request(&mut self, _: &str, request: AccessRequest) -> Result<(), Fault> {
        self.counts.access_requests += 1;
        self.member_numbers.see(request.id);
        Ok(())
    }

    fn share(&mut self, _: &str, share: Share) -> Result<(), Fault> {
        self.counts.shares += 1;
        if share.group.is_some() {
            self.group_share_numbers.see(share.id);
        } else {
            self.project_share_numbers.see(share.id);
        }
        Ok(())
    }
}

fn given(numbers: &mut Numbers, at: &str, id: Option<Number>) -> Result<(), Fault> {
    id.map_or(Ok(()), |id| numbers.take(id))
        .map_err(|text| Fault::at(format!("{at}.id"), text))
}

fn once(seen: &mut HashSet<String>, at: &str, key: &str, name: &Name) -> Result<(), Fault> {
    if seen.insert(fold(&name.0)) {
        Ok(())
    } else {
        Err(taken(at, key, name))
    }
}

fn taken(at: &str, key: &str, name: &Name) -> Fault {
    Fault::at(format!("{at}.{key}"), format!("{:?} is taken", name.0))
}

fn segments(path: &str) -> Result<(), String> {
    if path.split('/').any(|segment| segment.trim().is_empty()) {
        return Err(format!("{path:?} has an empty part"));
    }
    Ok(())
}

fn one_segment(username: &str) -> Result<(), String> {
    if username.contains('/') {
        return Err(format!("{username:?} holds a slash"));
    }
    Ok(())
}

/// The one object that a world file is.
struct World<'a> {
    survey: &'a mut Survey,
    /// What the survey has against the file; the parser's own error says where it stopped, not why.
    fault: &'a mut Option<Fault>,
}

impl<'de> Visitor<'de> for World<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a world: one object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut object: A) -> Result<(), A::Error> {
        while let Some(key) = object.next_key::<String>()? {
            if !self.survey.seen.keys.insert(key.clone()) {
                return Err(self.stop(Fault::at(key, "the key is given twice")));
            }
            self.value(&key, &mut object)?;
        }
        if self.survey.seen.keys.contains("version") {
            Ok(())
        } else {
            Err(self.stop(Fault::at("", "missing key \"version\"")))
        }
    }
}

impl World<'_> {
    fn value<'de, A: MapAccess<'de>>(&mut self, key: &str, object: &mut A) -> Result<(), A::Error> {
        match key {
            "version" => self.version(object),
            "users" => self.rows(key, object, Survey::user),
            "groups" => self.rows(key, object, Survey::group),
            "projects" => self.rows(key, object, Survey::project),
            "member_roles" => self.rows(key, object, Survey::role),
            "members" => self.rows(key, object, Survey::member),
            "invitations" => self.rows(key, object, Survey::invitation),
            "access_requests" => self.rows(key, object, Survey::access_request),
            "shares" => self.rows(key, object, Survey::share),
            _ => Err(self.stop(Fault::at(key, "unknown key"))),
        }
    }

    fn version<'de, A: MapAccess<'de>>(&mut self, object: &mut A) -> Result<(), A::Error> {
        match object.next_value::<i64>()? {
            VERSION => Ok(()),
            other => Err(self.stop(Fault::at(
                "version",
                format!("{other} is not known; this program reads version {VERSION}"),
            ))),
        }
    }

    fn rows<'de, A, T, F>(&mut self, list: &str, object: &mut A, note: F) -> Result<(), A::Error>
    where
        A: MapAccess<'de>,
        T: DeserializeOwned,
        F: Fn(&mut Survey, &str, T) -> Result<(), Fault>,
    {
        object.next_value_seed(Rows::each(|index, row| {
            note(self.survey, &format!("{list}[{index}]"), row).map_err(|fault| {
                *self.fault = Some(fault);
                Stop
            })
        }))
    }

    fn stop<E: serde::de::Error>(&mut self, fault: Fault) -> E {
        *self.fault = Some(fault);
        E::custom("stopped")
    }
}
