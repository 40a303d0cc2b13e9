//! DICOM unique identifiers: parsed once, one type for each kind of thing (PS3.5 section 9).

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

/// Longest UID the standard allows, in characters (PS3.5 section 9.1).
pub const UID_CHARS_MAX: usize = 64;

/// A valid UID of one kind: a `Uid<Study>` is never taken for a `Uid<Series>`.
pub struct Uid<Kind> {
    text: String,
    kind: PhantomData<fn() -> Kind>,
}

/// Kind: a study (0020,000D).
#[derive(Debug)]
pub enum Study {}
/// Kind: a series (0020,000E).
#[derive(Debug)]
pub enum Series {}
/// Kind: a SOP instance (0008,0018).
#[derive(Debug)]
pub enum Instance {}
/// Kind: a frame of reference (0020,0052).
#[derive(Debug)]
pub enum Frame {}
/// Kind: a tracked lesion (0062,0021).
#[derive(Debug)]
pub enum Tracking {}
/// Kind: a SOP class (0008,0016).
#[derive(Debug)]
pub enum Class {}
/// Kind: a transfer syntax (0002,0010).
#[derive(Debug)]
pub enum Syntax {}

/// Study Instance UID.
pub type StudyUid = Uid<Study>;
/// Series Instance UID.
pub type SeriesUid = Uid<Series>;
/// SOP Instance UID.
pub type InstanceUid = Uid<Instance>;
/// Frame of Reference UID.
pub type FrameUid = Uid<Frame>;
/// Tracking UID: one lesion of one patient, for life.
pub type TrackingUid = Uid<Tracking>;
/// SOP Class UID.
pub type ClassUid = Uid<Class>;
/// Transfer Syntax UID.
pub type SyntaxUid = Uid<Syntax>;

/// Why a text is not a UID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UidError {
    /// Nothing was given.
    #[error("the UID is empty")]
    Empty,
    /// More than 64 characters.
    #[error("the UID has {0} characters, the standard allows 64")]
    TooLong(usize),
    /// A component is empty, has a leading zero or holds something besides digits. The sentence
    /// does not repeat it: it ends in logs, and what stands where a UID belongs may be a name.
    #[error("the UID has a component that is empty, begins with 0 or is not of digits")]
    Component(String),
}

impl<Kind> Uid<Kind> {
    /// A UID under 2.25 from 128 bits (PS3.5 section B.2). The same bits give the same UID.
    pub fn from_u128(bits: u128) -> Self {
        Self { text: format!("2.25.{bits}"), kind: PhantomData }
    }

    /// The UID as it stands in a data set, without padding.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl<Kind> FromStr for Uid<Kind> {
    type Err = UidError;

    /// Takes the padding of an element value (trailing NUL or space) along.
    fn from_str(text: &str) -> Result<Self, UidError> {
        let text = text.trim_end_matches(['\0', ' ']);
        if text.is_empty() {
            return Err(UidError::Empty);
        }
        if text.len() > UID_CHARS_MAX {
            return Err(UidError::TooLong(text.len()));
        }
        for component in text.split('.') {
            let digits = !component.is_empty() && component.bytes().all(|b| b.is_ascii_digit());
            if !digits || (component.len() > 1 && component.starts_with('0')) {
                return Err(UidError::Component(component.to_owned()));
            }
        }
        Ok(Self { text: text.to_owned(), kind: PhantomData })
    }
}

impl<Kind> Clone for Uid<Kind> {
    fn clone(&self) -> Self {
        Self { text: self.text.clone(), kind: PhantomData }
    }
}
impl<Kind> PartialEq for Uid<Kind> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}
impl<Kind> Eq for Uid<Kind> {}
impl<Kind> PartialOrd for Uid<Kind> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<Kind> Ord for Uid<Kind> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.text.cmp(&other.text)
    }
}
impl<Kind> Hash for Uid<Kind> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}
impl<Kind> fmt::Display for Uid<Kind> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
impl<Kind> fmt::Debug for Uid<Kind> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_about_a_wrong_uid_does_not_repeat_it() {
        for text in ["1.2.DOE^JANE", "1.2.039337423", "DOE"] {
            let error = text.parse::<StudyUid>().unwrap_err().to_string();
            assert!(!text.split('.').any(|part| part.len() > 1 && error.contains(part)), "{error}");
        }
    }

    #[track_caller]
    fn check(text: &str, expected: Result<&str, UidError>) {
        let parsed = text.parse::<StudyUid>();
        assert_eq!(parsed.as_ref().map(Uid::as_str), expected.as_ref().map(|t| *t));
    }

    #[test]
    fn a_plain_uid_is_taken_as_it_is() {
        check("1.2.840.10008.1.1", Ok("1.2.840.10008.1.1"));
    }
    #[test]
    fn padding_is_not_part_of_a_uid() {
        check("1.2.3\0", Ok("1.2.3"));
    }
    #[test]
    fn leading_zeros_are_refused() {
        check("1.2.03", Err(UidError::Component("03".into())));
    }
    #[test]
    fn a_lone_zero_is_a_component() {
        check("1.0.3", Ok("1.0.3"));
    }
    #[test]
    fn a_path_is_not_a_uid() {
        check("../escaped", Err(UidError::Component(String::new())));
    }
    #[test]
    fn nothing_is_not_a_uid() {
        check(" ", Err(UidError::Empty));
    }
    #[test]
    fn sixty_four_characters_are_the_limit() {
        let longest = format!("1.{}", "2".repeat(62));
        check(&longest, Ok(&longest));
        check(&format!("1.{}", "2".repeat(63)), Err(UidError::TooLong(65)));
    }
    #[test]
    fn a_minted_uid_is_valid_at_both_ends() {
        for bits in [0, u128::MAX] {
            let uid = StudyUid::from_u128(bits);
            check(uid.as_str(), Ok(uid.as_str()));
        }
    }
}
