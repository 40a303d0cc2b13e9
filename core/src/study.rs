//! The DICOM hierarchy as it was received: what a header says about its instance.

use crate::audit::TraceId;
use crate::digest::Digest;
use crate::patient::Patient;
use crate::uid::{ClassUid, FrameUid, InstanceUid, SeriesUid, StudyUid, SyntaxUid};

/// Where an object came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The title the sender called itself (PS3.8), or the folder for files.
    pub calling_ae: String,
    /// The title it called us by.
    pub called_ae: String,
    /// Address of the peer, or the path of the file.
    pub peer: String,
    /// The association or request that it came in, for the audit log.
    pub association: TraceId,
}

/// What one stored object says of itself. Everything a rule may ask, nothing a rule decides.
#[derive(Debug, Clone, PartialEq)]
pub struct Instance {
    /// SOP Instance UID (0008,0018).
    pub uid: InstanceUid,
    /// SOP Class UID (0008,0016).
    pub class: ClassUid,
    /// Transfer syntax the object is kept in.
    pub syntax: SyntaxUid,
    /// Study Instance UID (0020,000D).
    pub study: StudyUid,
    /// Series Instance UID (0020,000E).
    pub series: SeriesUid,
    /// Whose image it is.
    pub patient: Patient,
    /// Facts shared by the study.
    pub exam: Exam,
    /// Facts shared by the series.
    pub acquisition: Acquisition,
    /// Place of this image in the patient; absent for reports and the like.
    pub plane: Option<Plane>,
    /// Instance Number (0020,0013).
    pub instance_number: Option<i32>,
    /// Number of Frames (0028,0008), 1 when absent.
    pub frames: u32,
    /// SHA-256 of the Part 10 file as it was kept.
    pub digest: Digest,
}

/// Study-level attributes that results carry on (PS3.3 C.7.2.1).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exam {
    /// Study Date (0008,0020), YYYYMMDD or empty.
    pub date: String,
    /// Study Time (0008,0030), or empty.
    pub time: String,
    /// Accession Number (0008,0050).
    pub accession_number: String,
    /// Study ID (0020,0010).
    pub id: String,
    /// Study Description (0008,1030).
    pub description: String,
    /// Referring Physician's Name (0008,0090).
    pub referring_physician: String,
}

/// Series-level attributes by which a series is told from another (PS3.3 C.7.3.1, C.8.3.1).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Acquisition {
    /// Modality (0008,0060).
    pub modality: String,
    /// Series Number (0020,0011).
    pub series_number: Option<i32>,
    /// Series Description (0008,103E).
    pub series_description: String,
    /// Protocol Name (0018,1030).
    pub protocol_name: String,
    /// Sequence Name (0018,0024).
    pub sequence_name: String,
    /// Image Type (0008,0008).
    pub image_type: Vec<String>,
    /// Scanning Sequence (0018,0020): SE, IR, GR, EP, RM.
    pub scanning_sequence: Vec<String>,
    /// MR Acquisition Type (0018,0023): 2D or 3D.
    pub mr_acquisition_type: String,
    /// Echo Time (0018,0081) in ms.
    pub echo_time_ms: Option<f64>,
    /// Repetition Time (0018,0080) in ms.
    pub repetition_time_ms: Option<f64>,
    /// Inversion Time (0018,0082) in ms.
    pub inversion_time_ms: Option<f64>,
    /// Flip Angle (0018,1314) in degrees.
    pub flip_angle_deg: Option<f64>,
    /// Contrast/Bolus Agent (0018,0010).
    pub contrast_bolus_agent: String,
    /// Diffusion b-value (0018,9087) in s/mm2.
    pub diffusion_b_value: Option<f64>,
    /// Number of Temporal Positions (0020,0105).
    pub temporal_positions: Option<u32>,
    /// Acquisition Time (0008,0032), HHMMSS.FFFFFF or empty.
    pub acquisition_time: String,
    /// Manufacturer (0008,0070).
    pub manufacturer: String,
    /// Manufacturer's Model Name (0008,1090).
    pub manufacturer_model_name: String,
    /// Magnetic Field Strength (0018,0087) in tesla.
    pub magnetic_field_strength_t: Option<f64>,
    /// Frame of Reference UID (0020,0052).
    pub frame_of_reference: Option<FrameUid>,
    /// Burned In Annotation (0028,0301) is YES.
    pub burned_in_annotation: BurnedIn,
    /// Lossy Image Compression (0028,2110) is 01, now or in the past.
    pub lossy: Lossy,
}

/// Whether text may be burned into the pixels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BurnedIn {
    /// Said to be free of it, or nothing said.
    #[default]
    NotStated,
    /// (0028,0301) is YES.
    Stated,
}

/// Whether the pixels went through lossy compression.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Lossy {
    /// Never, as far as is said.
    #[default]
    No,
    /// (0028,2110) is 01.
    Yes,
}

/// The plane of one image in the patient (PS3.3 C.7.6.2).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plane {
    /// Image Position (Patient): centre of the first voxel, LPS mm.
    pub position: [f64; 3],
    /// Image Orientation (Patient): unit vectors along a row, then down a column, LPS.
    pub orientation: [f64; 6],
    /// Pixel Spacing (0028,0030) in mm: between rows, then between columns.
    pub pixel_spacing_mm: [f64; 2],
    /// Rows (0028,0010).
    pub rows: u32,
    /// Columns (0028,0011).
    pub columns: u32,
    /// Slice Thickness (0018,0050) in mm.
    pub slice_thickness_mm: Option<f64>,
}

impl Plane {
    /// Unit normal of the image, LPS: row direction x column direction.
    pub fn normal(&self) -> [f64; 3] {
        let [a, b, c, d, e, f] = self.orientation;
        [b * f - c * e, c * d - a * f, a * e - b * d]
    }

    /// Where the image lies along its own normal, in mm.
    pub fn along_normal(&self) -> f64 {
        let normal = self.normal();
        (0..3).map(|axis| normal[axis] * self.position[axis]).sum()
    }
}

/// The instances of one series, with what they share.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Series Instance UID.
    pub uid: SeriesUid,
    /// Its instances, in the order of their numbers.
    pub instances: Vec<Instance>,
}

impl Series {
    /// What the first instance says for all of them.
    pub fn acquisition(&self) -> Option<&Acquisition> {
        self.instances.first().map(|instance| &instance.acquisition)
    }
}

/// The series of one study.
#[derive(Debug, Clone, PartialEq)]
pub struct Study {
    /// Study Instance UID.
    pub uid: StudyUid,
    /// Its series, by UID.
    pub series: Vec<Series>,
}

impl Study {
    /// Groups instances of one study into its series; order of arrival does not matter.
    pub fn from_instances(uid: StudyUid, mut instances: Vec<Instance>) -> Self {
        instances.sort_by(|a, b| {
            (&a.series, a.instance_number, &a.uid).cmp(&(&b.series, b.instance_number, &b.uid))
        });
        let mut series: Vec<Series> = Vec::new();
        for instance in instances {
            match series.last_mut() {
                Some(last) if last.uid == instance.series => last.instances.push(instance),
                _ => {
                    series.push(Series { uid: instance.series.clone(), instances: vec![instance] });
                }
            }
        }
        Self { uid, series }
    }

    /// Study-level attributes, from the first instance.
    pub fn exam(&self) -> Option<&Exam> {
        self.series.first()?.instances.first().map(|instance| &instance.exam)
    }

    /// The patient, from the first instance.
    pub fn patient(&self) -> Option<&Patient> {
        self.series.first()?.instances.first().map(|instance| &instance.patient)
    }
}
