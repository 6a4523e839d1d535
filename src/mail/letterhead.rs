//! What all messages have in common: who sends them, and where the links lead.

use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::{Address, Message};

use super::{OpenError, Words};
use crate::domain::notices::{Letter, NotSent};

/// Who sends, and from where.
#[derive(Clone, Debug)]
pub struct Letterhead {
    from: Mailbox,
    external_url: String,
    host: String,
}

impl Letterhead {
    /// Mail of a roster that is reached at `external_url`; sent by `from`, or else by `roster` at that host.
    pub fn new(from: Option<&str>, external_url: &str) -> Result<Self, OpenError> {
        let host = host_of(external_url);
        // An address needs a name behind the @.
        let named = !host.is_empty() && !host.starts_with('[') && host.parse::<std::net::IpAddr>().is_err();
        let host = if named { host } else { "localhost" };
        let from = from.map_or_else(|| format!("roster <roster@{host}>"), ToOwned::to_owned);
        let from = from
            .parse()
            .map_err(|error| OpenError::Setting(format!("the sender: {error}")))?;
        Ok(Self {
            from,
            external_url: external_url.to_owned(),
            host: host.to_owned(),
        })
    }

    /// The name of the machine that sends, as far as others know it.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// What a letter says.
    pub fn words(&self, letter: &Letter) -> Result<Words, NotSent> {
        Words::of(letter, &self.external_url, &self.host)
    }

    /// The message of a letter: the same one, whenever the letter is sent.
    pub fn compose(&self, letter: &Letter) -> Result<Message, NotSent> {
        let unusable = |fault: &dyn std::fmt::Display| NotSent(format!("no message can be made: {fault}"));
        let words = self.words(letter)?;
        // What is wrong with an address is said without it.
        let address = sendable(&letter.address).ok_or_else(|| unusable(&"the address is none"))?;
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(letter.name.as_deref().map(one_line), address))
            .subject(words.subject)
            .date(letter.queued_at.into())
            .message_id(Some(self.message_id(letter)))
            .header(AutoSubmitted)
            .multipart(MultiPart::alternative_plain_html(words.text, words.html))
            .map_err(|error| unusable(&error))
    }

    /// Of the row and not of the sending, so that who gets a message twice can tell.
    fn message_id(&self, letter: &Letter) -> String {
        let queued_at = letter.queued_at.timestamp_micros();
        format!("<outbox.{}.{queued_at}@{}>", letter.id, self.host)
    }
}

/// The host that a URL names, without its port.
pub(super) fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    match host.rsplit_once(':') {
        Some((name, port)) if port.chars().all(|c| c.is_ascii_digit()) => name,
        _ => host,
    }
}

/// A name out of the database where one line is meant: no header can be begun by it, and it does not turn around what follows.
pub(super) fn one_line(text: &str) -> String {
    let text = text.replace(DIRECTIONS, "");
    let separators = |c: char| c.is_whitespace() || c.is_control();
    let words: Vec<_> = text.split(separators).filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// Characters that say in which direction others are read, beyond their own word.
const DIRECTIONS: [char; 9] = [
    '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}', '\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}',
];

/// The domain in ASCII, as every mail server knows it. What comes before it stays: only the server that it belongs to can say what else it is called.
fn sendable(address: &str) -> Option<Address> {
    let (user, domain) = address.rsplit_once('@')?;
    let domain = idna::domain_to_ascii(domain).ok()?;
    Address::new(user, domain).ok()
}

/// Asks programs that answer mail to leave this one alone (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_a_url_is_found_whatever_is_around_it() {
        for (url, host) in [
            ("https://roster.example", "roster.example"),
            ("https://roster.example:8443/below", "roster.example"),
            ("smtp://ann:p%40ss@mail.example:25?tls=none", "mail.example"),
            ("http://127.0.0.1:8080", "127.0.0.1"),
            ("http://[::1]:8080", "[::1]"),
            ("http://[::1]", "[::1]"),
        ] {
            assert_eq!(host_of(url), host, "{url}");
        }
    }

    #[test]
    fn mail_comes_from_the_host_that_people_know() {
        let from = |from, url| Letterhead::new(from, url).unwrap().from.to_string();
        assert_eq!(
            from(None, "https://roster.example:8443"),
            "roster <roster@roster.example>"
        );
        assert_eq!(from(None, "http://127.0.0.1:8080"), "roster <roster@localhost>");
        assert_eq!(from(None, "http://[::1]:8080"), "roster <roster@localhost>");
        assert_eq!(
            from(Some("Accounts <accounts@acme.example>"), "https://roster.example"),
            "Accounts <accounts@acme.example>"
        );
        assert!(Letterhead::new(Some("nobody"), "https://roster.example").is_err());
    }
}
