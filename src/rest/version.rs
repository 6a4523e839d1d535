//! Which version answers.

use super::answer::Answer;
use super::entities::Version;
use super::route::Endpoint;
use super::shape::Shape;

/// The two names of the one call.
pub(super) fn endpoints() -> Vec<Endpoint> {
    ["/version", "/metadata"]
        .map(|path| {
            Endpoint::get(
                path,
                "Get the version",
                Shape::one::<Version>(),
                async |_: super::route::Call<()>| Answer::ok(&Version::CURRENT),
            )
            .signed_in()
            .about_users()
        })
        .into()
}
