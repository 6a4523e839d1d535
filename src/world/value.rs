//! The values of a world file: each knows its own limits, reads itself and writes itself.

use std::fmt;
use std::marker::PhantomData;

use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, Utc};
use serde::de::{self, Deserializer, Unexpected, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use crate::types::{AccessLevel, MemberState, PERMISSIONS, Scope, UserState, UserType, Visibility};

/// Text of any length. PostgreSQL cannot hold a NUL.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Text(pub(super) String);

/// Text that says something.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub(super) struct Name(pub(super) String);

/// A number of a row, or a small count: what JavaScript's numbers hold exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Number(pub(super) i64);

/// An access level that a row may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Level(pub(super) AccessLevel);

/// A moment, to the microsecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Time(pub(super) DateTime<Utc>);

/// A day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Day(pub(super) NaiveDate);

/// A permission of a custom role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Permission(pub(super) String);

/// A word out of a closed list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word<T>(pub(super) T);

/// A closed list of words.
pub(super) trait Vocabulary: Copy + 'static {
    /// What one of them is: `a user state`.
    const ONE: &'static str;
    /// Every value.
    const ALL: &'static [Self];
    /// The value of a row that names none.
    const DEFAULT: Self;
    fn word(self) -> &'static str;
}

macro_rules! vocabulary {
    ($($type:ident: $one:literal, $all:expr, $default:ident;)+) => {$(
        impl Vocabulary for $type {
            const ONE: &'static str = $one;
            const ALL: &'static [Self] = $all;
            const DEFAULT: Self = Self::$default;
            fn word(self) -> &'static str {
                self.as_str()
            }
        }
    )+};
}

vocabulary! {
    UserState: "a user state", Self::ALL, Active;
    UserType: "a user type", Self::ALL, Human;
    Visibility: "a visibility", Self::ALL, Private;
    MemberState: "a member state", &[Self::Active, Self::Awaiting], Active;
    Scope: "a scope", Self::ALL, Api;
}

impl<T: Vocabulary> Default for Word<T> {
    fn default() -> Self {
        Self(T::DEFAULT)
    }
}

impl Number {
    pub(super) const MAX: i64 = (1 << 53) - 1;
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.contains('\0') {
            return Err(de::Error::custom("text must not hold a NUL character"));
        }
        Ok(Self(text))
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Text(text) = Text::deserialize(deserializer)?;
        if text.trim().is_empty() {
            return Err(de::Error::custom("must not be blank"));
        }
        Ok(Self(text))
    }
}

impl<'de> Deserialize<'de> for Permission {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        if !PERMISSIONS.contains(&name.as_str()) {
            return Err(de::Error::custom(format_args!("no permission {name:?}")));
        }
        Ok(Self(name))
    }
}

struct NumberVisitor;

impl Visitor<'_> for NumberVisitor {
    type Value = Number;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a whole number from 1 to {}", Number::MAX)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Number, E> {
        if (1..=Number::MAX).contains(&number) {
            Ok(Number(number))
        } else {
            Err(E::invalid_value(Unexpected::Signed(number), &self))
        }
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Number, E> {
        match i64::try_from(number) {
            Ok(number) => self.visit_i64(number),
            Err(_) => Err(E::invalid_value(Unexpected::Unsigned(number), &self)),
        }
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_i64(NumberVisitor)
    }
}

struct LevelVisitor;

impl Visitor<'_> for LevelVisitor {
    type Value = Level;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an access level (5, 10, 15, 20, 30, 40 or 50)")
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Level, E> {
        AccessLevel::from_number(number)
            .map(Level)
            .ok_or_else(|| E::invalid_value(Unexpected::Signed(number), &self))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Level, E> {
        self.visit_i64(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl<'de> Deserialize<'de> for Level {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_i64(LevelVisitor)
    }
}

impl Serialize for Level {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i32(self.0.number())
    }
}

struct WordVisitor<T>(PhantomData<T>);

impl<T: Vocabulary> Visitor<'_> for WordVisitor<T> {
    type Value = Word<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<_> = T::ALL.iter().map(|value| value.word()).collect();
        write!(f, "{} ({})", T::ONE, words.join(", "))
    }

    fn visit_str<E: de::Error>(self, word: &str) -> Result<Word<T>, E> {
        let known = T::ALL.iter().copied().find(|value| value.word() == word);
        known
            .map(Word)
            .ok_or_else(|| E::invalid_value(Unexpected::Str(word), &self))
    }
}

impl<'de, T: Vocabulary> Deserialize<'de> for Word<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(WordVisitor(PhantomData))
    }
}

impl<T: Vocabulary> Serialize for Word<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.word())
    }
}

struct TimeVisitor;

impl Visitor<'_> for TimeVisitor {
    type Value = Time;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time such as 2026-01-31T12:00:00Z")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Time, E> {
        let whole_micros = |time: DateTime<Utc>| DateTime::from_timestamp_micros(time.timestamp_micros());
        DateTime::parse_from_rfc3339(text)
            .ok()
            .and_then(|time| whole_micros(time.to_utc()))
            .filter(|time| (1..=9999).contains(&time.year()))
            .map(Time)
            .ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TimeVisitor)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

struct DayVisitor;

impl Visitor<'_> for DayVisitor {
    type Value = Day;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a date such as 2026-01-31")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Day, E> {
        // chrono also takes 2026-1-31 and +12026-01-31.
        Some(text)
            .filter(|text| text.len() == "YYYY-MM-DD".len())
            .and_then(|text| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok())
            .filter(|day| (1..=9999).contains(&day.year()))
            .map(Day)
            .ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(DayVisitor)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.format("%Y-%m-%d").to_string())
    }
}
