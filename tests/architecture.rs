//! The diagram of ARCHITECTURE.md, checked: who may know whom, where each heavy dependency lives,
//! how large a file may be.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Parts and what of ours they may depend on.
const LAYERS: [(&str, &[&str]); 7] = [
    ("core", &[]),
    ("iod", &["interval-core"]),
    ("dimse", &["interval-core"]),
    ("dicomweb", &["interval-core"]),
    ("imaging", &["interval-core"]),
    ("models", &["interval-core", "interval-imaging"]),
    ("report", &["interval-core"]),
];

/// Heavy dependencies and the manifests that may name them; "." is the node.
const HOMES: [(&str, &[&str]); 17] = [
    ("dicom-ul", &["dimse"]),
    ("dicom-object", &["iod", "dimse"]),
    ("dicom-pixeldata", &["iod"]),
    ("hyper", &["."]),
    ("axum", &["."]),
    ("openidconnect", &["."]),
    ("cryptoki", &["."]),
    ("tokio", &["dimse", "."]),
    ("sea-orm", &["."]),
    ("sea-orm-migration", &["."]),
    ("ort", &["models"]),
    ("nifti", &["imaging"]),
    ("krilla", &["report"]),
    ("pdf-writer", &["report"]),
    ("lopdf", &["report"]),
    ("cms", &["report"]),
    ("x509-parser", &["."]),
];

/// Within the node: what only one folder speaks to.
const ROOMS: [(&str, &str); 6] = [
    ("sea_orm", "store"),
    ("axum::", "web"),
    ("hyper::", "web"),
    ("openidconnect", "web"),
    ("x509_parser", "web"),
    ("cryptoki", "keys"),
];

/// Files that may say that content has no identity in it: the profile, the type's own tests, and
/// whoever makes content by formula.
const DECLARERS: [&str; 2] = ["iod/src/deid/mod.rs", "core/src/patient.rs"];

/// Everything that `core` may name.
const CORE_DEPENDENCIES: [&str; 2] = ["sha2", "thiserror"];

/// A file beyond this is split by a noun of the domain.
const LINES_MAX: usize = 600;

/// Names that say nothing.
const EMPTY_NAMES: [&str; 8] =
    ["common", "util", "utils", "helper", "helpers", "types", "traits", "misc"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Names of the dependencies of a part, without those of its tests.
fn dependencies(part: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join(part).join("Cargo.toml")).unwrap();
    let manifest: toml::Table = text.parse().unwrap();
    let table = manifest["dependencies"].as_table().unwrap();
    table.keys().cloned().collect()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn all_sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for part in [".", "core", "iod", "dimse", "dicomweb", "imaging", "models", "report", "xtask"] {
        sources(&root().join(part).join("src"), &mut found);
    }
    assert!(found.len() > 50, "the sources were not found");
    found
}

#[test]
fn a_part_knows_the_hub_and_no_other_part() {
    for (part, allowed) in LAYERS {
        let ours = dependencies(part).into_iter().filter(|name| name.starts_with("interval-"));
        for name in ours {
            assert!(allowed.contains(&name.as_str()), "{part} depends on {name}");
        }
    }
}

#[test]
fn the_node_knows_every_part() {
    let node = dependencies(".");
    for (part, _) in LAYERS {
        assert!(node.contains(&format!("interval-{part}")), "the node does not use {part}");
    }
}

#[test]
fn the_hub_depends_on_next_to_nothing() {
    assert_eq!(dependencies("core"), CORE_DEPENDENCIES);
}

#[test]
fn each_heavy_dependency_has_one_home() {
    let parts = [
        ".",
        "core",
        "iod",
        "dimse",
        "dicomweb",
        "imaging",
        "models",
        "report",
        "conformance",
        "xtask",
    ];
    let named: BTreeMap<_, _> = parts.map(|part| (part, dependencies(part))).into();
    for (dependency, homes) in HOMES {
        for (part, names) in &named {
            let is_there = names.iter().any(|name| name == dependency);
            assert!(!is_there || homes.contains(part), "{part} depends on {dependency}");
        }
    }
}

#[test]
fn each_door_of_the_node_is_spoken_to_in_its_own_folder() {
    let mut node = Vec::new();
    sources(&root().join("src"), &mut node);
    for path in node {
        let text = fs::read_to_string(&path).unwrap();
        for (name, folder) in ROOMS {
            let inside = path.starts_with(root().join("src").join(folder));
            assert!(inside || !text.contains(name), "{} speaks to {name}", path.display());
        }
    }
}

#[test]
fn nobody_but_the_profile_says_that_there_is_no_identity() {
    for path in all_sources() {
        let text = fs::read_to_string(&path).unwrap();
        let may = DECLARERS.iter().any(|file| path.ends_with(file));
        assert!(may || !text.contains("Deidentified::declare("), "{} declares", path.display());
    }
}

#[test]
fn no_file_is_too_long_to_be_read() {
    for path in all_sources() {
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let lines = code.lines().count();
        assert!(lines <= LINES_MAX, "{} has {lines} lines", path.display());
    }
}

#[test]
fn every_file_is_named_by_a_noun_of_the_domain() {
    for path in all_sources() {
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(!EMPTY_NAMES.contains(&stem.as_str()), "{} says nothing", path.display());
    }
}

#[test]
fn lints_hold_for_every_part() {
    for part in [
        "core",
        "iod",
        "dimse",
        "dicomweb",
        "imaging",
        "models",
        "report",
        "conformance",
        "xtask",
        ".",
    ] {
        let text = fs::read_to_string(root().join(part).join("Cargo.toml")).unwrap();
        assert!(text.contains("[lints]\nworkspace = true"), "{part} opted out of the lints");
    }
}
