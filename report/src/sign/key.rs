//! The key of the seal: P-256, made once at first start, kept as PKCS#8 PEM beside its certificate.

use super::{SignError, certificate};
use crate::timestamp::Timestamp;
use p256::ecdsa::SigningKey;
use p256::elliptic_curve::rand_core::CryptoRngCore;
use p256::elliptic_curve::zeroize::Zeroizing;
use pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey, LineEnding};
use std::fmt;
use x509_cert::Certificate;

/// A key and the certificate that names its owner. The key is wiped from memory when the seal is
/// dropped.
pub struct Seal {
    pub(super) key: SigningKey,
    pub(super) certificate: Certificate,
}

/// A seal as it is kept on disk.
pub struct SealPem {
    /// The private key, PKCS#8 PEM without a password; wiped from memory when dropped. To be
    /// written so that only the service may read it.
    pub key: Zeroizing<String>,
    /// The certificate, PEM.
    pub certificate: String,
}

impl Seal {
    /// Makes a new key and a self-signed certificate for it, valid from `now` for
    /// [`certificate::VALID_FOR_YEARS`].
    pub fn generate(
        common_name: &str,
        now: Timestamp,
        randomness: &mut impl CryptoRngCore,
    ) -> Result<Self, SignError> {
        let key = SigningKey::random(randomness);
        let mut serial = [0; certificate::SERIAL_BYTES];
        randomness.fill_bytes(&mut serial);
        let certificate = certificate::self_signed(common_name, now, serial, &key)?;
        Ok(Self { key, certificate })
    }

    /// Reads a key and its certificate, and checks that they belong together.
    pub fn from_pem(key: &str, certificate: &str) -> Result<Self, SignError> {
        let key = SigningKey::from_pkcs8_pem(key).map_err(SignError::Key)?;
        let certificate = certificate::from_pem(certificate)?;
        let spki = key
            .verifying_key()
            .to_public_key_der()
            .map_err(|error| SignError::Build(error.to_string()))?;
        if certificate::public_key(&certificate)? == spki.as_bytes() {
            Ok(Self { key, certificate })
        } else {
            Err(SignError::KeyMismatch)
        }
    }

    /// The texts to keep.
    pub fn to_pem(&self) -> Result<SealPem, SignError> {
        let key = self.key.to_pkcs8_pem(LineEnding::LF).map_err(SignError::Key)?;
        Ok(SealPem { key, certificate: certificate::to_pem(&self.certificate)? })
    }

    /// Who seals: the common name of the certificate.
    pub fn common_name(&self) -> String {
        certificate::common_name(&self.certificate)
    }

    /// When the certificate is valid: from and until.
    pub fn validity(&self) -> [Timestamp; 2] {
        certificate::validity(&self.certificate)
    }

    /// Refuses a moment outside the validity of the certificate.
    pub(super) fn check_valid_at(&self, at: Timestamp) -> Result<(), SignError> {
        let [from, until] = self.validity();
        if (from..=until).contains(&at) {
            Ok(())
        } else {
            Err(SignError::OutOfDate { from, until, at })
        }
    }
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The key is left out on purpose.
        write!(f, "Seal({})", self.common_name())
    }
}
impl fmt::Debug for SealPem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealPem")
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use p256::elliptic_curve::rand_core::{CryptoRng, RngCore, impls};

    /// 2026-01-01 00:00:00 UTC.
    pub const NOW: Timestamp = Timestamp(1_767_225_600);

    /// A counter: the same numbers each time, for tests only.
    pub struct Counting(pub u64);
    impl RngCore for Counting {
        fn next_u32(&mut self) -> u32 {
            self.next_u64() as u32
        }
        fn next_u64(&mut self) -> u64 {
            // Weyl sequence with the golden ratio, so that bytes differ from each other.
            self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
            self.0
        }
        fn fill_bytes(&mut self, bytes: &mut [u8]) {
            impls::fill_bytes_via_next(self, bytes);
        }
        fn try_fill_bytes(
            &mut self,
            bytes: &mut [u8],
        ) -> Result<(), p256::elliptic_curve::rand_core::Error> {
            self.fill_bytes(bytes);
            Ok(())
        }
    }
    impl CryptoRng for Counting {}

    pub fn seal() -> Seal {
        Seal::generate("Interval test node", NOW, &mut Counting(1)).unwrap()
    }

    #[test]
    fn a_seal_reads_back_from_what_is_kept() {
        let pem = seal().to_pem().unwrap();
        let read = Seal::from_pem(&pem.key, &pem.certificate).unwrap();
        assert_eq!(read.common_name(), "Interval test node");
        assert_eq!(read.to_pem().unwrap().certificate, pem.certificate);
    }
    #[test]
    fn a_key_with_the_certificate_of_another_is_refused() {
        let other = Seal::generate("other", NOW, &mut Counting(7)).unwrap().to_pem().unwrap();
        let pem = seal().to_pem().unwrap();
        let refused = Seal::from_pem(&pem.key, &other.certificate);
        assert!(matches!(refused, Err(SignError::KeyMismatch)));
    }
    #[test]
    fn texts_that_are_no_keys_are_refused() {
        let pem = seal().to_pem().unwrap();
        assert!(matches!(Seal::from_pem("", &pem.certificate), Err(SignError::Key(_))));
        assert!(matches!(Seal::from_pem(&pem.key, "x"), Err(SignError::Certificate(_))));
    }
    #[test]
    fn a_seal_does_not_show_its_key() {
        assert_eq!(format!("{:?}", seal()), "Seal(Interval test node)");
        assert_eq!(format!("{:?}", seal().to_pem().unwrap()), "SealPem");
    }
    #[test]
    fn a_certificate_is_valid_for_five_years() {
        let [from, until] = seal().validity();
        assert_eq!((from, until.date().ymd()), (NOW, (2030, 12, 31)));
        assert!(seal().check_valid_at(NOW).is_ok());
        assert!(seal().check_valid_at(Timestamp(NOW.0 - 1)).is_err());
        assert!(seal().check_valid_at(Timestamp(until.0 + 1)).is_err());
    }
    #[test]
    fn a_name_must_fit_a_certificate() {
        for name in ["", &"x".repeat(65)] {
            let refused = Seal::generate(name, NOW, &mut Counting(1));
            assert!(matches!(refused, Err(SignError::CommonName(_))));
        }
    }
}
