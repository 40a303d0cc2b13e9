//! What a client says it would take: the header Accept (RFC 9110 section 12.5.1), or the parameter
//! `accept` of the address, which goes before it (PS3.18 8.3.3.1).

use super::{MediaType, apart};

/// Longest list that is read, in bytes. Viewers send under 1 KiB.
pub const ACCEPT_BYTES_MAX: usize = 8 * 1024;

/// Most entries of a list.
pub const RANGES_MAX: usize = 64;

/// One entry: a media type that may have stars, and how much it is liked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    /// The type; `type` or both parts may be a star.
    pub media: MediaType,
    /// The weight, in thousandths: 0 is never.
    pub weight: u16,
}

/// What is taken. An empty list takes everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Accept {
    /// In the order of the client.
    pub ranges: Vec<Range>,
    /// Whether something was asked for that could not be read: then an empty list takes nothing.
    is_garbled: bool,
}

impl Accept {
    /// By the header and the parameter `accept`, where they are there. Entries that cannot be read
    /// are passed over; if all are such, nothing fits.
    pub fn of(header: Option<&str>, parameter: Option<&str>) -> Self {
        let said = |text: &&str| !text.trim().is_empty();
        match parameter.filter(said).or(header.filter(said)) {
            Some(text) => Self::parse(text),
            None => Self::default(),
        }
    }

    /// Reads a list.
    pub fn parse(text: &str) -> Self {
        if text.len() > ACCEPT_BYTES_MAX {
            return Self { ranges: Vec::new(), is_garbled: true };
        }
        let entries = apart(text, b',').filter(|entry| !entry.trim().is_empty());
        let ranges: Vec<_> = entries.take(RANGES_MAX).filter_map(range).collect();
        Self { is_garbled: ranges.is_empty(), ranges }
    }

    /// Whether everything is taken.
    pub fn is_open(&self) -> bool {
        self.ranges.is_empty() && !self.is_garbled
    }
}

fn range(text: &str) -> Option<Range> {
    let media = MediaType::parse(text).ok()?;
    let weight = media.parameter("q").map_or(Some(1000), weight)?;
    Some(Range { media, weight })
}

/// A weight of at most three decimals (RFC 9110 section 12.4.2), in thousandths.
fn weight(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = decimals.len() <= 3 && decimals.bytes().all(|byte| byte.is_ascii_digit());
    let decimals = format!("{decimals:0<3}").parse::<u16>().ok().filter(|_| digits)?;
    match (whole, decimals) {
        ("0" | "", decimals) => Some(decimals),
        ("1", 0) => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(&str, u16)]) {
        let accept = Accept::parse(text);
        let found: Vec<_> =
            accept.ranges.iter().map(|range| (range.media.essence(), range.weight)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn entries_have_weights() {
        check("a/b, c/d;q=0.5 , */*;q=0", &[("a/b", 1000), ("c/d", 500), ("*/*", 0)]);
        check("a/b;q=1.000", &[("a/b", 1000)]);
    }
    #[test]
    fn entries_that_cannot_be_read_are_passed_over() {
        check("a/b;q=2, c, d/e;q=0.1234, f/g", &[("f/g", 1000)]);
        assert!(!Accept::parse("nothing").is_open());
        assert!(!Accept::parse(&"a".repeat(ACCEPT_BYTES_MAX + 1)).is_open());
        assert!(Accept::of(Some(" "), None).is_open());
    }
    #[test]
    fn a_comma_within_quotes_is_no_end() {
        check("a/b;c=\"d,e\", f/g", &[("a/b", 1000), ("f/g", 1000)]);
    }
    #[test]
    fn the_parameter_goes_before_the_header() {
        let accept = Accept::of(Some("a/b"), Some("c/d"));
        assert_eq!(accept.ranges[0].media.essence(), "c/d");
    }
}
