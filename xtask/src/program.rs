//! Programs that we start: to their end, or as long as we need them.

use crate::failure::{Ended, Failure};
use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Lines of a failed program's complaint that are repeated.
const COMPLAINT_LINES: usize = 12;

/// Time that a program has to end after it was asked to.
const END_LIMIT: Duration = Duration::from_secs(20);

/// How often we look whether something has happened.
const GLANCE: Duration = Duration::from_millis(50);

/// A program that is to be run; it has no standard input.
pub struct Program {
    command: Command,
    line: String,
}

impl Program {
    /// A program by name or path.
    pub fn new(name: impl AsRef<OsStr>) -> Self {
        let line = name.as_ref().to_string_lossy().into_owned();
        let mut command = Command::new(name);
        command.stdin(Stdio::null());
        Self { command, line }
    }

    /// With further arguments.
    pub fn args<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        for argument in arguments {
            self.line.push(' ');
            self.line.push_str(&argument.as_ref().to_string_lossy());
            self.command.arg(argument);
        }
        self
    }

    /// With a variable of the environment.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Without a variable of the environment.
    pub fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// In a folder.
    pub fn folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Runs to the end; what it says goes to our own output.
    pub fn run(mut self) -> Ended {
        let status = self.command.status().map_err(|e| self.absent(&e))?;
        if status.success() { Ok(()) } else { Err(self.failed("see above")) }
    }

    /// Runs to the end and gives what it said; its complaints are shown only when it fails.
    pub fn answer(mut self) -> Ended<String> {
        let output = self.command.output().map_err(|e| self.absent(&e))?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.success() {
            return Ok(said);
        }
        let complaint = [said, String::from_utf8_lossy(&output.stderr).into_owned()].concat();
        let lines: Vec<&str> = complaint.trim().lines().collect();
        let tail = &lines[lines.len().saturating_sub(COMPLAINT_LINES)..];
        Err(self.failed(&tail.join("\n  ")))
    }

    /// The same, with its complaints shown as they come.
    pub fn answer_loudly(mut self) -> Ended<String> {
        let output = self.command.stderr(Stdio::inherit()).output().map_err(|e| self.absent(&e))?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.success() { Ok(said) } else { Err(self.failed("see above")) }
    }

    /// Whether it can be run and ends well; it is not heard.
    pub fn succeeds(mut self) -> bool {
        let quiet = self.command.stdout(Stdio::null()).stderr(Stdio::null());
        quiet.status().is_ok_and(|status| status.success())
    }

    /// Starts it; what it says goes to a file.
    pub fn start(mut self, log: &Path) -> Ended<Running> {
        let file = std::fs::File::create(log).map_err(Failure::at(log))?;
        let both = file.try_clone().map_err(Failure::at(log))?;
        let child = self.command.stdout(file).stderr(both).spawn().map_err(|e| self.absent(&e))?;
        Ok(Running { child, line: self.line, log: log.to_owned() })
    }

    /// Starts it with its standard output for us to read.
    pub fn start_heard(mut self) -> Ended<Child> {
        self.command.stdout(Stdio::piped()).spawn().map_err(|e| self.absent(&e))
    }

    fn absent(&self, error: &std::io::Error) -> Failure {
        Failure::new(format!("'{}' cannot be run: {error}", self.line))
    }

    fn failed(&self, why: &str) -> Failure {
        Failure::new(format!("'{}' failed:\n  {why}", self.line))
    }
}

/// A program that runs until we end it; it never outlives this value.
pub struct Running {
    child: Child,
    line: String,
    log: PathBuf,
}

impl Running {
    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it still runs.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits until its log has a line that begins with these words; gives the rest of the line.
    pub fn wait_for(&mut self, words: &str, limit: Duration) -> Ended<String> {
        let start = Instant::now();
        while start.elapsed() < limit {
            let file = std::fs::File::open(&self.log).map_err(Failure::at(&self.log))?;
            let mut lines = BufReader::new(file).lines().map_while(Result::ok);
            if let Some(rest) = lines.find_map(|line| line.strip_prefix(words).map(str::to_owned)) {
                return Ok(rest);
            }
            if !self.is_alive() {
                return Err(Failure::new(format!("'{}' ended:\n  {}", self.line, self.tail())));
            }
            thread::sleep(GLANCE);
        }
        Err(Failure::new(format!("'{}' is not up after {limit:?}:\n  {}", self.line, self.tail())))
    }

    /// The last lines of its log.
    pub fn tail(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(COMPLAINT_LINES)..].join("\n  ")
    }

    /// Ends it at once, as a power cut would (SIGKILL).
    pub fn kill(mut self) {
        // It may have ended by itself: that is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    fn end(&mut self) {
        if !self.is_alive() {
            return;
        }
        let asked = Program::new("kill").args(["-TERM", &self.id().to_string()]).succeeds();
        let start = Instant::now();
        while asked && self.is_alive() && start.elapsed() < END_LIMIT {
            thread::sleep(GLANCE);
        }
        // A program that does not listen is ended all the same; one that did is only collected.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

/// Where a program lies: in the search path, or where Debian puts services.
pub fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into()]);
    folders.map(|folder| folder.join(name)).find(|program| program.is_file())
}
