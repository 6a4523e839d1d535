//! What the scan and the parser must survive: nesting, long tokens, much between the tokens, odd characters.

use super::{BODY, Case, INVALID, Outcome, TOO_COMPLEX, TOO_LARGE, UNPARSED, document, filling, posted};

pub(super) fn all() -> Vec<Case> {
    let mut cases = nested();
    cases.extend(between());
    cases.extend(strings());
    cases.extend(characters());
    cases.extend(long());
    cases
}

fn nested() -> Vec<Case> {
    let mut cases = Vec::new();
    for (what, before, open, close) in [
        ("braces", "", "{a", "}"),
        ("lists", "{node(id:", "[", "]"),
        ("objects", "{node(id:", "{a:", "}"),
        ("parentheses", "{a", "(", ")"),
        ("lists of objects", "{node(id:", "[{a:", "}]"),
        ("types", "query($v:", "[", "]"),
        ("defaults", "query($v:Int=", "[", "]"),
        ("defaults of objects", "query($v:Int=", "{a:", "}"),
        ("directives' arguments", "{a@include(if:", "[", "]"),
        ("inline fragments", "", "{...", "}"),
    ] {
        let tokens = open.len();
        for (how, levels) in [("as deep as fits", BODY / 2 / tokens), ("65", 65), ("100", 100)] {
            let text = format!("{before}{}", open.repeat(levels));
            cases.push(document(format!("{what}, {how}, left open"), text, TOO_COMPLEX));
            let text = format!("{before}{}{}", open.repeat(levels), close.repeat(levels));
            let text = if text.len() > BODY {
                before.to_owned() + &open.repeat(levels)
            } else {
                text
            };
            cases.push(document(format!("{what}, {how}, closed"), text, TOO_COMPLEX));
        }
        let text = format!("{before}{}", open.repeat(25));
        cases.push(document(format!("{what}, 25, left open"), text, UNPARSED));
    }
    let fields = format!("{}__typename{}", "{currentUser".repeat(60) + "{", "}".repeat(61));
    cases.push(document("60 selections", fields, TOO_COMPLEX));
    let lists = format!("{{node(id:{}1{}){{id}}}}", "[".repeat(60), "]".repeat(60));
    cases.push(document("60 lists", lists, INVALID));
    let objects = format!("{{node(id:{}1{}){{id}}}}", "{a:".repeat(60), "}".repeat(60));
    cases.push(document("60 objects", objects, INVALID));
    let types = format!("query($v:{}Int{}){{__typename}}", "[".repeat(60), "]".repeat(60));
    cases.push(document("a type of 60 lists", types, INVALID));
    cases.push(document("closing brackets", "}])".repeat(1_600), UNPARSED));
    cases.push(document(
        "closing then opening",
        "}".repeat(60) + &"{a".repeat(62),
        UNPARSED,
    ));
    cases
}

/// Comments, blanks and commas are read again and again by a parser that tries alternatives.
fn between() -> Vec<Case> {
    let room = BODY - 2_000;
    let mut cases = Vec::new();
    for (what, text) in [
        ("blanks", " ".repeat(room)),
        ("tabs", filling("\t", room / 2)),
        ("commas", ",".repeat(room)),
        ("lines", filling("\n", room / 2)),
        ("byte order marks", filling("\u{feff}", room)),
        ("one comment", format!("#{}\n", "x".repeat(room))),
        ("empty comments", filling("#\n", room * 2 / 3)),
        (
            "comments of umlauts",
            filling("#\u{e4}\u{e4}\u{e4}\u{e4}\n", room * 10 / 11),
        ),
        ("indented comments", filling("     #\n", room * 7 / 8)),
    ] {
        for (place, document_text) in [
            ("before everything", format!("{text}{{__typename}}")),
            ("after everything", format!("{{__typename}}{text}")),
            ("behind a field", format!("{{__typename{text}}}")),
            ("before an alias's colon", format!("{{a{text}:__typename}}")),
            ("before an argument", format!("{{__type({text}name:\"User\"){{name}}}}")),
            ("behind query", format!("query{text}{{__typename}}")),
            ("behind a name", format!("query Q{text}{{__typename}}")),
            ("behind dots", format!("{{...{text}{{__typename}}}}")),
            ("behind a directive", format!("{{__typename@include{text}(if:true)}}")),
            (
                "in a type's brackets",
                format!("query($v:{text}Int=1){{__typename@include(if:true)}}"),
            ),
        ] {
            let outcome = match (what, place) {
                // Each is a token.
                ("byte order marks", _) => TOO_COMPLEX,
                (_, "in a type's brackets") => INVALID,
                _ => Outcome::Answered,
            };
            cases.push(document(format!("{what} {place}"), document_text, outcome));
        }
        let deep = format!("{}{text}", "{currentUser".repeat(60));
        let outcome = if what == "byte order marks" {
            TOO_COMPLEX
        } else {
            UNPARSED
        };
        cases.push(document(format!("{what} in the depth"), deep, outcome));
    }
    cases
}

fn strings() -> Vec<Case> {
    let room = BODY - 2_000;
    let mut cases = Vec::new();
    for (what, inside) in [
        ("letters", "x".repeat(room)),
        ("escapes", filling("\\n", room / 2)),
        ("code points", filling("\\u00e4", room * 6 / 7)),
        ("umlauts", filling("\u{e4}", room)),
        ("brackets", filling("{[(", room)),
        ("hashes", filling("#", room)),
    ] {
        let text = format!("{{user(username:\"{inside}\"){{id}}}}");
        cases.push(document(format!("a string of {what}"), text, Outcome::Answered));
        let text = format!("{{node(id:\"{inside}){{id}}}}");
        cases.push(document(format!("a string of {what} without an end"), text, UNPARSED));
        let text = format!("{{user(username:\"\"\"{inside}\"\"\"){{id}}}}");
        cases.push(document(format!("a block string of {what}"), text, Outcome::Answered));
        let text = format!("{{node(id:\"\"\"{inside}){{id}}}}");
        cases.push(document(
            format!("a block string of {what} without an end"),
            text,
            UNPARSED,
        ));
        let text = format!("query($v:String=\"{inside}\"){{user(username:$v){{id}}}}");
        cases.push(document(format!("a default of {what}"), text, Outcome::Answered));
    }
    for (what, line) in [("short", "\n "), ("indented", "\n      x"), ("empty", "\n")] {
        let text = format!("{{user(username:\"\"\"{}\"\"\"){{id}}}}", filling(line, room * 2 / 5));
        cases.push(document(
            format!("a block string of {what} lines"),
            text,
            Outcome::Answered,
        ));
    }
    cases.push(document(
        "empty strings",
        format!("{{nodes(ids:[{}]){{id}}}}", "\"\" ".repeat(2_100)),
        TOO_COMPLEX,
    ));
    cases.push(document("quotes", "\"".repeat(60_000 / 2), UNPARSED));
    cases.push(document(
        "quotes and brackets",
        format!("{{a(x:{}", "\"\"[".repeat(500)),
        TOO_COMPLEX,
    ));
    for (what, escape) in [
        ("high", "\\ud83d"),
        ("low", "\\ude00"),
        ("pair", "\\ud83d\\ude00"),
        ("unknown", "\\q"),
        ("short", "\\u12"),
    ] {
        let text = format!("{{node(id:\"{escape}\"){{id}}}}");
        cases.push(document(format!("an escape: {what}"), text, UNPARSED));
    }
    cases
}

fn characters() -> Vec<Case> {
    let nul = Outcome::Refused(400, "BAD_USER_INPUT");
    let mut cases = vec![
        document("a byte order mark", "\u{feff}{__typename}", Outcome::Answered),
        document("NUL in a name", "{a\0b}", nul),
        document("NUL in a string", "{node(id:\"\0\"){id}}", nul),
        document("NUL escaped", "{node(id:\"\\u0000\"){id}}", nul),
        document("NUL alone", "\0", nul),
        document("nothing", "", UNPARSED),
        document("blanks alone", " \n,", UNPARSED),
        document("a letter of another script", "{\u{43d}ame}", UNPARSED),
        document("a character that turns the text around", "{\u{202e}a}", UNPARSED),
        document("a sign of no language", "{a;b}", UNPARSED),
        document("emoji", "\u{1f600}".repeat(5_001), TOO_COMPLEX),
        posted(
            "bytes that are no UTF-8",
            &b"{\"query\":\"{a\xff\xfe}\"}"[..],
            Outcome::Refused(400, "BAD_USER_INPUT"),
        ),
        posted(
            "an overlong slash",
            &b"{\"query\":\"\xc0\xaf\"}"[..],
            Outcome::Refused(400, "BAD_USER_INPUT"),
        ),
        posted(
            "a surrogate as bytes",
            &b"{\"query\":\"\xed\xa0\x80\"}"[..],
            Outcome::Refused(400, "BAD_USER_INPUT"),
        ),
        posted(
            "a lonely surrogate escaped in JSON",
            &br#"{"query":"\ud800"}"#[..],
            Outcome::Refused(400, "BAD_USER_INPUT"),
        ),
        posted(
            "UTF-16",
            "{\"query\":\"{__typename}\"}"
                .encode_utf16()
                .flat_map(u16::to_be_bytes)
                .collect::<Vec<_>>(),
            Outcome::Refused(400, "BAD_USER_INPUT"),
        ),
        posted(
            "a byte order mark before JSON",
            "\u{feff}{\"query\":\"{__typename}\"}",
            Outcome::Refused(400, "BAD_USER_INPUT"),
        ),
    ];
    for sign in [
        '!', '$', '&', '(', ')', '.', ':', '=', '@', '[', ']', '{', '}', '|', '-', '"',
    ] {
        let outcome = if matches!(sign, '(' | '[' | '{' | '@' | '.' | ':') {
            TOO_COMPLEX
        } else {
            UNPARSED
        };
        cases.push(document(
            format!("4,900 times {sign}"),
            sign.to_string().repeat(4_900),
            outcome,
        ));
    }
    cases
}

fn long() -> Vec<Case> {
    vec![
        document("a name of 256", format!("{{{}}}", "a".repeat(256)), INVALID),
        document("a name of 60,000", format!("{{{}}}", "a".repeat(60_000)), TOO_COMPLEX),
        document(
            "a number of 256",
            format!("{{node(id:{}){{id}}}}", "9".repeat(256)),
            INVALID,
        ),
        document(
            "a number of 60,000",
            format!("{{node(id:{}){{id}}}}", "9".repeat(60_000)),
            TOO_COMPLEX,
        ),
        document(
            "a fraction of 250",
            format!("{{auditEvents(entityId:0.{}){{count}}}}", "9".repeat(250)),
            INVALID,
        ),
        document("an exponent", "{auditEvents(entityId:1e308){count}}", INVALID),
        document(
            "an exponent too far",
            "{auditEvents(entityId:1e999999){count}}",
            UNPARSED,
        ),
        document("5,001 tokens", format!("{{{}}}", "a ".repeat(5_000)), TOO_COMPLEX),
        document("32,000 tokens", format!("{{{}}}", "a ".repeat(32_000)), TOO_COMPLEX),
        posted(
            "a text of more than 64 KiB",
            format!("{{\"query\":\"#{}\"}}", "x".repeat(BODY)),
            TOO_LARGE,
        ),
        posted("a megabyte", vec![b' '; 1 << 20], TOO_LARGE),
    ]
}
