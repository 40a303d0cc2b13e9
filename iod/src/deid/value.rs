//! The value of one element, cleaned by its rule.

use super::cloak::Cloak;
use super::date::{is_offset, is_time};
use super::table::{Otherwise, Rule};
use super::words;
use dicom_core::VR;
use interval_core::uid::Uid;

/// Written where a text must not be empty.
const DUMMY_TEXT: &str = "REMOVED";

/// Oldest age that is told (45 CFR 164.514(b)(2)(i)(C)); PS3.15 gives 90 for all beyond.
const AGE_YEARS_MAX: u32 = 89;

/// Longest text of a device (PS3.5 table 6.2-1, LO).
const DEVICE_CHARS_MAX: usize = 64;

/// Most digits of a number written as text that identifies nothing, as of a context group.
const NUMBER_DIGITS_MAX: usize = 5;

/// Longest number written as text. The standard ends at 16 (PS3.5 table 6.2-1, DS); writers of
/// direction cosines in full precision do not.
const DECIMAL_CHARS_MAX: usize = 32;

/// Most whole digits of a number written as text: positions, times, counts and numbers of series
/// have fewer; dates, telephone and identity numbers have more.
const WHOLE_DIGITS_MAX: usize = 7;

/// Schemes whose codes mean the same everywhere (PS3.16 section 8).
const SCHEMES: [&str; 14] = [
    "DCM",
    "SCT",
    "SRT",
    "SNM3",
    "99SDM",
    "LN",
    "UCUM",
    "FMA",
    "RADLEX",
    "NCIt",
    "UMLS",
    "MSH",
    "BI",
    "99INTERVAL",
];

/// What becomes of an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It goes.
    Remove,
    /// It stays as it is.
    Keep,
    /// It stays with this value, not yet padded.
    Replace(Vec<u8>),
    /// Its items are cleaned, each element by its own rule.
    Inside,
}

/// Judges a value. `vr` is the VR of the dictionary; `text` is the value decoded.
pub(super) fn judge(rule: Rule, vr: VR, text: &str, cloak: &Cloak) -> Verdict {
    match rule {
        Rule::Remove => Verdict::Remove,
        Rule::Empty => Verdict::Replace(Vec::new()),
        Rule::Dummy => dummy(vr, text, cloak),
        Rule::Uid => Verdict::Replace(uids(text, cloak)),
        Rule::Date => Verdict::Replace(each(text, |value| moved(vr, value, cloak))),
        // Prose is not a list of words: what remains of it may still tell a story.
        Rule::Words(otherwise) if matches!(vr, VR::LT | VR::ST | VR::UC | VR::UT) => {
            stay_or(String::new(), otherwise, vr, |rest| dummy(vr, rest, cloak))
        }
        Rule::Words(otherwise) => {
            stay_or(words::known(text), otherwise, vr, |rest| dummy(vr, rest, cloak))
        }
        Rule::Terms(otherwise) => {
            stay_or(terms(text), otherwise, vr, |rest| dummy(vr, rest, cloak))
        }
        Rule::Device(otherwise) => device(vr, text, otherwise, cloak),
        Rule::Characteristic => characteristic(vr, text),
        Rule::Code => code(text),
        Rule::Scheme if SCHEMES.contains(&text) => Verdict::Keep,
        Rule::Scheme => Verdict::Replace(b"99REMOVED".to_vec()),
        Rule::Number if is_short_number(text) => Verdict::Keep,
        Rule::Number => Verdict::Remove,
        Rule::Inside => Verdict::Inside,
    }
}

/// Judges the value of an attribute that neither list names, by its VR.
pub(super) fn judge_unnamed(vr: VR, text: &str, cloak: &Cloak) -> Verdict {
    match vr {
        VR::SQ => Verdict::Inside,
        VR::UI => Verdict::Replace(uids(text, cloak)),
        VR::CS => Verdict::Replace(terms(text).into_bytes()),
        VR::DS | VR::IS => numbers(text),
        VR::FL | VR::FD | VR::US | VR::SS | VR::UL | VR::SL | VR::UV | VR::SV | VR::AT => {
            Verdict::Keep
        }
        _ => Verdict::Remove,
    }
}

/// Each of the values parted by a backslash, replaced.
fn each(text: &str, replace: impl Fn(&str) -> String) -> Vec<u8> {
    let values: Vec<String> =
        text.split('\\').map(|value| replace(value.trim_matches([' ', '\0']))).collect();
    values.join("\\").into_bytes()
}

fn uids(text: &str, cloak: &Cloak) -> Vec<u8> {
    each(text, |value| {
        let uid: Result<Uid<()>, _> = value.parse();
        uid.map(|uid| cloak.uid(&uid).to_string()).unwrap_or_default()
    })
}

fn moved(vr: VR, value: &str, cloak: &Cloak) -> String {
    match vr {
        VR::DA | VR::DT => cloak.date(value),
        VR::TM if is_time(value) => value.to_owned(),
        // Timezone Offset From UTC is the one text among the dates.
        VR::SH if is_offset(value) => value.to_owned(),
        _ => String::new(),
    }
}

fn terms(text: &str) -> String {
    let values = text.split('\\').map(|value| value.trim_matches([' ', '\0']));
    let known: Vec<&str> =
        values.map(|value| if words::is_term(value) { value } else { "" }).collect();
    known.join("\\")
}

fn stay_or(
    known: String,
    otherwise: Otherwise,
    vr: VR,
    replace: impl Fn(&str) -> Verdict,
) -> Verdict {
    match otherwise {
        _ if vr == VR::SQ && otherwise == Otherwise::Dummy => Verdict::Inside,
        Otherwise::Remove if known.is_empty() || vr == VR::SQ => Verdict::Remove,
        Otherwise::Dummy if known.is_empty() => replace(""),
        _ => Verdict::Replace(known.into_bytes()),
    }
}

/// What stands in for a value that must not be empty (action D).
fn dummy(vr: VR, text: &str, cloak: &Cloak) -> Verdict {
    let value: &[u8] = match vr {
        VR::SQ => return Verdict::Inside,
        VR::UI => return Verdict::Replace(uids(text, cloak)),
        VR::DA => b"19000101",
        VR::DT => b"19000101000000",
        VR::TM => b"000000",
        VR::AS => b"000Y",
        VR::DS | VR::IS => b"0",
        VR::AE | VR::CS | VR::LO | VR::LT | VR::PN | VR::SH | VR::ST | VR::UC | VR::UT => {
            DUMMY_TEXT.as_bytes()
        }
        VR::UR => b"urn:removed",
        _ => &[0; 8],
    };
    Verdict::Replace(value.to_vec())
}

/// A short line of plain ASCII without the sign that parts a person's names.
fn device(vr: VR, text: &str, otherwise: Otherwise, cloak: &Cloak) -> Verdict {
    let plain = |c: char| matches!(c, ' '..='~') && c != '^';
    match vr {
        VR::SQ => Verdict::Inside,
        VR::LO | VR::SH | VR::UC | VR::LT | VR::UT | VR::ST => {
            if text.len() <= DEVICE_CHARS_MAX && text.chars().all(plain) && !text.is_empty() {
                return Verdict::Keep;
            }
            match otherwise {
                Otherwise::Remove => Verdict::Remove,
                Otherwise::Empty => Verdict::Replace(Vec::new()),
                Otherwise::Dummy => dummy(vr, text, cloak),
            }
        }
        // Replaced all the same: the device stays recognisable for this patient, that is enough.
        VR::UI => Verdict::Replace(uids(text, cloak)),
        _ => Verdict::Remove,
    }
}

fn characteristic(vr: VR, text: &str) -> Verdict {
    match vr {
        VR::AS => Verdict::Replace(age(text).into_bytes()),
        VR::DS | VR::IS => numbers(text),
        VR::CS => Verdict::Replace(terms(text).into_bytes()),
        VR::US => Verdict::Keep,
        VR::SH | VR::LO => stay_or(words::known(text), Otherwise::Remove, vr, |_| Verdict::Remove),
        _ => Verdict::Remove,
    }
}

/// An age (AS) as it is; 090Y for all beyond 89 years; empty when it is none.
fn age(text: &str) -> String {
    let text = text.trim_matches([' ', '\0']);
    let Some((digits, unit)) = text.split_at_checked(3) else { return String::new() };
    let number = digits.parse::<u32>().ok().filter(|_| !digits.starts_with('+'));
    match (number, unit) {
        (Some(years), "Y") if years > AGE_YEARS_MAX => "090Y".to_owned(),
        // 999 months are 83 years.
        (Some(_), "Y" | "M" | "W" | "D") => text.to_owned(),
        _ => String::new(),
    }
}

/// Numbers as text, each valid or empty.
fn numbers(text: &str) -> Verdict {
    if text.split('\\').all(is_number) {
        return Verdict::Keep;
    }
    let kept = |value: &str| if is_number(value) { value.to_owned() } else { String::new() };
    Verdict::Replace(each(text, kept))
}

/// Whether a value is empty or a number that is no date, telephone or identity number.
fn is_number(value: &str) -> bool {
    let value = value.trim_matches([' ', '\0']);
    let is_digit = |byte: &u8| byte.is_ascii_digit();
    let whole = value.bytes().skip_while(|b| !is_digit(b)).take_while(is_digit).count();
    let plain = value.bytes().all(|b| is_digit(&b) || b"+-.eE".contains(&b));
    let finite = || value.parse::<f64>().is_ok_and(f64::is_finite);
    value.is_empty()
        || (plain && whole <= WHOLE_DIGITS_MAX && value.len() <= DECIMAL_CHARS_MAX && finite())
}

fn is_short_number(text: &str) -> bool {
    !text.is_empty() && text.len() <= NUMBER_DIGITS_MAX && text.bytes().all(|b| b.is_ascii_digit())
}

/// A code value that has the form of a public scheme's.
fn code(text: &str) -> Verdict {
    if is_public_code(text) {
        Verdict::Keep
    } else {
        Verdict::Replace(DUMMY_TEXT.as_bytes().to_vec())
    }
}

/// DICOM's own codes have six digits; SNOMED RT has a letter, a dash and five signs; LOINC has a
/// check digit after a dash; SNOMED CT has a check digit; units are words of UCUM.
fn is_public_code(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let hexadecimal =
        |text: &str| text.bytes().all(|b| b.is_ascii_digit() || (b'A'..=b'F').contains(&b));
    match text.split_once('-') {
        Some((axis, rest)) if axis.len() == 1 && axis.as_bytes()[0].is_ascii_uppercase() => {
            matches!(rest.len(), 4 | 5) && hexadecimal(rest)
        }
        Some((number, check)) => {
            digits(number) && number.len() <= NUMBER_DIGITS_MAX && check.len() == 1 && digits(check)
        }
        None => (digits(text) && (text.len() == 6 || is_snomed(text))) || UNITS.contains(&text),
    }
}

/// Units of our measures and of MR (PS3.16 CID 82 and others).
const UNITS: [&str; 20] = [
    "1", "%", "mm", "mm2", "mm3", "cm", "cm2", "cm3", "ml", "s", "ms", "Hz", "T", "deg", "kg", "m",
    "mm2/s", "s/mm2", "um2/s", "{ratio}",
];

/// A SNOMED CT identifier: up to 18 digits, the last one the check digit after Verhoeff.
fn is_snomed(text: &str) -> bool {
    (7..=18).contains(&text.len())
        && text
            .bytes()
            .rev()
            .enumerate()
            .fold(0, |sum, (place, digit)| compose(sum, permuted(place, usize::from(digit - b'0'))))
            == 0
}

/// Multiplication in the dihedral group of the pentagon: 0 to 4 turn, 5 to 9 mirror.
fn compose(a: usize, b: usize) -> usize {
    match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => 5 + (a + b) % 5,
        (false, true) => 5 + (a + 5 - b) % 5,
        (false, false) => (a + 5 - b % 5) % 5,
    }
}

/// The permutation of Verhoeff's scheme, `place` times.
fn permuted(place: usize, digit: usize) -> usize {
    const ONCE: [usize; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    (0..place % 8).fold(digit, |digit, _| ONCE[digit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_no_identity() {
        for text in ["", "1", "-93.5", "0.123456789012345678", "1e-5", "1234567"] {
            assert!(is_number(text), "{text}");
        }
        for text in ["305174936", "19310725", "0541234567.0", "inf", "nan", "COHEN", "1-2"] {
            assert!(!is_number(text), "{text}");
        }
    }
    #[test]
    fn codes_of_public_schemes_are_known_by_their_form() {
        // SNOMED CT and RT, DICOM, LOINC, UCUM.
        for code in
            ["12738006", "118565006", "69536005", "T-A0100", "G-A138", "113100", "18748-4", "mm2/s"]
        {
            assert!(is_public_code(code), "{code}");
        }
        for code in ["", "COHEN", "305174936", "12738007", "12345", "T-COHEN", "ABC-1", "123456-7"]
        {
            assert!(!is_public_code(code), "{code}");
        }
    }
    #[test]
    fn an_age_is_told_up_to_89_years() {
        let told = ["089Y", "090Y", "123Y", "011M", "12Y", "+12Y", "XXXY"].map(age);
        assert_eq!(told, ["089Y", "090Y", "090Y", "011M", "", "", ""]);
    }
}
