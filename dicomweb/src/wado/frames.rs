//! Lists of frames (PS3.18 10.4.1.1.3): numbers from 1, each once, in any order.

use super::WadoError;
use std::collections::BTreeSet;

/// Most frames of one request. A viewer asks for one, a script for those of one object.
pub const FRAMES_MAX: usize = 4096;

/// The frames of a path's last part; a comma may be percent-encoded.
pub fn frames(text: &str) -> Result<Vec<u32>, WadoError> {
    // Ten digits and a comma a frame.
    if text.len() > FRAMES_MAX * 13 {
        return Err(WadoError::TooManyFrames);
    }
    let text = text.replace("%2C", ",").replace("%2c", ",");
    let (mut numbers, mut seen) = (Vec::new(), BTreeSet::new());
    for part in text.split(',') {
        let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let number = part.parse::<u32>().ok().filter(|number| digits && *number > 0);
        let number = number.filter(|number| seen.insert(*number)).ok_or(WadoError::Frames)?;
        if numbers.len() >= FRAMES_MAX {
            return Err(WadoError::TooManyFrames);
        }
        numbers.push(number);
    }
    Ok(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<&[u32], WadoError>) {
        assert_eq!(frames(text), expected.map(<[u32]>::to_vec), "{text}");
    }

    #[test]
    fn frames_come_in_any_order() {
        check("1", Ok(&[1]));
        check("3,1,2", Ok(&[3, 1, 2]));
        check("1%2C2", Ok(&[1, 2]));
    }
    #[test]
    fn what_is_no_list_of_frames_is_refused() {
        for wrong in ["", "0", "1,", "1,,2", "1,1", "1-3", "+1", "-1", "x", "4294967296", " 1"] {
            check(wrong, Err(WadoError::Frames));
        }
    }
    #[test]
    fn a_list_is_limited() {
        let list = |count: usize| (1..=count).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
        assert_eq!(frames(&list(FRAMES_MAX)).unwrap().len(), FRAMES_MAX);
        check(&list(FRAMES_MAX + 1), Err(WadoError::TooManyFrames));
    }
}
