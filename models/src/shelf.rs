//! The model packages that a site keeps in its data folder, and the signing of packages.

use crate::folder;
use crate::registry::{CARD, Listed, ModelError, Package, open};
use crate::signature::{PublicKey, SigningKey};
use crate::tarball;
use crate::trust::{self, Admission, Keyring, SIGNATURE};
use aws_lc_rs::rand;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Folder of the packages below a data folder.
const MODELS: &str = "models";

/// Folder of the packages in a data folder.
pub fn models_folder(data: &Path) -> PathBuf {
    data.join(MODELS)
}

/// The folders of the packages of a site, by name.
pub fn kept(data: &Path) -> Result<Vec<PathBuf>, ModelError> {
    let folder = models_folder(data);
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let names = folder::names(&folder)?.into_iter().filter(|name| !name.starts_with('.'));
    Ok(names.map(|name| folder.join(name)).filter(|path| path.is_dir()).collect())
}

/// Copies a package, a folder or a `.tar.gz` file, into a data folder: checked, and whole or not
/// at all. One that nobody vouches for is taken when a key of the site signs the copy.
pub fn add(
    source: &Path,
    data: &Path,
    ring: &Keyring,
    key: Option<&SigningKey>,
) -> Result<Package, ModelError> {
    let folder = models_folder(data);
    let staging = Staging::new(&folder)?;
    let copy = if source.is_dir() {
        copied(source, &staging.0)?
    } else {
        tarball::unpack(source, &staging.0)?
    };
    if let Some(key) = key {
        let package = open(&copy, Admission::AnyUnaltered(ring))?;
        write_signature(&package, key)?;
    }
    let package = open(&copy, Admission::Signed(ring)).map_err(|error| named(error, source))?;
    let to = folder.join(name(&package));
    if to.exists() {
        // The same package again is no news; another of the same name is not put in its place.
        return match open(&to, Admission::Signed(ring)) {
            Ok(kept) if kept.digest() == package.digest() => Ok(kept),
            _ => Err(ModelError::Taken { folder: to.display().to_string() }),
        };
    }
    let placed = fs::rename(&copy, &to).and_then(|()| File::open(&folder)?.sync_all());
    placed.map_err(written(&to))?;
    open(&to, Admission::Signed(ring))
}

/// A refusal that names what was to be added, and not the copy of it.
fn named(error: ModelError, source: &Path) -> ModelError {
    let folder = source.display().to_string();
    match error {
        ModelError::Unsigned { .. } => ModelError::Unsigned { folder },
        ModelError::Stranger { name, .. } => ModelError::Stranger { folder, name },
        other => other,
    }
}

/// Signs a package in its folder. Every file of it must be in its card.
pub fn sign(dir: &Path, key: &SigningKey) -> Result<Package, ModelError> {
    let package = open(dir, Admission::AnyUnaltered(&Keyring::nobody()))?;
    if package.model().listed() == Listed::Card {
        let known = |name: &String| {
            name == SIGNATURE || name == CARD || package.card().files.contains_key(name)
        };
        if let Some(file) = folder::names(dir)?.into_iter().find(|name| !known(name)) {
            return Err(ModelError::Unlisted { file });
        }
    }
    write_signature(&package, key)?;
    let mut ring = Keyring::nobody();
    ring.add(key.public().clone(), dir)?;
    open(dir, Admission::Signed(&ring))
}

/// Reads a private key.
pub fn signing_key(path: &Path) -> Result<SigningKey, ModelError> {
    let Some(line) = trust::line(path)? else {
        return Err(ModelError::Missing { file: path.display().to_string() });
    };
    let line = Zeroizing::new(line);
    SigningKey::parse(&line).map_err(|source| trust::unreadable(path, source))
}

/// Makes a pair of keys. The private file is readable by its owner only; neither file may be there
/// already.
pub fn make_key(name: &str, public: &Path, private: &Path) -> Result<PublicKey, ModelError> {
    let key = SigningKey::make(name).map_err(|source| trust::unreadable(private, source))?;
    for (path, mode, line) in [
        (private, 0o600, key.to_line()),
        (public, 0o644, Zeroizing::new(format!("{}\n", key.public()))),
    ] {
        let made = || {
            fs::create_dir_all(path.parent().unwrap_or(path))?;
            let mut out = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
            out.write_all(line.as_bytes())?;
            out.sync_all()
        };
        made().map_err(written(path))?;
    }
    Ok(key.public().clone())
}

fn write_signature(package: &Package, key: &SigningKey) -> Result<(), ModelError> {
    let dir = package.model().path();
    let (path, new) = (dir.join(SIGNATURE), dir.join(".manifest.sig.new"));
    let line = format!("{}\n", key.sign(package.model().manifest()));
    let write = || {
        let mut out = File::create(&new)?;
        out.write_all(line.as_bytes())?;
        out.sync_all()?;
        fs::rename(&new, &path)?;
        File::open(dir)?.sync_all()
    };
    write().map_err(written(&path))
}

/// The folder of a package on the shelf. One without a card has its folder's name only.
fn name(package: &Package) -> String {
    let named = package.name();
    let whole = match package.model().listed() {
        Listed::Nowhere => named.name,
        Listed::Card | Listed::BuiltIn => format!("{}-{}", named.name, named.version),
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
    let name: String = whole.chars().map(|c| if plain(c) { c } else { '-' }).collect();
    name.trim_start_matches('.').to_owned()
}

/// Copies the plain files of a folder.
fn copied(source: &Path, into: &Path) -> Result<PathBuf, ModelError> {
    let read = |source_error| ModelError::Read {
        path: source.display().to_string(),
        source: source_error,
    };
    let whole = source.canonicalize().map_err(read)?;
    let to = into.join(whole.file_name().unwrap_or_default());
    fs::create_dir_all(&to).map_err(written(&to))?;
    let names = folder::names(&whole)?;
    for name in names.iter().filter(|name| !name.starts_with('.') && whole.join(name).is_file()) {
        let copy = to.join(name);
        let copied = || {
            fs::copy(whole.join(name), &copy)?;
            File::open(&copy)?.sync_all()
        };
        copied().map_err(written(&copy))?;
    }
    Ok(to)
}

/// A folder that goes away with what is still in it.
struct Staging(PathBuf);

impl Staging {
    fn new(folder: &Path) -> Result<Self, ModelError> {
        // By chance and not by process: in a container every process has the same number.
        let mut number = [0; 8];
        let failed = |_| ModelError::Write {
            path: folder.display().to_string(),
            source: io::Error::other("the machine gave no randomness"),
        };
        rand::fill(&mut number).map_err(failed)?;
        let path = folder.join(format!(".new-{:016x}", u64::from_be_bytes(number)));
        let made = fs::create_dir_all(folder).and_then(|()| fs::create_dir(&path));
        made.map_err(written(&path))?;
        Ok(Self(path))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // What stays behind is hidden, and takes room only.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn written(path: &Path) -> impl Fn(io::Error) -> ModelError {
    move |source| ModelError::Write { path: path.display().to_string(), source }
}
