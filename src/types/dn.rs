//! Distinguished names of a directory (RFC 4514), in the one form in which they are compared.

use super::fold;

/// The form in which distinguished names are compared: in lower case, without the blanks that mean nothing, every character escaped in one way.
///
/// `UID=Ann,  OU = People , DC=example` and `uid=ann,ou=people,dc=example` are the same. What is no distinguished name is compared as a text.
pub fn normal_dn(text: &str) -> String {
    parse(text).unwrap_or_else(|| fold(text.trim()))
}

/// The name of a group's SAML provider among those by which people are known elsewhere; any other is a directory's.
pub const GROUP_SAML: &str = "group_saml";

/// The form in which what a provider knows somebody by is compared: in a directory that is a distinguished name.
pub fn normal_identity(provider: &str, uid: &str) -> String {
    if provider == GROUP_SAML {
        fold(uid)
    } else {
        normal_dn(uid)
    }
}

fn parse(text: &str) -> Option<String> {
    if text.trim().is_empty() {
        return None;
    }
    let names: Option<Vec<_>> = split(text, &[',', ';']).into_iter().map(relative).collect();
    Some(names?.join(","))
}

/// One part between commas; the pairs of one with several have no order.
fn relative(text: &str) -> Option<String> {
    let pairs: Option<Vec<_>> = split(text, &['+']).into_iter().map(pair).collect();
    let mut pairs = pairs?;
    pairs.sort();
    Some(pairs.join("+"))
}

fn pair(text: &str) -> Option<String> {
    let (kind, value) = text.split_once('=')?;
    let kind = fold(kind.trim());
    let is_word = !kind.is_empty() && kind.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '.');
    is_word.then_some(())?;
    Some(format!("{kind}={}", written(&read(value)?)))
}

/// The parts of a text between separators that are neither escaped nor in quotes.
fn split<'a>(text: &'a str, separators: &[char]) -> Vec<&'a str> {
    let (mut parts, mut start, mut escaped, mut quoted) = (Vec::new(), 0, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            c if !quoted && separators.contains(&c) => {
                parts.push(&text[start..at]);
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

/// What a value means: without escapes and quotes, and without the blanks around it that are not escaped.
fn read(value: &str) -> Option<String> {
    let value = value.trim_start();
    let value = match value.strip_prefix('"') {
        Some(inner) => inner.trim_end().strip_suffix('"')?,
        None => value,
    };
    let mut bytes = Vec::with_capacity(value.len());
    // As far as something stands that is not a bare blank.
    let mut end = 0;
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'\\' => {
                let first = rest.next()?;
                bytes.push(match hex(first) {
                    Some(high) => high << 4 | hex(rest.next()?)?,
                    None => first,
                });
                end = bytes.len();
            }
            b' ' => bytes.push(b' '),
            byte => {
                bytes.push(byte);
                end = bytes.len();
            }
        }
    }
    bytes.truncate(end);
    String::from_utf8(bytes).ok()
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// A value in one way of many: folded, blanks in a row as one, what has a meaning in names escaped.
fn written(value: &str) -> String {
    let words: Vec<_> = value.split(' ').filter(|word| !word.is_empty()).collect();
    let mut text = String::with_capacity(value.len());
    for c in fold(&words.join(" ")).chars() {
        if matches!(c, ',' | ';' | '+' | '"' | '\\' | '<' | '>' | '=') {
            text.push('\\');
        }
        text.push(c);
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_and_blanks_make_no_difference() {
        let ann = "uid=ann lee,ou=people,dc=example";
        for same in [
            ann,
            "UID=Ann Lee,OU=People,DC=Example",
            " uid = ann  lee , ou=people,dc=example ",
            "uid=ann lee;ou=people;dc=example",
            "uid=\"Ann Lee\",ou=people,dc=example",
            "uid=\\41nn\\20lee,ou=people,dc=example",
            "uid=\\61nn lee,ou=people,dc=example",
        ] {
            assert_eq!(normal_dn(same), ann, "{same}");
        }
        for other in [
            "uid=annlee,ou=people,dc=example",
            "cn=ann lee,ou=people,dc=example",
            "uid=ann lee,dc=example",
            "ou=people,uid=ann lee,dc=example",
        ] {
            assert_ne!(normal_dn(other), ann, "{other}");
        }
    }

    #[test]
    fn an_escaped_comma_is_no_end_of_a_part() {
        for same in ["cn=Lee\\, Ann,dc=x", "CN=lee\\2C ann,dc=X", "cn=\"Lee, Ann\",dc=x"] {
            assert_eq!(normal_dn(same), "cn=lee\\, ann,dc=x", "{same}");
        }
        assert_ne!(normal_dn("cn=Lee\\, Ann,dc=x"), normal_dn("cn=Lee,cn=Ann,dc=x"));
    }

    #[test]
    fn the_pairs_of_one_part_have_no_order() {
        assert_eq!(normal_dn("uid=ann + CN=Ann,dc=x"), normal_dn("cn=ann+uid=ann,dc=x"));
    }

    #[test]
    fn letters_beyond_ascii_are_folded_whether_escaped_or_not() {
        assert_eq!(normal_dn("cn=ZO\\C3\\8B,dc=x"), normal_dn("cn=Zoë,dc=x"));
    }

    #[test]
    fn what_is_no_name_is_compared_as_a_text() {
        for (text, normal) in [
            (" Ann ", "ann"),
            ("", ""),
            ("uid=ann,", "uid=ann,"),
            ("uid=\\zz,DC=x", "uid=zz,dc=x"),
            ("uid=a\\", "uid=a\\"),
        ] {
            assert_eq!(normal_dn(text), normal, "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_form_is_its_own_form(text in "([a-c=,+;\" \\\\#]|\\\\2[cC]|[A-C]=)*") {
            let normal = normal_dn(&text);
            prop_assert_eq!(normal_dn(&normal), normal);
        }
    }
}
