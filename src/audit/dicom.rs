//! An audit record as a DICOM audit message (PS3.15 A.5): what audit repositories of hospitals read.
//!
//! The log holds pseudonyms, so the message does too. What the log does not hold (the query's
//! text, the network address) is left out, not invented.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use interval_core::audit::AuditEvent;
use interval_core::audit::record::Record;
use interval_core::audit::words::{Action, Actor, Detail, Outcome, Resource};
use std::fmt::Write as _;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A code of the DICOM controlled terminology with its meaning (PS3.16 annex D).
pub(super) type Code = (&'static str, &'static str);

/// Role of a participant (CID 402).
pub(super) const APPLICATION: Code = ("110150", "Application");
/// Role: somebody who started or stopped the application.
pub(super) const LAUNCHER: Code = ("110151", "Application Launcher");
/// Role: where the data went.
pub(super) const DESTINATION: Code = ("110152", "Destination Role ID");
/// Role: where the data came from.
pub(super) const SOURCE: Code = ("110153", "Source Role ID");

const ACTIVITY: Code = ("110100", "Application Activity");
const LOG_USED: Code = ("110101", "Audit Log Used");
const ACCESSED: Code = ("110103", "DICOM Instances Accessed");
const TRANSFERRED: Code = ("110104", "DICOM Instances Transferred");
const STUDY_DELETED: Code = ("110105", "DICOM Study Deleted");
const EXPORT: Code = ("110106", "Export");
const PATIENT: Code = ("110110", "Patient Record");
const QUERY: Code = ("110112", "Query");
const ALERT: Code = ("110113", "Security Alert");
const AUTHENTICATION: Code = ("110114", "User Authentication");

/// The family of an event (CID 400), and its type where there is one (CID 401).
pub(super) fn event_codes(event: &AuditEvent) -> (Code, Option<Code>) {
    if event.resource == Resource::Log {
        return (LOG_USED, None);
    }
    match event.action {
        Action::Start => (ACTIVITY, Some(("110120", "Application Start"))),
        Action::Stop => (ACTIVITY, Some(("110121", "Application Stop"))),
        Action::SignIn | Action::StepUp => (AUTHENTICATION, Some(("110122", "Login"))),
        Action::SignOut => (AUTHENTICATION, Some(("110123", "Logout"))),
        Action::BreakGlass => (ALERT, Some(("110127", "Emergency Override Started"))),
        Action::Review => (ALERT, Some(("110138", "Emergency Override Stopped"))),
        Action::OpenVault | Action::Access => {
            (ALERT, Some(("110132", "Use of Restricted Function")))
        }
        Action::Assign | Action::Revoke => {
            (ALERT, Some(("110137", "User Security Attributes Changed")))
        }
        Action::RotateKey | Action::Configure => {
            (ALERT, Some(("110129", "Security Configuration")))
        }
        Action::Query => (QUERY, None),
        Action::Receive => (TRANSFERRED, None),
        Action::Export => (EXPORT, None),
        Action::Merge | Action::Shred => (PATIENT, None),
        Action::Delete if matches!(event.resource, Resource::Study(_)) => (STUDY_DELETED, None),
        Action::Create
        | Action::Read
        | Action::Update
        | Action::Delete
        | Action::Decide
        | Action::Sign
        | Action::Verify
        | Action::Deidentify
        | Action::Quarantine => match event.resource {
            Resource::Patient(_) => (PATIENT, None),
            Resource::Study(_) | Resource::Series(_) | Resource::Instance(_) => (ACCESSED, None),
            _ => (ACTIVITY, None),
        },
    }
}

/// `EventActionCode`: create, read, update, delete or execute.
pub(super) fn action_code(action: Action) -> &'static str {
    match action {
        Action::Create | Action::Receive | Action::Quarantine => "C",
        Action::Read | Action::Export | Action::Verify | Action::Deidentify => "R",
        Action::Update | Action::Decide | Action::Sign | Action::Merge => "U",
        Action::Delete | Action::Shred => "D",
        Action::Query
        | Action::SignIn
        | Action::SignOut
        | Action::StepUp
        | Action::Access
        | Action::OpenVault
        | Action::BreakGlass
        | Action::Review
        | Action::Assign
        | Action::Revoke
        | Action::RotateKey
        | Action::Start
        | Action::Stop
        | Action::Configure => "E",
    }
}

/// `EventOutcomeIndicator`; a denial is a serious failure, because the action did not happen.
pub(super) fn outcome_indicator(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Success => "0",
        Outcome::MinorFailure => "4",
        Outcome::Denied | Outcome::SeriousFailure => "8",
        Outcome::MajorFailure => "12",
    }
}

/// The roles of the actor and of the node: data flows from one to the other, or nobody moves any.
pub(super) fn roles(event: &AuditEvent) -> (Code, Code) {
    match event.action {
        Action::Receive | Action::Create | Action::Update => (SOURCE, DESTINATION),
        Action::Start | Action::Stop | Action::Configure => (LAUNCHER, APPLICATION),
        Action::Read | Action::Query | Action::Export => (DESTINATION, SOURCE),
        _ => (APPLICATION, APPLICATION),
    }
}

/// The time of an event, in UTC with milliseconds.
pub(super) fn time_text(at_ms: i64) -> String {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(at_ms) * 1_000_000)
        .ok()
        .and_then(|time| time.format(&Rfc3339).ok())
        .unwrap_or_else(|| "1970-01-01T00:00:00Z".into())
}

/// The message on one line, without a prologue. `source` names the log it is from.
pub fn message(record: &Record, source: &str) -> String {
    let event = &record.event;
    let mut xml = String::from("<AuditMessage>");
    identification(&mut xml, event);
    let (actor_role, node_role) = roles(event);
    let actor = event.actor.to_string();
    participant(&mut xml, &actor, alternative(&event.actor).as_deref(), ("true", actor_role));
    participant(&mut xml, source, None, ("false", node_role));
    push(
        &mut xml,
        format_args!(
            "<AuditSourceIdentification AuditSourceID=\"{}\"><AuditSourceTypeCode csd-code=\"4\"/>\
             </AuditSourceIdentification>",
            escaped(source)
        ),
    );
    if let Some((id, kind)) = object(&event.resource) {
        participant_object(&mut xml, &id, kind, event, record.index);
    }
    if let Some(patient) = event.patient
        && !matches!(event.resource, Resource::Patient(_))
    {
        participant_object(&mut xml, &patient.to_string(), PATIENT_NUMBER, event, record.index);
    }
    xml.push_str("</AuditMessage>");
    xml
}

/// Appends text; writing to a string does not fail.
fn push(xml: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = xml.write_fmt(text);
}

fn identification(xml: &mut String, event: &AuditEvent) {
    let ((code, meaning), kind) = event_codes(event);
    push(
        xml,
        format_args!(
            "<EventIdentification EventActionCode=\"{}\" EventDateTime=\"{}\" \
             EventOutcomeIndicator=\"{}\">",
            action_code(event.action),
            time_text(event.at_ms),
            outcome_indicator(event.outcome)
        ),
    );
    coded(xml, "EventID", (code, meaning), "DCM");
    if let Some(kind) = kind {
        coded(xml, "EventTypeCode", kind, "DCM");
    }
    if event.detail != Detail::None {
        push(
            xml,
            format_args!("<EventOutcomeDescription>{}</EventOutcomeDescription>", event.detail),
        );
    }
    xml.push_str("</EventIdentification>");
}

fn coded(xml: &mut String, element: &str, (code, meaning): Code, system: &str) {
    push(
        xml,
        format_args!(
            "<{element} csd-code=\"{code}\" codeSystemName=\"{system}\" originalText=\"{meaning}\"/>"
        ),
    );
}

/// A peer's title in the form that PS3.15 A.5.2.2 asks for.
fn alternative(actor: &Actor) -> Option<String> {
    match actor {
        Actor::Peer(title) => Some(format!("AETITLES={}", title.as_str())),
        _ => None,
    }
}

fn participant(xml: &mut String, id: &str, other: Option<&str>, (asks, role): (&str, Code)) {
    push(xml, format_args!("<ActiveParticipant UserID=\"{}\"", escaped(id)));
    if let Some(other) = other {
        push(xml, format_args!(" AlternativeUserID=\"{}\"", escaped(other)));
    }
    push(xml, format_args!(" UserIsRequestor=\"{asks}\">"));
    coded(xml, "RoleIDCode", role, "DCM");
    xml.push_str("</ActiveParticipant>");
}

/// Type, role, and the code of the id of an object (PS3.15 A.5.2, RFC 3881 5.5).
struct Kind {
    type_code: &'static str,
    role: &'static str,
    id_code: Code,
    id_system: &'static str,
}

const PATIENT_NUMBER: Kind =
    Kind { type_code: "1", role: "1", id_code: ("2", "Patient Number"), id_system: "RFC-3881" };
const STUDY: Kind =
    Kind { type_code: "2", role: "3", id_code: ("110180", "Study Instance UID"), id_system: "DCM" };
const USER: Kind =
    Kind { type_code: "1", role: "6", id_code: ("11", "User Identifier"), id_system: "RFC-3881" };
const OTHER: Kind =
    Kind { type_code: "2", role: "3", id_code: ("12", "URI"), id_system: "RFC-3881" };
/// The log itself: role 13 is a security resource.
const LOG: Kind =
    Kind { type_code: "2", role: "13", id_code: ("12", "URI"), id_system: "RFC-3881" };

fn object(resource: &Resource) -> Option<(String, Kind)> {
    let id = resource.id();
    Some(match resource {
        Resource::Node | Resource::List => return None,
        Resource::Patient(_) => (id, PATIENT_NUMBER),
        Resource::Study(_) => (id, STUDY),
        Resource::Series(_) | Resource::Instance(_) => (format!("urn:oid:{id}"), OTHER),
        Resource::User(_) => (id, USER),
        Resource::Log => ("audit-log".into(), LOG),
        Resource::Peer(_) | Resource::Job(_) | Resource::Key(_) | Resource::Model(_) => {
            (format!("{}/{id}", resource.kind()), OTHER)
        }
    })
}

fn participant_object(xml: &mut String, id: &str, kind: Kind, event: &AuditEvent, index: u64) {
    push(
        xml,
        format_args!(
            "<ParticipantObjectIdentification ParticipantObjectID=\"{}\" \
             ParticipantObjectTypeCode=\"{}\" ParticipantObjectTypeCodeRole=\"{}\">",
            escaped(id),
            kind.type_code,
            kind.role
        ),
    );
    coded(xml, "ParticipantObjectIDTypeCode", kind.id_code, kind.id_system);
    let details = [
        ("record", Some(index.to_string())),
        ("action", Some(event.action.to_string())),
        ("trace", event.trace.map(|trace| trace.to_string())),
        ("count", event.count.map(|count| count.to_string())),
    ];
    for (name, value) in details {
        let Some(value) = value else { continue };
        let value = STANDARD.encode(value);
        push(xml, format_args!("<ParticipantObjectDetail type=\"{name}\" value=\"{value}\"/>"));
    }
    xml.push_str("</ParticipantObjectIdentification>");
}

/// Text as it may stand in an attribute.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&apos;"),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use interval_core::audit::record::Manner;
    use interval_core::audit::words::PeerTitle;
    use interval_core::patient::PatientPseudonym;

    #[test]
    fn an_arrival_is_instances_transferred_with_its_study_and_patient() {
        let study = "1.2.840.1".parse().expect("valid");
        let peer = Actor::Peer(PeerTitle::of("A<B&C"));
        let event =
            AuditEvent::new(1_764_043_200_123, peer, Action::Receive, Resource::Study(study))
                .with_patient(PatientPseudonym(7));
        let xml = message(&Record { index: 5, manner: Manner::Once, event }, "log");
        for part in [
            "EventActionCode=\"C\" EventDateTime=\"2025-11-25T04:00:00.123Z\" EventOutcomeIndicator=\"0\"",
            "<EventID csd-code=\"110104\"",
            "AlternativeUserID=\"AETITLES=A&lt;B&amp;C\" UserIsRequestor=\"true\"",
            "<RoleIDCode csd-code=\"110153\"",
            "ParticipantObjectID=\"1.2.840.1\" ParticipantObjectTypeCode=\"2\" ParticipantObjectTypeCodeRole=\"3\"",
            "ParticipantObjectIDTypeCode csd-code=\"110180\"",
            "ParticipantObjectID=\"p00000000000000000000000000000007\" ParticipantObjectTypeCode=\"1\"",
        ] {
            assert!(xml.contains(part), "{part} is not in {xml}");
        }
        assert!(!xml.contains('\n'));
    }
}
