use super::*;
use crate::trust::Keyring;
use interval_core::fault::Fault;
use std::fs;
use tempfile::TempDir;

fn default_model() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/default"))
}

/// What lies there, signed or not: signatures have tests of their own.
fn opened(dir: &Path) -> Result<Package, ModelError> {
    open(dir, Admission::AnyUnaltered(&Keyring::nobody()))
}

/// A copy of the default model, with or without its card. The network is not copied: nothing is
/// loaded from it here.
fn copied(network: &[u8], with_card: fn(String) -> Option<String>) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for name in ["plans.json", "dataset.json", "README.md", "NOTICE"] {
        fs::copy(default_model().join(name), dir.path().join(name)).unwrap();
    }
    fs::write(dir.path().join("fold_0.onnx"), network).unwrap();
    if let Some(card) = with_card(fs::read_to_string(default_model().join("card.toml")).unwrap()) {
        let recorded = "85a39bc73d0f6a06b1dec3c48e2806aac0010a840de0e7caa9dd6b77e2e86da6";
        assert!(card.contains(recorded));
        let card = card.replace(recorded, &Digest::of(b"a network").to_string());
        fs::write(dir.path().join("card.toml"), card).unwrap();
    }
    dir
}

#[test]
fn the_model_that_ships_is_what_its_card_says() {
    let package = opened(default_model()).unwrap();
    assert_eq!(package.model().listed(), Listed::Card);
    assert_eq!(package.name().name, "interval-synthetic");
    assert_eq!(package.name().digest, package.digest());
    let regions = package.regions();
    let wanted = [
        (1, Region::NonEnhancingCore),
        (2, Region::FlairHyperintensity),
        (3, Region::Enhancing),
        (4, Region::ResectionCavity),
    ];
    assert_eq!(*regions, BTreeMap::from(wanted));
    assert!(package.card().notice.contains("not a medical device"));
}
#[test]
fn a_changed_file_is_found_before_anything_is_loaded() {
    let dir = copied(b"a network", Some);
    opened(dir.path()).unwrap();
    for name in ["plans.json", "dataset.json", "fold_0.onnx"] {
        let path = dir.path().join(name);
        let kept = fs::read(&path).unwrap();
        fs::write(&path, [kept.as_slice(), b" "].concat()).unwrap();
        let error = opened(dir.path()).unwrap_err();
        assert!(matches!(&error, ModelError::Altered { file, .. } if file == name), "{error}");
        assert_eq!(error.fault(), Fault::Refused);
        fs::write(&path, kept).unwrap();
    }
}
#[test]
fn a_file_that_changes_after_opening_is_found_when_it_is_read() {
    let dir = copied(b"a network", Some);
    let package = opened(dir.path()).unwrap();
    package.model().network(0).unwrap();
    fs::write(dir.path().join("fold_0.onnx"), b"another").unwrap();
    assert!(matches!(package.model().network(0), Err(ModelError::Altered { .. })));
}
#[test]
fn weights_in_a_file_that_nobody_checks_are_refused() {
    let dir = copied(b"tensor \n\x08location\x12\x0bweights.bin", |_| None);
    let error = opened(dir.path()).unwrap().model().network(0).unwrap_err();
    assert!(matches!(error, ModelError::Elsewhere { .. }), "{error}");
}
#[test]
fn a_missing_file_is_named() {
    let dir = copied(b"a network", Some);
    fs::remove_file(dir.path().join("dataset.json")).unwrap();
    let error = opened(dir.path()).unwrap_err();
    assert!(error.to_string().contains("dataset.json"), "{error}");
    assert_eq!(error.fault(), Fault::Refused);
}
#[test]
fn another_card_is_another_package() {
    let one = opened(copied(b"a network", Some).path()).unwrap().digest();
    let again = opened(copied(b"a network", Some).path()).unwrap().digest();
    let other = copied(b"a network", |card| Some(card.replace("-1.0", "-0.5")));
    assert_eq!(one, again);
    assert_ne!(one, opened(other.path()).unwrap().digest());
}
#[test]
fn a_plain_folder_is_read_by_the_words_of_the_field() {
    let dir = copied(b"a network", |_| None);
    let package = opened(dir.path()).unwrap();
    assert_eq!(package.model().listed(), Listed::Nowhere);
    assert_eq!(package.card().inputs, SeriesRole::CHANNELS);
    assert_eq!(package.regions(), opened(default_model()).unwrap().regions());
}
#[test]
fn a_label_nobody_knows_is_refused_by_name_but_the_network_can_still_be_looked_at() {
    let dir = copied(b"a network", |_| None);
    let path = dir.path().join("dataset.json");
    let text = fs::read_to_string(&path).unwrap().replace("tumor_core", "blob");
    fs::write(&path, text).unwrap();
    let error = opened(dir.path()).unwrap_err().to_string();
    assert!(error.contains("blob"), "{error}");
    assert_eq!(
        Model::open(dir.path(), Admission::AnyUnaltered(&Keyring::nobody())).unwrap().folds(),
        1
    );
}
#[test]
fn a_card_that_names_a_label_the_network_does_not_have_is_refused() {
    let dir = copied(b"a network", |card| Some(card.replace("tumor_core =", "core =")));
    assert!(opened(dir.path()).unwrap_err().to_string().contains("core"));
    let fewer = copied(b"a network", |card| Some(card.replace(", \"FLAIR\"]", "]")));
    assert!(matches!(opened(fewer.path()), Err(ModelError::Disagree { .. })));
}
#[test]
fn an_empty_folder_is_no_package() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(opened(dir.path()), Err(ModelError::NotAPackage(_))));
    assert!(opened(&dir.path().join("nowhere")).is_err());
}
#[test]
fn folds_are_ordered_by_their_number() {
    let names = ["fold_10.onnx", "fold_2.onnx", "plans.json", "fold_0.onnx"].map(str::to_owned);
    assert_eq!(networks(names.iter()), ["fold_0.onnx", "fold_2.onnx", "fold_10.onnx"]);
    assert_eq!(networks(["only.onnx".to_owned()].iter()), ["only.onnx"]);
    assert!(networks(["a.onnx".to_owned(), "b.onnx".to_owned()].iter()).is_empty());
}
