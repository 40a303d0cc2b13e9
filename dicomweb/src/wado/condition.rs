//! Whether a client has something already (RFC 9110 section 13.1). Stored objects never change, so
//! that whatever names an object and its form names its bytes.

/// Longest list of tags that is read, in bytes.
const TAGS_BYTES_MAX: usize = 8 * 1024;

/// A strong entity tag: the same tag is the same bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ETag(String);

/// What a client is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// It has the bytes: 304.
    Fresh,
    /// It gets them.
    Changed,
}

impl ETag {
    /// A tag of these characters; what is not allowed in a tag is left out.
    pub fn of(text: &str) -> Self {
        let allowed = |c: &char| c.is_ascii_graphic() && *c != '"';
        Self(format!("\"{}\"", text.chars().filter(allowed).collect::<String>()))
    }

    /// As it stands in the header, in quotes.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What If-None-Match asks: weak comparison, a star is any.
    pub fn against(&self, if_none_match: Option<&str>) -> Freshness {
        let Some(header) = if_none_match.filter(|text| text.len() <= TAGS_BYTES_MAX) else {
            return Freshness::Changed;
        };
        let mut tags = header.split(',').map(str::trim);
        let is_it = |tag: &str| tag == "*" || tag.trim_start_matches("W/") == self.0;
        if tags.any(is_it) { Freshness::Fresh } else { Freshness::Changed }
    }

    /// Whether a range may be given: If-Range is not there or is this tag. A date there is never
    /// this tag: then all of it is given.
    pub fn permits_range(&self, if_range: Option<&str>) -> bool {
        if_range.is_none_or(|tag| tag.trim() == self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(header: Option<&str>, expected: Freshness) {
        assert_eq!(ETag::of("a1").against(header), expected, "{header:?}");
    }

    #[test]
    fn who_has_it_is_told_so() {
        check(Some("\"a1\""), Freshness::Fresh);
        check(Some("\"b\", W/\"a1\""), Freshness::Fresh);
        check(Some("*"), Freshness::Fresh);
    }
    #[test]
    fn who_has_something_else_gets_it() {
        check(None, Freshness::Changed);
        check(Some("\"a\""), Freshness::Changed);
        check(Some("a1"), Freshness::Changed);
    }
    #[test]
    fn a_range_is_given_of_the_same_bytes_only() {
        let tag = ETag::of("a\"1\n");
        assert_eq!(tag.as_str(), "\"a1\"");
        assert!(tag.permits_range(None) && tag.permits_range(Some("\"a1\"")));
        assert!(!tag.permits_range(Some("W/\"a1\"")));
        assert!(!tag.permits_range(Some("Wed, 25 Nov 2026 13:00:00 GMT")));
    }
}
