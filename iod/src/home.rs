//! Where a result is filed: the exam it belongs to, the device that made it, and when.
//!
//! Results go home into the same study of the same patient, in series of their own (PS3.3 C.7.1.1
//! to C.7.5.2). Nothing here knows the time or makes up a UID: the same input gives the same bytes.

use crate::codes;
use crate::edition::Edition;
use crate::element::DataSet;
use dicom_dictionary_std::tags;
use interval_core::patient::Patient;
use interval_core::study::Exam;
use interval_core::timepoint::Date;
use interval_core::uid::{FrameUid, InstanceUid, SeriesUid, StudyUid, Uid};
use std::str::FromStr;

/// Where a result is filed.
#[derive(Debug, Clone, PartialEq)]
pub struct Home {
    /// Whose result it is; written as the source images name the patient.
    pub patient: Patient,
    /// The exam it is filed in, accession number included.
    pub exam: Exam,
    /// Its study.
    pub study: StudyUid,
    /// Frame of reference of the source series of that study.
    pub frame_of_reference: FrameUid,
    /// What made it.
    pub device: Device,
    /// When it was made.
    pub authored: Timestamp,
    /// Which version of the result it is, and who stands for it.
    pub edition: Edition,
}

/// What made a result (PS3.3 C.7.5.1, C.7.5.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Manufacturer (0008,0070); results of this manufacturer are never taken as input.
    pub manufacturer: String,
    /// Manufacturer's Model Name (0008,1090).
    pub model_name: String,
    /// Device Serial Number (0018,1000): the installation.
    pub serial_number: String,
    /// Software Versions (0018,1020).
    pub software_version: String,
    /// Device UID (0018,1002): the installation, as observer of the structured report.
    pub uid: Uid<Device>,
}

/// Manufacturer (0008,0070) of everything that we write.
pub const MANUFACTURER: &str = "Interval";

impl Device {
    /// An installation of this product.
    pub fn interval(serial_number: &str, software_version: &str, uid: Uid<Device>) -> Self {
        Self {
            manufacturer: MANUFACTURER.to_owned(),
            model_name: "Interval node".to_owned(),
            serial_number: serial_number.to_owned(),
            software_version: software_version.to_owned(),
            uid,
        }
    }
}

/// A second of local time, as the hospital's clocks show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp {
    date: Date,
    second_of_day: u32,
}

/// The text is not a date and time of the form YYYYMMDDHHMMSS.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a date and time of the form YYYYMMDDHHMMSS")]
pub struct NotATimestamp(pub String);

const SECONDS_PER_DAY: i64 = 86_400;

impl Timestamp {
    /// The moment so many seconds after 1970-01-01 00:00:00, in the zone the seconds are counted
    /// in.
    pub fn from_seconds(seconds: i64) -> Self {
        let second_of_day = seconds.rem_euclid(SECONDS_PER_DAY) as u32;
        Self { date: Date(seconds.div_euclid(SECONDS_PER_DAY)), second_of_day }
    }

    /// A DA value, YYYYMMDD.
    pub fn date(self) -> String {
        let (year, month, day) = self.date.ymd();
        format!("{year:04}{month:02}{day:02}")
    }

    /// A TM value, HHMMSS.
    pub fn time(self) -> String {
        let second = self.second_of_day;
        format!("{:02}{:02}{:02}", second / 3600, second / 60 % 60, second % 60)
    }
}

impl FromStr for Timestamp {
    type Err = NotATimestamp;
    fn from_str(text: &str) -> Result<Self, NotATimestamp> {
        let wrong = || NotATimestamp(text.to_owned());
        if text.len() != 14 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(wrong());
        }
        let date = text[..8].parse().map_err(|_| wrong())?;
        let part = |from: usize, limit: u32| {
            text[from..from + 2].parse::<u32>().ok().filter(|n| *n < limit).ok_or_else(wrong)
        };
        let second_of_day = part(8, 24)? * 3600 + part(10, 60)? * 60 + part(12, 60)?;
        Ok(Self { date, second_of_day })
    }
}

/// The UIDs of a new object, which the caller derives from what went into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uids {
    /// Its series: one of its own in the study.
    pub series: SeriesUid,
    /// The object.
    pub instance: InstanceUid,
}

/// The kinds of objects we file, each in a series of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Segmentation,
    Report,
    Document,
    Key,
}

impl Kind {
    fn modality(self) -> &'static str {
        match self {
            Kind::Segmentation => "SEG",
            Kind::Report => "SR",
            Kind::Document => "DOC",
            Kind::Key => "KO",
        }
    }

    /// Far above the numbers that scanners give, so that results sort last.
    fn series_number(self) -> usize {
        match self {
            Kind::Segmentation => 9001,
            Kind::Report => 9002,
            Kind::Document => 9004,
            Kind::Key => 9005,
        }
    }

    fn series_description(self) -> &'static str {
        match self {
            Kind::Segmentation => "Interval tumour segmentation",
            Kind::Report => "Interval measurements",
            Kind::Document => "Interval report",
            Kind::Key => "Interval rejection note",
        }
    }
}

impl Home {
    /// The attributes that all our objects share: SOP Common, Patient, General Study, General
    /// Series, General Equipment and Enhanced General Equipment.
    pub(crate) fn begin(&self, kind: Kind, class: &str, uids: &Uids) -> DataSet {
        let mut set = DataSet::new();
        set.text(tags::SPECIFIC_CHARACTER_SET, "ISO_IR 192")
            .text(tags::SOP_CLASS_UID, class)
            .uid(tags::SOP_INSTANCE_UID, &uids.instance)
            .text(tags::INSTANCE_CREATION_DATE, self.authored.date())
            .text(tags::INSTANCE_CREATION_TIME, self.authored.time())
            .integer(tags::INSTANCE_NUMBER, self.edition.version as usize)
            .text(tags::CONTENT_DATE, self.authored.date())
            .text(tags::CONTENT_TIME, self.authored.time())
            .items(tags::CODING_SCHEME_IDENTIFICATION_SEQUENCE, vec![own_scheme()]);
        self.patient(&mut set);
        self.exam(&mut set);
        set.text(tags::MODALITY, kind.modality())
            .uid(tags::SERIES_INSTANCE_UID, &uids.series)
            .integer(tags::SERIES_NUMBER, kind.series_number())
            .text(tags::SERIES_DESCRIPTION, kind.series_description())
            .text(tags::SERIES_DATE, self.authored.date())
            .text(tags::SERIES_TIME, self.authored.time());
        set.text(tags::MANUFACTURER, &self.device.manufacturer)
            .text(tags::MANUFACTURER_MODEL_NAME, &self.device.model_name)
            .text(tags::DEVICE_SERIAL_NUMBER, &self.device.serial_number)
            .text(tags::SOFTWARE_VERSIONS, &self.device.software_version);
        set
    }

    /// The order that a document answers (PS3.3 table C.17-2), as far as the images name it.
    pub(crate) fn request(&self) -> DataSet {
        let mut item = DataSet::new();
        item.uid(tags::STUDY_INSTANCE_UID, &self.study)
            .identifier(tags::ACCESSION_NUMBER, &self.exam.accession_number)
            .items(tags::REFERENCED_STUDY_SEQUENCE, Vec::new())
            .items(tags::REQUESTED_PROCEDURE_CODE_SEQUENCE, Vec::new());
        for empty in [
            tags::PLACER_ORDER_NUMBER_IMAGING_SERVICE_REQUEST,
            tags::FILLER_ORDER_NUMBER_IMAGING_SERVICE_REQUEST,
            tags::REQUESTED_PROCEDURE_ID,
            tags::REQUESTED_PROCEDURE_DESCRIPTION,
        ] {
            item.text(empty, "");
        }
        item
    }

    fn patient(&self, set: &mut DataSet) {
        set.text(tags::PATIENT_NAME, &self.patient.name)
            .identifier(tags::PATIENT_ID, &self.patient.id)
            .text(tags::PATIENT_BIRTH_DATE, &self.patient.birth_date)
            .text(tags::PATIENT_SEX, &self.patient.sex);
        if !self.patient.issuer.is_empty() {
            set.identifier(tags::ISSUER_OF_PATIENT_ID, &self.patient.issuer);
        }
    }

    fn exam(&self, set: &mut DataSet) {
        set.uid(tags::STUDY_INSTANCE_UID, &self.study)
            .text(tags::STUDY_DATE, &self.exam.date)
            .text(tags::STUDY_TIME, &self.exam.time)
            .identifier(tags::ACCESSION_NUMBER, &self.exam.accession_number)
            .identifier(tags::STUDY_ID, &self.exam.id)
            .text(tags::REFERRING_PHYSICIAN_NAME, &self.exam.referring_physician);
        if !self.exam.description.is_empty() {
            set.text(tags::STUDY_DESCRIPTION, &self.exam.description);
        }
    }
}

/// What our private codes are (PS3.3 table C.12-1).
fn own_scheme() -> DataSet {
    let mut item = DataSet::new();
    item.text(tags::CODING_SCHEME_DESIGNATOR, codes::SCHEME)
        .text(tags::CODING_SCHEME_VERSION, codes::SCHEME_VERSION)
        .text(tags::CODING_SCHEME_UID, codes::SCHEME_UID)
        .text(tags::CODING_SCHEME_NAME, codes::SCHEME_NAME);
    item
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<(&str, &str)>) {
        let read = text.parse::<Timestamp>().ok().map(|at| (at.date(), at.time()));
        let expected = expected.map(|(date, time)| (date.to_owned(), time.to_owned()));
        assert_eq!(read, expected);
    }

    #[test]
    fn a_timestamp_is_a_da_and_a_tm_value() {
        check("20260401235959", Some(("20260401", "235959")));
        check("20240229000000", Some(("20240229", "000000")));
    }
    #[test]
    fn hours_and_days_that_are_not_are_refused() {
        for text in ["20260401240000", "20260401006000", "20230229000000", "20260401", ""] {
            check(text, None);
        }
    }
    #[test]
    fn seconds_count_from_1970() {
        let at = Timestamp::from_seconds(1_775_000_000);
        assert_eq!((at.date(), at.time()), ("20260331".to_owned(), "233320".to_owned()));
        assert_eq!(Timestamp::from_seconds(-1).time(), "235959");
    }
}
