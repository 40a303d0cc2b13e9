//! What we allow at the door: titles, limits and patience.

use std::time::Duration;

use crate::ae::AeTitle;

/// Smallest P-DATA-TF PDU we announce, in bytes: below it most of a transfer is headers.
pub const PDU_BYTES_MIN: u32 = 4 * 1024;

/// Largest P-DATA-TF PDU we announce, in bytes: one is held in memory for each association.
pub const PDU_BYTES_MAX: u32 = 1024 * 1024;

/// Largest data set of an object that we take, in bytes: the largest multi-frame objects of MRI
/// are near 1 GiB.
pub const INSTANCE_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;

/// Whom we answer, and how much we bear.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Titles we answer to.
    pub called: Vec<AeTitle>,
    /// Titles that may call; empty means anybody.
    pub calling: Vec<AeTitle>,
    /// Associations at the same time. More are told to come again.
    pub associations_max: usize,
    /// Associations of one network address at the same time: what is left is for the others.
    pub associations_per_address_max: usize,
    /// Questions (C-FIND) that are answered at the same time; more wait in line.
    pub questions_max: usize,
    /// Retrievals (C-GET, C-MOVE) at the same time; more wait in line.
    pub retrievals_max: usize,
    /// Largest P-DATA-TF PDU we take, in bytes without its header of 6 (PS3.8 D.1).
    pub pdu_bytes_max: u32,
    /// Largest data set we take, in bytes.
    pub instance_bytes_max: u64,
    /// How long we wait.
    pub patience: Patience,
}

/// How long we wait for a peer.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// From the connection to the whole association request (the ARTIM timer, PS3.8 9.1.5).
    pub request: Duration,
    /// For the next PDU.
    pub idle: Duration,
    /// From the first fragment of a message to the last.
    pub message: Duration,
    /// For the peer to take what we write.
    pub write: Duration,
    /// For the host to answer a question or to say what a retrieval consists of, and between two
    /// objects of a retrieval.
    pub operation: Duration,
    /// For a whole association.
    pub association: Duration,
    /// For messages under way when we stop.
    pub stop: Duration,
}

impl Policy {
    /// The limits we ship with, for a node that is called by one title and answers anybody.
    pub fn for_title(called: AeTitle) -> Self {
        Self {
            called: vec![called],
            calling: Vec::new(),
            // A hospital's routers open 4 to 16 each; 64 buffers of twice 256 KiB are 32 MiB.
            associations_max: 64,
            associations_per_address_max: 48,
            // One connection to the database each.
            questions_max: 8,
            // Each holds two objects in memory and reads the disk.
            retrievals_max: 6,
            // Measured: a slice of 132 KB is one PDU and one write; larger ones are no faster.
            pdu_bytes_max: 256 * 1024,
            instance_bytes_max: INSTANCE_BYTES_MAX,
            patience: Patience::default(),
        }
    }

    /// The PDU size we announce: the configured one, within what is sensible.
    pub(crate) fn announced_pdu_bytes(&self) -> u32 {
        self.pdu_bytes_max.clamp(PDU_BYTES_MIN, PDU_BYTES_MAX)
    }
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            // The request is one packet or two and is sent at once.
            request: Duration::from_secs(20),
            // Senders read the next object from a slow archive meanwhile.
            idle: Duration::from_mins(1),
            // 1 GiB over 20 Mbit/s takes 7 minutes.
            message: Duration::from_mins(15),
            write: Duration::from_secs(30),
            // An archive on tape is not asked here; a query over years of studies takes seconds.
            operation: Duration::from_mins(5),
            association: Duration::from_hours(12),
            stop: Duration::from_secs(10),
        }
    }
}
