//! Media types (RFC 9110 section 8.3.1, PS3.18 8.7): read, written, and which of ours a client
//! would take ([`choose`]).

mod accept;
mod offer;

pub use accept::{Accept, Range};
pub use offer::{
    Choice, Form, Kind, Media, NotAcceptable, Offer, Syntaxes, choose, choose_of, frame_offers,
};

use interval_core::fault::Fault;
use std::fmt;

/// Longest media type that is read, in bytes; ours have under 200.
pub const MEDIA_BYTES_MAX: usize = 1024;

/// Most parameters of one media type.
pub const PARAMETERS_MAX: usize = 16;

/// The text is no media type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MediaError {
    /// Longer than is read.
    #[error("the media type is too long")]
    TooLong,
    /// Not type, slash, subtype and parameters.
    #[error("the media type is not written as type/subtype; name=value")]
    Form,
}

impl MediaError {
    /// What it asks of the other side.
    pub fn fault(self) -> Fault {
        Fault::Refused
    }
}

/// A media type with its parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaType {
    essence: String,
    parameters: Vec<(String, String)>,
}

impl MediaType {
    /// Reads one. Type and names of parameters are kept in lower case. Values that should have been
    /// quoted and are not (`type=application/dicom`, `transfer-syntax=*`) are read as they are
    /// meant: half of the clients write them so.
    pub fn parse(text: &str) -> Result<Self, MediaError> {
        if text.len() > MEDIA_BYTES_MAX {
            return Err(MediaError::TooLong);
        }
        let mut parts = apart(text, b';');
        let essence = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
        let (kind, subkind) = essence.split_once('/').ok_or(MediaError::Form)?;
        if !is_token(kind) || !is_token(subkind) {
            return Err(MediaError::Form);
        }
        let mut parameters = Vec::new();
        for part in parts {
            let part = part.trim();
            if part.is_empty() {
                continue;
            }
            let (name, value) = part.split_once('=').ok_or(MediaError::Form)?;
            let name = name.trim().to_ascii_lowercase();
            if !is_token(&name) || parameters.len() >= PARAMETERS_MAX {
                return Err(MediaError::Form);
            }
            parameters.push((name, unquoted(value.trim())?));
        }
        Ok(Self { essence, parameters })
    }

    /// A type of ours.
    pub fn of(essence: &'static str) -> Self {
        Self { essence: essence.to_owned(), parameters: Vec::new() }
    }

    /// With a parameter.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.parameters.push((name.to_owned(), value.into()));
        self
    }

    /// Type and subtype, in lower case.
    pub fn essence(&self) -> &str {
        &self.essence
    }

    /// The value of a parameter.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.essence)?;
        for (name, value) in &self.parameters {
            if is_token(value) {
                write!(f, "; {name}={value}")?;
            } else {
                write!(f, "; {name}=\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))?;
            }
        }
        Ok(())
    }
}

/// Parts between separators that are not within quotes.
fn apart(text: &str, separator: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let (mut is_quoted, mut is_escaped) = (false, false);
        for (at, byte) in text.bytes().enumerate() {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' if is_quoted => is_escaped = true,
                b'"' => is_quoted = !is_quoted,
                byte if byte == separator && !is_quoted => {
                    rest = Some(&text[at + 1..]);
                    return Some(&text[..at]);
                }
                _ => {}
            }
        }
        rest = None;
        Some(text)
    })
}

/// A value without its quotes.
fn unquoted(value: &str) -> Result<String, MediaError> {
    let Some(quoted) = value.strip_prefix('"') else {
        let fits = value.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"');
        return if fits { Ok(value.to_owned()) } else { Err(MediaError::Form) };
    };
    let mut text = String::with_capacity(quoted.len());
    let mut characters = quoted.chars();
    loop {
        match characters.next() {
            Some('"') if characters.as_str().is_empty() => return Ok(text),
            Some('\\') => text.push(characters.next().ok_or(MediaError::Form)?),
            Some('"') | None => return Err(MediaError::Form),
            Some(c) if c.is_control() => return Err(MediaError::Form),
            Some(c) => text.push(c),
        }
    }
}

fn is_token(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let written = MediaType::parse(text).ok().map(|media| media.to_string());
        assert_eq!(written.as_deref(), expected);
    }

    #[test]
    fn a_type_is_read_with_quotes_and_without() {
        check("Application/DICOM", Some("application/dicom"));
        check(
            "multipart/related;TYPE=application/dicom; transfer-syntax=*",
            Some("multipart/related; type=\"application/dicom\"; transfer-syntax=*"),
        );
        check("a/b; c=\"d;e,\\\"f\"", Some("a/b; c=\"d;e,\\\"f\""));
        check("a/b;", Some("a/b"));
    }
    #[test]
    fn what_is_no_type_is_refused() {
        for wrong in [
            "",
            "a",
            "/b",
            "a/",
            "a b/c",
            "a/b; c",
            "a/b; =c",
            "a/b; c=\"d",
            "a/b;c=\"d\"e",
            "a/b;c=\u{1}",
        ] {
            check(wrong, None);
        }
        check(&format!("a/{}", "b".repeat(MEDIA_BYTES_MAX)), None);
        check(&format!("a/b{}", ";c=d".repeat(PARAMETERS_MAX + 1)), None);
    }
}
