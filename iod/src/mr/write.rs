//! A volume -> classic MR images (PS3.3 A.4), one instance a slice, on any oblique grid.

use super::error::MrError;
use super::stored::Stored;
use crate::element::DataSet;
use crate::mint;
use crate::uids::MR_IMAGE;
use dicom_dictionary_std::tags;
use interval_core::geometry::Grid;
use interval_core::patient::Patient;
use interval_core::role::SeriesRole;
use interval_core::study::{Acquisition, Exam};
use interval_core::uid::{ClassUid, FrameUid, InstanceUid, SeriesUid, StudyUid};
use interval_core::volume::Volume;

/// How far from right angles rows and columns may be: DICOM has no image with a sheared plane.
const SQUARENESS: f64 = 1e-4;

/// Everything about a series but its voxels.
#[derive(Debug, Clone, PartialEq)]
pub struct WritePlan {
    /// Whose images they are.
    pub patient: Patient,
    /// The study.
    pub study: StudyUid,
    /// What the study's instances share.
    pub exam: Exam,
    /// The series; the instances' UIDs are derived from it.
    pub series: SeriesUid,
    /// What the series' instances share; start from [`protocol`]. Without a frame of reference,
    /// one is derived from the study.
    pub acquisition: Acquisition,
}

/// Typical parameters of a role at 3 T (spin echo family, in ms and degrees), by which a series
/// is recognised: T1 600/12, T2 4500/100, FLAIR 9000/120/2500. Roles without a protocol of their
/// own get a plain T1 with their name.
pub fn protocol(role: SeriesRole) -> Acquisition {
    let (sequence, variant, repetition_ms, echo_ms, inversion_ms): (&[&str], _, _, _, _) =
        match role {
            SeriesRole::T2 => (&["SE"], "T2 TSE", 4500., 100., None),
            SeriesRole::Flair => (&["SE", "IR"], "T2 FLAIR", 9000., 120., Some(2500.)),
            SeriesRole::T1c => (&["SE"], "T1 POST GD", 600., 12., None),
            SeriesRole::T1 => (&["SE"], "T1", 600., 12., None),
            other => (&["SE"], other.as_str(), 600., 12., None),
        };
    let agent = if role == SeriesRole::T1c { "Gadobutrol" } else { "" };
    Acquisition {
        modality: "MR".to_owned(),
        series_description: format!("AX {variant}"),
        protocol_name: format!("AX {variant}"),
        image_type: ["ORIGINAL", "PRIMARY", "OTHER"].map(str::to_owned).to_vec(),
        scanning_sequence: sequence.iter().map(|term| (*term).to_owned()).collect(),
        mr_acquisition_type: "2D".to_owned(),
        echo_time_ms: Some(echo_ms),
        repetition_time_ms: Some(repetition_ms),
        inversion_time_ms: inversion_ms,
        flip_angle_deg: Some(90.),
        contrast_bolus_agent: agent.to_owned(),
        magnetic_field_strength_t: Some(3.),
        ..Acquisition::default()
    }
}

/// The volume as Part 10 files in Explicit VR Little Endian, by growing `k`. Whole numbers that
/// fit 16 bits are stored as they are; other values are spread over 16 bits with Rescale Slope and
/// Intercept. The same volume and plan give the same bytes.
pub fn series(
    volume: &Volume<f32>,
    plan: &WritePlan,
) -> Result<Vec<(InstanceUid, Vec<u8>)>, MrError> {
    let grid = volume.grid();
    let stored = Stored::of(volume)?;
    let orientation = orientation(grid)?;
    let mut shared = shared(plan)?;
    plane(&mut shared, grid, orientation);
    stored.describe(&mut shared);
    (0..grid.shape[2]).map(|k| slice(&shared, plan, &stored, grid, k)).collect()
}

fn slice(
    shared: &DataSet,
    plan: &WritePlan,
    stored: &Stored,
    grid: &Grid,
    k: usize,
) -> Result<(InstanceUid, Vec<u8>), MrError> {
    let uid: InstanceUid = mint::uid("MR image", &[plan.series.as_str(), &k.to_string()]);
    let position = grid.to_lps.apply_to([0., 0., k as f64]);
    let mut image = shared.clone();
    image
        .uid(tags::SOP_INSTANCE_UID, &uid)
        .integer(tags::INSTANCE_NUMBER, k + 1)
        .decimals(tags::IMAGE_POSITION_PATIENT, &position)
        .pixel_words(stored.words_of(k));
    Ok((uid, image.into_part10()?))
}

/// Row and column directions; an error for planes that DICOM cannot express.
fn orientation(grid: &Grid) -> Result<[f64; 6], MrError> {
    let steps = grid.spacing_mm();
    let axis = |c: usize| [0, 1, 2].map(|r| grid.to_lps.rows[r][c] / steps[c]);
    let (row, column) = (axis(0), axis(1));
    let lean: f64 = (0..3).map(|a| row[a] * column[a]).sum();
    let fits = grid.shape.iter().all(|n| (1..=usize::from(u16::MAX)).contains(n));
    if !grid.to_lps.determinant().is_normal() {
        return Err(MrError::NotWritable("its grid is flat"));
    }
    if lean.abs() > SQUARENESS {
        return Err(MrError::NotWritable("its rows and columns are not at right angles"));
    }
    if !fits {
        return Err(MrError::NotWritable("it has no voxels, or more than 65535 along one axis"));
    }
    Ok([row[0], row[1], row[2], column[0], column[1], column[2]])
}

fn shared(plan: &WritePlan) -> Result<DataSet, MrError> {
    let class: ClassUid = MR_IMAGE.parse()?;
    let mut set = DataSet::new();
    set.text(tags::SPECIFIC_CHARACTER_SET, "ISO_IR 192").uid(tags::SOP_CLASS_UID, &class);
    patient_and_study(&mut set, plan);
    acquisition(&mut set, plan);
    sequence(&mut set, &plan.acquisition);
    Ok(set)
}

/// Patient, General Study (PS3.3 C.7.1.1, C.7.2.1).
fn patient_and_study(set: &mut DataSet, plan: &WritePlan) {
    let WritePlan { patient, exam, .. } = plan;
    set.text(tags::PATIENT_NAME, &patient.name)
        .identifier(tags::PATIENT_ID, &patient.id)
        .text(tags::PATIENT_BIRTH_DATE, &patient.birth_date)
        .text(tags::PATIENT_SEX, &patient.sex)
        .uid(tags::STUDY_INSTANCE_UID, &plan.study)
        .text(tags::STUDY_DATE, &exam.date)
        .text(tags::STUDY_TIME, &exam.time)
        .identifier(tags::ACCESSION_NUMBER, &exam.accession_number)
        .identifier(tags::STUDY_ID, &exam.id)
        .text(tags::STUDY_DESCRIPTION, &exam.description)
        .text(tags::REFERRING_PHYSICIAN_NAME, &exam.referring_physician);
    if !patient.issuer.is_empty() {
        set.text(tags::ISSUER_OF_PATIENT_ID, &patient.issuer);
    }
}

/// General Series, Frame of Reference, General Equipment (PS3.3 C.7.3.1, C.7.4.1, C.7.5.1).
fn acquisition(set: &mut DataSet, plan: &WritePlan) {
    let WritePlan { exam, acquisition, .. } = plan;
    let derived: FrameUid = mint::uid("frame of reference", &[plan.study.as_str()]);
    let time = if acquisition.acquisition_time.is_empty() {
        &exam.time
    } else {
        &acquisition.acquisition_time
    };
    set.text(tags::MODALITY, "MR")
        .uid(tags::SERIES_INSTANCE_UID, &plan.series)
        .text(tags::SERIES_DESCRIPTION, &acquisition.series_description)
        .text(tags::PROTOCOL_NAME, &acquisition.protocol_name)
        .text(tags::SERIES_DATE, &exam.date)
        .text(tags::SERIES_TIME, time)
        .text(tags::ACQUISITION_DATE, &exam.date)
        .text(tags::ACQUISITION_TIME, time)
        .text(tags::CONTENT_DATE, &exam.date)
        .text(tags::CONTENT_TIME, time)
        .text(tags::BODY_PART_EXAMINED, "HEAD")
        .text(tags::PATIENT_POSITION, "HFS")
        .uid(
            tags::FRAME_OF_REFERENCE_UID,
            acquisition.frame_of_reference.as_ref().unwrap_or(&derived),
        )
        .text(tags::POSITION_REFERENCE_INDICATOR, "")
        .text(tags::MANUFACTURER, &acquisition.manufacturer)
        .text(tags::MANUFACTURER_MODEL_NAME, &acquisition.manufacturer_model_name);
    let number = acquisition.series_number.and_then(|number| usize::try_from(number).ok());
    match number {
        Some(number) => set.integer(tags::SERIES_NUMBER, number),
        None => set.text(tags::SERIES_NUMBER, ""),
    };
}

/// MR Image and Contrast/Bolus (PS3.3 C.8.3.1, C.7.6.4).
fn sequence(set: &mut DataSet, acquisition: &Acquisition) {
    let mut texts = |tag, values: &[String], otherwise: &[&str]| {
        let given: Vec<&str> = values.iter().map(String::as_str).collect();
        set.texts(tag, if given.is_empty() { otherwise } else { &given });
    };
    texts(tags::IMAGE_TYPE, &acquisition.image_type, &["DERIVED", "SECONDARY", "OTHER"]);
    texts(tags::SCANNING_SEQUENCE, &acquisition.scanning_sequence, &["RM"]);
    set.text(tags::SEQUENCE_VARIANT, "NONE")
        .text(tags::SCAN_OPTIONS, "")
        .text(tags::MR_ACQUISITION_TYPE, &acquisition.mr_acquisition_type)
        .integer(tags::ECHO_TRAIN_LENGTH, 1);
    let numbers = [
        (tags::REPETITION_TIME, acquisition.repetition_time_ms),
        (tags::ECHO_TIME, acquisition.echo_time_ms),
        (tags::INVERSION_TIME, acquisition.inversion_time_ms),
        (tags::FLIP_ANGLE, acquisition.flip_angle_deg),
        (tags::MAGNETIC_FIELD_STRENGTH, acquisition.magnetic_field_strength_t),
    ];
    for (tag, value) in numbers {
        match value {
            Some(value) => set.decimals(tag, &[value]),
            None if matches!(tag, tags::REPETITION_TIME | tags::ECHO_TIME) => set.text(tag, ""),
            None => continue,
        };
    }
    if !acquisition.contrast_bolus_agent.is_empty() {
        set.text(tags::CONTRAST_BOLUS_AGENT, &acquisition.contrast_bolus_agent);
    }
}

/// Image Plane, as far as the slices share it (PS3.3 C.7.6.2).
fn plane(set: &mut DataSet, grid: &Grid, orientation: [f64; 6]) {
    let [between_columns, between_rows, between_slices] = grid.spacing_mm();
    set.decimals(tags::IMAGE_ORIENTATION_PATIENT, &orientation)
        .decimals(tags::PIXEL_SPACING, &[between_rows, between_columns])
        .decimals(tags::SLICE_THICKNESS, &[between_slices])
        .decimals(tags::SPACING_BETWEEN_SLICES, &[between_slices])
        .words(tags::COLUMNS, &[grid.shape[0] as u16])
        .words(tags::ROWS, &[grid.shape[1] as u16]);
}
