//! How an object lies on the disk: AES-256-GCM in chunks under a key of its own, from its first
//! byte. The shape is STREAM (Hoang, Reyhanitabar, Rogaway, Vizar 2015): the nonce counts the
//! chunks and marks the last, so that none can be dropped, repeated or moved; the associated data
//! is the object's id, so that no object can stand in for another.

use super::ObjectId;
use crate::keys::{Secret, Tampered};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use std::io::{self, Read, Write};
use std::ops::ControlFlow::{self, Continue};

/// Bytes of a chunk before sealing: a header read opens a few, a 132 KB image has three.
pub const CHUNK_BYTES: usize = 64 * 1024;

/// Bytes that sealing adds to each chunk.
pub const TAG_BYTES: usize = 16;

/// Most chunks of an object: the counter's 32 bits.
const CHUNKS_MAX: u64 = 1 << 32;

/// Whether a chunk ends its object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Within,
    Last,
}

/// The cipher of one object.
pub(super) struct Cipher {
    key: LessSafeKey,
    object: [u8; 16],
}

impl std::fmt::Debug for Cipher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cipher(..)")
    }
}

fn broken(what: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

impl Cipher {
    pub(super) fn new(key: &Secret, object: ObjectId) -> io::Result<Self> {
        let key = UnboundKey::new(&AES_256_GCM, key.bytes()).map_err(|_| broken(Tampered))?;
        Ok(Self { key: LessSafeKey::new(key), object: object.bytes() })
    }

    /// Each key seals one object, so a counting nonce never repeats under it.
    fn nonce(index: u64, place: Place) -> io::Result<Nonce> {
        if index >= CHUNKS_MAX {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                "the object has too many chunks",
            ));
        }
        let mut nonce = [0; NONCE_LEN];
        nonce[7..11].copy_from_slice(&(index as u32).to_be_bytes());
        nonce[11] = u8::from(place == Place::Last);
        Ok(Nonce::assume_unique_for_key(nonce))
    }

    fn seal(&self, index: u64, place: Place, chunk: &mut Vec<u8>) -> io::Result<()> {
        self.key
            .seal_in_place_append_tag(Self::nonce(index, place)?, Aad::from(self.object), chunk)
            .map_err(|_| broken(Tampered))
    }

    fn open(&self, index: u64, place: Place, chunk: &mut Vec<u8>) -> io::Result<()> {
        let opened = self
            .key
            .open_in_place(Self::nonce(index, place)?, Aad::from(self.object), chunk)
            .map_err(|_| broken(Tampered))?
            .len();
        chunk.truncate(opened);
        Ok(())
    }
}

/// Seals what is written, chunk by chunk. The last chunk may be empty, and is always there.
#[derive(Debug)]
pub(super) struct Sealer {
    cipher: Cipher,
    index: u64,
    chunk: Vec<u8>,
}

impl Sealer {
    pub(super) fn new(cipher: Cipher) -> Self {
        Self { cipher, index: 0, chunk: Vec::with_capacity(CHUNK_BYTES + TAG_BYTES) }
    }

    /// Takes the next bytes; whole chunks go to `out`, sealed.
    pub(super) fn take(&mut self, mut piece: &[u8], out: &mut impl Write) -> io::Result<()> {
        while !piece.is_empty() {
            if self.chunk.len() == CHUNK_BYTES {
                self.close(Place::Within, out)?;
            }
            let room = (CHUNK_BYTES - self.chunk.len()).min(piece.len());
            self.chunk.extend_from_slice(&piece[..room]);
            piece = &piece[room..];
        }
        Ok(())
    }

    /// Seals the last chunk.
    pub(super) fn finish(&mut self, out: &mut impl Write) -> io::Result<()> {
        self.close(Place::Last, out)
    }

    fn close(&mut self, place: Place, out: &mut impl Write) -> io::Result<()> {
        self.cipher.seal(self.index, place, &mut self.chunk)?;
        out.write_all(&self.chunk)?;
        self.chunk.clear();
        self.index += 1;
        Ok(())
    }
}

/// Opens a sealed object up to `most` bytes, or whole. What comes out was authenticated; a whole
/// read also proves that nothing is missing at the end.
pub(super) fn open(cipher: &Cipher, from: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut opened = Vec::new();
    pieces(cipher, from, |piece| {
        opened.extend_from_slice(piece);
        Ok(if opened.len() as u64 >= most { ControlFlow::Break(()) } else { Continue(()) })
    })?;
    opened.truncate(usize::try_from(most).unwrap_or(usize::MAX).min(opened.len()));
    Ok(opened)
}

/// Opens a sealed object piece by piece, until `each` has enough or fails. Each piece was
/// authenticated; that nothing is missing at the end is known once the last one came.
pub(super) fn pieces(
    cipher: &Cipher,
    mut from: impl Read,
    mut each: impl FnMut(&[u8]) -> io::Result<ControlFlow<()>>,
) -> io::Result<()> {
    let mut chunk = Vec::with_capacity(CHUNK_BYTES + TAG_BYTES);
    let mut ahead = next(&mut from)?;
    for index in 0.. {
        std::mem::swap(&mut chunk, &mut ahead);
        if chunk.len() < TAG_BYTES {
            return Err(broken("the object is cut short"));
        }
        ahead = if chunk.len() == CHUNK_BYTES + TAG_BYTES { next(&mut from)? } else { Vec::new() };
        let place = if ahead.is_empty() { Place::Last } else { Place::Within };
        cipher.open(index, place, &mut chunk)?;
        if each(&chunk)?.is_break() || place == Place::Last {
            break;
        }
    }
    Ok(())
}

fn next(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut chunk = Vec::with_capacity(CHUNK_BYTES + TAG_BYTES);
    from.take((CHUNK_BYTES + TAG_BYTES) as u64).read_to_end(&mut chunk)?;
    Ok(chunk)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cipher() -> Cipher {
        Cipher::new(&Secret::from_bytes(&[7; 32]).unwrap(), "0".repeat(32).parse().unwrap())
            .unwrap()
    }

    fn sealed(content: &[u8]) -> Vec<u8> {
        let (mut sealer, mut out) = (Sealer::new(cipher()), Vec::new());
        for piece in content.chunks(9_999) {
            sealer.take(piece, &mut out).unwrap();
        }
        sealer.finish(&mut out).unwrap();
        out
    }

    fn content(bytes: usize) -> Vec<u8> {
        (0..bytes as u32).map(|n| (n % 251) as u8).collect()
    }

    #[test]
    fn objects_of_every_length_open_again() {
        for bytes in [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES] {
            let content = content(bytes);
            let sealed = sealed(&content);
            assert_eq!(open(&cipher(), sealed.as_slice(), u64::MAX).unwrap(), content, "{bytes}");
        }
    }
    #[test]
    fn a_header_is_read_without_the_rest() {
        let content = content(3 * CHUNK_BYTES);
        let sealed = sealed(&content);
        let start = &sealed[..2 * (CHUNK_BYTES + TAG_BYTES)];
        assert_eq!(open(&cipher(), start, 10).unwrap(), content[..10]);
    }
    #[test]
    fn a_missing_a_moved_and_a_changed_chunk_are_found() {
        let content = content(3 * CHUNK_BYTES - 5);
        let whole = sealed(&content);
        let step = CHUNK_BYTES + TAG_BYTES;
        let (a, b, c) = (&whole[..step], &whole[step..2 * step], &whole[2 * step..]);
        let mut flipped = whole.clone();
        flipped[step + 100] ^= 1;
        for attack in [
            [a, b].concat(),
            [b, a, c].concat(),
            [a, a, c].concat(),
            [a, c].concat(),
            whole[..whole.len() - 1].to_vec(),
            [&whole[..], &[0]].concat(),
            flipped,
            Vec::new(),
        ] {
            assert!(open(&cipher(), attack.as_slice(), u64::MAX).is_err());
        }
    }
    #[test]
    fn one_object_cannot_stand_in_for_another() {
        let other = "1".repeat(32).parse().unwrap();
        let other = Cipher::new(&Secret::from_bytes(&[7; 32]).unwrap(), other).unwrap();
        assert!(open(&other, sealed(b"text").as_slice(), u64::MAX).is_err());
    }
    #[test]
    fn nothing_of_the_content_shows() {
        let sealed = sealed(&b"Doe^Jane ".repeat(10_000));
        assert!(!sealed.windows(8).any(|window| window == b"Doe^Jane"));
    }
}
