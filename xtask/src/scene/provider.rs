//! The demo's OpenID provider: six personas, no password, on loopback.

use super::{Room, free_port};
use crate::failure::{Ended, Failure};
use crate::program::{Program, Running};
use crate::setup::Installed;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Time that it may take to start.
const START_LIMIT: Duration = Duration::from_mins(1);

/// Said on every page of ours while it signs people in.
const NOTICE: &str = "Demonstration: anybody can sign in as anybody. Never use it with patients.";

/// The personas who are given the demo patient: login and what they are.
pub const CARERS: [&str; 4] = ["noa", "ben", "gil", "lea"];

/// A provider that runs, and the web door that is to be opened for it.
pub struct Provider {
    issuer: String,
    web: u16,
    config: PathBuf,
    running: Running,
}

impl Provider {
    /// Starts it and writes the settings of a web door that asks it.
    pub fn start(installed: &Installed, room: &Room) -> Ended<Self> {
        let [port, web] = [free_port(), free_port()];
        let (port, web) = (port.map_err(Failure::new)?, web.map_err(Failure::new)?);
        let origin = format!("http://127.0.0.1:{web}");
        let mut running = Program::new("node")
            .args(["provider.mjs", &port.to_string(), &origin])
            .folder(&installed.provider)
            .start(&room.path("provider.log"))?;
        let issuer = running.wait_for("the demo provider is ", START_LIMIT)?;
        let config = room.path("interval.toml");
        let settings = settings(&issuer, web, &origin);
        fs::write(&config, settings).map_err(Failure::at(&config))?;
        Ok(Self { issuer, web, config, running })
    }

    /// The settings file of the node.
    pub fn config(&self) -> &Path {
        &self.config
    }

    /// Port of the web door.
    pub fn web(&self) -> u16 {
        self.web
    }

    /// A persona, as the node names people.
    pub fn person(&self, login: &str) -> String {
        format!("{}#{login}", self.issuer)
    }

    /// Fails, with what it said last, when it has ended by itself.
    pub fn check_alive(&mut self) -> Ended {
        if self.running.is_alive() {
            return Ok(());
        }
        Err(Failure::new(format!("the demo provider ended:\n  {}", self.running.tail())))
    }
}

fn settings(issuer: &str, web: u16, origin: &str) -> String {
    format!(
        "[[rules]]
name = \"heads\"
modality = [\"MR\"]
action = \"analyse\"

[web]
listen = \"127.0.0.1:{web}\"
public_url = \"{origin}\"
insecure_loopback = true
notice = \"{NOTICE}\"

[web.provider]
issuer = \"{issuer}\"
client_id = \"interval-web\"
scopes = [\"profile\"]
mfa_acr = [\"urn:interval:demo:several-factors\"]

[web.provider.roles]
oncologist = \"oncologist\"
radiologist = \"radiologist\"
clinician = \"clinician\"
administrator = \"administrator\"
auditor = \"auditor\"
"
    )
}
