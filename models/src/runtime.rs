//! ONNX Runtime: where its library is found, and networks loaded into it. The one home of `ort`.

use interval_core::digest::Verified;
use interval_core::fault::Fault;
use ort::environment::Environment;
use ort::logging::LogLevel;
use ort::session::Session;
use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};
use ort::value::TensorRef;
use std::env;
use std::ffi::OsStr;
use std::fmt;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Why the runtime does not run.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// No library was found.
    #[error(
        "the inference runtime is not installed (looked in {}): run `interval runtime install`",
        places.join(", ")
    )]
    Missing {
        /// Where it was looked for.
        places: Vec<String>,
    },
    /// The library is there and cannot be used.
    #[error("the inference runtime {library} cannot be used: {reason}")]
    Unusable {
        /// Its path.
        library: String,
        /// What it said.
        reason: String,
    },
    /// A process has one runtime, and has another one already.
    #[error(
        "the inference runtime {loaded} is in use already; {wanted} cannot be loaded beside it"
    )]
    Another {
        /// The library in use.
        loaded: String,
        /// The library asked for.
        wanted: String,
    },
    /// The runtime does not take a network.
    #[error("the runtime refuses the network")]
    Load(#[source] ort::Error),
    /// The network failed on its input.
    #[error("the network failed")]
    Run(#[source] ort::Error),
    /// The network gave something else than was agreed.
    #[error("the network gave {found} where {wanted} was expected")]
    Answer {
        /// What came.
        found: String,
        /// What the card or plans promise.
        wanted: String,
    },
}

impl RuntimeError {
    /// What to do about it.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Missing { .. } | Self::Unusable { .. } => Fault::Unavailable,
            Self::Another { .. } => Fault::Defect,
            Self::Load(_) | Self::Answer { .. } => Fault::Refused,
            Self::Run(_) => Fault::Exhausted,
        }
    }
}

/// ONNX Runtime in this process.
#[derive(Clone)]
pub struct Runtime {
    environment: Environment,
    library: PathBuf,
    threads: NonZeroUsize,
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} with {} threads", self.provider(), self.threads)
    }
}

/// The library of this process and its environment: ONNX Runtime allows one.
static LOADED: Mutex<Option<(PathBuf, Environment)>> = Mutex::new(None);

/// Environment variable that names the library (the one `ort` itself knows).
const LIBRARY_VARIABLE: &str = "ORT_DYLIB_PATH";
/// Folder below the data folder that `interval runtime install` writes to.
const DATA_FOLDER: &str = "runtime";

impl Runtime {
    /// Finds the library: the explicit path, else `ORT_DYLIB_PATH`, else `runtime/` in the data
    /// folder, else beside the executable. A path that was named and is not there is an error.
    pub fn find(explicit: Option<&Path>, data: Option<&Path>) -> Result<PathBuf, RuntimeError> {
        let variable = env::var_os(LIBRARY_VARIABLE).map(PathBuf::from);
        if let Some(named) = explicit.map(Path::to_owned).or(variable) {
            let places = vec![named.display().to_string()];
            return named.is_file().then_some(named).ok_or(RuntimeError::Missing { places });
        }
        let beside = env::current_exe().ok().and_then(|exe| exe.parent().map(Path::to_owned));
        let folders: Vec<PathBuf> =
            data.map(|data| data.join(DATA_FOLDER)).into_iter().chain(beside).collect();
        folders.iter().find_map(|folder| library_in(folder)).ok_or_else(|| {
            let places = folders.iter().map(|folder| folder.display().to_string()).collect();
            RuntimeError::Missing { places }
        })
    }

    /// Loads a library and gives networks this number of threads. Later calls in the same process
    /// share what the first one loaded.
    pub fn load(library: &Path, threads: NonZeroUsize) -> Result<Self, RuntimeError> {
        let unusable = |reason: String| RuntimeError::Unusable {
            library: library.display().to_string(),
            reason,
        };
        let library = library.canonicalize().map_err(|e| unusable(e.to_string()))?;
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((path, environment)) = loaded.as_ref() {
            if *path != library {
                return Err(RuntimeError::Another {
                    loaded: path.display().to_string(),
                    wanted: library.display().to_string(),
                });
            }
            return Ok(Self { environment: environment.clone(), library, threads });
        }
        let environment = ort::init_from(&library)
            .map_err(|e| unusable(e.to_string()))?
            .with_name("interval")
            .with_telemetry(false)
            .build()
            .map_err(|e| unusable(e.to_string()))?;
        environment.set_log_level(LogLevel::Warning);
        *loaded = Some((library.clone(), environment.clone()));
        Ok(Self { environment, library, threads })
    }

    /// What computes, for results and logs: the provider and the library.
    pub fn provider(&self) -> String {
        let name = self.library.file_name().map(OsStr::to_string_lossy).unwrap_or_default();
        format!("CPUExecutionProvider ({name})")
    }

    /// Loads a network, whose bytes were checked.
    pub fn network<T: AsRef<[u8]>>(&self, model: &Verified<T>) -> Result<Network, RuntimeError> {
        let load = |builder: SessionBuilder| -> Result<Session, ort::Error> {
            builder
                .with_optimization_level(GraphOptimizationLevel::All)?
                .with_intra_threads(self.threads.get())?
                .with_intra_op_spinning(false)?
                .with_deterministic_compute(true)?
                .commit_from_memory(model.bytes())
        };
        let session =
            Session::builder(&self.environment).and_then(load).map_err(RuntimeError::Load)?;
        Ok(Network { session })
    }
}

/// The library in a folder; the last by name, so that of two versions the later is taken.
fn library_in(folder: &Path) -> Option<PathBuf> {
    let names = folder.read_dir().ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    names
        .filter(|path| {
            let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
            let library = name.starts_with("libonnxruntime.") || name == "onnxruntime.dll";
            library && path.is_file()
        })
        .max()
}

/// One input of a network: its values, slowest axis first.
#[derive(Debug, Clone, Copy)]
pub struct Tensor<'a> {
    /// Number of values along each axis.
    pub shape: [usize; 5],
    /// The values.
    pub values: &'a [f32],
}

/// A network ready to run.
#[derive(Debug)]
pub struct Network {
    session: Session,
}

impl Network {
    /// Runs the network on its inputs, in the order it declares them, and gives its first output:
    /// `wanted` values.
    pub fn run(&mut self, inputs: &[Tensor<'_>], wanted: usize) -> Result<Vec<f32>, RuntimeError> {
        if self.session.inputs().len() != inputs.len() {
            return Err(RuntimeError::Answer {
                found: format!("{} inputs", self.session.inputs().len()),
                wanted: format!("{}", inputs.len()),
            });
        }
        let mut named = Vec::with_capacity(inputs.len());
        for (outlet, input) in self.session.inputs().iter().zip(inputs) {
            let tensor = TensorRef::from_array_view((input.shape, input.values))
                .map_err(RuntimeError::Run)?;
            named.push((outlet.name().to_owned(), tensor));
        }
        let outputs = self.session.run(named).map_err(RuntimeError::Run)?;
        let (shape, values) = outputs[0].try_extract_tensor::<f32>().map_err(RuntimeError::Run)?;
        if values.len() != wanted {
            let found = format!("an answer of {shape:?}");
            return Err(RuntimeError::Answer { found, wanted: format!("{wanted} values") });
        }
        Ok(values.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_library_that_was_named_and_is_not_there_is_an_error_that_names_it() {
        let error = Runtime::find(Some(Path::new("/nowhere/libonnxruntime.so")), None).unwrap_err();
        assert_eq!(error.fault(), Fault::Unavailable);
        let text = error.to_string();
        assert!(text.contains("/nowhere/libonnxruntime.so"), "{text}");
        assert!(text.contains("interval runtime install"), "{text}");
    }
    #[test]
    fn of_two_versions_in_a_folder_the_later_is_taken_and_other_files_never() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(library_in(folder.path()), None);
        for name in [
            "libonnxruntime.so.1.31.1",
            "libonnxruntime.so.1.32.0",
            "libonnxruntime_providers_shared.so",
            "notes.txt",
        ] {
            fs::write(folder.path().join(name), b"").unwrap();
        }
        assert_eq!(library_in(folder.path()), Some(folder.path().join("libonnxruntime.so.1.32.0")));
    }
    #[test]
    fn what_is_no_library_is_not_loaded() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("libonnxruntime.so");
        let one = NonZeroUsize::MIN;
        assert!(matches!(Runtime::load(&path, one), Err(RuntimeError::Unusable { .. })));
    }
}
