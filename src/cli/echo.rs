//! `interval echo`: is the peer there?

use super::{Ended, Failure};
use clap::Args;
use interval_dimse::scu;

/// Ask a DICOM peer whether it answers (C-ECHO).
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  interval echo 127.0.0.1:4242 ORTHANC")]
pub struct Echo {
    /// Host and port.
    address: String,
    /// The peer's application entity title.
    called: String,
    /// Our application entity title.
    #[arg(long = "ae", default_value = "INTERVAL")]
    calling: String,
}

/// The peer of a command.
pub(super) fn peer(address: &str, calling: &str, called: &str) -> Result<scu::Peer, Failure> {
    let title = |text: &str| text.parse().map_err(|e| Failure::refused(format!("{text}: {e}")));
    Ok(scu::Peer {
        address: address.to_owned(),
        calling: title(calling)?,
        called: title(called)?,
        timeouts: scu::Timeouts::default(),
        tls: None,
    })
}

impl Echo {
    pub(super) async fn run(self) -> Ended {
        let peer = peer(&self.address, &self.calling, &self.called)?;
        scu::echo(&peer).await.map_err(|error| Failure {
            fault: error.fault(),
            message: crate::pipeline::sentence(&error),
        })?;
        println!("{} answers", self.called);
        Ok(())
    }
}
