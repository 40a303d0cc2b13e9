//! The desk at which objects are written: it knows the device, the seal and the clock, and hands
//! each object its derived UIDs.

use super::super::Halt;
use super::super::review::{Order, filed, recorded};
use super::super::steps::Timepoint;
use super::Bid;
use crate::pipeline::sentence;
use crate::store::outbox::ObjectKind;
use crate::store::record::review::{IssueRecord, SignedRecord};
use interval_core::assessment::{Assessment, Doubt, ModelName, Provenance};
use interval_core::digest::Digest;
use interval_core::stage::Stage;
use interval_core::study::{Series, Study};
use interval_core::timepoint::Reference as TimeReference;
use interval_core::uid::{ClassUid, FrameUid};
use interval_iod::edition::{self as iod, Filed};
use interval_iod::home::{Device, Home, Timestamp, Uids};
use interval_iod::seg::{self, Segment, Source};
use interval_iod::sr;
use interval_iod::sr::content::Reference;
use interval_iod::sr::report::{Evidence, Report, Statement};
use interval_iod::{key, mint, pdf};
use interval_report::findings::{
    Approval, Findings, Header, KeyImage, Replaced, Signature, SourceSeries,
};
use interval_report::pdf as pages;
use interval_report::sign::{self, Seal};

/// An object, ready to go.
#[derive(Debug, Clone)]
pub struct Object {
    /// What it is.
    pub kind: ObjectKind,
    /// SOP Class UID.
    pub class: ClassUid,
    /// Its series and instance.
    pub uids: Uids,
    /// Part 10 bytes.
    pub bytes: Vec<u8>,
}

impl Object {
    /// How others refer to it.
    pub fn reference(&self) -> Reference {
        Reference { class: self.class.clone(), instance: self.uids.instance.clone() }
    }
}

/// Who writes, and when.
#[derive(Debug)]
pub struct Desk {
    /// This installation.
    pub device: Device,
    /// The machine's seal.
    pub seal: Seal,
    /// Seconds since 1970, UTC.
    pub now_s: i64,
    /// What the model must not be relied on for.
    pub limitations: Vec<String>,
    /// The organisation in whose name people sign.
    pub organisation: String,
}

/// One study at the desk.
pub(super) struct Place<'a> {
    desk: &'a Desk,
    home: Home,
    key: String,
    order: &'a Order,
    findings: Digest,
}

fn failed<E: std::error::Error>(error: E) -> Halt {
    Halt::defect(Stage::Author, sentence(&error))
}

/// The frame of reference of a series; one derived from the series where it names none.
pub(super) fn frame_of(series: &Series) -> FrameUid {
    series
        .acquisition()
        .and_then(|acquisition| acquisition.frame_of_reference.clone())
        .unwrap_or_else(|| mint::uid("frame of reference", &[series.uid.as_str()]))
}

impl<'a> Place<'a> {
    /// Lays a study out on the desk. The same findings in the same version give the same UIDs.
    pub(super) fn at(
        (desk, order): Bid<'a>,
        (study, series): (&Study, &Series),
        findings: Digest,
    ) -> Result<Self, Halt> {
        let missing = || Halt::defect(Stage::Author, "the study has no instance".into());
        let (edition, key) = order.edition(findings, &desk.organisation).map_err(failed)?;
        let home = Home {
            patient: study.patient().ok_or_else(missing)?.clone(),
            exam: study.exam().ok_or_else(missing)?.clone(),
            study: study.uid.clone(),
            frame_of_reference: frame_of(series),
            device: desk.device.clone(),
            authored: Timestamp::from_seconds(desk.now_s),
            edition,
        };
        Ok(Place { desk, home, key: key.to_string(), order, findings })
    }
}

impl Place<'_> {
    fn uids(&self, kind: ObjectKind) -> Uids {
        let parts = [self.home.study.as_str(), kind.as_str(), self.key.as_str()];
        Uids { series: mint::uid("series", &parts), instance: mint::uid("instance", &parts) }
    }

    fn object(&self, kind: ObjectKind, class: &str, bytes: Vec<u8>) -> Result<Object, Halt> {
        let class = class.parse().map_err(failed)?;
        Ok(Object { kind, class, uids: self.uids(kind), bytes })
    }

    pub(super) fn segmentation(
        &self,
        source: &Source<'_>,
        segments: &[Segment<'_>],
    ) -> Result<Object, Halt> {
        let kind = ObjectKind::Segmentation;
        let bytes = seg::write(&self.home, source, segments, &self.uids(kind)).map_err(failed)?;
        self.object(kind, seg::SEGMENTATION, bytes)
    }

    pub(super) fn report(
        &self,
        assessment: &Assessment,
        evidence: &[Evidence],
    ) -> Result<Object, Halt> {
        self.sr(&Report { statement: Statement::Measured(assessment), timepoints: evidence })
    }

    pub(super) fn refusal(&self, study: &Study, doubts: &[Doubt]) -> Result<Object, Halt> {
        let evidence = [Evidence {
            study: study.uid.clone(),
            date: self.home.exam.date.clone(),
            frame_of_reference: self.home.frame_of_reference.clone(),
            series: Vec::new(),
            segmentation: None,
        }];
        self.sr(&Report { statement: Statement::NotEvaluable(doubts), timepoints: &evidence })
    }

    fn sr(&self, report: &Report<'_>) -> Result<Object, Halt> {
        let kind = ObjectKind::Report;
        let bytes = sr::tid1500::write(&self.home, report, &self.uids(kind)).map_err(failed)?;
        self.object(kind, sr::COMPREHENSIVE_3D_SR, bytes)
    }

    pub(super) fn document(
        &self,
        assessment: &Assessment,
        timepoints: &[Timepoint],
        key_images: Vec<KeyImage>,
        refers_to: &[Object],
    ) -> Result<Object, Halt> {
        let mut series = Vec::new();
        for (n, timepoint) in timepoints.iter().enumerate() {
            let Some(study) = &timepoint.headers else { continue };
            series.extend(super::channels(timepoint, study).map(|(role, used)| SourceSeries {
                timepoint: n,
                role,
                series_description:
                    used.acquisition().map(|a| a.series_description.clone()).unwrap_or_default(),
                series: used.uid.clone(),
            }));
        }
        self.encapsulated(assessment, (series, key_images), refers_to)
    }

    pub(super) fn refusal_document(
        &self,
        doubts: &[Doubt],
        report: &Object,
    ) -> Result<Object, Halt> {
        let assessment = nothing_measured(doubts, &self.home.device.software_version);
        self.encapsulated(&assessment, (Vec::new(), Vec::new()), std::slice::from_ref(report))
    }

    fn encapsulated(
        &self,
        assessment: &Assessment,
        (series, key_images): (Vec<SourceSeries>, Vec<KeyImage>),
        refers_to: &[Object],
    ) -> Result<Object, Halt> {
        let kind = ObjectKind::Document;
        let authored = interval_report::timestamp::Timestamp(self.desk.now_s);
        let findings = Findings {
            header: self.header(),
            assessment,
            key_images,
            series,
            limitations: self.desk.limitations.clone(),
            authored,
            report_id: self.uids(kind).instance.to_string(),
            version: self.home.edition.version,
            approval: self.approval(),
            replaces: self.replaced(),
        };
        let page = pages::compose(&findings).map_err(failed)?;
        let signed = sign::sign(&page, &self.desk.seal, authored).map_err(failed)?;
        let references: Vec<_> = refers_to.iter().map(Object::reference).collect();
        let document = pdf::Document {
            title: "Interval longitudinal report",
            pdf: &signed,
            sources: &references,
        };
        let bytes = pdf::write(&self.home, &document, &self.uids(kind)).map_err(failed)?;
        self.object(kind, pdf::ENCAPSULATED_PDF, bytes)
    }

    /// The version that these objects are.
    pub(super) fn issue(&self, objects: &[Object]) -> IssueRecord {
        let filed = |object: &Object| Filed {
            study: self.home.study.clone(),
            series: object.uids.series.clone(),
            reference: object.reference(),
        };
        let objects: Vec<_> = objects.iter().map(filed).collect();
        let edition = &self.home.edition;
        IssueRecord {
            version: edition.version,
            job: 0,
            findings_sha256: self.findings.to_string(),
            objects: recorded(&objects),
            replaces: recorded(&edition.replaces),
            signed: edition.approval != iod::Approval::None,
            rejected: false,
        }
    }

    /// A note that takes a version back.
    pub(super) fn rejection(
        &self,
        last: &IssueRecord,
        signed: &SignedRecord,
    ) -> Result<Object, Halt> {
        let kind = ObjectKind::Rejection;
        let objects = filed(&last.objects).map_err(failed)?;
        let why = match signed.reason.trim() {
            "" => "Rejected on review.",
            reason => reason,
        };
        let rejection = key::Rejection { objects: &objects, reason: why, by: &signed.name };
        let bytes = key::reject(&self.home, &rejection, &self.uids(kind)).map_err(failed)?;
        self.object(kind, key::KEY_OBJECT_SELECTION, bytes)
    }

    fn approval(&self) -> Approval {
        let Some(signed) = &self.order.signed else { return Approval::None };
        let signature = Signature {
            name: signed.name.clone(),
            at: interval_report::timestamp::Timestamp(signed.at_ms / 1000),
            reason: signed.reason.clone(),
        };
        match self.home.edition.approval {
            iod::Approval::None => Approval::None,
            iod::Approval::Verified(_) => Approval::Verified(signature),
            iod::Approval::Amended(_) => Approval::Amended(signature),
        }
    }

    /// The document whose place this one takes.
    fn replaced(&self) -> Option<Replaced> {
        let edition = &self.home.edition;
        let is_document = |filed: &&Filed| filed.reference.class.as_str() == pdf::ENCAPSULATED_PDF;
        let before = edition.replaces.iter().find(is_document)?;
        let report_id = before.reference.instance.to_string();
        Some(Replaced { report_id, version: edition.version.saturating_sub(1) })
    }

    fn header(&self) -> Header {
        let Home { patient, exam, .. } = &self.home;
        Header {
            patient_name: patient.name.clone(),
            patient_id: patient.id.clone(),
            patient_birth_date: patient.birth_date.parse().ok(),
            patient_sex: patient.sex.clone(),
            accession_number: exam.accession_number.clone(),
            study_date: exam.date.parse().ok(),
            study_description: exam.description.clone(),
        }
    }
}

/// The assessment of a study that could not be evaluated: nothing but its doubts.
pub fn nothing_measured(doubts: &[Doubt], software_version: &str) -> Assessment {
    Assessment {
        timepoints: Vec::new(),
        tracks: Vec::new(),
        reference: 0,
        reference_kind: TimeReference::EarliestAvailable,
        nadir: 0,
        verdicts: Vec::new(),
        doubts: doubts.to_vec(),
        provenance: Provenance {
            software_version: software_version.to_owned(),
            model: ModelName {
                name: "none".into(),
                version: String::new(),
                digest: Digest::of(b""),
            },
            trail: Vec::new(),
        },
    }
}
