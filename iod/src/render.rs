//! A frame as people see it: eight bits of grey or of red, green and blue, as large as the place
//! where it is shown (PS3.18 8.3.5, PS3.4 Annex N).

mod colour;
mod grey;
mod scale;

use crate::frames::{FrameError, Frames};
use interval_core::fault::Fault;

/// Longest side of a picture that is made, in pixels: twice a hospital's largest screen.
pub const SIDE_MAX: u32 = 8_192;

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The frame cannot be had.
    #[error("the frame cannot be read")]
    Frame(#[from] FrameError),
    /// A photometric interpretation, or a depth of it, that is not drawn.
    #[error("{samples} samples of {bits} bits in {photometric} are not drawn")]
    Photometric {
        /// Photometric Interpretation (0028,0004).
        photometric: String,
        /// Samples per Pixel (0028,0002).
        samples: usize,
        /// Bits Allocated (0028,0100).
        bits: u32,
    },
    /// A palette that does not say what it means.
    #[error("the palette of the image cannot be read")]
    Palette,
    /// A window without width.
    #[error("a window of width {0} shows nothing")]
    Window(f64),
    /// A side of zero, or beyond what is made.
    #[error("a picture of {width} x {height} is not made, at most {SIDE_MAX} a side")]
    Viewport {
        /// Columns asked for.
        width: u32,
        /// Rows asked for.
        height: u32,
    },
    /// The encoder failed.
    #[error("the picture cannot be encoded")]
    Encode(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl RenderError {
    /// What to do about it.
    pub fn fault(&self) -> Fault {
        match self {
            RenderError::Frame(error) => error.fault(),
            RenderError::Encode(_) => Fault::Defect,
            _ => Fault::Refused,
        }
    }
}

/// Shape of a window (PS3.3 C.11.2.1.2 and C.11.2.1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Function {
    /// LINEAR.
    #[default]
    Linear,
    /// `LINEAR_EXACT`.
    LinearExact,
    /// SIGMOID.
    Sigmoid,
}

impl Function {
    /// The function of that name in VOI LUT Function (0028,1056); WADO-RS writes it in small letters
    /// with a hyphen (PS3.18 8.3.5.1.4).
    pub fn named(text: &str) -> Option<Self> {
        match text.to_ascii_uppercase().replace('-', "_").as_str() {
            "LINEAR" => Some(Function::Linear),
            "LINEAR_EXACT" => Some(Function::LinearExact),
            "SIGMOID" => Some(Function::Sigmoid),
            _ => None,
        }
    }
}

/// Which values are told apart, after the modality's rescale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// Window Center (0028,1050).
    pub centre: f64,
    /// Window Width (0028,1051), above 0.
    pub width: f64,
    /// VOI LUT Function (0028,1056).
    pub function: Function,
}

/// Most columns and rows of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Viewport {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

/// How a frame is to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct View {
    /// Instead of the object's own window.
    pub window: Option<Window>,
    /// The picture fills it in one direction; the size of the frame when nothing is said.
    pub viewport: Option<Viewport>,
}

/// The bytes of a picture, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pixels {
    /// A byte a pixel, 0 is black.
    Grey(Vec<u8>),
    /// Red, green and blue of each pixel.
    Rgb(Vec<u8>),
}

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// What is on it.
    pub pixels: Pixels,
}

/// Draws the frame at `index`, from 0: by the window asked for, else the first of the object's own,
/// else from its least to its greatest value.
pub fn render(frames: &Frames<'_>, index: u32, view: &View) -> Result<Picture, RenderError> {
    if let Some(window) = view.window.filter(|window| !is_window(window)) {
        return Err(RenderError::Window(window.width));
    }
    if let Some(Viewport { width, height }) = view.viewport
        && !((1..=SIDE_MAX).contains(&width) && (1..=SIDE_MAX).contains(&height))
    {
        return Err(RenderError::Viewport { width, height });
    }
    let image = frames.native_image();
    let stored = frames.native(index)?;
    let header = frames.encoded().header();
    let pixels = match image.photometric.as_str() {
        _ if image.samples == 3 => Pixels::Rgb(colour::direct(&image, &stored)?),
        "PALETTE COLOR" => Pixels::Rgb(colour::by_palette(&image, &stored, header.root())?),
        _ if image.samples == 1 => {
            let grey = grey::Grey { image: &image, numbers: frames.numbers(), index };
            Pixels::Grey(grey.draw(&stored, header.root(), view.window))
        }
        _ => return Err(not_drawn(&image)),
    };
    let picture = Picture { width: image.columns, height: image.rows, pixels };
    Ok(match view.viewport {
        Some(viewport) => scale::into(picture, viewport),
        None => picture,
    })
}

fn is_window(window: &Window) -> bool {
    window.centre.is_finite() && window.width.is_finite() && window.width > 0.
}

fn not_drawn(image: &crate::frames::Image) -> RenderError {
    let photometric = image.photometric.clone();
    RenderError::Photometric { photometric, samples: image.samples, bits: image.bits_allocated }
}

impl Picture {
    /// As a JPEG of a quality from 1 to 100.
    pub fn jpeg(&self, quality: u8) -> Result<Vec<u8>, RenderError> {
        let (bytes, colour) = match &self.pixels {
            Pixels::Grey(bytes) => (bytes, jpeg_encoder::ColorType::Luma),
            Pixels::Rgb(bytes) => (bytes, jpeg_encoder::ColorType::Rgb),
        };
        let mut file = Vec::with_capacity(bytes.len() / 4 + 1024);
        // Sides have at most 65,535 pixels, here and there.
        jpeg_encoder::Encoder::new(&mut file, quality.clamp(1, 100))
            .encode(bytes, self.width as u16, self.height as u16, colour)
            .map_err(|source| RenderError::Encode(Box::new(source)))?;
        Ok(file)
    }

    /// As a PNG, compressed quickly rather than well.
    pub fn png(&self) -> Result<Vec<u8>, RenderError> {
        let (bytes, colour) = match &self.pixels {
            Pixels::Grey(bytes) => (bytes, png::ColorType::Grayscale),
            Pixels::Rgb(bytes) => (bytes, png::ColorType::Rgb),
        };
        let mut file = Vec::with_capacity(bytes.len() / 2 + 1024);
        let mut encoder = png::Encoder::new(&mut file, self.width as u32, self.height as u32);
        encoder.set_color(colour);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::Fast);
        let written = encoder.write_header().and_then(|mut writer| {
            writer.write_image_data(bytes)?;
            writer.finish()
        });
        written.map_err(|source| RenderError::Encode(Box::new(source)))?;
        Ok(file)
    }
}
