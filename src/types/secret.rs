//! How secrets are kept: not at all, only their digests.

use std::fmt;

use rand::Rng as _;
use rand::distr::Alphanumeric;
use sha2::{Digest, Sha256};

/// Characters of a random token: 190 bits.
const LENGTH: usize = 32;

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
        let random = rand::rng().sample_iter(Alphanumeric).take(LENGTH);
        Self(random.map(char::from).collect())
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
    fn a_secret_is_not_shown_by_accident() {
        let secret = Secret::random();
        assert_eq!(format!("{secret:?}"), "Secret(…)");
    }
}
