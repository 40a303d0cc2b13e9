//! The report as it is read: an Encapsulated PDF (PS3.3 A.45.1), and the PDF out of one again.

use crate::codes;
use crate::element::{DataSet, EncodeError};
use crate::encoded::{Encoded, Extent};
use crate::guard::GuardError;
use crate::home::{Home, Kind, Uids};
use crate::sr::content::Reference;
use dicom_dictionary_std::tags;
use interval_core::fault::Fault;

/// Encapsulated PDF Storage (PS3.4 table B.5-1).
pub const ENCAPSULATED_PDF: &str = "1.2.840.10008.5.1.4.1.1.104.1";

/// Media type of a PDF (RFC 8118).
const MEDIA_TYPE: &str = "application/pdf";

/// How every PDF begins (ISO 32000-2 section 7.5.2).
const MAGIC: &[u8] = b"%PDF-";

/// Largest PDF we file. Ours have two pages and a few hundred KiB; viewers hold the whole value in
/// memory.
pub const PDF_BYTES_MAX: usize = 32 << 20;

/// Why a PDF cannot be filed or taken out.
#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    /// Not a PDF.
    #[error("the document is not a PDF")]
    NotPdf,
    /// Larger than we file.
    #[error("the PDF has {0} bytes, at most {PDF_BYTES_MAX} are filed")]
    TooLarge(usize),
    /// Not a data set that may be parsed.
    #[error("the object was refused")]
    Guarded(#[from] GuardError),
    /// Something else than an Encapsulated PDF.
    #[error("the object holds no PDF: {0}")]
    OtherObject(String),
    /// The object cannot be turned into bytes.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

impl PdfError {
    /// What to do about it.
    pub fn fault(&self) -> Fault {
        match self {
            PdfError::Guarded(error) => error.fault(),
            PdfError::OtherObject(_) => Fault::Refused,
            PdfError::TooLarge(_) => Fault::Exhausted,
            PdfError::NotPdf | PdfError::Encode(_) => Fault::Defect,
        }
    }
}

/// What is filed.
#[derive(Debug, Clone, Copy)]
pub struct Document<'a> {
    /// Document Title (0042,0010).
    pub title: &'a str,
    /// The PDF, whose bytes stay as they are: they may be signed.
    pub pdf: &'a [u8],
    /// The objects it was made from: the structured report and the segmentation.
    pub sources: &'a [Reference],
}

/// Writes the document as a Part 10 file in Explicit VR Little Endian.
pub fn write(home: &Home, document: &Document<'_>, uids: &Uids) -> Result<Vec<u8>, PdfError> {
    let pdf = document.pdf;
    if !pdf.starts_with(MAGIC) {
        return Err(PdfError::NotPdf);
    }
    if pdf.len() > PDF_BYTES_MAX {
        return Err(PdfError::TooLarge(pdf.len()));
    }
    let mut set = home.begin(Kind::Document, ENCAPSULATED_PDF, uids);
    let examined = format!("{}{}", home.exam.date, home.exam.time);
    set.text(tags::CONVERSION_TYPE, "WSD")
        .text(tags::ACQUISITION_DATE_TIME, examined)
        .text(tags::BURNED_IN_ANNOTATION, "YES")
        .text(tags::RECOGNIZABLE_VISUAL_FEATURES, "NO")
        .code(tags::CONCEPT_NAME_CODE_SEQUENCE, &codes::IMAGING_STUDY)
        .text(tags::DOCUMENT_TITLE, document.title)
        .text(tags::VERIFICATION_FLAG, home.edition.approval.verification_flag())
        .text(tags::MIME_TYPE_OF_ENCAPSULATED_DOCUMENT, MEDIA_TYPE)
        .longs(tags::ENCAPSULATED_DOCUMENT_LENGTH, &[pdf.len() as u32])
        .bytes(tags::ENCAPSULATED_DOCUMENT, pdf.to_vec());
    home.edition.predecessors_into(&mut set, ENCAPSULATED_PDF);
    if !document.sources.is_empty() {
        let sources: Vec<DataSet> = document.sources.iter().map(Reference::item).collect();
        set.items(tags::SOURCE_INSTANCE_SEQUENCE, sources);
    }
    Ok(set.into_part10()?)
}

/// The PDF in a Part 10 file, byte for byte as it was filed.
pub fn extract(bytes: &[u8]) -> Result<Vec<u8>, PdfError> {
    let encoded = Encoded::open(bytes, Extent::Whole)?;
    let header = encoded.header();
    let text = |tag| header.root().text(tag).map(|text| text.trim_matches([' ', '\0']).to_owned());
    let class = text(tags::SOP_CLASS_UID).unwrap_or_default();
    if class != ENCAPSULATED_PDF {
        return Err(PdfError::OtherObject(format!("its class is '{class}'")));
    }
    let Some((_, document)) = header.root().value(tags::ENCAPSULATED_DOCUMENT) else {
        return Err(PdfError::OtherObject("it has no document".to_owned()));
    };
    let stated = text(tags::ENCAPSULATED_DOCUMENT_LENGTH);
    let length = match stated.and_then(|length| length.parse::<u32>().ok()) {
        Some(length) => length as usize,
        // Older writers state no length; what follows the last end-of-file mark is padding.
        None => document.len() - usize::from(document.ends_with(&[0])),
    };
    // Only one byte of padding is ever needed (PS3.5 section 7.1.1).
    let fits = length <= document.len() && document.len() - length <= 1;
    if !fits || !document.starts_with(MAGIC) {
        let what = format!("{} bytes that say to be {length}", document.len());
        return Err(PdfError::OtherObject(what));
    }
    Ok(document[..length].to_vec())
}
