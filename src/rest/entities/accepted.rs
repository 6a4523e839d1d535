//! The answer of calls that GitLab does later.

use serde::Serialize;
use utoipa::ToSchema;

/// Something is removed.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::rest) struct Accepted {
    #[schema(example = "202 Accepted")]
    message: &'static str,
}

impl Default for Accepted {
    fn default() -> Self {
        Self {
            message: "202 Accepted",
        }
    }
}
