//! The head of a DICOM file: preamble and File Meta Information (PS3.10 section 7).
//!
//! What is sent over an association is the data set alone; what is kept is a file. The head is all
//! that lies between the two, so the data set never needs to be decoded.

use bytes::Bytes;
use interval_core::uid::{ClassUid, InstanceUid, SyntaxUid, UidError};

use crate::{IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME};

/// Bytes of the preamble (PS3.10 7.1). It is written as zeros: it may hold anything, also a program.
const PREAMBLE_BYTES: usize = 128;

/// What follows the preamble.
const PREFIX: &[u8] = b"DICM";

/// Largest File Meta Information that we read, in bytes. Real ones are under 1 KiB.
const META_BYTES_MAX: usize = 64 * 1024;

mod element {
    pub const GROUP_LENGTH: u16 = 0x0000;
    pub const VERSION: u16 = 0x0001;
    pub const CLASS: u16 = 0x0002;
    pub const INSTANCE: u16 = 0x0003;
    pub const SYNTAX: u16 = 0x0010;
    pub const IMPLEMENTATION_CLASS: u16 = 0x0012;
    pub const IMPLEMENTATION_VERSION: u16 = 0x0013;
    pub const SOURCE_AE_TITLE: u16 = 0x0016;
}

/// What the head of a file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Media Storage SOP Class UID (0002,0002).
    pub class: ClassUid,
    /// Media Storage SOP Instance UID (0002,0003).
    pub instance: InstanceUid,
    /// Transfer Syntax UID (0002,0010).
    pub syntax: SyntaxUid,
}

/// Why bytes are not a DICOM file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeadError {
    /// No preamble followed by "DICM".
    #[error("this is not a DICOM file: the prefix DICM is missing")]
    Prefix,
    /// The file meta information is cut off or too long.
    #[error("the file meta information ends inside of element (0002,{0:04X})")]
    CutOff(u16),
    /// An element that the head must have.
    #[error("the file meta information has no valid element (0002,{element:04X})")]
    Uid {
        /// Which one.
        element: u16,
        /// Why it is not valid.
        #[source]
        source: UidError,
    },
}

impl Head {
    /// The bytes in front of the data set, as an application of this title received it.
    pub fn encode(&self, source_ae_title: &str) -> Vec<u8> {
        let mut meta = Vec::with_capacity(512);
        long_value(&mut meta, element::VERSION, *b"OB", &[0, 1]);
        short_value(&mut meta, element::CLASS, *b"UI", self.class.as_str());
        short_value(&mut meta, element::INSTANCE, *b"UI", self.instance.as_str());
        short_value(&mut meta, element::SYNTAX, *b"UI", self.syntax.as_str());
        short_value(&mut meta, element::IMPLEMENTATION_CLASS, *b"UI", IMPLEMENTATION_CLASS_UID);
        short_value(
            &mut meta,
            element::IMPLEMENTATION_VERSION,
            *b"SH",
            IMPLEMENTATION_VERSION_NAME,
        );
        short_value(&mut meta, element::SOURCE_AE_TITLE, *b"AE", source_ae_title);
        let mut head = vec![0; PREAMBLE_BYTES];
        head.extend_from_slice(PREFIX);
        tag(&mut head, element::GROUP_LENGTH, *b"UL");
        head.extend_from_slice(&4_u16.to_le_bytes());
        head.extend_from_slice(&(meta.len() as u32).to_le_bytes());
        head.extend_from_slice(&meta);
        head
    }

    /// Splits a file into its head and its data set, which is not looked at.
    pub fn split(file: &Bytes) -> Result<(Head, Bytes), HeadError> {
        let start = PREAMBLE_BYTES + PREFIX.len();
        if file.get(PREAMBLE_BYTES..start) != Some(PREFIX) {
            return Err(HeadError::Prefix);
        }
        let mut uids = [const { String::new() }; 3];
        let mut rest = &file[start..];
        // The meta information is whatever is of group 0002: its stated length may be wrong.
        while let Some((element, value, after)) = next_element(rest)? {
            let text: String = value.iter().map(|byte| char::from(*byte)).collect();
            match element {
                element::CLASS => uids[0] = text,
                element::INSTANCE => uids[1] = text,
                element::SYNTAX => uids[2] = text,
                _ => {}
            }
            rest = after;
            if file.len() - start - rest.len() > META_BYTES_MAX {
                return Err(HeadError::CutOff(element));
            }
        }
        let data_set = file.slice(file.len() - rest.len()..);
        let [class, instance, syntax] = uids;
        let invalid = |element| move |source| HeadError::Uid { element, source };
        let head = Head {
            class: class.parse().map_err(invalid(element::CLASS))?,
            instance: instance.parse().map_err(invalid(element::INSTANCE))?,
            syntax: syntax.parse().map_err(invalid(element::SYNTAX))?,
        };
        Ok((head, data_set))
    }
}

/// An element with a length of 16 bits (PS3.5 7.1.2); the padding is what its VR asks for.
fn short_value(meta: &mut Vec<u8>, element: u16, vr: [u8; 2], text: &str) {
    let padding = if vr == *b"UI" { 0 } else { b' ' };
    let mut value = text.as_bytes().to_vec();
    if value.len() % 2 == 1 {
        value.push(padding);
    }
    tag(meta, element, vr);
    meta.extend_from_slice(&(value.len() as u16).to_le_bytes());
    meta.extend_from_slice(&value);
}

/// An element with a length of 32 bits.
fn long_value(meta: &mut Vec<u8>, element: u16, vr: [u8; 2], value: &[u8]) {
    tag(meta, element, vr);
    meta.extend_from_slice(&[0, 0]);
    meta.extend_from_slice(&(value.len() as u32).to_le_bytes());
    meta.extend_from_slice(value);
}

fn tag(meta: &mut Vec<u8>, element: u16, vr: [u8; 2]) {
    meta.extend_from_slice(&[0x02, 0x00]);
    meta.extend_from_slice(&element.to_le_bytes());
    meta.extend_from_slice(&vr);
}

/// The element, its value and what follows; nothing where group 0002 ends.
type Element<'a> = Option<(u16, &'a [u8], &'a [u8])>;

fn next_element(bytes: &[u8]) -> Result<Element<'_>, HeadError> {
    let Some(([0x02, 0x00, e0, e1, v0, v1, l0, l1], rest)) = bytes.split_first_chunk::<8>() else {
        return Ok(None);
    };
    let element = u16::from_le_bytes([*e0, *e1]);
    let cut_off = HeadError::CutOff(element);
    let is_long = matches!(&[*v0, *v1], b"OB" | b"OW" | b"UN" | b"SQ" | b"UT");
    let (length, rest) = if is_long {
        let (length, rest) = rest.split_first_chunk::<4>().ok_or(cut_off.clone())?;
        (u32::from_le_bytes(*length) as usize, rest)
    } else {
        (usize::from(u16::from_le_bytes([*l0, *l1])), rest)
    };
    let (value, after) = rest.split_at_checked(length).ok_or(cut_off)?;
    Ok(Some((element, value, after)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head() -> Head {
        Head {
            class: "1.2.840.10008.5.1.4.1.1.4".parse().unwrap(),
            instance: "1.2.3".parse().unwrap(),
            syntax: "1.2.840.10008.1.2.1".parse().unwrap(),
        }
    }

    #[test]
    fn what_is_put_in_front_of_a_data_set_comes_off_again() {
        let data_set = b"\x08\x00\x05\x00CS\x0a\x00ISO_IR 192";
        let mut file = head().encode("MR1");
        file.extend_from_slice(data_set);
        let (found, rest) = Head::split(&Bytes::from(file)).unwrap();
        assert_eq!((found, &rest[..]), (head(), &data_set[..]));
    }

    #[test]
    fn the_stated_length_of_the_head_is_its_length() {
        let head = head().encode("MR1");
        let stated = u32::from_le_bytes(head[140..144].try_into().unwrap());
        assert_eq!(stated as usize, head.len() - 144);
        assert_eq!(u16::from_le_bytes([head[134], head[135]]), element::GROUP_LENGTH);
    }

    #[track_caller]
    fn check_refused(file: Vec<u8>, expected: HeadError) {
        assert_eq!(Head::split(&Bytes::from(file)), Err(expected));
    }

    #[test]
    fn what_has_no_prefix_is_no_file() {
        check_refused(vec![0; 200], HeadError::Prefix);
        check_refused(b"DICM".to_vec(), HeadError::Prefix);
    }
    #[test]
    fn a_head_that_is_cut_off_is_refused() {
        let mut file = head().encode("MR1");
        file.truncate(170);
        check_refused(file, HeadError::CutOff(element::CLASS));
    }
    #[test]
    fn a_head_without_a_class_is_refused() {
        let mut file = head().encode("MR1");
        file.truncate(144);
        let (element, source) = (element::CLASS, UidError::Empty);
        check_refused(file, HeadError::Uid { element, source });
    }
}
