//! From series to what a model takes: volumes with their true geometry, the channels of one study
//! in the space of its post-contrast series, the bias field taken out, the brain cut out.

use super::{Inputs, Made, Progress, StageError, because, json, packing};
use crate::pipeline::sentence;
use crate::store::record::DoubtRecord;
use interval_core::assessment::Doubt;
use interval_core::fault::Fault;
use interval_core::geometry::{Lps, Transform};
use interval_core::role::SeriesRole;
use interval_core::study::Study;
use interval_core::volume::{Mask, Volume};
use interval_imaging::brain::{self, Atlas, Stripped};
use interval_imaging::register::{Contrast, Rigid, Start, gate, rigid};
use interval_imaging::{bias, display, nifti, resample};
use interval_iod::header;
use interval_iod::mr::{self, MrError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Version of the method.
pub const VERSION: u32 = 4;

/// Where the channels come from.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Parameters {
    /// For each channel: its role, and the names of the inputs that hold it.
    pub channels: Vec<ChannelParameters>,
    /// What becomes of the coil's shading.
    pub shading: ShadingParameter,
}

/// What becomes of the coil's shading, as the model's card asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShadingParameter {
    /// It is taken away.
    Corrected,
    /// It stays.
    Kept,
}

/// One channel.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ChannelParameters {
    /// The role's word.
    pub role: String,
    /// How it is stored.
    pub form: Form,
    /// Names of the inputs: SOP Instance UIDs, or one file.
    pub files: Vec<String>,
}

/// How a channel is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// DICOM instances of one series.
    Dicom,
    /// One NIfTI file.
    Nifti,
}

/// What was done, beside the volumes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Assembled {
    /// How each channel came into the space of T1c.
    pub channels: Vec<ChannelRecord>,
    /// SOP Instance UIDs of the T1c series along k; empty for NIfTI.
    pub slices: Vec<String>,
    /// Spacing of the T1c grid.
    pub spacing_mm: [f64; 3],
    /// How the brain was outlined.
    pub brain: String,
    /// What was done about the coil's shading.
    pub shading: String,
    /// What a person should know.
    pub doubts: Vec<DoubtRecord>,
}

/// How one channel came into the space of T1c.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChannelRecord {
    /// The role's word.
    pub role: String,
    /// T1c space to the channel's own space: rows of a 3x4 matrix, LPS mm.
    pub from_t1c: [[f64; 4]; 3],
    /// Whether the header was trusted or a registration was made, with the gate's figures.
    pub how: String,
}

type Channels = BTreeMap<SeriesRole, Volume<f32>>;

/// Builds the four channels and the brain mask.
pub fn run(
    parameters: &Parameters,
    mut inputs: Inputs,
    progress: Progress,
) -> Result<Made, StageError> {
    let mut assembled = Assembled {
        channels: Vec::new(),
        slices: Vec::new(),
        spacing_mm: [0.; 3],
        brain: String::new(),
        shading: String::new(),
        doubts: Vec::new(),
    };
    let mut channels = Channels::new();
    for (n, channel) in parameters.channels.iter().enumerate() {
        progress(n as f64 / 20., &format!("reading {}", channel.role));
        let role = channel.role.parse().map_err(because(Fault::Defect, "a role is unknown"))?;
        match read(role, channel, &mut inputs, &mut assembled)? {
            Some(volume) => drop(channels.insert(role, volume)),
            None => return held(assembled),
        }
    }
    let Some(t1c) = channels.remove(&SeriesRole::T1c) else {
        return Err(StageError::defect("the study was sent on without T1c"));
    };
    assembled.spacing_mm = t1c.grid().spacing_mm();
    progress(0.3, "outlining the brain");
    let Some(brain) = outline(&t1c, &mut inputs, &mut assembled)? else {
        return held(assembled);
    };
    let shading = shading(parameters.shading, &mut assembled);
    let mut made = Made::new();
    for (role, volume) in channels {
        progress(0.6, &format!("aligning {role}"));
        let from_t1c = place(role, &t1c, &volume, &mut assembled)?;
        let moved = resample::linear(&volume, t1c.grid(), &from_t1c);
        made.push(head(role, &moved)?);
        made.push(channel((role, shading), &moved, &brain)?);
    }
    made.push(head(SeriesRole::T1c, &t1c)?);
    made.push(channel((SeriesRole::T1c, shading), &t1c, &brain)?);
    let written = nifti::write_mask(&brain)
        .map_err(because(Fault::Defect, "the brain mask cannot be written"))?;
    made.push(("brain".into(), written));
    made.push(json("assemble.json", &assembled)?);
    Ok(made)
}

/// What is done about the coil's shading. Images that came without skull went through somebody's
/// preparation already, and a second correction would cost tumour contrast.
fn shading(asked: ShadingParameter, assembled: &mut Assembled) -> ShadingParameter {
    let stripped = assembled.doubts.contains(&(&Doubt::AlreadyStripped).into());
    let (shading, why) = match (asked, stripped) {
        (ShadingParameter::Kept, _) => (asked, "kept: the model was trained on shaded images"),
        (_, true) => (ShadingParameter::Kept, "kept: the images were prepared before they came"),
        (ShadingParameter::Corrected, false) => {
            (asked, "corrected in the brain, channel by channel")
        }
    };
    assembled.shading = why.into();
    shading
}

/// A study that a human must look at leaves its record alone.
fn held(assembled: Assembled) -> Result<Made, StageError> {
    Ok(vec![json("assemble.json", &assembled)?])
}

/// One channel as a volume; nothing when its series is not whole, with the doubt written down.
fn read(
    role: SeriesRole,
    channel: &ChannelParameters,
    inputs: &mut Inputs,
    assembled: &mut Assembled,
) -> Result<Option<Volume<f32>>, StageError> {
    if channel.form == Form::Nifti {
        let name = channel.files.first().map_or("", String::as_str);
        let volume = nifti::read(inputs.take(name)?.bytes())
            .map_err(because(Fault::Refused, "a NIfTI file cannot be read"))?;
        return Ok(Some(volume));
    }
    let mut files = Vec::new();
    let mut instances = Vec::new();
    for name in &channel.files {
        let file = inputs.take(name)?;
        let instance = header::read(file.bytes(), file.digest())
            .map_err(because(Fault::Refused, "a header cannot be read"))?;
        files.push(file);
        instances.push(instance);
    }
    let Some(first) = instances.first() else {
        return Err(StageError::defect("a channel without instances"));
    };
    let study = Study::from_instances(first.study.clone(), instances);
    let Some(series) = study.series.first() else {
        return Err(StageError::defect("a channel without a series"));
    };
    match mr::volume(series, &files) {
        Ok(read) => {
            if role == SeriesRole::T1c {
                assembled.slices = read.slices.iter().map(ToString::to_string).collect();
            }
            Ok(Some(read.volume))
        }
        Err(error) => {
            assembled.doubts.push((&unusable(role, &error)).into());
            Ok(None)
        }
    }
}

/// What a person should know of a series that is no volume: slices that do not add up are another
/// matter than an image that cannot be read.
fn unusable(role: SeriesRole, error: &MrError) -> Doubt {
    let what = sentence(error);
    match error {
        MrError::TooFewSlices { .. }
        | MrError::Duplicate { .. }
        | MrError::Incomplete { .. }
        | MrError::Gap { .. }
        | MrError::Uneven { .. }
        | MrError::Aside { .. } => Doubt::UnevenSlices(role, what),
        _ => Doubt::UnreadableSeries(role, what),
    }
}

/// The brain on the T1c grid; nothing when it cannot be told from the rest.
fn outline(
    t1c: &Volume<f32>,
    inputs: &mut Inputs,
    assembled: &mut Assembled,
) -> Result<Option<Mask>, StageError> {
    if brain::already_stripped(t1c) == Stripped::Yes {
        assembled.brain = "the images came without skull; what is not zero is brain".into();
        assembled.doubts.push((&Doubt::AlreadyStripped).into());
        return Ok(Some(t1c.map(|value| *value != 0.)));
    }
    let mut file = |name: &str| inputs.take(name);
    let atlas = Atlas::from_nifti(
        file("atlas/t1")?.bytes(),
        file("atlas/grey")?.bytes(),
        file("atlas/white")?.bytes(),
    )
    .map_err(because(Fault::Unavailable, "the head atlas cannot be read"))?;
    match brain::extract(t1c, &atlas) {
        Ok(found) => {
            assembled.brain = outlined(&found);
            assembled.doubts.extend(found.doubt.as_ref().map(DoubtRecord::from));
            Ok(Some(found.mask))
        }
        Err(error) => {
            assembled.doubts.push((&Doubt::PoorBrainMask(sentence(&error))).into());
            Ok(None)
        }
    }
}

/// How well an outline stands, in words.
pub fn outlined(found: &brain::BrainMask) -> String {
    format!(
        "{:.0} cm3; the placed atlas explains {:.0} % of the head's intensities, {:.0} % of the \
         outline was found in the image itself",
        found.mask.volume().0,
        found.explained * 100.,
        found.outlined * 100.
    )
}

/// Where a channel lies relative to T1c: as the headers say when that passes the gate, else as
/// registered.
fn place(
    role: SeriesRole,
    t1c: &Volume<f32>,
    volume: &Volume<f32>,
    assembled: &mut Assembled,
) -> Result<Transform<Lps, Lps>, StageError> {
    let contrast = if role == SeriesRole::T1 { Contrast::Same } else { Contrast::Cross };
    let header = Transform::identity();
    let judged = gate::judge(t1c, volume, &header, contrast);
    let (from_t1c, how) = if judged.passed() {
        (header, format!("header alignment kept: {}", judged.why()))
    } else {
        let how = Rigid { contrast, ignore: None, start: Start::Header };
        let found = rigid(t1c, volume, &how)
            .map_err(because(Fault::Refused, &format!("{role} cannot be registered to T1c")))?;
        let after = found.gate;
        if !after.passed() {
            let what = format!("{role} onto T1c, {}", after.why());
            assembled.doubts.push((&Doubt::PoorRegistration(what)).into());
        }
        (found.fixed_to_moving, format!("registered: {}", after.why()))
    };
    assembled.channels.push(ChannelRecord {
        role: role.as_str().into(),
        from_t1c: from_t1c.rows,
        how,
    });
    Ok(from_t1c)
}

/// A whole head on the T1c grid, as it came from the scanner: for people, who look at more than the
/// brain.
fn head(role: SeriesRole, volume: &Volume<f32>) -> Result<(String, Vec<u8>), StageError> {
    packing::values(&format!("head/{role}"), &display::shown(volume))
}

/// A channel on the T1c grid, its shading taken away if asked, zero outside the brain.
fn channel(
    (role, shading): (SeriesRole, ShadingParameter),
    volume: &Volume<f32>,
    brain: &Mask,
) -> Result<(String, Vec<u8>), StageError> {
    let mut channel = match shading {
        ShadingParameter::Corrected => bias::correct(volume, brain),
        ShadingParameter::Kept => volume.clone(),
    };
    for (value, inside) in channel.voxels_mut().iter_mut().zip(brain.voxels()) {
        if !inside {
            *value = 0.;
        }
    }
    let written =
        nifti::write(&channel).map_err(because(Fault::Defect, "a channel cannot be written"))?;
    Ok((role.as_str().to_owned(), written))
}
