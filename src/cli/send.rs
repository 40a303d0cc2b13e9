//! `interval send`: files to a DICOM peer.

use super::{Ended, Failure, progress};
use clap::Args;
use interval_dimse::scu;
use std::path::{Path, PathBuf};

/// Objects that are read and sent together.
const BATCH: usize = 200;

/// Send DICOM files, or folders of them, to a peer (C-STORE).
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  interval send 127.0.0.1:11112 INTERVAL phantom/t0")]
pub struct Send {
    /// Host and port.
    address: String,
    /// The peer's application entity title.
    called: String,
    /// Files or folders.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Our application entity title.
    #[arg(long = "ae", default_value = "INTERVAL")]
    calling: String,
}

impl Send {
    pub(super) async fn run(self) -> Ended {
        let peer = super::echo::peer(&self.address, &self.calling, &self.called)?;
        let mut files = Vec::new();
        for path in &self.paths {
            collect(path, &mut files)?;
        }
        let bar = progress::count("sending", files.len());
        let mut refused = Vec::new();
        for batch in files.chunks(BATCH) {
            let mut objects = Vec::new();
            for path in batch {
                let bytes = super::read_file(path)?;
                let object = scu::Outgoing::from_part10(&bytes.into())
                    .map_err(|e| Failure::refused(format!("{}: {e}", path.display())))?;
                objects.push(object);
            }
            let outcomes = scu::store(&peer, &objects).await.map_err(|error| Failure {
                fault: error.fault(),
                message: crate::pipeline::sentence(&error),
            })?;
            bar.inc(batch.len() as u64);
            for (path, outcome) in batch.iter().zip(outcomes) {
                if let Err(error) = outcome.result {
                    let why = crate::pipeline::sentence(&error);
                    refused.push(format!("{}: {why}", path.display()));
                }
            }
        }
        bar.finish_and_clear();
        println!("{} of {} objects were taken", files.len() - refused.len(), files.len());
        if refused.is_empty() { Ok(()) } else { Err(Failure::refused(refused.join("\n"))) }
    }
}

/// All files below a path, in the order of their names.
pub(super) fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Ended {
    let unreadable = |e: std::io::Error| Failure::refused(format!("{}: {e}", path.display()));
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let entries = std::fs::read_dir(path).map_err(unreadable)?;
    let mut below = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(unreadable)?;
    below.sort();
    below.iter().try_for_each(|path| collect(path, files))
}
