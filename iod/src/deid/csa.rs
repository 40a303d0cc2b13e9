//! The vendor's private image header of Siemens scanners with all but its numbers taken out.
//!
//! The layout is that of [`crate::mr`]'s reader ("SV10"). The header is not edited but written
//! anew from the numbers of the fields that are known, so nothing else can come along.

/// First bytes of the header.
const MAGIC: [u8; 8] = *b"SV10\x04\x03\x02\x01";
/// The word by which the vendor marks each part.
const CHECK: u32 = 77;
/// Bytes before the first field: magic, four bytes, number of fields, check word.
const OPENING_BYTES: usize = 16;
/// Bytes of a field's name.
const NAME_BYTES: usize = 64;
/// Bytes of a field: name, multiplicity, VR, type, number of items, check word.
const FIELD_BYTES: usize = NAME_BYTES + 5 * 4;
/// Bytes in front of an item's text: four words, the second its length.
const ITEM_BYTES: usize = 16;
/// Most fields; real headers have about 100.
const FIELDS_MAX: usize = 1024;
/// Most items of a field that are looked at; real ones have up to a few hundred.
const ITEMS_MAX: usize = 4096;
/// Longest text of a number: a decimal string (PS3.5 table 6.2-1).
const NUMBER_CHARS_MAX: usize = 16;

/// Fields of numbers that volumes are read by: mosaics, diffusion, distortion, times of slices.
const FIELDS: [&str; 11] = [
    "NumberOfImagesInMosaic",
    "SliceNormalVector",
    "B_value",
    "B_matrix",
    "DiffusionGradientDirection",
    "MosaicRefAcqTimes",
    "BandwidthPerPixelPhaseEncode",
    "PhaseEncodingDirectionPositive",
    "ProtocolSliceNumber",
    "SliceMeasurementDuration",
    "TimeAfterStart",
];

/// The header with the numbers of the known fields; none when it is not one.
pub(super) fn numbers_alone(header: &[u8]) -> Option<Vec<u8>> {
    let fields = word(header, 8).filter(|_| header.starts_with(b"SV10"))?;
    let mut kept: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut at = OPENING_BYTES;
    for _ in 0..fields.min(FIELDS_MAX) {
        let Some(field) = header.get(at..at + FIELD_BYTES) else { break };
        let name = field[..NAME_BYTES].split(|byte| *byte == 0).next().unwrap_or_default();
        let known = FIELDS.iter().find(|known| known.as_bytes() == name);
        let items = word(header, at + FIELD_BYTES - 8)?;
        at += FIELD_BYTES;
        let mut numbers = Vec::new();
        for _ in 0..items.min(ITEMS_MAX) {
            let length = word(header, at + 4)?;
            let text = header.get(at + ITEM_BYTES..(at + ITEM_BYTES).checked_add(length)?)?;
            numbers.extend(number(text));
            at += ITEM_BYTES + length.next_multiple_of(4);
        }
        if let Some(known) = known.filter(|known| kept.iter().all(|(name, _)| name != *known)) {
            kept.push((known, numbers));
        }
    }
    Some(written(&kept))
}

/// The text of an item when it is a number of reasonable size.
fn number(text: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(text).ok()?;
    let text = text.split('\0').next().unwrap_or_default().trim_matches(' ');
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    // Larger ones could be identifiers: the largest real ones are times of slices in ms.
    let small = text.parse::<f64>().is_ok_and(|number| number.abs() < 1e7);
    (plain && small && text.len() <= NUMBER_CHARS_MAX).then_some(text)
}

fn written(fields: &[(&str, Vec<&str>)]) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    out.extend((fields.len() as u32).to_le_bytes());
    out.extend(CHECK.to_le_bytes());
    for (name, numbers) in fields {
        let count = numbers.len() as u32;
        let mut padded = [0; NAME_BYTES];
        padded[..name.len()].copy_from_slice(name.as_bytes());
        out.extend(padded);
        out.extend(count.to_le_bytes());
        out.extend(*b"FD\0\0");
        // The vendor's own number of the type: floating point in double precision.
        out.extend(4_u32.to_le_bytes());
        out.extend(count.to_le_bytes());
        out.extend(CHECK.to_le_bytes());
        for number in numbers {
            // The closing zero counts.
            let length = number.len() as u32 + 1;
            for word in [length, length, CHECK, length] {
                out.extend(word.to_le_bytes());
            }
            out.extend(number.as_bytes());
            out.resize((out.len() + 1).next_multiple_of(4), 0);
        }
    }
    out
}

fn word(header: &[u8], at: usize) -> Option<usize> {
    let bytes: [u8; 4] = header.get(at..at.checked_add(4)?)?.try_into().ok()?;
    usize::try_from(u32::from_le_bytes(bytes)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_known_fields_stay_and_nothing_else() {
        let original = written(&[
            ("NumberOfImagesInMosaic", vec!["36"]),
            ("PatientsName", vec!["12"]),
            ("B_value", vec!["COHEN^SARA", "305123456", "1000"]),
            ("SliceNormalVector", vec!["0.1", "-0.2", "0.97"]),
        ]);
        let kept = numbers_alone(&original).unwrap();
        let expected = written(&[
            ("NumberOfImagesInMosaic", vec!["36"]),
            ("B_value", vec!["1000"]),
            ("SliceNormalVector", vec!["0.1", "-0.2", "0.97"]),
        ]);
        assert_eq!(kept, expected);
    }
    #[test]
    fn what_is_no_header_does_not_pass() {
        assert_eq!(numbers_alone(b"COHEN^SARA^1970"), None);
        let mut cut = written(&[("B_value", vec!["1000"])]);
        cut.truncate(cut.len() - 4);
        assert_eq!(numbers_alone(&cut), None);
        assert_eq!(
            numbers_alone(b"SV10\x04\x03\x02\x01\xFF\xFF\xFF\xFF\x4D\0\0\0"),
            Some(written(&[]))
        );
    }
}
