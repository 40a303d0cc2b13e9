//! Volumes in, volumes and numbers out: pure computation on the types of `interval-core`.

pub mod agreement;
pub mod bias;
pub mod blur;
pub mod borders;
pub mod brain;
pub mod components;
pub mod correct;
pub mod distance;
pub mod matching;
pub mod measure;
pub mod morphology;
pub mod nifti;
pub mod normalise;
pub mod register;
pub mod resample;
pub mod section;
pub mod window;
pub mod zoom;
