//! What a conformance statement says of this part (PS3.2 Annex N), as tables of the constants that
//! the code uses: a text that is made of them cannot say anything else.

use crate::classes::{self, Service};
use crate::command::COMMAND_BYTES_MAX;
use crate::identifier::{DATA_SET_BYTES_MAX, DEPTH_MAX, ELEMENTS_MAX};
use crate::policy::{INSTANCE_BYTES_MAX, PDU_BYTES_MAX, PDU_BYTES_MIN};
use crate::scu::MATCHES_MAX;
use crate::status::Status;

/// What we are for a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Service class user.
    User,
    /// Service class provider.
    Provider,
    /// Both.
    Both,
}

/// A status and when it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Given {
    /// The status.
    pub status: Status,
    /// When.
    pub when: &'static str,
}

/// One service.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Its name.
    pub name: &'static str,
    /// Its operations, as PS3.7 spells them.
    pub operations: &'static str,
    /// What its SOP classes are in [`classes::SERVICES`]; nothing for verification and storage.
    pub service: Option<Service>,
    /// What we are.
    pub role: Role,
    /// Transfer syntaxes, the one we like best first.
    pub syntaxes: &'static [classes::TransferSyntax],
    /// What we answer, as a provider.
    pub statuses: &'static [Given],
}

const fn given(status: Status, when: &'static str) -> Given {
    Given { status, when }
}

const STORE: &[Given] = &[
    given(Status::SUCCESS, "the object is durable"),
    given(Status::COERCED, "kept beside another object of the same UID"),
    given(Status::INVALID_ARGUMENT, "the SOP class UID is not valid"),
    given(Status::INVALID_INSTANCE, "the SOP instance UID is not valid"),
    given(Status::CLASS_NOT_SUPPORTED, "not the class of the presentation context"),
    given(Status::NOT_AUTHORISED, "the caller may not send this"),
    given(Status::OUT_OF_RESOURCES, "too large, or no room now"),
    given(Status::DOES_NOT_MATCH_CLASS, "the data set is not the announced object"),
    given(Status::CANNOT_UNDERSTAND, "the data set is empty or cannot be read"),
    given(Status::PROCESSING_FAILURE, "a defect of this node"),
];

const FIND: &[Given] = &[
    given(Status::PENDING, "a match"),
    given(Status::PENDING_KEYS_UNSUPPORTED, "a match; a key is not supported and comes back empty"),
    given(Status::SUCCESS, "all matches were given"),
    given(Status::CANCELLED, "cancelled by the user"),
    given(Status::OUT_OF_RESOURCES, "no room for the question now"),
    given(Status::DOES_NOT_MATCH_CLASS, "the identifier does not fit the information model"),
    given(Status::CANNOT_UNDERSTAND, "the identifier or a value cannot be understood"),
    given(Status::NOT_AUTHORISED, "the caller may not ask this"),
];

const RETRIEVE: &[Given] = &[
    given(Status::PENDING, "sub-operations go on"),
    given(Status::SUCCESS, "all sub-operations went well"),
    given(Status::SOME_FAILED, "some sub-operations failed or had warnings"),
    given(Status::CANCELLED, "cancelled by the user"),
    given(Status::CANNOT_COUNT, "what is asked for cannot be found now"),
    given(Status::CANNOT_PERFORM, "no sub-operation could be performed"),
    given(Status::UNKNOWN_DESTINATION, "the move destination is not known (C-MOVE)"),
    given(Status::DOES_NOT_MATCH_CLASS, "the identifier does not fit the information model"),
    given(Status::CANNOT_UNDERSTAND, "the identifier cannot be understood"),
    given(Status::NOT_AUTHORISED, "the caller may not have this"),
];

const COMMITMENT: &[Given] = &[
    given(Status::SUCCESS, "the request, or the report, is taken"),
    given(Status::INVALID_ATTRIBUTE, "an attribute is not valid"),
    given(Status::NO_SUCH_INSTANCE, "not the well-known instance; or nobody waits for the report"),
    given(Status::NO_SUCH_EVENT_TYPE, "there is no such event"),
    given(Status::NO_SUCH_ACTION, "there is no such action"),
    given(Status::MISSING_ATTRIBUTE, "an attribute is missing"),
    given(Status::CLASS_NOT_SUPPORTED, "not offered in that role"),
    given(Status::RESOURCE_LIMITATION, "too many requests of one association wait"),
];

const AVAILABILITY: &[Given] = &[
    given(Status::SUCCESS, "the notice is taken"),
    given(Status::INVALID_ATTRIBUTE, "an attribute is not valid"),
    given(Status::MISSING_ATTRIBUTE, "an attribute is missing"),
];

/// Failure Reasons (0008,1197) of a storage commitment report (PS3.3 C.14.1.1).
pub const COMMITMENT_FAILURES: &[Given] = &[
    given(Status::PROCESSING_FAILURE, "it cannot be promised"),
    given(Status::NO_SUCH_INSTANCE, "the object is not here"),
    given(Status::CLASS_INSTANCE_CONFLICT, "the object is here with another SOP class"),
];

/// Every service of this part.
pub const ENTRIES: &[Entry] = &[
    Entry {
        name: "Verification",
        operations: "C-ECHO",
        service: None,
        role: Role::Both,
        syntaxes: classes::PLAIN_SYNTAXES,
        statuses: &[given(Status::SUCCESS, "we are here")],
    },
    Entry {
        name: "Storage",
        operations: "C-STORE",
        service: None,
        role: Role::Both,
        syntaxes: classes::SYNTAXES,
        statuses: STORE,
    },
    Entry {
        name: "Query",
        operations: "C-FIND",
        service: Some(Service::Find),
        role: Role::Both,
        syntaxes: classes::PLAIN_SYNTAXES,
        statuses: FIND,
    },
    Entry {
        name: "Retrieve",
        operations: "C-GET",
        service: Some(Service::Get),
        role: Role::Both,
        syntaxes: classes::PLAIN_SYNTAXES,
        statuses: RETRIEVE,
    },
    Entry {
        name: "Retrieve",
        operations: "C-MOVE",
        service: Some(Service::Move),
        role: Role::Both,
        syntaxes: classes::PLAIN_SYNTAXES,
        statuses: RETRIEVE,
    },
    Entry {
        name: "Storage Commitment",
        operations: "N-ACTION, N-EVENT-REPORT",
        service: Some(Service::Commitment),
        role: Role::Both,
        syntaxes: classes::PLAIN_SYNTAXES,
        statuses: COMMITMENT,
    },
    Entry {
        name: "Instance Availability Notification",
        operations: "N-CREATE",
        service: Some(Service::Availability),
        role: Role::Provider,
        syntaxes: classes::PLAIN_SYNTAXES,
        statuses: AVAILABILITY,
    },
];

/// The bytes of an extended negotiation for C-FIND, and whether each is done (PS3.4 C.5.1.1).
pub const EXTENDED: &[(&str, Done)] = &[
    ("relational queries", Done::Yes),
    ("combined date and time matching", Done::No),
    ("fuzzy semantic matching of person names", Done::Yes),
    ("timezone query adjustment", Done::No),
    ("enhanced multi-frame image conversion", Done::No),
];

/// Whether something is done here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// It is.
    Yes,
    /// It is not, and the answer to who asks for it says so.
    No,
}

/// A limit that a peer may meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Of what.
    pub of: &'static str,
    /// How much.
    pub value: u64,
    /// In what.
    pub unit: &'static str,
}

const fn limit(of: &'static str, value: u64, unit: &'static str) -> Limit {
    Limit { of, value, unit }
}

/// Limits that no configuration changes, besides those of [`Policy`](crate::policy::Policy).
pub const LIMITS: &[Limit] = &[
    limit("smallest P-DATA-TF PDU that is announced", PDU_BYTES_MIN as u64, "bytes"),
    limit("largest P-DATA-TF PDU that is announced", PDU_BYTES_MAX as u64, "bytes"),
    limit("command set", COMMAND_BYTES_MAX as u64, "bytes"),
    limit("identifier or attribute list", DATA_SET_BYTES_MAX as u64, "bytes"),
    limit("elements of an identifier or attribute list", ELEMENTS_MAX as u64, "elements"),
    limit("nesting of an identifier or attribute list", DEPTH_MAX as u64, "levels"),
    limit("object", INSTANCE_BYTES_MAX, "bytes"),
    limit("matches that are taken from a peer", MATCHES_MAX as u64, "matches"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_service_class_belongs_to_an_entry() {
        for class in classes::SERVICES {
            let mut entries = ENTRIES.iter();
            assert!(entries.any(|entry| entry.service == Some(class.service)), "{}", class.name);
        }
    }

    #[test]
    fn no_status_is_listed_twice_for_a_service() {
        for entry in ENTRIES {
            let mut statuses: Vec<_> = entry.statuses.iter().map(|given| given.status.0).collect();
            statuses.sort_unstable();
            assert!(statuses.windows(2).all(|pair| pair[0] != pair[1]), "{}", entry.operations);
        }
    }
}
