//! An audit record as a FHIR R4 `AuditEvent`, in the manner of IHE Basic Audit (BALP 1.1).
//!
//! Random numbers (people, patients, traces) are written as UUIDs, DICOM UIDs as OIDs. The patient
//! is the pseudonym: who it is stands only in the vault.

use super::dicom::{Code, action_code, event_codes, outcome_indicator, roles, time_text};
use interval_core::audit::AuditEvent;
use interval_core::audit::record::Record;
use interval_core::audit::words::{Action, Actor, Detail, Resource};
use serde_json::{Value, json};

const DCM: &str = "http://dicom.nema.org/resources/ontology/DCM";
const EVENT_TYPE: &str = "http://terminology.hl7.org/CodeSystem/audit-event-type";
const INTERACTION: &str = "http://hl7.org/fhir/restful-interaction";
const PARTICIPATION: &str = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType";
const ENTITY_TYPE: &str = "http://terminology.hl7.org/CodeSystem/audit-entity-type";
const OBJECT_ROLE: &str = "http://terminology.hl7.org/CodeSystem/object-role";
const SOURCE_TYPE: &str = "http://terminology.hl7.org/CodeSystem/security-source-type";
const BALP_ENTITY: &str = "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType";
const URI: &str = "urn:ietf:rfc:3986";
const DICOM_UID: &str = "urn:dicom:uid";

/// The resource. `source` names the log it is from.
pub fn resource(record: &Record, source: &str) -> Value {
    let event = &record.event;
    let (kind, subtype) = codes(event);
    let (actor_role, node_role) = roles(event);
    let mut resource = json!({
        "resourceType": "AuditEvent",
        "id": format!("record-{}", record.index),
        "type": kind,
        "action": action_code(event.action),
        "recorded": time_text(event.at_ms),
        "outcome": outcome_indicator(event.outcome),
        "agent": [
            agent(coding(DCM, node_role), &json!({ "display": source }), &json!(false)),
            agent(actor_kind(event, actor_role), &who(&event.actor), &json!(true)),
        ],
        "source": {
            "observer": { "display": source },
            "type": [{ "system": SOURCE_TYPE, "code": "4", "display": "Application Server" }],
        },
    });
    if let Some(subtype) = subtype {
        resource["subtype"] = json!([subtype]);
    }
    if event.detail != Detail::None {
        resource["outcomeDesc"] = json!(event.detail.as_str());
    }
    let entities = entities(event);
    if !entities.is_empty() {
        resource["entity"] = Value::Array(entities);
    }
    resource
}

fn coding(system: &str, (code, display): Code) -> Value {
    json!({ "system": system, "code": code, "display": display })
}

/// Type and subtype: a REST interaction where it is one, else the codes of DICOM.
fn codes(event: &AuditEvent) -> (Value, Option<Value>) {
    let interaction: Option<Code> = match event.action {
        Action::Create => Some(("create", "create")),
        Action::Read => Some(("read", "read")),
        Action::Update => Some(("update", "update")),
        Action::Delete => Some(("delete", "delete")),
        Action::Query => Some(("search-type", "search-type")),
        _ => None,
    };
    if let Some(code) = interaction {
        let rest = coding(EVENT_TYPE, ("rest", "RESTful Operation"));
        return (rest, Some(coding(INTERACTION, code)));
    }
    let (kind, subtype) = event_codes(event);
    (coding(DCM, kind), subtype.map(|code| coding(DCM, code)))
}

/// BALP names the user "information recipient"; peers and jobs have their role in the transfer.
fn actor_kind(event: &AuditEvent, role: Code) -> Value {
    match event.actor {
        Actor::Person(_) => coding(PARTICIPATION, ("IRCP", "information recipient")),
        _ => coding(DCM, role),
    }
}

fn agent(kind: Value, who: &Value, requestor: &Value) -> Value {
    json!({ "type": { "coding": [kind] }, "who": who, "requestor": requestor })
}

fn who(actor: &Actor) -> Value {
    match actor {
        Actor::Person(number) | Actor::Service(number) => identified(URI, &uuid(number.0)),
        other => json!({ "display": other.to_string() }),
    }
}

fn identified(system: &str, value: &str) -> Value {
    json!({ "identifier": { "system": system, "value": value } })
}

/// 128 bits as a UUID (RFC 9562 section 4).
fn uuid(bits: u128) -> String {
    let digits = format!("{bits:032x}");
    let parts = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
    format!("urn:uuid:{}", parts.join("-"))
}

fn entities(event: &AuditEvent) -> Vec<Value> {
    let person = coding(ENTITY_TYPE, ("1", "Person"));
    let system_object = coding(ENTITY_TYPE, ("2", "System Object"));
    let report = coding(OBJECT_ROLE, ("3", "Report"));
    let oid = |uid: &str| identified(DICOM_UID, &format!("urn:oid:{uid}"));
    let named = |resource: &Resource| json!({ "display": resource.to_string().trim_end() });
    let mut entities = match &event.resource {
        // The patient follows below.
        Resource::Node | Resource::List | Resource::Patient(_) => Vec::new(),
        Resource::Study(uid) => {
            vec![json!({ "what": oid(uid.as_str()), "type": system_object, "role": report })]
        }
        Resource::Series(uid) => {
            vec![json!({ "what": oid(uid.as_str()), "type": system_object, "role": report })]
        }
        Resource::Instance(uid) => {
            vec![json!({ "what": oid(uid.as_str()), "type": system_object, "role": report })]
        }
        Resource::User(number) => {
            let role = coding(OBJECT_ROLE, ("6", "User"));
            vec![json!({ "what": identified(URI, &uuid(number.0)), "type": person, "role": role })]
        }
        other => vec![json!({ "what": named(other), "type": system_object })],
    };
    if let Some(patient) = event.patient {
        let mut what = identified(URI, &uuid(patient.0));
        what["type"] = json!("Patient");
        let role = coding(OBJECT_ROLE, ("1", "Patient"));
        entities.push(json!({ "what": what, "type": person, "role": role }));
    }
    if let Some(trace) = event.trace {
        let kind = coding(BALP_ENTITY, ("XrequestId", "X-Request-Id"));
        let what = json!({ "identifier": { "value": trace.to_string() } });
        entities.push(json!({ "what": what, "type": kind }));
    }
    entities
}

#[cfg(test)]
mod tests {
    use super::*;
    use interval_core::audit::record::Manner;
    use interval_core::audit::words::UserNumber;
    use interval_core::patient::PatientPseudonym;

    #[test]
    fn a_read_is_a_rest_read_by_a_person_of_a_patient() {
        let pseudonym = PatientPseudonym(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef);
        let event = AuditEvent::new(
            0,
            Actor::Person(UserNumber(1)),
            Action::Read,
            Resource::Patient(pseudonym),
        );
        let resource = resource(&Record { index: 0, manner: Manner::Each, event }, "log");
        assert_eq!(resource["type"]["code"], "rest");
        assert_eq!(resource["subtype"][0]["code"], "read");
        assert_eq!(resource["agent"][1]["type"]["coding"][0]["code"], "IRCP");
        let value = &resource["entity"][0]["what"]["identifier"]["value"];
        assert_eq!(value, "urn:uuid:01234567-89ab-cdef-0123-456789abcdef");
        assert_eq!(resource["recorded"], "1970-01-01T00:00:00Z");
    }
}
