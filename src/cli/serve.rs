//! `interval serve`: the node.

use super::{Ended, Failure, fail};
use crate::config::{Config, ConfigError, Destination};
use crate::node::{Node, NodeError};
use clap::Args;
use interval_core::fault::Fault;
use std::net::SocketAddr;
use std::path::PathBuf;
use tokio::signal::unix::{SignalKind, signal};

/// Run the node: receive studies by DICOM, analyse them, send the results home.
///
/// Settings come from a file (`--config interval.toml`); options on the command line go first.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  interval serve --data /var/lib/interval --listen 0.0.0.0:11112 \
                        --ae INTERVAL --send-to pacs=10.0.0.5:104:PACS"
)]
pub struct Serve {
    /// Settings file.
    #[arg(long, env = "INTERVAL_CONFIG")]
    config: Option<PathBuf>,
    /// Folder of the database, the objects and the keys.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Address and port for DICOM; port 0 means any free one.
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// Our application entity title.
    #[arg(long = "ae")]
    ae_title: Option<String>,
    /// Seconds without a new instance after which a study is complete.
    #[arg(long)]
    quiet_period_s: Option<u64>,
    /// Where results go, as NAME=HOST:PORT:AE; may be repeated.
    #[arg(long = "send-to")]
    destinations: Vec<String>,
    /// Folder of the segmentation model, or the name of one that `interval model add` took.
    #[arg(long)]
    model: Option<PathBuf>,
    /// Run a model package though nobody who is trusted has signed it; every result says so.
    #[arg(long)]
    unsigned_model: bool,
    /// Folder of the head atlas.
    #[arg(long)]
    atlas: Option<PathBuf>,
    /// The ONNX Runtime library.
    #[arg(long)]
    ort_lib: Option<PathBuf>,
    /// Only receive and keep; analyse nothing.
    #[arg(long)]
    keep_only: bool,
}

impl Serve {
    fn config(&self) -> Result<Config, ConfigError> {
        let mut config = match &self.config {
            Some(path) => Config::read(path)?,
            None => Config::default(),
        };
        let given = self.destinations.iter().map(|text| text.parse::<Destination>());
        config.destinations.extend(given.collect::<Result<Vec<_>, _>>()?);
        config.keep_only |= self.keep_only;
        config.unsigned_model |= self.unsigned_model;
        macro_rules! override_with {
            ($($field:ident),*) => {
                $(if let Some(value) = &self.$field { config.$field = value.clone().into(); })*
            };
        }
        override_with!(data, listen, ae_title, quiet_period_s, model, atlas, ort_lib);
        Ok(config)
    }

    pub(super) async fn run(self) -> Ended {
        let config = self.config().map_err(fail(Fault::Refused))?;
        let node = Node::open(config).await.map_err(|error: NodeError| Failure {
            fault: error.fault(),
            message: crate::pipeline::sentence(&error),
        })?;
        let address = node.address().map_err(fail(Fault::Defect))?;
        // On standard output, so that whoever started the node learns a port it did not choose.
        println!("listening on {address}");
        if let Some(web) = node.web_address().map_err(fail(Fault::Defect))? {
            println!("web door on {web}");
        }
        let mut terminate = signal(SignalKind::terminate()).map_err(fail(Fault::Defect))?;
        let stop = async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        };
        node.serve(stop).await;
        Ok(())
    }
}
