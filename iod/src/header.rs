//! A stored object's header -> what the rules may ask of it.

mod acquisition;
pub(crate) mod attributes;
mod listing;

use crate::encoded::tree::Node;
use crate::encoded::{Encoded, Extent};
use crate::guard::{Guard, GuardError, UnknownSequence};
use attributes::{Attributes, Source};
use dicom_core::Tag;
use dicom_dictionary_std::tags;
use dicom_object::file::ReadPreamble;
use dicom_object::{DefaultDicomObject, OpenFileOptions};
use interval_core::digest::Digest;
use interval_core::fault::Fault;
use interval_core::patient::Patient;
use interval_core::query::Found;
use interval_core::study::{Exam, Instance, Plane};
use interval_core::uid::{SyntaxUid, Uid, UidError};
use std::borrow::Cow;

/// Why a header cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum HeaderError {
    /// The scan refused it before any parse.
    #[error("the object was refused")]
    Guard(#[from] GuardError),
    /// The parser does not accept it.
    #[error("the object cannot be read")]
    Unreadable(#[source] Box<dicom_object::ReadError>),
    /// A UID without which an object has no place is absent or invalid.
    #[error("the object has no valid {attribute}")]
    Unnamed {
        /// Which UID.
        attribute: &'static str,
        /// What is wrong with it.
        source: UidError,
    },
}

impl HeaderError {
    /// Always the sender's: the same bytes will never pass.
    pub fn fault(&self) -> Fault {
        Fault::Refused
    }
}

/// Parses all of a Part 10 file behind the guard.
pub(crate) fn open(part10: &[u8]) -> Result<DefaultDicomObject, HeaderError> {
    let mut guard = Guard::part10();
    guard.take(part10)?;
    let readable = readable(part10, guard.unknown());
    guard.finish()?;
    let options = OpenFileOptions::new().read_preamble(ReadPreamble::Always);
    options.from_reader(&*readable).map_err(|source| HeaderError::Unreadable(Box::new(source)))
}

/// The file with a length for each sequence of VR UN that has none, so that the parser passes over
/// it as bytes: it would read its implicit content as explicit, and believe lengths that are none.
fn readable<'a>(part10: &'a [u8], unknown: &[UnknownSequence]) -> Cow<'a, [u8]> {
    let mut bytes = Cow::Borrowed(part10);
    for sequence in unknown {
        let (value, end) = (sequence.value, sequence.end.unwrap_or(part10.len() as u64));
        let field = value as usize - 4..value as usize;
        if let Some(field) = bytes.to_mut().get_mut(field) {
            field.copy_from_slice(&((end - value) as u32).to_le_bytes());
        }
    }
    bytes
}

/// What a Part 10 file says of itself; `digest` is that of the whole file. The bytes may end
/// anywhere in the pixels. UIDs are required; every other value that is absent, empty or invalid
/// is left empty.
pub fn read(part10: &[u8], digest: Digest) -> Result<Instance, HeaderError> {
    let encoded = Encoded::open(part10, Extent::Header)?;
    instance(encoded.header().root(), encoded.syntax.clone(), digest)
}

/// As [`read`], with everything that can be asked for in a query and comes from the objects. What
/// the object does not have is not in it; what is empty there has no values.
pub fn read_listed(part10: &[u8], digest: Digest) -> Result<(Instance, Found), HeaderError> {
    let encoded = Encoded::open(part10, Extent::Header)?;
    let header = encoded.header();
    let instance = instance(header.root(), encoded.syntax.clone(), digest)?;
    Ok((instance, listing::read(header.root())))
}

fn instance(root: Node, syntax: SyntaxUid, digest: Digest) -> Result<Instance, HeaderError> {
    let attributes = Attributes::of(root);
    Ok(Instance {
        uid: uid(&attributes, tags::SOP_INSTANCE_UID, "SOP Instance UID")?,
        class: uid(&attributes, tags::SOP_CLASS_UID, "SOP Class UID")?,
        syntax,
        study: uid(&attributes, tags::STUDY_INSTANCE_UID, "Study Instance UID")?,
        series: uid(&attributes, tags::SERIES_INSTANCE_UID, "Series Instance UID")?,
        patient: patient(&attributes),
        exam: exam(&attributes),
        acquisition: acquisition::read(&attributes),
        plane: plane(&attributes),
        instance_number: attributes.whole(&[tags::INSTANCE_NUMBER]),
        frames: attributes.whole(&[tags::NUMBER_OF_FRAMES]).unwrap_or(1),
        digest,
    })
}

fn uid<Kind>(
    attributes: &Attributes<impl Source>,
    tag: Tag,
    attribute: &'static str,
) -> Result<Uid<Kind>, HeaderError> {
    let text = attributes.text(&[tag]).unwrap_or_default();
    text.parse().map_err(|source| HeaderError::Unnamed { attribute, source })
}

fn patient(attributes: &Attributes<impl Source>) -> Patient {
    let text = |tag| attributes.text(&[tag]).unwrap_or_default();
    Patient {
        id: text(tags::PATIENT_ID),
        issuer: text(tags::ISSUER_OF_PATIENT_ID),
        name: text(tags::PATIENT_NAME),
        birth_date: text(tags::PATIENT_BIRTH_DATE),
        sex: text(tags::PATIENT_SEX),
    }
}

fn exam(attributes: &Attributes<impl Source>) -> Exam {
    let text = |tag| attributes.text(&[tag]).unwrap_or_default();
    Exam {
        date: text(tags::STUDY_DATE),
        time: text(tags::STUDY_TIME),
        accession_number: text(tags::ACCESSION_NUMBER),
        id: text(tags::STUDY_ID),
        description: text(tags::STUDY_DESCRIPTION),
        referring_physician: text(tags::REFERRING_PHYSICIAN_NAME),
    }
}

/// The plane of the image, or of the first frame; none unless all of it is there.
pub(crate) fn plane(attributes: &Attributes<impl Source>) -> Option<Plane> {
    let position = [tags::PLANE_POSITION_SEQUENCE, tags::IMAGE_POSITION_PATIENT];
    let orientation = [tags::PLANE_ORIENTATION_SEQUENCE, tags::IMAGE_ORIENTATION_PATIENT];
    let spacing = [tags::PIXEL_MEASURES_SEQUENCE, tags::PIXEL_SPACING];
    let thickness = [tags::PIXEL_MEASURES_SEQUENCE, tags::SLICE_THICKNESS];
    Some(Plane {
        position: either(&position, |path| attributes.numbers(path))?,
        orientation: either(&orientation, |path| attributes.numbers(path))?,
        pixel_spacing_mm: either(&spacing, |path| attributes.numbers(path))?,
        rows: attributes.whole(&[tags::ROWS])?,
        columns: attributes.whole(&[tags::COLUMNS])?,
        slice_thickness_mm: either(&thickness, |path| attributes.number(path)),
    })
}

/// The value at a path of a functional group, else that of its last attribute alone, as classic
/// objects have it.
pub(crate) fn either<T>(path: &[Tag], read: impl Fn(&[Tag]) -> Option<T>) -> Option<T> {
    read(path).or_else(|| read(&path[path.len().saturating_sub(1)..]))
}
