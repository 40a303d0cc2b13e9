//! 256 random bits that are wiped when they are no longer needed.

use super::KeyError;
use std::fmt;
use zeroize::Zeroizing;

/// Bytes of a key: AES-256.
pub const KEY_BYTES: usize = 32;

/// A key in memory. Wiped on drop; never shown, not even to a debugger's printer.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<[u8; KEY_BYTES]>);

impl Secret {
    /// A new one.
    pub fn random() -> Result<Self, KeyError> {
        let mut bits = Zeroizing::new([0; KEY_BYTES]);
        getrandom::fill(bits.as_mut_slice()).map_err(|_| KeyError::Random)?;
        Ok(Self(bits))
    }

    /// These bytes, when there are as many as a key has.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        <[u8; KEY_BYTES]>::try_from(bytes).ok().map(|bits| Self(Zeroizing::new(bits)))
    }

    /// 64 hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        let digest: interval_core::digest::Digest = text.trim().parse().ok()?;
        Some(Self(Zeroizing::new(digest.0)))
    }

    /// As 64 hexadecimal digits, for the file or the pipe that it goes into.
    pub fn to_hex(&self) -> Zeroizing<String> {
        Zeroizing::new(interval_core::digest::Digest(*self.0).to_string())
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }

    /// A key for another use, derived from this one (HMAC-SHA-256 of the use's name).
    #[must_use]
    pub fn derive(&self, purpose: &str) -> Self {
        Self(Zeroizing::new(super::code(self, &[purpose.as_bytes()]).0))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_shown() {
        let secret = Secret::random().unwrap();
        assert_eq!(format!("{secret:?}"), "Secret(..)");
        assert_eq!(Secret::from_hex(&secret.to_hex()), Some(secret));
    }
    #[test]
    fn each_use_has_its_own_key() {
        let secret = Secret::random().unwrap();
        assert_ne!(secret.derive("a"), secret.derive("b"));
        assert_eq!(secret.derive("a"), secret.derive("a"));
    }
    #[test]
    fn other_texts_are_no_keys() {
        assert_eq!(Secret::from_hex("00"), None);
        assert_eq!(Secret::from_bytes(&[0; 31]), None);
    }
}
