//! The types of parameters: what each takes, and what it makes of it.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, TimeZone as _, Utc};
use serde_json::Value;

/// What a value must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::rest) enum Kind {
    /// A whole number of 64 bits.
    Integer,
    /// One of many ways to say yes or no.
    Boolean,
    /// Any scalar.
    Text,
    /// One of these words.
    Word(Vec<&'static str>),
    /// A list, or numbers with commas between.
    Integers,
    /// A list, or texts with commas between.
    Texts,
    /// A list of some of these words, or words with commas between.
    Words(Vec<&'static str>),
    /// An ISO 8601 date or date-time.
    Time,
    /// The same, of which only the day counts.
    Date,
    /// Names or numbers with commas between; any scalar.
    Names,
}

const INVALID: &str = "is invalid";
pub(super) const NOT_LISTED: &str = "does not have a valid value";

impl Kind {
    /// The value in its proper form; null stays null, and blank becomes it where it cannot be a value.
    pub(super) fn coerce(&self, value: &Value) -> Result<Value, &'static str> {
        if value.is_null() {
            return Ok(Value::Null);
        }
        match self {
            Self::Integers => return Ok(numbers(value)),
            Self::Texts => return Ok(items(value).into()),
            Self::Words(words) => return chosen(words, value),
            _ => {}
        }
        let text = scalar(value).ok_or(INVALID)?;
        if text.trim().is_empty() && matches!(self, Self::Integer | Self::Boolean | Self::Time | Self::Date) {
            return Ok(Value::Null);
        }
        match self {
            Self::Integer => integer(&text).map(Value::from).ok_or(INVALID),
            Self::Boolean => boolean(&text).map(Value::from).ok_or(INVALID),
            Self::Time | Self::Date => time(&text).map(|_| Value::String(text)).ok_or(INVALID),
            Self::Word(words) if !words.contains(&text.as_str()) => Err(NOT_LISTED),
            Self::Text | Self::Names | Self::Word(_) | Self::Integers | Self::Texts | Self::Words(_) => {
                Ok(Value::String(text))
            }
        }
    }
}

/// The text of a value that is one. A NUL is no text: databases do not take it.
fn scalar(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    (!text.contains('\0')).then_some(text)
}

fn integer(text: &str) -> Option<i64> {
    text.trim().parse().ok()
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" | "t" | "T" | "1" | "on" | "On" | "ON" | "y" | "Y" | "yes" | "Yes" | "YES" => {
            Some(true)
        }
        "false" | "False" | "FALSE" | "f" | "F" | "0" | "off" | "Off" | "OFF" | "n" | "N" | "no" | "No" | "NO" => {
            Some(false)
        }
        _ => None,
    }
}

/// Every number in a list or between commas. What is no number is 0, which is nobody's; it never fails.
fn numbers(value: &Value) -> Value {
    items(value).iter().map(|word| integer(word).unwrap_or(0)).collect()
}

/// Every word in a list or between commas; each must be one of `words`.
fn chosen(words: &[&'static str], value: &Value) -> Result<Value, &'static str> {
    let items = items(value);
    if items.iter().all(|item| words.contains(&item.as_str())) {
        Ok(items.into())
    } else {
        Err(NOT_LISTED)
    }
}

/// What stands in a list or between commas, without blanks.
fn items(value: &Value) -> Vec<String> {
    let texts: Vec<String> = match value {
        Value::Array(items) => items.iter().filter_map(scalar).collect(),
        value => scalar(value).into_iter().collect(),
    };
    let words = texts.iter().flat_map(|text| text.split(','));
    let words = words.map(str::trim).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

/// The day of a date, or of a date and a time: as it is written, whatever the offset.
pub(super) fn day(text: &str) -> Option<NaiveDate> {
    date(halves(text).0)
}

/// The day, and what stands behind it.
fn halves(text: &str) -> (&str, &str) {
    let text = text.trim();
    text.split_once(['T', 't', ' ']).unwrap_or((text, "00:00:00"))
}

/// A date, or a date and a time with `T` or a blank between them.
pub(super) fn time(text: &str) -> Option<DateTime<Utc>> {
    let (day, clock) = halves(text);
    let at = clock.find(['Z', 'z', '+', '-']).unwrap_or(clock.len());
    let (clock, offset) = clock.split_at(at);
    let clock = ["%H:%M:%S%.f", "%H:%M", "%H%M%S%.f", "%H%M"]
        .into_iter()
        .find_map(|format| NaiveTime::parse_from_str(clock, format).ok())?;
    let local = date(day)?.and_time(clock);
    let moment = zone(offset)?.from_local_datetime(&local).single()?;
    Some(moment.with_timezone(&Utc))
}

/// A moment as headers write it, `Sat, 21 Nov 2026 12:00:00 GMT`, or else as parameters do. The day of the week is not looked at.
pub(in crate::rest) fn moment(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    let date = text.split_once(", ").map_or(text, |(_, date)| date);
    let of_header = DateTime::parse_from_rfc2822(date).ok();
    of_header
        .map(|moment| moment.with_timezone(&Utc))
        .or_else(|| time(text))
}

/// `2027-01-02` or `20270102`.
fn date(text: &str) -> Option<NaiveDate> {
    let format = match text.len() {
        10 => "%Y-%m-%d",
        8 => "%Y%m%d",
        _ => return None,
    };
    let plain = text.starts_with(|first: char| first.is_ascii_digit());
    NaiveDate::parse_from_str(text, format).ok().filter(|_| plain)
}

/// Nothing, `Z`, `+01:00`, `+0100` or `+01`.
fn zone(text: &str) -> Option<FixedOffset> {
    let (sign, digits) = match text.as_bytes() {
        [] | [b'Z' | b'z'] => return FixedOffset::east_opt(0),
        [b'+', ..] => (1, text[1..].replace(':', "")),
        [b'-', ..] => (-1, text[1..].replace(':', "")),
        _ => return None,
    };
    let number: i32 = digits.parse().ok()?;
    let (hours, minutes) = match digits.len() {
        2 => (number, 0),
        4 => (number / 100, number % 100),
        _ => return None,
    };
    FixedOffset::east_opt(sign * (hours * 3600 + minutes * 60))
}
