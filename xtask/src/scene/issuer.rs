//! Who gives a service its bearer token: DICOMweb is asked by programs, not only by people.

use super::{Room, free_port};
use crate::failure::{Ended, Failure};
use crate::program::{Program, Running};
use crate::workspace::root;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Time that the issuer may take to start: it makes an RSA key.
const START_LIMIT: Duration = Duration::from_secs(30);

/// The service that the token is for.
const SERVICE: &str = "bench";

/// What a service of a bench or proof may do.
const ACTIONS: &str =
    r#"["list-patients","read-images","read-results","read-report","upload","export"]"#;

/// An issuer that runs.
pub struct Issuer {
    port: u16,
    token: PathBuf,
    _running: Running,
}

impl Issuer {
    /// Starts one with the peers' Python.
    pub fn start(python: &Path, room: &Room) -> Ended<Self> {
        let port = free_port().map_err(Failure::new)?;
        let token = room.path("token");
        let mut running = Program::new(python)
            .args([root().join("tests/peers/issuer.py")])
            .args([&port.to_string(), SERVICE])
            .args([&token])
            .start(&room.path("issuer.log"))?;
        running.wait_for("issuing", START_LIMIT)?;
        Ok(Self { port, token, _running: running })
    }

    /// The file with a token that is good now.
    pub fn token(&self) -> &Path {
        &self.token
    }

    /// Writes the settings of a node that keeps, with a web door on a port, that the service and
    /// these peers may use; `destination` is where BENCHDST listens.
    pub fn settings(&self, room: &Room, web: u16, destination: u16) -> Ended<PathBuf> {
        let peer = |title: &str, address: &str| {
            format!("[peers.{title}]\nactions = {ACTIONS}\npatients = [\"*\"]\n{address}")
        };
        let callers = ["BENCHSCU", "FINDSCU", "GETSCU", "MOVESCU"].map(|title| peer(title, ""));
        let address = format!("address = \"127.0.0.1:{destination}\"\n");
        let text = format!(
            "keep_only = true\nfree_min_mib = 64\n{}{}\
             [web]\ninsecure_loopback = true\nlisten = \"127.0.0.1:{web}\"\n\
             public_url = \"http://127.0.0.1:{web}\"\naudience = \"interval\"\n\
             [web.provider]\nissuer = \"http://127.0.0.1:{}\"\nclient_id = \"interval-web\"\n\
             [web.services.{SERVICE}]\nactions = {ACTIONS}\npatients = [\"*\"]\n",
            callers.concat(),
            peer("BENCHDST", &address),
            self.port
        );
        let file = room.path("doors.toml");
        fs::write(&file, text).map_err(Failure::at(&file))?;
        Ok(file)
    }
}
