//! Parameters: an endpoint declares them in one function, which gives typed values, GitLab's texts for the faults, and the API document.
//!
//! All faults of a request are reported at once, in the order of declaration.

mod kind;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;

use super::error::Refusal;
use super::input::Values;
use super::page::Numbered;
use crate::domain::standing::Name;
use crate::types::{AccessLevel, Patch};

pub(super) use kind::{Kind, moment};
use kind::{NOT_LISTED, day, time};

/// The parameters of one endpoint.
pub(super) trait Params: Sized {
    /// Declares each parameter by reading it.
    fn read(reader: &mut Reader) -> Self;
}

impl Params for () {
    fn read(_: &mut Reader) {}
}

/// Reads the parameters out of what came, and leaves them as they were understood, with defaults, for the links of a page.
///
/// # Errors
/// `Parameters` with every fault.
pub(super) fn read<P: Params>(values: &mut Values) -> Result<P, Refusal> {
    let mut reader = Reader {
        values: std::mem::take(values),
        ..Reader::default()
    };
    let params = P::read(&mut reader);
    *values = reader.values;
    if reader.faults.is_empty() {
        Ok(params)
    } else {
        Err(Refusal::Parameters(reader.faults.join(", ")))
    }
}

/// The declarations, for the API document.
pub(super) fn declared<P: Params>() -> Vec<Declared> {
    let mut reader = Reader::default();
    P::read(&mut reader);
    reader.declared
}

/// One parameter as it was declared.
#[derive(Clone, Debug)]
pub(super) struct Declared {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) default: Option<Value>,
    /// The only numbers that are taken; empty for any.
    pub(super) numbers: Vec<i32>,
    pub(super) required: bool,
    pub(super) about: &'static str,
}

/// Reads one parameter after the other.
#[derive(Default)]
pub(super) struct Reader {
    values: Values,
    faults: Vec<String>,
    declared: Vec<Declared>,
}

impl Reader {
    /// A number; blank is none.
    pub(super) fn integer(&mut self, name: &'static str, about: &'static str) -> Option<i64> {
        self.take(name, Kind::Integer, None, about).as_i64()
    }

    /// A number that must be there; blank is there, and none.
    pub(super) fn required_integer(&mut self, name: &'static str, about: &'static str) -> Option<i64> {
        self.require(name);
        let number = self.integer(name, about);
        if let Some(declared) = self.declared.last_mut() {
            declared.required = true;
        }
        number
    }

    /// What becomes of a number: it stays when nothing is said, and goes when it is blank.
    pub(super) fn integer_patch(&mut self, name: &'static str, about: &'static str) -> Patch<i64> {
        let value = self.take(name, Kind::Integer, None, about);
        self.patch(name, value.as_i64())
    }

    /// What becomes of a date: it stays when nothing is said, and goes when it is blank. The day is the one that is written, whatever the offset.
    pub(super) fn date_patch(&mut self, name: &'static str, about: &'static str) -> Patch<NaiveDate> {
        let value = self.take(name, Kind::Date, None, about);
        self.patch(name, value.as_str().and_then(day))
    }

    /// Names or numbers, as they were written: one, or several with commas between. Blank is none of anybody's.
    pub(super) fn names(&mut self, name: &'static str, about: &'static str) -> Option<Names> {
        let given = self.values.contains_key(name);
        match self.take(name, Kind::Names, None, about) {
            Value::String(text) if text.contains(',') => Some(Names::Several(words_of(&text))),
            Value::String(text) => Some(Names::One(text.trim().to_owned())),
            _ => given.then(|| Names::One(String::new())),
        }
    }

    /// Yes or no; blank is neither.
    pub(super) fn flag(&mut self, name: &'static str, about: &'static str) -> Option<bool> {
        self.take(name, Kind::Boolean, None, about).as_bool()
    }

    /// Yes or no, `default` when nothing is said.
    pub(super) fn flag_or(&mut self, name: &'static str, default: bool, about: &'static str) -> bool {
        self.take(name, Kind::Boolean, Some(default.into()), about)
            .as_bool()
            .unwrap_or(default)
    }

    /// A text.
    pub(super) fn text(&mut self, name: &'static str, about: &'static str) -> Option<String> {
        match self.take(name, Kind::Text, None, about) {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// A text that must be there; blank is there.
    pub(super) fn required_text(&mut self, name: &'static str, about: &'static str) -> String {
        self.require(name);
        let text = self.text(name, about);
        if let Some(declared) = self.declared.last_mut() {
            declared.required = true;
        }
        text.unwrap_or_default()
    }

    /// What one of the words stands for.
    pub(super) fn choice<T: Copy>(
        &mut self,
        name: &'static str,
        choices: &[(&'static str, T)],
        about: &'static str,
    ) -> Option<T> {
        let value = self.take(name, words(choices), None, about);
        meaning(choices, value.as_str()?)
    }

    /// What one of the words stands for, which must be there; blank is there, and none of them.
    pub(super) fn required_choice<T: Copy>(
        &mut self,
        name: &'static str,
        choices: &[(&'static str, T)],
        about: &'static str,
    ) -> Option<T> {
        let faults = self.faults.len();
        self.require(name);
        let is_missing = self.faults.len() > faults;
        let choice = self.choice(name, choices, about);
        if let Some(declared) = self.declared.last_mut() {
            declared.required = true;
        }
        if choice.is_none() && (is_missing || self.faults.len() == faults) {
            self.faults.push(format!("{name} {NOT_LISTED}"));
        }
        choice
    }

    /// What one of the words stands for; the first one when nothing is said.
    pub(super) fn choice_or_first<T: Copy>(
        &mut self,
        name: &'static str,
        choices: &[(&'static str, T)],
        about: &'static str,
    ) -> T {
        let (default, first) = choices[0];
        let value = self.take(name, words(choices), Some(default.into()), about);
        value.as_str().and_then(|word| meaning(choices, word)).unwrap_or(first)
    }

    /// What some of the words stand for; nothing when nothing is said.
    pub(super) fn choices<T: Copy>(
        &mut self,
        name: &'static str,
        choices: &[(&'static str, T)],
        about: &'static str,
    ) -> Vec<T> {
        let known = choices.iter().map(|(word, _)| *word).collect();
        match self.take(name, Kind::Words(known), None, about) {
            Value::Array(words) => words
                .iter()
                .filter_map(|word| meaning(choices, word.as_str()?))
                .collect(),
            _ => Vec::new(),
        }
    }

    /// What some of the words stand for, of which there must be a list; an empty one is there.
    pub(super) fn required_choices<T: Copy>(
        &mut self,
        name: &'static str,
        choices: &[(&'static str, T)],
        about: &'static str,
    ) -> Vec<T> {
        self.require(name);
        let chosen = self.choices(name, choices, about);
        if let Some(declared) = self.declared.last_mut() {
            declared.required = true;
        }
        chosen
    }

    /// A date, or the day of a time as it is written; blank is none.
    pub(super) fn date(&mut self, name: &'static str, about: &'static str) -> Option<NaiveDate> {
        day(self.take(name, Kind::Date, None, about).as_str()?)
    }

    /// A list of numbers; an empty one when nothing is said.
    pub(super) fn integers(&mut self, name: &'static str, about: &'static str) -> Vec<i64> {
        match self.take(name, Kind::Integers, None, about) {
            Value::Array(items) => items.iter().filter_map(Value::as_i64).collect(),
            _ => Vec::new(),
        }
    }

    /// A list of texts, none of them blank; an empty one when nothing is said.
    pub(super) fn words(&mut self, name: &'static str, about: &'static str) -> Vec<String> {
        match self.take(name, Kind::Texts, None, about) {
            Value::Array(items) => items
                .iter()
                .filter_map(|item| item.as_str().map(str::to_owned))
                .collect(),
            _ => Vec::new(),
        }
    }

    /// A fault of what was read last.
    pub(super) fn fault(&mut self, text: &str) {
        self.faults.push(text.to_owned());
    }

    /// A time; the first moment of the day for a date, UTC unless it says otherwise.
    pub(super) fn time(&mut self, name: &'static str, about: &'static str) -> Option<DateTime<Utc>> {
        time(self.take(name, Kind::Time, None, about).as_str()?)
    }

    /// An access level by its number.
    pub(super) fn level(&mut self, name: &'static str, about: &'static str) -> Option<AccessLevel> {
        let level = AccessLevel::from_number(self.integer(name, about)?);
        if level.is_none() {
            self.faults.push(format!("{name} {NOT_LISTED}"));
        }
        level
    }

    /// One of these access levels by its number.
    pub(super) fn listed_level(
        &mut self,
        name: &'static str,
        levels: &[AccessLevel],
        about: &'static str,
    ) -> Option<AccessLevel> {
        let number = self.integer(name, about);
        if let Some(declared) = self.declared.last_mut() {
            declared.numbers = levels.iter().map(|level| level.number()).collect();
        }
        let number = number?;
        let level = AccessLevel::from_number(number).filter(|level| levels.contains(level));
        if level.is_none() {
            self.faults.push(format!("{name} {NOT_LISTED}"));
        }
        level
    }

    /// One of these access levels by its number, `default` when nothing is said.
    pub(super) fn listed_level_or(
        &mut self,
        name: &'static str,
        levels: &[AccessLevel],
        default: AccessLevel,
        about: &'static str,
    ) -> AccessLevel {
        let level = self.listed_level(name, levels, about).unwrap_or(default);
        if let Some(declared) = self.declared.last_mut() {
            declared.default = Some(default.number().into());
        }
        level
    }

    /// One of these access levels by its number, which must be there; blank is there, and none of them.
    pub(super) fn required_level(
        &mut self,
        name: &'static str,
        levels: &[AccessLevel],
        about: &'static str,
    ) -> Option<AccessLevel> {
        let faults = self.faults.len();
        self.require(name);
        let level = self.listed_level(name, levels, about);
        if let Some(declared) = self.declared.last_mut() {
            declared.required = true;
        }
        if level.is_none() && self.faults.len() == faults {
            self.faults.push(format!("{name} {NOT_LISTED}"));
        }
        level
    }

    /// The `:id` of a group or project: a number, or a full path.
    pub(super) fn source(&mut self, about: &'static str) -> Name {
        name_of(&self.text("id", about).unwrap_or_default())
    }

    /// Which numbered page is wanted.
    pub(super) fn numbered(&mut self) -> Numbered {
        let page = self
            .take("page", Kind::Integer, Some(1.into()), "Number of the page.")
            .as_i64();
        let per_page = self
            .take(
                "per_page",
                Kind::Integer,
                Some(20.into()),
                "Entries a page, at most 100.",
            )
            .as_i64();
        if per_page == Some(0) {
            self.faults.push("per_page has a value not allowed".to_owned());
        }
        Numbered::new(page, per_page)
    }

    /// Parameters that make sense only together.
    pub(super) fn all_or_none(&mut self, names: &[&str]) {
        let given = self.given(names);
        if given != 0 && given != names.len() {
            self.faults
                .push(format!("{} provide all or none of parameters", names.join(", ")));
        }
    }

    /// Parameters of which only one may be given.
    pub(super) fn mutually_exclusive(&mut self, names: &[&str]) {
        if self.given(names) > 1 {
            self.faults.push(format!("{} are mutually exclusive", names.join(", ")));
        }
    }

    /// Parameters of which one must be given.
    pub(super) fn at_least_one_of(&mut self, names: &[&str]) {
        if self.given(names) == 0 {
            let text = "are missing, at least one parameter must be provided";
            self.faults.push(format!("{} {text}", names.join(", ")));
        }
    }

    /// Whether it is there, blank or not.
    pub(super) fn is_given(&self, name: &str) -> bool {
        self.given(&[name]) == 1
    }

    /// Parameters of which just one must be given.
    pub(super) fn exactly_one_of(&mut self, names: &[&str]) {
        if self.given(names) == 0 {
            let text = "are missing, exactly one parameter must be provided";
            self.faults.push(format!("{} {text}", names.join(", ")));
        }
        self.mutually_exclusive(names);
    }

    /// How many of them are there, blank or not.
    fn given(&self, names: &[&str]) -> usize {
        names.iter().filter(|name| self.values.contains_key(**name)).count()
    }

    /// A parameter that must be there, blank or not.
    pub(super) fn require(&mut self, name: &str) {
        if !self.values.contains_key(name) {
            self.faults.push(format!("{name} is missing"));
        }
    }

    fn patch<T>(&self, name: &str, value: Option<T>) -> Patch<T> {
        match value {
            Some(value) => Patch::Set(value),
            None if self.values.contains_key(name) => Patch::Clear,
            None => Patch::Keep,
        }
    }

    /// The value as its kind, null when it is not there or at fault.
    fn take(&mut self, name: &'static str, kind: Kind, default: Option<Value>, about: &'static str) -> Value {
        let outcome = match self.values.get(name) {
            Some(value) => kind.coerce(value).map(Some),
            None => Ok(default.clone()),
        };
        self.declared.push(Declared {
            name,
            kind,
            default,
            numbers: Vec::new(),
            required: false,
            about,
        });
        match outcome {
            Ok(Some(value)) => {
                self.values.insert(name.to_owned(), value.clone());
                value
            }
            Ok(None) => Value::Null,
            Err(fault) => {
                self.faults.push(format!("{name} {fault}"));
                Value::Null
            }
        }
    }
}

/// Who is named in a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Names {
    /// One; may be blank.
    One(String),
    /// Several, of which none is blank.
    Several(Vec<String>),
}

fn words_of(text: &str) -> Vec<String> {
    let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

fn words<T>(choices: &[(&'static str, T)]) -> Kind {
    Kind::Word(choices.iter().map(|(word, _)| *word).collect())
}

fn meaning<T: Copy>(choices: &[(&'static str, T)], word: &str) -> Option<T> {
    choices
        .iter()
        .find(|(known, _)| *known == word)
        .map(|(_, value)| *value)
}

/// All digits is a number and never a path; one that is too large is nobody's.
pub(super) fn name_of(text: &str) -> Name {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        Name::Id(text.parse().unwrap_or(0))
    } else {
        Name::Path(text.to_owned())
    }
}

#[cfg(test)]
mod tests;
