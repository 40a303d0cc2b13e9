//! Model packages: folders whose files are checked, and vouched for, before anything is loaded from
//! them.

mod error;

use crate::card::{Card, Kind, Shading};
use crate::folder::{self, Folder};
use crate::nnunet::plans::Reader;
use crate::nnunet::{Dataset, Heads, Plans};
use crate::orient::Storage;
use crate::postprocess::Filter;
use crate::spelling;
use crate::trust::{Admission, SIGNATURE, Vouched};
use interval_core::assessment::ModelName;
use interval_core::digest::{Altered, Digest, Verified};
use interval_core::lesion::Region;
use interval_core::role::SeriesRole;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

pub use error::ModelError;

/// Who lists the files of a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    /// Its own card names their digests.
    Card,
    /// A card that ships with this software names them.
    BuiltIn,
    /// Nothing does: the digests were taken when the package was opened, and hold from then on.
    Nowhere,
}

/// A network with its files, in its own words.
#[derive(Debug, Clone)]
pub struct Model {
    folder: Folder,
    networks: Vec<String>,
    recipe: Recipe,
    card: Option<Card>,
    listed: Listed,
    manifest: Vec<u8>,
    vouched: Vouched,
}

/// How a network is run.
#[derive(Debug, Clone)]
pub enum Recipe {
    /// As nnU-Net v2 does.
    NnUnet(Box<(Plans, Dataset)>),
    /// As the three-input DeepMedic network does.
    DeepMedic {
        /// The classes of its output, in order.
        outputs: Vec<String>,
        /// Spacing it was trained at, in mm.
        spacing_mm: f64,
        /// Voxels of a tile's feature region along each axis.
        feature_voxels: usize,
    },
}

/// A network that speaks our words: its inputs are series roles, its outputs regions.
#[derive(Debug, Clone)]
pub struct Package {
    model: Model,
    card: Card,
    regions: BTreeMap<u8, Region>,
}

/// Name of the card among the files of a package.
pub const CARD: &str = "card.toml";
/// nnU-Net's description of how a network is run.
const PLANS: &str = "plans.json";
/// nnU-Net's description of what goes in and comes out.
const DATASET: &str = "dataset.json";

/// How a tensor of an ONNX file begins to say in which other file it lies (`external_data`, the
/// entry `location` of onnx.proto3).
const ELSEWHERE: &[u8] = b"\n\x08location";

/// First line of the manifest of a package that has no card of its own.
const LIST_HEAD: &str = "files of a model package";

/// Opens a package whose words are all known.
pub fn open(dir: &Path, admission: Admission<'_>) -> Result<Package, ModelError> {
    Package::new(Model::open(dir, admission)?)
}

impl Model {
    /// Opens a folder: checks the SHA-256 of each file that a card lists, asks whether somebody
    /// vouches for it, and only then reads how the network is run.
    pub fn open(dir: &Path, admission: Admission<'_>) -> Result<Self, ModelError> {
        let Contents { folder, card, listed, manifest } = contents(dir, admission)?;
        let vouched = admitted(&folder, &manifest, admission)?;
        let networks = networks(folder.files().keys());
        if networks.is_empty() {
            return Err(ModelError::NotAPackage(dir.display().to_string()));
        }
        let recipe = recipe(&folder, card.as_ref().map(|card| &card.kind))?;
        Ok(Self { folder, networks, recipe, card, listed, manifest, vouched })
    }

    /// What a signature over the package is made for: the exact bytes of its card, or the list of
    /// its files where it has no card of its own.
    pub fn manifest(&self) -> &[u8] {
        &self.manifest
    }

    /// Who vouches for it.
    pub fn vouched(&self) -> &Vouched {
        &self.vouched
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Its files with their digests, the card among them.
    pub fn files(&self) -> &BTreeMap<String, Digest> {
        self.folder.files()
    }

    /// How the network is run.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// The card; nothing for a plain folder.
    pub fn card(&self) -> Option<&Card> {
        self.card.as_ref()
    }

    /// Who lists the files.
    pub fn listed(&self) -> Listed {
        self.listed
    }

    /// Number of networks that are averaged.
    pub fn folds(&self) -> usize {
        self.networks.len()
    }

    /// The bytes of one network, checked again as they are read. One that would have the runtime
    /// read weights from elsewhere, which nobody checks, is refused.
    pub fn network(&self, fold: usize) -> Result<Verified<Vec<u8>>, ModelError> {
        let name = self
            .networks
            .get(fold)
            .ok_or_else(|| ModelError::Unknown { what: "the fold", word: fold.to_string() })?;
        let network = self.folder.network(name)?;
        if network.bytes().windows(ELSEWHERE.len()).any(|bytes| bytes == ELSEWHERE) {
            return Err(ModelError::Elsewhere { file: name.clone() });
        }
        Ok(network)
    }

    /// Digest over the names and contents of all files.
    pub fn digest(&self) -> Digest {
        self.folder.digest()
    }
}

/// What lies in a folder, digests checked.
struct Contents {
    folder: Folder,
    card: Option<Card>,
    listed: Listed,
    manifest: Vec<u8>,
}

fn contents(dir: &Path, admission: Admission<'_>) -> Result<Contents, ModelError> {
    if dir.join(CARD).is_file() {
        return carded(dir, admission);
    }
    let (folder, card, listed) = if let Some(card) = recognised(dir)? {
        let folder = Folder::seen(dir, card.files.keys().cloned())?;
        folder.agrees_with(&card.files)?;
        (folder, Some(card), Listed::BuiltIn)
    } else {
        (Folder::seen(dir, plain_files(dir)?)?, None, Listed::Nowhere)
    };
    let mut list = format!("{LIST_HEAD}\n");
    for (name, digest) in folder.files() {
        // Writing to a string does not fail.
        let _ = writeln!(list, "{digest}  {name}");
    }
    Ok(Contents { folder, card, listed, manifest: list.into_bytes() })
}

/// A package with a card of its own. A signature that does not hold ends it before the card is
/// read.
fn carded(dir: &Path, admission: Admission<'_>) -> Result<Contents, ModelError> {
    let own = Folder::seen(dir, [CARD.to_owned()])?;
    let manifest = own.text_bytes(CARD)?;
    if let Admission::Signed(ring) | Admission::AnyUnaltered(ring) = admission {
        ring.ask(&dir.join(SIGNATURE), &manifest)?;
    }
    let card = Card::parse(&String::from_utf8_lossy(&manifest))?;
    let would_be_read = |name: &String| is_network(name) || name == PLANS || name == DATASET;
    let unlisted = |name: &String| !card.files.contains_key(name);
    if let Some(file) = folder::names(dir)?.into_iter().filter(would_be_read).find(unlisted) {
        return Err(ModelError::Unlisted { file });
    }
    let folder = Folder::seen(dir, card.files.keys().cloned().chain([CARD.to_owned()]))?;
    folder.agrees_with(&card.files)?;
    folder.agrees_with(own.files())?;
    Ok(Contents { folder, card: Some(card), listed: Listed::Card, manifest })
}

/// Who vouches for a package, if the admission lets it in.
fn admitted(
    folder: &Folder,
    manifest: &[u8],
    admission: Admission<'_>,
) -> Result<Vouched, ModelError> {
    let ring = match admission {
        Admission::Exactly(expected) => {
            let found = folder.digest();
            let another = ModelError::Another(Altered { expected, found });
            return if found == expected { Ok(Vouched::NotAsked) } else { Err(another) };
        }
        Admission::Signed(ring) | Admission::AnyUnaltered(ring) => ring,
    };
    let path = folder.path().display().to_string();
    match (ring.ask(&folder.path().join(SIGNATURE), manifest)?, admission) {
        (vouched @ Vouched::By(_), _) => Ok(vouched),
        (vouched, Admission::AnyUnaltered(_)) => Ok(vouched),
        (Vouched::Stranger(name), _) => Err(ModelError::Stranger { folder: path, name }),
        (Vouched::Nobody | Vouched::NotAsked, _) => Err(ModelError::Unsigned { folder: path }),
    }
}

/// Reads how the network of a folder is run.
fn recipe(folder: &Folder, kind: Option<&Kind>) -> Result<Recipe, ModelError> {
    let configuration = match kind {
        Some(Kind::DeepMedic { outputs, spacing_mm, feature_voxels }) => {
            return Ok(Recipe::DeepMedic {
                outputs: outputs.clone(),
                spacing_mm: *spacing_mm,
                feature_voxels: *feature_voxels,
            });
        }
        Some(Kind::NnUnet { configuration }) => configuration.as_deref(),
        None => None,
    };
    let plans = Plans::parse(&folder.text(PLANS)?, configuration)?;
    let dataset = Dataset::parse(&folder.text(DATASET)?)?;
    let (channels, schemes) = (dataset.channels.len(), plans.schemes.len());
    if channels != schemes {
        return Err(ModelError::Disagree {
            what: "channels",
            one: ("plans.json", schemes),
            other: ("dataset.json", channels),
        });
    }
    Ok(Recipe::NnUnet(Box::new((plans, dataset))))
}

impl Package {
    fn new(model: Model) -> Result<Self, ModelError> {
        let card = match model.card() {
            Some(card) => card.clone(),
            None => derived_card(&model)?,
        };
        let (inputs, values) = match model.recipe() {
            Recipe::NnUnet(both) => {
                let names = both.1.heads.names().into_iter();
                (both.1.channels.len(), names.map(|(n, v)| (n.to_owned(), v)).collect())
            }
            Recipe::DeepMedic { outputs, .. } => {
                let values = (0..).zip(outputs).skip(1);
                (
                    SeriesRole::CHANNELS.len(),
                    values.map(|(v, n)| (n.clone(), v)).collect::<Vec<_>>(),
                )
            }
        };
        if inputs != card.inputs.len() {
            return Err(ModelError::Disagree {
                what: "input channels",
                one: (CARD, card.inputs.len()),
                other: ("the network", inputs),
            });
        }
        for name in card.labels.keys() {
            if !values.iter().any(|(known, _)| known == name) {
                return Err(ModelError::Unknown { what: "the label", word: name.clone() });
            }
        }
        let region = |(name, value)| Some((value, *card.labels.get(&name)?));
        let regions = values.into_iter().filter_map(region).collect();
        Ok(Self { model, card, regions })
    }

    /// The network and its files.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// What is said of it.
    pub fn card(&self) -> &Card {
        &self.card
    }

    /// Which region each value in its label maps is. Values that are not here are background.
    pub fn regions(&self) -> &BTreeMap<u8, Region> {
        &self.regions
    }

    /// Digest over the names and contents of all files.
    pub fn digest(&self) -> Digest {
        self.model.digest()
    }

    /// How results name it.
    pub fn name(&self) -> ModelName {
        let Card { name, version, .. } = self.card.clone();
        ModelName { name, version, digest: self.digest() }
    }
}

/// The card that a plain nnU-Net folder would have, if all its words are known.
fn derived_card(model: &Model) -> Result<Card, ModelError> {
    let Recipe::NnUnet(both) = model.recipe() else {
        return Err(ModelError::NotAPackage(model.folder.path().display().to_string()));
    };
    let (plans, dataset) = both.as_ref();
    let unknown = |what, word: &str| ModelError::Unknown { what, word: word.to_owned() };
    let mut inputs = Vec::new();
    for word in &dataset.channels {
        inputs.push(spelling::sequence(word).ok_or_else(|| unknown("the channel", word))?);
    }
    let mut labels = BTreeMap::new();
    for (word, _) in dataset.heads.names() {
        let region = spelling::region(word).ok_or_else(|| unknown("the label", word))?;
        labels.insert(word.to_owned(), region);
    }
    let name = model.folder.path().file_name().map(|name| name.to_string_lossy().into_owned());
    Ok(Card {
        name: name.unwrap_or_else(|| "unnamed".to_owned()),
        version: "unlisted".to_owned(),
        kind: Kind::NnUnet { configuration: Some(plans.configuration.clone()) },
        inputs,
        labels,
        storage: match plans.reader {
            Reader::AsStored => Storage::Lps,
            Reader::ToRas => Storage::Ras,
        },
        shading: Shading::default(),
        threshold_logit: 0.,
        mirror_axes: vec![0, 1, 2],
        borders_reach_mm: None,
        filter: Filter::default(),
        licence: "not stated".to_owned(),
        origin: "a folder without a model card".to_owned(),
        notice: "Research use only; the network has no model card.".to_owned(),
        files: model.folder.files().clone(),
    })
}

impl Package {
    /// Whether an output of the network speaks for one of the chosen regions.
    pub(crate) fn output_is(&self, output: usize, chosen: &dyn Fn(Region) -> bool) -> bool {
        let value = match self.model.recipe() {
            Recipe::NnUnet(both) => match &both.1.heads {
                Heads::Regions(regions) => regions.get(output).map(|region| region.value),
                Heads::Labels(_) => u8::try_from(output).ok(),
            },
            Recipe::DeepMedic { .. } => u8::try_from(output).ok(),
        };
        let region = value.and_then(|value| self.regions.get(&value));
        region.is_some_and(|region| chosen(*region))
    }
}

/// The built-in card whose network lies in this folder.
fn recognised(dir: &Path) -> Result<Option<Card>, ModelError> {
    let cards = Card::built_in()?;
    for path in
        folder::names(dir)?.iter().filter(|name| is_network(name)).map(|name| dir.join(name))
    {
        let found = folder::digest(&path)?;
        if let Some(card) = cards.iter().find(|c| c.files.values().any(|d| *d == found)) {
            return Ok(Some(card.clone()));
        }
    }
    Ok(None)
}

fn is_network(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|end| end == "onnx")
}

/// The number in `fold_3.onnx`.
fn fold_number(name: &str) -> Option<u32> {
    name.strip_prefix("fold_")?.strip_suffix(".onnx")?.parse().ok()
}

/// The networks among some files: the folds by their number, or the only one.
fn networks<'a>(files: impl Iterator<Item = &'a String>) -> Vec<String> {
    let all: Vec<&String> = files.filter(|name| is_network(name)).collect();
    let mut folds: Vec<_> =
        all.iter().filter_map(|name| Some((fold_number(name)?, (*name).clone()))).collect();
    folds.sort();
    if folds.is_empty() && all.len() == 1 {
        return vec![all[0].clone()];
    }
    folds.into_iter().map(|(_, name)| name).collect()
}

/// The files of a plain nnU-Net folder.
fn plain_files(dir: &Path) -> Result<Vec<String>, ModelError> {
    let mut all = folder::names(dir)?;
    all.retain(|name| fold_number(name).is_some() || name == PLANS || name == DATASET);
    Ok(all)
}

#[cfg(test)]
mod tests;
