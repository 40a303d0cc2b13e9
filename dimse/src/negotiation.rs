//! Who may talk to us, about what, and in which transfer syntax (PS3.8 7.1.1, PS3.7 Annex D).
//!
//! Pure: a request and the policy give an answer.

use std::collections::BTreeMap;

use dicom_ul::pdu::{
    AbortRQServiceProviderReason as AbortReason, AssociationAC, AssociationRJ,
    AssociationRJResult as RjResult, AssociationRJServiceProviderASCEReason as AcseReason,
    AssociationRJServiceProviderPresentationReason as LimitReason,
    AssociationRJServiceUserReason as UserReason, AssociationRJSource as RjSource, AssociationRQ,
    PresentationContextProposed, PresentationContextResult,
    PresentationContextResultReason as ContextReason, RequestorRoles, UserVariableItem,
};
use interval_core::uid::SyntaxUid;

use crate::ae::AeTitle;
use crate::classes::{self, IMPLICIT_LITTLE_ENDIAN};
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
}

/// An association we agree to.
#[derive(Debug)]
pub struct Agreement {
    /// The title the peer calls itself.
    pub calling: AeTitle,
    /// The title it calls us by.
    pub called: AeTitle,
    /// Accepted presentation contexts by their id.
    pub contexts: BTreeMap<u8, Context>,
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

/// Our answer to a request, as far as the policy decides it.
pub fn negotiate(request: &AssociationRQ, policy: &Policy) -> Result<Agreement, Disagreement> {
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
        let (result, context) = decide(proposed, &roles);
        contexts.extend(context.map(|context| (proposed.id, context)));
        results.push(result);
    }
    let answer = AssociationAC {
        protocol_version: PROTOCOL_VERSION,
        application_context_name: APPLICATION_CONTEXT.into(),
        called_ae_title: request.called_ae_title.clone(),
        calling_ae_title: request.calling_ae_title.clone(),
        presentation_contexts: results,
        user_variables: user_variables(policy.announced_pdu_bytes(), &roles),
    };
    Ok(Agreement { calling, called, contexts, peer_pdu_bytes_max, answer })
}

/// Who we are, how much we take, and the roles of the peer that we agree to (PS3.7 D.3.3).
pub(crate) fn user_variables(
    pdu_bytes: u32,
    roles: &BTreeMap<String, RequestorRoles>,
) -> Vec<UserVariableItem> {
    let mut items = vec![
        UserVariableItem::MaxLength(pdu_bytes),
        UserVariableItem::ImplementationClassUID(IMPLEMENTATION_CLASS_UID.into()),
        UserVariableItem::ImplementationVersionName(IMPLEMENTATION_VERSION_NAME.into()),
    ];
    items.extend(roles.iter().filter(|(class, _)| !classes::syntaxes_of(class).is_empty()).map(
        |(class, proposed)| {
            let accepted = RequestorRoles { scu: proposed.scu, scp: false };
            UserVariableItem::ScuScpRoleSelectionSubItem(class.clone(), accepted)
        },
    ));
    items
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
/// it is. As an acceptor we are a provider only.
fn decide(
    proposed: &PresentationContextProposed,
    roles: &BTreeMap<String, RequestorRoles>,
) -> (PresentationContextResult, Option<Context>) {
    let class = bare(&proposed.abstract_syntax);
    let possible = classes::syntaxes_of(class);
    let is_user = roles.get(class).is_none_or(|roles| roles.scu);
    let chosen = possible
        .iter()
        .find(|ours| proposed.transfer_syntaxes.iter().any(|theirs| bare(theirs) == ours.uid));
    let context = chosen.filter(|_| is_user).and_then(|syntax| {
        Some(Context { class: class.to_owned(), syntax: syntax.uid.parse().ok()? })
    });
    let reason = match (&context, possible.is_empty(), is_user) {
        (Some(_), _, _) => ContextReason::Acceptance,
        (None, true, _) => ContextReason::AbstractSyntaxNotSupported,
        (None, false, false) => ContextReason::UserRejection,
        (None, false, true) => ContextReason::TransferSyntaxesNotSupported,
    };
    // Of a context that is not accepted the syntax means nothing, but the item must be there.
    let transfer_syntax = chosen.map_or(IMPLICIT_LITTLE_ENDIAN, |syntax| syntax.uid).to_owned();
    (PresentationContextResult { id: proposed.id, reason, transfer_syntax }, context)
}
