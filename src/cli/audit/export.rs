//! Records in the form of other systems, into a file or to a receiver.

use super::super::{Ended, Failure};
use super::failure;
use super::reading::{Reader, Which};
use crate::audit::syslog::{self, Sender};
use crate::audit::{SyslogConfig, dicom, fhir};
use crate::store::Store;
use clap::{Args, ValueEnum};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

/// Where and how.
#[derive(Debug, Args)]
pub(super) struct Export {
    /// DICOM messages one a line, FHIR resources one a line, or syslog frames.
    #[arg(long)]
    format: Format,
    /// The file.
    #[arg(long, required_unless_present = "to")]
    out: Option<PathBuf>,
    /// Host and port of a syslog receiver over TLS, instead of a file.
    #[arg(long, requires = "ca")]
    to: Option<String>,
    /// The name in the receiver's certificate; else the host.
    #[arg(long)]
    name: Option<String>,
    /// The authority that signed the receiver's certificate (PEM).
    #[arg(long)]
    ca: Option<PathBuf>,
    #[command(flatten)]
    which: Which,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Dicom,
    Fhir,
    Syslog,
}

impl Export {
    /// Writes or sends, and says how many records.
    pub(super) async fn run(&self, store: &Store, source: &str) -> Result<usize, Failure> {
        let mut reader = Reader::new(store, &self.which)?;
        let mut target = self.target().await?;
        let host = syslog::host();
        let mut count = 0;
        while let Some(records) = reader.batch().await? {
            let mut bytes = Vec::new();
            for record in &records {
                match self.format {
                    Format::Dicom => bytes.extend(dicom::message(record, source).into_bytes()),
                    Format::Fhir => {
                        bytes.extend(fhir::resource(record, source).to_string().bytes());
                    }
                    Format::Syslog => bytes.extend(syslog::frame(record, source, &host)),
                }
                if self.format != Format::Syslog {
                    bytes.push(b'\n');
                }
            }
            count += records.len();
            target.take(&bytes).await?;
        }
        target.finish().await?;
        Ok(count)
    }

    async fn target(&self) -> Result<Target, Failure> {
        match (&self.to, &self.ca, &self.out) {
            (Some(address), Some(ca), _) => {
                if self.format != Format::Syslog {
                    return Err(Failure::refused("only --format syslog can be sent with --to"));
                }
                let host = address.rsplit_once(':').map_or(address.as_str(), |(host, _)| host);
                let config = SyslogConfig {
                    address: address.clone(),
                    name: self.name.clone().unwrap_or_else(|| host.to_owned()),
                    ca: ca.clone(),
                };
                Ok(Target::Peer(Box::new(Sender::connect(&config).await.map_err(failure)?)))
            }
            (_, _, Some(path)) => {
                let refused = |e| Failure::refused(format!("{}: {e}", path.display()));
                Ok(Target::File(BufWriter::new(File::create(path).map_err(refused)?)))
            }
            _ => Err(Failure::refused("say where to: --out FILE, or --to HOST:PORT --ca FILE")),
        }
    }
}

/// Where an export goes.
enum Target {
    File(BufWriter<File>),
    Peer(Box<Sender>),
}

impl Target {
    async fn take(&mut self, bytes: &[u8]) -> Ended {
        match self {
            Self::File(out) => out.write_all(bytes).map_err(Failure::failed),
            Self::Peer(sender) => sender.send(bytes).await.map_err(failure),
        }
    }

    async fn finish(self) -> Ended {
        match self {
            Self::File(mut out) => out.flush().map_err(Failure::failed),
            Self::Peer(sender) => sender.close().await.map_err(failure),
        }
    }
}
