//! Tables of letters, against other people's.

use crate::outside::script;
use interval_iod::charset::{Charset, Delimiters, Reading};

#[test]
fn every_letter_of_the_single_byte_sets_is_the_same_elsewhere() {
    let Some(printed) = script("charsets.py", &[]) else { return };
    let mut letters = 0;
    for line in printed.lines() {
        let mut fields = line.split(' ');
        let name = fields.next().unwrap().replace('+', " ");
        let charset = Charset::named(name.as_bytes());
        for field in fields {
            let (byte, letter) = field.split_once('=').unwrap();
            let byte = u8::from_str_radix(byte, 16).unwrap();
            let letter = char::from_u32(u32::from_str_radix(letter, 16).unwrap()).unwrap();
            let value = [byte];
            let read = charset.decode(&value, Delimiters::Values);
            assert_eq!(
                (&*read.text, read.reading),
                (&*letter.to_string(), Reading::Declared),
                "{name} {byte:x}"
            );
            letters += 1;
        }
    }
    assert!(letters > 900, "{letters} letters were compared");
}
