//! `interval brain`: the brain of a head.

use super::{Ended, Failure, fail, read_file, write_file, write_json};
use crate::node::ATLAS_FILES;
use crate::usage;
use clap::Args;
use interval_core::fault::Fault;
use interval_imaging::brain::{self, Atlas, Stripped};
use interval_imaging::nifti;
use serde::Serialize;
use std::path::PathBuf;

/// Outline the brain in a head image and write its mask.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  interval brain t1c.nii.gz brain.nii.gz --atlas interval-data/atlas"
)]
pub struct Brain {
    /// The head, NIfTI.
    head: PathBuf,
    /// The mask to write, .nii.gz.
    mask: PathBuf,
    /// Folder of the head atlas.
    #[arg(long, default_value = "interval-data/atlas")]
    atlas: PathBuf,
    /// Write the result for machines here; `-` is standard output.
    #[arg(long)]
    json: Option<PathBuf>,
}

/// What was found.
#[derive(Debug, Serialize)]
struct Outlined {
    volume_cm3: f64,
    already_stripped: bool,
    how: String,
    cpu_s: f64,
    peak_rss_mb: f64,
}

impl Brain {
    pub(super) fn run(self) -> Ended {
        let head = nifti::read(&read_file(&self.head)?)
            .map_err(|e| Failure::refused(format!("{}: {e}", self.head.display())))?;
        let stripped = brain::already_stripped(&head) == Stripped::Yes;
        let (mask, how) = if stripped {
            (head.map(|value| *value != 0.), "the image came without skull".to_owned())
        } else {
            let [t1, grey, white] = ATLAS_FILES.map(|name| read_file(&self.atlas.join(name)));
            let atlas = Atlas::from_nifti(&t1?, &grey?, &white?).map_err(fail(Fault::Refused))?;
            let found = brain::extract(&head, &atlas).map_err(fail(Fault::Refused))?;
            let how = crate::pipeline::stage::assemble::outlined(&found);
            (found.mask, how)
        };
        write_file(&self.mask, &nifti::write_mask(&mask).map_err(fail(Fault::Defect))?)?;
        let outlined = Outlined {
            volume_cm3: mask.volume().0,
            already_stripped: stripped,
            how,
            cpu_s: usage::cpu().as_secs_f64(),
            peak_rss_mb: usage::peak_rss_kb() as f64 / 1024.,
        };
        if self.json.is_none() {
            println!("{:.0} cm3; {}", outlined.volume_cm3, outlined.how);
        }
        write_json(self.json.as_deref(), &outlined)
    }
}
