//! Fragments: bombs, circles, chains, crowds.

use super::{Case, INVALID, Outcome, TOO_COMPLEX, document, many};

#[expect(clippy::too_many_lines, reason = "a list")]
pub(super) fn all() -> Vec<Case> {
    let mut cases = vec![
        document("a circle of one", "{...A} fragment A on Query{...A}", TOO_COMPLEX),
        document(
            "a circle of two",
            "{...A} fragment A on Query{...B} fragment B on Query{...A}",
            TOO_COMPLEX,
        ),
        document(
            "a circle inside a field",
            "{currentUser{...A}} fragment A on CurrentUser{id groups{nodes{...B}}} fragment B on Group{id ...B}",
            TOO_COMPLEX,
        ),
        document(
            "a circle that nobody uses",
            "{__typename} fragment A on Query{...B} fragment B on Query{...A}",
            TOO_COMPLEX,
        ),
        document(
            "a circle of 300",
            format!(
                "{{...F0}} {}",
                many(300, |n| format!("fragment F{n} on Query{{...F{}}}", (n + 1) % 300))
            ),
            TOO_COMPLEX,
        ),
        document("a fragment that is not there", "{...Nope}", INVALID),
        document(
            "2,400 spreads of what is not there",
            format!("{{{}}}", "...N ".repeat(2_400)),
            TOO_COMPLEX,
        ),
        document(
            "1,900 spreads of what is not there",
            format!("{{{}}}", "...N ".repeat(1_900)),
            INVALID,
        ),
        document(
            "1,900 spreads of others that are not there",
            format!("{{{}}}", many(1_900, |n| format!("...N{n}"))),
            INVALID,
        ),
        document(
            "700 fragments that nobody uses",
            format!(
                "{{__typename}} {}",
                many(700, |n| format!("fragment F{n} on Query{{__typename}}"))
            ),
            INVALID,
        ),
        document(
            "the same fragment 600 times",
            format!("{{...F}} {}", "fragment F on Query{__typename} ".repeat(600)),
            Outcome::Refused(400, "GRAPHQL_PARSE_FAILED"),
        ),
        document(
            "a fragment on a type that is not there",
            "{...F} fragment F on Nope{a}",
            INVALID,
        ),
        document(
            "a fragment on an input type",
            "{...F} fragment F on MemberInviteInput{a}",
            INVALID,
        ),
        document("a fragment on a scalar", "{...F} fragment F on Int{a}", INVALID),
        document(
            "a fragment called on",
            "{...on} fragment on on Query{__typename}",
            Outcome::Answered,
        ),
    ];
    for width in [2, 10, 40] {
        for depth in [5, 20, 30, 60] {
            let text = format!(
                "{{...F0}} {} fragment F{depth} on Query{{__typename}}",
                many(depth, |n| format!(
                    "fragment F{n} on Query{{{}}}",
                    format!("...F{} ", n + 1).repeat(width)
                ))
            );
            let outcome = if (width, depth) == (2, 5) {
                Outcome::Answered
            } else {
                TOO_COMPLEX
            };
            cases.push(document(format!("a bomb {width} wide and {depth} deep"), text, outcome));
        }
    }
    let wrapped = |inner: &str, levels: usize| format!("{}{inner}{}", "...{".repeat(levels), "}".repeat(levels));
    cases.push(document(
        "a chain of 300",
        format!(
            "{{...F0}} {} fragment F300 on Query{{__typename}}",
            many(300, |n| format!("fragment F{n} on Query{{...F{}}}", n + 1))
        ),
        TOO_COMPLEX,
    ));
    cases.push(document(
        "1,900 spreads of one",
        format!("{{{}}} fragment F on Query{{__typename}}", "...F ".repeat(1_900)),
        Outcome::Answered,
    ));
    cases.push(document(
        "1,900 spreads of one in 28 wraps",
        format!(
            "{{{}}} fragment F on Query{{{}}}",
            "...F ".repeat(1_900),
            wrapped("__typename", 28)
        ),
        Outcome::Answered,
    ));
    cases.push(document(
        "700 wraps beside each other",
        format!("{{{}}}", "...{__typename}".repeat(700)),
        Outcome::Answered,
    ));
    cases.push(document(
        "40 towers of 28 wraps",
        format!("{{{}}}", wrapped("__typename", 28).repeat(40)),
        Outcome::Answered,
    ));
    let wide = format!("fragment W on Query{{{}}}", "__typename ".repeat(60));
    cases.push(document(
        "30 spreads of 60 fields in each of 28 wraps",
        format!("{{{}}} {wide}", wrapped(&"...W ".repeat(30), 28)),
        Outcome::Answered,
    ));
    cases.push(document(
        "a spread at each of 28 wraps",
        format!("{{{}{}}} {wide}", "...W ...{".repeat(28) + "__typename", "}".repeat(28)),
        Outcome::Answered,
    ));
    cases.push(document(
        "600 fragments that spread one of 12 fields",
        format!(
            "{{__typename}} fragment X on Query{{{}}} {}",
            "__typename ".repeat(12),
            many(600, |n| format!("fragment F{n} on Query{{...X}}"))
        ),
        INVALID,
    ));
    cases.push(document(
        "fragments that spread all that follow",
        format!(
            "{{...F0}} {} fragment F12 on Query{{__typename}}",
            many(12, |n| format!(
                "fragment F{n} on Query{{{}}}",
                many(12 - n, |m| format!("...F{}", n + m + 1))
            ))
        ),
        TOO_COMPLEX,
    ));
    for ty in ["User", "Node", "MemberInterface", "MemberSource"] {
        let text = format!(
            "{{node(id:\"gid://gitlab/User/1\"){{{}}}}}",
            format!("...on {ty}{{id}} ").repeat(60)
        );
        cases.push(document(
            format!("60 inline fragments on {ty}"),
            text,
            Outcome::Answered,
        ));
        let text = format!(
            "{{node(id:\"gid://gitlab/User/1\"){{{}}}}}",
            format!("...on {ty}{{__typename}} ").repeat(600)
        );
        cases.push(document(format!("600 inline fragments on {ty}"), text, TOO_COMPLEX));
    }
    cases
}
