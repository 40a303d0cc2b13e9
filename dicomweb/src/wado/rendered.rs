//! How an image is to look (PS3.18 8.3.5).

use super::WadoError;
use crate::parameters::Parameters;

/// Largest side of an image that is made, in pixels: more than any screen has.
pub const SIDE_PIXELS_MAX: u32 = 8192;

/// What is burnt into an image (PS3.18 8.3.5.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Annotation {
    /// Who the patient is.
    Patient,
    /// How the image was made.
    Technique,
}

/// The part of the source that is shown, in pixels of the source (PS3.18 8.3.5.1.3).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Region {
    /// Left border, from 0.
    pub x: f64,
    /// Upper border, from 0.
    pub y: f64,
    /// Width; below 0 it is mirrored left and right. Nothing means to the right border.
    pub width: Option<f64>,
    /// Height; below 0 it is mirrored top and bottom. Nothing means to the lower border.
    pub height: Option<f64>,
}

/// How large the image is and what of the source it shows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Viewport {
    /// Width in pixels; nothing leaves it to the height.
    pub width: Option<u32>,
    /// Height in pixels; nothing leaves it to the width.
    pub height: Option<u32>,
    /// What is shown; nothing is all of it.
    pub region: Option<Region>,
}

/// How values become grey (PS3.3 C.11.2.1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// LINEAR.
    Linear,
    /// `LINEAR_EXACT`.
    LinearExact,
    /// SIGMOID.
    Sigmoid,
}

/// Which values are shown (PS3.18 8.3.5.1.4).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// Its centre, in values after the modality transformation.
    pub center: f64,
    /// Its width, above 0.
    pub width: f64,
    /// How values become grey.
    pub shape: Shape,
}

/// The colour profile that the image is to have (PS3.18 8.3.5.1.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs, reason = "each is named by its colour space")]
pub enum IccProfile {
    /// None.
    #[default]
    No,
    /// That of the source.
    Yes,
    Srgb,
    AdobeRgb,
    RommRgb,
    DisplayP3,
}

/// How an image is to look. The parameter `accept` is for
/// [`Accept::of`](crate::media::Accept::of).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rendering {
    /// What is burnt in.
    pub annotations: Vec<Annotation>,
    /// Quality of a lossy image, 1 to 100.
    pub quality: Option<u8>,
    /// Its size.
    pub viewport: Option<Viewport>,
    /// Its greys.
    pub window: Option<Window>,
    /// Its colours.
    pub icc_profile: IccProfile,
}

impl Rendering {
    /// Reads the parameters of an address.
    pub fn parse(parameters: &Parameters) -> Result<Self, WadoError> {
        let said = |name| Ok::<_, WadoError>(parameters.one(name)?.filter(|text| !text.is_empty()));
        Ok(Self {
            annotations: said("annotation")?.map(annotations).transpose()?.unwrap_or_default(),
            quality: said("quality")?.map(quality).transpose()?,
            viewport: said("viewport")?.map(viewport).transpose()?,
            window: said("window")?.map(window).transpose()?,
            icc_profile: said("iccprofile")?.map(profile).transpose()?.unwrap_or_default(),
        })
    }
}

fn annotations(text: &str) -> Result<Vec<Annotation>, WadoError> {
    let mut annotations = Vec::new();
    for word in text.split(',') {
        let annotation = match word {
            "patient" => Annotation::Patient,
            "technique" => Annotation::Technique,
            _ => return Err(WadoError::Annotation),
        };
        if !annotations.contains(&annotation) {
            annotations.push(annotation);
        }
    }
    Ok(annotations)
}

fn quality(text: &str) -> Result<u8, WadoError> {
    let quality = text.parse().ok().filter(|quality| (1..=100).contains(quality));
    quality.ok_or(WadoError::Quality)
}

fn viewport(text: &str) -> Result<Viewport, WadoError> {
    let parts: Vec<&str> = text.split(',').collect();
    let side = |text: &str| match text {
        "" => Ok(None),
        digits => {
            let side = digits.parse().ok().filter(|side| (1..=SIDE_PIXELS_MAX).contains(side));
            side.map(Some).ok_or(WadoError::Viewport)
        }
    };
    let number = |text: &str| match text {
        "" => Ok(None),
        text => finite(text).map(Some).ok_or(WadoError::Viewport),
    };
    let (size, region) = match parts.as_slice() {
        [width, height] => ([width, height], None),
        [width, height, x, y, source_width, source_height] => {
            let corner = |text| {
                let at = number(text)?.unwrap_or(0.);
                if at >= 0. { Ok(at) } else { Err(WadoError::Viewport) }
            };
            let length = |text| match number(text)? {
                Some(0.) => Err(WadoError::Viewport),
                length => Ok(length),
            };
            let region = Region {
                x: corner(x)?,
                y: corner(y)?,
                width: length(source_width)?,
                height: length(source_height)?,
            };
            ([width, height], Some(region))
        }
        _ => return Err(WadoError::Viewport),
    };
    let (width, height) = (side(size[0])?, side(size[1])?);
    if width.is_none() && height.is_none() && region.is_none() {
        return Err(WadoError::Viewport);
    }
    Ok(Viewport { width, height, region })
}

fn window(text: &str) -> Result<Window, WadoError> {
    let parts: Vec<&str> = text.split(',').collect();
    let [center, width, shape] = parts.as_slice() else { return Err(WadoError::Window) };
    let center = finite(center).ok_or(WadoError::Window)?;
    let width = finite(width).filter(|width| *width > 0.).ok_or(WadoError::Window)?;
    let shape = match shape.to_ascii_lowercase().as_str() {
        "linear" => Shape::Linear,
        "linear-exact" | "linear_exact" => Shape::LinearExact,
        "sigmoid" => Shape::Sigmoid,
        _ => return Err(WadoError::Window),
    };
    Ok(Window { center, width, shape })
}

fn profile(text: &str) -> Result<IccProfile, WadoError> {
    match text.to_ascii_lowercase().as_str() {
        "no" => Ok(IccProfile::No),
        "yes" => Ok(IccProfile::Yes),
        "srgb" => Ok(IccProfile::Srgb),
        "adobergb" => Ok(IccProfile::AdobeRgb),
        "rommrgb" => Ok(IccProfile::RommRgb),
        "displayp3" => Ok(IccProfile::DisplayP3),
        _ => Err(WadoError::IccProfile),
    }
}

/// A decimal number; Rust would take `inf` and `nan` as well.
fn finite(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(query: &str, expected: Result<Rendering, WadoError>) {
        let parameters = Parameters::parse(query).unwrap();
        assert_eq!(Rendering::parse(&parameters), expected, "{query}");
    }

    #[test]
    fn nothing_said_is_nothing_asked() {
        check("", Ok(Rendering::default()));
        check("accept=image/png&quality=", Ok(Rendering::default()));
    }
    #[test]
    fn everything_can_be_asked() {
        let region = Region { x: 10., y: 0., width: Some(-100.), height: None };
        let expected = Rendering {
            annotations: vec![Annotation::Patient, Annotation::Technique],
            quality: Some(90),
            viewport: Some(Viewport { width: Some(512), height: None, region: Some(region) }),
            window: Some(Window { center: -40., width: 0.5, shape: Shape::LinearExact }),
            icc_profile: IccProfile::Srgb,
        };
        check(
            "annotation=patient,technique&quality=90&viewport=512,,10,,-100,&\
             window=-40,0.5,linear-exact&iccprofile=srgb",
            Ok(expected),
        );
    }
    #[test]
    fn values_have_their_bounds() {
        for wrong in ["quality=0", "quality=101", "quality=x"] {
            check(wrong, Err(WadoError::Quality));
        }
        for wrong in [
            "1",
            "0,1",
            "1,8193",
            "1,-1",
            "1,2,3",
            ",",
            "1,2,-1,0,1,1",
            "1,2,0,0,0,1",
            "1,2,nan,0,1,1",
        ] {
            check(&format!("viewport={wrong}"), Err(WadoError::Viewport));
        }
        for wrong in ["1,2", "1,0,linear", "1,inf,linear", "1,2,lut", "nan,1,linear"] {
            check(&format!("window={wrong}"), Err(WadoError::Window));
        }
        check("annotation=all", Err(WadoError::Annotation));
        check("iccprofile=cmyk", Err(WadoError::IccProfile));
    }
}
