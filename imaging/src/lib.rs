//! Volumes in, volumes and numbers out: pure computation on the types of `interval-core`.

pub mod components;
pub mod distance;
pub mod morphology;
pub mod nifti;
pub mod resample;
pub mod window;
pub mod zoom;
