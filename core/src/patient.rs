//! Who a study is about: a pseudonym inside, an identity only at the doors.

use std::fmt;
use std::str::FromStr;

/// A random name for a patient: 128 bits that say nothing about who it is. Jobs, stages and file
/// names carry it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PatientPseudonym(pub u128);

/// The text is not a pseudonym.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a patient pseudonym")]
pub struct NotAPseudonym(pub String);

impl fmt::Display for PatientPseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p{:032x}", self.0)
    }
}

impl FromStr for PatientPseudonym {
    type Err = NotAPseudonym;
    fn from_str(text: &str) -> Result<Self, NotAPseudonym> {
        text.strip_prefix('p')
            .filter(|digits| digits.len() == 32)
            .and_then(|digits| u128::from_str_radix(digits, 16).ok())
            .map(Self)
            .ok_or_else(|| NotAPseudonym(text.to_owned()))
    }
}

/// A patient as the hospital names them (PS3.3 C.7.1.1). Only the gateway sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Patient {
    /// Patient ID (0010,0020).
    pub id: String,
    /// Issuer of Patient ID (0010,0021); empty where the site has only one.
    pub issuer: String,
    /// Patient's Name (0010,0010), components by `^`.
    pub name: String,
    /// Patient's Birth Date (0010,0030), YYYYMMDD or empty.
    pub birth_date: String,
    /// Patient's Sex (0010,0040): M, F, O or empty.
    pub sex: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pseudonym_reads_back() {
        let pseudonym = PatientPseudonym(7);
        assert_eq!(pseudonym.to_string().parse(), Ok(pseudonym));
        assert!("7".parse::<PatientPseudonym>().is_err());
    }
}
