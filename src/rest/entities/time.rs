//! Times as GitLab writes them.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

/// A moment, UTC with three decimals: `2024-02-01T03:04:05.000Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::rest) struct Time(pub(in crate::rest) DateTime<Utc>);

impl From<DateTime<Utc>> for Time {
    fn from(moment: DateTime<Utc>) -> Self {
        Self(moment)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

impl PartialSchema for Time {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .examples(["2024-02-01T03:04:05.000Z"])
            .into()
    }
}

impl ToSchema for Time {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_three_decimals() {
        for (moment, text) in [
            ("2024-02-01T03:04:05Z", "\"2024-02-01T03:04:05.000Z\""),
            ("2024-02-01T03:04:05.123999+01:00", "\"2024-02-01T02:04:05.123Z\""),
        ] {
            let time = Time(moment.parse().unwrap());
            assert_eq!(serde_json::to_string(&time).unwrap(), text);
        }
    }
}
