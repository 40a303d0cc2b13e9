//! DICOM associations: what is said over TCP (PS3.7, PS3.8).
//!
//! As an acceptor ([`acceptor`]) this part answers C-ECHO and takes C-STORE; the host keeps what
//! arrives by implementing [`service::storage::Receiver`]. With more of [`services::Services`] it
//! answers questions, gives objects back, promises to keep them and hears that others have some;
//! [`caller::Gatekeeper`] says who may. As a requestor ([`scu`]) it does the same things the other
//! way round. Both roles speak TLS ([`tls`]). The way of an incoming object reads:
//!
//! [`acceptor`] (knock) -> [`negotiation`] (who, what, in which transfer syntax) ->
//! `association` (one fragment after the other) -> [`message`] (fragments become a command and
//! pieces of a data set) -> [`service`] (what to do, and the status that says how it went).
//!
//! PDUs besides P-DATA-TF are encoded and decoded by dicom-ul; negotiation, messages, commands,
//! identifiers and services are written here, so that every limit, identity and choice is ours.

pub mod acceptor;
pub mod ae;
mod association;
pub mod caller;
pub mod classes;
pub mod command;
mod dialogue;
mod door;
mod identifier;
pub mod message;
pub mod negotiation;
pub mod part10;
pub mod policy;
pub mod scu;
mod seats;
pub mod service;
pub mod services;
pub mod statement;
pub mod status;
pub mod tls;
mod wire;

use std::future::Future;
use std::pin::Pin;

/// What a host will answer: the traits that it implements are used as objects.
pub type Promise<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Who wrote the software at this end (PS3.7 D.3.3.2.1), and the files it writes (0002,0012).
pub const IMPLEMENTATION_CLASS_UID: &str = "2.25.106306613777300135346967112394220383020";

/// Its version, 16 characters at most (PS3.7 D.3.3.2.3), (0002,0013).
pub const IMPLEMENTATION_VERSION_NAME: &str = "INTERVAL_0_1";

/// Whether bytes are a whole PDU that is understood here (PS3.8 9.3): what is called for every one
/// that comes, for whoever tries it with bytes that are none.
pub fn understands(pdu: bytes::Bytes) -> bool {
    wire::decode(pdu).is_ok()
}
