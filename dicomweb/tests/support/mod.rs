//! What the tests share: a generator with a seed, and streams of buffers.
#![allow(dead_code, clippy::unwrap_used, reason = "each test uses some of it, and may stop")]

pub mod foreign;
pub mod orthanc;

use bytes::Bytes;
use futures_core::Stream;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A generator of numbers (splitmix64): the same seed gives the same numbers.
pub struct Random(pub u64);

impl Random {
    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below a limit.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.number() % limit.max(1) as u64) as usize
    }

    /// Bytes.
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.number() as u8).collect()
    }

    /// The text with a few of its bytes changed, left out, doubled or put in.
    pub fn mutated(&mut self, text: &[u8]) -> Vec<u8> {
        let mut out = text.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(out.len());
            match self.below(5) {
                0 if !out.is_empty() => out[at] = self.number() as u8,
                1 if !out.is_empty() => drop(out.remove(at)),
                2 => out.insert(at, b"\r\n-\"\\{}[]:,;=*%&?\0 \x80"[self.below(20)]),
                3 => out.truncate(at),
                _ => {
                    let to = (at + self.below(40)).min(out.len());
                    let part = out[at..to].to_vec();
                    out.splice(at..at, part);
                }
            }
        }
        out
    }
}

/// Buffers as a stream.
pub struct Buffers(pub VecDeque<Bytes>);

impl Buffers {
    /// A body in buffers of random sizes.
    pub fn of(body: &Bytes, random: &mut Random, size_max: usize) -> Self {
        let (mut buffers, mut rest) = (VecDeque::new(), body.clone());
        while !rest.is_empty() {
            let size = 1 + random.below(size_max.min(rest.len()));
            buffers.push_back(rest.split_to(size));
        }
        Self(buffers)
    }
}

impl Stream for Buffers {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.pop_front().map(Ok))
    }
}
