//! A page as a list of marks with their places. It is made before any PDF exists, so that tests can
//! ask what stands where without reading one.
//!
//! Places are in points (1/72 inch) from the upper left corner of the page, y downwards.

use super::text::{Style, Weight};
use std::sync::Arc;

/// Width of A4, in points.
pub const PAGE_WIDTH: f32 = 595.28;
/// Height of A4, in points.
pub const PAGE_HEIGHT: f32 = 841.89;
/// Margin on each side, in points (12.7 mm): what office printers reach.
pub const MARGIN: f32 = 36.;

/// A colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour(pub [u8; 3]);

/// A rectangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Frame {
    /// Left edge.
    pub x: f32,
    /// Upper edge.
    pub y: f32,
    /// Width.
    pub width: f32,
    /// Height.
    pub height: f32,
}

impl Frame {
    /// The part of a page within its margins.
    pub const PRINTABLE: Frame = Frame {
        x: MARGIN,
        y: MARGIN,
        width: PAGE_WIDTH - 2. * MARGIN,
        height: PAGE_HEIGHT - 2. * MARGIN,
    };

    /// The whole page.
    pub const PAGE: Frame = Frame { x: 0., y: 0., width: PAGE_WIDTH, height: PAGE_HEIGHT };

    /// Right edge.
    pub fn right(&self) -> f32 {
        self.x + self.width
    }

    /// Lower edge.
    pub fn bottom(&self) -> f32 {
        self.y + self.height
    }

    /// Whether another rectangle lies inside this one, to a hundredth of a point.
    pub fn holds(&self, other: &Frame) -> bool {
        let slack = 0.01;
        other.x >= self.x - slack
            && other.y >= self.y - slack
            && other.right() <= self.right() + slack
            && other.bottom() <= self.bottom() + slack
    }

    /// Its four corners.
    pub fn corners(&self) -> [[f32; 2]; 4] {
        [
            [self.x, self.y],
            [self.right(), self.y],
            [self.right(), self.bottom()],
            [self.x, self.bottom()],
        ]
    }

    fn around(points: &[[f32; 2]], by: f32) -> Frame {
        let range = |axis: usize| {
            points
                .iter()
                .map(|point| point[axis])
                .fold([f32::MAX, f32::MIN], |[low, high], at| [low.min(at), high.max(at)])
        };
        let ([left, right], [top, bottom]) = (range(0), range(1));
        let (width, height) = (right - left + 2. * by, bottom - top + 2. * by);
        Frame { x: left - by, y: top - by, width, height }
    }
}

/// A line of text in its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// The text, drawable.
    pub text: String,
    /// Left end of its baseline.
    pub at: [f32; 2],
    /// Size and weight.
    pub style: Style,
    /// Its colour.
    pub colour: Colour,
    /// Its width.
    pub width: f32,
    /// How far it is turned around its left end, in degrees, clockwise.
    pub turned: f32,
    /// 1 for opaque.
    pub opacity: f32,
}

impl Run {
    /// Ascent and descent of the face, in ems, as far as letters in use reach.
    const ASCENT_EM: f32 = 0.76;
    const DESCENT_EM: f32 = 0.24;

    /// The rectangle around its letters.
    pub fn frame(&self) -> Frame {
        let (up, down) = (self.style.size * Self::ASCENT_EM, self.style.size * Self::DESCENT_EM);
        let (sin, cos) = self.turned.to_radians().sin_cos();
        let [x, y] = self.at;
        let corners = [[0., -up], [self.width, -up], [self.width, down], [0., down]];
        let turned = corners.map(|[dx, dy]| [x + dx * cos - dy * sin, y + dx * sin + dy * cos]);
        Frame::around(&turned, 0.)
    }
}

/// How a line is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Pencil {
    /// Width in points.
    pub width: f32,
    /// Its colour.
    pub colour: Colour,
    /// Lengths of dashes and gaps in turn, in points; nothing for a whole line.
    pub dashes: Vec<f32>,
}

impl Pencil {
    /// A whole line.
    pub fn whole(width: f32, colour: Colour) -> Self {
        Self { width, colour, dashes: Vec::new() }
    }
}

/// A picture in grey.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// Where it lies.
    pub frame: Frame,
    /// Grey values, row by row.
    pub grey: Arc<Vec<u8>>,
    /// Pixels in a row, and rows.
    pub size: [usize; 2],
}

/// Something that is drawn.
#[derive(Debug, Clone, PartialEq)]
pub enum Mark {
    /// A line of text.
    Text(Run),
    /// An open line through points.
    Line(Vec<[f32; 2]>, Pencil),
    /// A closed line through points.
    Loop(Vec<[f32; 2]>, Pencil),
    /// A filled area, with its opacity.
    Area(Vec<[f32; 2]>, Colour, f32),
    /// A picture.
    Picture(Picture),
}

impl Mark {
    /// The rectangle it covers.
    pub fn frame(&self) -> Frame {
        match self {
            Mark::Text(run) => run.frame(),
            Mark::Line(points, pencil) if points.len() == 2 => {
                // A straight line ends where it ends and is as wide as its pencil.
                let [[ax, ay], [bx, by]] = [points[0], points[1]];
                let length = (bx - ax).hypot(by - ay).max(f32::MIN_POSITIVE);
                let half = pencil.width / 2. / length;
                let (x, y) = ((by - ay) * half, (ax - bx) * half);
                let corners =
                    [[ax - x, ay - y], [ax + x, ay + y], [bx - x, by - y], [bx + x, by + y]];
                Frame::around(&corners, 0.)
            }
            Mark::Line(points, pencil) | Mark::Loop(points, pencil) => {
                Frame::around(points, pencil.width / 2.)
            }
            Mark::Area(points, ..) => Frame::around(points, 0.),
            Mark::Picture(picture) => picture.frame,
        }
    }
}

/// What a group of marks is, for readers who cannot see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// Repeated on every page: header and footer.
    Frame,
    /// The watermark.
    Watermark,
    /// Lines and tints without a meaning of their own.
    Ornament,
    /// A heading.
    Heading,
    /// A paragraph.
    Paragraph,
    /// A picture or chart, with its description in words.
    Figure(String),
}

/// Marks that belong together.
#[derive(Debug, Clone, PartialEq)]
pub struct Passage {
    /// What they are.
    pub role: Role,
    /// The marks, in the order in which they are drawn.
    pub marks: Vec<Mark>,
}

/// One page.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sheet {
    /// What is on it, in the order of reading.
    pub passages: Vec<Passage>,
}

impl Sheet {
    /// Starts a group of marks.
    pub fn begin(&mut self, role: Role) {
        self.passages.push(Passage { role, marks: Vec::new() });
    }

    /// Adds a mark to the group that was started last.
    pub fn add(&mut self, mark: Mark) {
        if self.passages.is_empty() {
            self.begin(Role::Ornament);
        }
        if let Some(passage) = self.passages.last_mut() {
            passage.marks.push(mark);
        }
    }

    /// All marks.
    pub fn marks(&self) -> impl Iterator<Item = &Mark> {
        self.passages.iter().flat_map(|passage| &passage.marks)
    }

    /// All lines of text.
    pub fn runs(&self) -> impl Iterator<Item = &Run> {
        self.marks().filter_map(|mark| match mark {
            Mark::Text(run) => Some(run),
            _ => None,
        })
    }

    /// All text on the page, a line a run.
    pub fn text(&self) -> String {
        self.runs().map(|run| run.text.as_str()).collect::<Vec<_>>().join("\n")
    }
}

/// Letters of a size in points.
pub(super) const fn letters(size: f32, weight: Weight) -> Style {
    Style { size, weight }
}
