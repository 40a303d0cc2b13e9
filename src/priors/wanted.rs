//! Which earlier studies serve a comparison, and which of their series: decided by what an archive
//! tells of them, before anything is fetched.

mod head;

use super::identity::{Contradiction, Person, patient_of};
use head::{About, about};
use interval_core::digest::Digest;
use interval_core::patient::Patient;
use interval_core::query::{Attribute, Found};
use interval_core::role::{self, CONFIDENCE_MIN, SeriesRole};
use interval_core::study::{Acquisition, Exam, Instance, Series};
use interval_core::uid::{InstanceUid, SeriesUid, StudyUid};
use interval_iod::home::MANUFACTURER;
use std::fmt;

/// SOP classes that are fetched: MR images, and our own results.
pub const CLASSES: [&str; 8] = [
    // MR Image, Enhanced MR Image, Enhanced MR Colour Image, Legacy Converted Enhanced MR Image
    "1.2.840.10008.5.1.4.1.1.4",
    "1.2.840.10008.5.1.4.1.1.4.1",
    "1.2.840.10008.5.1.4.1.1.4.3",
    "1.2.840.10008.5.1.4.1.1.4.4",
    // Segmentation
    "1.2.840.10008.5.1.4.1.1.66.4",
    // Enhanced, Comprehensive and Comprehensive 3D SR
    "1.2.840.10008.5.1.4.1.1.88.22",
    "1.2.840.10008.5.1.4.1.1.88.33",
    "1.2.840.10008.5.1.4.1.1.88.34",
];

/// How much of the past is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// Most studies: the newest ones, and the oldest.
    pub studies_max: usize,
    /// Nothing older than so many years.
    pub years_max: u32,
}

/// The study that earlier ones are wanted for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Current {
    /// Whose it is.
    pub person: Person,
    /// Its UID; none when priors are fetched ahead of time.
    pub study: Option<StudyUid>,
    /// Its date, YYYYMMDD.
    pub date: String,
    /// Its time, HHMMSS or longer; may be empty.
    pub time: String,
}

/// A study that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Its UID.
    pub study: StudyUid,
    /// YYYYMMDD.
    pub date: String,
    /// How many instances the archive counts; nothing when it does not.
    pub instances: Option<u32>,
    /// Whom the archive names.
    pub patient: Patient,
}

/// Why a study or series is not fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unwanted {
    /// It is of somebody else.
    SomebodyElse(Contradiction),
    /// It is the current study.
    Current,
    /// It has no MR images and none of our results.
    NoMagneticResonance,
    /// It shows something else than the head.
    NotHead,
    /// It is not earlier than the current study, or not dated.
    NotEarlier,
    /// It is too old.
    TooOld,
    /// Others serve better.
    BeyondMost,
    /// It is of a kind that no comparison uses.
    OfNoUse(SeriesRole),
    /// The archive told no UID.
    Nameless,
}

impl fmt::Display for Unwanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SomebodyElse(why) => write!(f, "somebody else's: {why}"),
            Self::Current => f.write_str("the current study"),
            Self::NoMagneticResonance => f.write_str("neither MR nor a result of ours"),
            Self::NotHead => f.write_str("not of the head"),
            Self::NotEarlier => f.write_str("not earlier"),
            Self::TooOld => f.write_str("too old"),
            Self::BeyondMost => f.write_str("others serve better"),
            Self::OfNoUse(role) => write!(f, "a series of no use ({role})"),
            Self::Nameless => f.write_str("without a UID"),
        }
    }
}

/// What is wanted of a list of matches, newest first with the oldest last, and why the rest is not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Picked {
    /// To be fetched.
    pub wanted: Vec<Wanted>,
    /// Passed over: the place in the list of matches, and why.
    pub unwanted: Vec<(usize, Unwanted)>,
}

/// Picks the studies that serve.
pub fn studies(current: &Current, matches: &[Found], reach: Reach) -> Picked {
    let mut picked = Picked::default();
    let mut fitting = Vec::new();
    for (at, found) in matches.iter().enumerate() {
        match study(current, found, reach) {
            Ok(wanted) => fitting.push((at, wanted, found.text(Attribute::StudyTime).to_owned())),
            Err(why) => picked.unwanted.push((at, why)),
        }
    }
    let key = |(_, wanted, time): &(usize, Wanted, String)| {
        (wanted.date.clone(), time.clone(), wanted.study.clone())
    };
    fitting.sort_by_key(|one| std::cmp::Reverse(key(one)));
    fitting.dedup_by(|one, other| one.1.study == other.1.study);
    let most = reach.studies_max.max(1);
    while fitting.len() > most {
        // The oldest stays: it is the reference.
        let (at, ..) = fitting.remove(most - 1);
        picked.unwanted.push((at, Unwanted::BeyondMost));
    }
    picked.wanted = fitting.into_iter().map(|(_, wanted, _)| wanted).collect();
    picked
}

fn study(current: &Current, found: &Found, reach: Reach) -> Result<Wanted, Unwanted> {
    let text = |attribute| found.text(attribute).trim();
    let study: StudyUid =
        text(Attribute::StudyInstanceUID).parse().map_err(|_| Unwanted::Nameless)?;
    if current.study.as_ref() == Some(&study) {
        return Err(Unwanted::Current);
    }
    let patient = patient_of(found);
    current.person.check(&patient).map_err(Unwanted::SomebodyElse)?;
    let modalities = found.values.get(&Attribute::ModalitiesInStudy);
    let modalities: Vec<&str> =
        modalities.into_iter().flatten().map(|modality| modality.trim()).collect();
    // Archives that do not say are asked for each series.
    let is_mr = modalities.iter().all(|modality| modality.is_empty())
        || modalities.iter().any(|modality| matches!(*modality, "MR" | "SEG" | "SR"));
    if !is_mr {
        return Err(Unwanted::NoMagneticResonance);
    }
    if about(&[text(Attribute::StudyDescription)], text(Attribute::BodyPartExamined))
        == About::SomethingElse
    {
        return Err(Unwanted::NotHead);
    }
    let (date, time) = (text(Attribute::StudyDate), text(Attribute::StudyTime));
    if !is_earlier((date, time), (&current.date, &current.time)) {
        return Err(Unwanted::NotEarlier);
    }
    if years_before(date, &current.date) > i64::from(reach.years_max) {
        return Err(Unwanted::TooOld);
    }
    let instances = text(Attribute::NumberOfStudyRelatedInstances).parse().ok();
    Ok(Wanted { study, date: date.to_owned(), instances, patient })
}

/// Whether a moment is before another; of two on one day the times decide, where both have one.
fn is_earlier((date, time): (&str, &str), (current, at): (&str, &str)) -> bool {
    let is_date = |date: &str| date.len() == 8 && date.bytes().all(|byte| byte.is_ascii_digit());
    if !is_date(date) || !is_date(current) {
        return false;
    }
    match date.cmp(current) {
        std::cmp::Ordering::Less => true,
        std::cmp::Ordering::Greater => false,
        std::cmp::Ordering::Equal => !time.is_empty() && !at.is_empty() && time < at,
    }
}

/// Whole years from one date to another, rounded up. Both are digits already.
fn years_before(date: &str, current: &str) -> i64 {
    let parts = |date: &str| {
        let (year, day) = date.split_at_checked(4)?;
        Some((year.parse::<i64>().ok()?, day.to_owned()))
    };
    let (Some((from, start)), Some((to, end))) = (parts(date), parts(current)) else { return 0 };
    to - from + i64::from(end > start)
}

/// A series that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedSeries {
    /// Its UID.
    pub series: SeriesUid,
    /// How many instances the archive counts; nothing when it does not.
    pub instances: Option<u32>,
}

/// Whether a series may serve: an MR series of the head that the rule of roles does not exclude, or
/// a segmentation or report that we made ourselves.
pub fn series(found: &Found) -> Result<WantedSeries, Unwanted> {
    let text = |attribute| found.text(attribute).trim();
    let series: SeriesUid =
        text(Attribute::SeriesInstanceUID).parse().map_err(|_| Unwanted::Nameless)?;
    let description = text(Attribute::SeriesDescription);
    match text(Attribute::Modality) {
        "MR" => {
            if about(&[], text(Attribute::BodyPartExamined)) == About::SomethingElse {
                return Err(Unwanted::NotHead);
            }
            let protocol = text(Attribute::ProtocolName);
            let role = role_of(&series, description, protocol);
            if let Some(role) = role.filter(|role| is_of_no_use(*role)) {
                return Err(Unwanted::OfNoUse(role));
            }
        }
        "SEG" | "SR" => {
            // Where an archive tells nothing of its series, it is fetched: these are small.
            let maker = text(Attribute::Manufacturer);
            let is_ours = maker == MANUFACTURER
                || description.starts_with(MANUFACTURER)
                || (maker.is_empty() && description.is_empty());
            if !is_ours {
                return Err(Unwanted::NoMagneticResonance);
            }
        }
        _ => return Err(Unwanted::NoMagneticResonance),
    }
    let instances = text(Attribute::NumberOfSeriesRelatedInstances).parse().ok();
    Ok(WantedSeries { series, instances })
}

/// What the words of a series say that it shows; nothing when they say too little.
fn role_of(series: &SeriesUid, description: &str, protocol: &str) -> Option<SeriesRole> {
    let uid: InstanceUid = series.as_str().parse().ok()?;
    let acquisition = Acquisition {
        modality: "MR".into(),
        series_description: description.to_owned(),
        protocol_name: protocol.to_owned(),
        ..Acquisition::default()
    };
    let instance = Instance {
        uid,
        class: CLASSES[0].parse().ok()?,
        // Explicit VR Little Endian; nothing depends on it.
        syntax: "1.2.840.10008.1.2.1".parse().ok()?,
        study: series.as_str().parse().ok()?,
        series: series.clone(),
        patient: Patient::default(),
        exam: Exam::default(),
        acquisition,
        plane: None,
        instance_number: None,
        frames: 1,
        digest: Digest::of(series.as_str().as_bytes()),
    };
    let described = Series { uid: series.clone(), instances: vec![instance] };
    let identified = role::identify(&described);
    (identified.confidence >= CONFIDENCE_MIN).then_some(identified.role)
}

/// Whether a comparison never uses a series of this role.
fn is_of_no_use(role: SeriesRole) -> bool {
    match role {
        SeriesRole::Localizer
        | SeriesRole::Derived
        | SeriesRole::Diffusion
        | SeriesRole::Perfusion
        | SeriesRole::T2Star
        | SeriesRole::ProtonDensity => true,
        SeriesRole::T1
        | SeriesRole::T1c
        | SeriesRole::T2
        | SeriesRole::Flair
        | SeriesRole::Other => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Attribute::{
        BodyPartExamined, IssuerOfPatientID, Manufacturer, ModalitiesInStudy, Modality,
        PatientBirthDate, PatientID, PatientName, PatientSex, SeriesDescription, SeriesInstanceUID,
        StudyDate, StudyDescription, StudyInstanceUID, StudyTime,
    };

    const REACH: Reach = Reach { studies_max: 3, years_max: 10 };

    fn current() -> Current {
        let patient = Patient {
            id: "A17".into(),
            issuer: "NORTH".into(),
            name: "Cohen^Ruth".into(),
            birth_date: "19610203".into(),
            sex: "F".into(),
        };
        let person = Person::new(patient, []);
        let study = Some("1.2.100".parse().unwrap());
        Current { person, study, date: "20240506".into(), time: "101500".into() }
    }
    /// A study of the patient: last component of its UID, date, and what else it says.
    fn found(uid: u32, date: &str, more: &[(Attribute, &str)]) -> Found {
        let mut found = Found::default();
        let uid = format!("1.2.{uid}");
        let own = [
            (PatientID, "A17"),
            (IssuerOfPatientID, "NORTH"),
            (PatientName, "Cohen^Ruth"),
            (PatientBirthDate, "19610203"),
            (PatientSex, "F"),
            (ModalitiesInStudy, "MR"),
            (StudyInstanceUID, uid.as_str()),
            (StudyDate, date),
        ];
        for (attribute, value) in own.iter().chain(more) {
            found.tell(*attribute, *value);
        }
        found
    }

    #[track_caller]
    fn check(one: Found, expected: Option<Unwanted>) {
        let picked = studies(&current(), &[one], REACH);
        assert_eq!(picked.unwanted.first().map(|(_, why)| *why), expected);
        assert_eq!(picked.wanted.len(), usize::from(expected.is_none()));
    }
    #[track_caller]
    fn check_series(modality: &str, description: &str, more: &[(Attribute, &str)], wanted: bool) {
        let mut found = Found::default();
        let own = [(SeriesInstanceUID, "1.2.3.4"), (Modality, modality)];
        for (attribute, value) in own.iter().chain(&[(SeriesDescription, description)]).chain(more)
        {
            found.tell(*attribute, *value);
        }
        assert_eq!(
            series(&found).is_ok(),
            wanted,
            "{modality} {description}: {:?}",
            series(&found)
        );
    }

    #[test]
    fn an_earlier_head_by_mr_is_wanted() {
        check(found(1, "20230506", &[(StudyDescription, "MRI Brain")]), None);
        check(found(1, "20230506", &[]), None);
        check(found(1, "20230506", &[(ModalitiesInStudy, "")]), None);
        check(found(1, "20230506", &[(ModalitiesInStudy, "SR")]), None);
    }
    #[test]
    fn what_does_not_serve_is_passed_over() {
        let knee = [(StudyDescription, "MR knee left")];
        check(found(1, "20230506", &knee), Some(Unwanted::NotHead));
        let ct = [(ModalitiesInStudy, "CT")];
        check(found(1, "20230506", &ct), Some(Unwanted::NoMagneticResonance));
        check(found(100, "20230506", &[]), Some(Unwanted::Current));
        check(found(1, "", &[]), Some(Unwanted::NotEarlier));
        let nameless = [(StudyInstanceUID, "")];
        check(found(1, "20230506", &nameless), Some(Unwanted::Nameless));
    }
    #[test]
    fn earlier_means_before_the_current_study_and_not_years_and_years_ago() {
        check(found(1, "20240505", &[]), None);
        check(found(1, "20240507", &[]), Some(Unwanted::NotEarlier));
        check(found(1, "20240506", &[]), Some(Unwanted::NotEarlier));
        check(found(1, "20240506", &[(StudyTime, "091500")]), None);
        check(found(1, "20240506", &[(StudyTime, "111500")]), Some(Unwanted::NotEarlier));
        check(found(1, "20140506", &[]), None);
        check(found(1, "20140505", &[]), Some(Unwanted::TooOld));
    }
    #[test]
    fn somebody_else_is_never_wanted() {
        let other = |why| Some(Unwanted::SomebodyElse(why));
        let issuer = [(IssuerOfPatientID, "SOUTH")];
        check(found(1, "20230506", &issuer), other(Contradiction::Issuer));
        let twin = [(PatientName, "Cohen^Noa")];
        check(found(1, "20230506", &twin), other(Contradiction::Name));
    }
    #[test]
    fn of_many_the_newest_and_the_oldest_are_taken() {
        let dates = ["20200101", "20230101", "20210101", "20220101", "20190101"];
        let all: Vec<_> = (1..).zip(dates).map(|(uid, date)| found(uid, date, &[])).collect();
        let picked = studies(&current(), &all, REACH);
        let dates: Vec<_> = picked.wanted.iter().map(|wanted| wanted.date.as_str()).collect();
        assert_eq!(dates, ["20230101", "20220101", "20190101"]);
        assert_eq!(picked.unwanted, [(2, Unwanted::BeyondMost), (0, Unwanted::BeyondMost)]);
    }
    #[test]
    fn a_study_that_is_told_twice_is_wanted_once() {
        let picked = studies(&current(), &vec![found(1, "20230101", &[]); 2], REACH);
        assert_eq!(picked.wanted.len(), 1);
    }
    #[test]
    fn series_that_may_serve_are_fetched() {
        for description in
            ["T1 MPRAGE", "t1_mprage_sag +KM", "AX T2 FLAIR", "T2 TSE", "", "series 5"]
        {
            check_series("MR", description, &[], true);
        }
    }
    #[test]
    fn scouts_maps_and_other_modalities_are_not() {
        for description in ["localizer", "3-plane loc", "ADC", "DWI b1000", "subtraction"] {
            check_series("MR", description, &[], false);
        }
        check_series("CT", "head", &[], false);
        check_series("MR", "T1", &[(BodyPartExamined, "LSPINE")], false);
    }
    #[test]
    fn of_results_only_ours_are_fetched() {
        check_series("SEG", "Interval tumour segmentation", &[], true);
        check_series("SR", "report", &[(Manufacturer, "Interval")], true);
        check_series("SR", "", &[], true);
        check_series("SR", "dose report", &[], false);
        check_series("SEG", "tumour", &[(Manufacturer, "Somebody")], false);
    }
}
