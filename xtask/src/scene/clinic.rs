//! A clinic in small: a PACS, a provider that signs people in, and a node between them.

use super::http;
use super::node::{Node, Role, TITLE, send};
use super::{CARERS, Pacs, Provider, Room};
use crate::failure::{Ended, Failure};
use crate::progress::step;
use crate::setup::Installed;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// What runs in a clinic, from the first to be ended to the last.
pub struct Clinic {
    /// The node.
    pub node: Node,
    /// Who signs people in.
    pub provider: Provider,
    /// Where images come from and results go.
    pub pacs: Pacs,
    /// The program of the node.
    pub program: PathBuf,
    /// The folder of it all.
    pub room: Room,
}

impl Clinic {
    /// Starts everything with a program that was built.
    pub fn open(installed: &Installed, built: &Path, room: Room) -> Ended<Self> {
        let program = room.own(built)?;
        let pacs = step("starting the demo PACS", || Pacs::start(&program, &room))?;
        let provider = || Provider::start(installed, &room);
        let provider = step("starting the demo's OpenID provider", provider)?;
        let role = Role::Clinic(installed, &pacs, &provider);
        let node = step("starting the node", || Node::start(&program, &role, &room, "node"))?;
        Ok(Self { node, provider, pacs, program, room })
    }

    /// Sends the studies of a rendered patient to the PACS and to the node; gives how many.
    pub fn send(&self, truth: &Value, patient: &Path) -> Ended<usize> {
        let timepoints = truth["timepoints"].as_array().map_or(&[][..], Vec::as_slice);
        for timepoint in timepoints {
            let folder = patient.join(timepoint["folder"].as_str().unwrap_or_default());
            send(&self.program, &self.pacs.address(), self.pacs.title(), &folder)?;
            send(&self.program, self.node.address(), TITLE, &folder)?;
        }
        Ok(timepoints.len())
    }

    /// Gives the carers every patient and checks that the web door is well.
    pub fn open_door(&self) -> Ended {
        for patient in self.node.patients()? {
            for login in CARERS {
                self.node.assign(&self.provider.person(login), &patient)?;
            }
        }
        let ready = http::json(self.provider.web(), "/health/ready")?;
        if ready["ready"] == true && ready["degraded"] == json!([]) {
            return Ok(());
        }
        Err(Failure::new(format!("the web door is not well: {ready}")))
    }
}
