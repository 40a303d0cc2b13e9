//! Broken glass: a patient's data opened in an emergency, for a reason, for hours, and judged
//! afterwards.

use super::role::PersonId;
use crate::patient::PatientPseudonym;
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

/// Longest time that broken glass stays open: half a shift; who needs longer is assigned.
pub const BREAK_GLASS_MAX: Duration = Duration::from_hours(4);

/// Characters of a reason: fewer say nothing, more belong into the patient's record.
pub const REASON_CHARS: RangeInclusive<usize> = 10..=500;

/// The number of a case of broken glass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BreakGlassId(pub i32);

impl fmt::Display for BreakGlassId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why glass was broken, in the person's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmergencyReason(String);

/// The text is no reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a reason for emergency access has {} to {} characters in plain text",
    REASON_CHARS.start(),
    REASON_CHARS.end()
)]
pub struct NotAReason;

impl FromStr for EmergencyReason {
    type Err = NotAReason;
    fn from_str(text: &str) -> Result<Self, NotAReason> {
        let text = text.trim();
        let says_something = text.chars().filter(|c| c.is_alphanumeric()).count();
        if REASON_CHARS.contains(&text.chars().count())
            && says_something >= REASON_CHARS.start() / 2
            && !text.contains(|c: char| c.is_control() && c != '\n')
        {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAReason)
        }
    }
}

impl EmergencyReason {
    /// The words.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What the reviewer found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It was an emergency.
    Justified,
    /// It was not: the access ends at once.
    Unjustified,
}

impl Verdict {
    /// Both verdicts.
    pub const ALL: [Verdict; 2] = [Verdict::Justified, Verdict::Unjustified];

    /// The word in the column.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Justified => "justified",
            Verdict::Unjustified => "unjustified",
        }
    }
}

/// A judgement of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// By whom.
    pub by: PersonId,
    /// When.
    pub at: SystemTime,
    /// With what outcome.
    pub verdict: Verdict,
}

/// One person opened one patient's data in an emergency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BreakGlass {
    /// Its number.
    pub id: BreakGlassId,
    /// Who.
    pub person: PersonId,
    /// Whose data.
    pub patient: PatientPseudonym,
    /// Why.
    pub reason: EmergencyReason,
    /// From when on.
    pub from: SystemTime,
    /// Until when, not included; at most [`BREAK_GLASS_MAX`] after `from`.
    pub until: SystemTime,
    /// The judgement, when there is one.
    pub review: Option<Review>,
}

/// How a case stands at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakGlassState {
    /// It gives access, and waits for its review.
    Open,
    /// It gives no access any more, and waits for its review.
    Lapsed,
    /// It was judged.
    Reviewed(Verdict),
}

/// The rules do not allow this review.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IllegalReview {
    /// It was reviewed before; a verdict stays.
    #[error("this emergency access was reviewed before")]
    Reviewed,
    /// Nobody judges their own case.
    #[error("nobody reviews their own emergency access")]
    OwnCase,
}

impl BreakGlassState {
    /// The state after a verdict.
    pub fn after(self, verdict: Verdict) -> Result<Self, IllegalReview> {
        match self {
            Self::Open | Self::Lapsed => Ok(Self::Reviewed(verdict)),
            Self::Reviewed(_) => Err(IllegalReview::Reviewed),
        }
    }
}

impl BreakGlass {
    /// The end of a case that begins now: as wished, but never later than the limit.
    pub fn end(wished: Duration, now: SystemTime) -> SystemTime {
        now + wished.min(BREAK_GLASS_MAX)
    }

    /// How it stands at a time.
    pub fn state(&self, now: SystemTime) -> BreakGlassState {
        match &self.review {
            Some(review) => BreakGlassState::Reviewed(review.verdict),
            None if now < self.ends() => BreakGlassState::Open,
            None => BreakGlassState::Lapsed,
        }
    }

    /// When it ends: never later than the limit, whatever the row says.
    pub fn ends(&self) -> SystemTime {
        self.until.min(self.from + BREAK_GLASS_MAX)
    }

    /// Whether it gives access at a time.
    pub fn holds_at(&self, now: SystemTime) -> bool {
        let condemned =
            self.review.as_ref().is_some_and(|review| review.verdict == Verdict::Unjustified);
        !condemned && self.from <= now && now < self.ends()
    }

    /// Whether this person may judge the case now.
    pub fn reviewable(
        &self,
        by: &PersonId,
        verdict: Verdict,
        now: SystemTime,
    ) -> Result<(), IllegalReview> {
        self.state(now).after(verdict)?;
        if *by == self.person { Err(IllegalReview::OwnCase) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_hours(hours)
    }

    fn person(subject: &str) -> PersonId {
        PersonId::new("https://id.example", subject).unwrap()
    }

    fn broken(review: Option<Verdict>) -> BreakGlass {
        BreakGlass {
            id: BreakGlassId(1),
            person: person("noa"),
            patient: PatientPseudonym(1),
            reason: "seizure in the ward".parse().unwrap(),
            from: at(10),
            until: at(12),
            review: review.map(|verdict| Review { by: person("aud"), at: at(11), verdict }),
        }
    }

    #[track_caller]
    fn check_reason(text: &str, is: bool) {
        assert_eq!(text.parse::<EmergencyReason>().is_ok(), is, "{text:?}");
    }

    #[test]
    fn a_reason_says_something() {
        check_reason("seizure in the ward", true);
        check_reason("פרכוס במחלקה, אין רופא תורן", true);
        check_reason("emergency!", true);
        check_reason("emergency", false);
        check_reason("", false);
        check_reason("          x          ", false);
        check_reason("..............", false);
        check_reason("seizure in\0 the ward", false);
        check_reason(&"x".repeat(500), true);
        check_reason(&"x".repeat(501), false);
    }

    #[test]
    fn glass_stays_broken_for_four_hours_at_most() {
        assert_eq!(BreakGlass::end(Duration::from_hours(1), at(10)), at(11));
        assert_eq!(BreakGlass::end(Duration::from_hours(9), at(10)), at(14));
        let long = BreakGlass { until: at(100), ..broken(None) };
        assert!(long.holds_at(at(13)));
        assert!(!long.holds_at(at(14)));
    }

    #[track_caller]
    fn check(review: Option<Verdict>, hour: u64, state: BreakGlassState, holds: bool) {
        let case = broken(review);
        assert_eq!(case.state(at(hour)), state);
        assert_eq!(case.holds_at(at(hour)), holds);
    }

    #[test]
    fn a_case_is_open_then_lapsed_and_a_verdict_stays() {
        use BreakGlassState::{Lapsed, Open, Reviewed};
        use Verdict::{Justified, Unjustified};
        check(None, 9, Open, false);
        check(None, 11, Open, true);
        check(None, 12, Lapsed, false);
        check(Some(Justified), 11, Reviewed(Justified), true);
        check(Some(Justified), 12, Reviewed(Justified), false);
        check(Some(Unjustified), 11, Reviewed(Unjustified), false);
    }

    #[test]
    fn every_pair_of_state_and_verdict_is_as_written() {
        use BreakGlassState::{Lapsed, Open, Reviewed};
        use Verdict::{Justified, Unjustified};
        // Written by hand.
        let rows = [
            (Open, Justified, Some(Reviewed(Justified))),
            (Open, Unjustified, Some(Reviewed(Unjustified))),
            (Lapsed, Justified, Some(Reviewed(Justified))),
            (Lapsed, Unjustified, Some(Reviewed(Unjustified))),
            (Reviewed(Justified), Justified, None),
            (Reviewed(Justified), Unjustified, None),
            (Reviewed(Unjustified), Justified, None),
            (Reviewed(Unjustified), Unjustified, None),
        ];
        for (state, verdict, expected) in rows {
            assert_eq!(state.after(verdict).ok(), expected, "{state:?} {verdict:?}");
        }
    }

    #[test]
    fn nobody_judges_their_own_case() {
        let judged = |by| broken(None).reviewable(&person(by), Verdict::Justified, at(11));
        assert_eq!(judged("aud"), Ok(()));
        assert_eq!(judged("noa"), Err(IllegalReview::OwnCase));
    }
}
