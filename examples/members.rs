//! Prints the members of a group with their levels, page after page: `members URL TOKEN GROUP`.

use std::error::Error;

use graphql_client::{GraphQLQuery, Response};

type Time = String;

#[derive(GraphQLQuery)]
#[graphql(schema_path = "schema.graphql", query_path = "examples/members.graphql")]
struct Members;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, token, group] = arguments.as_slice() else {
        return Err("usage: members URL TOKEN GROUP".into());
    };
    let mut after = None;
    loop {
        let found = ask(
            url,
            token,
            members::Variables {
                group: group.clone(),
                after,
            },
        )?;
        let Some(list) = found.group.and_then(|group| group.group_members) else {
            return Err(format!("no group {group}, or its members are not for you").into());
        };
        list.nodes.into_iter().for_each(print);
        if !list.page_info.has_next_page {
            return Ok(());
        }
        after = list.page_info.end_cursor;
    }
}

fn ask(url: &str, token: &str, variables: members::Variables) -> Result<members::ResponseData, Box<dyn Error>> {
    let answer: Response<members::ResponseData> = ureq::post(format!("{url}/api/graphql"))
        .header("PRIVATE-TOKEN", token)
        .send_json(Members::build_query(variables))?
        .body_mut()
        .read_json()?;
    // Errors come beside the data; the first says most.
    match (answer.data, answer.errors.unwrap_or_default().first()) {
        (_, Some(error)) => Err(error.message.clone().into()),
        (Some(data), None) => Ok(data),
        (None, None) => Err("an empty answer".into()),
    }
}

#[expect(clippy::print_stdout, reason = "what it is for")]
fn print(member: members::MembersGroupGroupMembersNodes) {
    let (Some(user), Some(level)) = (member.user, member.access_level) else {
        return;
    };
    let level = level.human_access.unwrap_or_default();
    let until = member
        .expires_at
        .map(|day| format!(", until {day}"))
        .unwrap_or_default();
    println!("{} (@{}): {level}{until}", user.name, user.username);
}
