//! Page 1: the result, the table, the curve, what a person should know, the seal.

use super::flow::{Align, BODY, Flow, Ink, LABEL, SMALL};
use super::palette::{INK, TINT, VERMILLION};
use super::sheet::{Frame, Mark, Pencil, Role, Sheet};
use super::text::{Fonts, Weight};
use super::timeline::Timeline;
use super::{SEAL_NOTE, chart, lesions};
use crate::conclusion::Conclusion;
use crate::findings::{Approval, Findings, Signature};
use interval_core::assessment::Doubt;

/// Height of the curve with its heading, in points: at least, and at most.
const CURVE_MIN: f32 = 168.;
const CURVE_MAX: f32 = 250.;
/// Height of the block of the seal, in points.
const SEAL: f32 = 34.;
/// Room that doubts always have, in points: a heading and four lines.
const DOUBTS: f32 = 58.;
/// Lines of one doubt.
const DOUBT_LINES_MAX: usize = 2;
/// Lines of the result. The longest sentences we make have five.
const RESULT_LINES_MAX: usize = 7;

const RESULT: Ink = Ink::new(9.4, Weight::Bold, INK);

/// Fills the page below its header.
pub(super) fn fill(sheet: &mut Sheet, fonts: &Fonts, findings: &Findings, body: Frame) {
    let timeline = Timeline::new(findings.assessment);
    let above_seal = Frame { height: body.height - SEAL - 4., ..body };
    let mut flow = Flow::new(sheet, fonts, above_seal);
    result(&mut flow, findings);
    if timeline.measured().is_empty() {
        flow.heading("Measurements");
        flow.paragraph("No study was measured: there is no table and no curve.", BODY, 1);
    } else {
        flow.heading("Lesions");
        let room = flow.room() - CURVE_MIN - DOUBTS;
        lesions::draw(&mut flow, &timeline, room);
        flow.gap(4.);
        flow.heading("Volume over time");
        curve(&mut flow, &timeline, findings);
    }
    flow.gap(4.);
    doubts(&mut flow, findings);
    seal(sheet, fonts, findings, Frame { y: body.bottom() - SEAL, height: SEAL, ..body });
}

fn curve(flow: &mut Flow, timeline: &Timeline, findings: &Findings) {
    if timeline.measured().len() < chart::TIMEPOINTS_MIN {
        let text = "One study was measured; the curve begins with the next one.";
        flow.paragraph(text, BODY, 1);
        return;
    }
    let left = flow.room() - doubts_height(flow, findings).max(DOUBTS) - 4.;
    if let Some(strip) = flow.take(left.clamp(CURVE_MIN - Flow::HEADING - 4., CURVE_MAX)) {
        chart::draw(&mut flow.pen, timeline, strip);
    }
}

fn result(flow: &mut Flow, findings: &Findings) {
    let text = Conclusion::of(findings.assessment, &findings.approval).line();
    let inset = 9.;
    let width = flow.frame.width - inset - 4.;
    let lines = flow.pen.fonts.lines(&text, RESULT.style, width, RESULT_LINES_MAX);
    let leading = RESULT.style.leading();
    let Some(strip) = flow.take(lines.len() as f32 * leading + 9.) else { return };
    let pen = &mut flow.pen;
    pen.sheet.begin(Role::Ornament);
    pen.tint(strip, TINT, 0.6);
    let bar = vec![[strip.x + 1.5, strip.y], [strip.x + 1.5, strip.bottom()]];
    pen.sheet.add(Mark::Line(bar, Pencil::whole(3., VERMILLION)));
    pen.sheet.begin(Role::Paragraph);
    for (number, line) in lines.iter().enumerate() {
        let y = strip.y + 4. + RESULT.style.size * 0.95 + number as f32 * leading;
        pen.text([strip.x + inset, y], Align::Left, line, RESULT);
    }
    flow.gap(5.);
}

/// What a person should know, an item each; what a person must look at first comes first.
fn doubts_items(findings: &Findings) -> Vec<String> {
    let doubts = &findings.assessment.doubts;
    let (held, others): (Vec<&Doubt>, Vec<&Doubt>) = doubts.iter().partition(|d| d.holds());
    let held = held.iter().map(|doubt| format!("To be checked by a person: {doubt}"));
    held.chain(others.iter().map(ToString::to_string)).collect()
}

/// Room that the doubts need, with their heading.
fn doubts_height(flow: &Flow, findings: &Findings) -> f32 {
    let width = flow.frame.width - SMALL.style.size;
    let lines = |item: &String| {
        flow.pen.fonts.lines(item, SMALL.style, width, DOUBT_LINES_MAX).len() as f32
    };
    let lines: f32 = doubts_items(findings).iter().map(lines).sum();
    Flow::HEADING + lines.max(1.) * SMALL.style.leading()
}

fn doubts(flow: &mut Flow, findings: &Findings) {
    flow.heading("Quality and doubts");
    let items = doubts_items(findings);
    if items.is_empty() {
        flow.paragraph("The automatic checks found nothing to point out.", SMALL, 1);
    } else {
        flow.items(&items, SMALL, DOUBT_LINES_MAX);
    }
}

/// Who stands for the report, and what they said.
fn signed(findings: &Findings, signature: &Signature) -> String {
    let how = match findings.approval {
        Approval::Amended(_) => "amended and signed",
        Approval::Verified(_) | Approval::None => "signed",
    };
    let said = match signature.reason.trim() {
        "" => String::new(),
        reason => format!(": {reason}"),
    };
    format!("{how} by {} at {}{said}", signature.name, signature.at)
}

fn seal(sheet: &mut Sheet, fonts: &Fonts, findings: &Findings, frame: Frame) {
    let mut flow = Flow::new(sheet, fonts, frame);
    flow.pen.sheet.begin(Role::Ornament);
    let outline = frame.corners().map(|[x, y]| {
        // The line lies inside the frame.
        let inside = |at: f32, low: f32, high: f32| at.clamp(low + 0.3, high - 0.3);
        [inside(x, frame.x, frame.right()), inside(y, frame.y, frame.bottom())]
    });
    flow.pen.sheet.add(Mark::Loop(outline.to_vec(), Pencil::whole(0.6, INK)));
    flow.pen.sheet.begin(Role::Paragraph);
    let version = &findings.assessment.provenance.software_version;
    let sealed = format!(
        "Sealed by the key of the issuing node (Interval {version}) at {}.",
        findings.authored
    );
    let (title, sealed) = match findings.approval.signature() {
        None => (
            format!("Electronic seal: {SEAL_NOTE}"),
            format!("{sealed} No physician has verified or approved this report."),
        ),
        Some(signature) => (format!("Electronic seal: {}", signed(findings, signature)), sealed),
    };
    let lines = [
        (title, Ink::new(7.6, Weight::Bold, INK)),
        (sealed, LABEL),
        (
            "The certificate is in the document; any change after sealing makes the seal \
             invalid (PAdES B-B)."
                .to_owned(),
            LABEL,
        ),
    ];
    for (number, (line, ink)) in lines.iter().enumerate() {
        let y = frame.y + 10.5 + number as f32 * 9.;
        flow.pen.text_within([frame.x + 7., y], frame.width - 14., line, *ink);
    }
}
