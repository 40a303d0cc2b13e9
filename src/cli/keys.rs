//! `interval keys`: which master key wraps the keys of patients, and another in its place.

use super::{Ended, Place, refused_by_store, write_json};
use crate::keys::KeySource;
use crate::store::vault::{Masters, Rewrapped};
use crate::store::{Store, StoreError};
use clap::{Args, Subcommand};
use serde::Serialize;
use std::time::SystemTime;

/// Look at the master key, and put another in its place.
///
/// A place is written as in the settings: a file, an environment variable, or a label on a token.
/// Keys themselves are never shown.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  interval keys show --data /var/lib/interval\n  \
                        interval keys rotate --to file:/etc/interval/master-2027.key\n  \
                        interval keys rotate --to 'pkcs11:/usr/lib/softhsm/libsofthsm2.so?token=ward&key=master'")]
pub struct KeysCommand {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show which key wraps, where it is, and how many keys each master key has wrapped.
    Show,
    /// Let another key wrap from now on, and wrap with it what the others wrapped.
    ///
    /// The node may serve meanwhile: it learns of the change by itself, if it can reach the new
    /// place (for env: and for the PIN of a token it must have been started with the variable). A
    /// file that is not there is made. Interrupted, the change does no harm; the same command takes
    /// it up again. Afterwards the old key opens nothing that the node holds: keep it as long as
    /// backups from before are to be read, destroy it when they must not be.
    Rotate {
        /// Place of the key that takes over.
        #[arg(long)]
        to: KeySource,
    },
}

/// What a change of keys did, for machines.
#[derive(Debug, Serialize)]
struct Rotated {
    master: String,
    rewrapped: usize,
}

impl KeysCommand {
    pub(super) async fn run(self) -> Ended {
        let store = self.place.store().await?;
        let json = self.place.json.as_deref();
        match self.action {
            Action::Show => {
                let masters = store.masters().await.map_err(refused_by_store)?;
                if json.is_none() {
                    print(&masters);
                }
                write_json(json, &masters)
            }
            Action::Rotate { to } => {
                let rotated = rotate(&store, &to.absolute()).await.map_err(refused_by_store)?;
                let configured = store.masters().await.map_err(refused_by_store)?.configured;
                if json.is_none() {
                    let Rotated { master, rewrapped } = &rotated;
                    println!("{master} wraps now; {rewrapped} keys were wrapped anew");
                }
                if configured != to.absolute().to_string() {
                    eprintln!("note: the configuration still names {configured}; name {to} there");
                }
                write_json(json, &rotated)
            }
        }
    }
}

async fn rotate(store: &Store, to: &KeySource) -> Result<Rotated, StoreError> {
    let master = store.succeed(to, SystemTime::now()).await?;
    let mut rewrapped = 0;
    while let Rewrapped::Some(more) = store.rewrap(SystemTime::now()).await? {
        rewrapped += more;
    }
    Ok(Rotated { master, rewrapped })
}

fn print(masters: &Masters) {
    println!("{}  wraps now  {}", masters.master, masters.place);
    for wrapped in &masters.wrapped {
        let state = match (wrapped.master == masters.master, wrapped.reachable) {
            (true, _) => "",
            (false, true) => "  earlier; run 'interval keys rotate' again to be done with it",
            (false, false) => "  NOT HERE: what it wrapped cannot be opened",
        };
        let (patients, secrets) = (wrapped.patients, wrapped.secrets);
        println!("{}  {patients} keys of patients, {secrets} of the node{state}", wrapped.master);
    }
}
