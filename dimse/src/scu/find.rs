//! C-FIND as a user (PS3.4 C.4.1): what does the peer have?

use std::collections::BTreeMap;

use bytes::Bytes;
use interval_core::query::{Attribute, Criterion, Found, Names, Query, Vr};
use tokio::time::Instant;

use super::error::ScuError;
use super::line::{Line, OBJECT_PDU_BYTES, Proposal, Proposals};
use super::sender::plain;
use super::{Peer, Root};
use crate::classes::{PATIENT_ROOT_FIND, STUDY_ROOT_FIND};
use crate::command::{Operation, Payload, cancel_request, find_request};
use crate::identifier::{CharacterSet, DataSet, Encoding, Tag, Writer, read, tag};
use crate::status::{Outcome, Status};

/// Most matches that are taken from a peer when the question sets no limit of its own.
pub const MATCHES_MAX: usize = 20_000;

/// What was done, for errors.
const FIND: &str = "C-FIND";

/// Asks what matches. `query.offset` is passed over here, and after `query.limit` matches the peer
/// is told to stop.
pub async fn find(peer: &Peer, root: Root, query: &Query) -> Result<Vec<Found>, ScuError> {
    let class = match root {
        Root::Study => STUDY_ROOT_FIND,
        Root::Patient => PATIENT_ROOT_FIND,
    };
    let contexts = vec![Proposal { class: class.to_owned(), syntaxes: plain() }];
    let mut proposals = Proposals::of(contexts);
    proposals.pdu_bytes_max = OBJECT_PDU_BYTES;
    if query.names == Names::Fuzzy {
        // Relational queries, combined date and time, fuzzy names (PS3.4 C.5.1.1).
        proposals.extended.push((class.to_owned(), vec![0, 0, 1]));
    }
    let mut line = Line::open(peer, proposals).await?;
    let found = matches(&mut line, class, query).await?;
    line.release().await;
    Ok(found)
}

async fn matches(line: &mut Line, class: &str, query: &Query) -> Result<Vec<Found>, ScuError> {
    let agreed = line.context_of(class).map(|(id, agreed)| (id, Encoding::of(&agreed.syntax)));
    let (context, encoding) = agreed.ok_or(ScuError::ServiceNotAccepted(FIND))?;
    let id = line.next_message_id();
    let identifier = Bytes::from(identifier(query, encoding));
    line.tell(context, &find_request(id, class), Some(&identifier)).await?;
    let most = query.limit.map_or(usize::MAX, |limit| limit as usize);
    let mut passed_over = 0;
    let mut found = Vec::new();
    let mut is_cancelled = false;
    loop {
        let until = Instant::now() + line.peer.timeouts.response;
        let message = line.hear(until).await?;
        let message = line.check_response(message, (context, id))?;
        let Operation::Response(status) = message.command.operation else { continue };
        match status {
            Status::PENDING | Status::PENDING_KEYS_UNSUPPORTED
                if message.command.payload == Payload::DataSet =>
            {
                if passed_over < query.offset {
                    passed_over += 1;
                } else if found.len() < most.min(MATCHES_MAX) {
                    let set = read(&message.data_set, encoding);
                    let set = set.map_err(|error| ScuError::Nonsense(error.to_string()))?;
                    found.push(told(&set));
                } else if !is_cancelled {
                    is_cancelled = true;
                    line.tell(context, &cancel_request(id), None).await?;
                }
            }
            Status::SUCCESS | Status::CANCELLED if is_cancelled && most > MATCHES_MAX => {
                return Err(ScuError::TooManyMatches(MATCHES_MAX));
            }
            Status::CANCELLED if is_cancelled => return Ok(found),
            other if other.outcome() == Outcome::Success => return Ok(found),
            status => {
                let comment = message.command.comment;
                return Err(ScuError::NotDone { what: FIND, status, comment });
            }
        }
    }
}

/// The identifier of a question.
pub(super) fn identifier(query: &Query, encoding: Encoding) -> Vec<u8> {
    let asked = query.criteria.keys().chain(&query.wanted);
    let mut keys: BTreeMap<Tag, Option<Attribute>> =
        asked.map(|attribute| (attribute.tag(), Some(*attribute))).collect();
    keys.insert(tag::QUERY_RETRIEVE_LEVEL, None);
    let texts: BTreeMap<Attribute, String> =
        query.criteria.iter().map(|(attribute, criterion)| (*attribute, text(criterion))).collect();
    let mut writer = Writer::new(encoding);
    if !texts.values().all(|text| text.is_ascii()) {
        writer.text(tag::SPECIFIC_CHARACTER_SET, *b"CS", "ISO_IR 192");
    }
    for (tag, attribute) in keys {
        let Some(attribute) = attribute else {
            writer.text(tag, *b"CS", query.level.as_str());
            continue;
        };
        let vr = attribute.vr().as_str().as_bytes().first_chunk().copied().unwrap_or(*b"UN");
        let text = texts.get(&attribute).map_or("", String::as_str);
        match (attribute.vr(), text.parse()) {
            (Vr::Us, Ok(number)) => writer.number(tag, number),
            (Vr::Us, Err(_)) => writer.bytes(tag, vr, b""),
            _ => writer.text(tag, vr, text),
        }
    }
    writer.into_bytes()
}

/// A criterion as a value of a key (PS3.4 C.2.2.2).
fn text(criterion: &Criterion) -> String {
    match criterion {
        Criterion::OneOf(values) => values.join("\\"),
        Criterion::Like(pattern) => pattern.clone(),
        Criterion::Between(from, to) => {
            let end = |end: &Option<String>| end.clone().unwrap_or_default();
            format!("{}-{}", end(from), end(to))
        }
    }
}

/// What a match tells.
fn told(set: &DataSet<'_>) -> Found {
    let characters = CharacterSet::of(set);
    let mut found = Found::default();
    for element in &set.elements {
        let Some(attribute) = Attribute::by_tag(element.tag.0, element.tag.1) else { continue };
        let values = if attribute.vr() == Vr::Us {
            let bytes = set.bytes(element.tag).and_then(<[u8]>::first_chunk);
            bytes.map(|bytes| u16::from_le_bytes(*bytes).to_string()).into_iter().collect()
        } else {
            let text = set.text(element.tag, &characters).unwrap_or_default();
            let parts = text.split('\\').map(str::trim).filter(|part| !part.is_empty());
            parts.map(str::to_owned).collect()
        };
        found.values.insert(attribute, values);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use interval_core::query::Level;

    #[track_caller]
    fn check(attribute: Attribute, key: &str, expected: &str) {
        let mut query = Query::of(Level::Study);
        let criterion = Criterion::parse(attribute, key).unwrap().unwrap();
        query.criteria.insert(attribute, criterion);
        query.wanted.insert(Attribute::PatientName);
        let bytes = identifier(&query, Encoding::Implicit);
        let set = read(&bytes, Encoding::Implicit).unwrap();
        let tag = attribute.tag();
        assert_eq!(set.text(tag, &CharacterSet::of(&set)).as_deref(), Some(expected));
        assert!(set.bytes(Attribute::PatientName.tag()).is_some());
        assert!(set.elements.windows(2).all(|pair| pair[0].tag < pair[1].tag));
    }

    #[test]
    fn a_criterion_is_asked_for_as_the_standard_writes_it() {
        check(Attribute::StudyDate, "20260101-", "20260101-");
        check(Attribute::StudyInstanceUID, "1.2,1.3", "1.2\\1.3");
        check(Attribute::PatientName, "Müll*", "Müll*");
    }
}
