//! The stages that compute: each a function from what the last one gave, run inside a worker.
//! They see objects by digest and parameters; no database, no clock, no network.

pub mod align;
pub mod assemble;
pub mod assess;
pub mod packing;
pub mod picture;
pub mod product;
pub mod scene;
pub mod segment;
pub mod track;

use super::sentence;
use interval_core::digest::Verified;
use interval_core::fault::Fault;
use interval_core::stage::Stage;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fmt;

/// The named inputs of a stage, each checked against its digest.
#[derive(Debug, Default)]
pub struct Inputs {
    files: BTreeMap<String, Verified<Vec<u8>>>,
}

/// The named outputs of a stage.
pub type Made = Vec<(String, Vec<u8>)>;

/// Says how far a stage is.
pub type Progress<'a> = &'a mut dyn FnMut(f64, &str);

/// Why a stage did not finish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageError {
    /// What the failure asks for.
    pub fault: Fault,
    /// A sentence for people.
    pub reason: String,
}

impl fmt::Display for StageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for StageError {}

impl StageError {
    /// The other side sent what we cannot take.
    pub fn refused(reason: impl fmt::Display) -> Self {
        Self { fault: Fault::Refused, reason: reason.to_string() }
    }

    /// We are wrong.
    pub fn defect(reason: impl fmt::Display) -> Self {
        Self { fault: Fault::Defect, reason: reason.to_string() }
    }
}

/// Wraps a failure with the sentence that says what was attempted, and its own causes.
pub fn because<E: std::error::Error>(fault: Fault, what: &str) -> impl Fn(E) -> StageError {
    move |error| StageError { fault, reason: format!("{what}: {}", sentence(&error)) }
}

impl Inputs {
    /// Adds a checked input.
    pub fn insert(&mut self, name: String, file: Verified<Vec<u8>>) {
        self.files.insert(name, file);
    }

    /// The input of a name.
    pub fn file(&self, name: &str) -> Result<&Verified<Vec<u8>>, StageError> {
        self.files
            .get(name)
            .ok_or_else(|| StageError::defect(format!("the stage was not given {name}")))
    }

    /// Takes an input out, so that its memory can be given back.
    pub fn take(&mut self, name: &str) -> Result<Verified<Vec<u8>>, StageError> {
        self.files
            .remove(name)
            .ok_or_else(|| StageError::defect(format!("the stage was not given {name}")))
    }

    /// Whether an input of that name was given.
    pub fn has(&self, name: &str) -> bool {
        self.files.contains_key(name)
    }
}

/// The version of a stage's method: raised when its output changes, so that no artefact of the
/// old method is taken for the new one.
pub fn version(stage: Stage) -> u32 {
    match stage {
        Stage::Assemble => assemble::VERSION,
        Stage::Segment => segment::VERSION,
        Stage::Align => align::VERSION,
        Stage::Track => track::VERSION,
        Stage::Assess => assess::VERSION,
        // Each product of it has a version of its own.
        Stage::Author | Stage::Identify | Stage::Deliver => 1,
    }
}

/// Runs one stage on its inputs.
pub fn run(
    stage: Stage,
    parameters: &str,
    inputs: Inputs,
    progress: Progress,
) -> Result<Made, StageError> {
    match stage {
        Stage::Assemble => assemble::run(&parse(parameters)?, inputs, progress),
        Stage::Segment => segment::run(&parse(parameters)?, inputs, progress),
        Stage::Align => align::run(&parse(parameters)?, inputs, progress),
        Stage::Track => track::run(&parse(parameters)?, inputs, progress),
        Stage::Assess => assess::run(&parse(parameters)?, inputs, progress),
        Stage::Author => product::run(&parse(parameters)?, inputs, progress),
        Stage::Identify | Stage::Deliver => {
            Err(StageError::defect(format!("{stage} is not a worker's stage")))
        }
    }
}

fn parse<T: DeserializeOwned>(parameters: &str) -> Result<T, StageError> {
    serde_json::from_str(parameters)
        .map_err(|e| StageError::defect(format!("the parameters cannot be read: {e}")))
}

/// One output in JSON.
fn json(name: &str, content: &impl Serialize) -> Result<(String, Vec<u8>), StageError> {
    let bytes = serde_json::to_vec(content).map_err(StageError::defect)?;
    Ok((name.to_owned(), bytes))
}
