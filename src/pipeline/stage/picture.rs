//! Pictures for the report: the slice on which a lesion is largest, with its outlines. Cut in a
//! worker, as whole images are too large for the process that has the doors.

use super::{Inputs, Made, Progress, StageError, because, json};
use interval_core::fault::Fault;
use interval_core::lesion::Region;
use interval_core::volume::{LabelMap, Volume};
use interval_imaging::nifti;
use interval_imaging::resample::Reorientation;
use interval_imaging::section::{self, Section};
use serde::{Deserialize, Serialize};

/// Version of the method.
pub const VERSION: u32 = 1;

/// Name of the output that has the grey values of all pictures, one after the other.
pub const GREY: &str = "grey";

/// Name of the output that describes the pictures.
pub const PICTURES: &str = "pictures.json";

/// The pictures that are wanted, by timepoint.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Parameters {
    /// One for each timepoint; its images are the inputs `T1c/N`, `labels/N` and `lesions/N`.
    pub timepoints: Vec<Wanted>,
}

/// What is wanted of one timepoint: for each track the lesions that it has there.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Wanted {
    /// Indices of lesions, track by track.
    pub lesions: Vec<Vec<u8>>,
}

/// One picture, without its grey values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Picture {
    /// Place of the timepoint among the wanted ones.
    pub timepoint: usize,
    /// Place of the track among the wanted ones.
    pub track: usize,
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Distance of pixel centres along a row and down a column, in mm.
    pub spacing_mm: [f64; 2],
    /// Slice, counted from 0, and how many there are.
    pub slice: (usize, usize),
    /// Outlines: value of the region in the label map, points in pixels.
    pub outlines: Vec<(u8, Vec<[f64; 2]>)>,
}

/// The maps of one timepoint, stored so that slices are axial.
struct Maps {
    image: Volume<u8>,
    labels: LabelMap,
    lesions: LabelMap,
}

/// Cuts the pictures; one timepoint is open at a time.
pub fn run(
    parameters: &Parameters,
    mut inputs: Inputs,
    progress: Progress,
) -> Result<Made, StageError> {
    let (mut pictures, mut grey) = (Vec::new(), Vec::new());
    let count = parameters.timepoints.len();
    for (timepoint, wanted) in parameters.timepoints.iter().enumerate() {
        progress(timepoint as f64 / count as f64, "cutting pictures");
        let maps = open(&mut inputs, timepoint)?;
        for (track, parts) in wanted.lesions.iter().enumerate() {
            let Some(k) = section::key_slice(&maps.lesions, parts) else { continue };
            pictures.push(picture(&maps, parts, (timepoint, track), k));
            grey.extend(section::slice(&maps.image, k).pixels);
        }
    }
    Ok(vec![json(PICTURES, &pictures)?, (GREY.to_owned(), grey)])
}

fn open(inputs: &mut Inputs, n: usize) -> Result<Maps, StageError> {
    let unreadable = || because(Fault::Defect, "an artefact cannot be read");
    let image = nifti::read(inputs.take(&format!("T1c/{n}"))?.bytes()).map_err(unreadable())?;
    let image = section::windowed(&image);
    let mut map = |name: &str| {
        nifti::read_labels(inputs.take(&format!("{name}/{n}"))?.bytes()).map_err(unreadable())
    };
    let (labels, lesions) = (map("labels")?, map("lesions")?);
    let axial = Reorientation::to_lps(image.grid());
    Ok(Maps {
        image: axial.apply(&image),
        labels: axial.apply(&labels),
        lesions: axial.apply(&lesions),
    })
}

fn picture(maps: &Maps, parts: &[u8], (timepoint, track): (usize, usize), k: usize) -> Picture {
    let [ni, nj, nk] = maps.labels.grid().shape;
    let [di, dj, _] = maps.image.grid().spacing_mm();
    let stretch = k * ni * nj..(k + 1) * ni * nj;
    let (labels, lesions) = (maps.labels.voxels(), maps.lesions.voxels());
    let mut outlines = Vec::new();
    for region in [Region::FlairHyperintensity, Region::NonEnhancingCore, Region::Enhancing] {
        let member = |at: usize| labels[at] == region.label() && parts.contains(&lesions[at]);
        let pixels = stretch.clone().map(member).collect();
        let mask = Section { size: [ni, nj], spacing_mm: [di, dj], pixels };
        outlines.extend(section::outline(&mask).into_iter().map(|line| (region.label(), line)));
    }
    Picture {
        timepoint,
        track,
        width: ni,
        height: nj,
        spacing_mm: [di, dj],
        slice: (k, nk),
        outlines,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use interval_core::digest::{Digest, Verified};
    use interval_core::geometry::{Grid, Transform};

    /// A lesion (index 1) of 3 x 3 enhancing pixels on slice 4, of 1 on slice 2.
    fn inputs() -> Inputs {
        let rows = [[1., 0., 0., 0.], [0., 1., 0., 0.], [0., 0., 2., 0.]];
        let grid = Grid { shape: [10, 8, 6], to_lps: Transform::new(rows) };
        let lesion = Volume::from_fn(grid, |at| match grid.index(at) {
            [i, j, 4] => u8::from((2..5).contains(&i) && (3..6).contains(&j)),
            [5, 5, 2] => 1,
            _ => 0,
        });
        let labels = lesion.map(|inside| inside * Region::Enhancing.label());
        let image = Volume::from_fn(grid, |at| grid.index(at)[0] as f32 * 100.);
        let mut inputs = Inputs::default();
        let files = [
            ("T1c/0", nifti::write(&image)),
            ("labels/0", nifti::write_labels(&labels)),
            ("lesions/0", nifti::write_labels(&lesion)),
        ];
        for (name, bytes) in files {
            let bytes = bytes.unwrap();
            let digest = Digest::of(&bytes);
            inputs.insert(name.into(), Verified::check(bytes, digest).unwrap());
        }
        inputs
    }

    #[test]
    fn the_largest_slice_is_cut_and_outlined_and_an_absent_lesion_is_not_pictured() {
        let wanted = Wanted { lesions: vec![vec![1], vec![2], vec![]] };
        let parameters = Parameters { timepoints: vec![wanted] };
        let made = run(&parameters, inputs(), &mut |_, _| {}).unwrap();
        let [(_, described), (_, grey)] = &made[..] else { panic!("two outputs") };
        let pictures: Vec<Picture> = serde_json::from_slice(described).unwrap();
        let [picture] = &pictures[..] else { panic!("one picture") };
        assert_eq!((picture.timepoint, picture.track, picture.slice), (0, 0, (4, 6)));
        assert_eq!((picture.width, picture.height, grey.len()), (10, 8, 80));
        assert_eq!(grey[..3], [0, 28, 56], "900 is white");
        let [(region, line)] = &picture.outlines[..] else { panic!("one outline") };
        assert_eq!(*region, Region::Enhancing.label());
        assert!(line.iter().all(|[x, y]| (1.5..=4.5).contains(x) && (2.5..=5.5).contains(y)));
    }
}
