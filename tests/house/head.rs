//! The phantom patient, as its scanner would send it, with the truth.

use super::study::Coarse;
use interval::phantom::{self, Truth};
use interval_core::digest::Digest;
use interval_core::phantom::Patient;
use interval_core::study::Instance;
use interval_core::uid::StudyUid;
use interval_dimse::scu::Outgoing;
use interval_iod::header;
use std::path::Path;

/// A patient's studies in memory.
pub struct Head {
    pub truth: Truth,
    /// The instances of each study.
    pub exams: Vec<Vec<Outgoing>>,
    /// What one instance of each study says of it.
    pub headers: Vec<Instance>,
}

impl Head {
    /// Renders every study of a patient.
    pub fn render(patient: &Patient) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let truth = phantom::write(patient, folder.path(), &|_, _| {}).unwrap();
        let (mut exams, mut headers) = (Vec::new(), Vec::new());
        for timepoint in &truth.timepoints {
            let mut files = Vec::new();
            collect(&folder.path().join(&timepoint.folder), &mut files);
            headers.push(header::read(&files[0], Digest::of(&files[0])).unwrap());
            let instances = files.into_iter().map(|file| Outgoing::from_part10(&file.into()));
            exams.push(instances.collect::<Result<_, _>>().unwrap());
        }
        Self { truth, exams, headers }
    }

    pub fn study(&self, timepoint: usize) -> StudyUid {
        self.truth.timepoints[timepoint].study.parse().unwrap()
    }

    /// A study that adds to one of the patient's.
    pub fn addition(&self, timepoint: usize) -> Coarse {
        let Instance { study, patient, exam, .. } = self.headers[timepoint].clone();
        Coarse { study, patient, exam }
    }
}

fn collect(folder: &Path, files: &mut Vec<Vec<u8>>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "dcm") {
            files.push(std::fs::read(&path).unwrap());
        }
    }
}
