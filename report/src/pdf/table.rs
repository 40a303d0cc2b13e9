//! Rows and columns.

use super::flow::{Align, Flow, Ink};
use super::palette::{GREY, INK, RULE, TINT};
use super::sheet::{Frame, Role};
use super::text::Weight;

/// Distance of baselines within a row, in points.
const LEADING: f32 = 8.7;
/// Room above and below the lines of a row together, in points.
const PADDING: f32 = 4.6;
/// Room on both sides of a cell's text, in points.
const INSET: f32 = 3.;
/// Least size of letters in a cell that was too narrow, in points.
const SIZE_MIN: f32 = 4.8;

const PLAIN: Ink = Ink::new(7.2, Weight::Regular, INK);
const STRONG: Ink = Ink::new(7.4, Weight::Bold, INK);
const FAINT: Ink = Ink::new(6.4, Weight::Regular, GREY);

/// A line in a cell.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Line {
    /// Words that may be cut when they are too long.
    Words(String),
    /// Words that matter most; may be cut.
    Strong(String),
    /// Names of things; may be cut.
    Faint(String),
    /// Numbers: never cut, set smaller when they are too wide.
    Number(String),
    /// Numbers that matter most.
    StrongNumber(String),
}

/// A row: for each column the lines of its cell.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub cells: Vec<Vec<Line>>,
    pub tinted: Tinted,
}

/// Whether a row is set off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tinted {
    Plain,
    Set,
}

impl Row {
    pub fn height(&self) -> f32 {
        let lines = self.cells.iter().map(Vec::len).max().unwrap_or_default();
        lines as f32 * LEADING + PADDING
    }
}

/// Draws rows one below the other; `widths` are those of the columns. A row for which there is no
/// room is left out with all after it.
pub(super) fn draw(flow: &mut Flow, widths: &[f32], rows: &[Row]) {
    for row in rows {
        let Some(strip) = flow.take(row.height()) else { return };
        flow.pen.sheet.begin(Role::Ornament);
        if row.tinted == Tinted::Set {
            flow.pen.tint(strip, TINT, 0.75);
        }
        let y = strip.bottom();
        flow.pen.rule([strip.x, y], [strip.right(), y], RULE);
        flow.pen.sheet.begin(Role::Paragraph);
        let mut x = strip.x;
        for (cell, width) in row.cells.iter().zip(widths) {
            draw_cell(flow, Frame { x, width: *width, ..strip }, cell);
            x += width;
        }
    }
}

fn draw_cell(flow: &mut Flow, frame: Frame, lines: &[Line]) {
    let width = frame.width - 2. * INSET;
    for (number, line) in lines.iter().enumerate() {
        let y = frame.y + PADDING / 2. + LEADING * (number as f32 + 0.8);
        let at = [frame.x + INSET, y];
        match line {
            Line::Words(text) => flow.pen.text_within(at, width, text, PLAIN),
            Line::Strong(text) => flow.pen.text_within(at, width, text, STRONG),
            Line::Faint(text) => flow.pen.text_within(at, width, text, FAINT),
            Line::Number(text) => number_within(flow, at, width, (text, PLAIN)),
            Line::StrongNumber(text) => number_within(flow, at, width, (text, STRONG)),
        }
    }
}

fn number_within(flow: &mut Flow, at: [f32; 2], width: f32, (text, mut ink): (&str, Ink)) {
    let needed = flow.pen.fonts.width(text, ink.style);
    if needed > width {
        ink.style.size = (ink.style.size * width / needed).max(SIZE_MIN);
    }
    flow.pen.text(at, Align::Left, text, ink);
}
