//! The certificate of the seal (X.509 v3, RFC 5280), self-signed.
//!
//! A hospital with its own authority replaces it: [`super::Seal::from_pem`] takes any certificate
//! for the key.

use super::SignError;
use crate::timestamp::Timestamp;
use der::asn1::{GeneralizedTime, SetOfVec, Utf8StringRef};
use der::oid::db::rfc4519::CN;
use der::{Any, Decode, DecodePem, Encode, EncodePem};
use p256::ecdsa::{DerSignature, SigningKey};
use spki::SubjectPublicKeyInfoOwned;
use std::time::Duration;
use x509_cert::Certificate;
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::builder::{Builder, CertificateBuilder, Profile};
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};
use x509_cert::serial_number::SerialNumber;
use x509_cert::time::{Time, Validity};

/// How long a self-signed certificate is valid. Long enough to outlive an installation's first
/// contract, short enough that its key is renewed.
pub const VALID_FOR_YEARS: i64 = 5;

/// Seconds of a year of 365 days.
const YEAR_S: i64 = 365 * 86_400;

/// Random bytes of a serial number: RFC 5280 allows 20 and asks for uniqueness, 16 are as many as
/// a UUID has.
pub(super) const SERIAL_BYTES: usize = 16;

/// Longest common name, in characters (RFC 5280 appendix A.1, ub-common-name).
const COMMON_NAME_CHARS_MAX: usize = 64;

/// Makes a certificate for the key, signed with the key, for signing documents only
/// (digitalSignature and nonRepudiation).
pub(super) fn self_signed(
    common_name: &str,
    now: Timestamp,
    mut serial: [u8; SERIAL_BYTES],
    key: &SigningKey,
) -> Result<Certificate, SignError> {
    let chars = common_name.chars().count();
    if !(1..=COMMON_NAME_CHARS_MAX).contains(&chars) {
        return Err(SignError::CommonName(chars));
    }
    // A serial number is positive and has no leading zero octet.
    serial[0] = serial[0] & 0x7F | 0x40;
    let build = |error: x509_cert::builder::Error| SignError::Build(error.to_string());
    let subject = named(common_name).map_err(SignError::Certificate)?;
    let until = Timestamp(now.0 + VALID_FOR_YEARS * YEAR_S);
    let validity = Validity { not_before: time(now)?, not_after: time(until)? };
    let public = SubjectPublicKeyInfoOwned::from_key(*key.verifying_key())
        .map_err(|error| SignError::Build(error.to_string()))?;
    let profile = Profile::Leaf {
        issuer: subject.clone(),
        enable_key_agreement: false,
        enable_key_encipherment: false,
    };
    let serial = SerialNumber::new(&serial).map_err(SignError::Certificate)?;
    let request = (serial, validity, subject);
    CertificateBuilder::new(profile, request.0, request.1, request.2, public, key)
        .map_err(build)?
        .build::<DerSignature>()
        .map_err(build)
}

fn named(common_name: &str) -> der::Result<Name> {
    let mut attributes = SetOfVec::new();
    let value = Any::encode_from(&Utf8StringRef::new(common_name)?)?;
    attributes.insert(AttributeTypeAndValue { oid: CN, value })?;
    Ok(RdnSequence(vec![RelativeDistinguishedName(attributes)]))
}

fn time(at: Timestamp) -> Result<Time, SignError> {
    let seconds = u64::try_from(at.0).unwrap_or_default();
    GeneralizedTime::from_unix_duration(Duration::from_secs(seconds))
        .map(Time::GeneralTime)
        .map_err(SignError::Certificate)
}

/// Reads one certificate.
pub(super) fn from_pem(text: &str) -> Result<Certificate, SignError> {
    Certificate::from_pem(text).map_err(SignError::Certificate)
}

/// Writes a certificate.
pub(super) fn to_pem(certificate: &Certificate) -> Result<String, SignError> {
    certificate.to_pem(der::pem::LineEnding::LF).map_err(SignError::Certificate)
}

/// The public key it is for, as DER.
pub(super) fn public_key(certificate: &Certificate) -> Result<Vec<u8>, SignError> {
    let key = &certificate.tbs_certificate.subject_public_key_info;
    key.to_der().map_err(SignError::Certificate)
}

/// The common name of its subject, or the whole subject when it has none.
pub(super) fn common_name(certificate: &Certificate) -> String {
    let subject = &certificate.tbs_certificate.subject;
    let attributes = subject.0.iter().flat_map(|part| part.0.iter());
    let name = attributes.filter(|attribute| attribute.oid == CN).find_map(|attribute| {
        let text = Utf8StringRef::from_der(&attribute.value.to_der().ok()?).ok()?.to_string();
        Some(text)
    });
    name.unwrap_or_else(|| subject.to_string())
}

/// When it is valid: from and until.
pub(super) fn validity(certificate: &Certificate) -> [Timestamp; 2] {
    let Validity { not_before, not_after } = certificate.tbs_certificate.validity;
    [not_before, not_after]
        .map(|time| Timestamp(i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::super::key::tests::seal;
    use super::*;
    use x509_cert::ext::pkix::{BasicConstraints, KeyUsage, KeyUsages};

    #[test]
    fn the_certificate_is_for_signatures_and_issues_no_others() {
        let certificate = seal().certificate;
        let (_, usage) = certificate.tbs_certificate.get::<KeyUsage>().unwrap().unwrap();
        assert_eq!(usage.0, KeyUsages::DigitalSignature | KeyUsages::NonRepudiation);
        let (_, constraints) =
            certificate.tbs_certificate.get::<BasicConstraints>().unwrap().unwrap();
        assert!(!constraints.ca);
    }
    #[test]
    fn a_name_in_any_script_is_kept() {
        let name = named("מרווח, node 1").unwrap();
        let mut certificate = seal().certificate;
        certificate.tbs_certificate.subject = name;
        assert_eq!(common_name(&certificate), "מרווח, node 1");
    }
}
