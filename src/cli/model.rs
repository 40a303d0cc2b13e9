//! `interval model`: the model packages of a site, and who vouches for them.

use super::{Ended, Failure, Place, write_json};
use crate::models;
use crate::pipeline::sentence;
use clap::{Args, Subcommand};
use interval_models::ModelError;
use interval_models::registry::{self, Package};
use interval_models::shelf;
use interval_models::trust::{Admission, keys_folder};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Keep model packages, check them, and say whose signatures are believed.
///
/// A package is a folder with a network, a card that names the SHA-256 of every file, and
/// manifest.sig: the signature of its maker over the card.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  interval model list --data /var/lib/interval\n  \
                        interval model verify models/default\n  \
                        interval model add glioma-2.tar.gz --data /var/lib/interval\n\n\
                        A package of others that is not signed, after reading its licence:\n  \
                        interval model key neuroradiology\n  \
                        interval model add glioma/ --sign-with \
                        interval-data/keys/models/neuroradiology.key\n  \
                        interval serve --model glioma")]
pub struct ModelCommand {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the packages of this site: name, version, SHA-256, and who signed them.
    #[command(after_help = "Example:\n  interval model list --json -")]
    List,
    /// Check every byte of a package and the signature over it.
    #[command(after_help = "Example:\n  interval model verify models/default")]
    Verify {
        /// Folder of the package, or the name of one that is kept.
        package: PathBuf,
    },
    /// Check a package and keep a copy in the data folder, whole or not at all.
    #[command(after_help = "Examples:\n  interval model add glioma-2.tar.gz\n  \
                            interval model add glioma/ --sign-with neuroradiology.key")]
    Add {
        /// Folder or .tar.gz file of the package.
        package: PathBuf,
        /// Private key of the site that signs the copy: the site vouches for the package.
        #[arg(long)]
        sign_with: Option<PathBuf>,
    },
    /// Make a pair of keys for a site that vouches for packages itself; its signatures are believed
    /// here from then on.
    #[command(after_help = "Example:\n  interval model key neuroradiology --private \
                            /media/usb/neuroradiology.key")]
    Key {
        /// Name of the key, one word.
        name: String,
        /// File of the private half; NAME.key beside the public one when not given.
        #[arg(long)]
        private: Option<PathBuf>,
    },
    /// Sign a package in its folder, as its maker.
    #[command(after_help = "Example:\n  interval model sign glioma/ --key release.key")]
    Sign {
        /// Folder of the package.
        package: PathBuf,
        /// Private key.
        #[arg(long)]
        key: PathBuf,
    },
}

/// A package for machines.
#[derive(Debug, Serialize)]
struct ModelRecord {
    name: String,
    version: String,
    sha256: String,
    /// The key that vouches for it; null when nobody who is trusted does.
    signed_by: Option<String>,
    licence: String,
    origin: String,
    notice: String,
    folder: PathBuf,
    files: BTreeMap<String, String>,
}

/// A line of the list: a package, or a folder that is none.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Listed {
    Package(ModelRecord),
    Refused { folder: PathBuf, reason: String },
}

fn refused(error: ModelError) -> Failure {
    Failure { fault: error.fault(), message: sentence(&error) }
}

fn record(package: &Package) -> ModelRecord {
    let (named, card, model) = (package.name(), package.card(), package.model());
    ModelRecord {
        name: named.name,
        version: named.version,
        sha256: named.digest.to_string(),
        signed_by: model.vouched().signer().map(str::to_owned),
        licence: card.licence.clone(),
        origin: card.origin.clone(),
        notice: card.notice.clone(),
        folder: model.path().to_owned(),
        files: model.files().iter().map(|(file, sum)| (file.clone(), sum.to_string())).collect(),
    }
}

fn say(package: &Package) {
    let (named, card) = (package.name(), package.card());
    println!("{} {}: {}", named.name, named.version, package.model().vouched());
    println!("SHA-256 {}", named.digest);
    println!("folder  {}", package.model().path().display());
    println!("licence {}", card.licence);
    println!("origin  {}", card.origin);
    println!("notice  {}", card.notice);
}

impl ModelCommand {
    pub(super) fn run(self) -> Ended {
        match &self.action {
            Action::List => self.list(),
            Action::Verify { package } => {
                let config = self.place.settings()?;
                let ring = models::ring(&config).map_err(refused)?;
                let folder = models::folder(&config.data, package);
                self.show(&registry::open(&folder, Admission::Signed(&ring)).map_err(refused)?)
            }
            Action::Add { package, sign_with } => self.add(package, sign_with.as_deref()),
            Action::Key { name, private } => self.key(name, private.as_deref()),
            Action::Sign { package, key } => {
                let key = shelf::signing_key(key).map_err(refused)?;
                self.show(&shelf::sign(package, &key).map_err(refused)?)
            }
        }
    }

    fn show(&self, package: &Package) -> Ended {
        if self.place.json.as_deref() != Some(Path::new("-")) {
            say(package);
        }
        write_json(self.place.json.as_deref(), &record(package))
    }

    fn list(&self) -> Ended {
        let config = self.place.settings()?;
        let quiet = self.place.json.as_deref() == Some(Path::new("-"));
        let mut listed = Vec::new();
        for (folder, package) in models::kept(&config) {
            match package {
                Ok(package) => {
                    let (named, vouched) = (package.name(), package.model().vouched());
                    if !quiet {
                        println!("{} {}  {}  {vouched}", named.name, named.version, named.digest);
                    }
                    listed.push(Listed::Package(record(&package)));
                }
                Err(error) => {
                    let reason = sentence(&error);
                    eprintln!("{}: {reason}", folder.display());
                    listed.push(Listed::Refused { folder, reason });
                }
            }
        }
        write_json(self.place.json.as_deref(), &listed)
    }

    fn add(&self, source: &Path, sign_with: Option<&Path>) -> Ended {
        let config = self.place.settings()?;
        let ring = models::ring(&config).map_err(refused)?;
        let key = sign_with.map(shelf::signing_key).transpose().map_err(refused)?;
        self.show(&shelf::add(source, &config.data, &ring, key.as_ref()).map_err(refused)?)
    }

    fn key(&self, name: &str, private: Option<&Path>) -> Ended {
        if name.contains('/') {
            return Err(Failure::refused("the name of a key is one word"));
        }
        let config = self.place.settings()?;
        let beside = keys_folder(&config.data);
        let folder = config.trusted_model_keys.unwrap_or(beside);
        let public = folder.join(format!("{name}.pub"));
        let private = private.map_or_else(|| folder.join(format!("{name}.key")), Path::to_owned);
        let key = shelf::make_key(name, &public, &private).map_err(refused)?;
        println!("{key}");
        eprintln!(
            "{} holds the private half: whoever has it can sign models for this site",
            private.display()
        );
        Ok(())
    }
}
