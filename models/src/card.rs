//! The model card: what a network takes, what its outputs mean, where it came from.

use crate::orient::Storage;
use crate::postprocess::Filter;
use crate::registry::ModelError;
use interval_core::digest::Digest;
use interval_core::lesion::Region;
use interval_core::role::SeriesRole;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What is said of a network, once, in `card.toml`.
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    /// Its name in results.
    pub name: String,
    /// Its version in results.
    pub version: String,
    /// How it is run.
    pub kind: Kind,
    /// The sequences it takes, in the order of its channels.
    pub inputs: Vec<SeriesRole>,
    /// What its labels or regions are, by their own names. Names that are not here are
    /// background.
    pub labels: BTreeMap<String, Region>,
    /// How images lie in memory when the network sees them.
    pub storage: Storage,
    /// What becomes of the coil's shading before the network sees an image.
    pub shading: Shading,
    /// Logit above which a region is painted.
    pub threshold_logit: f32,
    /// Axes of the network (z, y, x) along which it may be mirrored.
    pub mirror_axes: Vec<usize>,
    /// Which components of its answer are believed.
    pub filter: Filter,
    /// How far the borders between regions may be redrawn in one round, in mm; nothing where the
    /// network draws them well.
    pub borders_reach_mm: Option<f64>,
    /// Licence, an SPDX name or a name and where its text is.
    pub licence: String,
    /// Who made it, from what.
    pub origin: String,
    /// What must be said wherever it is used.
    pub notice: String,
    /// SHA-256 of each file of the package.
    pub files: BTreeMap<String, Digest>,
}

/// What becomes of the coil's shading (the bias field) before the network sees an image.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shading {
    /// It is taken away: the network was trained on corrected images.
    #[default]
    Corrected,
    /// It stays: the network was trained on shaded images, and a correction costs tumour contrast.
    Kept,
}

/// How a network is run.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// As nnU-Net v2 does, by `plans.json` and `dataset.json`.
    NnUnet {
        /// The configuration of the plans; nothing for the usual one.
        configuration: Option<String>,
    },
    /// As the three-input DeepMedic network of `CaPTk`.
    DeepMedic {
        /// The classes of its output, in order.
        outputs: Vec<String>,
        /// Spacing it was trained at, in mm along every axis.
        spacing_mm: f64,
        /// Voxels of a tile's feature region along each axis: a multiple of 15.
        feature_voxels: usize,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CardFile {
    name: String,
    version: String,
    kind: String,
    configuration: Option<String>,
    inputs: Vec<String>,
    outputs: Option<Vec<String>>,
    orientation: String,
    spacing_mm: Option<f64>,
    feature_voxels: Option<usize>,
    #[serde(default)]
    shading: Shading,
    #[serde(default)]
    threshold_logit: f32,
    #[serde(default)]
    mirror_axes: Vec<usize>,
    licence: String,
    origin: String,
    notice: String,
    labels: BTreeMap<String, String>,
    #[serde(default)]
    filter: Filter,
    borders_reach_mm: Option<f64>,
    files: BTreeMap<String, String>,
}

fn unknown(what: &'static str, word: impl Into<String>) -> ModelError {
    ModelError::Unknown { what, word: word.into() }
}

impl Card {
    /// Reads the text of a `card.toml`.
    pub fn parse(text: &str) -> Result<Self, ModelError> {
        let file: CardFile = toml::from_str(text).map_err(ModelError::Card)?;
        let mut inputs = Vec::new();
        for word in &file.inputs {
            inputs.push(word.parse().map_err(|_| unknown("the sequence", word))?);
        }
        let mut labels = BTreeMap::new();
        for (name, word) in &file.labels {
            let region = Region::ALL.into_iter().find(|region| region.as_str() == word);
            labels.insert(name.clone(), region.ok_or_else(|| unknown("the region", word))?);
        }
        let mut files = BTreeMap::new();
        for (name, digest) in &file.files {
            let plain = !name.contains(['/', '\\']) && !name.starts_with('.');
            let digest = digest.parse().ok().filter(|_| plain);
            files.insert(name.clone(), digest.ok_or_else(|| unknown("the file entry", name))?);
        }
        if let Some(axis) = file.mirror_axes.iter().find(|axis| **axis > 2) {
            return Err(unknown("the mirror axis", axis.to_string()));
        }
        Ok(Self {
            kind: kind(&file)?,
            storage: storage(&file.orientation)?,
            name: file.name,
            version: file.version,
            inputs,
            labels,
            shading: file.shading,
            threshold_logit: file.threshold_logit,
            mirror_axes: file.mirror_axes,
            filter: file.filter,
            borders_reach_mm: file.borders_reach_mm,
            licence: file.licence,
            origin: file.origin,
            notice: file.notice,
            files,
        })
    }

    /// The cards of known packages that come without one.
    pub fn built_in() -> Result<Vec<Self>, ModelError> {
        [include_str!("../cards/captk_deepmedic.toml")].into_iter().map(Self::parse).collect()
    }
}

fn kind(file: &CardFile) -> Result<Kind, ModelError> {
    let missing = |what| unknown("a DeepMedic card without", what);
    match file.kind.as_str() {
        "nnunet" => Ok(Kind::NnUnet { configuration: file.configuration.clone() }),
        "deepmedic" => {
            let feature_voxels = file.feature_voxels.ok_or_else(|| missing("feature_voxels"))?;
            if feature_voxels == 0 || feature_voxels % 15 != 0 {
                return Err(unknown("the tile size", feature_voxels.to_string()));
            }
            let spacing_mm = file.spacing_mm.filter(|s| s.is_normal() && *s > 0.);
            Ok(Kind::DeepMedic {
                outputs: file.outputs.clone().ok_or_else(|| missing("outputs"))?,
                spacing_mm: spacing_mm.ok_or_else(|| missing("spacing_mm"))?,
                feature_voxels,
            })
        }
        other => Err(unknown("the kind of network", other)),
    }
}

fn storage(word: &str) -> Result<Storage, ModelError> {
    match word {
        "LPS" => Ok(Storage::Lps),
        "RAS" => Ok(Storage::Ras),
        other => Err(unknown("the orientation", other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEEPMEDIC: &str = include_str!("../cards/captk_deepmedic.toml");

    #[track_caller]
    fn check_refused(from: &str, to: &str, word: &str) {
        let text = DEEPMEDIC.replace(from, to);
        assert_ne!(text, DEEPMEDIC, "the card has '{from}'");
        let error = Card::parse(&text).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }

    #[test]
    fn the_built_in_cards_can_be_read() {
        let cards = Card::built_in().unwrap();
        assert_eq!(cards[0].inputs, SeriesRole::CHANNELS);
        assert_eq!(cards[0].labels["NCR"], Region::NonEnhancingCore);
    }
    #[test]
    fn words_that_mean_nothing_are_refused_by_name() {
        check_refused("\"FLAIR\"]", "\"STIR\"]", "STIR");
        check_refused("ET = \"ET\"", "ET = \"tumour\"", "tumour");
        check_refused("\"LPS\"", "\"PIR\"", "PIR");
        check_refused("\"deepmedic\"", "\"segresnet\"", "segresnet");
        check_refused("feature_voxels = 60", "feature_voxels = 64", "64");
        check_refused("name =", "nickname =", "nickname");
        check_refused("ffc943c1", "zzz943c1", "captk_deepmedic_brats.onnx");
        check_refused("\"captk_deepmedic_brats.onnx\"", "\"../x.onnx\"", "../x.onnx");
    }
}
