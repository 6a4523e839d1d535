//! One linear pass over the raw text of a document, before the parser sees it: a parser recurses, this does not.
//! It leaves comments out: a parser that tries alternatives reads them again and again.
//! It must see strings and comments exactly where the parser sees them, or nesting could hide in them.

use std::borrow::Cow;
use std::ops::Range;

use super::error::{Refusal, code, server_error};
use super::limits::Limits;

/// Refuses a text that is too long, has too many tokens, aliases or directives, or is nested too deep.
/// A string without an end is refused too: the parser would try to read on inside it.
/// What passes is the text without its comments; nothing else moves, for a comment ends its line.
pub(super) fn scan<'a>(text: &'a str, limits: &Limits) -> Result<Cow<'a, str>, Refusal> {
    if text.len() > limits.text_bytes {
        return Err(Refusal::too_large("The document", limits.text_bytes));
    }
    let scanner = Scanner {
        bytes: text.as_bytes(),
        at: 0,
        comments: Vec::new(),
    };
    let comments = scanner.run(limits)?;
    Ok(without(text, &comments))
}

fn without<'a>(text: &'a str, comments: &[Range<usize>]) -> Cow<'a, str> {
    if comments.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut rest = String::with_capacity(text.len());
    let mut end = 0;
    for comment in comments {
        rest.push_str(&text[end..comment.start]);
        end = comment.end;
    }
    rest.push_str(&text[end..]);
    Cow::Owned(rest)
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    comments: Vec<Range<usize>>,
}

/// What was seen so far.
#[derive(Default)]
struct Tally {
    tokens: usize,
    aliases: usize,
    directives: usize,
    open: usize,
    open_parentheses: usize,
}

impl Scanner<'_> {
    fn run(mut self, limits: &Limits) -> Result<Vec<Range<usize>>, Refusal> {
        let mut tally = Tally::default();
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' | b',' => self.at += 1,
                b'#' => self.skip_comment(),
                _ => {
                    tally.tokens += 1;
                    tally.note(byte);
                    tally.check(limits)?;
                    let start = self.at;
                    self.skip_token(byte)?;
                    if byte != b'"' && self.at - start > limits.name_bytes {
                        return Err(too_long_a_name(limits.name_bytes));
                    }
                }
            }
        }
        Ok(self.comments)
    }

    fn skip_token(&mut self, first: u8) -> Result<(), Refusal> {
        match first {
            b'"' => return self.skip_string(),
            b'_' | b'-' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => {
                self.at += 1;
                self.skip_while(|byte| byte == b'_' || byte.is_ascii_alphanumeric());
            }
            b'.' => self.skip_while(|byte| byte == b'.'),
            _ => self.at += 1,
        }
        Ok(())
    }

    fn skip_comment(&mut self) {
        let start = self.at;
        self.skip_while(|byte| byte != b'\n' && byte != b'\r');
        self.comments.push(start..self.at);
    }

    fn skip_while(&mut self, wanted: impl Fn(u8) -> bool) {
        let rest = &self.bytes[self.at..];
        self.at += rest.iter().position(|&byte| !wanted(byte)).unwrap_or(rest.len());
    }

    fn skip_string(&mut self) -> Result<(), Refusal> {
        let rest = &self.bytes[self.at..];
        let length = if rest.starts_with(b"\"\"\"") {
            block_string(rest)
        } else {
            string(rest)
        };
        match length {
            Some(length) => self.at += length,
            None => return Err(unterminated()),
        }
        Ok(())
    }
}

impl Tally {
    fn note(&mut self, byte: u8) {
        match byte {
            b'{' | b'[' => self.open += 1,
            b'}' | b']' => self.open = self.open.saturating_sub(1),
            b'(' => {
                self.open += 1;
                self.open_parentheses += 1;
            }
            b')' => {
                self.open = self.open.saturating_sub(1);
                self.open_parentheses = self.open_parentheses.saturating_sub(1);
            }
            b'@' => self.directives += 1,
            // Inside parentheses a colon belongs to an argument, a variable or an object; outside only to an alias.
            b':' if self.open_parentheses == 0 => self.aliases += 1,
            _ => {}
        }
    }

    fn check(&self, limits: &Limits) -> Result<(), Refusal> {
        let counts = [
            (self.tokens, limits.tokens, "tokens"),
            (self.open, limits.nesting, "levels of nesting"),
            (self.aliases, limits.aliases, "aliases"),
            (self.directives, limits.directives, "directives"),
        ];
        match counts.into_iter().find(|(count, limit, _)| count > limit) {
            Some((_, limit, what)) => Err(Refusal::too_complex(format!(
                "The document has more than {limit} {what}"
            ))),
            None => Ok(()),
        }
    }
}

/// The length of the string that `text` starts with, quotes included.
fn string(text: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        match text.get(at)? {
            b'"' => return Some(at + 1),
            b'\n' | b'\r' => return None,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// The length of the block string that `text` starts with, quotes included.
fn block_string(text: &[u8]) -> Option<usize> {
    let mut at = 3;
    loop {
        match text.get(at)? {
            b'\\' if text[at..].starts_with(b"\\\"\"\"") => at += 4,
            b'"' if text[at..].starts_with(b"\"\"\"") => return Some(at + 3),
            _ => at += 1,
        }
    }
}

fn too_long_a_name(limit: usize) -> Refusal {
    Refusal::too_complex(format!("The document has a name longer than {limit} bytes"))
}

fn unterminated() -> Refusal {
    Refusal::document(server_error(
        code::GRAPHQL_PARSE_FAILED,
        "Syntax error: a string has no end",
        None,
    ))
}

#[cfg(test)]
mod tests {
    use async_graphql::Value;
    use proptest::prelude::*;

    use super::*;

    /// The code that the text is refused with, `None` when it passes.
    fn refused(text: &str) -> Option<String> {
        let refusal = scan(text, &Limits::default()).err()?;
        match refusal.errors[0].extensions.as_ref()?.get("code")? {
            Value::String(code) => Some(code.clone()),
            _ => None,
        }
    }

    fn too_complex(text: &str) -> bool {
        refused(text).as_deref() == Some(code::QUERY_TOO_COMPLEX)
    }

    #[test]
    fn an_ordinary_document_passes() {
        let text = r#"query Q($id: ID! = "x", $n: [Int!] = [1, 2]) {
            a: group(id: $id, o: {k: [1.5e3, -2]}) @include(if: true) { ...F ... on Group { name } } # {{{{
        }
        fragment F on Group { id description(style: """ {{{ "quoted" \""" } """) }"#;
        assert_eq!(refused(text), None);
    }

    #[test]
    fn a_text_over_the_limit_is_too_large() {
        let limit = Limits::default().text_bytes;
        assert_eq!(refused(&"#".repeat(limit)), None);
        assert_eq!(refused(&"#".repeat(limit + 1)).as_deref(), Some(code::QUERY_TOO_LARGE));
    }

    #[test]
    fn every_kind_of_bracket_counts_as_nesting() {
        for (open, close) in [("{a", "}"), ("[", "]"), ("(", ")"), ("{a(x:[", "])}")] {
            let text = |levels: usize| format!("{}{}", open.repeat(levels), close.repeat(levels));
            let brackets = open.matches(['{', '[', '(']).count();
            assert_eq!(refused(&text(64 / brackets)), None, "{open}");
            assert!(too_complex(&text(64 / brackets + 1)), "{open}");
            assert!(too_complex(&text(10_000 / brackets)), "{open}");
        }
    }

    #[test]
    fn closed_brackets_are_not_nesting() {
        assert_eq!(refused(&"{a}".repeat(500)), None);
        assert_eq!(refused(&"}".repeat(100)), None);
    }

    #[test]
    fn tokens_aliases_and_directives_are_counted() {
        assert_eq!(refused(&"a ".repeat(5_000)), None);
        assert!(too_complex(&"a ".repeat(5_001)));
        assert_eq!(refused(&format!("{{{}}}", "a:b ".repeat(200))), None);
        assert!(too_complex(&format!("{{{}}}", "a:b ".repeat(201))));
        assert_eq!(refused(&format!("{{a{}}}", " @x".repeat(50))), None);
        assert!(too_complex(&format!("{{a{}}}", " @x".repeat(51))));
    }

    #[test]
    fn names_and_numbers_have_a_length_and_strings_have_none() {
        assert_eq!(refused(&format!("{{{}}}", "a".repeat(256))), None);
        assert!(too_complex(&format!("{{{}}}", "a".repeat(257))));
        assert!(too_complex(&format!("{{a(n:-{})}}", "9".repeat(256))));
        assert_eq!(refused(&format!("{{a(s:\"{}\")}}", "a".repeat(60_000))), None);
    }

    #[test]
    fn arguments_and_object_keys_are_no_aliases() {
        assert_eq!(refused(&format!("{{a(x:{{{}}})}}", "k:1 ".repeat(500))), None);
    }

    #[test]
    fn brackets_in_strings_and_comments_do_not_count() {
        let brackets = "{[(".repeat(1_000);
        assert_eq!(refused(&format!("{{a(x:\"{brackets}\")}}")), None);
        assert_eq!(refused(&format!("{{a(x:\"\\\"{brackets}\\\\\")}}")), None);
        assert_eq!(
            refused(&format!("{{a(x:\"\"\"{brackets}\n\\\"\"\"{brackets}\"\"\")}}")),
            None
        );
        assert_eq!(refused(&format!("{{a #{brackets}\n}}")), None);
    }

    #[test]
    fn comments_are_left_out_and_nothing_else_moves() {
        let text = "# first\n{ # \"second\n  a(s: \"# none\", t: \"\"\"\n# none\"\"\") # \u{e4}\r\n} # last";
        let rest = scan(text, &Limits::default()).unwrap();
        assert_eq!(rest, "\n{ \n  a(s: \"# none\", t: \"\"\"\n# none\"\"\") \r\n} ");
    }

    #[test]
    fn a_comment_ends_with_its_line() {
        assert!(too_complex(&format!("# \"\n{}", "[".repeat(100))));
        assert!(too_complex(&format!("# \"\r{}", "[".repeat(100))));
    }

    #[test]
    fn nesting_cannot_hide_behind_a_string_that_has_no_end() {
        for start in ["\"\"\"\"", "\"\"\"", "\"", "\"\\", "\"\n"] {
            let text = format!("{{a(x:[{start}{}", "[".repeat(10_000));
            assert!(refused(&text).is_some(), "{start}");
        }
    }

    #[test]
    fn an_empty_string_before_a_bracket_hides_nothing() {
        assert!(too_complex(&format!("{{a(x:[\"\"{}", "[".repeat(100))));
        assert!(too_complex(&format!("{{a(x:[\"\"\"\"\"\"{}", "[".repeat(100))));
    }

    /// The deepest nesting of what the parser made of a text.
    fn parsed_depth(value: &Value) -> usize {
        match value {
            Value::List(items) => 1 + items.iter().map(parsed_depth).max().unwrap_or(0),
            Value::Object(fields) => 1 + fields.values().map(parsed_depth).max().unwrap_or(0),
            _ => 0,
        }
    }

    proptest! {
        #[test]
        fn what_the_parser_takes_is_never_deeper_than_what_the_scan_saw(
            text in r#"(\[|\]|"|""|"""|\\|#|\n|a| ){0,60}"#
        ) {
            let document = format!("query($v:T=[{text}]){{a}}");
            let limits = Limits { nesting: 4, ..Limits::default() };
            if scan(&document, &limits).is_ok()
                && let Ok(parsed) = async_graphql::parser::parse_query(&document)
            {
                for (_, operation) in parsed.operations.iter() {
                    for variable in &operation.node.variable_definitions {
                        let default = variable.node.default_value.as_ref().map(|value| parsed_depth(&value.node));
                        prop_assert!(default.unwrap_or(0) < 4);
                    }
                }
            }
        }
    }
}
