//! Which DICOM peers may send us images, and of whom.

use crate::config::scope::ScopeConfig;
use crate::config::{Config, ConfigError};
use interval_core::access::{
    Action, AllowedPatients, Configured, Denied, Policy, Principal, Standing, decide,
};
use interval_core::patient::PatientPseudonym;
use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

/// What each peer is configured for, by its title.
#[derive(Debug, Clone)]
pub struct Peers {
    policy: Policy,
    configured: BTreeMap<String, Configured>,
    /// For peers that are not in the list.
    others: Configured,
}

impl Peers {
    /// The peers of a configuration. Where none is listed, whoever may open an association may send
    /// in, and nothing more: what comes in tells nobody anything.
    pub fn of(config: &Config) -> Result<Self, ConfigError> {
        let parsed = |(title, scope): (&String, &ScopeConfig)| {
            scope.configured().map(|configured| (title.clone(), configured))
        };
        let configured: BTreeMap<_, _> =
            config.peers.iter().map(parsed).collect::<Result<_, _>>()?;
        let others = if configured.is_empty() { senders() } else { Configured::default() };
        Ok(Self { policy: Policy::house(), configured, others })
    }

    /// Anybody may send in.
    pub fn anybody() -> Self {
        let configured = BTreeMap::new();
        Self { policy: Policy::house(), configured, others: senders() }
    }

    /// Whether a peer may send an image of a patient; `None` is somebody we have not met.
    pub fn may_send(
        &self,
        ae_title: &str,
        patient: Option<PatientPseudonym>,
        now: SystemTime,
    ) -> Result<(), Denied> {
        let configured = self.configured.get(ae_title).unwrap_or(&self.others).clone();
        let principal = Principal::Peer { ae_title: ae_title.to_owned(), configured };
        let standing = Standing::none(patient.unwrap_or(PatientPseudonym::NOBODY));
        decide(&self.policy, &principal, &standing, Action::Upload, now).map(drop)
    }

    /// Whether the answer depends on the patient.
    pub fn tell_patients_apart(&self) -> bool {
        let apart = |configured: &Configured| configured.patients != AllowedPatients::Everybody;
        self.configured.values().any(apart)
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
