//! SHA-256 of bytes, and bytes that were checked against it.

use sha2::{Digest as _, Sha256};
use std::fmt;
use std::str::FromStr;

/// A SHA-256 value.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

/// The text is not 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a SHA-256 value")]
pub struct NotADigest(pub String);

/// The bytes are not the ones that were meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the content has the digest {found}, expected was {expected}")]
pub struct Altered {
    /// What was recorded.
    pub expected: Digest,
    /// What the bytes gave now.
    pub found: Digest,
}

impl Digest {
    /// The digest of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The digest of several named parts. Each is preceded by its length, so that moving a
    /// boundary changes the result.
    pub fn of_parts<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut running = RunningDigest::new();
        for part in parts {
            running.update(&(part.len() as u64).to_be_bytes());
            running.update(part);
        }
        running.finish()
    }

    /// The first 128 bits, for derived UIDs.
    pub fn leading_u128(&self) -> u128 {
        self.0.iter().take(16).fold(0, |bits, byte| bits << 8 | u128::from(*byte))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
impl FromStr for Digest {
    type Err = NotADigest;
    fn from_str(text: &str) -> Result<Self, NotADigest> {
        let wrong = || NotADigest(text.to_owned());
        if text.len() != 64 || !text.is_ascii() {
            return Err(wrong());
        }
        let mut bytes = [0; 32];
        for (i, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * i..2 * i + 2], 16).map_err(|_| wrong())?;
        }
        Ok(Self(bytes))
    }
}

/// A digest of bytes that arrive in pieces.
#[derive(Debug, Clone, Default)]
pub struct RunningDigest(Sha256);

impl RunningDigest {
    /// Nothing hashed yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next piece.
    pub fn update(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// The digest of all pieces.
    pub fn finish(self) -> Digest {
        Digest(self.0.finalize().into())
    }
}

/// Bytes whose SHA-256 matched what was recorded: the only thing inference accepts.
#[derive(Debug, Clone)]
pub struct Verified<T> {
    content: T,
    digest: Digest,
}

impl<T: AsRef<[u8]>> Verified<T> {
    /// Checks the content against the recorded digest.
    pub fn check(content: T, expected: Digest) -> Result<Self, Altered> {
        let found = Digest::of(content.as_ref());
        if found == expected {
            Ok(Self { content, digest: found })
        } else {
            Err(Altered { expected, found })
        }
    }

    /// The checked content.
    pub fn bytes(&self) -> &[u8] {
        self.content.as_ref()
    }

    /// The content alone, for whoever sends it on.
    pub fn into_content(self) -> T {
        self.content
    }

    /// Its digest.
    pub fn digest(&self) -> Digest {
        self.digest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 180-2, appendix B.1.
    const OF_ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn the_published_example_holds() {
        assert_eq!(Digest::of(b"abc").to_string(), OF_ABC);
        assert_eq!(OF_ABC.parse(), Ok(Digest::of(b"abc")));
    }
    #[test]
    fn one_changed_byte_is_found() {
        let recorded = Digest::of(b"abc");
        assert!(Verified::check(b"abc", recorded).is_ok());
        assert!(Verified::check(b"abd", recorded).is_err());
    }
    #[test]
    fn a_moved_boundary_is_another_digest() {
        let parts =
            |a: &'static str, b: &'static str| Digest::of_parts([a.as_bytes(), b.as_bytes()]);
        assert_ne!(parts("ab", "c"), parts("a", "bc"));
    }
    #[test]
    fn other_texts_are_no_digests() {
        for text in ["", "ba78", &OF_ABC.replace('b', "g")] {
            assert_eq!(text.parse::<Digest>(), Err(NotADigest(text.to_owned())));
        }
    }
}
