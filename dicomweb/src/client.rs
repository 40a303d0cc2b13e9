//! Somebody else's archive or worklist, asked over HTTP: search, retrieve, store, perform.
//!
//! Everything that comes back is bounded: answers in bytes, objects in number and size, time by
//! what is silent. Redirects to another host are refused: they would carry credentials away.

mod connection;
mod failure;
mod perform;
mod retrieve;
mod search;
mod store;

pub use connection::{Client, Credential, Settings, Trust};
pub use failure::ClientError;
pub use perform::Performer;
pub use retrieve::{Objects, Target};
pub use search::{Listed, Matches};
pub use store::Object;
