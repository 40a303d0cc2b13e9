//! Writes into a frame from the top down and never below its end.

use super::palette::{GREY, INK};
use super::sheet::{Colour, Frame, Mark, Pencil, Role, Run, Sheet, letters};
use super::text::{Fonts, Style, Weight};

/// Letters and their colour.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ink {
    pub style: Style,
    pub colour: Colour,
}

impl Ink {
    pub const fn new(size: f32, weight: Weight, colour: Colour) -> Self {
        Self { style: letters(size, weight), colour }
    }
}

/// Body text.
pub(super) const BODY: Ink = Ink::new(7.6, Weight::Regular, INK);
/// Text that says how it was made.
pub(super) const SMALL: Ink = Ink::new(6.6, Weight::Regular, INK);
/// Names of things.
pub(super) const LABEL: Ink = Ink::new(6.4, Weight::Regular, GREY);
/// Headings of parts.
const HEADING: Ink = Ink::new(9., Weight::Bold, INK);

/// From which of its points a text is placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Centre,
    Right,
}

/// Puts marks on a sheet.
pub(super) struct Pen<'a> {
    pub sheet: &'a mut Sheet,
    pub fonts: &'a Fonts,
}

impl Pen<'_> {
    /// Writes one line at its baseline; gives its width.
    pub fn text(&mut self, at: [f32; 2], align: Align, text: &str, ink: Ink) -> f32 {
        let text = self.fonts.drawable(text);
        let width = self.fonts.width(&text, ink.style);
        let x = match align {
            Align::Left => at[0],
            Align::Centre => at[0] - width / 2.,
            Align::Right => at[0] - width,
        };
        let (style, colour) = (ink.style, ink.colour);
        let at = [x, at[1]];
        let run = Run { text, at, style, colour, width, turned: 0., opacity: 1. };
        self.sheet.add(Mark::Text(run));
        width
    }

    /// Writes one line, cut with an ellipsis when it is wider than `width`.
    pub fn text_within(&mut self, at: [f32; 2], width: f32, text: &str, ink: Ink) {
        let text = self.fonts.shortened(text, ink.style, width);
        self.text(at, Align::Left, &text, ink);
    }

    /// Draws a thin straight line.
    pub fn rule(&mut self, from: [f32; 2], to: [f32; 2], colour: Colour) {
        self.sheet.add(Mark::Line(vec![from, to], Pencil::whole(0.5, colour)));
    }

    /// Fills a rectangle.
    pub fn tint(&mut self, frame: Frame, colour: Colour, opacity: f32) {
        self.sheet.add(Mark::Area(frame.corners().to_vec(), colour, opacity));
    }
}

/// A frame that is filled from the top.
pub(super) struct Flow<'a> {
    pub pen: Pen<'a>,
    pub frame: Frame,
    /// Where the next thing begins.
    pub y: f32,
}

impl<'a> Flow<'a> {
    pub fn new(sheet: &'a mut Sheet, fonts: &'a Fonts, frame: Frame) -> Self {
        Self { pen: Pen { sheet, fonts }, frame, y: frame.y }
    }

    /// Room that is left, in points.
    pub fn room(&self) -> f32 {
        (self.frame.bottom() - self.y).max(0.)
    }

    /// Takes a strip of the given height, or nothing when there is no room for it.
    pub fn take(&mut self, height: f32) -> Option<Frame> {
        if height > self.room() + 0.01 {
            return None;
        }
        let strip = Frame { y: self.y, height, ..self.frame };
        self.y += height;
        Some(strip)
    }

    /// Leaves some room free.
    pub fn gap(&mut self, height: f32) {
        self.y = (self.y + height).min(self.frame.bottom());
    }

    /// Height of a heading.
    pub const HEADING: f32 = 15.;

    /// Writes a heading.
    pub fn heading(&mut self, text: &str) {
        let Some(strip) = self.take(Self::HEADING) else { return };
        self.pen.sheet.begin(Role::Heading);
        self.pen.text([strip.x, strip.bottom() - 4.5], Align::Left, text, HEADING);
    }

    /// Writes a paragraph of at most `lines_max` lines, as far as there is room.
    pub fn paragraph(&mut self, text: &str, ink: Ink, lines_max: usize) {
        let leading = ink.style.leading();
        let lines_max = lines_max.min((self.room() / leading).floor() as usize);
        let lines = self.pen.fonts.lines(text, ink.style, self.frame.width, lines_max);
        self.pen.sheet.begin(Role::Paragraph);
        for line in lines {
            let Some(strip) = self.take(leading) else { return };
            let baseline = strip.y + ink.style.size * 0.95;
            self.pen.text([strip.x, baseline], Align::Left, &line, ink);
        }
    }

    /// Writes items one below the other, each with a bullet and of at most `lines_max` lines. When
    /// they do not all fit, the last line says how many are left out.
    pub fn items(&mut self, items: &[String], ink: Ink, lines_max: usize) {
        let leading = ink.style.leading();
        let indent = ink.style.size;
        for (index, item) in items.iter().enumerate() {
            let width = self.frame.width - indent;
            let lines = self.pen.fonts.lines(item, ink.style, width, lines_max);
            let left = items.len() - index;
            let note = if left > 1 { leading } else { 0. };
            if lines.len() as f32 * leading + note > self.room() {
                let more = format!("… and {left} more, kept with the result.");
                self.paragraph(&more, ink, 1);
                return;
            }
            self.pen.sheet.begin(Role::Paragraph);
            for (number, line) in lines.iter().enumerate() {
                let Some(strip) = self.take(leading) else { return };
                let baseline = strip.y + ink.style.size * 0.95;
                if number == 0 {
                    self.pen.text([strip.x, baseline], Align::Left, "•", ink);
                }
                self.pen.text([strip.x + indent, baseline], Align::Left, line, ink);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_counted() {
        let fonts = Fonts::new().unwrap();
        let mut sheet = Sheet::default();
        let frame = Frame { x: 0., y: 0., width: 200., height: 30. };
        let items: Vec<String> = (1..=9).map(|n| format!("item {n}")).collect();
        Flow::new(&mut sheet, &fonts, frame).items(&items, BODY, 2);
        assert!(sheet.text().ends_with("… and 7 more, kept with the result."));
        assert!(sheet.marks().all(|mark| frame.holds(&mark.frame())));
    }
    #[test]
    fn a_paragraph_stops_at_the_end_of_its_frame() {
        let fonts = Fonts::new().unwrap();
        let mut sheet = Sheet::default();
        let frame = Frame { x: 10., y: 10., width: 100., height: 25. };
        Flow::new(&mut sheet, &fonts, frame).paragraph(&"word ".repeat(200), BODY, 99);
        assert_eq!(sheet.runs().count(), 2);
        assert!(sheet.marks().all(|mark| frame.holds(&mark.frame())));
    }
}
