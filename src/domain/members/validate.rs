//! Whether a row may be stored as it would become: pure, with GitLab's texts.

use chrono::NaiveDate;

use super::facts::{Facts, Inherited, Person, RoleFacts};
use crate::domain::policy::Code;
use crate::domain::{Error, Fault, Result};
use crate::types::{AccessLevel, NamespaceId};

/// A row as it would become.
#[derive(Clone, Debug)]
pub(in crate::domain) struct Draft<'a> {
    /// The level, as the number that was given.
    pub(in crate::domain) level: i64,
    /// The custom role that it would have.
    pub(in crate::domain) role: Option<&'a RoleFacts>,
    /// Whether the row has that role already, and the change says nothing of it.
    pub(in crate::domain) keeps_role: bool,
    /// The level that the row has now.
    pub(in crate::domain) present: Option<AccessLevel>,
    /// The end that is given now; one that stays is not looked at.
    pub(in crate::domain) expires_at: Option<NaiveDate>,
    /// Whether it makes somebody a member who was none.
    pub(in crate::domain) is_new: bool,
    /// Whether an administrator does it, who is told where the rule is set.
    pub(in crate::domain) by_admin: bool,
}

impl Draft<'_> {
    /// The level, unless something is wrong with the row.
    ///
    /// # Errors
    /// `Faulty`
    pub(in crate::domain) fn sound_level(&self, faults: Vec<Fault>) -> Result<AccessLevel> {
        match AccessLevel::from_number(self.level) {
            Some(level) if faults.is_empty() => Ok(level),
            _ => Err(Error::Faulty(faults)),
        }
    }
}

/// What is wrong with it; nothing when it may be stored.
pub(in crate::domain) fn faults(facts: &Facts, person: &Person, draft: &Draft<'_>) -> Vec<Fault> {
    let mut faults = of_level(facts, draft);
    faults.extend(person.inherited().and_then(|above| below_inherited(draft, &above)));
    faults.extend(of_role(facts, draft));
    faults.extend(of_end(facts, draft));
    if draft.is_new && person.bot_elsewhere {
        let text = "project bots cannot be added to other groups / projects";
        faults.push(Fault::new("user_id", text, Code::Forbidden));
    }
    // A bot has no address of the kind that the rule is about.
    if draft.is_new && !person.user_type.is_bot() && !facts.admits(&person.email_norm) {
        faults.push(outside_domains(facts, draft.by_admin));
    }
    faults
}

/// The same for an invitation to an address, in lower case, that is nobody's.
pub(in crate::domain) fn faults_of_invitation(facts: &Facts, address: &str, draft: &Draft<'_>) -> Vec<Fault> {
    let mut faults = of_level(facts, draft);
    faults.extend(of_role(facts, draft));
    faults.extend(of_end(facts, draft));
    if draft.is_new && !facts.admits(address) {
        faults.push(outside_domains(facts, draft.by_admin));
    }
    faults
}

fn of_end(facts: &Facts, draft: &Draft<'_>) -> Option<Fault> {
    let past = draft.expires_at.is_some_and(|day| day < facts.today);
    past.then(|| Fault::new("expires_at", "cannot be a date in the past", Code::ExpiresInPast))
}

fn of_level(facts: &Facts, draft: &Draft<'_>) -> Vec<Fault> {
    let (is_top_level, is_group) = (facts.is_top_level_group(), facts.noun() == "group");
    let fault = |text: &str| Fault::new("access_level", text, Code::Invalid);
    let unlisted = || fault("is not included in the list");
    match AccessLevel::from_number(draft.level) {
        Some(AccessLevel::MinimalAccess) if is_top_level => vec![],
        Some(AccessLevel::MinimalAccess) if is_group => {
            vec![unlisted(), fault("supported on top level groups only")]
        }
        None | Some(AccessLevel::MinimalAccess) => vec![unlisted()],
        Some(_) => vec![],
    }
}

fn below_inherited(draft: &Draft<'_>, above: &Inherited) -> Option<Fault> {
    (i64::from(above.level.number()) > draft.level).then(|| {
        let text = format!(
            "should be greater than or equal to {} inherited membership from group {}",
            above.role, above.group
        );
        Fault::new("access_level", text, Code::InheritedHigherAccess)
    })
}

fn of_role(facts: &Facts, draft: &Draft<'_>) -> Vec<Fault> {
    let Some(role) = draft.role else {
        return vec![];
    };
    let mut faults = vec![];
    let changed = draft
        .present
        .is_some_and(|level| i64::from(level.number()) != draft.level);
    if draft.keeps_role && changed {
        let text = "cannot be changed because of an existing association with a custom role";
        faults.push(Fault::new("access_level", text, Code::Invalid));
    }
    faults.extend(role_faults(role, draft.level, facts.standing.root()));
    faults
}

/// What keeps a custom role from being given at a level, in the hierarchy of a namespace.
pub(in crate::domain) fn role_faults(role: &RoleFacts, level: i64, root: NamespaceId) -> Vec<Fault> {
    let mut faults = vec![];
    if i64::from(role.base_access_level.number()) != level {
        let text = "the custom role's base access level does not match the current access level";
        faults.push(Fault::new("member_role_id", text, Code::Invalid));
    }
    if !role.is_of(root) {
        let text = "must be in same hierarchy as custom role's namespace";
        faults.push(Fault::new("member_namespace", text, Code::Invalid));
    }
    faults
}

fn outside_domains(facts: &Facts, by_admin: bool) -> Fault {
    let noun = facts.noun();
    let advice = if by_admin {
        "Go to the group’s 'Settings &gt; General' page, and check 'Restrict membership by email domain'."
    } else {
        "Check with your administrator."
    };
    Fault::new(
        "user",
        format!("is not allowed for this {noun}. {advice}"),
        Code::Forbidden,
    )
}
