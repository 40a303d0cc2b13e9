//! The closed lists of words an audit event is made of. Each has a code for the record's bytes
//! and a word for people; both are for ever, new ones are added at the end.

use crate::digest::Digest;
use crate::patient::PatientPseudonym;
use crate::uid::{InstanceUid, SeriesUid, StudyUid};
use std::fmt;
use std::str::FromStr;

/// Longest application entity title, in characters (PS3.5 section 6.2).
pub const PEER_CHARS_MAX: usize = 16;

/// The text is not one of the words of a list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{text}' is not {list}")]
pub struct UnknownWord {
    /// What was given.
    pub text: String,
    /// What was wanted.
    pub list: &'static str,
}

macro_rules! words {
    ($(#[$about:meta])* $list:ident, $article:literal;
     $($(#[$doc:meta])* $word:ident = $code:literal, $text:literal;)*) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $list { $($(#[$doc])* $word,)* }

        impl $list {
            /// All of them, by code.
            pub const ALL: &[Self] = &[$(Self::$word,)*];

            /// The code in the record.
            pub fn code(self) -> u8 {
                match self { $(Self::$word => $code,)* }
            }
            /// The word of a code.
            pub fn of_code(code: u8) -> Option<Self> {
                match code { $($code => Some(Self::$word),)* _ => None }
            }
            /// The word for people and files.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$word => $text,)* }
            }
        }
        impl fmt::Display for $list {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
        impl FromStr for $list {
            type Err = UnknownWord;
            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                Self::ALL.iter().copied().find(|word| word.as_str() == text)
                    .ok_or_else(|| UnknownWord { text: text.to_owned(), list: $article })
            }
        }
    };
}

words! {
    /// What was done.
    Action, "an action";
    /// Something was made.
    Create = 1, "create";
    /// Something was read.
    Read = 2, "read";
    /// Something was changed.
    Update = 3, "update";
    /// Something was removed.
    Delete = 4, "delete";
    /// A list was asked for.
    Query = 5, "query";
    /// Instances came in.
    Receive = 6, "receive";
    /// Results or copies went out.
    Export = 7, "export";
    /// Somebody signed in.
    SignIn = 8, "sign-in";
    /// Somebody signed out, or was signed out.
    SignOut = 9, "sign-out";
    /// Somebody proved again who they are.
    StepUp = 10, "step-up";
    /// Access was asked for, and permitted or denied.
    Access = 11, "access";
    /// A human accepted, amended or rejected a result.
    Decide = 12, "decide";
    /// A pseudonym was turned into a person, or a person into a pseudonym.
    OpenVault = 13, "open-vault";
    /// Access was taken without an assignment, with a reason.
    BreakGlass = 14, "break-glass";
    /// Such an access was looked at afterwards.
    Review = 15, "review";
    /// A person was given a patient.
    Assign = 16, "assign";
    /// An assignment was taken back.
    Revoke = 17, "revoke";
    /// A key was replaced.
    RotateKey = 18, "rotate-key";
    /// A patient's key was destroyed.
    Shred = 19, "shred";
    /// Two patients turned out to be one.
    Merge = 20, "merge";
    /// A report was signed.
    Sign = 21, "sign";
    /// Stored bytes were checked.
    Verify = 22, "verify";
    /// The node or a part of it started.
    Start = 23, "start";
    /// The node or a part of it stopped.
    Stop = 24, "stop";
    /// The configuration or policy was changed.
    Configure = 25, "configure";
    /// Images were made anonymous to the processing zone.
    Deidentify = 26, "deidentify";
    /// Objects were put aside for a human.
    Quarantine = 27, "quarantine";
}

words! {
    /// How it ended; the figures of the exports are those of PS3.15 A.5 (`EventOutcomeIndicator`).
    Outcome, "an outcome";
    /// As intended.
    Success = 0, "success";
    /// Refused: not permitted.
    Denied = 1, "denied";
    /// It failed and may be tried again.
    MinorFailure = 4, "minor-failure";
    /// It failed, and somebody must look.
    SeriousFailure = 8, "serious-failure";
    /// The node cannot go on.
    MajorFailure = 12, "major-failure";
}

words! {
    /// Why, or how exactly.
    Detail, "a detail";
    /// Nothing further.
    None = 0, "none";
    /// The instances were new, and kept.
    Kept = 1, "kept";
    /// The same bytes were here already.
    Known = 2, "known";
    /// Other bytes under a known UID.
    Quarantined = 3, "quarantined";
    /// What came is not what the standard allows.
    Malformed = 4, "malformed";
    /// No such thing.
    NotFound = 5, "not-found";
    /// Nobody assigned the patient to the caller.
    Unassigned = 6, "unassigned";
    /// The assignment, session or grant is over.
    Expired = 7, "expired";
    /// The role does not permit it.
    WrongRole = 8, "wrong-role";
    /// Not from this place, title or certificate.
    WrongPeer = 9, "wrong-peer";
    /// A fresh proof of identity is asked for.
    StepUpNeeded = 10, "step-up-needed";
    /// The token or credential is not valid.
    BadCredential = 11, "bad-credential";
    /// Too many requests.
    Limited = 12, "limited";
    /// A peer, the disk or the database was away.
    Unavailable = 13, "unavailable";
    /// Bytes were not what was recorded.
    Altered = 14, "altered";
    /// A human accepted the result.
    Accepted = 15, "accepted";
    /// A human amended the result.
    Amended = 16, "amended";
    /// A human rejected the result.
    Rejected = 17, "rejected";
    /// Under an assignment.
    Assigned = 18, "assigned";
    /// Under a delegation.
    Delegated = 19, "delegated";
    /// Under break-glass.
    Emergency = 20, "emergency";
    /// For treatment.
    Care = 21, "care";
    /// For computing on images.
    Processing = 22, "processing";
    /// For sending results home.
    Delivery = 23, "delivery";
    /// For keeping the node in order.
    Maintenance = 24, "maintenance";
    /// By the person themselves.
    OwnWish = 25, "own-wish";
    /// After a time without activity.
    Idle = 26, "idle";
    /// At the word of the identity provider.
    BackChannel = 27, "back-channel";
    /// What came, or was told of, is of another person.
    OtherPerson = 28, "other-person";
}

/// A person or a service, as an opaque number that only the node's own user table explains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserNumber(pub u128);

impl fmt::Display for UserNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "u{:032x}", self.0)
    }
}

/// The title a peer called itself (PS3.8): at most 16 printable characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PeerTitle(String);

impl PeerTitle {
    /// The title, whatever the peer said: characters that no title may hold become `?` and what is
    /// too long is cut, because an event is never left out for its spelling.
    pub fn of(said: &str) -> Self {
        let allowed = |c: char| if c.is_ascii_graphic() || c == ' ' { c } else { '?' };
        let kept: String = said.trim().chars().map(allowed).take(PEER_CHARS_MAX).collect();
        let kept = kept.trim_end().to_owned();
        Self(if kept.is_empty() { "?".into() } else { kept })
    }

    /// The title.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Actor {
    /// A person who signed in.
    Person(UserNumber),
    /// A program that signed in.
    Service(UserNumber),
    /// A DICOM peer.
    Peer(PeerTitle),
    /// A job of ours, by number.
    Job(i32),
    /// Somebody at the node's own command line.
    Operator,
    /// The node itself.
    System,
    /// Nobody we know: a sign-in that failed, a request without credentials.
    Unknown,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(number) => write!(f, "person {number}"),
            Self::Service(number) => write!(f, "service {number}"),
            Self::Peer(title) => write!(f, "peer {}", title.as_str()),
            Self::Job(number) => write!(f, "job {number}"),
            Self::Operator => f.write_str("operator"),
            Self::System => f.write_str("system"),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}

/// What it was done to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Resource {
    /// The node as a whole.
    Node,
    /// A list over several patients.
    List,
    /// A patient.
    Patient(PatientPseudonym),
    /// A study.
    Study(StudyUid),
    /// A series.
    Series(SeriesUid),
    /// An instance: an image, or a result of ours.
    Instance(InstanceUid),
    /// A person or service of the user table.
    User(UserNumber),
    /// A DICOM peer.
    Peer(PeerTitle),
    /// A job, by number.
    Job(i32),
    /// A key, by its number.
    Key(u128),
    /// A model, by the digest of its package.
    Model(Digest),
    /// This log.
    Log,
}

impl Resource {
    /// The word for the kind of thing.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::List => "list",
            Self::Patient(_) => "patient",
            Self::Study(_) => "study",
            Self::Series(_) => "series",
            Self::Instance(_) => "instance",
            Self::User(_) => "user",
            Self::Peer(_) => "peer",
            Self::Job(_) => "job",
            Self::Key(_) => "key",
            Self::Model(_) => "model",
            Self::Log => "log",
        }
    }

    /// Which one, as text; empty where there is only one.
    pub fn id(&self) -> String {
        match self {
            Self::Node | Self::List | Self::Log => String::new(),
            Self::Patient(pseudonym) => pseudonym.to_string(),
            Self::Study(uid) => uid.to_string(),
            Self::Series(uid) => uid.to_string(),
            Self::Instance(uid) => uid.to_string(),
            Self::User(number) => number.to_string(),
            Self::Peer(title) => title.as_str().to_owned(),
            Self::Job(number) => number.to_string(),
            Self::Key(number) => format!("{number:032x}"),
            Self::Model(digest) => digest.to_string(),
        }
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind(), self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back_by_code_and_by_text() {
        for action in Action::ALL {
            assert_eq!(Action::of_code(action.code()), Some(*action));
            assert_eq!(action.as_str().parse(), Ok(*action));
        }
        for outcome in Outcome::ALL {
            assert_eq!(Outcome::of_code(outcome.code()), Some(*outcome));
        }
        for detail in Detail::ALL {
            assert_eq!(Detail::of_code(detail.code()), Some(*detail));
        }
        assert_eq!(Action::of_code(0), None);
        assert!("peek".parse::<Action>().is_err());
    }
    #[test]
    fn a_strange_title_is_kept_as_far_as_a_title_goes() {
        let check = |said: &str, kept: &str| assert_eq!(PeerTitle::of(said).as_str(), kept);
        check(" ORTHANC ", "ORTHANC");
        check("A\nB\u{e9}", "A?B?");
        check("ABCDEFGHIJKLMNOPQ", "ABCDEFGHIJKLMNOP");
        check("", "?");
    }
}
