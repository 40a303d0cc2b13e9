//! Objects with bytes changed at random: whatever the guard lets through, all that reads behind it
//! survives in bounded memory. One test, alone in its process, because it watches the process.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod wire;

use interval_core::digest::Digest;
use interval_iod::frames::Frames;
use interval_iod::guard::{Guard, GuardError};
use interval_iod::json::Surroundings;
use interval_iod::render::{View, render};
use interval_iod::uids::{EXPLICIT_LITTLE, IMPLICIT_LITTLE};
use interval_iod::{alteration, bulk, header, json, pdf, seg, transcode};
use wire::{DataSet, ITEM, PIXEL_DATA, SEQUENCE_END, Stated, UNDEFINED, Wire, mr_image};

/// Objects tried for each seed. The lengths of a small image are hit thousands of times.
const ROUNDS: u32 = 4_000;

/// Most that memory may grow, in KiB: the promise for hostile objects.
const GROWTH_KIB_MAX: u64 = 64 * 1024;

/// Numbers that repeat from run to run (xorshift, Marsaglia 2003).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % below.max(1)
    }
}

/// The largest memory the process has had, in KiB; none where the system does not tell.
fn peak_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> =
        Wire::ALL.into_iter().map(|wire| mr_image(wire).part10()).collect();
    let mut encapsulated = DataSet::new(Wire::Explicit);
    encapsulated
        .text((0x0008, 0x0018), "UI", "1.2.3")
        .header(PIXEL_DATA, "OB", UNDEFINED)
        .element(ITEM, "", &[0; 4])
        .element(ITEM, "", &[1; 10])
        .header(SEQUENCE_END, "", 0);
    seeds.push(encapsulated.part10_in("1.2.840.10008.1.2.4.70"));
    let mut inner = DataSet::new(Wire::Implicit);
    inner.sequence((0x0008, 0x1140), Stated::Delimiter, &mr_image(Wire::Implicit));
    let mut unknown = DataSet::new(Wire::Explicit);
    unknown.header((0x0009, 0x1010), "UN", UNDEFINED).header(ITEM, "", UNDEFINED);
    unknown.bytes.extend(&inner.bytes);
    unknown.header(wire::ITEM_END, "", 0).header(SEQUENCE_END, "", 0);
    unknown.bytes.extend(mr_image(Wire::Explicit).bytes);
    seeds.push(unknown.part10());
    seeds
}

/// Changes a few bytes, favouring what lengths and delimiters are made of, or cuts the end off.
fn mutated(seed: &[u8], dice: &mut Dice) -> Vec<u8> {
    const LIKELY: [u8; 8] = [0x00, 0x01, 0x7F, 0x80, 0xFE, 0xFF, 0xE0, 0xDD];
    let mut object = seed.to_vec();
    for _ in 0..=dice.roll(4) {
        // The preamble means nothing.
        let at = 128 + dice.roll(object.len() - 128);
        object[at] = if dice.roll(2) == 0 { LIKELY[dice.roll(8)] } else { dice.roll(256) as u8 };
    }
    if dice.roll(8) == 0 {
        object.truncate(128 + dice.roll(object.len() - 128));
    }
    object
}

/// Images whose pixels can be drawn: native in each encoding, single bits, compressed.
fn images() -> Vec<Vec<u8>> {
    let described = |wire, bits: u16| {
        let mut set = DataSet::new(wire);
        set.text((0x0008, 0x0018), "UI", "1.2.3")
            .number((0x0028, 0x0002), 1)
            .text((0x0028, 0x0004), "CS", "MONOCHROME2")
            .text((0x0028, 0x0008), "IS", "2")
            .number((0x0028, 0x0010), 2)
            .number((0x0028, 0x0011), 2)
            .number((0x0028, 0x0100), bits)
            .number((0x0028, 0x0101), bits)
            .number((0x0028, 0x0102), bits - 1)
            .number((0x0028, 0x0103), 0)
            .text((0x0028, 0x1050), "DS", "40")
            .text((0x0028, 0x1051), "DS", "80");
        set
    };
    let mut images = Vec::new();
    for wire in Wire::ALL {
        for bits in [1, 8, 16] {
            let mut set = described(wire, bits);
            images.push(set.element(PIXEL_DATA, "OW", &[1; 16]).part10());
        }
    }
    let mut header = [0; 64];
    header[..12].copy_from_slice(&[2, 0, 0, 0, 64, 0, 0, 0, 66, 0, 0, 0]);
    let stream = [&header[..], &[253, 1, 253, 2]].concat();
    let mut packed = described(Wire::Explicit, 16);
    packed.header(PIXEL_DATA, "OB", UNDEFINED).element(ITEM, "", &[0, 0, 0, 0, 76, 0, 0, 0]);
    packed.element(ITEM, "", &stream).element(ITEM, "", &stream).header(SEQUENCE_END, "", 0);
    images.push(packed.part10_in("1.2.840.10008.1.2.5"));
    images
}

/// Everything that reads an object for somebody who asked; how many were content.
fn shown(object: &[u8], seed: &[u8]) -> u32 {
    let mut text = Vec::new();
    let surroundings = Surroundings { instance: "/i", available: &[] };
    let json = json::write(object, &surroundings, &mut text).is_ok();
    assert!(json || text.is_empty());
    let path = "00081140/0/00082218/0/00080102".parse().unwrap();
    let bulk = bulk::find(object, &path).is_ok();
    let targets = [EXPLICIT_LITTLE, IMPLICIT_LITTLE].map(|uid| uid.parse().unwrap());
    let written = targets.map(|target| transcode::transcode(object, &[target]).is_ok());
    let drawn = Frames::open(object).is_ok_and(|frames| {
        let count = frames.image().frames.min(3);
        (0..count).any(|index| render(&frames, index, &View::default()).is_ok())
    });
    let compared = alteration::compare(seed, object).is_ok();
    let parsed = !matches!(pdf::extract(object), Err(pdf::PdfError::Guarded(_)));
    // The one reader that builds a tree of the whole object.
    let _ = seg::read(object);
    [json, bulk, written[0], written[1], drawn, compared, parsed].map(u32::from).iter().sum()
}

fn guarded(object: &[u8], dice: &mut Dice) -> Result<(), GuardError> {
    let mut guard = Guard::part10();
    let mut rest = object;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at((1 + dice.roll(64)).min(rest.len()));
        guard.take(piece)?;
        rest = after;
    }
    guard.finish().map(|_| ())
}

#[test]
fn what_passes_the_guard_is_harmless_to_whatever_reads_it() {
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let before = peak_kib();
    let (mut passed, mut refused, mut read, mut faces) = (0, 0, 0, 0);
    for seed in seeds().into_iter().chain(images()) {
        assert_eq!(guarded(&seed, &mut dice), Ok(()), "the seed itself passes");
        for _ in 0..ROUNDS {
            let object = mutated(&seed, &mut dice);
            match guarded(&object, &mut dice) {
                Ok(()) => passed += 1,
                Err(_) => refused += 1,
            }
            // The header may be read from a part of an object, so it looks at refused ones too.
            read += u32::from(header::read_listed(&object, Digest::of(&[])).is_ok());
            faces += shown(&object, &seed);
        }
    }
    eprintln!("{passed} passed, {refused} refused, {read} headers read, {faces} shown");
    assert!(
        passed > 1_000 && refused > 1_000 && read > 1_000 && faces > 10_000,
        "the mutations miss the point"
    );
    if let (Some(before), Some(after)) = (before, peak_kib()) {
        eprintln!("memory grew by {} KiB", after - before);
        assert!(after - before < GROWTH_KIB_MAX);
    }
}
