//! GitLab's clients, and curl, against a running server over the demo's world.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::packages::{finds_all_well, left_out, node, python};
use super::program::run;
use super::serving::Serving;
use crate::documents::{blocks, read};
use crate::support::{TestApp, halves, on_both_databases};

on_both_databases!(
    python_gitlab_manages_members_invitations_requests_and_shares,
    python_gitlab_manages_seats_groups_projects_users_and_tokens,
    gitbeaker_manages_members_invitations_requests_and_shares,
    gitbeaker_manages_seats_groups_projects_users_and_tokens,
    every_line_for_curl_in_the_documents_works_as_printed,
);

async fn python_gitlab_manages_members_invitations_requests_and_shares(app: TestApp) {
    works(&app, python(&halves::PYTHON_GITLAB, "clients", "python_gitlab.py")).await;
}

async fn python_gitlab_manages_seats_groups_projects_users_and_tokens(app: TestApp) {
    works(
        &app,
        python(&halves::PYTHON_GITLAB, "clients", "python_gitlab_admin.py"),
    )
    .await;
}

async fn gitbeaker_manages_members_invitations_requests_and_shares(app: TestApp) {
    works(&app, node(&halves::GITBEAKER, "clients", "gitbeaker.mjs")).await;
}

async fn gitbeaker_manages_seats_groups_projects_users_and_tokens(app: TestApp) {
    works(&app, node(&halves::GITBEAKER, "clients", "gitbeaker_admin.mjs")).await;
}

async fn works(app: &TestApp, script: Option<Command>) {
    let Some(mut script) = script else {
        return;
    };
    let server = demo(app).await;
    finds_all_well(&mut script, &server, &[&server.url, "demo-ada"]);
}

/// In the order of the documents: what one line makes, a later one may need.
async fn every_line_for_curl_in_the_documents_works_as_printed(app: TestApp) {
    if left_out(&halves::CURL) {
        return;
    }
    let server = demo(&app).await;
    let home = tempfile::tempdir().unwrap();
    // The lines name the usual port, and say nothing of what to do with a refusal.
    let port = server.url.rsplit_once(':').unwrap().1;
    let settings = format!("silent\nshow-error\nfail-with-body\nconnect-to = \"127.0.0.1:8080:127.0.0.1:{port}\"\n");
    fs::write(home.path().join(".curlrc"), settings).unwrap();
    let pages = ["README.md", "docs/clients.md", "docs/graphql.md"].map(read);
    let lines: Vec<_> = pages
        .iter()
        .flat_map(|page| blocks(page, "sh"))
        .flat_map(str::lines)
        .collect();
    assert!(lines.len() >= 20, "{lines:?}");
    for line in lines {
        assert!(line.starts_with("curl "), "{line}");
        said(line, home.path());
    }
}

fn said(line: &str, home: &Path) {
    let mut shell = Command::new("sh");
    let ended = run(shell
        .args(["-c", line])
        .env("HOME", home)
        .env("CURL_HOME", home)
        .env("NO_PROXY", "127.0.0.1"));
    assert_eq!(ended.status, Some(0), "{line}\n{}{}", ended.out, ended.err);
}

/// A server over the demo's world, in the test's own database.
pub(super) async fn demo(app: &TestApp) -> Serving {
    app.import(&serde_json::from_str(&read("src/cli/demo.world.json")).unwrap())
        .await;
    Serving::over(app)
}
