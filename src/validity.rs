//! How long a certificate is good for, as an operator has to know it.

use std::time::Duration;

const DAY_S: i64 = 86_400;

/// How a certificate stands at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Its time has not come: the clock may be wrong.
    NotYet,
    /// It is good for a while.
    Good,
    /// It is good, and ends in so many days.
    Ending(i64),
    /// Its time is over.
    Over,
}

/// How a certificate stands that is valid from and until two moments, in seconds since 1970.
/// `warning` is how long before its end it is told of.
pub fn standing([from_s, until_s]: [i64; 2], warning: Duration, now_s: i64) -> Standing {
    let left_s = until_s - now_s;
    if now_s < from_s {
        Standing::NotYet
    } else if left_s < 0 {
        Standing::Over
    } else if left_s < warning.as_secs() as i64 {
        Standing::Ending(left_s / DAY_S)
    } else {
        Standing::Good
    }
}
