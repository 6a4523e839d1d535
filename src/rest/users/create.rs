//! New accounts, made by administrators.

use axum::http::Method;

use crate::domain::users::{self, NewUser};
use crate::rest::answer::Answer;
use crate::rest::entities::AdminUser;
use crate::rest::error::Refusal;
use crate::rest::params::{Params, Reader};
use crate::rest::route::{Call, Endpoint};
use crate::rest::shape::Shape;

pub(super) fn endpoint() -> Endpoint {
    Endpoint::write(
        Method::POST,
        "/users",
        "Make an account; for administrators",
        Shape::one::<AdminUser>(),
        create,
    )
}

/// Ways to say what becomes of the password, of which one must be chosen.
const PASSWORDS: [&str; 3] = ["password", "reset_password", "force_random_password"];

struct Create(NewUser);

impl Params for Create {
    fn read(reader: &mut Reader) -> Self {
        let email = reader.required_text("email", "The primary address.");
        let password = reader.text(
            "password",
            "Nobody logs in with one: it is checked for its length and thrown away.",
        );
        let reset = reader.flag("reset_password", "Taken in place of a password; nothing is sent.");
        reader.flag("skip_confirmation", "Passed over: every account is confirmed.");
        reader.at_least_one_of(&PASSWORDS);
        let name = reader.required_text("name", "The name.");
        let username = reader.required_text("username", "The name in paths.");
        let random = reader.flag("force_random_password", "Taken in place of a password.");
        reader.integer("projects_limit", "Passed over.");
        reader.flag("can_create_group", "Passed over.");
        let needs_password = reset != Some(true) && random != Some(true);
        Self(NewUser {
            username,
            name,
            email,
            public_email: reader.text("public_email", "The address that everybody may see."),
            admin: reader.flag_or("admin", false, "Whether it is an administrator."),
            external: reader.flag_or("external", false, "Whether it is external."),
            note: reader.text("note", "A note for administrators."),
            password: needs_password.then(|| password.unwrap_or_default().into()),
        })
    }
}

async fn create(call: Call<Create>) -> Result<Answer, Refusal> {
    let made = users::create(&call.ctx, &call.params.0).await?;
    Answer::created(&AdminUser::new(made, &call.ctx.app.external_url))
}
