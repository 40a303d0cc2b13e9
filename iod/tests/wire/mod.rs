//! Data sets written byte by byte, so that they can be wrong on purpose (PS3.5 section 7).
#![allow(dead_code, reason = "test support; not every test uses all of it")]

use interval_iod::part10;
use interval_iod::uids::{EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE, MR_IMAGE};

/// How elements are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    Implicit,
    Explicit,
    Big,
}

impl Wire {
    pub const ALL: [Wire; 3] = [Wire::Implicit, Wire::Explicit, Wire::Big];

    pub fn syntax(self) -> &'static str {
        match self {
            Wire::Implicit => IMPLICIT_LITTLE,
            Wire::Explicit => EXPLICIT_LITTLE,
            Wire::Big => EXPLICIT_BIG,
        }
    }
}

/// Whether a sequence states its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stated {
    Length,
    Delimiter,
}

pub const UNDEFINED: u32 = 0xFFFF_FFFF;
pub const ITEM: (u16, u16) = (0xFFFE, 0xE000);
pub const ITEM_END: (u16, u16) = (0xFFFE, 0xE00D);
pub const SEQUENCE_END: (u16, u16) = (0xFFFE, 0xE0DD);
pub const PIXEL_DATA: (u16, u16) = (0x7FE0, 0x0010);

/// A data set in the making.
#[derive(Debug, Clone)]
pub struct DataSet {
    pub wire: Wire,
    pub bytes: Vec<u8>,
}

impl DataSet {
    pub fn new(wire: Wire) -> Self {
        Self { wire, bytes: Vec::new() }
    }

    pub fn half(&mut self, value: u16) -> &mut Self {
        let bytes = if self.wire == Wire::Big { value.to_be_bytes() } else { value.to_le_bytes() };
        self.bytes.extend(bytes);
        self
    }

    pub fn word(&mut self, value: u32) -> &mut Self {
        let bytes = if self.wire == Wire::Big { value.to_be_bytes() } else { value.to_le_bytes() };
        self.bytes.extend(bytes);
        self
    }

    /// A header that claims a length.
    pub fn header(&mut self, (group, element): (u16, u16), vr: &str, length: u32) -> &mut Self {
        self.half(group).half(element);
        if self.wire == Wire::Implicit || group == ITEM.0 {
            return self.word(length);
        }
        self.bytes.extend(vr.as_bytes());
        if matches!(
            vr,
            "OB" | "OD"
                | "OF"
                | "OL"
                | "OV"
                | "OW"
                | "SQ"
                | "SV"
                | "UC"
                | "UN"
                | "UR"
                | "UT"
                | "UV"
        ) {
            self.half(0).word(length)
        } else {
            self.half(length as u16)
        }
    }

    /// An element with the bytes of its value.
    pub fn element(&mut self, tag: (u16, u16), vr: &str, value: &[u8]) -> &mut Self {
        self.header(tag, vr, value.len() as u32);
        self.bytes.extend(value);
        self
    }

    /// A text, padded to an even length.
    pub fn text(&mut self, tag: (u16, u16), vr: &str, text: &str) -> &mut Self {
        let mut value = text.as_bytes().to_vec();
        if value.len() % 2 == 1 {
            value.push(if vr == "UI" { 0 } else { b' ' });
        }
        self.element(tag, vr, &value)
    }

    /// A 16-bit number.
    pub fn number(&mut self, tag: (u16, u16), value: u16) -> &mut Self {
        self.header(tag, "US", 2).half(value)
    }

    /// A sequence of one item.
    pub fn sequence(&mut self, tag: (u16, u16), stated: Stated, item: &DataSet) -> &mut Self {
        match stated {
            Stated::Length => {
                self.header(tag, "SQ", item.bytes.len() as u32 + 8);
                self.header(ITEM, "", item.bytes.len() as u32);
                self.bytes.extend(&item.bytes);
            }
            Stated::Delimiter => {
                self.header(tag, "SQ", UNDEFINED).header(ITEM, "", UNDEFINED);
                self.bytes.extend(&item.bytes);
                self.header(ITEM_END, "", 0).header(SEQUENCE_END, "", 0);
            }
        }
        self
    }

    /// As a Part 10 file.
    pub fn part10(&self) -> Vec<u8> {
        self.part10_in(self.wire.syntax())
    }

    /// As a Part 10 file that claims this transfer syntax.
    pub fn part10_in(&self, syntax: &str) -> Vec<u8> {
        let (class, instance) = (MR_IMAGE.parse(), "1.2.3".parse());
        let (Ok(class), Ok(instance), Ok(syntax)) = (class, instance, syntax.parse()) else {
            panic!("a UID of the test is not valid");
        };
        let mut bytes = part10::prefix(&class, &instance, &syntax, "SENDER");
        bytes.extend(&self.bytes);
        bytes
    }
}

/// A small MR image with everything a guard may meet: two kinds of sequences, a private element.
pub fn mr_image(wire: Wire) -> DataSet {
    let mut set = DataSet::new(wire);
    let mut code = DataSet::new(wire);
    code.text((0x0008, 0x0100), "SH", "T-A0100").text((0x0008, 0x0102), "SH", "SRT");
    let mut nested = DataSet::new(wire);
    nested.sequence((0x0008, 0x2218), Stated::Length, &code);
    set.text((0x0008, 0x0005), "CS", "ISO_IR 192")
        .text((0x0008, 0x0008), "CS", "ORIGINAL\\PRIMARY\\OTHER")
        .text((0x0008, 0x0016), "UI", MR_IMAGE)
        .text((0x0008, 0x0018), "UI", "1.2.3")
        .text((0x0008, 0x0060), "CS", "MR")
        .sequence((0x0008, 0x1115), Stated::Delimiter, &nested)
        .sequence((0x0008, 0x1140), Stated::Length, &nested)
        .text((0x0009, 0x0010), "LO", "VENDOR")
        .element((0x0009, 0x1010), "UN", &[1, 2, 3, 4])
        .text((0x0010, 0x0020), "LO", "PID-1")
        .text((0x0020, 0x000D), "UI", "1.2.3.4")
        .text((0x0020, 0x000E), "UI", "1.2.3.4.5")
        .number((0x0028, 0x0010), 2)
        .number((0x0028, 0x0011), 2)
        .element(PIXEL_DATA, "OW", &[0, 1, 2, 3, 4, 5, 6, 7]);
    set
}
