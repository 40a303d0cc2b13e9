//! What subscribers hear (PS3.4 table CC.2.4-1), as DICOM JSON for the channel of PS3.18 8.10.4.
//! The channel itself is the host's.

use super::content::Workitem;
use super::message::CancelRequest;
use super::refusal::WorkitemError;
use super::state::State;
use super::tag;
use crate::json::{DataSet, Element, Limits, Tag, Vr, data_set};
use interval_core::uid::InstanceUid;

const EVENT_TYPE: Tag = Tag(0x0000, 0x1002);
const MESSAGE_ID: Tag = Tag(0x0000, 0x0110);
const REQUESTING_AE: Tag = Tag(0x0074, 0x1236);

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// UPS State Report.
    StateReport,
    /// UPS Cancel Requested.
    CancelRequested,
    /// UPS Progress Report.
    ProgressReport,
    /// UPS Assigned.
    Assigned,
}

impl EventKind {
    /// Event Type ID (0000,1002).
    pub fn id(self) -> i64 {
        match self {
            EventKind::StateReport => 1,
            EventKind::CancelRequested => 2,
            EventKind::ProgressReport => 3,
            EventKind::Assigned => 5,
        }
    }

    fn of(id: i64) -> Option<Self> {
        let all = [Self::StateReport, Self::CancelRequested, Self::ProgressReport, Self::Assigned];
        all.into_iter().find(|kind| kind.id() == id)
    }
}

/// Something that happened to a workitem.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// What.
    pub kind: EventKind,
    /// To which.
    pub workitem: InstanceUid,
    /// What is told of it.
    pub told: DataSet,
}

impl Event {
    /// It is in another state, or is new.
    pub fn state_report(workitem: &Workitem) -> Self {
        let mut told = DataSet::default();
        copy(&mut told, &workitem.content, &[tag::READINESS, tag::STATE]);
        if workitem.state == State::Canceled {
            let progress = workitem.content.items(tag::PROGRESS_INFORMATION).first();
            let why = [tag::DISCONTINUATION, tag::CANCELLATION_REASON];
            copy(&mut told, progress.unwrap_or(&DataSet::default()), &why);
        }
        Self { kind: EventKind::StateReport, workitem: workitem.uid.clone(), told }
    }

    /// Its performer reports how far it is.
    pub fn progress_report(workitem: &Workitem) -> Self {
        let mut told = DataSet::default();
        copy(&mut told, &workitem.content, &[tag::PROGRESS_INFORMATION]);
        Self { kind: EventKind::ProgressReport, workitem: workitem.uid.clone(), told }
    }

    /// Somebody, by their AE title, wishes that it be canceled.
    pub fn cancel_requested(workitem: &Workitem, request: &CancelRequest, by: &str) -> Self {
        let mut told = DataSet::default();
        request.note(&mut told);
        told.put(REQUESTING_AE, Vr::AE, by);
        Self { kind: EventKind::CancelRequested, workitem: workitem.uid.clone(), told }
    }

    /// It is clear who is to perform it.
    pub fn assigned(workitem: &Workitem) -> Self {
        let mut told = DataSet::default();
        let who = [tag::STATION_NAME, tag::STATION_CLASS, tag::HUMAN_PERFORMERS];
        copy(&mut told, &workitem.content, &who);
        Self { kind: EventKind::Assigned, workitem: workitem.uid.clone(), told }
    }

    /// What an update is to be told as: progress or an assignment that changed.
    pub fn of_update(before: &Workitem, after: &Workitem) -> Vec<Self> {
        let differs = |tags: &[Tag]| {
            let of = |workitem: &Workitem, tag| workitem.content.elements.get(tag).cloned();
            tags.iter().any(|tag| of(before, tag) != of(after, tag))
        };
        let mut events = Vec::new();
        if differs(&[tag::PROGRESS_INFORMATION]) {
            events.push(Self::progress_report(after));
        }
        if differs(&[tag::STATION_NAME, tag::STATION_CLASS, tag::HUMAN_PERFORMERS]) {
            events.push(Self::assigned(after));
        }
        if differs(&[tag::READINESS]) {
            events.push(Self::state_report(after));
        }
        events
    }

    /// The message; `number` counts the messages of one channel.
    pub fn to_json(&self, number: u16) -> Vec<u8> {
        let mut set = self.told.clone();
        set.put(tag::AFFECTED_CLASS, Vr::UI, tag::PUSH_CLASS);
        set.put_number(MESSAGE_ID, Vr::US, i64::from(number));
        set.put(tag::AFFECTED_INSTANCE, Vr::UI, self.workitem.as_str());
        set.put_number(EVENT_TYPE, Vr::US, self.kind.id());
        set.to_json()
    }

    /// Reads a message.
    pub fn parse(text: &[u8]) -> Result<Self, WorkitemError> {
        let mut told = data_set(text, &Limits::WORKITEM)?;
        let uid = told.text(tag::AFFECTED_INSTANCE).parse().map_err(|_| WorkitemError::Uid)?;
        let kind = told.number(EVENT_TYPE).and_then(EventKind::of);
        let kind = kind.ok_or(WorkitemError::Value(EVENT_TYPE))?;
        told.elements.retain(|tag, _| tag.0 != 0);
        Ok(Self { kind, workitem: uid, told })
    }
}

fn copy(to: &mut DataSet, from: &DataSet, tags: &[Tag]) {
    for tag in tags {
        if let Some(element) = from.elements.get(tag).filter(|e: &&Element| e.has_value()) {
            to.elements.insert(*tag, element.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workitem() -> Workitem {
        let mut content = DataSet::default();
        content.put(tag::INSTANCE, Vr::UI, "1.2.3");
        content.put(tag::STATE, Vr::CS, "SCHEDULED");
        content.put(tag::READINESS, Vr::CS, "READY");
        Workitem::kept(content, None).unwrap()
    }
    #[track_caller]
    fn check(event: Event, contains: &str) {
        let text = event.to_json(1);
        assert!(String::from_utf8_lossy(&text).contains(contains));
        assert_eq!(Event::parse(&text), Ok(event));
    }

    #[test]
    fn each_event_is_told_and_heard() {
        let request = CancelRequest { reason: "moved".into(), ..CancelRequest::default() };
        check(Event::state_report(&workitem()), r#""00741000":{"vr":"CS","Value":["SCHEDULED"]}"#);
        check(Event::cancel_requested(&workitem(), &request, "DESK"), "moved");
        check(Event::progress_report(&workitem()), r#""00001002":{"vr":"US","Value":[3]}"#);
        check(Event::assigned(&workitem()), r#""00001000":{"vr":"UI","Value":["1.2.3"]}"#);
    }
    #[test]
    fn an_update_is_told_by_what_it_changed() {
        let mut after = workitem();
        assert_eq!(Event::of_update(&workitem(), &after), []);
        after.content.put_items(tag::PROGRESS_INFORMATION, vec![DataSet::default()]);
        after.content.put(tag::READINESS, Vr::CS, "INCOMPLETE");
        let kinds: Vec<_> =
            Event::of_update(&workitem(), &after).iter().map(|event| event.kind).collect();
        assert_eq!(kinds, [EventKind::ProgressReport, EventKind::StateReport]);
    }
}
