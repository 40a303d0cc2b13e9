//! The commands that we ask with (PS3.7 9.3, 10.3).

use super::set::{CommandSet, element};
use super::{DATA_SET, NO_DATA_SET, field};
use crate::ae::AeTitle;

/// Priority (0000,0700): medium.
const MEDIUM: u16 = 0x0000;

/// The elements that every C-request begins with.
fn begun(field: u16, message_id: u16, class: &str) -> CommandSet {
    let mut set = CommandSet::new();
    set.uid(element::AFFECTED_SOP_CLASS_UID, class);
    set.number(element::COMMAND_FIELD, field);
    set.number(element::MESSAGE_ID, message_id);
    set
}

/// C-ECHO-RQ (PS3.7 table 9.3-12).
pub fn echo_request(message_id: u16, class: &str) -> Vec<u8> {
    let mut set = begun(field::C_ECHO_RQ, message_id, class);
    set.number(element::COMMAND_DATA_SET_TYPE, NO_DATA_SET);
    set.encode()
}

/// C-STORE-RQ of medium priority (PS3.7 table 9.3-1).
pub fn store_request(message_id: u16, class: &str, instance: &str) -> Vec<u8> {
    store(message_id, class, instance).encode()
}

/// C-STORE-RQ on behalf of a C-MOVE: who asked for the move, and by which message (PS3.7 9.1.1.1).
pub fn sub_store_request(
    message_id: u16,
    class: &str,
    instance: &str,
    originator: (&AeTitle, u16),
) -> Vec<u8> {
    let mut set = store(message_id, class, instance);
    set.padded(element::MOVE_ORIGINATOR_AE_TITLE, originator.0.as_str(), b' ');
    set.number(element::MOVE_ORIGINATOR_MESSAGE_ID, originator.1);
    set.encode()
}

fn store(message_id: u16, class: &str, instance: &str) -> CommandSet {
    let mut set = begun(field::C_STORE_RQ, message_id, class);
    set.number(element::PRIORITY, MEDIUM);
    set.number(element::COMMAND_DATA_SET_TYPE, DATA_SET);
    set.uid(element::AFFECTED_SOP_INSTANCE_UID, instance);
    set
}

/// C-FIND-RQ of medium priority (PS3.7 table 9.3-3).
pub fn find_request(message_id: u16, class: &str) -> Vec<u8> {
    identified(field::C_FIND_RQ, message_id, class)
}

/// C-GET-RQ of medium priority (PS3.7 table 9.3-6).
pub fn get_request(message_id: u16, class: &str) -> Vec<u8> {
    identified(field::C_GET_RQ, message_id, class)
}

fn identified(field: u16, message_id: u16, class: &str) -> Vec<u8> {
    let mut set = begun(field, message_id, class);
    set.number(element::PRIORITY, MEDIUM);
    set.number(element::COMMAND_DATA_SET_TYPE, DATA_SET);
    set.encode()
}

/// C-MOVE-RQ of medium priority (PS3.7 table 9.3-9).
pub fn move_request(message_id: u16, class: &str, destination: &AeTitle) -> Vec<u8> {
    let mut set = begun(field::C_MOVE_RQ, message_id, class);
    set.padded(element::MOVE_DESTINATION, destination.as_str(), b' ');
    set.number(element::PRIORITY, MEDIUM);
    set.number(element::COMMAND_DATA_SET_TYPE, DATA_SET);
    set.encode()
}

/// C-CANCEL-RQ of an earlier request (PS3.7 table 9.3-5).
pub fn cancel_request(message_id: u16) -> Vec<u8> {
    let mut set = CommandSet::new();
    set.number(element::COMMAND_FIELD, field::C_CANCEL_RQ);
    set.number(element::MESSAGE_ID_BEING_RESPONDED_TO, message_id);
    set.number(element::COMMAND_DATA_SET_TYPE, NO_DATA_SET);
    set.encode()
}

/// N-ACTION-RQ with a data set (PS3.7 table 10.3-7).
pub fn action_request(message_id: u16, (class, instance): (&str, &str), action: u16) -> Vec<u8> {
    let mut set = CommandSet::new();
    set.uid(element::REQUESTED_SOP_CLASS_UID, class);
    set.number(element::COMMAND_FIELD, field::N_ACTION_RQ);
    set.number(element::MESSAGE_ID, message_id);
    set.number(element::COMMAND_DATA_SET_TYPE, DATA_SET);
    set.uid(element::REQUESTED_SOP_INSTANCE_UID, instance);
    set.number(element::ACTION_TYPE_ID, action);
    set.encode()
}

/// N-EVENT-REPORT-RQ with a data set (PS3.7 table 10.3-1).
pub fn event_report_request(
    message_id: u16,
    (class, instance): (&str, &str),
    event: u16,
) -> Vec<u8> {
    let mut set = begun(field::N_EVENT_REPORT_RQ, message_id, class);
    set.number(element::COMMAND_DATA_SET_TYPE, DATA_SET);
    set.uid(element::AFFECTED_SOP_INSTANCE_UID, instance);
    set.number(element::EVENT_TYPE_ID, event);
    set.encode()
}
