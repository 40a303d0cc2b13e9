//! New UIDs that are derived, not drawn: the same work gives the same UID, so a second run of a
//! stage overwrites its own results in the PACS instead of littering it.

use interval_core::digest::Digest;
use interval_core::uid::Uid;

/// Version 8 of a UUID ("custom", RFC 9562 section 5.8), at its place in the 128 bits.
const UUID_VERSION: (u32, u128) = (76, 0x8);
/// The variant of RFC 9562 section 4.1, at its place in the 128 bits.
const UUID_VARIANT: (u32, u128) = (62, 0b10);

/// The UID under 2.25 (PS3.5 section B.2) for a purpose and whatever makes the object the one it
/// is. Take UIDs and digests for `parts`; the purpose keeps the series apart from its instances.
pub fn uid<Kind>(purpose: &str, parts: &[&str]) -> Uid<Kind> {
    let named = std::iter::once(purpose).chain(parts.iter().copied()).map(str::as_bytes);
    of_bits(Digest::of_parts(named).leading_u128())
}

/// The UID under 2.25 of a custom UUID with these bits.
pub(crate) fn of_bits<Kind>(bits: u128) -> Uid<Kind> {
    let (version_at, version) = UUID_VERSION;
    let (variant_at, variant) = UUID_VARIANT;
    let free = bits & !(0xF << version_at) & !(0b11 << variant_at);
    Uid::from_u128(free | version << version_at | variant << variant_at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use interval_core::uid::SeriesUid;

    fn minted(purpose: &str, parts: &[&str]) -> SeriesUid {
        uid(purpose, parts)
    }

    #[test]
    fn a_second_run_gives_the_same_uid() {
        assert_eq!(minted("segmentation", &["1.2", "a"]), minted("segmentation", &["1.2", "a"]));
    }
    #[test]
    fn purpose_parts_and_their_boundaries_all_count() {
        let uids = [
            minted("segmentation", &["1.2", "a"]),
            minted("report", &["1.2", "a"]),
            minted("segmentation", &["1.2", "b"]),
            minted("segmentation", &["1.2a"]),
            minted("segmentation", &["1.2", "a", ""]),
        ];
        for (i, uid) in uids.iter().enumerate() {
            assert!(!uids[..i].contains(uid), "{uid} came twice");
        }
    }
    #[test]
    fn a_minted_uid_is_a_uuid_under_2_25() {
        let text = minted("report", &["1.2"]).to_string();
        let bits: u128 = text.strip_prefix("2.25.").and_then(|n| n.parse().ok()).unwrap_or(0);
        assert_eq!((bits >> 76 & 0xF, bits >> 62 & 0b11), (8, 0b10));
        assert_eq!(text.parse::<SeriesUid>(), Ok(minted("report", &["1.2"])));
    }
}
