//! Volumes in, volumes and numbers out: pure computation on the types of `interval-core`.

pub mod agreement;
pub mod bias;
pub mod blur;
pub mod borders;
pub mod brain;
pub mod change;
pub mod components;
pub mod correct;
pub mod display;
pub mod distance;
pub mod matching;
pub mod measure;
pub mod morphology;
pub mod nifti;
pub mod normalise;
pub mod register;
pub mod resample;
pub mod section;
pub mod surface;
pub mod window;
pub mod zoom;
