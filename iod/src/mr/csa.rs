//! The vendor's private image header of Siemens scanners, as far as a mosaic needs it.
//!
//! Layout ("SV10"): magic, four bytes, number of fields, a check word; then for each field a name
//! of 64 bytes, its multiplicity, a VR, a type, its number of items, a check word; for each item
//! four words of which the second is its length, then the text padded to a whole word. All words
//! are 32 bits, little endian.

/// First bytes of the header.
const MAGIC: &[u8] = b"SV10";
/// Bytes before the first field: magic, four bytes, count, check word.
const OPENING_BYTES: usize = 16;
/// Bytes of a field's name.
const NAME_BYTES: usize = 64;
/// Bytes of a field: name, multiplicity, VR, type, number of items, check word.
const FIELD_BYTES: usize = NAME_BYTES + 5 * 4;
/// Bytes in front of an item's text.
const ITEM_BYTES: usize = 16;
/// Most fields; real headers have about 100.
const FIELDS_MAX: usize = 1024;
/// Most items of a field; real ones have up to a few hundred.
const ITEMS_MAX: usize = 4096;

/// The numbers of the field of this name; nothing when the header has no such field or another
/// layout.
pub(super) fn numbers(header: &[u8], name: &str) -> Vec<f64> {
    find(header, name).unwrap_or_default()
}

fn find(header: &[u8], name: &str) -> Option<Vec<f64>> {
    let fields = word(header, 8).filter(|_| header.starts_with(MAGIC))?;
    let mut at = OPENING_BYTES;
    for _ in 0..fields.min(FIELDS_MAX) {
        let found = header.get(at..at + NAME_BYTES)?;
        let items = word(header, at + FIELD_BYTES - 8)?;
        at += FIELD_BYTES;
        let wanted = found.split(|byte| *byte == 0).next() == Some(name.as_bytes());
        let mut numbers = Vec::new();
        for _ in 0..items.min(ITEMS_MAX) {
            let length = word(header, at + 4)?;
            let text = header.get(at + ITEM_BYTES..(at + ITEM_BYTES).checked_add(length)?)?;
            at += ITEM_BYTES + length.next_multiple_of(4);
            let text = String::from_utf8_lossy(text);
            numbers.extend(text.trim_matches([' ', '\0']).parse::<f64>().ok());
        }
        if wanted {
            return Some(numbers);
        }
    }
    None
}

fn word(header: &[u8], at: usize) -> Option<usize> {
    let bytes: [u8; 4] = header.get(at..at + 4)?.try_into().ok()?;
    usize::try_from(u32::from_le_bytes(bytes)).ok()
}
