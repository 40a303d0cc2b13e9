//! When a study that is arriving counts as complete. DICOM has no word for it: C-STORE ends nothing.
//! So it is judged by evidence, the strongest first: what the source itself counts or announces,
//! and silence last. A set of required series only makes a study eligible, it never settles one.

use std::fmt;
use std::time::Duration;

/// Shortest silence before the source's own count is believed: a source that forwards what it is
/// still receiving holds, at every moment, just what we hold.
pub const COUNT_SILENCE: Duration = Duration::from_secs(2);

/// How many quiet periods a study may wait for what is missing: required series, instances that the
/// source counts, an association that does not end.
pub const PATIENCE: u32 = 4;

/// What is known of a study that is arriving.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arriving {
    /// Instances that are here.
    pub held: u32,
    /// Since the last of them came.
    pub silence: Duration,
    /// Whether a sender of the study may go on at any moment.
    pub line: Line,
    /// Whether the series are here without which there is nothing to analyse.
    pub required: Required,
    /// What the source counts.
    pub count: Count,
    /// Whether somebody said that the study is complete.
    pub notice: Notice,
}

/// The associations that brought the study.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// One of them is open.
    Open,
    /// All of them ended, the last so long ago.
    Released(Duration),
}

/// The series that an analysis cannot do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Required {
    /// They are here.
    Here,
    /// One at least is missing.
    Missing,
}

/// What the source says it has of the study.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// It cannot be asked, or did not answer.
    Unknown,
    /// So many instances, and so many each time it was asked. The answer is younger than the last
    /// arrival.
    Says(u32),
    /// More each time: it is still receiving the study itself.
    Grows(u32),
}

/// A word about the study from elsewhere: an Instance Availability Notification, a performed
/// procedure step, a workitem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// None came.
    None,
    /// All that it named is here.
    Fulfilled,
    /// It named instances that are not here.
    Awaiting(u32),
}

/// What to do with the study.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is complete, because.
    Complete(Because),
    /// Not yet: look again.
    Wait(For),
}

/// Why a study counts as complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Because {
    /// The source has as many instances as are here.
    Counted(u32),
    /// What was announced is here.
    Announced,
    /// Nothing came for the quiet period, and the associations ended.
    Quiet,
    /// Nothing came for several quiet periods, although something is missing.
    WaitedEnough(Missing),
    /// A human said so.
    Forced,
}

/// What a study had to go without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// Required series.
    Series,
    /// Instances that the source or a notice named.
    Instances,
    /// The end of an association.
    Release,
}

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum For {
    /// Silence.
    Silence,
    /// Something that is missing.
    Missing(Missing),
}

impl Arriving {
    /// Judges, with the quiet period of the source.
    pub fn verdict(&self, quiet: Duration) -> Verdict {
        let missing = self.missing();
        if self.silence >= COUNT_SILENCE && missing.is_none() {
            if let Count::Says(count) = self.count {
                return Verdict::Complete(Because::Counted(count));
            }
            if self.notice == Notice::Fulfilled {
                return Verdict::Complete(Because::Announced);
            }
        }
        let released = matches!(self.line, Line::Released(ago) if ago >= quiet);
        match missing {
            None if released && self.silence >= quiet => Verdict::Complete(Because::Quiet),
            None if self.line == Line::Open && self.silence >= quiet * PATIENCE => {
                Verdict::Complete(Because::WaitedEnough(Missing::Release))
            }
            None => Verdict::Wait(For::Silence),
            Some(what) if self.silence >= quiet * PATIENCE => {
                Verdict::Complete(Because::WaitedEnough(what))
            }
            Some(what) => Verdict::Wait(For::Missing(what)),
        }
    }

    /// What is known to be missing.
    fn missing(&self) -> Option<Missing> {
        let counted = match self.count {
            Count::Says(count) | Count::Grows(count) => count,
            Count::Unknown => 0,
        };
        if self.held < counted || matches!(self.notice, Notice::Awaiting(_)) {
            Some(Missing::Instances)
        } else if self.required == Required::Missing {
            Some(Missing::Series)
        } else {
            None
        }
    }
}

impl fmt::Display for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Because::Counted(1) => f.write_str("the source has 1 instance, and it is here"),
            Because::Counted(count) => {
                write!(f, "the source has {count} instances, and they are here")
            }
            Because::Announced => f.write_str("all instances that were announced are here"),
            Because::Quiet => f.write_str("nothing came for the quiet period"),
            Because::WaitedEnough(missing) => {
                write!(f, "nothing came for {PATIENCE} quiet periods, although {missing}")
            }
            Because::Forced => f.write_str("somebody said that it is complete"),
        }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Missing::Series => "a required series is missing",
            Missing::Instances => "the source has more instances",
            Missing::Release => "an association is still open",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUIET: Duration = Duration::from_secs(30);

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }
    /// All that is required is here, nothing else is known, the line was released with the last
    /// instance.
    fn arriving(silence_s: u64) -> Arriving {
        Arriving {
            held: 640,
            silence: seconds(silence_s),
            line: Line::Released(seconds(silence_s)),
            required: Required::Here,
            count: Count::Unknown,
            notice: Notice::None,
        }
    }
    #[track_caller]
    fn check(arriving: Arriving, expected: Verdict) {
        assert_eq!(arriving.verdict(QUIET), expected, "{arriving:?}");
    }
    fn complete(because: Because) -> Verdict {
        Verdict::Complete(because)
    }
    fn without(what: Missing) -> Verdict {
        complete(Because::WaitedEnough(what))
    }
    fn wait(what: Missing) -> Verdict {
        Verdict::Wait(For::Missing(what))
    }

    #[test]
    fn the_source_s_count_settles_after_a_short_silence() {
        let says = |silence_s, count| Arriving { count: Count::Says(count), ..arriving(silence_s) };
        check(says(2, 640), complete(Because::Counted(640)));
        check(says(1, 640), Verdict::Wait(For::Silence));
        check(says(2, 639), complete(Because::Counted(639)));
    }
    #[test]
    fn a_count_is_believed_while_the_association_is_open() {
        let open = Arriving { line: Line::Open, count: Count::Says(640), ..arriving(3) };
        check(open, complete(Because::Counted(640)));
    }
    #[test]
    fn a_source_that_has_more_is_waited_for_and_not_for_ever() {
        let more = |silence_s| Arriving { count: Count::Says(641), ..arriving(silence_s) };
        check(more(119), wait(Missing::Instances));
        check(more(120), without(Missing::Instances));
    }
    #[test]
    fn a_source_that_is_itself_receiving_is_not_believed() {
        let grows = |silence_s| Arriving { count: Count::Grows(640), ..arriving(silence_s) };
        check(grows(5), Verdict::Wait(For::Silence));
        check(grows(30), complete(Because::Quiet));
    }
    #[test]
    fn required_series_make_eligible_and_settle_nothing() {
        let missing = |silence_s| Arriving { required: Required::Missing, ..arriving(silence_s) };
        check(arriving(3), Verdict::Wait(For::Silence));
        check(missing(31), wait(Missing::Series));
        check(missing(120), without(Missing::Series));
        let counted = Arriving { count: Count::Says(640), ..missing(5) };
        check(counted, wait(Missing::Series));
    }
    #[test]
    fn a_notice_settles_when_all_that_it_named_is_here() {
        let notice = |notice| Arriving { notice, ..arriving(3) };
        check(notice(Notice::Fulfilled), complete(Because::Announced));
        check(notice(Notice::Awaiting(1)), wait(Missing::Instances));
    }
    #[test]
    fn silence_counts_from_the_release() {
        let released = |ago| Arriving { line: Line::Released(seconds(ago)), ..arriving(60) };
        check(released(29), Verdict::Wait(For::Silence));
        check(released(30), complete(Because::Quiet));
    }
    #[test]
    fn an_association_that_does_not_end_is_not_waited_for_for_ever() {
        let open = |silence_s| Arriving { line: Line::Open, ..arriving(silence_s) };
        check(open(119), Verdict::Wait(For::Silence));
        check(open(120), without(Missing::Release));
    }
}
