//! The node's side of its workers: starts one for each stage run, feeds it, stores what it makes,
//! and outlives whatever becomes of it.

use super::bench::{Content, Given};
use super::nursery::Nursery;
use super::protocol::{
    Answer, HEADER_BYTES_MAX, Input, PAYLOAD_BYTES_MAX, Request, fault_of, send, send_following,
};
use crate::store::artefact::Cost;
use crate::store::blobs::{Blobs, Stored};
use interval_core::digest::Verified;
use interval_core::fault::Fault;
use interval_core::stage::Stage;
use interval_iod::deid;
use interval_iod::deid::cloak::Cloak;
use std::io;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{ChildStdout, Command};
use tokio::sync::Semaphore;

/// What a worker is asked to do: everything in it is without identity, or becomes so on the way.
#[derive(Debug)]
pub struct Order<'a> {
    /// The stage.
    pub stage: Stage,
    /// Its parameters, as JSON.
    pub parameters: String,
    /// Its inputs.
    pub inputs: &'a [Given],
    /// What hides the patient.
    pub cloak: &'a Cloak,
}

/// Pieces in which an output goes from the worker to the disk.
const PIECE_BYTES: usize = 256 * 1024;

/// What a worker can fail with, seen from the node.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// It could not be started or spoken to.
    #[error("a worker for {stage} could not be {action}")]
    Pipe {
        /// The stage.
        stage: String,
        /// What was attempted.
        action: &'static str,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// It ended without an answer.
    #[error("the worker for {stage} ended without an answer ({status}): killed or out of memory")]
    Died {
        /// The stage.
        stage: String,
        /// How it ended.
        status: ExitStatus,
    },
    /// It took too long.
    #[error("the worker for {stage} was stopped after {} s", limit.as_secs())]
    TooLong {
        /// The stage.
        stage: String,
        /// How long it may take.
        limit: Duration,
    },
    /// It said why it could not do it.
    #[error("{reason}")]
    Stage {
        /// What the failure asks for.
        fault: Fault,
        /// A sentence for people.
        reason: String,
    },
}

impl WorkerError {
    /// What the failure asks for.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Pipe { .. } | Self::Died { .. } => Fault::Unavailable,
            Self::TooLong { .. } => Fault::Exhausted,
            Self::Stage { fault, .. } => *fault,
        }
    }
}

/// Starts workers; one computes at a time, so that one permit sizes the machine.
#[derive(Debug, Clone)]
pub struct Pool {
    /// The program to start: this one.
    pub program: PathBuf,
    /// Where outputs go and inputs lie.
    pub blobs: Blobs,
    /// Threads of a worker.
    pub threads: usize,
    /// Address space of a worker, in MiB.
    pub memory_mib: u64,
    /// How long a stage may take.
    pub limit: Duration,
    permit: Arc<Semaphore>,
    nursery: Nursery,
}

impl Pool {
    /// A pool with one compute permit.
    pub fn new(program: PathBuf, blobs: Blobs, config: &crate::config::Config) -> Self {
        Self {
            program,
            blobs,
            threads: config.worker_threads,
            memory_mib: config.worker_memory_mib,
            limit: Duration::from_secs(config.stage_limit_s),
            permit: Arc::new(Semaphore::new(1)),
            nursery: Nursery::default(),
        }
    }

    /// A worker that is to be started.
    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .arg("worker")
            .arg("--objects")
            .arg(self.blobs.root())
            .args(["--threads", &self.threads.to_string()])
            .args(["--memory-mib", &self.memory_mib.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// Runs one stage. Dropped before its end, it takes its worker along.
    pub async fn run(
        &self,
        order: &Order<'_>,
        progress: &(dyn Fn(f64, &str) + Send + Sync),
    ) -> Result<(Vec<(String, Stored)>, Cost), WorkerError> {
        let pipe = |action: &'static str| {
            let stage = order.stage.to_string();
            move |source| WorkerError::Pipe { stage, action, source }
        };
        let _permit =
            self.permit.acquire().await.map_err(io::Error::other).map_err(pipe("waited for"))?;
        let mut child = self.nursery.spawn(self.command()).await.map_err(pipe("started"))?;
        let (Some(mut stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(pipe("connected")(io::ErrorKind::BrokenPipe.into()));
        };
        let mut frame = Vec::new();
        send(&mut frame, &request(order), &[]).map_err(pipe("asked"))?;
        let talk = async {
            stdin.write_all(&frame).await?;
            for given in order.inputs {
                let Some(frame) = self.following(order, given).await? else { continue };
                match frame {
                    Ok(frame) => stdin.write_all(&frame).await?,
                    Err(refused) => return Ok(Err(refused)),
                }
            }
            drop(stdin);
            self.listen(BufReader::new(stdout), progress).await
        };
        let answer = tokio::time::timeout(self.limit, talk).await.map_err(|_| {
            WorkerError::TooLong { stage: order.stage.to_string(), limit: self.limit }
        })?;
        match answer {
            Ok(Ok(done)) => Ok(done),
            Ok(Err((fault, reason))) => Err(WorkerError::Stage { fault, reason }),
            Err(_) => {
                let status = child.wait().await.map_err(pipe("waited for"))?;
                Err(WorkerError::Died { stage: order.stage.to_string(), status })
            }
        }
    }

    /// The frame of an original: read, checked against its digest at receipt, its identity taken
    /// out. Nothing for inputs that do not follow; a refusal for those that may not.
    async fn following(
        &self,
        order: &Order<'_>,
        given: &Given,
    ) -> io::Result<Option<Result<Vec<u8>, (Fault, String)>>> {
        let Content::Original(object) = given.content.clone() else { return Ok(None) };
        let (blobs, cloak) = (self.blobs.clone(), order.cloak.clone());
        let (name, digest) = (given.name.clone(), given.digest);
        let make = move || {
            let bytes = match blobs.read(&object) {
                Ok(bytes) => bytes,
                // It does not open: its bytes are not those that were sealed.
                Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                    return Ok(Err((Fault::Defect, format!("an image was altered: {error}"))));
                }
                Err(error) => {
                    return Ok(Err((
                        Fault::Unavailable,
                        format!("an image cannot be read: {error}"),
                    )));
                }
            };
            let original = match Verified::check(bytes, digest) {
                Ok(original) => original,
                Err(altered) => {
                    return Ok(Err((Fault::Defect, format!("an image was altered: {altered}"))));
                }
            };
            let copy = match deid::deidentify(original.bytes(), &cloak) {
                Ok(copy) => copy,
                Err(error) => return Ok(Err((error.fault(), super::sentence(&error)))),
            };
            let mut frame = Vec::with_capacity(copy.as_ref().len() + 256);
            send_following(&mut frame, &name, &copy)?;
            Ok(Ok(frame))
        };
        tokio::task::spawn_blocking(make).await.map_err(io::Error::other)?.map(Some)
    }

    /// Takes the answers until the last one; an error here means that the worker is gone.
    async fn listen(
        &self,
        mut from: BufReader<ChildStdout>,
        progress: &(dyn Fn(f64, &str) + Send + Sync),
    ) -> io::Result<Result<(Vec<(String, Stored)>, Cost), (Fault, String)>> {
        let mut made = Vec::new();
        loop {
            let header_bytes = from.read_u32().await?;
            let payload_bytes = from.read_u64().await?;
            if header_bytes > HEADER_BYTES_MAX || payload_bytes > PAYLOAD_BYTES_MAX {
                return Err(io::ErrorKind::InvalidData.into());
            }
            let mut header = vec![0; header_bytes as usize];
            from.read_exact(&mut header).await?;
            match serde_json::from_slice(&header)? {
                Answer::Progress { fraction, doing } => progress(fraction, &doing),
                Answer::Output { name } => {
                    let stored = self.keep(&mut from, payload_bytes).await?;
                    made.push((name, stored));
                }
                Answer::Done { cpu_ms, peak_rss_kb } => {
                    return Ok(Ok((made, Cost { cpu_ms, peak_rss_kb })));
                }
                Answer::Failed { fault, reason } => return Ok(Err((fault_of(&fault), reason))),
            }
        }
    }

    /// Streams one output to the disk.
    async fn keep(&self, from: &mut BufReader<ChildStdout>, bytes: u64) -> io::Result<Stored> {
        let mut writer = self.blobs.create()?;
        let mut piece = vec![0; PIECE_BYTES];
        let mut left = bytes;
        while left > 0 {
            let most = piece.len().min(left as usize);
            let read = from.read(&mut piece[..most]).await?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            writer.write(&piece[..read])?;
            left -= read as u64;
        }
        tokio::task::spawn_blocking(move || writer.finish()).await.map_err(io::Error::other)?
    }
}

/// The request of an order: objects by name and key, originals announced.
fn request(order: &Order<'_>) -> Request {
    let inputs = order.inputs.iter().map(|given| match &given.content {
        Content::Artefact(object) => Input::object(&given.name, object, given.digest),
        Content::File(path) => Input::File {
            name: given.name.clone(),
            path: path.display().to_string(),
            sha256: given.digest.to_string(),
        },
        Content::Original(_) => Input::Following,
    });
    Request {
        stage: order.stage.to_string(),
        parameters: order.parameters.clone(),
        inputs: inputs.collect(),
    }
}
