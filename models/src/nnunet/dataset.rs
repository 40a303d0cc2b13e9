//! `dataset.json`: which channels a network takes and what its outputs mean.

use crate::registry::ModelError;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;
use std::fmt;

/// What a network takes and gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// Names of the input channels, in order.
    pub channels: Vec<String>,
    /// What the outputs mean.
    pub heads: Heads,
}

/// What the output channels of a network mean.
#[derive(Debug, Clone, PartialEq)]
pub enum Heads {
    /// One output a label, of which one is true (softmax): output `n` is the label with value
    /// `n`, the background first.
    Labels(Vec<String>),
    /// One output a region, each true or false for itself (sigmoid). Painted in order, so a later
    /// region covers an earlier one.
    Regions(Vec<Painted>),
}

/// A region of a network with overlapping outputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Painted {
    /// Its name.
    pub name: String,
    /// The value its voxels get in the label map of the model.
    pub value: u8,
}

impl Heads {
    /// Number of output channels.
    pub fn count(&self) -> usize {
        match self {
            Heads::Labels(names) => names.len(),
            Heads::Regions(regions) => regions.len(),
        }
    }

    /// Name of the label or region and the value it has in a label map of the model; the
    /// background is left out.
    pub fn names(&self) -> Vec<(&str, u8)> {
        match self {
            Heads::Labels(names) => {
                (0..).zip(names).skip(1).map(|(value, name)| (name.as_str(), value)).collect()
            }
            Heads::Regions(all) => all.iter().map(|r| (r.name.as_str(), r.value)).collect(),
        }
    }
}

#[derive(Deserialize)]
struct DatasetFile {
    #[serde(alias = "modality")]
    channel_names: Ordered,
    labels: Ordered,
    #[serde(default)]
    regions_class_order: Option<Vec<u8>>,
}

/// A JSON object with its members in the order of the file: the order of the outputs.
struct Ordered(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Ordered {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Ordered;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Ordered, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Ordered(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

impl Dataset {
    /// Reads the text of a `dataset.json`.
    pub fn parse(text: &str) -> Result<Self, ModelError> {
        let file: DatasetFile = serde_json::from_str(text)
            .map_err(|source| ModelError::Json { file: "dataset.json", source })?;
        let mut numbered = Vec::new();
        for (key, name) in &file.channel_names.0 {
            let number: usize =
                key.parse().map_err(|_| unknown("the channel number", key.clone()))?;
            let name = name.as_str().map_or_else(|| name.to_string(), str::to_owned);
            numbered.push((number, name));
        }
        numbered.sort();
        let channels = numbered.into_iter().map(|(_, name)| name).collect();
        Ok(Self { channels, heads: heads(&file)? })
    }
}

fn unknown(what: &'static str, word: String) -> ModelError {
    ModelError::Unknown { what, word }
}

/// Values of a label, whether written as one number or as a list of them.
fn values(name: &str, label: &Value) -> Result<Vec<u8>, ModelError> {
    let one = |v: &Value| v.as_u64().and_then(|v| u8::try_from(v).ok());
    let list = match label {
        Value::Array(all) => all.iter().map(one).collect(),
        single => one(single).map(|v| vec![v]),
    };
    list.filter(|list| !list.is_empty())
        .ok_or_else(|| unknown("the value of a label", format!("{name}: {label}")))
}

fn heads(file: &DatasetFile) -> Result<Heads, ModelError> {
    let mut labels = Vec::new();
    for (name, label) in file.labels.0.iter().filter(|(name, _)| name != "ignore") {
        labels.push((name.clone(), values(name, label)?));
    }
    if labels.iter().any(|(_, values)| values.len() > 1) {
        return regions(labels, file.regions_class_order.as_deref());
    }
    labels.sort_by_key(|(_, values)| values[0]);
    for (wanted, (name, values)) in labels.iter().enumerate() {
        if usize::from(values[0]) != wanted {
            let word = format!("{name}: {}", values[0]);
            return Err(unknown("a gap in the label values before", word));
        }
    }
    Ok(Heads::Labels(labels.into_iter().map(|(name, _)| name).collect()))
}

fn regions(labels: Vec<(String, Vec<u8>)>, order: Option<&[u8]>) -> Result<Heads, ModelError> {
    let foreground: Vec<_> =
        labels.into_iter().filter(|(_, values)| values.iter().any(|&v| v != 0)).collect();
    let order = order
        .filter(|order| order.len() == foreground.len())
        .ok_or_else(|| unknown("regions_class_order", format!("{order:?}")))?;
    let painted = foreground.into_iter().zip(order);
    Ok(Heads::Regions(painted.map(|((name, _), &value)| Painted { name, value }).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(labels: &str, more: &str) -> Result<Dataset, ModelError> {
        Dataset::parse(&format!(
            r#"{{"channel_names": {{"1": "T1c", "0": "T1", "10": "x", "2": "y"}}, "labels": {labels}{more}}}"#
        ))
    }

    #[test]
    fn channels_are_ordered_by_number_not_by_text() {
        let dataset = parsed(r#"{"background": 0, "tumour": 1}"#, "").unwrap();
        assert_eq!(dataset.channels, ["T1", "T1c", "y", "x"]);
    }
    #[test]
    fn the_old_name_of_the_channels_is_understood() {
        let old = r#"{"modality": {"0": "CT"}, "labels": {"background": 0, "a": 1}}"#;
        assert_eq!(Dataset::parse(old).unwrap().channels, ["CT"]);
    }
    #[test]
    fn regions_keep_the_order_of_the_file() {
        let labels = r#"{"background": 0, "whole": [1, 2, 3], "core": [2, 3], "an_et": [3]}"#;
        let dataset = parsed(labels, r#", "regions_class_order": [1, 2, 3]"#).unwrap();
        assert_eq!(dataset.heads.names(), [("whole", 1), ("core", 2), ("an_et", 3)]);
        assert_eq!(dataset.heads.count(), 3);
    }
    #[test]
    fn labels_are_ordered_by_value_and_the_ignored_one_has_no_output() {
        let labels = r#"{"b": 2, "background": 0, "a": 1, "ignore": 3}"#;
        let dataset = parsed(labels, "").unwrap();
        assert_eq!(dataset.heads.names(), [("a", 1), ("b", 2)]);
        assert_eq!(dataset.heads.count(), 3);
    }
    #[test]
    fn regions_without_an_order_and_labels_with_a_gap_are_refused() {
        for labels in [r#"{"background": 0, "a": [1, 2]}"#, r#"{"background": 0, "a": 2}"#] {
            assert!(matches!(parsed(labels, ""), Err(ModelError::Unknown { .. })), "{labels}");
        }
    }
}
