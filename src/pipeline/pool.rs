//! The node's side of its workers: starts one for each stage run, feeds it, stores what it makes,
//! and outlives whatever becomes of it.

use super::protocol::{Answer, HEADER_BYTES_MAX, PAYLOAD_BYTES_MAX, Request, fault_of, send};
use crate::store::artefact::Cost;
use crate::store::blobs::{Blobs, Stored};
use interval_core::fault::Fault;
use std::io;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{ChildStdout, Command};
use tokio::sync::Semaphore;

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
        }
    }

    /// Runs one stage. Dropped before its end, it takes its worker along.
    pub async fn run(
        &self,
        request: &Request,
        progress: &(dyn Fn(f64, &str) + Send + Sync),
    ) -> Result<(Vec<(String, Stored)>, Cost), WorkerError> {
        let pipe = |action: &'static str| {
            let stage = request.stage.clone();
            move |source| WorkerError::Pipe { stage, action, source }
        };
        let _permit =
            self.permit.acquire().await.map_err(io::Error::other).map_err(pipe("waited for"))?;
        let mut child = Command::new(&self.program)
            .arg("worker")
            .arg("--objects")
            .arg(self.blobs.root())
            .args(["--threads", &self.threads.to_string()])
            .args(["--memory-mib", &self.memory_mib.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(pipe("started"))?;
        let (Some(mut stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(pipe("connected")(io::ErrorKind::BrokenPipe.into()));
        };
        let mut frame = Vec::new();
        send(&mut frame, request, &[]).map_err(pipe("asked"))?;
        let talk = async {
            stdin.write_all(&frame).await?;
            drop(stdin);
            self.listen(BufReader::new(stdout), progress).await
        };
        let answer = tokio::time::timeout(self.limit, talk).await.map_err(|_| {
            WorkerError::TooLong { stage: request.stage.clone(), limit: self.limit }
        })?;
        match answer {
            Ok(Ok(done)) => Ok(done),
            Ok(Err((fault, reason))) => Err(WorkerError::Stage { fault, reason }),
            Err(_) => {
                let status = child.wait().await.map_err(pipe("waited for"))?;
                Err(WorkerError::Died { stage: request.stage.clone(), status })
            }
        }
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
