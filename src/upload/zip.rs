//! A ZIP archive read as it comes, piece by piece: its local headers and entries, in the order of
//! the file (PKWARE APPNOTE 6.3). The directory at its end is not read: nothing of an entry is
//! used but its bytes, and its name for people. Ready-made readers want the whole file first, for
//! that directory; an upload would then lie on the disk twice.

use super::unfit::Unfit;
use flate2::{Crc, Decompress, FlushDecompress, Status};

/// Bytes that come out of an entry at a time.
const PIECE_BYTES: usize = 64 * 1024;

/// A local header without name and extra field (APPNOTE 4.3.7).
const HEADER_BYTES: usize = 30;

const LOCAL: [u8; 4] = *b"PK\x03\x04";
const DESCRIPTOR: [u8; 4] = *b"PK\x07\x08";

/// What is behind the entries: the directory, its end, or extra data in front of it.
const BEHIND: [[u8; 4]; 4] = [*b"PK\x01\x02", *b"PK\x05\x06", *b"PK\x06\x06", *b"PK\x06\x08"];

/// Flag: the entry is encrypted (APPNOTE 4.4.4, bit 0).
const LOCKED: u16 = 1;
/// Flag: sizes and checksum follow the entry (bit 3).
const SIZES_FOLLOW: u16 = 1 << 3;
/// Extra field with 64-bit sizes (APPNOTE 4.5.3).
const ZIP64: u16 = 1;

/// Smallest size at which a ratio says something: a folder of black images is small.
const RATIO_FROM_BYTES: u64 = 64 * 1024 * 1024;

/// How far an archive may unpack, each of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Entries.
    pub entries_max: usize,
    /// Bytes of all entries together.
    pub bytes_max: u64,
    /// Bytes that one packed byte may become. Images deflate 2 to 10 times, and deflate itself
    /// reaches 1,032.
    pub ratio_max: u64,
}

/// What comes out of an archive.
#[derive(Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// An entry begins; its name is for people.
    Begins(&'a str),
    /// The next bytes of it.
    Piece(&'a [u8]),
    /// It is complete, and its checksum is right.
    Ends,
}

/// An archive that is being read.
#[derive(Debug)]
pub struct Unpacker {
    bounds: Bounds,
    state: State,
    entries: usize,
    /// Bytes that came, and bytes that came out.
    packed: u64,
    unpacked: u64,
}

#[derive(Debug)]
enum State {
    Header(Vec<u8>),
    /// Name and extra field are coming.
    Named(Local, Vec<u8>),
    Entry(Box<Entry>),
    /// Sizes and checksum that follow an entry.
    Follows(Box<Entry>, Vec<u8>),
    Over,
}

/// What a local header says.
#[derive(Debug, Clone, Copy)]
struct Local {
    flags: u16,
    method: u16,
    crc: u32,
    packed: u64,
    unpacked: u64,
    name_bytes: usize,
    extra_bytes: usize,
}

/// An entry that is coming.
#[derive(Debug)]
struct Entry {
    local: Local,
    /// Nothing for a stored entry.
    inflater: Option<Decompress>,
    packed: u64,
    unpacked: u64,
    crc: Crc,
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}

/// Whether a file begins as an archive does.
pub fn is_zip(start: &[u8]) -> bool {
    start.starts_with(&LOCAL) || start.starts_with(b"PK\x05\x06")
}

impl Local {
    fn parse(header: &[u8]) -> Self {
        Self {
            flags: u16_at(header, 6),
            method: u16_at(header, 8),
            crc: u32_at(header, 14),
            packed: u32_at(header, 18).into(),
            unpacked: u32_at(header, 22).into(),
            name_bytes: u16_at(header, 26).into(),
            extra_bytes: u16_at(header, 28).into(),
        }
    }

    /// Sizes that do not fit into 32 bits are in the extra field.
    fn with_extra(mut self, mut extra: &[u8]) -> Self {
        while extra.len() >= 4 {
            let (id, bytes) = (u16_at(extra, 0), usize::from(u16_at(extra, 2)));
            let Some(field) = extra.get(4..4 + bytes) else { break };
            if id == ZIP64 && field.len() >= 16 && self.unpacked == u64::from(u32::MAX) {
                self.unpacked = u64_at(field, 0);
                self.packed = u64_at(field, 8);
            }
            extra = &extra[4 + bytes..];
        }
        self
    }

    fn sizes_follow(&self) -> bool {
        self.flags & SIZES_FOLLOW != 0
    }

    fn entry(self) -> Result<Entry, Unfit> {
        if self.flags & LOCKED != 0 {
            return Err(Unfit::Locked);
        }
        let inflater = match self.method {
            0 if self.sizes_follow() => return Err(Unfit::Endless),
            0 => None,
            8 => Some(Decompress::new(false)),
            other => return Err(Unfit::Method(other)),
        };
        Ok(Entry { local: self, inflater, packed: 0, unpacked: 0, crc: Crc::new() })
    }
}

impl Unpacker {
    /// Nothing came yet.
    pub fn new(bounds: Bounds) -> Self {
        let state = State::Header(Vec::with_capacity(HEADER_BYTES));
        Self { bounds, state, entries: 0, packed: 0, unpacked: 0 }
    }

    /// Takes the next piece, of any size, and gives what comes out of it. An error ends the
    /// archive: what follows is not looked at.
    pub fn take(&mut self, piece: &[u8], out: &mut dyn FnMut(Part<'_>)) -> Result<(), Unfit> {
        let mut rest = piece;
        while !rest.is_empty() {
            let state = std::mem::replace(&mut self.state, State::Over);
            self.state = match state {
                State::Header(begun) => self.header(begun, &mut rest)?,
                State::Named(local, begun) => named(local, begun, &mut rest, out)?,
                State::Entry(entry) => self.entry(entry, &mut rest, out)?,
                State::Follows(entry, begun) => follows(entry, begun, &mut rest, out)?,
                State::Over => return Ok(()),
            };
        }
        Ok(())
    }

    /// The archive came to its end.
    pub fn finish(self) -> Result<(), Unfit> {
        if matches!(self.state, State::Over) {
            Ok(())
        } else {
            Err(Unfit::Damaged("it breaks off"))
        }
    }

    fn header(&mut self, mut begun: Vec<u8>, rest: &mut &[u8]) -> Result<State, Unfit> {
        fill(&mut begun, 4, rest);
        if let Some(mark) = begun.first_chunk::<4>() {
            if BEHIND.contains(mark) {
                return Ok(State::Over);
            }
            if *mark != LOCAL {
                return Err(Unfit::Damaged("between its entries is something else"));
            }
            fill(&mut begun, HEADER_BYTES, rest);
        }
        if begun.len() < HEADER_BYTES {
            return Ok(State::Header(begun));
        }
        self.entries += 1;
        if self.entries > self.bounds.entries_max {
            return Err(Unfit::Entries(self.bounds.entries_max));
        }
        self.packed += HEADER_BYTES as u64;
        Ok(State::Named(Local::parse(&begun), Vec::new()))
    }

    fn entry(
        &mut self,
        mut entry: Box<Entry>,
        rest: &mut &[u8],
        out: &mut dyn FnMut(Part<'_>),
    ) -> Result<State, Unfit> {
        let before = (entry.packed, entry.unpacked);
        let ended = entry.take(rest, out)?;
        self.packed += entry.packed - before.0;
        self.unpacked += entry.unpacked - before.1;
        let Bounds { bytes_max, ratio_max, .. } = self.bounds;
        if self.unpacked > RATIO_FROM_BYTES && self.unpacked / ratio_max > self.packed {
            return Err(Unfit::Bomb(ratio_max));
        }
        if self.unpacked > bytes_max {
            return Err(Unfit::Bytes(bytes_max >> 20));
        }
        match ended {
            Ended::No => Ok(State::Entry(entry)),
            Ended::Yes if entry.local.sizes_follow() => Ok(State::Follows(entry, Vec::new())),
            Ended::Yes => entry.end(out),
        }
    }
}

/// What a local header says, once its name and extra field came.
fn named(
    local: Local,
    mut begun: Vec<u8>,
    rest: &mut &[u8],
    out: &mut dyn FnMut(Part<'_>),
) -> Result<State, Unfit> {
    let whole = local.name_bytes + local.extra_bytes;
    fill(&mut begun, whole, rest);
    if begun.len() < whole {
        return Ok(State::Named(local, begun));
    }
    let (name, extra) = begun.split_at(local.name_bytes);
    let entry = local.with_extra(extra).entry()?;
    out(Part::Begins(&String::from_utf8_lossy(name)));
    let is_empty = entry.inflater.is_none() && entry.local.packed == 0;
    if is_empty { entry.end(out) } else { Ok(State::Entry(Box::new(entry))) }
}

enum Ended {
    Yes,
    No,
}

impl Entry {
    /// Takes as much as gives one piece.
    fn take(&mut self, rest: &mut &[u8], out: &mut dyn FnMut(Part<'_>)) -> Result<Ended, Unfit> {
        let Some(inflater) = &mut self.inflater else {
            let left = usize::try_from(self.local.packed - self.packed).unwrap_or(usize::MAX);
            let (piece, after) = rest.split_at(left.min(rest.len()).min(PIECE_BYTES));
            *rest = after;
            self.packed += piece.len() as u64;
            self.give(piece, out);
            return Ok(if self.packed == self.local.packed { Ended::Yes } else { Ended::No });
        };
        let mut piece = vec![0; PIECE_BYTES];
        let (came, went) = (inflater.total_in(), inflater.total_out());
        let status = inflater
            .decompress(rest, &mut piece, FlushDecompress::None)
            .map_err(|_| Unfit::Damaged("an entry cannot be inflated"))?;
        let came = inflater.total_in() - came;
        piece.truncate((inflater.total_out() - went) as usize);
        *rest = &rest[came as usize..];
        self.packed += came;
        if came == 0 && piece.is_empty() && status != Status::StreamEnd {
            return Err(Unfit::Damaged("an entry cannot be inflated"));
        }
        self.give(&piece, out);
        Ok(if status == Status::StreamEnd { Ended::Yes } else { Ended::No })
    }

    fn give(&mut self, piece: &[u8], out: &mut dyn FnMut(Part<'_>)) {
        self.unpacked += piece.len() as u64;
        self.crc.update(piece);
        out(Part::Piece(piece));
    }

    /// Checks what the header said of the entry.
    fn end(self, out: &mut dyn FnMut(Part<'_>)) -> Result<State, Unfit> {
        let Local { crc, packed, unpacked, .. } = self.local;
        let is_so = (crc, packed, unpacked) == (self.crc.sum(), self.packed, self.unpacked);
        if !self.local.sizes_follow() && !is_so {
            return Err(Unfit::Damaged("an entry is not what its header says"));
        }
        out(Part::Ends);
        Ok(State::Header(Vec::with_capacity(HEADER_BYTES)))
    }
}

/// Checksum and sizes behind an entry: with or without a mark, in 32 or 64 bits, of which only the
/// right figures tell (APPNOTE 4.3.9).
fn follows(
    entry: Box<Entry>,
    mut begun: Vec<u8>,
    rest: &mut &[u8],
    out: &mut dyn FnMut(Part<'_>),
) -> Result<State, Unfit> {
    for (bytes, mark, wide) in [(12, 0, false), (16, 4, false), (20, 0, true), (24, 4, true)] {
        fill(&mut begun, bytes, rest);
        if begun.len() < bytes {
            return Ok(State::Follows(entry, begun));
        }
        let figures = &begun[mark..bytes];
        let (packed, unpacked) = if wide {
            (u64_at(figures, 4), u64_at(figures, 12))
        } else {
            (u32_at(figures, 4).into(), u32_at(figures, 8).into())
        };
        let said = (u32_at(figures, 0), packed, unpacked);
        let is_so = said == (entry.crc.sum(), entry.packed, entry.unpacked);
        if begun.len() == bytes && is_so && (mark == 0 || begun.starts_with(&DESCRIPTOR)) {
            return entry.end(out);
        }
    }
    Err(Unfit::Damaged("an entry is not what is said behind it"))
}

/// Takes from the rest until there are so many bytes.
fn fill(begun: &mut Vec<u8>, bytes: usize, rest: &mut &[u8]) {
    let (taken, after) = rest.split_at(bytes.saturating_sub(begun.len()).min(rest.len()));
    begun.extend_from_slice(taken);
    *rest = after;
}
