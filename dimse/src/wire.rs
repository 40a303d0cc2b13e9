//! PDUs over a stream: whole ones in, whole ones out, none larger than agreed (PS3.8 9.3).

use std::io;
use std::time::Duration;

use crate::message::PDU_HEADER_BYTES;
use crate::policy::PDU_BYTES_MAX;
use bytes::{Buf, Bytes, BytesMut};
use dicom_ul::pdu::{
    AbortRQServiceProviderReason as AbortReason, AbortRQSource, Pdu, ReadError, WriteError,
    read_pdu, write_pdu,
};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout, timeout_at};

/// Largest A-ASSOCIATE-RQ or -AC we read, in bytes. 128 presentation contexts with 20 transfer
/// syntaxes each are 80 KiB; user identity may add 64 KiB (PS3.8 sets no limit).
const ASSOCIATE_BYTES_MAX: u32 = 160 * 1024;

/// What the decoder is told; each PDU has met its own limit before.
const DECODED_BYTES_MAX: u32 =
    if PDU_BYTES_MAX > ASSOCIATE_BYTES_MAX { PDU_BYTES_MAX } else { ASSOCIATE_BYTES_MAX };

/// The other PDUs have 4 bytes after their header (PS3.8 9.3.4, 9.3.6 to 9.3.8).
const SHORT_PDU_BYTES: u32 = 4;

/// How long we stay after an A-ABORT or the last word of a release, so that the peer can read it
/// before the connection is gone.
const FAREWELL: Duration = Duration::from_secs(1);

/// What we still read and throw away during the farewell, in bytes.
const FAREWELL_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What is set aside at most before it has come, in bytes: a header alone costs no more.
const AHEAD_BYTES_MAX: usize = 32 * 1024;

/// The same once an association is agreed. It is the receive window of a fast sender: fewer reads
/// for the same bytes, and what was set aside is used again for the next PDU.
const AGREED_AHEAD_BYTES: usize = 256 * 1024;

/// First size of the read buffer, in bytes: an association request fits.
const BUFFER_BYTES: usize = 8 * 1024;

/// PDU types that we know by number (PS3.8 9.3.1).
pub(crate) mod kind {
    pub(crate) const ASSOCIATE_RQ: u8 = 0x01;
    pub(crate) const ASSOCIATE_AC: u8 = 0x02;
    pub(crate) const ASSOCIATE_RJ: u8 = 0x03;
    pub(crate) const P_DATA: u8 = 0x04;
    pub(crate) const RELEASE_RQ: u8 = 0x05;
    pub(crate) const ABORT: u8 = 0x07;
}

/// Why no PDU could be read or written.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// The peer closed the connection.
    #[error("the peer closed the connection")]
    Closed,
    /// The connection broke.
    #[error("the connection broke")]
    Broken(#[source] io::Error),
    /// The peer was silent, or did not take what we wrote, for too long.
    #[error("the peer was silent for too long")]
    Silent,
    /// A PDU is larger than agreed.
    #[error("a PDU of type {kind:02X}H has {bytes} bytes where {max} are allowed")]
    TooLarge {
        /// PDU type.
        kind: u8,
        /// Length in its header.
        bytes: u32,
        /// What is allowed.
        max: u32,
    },
    /// A PDU type that does not exist.
    #[error("a PDU of the unknown type {0:02X}H")]
    Unrecognised(u8),
    /// The content of a PDU breaks the rules.
    #[error("a PDU that cannot be read")]
    Malformed(#[source] Box<ReadError>),
    /// What we wanted to say cannot be encoded.
    #[error("a PDU that cannot be written")]
    Unwritable(#[source] Box<WriteError>),
}

impl WireError {
    /// The reason that an A-ABORT gives for this (PS3.8 table 9-26), if anybody may still read it.
    pub(crate) fn abort_reason(&self) -> Option<AbortReason> {
        match self {
            WireError::Closed | WireError::Broken(_) => None,
            WireError::Silent | WireError::Unwritable(_) => Some(AbortReason::ReasonNotSpecified),
            WireError::TooLarge { .. } | WireError::Malformed(_) => {
                Some(AbortReason::InvalidPduParameter)
            }
            WireError::Unrecognised(_) => Some(AbortReason::UnrecognizedPdu),
        }
    }
}

/// Decodes one PDU with its header, which is complete and within its limit.
pub(crate) fn decode(bytes: Bytes) -> Result<Pdu, WireError> {
    match read_pdu(bytes, DECODED_BYTES_MAX, true) {
        Ok(Some(pdu)) => Ok(pdu),
        Ok(None) => Err(WireError::Closed),
        Err(error) => Err(WireError::Malformed(Box::new(error))),
    }
}

/// A connection that speaks in PDUs.
#[derive(Debug)]
pub struct Wire<S> {
    stream: S,
    buffer: BytesMut,
    /// What is set aside for what has not come yet.
    ahead_bytes: usize,
    pdata_bytes_max: u32,
    write: Duration,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Wire<S> {
    /// Speaks over `stream`; the peer is told to keep to `pdata_bytes_max`.
    pub(crate) fn new(stream: S, pdata_bytes_max: u32, write: Duration) -> Self {
        let buffer = BytesMut::with_capacity(BUFFER_BYTES);
        Self { stream, buffer, ahead_bytes: AHEAD_BYTES_MAX, pdata_bytes_max, write }
    }

    /// An association is agreed: large messages are welcome.
    pub(crate) fn agreed(&mut self) {
        self.ahead_bytes = AGREED_AHEAD_BYTES;
    }

    /// Gives back the memory that nothing is in: the peer says nothing for a while.
    pub(crate) fn rest(&mut self) {
        if self.buffer.is_empty() {
            self.buffer = BytesMut::new();
        }
    }

    /// Reads one PDU. Nothing is lost when this is cancelled and called again.
    pub(crate) async fn read(&mut self, until: Instant) -> Result<Pdu, WireError> {
        let (_, bytes) = self.read_raw(until).await?;
        decode(bytes)
    }

    /// Reads one PDU with its header, and says its type. The header alone decides whether the
    /// rest is read: nothing is set aside for a length that is not allowed.
    pub(crate) async fn read_raw(&mut self, until: Instant) -> Result<(u8, Bytes), WireError> {
        let header = PDU_HEADER_BYTES;
        self.fill(header, until).await?;
        let (kind, bytes) = match self.buffer.first_chunk::<6>() {
            Some([kind, _, length @ ..]) => (*kind, u32::from_be_bytes(*length)),
            None => return Err(WireError::Closed),
        };
        let max = match kind {
            kind::ASSOCIATE_RQ | kind::ASSOCIATE_AC => ASSOCIATE_BYTES_MAX,
            kind::P_DATA => self.pdata_bytes_max,
            kind::ASSOCIATE_RJ | kind::RELEASE_RQ..=kind::ABORT => SHORT_PDU_BYTES,
            unknown => return Err(WireError::Unrecognised(unknown)),
        };
        if bytes > max {
            return Err(WireError::TooLarge { kind, bytes, max });
        }
        let whole = header + bytes as usize;
        self.fill(whole, until).await?;
        Ok((kind, self.buffer.split_to(whole).freeze()))
    }

    async fn fill(&mut self, bytes: usize, until: Instant) -> Result<(), WireError> {
        while self.buffer.len() < bytes {
            let missing = bytes - self.buffer.len();
            if self.ahead_bytes > AHEAD_BYTES_MAX && bytes > PDU_HEADER_BYTES {
                self.buffer.reserve(self.ahead_bytes);
            } else {
                self.buffer.reserve(missing.clamp(BUFFER_BYTES, AHEAD_BYTES_MAX));
            }
            match timeout_at(until, self.stream.read_buf(&mut self.buffer)).await {
                Ok(Ok(0)) => return Err(WireError::Closed),
                Ok(Ok(_)) => {}
                // TLS calls it so when a peer closes without a word.
                Ok(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return Err(WireError::Closed);
                }
                Ok(Err(error)) => return Err(WireError::Broken(error)),
                Err(_) => return Err(WireError::Silent),
            }
        }
        Ok(())
    }

    /// Writes one PDU, in one write.
    pub(crate) async fn write(&mut self, pdu: &Pdu) -> Result<(), WireError> {
        let mut bytes = Vec::with_capacity(256);
        write_pdu(&mut bytes, pdu).map_err(|error| WireError::Unwritable(Box::new(error)))?;
        self.write_bytes(&mut &bytes[..]).await
    }

    /// Writes encoded PDUs, in one write where the system takes that much.
    pub(crate) async fn write_bytes(&mut self, bytes: &mut impl Buf) -> Result<(), WireError> {
        let written = async {
            self.stream.write_all_buf(bytes).await?;
            self.stream.flush().await
        };
        match timeout(self.write, written).await {
            Ok(written) => written.map_err(WireError::Broken),
            Err(_) => Err(WireError::Silent),
        }
    }

    /// Ends the association by A-ABORT (PS3.8 9.3.8), as the service provider.
    pub(crate) async fn abort(mut self, reason: AbortReason) {
        let pdu = Pdu::AbortRQ { source: AbortRQSource::ServiceProvider(reason) };
        if self.write(&pdu).await.is_ok() {
            self.farewell().await;
        }
    }

    /// Closes our side and waits a moment for the peer to close its own, so that our last words
    /// are not lost in a reset.
    pub(crate) async fn farewell(mut self) {
        let _ = timeout(FAREWELL, async {
            self.stream.shutdown().await?;
            let mut thrown_away = 0;
            while thrown_away < FAREWELL_BYTES_MAX {
                self.buffer.clear();
                self.buffer.reserve(BUFFER_BYTES);
                match self.stream.read_buf(&mut self.buffer).await? {
                    0 => break,
                    bytes => thrown_away += bytes,
                }
            }
            io::Result::Ok(())
        })
        .await;
    }
}
