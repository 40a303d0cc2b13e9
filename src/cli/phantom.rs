//! `interval phantom`: a digital patient whose lesions have known volumes.

use super::{Ended, Failure, fail, progress, read_file, write_json};
use crate::phantom;
use clap::Args;
use interval_core::fault::Fault;
use interval_core::geometry::Point;
use interval_core::phantom::{Lesion, Spec};
use interval_core::units::Cm3;
use interval_imaging::nifti;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Write DICOM studies of a digital head with skull: four sequences a study, lesions that grow,
/// shrink, split and appear, other slices at another date, and truth.json.
///
/// With --into, lay lesions into a given T1 head instead and write the four contrasts as NIfTI.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  interval phantom --seed 7 --timepoints 3 --out phantom/\n  \
                        interval phantom --into head.nii.gz --lesion=30,-20,60,8 --out planted/")]
pub struct Phantom {
    /// Shapes the head, its lesions and its movements.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Number of studies.
    #[arg(long, default_value_t = 3)]
    timepoints: usize,
    /// Folder to write to.
    #[arg(long)]
    out: PathBuf,
    /// A T1 head, NIfTI, to lay lesions into.
    #[arg(long)]
    into: Option<PathBuf>,
    /// A lesion for --into: centre in RAS mm and volume of its core in cm3, as R,A,S,VOLUME.
    #[arg(long = "lesion", requires = "into")]
    lesions: Vec<String>,
    /// Write the truth for machines here too; `-` is standard output.
    #[arg(long)]
    json: Option<PathBuf>,
}

/// Truth of planted lesions.
#[derive(Debug, Serialize)]
struct Planted {
    lesions: Vec<crate::store::record::VolumesRecord>,
}

impl Phantom {
    pub(super) fn run(self) -> Ended {
        if let Some(head) = &self.into {
            return self.plant(head);
        }
        let patient = Spec::new(self.seed, self.timepoints).build();
        let series = patient.timepoints.iter().map(|timepoint| timepoint.series.len()).sum();
        let bar = progress::count("rendering", series);
        let written = phantom::write(&patient, &self.out, &|_, _| bar.inc(1));
        bar.finish_and_clear();
        let truth = written.map_err(fail(Fault::Defect))?;
        write_json(self.json.as_deref(), &truth)
    }

    fn plant(&self, head: &Path) -> Ended {
        let head = nifti::read(&read_file(head)?).map_err(fail(Fault::Refused))?;
        let lesions = self
            .lesions
            .iter()
            .enumerate()
            .map(|(n, text)| lesion(text, self.seed + n as u64))
            .collect::<Result<Vec<_>, _>>()?;
        let lesions =
            phantom::plant_into(&head, &lesions, &self.out).map_err(fail(Fault::Defect))?;
        let planted = Planted { lesions };
        write_json(Some(&self.out.join("truth.json")), &planted)?;
        write_json(self.json.as_deref(), &planted)
    }
}

/// A lesion from `R,A,S,VOLUME`: a rim with a necrotic core and oedema around it.
fn lesion(text: &str, seed: u64) -> Result<Lesion, Failure> {
    let numbers: Vec<f64> = text.split(',').filter_map(|part| part.trim().parse().ok()).collect();
    let [r, a, s, volume] = numbers[..] else {
        return Err(Failure::refused(format!("'{text}' is not of the form R,A,S,VOLUME")));
    };
    if volume <= 0. {
        return Err(Failure::refused(format!("'{text}' has no volume")));
    }
    let centre = Point::new([-r, -a, s]);
    Ok(Lesion::new(centre, Cm3(volume), [1., 1., 1.], seed))
}
