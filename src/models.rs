//! Model packages as this node takes them: which folder, whose signatures, and what results say of
//! a package that nobody vouches for.

use crate::config::Config;
use crate::node::{NodeError, beside};
use interval_models::registry::{self, Package};
use interval_models::trust::{self, Admission, Keyring};
use interval_models::{ModelError, shelf};
use std::path::{Path, PathBuf};

/// Whose signatures on model packages are believed here.
pub fn ring(config: &Config) -> Result<Keyring, ModelError> {
    let folder = trust::keys_folder(&config.data);
    match &config.trusted_model_keys {
        Some(named) => Keyring::with_folder(named),
        None if folder.is_dir() => Keyring::with_folder(&folder),
        None => Keyring::built_in(),
    }
}

/// The folder of a package: the name of one that the site keeps, or a path. `./NAME` is a path.
pub fn folder(data: &Path, named: &Path) -> PathBuf {
    let kept = shelf::models_folder(data).join(named);
    let is_name = named.components().count() == 1;
    if is_name && kept.is_dir() { kept } else { named.to_owned() }
}

/// The package that the node computes with, as configured or as found beside the data and the
/// program.
pub fn chosen(config: &Config) -> Result<Package, NodeError> {
    let named = config.model.as_deref().map(|named| folder(&config.data, named));
    let folder = named.or_else(|| beside(config, "model")).ok_or(NodeError::NoModel)?;
    let folder = folder.canonicalize().unwrap_or(folder);
    let refused = |source| NodeError::Model { folder: folder.clone(), source };
    let ring = ring(config).map_err(refused)?;
    let admission = if config.unsigned_model {
        Admission::AnyUnaltered(&ring)
    } else {
        Admission::Signed(&ring)
    };
    registry::open(&folder, admission).map_err(refused)
}

/// The packages of the site by their folders, each opened, or why it cannot be.
pub fn kept(config: &Config) -> Vec<(PathBuf, Result<Package, ModelError>)> {
    let (mut folders, ring) = match (shelf::kept(&config.data), ring(config)) {
        (Ok(folders), Ok(ring)) => (folders, ring),
        (Err(error), _) | (_, Err(error)) => {
            return vec![(shelf::models_folder(&config.data), Err(error))];
        }
    };
    folders.extend(config.model.as_deref().map(|named| folder(&config.data, named)));
    folders.extend(beside(config, "model"));
    folders.sort();
    folders.dedup();
    let open = |folder: PathBuf| {
        let package = registry::open(&folder, Admission::AnyUnaltered(&ring));
        (folder, package)
    };
    folders.into_iter().map(open).collect()
}

/// A reservation as a sentence among the limitations of a result.
pub fn limitation(reservation: &str) -> String {
    let mut letters = reservation.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).chain(['.']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limitation_is_a_sentence() {
        let said = limitation("the model package is not signed");
        assert_eq!(said, "The model package is not signed.");
    }
    #[test]
    fn a_name_means_what_the_site_keeps_and_anything_else_is_a_path() {
        let data = tempfile::tempdir().unwrap();
        let kept = data.path().join("models/glioma-1");
        std::fs::create_dir_all(&kept).unwrap();
        assert_eq!(folder(data.path(), Path::new("./glioma-1")), Path::new("./glioma-1"));
        assert_eq!(folder(data.path(), Path::new("glioma-1")), kept);
        assert_eq!(folder(data.path(), Path::new("glioma-2")), Path::new("glioma-2"));
        assert_eq!(folder(data.path(), Path::new("src")), Path::new("src"));
        assert_eq!(folder(data.path(), Path::new("x/glioma-1")), Path::new("x/glioma-1"));
    }
}
