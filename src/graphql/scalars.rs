//! Points in time and days, read leniently and printed in one form.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat, Utc};

use super::ids;

/// The scalar `Time`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Time {
    /// A point in time.
    At(DateTime<Utc>),
    /// A whole day: what ends does so when the day begins, UTC.
    Day(NaiveDate),
}

impl Time {
    /// The day it lies on, UTC.
    pub fn day(self) -> NaiveDate {
        match self {
            Self::At(at) => at.date_naive(),
            Self::Day(day) => day,
        }
    }

    /// The point in time: of a day its beginning, UTC.
    pub fn at(self) -> DateTime<Utc> {
        match self {
            Self::At(at) => at,
            Self::Day(day) => day.and_time(chrono::NaiveTime::MIN).and_utc(),
        }
    }

    fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(day) = text.parse() {
            return Some(Self::Day(day));
        }
        let with_zone = || DateTime::parse_from_rfc3339(text).map(|at| at.to_utc());
        let spelled = [
            "%Y-%m-%d %H:%M:%S%.f %z",
            "%Y-%m-%dT%H:%M:%S%.f%z",
            "%Y-%m-%d %H:%M:%S%.f%z",
        ];
        let with_offset = || {
            spelled
                .iter()
                .find_map(|format| DateTime::parse_from_str(text, format).ok())
        };
        let without_zone = || {
            let text = text.trim_end_matches("UTC").trim_end();
            let spelled = [
                "%Y-%m-%d %H:%M:%S%.f",
                "%Y-%m-%dT%H:%M:%S%.f",
                "%Y-%m-%d %H:%M",
                "%Y-%m-%dT%H:%M",
            ];
            spelled
                .iter()
                .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        };
        let at = with_zone()
            .ok()
            .or_else(|| with_offset().map(|at| at.to_utc()))
            .or_else(|| without_zone().map(|at| at.and_utc()));
        at.map(Self::At)
    }
}

/// A point in time. Read from RFC 3339, `2027-01-02 08:00:00` (UTC unless an offset follows) or a bare date; printed as RFC 3339 in UTC with
/// milliseconds, `2027-01-02T08:00:00.000Z`. The end of a membership is a day and is printed as a bare date, `2027-01-02`.
#[Scalar]
impl ScalarType for Time {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else {
            return Err(InputValueError::expected_type(value));
        };
        Self::read(text).ok_or_else(|| InputValueError::custom(format_args!("\"{text}\" is no time")))
    }

    fn to_value(&self) -> Value {
        Value::String(match self {
            Self::At(at) => at.to_rfc3339_opts(SecondsFormat::Millis, true),
            Self::Day(day) => day.to_string(),
        })
    }
}

/// The scalar `JSON`.
#[derive(Clone, Debug, PartialEq)]
pub struct Json(pub serde_json::Value);

/// Any JSON document: an object, a list, a text, a number, a truth or null.
#[Scalar(name = "JSON")]
impl ScalarType for Json {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Self(value.into_json()?))
    }

    fn to_value(&self) -> Value {
        Value::from_json(self.0.clone()).unwrap_or_default()
    }
}

/// The scalar `Date`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date(pub NaiveDate);

/// A day, UTC: `2027-01-02`. Of a time the day is taken.
#[Scalar]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else {
            return Err(InputValueError::expected_type(value));
        };
        let time = Time::read(text).ok_or_else(|| InputValueError::custom(format_args!("\"{text}\" is no date")))?;
        Ok(Self(time.day()))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// What is wrong with a value of one of our scalars; `None` when it can be read, and for types that are no scalars of ours.
pub(super) fn misread(scalar: &str, value: &Value) -> Option<String> {
    let Value::String(text) = value else {
        let takes_text = ids::is_typed(scalar) || matches!(scalar, "Time" | "Date");
        return takes_text.then(|| format!("{scalar} is a string"));
    };
    match scalar {
        "Time" if Time::read(text).is_none() => Some(format!("\"{text}\" is no time")),
        "Date" if Time::read(text).is_none() => Some(format!("\"{text}\" is no date")),
        _ => ids::misread(scalar, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(text: &str) -> Option<String> {
        let time = <Time as ScalarType>::parse(Value::String(text.to_owned())).ok()?;
        match ScalarType::to_value(&time) {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    #[test]
    fn a_time_is_read_in_every_spelling_and_printed_in_one() {
        for text in [
            "2027-01-02T08:00:00Z",
            "2027-01-02T08:00:00.000Z",
            "2027-01-02T09:00:00+01:00",
            "2027-01-02 08:00:00",
            "2027-01-02 08:00",
            "2027-01-02T08:00:00",
            "2027-01-02 08:00:00 UTC",
            "2027-01-02 09:00:00 +0100",
            " 2027-01-02 08:00:00 ",
        ] {
            assert_eq!(printed(text).as_deref(), Some("2027-01-02T08:00:00.000Z"), "{text}");
        }
    }

    #[test]
    fn a_bare_date_stays_a_bare_date() {
        assert_eq!(printed("2027-01-02").as_deref(), Some("2027-01-02"));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "soon", "2027-13-01", "2027-01-02T25:00:00Z", "1700000000"] {
            assert_eq!(printed(text), None, "{text}");
        }
    }

    #[test]
    fn a_date_is_the_day_of_a_time() {
        let day = |text: &str| <Date as ScalarType>::parse(Value::String(text.to_owned())).ok();
        assert_eq!(
            day("2027-01-02T23:59:59-01:00"),
            NaiveDate::from_ymd_opt(2027, 1, 3).map(Date)
        );
        assert_eq!(day("2027-01-02"), NaiveDate::from_ymd_opt(2027, 1, 2).map(Date));
    }
}
