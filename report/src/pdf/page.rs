//! What every page has: header with the patient, page number and badge; footer with the
//! disclaimer; watermark.

use super::flow::{Align, Ink, LABEL, Pen};
use super::palette::{GREY, INK, RULE, VERMILLION, WATER};
use super::sheet::{Frame, Mark, Pencil, Role, Run, Sheet, letters};
use super::text::{Fonts, NO_GLYPH, Weight};
use super::{BADGE, BADGE_AMENDED, BADGE_VERIFIED, DISCLAIMER, DISCLAIMER_SIGNED, WATERMARK};
use crate::findings::{Approval, Findings, Header};
use crate::timestamp::Timestamp;
use interval_core::timepoint::Date;
use std::fmt::Write;

/// Height of the header with the room below it, in points.
const HEADER: f32 = 90.;
/// Height of the footer with the room above it, in points.
const FOOTER: f32 = 30.;
/// Lines of a patient's name, and of other values in the first row: two hold 90 letters of a name,
/// and 50 of an identifier.
const LINES_MAX: usize = 2;

const PRODUCT: Ink = Ink::new(12., Weight::Bold, INK);
const SUBJECT: Ink = Ink::new(9., Weight::Regular, GREY);
const BADGE_INK: Ink = Ink::new(8.2, Weight::Bold, VERMILLION);
const VALUE: Ink = Ink::new(8.4, Weight::Regular, INK);
const NAME: Ink = Ink::new(8.8, Weight::Bold, INK);
const FOOT: Ink = Ink::new(6.9, Weight::Regular, INK);

/// How visible the watermark is: read on a look, on paper and on dark pictures, and yet every
/// number under it stays legible.
const WATERMARK_OPACITY: f32 = 0.16;
/// Size of the watermark's letters, in points: the text runs from margin to margin.
const WATERMARK_SIZE: f32 = 28.;
/// How far the watermark is turned, in degrees; negative rises to the right.
const WATERMARK_TURN: f32 = -52.;

/// Draws the header; gives the frame for the rest.
pub(super) fn open(
    sheet: &mut Sheet,
    fonts: &Fonts,
    findings: &Findings,
    [page, pages]: [usize; 2],
) -> Frame {
    let printable = Frame::PRINTABLE;
    sheet.begin(Role::Frame);
    let mut pen = Pen { sheet, fonts };
    let top = printable.y + 11.;
    let width = pen.text([printable.x, top], Align::Left, "Interval", PRODUCT);
    let subject = "Brain tumour follow-up on MRI";
    pen.text([printable.x + width + 6., top], Align::Left, subject, SUBJECT);
    let left = badge(&mut pen, printable, &findings.approval);
    let number = format!("page {page} of {pages}");
    pen.text([left - 10., top], Align::Right, &number, FOOT);
    identity(&mut pen, findings, Frame { y: printable.y + 20., height: 60., ..printable });
    let y = printable.y + HEADER - 9.;
    pen.rule([printable.x, y], [printable.right(), y], INK);
    Frame { y: printable.y + HEADER, height: printable.height - HEADER - FOOTER, ..printable }
}

/// Draws the footer, and the watermark over everything, pictures included.
pub(super) fn close(
    sheet: &mut Sheet,
    fonts: &Fonts,
    findings: &Findings,
    [page, pages]: [usize; 2],
) {
    let missing = sheet.runs().any(|run| run.text.contains(NO_GLYPH));
    sheet.begin(Role::Frame);
    let printable = Frame::PRINTABLE;
    let mut pen = Pen { sheet, fonts };
    let y = printable.bottom() - FOOTER + 8.;
    pen.rule([printable.x, y], [printable.right(), y], RULE);
    let disclaimer = match findings.approval {
        Approval::None => DISCLAIMER,
        Approval::Verified(_) | Approval::Amended(_) => DISCLAIMER_SIGNED,
    };
    pen.text([printable.x, y + 9.5], Align::Left, disclaimer, FOOT);
    let mut note = format!(
        "Report {} version {}, written {}",
        findings.report_id, findings.version, findings.authored
    );
    if let Some(before) = &findings.replaces {
        // Writing to a text does not fail.
        let _ = write!(note, "; replaces version {}", before.version);
    }
    if missing {
        note.push_str("; \u{FFFD} stands for a character that cannot be shown here");
    }
    let number = format!("page {page} of {pages}");
    let right = pen.text([printable.right(), y + 19.], Align::Right, &number, LABEL);
    pen.text_within([printable.x, y + 19.], printable.width - right - 12., &note, LABEL);
    watermark(sheet, fonts);
}

fn watermark(sheet: &mut Sheet, fonts: &Fonts) {
    sheet.begin(Role::Watermark);
    let style = letters(WATERMARK_SIZE, Weight::Bold);
    let width = fonts.width(WATERMARK, style);
    let (sin, cos) = WATERMARK_TURN.to_radians().sin_cos();
    let page = Frame::PAGE;
    // The middle of the text, a third of its size above the baseline, lies in the middle of the
    // page.
    let (along, up) = (width / 2., -style.size * 0.35);
    let at = [page.width / 2. - along * cos + up * sin, page.height / 2. - along * sin - up * cos];
    sheet.add(Mark::Text(Run {
        text: WATERMARK.to_owned(),
        at,
        style,
        colour: WATER,
        width,
        turned: WATERMARK_TURN,
        opacity: WATERMARK_OPACITY,
    }));
}

/// Draws the badge; gives its left edge.
fn badge(pen: &mut Pen, printable: Frame, approval: &Approval) -> f32 {
    let text = match approval {
        Approval::None => BADGE,
        Approval::Verified(_) => BADGE_VERIFIED,
        Approval::Amended(_) => BADGE_AMENDED,
    };
    let width = pen.fonts.width(text, BADGE_INK.style) + 12.;
    let box_ =
        Frame { x: printable.right() - width - 0.5, y: printable.y + 0.5, width, height: 14. };
    pen.sheet.add(Mark::Loop(box_.corners().to_vec(), Pencil::whole(0.9, VERMILLION)));
    pen.text([box_.x + 6., box_.y + 9.9], Align::Left, text, BADGE_INK);
    box_.x
}

/// Names and values, in columns.
fn identity(pen: &mut Pen, findings: &Findings, frame: Frame) {
    let Header { patient_id, patient_birth_date, patient_sex, .. } = &findings.header;
    let header = &findings.header;
    let columns = [0., 0.46, 0.68, 0.84].map(|part| frame.x + part * frame.width);
    let ends = [columns[1], columns[2], columns[3], frame.right() + 6.];
    let widths = [0, 1, 2, 3].map(|column| ends[column] - columns[column] - 6.);
    let first = frame.y + 6.5;

    pen.text([columns[0], first], Align::Left, "Patient", LABEL);
    let name = given(&header.name_for_people());
    value(pen, [columns[0], first + 10.], widths[0], (&name, NAME));
    let row = [
        ("Patient ID", given(patient_id)),
        ("Date of birth", date(*patient_birth_date)),
        ("Sex", given(patient_sex)),
    ];
    for (column, (label, text)) in row.iter().enumerate() {
        let x = columns[column + 1];
        pen.text([x, first], Align::Left, label, LABEL);
        value(pen, [x, first + 10.], widths[column + 1], (text, VALUE));
    }
    let second = first + 35.;
    let row = [
        ("Examination", given(&header.study_description)),
        ("Accession number", given(&header.accession_number)),
        ("Study date", date(header.study_date)),
        ("Written", day(findings.authored)),
    ];
    for (column, (label, value)) in row.iter().enumerate() {
        field(pen, [columns[column], second], widths[column], [label, value]);
    }
}

/// A value that may take two lines.
fn value(pen: &mut Pen, [x, y]: [f32; 2], width: f32, (text, ink): (&str, Ink)) {
    for (line, text) in pen.fonts.lines(text, ink.style, width, LINES_MAX).iter().enumerate() {
        pen.text([x, y + line as f32 * ink.style.leading()], Align::Left, text, ink);
    }
}

fn field(pen: &mut Pen, at: [f32; 2], width: f32, [label, value]: [&str; 2]) {
    pen.text_within(at, width, label, LABEL);
    pen.text_within([at[0], at[1] + 10.], width, value, VALUE);
}

fn given(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() { "not given".to_owned() } else { text.to_owned() }
}

fn date(date: Option<Date>) -> String {
    date.map_or_else(|| "not given".to_owned(), |date| date.to_string())
}

fn day(at: Timestamp) -> String {
    at.date().to_string()
}
