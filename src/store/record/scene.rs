//! What a worker says of one timepoint in the space of the current study: the parts of a scene that
//! are no images.

use serde::{Deserialize, Serialize};

/// One timepoint of a scene.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SceneRecord {
    /// The grid of all images of the scene: that of the current study's T1c.
    pub grid: GridRecord,
    /// This timepoint's LPS mm to the current study's: rows of a 3x4 matrix.
    pub to_current: [[f64; 4]; 3],
    /// How well it lies there.
    pub registration: RegistrationRecord,
    /// Its images.
    pub channels: Vec<ChannelWindowRecord>,
    /// Places of the tracks that have a surface here.
    pub surfaces: Vec<usize>,
    /// How bright the lesions are.
    pub medians: Vec<MedianRecord>,
}

/// Where the voxels of a grid lie.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GridRecord {
    /// Voxels along i, j, k; i runs fastest.
    pub size: [usize; 3],
    /// Distance of voxel centres along i, j, k.
    pub spacing_mm: [f64; 3],
    /// Centre of the first voxel, LPS.
    pub origin_lps_mm: [f64; 3],
    /// Unit vectors along i, j, k, LPS.
    pub direction: [[f64; 3]; 3],
}

/// How well a timepoint lies on the reference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RegistrationRecord {
    /// Whether the gate was passed.
    pub passed: bool,
    /// The gate's figures in words.
    pub why: String,
    /// Estimated error over the brain.
    pub error_mm: f64,
}

/// An image, and the values between which it is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelWindowRecord {
    /// Its name: a role, or `subtraction`.
    pub name: String,
    /// Darkest and brightest value.
    pub window: [i16; 2],
}

/// How bright a track is in one channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MedianRecord {
    /// Place of the track among those of the assessment.
    pub track: usize,
    /// The channel's role.
    pub channel: String,
    /// Median over the track's voxels in the timepoint's own grid.
    pub median: f64,
    /// What it is in.
    pub unit: String,
}
