//! RLE Lossless (PS3.5 Annex G): each byte of each sample is a plane of its own, packed alone.

use super::{FrameError, Image};

/// RLE Lossless (PS3.5 section A.4.2).
pub(super) const RLE_LOSSLESS: &str = "1.2.840.10008.1.2.5";

/// Bytes of the header: the number of segments and their offsets (PS3.5 G.5).
const HEADER_BYTES: usize = 64;
/// Two bytes stand for 128 at most.
const RATIO_MAX: usize = 64;
/// Most segments: what the header has room for.
const SEGMENTS_MAX: usize = 15;

/// The values of a frame in little endian order, samples interleaved.
pub(super) fn decode(stream: &[u8], image: &Image) -> Result<Vec<u8>, FrameError> {
    let (size, samples) = (image.value_bytes(), image.samples);
    // Single bits are packed as they are, eight in a byte.
    let pixels =
        if image.bits_allocated == 1 { image.pixels().div_ceil(8) } else { image.pixels() };
    let header = stream.get(..HEADER_BYTES).ok_or(FrameError::Short)?;
    let field = |at: usize| {
        let cell = header.get(at * 4..at * 4 + 4).unwrap_or_default();
        cell.iter().rev().fold(0, |sum, byte| sum << 8 | usize::from(*byte))
    };
    let segments = field(0);
    if segments != size * samples || segments > SEGMENTS_MAX {
        return Err(FrameError::Disagrees("it has another number of samples"));
    }
    let bytes = pixels * size * samples;
    if bytes > stream.len().saturating_mul(RATIO_MAX) {
        return Err(FrameError::Short);
    }
    let mut values = vec![0; bytes];
    for segment in 0..segments {
        let start = field(segment + 1);
        let end = if segment + 1 < segments { field(segment + 2) } else { stream.len() };
        let packed = stream.get(start..end).ok_or(FrameError::Short)?;
        // The most significant byte of a sample comes first.
        let (sample, byte) = (segment / size, size - 1 - segment % size);
        let step = size * samples;
        let places = values.iter_mut().skip(sample * size + byte).step_by(step);
        unpack(packed, places).ok_or(FrameError::Short)?;
    }
    Ok(values)
}

/// Unpacks a segment into its places; none when it ends before they do (PS3.5 G.3.2).
fn unpack<'a>(mut packed: &[u8], mut places: impl Iterator<Item = &'a mut u8>) -> Option<()> {
    let mut next = places.next();
    while let Some(mut place) = next {
        let (&control, rest) = packed.split_first()?;
        packed = rest;
        let run = usize::from(control);
        // 128 says nothing; below are literal bytes, above is one that repeats.
        let count = match run {
            0..=127 => run + 1,
            128 => {
                next = Some(place);
                continue;
            }
            _ => 257 - run,
        };
        let literal = run < 128;
        let bytes = packed.get(..if literal { count } else { 1 })?;
        packed = &packed[bytes.len()..];
        let mut copied = 0;
        next = loop {
            *place = bytes[if literal { copied } else { 0 }];
            copied += 1;
            match places.next() {
                Some(following) if copied < count => place = following,
                following => break following,
            }
        };
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(packed: &[u8], bytes: usize, expected: Option<&[u8]>) {
        let mut values = vec![0; bytes];
        let unpacked = unpack(packed, values.iter_mut()).map(|()| values);
        assert_eq!(unpacked.as_deref(), expected);
    }

    #[test]
    fn literal_bytes_and_runs_take_turns() {
        check(&[2, 1, 2, 3, 254, 9, 128, 0, 7], 7, Some(&[1, 2, 3, 9, 9, 9, 7]));
    }
    #[test]
    fn what_follows_the_last_place_does_not_count() {
        check(&[254, 9, 3, 1], 2, Some(&[9, 9]));
        check(&[3, 1, 2, 3, 4], 2, Some(&[1, 2]));
    }
    #[test]
    fn a_segment_that_ends_early_is_refused() {
        check(&[254], 2, None);
        check(&[3, 1, 2], 4, None);
        check(&[0, 1], 2, None);
    }
}
