//! Application Entity titles: how DICOM applications call each other (PS3.5 6.2, VR AE).

use std::fmt;
use std::str::FromStr;

/// Longest title, in characters (PS3.5 6.2; PS3.8 9.3.2).
pub const AE_TITLE_CHARS_MAX: usize = 16;

/// A valid Application Entity title, without the spaces that pad it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AeTitle(String);

/// Why a text is not an Application Entity title.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AeTitleError {
    /// Nothing besides spaces.
    #[error("the AE title is empty")]
    Empty,
    /// More than 16 characters.
    #[error("the AE title has {0} characters, the standard allows {AE_TITLE_CHARS_MAX}")]
    TooLong(usize),
    /// A control character, a backslash, or something outside of ASCII.
    #[error("the AE title has a character that is not allowed: {0:?}")]
    Character(char),
}

impl AeTitle {
    /// The title without padding.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AeTitle {
    type Err = AeTitleError;

    /// Leading and trailing spaces carry no meaning; trailing NULs, as some devices send, neither.
    fn from_str(text: &str) -> Result<Self, AeTitleError> {
        let text = text.trim_end_matches('\0').trim_matches(' ');
        if text.is_empty() {
            return Err(AeTitleError::Empty);
        }
        if let Some(bad) = text.chars().find(|c| !matches!(c, ' '..='~') || *c == '\\') {
            return Err(AeTitleError::Character(bad));
        }
        if text.len() > AE_TITLE_CHARS_MAX {
            return Err(AeTitleError::TooLong(text.len()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for AeTitle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<&str, AeTitleError>) {
        let parsed = text.parse::<AeTitle>();
        assert_eq!(parsed.as_ref().map(AeTitle::as_str), expected.as_ref().map(|t| *t));
    }

    #[test]
    fn padding_is_not_part_of_a_title() {
        check("  STORE SCP      ", Ok("STORE SCP"));
        check("PACS\0\0", Ok("PACS"));
    }
    #[test]
    fn sixteen_characters_are_the_limit() {
        check("ABCDEFGHIJKLMNOP", Ok("ABCDEFGHIJKLMNOP"));
        check("ABCDEFGHIJKLMNOPQ", Err(AeTitleError::TooLong(17)));
    }
    #[test]
    fn spaces_alone_are_no_title() {
        check("                ", Err(AeTitleError::Empty));
    }
    #[test]
    fn a_backslash_separates_values_and_is_no_part_of_one() {
        check("A\\B", Err(AeTitleError::Character('\\')));
    }
    #[test]
    fn letters_outside_of_ascii_are_refused() {
        check("RÖNTGEN", Err(AeTitleError::Character('Ö')));
        check("A\nB", Err(AeTitleError::Character('\n')));
    }
}
