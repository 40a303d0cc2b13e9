//! The tables as types; no business rule lives here.

pub mod artefact;
pub mod assessment;
pub mod assignment;
pub mod authored;
pub mod break_glass;
pub mod fetch_request;
pub mod forward;
pub mod instance;
pub mod job;
pub mod node_secret;
pub mod outbox;
pub mod patient;
pub mod patient_key;
pub mod quarantine;
pub mod review;
pub mod review_labels;
pub mod run;
pub mod scene;
pub mod series;
pub mod series_assignment;
pub mod study;
pub mod tracking;
pub mod user;
pub mod workitem;
