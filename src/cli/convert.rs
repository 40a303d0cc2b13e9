//! `interval convert`: one MR series to NIfTI.

use super::{Ended, Failure, fail, write_file, write_json};
use clap::Args;
use interval_core::digest::{Digest, Verified};
use interval_core::fault::Fault;
use interval_core::study::Study;
use interval_imaging::nifti;
use interval_iod::{header, mr};
use serde::Serialize;
use std::path::PathBuf;

/// Convert a folder with one MR series to a NIfTI file with its true affine.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  interval convert study/t1c t1c.nii.gz --json -")]
pub struct Convert {
    /// Folder of the series.
    series: PathBuf,
    /// File to write, .nii.gz.
    output: PathBuf,
    /// Write the result for machines here; `-` is standard output.
    #[arg(long)]
    json: Option<PathBuf>,
}

/// What was converted.
#[derive(Debug, Serialize)]
struct Converted {
    shape: [usize; 3],
    spacing_mm: [f64; 3],
    /// Voxel indices to LPS mm, rows of a 3x4 matrix.
    to_lps: [[f64; 4]; 3],
    /// SOP Instance UIDs along k.
    slices: Vec<String>,
}

impl Convert {
    pub(super) fn run(self) -> Ended {
        let mut paths = Vec::new();
        super::send::collect(&self.series, &mut paths)?;
        let (mut files, mut instances) = (Vec::new(), Vec::new());
        for path in &paths {
            let bytes = super::read_file(path)?;
            let digest = Digest::of(&bytes);
            let named = |e: header::HeaderError| {
                Failure::refused(format!("{}: {}", path.display(), crate::pipeline::sentence(&e)))
            };
            instances.push(header::read(&bytes, digest).map_err(named)?);
            files.push(Verified::check(bytes, digest).map_err(fail(Fault::Defect))?);
        }
        let Some(first) = instances.first() else {
            return Err(Failure::refused("the folder is empty"));
        };
        let study = Study::from_instances(first.study.clone(), instances);
        let [series] = study.series.as_slice() else {
            let count = study.series.len();
            return Err(Failure::refused(format!("the folder holds {count} series, not one")));
        };
        let read = mr::volume(series, &files).map_err(fail(Fault::Refused))?;
        let written = nifti::write(&read.volume).map_err(fail(Fault::Defect))?;
        write_file(&self.output, &written)?;
        let grid = read.volume.grid();
        let converted = Converted {
            shape: grid.shape,
            spacing_mm: grid.spacing_mm(),
            to_lps: grid.to_lps.rows,
            slices: read.slices.iter().map(ToString::to_string).collect(),
        };
        write_json(self.json.as_deref(), &converted)
    }
}
