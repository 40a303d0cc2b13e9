//! The results of a study as objects: versions, seals, where they went.

use crate::store::document::{Delivery, Document};
use crate::store::job::Job;
use crate::web::request::{Answered, Asked, apart, json};
use crate::web::status::Refusal;
use axum::body::Body;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::Response;
use interval_core::fault::Fault;
use interval_core::job::JobState;
use interval_core::uid::StudyUid;
use interval_iod::{pdf, seg, sr};
use interval_report::sign;
use schemars::JsonSchema;
use serde::Serialize;

/// The results of a study.
#[derive(Serialize, JsonSchema)]
pub struct Documents {
    /// The newest first.
    documents: Vec<DocumentDto>,
    /// What a reader would look for and will not find.
    missing: Vec<String>,
}

/// An object that was made for a study.
#[derive(Serialize, JsonSchema)]
pub struct DocumentDto {
    uid: String,
    /// segmentation, report, document or rejection.
    kind: &'static str,
    /// Counts the jobs on the study that left results, from 1.
    version: usize,
    /// current or superseded.
    state: &'static str,
    made_ms: Option<i64>,
    bytes: Option<i64>,
    deliveries: Vec<DeliveryDto>,
    /// What the seal of a document says; nothing for other objects and where only its deliveries
    /// are left.
    signature: Option<Signature>,
}

/// One destination of an object.
#[derive(Serialize, JsonSchema)]
pub struct DeliveryDto {
    destination: String,
    /// pending, delivered or failed.
    state: String,
    attempt: i32,
    last_error: String,
    changed_ms: i64,
}

/// What the seal of a document says.
#[derive(Serialize, JsonSchema)]
pub struct Signature {
    /// It covers the whole document, and nothing was changed since.
    valid: bool,
    /// Who sealed.
    signer: String,
    /// When.
    time_ms: Option<i64>,
    /// Why it is not valid.
    why: String,
}

impl From<Delivery> for DeliveryDto {
    fn from(delivery: Delivery) -> Self {
        let Delivery { destination, state, attempt, last_error, changed_ms } = delivery;
        Self { destination, state, attempt, last_error, changed_ms }
    }
}

/// `GET /api/v1/studies/{study}/documents`
pub async fn list(asked: Asked) -> Answered {
    let (grant, study) = (asked.grant()?, asked.parsed::<StudyUid>("study")?);
    let store = &asked.door.host.store;
    let found = store.documents(grant, &study).await?;
    let jobs = store.jobs_of(grant, &study).await?;
    let newest = found.iter().map(|document| document.job).max();
    let mut versions: Vec<i32> = found.iter().map(|document| document.job).collect();
    versions.sort_unstable();
    versions.dedup();
    let mut documents = Vec::new();
    for document in found {
        let signature = signature(&asked, &document).await?;
        let place = versions.binary_search(&document.job).unwrap_or_default();
        documents.push(DocumentDto {
            uid: document.uid.to_string(),
            kind: kind(&document.class),
            version: place + 1,
            state: if newest == Some(document.job) { "current" } else { "superseded" },
            made_ms: (document.made_ms > 0).then_some(document.made_ms),
            bytes: (document.bytes > 0).then_some(document.bytes),
            deliveries: document.deliveries.into_iter().map(DeliveryDto::from).collect(),
            signature,
        });
    }
    let missing = missing(&documents, &jobs);
    json(&Documents { documents, missing })
}

/// `GET /api/v1/studies/{study}/documents/{document}`: the PDF itself, or the DICOM file.
pub async fn show(asked: Asked) -> Answered {
    let (grant, study) = (asked.grant()?, asked.parsed::<StudyUid>("study")?);
    let store = asked.door.host.store.clone();
    let uid = asked.variable("document");
    let found = store.documents(grant, &study).await?;
    let document = found.into_iter().find(|document| document.uid.as_str() == uid);
    let document = document.filter(|document| document.bytes > 0).ok_or(Refusal::NotFound)?;
    let is_pdf = document.class == pdf::ENCAPSULATED_PDF;
    let name = document.uid.to_string();
    let bytes = apart(move || {
        let file = store.open_document(&document)?;
        let unreadable = |error| Refusal::failed(Fault::Defect, error);
        if is_pdf {
            pdf::extract(file.bytes()).map_err(unreadable)
        } else {
            Ok(file.bytes().to_vec())
        }
    });
    let mut response = Response::new(Body::from(bytes.await?));
    let headers = response.headers_mut();
    let (kind, ending) =
        if is_pdf { ("application/pdf", "pdf") } else { ("application/dicom", "dcm") };
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    // A document is read in the browser, anything else is a file.
    let place = if is_pdf { "inline" } else { "attachment" };
    if let Ok(value) = HeaderValue::from_str(&format!("{place}; filename=\"{name}.{ending}\"")) {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

fn kind(class: &str) -> &'static str {
    match class {
        seg::SEGMENTATION => "segmentation",
        sr::COMPREHENSIVE_3D_SR => "report",
        pdf::ENCAPSULATED_PDF => "document",
        _ => "rejection",
    }
}

/// Reads a document and checks its seal.
async fn signature(asked: &Asked, document: &Document) -> Result<Option<Signature>, Refusal> {
    if document.class != pdf::ENCAPSULATED_PDF || document.bytes == 0 {
        return Ok(None);
    }
    let (store, document) = (asked.door.host.store.clone(), document.clone());
    apart(move || {
        let file = store.open_document(&document)?;
        let unreadable = |error| Refusal::failed(Fault::Defect, error);
        let pdf = pdf::extract(file.bytes()).map_err(unreadable)?;
        Ok(Some(match sign::verify(&pdf) {
            Ok(seal) => Signature {
                valid: true,
                signer: seal.sealed_by,
                time_ms: Some(seal.signed_at.0 * 1000),
                why: String::new(),
            },
            Err(error) => Signature {
                valid: false,
                signer: String::new(),
                time_ms: None,
                why: format!("{error}."),
            },
        }))
    })
    .await
}

/// What a reader would look for and will not find, as sentences.
fn missing(documents: &[DocumentDto], jobs: &[Job]) -> Vec<String> {
    let mut missing = Vec::new();
    let newest = jobs.first();
    if let Some(job) = newest.filter(|job| job.state != JobState::Completed) {
        missing.push(format!("The newest work on this study is {}.", job.state.as_str()));
    }
    let current = || documents.iter().filter(|document| document.state == "current");
    if current().next().is_none() {
        missing.push("There is no result yet.".to_owned());
        return missing;
    }
    if !current().any(|document| document.kind == "segmentation") {
        missing.push("There is no segmentation: nothing was outlined.".to_owned());
    }
    let on_its_way = current().flat_map(|document| &document.deliveries);
    let waiting = on_its_way.filter(|delivery| delivery.state != "delivered").count();
    if waiting > 0 {
        missing.push(format!("{waiting} deliveries have not arrived."));
    }
    missing
}
