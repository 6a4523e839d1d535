//! The version.

use serde::Serialize;
use utoipa::ToSchema;

use crate::types::{GITLAB_VERSION, REVISION};

/// The GitLab version whose behaviour is served, and the build that serves it.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the names are the API's")]
pub(in crate::rest) struct Version {
    #[schema(example = "18.9.0-ee")]
    pub(in crate::rest) version: &'static str,
    /// This build.
    #[schema(example = "00000000")]
    revision: &'static str,
    kas: Kas,
    enterprise: bool,
}

/// An agent server, which there is none of.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Kas {
    enabled: bool,
    external_url: Option<String>,
    external_k8s_proxy_url: Option<String>,
    version: Option<String>,
}

impl Version {
    pub(in crate::rest) const CURRENT: Self = Self {
        version: GITLAB_VERSION,
        revision: REVISION,
        kas: Kas {
            enabled: false,
            external_url: None,
            external_k8s_proxy_url: None,
            version: None,
        },
        enterprise: true,
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_a_gitlab_one() {
        insta::assert_snapshot!(serde_json::to_string(&Version::CURRENT).unwrap(), @r#"{"version":"18.9.0-ee","revision":"0000000","kas":{"enabled":false,"externalUrl":null,"externalK8sProxyUrl":null,"version":null},"enterprise":true}"#);
    }
}
