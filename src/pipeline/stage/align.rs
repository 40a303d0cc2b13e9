//! Brings a study into the space of the reference timepoint: one rigid movement of the brain,
//! with lesions left out of the comparison because they change.

use super::{Inputs, Made, Progress, StageError, because, json};
use interval_core::fault::Fault;
use interval_core::geometry::Transform;
use interval_core::units::Mm;
use interval_core::volume::{LabelMap, Mask, Volume};
use interval_imaging::register::{Contrast, Rigid, Start, gate, rigid};
use interval_imaging::{morphology, nifti};
use serde::{Deserialize, Serialize};

/// Version of the method.
pub const VERSION: u32 = 1;

/// How far around a lesion the tissue is expected to have changed with it.
const LESION_MARGIN: Mm = Mm(4.);

/// Nothing to choose: what is aligned is in the inputs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Parameters {}

/// Where one study lies in the reference's space.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alignment {
    /// Reference patient space (LPS mm) to this study's patient space: rows of a 3x4 matrix.
    pub reference_to_study: [[f64; 4]; 3],
    /// Whether the gate was passed.
    pub passed: bool,
    /// The gate's figures in words.
    pub why: String,
    /// Estimated error over the brain, in mm.
    pub error_mm: f64,
}

impl Alignment {
    /// The reference itself.
    pub fn identity() -> Self {
        Self {
            reference_to_study: Transform::<(), ()>::identity().rows,
            passed: true,
            why: "the reference itself".into(),
            error_mm: 0.,
        }
    }
}

/// Registers `moving` onto `fixed`.
pub fn run(_: &Parameters, inputs: Inputs, progress: Progress) -> Result<Made, StageError> {
    progress(0., "reading");
    let read = |name: &str| {
        nifti::read(inputs.file(name)?.bytes())
            .map_err(because(Fault::Defect, "an artefact cannot be read"))
    };
    let fixed = read("fixed")?;
    let moving = read("moving")?;
    let labels = nifti::read_labels(inputs.file("fixed_labels")?.bytes())
        .map_err(because(Fault::Defect, "an artefact cannot be read"))?;
    progress(0.2, "registering");
    let ignored = ignored(&fixed, &labels);
    let how = Rigid { contrast: Contrast::Same, ignore: Some(&ignored), start: Start::Search };
    let found = rigid(&fixed, &moving, &how)
        .map_err(because(Fault::Refused, "the timepoints cannot be registered"))?;
    let judged = gate::judge(&fixed, &moving, &found.fixed_to_moving, Contrast::Same);
    let alignment = Alignment {
        reference_to_study: found.fixed_to_moving.rows,
        passed: judged.passed(),
        why: judged.why(),
        error_mm: ERROR_ESTIMATE_MM,
    };
    Ok(vec![json("align.json", &alignment)?])
}

/// What is taken for the error of a registration that passed its gate, when lesions are matched:
/// an upper bound of what the registration benches show.
const ERROR_ESTIMATE_MM: f64 = 0.5;

/// Everything that is not brain, and the lesions with their surroundings.
fn ignored(fixed: &Volume<f32>, labels: &LabelMap) -> Mask {
    let tumour = labels.map(|label| *label != 0);
    let around = morphology::dilate_mm(&tumour, LESION_MARGIN);
    Mask::from_fn(*fixed.grid(), |at| fixed.voxels()[at] == 0. || around.voxels()[at])
}
