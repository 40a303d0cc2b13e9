//! What the vault tells the door about people behind pseudonyms. The node implements it; each
//! opening of the vault is an audit event of its own.

use interval_core::access::{Grant, Panel};
use interval_core::patient::PatientPseudonym;
use serde::Serialize;

/// A patient as shown on a screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// Their name, as the hospital writes it.
    pub name: String,
    /// The hospital's id for them.
    pub patient_id: String,
    /// YYYYMMDD or empty.
    pub birth_date: String,
    /// M, F, O or empty.
    pub sex: String,
}

/// What the vault fulfils. It answers for patients within the proof it is given and for no other.
pub trait Names: Send + Sync {
    /// Who the patient of a grant is.
    fn of(&self, grant: &Grant) -> Option<Shown>;

    /// Who these patients, rows of a list, are: one answer each, in their order.
    fn of_rows(&self, panel: &Panel, rows: &[PatientPseudonym]) -> Vec<Option<Shown>>;

    /// Patients whose name or id contains the text. It may name patients outside of the panel: the
    /// list is joined with the panel afterwards.
    fn search(&self, panel: &Panel, text: &str) -> Vec<PatientPseudonym>;

    /// The patient with an id of the hospital, exactly: how an emergency names somebody whom the
    /// caller has no list of.
    fn exact(&self, patient_id: &str, issuer: &str) -> Option<PatientPseudonym>;
}

/// A vault that nobody has filled: pseudonyms only.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nameless;

impl Names for Nameless {
    fn of(&self, _grant: &Grant) -> Option<Shown> {
        None
    }
    fn of_rows(&self, _panel: &Panel, rows: &[PatientPseudonym]) -> Vec<Option<Shown>> {
        rows.iter().map(|_| None).collect()
    }
    fn search(&self, _panel: &Panel, _text: &str) -> Vec<PatientPseudonym> {
        Vec::new()
    }
    fn exact(&self, _patient_id: &str, _issuer: &str) -> Option<PatientPseudonym> {
        None
    }
}
