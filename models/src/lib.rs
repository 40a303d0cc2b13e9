//! Inference with pretrained networks: a model package is opened and checked ([`registry`]), the
//! runtime loaded ([`runtime`]), a study segmented ([`segment`]).
//!
//! A package is a folder: networks in ONNX, what they need to be run (`plans.json`,
//! `dataset.json`), and a card that says what their inputs and outputs are in our words
//! ([`card`]). Two kinds are run: nnU-Net v2, voxel for voxel as nnunetv2 does ([`nnunet`]), and
//! the three-input DeepMedic of `CaPTk` ([`deepmedic`]).

pub mod block;
pub mod card;
pub mod deepmedic;
mod folder;
pub mod nnunet;
pub mod orient;
pub mod plain;
pub mod postprocess;
pub mod registry;
pub mod runtime;
pub mod segment;
mod spelling;
pub mod window;

pub use registry::{ModelError, Package, open};
pub use runtime::{Runtime, RuntimeError};
pub use segment::{InferenceError, Options, Segmentation, Stack};
