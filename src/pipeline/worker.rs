//! A worker: a process of its own that computes one stage and ends. It has no database and no way
//! out; it limits its own memory first, so that when a decoder or the inference runtime fails, it
//! dies and the doors stay open.

use super::protocol::{self, Answer, Following, Input, Request};
use super::stage::{self, Inputs, StageError, because};
use crate::usage;
use interval_core::digest::Verified;
use interval_core::fault::Fault;
use rustix::process::{Resource, Rlimit, Signal, setpriority_process, setrlimit};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// How much politer than the doors a worker is (nice value).
const NICE: i32 = 10;

/// The limits of one worker.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Folder of the objects.
    pub objects: PathBuf,
    /// Threads for computing.
    pub threads: usize,
    /// Address space in MiB.
    pub memory_mib: u64,
}

/// Reads one request from stdin, computes, answers on stdout.
pub fn main(limits: &Limits) -> io::Result<()> {
    confine(limits)?;
    let mut stdin = io::stdin().lock();
    let (request, _) = protocol::receive::<Request>(&mut stdin)?;
    let mut out = BufWriter::new(io::stdout().lock());
    let mut progress_out = Vec::new();
    let result = compute(limits, (&request, &mut stdin), &mut |fraction, doing| {
        let answer = Answer::Progress { fraction, doing: doing.to_owned() };
        progress_out.clear();
        // Progress is a courtesy: when nobody reads it any more, the end is seen soon enough.
        let _ = protocol::send(&mut progress_out, &answer, &[])
            .and_then(|()| out.write_all(&progress_out))
            .and_then(|()| out.flush());
    });
    match result {
        Ok(made) => {
            for (name, content) in made {
                protocol::send(&mut out, &Answer::Output { name }, &content)?;
            }
            let cpu_ms = usage::cpu().as_millis() as i64;
            let peak_rss_kb = usage::peak_rss_kb() as i64;
            protocol::send(&mut out, &Answer::Done { cpu_ms, peak_rss_kb }, &[])
        }
        Err(StageError { fault, reason }) => {
            let fault = fault.as_str().to_owned();
            protocol::send(&mut out, &Answer::Failed { fault, reason }, &[])
        }
    }
}

/// Takes the limits on: memory, threads, priority, and an end with its parent.
fn confine(limits: &Limits) -> io::Result<()> {
    let bytes = limits.memory_mib << 20;
    setrlimit(Resource::As, Rlimit { current: Some(bytes), maximum: Some(bytes) })?;
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    setpriority_process(None, NICE)?;
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    rayon::ThreadPoolBuilder::new()
        .num_threads(limits.threads)
        .build_global()
        .map_err(io::Error::other)
}

fn compute(
    limits: &Limits,
    (request, following): (&Request, &mut impl Read),
    progress: stage::Progress,
) -> Result<stage::Made, StageError> {
    let stage = request.stage.parse().map_err(StageError::defect)?;
    let mut inputs = Inputs::default();
    for input in &request.inputs {
        let (name, content) = open(&limits.objects, input, following)?;
        inputs.insert(name, content);
    }
    stage::run(stage, &request.parameters, inputs, progress)
}

/// Reads an input and checks its digest from the very bytes that are used.
fn open(
    objects: &Path,
    input: &Input,
    following: &mut impl Read,
) -> Result<(String, Verified<Vec<u8>>), StageError> {
    let unreadable = because(Fault::Unavailable, "an input cannot be read");
    let (name, bytes, sha256) = match input {
        Input::Object { name, object, key, sha256 } => {
            let object = protocol::sealed_object(object, key)
                .map_err(because(Fault::Defect, "an input has no key"))?;
            let bytes = object.open_at(&objects.join(object.path())).map_err(unopened)?;
            (name.clone(), bytes, sha256.clone())
        }
        Input::File { name, path, sha256 } => {
            (name.clone(), std::fs::read(path).map_err(unreadable)?, sha256.clone())
        }
        Input::Following => {
            let (Following { name, sha256 }, bytes) =
                protocol::receive(following).map_err(unreadable)?;
            (name, bytes, sha256)
        }
    };
    let digest = sha256.parse().map_err(because(Fault::Defect, "an input has no digest"))?;
    let verified =
        Verified::check(bytes, digest).map_err(because(Fault::Defect, "an input was altered"))?;
    Ok((name, verified))
}

/// Bytes that do not open were altered; everything else about a file may pass.
fn unopened(error: io::Error) -> StageError {
    match error.kind() {
        io::ErrorKind::InvalidData => because(Fault::Defect, "an input was altered")(error),
        _ => because(Fault::Unavailable, "an input cannot be read")(error),
    }
}
