//! What the node and a worker say to each other: frames over stdin and stdout.
//!
//! A frame is a length (u32, big endian) of a JSON header, a length (u64) of a payload, the
//! header, the payload. The node sends one [`Request`], then one [`Following`] with its bytes for
//! each input that the request announces so; the worker answers with any number of
//! [`Answer::Progress`] and [`Answer::Output`], then one [`Answer::Done`] or [`Answer::Failed`].

use crate::keys::Secret;
use crate::store::blobs::SealedObject;
use interval_core::digest::Digest;
use interval_core::fault::Fault;
use interval_core::patient::Deidentified;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write};

/// Largest header: a request that lists the 2,000 instances of a study is about 400 KB.
pub const HEADER_BYTES_MAX: u32 = 16 << 20;

/// Largest payload: one channel of a study as float32 is 36 MB, a whole 512x512x512 head 512 MB.
pub const PAYLOAD_BYTES_MAX: u64 = 1 << 30;

/// One input of a stage: what it is to the stage, and where its bytes are.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum Input {
    /// A sealed object below the folder of objects: an output of an earlier stage.
    Object {
        /// What it is to the stage.
        name: String,
        /// The object's id.
        object: String,
        /// Its key, which opens nothing else.
        key: String,
        /// SHA-256 that its opened bytes must have.
        sha256: String,
    },
    /// A file of the node itself.
    File {
        /// What it is to the stage.
        name: String,
        /// Absolute path.
        path: String,
        /// SHA-256 that its bytes must have.
        sha256: String,
    },
    /// Bytes that follow the request, for this stage alone: they lie on no disk.
    Following,
}

impl std::fmt::Debug for Input {
    /// Without the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Object { name, object, .. } => write!(f, "{name} from object {object}"),
            Self::File { name, path, .. } => write!(f, "{name} from {path}"),
            Self::Following => f.write_str("bytes that follow"),
        }
    }
}

/// Announces the bytes of one input; they are the payload of its frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Following {
    /// What it is to the stage.
    pub name: String,
    /// SHA-256 that its bytes must have.
    pub sha256: String,
}

/// The work asked of a worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The stage's word.
    pub stage: String,
    /// Parameters of the stage, as JSON.
    pub parameters: String,
    /// Its inputs.
    pub inputs: Vec<Input>,
}

/// What a worker answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// How far it is.
    Progress {
        /// 0 to 1.
        fraction: f64,
        /// What it does now.
        doing: String,
    },
    /// One output; its bytes are the payload.
    Output {
        /// Its name.
        name: String,
    },
    /// All outputs were sent.
    Done {
        /// CPU time, user and system, in ms.
        cpu_ms: i64,
        /// Peak resident memory in KiB.
        peak_rss_kb: i64,
    },
    /// It did not work.
    Failed {
        /// The kind of failure.
        fault: String,
        /// A sentence for people.
        reason: String,
    },
}

/// Writes one frame.
pub fn send<T: Serialize>(to: &mut impl Write, header: &T, payload: &[u8]) -> io::Result<()> {
    let header = serde_json::to_vec(header)?;
    to.write_all(&(header.len() as u32).to_be_bytes())?;
    to.write_all(&(payload.len() as u64).to_be_bytes())?;
    to.write_all(&header)?;
    to.write_all(payload)?;
    to.flush()
}

/// Reads one frame, within the limits.
pub fn receive<T: DeserializeOwned>(from: &mut impl Read) -> io::Result<(T, Vec<u8>)> {
    let mut sizes = [0; 12];
    from.read_exact(&mut sizes)?;
    let [a, b, c, d, rest @ ..] = sizes;
    let header_bytes = u32::from_be_bytes([a, b, c, d]);
    let payload_bytes = u64::from_be_bytes(rest);
    if header_bytes > HEADER_BYTES_MAX || payload_bytes > PAYLOAD_BYTES_MAX {
        let what = format!("a frame of {header_bytes} + {payload_bytes} bytes is over the limit");
        return Err(io::Error::new(io::ErrorKind::InvalidData, what));
    }
    let mut header = vec![0; header_bytes as usize];
    from.read_exact(&mut header)?;
    let mut payload = Vec::new();
    from.take(payload_bytes).read_to_end(&mut payload)?;
    if payload.len() as u64 != payload_bytes {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok((serde_json::from_slice(&header)?, payload))
}

impl Input {
    /// An object as an input.
    pub fn object(name: &str, object: &SealedObject, digest: Digest) -> Self {
        Self::Object {
            name: name.to_owned(),
            object: object.id.to_string(),
            key: object.key.to_hex().to_string(),
            sha256: digest.to_string(),
        }
    }
}

/// The object that an input names, with its key.
pub fn sealed_object(object: &str, key: &str) -> io::Result<SealedObject> {
    let none = || io::Error::new(io::ErrorKind::InvalidData, "not a key");
    Ok(SealedObject { id: object.parse()?, key: Secret::from_hex(key).ok_or_else(none)? })
}

/// Writes an input that follows the request: nothing goes this way but what has no identity.
pub fn send_following(
    to: &mut impl Write,
    name: &str,
    content: &Deidentified<Vec<u8>>,
) -> io::Result<()> {
    let content = content.as_ref();
    let header = Following { name: name.to_owned(), sha256: Digest::of(content).to_string() };
    send(to, &header, content)
}

/// The fault of a word that a worker sent; anything unknown is a defect.
pub fn fault_of(word: &str) -> Fault {
    [Fault::Refused, Fault::Exhausted, Fault::Unavailable]
        .into_iter()
        .find(|fault| fault.as_str() == word)
        .unwrap_or(Fault::Defect)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_reads_back() {
        let mut wire = Vec::new();
        let answer = Answer::Output { name: "labels".into() };
        send(&mut wire, &answer, b"bytes").unwrap();
        let (header, payload): (Answer, _) = receive(&mut wire.as_slice()).unwrap();
        assert_eq!((header, payload.as_slice()), (answer, b"bytes".as_slice()));
    }
    #[test]
    fn a_frame_over_the_limit_is_refused_before_it_is_read() {
        let mut wire = vec![0, 0, 0, 2];
        wire.extend((PAYLOAD_BYTES_MAX + 1).to_be_bytes());
        let error = receive::<Answer>(&mut wire.as_slice()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }
    #[test]
    fn a_frame_cut_short_is_no_frame() {
        let mut wire = Vec::new();
        send(&mut wire, &Answer::Output { name: "x".into() }, b"bytes").unwrap();
        wire.truncate(wire.len() - 1);
        assert!(receive::<Answer>(&mut wire.as_slice()).is_err());
    }
    #[test]
    fn an_unknown_fault_is_a_defect() {
        assert_eq!(fault_of("exhausted"), Fault::Exhausted);
        assert_eq!(fault_of("?"), Fault::Defect);
    }
}
