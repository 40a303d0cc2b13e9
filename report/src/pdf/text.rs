//! Letters: shaping, measuring, breaking and shortening lines of text.
//!
//! The face is `DejaVu` Sans Condensed: it has Latin, Greek, Cyrillic and Hebrew. Lines that mix
//! directions are put in order by the Unicode bidirectional algorithm. A character that the face
//! does not have is shown as U+FFFD, and the page says so.

use super::PdfError;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use rustybuzz::{Direction, Face, UnicodeBuffer};
use std::ops::Range;
use unicode_bidi::BidiInfo;

/// Shown in place of a character that the face does not have.
pub const NO_GLYPH: char = '\u{FFFD}';

/// Ends a text that was cut.
const ELLIPSIS: &str = "…";

/// Stay on the line of their number.
const UNITS: [&str; 5] = ["%", "cm³", "mm", "days", "→"];

/// Longest text that is laid out, in characters; the rest is cut. A DICOM long text has 10,240
/// and two pages hold no more.
const CHARS_MAX: usize = 10_240;

/// How heavy letters are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Weight {
    /// For reading.
    Regular,
    /// For headings and results.
    Bold,
}

/// Size and weight of letters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Style {
    /// Size in points.
    pub size: f32,
    /// How heavy.
    pub weight: Weight,
}

impl Style {
    /// Distance between the baselines of two lines, in points: 1.28 of the size, which suits a
    /// face with large lower-case letters.
    pub fn leading(self) -> f32 {
        self.size * 1.28
    }
}

/// One face, for measuring and for embedding.
pub(super) struct Typeface {
    shaper: Face<'static>,
    pub(super) font: Font,
    units_per_em: f32,
}

/// The faces of a report.
pub struct Fonts {
    regular: Typeface,
    bold: Typeface,
}

/// Letters of one direction, in the order in which they are drawn.
pub(super) struct Shaped {
    pub(super) glyphs: Vec<KrillaGlyph>,
    /// Sum of the advances, in ems.
    pub(super) width_em: f32,
}

impl Typeface {
    fn new(bytes: &'static [u8]) -> Result<Self, PdfError> {
        let shaper = Face::from_slice(bytes, 0).ok_or(PdfError::Font)?;
        let font = Font::new(bytes.into(), 0).ok_or(PdfError::Font)?;
        let units_per_em = shaper.units_per_em() as f32;
        Ok(Self { shaper, font, units_per_em })
    }

    fn shape(&self, text: &str, range: Range<usize>, direction: Direction) -> Shaped {
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(&text[range.clone()]);
        buffer.guess_segment_properties();
        buffer.set_direction(direction);
        let shaped = rustybuzz::shape(&self.shaper, &[], buffer);
        let infos = shaped.glyph_infos();
        let ems = |units: i32| units as f32 / self.units_per_em;
        // Where each cluster of letters ends in the text: at the start of the one after it.
        let mut starts: Vec<usize> = infos.iter().map(|info| info.cluster as usize).collect();
        starts.push(range.len());
        starts.sort_unstable();
        let ends = |start: usize| {
            let next = starts.partition_point(|other| *other <= start);
            starts.get(next).copied().unwrap_or(range.len())
        };
        let glyphs: Vec<KrillaGlyph> = infos
            .iter()
            .zip(shaped.glyph_positions())
            .map(|(info, position)| {
                let start = info.cluster as usize;
                let letters = range.start + start..range.start + ends(start);
                KrillaGlyph::new(
                    GlyphId::new(info.glyph_id),
                    ems(position.x_advance),
                    ems(position.x_offset),
                    ems(position.y_offset),
                    ems(position.y_advance),
                    letters,
                    None,
                )
            })
            .collect();
        let width_em = shaped.glyph_positions().iter().map(|at| ems(at.x_advance)).sum();
        Shaped { glyphs, width_em }
    }
}

impl Fonts {
    /// The faces that are built in.
    pub fn new() -> Result<Self, PdfError> {
        Ok(Self {
            regular: Typeface::new(dejavu::sans_condensed::regular())?,
            bold: Typeface::new(dejavu::sans_condensed::bold())?,
        })
    }

    pub(super) fn face(&self, weight: Weight) -> &Typeface {
        match weight {
            Weight::Regular => &self.regular,
            Weight::Bold => &self.bold,
        }
    }

    /// The text as it can be drawn: on one line, without control characters or marks that turn
    /// the direction of what follows, and with U+FFFD for what the face does not have.
    pub fn drawable(&self, text: &str) -> String {
        let face = &self.regular.shaper;
        let turns = |c: char| matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{61C}' | '\u{FEFF}');
        text.chars()
            .take(CHARS_MAX)
            .filter(|c| !turns(*c))
            .map(|c| match c {
                c if c.is_whitespace() || c.is_control() => ' ',
                c if face.glyph_index(c).is_some() => c,
                _ => NO_GLYPH,
            })
            .collect()
    }

    /// Shapes a drawable text: runs of one direction, from left to right.
    pub(super) fn shape(&self, text: &str, weight: Weight) -> Vec<Shaped> {
        let face = self.face(weight);
        let bidi = BidiInfo::new(text, None);
        let mut shaped = Vec::new();
        for paragraph in &bidi.paragraphs {
            let (levels, runs) = bidi.visual_runs(paragraph, paragraph.range.clone());
            for run in runs {
                let direction = if levels[run.start].is_rtl() {
                    Direction::RightToLeft
                } else {
                    Direction::LeftToRight
                };
                shaped.push(face.shape(text, run, direction));
            }
        }
        shaped
    }

    /// Width of a drawable text on one line, in points.
    pub fn width(&self, text: &str, style: Style) -> f32 {
        self.shape(text, style.weight).iter().map(|run| run.width_em).sum::<f32>() * style.size
    }

    /// The text if it fits, else as much of it as fits with an ellipsis.
    pub fn shortened(&self, text: &str, style: Style, width: f32) -> String {
        let text = self.drawable(text);
        if self.width(&text, style) <= width {
            return text;
        }
        let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        let cut = |at: usize| format!("{}{ELLIPSIS}", text[..at].trim_end());
        let fits = starts.partition_point(|at| self.width(&cut(*at), style) <= width);
        cut(fits.checked_sub(1).map_or(0, |last| starts[last]))
    }

    /// Breaks a text into lines no wider than `width`, at most `lines_max`; the last one ends with
    /// an ellipsis when more would have followed. A word wider than a line is broken.
    pub fn lines(&self, text: &str, style: Style, width: f32, lines_max: usize) -> Vec<String> {
        let text = self.drawable(text);
        let mut lines: Vec<String> = Vec::new();
        let mut rest = text.trim();
        while !rest.is_empty() {
            if lines.len() + 1 >= lines_max {
                lines.push(self.shortened(rest, style, width));
                break;
            }
            let end = self.line_end(rest, style, width);
            lines.push(rest[..end].trim_end().to_owned());
            rest = rest[end..].trim_start();
        }
        lines.truncate(lines_max);
        lines
    }

    /// Where the first line of a text ends.
    fn line_end(&self, text: &str, style: Style, width: f32) -> usize {
        let fits = |end: &usize| self.width(text[..*end].trim_end(), style) <= width;
        let breaks = |at: &usize| !UNITS.iter().any(|unit| text[at + 1..].starts_with(unit));
        let spaces = text.match_indices(' ').map(|(at, _)| at);
        let mut words: Vec<usize> = spaces.filter(breaks).collect();
        words.push(text.len());
        if let Some(last) = words.partition_point(fits).checked_sub(1) {
            return words[last];
        }
        let letters: Vec<usize> = text.char_indices().skip(1).map(|(at, _)| at).collect();
        let first = letters.first().copied().unwrap_or(text.len());
        letters.partition_point(fits).checked_sub(1).map_or(first, |last| letters[last])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STYLE: Style = Style { size: 10., weight: Weight::Regular };

    fn fonts() -> Fonts {
        Fonts::new().unwrap()
    }

    #[test]
    fn a_line_is_never_wider_than_its_column() {
        let text =
            "The left frontal lesion has grown; Donaudampfschifffahrtsgesellschaft ".repeat(8);
        for width in [40., 90., 200.] {
            let lines = fonts().lines(&text, STYLE, width, 100);
            assert!(lines.len() > 2);
            for line in lines {
                assert!(fonts().width(&line, STYLE) <= width, "'{line}' is wider than {width}");
            }
        }
    }
    #[test]
    fn no_word_is_lost_in_breaking() {
        let text = "one two three four five six seven eight nine ten";
        assert_eq!(fonts().lines(text, STYLE, 60., 100).join(" "), text);
    }
    #[test]
    fn a_unit_stays_with_its_number() {
        for width in 20..160 {
            let lines = fonts().lines("rose by 68 % to 11.90 cm³", STYLE, width as f32, 100);
            for unit in ["%", "cm³"] {
                assert!(width < 60 || !lines.iter().any(|line| line.starts_with(unit)));
            }
        }
    }
    #[test]
    fn too_many_lines_end_with_an_ellipsis() {
        let lines = fonts().lines(&"word ".repeat(100), STYLE, 100., 3);
        assert_eq!(lines.len(), 3);
        assert!(lines[2].ends_with('…'));
        assert!(fonts().lines("word", STYLE, 100., 0).is_empty());
    }
    #[test]
    fn a_text_that_fits_is_not_cut() {
        assert_eq!(fonts().shortened("short", STYLE, 100.), "short");
        assert!(fonts().shortened(&"long ".repeat(50), STYLE, 100.).ends_with('…'));
    }
    #[test]
    fn a_character_without_a_glyph_is_shown_as_missing() {
        assert_eq!(fonts().drawable("山田 Taro"), "\u{FFFD}\u{FFFD} Taro");
        assert_eq!(fonts().drawable("כהן, דוד Ωμέγα Иванов"), "כהן, דוד Ωμέγα Иванов");
    }
    #[test]
    fn marks_that_turn_the_direction_are_left_out() {
        assert_eq!(fonts().drawable("A\u{202E}B\u{0}C\nD"), "AB C D");
    }
    #[test]
    fn hebrew_is_drawn_from_right_to_left() {
        let text = "אב";
        let shaped = fonts().shape(text, Weight::Regular);
        let letters: Vec<_> =
            shaped[0].glyphs.iter().map(krilla::text::Glyph::text_range).collect();
        assert_eq!(letters, [2..4, 0..2]);
    }
    #[test]
    fn scripts_of_both_directions_share_a_line() {
        let shaped = fonts().shape("COHEN / כהן", Weight::Regular);
        assert_eq!(shaped.len(), 2);
    }
}
