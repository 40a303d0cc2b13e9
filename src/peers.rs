//! Which DICOM peers may call, and what each may do, with whose images.

use crate::config::peer::{Known, PeerConfig};
use crate::config::{Config, ConfigError};
use interval_core::access::{
    Action, AllowedPatients, Configured, Denied, Grant, Panel, Policy, Principal, Standing, decide,
    panel,
};
use interval_core::patient::PatientPseudonym;
use interval_dimse::Promise;
use interval_dimse::caller::{Admitted, Caller, Gatekeeper, Rejection};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::SystemTime;

/// What each peer is configured for, by its title.
#[derive(Debug, Clone)]
pub struct Peers {
    policy: Policy,
    known: BTreeMap<String, Known>,
    /// For peers that are not in the list.
    others: Configured,
}

impl Peers {
    /// The peers of a configuration. Where none is listed, whoever may open an association may send
    /// in, and nothing more: what comes in tells nobody anything.
    pub fn of(config: &Config) -> Result<Self, ConfigError> {
        let parsed = |(title, peer): (&String, &PeerConfig)| {
            peer.known().map(|known| (title.clone(), known))
        };
        let known: BTreeMap<_, _> = config.peers.iter().map(parsed).collect::<Result<_, _>>()?;
        let others = if known.is_empty() { senders() } else { Configured::default() };
        Ok(Self { policy: Policy::house(), known, others })
    }

    /// Anybody may send in.
    pub fn anybody() -> Self {
        let known = BTreeMap::new();
        Self { policy: Policy::house(), known, others: senders() }
    }

    /// What is known of a peer.
    pub fn known(&self, ae_title: &str) -> Option<&Known> {
        self.known.get(ae_title)
    }

    /// All peers of the list, with their titles.
    pub fn all(&self) -> impl Iterator<Item = (&str, &Known)> {
        self.known.iter().map(|(title, known)| (title.as_str(), known))
    }

    fn principal(&self, ae_title: &str) -> Principal {
        let configured = self.known.get(ae_title).map_or(&self.others, |known| &known.configured);
        Principal::Peer { ae_title: ae_title.to_owned(), configured: configured.clone() }
    }

    /// Whether a peer may send an image of a patient; `None` is somebody we have not met.
    pub fn may_send(
        &self,
        ae_title: &str,
        patient: Option<PatientPseudonym>,
        now: SystemTime,
    ) -> Result<(), Denied> {
        self.grant(ae_title, patient.unwrap_or(PatientPseudonym::NOBODY), Action::Upload, now)
            .map(drop)
    }

    /// Proof that a peer may do something with one patient's data.
    pub fn grant(
        &self,
        ae_title: &str,
        patient: PatientPseudonym,
        action: Action,
        now: SystemTime,
    ) -> Result<Grant, Denied> {
        decide(&self.policy, &self.principal(ae_title), &Standing::none(patient), action, now)
    }

    /// The patients whom a peer may be told of.
    pub fn panel(&self, ae_title: &str, now: SystemTime) -> Result<Panel, Denied> {
        panel(&self.policy, &self.principal(ae_title), now)
    }

    /// Whether the answer depends on the patient.
    pub fn tell_patients_apart(&self) -> bool {
        let apart = |known: &Known| known.configured.patients != AllowedPatients::Everybody;
        self.known.values().any(apart)
    }

    /// Whether a caller is who the list says: from its addresses, with its certificate. Where no
    /// peer is listed, whoever calls is let in.
    pub fn knows(&self, caller: &Caller) -> bool {
        if self.known.is_empty() {
            return true;
        }
        let Some(known) = self.known.get(&caller.origin.calling_ae) else { return false };
        let address: Option<IpAddr> = caller.origin.peer.parse().ok();
        let from = known.calls_from.is_empty()
            || address.is_some_and(|ip| known.calls_from.iter().any(|net| net.contains(ip)));
        let shown = caller.certificate.as_ref().map(|certificate| &certificate.fingerprint);
        let with = known.certificates.is_empty()
            || shown.is_some_and(|print| known.certificates.contains(print));
        from && with
    }
}

impl Gatekeeper for Peers {
    fn admit<'a>(&'a self, caller: &'a Caller) -> Promise<'a, Result<Admitted, Rejection>> {
        Box::pin(async move {
            if self.knows(caller) {
                Ok(Admitted::Unidentified)
            } else {
                Err(Rejection::CallingTitle)
            }
        })
    }
}

fn senders() -> Configured {
    let actions = BTreeSet::from([Action::Upload]);
    Configured { actions, patients: AllowedPatients::Everybody }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUTH: PatientPseudonym = PatientPseudonym(0x11);

    fn peers(text: &str) -> Peers {
        Peers::of(&toml::from_str(text).unwrap()).unwrap()
    }

    #[track_caller]
    fn check(peers: &Peers, title: &str, patient: Option<PatientPseudonym>, may: bool) {
        let said = peers.may_send(title, patient, SystemTime::UNIX_EPOCH);
        assert_eq!(said.is_ok(), may, "{title} {patient:?}: {said:?}");
    }

    #[test]
    fn without_a_list_whoever_calls_may_send() {
        let peers = peers("");
        check(&peers, "CT1", Some(RUTH), true);
        check(&peers, "CT1", None, true);
        assert!(!peers.tell_patients_apart());
    }
    #[test]
    fn with_a_list_whoever_is_not_in_it_may_not() {
        let peers = peers("[peers.PACS]\nactions = ['upload']\npatients = ['*']\n[peers.IDLE]");
        check(&peers, "PACS", Some(RUTH), true);
        check(&peers, "PACS", None, true);
        check(&peers, "IDLE", Some(RUTH), false);
        check(&peers, "CT1", Some(RUTH), false);
    }
    #[test]
    fn a_peer_may_be_kept_to_patients_that_are_known() {
        let text = format!("[peers.TRIAL]\nactions = ['upload']\npatients = ['{RUTH}']");
        let peers = peers(&text);
        check(&peers, "TRIAL", Some(RUTH), true);
        check(&peers, "TRIAL", Some(PatientPseudonym(0x22)), false);
        check(&peers, "TRIAL", None, false);
        assert!(peers.tell_patients_apart());
    }
}
