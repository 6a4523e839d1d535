//! Which version answers.

use async_graphql::SimpleObject;

use crate::types::{GITLAB_VERSION, REVISION};

/// The GitLab version whose behaviour is served, and the build that serves it. Seen by every signed-in user.
#[derive(Debug, SimpleObject)]
pub struct Metadata {
    /// The GitLab version, such as `18.9.0-ee`.
    version: &'static str,
    /// This build of roster, in hexadecimal digits.
    revision: &'static str,
    /// Whether GitLab's features for enterprises are there: true.
    enterprise: bool,
    /// The agent server.
    kas: Kas,
}

/// An agent server, which there is none of. Seen by every signed-in user.
#[derive(Debug, SimpleObject)]
pub struct Kas {
    /// Whether there is one: false.
    enabled: bool,
    /// Where agents reach it: null.
    external_url: Option<String>,
    /// Its version: null.
    version: Option<String>,
}

impl Metadata {
    /// What this build says.
    pub const CURRENT: Self = Self {
        version: GITLAB_VERSION,
        revision: REVISION,
        enterprise: true,
        kas: Kas {
            enabled: false,
            external_url: None,
            version: None,
        },
    };
}
