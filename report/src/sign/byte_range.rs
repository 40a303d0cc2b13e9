//! Where the signature lies in the file: an incremental update whose `/Contents` is kept free,
//! hashed around, and then filled (ISO 32000-1, 12.8.1).

use super::{Seal, SignError, cms};
use crate::timestamp::Timestamp;
use interval_core::digest::{Digest, RunningDigest};
use lopdf::{
    Dictionary, Document, IncrementalDocument, Object, ObjectId, StringFormat, dictionary,
};
use std::ops::Range;

/// Room for the signature, in bytes. One with a P-256 certificate takes about 1,100; a chain of
/// three from a hospital's authority and a timestamp fit as well.
pub const SIGNATURE_BYTES_MAX: usize = 8 * 1024;

/// Stands for an offset until it is known: ten digits, so that a file of any size we make fits.
const OFFSET_PLACEHOLDER: i64 = 9_999_999_999;

/// The name of the signature field.
pub(super) const FIELD: &str = "IntervalSeal";

/// Annotation flags of an invisible field that cannot be moved: Print and Locked (ISO 32000-1,
/// table 165). PDF/A asks for Print.
const FLAGS: i64 = 4 + 128;

/// After the first signature only form filling and further signatures are allowed (ISO 32000-1,
/// table 254, P = 2).
pub(super) const CHANGES_ALLOWED: i64 = 2;

/// Seals a document: adds an invisible signature field in an incremental update and signs every
/// byte of the file besides the signature itself. Certifies it (`DocMDP`), so that a clinician's
/// approval may follow and nothing else.
pub fn sign(pdf: &[u8], seal: &Seal, signed_at: Timestamp) -> Result<Vec<u8>, SignError> {
    seal.check_valid_at(signed_at)?;
    let mut bytes = with_empty_signature(pdf, seal, signed_at)?;
    let contents = contents_range(&bytes).ok_or(SignError::Place)?;
    fill_byte_range(&mut bytes, &contents).ok_or(SignError::Place)?;
    let signature = cms::sign_digest(&digest_around(&bytes, &contents), seal)?;
    fill_contents(&mut bytes, &contents, &signature).ok_or(SignError::Place)?;
    Ok(bytes)
}

/// The digest over everything before and after a range.
pub(super) fn digest_around(bytes: &[u8], left_out: &Range<usize>) -> Digest {
    let mut digest = RunningDigest::new();
    digest.update(&bytes[..left_out.start]);
    digest.update(&bytes[left_out.end..]);
    digest.finish()
}

fn with_empty_signature(pdf: &[u8], seal: &Seal, at: Timestamp) -> Result<Vec<u8>, SignError> {
    let before = Document::load_mem(pdf).map_err(SignError::Document)?;
    let root = before.trailer.get(b"Root").and_then(Object::as_reference);
    let root = root.map_err(SignError::Document)?;
    let page = before.get_pages().get(&1).copied();
    let page = page.ok_or(SignError::Document(lopdf::Error::PageNumberNotFound(1)))?;
    if before.get_dictionary(root).is_ok_and(|catalog| catalog.has(b"AcroForm")) {
        return Err(SignError::AlreadySigned);
    }

    // Annotations that are there stay there.
    let mut annotations = annotations(&before, page);

    let mut update = IncrementalDocument::create_from(pdf.to_vec(), before);
    for id in [root, page] {
        update.opt_clone_object_to_new_document(id).map_err(SignError::Document)?;
    }
    let new = &mut update.new_document;
    let signature = new.add_object(signature_dictionary(&seal.common_name(), at));
    let field = new.add_object(field_dictionary(page, signature));
    let form = dictionary! { "SigFlags" => 3, "Fields" => vec![Object::Reference(field)] };
    let form = new.add_object(form);

    let catalog = dictionary_mut(new, root)?;
    catalog.set("AcroForm", form);
    catalog.set("Perms", dictionary! { "DocMDP" => signature });
    annotations.push(Object::Reference(field));
    dictionary_mut(new, page)?.set("Annots", annotations);

    let mut bytes = Vec::new();
    update.save_to(&mut bytes).map_err(|error| SignError::Document(error.into()))?;
    Ok(bytes)
}

fn annotations(document: &Document, page: ObjectId) -> Vec<Object> {
    let page = document.get_dictionary(page);
    let present = page.and_then(|page| page.get_deref(b"Annots", document)?.as_array().cloned());
    present.unwrap_or_default()
}

fn dictionary_mut(document: &mut Document, id: ObjectId) -> Result<&mut Dictionary, SignError> {
    document.get_object_mut(id).and_then(Object::as_dict_mut).map_err(SignError::Document)
}

fn signature_dictionary(name: &str, at: Timestamp) -> Dictionary {
    let permission = dictionary! {
        "Type" => "TransformParams",
        "P" => CHANGES_ALLOWED,
        "V" => "1.2",
    };
    let reference = dictionary! {
        "Type" => "SigRef",
        "TransformMethod" => "DocMDP",
        "TransformParams" => permission,
    };
    let unknown = Object::Integer(OFFSET_PLACEHOLDER);
    dictionary! {
        "Type" => "Sig",
        "Filter" => "Adobe.PPKLite",
        "SubFilter" => "ETSI.CAdES.detached",
        "ByteRange" => vec![0.into(), unknown.clone(), unknown.clone(), unknown],
        "Contents" => Object::String(vec![0; SIGNATURE_BYTES_MAX], StringFormat::Hexadecimal),
        "M" => Object::string_literal(at.pdf_date()),
        "Name" => lopdf::text_string(name),
        "Reason" => Object::string_literal("machine seal - not clinician approval"),
        "Reference" => vec![Object::Dictionary(reference)],
    }
}

fn field_dictionary(page: ObjectId, signature: ObjectId) -> Dictionary {
    dictionary! {
        "Type" => "Annot",
        "Subtype" => "Widget",
        "FT" => "Sig",
        "T" => Object::string_literal(FIELD),
        "Rect" => vec![0.into(), 0.into(), 0.into(), 0.into()],
        "F" => FLAGS,
        "P" => page,
        "V" => signature,
    }
}

/// The place of the hexadecimal string kept free, angle brackets included.
fn contents_range(bytes: &[u8]) -> Option<Range<usize>> {
    let zeros = [b'0'; 2 * SIGNATURE_BYTES_MAX];
    let start = last(bytes, &zeros)?.checked_sub(1)?;
    let range = start..start + zeros.len() + 2;
    let brackets = bytes.get(range.start) == Some(&b'<') && bytes.get(range.end - 1) == Some(&b'>');
    brackets.then_some(range)
}

/// Writes the true offsets over their placeholders; what is left of the room becomes spaces.
fn fill_byte_range(bytes: &mut [u8], contents: &Range<usize>) -> Option<()> {
    let placeholders = format!("{OFFSET_PLACEHOLDER} {OFFSET_PLACEHOLDER} {OFFSET_PLACEHOLDER}");
    let start = last(bytes, placeholders.as_bytes())?;
    let after = bytes.len() - contents.end;
    let offsets = format!("{} {} {after}", contents.start, contents.end);
    let room = bytes.get_mut(start..start + placeholders.len())?;
    room.fill(b' ');
    room.get_mut(..offsets.len())?.copy_from_slice(offsets.as_bytes());
    Some(())
}

fn fill_contents(bytes: &mut [u8], contents: &Range<usize>, signature: &[u8]) -> Option<()> {
    if signature.len() > SIGNATURE_BYTES_MAX {
        return None;
    }
    let room = bytes.get_mut(contents.start + 1..contents.end - 1)?;
    for (digits, byte) in room.chunks_exact_mut(2).zip(signature) {
        digits.copy_from_slice(format!("{byte:02x}").as_bytes());
    }
    Some(())
}

/// Where a text stands last. The update lies at the end of the file, so this is ours.
fn last(bytes: &[u8], text: &[u8]) -> Option<usize> {
    bytes.windows(text.len()).rposition(|window| window == text)
}
