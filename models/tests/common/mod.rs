//! What the tests on stored networks and images share.
#![allow(dead_code, reason = "each test binary uses a part of this file")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "test support")]

use interval_core::volume::Volume;
use interval_imaging::nifti;
use interval_models::Runtime;
use interval_models::registry::Model;
use interval_models::trust::{Admission, Keyring};
use std::env;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

/// Threads of a test: the machines that run them have two cores.
const THREADS: NonZeroUsize = NonZeroUsize::new(2).unwrap();

/// A file or folder of the shared test material; nothing, with the reason printed, where there is
/// none.
pub fn shared(path: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let root = env::var_os("INTERVAL_SHARED").map_or_else(beside, PathBuf::from);
    let wanted = root.join(path);
    wanted
        .exists()
        .then_some(wanted)
        .or_else(|| skipped(&format!("no {path} in {}", root.display())))
}

/// ONNX Runtime; nothing, with the reason printed, where it is not installed.
pub fn runtime() -> Option<Runtime> {
    let named = env::var_os("INTERVAL_ORT_LIB").map(PathBuf::from);
    let found = Runtime::find(named.as_deref(), None);
    match found.and_then(|library| Runtime::load(&library, THREADS)) {
        Ok(runtime) => Some(runtime),
        Err(error) => skipped(&format!("{error}; INTERVAL_ORT_LIB names the library")),
    }
}

/// A network of others, which nobody has signed.
pub fn model(folder: &Path) -> Model {
    Model::open(folder, Admission::AnyUnaltered(&Keyring::nobody())).unwrap()
}

/// Whether the long proofs are wanted.
pub fn proving() -> bool {
    let wanted = env::var_os("INTERVAL_PROVE").is_some_and(|value| value == "1");
    if !wanted {
        println!("skipped: takes minutes of CPU; runs with INTERVAL_PROVE=1");
    }
    wanted
}

fn skipped<T>(why: &str) -> Option<T> {
    let required = env::var_os("INTERVAL_REQUIRE_PEERS").is_some_and(|value| value == "1");
    assert!(!required, "required, and missing: {why}");
    println!("skipped: {why}");
    None
}

/// One image file.
pub fn image(path: &Path) -> Volume<f32> {
    nifti::read(&fs::read(path).unwrap()).unwrap()
}

/// One label file.
pub fn labels(path: &Path) -> Volume<u8> {
    nifti::read_labels(&fs::read(path).unwrap()).unwrap()
}

/// The files `case_0000.nii.gz` and so on of a folder.
pub fn case(dir: &Path, channels: usize) -> Vec<Volume<f32>> {
    (0..channels).map(|c| image(&dir.join(format!("case_{c:04}.nii.gz")))).collect()
}

/// Dice of the voxels for which a label belongs to what is compared; nothing when neither map has
/// any.
pub fn dice(one: &[u8], other: &[u8], belongs: impl Fn(u8) -> bool) -> Option<f64> {
    let count = |both: &dyn Fn(bool, bool) -> bool| {
        one.iter().zip(other).filter(|(a, b)| both(belongs(**a), belongs(**b))).count() as f64
    };
    let sizes = count(&|a, _| a) + count(&|_, b| b);
    (sizes > 0.).then(|| 2. * count(&|a, b| a && b) / sizes)
}
