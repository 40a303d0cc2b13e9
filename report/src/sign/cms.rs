//! The signature itself: CMS `SignedData`, detached (RFC 5652), with the attributes that a PAdES
//! baseline signature must have and no others (ETSI EN 319 142-1, table 1): content type, message
//! digest and ESS signing certificate v2. The time of signing stands in the PDF.

use super::{Seal, SignError};
use ::cms::builder::{SignedDataBuilder, SignerInfoBuilder};
use ::cms::cert::{CertificateChoices, IssuerAndSerialNumber};
use ::cms::signed_data::{EncapsulatedContentInfo, SignerIdentifier};
use der::asn1::{ObjectIdentifier, OctetString, SetOfVec};
use der::oid::db::rfc5911::ID_DATA;
use der::oid::db::rfc5912::ID_SHA_256;
use der::{Any, Decode, Encode};
use interval_core::digest::Digest;
use p256::ecdsa::{DerSignature, SigningKey};
use spki::AlgorithmIdentifierOwned;
use x509_cert::Certificate;
use x509_cert::attr::Attribute;

/// id-aa-signingCertificateV2 (RFC 5035).
pub(super) const SIGNING_CERTIFICATE_V2: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");

/// `ESSCertIDv2` (RFC 5035) with its default hash algorithm, SHA-256, and no issuer.
#[derive(der::Sequence)]
pub(super) struct EssCertificate {
    /// Digest over the certificate's DER form.
    pub hash: OctetString,
}

/// `SigningCertificateV2` (RFC 5035): binds the signature to one certificate, so that another one
/// for the same key cannot be put in its place.
#[derive(der::Sequence)]
pub(super) struct SigningCertificate {
    /// The signer's certificate first.
    pub certificates: Vec<EssCertificate>,
}

/// Signs a digest. ECDSA with the nonce of RFC 6979: the same digest gives the same bytes.
pub(super) fn sign_digest(digest: &Digest, seal: &Seal) -> Result<Vec<u8>, SignError> {
    let sha256 = AlgorithmIdentifierOwned { oid: ID_SHA_256, parameters: None };
    let content = EncapsulatedContentInfo { econtent_type: ID_DATA, econtent: None };
    let attribute = signing_certificate(&seal.certificate).map_err(SignError::Certificate)?;
    let build = |error: ::cms::builder::Error| SignError::Build(error.to_string());

    let mut signer = SignerInfoBuilder::new(
        &seal.key,
        identifier(&seal.certificate),
        sha256.clone(),
        &content,
        Some(&digest.0),
    )
    .map_err(build)?;
    signer.add_signed_attribute(attribute).map_err(build)?;

    let mut signed = SignedDataBuilder::new(&content);
    signed
        .add_digest_algorithm(sha256)
        .map_err(build)?
        .add_certificate(CertificateChoices::Certificate(seal.certificate.clone()))
        .map_err(build)?
        .add_signer_info::<SigningKey, DerSignature>(signer)
        .map_err(build)?;
    signed.build().map_err(build)?.to_der().map_err(SignError::Certificate)
}

/// How a signer names its certificate.
pub(super) fn identifier(certificate: &Certificate) -> SignerIdentifier {
    SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
        issuer: certificate.tbs_certificate.issuer.clone(),
        serial_number: certificate.tbs_certificate.serial_number.clone(),
    })
}

fn signing_certificate(certificate: &Certificate) -> der::Result<Attribute> {
    let hash = OctetString::new(Digest::of(&certificate.to_der()?).0)?;
    let value = SigningCertificate { certificates: vec![EssCertificate { hash }] };
    let mut values = SetOfVec::new();
    values.insert(Any::from_der(&value.to_der()?)?)?;
    Ok(Attribute { oid: SIGNING_CERTIFICATE_V2, values })
}
