//! Why a model package is not taken.

use crate::signature::Unreadable;
use interval_core::digest::Altered;
use interval_core::fault::Fault;
use std::io;

/// Why a model package is not taken.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// A file or folder cannot be read.
    #[error("cannot read {path} of the model package")]
    Read {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file of the site cannot be written.
    #[error("cannot write {path}")]
    Write {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Nobody signed it.
    #[error(
        "the model package {folder} is not signed. Get the signed package from its maker; or, when \
         this site vouches for it, sign it with a key of the site (`interval model add --help`); \
         or run it unsigned with --unsigned-model"
    )]
    Unsigned {
        /// Its folder.
        folder: String,
    },
    /// Somebody signed it whom nobody here knows.
    #[error(
        "the model package {folder} is signed by '{name}', whose key this site does not trust. Put \
         that key, which its maker publishes, as a .pub file into keys/models of the data folder; \
         or run it as an unsigned one with --unsigned-model"
    )]
    Stranger {
        /// Its folder.
        folder: String,
        /// The name of the key.
        name: String,
    },
    /// A signature names a key that did not make it.
    #[error(
        "the signature {path} was not made by {name} for this package: the package or the \
         signature was altered. Get the package again from its maker"
    )]
    Forged {
        /// File of the signature.
        path: String,
        /// The key that it names.
        name: String,
    },
    /// Two keys cannot be told apart by what a signature says.
    #[error(
        "the key {path} passes for another key of the name {name}. Remove it, and ask who put it \
         there"
    )]
    Lookalike {
        /// File of the key.
        path: String,
        /// The name of both.
        name: String,
    },
    /// A file lies there that would be read and that nobody vouches for.
    #[error(
        "{file} lies in the model package and its card does not list it. Remove it, or get the \
         package again from its maker"
    )]
    Unlisted {
        /// Its name.
        file: String,
    },
    /// A network would read its weights from a file that nobody checks.
    #[error(
        "{file} of the model package keeps weights in another file. Ask its maker for one file"
    )]
    Elsewhere {
        /// Its name.
        file: String,
    },
    /// A file that the card lists is not there.
    #[error("{file} of the model package is missing. Get the package again from its maker")]
    Missing {
        /// Its path.
        file: String,
    },
    /// An archive is not taken.
    #[error("the archive {path} is not a model package")]
    Archive {
        /// The archive.
        path: String,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Another package of the same name and version is kept already.
    #[error(
        "{folder} is there already and is another package. Remove it first if it is not used any \
         more"
    )]
    Taken {
        /// Its folder.
        folder: String,
    },
    /// A line that should be a key or a signature is none.
    #[error("{path} cannot be understood. Get it again from whoever made it")]
    Line {
        /// The file.
        path: String,
        /// What it should be.
        #[source]
        source: Unreadable,
    },
    /// It is not the package that was asked for.
    #[error("the model package is not the one that was asked for: it was changed meanwhile")]
    Another(#[source] Altered),
    /// A JSON file is not what it should be.
    #[error("{file} of the model package cannot be understood")]
    Json {
        /// Its name.
        file: &'static str,
        /// Where and why.
        #[source]
        source: serde_json::Error,
    },
    /// The card is not what it should be.
    #[error("the model card cannot be understood: {}", .0.message())]
    Card(#[source] toml::de::Error),
    /// A file is not the one the card was written for.
    #[error(
        "{file} of the model package was altered or damaged. Get the package again from its maker"
    )]
    Altered {
        /// Its name.
        file: String,
        /// Both digests.
        #[source]
        source: Altered,
    },
    /// A word that we have no meaning for. Nothing is guessed.
    #[error("the model package uses {what} '{word}', which this version does not know")]
    Unknown {
        /// What kind of word.
        what: &'static str,
        /// The word.
        word: String,
    },
    /// The folder holds no network of a kind we run.
    #[error(
        "{0} is not a model package: it needs plans.json, dataset.json and fold_0.onnx, or a \
         network that this version has a card for"
    )]
    NotAPackage(String),
    /// Two files of a package say different things.
    #[error("{} says {} {what}, {} says {}", one.0, one.1, other.0, other.1)]
    Disagree {
        /// What is counted.
        what: &'static str,
        /// A file and its count.
        one: (&'static str, usize),
        /// Another file and its count.
        other: (&'static str, usize),
    },
}

impl ModelError {
    /// What to do about it.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Read { .. } | Self::Write { .. } => Fault::Unavailable,
            _ => Fault::Refused,
        }
    }
}
