//! By REST, and by the page of the invitation.

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};

use super::{Door, REFUSED, Step, address_of, client, number_of};
use crate::support::TestApp;

pub(super) struct Rest;

impl Door for Rest {
    async fn take(&self, app: &TestApp, step: &Step) -> Value {
        let answer = match step {
            Step::Invite {
                by,
                at,
                addresses,
                users,
                level,
                end,
            } => {
                let mut numbers = Vec::new();
                for user in users {
                    numbers.push(number_of(app, user).await);
                }
                let body = json!({"email": addresses, "user_id": numbers, "access_level": level.1, "expires_at": end});
                client(app, by)
                    .post(&format!("{}/invitations", address_of(at)), &body)
                    .await
            }
            Step::Change {
                by,
                at,
                address,
                level,
                end,
            } => {
                let mut body = json!({});
                if let Some((_, level)) = level {
                    body["access_level"] = json!(level);
                }
                if let Some(end) = end {
                    body["expires_at"] = json!(end);
                }
                let path = format!("{}/invitations/{}", address_of(at), address.replace('@', "%40"));
                client(app, by).put(&path, &body).await
            }
            Step::Revoke { by, at, address } => {
                client(app, by)
                    .delete(&format!("{}/invitations/{address}", address_of(at)))
                    .await
            }
            Step::Answer { by, token, accepts } => {
                let path = format!("/-/invites/{token}/{}", if *accepts { "accept" } else { "decline" });
                let request = Request::builder().method(Method::POST).uri(path).body(Body::empty());
                client(app, by).send(request.unwrap()).await
            }
            Step::Remove { by, at, user } => {
                client(app, by)
                    .delete(&format!("{}/members/{}", address_of(at), number_of(app, user).await))
                    .await
            }
        };
        let said = || answer.json()["message"].clone();
        match (answer.status.as_u16(), step) {
            (404, Step::Answer { .. }) | (400, Step::Change { .. }) | (201, Step::Invite { .. }) => short(&said()),
            (403, Step::Answer { .. }) => json!("The invitation could not be accepted."),
            (403 | 404, _) => json!(REFUSED),
            (200 | 204, _) => Value::Null,
            _ => panic!("{step:?}: {}", answer.text()),
        }
    }
}

/// The texts alone, each behind whom it is about.
fn short(message: &Value) -> Value {
    match message {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, text)| match (name.as_str(), text) {
                ("expires_at", Value::Array(texts)) => json!(format!("Expires at {}", texts[0].as_str().unwrap())),
                (name, text) => json!([name, text]),
            })
            .collect(),
        Value::String(text) if text == "400 Bad request" => json!(["There is nothing to change"]),
        other => other.clone(),
    }
}
