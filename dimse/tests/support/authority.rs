//! An authority of certificates that lives as long as a test.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use interval_dimse::tls::{self, Client, Floor};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::sign::CertifiedKey;

pub struct Authority {
    pub pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate and its key, in PEM.
pub struct Papers {
    pub certificate: String,
    pub key: String,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        // A subject like that of what it signs would make that look signed by itself.
        params.distinguished_name.push(DnType::CommonName, "authority of a test");
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { pem, issuer: Issuer::new(params, key) }
    }

    pub fn papers(&self, name: &str) -> Papers {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap().pem();
        Papers { certificate, key: key.serialize_pem() }
    }

    /// How the node on this machine is spoken to by who trusts this authority.
    pub fn client(&self, identity: Option<Arc<CertifiedKey>>, floor: Floor) -> Client {
        Client::new((self.pem.as_bytes(), "127.0.0.1"), identity, floor).unwrap()
    }
}

impl Papers {
    pub fn identity(&self) -> Arc<CertifiedKey> {
        tls::identity(self.certificate.as_bytes(), self.key.as_bytes()).unwrap()
    }

    /// Writes both into a folder: certificate, key.
    pub fn write(&self, folder: &Path, name: &str) -> (PathBuf, PathBuf) {
        let (certificate, key) =
            (folder.join(format!("{name}.cert.pem")), folder.join(format!("{name}.key.pem")));
        std::fs::write(&certificate, &self.certificate).unwrap();
        std::fs::write(&key, &self.key).unwrap();
        (certificate, key)
    }
}
