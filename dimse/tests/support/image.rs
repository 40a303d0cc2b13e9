//! A small MR image, made of bytes: a ramp of 16 x 16 pixels.

use bytes::Bytes;
use interval_dimse::part10::Head;
use interval_dimse::scu::Outgoing;

pub const MR: &str = "1.2.840.10008.5.1.4.1.1.4";
pub const EXPLICIT: &str = "1.2.840.10008.1.2.1";

/// Rows and columns.
const SIZE: u16 = 16;

/// An image in Explicit VR Little Endian, ready to be sent.
pub fn image(instance: &str) -> Outgoing {
    Outgoing {
        class: MR.parse().unwrap(),
        instance: instance.parse().unwrap(),
        syntax: EXPLICIT.parse().unwrap(),
        data_set: Bytes::from(data_set(instance)),
    }
}

/// The same as a DICOM file.
pub fn file(instance: &str) -> Vec<u8> {
    let Outgoing { class, instance, syntax, data_set } = image(instance);
    let mut file = Head { class, instance, syntax }.encode("TESTER");
    file.extend_from_slice(&data_set);
    file
}

fn data_set(instance: &str) -> Vec<u8> {
    let mut set = Vec::new();
    text(&mut set, 0x0008_0008, *b"CS", "DERIVED\\PRIMARY");
    text(&mut set, 0x0008_0016, *b"UI", MR);
    text(&mut set, 0x0008_0018, *b"UI", instance);
    text(&mut set, 0x0008_0060, *b"CS", "MR");
    text(&mut set, 0x0010_0010, *b"PN", "Ramp^Small");
    text(&mut set, 0x0010_0020, *b"LO", "RAMP");
    text(&mut set, 0x0020_000D, *b"UI", "2.25.1");
    text(&mut set, 0x0020_000E, *b"UI", "2.25.2");
    text(&mut set, 0x0020_0013, *b"IS", "1");
    number(&mut set, 0x0028_0002, 1);
    text(&mut set, 0x0028_0004, *b"CS", "MONOCHROME2");
    number(&mut set, 0x0028_0010, SIZE);
    number(&mut set, 0x0028_0011, SIZE);
    number(&mut set, 0x0028_0100, 16);
    number(&mut set, 0x0028_0101, 16);
    number(&mut set, 0x0028_0102, 15);
    number(&mut set, 0x0028_0103, 0);
    let pixels: Vec<u8> = (0..SIZE * SIZE).flat_map(u16::to_le_bytes).collect();
    tag(&mut set, 0x7FE0_0010, *b"OW");
    set.extend_from_slice(&[0, 0]);
    set.extend_from_slice(&(pixels.len() as u32).to_le_bytes());
    set.extend_from_slice(&pixels);
    set
}

fn tag(set: &mut Vec<u8>, tag: u32, vr: [u8; 2]) {
    set.extend_from_slice(&((tag >> 16) as u16).to_le_bytes());
    set.extend_from_slice(&(tag as u16).to_le_bytes());
    set.extend_from_slice(&vr);
}

fn text(set: &mut Vec<u8>, element: u32, vr: [u8; 2], text: &str) {
    let mut value = text.as_bytes().to_vec();
    if value.len() % 2 == 1 {
        value.push(if vr == *b"UI" { 0 } else { b' ' });
    }
    tag(set, element, vr);
    set.extend_from_slice(&(value.len() as u16).to_le_bytes());
    set.extend_from_slice(&value);
}

fn number(set: &mut Vec<u8>, element: u32, value: u16) {
    tag(set, element, *b"US");
    set.extend_from_slice(&2_u16.to_le_bytes());
    set.extend_from_slice(&value.to_le_bytes());
}
