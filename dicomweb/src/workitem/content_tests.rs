use super::*;
use crate::json::{Limits, data_set};

const NOW: &str = "20261125130000";
const LOCK: &str = "2.25.7";

fn uid(text: &str) -> TransactionUid {
    text.parse().unwrap()
}

fn item(json: &str) -> DataSet {
    data_set(json.as_bytes(), &Limits::WORKITEM).unwrap()
}
fn order() -> DataSet {
    item(
        r#"{"00404005":{"vr":"DT","Value":["20261125"]},"00404041":{"vr":"CS","Value":["READY"]},
        "00741000":{"vr":"CS","Value":["SCHEDULED"]},"00741200":{"vr":"CS","Value":["HIGH"]},
        "00741204":{"vr":"LO","Value":["Follow-up"]},"00081195":{"vr":"UI"}}"#,
    )
}
fn made() -> Workitem {
    Workitem::create(order(), Some("1.2.3".parse().unwrap()), NOW).unwrap().workitem
}
fn to(state: State, lock: &str) -> StateChange {
    StateChange { state, transaction: uid(lock) }
}
fn claimed() -> Workitem {
    made().change_state(&to(State::InProgress, LOCK), NOW).unwrap().workitem
}
fn performed() -> DataSet {
    item(
        r#"{"00741216":{"vr":"SQ","Value":[{"00404019":{"vr":"SQ","Value":[{"00080100":{"vr":"SH","Value":["110004"]}}]},
        "00404028":{"vr":"SQ","Value":[{"00080100":{"vr":"SH","Value":["NODE"]}}]},
        "00404050":{"vr":"DT","Value":["20261125130000"]},"00404051":{"vr":"DT","Value":["20261125130100"]},
        "00404033":{"vr":"SQ"}}]}}"#,
    )
}

#[track_caller]
fn check_create(change: impl Fn(&mut DataSet), expected: WorkitemError) {
    let mut order = order();
    change(&mut order);
    assert_eq!(Workitem::create(order, Some("1.2.3".parse().unwrap()), NOW), Err(expected));
}

#[test]
fn a_new_workitem_is_scheduled_and_has_what_it_needs() {
    let change = Workitem::create(order(), Some("1.2.3".parse().unwrap()), NOW).unwrap();
    assert_eq!(change.reply.warnings.len(), 1, "what was added is not told");
    let workitem = change.workitem;
    assert_eq!((workitem.state, &workitem.transaction), (State::Scheduled, &None));
    assert_eq!(workitem.content.text(tag::CLASS), tag::PUSH_CLASS);
    assert!(workitem.content.has(tag::PATIENT_ID) && !workitem.content.has(tag::TRANSACTION));
}
#[test]
fn a_new_workitem_needs_values_that_are_allowed() {
    for tag in NEEDED {
        check_create(|order| drop(order.elements.remove(&tag)), WorkitemError::Missing(tag));
    }
    let wrong = [(tag::STATE, "IN PROGRESS"), (tag::PRIORITY, "STAT"), (tag::READINESS, "SOON")];
    for (tag, text) in wrong {
        check_create(|order| order.put(tag, Vr::CS, text), WorkitemError::Value(tag));
    }
    let locked = |order: &mut DataSet| order.put(tag::TRANSACTION, Vr::UI, LOCK);
    check_create(locked, WorkitemError::Value(tag::TRANSACTION));
}
#[test]
fn the_uid_is_told_once_or_twice_the_same() {
    check_create(|order| order.put(tag::INSTANCE, Vr::UI, "1.2.4"), WorkitemError::Uid);
    assert_eq!(Workitem::create(order(), None, NOW), Err(WorkitemError::Uid));
    let mut named = order();
    named.put(tag::INSTANCE, Vr::UI, "1.2.4");
    assert_eq!(Workitem::create(named, None, NOW).unwrap().workitem.uid.as_str(), "1.2.4");
    let global = Some(tag::GLOBAL.parse().unwrap());
    assert_eq!(Workitem::create(order(), global, NOW), Err(WorkitemError::Uid));
}
#[test]
fn who_claims_sets_the_lock_and_nobody_sees_it() {
    let workitem = claimed();
    assert_eq!(workitem.transaction, Some(uid(LOCK)));
    assert_eq!(workitem.content.text(tag::STATE), "IN PROGRESS");
    assert!(!String::from_utf8(workitem.to_json()).unwrap().contains(LOCK));
    let again = workitem.change_state(&to(State::InProgress, "2.25.8"), NOW);
    assert_eq!(again.unwrap_err().code(), 0xC302);
}
#[test]
fn only_who_has_the_lock_changes_it() {
    let label = item(r#"{"00741202":{"vr":"LO","Value":["a"]}}"#);
    let update = |workitem: &Workitem, lock: Option<&TransactionUid>| {
        workitem.update(lock, label.clone(), NOW)
    };
    assert_eq!(update(&claimed(), None), Err(WorkitemError::NoTransaction));
    assert_eq!(update(&claimed(), Some(&uid("2.25.8"))), Err(WorkitemError::WrongTransaction));
    assert_eq!(
        update(&claimed(), Some(&uid(LOCK))).unwrap().workitem.content.text(tag::WORKLIST),
        "a"
    );
    assert!(update(&made(), None).is_ok());
    assert_eq!(update(&made(), Some(&uid(LOCK))), Err(WorkitemError::WrongTransaction));
    let mut inside = label.clone();
    inside.put(tag::TRANSACTION, Vr::UI, LOCK);
    assert!(claimed().update(None, inside, NOW).is_ok());
}
#[test]
fn an_update_keeps_what_does_not_come_and_never_changes_the_state() {
    let state = item(r#"{"00741000":{"vr":"CS","Value":["COMPLETED"]}}"#);
    assert_eq!(
        claimed().update(Some(&uid(LOCK)), state, NOW),
        Err(WorkitemError::Fixed(tag::STATE))
    );
    let emptied = item(r#"{"00741204":{"vr":"LO"}}"#);
    assert_eq!(
        claimed().update(Some(&uid(LOCK)), emptied, NOW),
        Err(WorkitemError::Missing(tag::LABEL))
    );
    let changed = claimed().update(Some(&uid(LOCK)), performed(), NOW).unwrap().workitem;
    assert_eq!(changed.content.text(tag::LABEL), "Follow-up");
}
#[test]
fn a_workitem_is_completed_when_it_has_what_it_needs() {
    let complete = |workitem: &Workitem| workitem.change_state(&to(State::Completed, LOCK), NOW);
    assert_eq!(complete(&claimed()), Err(WorkitemError::Unfinished(tag::PERFORMED)));
    for missing in NEEDED_WHEN_PERFORMED.into_iter().chain([tag::OUTPUT]) {
        let mut one = performed().items(tag::PERFORMED)[0].clone();
        one.elements.remove(&missing);
        let mut changes = DataSet::default();
        changes.put_items(tag::PERFORMED, vec![one]);
        let workitem = claimed().update(Some(&uid(LOCK)), changes, NOW).unwrap().workitem;
        assert_eq!(complete(&workitem), Err(WorkitemError::Unfinished(missing)));
    }
    let workitem = claimed().update(Some(&uid(LOCK)), performed(), NOW).unwrap().workitem;
    let wrong = workitem.change_state(&to(State::Completed, "2.25.8"), NOW);
    assert_eq!(wrong, Err(WorkitemError::WrongTransaction));
    let done = complete(&workitem).unwrap().workitem;
    assert_eq!(done.state, State::Completed);
    let again = complete(&done).unwrap();
    assert!(again.reply.warnings[0].contains("already in the requested state of COMPLETED"));
    let late = done.update(Some(&uid(LOCK)), performed(), NOW);
    assert_eq!(late, Err(WorkitemError::Final(State::Completed)));
}
#[test]
fn a_performer_says_why_it_cancels() {
    let cancel = |workitem: &Workitem| workitem.change_state(&to(State::Canceled, LOCK), NOW);
    assert_eq!(cancel(&claimed()), Err(WorkitemError::Unfinished(tag::DISCONTINUATION)));
    let why = item(
        r#"{"00741002":{"vr":"SQ","Value":[{"0074100E":{"vr":"SQ","Value":[{"00080100":{"vr":"SH","Value":["110513"]}}]}}]}}"#,
    );
    let workitem = claimed().update(Some(&uid(LOCK)), why, NOW).unwrap().workitem;
    let canceled = cancel(&workitem).unwrap().workitem;
    assert_eq!(canceled.content.items(tag::PROGRESS_INFORMATION)[0].text(tag::CANCELLED_AT), NOW);
    assert!(cancel(&canceled).unwrap().reply.warnings[0].contains("CANCELED"));
}
#[test]
fn a_wish_cancels_what_nobody_claimed_and_no_more() {
    let request = CancelRequest { reason: "moved".into(), ..CancelRequest::default() };
    let canceled = made().ask_to_cancel(&request, NOW).unwrap().workitem;
    let progress = &canceled.content.items(tag::PROGRESS_INFORMATION)[0];
    assert_eq!(
        (canceled.state, progress.text(tag::CANCELLATION_REASON)),
        (State::Canceled, "moved")
    );
    assert_eq!(claimed().ask_to_cancel(&request, NOW).unwrap().workitem, claimed());
    assert_eq!(canceled.ask_to_cancel(&request, NOW).unwrap().reply.warnings.len(), 1);
}
#[test]
fn what_is_kept_is_what_was() {
    let workitem = claimed();
    let kept = Workitem::kept(workitem.content.clone(), workitem.transaction.clone());
    assert_eq!(kept, Ok(workitem));
}
