//! `dryRun`: what would become of an invitation.

use serde_json::{Value, json};

use super::{INVITE, done, place, traces};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_rehearsal_writes_nothing_and_tells_what_the_invitation_then_does,
    a_rehearsal_with_a_key_is_not_remembered,
);

fn input(dry_run: bool) -> Value {
    json!({
        "source": {"fullPath": "acme/tools"}, "accessLevel": "REPORTER", "expiresAt": "2027-02-03", "dryRun": dry_run,
        "invitees": [{"username": "newt"}, {"username": "dan"}, {"username": "nobody"}, {"email": "olga@example.com"}, {"username": "nora"}],
    })
}

/// Numbers of rows are not kept.
fn without_ids(mut told: Value) -> Value {
    for result in told["results"].as_array_mut().unwrap() {
        if let Some(member) = result["member"].as_object_mut() {
            member.remove("id");
        }
    }
    told
}

async fn a_rehearsal_writes_nothing_and_tells_what_the_invitation_then_does(app: TestApp) {
    app.import(&place().json()).await;
    let ann = app.token("ann-api");
    let before = traces(&app).await;
    let told = done(&ann, INVITE, input(true)).await;
    assert_eq!(traces(&app).await, before);
    assert_eq!(told["results"][0]["member"]["user"]["username"], "newt");
    assert_eq!(told["errors"].as_array().unwrap().len(), 2);
    let real = done(&ann, INVITE, input(false)).await;
    assert_eq!(without_ids(told), without_ids(real));
    assert_ne!(traces(&app).await, before);
}

async fn a_rehearsal_with_a_key_is_not_remembered(app: TestApp) {
    app.import(&place().json()).await;
    let ann = app.token("ann-api");
    let document = INVITE.replace("(input: $input)", "(input: $input) @idempotent(key: \"k1\")");
    let before = traces(&app).await;
    let told = done(&ann, &document, input(true)).await;
    assert_eq!(traces(&app).await, before);
    let real = done(&ann, &document, input(false)).await;
    assert_eq!(without_ids(told), without_ids(real));
}
