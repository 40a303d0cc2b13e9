//! What hides one patient: the secrets from which every replaced UID and date of theirs follows.

use crate::mint;
use interval_core::digest::{Digest, RunningDigest};
use interval_core::patient::PatientPseudonym;
use interval_core::uid::Uid;
use interval_core::units::Days;
use std::fmt;
use zeroize::Zeroizing;

use super::date;

/// Dates move into the past, by at least a day and at most a year, so that seasons do not tell and
/// no date is in the future.
pub const SHIFTS: std::ops::RangeInclusive<i64> = -365..=-1;

/// Block of SHA-256 in bytes (FIPS 180-4), for HMAC (RFC 2104).
const BLOCK_BYTES: usize = 64;

/// The root of what the standard itself defines (PS3.6 annex A): classes, transfer syntaxes, well
/// known frames of reference.
const STANDARD_ROOT: &str = "1.2.840.10008.";

/// Most digits in a component under [`STANDARD_ROOT`]; the longest in PS3.6 have three, an
/// identifier of a person has more.
const STANDARD_DIGITS_MAX: usize = 4;

/// A date shift that is none, or not within a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("dates are shifted by 1 to 365 days into the past, not by {}", .0.0)]
pub struct ShiftOutOfRange(pub Days);

/// Whether the scanner may be known in the processing zone (PS3.15, Retain Device Identity).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum DeviceIdentity {
    /// Serial number, station name and the like stay: a change of scanner matters to measurements.
    #[default]
    Retained,
    /// They go.
    Removed,
}

/// The secrets of one patient. The same cloak gives the same replacements in every study.
#[derive(Clone)]
pub struct Cloak {
    pseudonym: PatientPseudonym,
    uid_key: Zeroizing<[u8; 32]>,
    shift: Days,
    device: DeviceIdentity,
}

impl Cloak {
    /// From the vault: the key of HMAC-SHA-256 for UIDs and the shift of dates, both drawn at
    /// random for this patient and never changed.
    pub fn new(
        pseudonym: PatientPseudonym,
        uid_key: [u8; 32],
        shift: Days,
    ) -> Result<Self, ShiftOutOfRange> {
        if !SHIFTS.contains(&shift.0) {
            return Err(ShiftOutOfRange(shift));
        }
        let uid_key = Zeroizing::new(uid_key);
        Ok(Self { pseudonym, uid_key, shift, device: DeviceIdentity::default() })
    }

    /// As the site decides about its scanners.
    #[must_use]
    pub fn with_device(self, device: DeviceIdentity) -> Self {
        Self { device, ..self }
    }

    /// Who the patient is inside.
    pub fn pseudonym(&self) -> PatientPseudonym {
        self.pseudonym
    }

    /// Whether the scanner may be known.
    pub fn device(&self) -> DeviceIdentity {
        self.device
    }

    /// The UID that stands for another one. UIDs of the standard itself are nobody's and stay.
    pub fn uid<Kind>(&self, original: &Uid<Kind>) -> Uid<Kind> {
        if is_standard(original.as_str()) {
            return original.clone();
        }
        let keyed = hmac(&self.uid_key, original.as_str().as_bytes());
        mint::of_bits(keyed.leading_u128())
    }

    /// A date (DA), or a date with time (DT), moved into the past; the time of day stays. Empty
    /// when it is not one, or has no day.
    pub fn date(&self, original: &str) -> String {
        date::shifted(original, self.shift).unwrap_or_default()
    }

    /// The way back: what [`date`](Self::date) was given.
    pub fn unshift_date(&self, shifted: &str) -> String {
        date::shifted(shifted, Days(-self.shift.0)).unwrap_or_default()
    }
}

impl fmt::Debug for Cloak {
    /// Without the secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cloak").field("pseudonym", &self.pseudonym).finish_non_exhaustive()
    }
}

/// Whether the standard defines this UID.
fn is_standard(uid: &str) -> bool {
    uid.strip_prefix(STANDARD_ROOT)
        .is_some_and(|rest| rest.split('.').all(|digits| digits.len() <= STANDARD_DIGITS_MAX))
}

/// HMAC-SHA-256 (RFC 2104) under a key of less than a block.
fn hmac(key: &[u8; 32], message: &[u8]) -> Digest {
    let padded = |with: u8| {
        let mut block = Zeroizing::new([with; BLOCK_BYTES]);
        block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
        block
    };
    let mut inner = RunningDigest::new();
    inner.update(&*padded(0x36));
    inner.update(message);
    let mut outer = RunningDigest::new();
    outer.update(&*padded(0x5C));
    outer.update(&inner.finish().0);
    outer.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use interval_core::uid::{FrameUid, StudyUid};

    fn cloak(key: u8, shift: i64) -> Cloak {
        Cloak::new(PatientPseudonym(7), [key; 32], Days(shift)).unwrap()
    }

    #[test]
    fn the_keyed_digest_is_that_of_the_rfc() {
        // RFC 4231 section 4.2: the key of 20 bytes, padded with zeros as HMAC pads it.
        let mut key = [0; 32];
        key[..20].fill(0x0B);
        assert_eq!(
            hmac(&key, b"Hi There").to_string(),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
    }
    #[test]
    fn a_patient_keeps_one_replacement_and_two_patients_share_none() {
        let uid: StudyUid = "1.2.3.4".parse().unwrap();
        assert_eq!(cloak(1, -3).uid(&uid), cloak(1, -9).uid(&uid));
        assert_ne!(cloak(1, -3).uid(&uid), cloak(2, -3).uid(&uid));
        assert!(cloak(1, -3).uid(&uid).as_str().starts_with("2.25."));
    }
    #[test]
    fn what_the_standard_defines_stays_and_what_only_looks_like_it_does_not() {
        let talairach: FrameUid = "1.2.840.10008.1.4.1.1".parse().unwrap();
        assert_eq!(cloak(1, -1).uid(&talairach), talairach);
        let person: FrameUid = "1.2.840.10008.1.305123456".parse().unwrap();
        assert_ne!(cloak(1, -1).uid(&person), person);
    }
    #[test]
    fn a_shift_is_between_a_day_and_a_year_into_the_past() {
        for shift in [-366, 0, 1] {
            let refused = Cloak::new(PatientPseudonym(7), [0; 32], Days(shift));
            assert_eq!(refused.err(), Some(ShiftOutOfRange(Days(shift))));
        }
    }
    #[test]
    fn every_date_comes_back() {
        for shift in [-1, -31, -365] {
            let cloak = cloak(1, shift);
            for date in ["20240229", "20240301", "19991231235959.5+0200", "20000101"] {
                assert_ne!(cloak.date(date), date);
                assert_eq!(cloak.unshift_date(&cloak.date(date)), date);
            }
        }
    }
    #[test]
    fn secrets_are_not_printed() {
        assert!(!format!("{:?}", cloak(77, -123)).contains("77"));
        assert!(!format!("{:?}", cloak(77, -123)).contains("123"));
    }
}
