//! The one provider of cryptography, and random names that cannot be guessed.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Bytes of an unguessable name: 256 bits, twice what ASVS 7.2.3 asks for.
const NAME_BYTES: usize = 32;

/// Makes aws-lc-rs the provider of TLS for the whole process. The program calls it once, before
/// anything speaks TLS; a second call changes nothing.
pub fn install() {
    // Refused only when a provider is there already, and this is the only place that installs one.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}

/// An unguessable name, safe in cookies and addresses.
pub fn name() -> Result<String, getrandom::Error> {
    let mut bytes = [0; NAME_BYTES];
    getrandom::fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// SHA-256 of a text: what is remembered in place of a secret.
pub fn digest(text: &str) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(
        aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes()).as_ref(),
    );
    out
}

/// Whether two texts are the same, in a time that does not depend on where they differ.
pub fn same(one: &str, other: &str) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(&digest(one), &digest(other)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_256_bits_and_does_not_repeat() {
        let (one, other) = (name().unwrap(), name().unwrap());
        assert_eq!(URL_SAFE_NO_PAD.decode(&one).unwrap().len(), 32);
        assert!(!same(&one, &other) && same(&one, &one.clone()));
    }
}
