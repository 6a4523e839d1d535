//! How secrets are kept: not at all, only their digests.

use sha2::{Digest, Sha256};

/// The SHA-256 digest of a token, 32 bytes: all that is ever stored of one.
pub fn digest(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}
