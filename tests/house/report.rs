//! What the journeys look for in a structured report, without a reader of reports: codes and
//! values in Explicit VR Little Endian (PS3.5 section 7.1.2).

use std::collections::BTreeSet;

/// Code Value of Tracking Unique Identifier (PS3.16 Annex D).
const TRACKING_UID: &[u8] = b"112040";

/// UID (0040,A124) with its VR.
const UID_ELEMENT: &[u8] = &[0x40, 0x00, 0x24, 0xA1, b'U', b'I'];

/// The Tracking UIDs of a report.
pub fn tracking_uids(report: &[u8]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut rest = report;
    while let Some(code) = find(rest, TRACKING_UID) {
        rest = &rest[code + TRACKING_UID.len()..];
        let element = &rest[find(rest, UID_ELEMENT).unwrap() + UID_ELEMENT.len()..];
        let bytes = usize::from(u16::from_le_bytes([element[0], element[1]]));
        let value = std::str::from_utf8(&element[2..2 + bytes]).unwrap();
        found.insert(value.trim_end_matches('\0').to_owned());
    }
    found
}

/// Whether a report says a sentence.
pub fn says(report: &[u8], sentence: &str) -> bool {
    find(report, sentence.as_bytes()).is_some()
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}
