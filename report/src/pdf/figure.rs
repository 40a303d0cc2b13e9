//! Key images: a slice with the outlines of what was found on it, the patient's sides and a scale.

use super::PdfError;
use super::flow::{Align, Flow, Ink, LABEL, Pen};
use super::palette::{self, BLACK, INK, WHITE};
use super::sheet::{Frame, Mark, Pencil, Picture, Role};
use super::text::Weight;
use crate::findings::{Findings, KEY_IMAGES_MAX, KeyImage};
use interval_core::lesion::Region;
use std::sync::Arc;

/// Pictures in a row: at most, and at least, so that a single one does not fill the page.
const IN_A_ROW_MAX: usize = 4;
const IN_A_ROW_MIN: usize = 3;
/// Room between pictures, in points.
const BETWEEN: f32 = 8.;
/// Room for the title above a picture and for the slice below it, in points.
const TITLE: f32 = 10.;
const CAPTION: f32 = 10.;
/// Height of pictures in a single row, and in one of two rows, in points.
const HEIGHT_ALONE: f32 = 168.;
const HEIGHT_OF_TWO: f32 = 100.;
/// Longest scale bar, as a part of the picture's width.
const SCALE_BAR_MAX: f32 = 0.7;

/// Regions in the order of the legend, from the inside outwards as readers look for them.
const LEGEND: [Region; 4] = [
    Region::Enhancing,
    Region::NonEnhancingCore,
    Region::FlairHyperintensity,
    Region::ResectionCavity,
];

const NAME: Ink = Ink::new(7., Weight::Bold, INK);
const SIDE: Ink = Ink::new(7., Weight::Bold, WHITE);
const SCALE: Ink = Ink::new(6., Weight::Regular, WHITE);

/// Checks that a picture has the pixels that its size says.
pub(super) fn check(image: &KeyImage) -> Result<(), PdfError> {
    let sides = 1..=super::KEY_IMAGE_SIDE_MAX;
    let spaced = image.spacing_mm.iter().all(|mm| mm.is_finite() && *mm > 0.);
    let right = sides.contains(&image.width)
        && sides.contains(&image.height)
        && image.grey.len() == image.width * image.height
        && spaced;
    let (title, pixels) = (image.title.clone(), image.grey.len());
    let (width, height) = (image.width, image.height);
    if right { Ok(()) } else { Err(PdfError::KeyImage { title, pixels, width, height }) }
}

/// Draws the pictures in one or two rows, and the legend of outlines.
pub(super) fn draw(flow: &mut Flow, findings: &Findings) {
    let images = &findings.key_images[..findings.key_images.len().min(KEY_IMAGES_MAX)];
    flow.heading("Key images");
    if images.is_empty() {
        flow.paragraph("No key image was made for this study.", LABEL, 1);
        return;
    }
    let in_a_row = images.len().clamp(IN_A_ROW_MIN, IN_A_ROW_MAX);
    let width = (flow.frame.width - (in_a_row - 1) as f32 * BETWEEN) / in_a_row as f32;
    let height = if images.len() > in_a_row { HEIGHT_OF_TWO } else { HEIGHT_ALONE.min(width) };
    for row in images.chunks(in_a_row) {
        let Some(strip) = flow.take(TITLE + height + CAPTION) else { return };
        for (column, image) in row.iter().enumerate() {
            let x = strip.x + column as f32 * (width + BETWEEN);
            draw_one(&mut flow.pen, image, Frame { x, width, ..strip });
        }
    }
    legend(flow, images, findings.key_images.len());
}

fn draw_one(pen: &mut Pen, image: &KeyImage, cell: Frame) {
    let alt = format!("{}. {}. Outlines of what was found.", image.title, image.slice);
    let size_mm = [
        (image.width as f64 * image.spacing_mm[0]) as f32,
        (image.height as f64 * image.spacing_mm[1]) as f32,
    ];
    let room = cell.height - TITLE - CAPTION;
    let scale = (cell.width / size_mm[0]).min(room / size_mm[1]);
    let [width, height] = size_mm.map(|mm| mm * scale);
    let frame = Frame { x: cell.x + (cell.width - width) / 2., y: cell.y + TITLE, width, height };

    pen.sheet.begin(Role::Paragraph);
    pen.text_within([frame.x, cell.y + 7.], cell.right() - frame.x, &image.title, NAME);
    pen.sheet.begin(Role::Figure(alt));
    let grey = Arc::new(image.grey.clone());
    pen.sheet.add(Mark::Picture(Picture { frame, grey, size: [image.width, image.height] }));
    outlines(pen, image, frame);
    sides(pen, image, frame);
    scale_bar(pen, image, (frame, scale));
    pen.sheet.begin(Role::Paragraph);
    pen.text_within([frame.x, frame.bottom() + 7.5], cell.right() - frame.x, &image.slice, LABEL);
}

/// Outlines, kept within the picture.
fn outlines(pen: &mut Pen, image: &KeyImage, frame: Frame) {
    let edge = 0.5;
    for (region, line) in &image.outlines {
        let points: Vec<[f32; 2]> = line
            .iter()
            .map(|[x, y]| {
                let x = (x + 0.5) / image.width as f64;
                let y = (y + 0.5) / image.height as f64;
                let x = frame.x + frame.width * x as f32;
                let y = frame.y + frame.height * y as f32;
                [
                    x.clamp(frame.x + edge, frame.right() - edge),
                    y.clamp(frame.y + edge, frame.bottom() - edge),
                ]
            })
            .collect();
        if points.len() > 1 {
            pen.sheet.add(Mark::Loop(points, palette::outline(*region)));
        }
    }
}

fn sides(pen: &mut Pen, image: &KeyImage, frame: Frame) {
    let (middle, centre) = (frame.y + frame.height / 2., frame.x + frame.width / 2.);
    for (text, x, y) in [
        (&image.sides.left, frame.x + 6., middle),
        (&image.sides.right, frame.right() - 6., middle),
        (&image.sides.top, centre, frame.y + 6.5),
        (&image.sides.bottom, centre, frame.bottom() - 6.5),
    ] {
        let half = pen.fonts.width(text, SIDE.style) / 2. + 1.2;
        let back = Frame { x: x - half, y: y - 4.2, width: 2. * half, height: 8.4 };
        pen.tint(back, BLACK, 0.55);
        pen.text([x, y + 2.5], Align::Centre, text, SIDE);
    }
}

fn scale_bar(pen: &mut Pen, image: &KeyImage, (frame, points_per_mm): (Frame, f32)) {
    let length = image.scale_bar.0 as f32 * points_per_mm;
    if length <= 0. || length > frame.width * SCALE_BAR_MAX {
        return;
    }
    let (x, y) = (frame.x + 5., frame.bottom() - 4.5);
    let label = format!("{:.0} mm", image.scale_bar.0);
    let width = pen.fonts.width(&label, SCALE.style).max(length);
    pen.tint(Frame { x: x - 2., y: y - 9., width: width + 4., height: 12. }, BLACK, 0.55);
    pen.sheet.add(Mark::Line(vec![[x, y], [x + length, y]], Pencil::whole(1.2, WHITE)));
    pen.text([x, y - 2.6], Align::Left, &label, SCALE);
}

fn legend(flow: &mut Flow, images: &[KeyImage], given: usize) {
    let Some(strip) = flow.take(12.) else { return };
    let pen = &mut flow.pen;
    pen.sheet.begin(Role::Paragraph);
    let (mut x, y) = (strip.x, strip.y + 6.5);
    let shown = |region: &Region| {
        images.iter().any(|image| image.outlines.iter().any(|(other, _)| other == region))
    };
    for region in LEGEND.iter().filter(|region| shown(region)) {
        pen.tint(Frame { x, y: y - 4., width: 22., height: 8. }, BLACK, 0.85);
        let line = vec![[x + 2., y], [x + 20., y]];
        pen.sheet.add(Mark::Line(line, palette::outline(*region)));
        x += 25.;
        x += pen.text([x, y + 2.3], Align::Left, palette::region_name(*region), LABEL) + 12.;
    }
    if given > images.len() {
        let more = format!("{} more not shown", given - images.len());
        pen.text([strip.right(), y + 2.3], Align::Right, &more, LABEL);
    }
}
