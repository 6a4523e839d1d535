//! Who asks for access.

use serde::Serialize;
use utoipa::ToSchema;

use super::{BasicUser, Time};
use crate::domain::access_requests::AccessRequest;

/// Somebody who asks for access to a group or project.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::rest) struct AccessRequester {
    #[serde(flatten)]
    user: BasicUser,
    requested_at: Time,
}

impl AccessRequester {
    pub(in crate::rest) fn new(request: AccessRequest, external_url: &str) -> Self {
        Self {
            user: BasicUser::new(request.user, external_url),
            requested_at: request.requested_at.into(),
        }
    }
}
