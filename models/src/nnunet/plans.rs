//! `plans.json`: how images are prepared for a network, and its answer brought back.

use crate::registry::ModelError;
use interval_imaging::zoom::{Order, Separation};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// One configuration of a plans file.
#[derive(Debug, Clone, PartialEq)]
pub struct Plans {
    /// Its name, such as `3d_fullres`.
    pub configuration: String,
    /// Voxels the network takes at once, along the transposed axes.
    pub patch: [usize; 3],
    /// Spacing the network was trained at, in mm, along the transposed axes.
    pub spacing: [f64; 3],
    /// Axis `a` of the network is axis `transpose[a]` of the image (z, y, x).
    pub transpose: [usize; 3],
    /// The way back.
    pub transpose_back: [usize; 3],
    /// How each channel is normalised.
    pub schemes: Vec<Scheme>,
    /// How images are resampled.
    pub data: Resampling,
    /// How the outputs of the network are resampled.
    pub logits: Resampling,
    /// How images lie in memory when the network sees them.
    pub reader: Reader,
}

/// How one channel is normalised, before it is resampled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scheme {
    /// Minus the mean, by the standard deviation, over all voxels of the crop.
    ZScore,
    /// The same, over and inside the non-zero mask only.
    ZScoreInside,
    /// Clipped and scaled by numbers of the training set.
    Ct(Properties),
    /// From 0 to 1.
    RescaleTo01,
    /// By 255.
    RgbTo01,
    /// Not at all.
    Keep,
}

/// Intensities of one channel over the foreground of the training set.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Properties {
    /// Mean.
    pub mean: f32,
    /// Standard deviation.
    pub std: f32,
    /// Half a per cent lies below.
    pub percentile_00_5: f32,
    /// Half a per cent lies above.
    pub percentile_99_5: f32,
}

/// How a volume comes to another number of voxels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resampling {
    /// By a spline (`interval_imaging::zoom`).
    Spline {
        /// In 3D, or within slices.
        order: Order,
        /// Along a separated axis.
        order_z: Order,
        /// When slices are treated one by one.
        separation: Separation,
    },
    /// Not at all.
    Keep,
}

/// How an image file becomes an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// As it is stored.
    AsStored,
    /// Turned to RAS storage first.
    ToRas,
}

/// The configuration that is meant when nobody names one.
const USUAL_CONFIGURATION: &str = "3d_fullres";
/// Longest chain of `inherits_from`. Real plans have one or two links.
const PARENTS_MAX: usize = 8;

#[derive(Deserialize)]
struct PlansFile {
    #[serde(default = "unmoved")]
    transpose_forward: Vec<usize>,
    #[serde(default = "unmoved")]
    transpose_backward: Vec<usize>,
    #[serde(default)]
    image_reader_writer: Option<String>,
    #[serde(default, alias = "foreground_intensity_properties_by_modality")]
    foreground_intensity_properties_per_channel: BTreeMap<String, Value>,
    configurations: BTreeMap<String, Map<String, Value>>,
}

fn unmoved() -> Vec<usize> {
    vec![0, 1, 2]
}

#[derive(Deserialize)]
struct Configuration {
    preprocessor_name: String,
    patch_size: Vec<usize>,
    spacing: Vec<f64>,
    normalization_schemes: Vec<String>,
    use_mask_for_norm: Vec<bool>,
    resampling_fn_data: String,
    #[serde(default)]
    resampling_fn_data_kwargs: Kwargs,
    resampling_fn_probabilities: String,
    #[serde(default)]
    resampling_fn_probabilities_kwargs: Kwargs,
    #[serde(default)]
    previous_stage: Option<String>,
}

#[derive(Deserialize, Default)]
struct Kwargs {
    #[serde(default)]
    order: Option<u8>,
    #[serde(default)]
    order_z: Option<u8>,
    #[serde(default)]
    force_separate_z: Option<bool>,
}

fn unknown(what: &'static str, word: impl Into<String>) -> ModelError {
    ModelError::Unknown { what, word: word.into() }
}

fn json(source: serde_json::Error) -> ModelError {
    ModelError::Json { file: "plans.json", source }
}

impl Plans {
    /// Reads one configuration from the text of a `plans.json`: the one named, else `3d_fullres`.
    pub fn parse(text: &str, configuration: Option<&str>) -> Result<Self, ModelError> {
        let file: PlansFile = serde_json::from_str(text).map_err(json)?;
        let name = configuration.unwrap_or(USUAL_CONFIGURATION);
        let merged = inherited(&file.configurations, name)?;
        let chosen: Configuration = serde_json::from_value(Value::Object(merged)).map_err(json)?;
        if let Some(stage) = chosen.previous_stage {
            return Err(unknown("a cascade; its first stage is", stage));
        }
        if chosen.preprocessor_name != "DefaultPreprocessor" {
            return Err(unknown("the preprocessor", chosen.preprocessor_name));
        }
        let three = |what, list: &[usize]| {
            <[usize; 3]>::try_from(list).map_err(|_| unknown(what, format!("{list:?}")))
        };
        let patch = three("a 2D configuration; its patch is", &chosen.patch_size)?;
        let spacing = <[f64; 3]>::try_from(chosen.spacing.as_slice())
            .map_err(|_| unknown("the spacing", format!("{:?}", chosen.spacing)))?;
        let transpose = three("transpose_forward", &file.transpose_forward)?;
        let transpose_back = three("transpose_backward", &file.transpose_backward)?;
        check_axes(transpose, transpose_back)?;
        if patch.contains(&0) || spacing.iter().any(|s| !s.is_normal() || *s < 0.) {
            return Err(unknown("the patch or spacing", format!("{patch:?}, {spacing:?}")));
        }
        Ok(Self {
            configuration: name.to_owned(),
            patch,
            spacing,
            transpose,
            transpose_back,
            schemes: schemes(&chosen, &file)?,
            data: resampling(&chosen.resampling_fn_data, &chosen.resampling_fn_data_kwargs, 3)?,
            logits: resampling(
                &chosen.resampling_fn_probabilities,
                &chosen.resampling_fn_probabilities_kwargs,
                1,
            )?,
            reader: reader(file.image_reader_writer.as_deref())?,
        })
    }
}

/// A configuration with what it inherits; the child's own words win.
fn inherited(
    all: &BTreeMap<String, Map<String, Value>>,
    name: &str,
) -> Result<Map<String, Value>, ModelError> {
    let mut merged = Map::new();
    let mut next = Some(name.to_owned());
    for _ in 0..PARENTS_MAX {
        let Some(current) = next.take() else { return Ok(merged) };
        let own = all.get(&current).ok_or_else(|| unknown("the configuration", current))?;
        for (key, value) in own {
            merged.entry(key.clone()).or_insert_with(|| value.clone());
        }
        next = own.get("inherits_from").and_then(Value::as_str).map(str::to_owned);
    }
    Err(unknown("a circle of configurations that inherit from each other, at", name))
}

fn check_axes(there: [usize; 3], back: [usize; 3]) -> Result<(), ModelError> {
    let undone = there.iter().all(|&a| a < 3) && (0..3).all(|a| back[there[a]] == a);
    undone.then_some(()).ok_or_else(|| unknown("the transposition", format!("{there:?}, {back:?}")))
}

fn schemes(chosen: &Configuration, file: &PlansFile) -> Result<Vec<Scheme>, ModelError> {
    let properties = |channel: usize| {
        let found = file
            .foreground_intensity_properties_per_channel
            .get(&channel.to_string())
            .ok_or_else(|| unknown("the intensities of channel", channel.to_string()))?;
        serde_json::from_value::<Properties>(found.clone()).map_err(json)
    };
    let named = chosen.normalization_schemes.iter().enumerate();
    named
        .map(|(channel, name)| match name.as_str() {
            "ZScoreNormalization" => match chosen.use_mask_for_norm.get(channel) {
                Some(true) => Ok(Scheme::ZScoreInside),
                Some(false) => Ok(Scheme::ZScore),
                None => Err(unknown("use_mask_for_norm of channel", channel.to_string())),
            },
            "CTNormalization" => Ok(Scheme::Ct(properties(channel)?)),
            "RescaleTo01Normalization" => Ok(Scheme::RescaleTo01),
            "RGBTo01Normalization" => Ok(Scheme::RgbTo01),
            "NoNormalization" => Ok(Scheme::Keep),
            other => Err(unknown("the normalisation", other)),
        })
        .collect()
}

fn resampling(name: &str, kwargs: &Kwargs, usual: u8) -> Result<Resampling, ModelError> {
    let order = |number: u8| match number {
        0 => Ok(Order::Nearest),
        1 => Ok(Order::Linear),
        3 => Ok(Order::Cubic),
        other => Err(unknown("the spline order", other.to_string())),
    };
    let separation = match kwargs.force_separate_z {
        None => Separation::ByAnisotropy,
        Some(true) => Separation::Always,
        Some(false) => Separation::Never,
    };
    match name {
        "resample_data_or_seg_to_shape" => Ok(Resampling::Spline {
            order: order(kwargs.order.unwrap_or(usual))?,
            order_z: order(kwargs.order_z.unwrap_or(0))?,
            separation,
        }),
        "resample_torch_fornnunet" => {
            Ok(Resampling::Spline { order: Order::Linear, order_z: Order::Nearest, separation })
        }
        other if other.starts_with("no_resampling") => Ok(Resampling::Keep),
        other => Err(unknown("the resampling", other)),
    }
}

fn reader(name: Option<&str>) -> Result<Reader, ModelError> {
    match name {
        None | Some("SimpleITKIO" | "NibabelIO") => Ok(Reader::AsStored),
        Some("SimpleITKIOWithReorient" | "NibabelIOWithReorient") => Ok(Reader::ToRas),
        Some(other) => Err(unknown("the image reader", other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What nnunetv2 writes, as short as it can be.
    const PLANS: &str = r#"{
        "transpose_forward": [1, 0, 2], "transpose_backward": [1, 0, 2],
        "image_reader_writer": "SimpleITKIO",
        "foreground_intensity_properties_per_channel": {"0":
            {"mean": 100, "std": 50, "percentile_00_5": 10, "percentile_99_5": 300}},
        "configurations": {
            "3d_fullres": {
                "preprocessor_name": "DefaultPreprocessor", "patch_size": [64, 96, 80],
                "spacing": [1, 1, 2], "normalization_schemes": ["ZScoreNormalization"],
                "use_mask_for_norm": [true], "resampling_fn_data": "resample_data_or_seg_to_shape",
                "resampling_fn_data_kwargs": {"order": 3, "order_z": 0, "force_separate_z": null},
                "resampling_fn_probabilities": "resample_data_or_seg_to_shape",
                "resampling_fn_probabilities_kwargs": {"order": 1, "order_z": 0}},
            "3d_wide": {"inherits_from": "3d_fullres", "patch_size": [128, 128, 128]},
            "3d_wider": {"inherits_from": "3d_wide", "spacing": [2, 2, 2]},
            "circle": {"inherits_from": "circle"}}}"#;

    fn plans(from: &str, to: &str) -> Result<Plans, ModelError> {
        let text = PLANS.replace(from, to);
        assert!(from.is_empty() || text != PLANS, "the plans have '{from}'");
        Plans::parse(&text, None)
    }

    #[track_caller]
    fn check_refused(from: &str, to: &str, word: &str) {
        let error = plans(from, to).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }

    #[test]
    fn the_usual_configuration_is_read_when_none_is_named() {
        let plans = plans("", "").unwrap();
        assert_eq!((plans.patch, plans.spacing), ([64, 96, 80], [1., 1., 2.]));
        assert_eq!(plans.transpose, [1, 0, 2]);
        assert_eq!(plans.schemes, [Scheme::ZScoreInside]);
        let spline = |order| Resampling::Spline {
            order,
            order_z: Order::Nearest,
            separation: Separation::ByAnisotropy,
        };
        assert_eq!((plans.data, plans.logits), (spline(Order::Cubic), spline(Order::Linear)));
    }
    #[test]
    fn a_child_wins_over_its_parents() {
        let plans = Plans::parse(PLANS, Some("3d_wider")).unwrap();
        assert_eq!((plans.patch, plans.spacing), ([128; 3], [2.; 3]));
        assert!(Plans::parse(PLANS, Some("circle")).is_err());
        assert!(Plans::parse(PLANS, Some("3d_narrow")).is_err());
    }
    #[test]
    fn older_spellings_are_read() {
        let wanted = Scheme::Ct(Properties {
            mean: 100.,
            std: 50.,
            percentile_00_5: 10.,
            percentile_99_5: 300.,
        });
        let ct = PLANS.replace("ZScoreNormalization", "CTNormalization");
        let old = ct.replace("_per_channel", "_by_modality");
        for text in [ct, old] {
            assert_eq!(Plans::parse(&text, None).unwrap().schemes, [wanted]);
        }
        let named =
            PLANS.replace(r#""spacing""#, r#""UNet_class_name": "PlainConvUNet", "spacing""#);
        assert!(Plans::parse(&named, None).is_ok());
    }
    #[test]
    fn the_second_kernel_is_linear_and_unknown_ones_are_refused() {
        let kwargs = r#"resample_data_or_seg_to_shape",
                "resampling_fn_data_kwargs""#;
        let torch = r#"resample_torch_fornnunet",
                "resampling_fn_data_kwargs""#;
        let wanted = Resampling::Spline {
            order: Order::Linear,
            order_z: Order::Nearest,
            separation: Separation::ByAnisotropy,
        };
        assert_eq!(plans(kwargs, torch).unwrap().data, wanted);
        let none = plans("resample_data_or_seg_to_shape", "no_resampling_hack").unwrap();
        assert_eq!((none.data, none.logits), (Resampling::Keep, Resampling::Keep));
        check_refused("resample_data_or_seg_to_shape", "resample_by_magic", "resample_by_magic");
        check_refused(r#""order": 3"#, r#""order": 5"#, "5");
    }
    #[test]
    fn what_we_do_not_run_is_refused_by_name() {
        check_refused("[64, 96, 80]", "[96, 80]", "2D");
        check_refused("DefaultPreprocessor", "CTPreprocessor", "CTPreprocessor");
        check_refused(r#""spacing""#, r#""previous_stage": "3d_lowres", "spacing""#, "3d_lowres");
        check_refused("ZScoreNormalization", "HistogramNormalization", "HistogramNormalization");
        check_refused("SimpleITKIO", "Tiff3DIO", "Tiff3DIO");
        check_refused(
            r#""transpose_backward": [1, 0, 2]"#,
            r#""transpose_backward": [0, 1, 2]"#,
            "[1, 0, 2]",
        );
    }
    #[test]
    fn a_reader_that_reorients_is_obeyed() {
        assert_eq!(plans("", "").unwrap().reader, Reader::AsStored);
        assert_eq!(plans("SimpleITKIO", "NibabelIOWithReorient").unwrap().reader, Reader::ToRas);
    }
}
