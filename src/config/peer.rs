//! A DICOM application that we know: who it is, where it is, what it may do.

use super::ConfigError;
use super::scope::ScopeConfig;
use interval_core::access::Configured;
use interval_core::digest::Digest;
use serde::Deserialize;
use std::net::IpAddr;
use std::str::FromStr;

/// One peer, by its title.
#[derive(Debug, Clone, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct PeerConfig {
    /// What it may do, in the words of the access policy; empty means nothing.
    pub actions: Vec<String>,
    /// For which patients, by pseudonym, or `*` for all; empty means nobody.
    pub patients: Vec<String>,
    /// Host and port where it listens: for moves to it, and for what is asked of it.
    pub address: Option<String>,
    /// Addresses and networks from which it calls, as in `10.0.0.5` or `10.0.0.0/24`; empty means
    /// any.
    pub calls_from: Vec<String>,
    /// SHA-256 fingerprints of its certificates; with them it has to call by TLS.
    pub certificates: Vec<String>,
    /// It is called by TLS, as `[dimse_tls]` says.
    pub tls: bool,
    /// The name in its certificate, where that is not the host of its address.
    pub tls_name: Option<String>,
    /// It may be asked how many instances a study has that it sends.
    pub counts: bool,
    /// Earlier studies of a patient are fetched from it.
    pub priors: bool,
}

/// A peer, parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// What it may do.
    pub configured: Configured,
    /// Where it listens.
    pub address: Option<String>,
    /// From where it calls.
    pub calls_from: Vec<Network>,
    /// Fingerprints of its certificates.
    pub certificates: Vec<Digest>,
    /// The name in its certificate, where it is called by TLS.
    pub tls_name: Option<String>,
    /// Whether it is asked for counts.
    pub counts: Asked,
    /// Whether it is asked for earlier studies.
    pub priors: Asked,
}

/// Whether a peer is asked something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// It is.
    Yes,
    /// It is not.
    No,
}

impl From<bool> for Asked {
    fn from(asked: bool) -> Self {
        if asked { Self::Yes } else { Self::No }
    }
}

impl PeerConfig {
    fn name(&self) -> String {
        let host = self.address.as_deref().unwrap_or_default();
        let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
        self.tls_name.clone().unwrap_or_else(|| host.trim_matches(['[', ']']).to_owned())
    }

    /// The same, parsed.
    pub fn known(&self) -> Result<Known, ConfigError> {
        let scope = ScopeConfig { actions: self.actions.clone(), patients: self.patients.clone() };
        let wrong = |text: &String| ConfigError::Peer(text.clone());
        let network = |text: &String| text.parse().map_err(|NotANetwork| wrong(text));
        let print = |text: &String| {
            let plain = text.replace(':', "").to_lowercase();
            plain.parse().map_err(|_| wrong(text))
        };
        let asks = self.counts || self.priors;
        if asks && self.address.is_none() {
            return Err(ConfigError::Peer("counts and priors need an address".into()));
        }
        Ok(Known {
            configured: scope.configured()?,
            address: self.address.clone(),
            tls_name: self.tls.then(|| self.name()),
            calls_from: self.calls_from.iter().map(network).collect::<Result<_, _>>()?,
            certificates: self.certificates.iter().map(print).collect::<Result<_, _>>()?,
            counts: self.counts.into(),
            priors: self.priors.into(),
        })
    }
}

/// A network, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

/// The text is no network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotANetwork;

impl Network {
    /// Whether an address is within.
    pub fn contains(self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                same_start(u32::from(own).into(), u32::from(other).into(), 32 - self.bits)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                same_start(own.into(), other.into(), 128 - self.bits)
            }
            _ => false,
        }
    }
}

fn same_start(one: u128, other: u128, free_bits: u8) -> bool {
    let high = |bits: u128| bits.checked_shr(free_bits.into()).unwrap_or(0);
    high(one) == high(other)
}

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse().map_err(|_| NotANetwork)?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| NotANetwork)?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        if bits > most { Err(NotANetwork) } else { Ok(Self { address, bits }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(network: &str, address: &str, within: bool) {
        let network: Network = network.parse().unwrap();
        assert_eq!(network.contains(address.parse().unwrap()), within, "{address}");
    }

    #[test]
    fn a_network_is_known_by_its_first_bits() {
        check("10.0.0.0/24", "10.0.0.255", true);
        check("10.0.0.0/24", "10.0.1.0", false);
        check("10.0.0.5", "10.0.0.5", true);
        check("10.0.0.5", "10.0.0.6", false);
        check("0.0.0.0/0", "192.168.7.9", true);
        check("10.0.0.5", "::ffff:10.0.0.5", true);
        check("fd00::/8", "fd12::1", true);
        check("::/0", "fe80::1", true);
        check("10.0.0.0/8", "fd12::1", false);
    }
    #[test]
    fn what_is_no_network_is_refused() {
        for text in ["", "pacs", "10.0.0.0/33", "10.0.0.0/x", "10.0.0"] {
            assert_eq!(text.parse::<Network>(), Err(NotANetwork), "{text}");
        }
    }
    #[test]
    fn a_peer_without_an_address_cannot_be_asked() {
        let asked: PeerConfig = toml::from_str("priors = true").unwrap();
        assert!(matches!(asked.known(), Err(ConfigError::Peer(_))));
        let print = "AB:".repeat(31) + "CD";
        let text = format!("certificates = ['{print}']\naddress = 'pacs:104'\ncounts = true");
        let known = toml::from_str::<PeerConfig>(&text).unwrap().known().unwrap();
        assert_eq!(
            (known.certificates.len(), known.counts, known.priors),
            (1, Asked::Yes, Asked::No)
        );
    }
}
