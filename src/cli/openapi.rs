//! `interval openapi`: what the screens ask the node, for generated clients.

use super::{Ended, Failure};
use clap::Args;
use std::path::PathBuf;

/// Write the `OpenAPI` description of the routes that the screens use.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  interval openapi --out viewer/openapi.json")]
pub struct Openapi {
    /// File to write; standard output when not given.
    #[arg(long)]
    out: Option<PathBuf>,
}

impl Openapi {
    pub(super) fn run(&self) -> Ended {
        let text = crate::web::openapi();
        match &self.out {
            None => print!("{text}"),
            Some(path) => std::fs::write(path, text).map_err(|error| {
                Failure::failed(format!("cannot write {}: {error}", path.display()))
            })?,
        }
        Ok(())
    }
}
