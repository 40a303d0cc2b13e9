//! Volumes in, volumes and numbers out: pure computation on the types of `interval-core`.

pub mod components;
pub mod distance;
pub mod morphology;
pub mod window;
pub mod zoom;
