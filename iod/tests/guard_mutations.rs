//! Objects with bytes changed at random: whatever the guard lets through, the parser behind it
//! survives in bounded memory. One test, alone in its process, because it watches the process.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod wire;

use interval_core::digest::Digest;
use interval_iod::guard::{Guard, GuardError};
use interval_iod::header;
use wire::{DataSet, ITEM, PIXEL_DATA, SEQUENCE_END, Stated, UNDEFINED, Wire, mr_image};

/// Objects tried for each seed. The lengths of a small image are hit thousands of times.
const ROUNDS: u32 = 6_000;

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
fn what_passes_the_guard_is_harmless_to_the_parser() {
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let before = peak_kib();
    let (mut passed, mut refused, mut read) = (0, 0, 0);
    for seed in seeds() {
        assert_eq!(guarded(&seed, &mut dice), Ok(()), "the seed itself passes");
        for _ in 0..ROUNDS {
            let object = mutated(&seed, &mut dice);
            match guarded(&object, &mut dice) {
                Ok(()) => passed += 1,
                Err(_) => refused += 1,
            }
            // The header may be read from a part of an object, so it looks at refused ones too.
            read += u32::from(header::read(&object, Digest::of(&[])).is_ok());
        }
    }
    eprintln!("{passed} passed, {refused} refused, {read} headers read");
    assert!(passed > 1_000 && refused > 1_000 && read > 1_000, "the mutations miss the point");
    if let (Some(before), Some(after)) = (before, peak_kib()) {
        eprintln!("memory grew by {} KiB", after - before);
        assert!(after - before < GROWTH_KIB_MAX);
    }
}
