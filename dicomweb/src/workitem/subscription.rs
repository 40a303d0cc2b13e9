//! Who hears of what (PS3.18 11.10 to 11.12): of one workitem, of all, or of those that a filter
//! means.

use super::matching::Search;
use super::refusal::WorkitemError;
use super::tag;
use crate::parameters::Parameters;
use interval_core::uid::InstanceUid;
use std::fmt;
use std::str::FromStr;

/// The name of a subscriber: 1 to 16 characters (PS3.5 6.2).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AeTitle(String);

impl AeTitle {
    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AeTitle {
    type Err = WorkitemError;

    fn from_str(text: &str) -> Result<Self, WorkitemError> {
        let text = text.trim();
        let fits = (1..=16).contains(&text.len())
            && text.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b'\\');
        if fits { Ok(Self(text.to_owned())) } else { Err(WorkitemError::Subscription) }
    }
}

impl fmt::Display for AeTitle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What somebody hears of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// One workitem.
    Workitem(InstanceUid),
    /// All of them, also those to come.
    Worklist,
    /// Those that match, also those to come.
    Filtered(Box<Search>),
}

/// Whether what is finished is kept until the subscriber lets go of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeletionLock {
    /// It is not.
    #[default]
    Free,
    /// It is.
    Held,
}

/// A subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Who hears.
    pub subscriber: AeTitle,
    /// Of what.
    pub subject: Subject,
    /// Whether it is kept for them.
    pub lock: DeletionLock,
}

impl Subscription {
    /// By the path `/workitems/{workitem}/subscribers/{aetitle}` and the query
    /// `deletionlock=...&filter=...` or with the keys of the filter one by one.
    pub fn parse(workitem: &str, aetitle: &str, query: &str) -> Result<Self, WorkitemError> {
        let parameters = Parameters::parse(query)?;
        let lock = match parameters.one("deletionlock")? {
            Some("true") => DeletionLock::Held,
            None | Some("false" | "") => DeletionLock::Free,
            Some(_) => return Err(WorkitemError::Subscription),
        };
        let subject = match workitem {
            tag::GLOBAL => Subject::Worklist,
            tag::FILTERED => {
                let filter = match parameters.one("filter")? {
                    // Keys and values with commas between them (PS3.18 11.10.1.2).
                    Some(filter) => filter.replace(',', "&"),
                    None => query.to_owned(),
                };
                let search = Search::parse(&filter, u64::MAX, u64::MAX);
                Subject::Filtered(Box::new(search.map_err(|_| WorkitemError::Subscription)?))
            }
            uid => Subject::Workitem(uid.parse().map_err(|_| WorkitemError::NotFound)?),
        };
        Ok(Self { subscriber: aetitle.parse()?, subject, lock })
    }

    /// Where its messages are heard: the header Content-Location of the answer (PS3.18 11.10.3.2).
    /// `base` begins with `ws://` or `wss://`.
    pub fn channel(&self, base: &str) -> String {
        let mut address = format!("{base}/subscribers/");
        crate::parameters::encode(&mut address, self.subscriber.as_str());
        address
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(workitem: &str, aetitle: &str, query: &str, expected: Option<DeletionLock>) {
        let found = Subscription::parse(workitem, aetitle, query);
        assert_eq!(found.ok().map(|found| found.lock), expected, "{workitem} {aetitle} {query}");
    }

    #[test]
    fn one_hears_of_one_of_all_or_of_some() {
        check("1.2.3", "NODE", "", Some(DeletionLock::Free));
        check(tag::GLOBAL, "NODE", "deletionlock=true", Some(DeletionLock::Held));
        check(tag::FILTERED, "NODE", "PatientID=1", Some(DeletionLock::Free));
        check(
            tag::FILTERED,
            "NODE",
            "filter=PatientID%3D1,ProcedureStepState%3DSCHEDULED",
            Some(DeletionLock::Free),
        );
        check(tag::FILTERED, "NODE", "Nonsense=1", None);
        check("x", "NODE", "", None);
    }
    #[test]
    fn a_subscriber_has_an_ae_title() {
        check("1.2.3", "", "", None);
        check("1.2.3", "A\\B", "", None);
        check("1.2.3", "SEVENTEENLETTERSX", "", None);
        check("1.2.3", "NODE", "deletionlock=maybe", None);
        let subscription = Subscription::parse("1.2.3", "MY NODE", "").unwrap();
        assert_eq!(subscription.channel("wss://node/ws"), "wss://node/ws/subscribers/MY%20NODE");
    }
}
