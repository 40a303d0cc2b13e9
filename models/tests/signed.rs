//! Model packages that were altered, swapped or never vouched for are refused before anything is
//! loaded from them.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use interval_models::registry::{Model, ModelError, open};
use interval_models::signature::SigningKey;
use interval_models::trust::{Admission, Keyring, SIGNATURE, Vouched};
use interval_models::{Package, shelf};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Places at which each file of the package is altered, the ends among them.
const PLACES: usize = 64;

/// Two keys of one name and one id, found by trying seeds: the private half of one, the public half
/// of the other.
const LOOKALIKE_PRIVATE: &str =
    "PRIVATE+KEY+house+2c72a9ea+ATG1UxWsGFkeuIXVoedsSFnHznGRfrwtx6XTkH0TaXdL";
const LOOKALIKE_TRUSTED: &str = "house+2c72a9ea+AX/O2gZ3GxGX23C2XqzIoXftOnG/iAA0PZgerTa03Zpb";

fn default_model() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/default"))
}

fn copied(without: &[&str]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for entry in default_model().read_dir().unwrap() {
        let entry = entry.unwrap();
        if !without.iter().any(|name| entry.file_name() == *name) {
            fs::copy(entry.path(), dir.path().join(entry.file_name())).unwrap();
        }
    }
    dir
}

fn signed_only(dir: &Path, ring: &Keyring) -> Result<Package, ModelError> {
    open(dir, Admission::Signed(ring))
}

fn built_in() -> Keyring {
    Keyring::built_in().unwrap()
}

/// Flips bits of one byte and says whether that was found.
fn flip_is_found(path: &Path, bytes: &[u8], at: usize, bits: u8) -> bool {
    let mut altered = bytes.to_vec();
    altered[at] ^= bits;
    fs::write(path, altered).unwrap();
    signed_only(path.parent().unwrap(), &built_in()).is_err()
}

#[test]
fn the_model_that_ships_is_signed_by_the_key_that_ships() {
    let package = signed_only(default_model(), &built_in()).unwrap();
    assert_eq!(package.model().vouched().signer(), Some("interval-release-1"));
    assert_eq!(package.model().vouched().reservation(), None);
}
#[test]
fn every_flipped_byte_of_card_and_signature_is_found() {
    let dir = copied(&[]);
    let mut flips = 0;
    for name in ["card.toml", SIGNATURE] {
        let path = dir.path().join(name);
        let bytes = fs::read(&path).unwrap();
        for at in 0..bytes.len() {
            for bits in [0x01, 0x20, 0x80] {
                assert!(flip_is_found(&path, &bytes, at, bits), "{name}, byte {at}, {bits:#x}");
                flips += 1;
            }
        }
        fs::write(&path, &bytes).unwrap();
    }
    signed_only(dir.path(), &built_in()).unwrap();
    println!("{flips} of {flips} flips found in card and signature");
}
#[test]
fn a_flipped_byte_anywhere_in_a_file_of_the_package_is_found() {
    let dir = copied(&[]);
    let files = signed_only(dir.path(), &built_in()).unwrap().model().files().clone();
    assert_eq!(files.len(), 6);
    let mut flips = 0;
    for name in files.keys() {
        let path = dir.path().join(name);
        let bytes = fs::read(&path).unwrap();
        for place in 0..PLACES {
            let at = (bytes.len() - 1) * place / (PLACES - 1);
            assert!(flip_is_found(&path, &bytes, at, 1 << (place % 8)), "{name}, byte {at}");
            flips += 1;
        }
        fs::write(&path, &bytes).unwrap();
    }
    println!("{flips} of {flips} flips found in {} files", files.len());
}
#[test]
fn what_was_altered_is_refused_though_unsigned_packages_are_taken() {
    let ring = built_in();
    for name in ["card.toml", "fold_0.onnx", "plans.json"] {
        let dir = copied(&[]);
        let path = dir.path().join(name);
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, [&bytes[..], b"\n"].concat()).unwrap();
        assert!(open(dir.path(), Admission::AnyUnaltered(&ring)).is_err(), "{name}");
    }
}
#[test]
fn an_unsigned_package_is_refused_and_the_sentence_says_what_to_do() {
    let (dir, ring) = (copied(&[SIGNATURE]), built_in());
    let error = signed_only(dir.path(), &ring).unwrap_err();
    assert!(matches!(error, ModelError::Unsigned { .. }), "{error}");
    assert!(error.to_string().contains("--unsigned-model"), "{error}");
    let package = open(dir.path(), Admission::AnyUnaltered(&ring)).unwrap();
    assert_eq!(*package.model().vouched(), Vouched::Nobody);
    let said = package.model().vouched().reservation().unwrap();
    assert_eq!(said, "the model package is not signed");
}
#[test]
fn a_package_of_an_unknown_maker_is_refused_by_the_makers_name() {
    let (dir, ring) = (copied(&[SIGNATURE]), built_in());
    let key = SigningKey::make("somebody").unwrap();
    shelf::sign(dir.path(), &key).unwrap();
    let error = signed_only(dir.path(), &ring).unwrap_err();
    assert!(matches!(&error, ModelError::Stranger { name, .. } if name == "somebody"), "{error}");
    let package = open(dir.path(), Admission::AnyUnaltered(&ring)).unwrap();
    assert!(package.model().vouched().reservation().unwrap().contains("somebody"));
}
#[test]
fn a_key_of_the_site_is_believed_as_soon_as_it_lies_in_its_folder() {
    let (dir, keys) = (copied(&[SIGNATURE]), tempfile::tempdir().unwrap());
    let (public, private) = (keys.path().join("site.pub"), keys.path().join("site.key"));
    shelf::make_key("site", &public, &private).unwrap();
    shelf::sign(dir.path(), &shelf::signing_key(&private).unwrap()).unwrap();
    let ring = Keyring::with_folder(keys.path()).unwrap();
    let package = signed_only(dir.path(), &ring).unwrap();
    assert_eq!(package.model().vouched().signer(), Some("site"));
    fs::remove_file(&public).unwrap();
    let ring = Keyring::with_folder(keys.path()).unwrap();
    assert!(signed_only(dir.path(), &ring).is_err());
}
#[test]
fn a_key_that_passes_for_a_trusted_one_signs_nothing_and_is_not_taken() {
    let dir = copied(&[SIGNATURE]);
    let lookalike = SigningKey::parse(LOOKALIKE_PRIVATE).unwrap();
    let mut ring = Keyring::nobody();
    ring.add(LOOKALIKE_TRUSTED.parse().unwrap(), Path::new("house.pub")).unwrap();
    assert!(ring.keys()[0].is_named_by(&lookalike.sign(b"card")));
    shelf::sign(dir.path(), &lookalike).unwrap();
    let error = signed_only(dir.path(), &ring).unwrap_err();
    assert!(matches!(error, ModelError::Forged { .. }), "{error}");
    let error = ring.add(lookalike.public().clone(), Path::new("x.pub")).unwrap_err();
    assert!(matches!(error, ModelError::Lookalike { .. }), "{error}");
}
#[test]
fn a_signature_that_is_empty_long_doubled_or_of_another_package_is_refused() {
    let ring = built_in();
    let line = fs::read_to_string(default_model().join(SIGNATURE)).unwrap();
    let text = |from: &str, to: &str| line.replace(from, to);
    let another = SigningKey::make("interval-release-1").unwrap().sign(b"another card");
    let cases = [
        ("empty", String::new()),
        ("a line break", "\n".into()),
        ("doubled", text("\n", "\n\n")),
        ("twice", format!("{line}{line}")),
        ("oversize", line.clone() + &" ".repeat(5000)),
        ("without its mark", text("\u{2014} ", "")),
        ("of another key of that name", another.to_string()),
    ];
    for (what, content) in cases {
        let dir = copied(&[]);
        fs::write(dir.path().join(SIGNATURE), content).unwrap();
        assert!(signed_only(dir.path(), &ring).is_err(), "{what}");
    }
    let dir = copied(&[SIGNATURE]);
    fs::create_dir(dir.path().join(SIGNATURE)).unwrap();
    assert!(signed_only(dir.path(), &ring).is_err(), "a folder");
}
#[test]
fn a_signature_over_one_card_does_not_serve_another() {
    let dir = copied(&[]);
    let path = dir.path().join("card.toml");
    let card = fs::read_to_string(&path).unwrap();
    fs::write(&path, card.replace("version = \"", "version = \"9.")).unwrap();
    let error = signed_only(dir.path(), &built_in()).unwrap_err();
    assert!(matches!(error, ModelError::Forged { .. }), "{error}");
    fs::remove_file(&path).unwrap();
    let error = signed_only(dir.path(), &built_in()).unwrap_err();
    assert!(matches!(error, ModelError::Forged { .. }), "without its card: {error}");
}
#[test]
fn a_file_that_would_be_read_and_is_not_listed_is_refused() {
    let ring = built_in();
    for name in ["fold_1.onnx", "another.onnx"] {
        let dir = copied(&[]);
        fs::write(dir.path().join(name), b"a network").unwrap();
        let error = signed_only(dir.path(), &ring).unwrap_err();
        assert!(matches!(&error, ModelError::Unlisted { file } if file == name), "{error}");
    }
    let dir = copied(&[]);
    fs::write(dir.path().join("remarks.txt"), b"never read").unwrap();
    signed_only(dir.path(), &ring).unwrap();
}
#[test]
fn a_missing_file_is_refused_by_name() {
    let ring = built_in();
    for name in ["fold_0.onnx", "plans.json", "NOTICE"] {
        let error = signed_only(copied(&[name]).path(), &ring).unwrap_err();
        assert!(matches!(error, ModelError::Missing { .. }), "{error}");
        assert!(error.to_string().contains(name), "{error}");
    }
}
#[test]
fn a_network_that_is_too_large_or_no_file_is_refused_unread() {
    let dir = copied(&["fold_0.onnx"]);
    let path = dir.path().join("fold_0.onnx");
    // A sparse file: it takes no room.
    fs::File::create(&path).unwrap().set_len(3 * 1024 * 1024 * 1024).unwrap();
    assert!(matches!(signed_only(dir.path(), &built_in()), Err(ModelError::Read { .. })));
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(matches!(signed_only(dir.path(), &built_in()), Err(ModelError::Read { .. })));
}
#[test]
fn the_worker_opens_the_package_that_was_admitted_and_no_other() {
    let dir = copied(&[]);
    let digest = Model::open(dir.path(), Admission::Signed(&built_in())).unwrap().digest();
    Model::open(dir.path(), Admission::Exactly(digest)).unwrap();
    let path = dir.path().join("dataset.json");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text + " ").unwrap();
    assert!(Model::open(dir.path(), Admission::Exactly(digest)).is_err());
    let plain = copied(&["card.toml", SIGNATURE]);
    let error = Model::open(plain.path(), Admission::Exactly(digest)).unwrap_err();
    assert!(matches!(error, ModelError::Another(_)), "{error}");
}
#[test]
fn a_package_without_a_card_is_signed_over_its_files() {
    let dir = copied(&["card.toml", SIGNATURE, "README.md", "NOTICE"]);
    let key = SigningKey::make("site").unwrap();
    shelf::sign(dir.path(), &key).unwrap();
    let mut ring = Keyring::nobody();
    ring.add(key.public().clone(), Path::new("site.pub")).unwrap();
    assert!(signed_only(dir.path(), &ring).is_ok());
    fs::copy(dir.path().join("fold_0.onnx"), dir.path().join("fold_1.onnx")).unwrap();
    let error = signed_only(dir.path(), &ring).unwrap_err();
    assert!(matches!(error, ModelError::Forged { .. }), "one network more: {error}");
}
#[test]
fn a_maker_signs_no_folder_with_a_file_that_the_card_does_not_list() {
    let dir = copied(&[]);
    fs::write(dir.path().join("draft.txt"), b"x").unwrap();
    let error = shelf::sign(dir.path(), &SigningKey::make("maker").unwrap()).unwrap_err();
    assert!(matches!(error, ModelError::Unlisted { .. }), "{error}");
}

/// A data folder with a key of its own.
fn site() -> (TempDir, Keyring, PathBuf) {
    let data = tempfile::tempdir().unwrap();
    let keys = interval_models::trust::keys_folder(data.path());
    let private = keys.join("site.key");
    shelf::make_key("site", &keys.join("site.pub"), &private).unwrap();
    let ring = Keyring::with_folder(&keys).unwrap();
    (data, ring, private)
}

#[test]
fn a_package_is_kept_whole_or_not_at_all() {
    let (data, ring, private) = site();
    let kept = |data: &TempDir| shelf::kept(data.path()).unwrap();
    let package = shelf::add(default_model(), data.path(), &ring, None).unwrap();
    assert_eq!(kept(&data), [data.path().join("models/interval-synthetic-0.2")]);
    assert!(package.model().path().join("NOTICE").is_file(), "licences travel with it");
    shelf::add(default_model(), data.path(), &ring, None).unwrap();

    let unsigned = copied(&[SIGNATURE, "card.toml"]);
    let error = shelf::add(unsigned.path(), data.path(), &ring, None).unwrap_err();
    assert!(matches!(error, ModelError::Unsigned { .. }), "{error}");
    let original = unsigned.path().display().to_string();
    assert!(error.to_string().contains(&original), "{error}");
    assert_eq!(kept(&data).len(), 1);
    let key = shelf::signing_key(&private).unwrap();
    let package = shelf::add(unsigned.path(), data.path(), &ring, Some(&key)).unwrap();
    assert_eq!(package.model().vouched().signer(), Some("site"));
    assert!(!unsigned.path().join(SIGNATURE).exists(), "the original is left alone");
    assert_eq!(kept(&data).len(), 2);

    let other = copied(&[]);
    fs::write(other.path().join("plans.json"), b"{}").unwrap();
    assert!(shelf::add(other.path(), data.path(), &ring, Some(&key)).is_err());
    let stray: Vec<_> = fs::read_dir(data.path().join("models")).unwrap().collect();
    assert_eq!(stray.len(), 2, "nothing half made stays");
}
#[test]
fn another_package_does_not_take_the_place_of_one_of_the_same_name() {
    let (data, ring, private) = site();
    shelf::add(default_model(), data.path(), &ring, None).unwrap();
    let other = copied(&[SIGNATURE]);
    let path = other.path().join("card.toml");
    let card = fs::read_to_string(&path).unwrap();
    fs::write(&path, card.replace("threshold_logit = -1.0", "threshold_logit = -2.0")).unwrap();
    let key = shelf::signing_key(&private).unwrap();
    let error = shelf::add(other.path(), data.path(), &ring, Some(&key)).unwrap_err();
    assert!(matches!(error, ModelError::Taken { .. }), "{error}");
}
#[test]
fn an_archive_is_checked_like_a_folder() {
    let (data, ring, _) = site();
    let archive = data.path().join("model.tar.gz");
    let packed = std::process::Command::new("tar")
        .args(["--create", "--gzip", "--file"])
        .arg(&archive)
        .args(["--directory", env!("CARGO_MANIFEST_DIR"), "default"])
        .status();
    assert!(packed.unwrap().success());
    let package = shelf::add(&archive, data.path(), &ring, None).unwrap();
    assert_eq!(package.digest(), signed_only(default_model(), &ring).unwrap().digest());
    let bytes = fs::read(&archive).unwrap();
    fs::write(&archive, &bytes[..bytes.len() / 2]).unwrap();
    assert!(shelf::add(&archive, data.path(), &ring, None).is_err());
    assert_eq!(shelf::kept(data.path()).unwrap().len(), 1);
}
#[test]
fn a_key_is_made_once_and_its_private_half_is_for_its_owner() {
    use std::os::unix::fs::PermissionsExt as _;
    let (data, _, private) = site();
    assert_eq!(fs::metadata(&private).unwrap().permissions().mode() & 0o777, 0o600);
    let error = shelf::make_key("site", &data.path().join("x.pub"), &private).unwrap_err();
    assert!(matches!(error, ModelError::Write { .. }), "{error}");
}
