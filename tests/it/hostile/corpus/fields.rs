//! Fields: aliases, duplicates, typing errors, directives, introspection, pages in pages.

use super::{Case, INVALID, Outcome, TOO_COMPLEX, UNPARSED, document, many};

pub(super) fn all() -> Vec<Case> {
    let mut cases = names();
    cases.extend(directives());
    cases.extend(introspection());
    cases.extend(operations());
    cases.extend(pages());
    cases
}

#[expect(clippy::too_many_lines, reason = "a list")]
fn names() -> Vec<Case> {
    let groups = |count: usize, page: &str| {
        format!(
            "{{{}}}",
            many(count, |n| format!("g{n}:group(fullPath:\"x{page}\"){{id}}"))
        )
    };
    let mut cases = vec![
        document(
            "200 aliases",
            format!("{{{}}}", many(200, |n| format!("a{n}:__typename"))),
            Outcome::Answered,
        ),
        document(
            "201 aliases",
            format!("{{{}}}", many(201, |n| format!("a{n}:__typename"))),
            TOO_COMPLEX,
        ),
        document(
            "1,600 aliases",
            format!("{{{}}}", many(1_600, |n| format!("a{n}:__typename"))),
            TOO_COMPLEX,
        ),
        document("100 groups", groups(100, ""), Outcome::Answered),
        document("101 groups", groups(101, ""), TOO_COMPLEX),
        document(
            "1,990 times __typename",
            format!("{{{}}}", "__typename ".repeat(1_990)),
            Outcome::Answered,
        ),
        document(
            "2,400 times __typename",
            format!("{{{}}}", "__typename ".repeat(2_400)),
            TOO_COMPLEX,
        ),
        document(
            "a field 1,900 times",
            format!("{{{}}}", "metadata{version}".repeat(1_200)),
            TOO_COMPLEX,
        ),
        document(
            "the same group with other arguments",
            format!("{{{}}}", many(99, |n| format!("group(fullPath:\"{n}\"){{id}}"))),
            INVALID,
        ),
        document(
            "one alias for other fields",
            format!("{{currentUser{{{}}}}}", "a:id a:name a:username ".repeat(60)),
            INVALID,
        ),
        document(
            "many arguments twice",
            format!("{{group({}){{id}}}}", "fullPath:\"a\" ".repeat(1_200)),
            INVALID,
        ),
        document(
            "selections on a scalar",
            format!("{{metadata{{version{{{}}}}}}}", "a ".repeat(1_900)),
            TOO_COMPLEX,
        ),
        document(
            "selections on a scalar, few",
            format!("{{metadata{{version{{{}}}}}}}", "a ".repeat(150)),
            INVALID,
        ),
        document("none on an object", "{currentUser}", INVALID),
        document(
            "none on 190 objects",
            format!("{{{}}}", many(190, |n| format!("a{n}:currentUser"))),
            INVALID,
        ),
    ];
    for (what, count, outcome) in [("10", 10, INVALID), ("150", 150, INVALID), ("1,900", 1_900, INVALID)] {
        let text = format!("{{{}}}", many(count, |n| format!("currentUsr{n}")));
        cases.push(document(format!("{what} fields that are not there"), text, outcome));
        let text = format!(
            "{{group({}){{id}}}}",
            many(count.min(1_200), |n| format!("fulPath{n}:1"))
        );
        cases.push(document(format!("{what} arguments that are not there"), text, outcome));
    }
    let long = "x".repeat(250);
    cases.push(document(
        "10 long names that are not there",
        format!("{{group(fullPath:\"a\"){{{}}}}}", many(10, |n| format!("{long}{n}"))),
        INVALID,
    ));
    cases.push(document(
        "long names of types",
        format!("{{{}}}", many(150, |n| format!("...on {long}{n}{{a}}"))),
        INVALID,
    ));
    cases.push(document(
        "long names of directives",
        format!("{{__typename {}}}", many(50, |n| format!("@{long}{n}"))),
        INVALID,
    ));
    cases.push(document(
        "long arguments of a directive",
        format!(
            "{{__typename@include(if:true,{})}}",
            many(200, |n| format!("{long}{n}:1"))
        ),
        INVALID,
    ));
    cases.push(document(
        "arguments of a directive",
        format!(
            "{{__typename@include(if:true,{})}}",
            many(1_200, |n| format!("iff{n}:1"))
        ),
        INVALID,
    ));
    cases.push(document(
        "arguments of many directives",
        format!(
            "{{{}}}",
            many(40, |n| format!(
                "a{n}:__typename@skip(if:false,{})",
                many(25, |m| format!("f{m}:1"))
            ))
        ),
        INVALID,
    ));
    cases
}

fn directives() -> Vec<Case> {
    vec![
        document(
            "50 directives",
            format!("{{__typename{}}}", "@include(if:true)".repeat(50)),
            INVALID,
        ),
        document(
            "50 fields that are skipped",
            format!(
                "{{x:__typename {}}}",
                many(50, |n| format!("a{n}:currentUser@skip(if:true){{id}}"))
            ),
            Outcome::Answered,
        ),
        document(
            "51 directives",
            format!("{{__typename{}}}", "@include(if:true)".repeat(51)),
            TOO_COMPLEX,
        ),
        document(
            "2,000 directives",
            format!("{{__typename{}}}", "@a".repeat(2_000)),
            TOO_COMPLEX,
        ),
        document(
            "directives nobody knows",
            format!("{{__typename{}}}", many(50, |n| format!("@a{n}"))),
            INVALID,
        ),
        document(
            "directives without arguments",
            format!("{{{}}}", many(50, |n| format!("a{n}:__typename@include"))),
            INVALID,
        ),
        document(
            "conditions of another type",
            format!(
                "{{{}}}",
                many(50, |n| format!("a{n}:currentUser@include(if:\"yes\"){{id}}"))
            ),
            INVALID,
        ),
        document(
            "everything is skipped",
            "{currentUser@skip(if:true){id}}",
            Outcome::Answered,
        ),
        document(
            "both at once",
            "{currentUser@skip(if:true)@include(if:false){id}}",
            Outcome::Answered,
        ),
        document(
            "@idempotent on a query",
            "{currentUser@idempotent(key:\"a\"){id}}",
            INVALID,
        ),
        document(
            "@idempotent below the root",
            "mutation{memberInvite(input:{}){errors@idempotent(key:\"a\")}}",
            INVALID,
        ),
        document(
            "@idempotent twice",
            "mutation{memberRemove(input:{id:\"gid://gitlab/GroupMember/1\"})@idempotent(key:\"a\")@idempotent(key:\"b\"){errors}}",
            INVALID,
        ),
        document(
            "@idempotent on a fragment",
            "mutation{...@idempotent(key:\"a\"){memberRemove(input:{id:\"gid://gitlab/GroupMember/1\"}){errors}}}",
            INVALID,
        ),
        document("@deprecated in a document", "{__typename@deprecated}", INVALID),
        document(
            "a directive on a variable",
            "query($v:Int@include(if:true)){metadata{version}}",
            INVALID,
        ),
    ]
}

fn introspection() -> Vec<Case> {
    let fields = |levels: usize| {
        format!(
            "{{__schema{{types{}{{name}}{}}}}}",
            "{fields{type".repeat(levels),
            "}}".repeat(levels)
        )
    };
    let of_type = |levels: usize| {
        format!(
            "{{__schema{{types{{fields{{type{}{{name}}{}}}}}}}}}",
            "{ofType".repeat(levels),
            "}".repeat(levels)
        )
    };
    let mut cases = vec![
        document(
            "one type",
            "{__type(name:\"User\"){name fields{name}}}",
            Outcome::Answered,
        ),
        document("9 levels of ofType", of_type(9), Outcome::Answered),
        document("types in a circle", fields(8), TOO_COMPLEX),
        document("types in a circle, 14 times", fields(14), TOO_COMPLEX),
        document(
            "types in a circle through fragments",
            "{__schema{types{...A}}} fragment A on __Type{fields{type{...B}}} fragment B on __Type{fields{type{...C}}} fragment C on __Type{fields{type{fields{type{fields{name}}}}}}",
            TOO_COMPLEX,
        ),
        document(
            "possible types in a circle",
            "{__schema{types{possibleTypes{interfaces{possibleTypes{interfaces{possibleTypes{interfaces{name}}}}}}}}}",
            TOO_COMPLEX,
        ),
        document(
            "190 times the schema",
            format!(
                "{{{}}}",
                many(190, |n| format!("a{n}:__schema{{types{{fields{{args{{name}}}}}}}}"))
            ),
            TOO_COMPLEX,
        ),
        document(
            "190 types that are not there",
            format!("{{{}}}", many(190, |n| format!("a{n}:__type(name:\"{n}\"){{name}}"))),
            Outcome::Answered,
        ),
        document(
            "the name of a type's types",
            format!("{{__schema{{types{{{}}}}}}}", "name ".repeat(1_000)),
            Outcome::Answered,
        ),
        document(
            "the name of a type's types' fields",
            format!("{{__schema{{types{{fields{{args{{{}}}}}}}}}}}", "name ".repeat(1_900)),
            TOO_COMPLEX,
        ),
        document("a field of introspection that is not there", "{__nothing}", INVALID),
        document(
            "introspection of a mutation",
            "mutation{__schema{types{name}}}",
            INVALID,
        ),
        document("fields below __typename", "{__typename{a}}", INVALID),
    ];
    cases.push(document(
        "arguments of __type",
        format!(
            "{{__type(name:\"a\",{}){{name}}}}",
            many(1_000, |n| format!("nam{n}:1"))
        ),
        INVALID,
    ));
    cases
}

fn operations() -> Vec<Case> {
    let anonymous = "{__typename}";
    vec![
        document(
            "600 operations",
            many(600, |n| format!("query Q{n}{anonymous}")),
            Outcome::Refused(400, "BAD_USER_INPUT"),
        ),
        document(
            "600 operations of one name",
            "query Q{__typename} ".repeat(600),
            UNPARSED,
        ),
        document("1,200 operations without a name", anonymous.repeat(1_200), UNPARSED),
        document("a query and a mutation", "{__typename} mutation{__typename}", UNPARSED),
        document(
            "a subscription by POST",
            "subscription{nothing}",
            Outcome::Refused(400, "BAD_USER_INPUT"),
        ),
        document("a schema", "type Query{a:Int}", UNPARSED),
        document("an extension", "extend type Query{a:Int}", UNPARSED),
    ]
}

fn pages() -> Vec<Case> {
    let nested = |levels: usize| {
        format!(
            "{{groups{{nodes{}{{id}}{}}}}}",
            "{descendantGroups{nodes".repeat(levels),
            "}}".repeat(levels)
        )
    };
    vec![
        document("pages in pages", nested(2), TOO_COMPLEX),
        document("pages in pages in pages", nested(6), TOO_COMPLEX),
        document(
            "a page of everything there is",
            "{billableMembers(first:2147483647){nodes{id}}}",
            Outcome::Answered,
        ),
        document(
            "a page of more than there are numbers",
            "{billableMembers(first:99999999999999999999){nodes{id}}}",
            INVALID,
        ),
        document(
            "2,000 ids",
            format!("{{nodes(ids:[{}]){{id}}}}", "1 ".repeat(2_000)),
            TOO_COMPLEX,
        ),
    ]
}
