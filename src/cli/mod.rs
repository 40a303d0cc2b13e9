//! The command line: one file a command. Results for machines go to `--json FILE`, progress to
//! the terminal's error stream, and the exit code says how it went.

mod analyze;
mod assign;
mod audit;
mod brain;
mod convert;
mod echo;
mod fetch;
mod job;
mod keys;
mod model;
mod openapi;

mod patient;
mod phantom;
mod progress;
mod register;
mod rules;
mod runtime;
mod scrub;
mod segment;
mod selftest;
mod send;
mod serve;
mod stamp;
mod statement;
mod study;
mod user;
mod verify;
mod worker;

use crate::config::Config;
use crate::node::open_store;
use crate::store::{Store, StoreError};
use clap::{Args, Parser, Subcommand};
use interval_core::fault::Fault;
use serde::Serialize;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use tracing_subscriber::EnvFilter;

/// Interval: follows brain tumours on MRI, from the PACS and back.
///
/// Research use only. Not a medical device.
#[derive(Debug, Parser)]
#[command(
    version,
    propagate_version = true,
    after_help = "Exit codes: 0 done, 1 failed, 2 usage, 3 refused input, 4 unavailable peer."
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Serve),
    #[command(hide = true)]
    Worker(worker::Worker),
    Job(job::JobCommand),
    Openapi(openapi::Openapi),
    Statement(statement::Statement),
    Study(study::StudyCommand),
    Patient(patient::PatientCommand),
    Keys(keys::KeysCommand),
    User(user::UserCommand),
    Assign(assign::AssignCommand),
    Analyze(analyze::Analyze),
    Phantom(phantom::Phantom),
    Selftest(selftest::Selftest),
    Convert(convert::Convert),
    Register(register::Register),
    Segment(segment::Segment),
    Brain(brain::Brain),
    Verify(verify::Verify),
    Scrub(scrub::Scrub),
    Audit(audit::AuditCommand),
    Echo(echo::Echo),
    Send(send::Send),
    Fetch(fetch::Fetch),
    Rules(rules::RulesCommand),
    Model(model::ModelCommand),
    Runtime(runtime::RuntimeCommand),
}

/// Which node is looked at, and where the answer goes.
#[derive(Debug, Args)]
struct Place {
    /// Folder of the node.
    #[arg(long, default_value = "interval-data", global = true)]
    data: PathBuf,
    /// Settings file of the node, when its keys are elsewhere than in that folder.
    #[arg(long, env = "INTERVAL_CONFIG", global = true)]
    config: Option<PathBuf>,
    /// Write the result for machines here; `-` is standard output.
    #[arg(long, global = true)]
    json: Option<PathBuf>,
}

impl Place {
    /// The settings of the node, as far as a command needs them.
    fn settings(&self) -> Result<Config, Failure> {
        let config = match &self.config {
            Some(path) => Config::read(path).map_err(fail(Fault::Refused))?,
            None => Config::default(),
        };
        Ok(Config { data: self.data.clone(), ..config })
    }

    /// Opens the store of the node.
    async fn store(&self) -> Result<Store, Failure> {
        let opened = open_store(&self.data, &self.settings()?.keys).await;
        opened.map_err(|e| Failure { fault: e.fault(), message: crate::pipeline::sentence(&e) })
    }
}

/// How a command failed.
#[derive(Debug)]
pub struct Failure {
    /// Decides the exit code.
    pub fault: Fault,
    /// For the person at the terminal.
    pub message: String,
}

impl Failure {
    /// Input that cannot be taken.
    pub fn refused(message: impl fmt::Display) -> Self {
        Self { fault: Fault::Refused, message: message.to_string() }
    }

    /// Something of ours went wrong.
    pub fn failed(message: impl fmt::Display) -> Self {
        Self { fault: Fault::Defect, message: message.to_string() }
    }

    fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self.fault {
            Fault::Defect | Fault::Exhausted => 1,
            Fault::Refused => 3,
            Fault::Unavailable => 4,
        })
    }
}

/// An error with its causes as the message of a failure.
pub fn fail<E: std::error::Error>(fault: Fault) -> impl Fn(E) -> Failure {
    move |error| Failure { fault, message: crate::pipeline::sentence(&error) }
}

/// What the store refused, as the message of a failure.
fn refused_by_store(error: StoreError) -> Failure {
    fail(error.fault())(error)
}

/// What a command ends with.
pub type Ended = Result<(), Failure>;

/// Runs the command.
pub fn run(cli: Cli) -> ExitCode {
    if !matches!(cli.command, Command::Worker(_)) {
        log_to_stderr();
    }
    let ended = match cli.command {
        Command::Serve(command) => wait(command.run()),
        Command::Worker(command) => command.run(),
        Command::Job(command) => wait(command.run()),
        Command::Openapi(command) => command.run(),
        Command::Statement(command) => command.run(),
        Command::Study(command) => wait(command.run()),
        Command::Patient(command) => wait(command.run()),
        Command::Keys(command) => wait(command.run()),
        Command::User(command) => wait(command.run()),
        Command::Assign(command) => wait(command.run()),
        Command::Analyze(command) => wait(command.run()),
        Command::Phantom(command) => command.run(),
        Command::Selftest(command) => wait(command.run()),
        Command::Convert(command) => command.run(),
        Command::Register(command) => command.run(),
        Command::Segment(command) => command.run(),
        Command::Brain(command) => command.run(),
        Command::Verify(command) => wait(command.run()),
        Command::Scrub(command) => wait(command.run()),
        Command::Audit(command) => wait(command.run()),
        Command::Echo(command) => wait(command.run()),
        Command::Send(command) => wait(command.run()),
        Command::Fetch(command) => wait(command.run()),
        Command::Rules(command) => wait(command.run()),
        Command::Model(command) => command.run(),
        Command::Runtime(command) => command.run(),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("interval: {}", failure.message);
            failure.exit_code()
        }
    }
}

/// Longest wait for what a command left running: the database's pool may look for idle connections
/// for ever when it is closed under it.
const LEFT_OVER: Duration = Duration::from_secs(5);

/// Waits for a command that listens, calls or stores.
fn wait(command: impl Future<Output = Ended>) -> Ended {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|e| Failure::failed(format!("the runtime cannot start: {e}")))?;
    let ended = runtime.block_on(command);
    runtime.shutdown_timeout(LEFT_OVER);
    ended
}

/// Logs go to stderr; `INTERVAL_LOG` sets the level (`info`, `debug`, `interval=debug`, ...).
fn log_to_stderr() {
    let filter = EnvFilter::try_from_env("INTERVAL_LOG")
        .unwrap_or_else(|_| EnvFilter::new("warn,interval=info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}

/// Writes a command's result for machines; `-` is standard output.
fn write_json(path: Option<&Path>, result: &impl Serialize) -> Ended {
    let Some(path) = path else { return Ok(()) };
    let text = serde_json::to_string_pretty(result).map_err(Failure::failed)?;
    if path == Path::new("-") {
        println!("{text}");
        return Ok(());
    }
    std::fs::write(path, text).map_err(|e| Failure::failed(format!("{}: {e}", path.display())))
}

/// Reads a file that a person named.
fn read_file(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|e| Failure::refused(format!("{}: {e}", path.display())))
}

/// Writes a file that a person named.
fn write_file(path: &Path, content: &[u8]) -> Ended {
    std::fs::write(path, content).map_err(|e| Failure::failed(format!("{}: {e}", path.display())))
}
