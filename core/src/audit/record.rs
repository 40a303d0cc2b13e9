//! The bytes of a record: one form, so that the same event always gives the same bytes and any
//! other bytes are no record.
//!
//! ```text
//! place (8, big-endian) | manner (1) | version (1) | time (8) | actor: kind (1), length (1), id
//! | action (1) | resource: kind (1), length (1), id | patient: length (1), id | outcome (1)
//! | detail (1) | count: length (1), value | trace: length (1), value
//! ```

use super::words::{Action, Actor, Detail, Outcome, PeerTitle, Resource, UserNumber};
use super::{AuditEvent, TraceId};
use crate::digest::Digest;
use crate::patient::PatientPseudonym;
use crate::uid::Uid;

/// Version of the form; a reader refuses what it does not know.
const VERSION: u8 = 1;

/// Bytes are not a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotARecord {
    /// The bytes end too early or go on too long.
    #[error("the record has the wrong length")]
    Length,
    /// The record was written in a form that this version does not know.
    #[error("the record is of the unknown version {0}")]
    Version(u8),
    /// A field holds something that no event can hold.
    #[error("the record holds an invalid {0}")]
    Field(&'static str),
}

/// Whether a record stands for one event, or for all of its sameness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// One record an event.
    Each,
    /// One record for all events that differ only in time.
    Once,
}

/// An event in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its place in the log, from 0.
    pub index: u64,
    /// What it stands for.
    pub manner: Manner,
    /// The event.
    pub event: AuditEvent,
}

impl Record {
    /// The bytes that are hashed and kept.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.index.to_be_bytes().to_vec();
        bytes.push(match self.manner {
            Manner::Each => 0,
            Manner::Once => 1,
        });
        bytes.extend(event_bytes(&self.event));
        bytes
    }

    /// Reads bytes back; anything that would not be written again byte for byte is refused.
    pub fn parse(bytes: &[u8]) -> Result<Self, NotARecord> {
        let mut rest = Rest(bytes);
        let index = u64::from_be_bytes(rest.array()?);
        let manner = match rest.byte()? {
            0 => Manner::Each,
            1 => Manner::Once,
            _ => return Err(NotARecord::Field("manner")),
        };
        let record = Self { index, manner, event: rest.event()? };
        if !rest.0.is_empty() {
            return Err(NotARecord::Length);
        }
        // Text that parses to the same value in two spellings (a padded UID) has one form only.
        if record.to_bytes() != bytes {
            return Err(NotARecord::Field("spelling"));
        }
        Ok(record)
    }
}

/// The bytes of an event without its place.
pub fn event_bytes(event: &AuditEvent) -> Vec<u8> {
    let mut bytes = vec![VERSION];
    bytes.extend(event.at_ms.to_be_bytes());
    let (kind, id) = actor_parts(&event.actor);
    bytes.push(kind);
    push(&mut bytes, &id);
    bytes.push(event.action.code());
    let (kind, id) = resource_parts(&event.resource);
    bytes.push(kind);
    push(&mut bytes, &id);
    push(&mut bytes, &event.patient.map_or_else(Vec::new, |p| p.0.to_be_bytes().to_vec()));
    bytes.push(event.outcome.code());
    bytes.push(event.detail.code());
    push(&mut bytes, &event.count.map_or_else(Vec::new, |count| count.to_be_bytes().to_vec()));
    push(&mut bytes, &event.trace.map_or_else(Vec::new, |trace| trace.0.to_be_bytes().to_vec()));
    bytes
}

/// Appends a field with its length; every id is at most 64 bytes by its type.
fn push(bytes: &mut Vec<u8>, field: &[u8]) {
    bytes.push(field.len() as u8);
    bytes.extend_from_slice(field);
}

fn actor_parts(actor: &Actor) -> (u8, Vec<u8>) {
    match actor {
        Actor::Unknown => (0, Vec::new()),
        Actor::Person(number) => (1, number.0.to_be_bytes().to_vec()),
        Actor::Service(number) => (2, number.0.to_be_bytes().to_vec()),
        Actor::Peer(title) => (3, title.as_str().into()),
        Actor::Job(number) => (4, number.to_be_bytes().to_vec()),
        Actor::Operator => (5, Vec::new()),
        Actor::System => (6, Vec::new()),
    }
}

fn resource_parts(resource: &Resource) -> (u8, Vec<u8>) {
    match resource {
        Resource::Node => (0, Vec::new()),
        Resource::List => (1, Vec::new()),
        Resource::Patient(pseudonym) => (2, pseudonym.0.to_be_bytes().to_vec()),
        Resource::Study(uid) => (3, uid.as_str().into()),
        Resource::Series(uid) => (4, uid.as_str().into()),
        Resource::Instance(uid) => (5, uid.as_str().into()),
        Resource::User(number) => (6, number.0.to_be_bytes().to_vec()),
        Resource::Peer(title) => (7, title.as_str().into()),
        Resource::Job(number) => (8, number.to_be_bytes().to_vec()),
        Resource::Key(number) => (9, number.to_be_bytes().to_vec()),
        Resource::Model(digest) => (10, digest.0.to_vec()),
        Resource::Log => (11, Vec::new()),
    }
}

/// What is still to be read of a record.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], NotARecord> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(NotARecord::Length)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], NotARecord> {
        self.take(N)?.try_into().map_err(|_| NotARecord::Length)
    }

    fn byte(&mut self) -> Result<u8, NotARecord> {
        self.array::<1>().map(|[byte]| byte)
    }

    fn field(&mut self) -> Result<&'a [u8], NotARecord> {
        let length = self.byte()?;
        self.take(usize::from(length))
    }

    fn optional<const N: usize>(
        &mut self,
        name: &'static str,
    ) -> Result<Option<[u8; N]>, NotARecord> {
        match self.field()? {
            [] => Ok(None),
            bytes => bytes.try_into().map(Some).map_err(|_| NotARecord::Field(name)),
        }
    }

    fn event(&mut self) -> Result<AuditEvent, NotARecord> {
        let version = self.byte()?;
        if version != VERSION {
            return Err(NotARecord::Version(version));
        }
        Ok(AuditEvent {
            at_ms: i64::from_be_bytes(self.array()?),
            actor: actor(self.byte()?, self.field()?).ok_or(NotARecord::Field("actor"))?,
            action: Action::of_code(self.byte()?).ok_or(NotARecord::Field("action"))?,
            resource: resource(self.byte()?, self.field()?).ok_or(NotARecord::Field("resource"))?,
            patient: self.optional("patient")?.map(u128::from_be_bytes).map(PatientPseudonym),
            outcome: Outcome::of_code(self.byte()?).ok_or(NotARecord::Field("outcome"))?,
            detail: Detail::of_code(self.byte()?).ok_or(NotARecord::Field("detail"))?,
            count: self.optional("count")?.map(u32::from_be_bytes),
            trace: self.optional("trace")?.map(u128::from_be_bytes).map(TraceId),
        })
    }
}

fn number(id: &[u8]) -> Option<u128> {
    id.try_into().ok().map(u128::from_be_bytes)
}

fn uid<Kind>(id: &[u8]) -> Option<Uid<Kind>> {
    std::str::from_utf8(id).ok()?.parse().ok()
}

fn title(id: &[u8]) -> Option<PeerTitle> {
    std::str::from_utf8(id).ok().map(PeerTitle::of)
}

fn nothing<T>(id: &[u8], value: T) -> Option<T> {
    id.is_empty().then_some(value)
}

fn actor(kind: u8, id: &[u8]) -> Option<Actor> {
    match kind {
        0 => nothing(id, Actor::Unknown),
        1 => number(id).map(UserNumber).map(Actor::Person),
        2 => number(id).map(UserNumber).map(Actor::Service),
        3 => title(id).map(Actor::Peer),
        4 => id.try_into().ok().map(i32::from_be_bytes).map(Actor::Job),
        5 => nothing(id, Actor::Operator),
        6 => nothing(id, Actor::System),
        _ => None,
    }
}

fn resource(kind: u8, id: &[u8]) -> Option<Resource> {
    match kind {
        0 => nothing(id, Resource::Node),
        1 => nothing(id, Resource::List),
        2 => number(id).map(PatientPseudonym).map(Resource::Patient),
        3 => uid(id).map(Resource::Study),
        4 => uid(id).map(Resource::Series),
        5 => uid(id).map(Resource::Instance),
        6 => number(id).map(UserNumber).map(Resource::User),
        7 => title(id).map(Resource::Peer),
        8 => id.try_into().ok().map(i32::from_be_bytes).map(Resource::Job),
        9 => number(id).map(Resource::Key),
        10 => id.try_into().ok().map(Digest).map(Resource::Model),
        11 => nothing(id, Resource::Log),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::uid::StudyUid;

    fn full() -> Record {
        let study: StudyUid = "1.2.840.1".parse().expect("valid");
        let event = AuditEvent::new(
            1_764_043_200_123,
            Actor::Peer(PeerTitle::of("ORTHANC")),
            Action::Receive,
            Resource::Study(study),
        );
        let event = event
            .with_patient(PatientPseudonym(7))
            .with_outcome(Outcome::MinorFailure, Detail::Quarantined)
            .with_count(3)
            .with_trace(TraceId(9));
        Record { index: 5, manner: Manner::Once, event }
    }

    fn each_kind() -> Vec<Record> {
        let actors = [
            Actor::Person(UserNumber(1)),
            Actor::Service(UserNumber(2)),
            Actor::Job(-3),
            Actor::Operator,
            Actor::System,
            Actor::Unknown,
        ];
        let resources = [
            Resource::Node,
            Resource::List,
            Resource::Patient(PatientPseudonym(1)),
            Resource::Series(Uid::from_u128(2)),
            Resource::Instance(Uid::from_u128(u128::MAX)),
            Resource::User(UserNumber(4)),
            Resource::Peer(PeerTitle::of("PACS")),
            Resource::Job(5),
            Resource::Key(6),
            Resource::Model(Digest::of(b"")),
            Resource::Log,
        ];
        let mut records = vec![full()];
        for actor in actors {
            for resource in &resources {
                let event = AuditEvent::new(0, actor.clone(), Action::Read, resource.clone());
                records.push(Record { index: 0, manner: Manner::Each, event });
            }
        }
        records
    }

    #[test]
    fn every_kind_of_record_reads_back() {
        for record in each_kind() {
            assert_eq!(Record::parse(&record.to_bytes()), Ok(record));
        }
    }
    #[test]
    fn the_form_of_version_one_is_for_ever() {
        let expected = "\
            00000000000000050101\
            0000019ab92b167b\
            03074f525448414e43\
            060309312e322e3834302e31\
            1000000000000000000000000000000007\
            0403\
            0400000003\
            1000000000000000000000000000000009";
        let bytes: Vec<String> = full().to_bytes().iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(bytes.concat(), expected);
    }
    #[test]
    fn a_record_that_is_cut_or_goes_on_is_refused() {
        let bytes = full().to_bytes();
        for length in 0..bytes.len() {
            assert!(Record::parse(&bytes[..length]).is_err(), "{length} bytes");
        }
        assert_eq!(Record::parse(&[&bytes[..], &[0]].concat()), Err(NotARecord::Length));
    }
    #[test]
    fn another_spelling_of_the_same_event_is_refused() {
        let mut bytes = full().to_bytes();
        // The study's length and its bytes: make the UID "1.2.840. " out of "1.2.840.1".
        let last = bytes.iter().position(|b| *b == b'8').expect("the UID") + 4;
        assert_eq!(bytes[last], b'1');
        bytes[last - 1] = b' ';
        bytes[last] = b' ';
        assert!(Record::parse(&bytes).is_err());
    }
    #[test]
    fn events_are_the_same_whatever_the_hour() {
        let (one, mut other) = (full().event, full().event);
        other.at_ms += 1;
        assert_eq!(one.sameness(), other.sameness());
        other.trace = Some(TraceId(10));
        assert_ne!(one.sameness(), other.sameness());
    }
}
