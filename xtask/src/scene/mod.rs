//! A node and a PACS that are started for a demonstration or a proof, and end with it.

mod clinic;
pub mod http;
mod issuer;
mod memory;
mod node;
mod pacs;
mod provider;
mod room;

pub use clinic::Clinic;
pub use issuer::Issuer;
pub use memory::{Memory, Peaks};
pub use node::{Job, Node, Role, TITLE, send, verified};
pub use pacs::{Orthanc, Pacs};
pub use provider::{CARERS, Provider};
pub use room::Room;

use std::io;
use std::net::TcpListener;

/// A port of the loopback that is free just now.
pub fn free_port() -> io::Result<u16> {
    TcpListener::bind(("127.0.0.1", 0))?.local_addr().map(|address| address.port())
}
