//! What we ask of other applications: echo, store, find, get, move, commit (PS3.7 9.1, 10.1).

mod answer;
mod commit;
mod error;
mod find;
mod get;
mod line;
mod pool;
mod sender;
mod stream;

use std::time::Duration;

use bytes::Bytes;
use interval_core::uid::{ClassUid, InstanceUid, SyntaxUid};

use crate::ae::AeTitle;
use crate::part10::{Head, HeadError};
use crate::tls;

pub use crate::service::query::Root;
pub use commit::{Commitment, commit, report};
pub use error::ScuError;
pub use find::{MATCHES_MAX, find};
pub use get::{Transfer, get, relay};
pub(crate) use pool::Shelf;
pub use pool::{Hours, Pool, PoolLimits, Traffic};
pub use sender::Sender;

/// An application that we talk to.
#[derive(Debug, Clone)]
pub struct Peer {
    /// Host and port, as in `pacs.example:104`.
    pub address: String,
    /// The title we call ourselves.
    pub calling: AeTitle,
    /// The title we call it by.
    pub called: AeTitle,
    /// How long we wait for it.
    pub timeouts: Timeouts,
    /// How we speak TLS with it; nothing means plain TCP.
    pub tls: Option<tls::Client>,
}

/// How long we wait for a peer.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// For the connection.
    pub connect: Duration,
    /// For the answer to an association request, or to a release.
    pub association: Duration,
    /// For the response to a message: an archive answers when the object is on its disk.
    pub response: Duration,
    /// For the peer to take what we write.
    pub write: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            association: Duration::from_secs(30),
            response: Duration::from_mins(2),
            write: Duration::from_mins(1),
        }
    }
}

/// An object to be stored.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// SOP class.
    pub class: ClassUid,
    /// SOP instance.
    pub instance: InstanceUid,
    /// How the data set is encoded; it is sent as it is.
    pub syntax: SyntaxUid,
    /// The encoded data set, without a file head.
    pub data_set: Bytes,
}

impl Outgoing {
    /// An object from the bytes of a DICOM file (PS3.10).
    pub fn from_part10(file: &Bytes) -> Result<Self, HeadError> {
        let (Head { class, instance, syntax }, data_set) = Head::split(file)?;
        Ok(Self { class, instance, syntax, data_set })
    }
}

/// An object that a peer has taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// What the peer remarked, when it answered with a warning.
    pub note: Option<String>,
}

/// What became of one object.
#[derive(Debug)]
pub struct StoreOutcome {
    /// Which object.
    pub instance: InstanceUid,
    /// Taken, or why not.
    pub result: Result<Stored, ScuError>,
}

/// Asks whether the peer is there and speaks DICOM with us.
pub async fn echo(peer: &Peer) -> Result<(), ScuError> {
    let mut sender = Sender::open_for_echo(peer).await?;
    sender.echo().await?;
    sender.release().await;
    Ok(())
}

/// Stores objects over one association. An outcome for each: an object that was refused does not
/// stop the others, a broken association does. The error is for an association that never was.
pub async fn store(peer: &Peer, objects: &[Outgoing]) -> Result<Vec<StoreOutcome>, ScuError> {
    let kinds = objects.iter().map(|object| (object.class.clone(), object.syntax.clone()));
    let mut sender = Sender::open(peer, kinds).await?;
    let mut outcomes = Vec::with_capacity(objects.len());
    for object in objects {
        let result = sender.store(object).await;
        outcomes.push(StoreOutcome { instance: object.instance.clone(), result });
    }
    sender.release().await;
    Ok(outcomes)
}
