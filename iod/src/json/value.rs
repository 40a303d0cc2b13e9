//! One value of an element (PS3.18 F.2.3 to F.2.7).

use crate::charset::{Charset, Delimiters};
use crate::encoded::walk::{Value, number_bytes};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dicom_core::{Tag, VR};
use std::io::Write;

/// Largest whole number that every reader of JSON keeps (RFC 7493 section 2.2).
const SAFE_INTEGER: u64 = (1 << 53) - 1;

/// Names of the component groups of a Person Name, in their order (PS3.5 6.2.1.1).
const NAME_GROUPS: [&str; 3] = ["Alphabetic", "Ideographic", "Phonetic"];

const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// Eight digits.
pub(super) fn tag(tag: Tag, json: &mut Vec<u8>) {
    let whole = u32::from(tag.0) << 16 | u32::from(tag.1);
    let digits: [u8; 8] = std::array::from_fn(|at| HEX[(whole >> (28 - 4 * at)) as usize & 0xF]);
    json.extend_from_slice(&digits);
}

/// `Value` or `InlineBinary` of a value that is not empty.
pub(super) fn write(value: Value<'_>, charset: Charset, json: &mut Vec<u8>) {
    match value.vr {
        VR::OB | VR::OD | VR::OF | VR::OL | VR::OV | VR::OW | VR::UN => {
            json.extend_from_slice(b",\"InlineBinary\":\"");
            base64(&value.little_endian(), json);
            json.push(b'"');
        }
        VR::AT | VR::FD | VR::FL | VR::SL | VR::SS | VR::SV | VR::UL | VR::US | VR::UV => {
            numbers(value, json);
        }
        vr => text(vr, &charset.for_vr(vr).decode(value.bytes, Delimiters::of(vr)).text, json),
    }
}

fn base64(bytes: &[u8], json: &mut Vec<u8>) {
    let start = json.len();
    json.resize(start + bytes.len().div_ceil(3) * 4, b'=');
    // The room is as long as the text; there is nothing that could fail.
    let written = STANDARD.encode_slice(bytes, &mut json[start..]).unwrap_or(0);
    json.truncate(start + written);
}

fn numbers(value: Value<'_>, json: &mut Vec<u8>) {
    let Value { vr, encoding, bytes, .. } = value;
    let size = if vr == VR::AT { 4 } else { number_bytes(vr) };
    let mut before: &[u8] = b",\"Value\":[";
    for cell in bytes.chunks_exact(size) {
        json.extend_from_slice(before);
        before = b",";
        let raw = encoding.whole(cell);
        match vr {
            VR::SS => signed((raw as i16).into(), json),
            VR::SL => signed((raw as i32).into(), json),
            VR::SV => signed(raw.cast_signed(), json),
            VR::FL => float(f32::from_bits(raw as u32), json),
            VR::FD => float(f64::from_bits(raw), json),
            VR::AT => {
                let (group, element) = cell.split_at(2);
                json.push(b'"');
                tag(Tag(encoding.whole(group) as u16, encoding.whole(element) as u16), json);
                json.push(b'"');
            }
            _ => unsigned(raw, json),
        }
    }
    if before == b"," {
        json.push(b']');
    }
}

fn unsigned(number: u64, json: &mut Vec<u8>) {
    let quote: &[u8] = if number > SAFE_INTEGER { b"\"" } else { b"" };
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut rest = number;
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    json.extend_from_slice(quote);
    json.extend_from_slice(&digits[at..]);
    json.extend_from_slice(quote);
}

fn signed(number: i64, json: &mut Vec<u8>) {
    let magnitude = number.unsigned_abs();
    if magnitude > SAFE_INTEGER {
        // Writing to memory does not fail.
        let _ = write!(json, "\"{number}\"");
        return;
    }
    if number < 0 {
        json.push(b'-');
    }
    unsigned(magnitude, json);
}

/// The shortest digits that read back the same; what JSON has no number for is a string.
fn float<F: std::fmt::Debug + Into<f64> + Copy>(number: F, json: &mut Vec<u8>) {
    let wide: f64 = number.into();
    let _ = if wide.is_finite() {
        write!(json, "{number:?}")
    } else if wide.is_nan() {
        write!(json, "\"NaN\"")
    } else {
        write!(json, "\"{}Infinity\"", if wide < 0. { "-" } else { "" })
    };
}

/// The values of a text. Nothing is written when all of it is padding.
pub(super) fn text(vr: VR, text: &str, json: &mut Vec<u8>) {
    let text = text.trim_end_matches([' ', '\0']);
    if text.is_empty() {
        return;
    }
    json.extend_from_slice(b",\"Value\":[");
    if matches!(vr, VR::LT | VR::ST | VR::UR | VR::UT) {
        quoted(text, json);
    } else {
        for (at, value) in text.split('\\').enumerate() {
            if at > 0 {
                json.push(b',');
            }
            let value = value.trim_end_matches([' ', '\0']);
            let value = if vr == VR::UC { value } else { value.trim_start_matches(' ') };
            match vr {
                _ if value.is_empty() => json.extend_from_slice(b"null"),
                VR::PN => name(value, json),
                VR::DS => decimal(value, json),
                VR::IS => match value.parse() {
                    Ok(number) => signed(number, json),
                    Err(_) => quoted(value, json),
                },
                _ => quoted(value, json),
            }
        }
    }
    json.push(b']');
}

fn name(value: &str, json: &mut Vec<u8>) {
    json.push(b'{');
    let mut before: &[u8] = b"\"";
    for (group, text) in NAME_GROUPS.iter().zip(value.split('=')) {
        let text = text.trim_end_matches(' ');
        if !text.is_empty() {
            json.extend_from_slice(before);
            before = b",\"";
            json.extend_from_slice(group.as_bytes());
            json.extend_from_slice(b"\":");
            quoted(text, json);
        }
    }
    json.push(b'}');
}

/// A decimal string with its own digits where JSON writes them so, else as the number that it is.
fn decimal(value: &str, json: &mut Vec<u8>) {
    if is_json_number(value) {
        json.extend_from_slice(value.as_bytes());
        return;
    }
    match value.parse::<f64>() {
        Ok(number) if number.is_finite() => float(number, json),
        _ => quoted(value, json),
    }
}

/// Whether the text is a number by RFC 8259 section 6.
fn is_json_number(text: &str) -> bool {
    let digits = |bytes: &[u8]| bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut rest = text.as_bytes();
    rest = rest.strip_prefix(b"-").unwrap_or(rest);
    let whole = digits(rest);
    if whole == 0 || (whole > 1 && rest[0] == b'0') {
        return false;
    }
    rest = &rest[whole..];
    if let Some(fraction) = rest.strip_prefix(b".") {
        let places = digits(fraction);
        if places == 0 {
            return false;
        }
        rest = &fraction[places..];
    }
    if let Some(exponent) = rest.strip_prefix(b"e").or_else(|| rest.strip_prefix(b"E")) {
        let exponent = exponent.strip_prefix(b"+").or_else(|| exponent.strip_prefix(b"-"));
        let exponent = exponent.unwrap_or(&rest[1..]);
        let places = digits(exponent);
        return places > 0 && places == exponent.len();
    }
    rest.is_empty()
}

fn quoted(text: &str, json: &mut Vec<u8>) {
    json.push(b'"');
    escaped(text, json);
    json.push(b'"');
}

/// Text within quotes (RFC 8259 section 7).
pub(super) fn escaped(text: &str, json: &mut Vec<u8>) {
    let mut rest = text.as_bytes();
    let is_special = |byte: &u8| *byte < 0x20 || matches!(byte, b'"' | b'\\');
    while let Some(at) = rest.iter().position(is_special) {
        json.extend_from_slice(&rest[..at]);
        match rest[at] {
            b'\n' => json.extend_from_slice(b"\\n"),
            b'\r' => json.extend_from_slice(b"\\r"),
            b'\t' => json.extend_from_slice(b"\\t"),
            byte @ (b'"' | b'\\') => json.extend_from_slice(&[b'\\', byte]),
            byte => {
                json.extend_from_slice(b"\\u00");
                json.extend_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
            }
        }
        rest = &rest[at + 1..];
    }
    json.extend_from_slice(rest);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::element::Encoding;

    #[track_caller]
    fn check(vr: VR, bytes: &[u8], expected: &str) {
        let (tag, encoding) = (Tag(0x0009, 0x1001), Encoding::ExplicitLittle);
        let length = bytes.len();
        let mut json = Vec::new();
        let value = Value { tag, vr, encoding, bytes, length, at: 0, start: 0 };
        write(value, Charset::named(b"ISO_IR 100"), &mut json);
        assert_eq!(String::from_utf8(json).unwrap(), expected);
    }

    #[test]
    fn decimals_keep_their_digits_and_become_numbers() {
        check(VR::DS, b"0.10\\1e-3 \\-7\\1.5E+2", r#","Value":[0.10,1e-3,-7,1.5E+2]"#);
        check(VR::DS, b"+1.5\\.5\\007\\5.\\-.5e1", r#","Value":[1.5,0.5,7.0,5.0,-5.0]"#);
        check(VR::DS, b"\\1\\", r#","Value":[null,1,null]"#);
    }
    #[test]
    fn what_is_no_number_is_a_string() {
        check(VR::DS, b"P1:\\inf\\nan", r#","Value":["P1:","inf","nan"]"#);
        check(VR::IS, b"1.0\\+5\\ 7", r#","Value":["1.0",5,7]"#);
        let not_finite = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY].map(f64::to_le_bytes);
        check(VR::FD, &not_finite.concat(), r#","Value":["NaN","Infinity","-Infinity"]"#);
    }
    #[test]
    fn floats_have_the_digits_that_read_back() {
        check(VR::FL, &0.1f32.to_le_bytes(), r#","Value":[0.1]"#);
        check(VR::FD, &1e300f64.to_le_bytes(), r#","Value":[1e300]"#);
    }
    #[test]
    fn whole_numbers_beyond_what_readers_keep_are_strings() {
        let whole = [SAFE_INTEGER, SAFE_INTEGER + 1].map(u64::to_le_bytes).concat();
        check(VR::UV, &whole, r#","Value":[9007199254740991,"9007199254740992"]"#);
        check(VR::SV, &i64::MIN.to_le_bytes(), r#","Value":["-9223372036854775808"]"#);
        check(VR::SS, &[0xFF, 0xFF, 0, 0], r#","Value":[-1,0]"#);
    }
    #[test]
    fn names_are_told_by_groups_and_text_is_escaped() {
        check(VR::PN, b"M\xFCller^J==x ", r#","Value":[{"Alphabetic":"Müller^J","Phonetic":"x"}]"#);
        check(VR::ST, b"a\"b\\\n\x01", r#","Value":["a\"b\\\n\u0001"]"#);
    }
    #[test]
    fn padding_alone_is_no_value() {
        check(VR::LO, b"  ", "");
        check(VR::UI, b"1.2\0", r#","Value":["1.2"]"#);
        check(VR::AT, &[0x18, 0, 0x63, 0x10], r#","Value":["00181063"]"#);
        check(VR::OB, &[1, 2, 3, 4], r#","InlineBinary":"AQIDBA==""#);
    }
}
