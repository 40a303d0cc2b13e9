//! Who a study is about: a pseudonym inside, an identity only at the doors.

use std::fmt;
use std::str::FromStr;

/// A random name for a patient: 128 bits that say nothing about who it is. Jobs, stages and file
/// names carry it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PatientPseudonym(pub u128);

impl PatientPseudonym {
    /// A patient who is nobody: asked for in place of one who does not exist, so that both take the
    /// same way. Pseudonyms are random; nobody is ever given this one.
    pub const NOBODY: Self = Self(0);
}

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

/// What stands behind the claim that content has no identity in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Warrant {
    /// The confidentiality profile of PS3.15 Annex E was applied.
    Profile,
    /// Made by formula: there is no patient.
    Phantom,
    /// Voxels and their geometry alone: the header's texts were never read, or were cleared.
    BareVoxels,
}

/// Content without an identity: the only thing the processing zone accepts. It can be turned into
/// other content by computation ([`map`](Self::map)), never made up from something identified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deidentified<T>(T);

impl<T> Deidentified<T> {
    /// Declares that there is no identity in the content. For the makers of such content alone;
    /// the architecture test lists the files that may call it.
    pub fn declare(content: T, _on: Warrant) -> Self {
        Self(content)
    }

    /// The content.
    pub fn into_inner(self) -> T {
        self.0
    }

    /// What a computation makes of the content and of nothing else has no identity either.
    pub fn map<U>(self, compute: impl FnOnce(T) -> U) -> Deidentified<U> {
        Deidentified(compute(self.0))
    }

    /// As [`map`](Self::map), for a computation that may fail.
    pub fn try_map<U, E>(
        self,
        compute: impl FnOnce(T) -> Result<U, E>,
    ) -> Result<Deidentified<U>, E> {
        compute(self.0).map(Deidentified)
    }
}

impl<T> AsRef<T> for Deidentified<T> {
    fn as_ref(&self) -> &T {
        &self.0
    }
}

impl<T> FromIterator<Deidentified<T>> for Deidentified<Vec<T>> {
    fn from_iter<I: IntoIterator<Item = Deidentified<T>>>(parts: I) -> Self {
        Self(parts.into_iter().map(Deidentified::into_inner).collect())
    }
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

    #[test]
    fn what_is_computed_from_deidentified_content_stays_deidentified() {
        let voxels = Deidentified::declare([1, 2], Warrant::Phantom);
        assert_eq!(voxels.map(|v| v.iter().sum::<i32>()).into_inner(), 3);
        assert_eq!(voxels.try_map(|_| Err::<(), _>("unreadable")), Err("unreadable"));
        let both: Deidentified<Vec<_>> = [voxels, voxels].into_iter().collect();
        assert_eq!(both.as_ref(), &[[1, 2], [1, 2]]);
    }
}
