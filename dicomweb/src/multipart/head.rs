//! The head of a part: what it is, and where it belongs.

use super::HEAD_LINES_MAX;
use super::MultipartError;
use crate::media::MediaType;

/// The head of a part.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Head {
    /// Its media type with parameters (Content-Type).
    pub content_type: Option<MediaType>,
    /// Where it can be had alone (Content-Location).
    pub location: Option<String>,
    /// What others of the body call it (Content-ID), without angle brackets.
    pub id: Option<String>,
}

impl Head {
    /// Of this type.
    pub fn of(content_type: MediaType) -> Self {
        Self { content_type: Some(content_type), ..Self::default() }
    }

    /// With the address at which it can be had alone.
    #[must_use]
    pub fn at(mut self, location: impl Into<String>) -> Self {
        self.location = Some(location.into());
        self
    }

    /// Reads the lines of part `part`, without the empty line at their end.
    pub(super) fn parse(lines: &[u8], part: usize) -> Result<Self, MultipartError> {
        let text = std::str::from_utf8(lines).map_err(|_| MultipartError::HeadForm(part))?;
        let mut head = Self::default();
        for (at, line) in unfold(text).lines().enumerate() {
            if at >= HEAD_LINES_MAX {
                return Err(MultipartError::HeadTooLong(part));
            }
            let (name, value) = line.split_once(':').ok_or(MultipartError::HeadForm(part))?;
            let value = value.trim();
            match name.trim_end().to_ascii_lowercase().as_str() {
                "content-type" => {
                    let media = MediaType::parse(value);
                    head.content_type = Some(media.map_err(|_| MultipartError::HeadForm(part))?);
                }
                "content-location" => head.location = Some(value.to_owned()),
                "content-id" => {
                    head.id = Some(value.trim_matches(['<', '>']).to_owned());
                }
                _ => {}
            }
        }
        Ok(head)
    }

    /// Writes its lines, with the empty line at their end. What would begin a new line is left out.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let mut line = |name: &str, value: &str, ends: [&str; 2]| {
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(ends[0].as_bytes());
            out.extend(value.bytes().filter(|byte| !byte.is_ascii_control()));
            out.extend_from_slice(ends[1].as_bytes());
            out.extend_from_slice(b"\r\n");
        };
        if let Some(media) = &self.content_type {
            line("Content-Type: ", &media.to_string(), ["", ""]);
        }
        if let Some(location) = &self.location {
            line("Content-Location: ", location, ["", ""]);
        }
        if let Some(id) = &self.id {
            line("Content-ID: ", id, ["<", ">"]);
        }
        out.extend_from_slice(b"\r\n");
    }
}

/// Folded lines are one (RFC 5322 section 2.2.3).
fn unfold(text: &str) -> std::borrow::Cow<'_, str> {
    if text.contains("\n ") || text.contains("\n\t") {
        text.replace("\r\n ", " ").replace("\r\n\t", " ").into()
    } else {
        text.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(lines: &str, expected: Option<Head>) {
        assert_eq!(Head::parse(lines.as_bytes(), 1).ok(), expected, "{lines}");
    }

    #[test]
    fn a_head_is_read_in_any_case_and_folding() {
        let media = MediaType::parse("application/dicom; transfer-syntax=1.2").unwrap();
        let head = Head { id: Some("a".into()), ..Head::of(media).at("/x") };
        check(
            "content-TYPE: application/dicom;\r\n transfer-syntax=1.2\r\nContent-ID: <a>\r\nContent-Location: /x\r\nX: y\r\n",
            Some(head),
        );
        check("", Some(Head::default()));
    }
    #[test]
    fn what_is_no_head_is_refused() {
        check("no colon\r\n", None);
        check("Content-Type: nothing\r\n", None);
        check(&"a: b\r\n".repeat(HEAD_LINES_MAX), Some(Head::default()));
        check(&"a: b\r\n".repeat(HEAD_LINES_MAX + 1), None);
    }
    #[test]
    fn no_line_is_smuggled_in() {
        let mut out = Vec::new();
        Head::default().at("/x\r\nX: y").write(&mut out);
        assert_eq!(out, b"Content-Location: /xX: y\r\n\r\n");
    }
}
