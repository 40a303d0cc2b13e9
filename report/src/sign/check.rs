//! Checks a sealed document: quick, offline, by the certificate in the document itself.
//!
//! It answers "is this, byte for byte, what that seal was put on?". Whether the certificate is one
//! to trust is the reader's decision: its digest is in the answer, to be compared with the
//! installation's.

use super::byte_range::{FIELD, digest_around};
use super::certificate;
use super::cms::{SIGNING_CERTIFICATE_V2, SigningCertificate, identifier};
use crate::timestamp::Timestamp;
use ::cms::cert::CertificateChoices;
use ::cms::content_info::ContentInfo;
use ::cms::signed_data::{SignedAttributes, SignedData, SignerInfo};
use der::asn1::{ObjectIdentifier, OctetString};
use der::oid::db::rfc5911::{ID_CONTENT_TYPE, ID_DATA, ID_MESSAGE_DIGEST, ID_SIGNED_DATA};
use der::oid::db::rfc5912::{ECDSA_WITH_SHA_256, ID_SHA_256};
use der::{Any, Decode, Encode, SliceReader};
use interval_core::digest::Digest;
use interval_core::fault::Fault;
use lopdf::{Dictionary, Document, Object};
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{DerSignature, VerifyingKey};
use spki::DecodePublicKey;
use std::ops::Range;
use x509_cert::Certificate;

/// Largest document that is looked at. Ours are under 2 MiB; a reader that takes files from
/// strangers needs an end.
pub const DOCUMENT_BYTES_MAX: usize = 64 * 1024 * 1024;

/// What a valid seal says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealCheck {
    /// Who sealed: common name of the certificate.
    pub sealed_by: String,
    /// When, as the sealing machine's clock had it.
    pub signed_at: Timestamp,
    /// Digest over the certificate's DER form, to be compared with the installation's.
    pub certificate: Digest,
    /// When the certificate is valid: from and until.
    pub certificate_valid: [Timestamp; 2],
    /// Digest over the whole file besides the signature.
    pub content: Digest,
}

/// Why a document is not, or no longer, validly sealed.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The file is too large to be one of ours.
    #[error("the file has {0} bytes; no report is that large")]
    TooLarge(usize),
    /// The file is not a PDF.
    #[error("the file is not a readable PDF")]
    NotAPdf(#[source] lopdf::Error),
    /// There is no seal in it.
    #[error("the document has no seal")]
    NotSealed,
    /// The seal does not cover the file from its first byte to its last.
    #[error("the seal does not cover the whole document: something was added or taken away")]
    NotCovered,
    /// The signature is not of the form that we make.
    #[error("the signature cannot be read: {0}")]
    Form(&'static str),
    /// The signature is not readable at all.
    #[error("the signature cannot be read")]
    Unreadable(#[source] der::Error),
    /// The content is not what was sealed.
    #[error("the document was altered after it was sealed")]
    Altered,
    /// The signature was not made with the key of the certificate.
    #[error("the signature is not by the certificate in the document")]
    Forged,
    /// It was sealed when the certificate was not valid.
    #[error("the seal was made outside the validity of its certificate")]
    OutOfDate,
}

impl VerifyError {
    /// What the failure asks of the caller: each of them is about the document.
    pub fn fault(&self) -> Fault {
        Fault::Refused
    }
}

/// Checks the seal of a document. An answer means that every check passed: the seal covers the
/// whole file, the digest is the one that was signed, the signature is by the certificate in it,
/// and the certificate was valid at the time.
pub fn verify(pdf: &[u8]) -> Result<SealCheck, VerifyError> {
    if pdf.len() > DOCUMENT_BYTES_MAX {
        return Err(VerifyError::TooLarge(pdf.len()));
    }
    let document = Document::load_mem(pdf).map_err(VerifyError::NotAPdf)?;
    let seal = seal_dictionary(&document).ok_or(VerifyError::NotSealed)?;
    let contents = covered(pdf, seal).ok_or(VerifyError::NotCovered)?;
    let signature = hexadecimal(&pdf[contents.start + 1..contents.end - 1]);
    let signed = signed_data(&signature.ok_or(VerifyError::Form("it is not hexadecimal"))?)?;
    let content = digest_around(pdf, &contents);
    let certificate = check_signer(&signed, content)?;

    let signed_at = seal.get(b"M").and_then(Object::as_str).ok();
    let signed_at = signed_at.and_then(|text| std::str::from_utf8(text).ok());
    let signed_at = signed_at.and_then(Timestamp::from_pdf_date);
    let signed_at = signed_at.ok_or(VerifyError::Form("it has no time"))?;
    let [from, until] = certificate::validity(&certificate);
    if !(from..=until).contains(&signed_at) {
        return Err(VerifyError::OutOfDate);
    }
    Ok(SealCheck {
        sealed_by: certificate::common_name(&certificate),
        signed_at,
        certificate: Digest::of(&certificate.to_der().map_err(VerifyError::Unreadable)?),
        certificate_valid: [from, until],
        content,
    })
}

/// The signature dictionary of our field.
fn seal_dictionary(document: &Document) -> Option<&Dictionary> {
    let form = document.catalog().ok()?.get_deref(b"AcroForm", document).ok()?.as_dict().ok()?;
    let fields = form.get_deref(b"Fields", document).ok()?.as_array().ok()?;
    let field = fields.iter().find_map(|field| {
        let field = document.dereference(field).ok()?.1.as_dict().ok()?;
        (field.get(b"T").ok()?.as_str().ok()? == FIELD.as_bytes()).then_some(field)
    })?;
    field.get_deref(b"V", document).ok()?.as_dict().ok()
}

/// The range of the signature, when the byte range covers all the rest of the file.
fn covered(pdf: &[u8], seal: &Dictionary) -> Option<Range<usize>> {
    let range = seal.get(b"ByteRange").ok()?.as_array().ok()?;
    let offsets: Option<Vec<usize>> =
        range.iter().map(|offset| usize::try_from(offset.as_i64().ok()?).ok()).collect();
    let &[0, start, end, after] = offsets?.as_slice() else { return None };
    let whole = end.checked_add(after)? == pdf.len() && start.checked_add(2)? <= end;
    let brackets = pdf.get(start) == Some(&b'<') && pdf.get(end.checked_sub(1)?) == Some(&b'>');
    (whole && brackets).then_some(start..end)
}

fn hexadecimal(digits: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let pairs = digits.chunks_exact(2);
    pairs.map(|pair| Some((digit(pair[0])? * 16 + digit(pair[1])?) as u8)).collect()
}

/// Reads the signature; what follows it must be the zeros of the room that it did not need.
fn signed_data(bytes: &[u8]) -> Result<SignedData, VerifyError> {
    let mut reader = SliceReader::new(bytes).map_err(VerifyError::Unreadable)?;
    let info = ContentInfo::decode(&mut reader).map_err(VerifyError::Unreadable)?;
    let length = info.to_der().map_err(VerifyError::Unreadable)?.len();
    let rest = bytes.get(length..).unwrap_or_default();
    if info.content_type != ID_SIGNED_DATA || rest.iter().any(|byte| *byte != 0) {
        return Err(VerifyError::Form("it is not a CMS signature followed by zeros"));
    }
    info.content.decode_as().map_err(VerifyError::Unreadable)
}

/// Checks the one signer against the digest of the content; gives its certificate.
fn check_signer(signed: &SignedData, content: Digest) -> Result<Certificate, VerifyError> {
    let [signer] = signed.signer_infos.0.as_slice() else {
        return Err(VerifyError::Form("it has not exactly one signer"));
    };
    let certificate = certificate_of(signed, signer)
        .ok_or(VerifyError::Form("the certificate of the signer is not in it"))?;
    let attributes = signer.signed_attrs.as_ref();
    let attributes = attributes.ok_or(VerifyError::Form("it has no signed attributes"))?;
    let algorithms = (signer.digest_alg.oid, signer.signature_algorithm.oid);
    if algorithms != (ID_SHA_256, ECDSA_WITH_SHA_256) {
        return Err(VerifyError::Form("it is not by ECDSA with SHA-256"));
    }
    check_attributes(attributes, content, &certificate)?;
    check_key(signer, attributes, &certificate)?;
    Ok(certificate)
}

fn certificate_of(signed: &SignedData, signer: &SignerInfo) -> Option<Certificate> {
    signed.certificates.as_ref()?.0.iter().find_map(|choice| match choice {
        CertificateChoices::Certificate(certificate) => {
            (identifier(certificate) == signer.sid).then(|| certificate.clone())
        }
        CertificateChoices::Other(_) => None,
    })
}

fn check_attributes(
    attributes: &SignedAttributes,
    content: Digest,
    certificate: &Certificate,
) -> Result<(), VerifyError> {
    let kind: ObjectIdentifier = attribute(attributes, ID_CONTENT_TYPE)?;
    if kind != ID_DATA {
        return Err(VerifyError::Form("it is over another kind of content"));
    }
    let digest: OctetString = attribute(attributes, ID_MESSAGE_DIGEST)?;
    if digest.as_bytes() != content.0 {
        return Err(VerifyError::Altered);
    }
    let bound: SigningCertificate = attribute(attributes, SIGNING_CERTIFICATE_V2)?;
    let expected = Digest::of(&certificate.to_der().map_err(VerifyError::Unreadable)?);
    match bound.certificates.first() {
        Some(first) if first.hash.as_bytes() == expected.0 => Ok(()),
        _ => Err(VerifyError::Forged),
    }
}

/// The only value of the only attribute of a kind.
fn attribute<T>(attributes: &SignedAttributes, oid: ObjectIdentifier) -> Result<T, VerifyError>
where
    T: for<'a> Decode<'a>,
{
    let mut found = attributes.iter().filter(|attribute| attribute.oid == oid);
    let (Some(attribute), None) = (found.next(), found.next()) else {
        return Err(VerifyError::Form("an attribute is missing or doubled"));
    };
    let [value] = attribute.values.as_slice() else {
        return Err(VerifyError::Form("an attribute has not exactly one value"));
    };
    read(value)
}

fn read<T: for<'a> Decode<'a>>(value: &Any) -> Result<T, VerifyError> {
    let bytes = value.to_der().map_err(VerifyError::Unreadable)?;
    T::from_der(&bytes).map_err(VerifyError::Unreadable)
}

fn check_key(
    signer: &SignerInfo,
    attributes: &SignedAttributes,
    certificate: &Certificate,
) -> Result<(), VerifyError> {
    let key = &certificate.tbs_certificate.subject_public_key_info;
    let key = key.to_der().map_err(VerifyError::Unreadable)?;
    let key = VerifyingKey::from_public_key_der(&key)
        .map_err(|_| VerifyError::Form("its key is not a P-256 key"))?;
    let signature = DerSignature::from_bytes(signer.signature.as_bytes())
        .map_err(|_| VerifyError::Form("it is not an ECDSA signature"))?;
    // What is signed is the attributes as a SET (RFC 5652, 5.4).
    let message = attributes.to_der().map_err(VerifyError::Unreadable)?;
    key.verify(&message, &signature).map_err(|_| VerifyError::Forged)
}
