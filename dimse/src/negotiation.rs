//! Who may talk to us, about what, and in which transfer syntax (PS3.8 7.1.1, PS3.7 Annex D).
//!
//! Pure: a request and the policy give an answer.

use std::collections::{BTreeMap, BTreeSet};

use dicom_ul::pdu::{
    AbortRQServiceProviderReason as AbortReason, AssociationAC, AssociationRJ,
    AssociationRJResult as RjResult, AssociationRJServiceProviderASCEReason as AcseReason,
    AssociationRJServiceProviderPresentationReason as LimitReason,
    AssociationRJServiceUserReason as UserReason, AssociationRJSource as RjSource, AssociationRQ,
    PresentationContextProposed, PresentationContextResult,
    PresentationContextResultReason as ContextReason, RequestorRoles, UserIdentityType,
    UserVariableItem,
};
use interval_core::query::Names;
use interval_core::uid::SyntaxUid;

use crate::ae::AeTitle;
use crate::caller::{Identity, Rejection};
use crate::classes::{self, IMPLICIT_LITTLE_ENDIAN, Service};
use crate::policy::Policy;
use crate::{IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME};

/// DICOM Application Context Name (PS3.7 A.2.1).
pub(crate) const APPLICATION_CONTEXT: &str = "1.2.840.10008.3.1.1.1";

/// Protocol version 1, bit 0 of the field (PS3.8 9.3.2).
pub(crate) const PROTOCOL_VERSION: u16 = 1;

/// Smallest PDU of a peer that holds a fragment of two bytes: a header of 6, and fragments of even
/// length (PS3.8 9.3.5.1).
const PEER_PDU_BYTES_MIN: u32 = 8;

/// What may be said on a presentation context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// SOP Class UID: abstract syntax.
    pub class: String,
    /// How data sets are encoded on it.
    pub syntax: SyntaxUid,
    /// What the peer is on it.
    pub peer: PeerRole,
}

/// What the peer is on a presentation context (PS3.7 D.3.3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeerRole {
    /// It asks and we answer, as is usual.
    User,
    /// We ask and it answers.
    Provider,
    /// Both may ask.
    Both,
}

/// What was agreed about questions beyond the presentation context (PS3.4 C.5.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Extended {
    /// Whether a question may do without the keys of the levels above its own.
    pub relational: Relational,
    /// How person names match.
    pub names: Names,
}

/// Whether relational queries were agreed (PS3.4 C.4.1.2.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Relational {
    /// Nobody asked for them.
    #[default]
    NotAgreed,
    /// They were.
    Agreed,
}

/// A user identity as it was sent, and whether the peer wants to hear that it is believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Introduction {
    /// Who the user is said to be.
    pub identity: Identity,
    /// Whether an answer was asked for.
    pub confirmation: Confirmation,
}

/// Whether a requestor wants a user identity to be confirmed (PS3.7 D.3.3.7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmation {
    /// It does, and may go away without.
    Wanted,
    /// It does not.
    NotWanted,
}

/// Item type of the server response to a user identity (PS3.7 D.3.3.7.2).
const USER_IDENTITY_AC: u8 = 0x59;

/// An association we agree to.
#[derive(Debug)]
pub struct Agreement {
    /// The title the peer calls itself.
    pub calling: AeTitle,
    /// The title it calls us by.
    pub called: AeTitle,
    /// Accepted presentation contexts by their id.
    pub contexts: BTreeMap<u8, Context>,
    /// What was agreed for query and retrieve classes, by class.
    pub extended: BTreeMap<String, Extended>,
    /// Who the user is said to be.
    pub introduction: Option<Introduction>,
    /// Largest P-DATA-TF PDU the peer takes, in bytes; 0 means any (PS3.8 D.1.1).
    pub peer_pdu_bytes_max: u32,
    /// What we answer.
    pub answer: AssociationAC,
}

/// Why we do not agree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Disagreement {
    /// The peer speaks another version of the protocol.
    #[error("the peer speaks protocol version {0:#06x}")]
    Protocol(u16),
    /// The peer wants something besides DICOM.
    #[error("the application context {0} is not DICOM's")]
    ApplicationContext(String),
    /// The request calls somebody else.
    #[error("we are not called {0:?}")]
    Called(String),
    /// Who calls is not on our list.
    #[error("{0:?} may not call us")]
    Calling(String),
    /// No presentation context was proposed.
    #[error("no presentation context was proposed")]
    NoContexts,
    /// The peer's PDUs are too small to say anything.
    #[error("the peer takes PDUs of {0} bytes at most")]
    TinyPdus(u32),
    /// Presentation contexts whose ids are even or not unique.
    #[error("the presentation context id {0} is even or was used twice")]
    ContextId(u8),
    /// The host does not let it in.
    #[error("the host does not let {calling} in: {rejection:?}")]
    NotAdmitted {
        /// Its title.
        calling: AeTitle,
        /// What it is told.
        rejection: Rejection,
    },
    /// All seats are taken.
    #[error("as many associations as we bear are open")]
    Full,
}

/// How a disagreement is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Farewell {
    Reject(AssociationRJ),
    Abort(AbortReason),
}

impl Disagreement {
    /// The PDU for it (PS3.8 9.3.4 and table 9-21).
    pub(crate) fn farewell(&self) -> Farewell {
        let permanent = |source| AssociationRJ { result: RjResult::Permanent, source };
        Farewell::Reject(match self {
            Disagreement::Protocol(_) => {
                permanent(RjSource::ServiceProviderASCE(AcseReason::ProtocolVersionNotSupported))
            }
            Disagreement::ApplicationContext(_) => {
                permanent(RjSource::ServiceUser(UserReason::ApplicationContextNameNotSupported))
            }
            Disagreement::Called(_) => {
                permanent(RjSource::ServiceUser(UserReason::CalledAETitleNotRecognized))
            }
            Disagreement::Calling(_) => {
                permanent(RjSource::ServiceUser(UserReason::CallingAETitleNotRecognized))
            }
            Disagreement::NotAdmitted { rejection, .. } => return rejection.farewell(),
            Disagreement::NoContexts | Disagreement::TinyPdus(_) => {
                permanent(RjSource::ServiceUser(UserReason::NoReasonGiven))
            }
            Disagreement::Full => AssociationRJ {
                result: RjResult::Transient,
                source: RjSource::ServiceProviderPresentation(LimitReason::LocalLimitExceeded),
            },
            Disagreement::ContextId(_) => return Farewell::Abort(AbortReason::InvalidPduParameter),
        })
    }
}

impl Rejection {
    /// The PDU for it (PS3.8 table 9-21).
    fn farewell(self) -> Farewell {
        let user = |reason| AssociationRJ {
            result: RjResult::Permanent,
            source: RjSource::ServiceUser(reason),
        };
        Farewell::Reject(match self {
            Rejection::CallingTitle => user(UserReason::CallingAETitleNotRecognized),
            Rejection::CalledTitle => user(UserReason::CalledAETitleNotRecognized),
            Rejection::Unsaid => user(UserReason::NoReasonGiven),
            Rejection::Later => AssociationRJ {
                result: RjResult::Transient,
                source: RjSource::ServiceProviderPresentation(LimitReason::TemporaryCongestion),
            },
        })
    }
}

impl Agreement {
    /// Whether nothing but echoes can come on it.
    pub(crate) fn is_for_verification(&self) -> bool {
        self.contexts.values().all(|context| context.class == classes::VERIFICATION)
    }

    /// Tells the requestor that its user identity is believed, if it wants to know (PS3.7
    /// D.3.3.7.2). For a name, a password or a token the response is empty.
    pub(crate) fn confirm(&mut self) {
        let wanted =
            |introduction: &Introduction| introduction.confirmation == Confirmation::Wanted;
        if self.introduction.as_ref().is_some_and(wanted) {
            let response = UserVariableItem::Unknown(USER_IDENTITY_AC, vec![0, 0]);
            self.answer.user_variables.push(response);
        }
    }
}

/// Our answer to a request, as far as the policy and what the host offers decide it.
pub fn negotiate(
    request: &AssociationRQ,
    policy: &Policy,
    offered: &BTreeSet<Service>,
) -> Result<Agreement, Disagreement> {
    if request.protocol_version & PROTOCOL_VERSION == 0 {
        return Err(Disagreement::Protocol(request.protocol_version));
    }
    if bare(&request.application_context_name) != APPLICATION_CONTEXT {
        return Err(Disagreement::ApplicationContext(request.application_context_name.clone()));
    }
    check_context_ids(&request.presentation_contexts)?;
    let called = title(&request.called_ae_title)
        .filter(|called| policy.called.contains(called))
        .ok_or_else(|| Disagreement::Called(request.called_ae_title.clone()))?;
    let calling = title(&request.calling_ae_title)
        .filter(|calling| policy.calling.is_empty() || policy.calling.contains(calling))
        .ok_or_else(|| Disagreement::Calling(request.calling_ae_title.clone()))?;
    let peer_pdu_bytes_max = peer_pdu_bytes_max(&request.user_variables);
    if (1..PEER_PDU_BYTES_MIN).contains(&peer_pdu_bytes_max) {
        return Err(Disagreement::TinyPdus(peer_pdu_bytes_max));
    }

    let roles = roles(&request.user_variables);
    let mut contexts = BTreeMap::new();
    let mut results = Vec::with_capacity(request.presentation_contexts.len());
    for proposed in &request.presentation_contexts {
        let (result, context) = decide(proposed, &roles, offered);
        contexts.extend(context.map(|context| (proposed.id, context)));
        results.push(result);
    }
    let extended = extended(&request.user_variables, offered);
    let mut user_variables = user_variables(policy.announced_pdu_bytes());
    user_variables.extend(granted_roles(&roles, offered));
    user_variables.extend(extended.iter().map(|(class, (answer, _))| {
        UserVariableItem::SopClassExtendedNegotiationSubItem(class.clone(), answer.clone())
    }));
    let answer = AssociationAC {
        protocol_version: PROTOCOL_VERSION,
        application_context_name: APPLICATION_CONTEXT.into(),
        called_ae_title: request.called_ae_title.clone(),
        calling_ae_title: request.calling_ae_title.clone(),
        presentation_contexts: results,
        user_variables,
    };
    let extended = extended.into_iter().map(|(class, (_, agreed))| (class, agreed)).collect();
    let introduction = introduction(&request.user_variables);
    Ok(Agreement { calling, called, contexts, extended, introduction, peer_pdu_bytes_max, answer })
}

/// Who we are and how much we take (PS3.7 D.3.3.1, D.3.3.2).
pub(crate) fn user_variables(pdu_bytes: u32) -> Vec<UserVariableItem> {
    vec![
        UserVariableItem::MaxLength(pdu_bytes),
        UserVariableItem::ImplementationClassUID(IMPLEMENTATION_CLASS_UID.into()),
        UserVariableItem::ImplementationVersionName(IMPLEMENTATION_VERSION_NAME.into()),
    ]
}

/// The roles that a peer may have for a class, where the host offers its service.
fn possible_roles(class: &str, offered: &BTreeSet<Service>) -> RequestorRoles {
    let of = |user: &[Service], provider: &[Service]| RequestorRoles {
        scu: user.iter().any(|service| offered.contains(service)),
        scp: provider.iter().any(|service| offered.contains(service)),
    };
    if classes::is_storage(class) {
        // Where objects can be had by C-GET, their receiver is a provider of storage.
        return RequestorRoles { scu: true, scp: offered.contains(&Service::Get) };
    }
    match classes::service_of(class) {
        Some(Service::Commitment | Service::CommitmentReports) => {
            of(&[Service::Commitment], &[Service::CommitmentReports])
        }
        Some(service) => of(&[service], &[]),
        None => RequestorRoles { scu: class == classes::VERIFICATION, scp: false },
    }
}

/// The roles that we agree to, for the classes for which roles were proposed (PS3.7 D.3.3.4).
fn granted_roles(
    proposed: &BTreeMap<String, RequestorRoles>,
    offered: &BTreeSet<Service>,
) -> Vec<UserVariableItem> {
    let granted = proposed.iter().filter_map(|(class, proposed)| {
        let possible = possible_roles(class, offered);
        let granted =
            RequestorRoles { scu: proposed.scu && possible.scu, scp: proposed.scp && possible.scp };
        let is_known = possible.scu || possible.scp;
        is_known.then(|| UserVariableItem::ScuScpRoleSelectionSubItem(class.clone(), granted))
    });
    granted.collect()
}

/// What is agreed beyond the presentation contexts, with the bytes that say so (PS3.4 C.5.1.1,
/// C.5.2.1, C.5.3.1). Combined date and time matching, time zones and enhanced multi-frame
/// conversion are not done here, and that is said.
fn extended(
    items: &[UserVariableItem],
    offered: &BTreeSet<Service>,
) -> BTreeMap<String, (Vec<u8>, Extended)> {
    let asked = items.iter().filter_map(|item| match item {
        UserVariableItem::SopClassExtendedNegotiationSubItem(class, bytes) => {
            Some((bare(class), bytes))
        }
        _ => None,
    });
    let mut agreed = BTreeMap::new();
    for (class, bytes) in asked {
        let service = classes::service_of(class).filter(|service| offered.contains(service));
        let is_asked = |index: usize| bytes.get(index) == Some(&1);
        let (relational, fuzzy) = match service {
            Some(Service::Find) => (is_asked(0), is_asked(2)),
            Some(Service::Move | Service::Get) => (is_asked(0), false),
            _ => continue,
        };
        let answer = [u8::from(relational), 0, u8::from(fuzzy), 0, 0];
        let answer = answer[..bytes.len().min(answer.len())].to_vec();
        let relational = if relational { Relational::Agreed } else { Relational::NotAgreed };
        let names = if fuzzy { Names::Fuzzy } else { Names::Literal };
        agreed.insert(class.to_owned(), (answer, Extended { relational, names }));
    }
    agreed
}

/// Who the user is said to be (PS3.7 D.3.3.7).
fn introduction(items: &[UserVariableItem]) -> Option<Introduction> {
    let item = items.iter().find_map(|item| match item {
        UserVariableItem::UserIdentityItem(item) => Some(item),
        _ => None,
    })?;
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let primary = item.primary_field();
    let identity = match item.identity_type() {
        UserIdentityType::Username => Identity::Username(text(primary)),
        UserIdentityType::UsernamePassword => {
            Identity::Password { username: text(primary), password: item.secondary_field() }
        }
        UserIdentityType::Jwt => Identity::Jwt(text(primary)),
        UserIdentityType::KerberosServiceTicket => Identity::Other(3),
        UserIdentityType::SamlAssertion => Identity::Other(4),
        _ => Identity::Other(0),
    };
    let confirmation = if item.positive_response_requested() {
        Confirmation::Wanted
    } else {
        Confirmation::NotWanted
    };
    Some(Introduction { identity, confirmation })
}

/// A UID without the padding that some devices send.
fn bare(uid: &str) -> &str {
    uid.trim_end_matches(['\0', ' '])
}

fn title(text: &str) -> Option<AeTitle> {
    text.parse().ok()
}

/// Ids are odd and unique (PS3.8 9.3.2.2), hence 128 at most.
fn check_context_ids(proposed: &[PresentationContextProposed]) -> Result<(), Disagreement> {
    let mut seen = [false; 256];
    for context in proposed {
        let seen = &mut seen[usize::from(context.id)];
        if *seen || context.id % 2 == 0 {
            return Err(Disagreement::ContextId(context.id));
        }
        *seen = true;
    }
    if proposed.is_empty() { Err(Disagreement::NoContexts) } else { Ok(()) }
}

fn peer_pdu_bytes_max(items: &[UserVariableItem]) -> u32 {
    let stated = items.iter().find_map(|item| match item {
        UserVariableItem::MaxLength(bytes) => Some(*bytes),
        _ => None,
    });
    stated.unwrap_or(0)
}

/// The roles a requestor asks for; a class that it does not name has it as user (PS3.7 D.3.3.4).
fn roles(items: &[UserVariableItem]) -> BTreeMap<String, RequestorRoles> {
    let asked = items.iter().filter_map(|item| match item {
        UserVariableItem::ScuScpRoleSelectionSubItem(class, roles) => {
            Some((bare(class).to_owned(), *roles))
        }
        _ => None,
    });
    asked.collect()
}

/// One presentation context: the class decides which syntaxes are possible, our order which one
/// it is, and what the host offers which roles the peer may have on it.
fn decide(
    proposed: &PresentationContextProposed,
    roles: &BTreeMap<String, RequestorRoles>,
    offered: &BTreeSet<Service>,
) -> (PresentationContextResult, Option<Context>) {
    let class = bare(&proposed.abstract_syntax);
    let possible = possible_roles(class, offered);
    let is_known = possible.scu || possible.scp;
    let asked = roles.get(class).copied().unwrap_or(RequestorRoles { scu: true, scp: false });
    let peer = match (asked.scu && possible.scu, asked.scp && possible.scp) {
        (true, true) => Some(PeerRole::Both),
        (true, false) => Some(PeerRole::User),
        (false, true) => Some(PeerRole::Provider),
        (false, false) => None,
    };
    let chosen = classes::syntaxes_of(class)
        .iter()
        .filter(|_| is_known)
        .find(|ours| proposed.transfer_syntaxes.iter().any(|theirs| bare(theirs) == ours.uid));
    let context = chosen.zip(peer).and_then(|(syntax, peer)| {
        Some(Context { class: class.to_owned(), syntax: syntax.uid.parse().ok()?, peer })
    });
    let reason = match (&context, is_known, peer) {
        (Some(_), ..) => ContextReason::Acceptance,
        (None, false, _) => ContextReason::AbstractSyntaxNotSupported,
        (None, true, None) => ContextReason::UserRejection,
        (None, true, Some(_)) => ContextReason::TransferSyntaxesNotSupported,
    };
    // Of a context that is not accepted the syntax means nothing, but the item must be there.
    let transfer_syntax = chosen.map_or(IMPLICIT_LITTLE_ENDIAN, |syntax| syntax.uid).to_owned();
    (PresentationContextResult { id: proposed.id, reason, transfer_syntax }, context)
}
