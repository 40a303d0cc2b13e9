//! What the viewer shows of one timepoint, in the space of the current study: whole heads, the
//! difference that contrast medium made, labels, lesions, what changed since the timepoint before,
//! and the surfaces of the lesions. The current study itself is not moved: its maps are those that
//! were measured.

use super::{Inputs, Made, Progress, StageError, because, json, packing};
use crate::store::record::{
    ChannelWindowRecord, GridRecord, MedianRecord, RegistrationRecord, SceneRecord,
};
use interval_core::fault::Fault;
use interval_core::geometry::{Grid, Lps, Transform};
use interval_core::role::SeriesRole;
use interval_core::volume::{LabelMap, Mask, Volume};
use interval_imaging::surface::{self, Field};
use interval_imaging::{change, display, nifti, resample};
use serde::{Deserialize, Serialize};

/// Version of the method.
pub const VERSION: u32 = 1;

/// Name of the output that describes the others.
pub const SCENE: &str = "scene.json";

/// Name of the difference of T1c and T1.
pub const SUBTRACTION: &str = "subtraction";

/// What medians are in.
const MEDIAN_UNIT: &str = "brain median";

/// One timepoint, and the one before it. Inputs: `grid` (a map on the current study's grid); of this
/// timepoint the four channels by their roles, `head/ROLE`, `brain`, `labels` and `lesions`; of the
/// one before `before/labels` and `before/lesions`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Parameters {
    /// This timepoint.
    pub this: Placed,
    /// The timepoint before.
    pub before: Option<Placed>,
    /// How well this timepoint lies.
    pub registration: RegistrationRecord,
}

/// Where a timepoint lies, and which lesions it has.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Placed {
    /// The current study's LPS mm to this one's: rows of a 3x4 matrix.
    pub from_current: [[f64; 4]; 3],
    /// For each track, the indices of its lesions here.
    pub tracks: Vec<Vec<u8>>,
}

/// A timepoint's maps in its own grid, and the way to them.
struct Maps {
    labels: LabelMap,
    lesions: LabelMap,
    from_current: Transform<Lps, Lps>,
}

/// Makes the outputs of one timepoint.
pub fn run(
    parameters: &Parameters,
    mut inputs: Inputs,
    progress: Progress,
) -> Result<Made, StageError> {
    progress(0., "reading maps");
    let grid = *labels(&mut inputs, "grid")?.grid();
    let maps = Maps::open(&mut inputs, "", &parameters.this)?;
    let to_current = maps.from_current.inverse();
    let to_current = to_current.ok_or_else(|| StageError::defect("a place has no way back"))?;
    let mut record = SceneRecord {
        grid: grid_record(&grid),
        to_current: to_current.rows,
        registration: parameters.registration.clone(),
        channels: Vec::new(),
        surfaces: Vec::new(),
        medians: Vec::new(),
    };
    let mut made = Made::new();
    progress(0.1, "placing images");
    images(&mut inputs, (&maps, &grid), &parameters.this.tracks, (&mut record, &mut made))?;
    progress(0.6, "placing maps");
    let here = maps.on(&grid);
    made.push(packing::output("labels", here.labels.voxels())?);
    made.push(packing::output("lesions", here.lesions.voxels())?);
    let before = match &parameters.before {
        Some(placed) => Some((Maps::open(&mut inputs, "before/", placed)?, placed)),
        None => None,
    };
    if let Some((before, _)) = &before {
        let changed = change::change(&here.labels, &before.on(&grid).labels)
            .map_err(because(Fault::Defect, "two maps are not on one grid"))?;
        made.push(packing::output("change", changed.voxels())?);
    }
    progress(0.7, "finding surfaces");
    let before = before.as_ref().map(|(maps, placed)| (maps, *placed));
    for (track, parts) in parameters.this.tracks.iter().enumerate() {
        let Some(field) = maps.field(parts) else { continue };
        let then = before.and_then(|(maps, placed)| Some((maps, placed.tracks.get(track)?)));
        let bytes = surface_bytes(&field, &to_current, then);
        made.push(packing::output(&format!("surface/{track}"), &bytes)?);
        record.surfaces.push(track);
    }
    made.push(json(SCENE, &record)?);
    Ok(made)
}

/// The channels with their heads, one after the other, and the subtraction.
fn images(
    inputs: &mut Inputs,
    (maps, grid): (&Maps, &Grid),
    tracks: &[Vec<u8>],
    (record, made): (&mut SceneRecord, &mut Made),
) -> Result<(), StageError> {
    let brain = labels(inputs, "brain")?.map(|value| *value != 0);
    let brain_here = resample::nearest(&brain, grid, &maps.from_current);
    let mut show = |name: &str, image: &Volume<i16>| -> Result<(), StageError> {
        let window = display::window(image, &brain_here);
        record.channels.push(ChannelWindowRecord { name: name.into(), window });
        made.push(packing::values(name, image)?);
        Ok(())
    };
    let (mut t1, mut t1c) = (None, None);
    for role in SeriesRole::CHANNELS {
        let channel = read(inputs, role.as_str())?;
        let head = inputs.take(&format!("head/{role}"))?;
        let head = packing::volume(head.bytes(), maps.labels.grid())?;
        let head = resample::linear(&head, grid, &maps.from_current);
        show(role.as_str(), &display::rounded(&head))?;
        record.medians.extend(medians(role, &channel, (maps, &brain), tracks));
        match role {
            SeriesRole::T1 => t1 = Some(channel),
            SeriesRole::T1c => t1c = Some(channel),
            _ => {}
        }
    }
    if let (Some(t1), Some(t1c)) = (t1, t1c) {
        let difference = display::subtraction((&t1c, &t1), &brain)
            .map_err(because(Fault::Defect, "two channels are not on one grid"))?;
        let difference = resample::linear(&difference, grid, &maps.from_current);
        show(SUBTRACTION, &display::shown_difference(&difference))?;
    }
    Ok(())
}

/// How bright each track is in a channel, in the timepoint's own grid.
fn medians(
    role: SeriesRole,
    channel: &Volume<f32>,
    (maps, brain): (&Maps, &Mask),
    tracks: &[Vec<u8>],
) -> Vec<MedianRecord> {
    let of_brain = display::median(channel, brain);
    let median = |parts: &[u8]| display::median_in(channel, (&maps.lesions, parts), of_brain);
    let found = tracks.iter().enumerate().filter_map(|(track, parts)| {
        Some(MedianRecord {
            track,
            channel: role.as_str().into(),
            median: median(parts)?,
            unit: MEDIAN_UNIT.into(),
        })
    });
    found.collect()
}

/// A surface in the space of the current study, with how far it grew beyond the one before.
fn surface_bytes(
    field: &Field,
    to_current: &Transform<Lps, Lps>,
    before: Option<(&Maps, &Vec<u8>)>,
) -> Vec<u8> {
    let mut found = field.surface();
    for vertex in &mut found.vertices {
        *vertex = to_current.apply_to(*vertex);
    }
    let grown = before.and_then(|(maps, parts)| {
        let field = maps.field(parts)?;
        let there: Vec<_> =
            found.vertices.iter().map(|vertex| maps.from_current.apply_to(*vertex)).collect();
        Some(surface::growth(&there, &field))
    });
    found.to_bytes(&grown.unwrap_or_default())
}

impl Maps {
    fn open(inputs: &mut Inputs, prefix: &str, placed: &Placed) -> Result<Self, StageError> {
        Ok(Self {
            labels: labels(inputs, &format!("{prefix}labels"))?,
            lesions: labels(inputs, &format!("{prefix}lesions"))?,
            from_current: Transform::new(placed.from_current),
        })
    }

    /// The maps on the current study's grid; its own come back as they are.
    fn on(&self, grid: &Grid) -> Self {
        let place = |map: &LabelMap| {
            if *map.grid() == *grid && self.from_current == Transform::identity() {
                map.clone()
            } else {
                resample::nearest(map, grid, &self.from_current)
            }
        };
        Self {
            labels: place(&self.labels),
            lesions: place(&self.lesions),
            from_current: Transform::identity(),
        }
    }

    /// The field around lesions with these indices; nothing when they are not there.
    fn field(&self, parts: &[u8]) -> Option<Field> {
        if parts.is_empty() {
            return None;
        }
        Field::new(&self.lesions.map(|lesion| parts.contains(lesion)))
    }
}

fn labels(inputs: &mut Inputs, name: &str) -> Result<LabelMap, StageError> {
    nifti::read_labels(inputs.take(name)?.bytes())
        .map_err(because(Fault::Defect, "an artefact cannot be read"))
}

fn read(inputs: &mut Inputs, name: &str) -> Result<Volume<f32>, StageError> {
    nifti::read(inputs.take(name)?.bytes())
        .map_err(because(Fault::Defect, "an artefact cannot be read"))
}

fn grid_record(grid: &Grid) -> GridRecord {
    let (rows, spacing_mm) = (grid.to_lps.rows, grid.spacing_mm());
    GridRecord {
        size: grid.shape,
        spacing_mm,
        origin_lps_mm: rows.map(|row| row[3]),
        direction: [0, 1, 2].map(|axis| rows.map(|row| row[axis] / spacing_mm[axis])),
    }
}

#[cfg(test)]
mod tests;
