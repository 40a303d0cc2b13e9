//! Words that may stay in a description: what a protocol is called, never who lay in the scanner.
//!
//! A list of what is known to be harmless is the only safe one: names, places and diagnoses cannot
//! be told apart by looking at them. What stays is written in plain ASCII.

use std::collections::HashSet;
use std::sync::OnceLock;

/// Words of protocols and terms of the standard, beside those of [`interval_core::role`].
const WORDS: &str = include_str!("words.txt");

/// Most digits of a number that stays: an angle, a distance, a count, a part of a b-value.
const DIGITS_MAX: usize = 3;

/// Most numbers in a row: three may be a date.
const NUMBERS_MAX: usize = 2;

/// Hebrew words of contrast and treatment, which the series rule knows, and what is written for
/// them.
const HEBREW: [(&str, &str); 14] = [
    ("אחרי", "post"),
    ("ואחרי", "and post"),
    ("לאחר", "post"),
    ("ירחא", "post"),
    ("לפני", "pre"),
    ("ינפל", "pre"),
    ("ללא", "without"),
    ("בלי", "without"),
    ("ובלי", "and without"),
    ("עם", "with"),
    ("ניגוד", "contrast"),
    ("הזרקה", "injection"),
    ("ניתוח", "surgery"),
    ("הקרנות", "radiation"),
];

/// The known words of a text, in its order, a space between two; nothing without a word.
pub(super) fn known(text: &str) -> String {
    let tokens = tokens(text);
    let mut kept: Vec<&str> = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let run = tokens[at..].iter().take_while(|token| is_digits(token.text)).count();
        if run > 0 {
            let numbers = &tokens[at..at + run];
            if stay(numbers) {
                kept.extend(numbers.iter().map(|number| number.text));
            }
            at += run;
        } else {
            if let Some((_, word)) = HEBREW.iter().find(|(hebrew, _)| *hebrew == token.text) {
                kept.push(word);
            } else if is_known(token.text) {
                kept.push(token.text);
            }
            at += 1;
        }
    }
    // Numbers alone say nothing of a protocol.
    if kept.iter().all(|word| is_digits(word)) { String::new() } else { kept.join(" ") }
}

/// Whether a coded text (CS) is made of known terms alone. Single letters are flags and sides.
pub(super) fn is_term(text: &str) -> bool {
    !text.is_empty()
        && text.split([' ', '_', '-', '.', '/']).all(|part| {
            part.len() <= 1 && part.is_ascii()
                || is_known(part)
                || (is_digits(part) && part.len() <= DIGITS_MAX)
        })
}

/// A word of the text.
struct Token<'a> {
    text: &'a str,
    /// Whether a space, and nothing else, parts it from the one before.
    is_apart: bool,
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut end = 0;
    for word in text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '+' | '*'))) {
        let start = word.as_ptr().addr() - text.as_ptr().addr();
        if word.is_empty() {
            continue;
        }
        // "T1 C-" says without contrast: the sign is part of the word.
        let minus = word.ends_with(['c', 'C'])
            && text[start + word.len()..]
                .strip_prefix('-')
                .is_some_and(|rest| rest.chars().next().is_none_or(char::is_whitespace));
        let until = start + word.len() + usize::from(minus);
        let is_apart = text[end..start].chars().all(char::is_whitespace);
        tokens.push(Token { text: &text[start..until], is_apart });
        end = start + word.len();
    }
    tokens
}

/// One short number, or two apart: more may be a date or a telephone number.
fn stay(numbers: &[Token]) -> bool {
    numbers.len() <= NUMBERS_MAX
        && numbers.iter().all(|number| number.text.len() <= DIGITS_MAX)
        && numbers.iter().skip(1).all(|number| number.is_apart)
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a word is known, or is made of known words and short numbers that meet where letters
/// meet digits: "T1MPRAGE", "b800".
fn is_known(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    let vocabulary = vocabulary();
    if vocabulary.contains(word.as_str()) {
        return true;
    }
    if !word.is_ascii() {
        return false;
    }
    let kind = |byte: u8| (byte.is_ascii_digit(), byte.is_ascii_alphabetic());
    let bytes = word.as_bytes();
    let cuts: Vec<usize> = std::iter::once(0)
        .chain((1..bytes.len()).filter(|at| kind(bytes[*at]) != kind(bytes[at - 1])))
        .chain([bytes.len()])
        .collect();
    // Whether the word is known up to each cut.
    let mut reached = vec![true];
    for end in 1..cuts.len() {
        let piece = |start: usize| &word[cuts[start]..cuts[end]];
        reached.push((0..end).any(|start| {
            reached[start]
                && (vocabulary.contains(piece(start))
                    || (is_digits(piece(start)) && piece(start).len() <= DIGITS_MAX))
        }));
    }
    reached.ends_with(&[true]) && !is_digits(&word)
}

fn vocabulary() -> &'static HashSet<&'static str> {
    static VOCABULARY: OnceLock<HashSet<&'static str>> = OnceLock::new();
    VOCABULARY.get_or_init(|| {
        let ours = WORDS.lines().filter(|line| !line.starts_with('#'));
        ours.flat_map(str::split_whitespace)
            .chain(interval_core::role::vocabulary().filter(|word| word.is_ascii()))
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(known(text), expected, "{text:?}");
    }

    #[test]
    fn the_name_of_a_protocol_stays() {
        check("t1_mprage_sag_p2_iso", "t1 mprage sag p2 iso");
        check("AX T2 FLAIR 3D", "AX T2 FLAIR 3D");
        check("T1MPRAGE +C", "T1MPRAGE +C");
        check("ep2d_diff_b800", "ep2d diff b800");
        check("T2*-weighted", "T2* weighted");
        check("t2_tirm_tra_dark-fluid", "t2 tirm tra dark fluid");
    }
    #[test]
    fn a_name_goes() {
        check("T1 post Cohen Sara", "T1 post");
        check("MRT Müller nativ", "MRT nativ");
        check("Dr.Smith T2", "T2");
        check("SMITHT1", "");
        check("Smith 12", "");
    }
    #[test]
    fn a_date_or_an_identifier_goes() {
        check("T1 12.03.2024", "T1");
        check("T1 12/03", "T1");
        check("T1 12 03 24", "T1");
        check("FLAIR 305123456", "FLAIR");
        check("T1 20240312", "T1");
    }
    #[test]
    fn a_short_number_stays() {
        check("T1 3 mm", "T1 3 mm");
        check("B0 3 1", "B0 3 1");
    }
    #[test]
    fn contrast_is_said_in_plain_words() {
        check("T1 אחרי", "T1 post");
        check("T1 לפני ואחרי", "T1 pre and post");
        check("T1 כהן ללא ניגוד", "T1 without contrast");
        check("T1 C- כהן", "T1 C-");
    }
    #[test]
    fn a_term_is_known_in_all_its_parts() {
        for term in ["ORIGINAL", "PROJECTION IMAGE", "DIS2D", "M_FFE", "FM4_2", "MONOCHROME2"] {
            assert!(is_term(term), "{term}");
        }
        for text in ["", "COHEN", "M_COHEN", "305123456", "JOHN DOE"] {
            assert!(!is_term(text), "{text}");
        }
    }
}
