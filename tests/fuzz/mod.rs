//! Bytes that are almost right: seeds, changed at random but the same way every time, for as long
//! as there is time. What is tried must neither panic nor hold memory.
#![allow(clippy::unwrap_used, reason = "test code fails by panicking")]

use std::env;
use std::fs;
use std::time::{Duration, Instant};

/// Time for one target in an everyday test, in seconds; `cargo xtask prove fuzz` gives more.
const EVERYDAY_S: u64 = 2;

/// Longest input, in bytes: larger than every limit that is counted in KiB.
const INPUT_BYTES_MAX: usize = 64 * 1024;

/// Changes of one input.
const CHANGES_MAX: u64 = 8;

/// Memory that all inputs together may leave behind at the peak, in KiB.
const GROWTH_KIB_MAX: u64 = 64 * 1024;

/// Numbers that lengths go wrong at.
const BORDERS: [u8; 8] = [0, 1, 2, 0x7F, 0x80, 0xFD, 0xFE, 0xFF];

/// A generator of numbers that are not random to whoever knows the seed (xorshift64*).
pub struct Dice(u64);

impl Dice {
    /// Begins at a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// The next number.
    pub fn roll(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// A number below another.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.roll() % end.max(1) as u64).unwrap()
    }
}

/// A seed, changed.
fn changed(dice: &mut Dice, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = seeds[dice.below(seeds.len())].clone();
    for _ in 0..=dice.roll() % CHANGES_MAX {
        let at = dice.below(bytes.len());
        match dice.roll() % 8 {
            0 if !bytes.is_empty() => bytes[at] ^= 1 << (dice.roll() % 8),
            1 if !bytes.is_empty() => bytes[at] = BORDERS[dice.below(BORDERS.len())],
            2 => bytes.truncate(at),
            3 => {
                let number = dice.roll().to_le_bytes();
                let count = 1 + dice.below(8);
                bytes.splice(at..at, number[..count].iter().copied());
            }
            4 => {
                let end = at + dice.below(bytes.len() - at + 1).min(64);
                bytes.drain(at..end);
            }
            5 => {
                let end = at + dice.below(bytes.len() - at + 1).min(256);
                let again: Vec<u8> = bytes[at..end].to_vec();
                for _ in 0..=dice.below(16) {
                    bytes.splice(at..at, again.iter().copied());
                }
            }
            6 => {
                let other = &seeds[dice.below(seeds.len())];
                let (start, end) = (dice.below(other.len()), other.len());
                bytes.splice(at..at, other[start..end].iter().copied());
            }
            _ if bytes.len() > at + 4 => {
                let number = [0xFFFF_FFFF_u32, 0x7FFF_FFFF, 0xFFFF, 0][dice.below(4)];
                bytes[at..at + 4].copy_from_slice(&number.to_be_bytes());
            }
            _ => {}
        }
        bytes.truncate(INPUT_BYTES_MAX);
    }
    bytes
}

/// Peak of this process's memory so far (proc(5), VmHWM).
fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or(0, |line| line.trim().trim_end_matches(" kB").parse().unwrap())
}

/// Gives a target changed seeds as long as there is time; it says whether it took the input.
pub fn pelt(name: &str, seeds: &[Vec<u8>], mut target: impl FnMut(&[u8]) -> bool) {
    for seed in seeds {
        assert!(target(seed), "{name}: a seed is right and is not taken: {seed:02X?}");
    }
    let given = env::var("INTERVAL_FUZZ_S").ok().and_then(|text| text.parse().ok());
    let limit = Duration::from_secs(given.unwrap_or(EVERYDAY_S));
    let seed = env::var("INTERVAL_FUZZ_SEED").ok().and_then(|text| text.parse().ok());
    let mut dice = Dice::new(seed.unwrap_or(20_240_506));
    let (start, before) = (Instant::now(), peak_kib());
    let (mut inputs, mut taken, mut slowest) = (0_u64, 0_u64, Duration::ZERO);
    while start.elapsed() < limit {
        let input = changed(&mut dice, seeds);
        let begun = Instant::now();
        taken += u64::from(target(&input));
        slowest = slowest.max(begun.elapsed());
        inputs += 1;
    }
    let grown = peak_kib().saturating_sub(before);
    println!(
        "{{\"target\":\"{name}\",\"inputs\":{inputs},\"taken\":{taken},\
         \"slowest_ms\":{},\"grown_kib\":{grown}}}",
        slowest.as_millis()
    );
    assert!(grown <= GROWTH_KIB_MAX, "{name} holds {grown} KiB");
}
