//! The code elements that DICOM knows: which escape sequence calls each, and what its bytes mean
//! (PS3.3 tables C.12-2 to C.12-4).

use encoding_rs::{
    EUC_JP, EUC_KR, Encoding, GBK, ISO_8859_2, ISO_8859_3, ISO_8859_4, ISO_8859_5, ISO_8859_6,
    ISO_8859_7, ISO_8859_8, ISO_8859_15, WINDOWS_874, WINDOWS_1254,
};

/// Lifts a byte into the upper half.
const UPPER: u8 = 0x80;
/// Where the letters of an upper half begin; control characters are before it.
const LETTERS: u8 = 0xA0;
/// Katakana in JIS X 0201 and in Unicode, in the same order.
const KATAKANA: (std::ops::RangeInclusive<u8>, u32) = (0xA1..=0xDF, 0xFF61);
/// Calls JIS X 0212 in EUC-JP.
const EUC_SUPPLEMENT: u8 = 0x8F;

/// A set of letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    /// ISO 646 and its Japanese sister, which differ in the yen sign and the overline alone.
    Ascii,
    /// ISO 8859-1.
    Latin1,
    /// Another upper half of 96 letters; windows code pages agree with their ISO sets there.
    Upper(&'static Encoding),
    /// JIS X 0201 Katakana, upper half.
    Katakana,
    /// JIS X 0208, two bytes of the lower half.
    Kanji,
    /// JIS X 0212, two bytes of the lower half.
    KanjiSupplement,
    /// KS X 1001, two bytes of the upper half.
    Hangul,
    /// GB 2312, two bytes of the upper half.
    Hanzi,
}

impl Code {
    /// By the registration number that the names of character sets have.
    pub fn registered(number: &str) -> Option<Self> {
        Some(match number {
            "6" => Code::Ascii,
            "13" => Code::Katakana,
            "58" => Code::Hanzi,
            "87" => Code::Kanji,
            "100" => Code::Latin1,
            "101" => Code::Upper(ISO_8859_2),
            "109" => Code::Upper(ISO_8859_3),
            "110" => Code::Upper(ISO_8859_4),
            "126" => Code::Upper(ISO_8859_7),
            "127" => Code::Upper(ISO_8859_6),
            "138" => Code::Upper(ISO_8859_8),
            "144" => Code::Upper(ISO_8859_5),
            "148" => Code::Upper(WINDOWS_1254),
            "149" => Code::Hangul,
            "159" => Code::KanjiSupplement,
            "166" => Code::Upper(WINDOWS_874),
            "203" => Code::Upper(ISO_8859_15),
            _ => return None,
        })
    }

    /// By what follows the escape character.
    pub fn called(escape: &[u8]) -> Option<Self> {
        let number = match escape {
            b"(B" | b"(J" => "6",
            b")I" => "13",
            b"-A" => "100",
            b"-B" => "101",
            b"-C" => "109",
            b"-D" => "110",
            b"-F" => "126",
            b"-G" => "127",
            b"-H" => "138",
            b"-L" => "144",
            b"-M" => "148",
            b"-T" => "166",
            b"-b" => "203",
            b"$)A" => "58",
            b"$B" => "87",
            b"$)C" => "149",
            b"$(D" => "159",
            _ => return None,
        };
        Self::registered(number)
    }

    /// This code where it is one of the upper half.
    pub fn of_upper_half(self) -> Option<Self> {
        (!matches!(self, Code::Ascii | Code::Kanji | Code::KanjiSupplement)).then_some(self)
    }

    /// Bytes of one letter.
    pub fn letter_bytes(self) -> usize {
        match self {
            Code::Kanji | Code::KanjiSupplement | Code::Hangul | Code::Hanzi => 2,
            Code::Ascii | Code::Latin1 | Code::Upper(_) | Code::Katakana => 1,
        }
    }

    /// Appends one letter; none when it has none at this place.
    pub fn letter(self, bytes: &[u8], text: &mut String) -> Option<()> {
        let raised = |at: usize| bytes.get(at).map_or(UPPER, |byte| byte | UPPER);
        match self {
            Code::Ascii | Code::Latin1 => text.push(char::from(*bytes.first()?)),
            Code::Upper(_) | Code::Katakana if *bytes.first()? < LETTERS => {
                text.push(char::from(*bytes.first()?));
            }
            Code::Upper(encoding) => append(encoding, bytes, text)?,
            Code::Katakana => {
                let (letters, first) = KATAKANA;
                let byte = *bytes.first().filter(|byte| letters.contains(byte))?;
                text.push(char::from_u32(first + u32::from(byte - letters.start()))?);
            }
            Code::Kanji => append(EUC_JP, &[raised(0), raised(1)], text)?,
            Code::KanjiSupplement => {
                append(EUC_JP, &[EUC_SUPPLEMENT, raised(0), raised(1)], text)?;
            }
            Code::Hangul => append(EUC_KR, bytes, text)?,
            Code::Hanzi => append(GBK, bytes, text)?,
        }
        Some(())
    }
}

fn append(encoding: &'static Encoding, bytes: &[u8], text: &mut String) -> Option<()> {
    let letters = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
    text.push_str(&letters);
    Some(())
}
