//! Cursors: places in a sorted list as opaque texts.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::domain::{Error, Position, Result};

/// Bytes of the digest that closes a cursor.
const SEAL: usize = 6;

/// URL-safe text of: the order's word, the number, the value if any; and a digest, so that a cursor that was made up is noticed.
/// It keeps no secret: whoever makes one up with care gets the rows behind another place of the same list.
pub(super) fn encode(sort: &str, place: &Position) -> String {
    close(&(sort, place.id, &place.value))
}

/// Any place as such a text.
pub(super) fn close(place: &impl Serialize) -> String {
    let mut bytes = serde_json::to_vec(place).unwrap_or_default();
    bytes.extend(seal(&bytes));
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(super) fn seal(bytes: &[u8]) -> [u8; SEAL] {
    let mut seal = [0; SEAL];
    let digest = Sha256::new()
        .chain_update(b"roster cursor")
        .chain_update(bytes)
        .finalize();
    seal.copy_from_slice(&digest[..SEAL]);
    seal
}

/// The place that a cursor stands for.
///
/// # Errors
/// `Invalid` for a text that is no cursor, or one of another sort order; it names the argument.
pub(super) fn decode(argument: &str, sort: &str, cursor: &str) -> Result<Position> {
    let (word, id, value): (String, _, _) =
        open(cursor).ok_or_else(|| Error::Invalid(format!("{argument} is no cursor of this list")))?;
    if word == sort {
        Ok(Position { value, id })
    } else {
        Err(Error::Invalid(format!("{argument} is a cursor of another sort order")))
    }
}

/// What [`close`] was given; none of a text that it did not make, or of a place of another shape.
pub(super) fn open<T: DeserializeOwned>(cursor: &str) -> Option<T> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (bytes, found) = bytes.split_last_chunk::<SEAL>()?;
    if *found != seal(bytes) {
        return None;
    }
    serde_json::from_slice(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back_as_the_place_it_was_made_of() {
        for place in [
            Position {
                value: Some("ann \"a\" \u{e4}".to_owned()),
                id: -7,
            },
            Position { value: None, id: 0 },
        ] {
            let cursor = encode("Name(Asc)", &place);
            assert!(
                cursor
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)),
                "{cursor}"
            );
            assert_eq!(decode("after", "Name(Asc)", &cursor).ok(), Some(place));
        }
    }
}
