//! Text of a data set as UTF-8, by its Specific Character Set (PS3.3 C.12.1.1.2, PS3.5 6.1).
//!
//! Plain ASCII, which is nearly all of it, is lent and never copied. What is not as it was declared
//! is read all the same, and said to be so: a name with a doubtful letter is better than none.

mod code;
mod extended;

use code::Code;
use dicom_core::VR;
use std::borrow::Cow;

/// Opens a sequence that switches code elements (ISO 2022).
const ESCAPE: u8 = 0x1B;

/// What a data set says its text is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Charset {
    scheme: Scheme,
    knowledge: Knowledge,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    /// Code elements by one or two bytes, which escape sequences change (ISO 2022): what stands in
    /// the upper half at the beginning.
    Codes(Option<Code>),
    Utf8,
    Gb18030,
    Gbk,
}

impl Default for Scheme {
    fn default() -> Self {
        Self::Codes(None)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Knowledge {
    #[default]
    Known,
    /// A set was named that nobody knows.
    Unknown,
}

/// How far a text is what its character set says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// Each letter as declared.
    Declared,
    /// Some bytes are in no declared set; they were taken as UTF-8 if all of them are that, else as
    /// Latin-1.
    Undeclared,
}

/// A text that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text<'a> {
    /// In UTF-8, with the padding and the delimiters that it had.
    pub text: Cow<'a, str>,
    /// Whether to believe it.
    pub reading: Reading,
}

/// What ends the reach of an escape sequence (PS3.5 6.1.2.5.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delimiters {
    /// The ends of lines: one long text.
    Lines,
    /// The backslash between values too.
    Values,
    /// `^` and `=` too: Person Name.
    Names,
}

impl Delimiters {
    /// Those of a value representation.
    pub fn of(vr: VR) -> Self {
        match vr {
            VR::PN => Delimiters::Names,
            VR::LT | VR::ST | VR::UT => Delimiters::Lines,
            _ => Delimiters::Values,
        }
    }

    fn has(self, byte: u8) -> bool {
        match byte {
            b'\t' | b'\n' | 0x0C | b'\r' => true,
            b'\\' => self != Delimiters::Lines,
            b'^' | b'=' => self == Delimiters::Names,
            _ => false,
        }
    }
}

impl Charset {
    /// From the value of Specific Character Set (0008,0005). Names with the usual slips, as
    /// `ISO IR 100`, are understood.
    pub fn named(value: &[u8]) -> Self {
        let names = String::from_utf8_lossy(value);
        let mut charset = Self::default();
        for (at, name) in names.split('\\').enumerate() {
            match scheme(name) {
                Some(scheme) if at == 0 => charset.scheme = scheme,
                Some(_) => {}
                None => charset.knowledge = Knowledge::Unknown,
            }
        }
        charset
    }

    /// The one that holds for values of a VR: only some have more than ASCII (PS3.5 6.1.2.3).
    #[must_use]
    pub fn for_vr(self, vr: VR) -> Self {
        match vr {
            VR::LO | VR::LT | VR::PN | VR::SH | VR::ST | VR::UC | VR::UN | VR::UT => self,
            _ => Self::default(),
        }
    }

    /// Reads a value.
    pub fn decode(self, value: &[u8], delimiters: Delimiters) -> Text<'_> {
        if value.is_ascii() && !value.contains(&ESCAPE) {
            let text = String::from_utf8_lossy(value);
            return Text { text, reading: Reading::Declared };
        }
        let declared = |(text, bad): (Cow<'_, str>, bool)| (!bad).then(|| text.into_owned());
        let whole = match self.scheme {
            Scheme::Codes(upper) => extended::decode(value, upper, delimiters),
            Scheme::Utf8 => std::str::from_utf8(value).ok().map(str::to_owned),
            Scheme::Gb18030 => declared(encoding_rs::GB18030.decode_without_bom_handling(value)),
            Scheme::Gbk => declared(encoding_rs::GBK.decode_without_bom_handling(value)),
        };
        match whole {
            Some(text) if self.knowledge == Knowledge::Known => {
                Text { text: text.into(), reading: Reading::Declared }
            }
            Some(text) => Text { text: text.into(), reading: Reading::Undeclared },
            None => Text { text: as_found(value).into(), reading: Reading::Undeclared },
        }
    }
}

/// The scheme of one name; none when nobody knows it.
fn scheme(name: &str) -> Option<Scheme> {
    let name = name.trim_matches([' ', '\0']);
    match name {
        "" => return Some(Scheme::Codes(None)),
        "GB18030" => return Some(Scheme::Gb18030),
        "GBK" => return Some(Scheme::Gbk),
        _ => {}
    }
    let number = name.strip_prefix("ISO")?.rsplit(|c: char| !c.is_ascii_digit()).next()?;
    match number {
        "192" => Some(Scheme::Utf8),
        "6" => Some(Scheme::Codes(None)),
        _ => Code::registered(number).map(|code| Scheme::Codes(code.of_upper_half())),
    }
}

/// Text that is not as it was declared.
fn as_found(value: &[u8]) -> String {
    std::str::from_utf8(value)
        .map_or_else(|_| value.iter().map(|byte| char::from(*byte)).collect(), str::to_owned)
}

#[cfg(test)]
mod tests;
