//! What several proofs begin with: set-up, a node, a PACS, the peers' Python.

use crate::failure::{Ended, Failure};
use crate::program::Program;
use crate::scene::{Pacs, Room};
use crate::setup::{Installed, Peers, setup};
use crate::workspace::{Profile, interval, root};
use std::path::PathBuf;

/// Everything before a node starts.
pub struct Scenario {
    /// Set-up.
    pub installed: Installed,
    /// The node's program.
    pub program: PathBuf,
    /// The archive, started. Before the room: it ends first.
    pub pacs: Option<Pacs>,
    /// The folder of the proof.
    pub room: Room,
}

impl Scenario {
    /// With peers, and no PACS yet.
    pub fn begin(name: &str) -> Ended<Self> {
        let installed = setup(Peers::With)?;
        let room = Room::temporary(name)?;
        let program = room.own(&interval(Profile::Dev)?)?;
        Ok(Self { installed, program, pacs: None, room })
    }

    /// With Orthanc running.
    pub fn with_orthanc(name: &str) -> Ended<Self> {
        let mut scenario = Self::begin(name)?;
        scenario.pacs = Some(Pacs::orthanc(&scenario.room)?);
        Ok(scenario)
    }

    /// The archive.
    pub fn pacs(&self) -> Ended<&Pacs> {
        self.pacs.as_ref().ok_or_else(|| Failure::new("the proof has no PACS"))
    }

    /// The Python of the peers, at a script.
    pub fn python(&self, script: PathBuf) -> Program {
        let python = self.installed.python.clone().unwrap_or_else(|| "python3".into());
        Program::new(python).args([script])
    }
}

/// A script of the node's tests.
pub fn script(name: &str) -> PathBuf {
    root().join("tests/peers").join(name)
}
