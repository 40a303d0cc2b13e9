//! Names as the standard's annexes and real archives write them.

use super::*;

#[track_caller]
fn check(charset: &str, value: &[u8], expected: &str) {
    check_reading(charset, value, expected, Reading::Declared);
}

#[track_caller]
fn check_reading(charset: &str, value: &[u8], expected: &str, reading: Reading) {
    let read = Charset::named(charset.as_bytes()).decode(value, Delimiters::Names);
    assert_eq!((read.text.as_ref(), read.reading), (expected, reading), "{charset}");
}

#[test]
fn western_names() {
    check("ISO_IR 192", "Müller^Jürgen".as_bytes(), "Müller^Jürgen");
    check("ISO_IR 100", b"Buc^J\xE9r\xF4me", "Buc^Jérôme");
    check("ISO_IR 101", b"Wa\xB3\xEAsa", "Wałęsa");
    check("ISO_IR 109", b"\xB1\xBB", "ħğ");
    check("ISO_IR 110", b"K\xF1ni\xF9", "Kņnių");
    check("ISO_IR 148", b"Ata\xFE\xFDr\xF0", "Ataşırğ");
    check("ISO_IR 203", b"\xA4", "€");
}
#[test]
fn eastern_names_of_one_byte_a_letter() {
    check("ISO_IR 144", b"\xBB\xEEc\xDC\xD1yp\xD3", "Люcмбypг");
    check("ISO_IR 127", b"\xE2\xC8\xC7\xE6\xEA", "قباني");
    check("ISO_IR 126", b"\xC4\xE9\xEF\xED\xF5\xF3\xE9\xEF\xF2", "Διονυσιος");
    check("ISO_IR 138", b"\xF9\xF8\xE5\xEF", "שרון");
    check("ISO_IR 166", b"\xA1\xD2\xC3", "การ");
    check("ISO_IR 13", b"\xD4\xCF\xC0\xDE^\xC0\xDB\xB3", "ﾔﾏﾀﾞ^ﾀﾛｳ");
}
#[test]
fn luxembourg_in_russian() {
    check("ISO_IR 144", b"\xBB\xEE\x63\xDA\x65\xDC\xD1\x79\x70\xD3", "Люcкeмбypг");
}
#[test]
fn a_korean_name_calls_its_letters_after_each_delimiter() {
    check(
        "\\ISO 2022 IR 149",
        b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf",
        "Hong^Gildong=洪^吉洞=홍^길동",
    );
}
#[test]
fn a_japanese_name_in_three_groups() {
    check(
        "\\ISO 2022 IR 87",
        b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B",
        "Yamada^Tarou=山田^太郎=やまだ^たろう",
    );
    check(
        "ISO 2022 IR 13\\ISO 2022 IR 87",
        b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J",
        "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎",
    );
    check("\\ISO 2022 IR 159", b"\x1b$(D0!\x1b(B", "丂");
}
#[test]
fn chinese_names() {
    let gb = b"Wang^XiaoDong=\xCD\xF5^\xD0\xA1\xB6\xAB=";
    check("GB18030", gb, "Wang^XiaoDong=王^小东=");
    check("GBK", gb, "Wang^XiaoDong=王^小东=");
    let extended = b"Zhang^XiaoDong=\x1b$)A\xD5\xC5^\x1b$)A\xD0\xA1\xB6\xAB=";
    check("\\ISO 2022 IR 58", extended, "Zhang^XiaoDong=张^小东=");
}
#[test]
fn one_value_in_several_alphabets() {
    check(
        "ISO 2022 IR 100\\ISO 2022 IR 144\\ISO 2022 IR 126",
        b"Buc^J\xe9r\xf4me=\x1b-F\xc4\xe9\xef\xed=\x1b-L\xbb\xee",
        "Buc^Jérôme=Διον=Лю",
    );
}
#[test]
fn the_reach_of_an_escape_ends_where_the_delimiter_is_one() {
    let text = b"\x1b-F\xc4\\\xc4";
    let charset = Charset::named(b"ISO 2022 IR 100\\ISO 2022 IR 126");
    assert_eq!(charset.decode(text, Delimiters::Values).text, "Δ\\Ä");
    assert_eq!(charset.decode(text, Delimiters::Lines).text, "Δ\\Δ");
}
#[test]
fn letters_that_were_not_declared_are_kept_and_said() {
    check_reading("", b"Caf\xe9^Bad", "Café^Bad", Reading::Undeclared);
    check_reading("ISO_IR 6", "Müller".as_bytes(), "Müller", Reading::Undeclared);
    check_reading("ISO_IR 192", b"M\xFCller", "Müller", Reading::Undeclared);
    check_reading("ISO_IR 999", b"Caf\xe9^Bad", "Café^Bad", Reading::Undeclared);
    check_reading("\\ISO 2022 IR 149", b"\x1b$)C\xfb", "\u{1b}$)Cû", Reading::Undeclared);
    check("ISO_IR 999", b"Doe^Jane", "Doe^Jane");
}
#[test]
fn names_of_sets_are_read_with_their_usual_slips() {
    for name in ["ISO_IR 100 ", "ISO IR 100", "ISO_IR_100", "ISO 2022 IR 100", "ISO-IR 100\0"] {
        check(name, b"\xE9", "é");
    }
}
