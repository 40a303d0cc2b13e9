//! Short texts and keys under a key: AES-256-GCM with a random nonce (NIST SP 800-38D), and coded
//! identifiers: HMAC-SHA-256.

use super::{KeyError, Secret};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use interval_core::digest::Digest;

/// The key is another one, or the bytes or their context were altered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("another key sealed it, or it was altered")]
pub struct Tampered;

pub(crate) fn cipher(key: &Secret) -> Result<LessSafeKey, Tampered> {
    UnboundKey::new(&AES_256_GCM, key.bytes()).map(LessSafeKey::new).map_err(|_| Tampered)
}

/// Seals a short text: nonce, cipher text, tag. One key seals far fewer than 2^32 texts (the bound
/// for random nonces): a patient's key wraps its objects' keys and a few rows.
pub fn seal(key: &Secret, context: &[u8], text: &[u8]) -> Result<Vec<u8>, KeyError> {
    let mut nonce = [0; NONCE_LEN];
    getrandom::fill(&mut nonce).map_err(|_| KeyError::Random)?;
    let mut sealed = text.to_vec();
    cipher(key)?
        .seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(context),
            &mut sealed,
        )
        .map_err(|_| Tampered)?;
    sealed.splice(0..0, nonce);
    Ok(sealed)
}

/// Opens what [`seal`] made, in the same context.
pub fn open(key: &Secret, context: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Tampered> {
    let (nonce, rest) = sealed.split_at_checked(NONCE_LEN).ok_or(Tampered)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Tampered)?;
    let mut text = rest.to_vec();
    let opened = cipher(key)?.open_in_place(nonce, Aad::from(context), &mut text);
    let length = opened.map_err(|_| Tampered)?.len();
    text.truncate(length);
    Ok(text)
}

/// The code of an identifier: the same parts give the same code, and without the key nobody can
/// tell which parts gave it. Each part is preceded by its length.
pub fn code(key: &Secret, parts: &[&[u8]]) -> Digest {
    let mut running = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key.bytes()));
    for part in parts {
        running.update(&(part.len() as u64).to_be_bytes());
        running.update(part);
    }
    let mut code = [0; 32];
    code.copy_from_slice(running.sign().as_ref());
    Digest(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_opens_only_with_its_key_and_context() {
        let (key, other) = (Secret::random().unwrap(), Secret::random().unwrap());
        let sealed = seal(&key, b"row 1", b"Doe^Jane").unwrap();
        assert_eq!(open(&key, b"row 1", &sealed).unwrap(), b"Doe^Jane");
        assert_eq!(open(&key, b"row 2", &sealed), Err(Tampered));
        assert_eq!(open(&other, b"row 1", &sealed), Err(Tampered));
        assert_eq!(open(&key, b"row 1", &sealed[..11]), Err(Tampered));
    }
    #[test]
    fn every_changed_bit_is_found() {
        let key = Secret::random().unwrap();
        let sealed = seal(&key, b"", b"text").unwrap();
        for bit in 0..sealed.len() * 8 {
            let mut altered = sealed.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(open(&key, b"", &altered), Err(Tampered), "bit {bit}");
        }
    }
    /// RFC 4231, test case 2, is for one undivided message; ours is checked for what it is used for.
    #[test]
    fn a_code_depends_on_its_key_and_on_every_boundary() {
        let (key, other) = (Secret::random().unwrap(), Secret::random().unwrap());
        assert_eq!(code(&key, &[b"ab", b"c"]), code(&key, &[b"ab", b"c"]));
        assert_ne!(code(&key, &[b"ab", b"c"]), code(&key, &[b"a", b"bc"]));
        assert_ne!(code(&key, &[b"ab", b"c"]), code(&other, &[b"ab", b"c"]));
    }
}
