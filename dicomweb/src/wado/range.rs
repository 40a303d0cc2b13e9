//! One range of the bytes of a body (RFC 9110 section 14). Several ranges, other units and what
//! cannot be read are as if nothing had been said, as the RFC allows.

use interval_core::fault::Fault;

/// Longest header that is read, in bytes: two numbers of twenty digits.
const RANGE_BYTES_MAX: usize = 64;

/// A part of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByteRange {
    /// First byte, from 0.
    pub from: u64,
    /// First byte that is not in it.
    pub to: u64,
}

/// The range lies outside of the body: 416, with `Content-Range: bytes */length`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the range asked for is not in a body of {0} bytes")]
pub struct Unsatisfiable(pub u64);

impl Unsatisfiable {
    /// What it asks of the other side.
    pub fn fault(self) -> Fault {
        Fault::Refused
    }
}

impl ByteRange {
    /// The range that a header asks for, of a body of so many bytes; nothing is all of it.
    pub fn parse(header: &str, length: u64) -> Result<Option<Self>, Unsatisfiable> {
        let said = header.trim();
        if said.len() > RANGE_BYTES_MAX {
            return Ok(None);
        }
        let Some((unit, range)) = said.split_once('=') else { return Ok(None) };
        let Some((from, to)) = range.trim().split_once('-') else { return Ok(None) };
        if !unit.trim().eq_ignore_ascii_case("bytes") || range.contains(',') {
            return Ok(None);
        }
        let number = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            // What is beyond any body is beyond this one.
            digits.then(|| text.parse().unwrap_or(u64::MAX))
        };
        match (from.trim(), to.trim()) {
            ("", last) => match number(last) {
                None => Ok(None),
                Some(0) => Err(Unsatisfiable(length)),
                Some(_) if length == 0 => Err(Unsatisfiable(length)),
                Some(last) => Ok(Some(Self { from: length.saturating_sub(last), to: length })),
            },
            (from, to) => {
                let Some(from) = number(from) else { return Ok(None) };
                let last = if to.is_empty() { Some(u64::MAX) } else { number(to) };
                match last {
                    Some(last) if last < from => Ok(None),
                    None => Ok(None),
                    Some(_) if from >= length => Err(Unsatisfiable(length)),
                    Some(last) => Ok(Some(Self { from, to: last.saturating_add(1).min(length) })),
                }
            }
        }
    }

    /// How many bytes it has.
    pub fn length(self) -> u64 {
        self.to - self.from
    }
}

/// The value of Content-Range: of a part with 206, or of a refusal with 416.
pub fn content_range(range: Result<ByteRange, Unsatisfiable>, length: u64) -> String {
    match range {
        Ok(range) => format!("bytes {}-{}/{length}", range.from, range.to.saturating_sub(1)),
        Err(Unsatisfiable(length)) => format!("bytes */{length}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(header: &str, length: u64, expected: Result<Option<(u64, u64)>, u64>) {
        let range = ByteRange::parse(header, length);
        let range = range.map(|range| range.map(|range| (range.from, range.to)));
        assert_eq!(range, expected.map_err(Unsatisfiable), "{header}");
    }

    #[test]
    fn a_range_has_both_ends_in_it() {
        check("bytes=0-9", 100, Ok(Some((0, 10))));
        check("bytes=90-", 100, Ok(Some((90, 100))));
        check("bytes=-10", 100, Ok(Some((90, 100))));
        check("bytes=0-0", 1, Ok(Some((0, 1))));
    }
    #[test]
    fn a_range_is_cut_to_the_body() {
        check("bytes=50-18446744073709551615", 100, Ok(Some((50, 100))));
        check("bytes=-999999999999999999999999", 100, Ok(Some((0, 100))));
    }
    #[test]
    fn a_range_outside_of_the_body_is_refused() {
        check("bytes=100-", 100, Err(100));
        check("bytes=-0", 100, Err(100));
        check("bytes=0-0", 0, Err(0));
        check("bytes=-1", 0, Err(0));
        assert_eq!(content_range(Err(Unsatisfiable(7)), 7), "bytes */7");
        assert_eq!(content_range(Ok(ByteRange { from: 0, to: 10 }), 100), "bytes 0-9/100");
    }
    #[test]
    fn what_is_no_single_range_of_bytes_is_passed_over() {
        for header in [
            "",
            "bytes",
            "bytes=",
            "bytes=a-b",
            "bytes=5-1",
            "bytes=0-1,3-4",
            "rows=0-1",
            "bytes=-",
            "bytes=+1-2",
        ] {
            check(header, 100, Ok(None));
        }
    }
}
