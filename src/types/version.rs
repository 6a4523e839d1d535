//! Which version this is.

/// The GitLab version whose behaviour is served, as GitLab writes it.
pub const GITLAB_VERSION: &str = "18.9.0-ee";

/// The build that serves it: the commit that the builder named in `ROSTER_REVISION`, zeros when none was named.
pub const REVISION: &str = match option_env!("ROSTER_REVISION") {
    Some(revision) => revision,
    None => "0000000",
};
