//! Inference with pretrained networks: a model package is opened and checked ([`registry`]), the
//! runtime loaded ([`runtime`]), a study segmented ([`segment`]).
//!
//! A package is a folder: networks in ONNX, what they need to be run (`plans.json`,
//! `dataset.json`), and a card that says what their inputs and outputs are in our words
//! ([`card`]). Two kinds are run: nnU-Net v2, voxel for voxel as nnunetv2 does ([`nnunet`]), and
//! the three-input DeepMedic of `CaPTk` ([`deepmedic`]).
//!
//! A package is opened when somebody vouches for it ([`trust`], [`signature`]): its maker, or the
//! site that keeps a copy of it ([`shelf`]). A network is plain ONNX: no library of custom operators
//! is ever registered with the runtime.

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
pub mod shelf;
pub mod signature;
mod spelling;
mod tarball;
pub mod trust;
pub mod window;

pub use registry::{ModelError, Package, open};
pub use runtime::{Runtime, RuntimeError};
pub use segment::{InferenceError, Options, Segmentation, Stack};
