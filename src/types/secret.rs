//! How secrets are kept: not at all, only their digests.

use std::fmt;

use rand::Rng as _;
use rand::distr::Alphanumeric;
use sha2::{Digest, Sha256};

/// Characters of a random token: 190 bits.
const LENGTH: usize = 32;

/// How a personal access token begins, so that programs which look for leaked ones know it.
const TOKEN_PREFIX: &str = "rst-";

/// Random characters of a personal access token: 154 bits.
const TOKEN_LENGTH: usize = 26;

/// The SHA-256 digest of a token, 32 bytes: all that is ever stored of one.
pub fn digest(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}

/// A token in plain text, on its way to whom it is for. It is told by [`Secret::reveal`] alone: neither a log nor a stored row can hold it by
/// accident.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// One that nobody can guess. Letters and digits only: programs that find links in a text leave off what looks like punctuation.
    pub fn random() -> Self {
        Self::beginning("", LENGTH)
    }

    /// A new personal access token.
    pub fn access_token() -> Self {
        Self::beginning(TOKEN_PREFIX, TOKEN_LENGTH)
    }

    fn beginning(prefix: &str, length: usize) -> Self {
        let random = rand::rng().sample_iter(Alphanumeric).take(length);
        Self(prefix.chars().chain(random.map(char::from)).collect())
    }

    /// The token itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored of it.
    pub fn digest(&self) -> Vec<u8> {
        digest(&self.0)
    }
}

/// One that somebody made up.
impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_random_secret_fits_into_a_url_and_comes_once() {
        let secrets = [Secret::random(), Secret::random()];
        for secret in &secrets {
            assert_eq!(secret.reveal().len(), 32);
            assert!(
                secret.reveal().chars().all(|c| c.is_ascii_alphanumeric()),
                "{}",
                secret.reveal()
            );
        }
        assert_ne!(secrets[0], secrets[1]);
    }

    #[test]
    fn a_new_token_begins_with_its_prefix_and_comes_once() {
        let tokens = [Secret::access_token(), Secret::access_token()];
        for token in &tokens {
            let random = token.reveal().strip_prefix("rst-").unwrap();
            assert!(random.len() >= 20 && random.chars().all(|c| c.is_ascii_alphanumeric()));
        }
        assert_ne!(tokens[0], tokens[1]);
    }

    #[test]
    fn a_secret_is_not_shown_by_accident() {
        let secret = Secret::random();
        assert_eq!(format!("{secret:?}"), "Secret(…)");
    }
}
