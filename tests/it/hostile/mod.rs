//! Hostile requests are refused or answered, with the right status and code. What they cost is measured by `cargo bench --bench hostile`.

pub(crate) mod corpus;

use axum::body::Body;
use axum::http::Request;
use serde_json::Value;

use self::corpus::{Case, Outcome};
use crate::support::world::World;
use crate::support::{Client, TestApp, on_both_databases};

on_both_databases!(hostile_requests_are_refused_or_answered,);

/// What came of a request, as the corpus says it.
async fn outcome(client: &Client, case: &Case) -> Result<Outcome, String> {
    let request = Request::builder()
        .method(case.method)
        .uri(&case.uri)
        .header("accept", "application/graphql-response+json")
        .header("content-type", "application/json");
    let answer = client
        .send(request.body(Body::from(case.body.clone())).expect("a request"))
        .await;
    let (status, json) = (answer.status.as_u16(), answer.json());
    let code = |body: &Value| {
        body["errors"][0]["extensions"]["code"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    Ok(match (&json, case.outcome) {
        (Value::Array(items), Outcome::Batch(wanted))
            if status == 200 && items.iter().all(|item| code(item) == wanted) =>
        {
            Outcome::Batch(wanted)
        }
        (body, Outcome::Refused(wanted_status, wanted))
            if status == wanted_status && code(body) == wanted && body.get("data").is_none() =>
        {
            Outcome::Refused(wanted_status, wanted)
        }
        (body, Outcome::Answered) if status == 200 && body.get("data").is_some() && body.get("errors").is_none() => {
            Outcome::Answered
        }
        (body, _) => {
            return Err(format!(
                "{status} {}",
                body.to_string().chars().take(300).collect::<String>()
            ));
        }
    })
}

async fn hostile_requests_are_refused_or_answered(app: TestApp) {
    app.import(&World::new().json()).await;
    let client = app.anonymous();
    let mut surprises = Vec::new();
    for case in corpus::all() {
        if let Err(answer) = outcome(&client, &case).await {
            surprises.push(format!("{}: {:?} expected, but {answer}", case.name, case.outcome));
        }
    }
    assert!(surprises.is_empty(), "{}\n{}", surprises.len(), surprises.join("\n"));
}
