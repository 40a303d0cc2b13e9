//! Times as a person writes and reads them at the terminal: RFC 3339, always UTC.

use std::time::SystemTime;
use time::format_description::well_known::{Iso8601, Rfc3339};
use time::{Date, OffsetDateTime, Time};

/// A time for people and machines, to the second.
pub(super) fn show(at: SystemTime) -> String {
    let at = OffsetDateTime::from(at);
    let whole = at.replace_nanosecond(0).unwrap_or(at);
    whole.format(&Rfc3339).unwrap_or_default()
}

/// A day (its beginning) or a moment.
pub(super) fn parse(text: &str) -> Result<SystemTime, String> {
    let wrong = || format!("'{text}' is not a time; write 2026-12-31 or 2026-12-31T18:00:00Z");
    let at = if text.contains('T') {
        OffsetDateTime::parse(text, &Rfc3339).map_err(|_| wrong())?
    } else {
        let day = Date::parse(text, &Iso8601::DATE).map_err(|_| wrong())?;
        day.with_time(Time::MIDNIGHT).assume_utc()
    };
    // Columns hold milliseconds since 1970.
    if at < OffsetDateTime::UNIX_EPOCH { Err(wrong()) } else { Ok(at.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(parse(text).ok().map(show).as_deref(), expected, "{text}");
    }

    #[test]
    fn a_day_is_its_beginning_and_a_moment_is_itself() {
        check("2026-12-31", Some("2026-12-31T00:00:00Z"));
        check("2026-12-31T18:30:00Z", Some("2026-12-31T18:30:00Z"));
        check("2026-12-31T18:30:00+02:00", Some("2026-12-31T16:30:00Z"));
        check("tomorrow", None);
        check("2026-13-01", None);
        check("1969-12-31", None);
    }
}
