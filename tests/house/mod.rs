//! What the journeys share: a whole node and an archive in this process, patients to send, and
//! patience.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]
#![allow(dead_code, reason = "each journey uses a part of this")]

pub mod archive;
pub mod children;
pub mod disk;
pub mod equipment;
pub mod head;
pub mod node;
pub mod patience;
pub mod report;
pub mod study;
pub mod wiretap;
pub mod zip;
