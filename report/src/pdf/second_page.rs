//! Page 2: the pictures, the working, the trail of decisions, the method.

use super::flow::{BODY, Flow, SMALL};
use super::sheet::{Frame, Sheet};
use super::text::Fonts;
use super::{figure, method, working};
use crate::findings::Findings;

/// Height of the working of the response criteria, in points.
const WORKING: f32 = 128.;
/// Height of the decision trail with its heading, in points: eight lines.
const TRAIL: f32 = 84.;
/// Height of the limitations with their heading, in points.
const LIMITATIONS: f32 = 58.;

/// Fills the page below its header.
pub(super) fn fill(sheet: &mut Sheet, fonts: &Fonts, findings: &Findings, body: Frame) {
    let mut flow = Flow::new(sheet, fonts, body);
    figure::draw(&mut flow, findings);
    flow.gap(3.);
    flow.heading("Response criteria: how the category came about");
    let y = flow.y;
    let verdicts = &findings.assessment.verdicts;
    let frame = Frame { y, height: WORKING.min(flow.room()), ..body };
    let lowest = if verdicts.is_empty() {
        flow.paragraph("No criteria were applied.", BODY, 1);
        flow.y
    } else {
        working::draw(sheet, fonts, findings.assessment, frame)
    };
    let below = |y: f32, height: f32| Frame { y, height: height.min(body.bottom() - y), ..body };

    let mut flow = Flow::new(sheet, fonts, below(lowest + 3., TRAIL));
    flow.heading("Decision trail");
    match method::trail(findings) {
        trail if trail.is_empty() => flow.paragraph("No decision was recorded.", SMALL, 1),
        trail => flow.items(&trail, SMALL, 2),
    }
    let y = flow.y + 3.;
    let mut flow = Flow::new(sheet, fonts, below(y, body.bottom() - y - LIMITATIONS));
    flow.heading("Method");
    flow.items(&method::items(findings), SMALL, 3);
    let y = flow.y + 3.;
    let mut flow = Flow::new(sheet, fonts, below(y, body.bottom() - y));
    flow.heading("Limitations");
    flow.items(&method::limitations(findings), SMALL, 2);
}
