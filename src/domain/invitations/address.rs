//! What can be invited: the form of an address.

/// The longest address that mail servers take, in bytes (RFC 5321).
const LONGEST: usize = 254;

/// The longest part before the `@`, in characters.
const LONGEST_LOCAL_PART: usize = 64;

/// Whether a text has the form of an address that can be invited: a local part and a domain of two labels at least; letters of all scripts.
///
/// A letter outside of ASCII whose lower case is within, like the Kelvin sign, is refused: two spellings must not claim one invitation.
pub fn is_address(text: &str) -> bool {
    let fits =
        text.len() <= LONGEST && !is_disguised(text) && !text.chars().any(|c| c.is_whitespace() || c.is_control());
    fits && text
        .rsplit_once('@')
        .is_some_and(|(local, domain)| is_local_part(local) && is_domain(domain))
}

/// Whether one of its letters passes for another: is none of ASCII, and becomes one in lower case.
pub(in crate::domain) fn is_disguised(text: &str) -> bool {
    text.chars()
        .any(|c| !c.is_ascii() && c.to_lowercase().any(|c| c.is_ascii()))
}

fn is_local_part(text: &str) -> bool {
    let fits = !text.is_empty() && text.chars().count() <= LONGEST_LOCAL_PART;
    let quoted = text.len() >= 3 && text.starts_with('"') && text.ends_with('"');
    fits && if quoted {
        is_quoted(&text[1..text.len() - 1])
    } else {
        text.split('.')
            .all(|atom| !atom.is_empty() && atom.chars().all(is_atom))
    }
}

/// Between the quotation marks everything goes that is not one itself.
fn is_quoted(text: &str) -> bool {
    let mut escaped = false;
    let sound = text.chars().all(|c| match c {
        _ if escaped => {
            escaped = false;
            true
        }
        '\\' => {
            escaped = true;
            true
        }
        c => c != '"',
    });
    sound && !escaped
}

fn is_atom(c: char) -> bool {
    !c.is_ascii() || c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c)
}

fn is_domain(text: &str) -> bool {
    // Some scripts write letters as several characters, of which not all are letters.
    let fits = |c: char| !c.is_ascii() || c.is_ascii_alphanumeric() || c == '-' || c == '_';
    text.contains('.')
        && text
            .split('.')
            .all(|label| !label.is_empty() && label.chars().all(fits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_local_part_and_a_domain_of_two_labels() {
        for text in [
            "new@example.com",
            "o'hara+tag@mail.example.co",
            "Zoë@exämple.com",
            "用户@例子.世界",
            "व@उदाहरण.परीक्षा",
            "zoe\u{308}@exa\u{308}mple.com",
            "new@mail_1.example.com",
            "a@b.c",
            "\"a..b\"@example.com",
            "\"a@b\"@example.com",
            &format!("{}@example.com", "x".repeat(64)),
        ] {
            assert!(is_address(text), "{text}");
        }
        for text in [
            "",
            "new",
            "@example.com",
            "new@",
            "new@localhost",
            "new@example.",
            "new@.com",
            "new@exa..mple.com",
            "new @example.com",
            "new@exam ple.com",
            "new\u{a0}@example.com",
            ".new@example.com",
            "new.@example.com",
            "ne..w@example.com",
            "a@b@example.com",
            "\"a\"b\"@example.com",
            "\"a\\\"@example.com",
            "new@exa\u{7}mple.com",
            "new@example.com\r\nBcc: eve@example.com",
            "<new@example.com>",
            &format!("{}@example.com", "x".repeat(65)),
            &format!("new@{}.com", "x".repeat(250)),
        ] {
            assert!(!is_address(text), "{text:?}");
        }
    }

    #[test]
    fn no_letter_passes_for_another() {
        // The Kelvin sign is a k in lower case, the dotted capital I an i.
        for text in ["\u{212a}im@example.com", "kim@\u{212a}.com", "\u{130}da@example.com"] {
            assert!(!is_address(text), "{text}");
        }
    }
}
