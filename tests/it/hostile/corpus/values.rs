//! Values: many variables, large ones, deep ones, ones that are used often.

use serde_json::{Value, json};

use super::{BAD_INPUT, BODY, Case, INVALID, Outcome, TOO_COMPLEX, document, given, many, posted};

pub(super) fn all() -> Vec<Case> {
    let mut cases = definitions();
    cases.extend(given_values());
    cases.extend(bodies());
    cases
}

#[expect(clippy::too_many_lines, reason = "a list")]
fn definitions() -> Vec<Case> {
    let undefined = |operations: usize, uses: usize| {
        let operations = many(operations, |n| format!("query Q{n}{{...F}}"));
        format!(
            "{operations} fragment F on Query{{nodes(ids:[{}]){{id}}}}",
            many(uses, |n| format!("$v{n}"))
        )
    };
    vec![
        document(
            "1,200 variables that nobody uses",
            format!("query({}){{__typename}}", many(1_200, |n| format!("$v{n}:Int"))),
            INVALID,
        ),
        document(
            "1,200 variables of one name",
            format!("query({}){{__typename}}", "$v:Int ".repeat(1_200)),
            INVALID,
        ),
        document(
            "1,200 variables of types that are not there",
            format!("query({}){{__typename}}", many(1_200, |n| format!("$v{n}:T{n}"))),
            INVALID,
        ),
        document(
            "1,200 variables of objects",
            format!("query({}){{__typename}}", many(1_200, |n| format!("$v{n}:User"))),
            INVALID,
        ),
        document(
            "900 variables, each used",
            format!(
                "query({}){{nodes(ids:[{}]){{id}}}}",
                many(900, |n| format!("$v{n}:ID!")),
                many(900, |n| format!("$v{n}"))
            ),
            Outcome::Refused(400, "QUERY_TOO_COMPLEX"),
        ),
        document(
            "2,000 uses of what is not defined",
            format!("{{nodes(ids:[{}]){{id}}}}", many(2_000, |n| format!("$v{n}"))),
            TOO_COMPLEX,
        ),
        document(
            "1,500 uses of what is not defined",
            format!("{{nodes(ids:[{}]){{id}}}}", many(1_500, |n| format!("$v{n}"))),
            INVALID,
        ),
        document(
            "100 operations, each with 1,500 uses of what is not defined",
            undefined(100, 1_500),
            TOO_COMPLEX,
        ),
        document(
            "300 operations, each with 900 uses of what is not defined",
            undefined(300, 900),
            TOO_COMPLEX,
        ),
        document(
            "a default that is no value of its type",
            "query($v:Int=\"a\"){auditEvents(entityId:$v){count}}",
            INVALID,
        ),
        document(
            "a default of a type that is not there",
            "query($v:Nope=1){__typename}",
            INVALID,
        ),
        document(
            "a default of a list of a type that is not there",
            "query($v:[Nope!]=[1]){__typename}",
            INVALID,
        ),
        document(
            "a default of a list of objects",
            "query($v:[User]=[{a:1}]){__typename}",
            INVALID,
        ),
        document(
            "a default with a variable",
            "query($a:Int=1,$v:Int=$a){__typename}",
            Outcome::Refused(400, "GRAPHQL_PARSE_FAILED"),
        ),
        document(
            "a default of 2,000 numbers",
            format!("query($v:[ID!]!=[{}]){{nodes(ids:$v){{id}}}}", "1 ".repeat(2_000)),
            TOO_COMPLEX,
        ),
        document(
            "a default of 60 levels",
            format!(
                "query($v:[ID!]!={}1{}){{nodes(ids:$v){{id}}}}",
                "[".repeat(60),
                "]".repeat(60)
            ),
            INVALID,
        ),
        document(
            "a variable of a type that does not fit",
            "query($v:Int){user(id:$v){id}}",
            INVALID,
        ),
    ]
}

#[expect(clippy::too_many_lines, reason = "a list")]
fn given_values() -> Vec<Case> {
    let user = "query($v:UserID){user(id:$v){id}}";
    let nodes = "query($v:[ID!]!){nodes(ids:$v){id}}";
    let add = "mutation($v:[InviteeInput!]!){memberInvite(input:{source:{groupPath:\"a\"},invitees:$v,accessLevel:GUEST}){errors}}";
    let deep = |levels: usize| (0..levels).fold(json!(1), |inner, _| json!([inner]));
    let deep_object = |levels: usize| (0..levels).fold(json!(1), |inner, _| json!({ "a": inner }));
    let uses = |text: &str, count: usize| {
        format!(
            "query($v:String!){{__typename {}}}",
            many(count, |n| text.replace('N', &n.to_string()))
        )
    };
    let mut cases = vec![
        given("100 levels of lists", nodes, json!({"v": deep(100)}), BAD_INPUT),
        given(
            "100 levels of objects",
            nodes,
            json!({"v": deep_object(100)}),
            BAD_INPUT,
        ),
        given(
            "100 levels in a variable nobody asked for",
            "{__typename}",
            json!({"v": deep(100)}),
            Outcome::Answered,
        ),
        given("20,000 ids", nodes, json!({"v": vec![1; 20_000]}), TOO_COMPLEX),
        given(
            "12,000 nulls",
            nodes,
            json!({"v": vec![Value::Null; 12_000]}),
            TOO_COMPLEX,
        ),
        given("a text of 60,000", user, json!({"v": "x".repeat(60_000)}), BAD_INPUT),
        given("a text with NUL", user, json!({"v": "a\0"}), BAD_INPUT),
        given(
            "a number that is too large",
            "query($v:Int){auditEvents(entityId:$v){count}}",
            json!({"v": 1e300}),
            BAD_INPUT,
        ),
        given(
            "15,000 things in an input object",
            add,
            json!({"v": vec![json!({}); 15_000]}),
            BAD_INPUT,
        ),
        given(
            "an object of 5,000 keys",
            user,
            json!({"v": (0..5_000).map(|n| (n.to_string(), json!(1))).collect::<serde_json::Map<_, _>>()}),
            BAD_INPUT,
        ),
        given(
            "5,000 variables nobody asked for",
            "{__typename}",
            (0..5_000)
                .map(|n| (n.to_string(), json!(1)))
                .collect::<serde_json::Map<_, _>>()
                .into(),
            Outcome::Answered,
        ),
        given(
            "an id of another kind",
            user,
            json!({"v": "gid://gitlab/Group/1"}),
            BAD_INPUT,
        ),
    ];
    let text = "x".repeat(BODY - 24_000);
    for (what, field, count, outcome) in [
        (
            "a large text used 95 times",
            "aN:user(username:$v){id}",
            95,
            Outcome::Answered,
        ),
        (
            "a large text used by __type 190 times",
            "aN:__type(name:$v){name}",
            190,
            TOO_COMPLEX,
        ),
    ] {
        cases.push(given(what, uses(field, count), json!({"v": text}), outcome));
    }
    let unused = many(300, |n| format!("fragment F{n} on Query{{user(username:$v){{id}}}}"));
    cases.push(given(
        "a large text used in fragments nobody uses",
        format!("query($v:String!){{__typename user(username:$v){{id}}}} {unused}"),
        json!({"v": text}),
        TOO_COMPLEX,
    ));
    let many_ids = format!(
        "query($v:[ID!]!){{__typename}} {}",
        many(300, |n| format!("fragment F{n} on Query{{nodes(ids:$v){{id}}}}"))
    );
    cases.push(given(
        "many ids used in fragments nobody uses",
        many_ids,
        json!({"v": vec![1; 15_000]}),
        TOO_COMPLEX,
    ));
    let nested = "query($v:[ID!]!){nodes(ids:[$v,$v,$v,$v]){id}}";
    cases.push(given("a list in a list", nested, json!({"v": [1, 2]}), INVALID));
    cases
}

fn bodies() -> Vec<Case> {
    let body = |variables: String| format!("{{\"query\":\"{{__typename}}\",\"variables\":{variables}}}");
    let levels = 10_000;
    vec![
        posted(
            "10,000 lists in variables",
            body(format!("{{\"v\":{}{}}}", "[".repeat(levels), "]".repeat(levels))),
            BAD_INPUT,
        ),
        posted(
            "10,000 objects in variables",
            body(format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels))),
            BAD_INPUT,
        ),
        posted("32,000 lists left open", "[".repeat(BODY), BAD_INPUT),
        posted("objects left open", "{\"a\":".repeat(BODY / 5), BAD_INPUT),
        posted(
            "120 lists in extensions",
            format!(
                "{{\"query\":\"{{__typename}}\",\"extensions\":{{\"persistedQuery\":{}{}}}}}",
                "[".repeat(120),
                "]".repeat(120)
            ),
            BAD_INPUT,
        ),
        posted(
            "a list of 30,000 numbers",
            format!("[{}1]", "1,".repeat(30_000)),
            BAD_INPUT,
        ),
        posted(
            "5,000 keys beside the query",
            format!(
                "{{{}\"query\":\"{{__typename}}\"}}",
                many(5_000, |n| format!("\"k{n}\":1,"))
            ),
            Outcome::Answered,
        ),
        posted(
            "the same key again and again",
            format!("{{{}\"query\":\"{{__typename}}\"}}", "\"query\":\"{a}\",".repeat(4_000)),
            Outcome::Answered,
        ),
        posted(
            "a number of 60,000 digits",
            body(format!("{{\"v\":{}}}", "9".repeat(60_000))),
            BAD_INPUT,
        ),
        posted("a number out of range", body("{\"v\":1e999}".to_owned()), BAD_INPUT),
    ]
}
