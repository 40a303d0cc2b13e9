//! The volume curve: enhancing tissue on the left axis; FLAIR hyperintensity and the whole tumour,
//! with the band of its outline, on the right axis; time in true proportion.

use super::flow::{Align, Ink, LABEL, Pen};
use super::palette::{BLUE, GREY, INK, RULE, VERMILLION};
use super::sheet::{Colour, Frame, Mark, Pencil, Role};
use super::text::Weight;
use super::timeline::Timeline;
use interval_core::assessment::Findings;

/// Most intervals between lines of an axis.
const INTERVALS_MAX: f64 = 5.;
/// Least end of an axis, in cm3: below it volumes are not told from each other.
const AXIS_MIN_CM3: f64 = 0.1;
/// Least distance of two dates below the axis, in points.
const LABEL_DISTANCE: f32 = 52.;
/// Room for the numbers of the axes, in points.
const SIDE: f32 = 34.;
/// Room for the legend above and for the dates below, in points.
const ABOVE: f32 = 34.;
const BELOW: f32 = 22.;
/// Half the size of a marker, in points.
const MARKER: f32 = 2.6;
/// How visible the band is.
const BAND_OPACITY: f32 = 0.28;

const TICK: Ink = Ink::new(6.4, Weight::Regular, INK);

/// One curve.
struct Curve {
    name: &'static str,
    colour: Colour,
    dashes: Vec<f32>,
    shape: Shape,
    volumes: Vec<f64>,
}

#[derive(Clone, Copy)]
enum Shape {
    Circle,
    Square,
    Diamond,
}

/// Where volumes and timepoints lie on paper.
struct Axes {
    plot: Frame,
    /// x of each measured timepoint.
    at: Vec<f32>,
    left_max: f64,
    right_max: f64,
}

impl Axes {
    fn height(&self, volume: f64, top: f64) -> f32 {
        self.plot.bottom() - self.plot.height * (volume / top) as f32
    }
}

/// Fewest timepoints that make a curve.
pub(super) const TIMEPOINTS_MIN: usize = 2;

/// Draws the chart into a frame, when there are at least [`TIMEPOINTS_MIN`] measured timepoints.
pub(super) fn draw(pen: &mut Pen, timeline: &Timeline, frame: Frame) {
    let measured = timeline.measured();
    if measured.len() < TIMEPOINTS_MIN {
        return;
    }
    pen.sheet.begin(Role::Figure(description(measured)));
    let [enhancing, flair, whole] = curves(measured);
    let bands: Vec<[f64; 2]> = measured.iter().map(|at| at.outline().map(|edge| edge.0)).collect();
    let top = |values: &[f64]| nice_top(values.iter().copied().fold(0., f64::max));
    let right: Vec<f64> =
        bands.iter().map(|band| band[1]).chain(flair.volumes.iter().copied()).collect();
    let plot = Frame {
        x: frame.x + SIDE,
        y: frame.y + ABOVE,
        width: frame.width - 2. * SIDE,
        height: frame.height - ABOVE - BELOW,
    };
    let at = places(timeline, plot);
    let axes = Axes { plot, at, left_max: top(&enhancing.volumes), right_max: top(&right) };

    grid(pen, &axes);
    dates(pen, timeline, &axes);
    references(pen, timeline, &axes);
    draw_band(pen, &axes, &bands);
    draw_curve(pen, &axes, &whole, axes.right_max);
    draw_curve(pen, &axes, &flair, axes.right_max);
    draw_curve(pen, &axes, &enhancing, axes.left_max);
    legend(pen, [&enhancing, &flair, &whole], frame);
}

fn description(measured: &[Findings]) -> String {
    let points: Vec<String> = measured
        .iter()
        .map(|at| {
            let date = crate::conclusion::dated(at.date);
            let volumes = &at.volumes;
            let (et, snfh) = (volumes.enhancing, volumes.flair_hyperintensity);
            format!("{date}: ET {et} cm³, SNFH {snfh} cm³")
        })
        .collect();
    format!("Curve of volumes over time. {}.", points.join("; "))
}

fn curves(measured: &[Findings]) -> [Curve; 3] {
    let volumes = |of: fn(&Findings) -> f64| measured.iter().map(of).collect();
    [
        Curve {
            name: "enhancing (ET), left axis",
            colour: VERMILLION,
            dashes: vec![],
            shape: Shape::Circle,
            volumes: volumes(|at| at.volumes.enhancing.0),
        },
        Curve {
            name: "FLAIR hyperintensity (SNFH), right axis",
            colour: BLUE,
            dashes: vec![5., 2.5],
            shape: Shape::Square,
            volumes: volumes(|at| at.volumes.flair_hyperintensity.0),
        },
        Curve {
            name: "whole tumour, right axis; band: outline ± half a voxel",
            colour: GREY,
            dashes: vec![1.2, 1.8],
            shape: Shape::Diamond,
            volumes: volumes(|at| at.volumes.whole().0),
        },
    ]
}

/// The next of 1, 2, 2.5, 5 or 10 times a power of ten that holds a volume in a few intervals,
/// times these intervals.
fn nice_top(largest: f64) -> f64 {
    let largest = largest.max(AXIS_MIN_CM3);
    step(largest) * (largest / step(largest)).ceil()
}

fn step(top: f64) -> f64 {
    let rough = top / INTERVALS_MAX;
    let power = 10_f64.powf(rough.log10().floor());
    let factor = [1., 2., 2.5, 5., 10.].into_iter().find(|factor| factor * power >= rough);
    factor.unwrap_or(10.) * power
}

/// x of each measured timepoint: in proportion to the dates, or equally spaced when one is
/// missing; all in the middle when they are of one day.
fn places(timeline: &Timeline, plot: Frame) -> Vec<f32> {
    let count = timeline.measured().len();
    let dates: Option<Vec<f64>> =
        timeline.measured().iter().map(|at| Some(at.date?.0 as f64)).collect();
    let order = || (0..count).map(|index| index as f64).collect();
    let times = dates.unwrap_or_else(order);
    let (first, last) =
        (times.first().copied().unwrap_or_default(), times.last().copied().unwrap_or_default());
    // Markers stay clear of the axes.
    let inner = Frame { x: plot.x + 14., width: plot.width - 28., ..plot };
    let place = |time: f64| match last - first {
        span if span > 0. => inner.x + inner.width * ((time - first) / span) as f32,
        _ => inner.x + inner.width / 2.,
    };
    times.into_iter().map(place).collect()
}

fn grid(pen: &mut Pen, axes: &Axes) {
    let Frame { x, .. } = axes.plot;
    let (right, bottom) = (axes.plot.right(), axes.plot.bottom());
    for (top, align, at, colour) in [
        (axes.left_max, Align::Right, x - 4., VERMILLION),
        (axes.right_max, Align::Left, right + 4., BLUE),
    ] {
        let step = step(top);
        let lines = (top / step).round() as usize;
        for line in 0..=lines {
            let volume = step * line as f64;
            let y = axes.height(volume, top);
            if align == Align::Right {
                pen.rule([x, y], [right, y], RULE);
            } else {
                pen.rule([right - 3., y], [right, y], GREY);
            }
            let decimals = decimals(step);
            pen.text([at, y + 2.3], align, &format!("{volume:.decimals$}"), Ink { colour, ..TICK });
        }
    }
    pen.rule([x, bottom], [right, bottom], INK);
    pen.text([x - 4., axes.plot.y - 7.], Align::Right, "cm³", Ink { colour: VERMILLION, ..TICK });
    pen.text([right + 4., axes.plot.y - 7.], Align::Left, "cm³", Ink { colour: BLUE, ..TICK });
}

/// Decimals that tell the lines of an axis apart.
fn decimals(step: f64) -> usize {
    (0..4).find(|places| (step * 10_f64.powi(*places)).fract().abs() < 1e-6).unwrap_or(4) as usize
}

/// Dates below the axis; those that would touch another are left out, the first and the last are
/// always there.
fn dates(pen: &mut Pen, timeline: &Timeline, axes: &Axes) {
    let bottom = axes.plot.bottom();
    let last = axes.at.len() - 1;
    let mut taken = f32::MIN;
    if timeline.measured().iter().any(|at| at.date.is_none()) {
        let note = "equally spaced, because a date is missing";
        let middle = axes.plot.x + axes.plot.width / 2.;
        pen.text([middle, bottom + 18.], Align::Centre, note, LABEL);
    }
    for (index, x) in axes.at.iter().copied().enumerate() {
        pen.rule([x, bottom], [x, bottom + 3.], INK);
        let clear = x - taken >= LABEL_DISTANCE && axes.at[last] - x >= LABEL_DISTANCE;
        if index != last && !clear && index != 0 {
            continue;
        }
        if index == last && last > 0 && x - axes.at[0] < LABEL_DISTANCE {
            continue;
        }
        taken = x;
        pen.text([x, bottom + 10.], Align::Centre, &timeline.name(index), TICK);
        if let Some(days) = timeline.days_since_reference(index).filter(|days| days.0 != 0) {
            pen.text([x, bottom + 18.], Align::Centre, &format!("{:+} days", days.0), LABEL);
        }
    }
}

/// Upright lines at the reference and at the nadir.
fn references(pen: &mut Pen, timeline: &Timeline, axes: &Axes) {
    let assessment = timeline.assessment;
    let kind = assessment.reference_kind.as_str();
    let same = assessment.reference == assessment.nadir;
    let reference = if same { format!("{kind} and nadir") } else { kind.to_owned() };
    let mut lines = vec![(assessment.reference, reference)];
    if !same {
        lines.push((assessment.nadir, "nadir".to_owned()));
    }
    let top = axes.plot.y - 4.;
    let mut taken: Option<[f32; 2]> = None;
    for (index, name) in lines {
        let Some(x) = axes.at.get(index).copied() else { continue };
        let pencil = Pencil { width: 0.7, colour: GREY, dashes: vec![2., 2.] };
        pen.sheet.add(Mark::Line(vec![[x, top], [x, axes.plot.bottom()]], pencil));
        let half = pen.fonts.width(&name, LABEL.style) / 2.;
        let middle = x.clamp(axes.plot.x + half, axes.plot.right() - half);
        let span = [middle - half - 3., middle + half + 3.];
        // The name of a line close by goes one line up.
        let meets = taken.is_some_and(|other| span[0] < other[1] && other[0] < span[1]);
        let up = if meets { LABEL.style.leading() } else { 0. };
        pen.text([middle, top - 3. - up], Align::Centre, &name, LABEL);
        taken = Some(span);
    }
}

fn draw_band(pen: &mut Pen, axes: &Axes, bands: &[[f64; 2]]) {
    let side = |side: usize| {
        let points = axes.at.iter().zip(bands);
        points.map(move |(x, band)| [*x, axes.height(band[side], axes.right_max)])
    };
    let mut outline: Vec<[f32; 2]> = side(0).collect();
    outline.extend(side(1).rev());
    pen.sheet.add(Mark::Area(outline, RULE, BAND_OPACITY));
}

fn draw_curve(pen: &mut Pen, axes: &Axes, curve: &Curve, top: f64) {
    let points: Vec<[f32; 2]> = axes
        .at
        .iter()
        .zip(&curve.volumes)
        .map(|(x, volume)| [*x, axes.height(*volume, top)])
        .collect();
    pen.sheet.add(Mark::Line(points.clone(), pencil(curve)));
    for at in points {
        marker(pen, at, curve);
    }
}

fn pencil(curve: &Curve) -> Pencil {
    Pencil { width: 1.2, colour: curve.colour, dashes: curve.dashes.clone() }
}

fn marker(pen: &mut Pen, [x, y]: [f32; 2], curve: &Curve) {
    let r = MARKER;
    let corners: Vec<[f32; 2]> = match curve.shape {
        Shape::Square => vec![[x - r, y - r], [x + r, y - r], [x + r, y + r], [x - r, y + r]],
        Shape::Diamond => vec![[x, y - r], [x + r, y], [x, y + r], [x - r, y]],
        Shape::Circle => (0..16)
            .map(|step| (step as f32 * std::f32::consts::TAU / 16.).sin_cos())
            .map(|(sin, cos)| [x + r * cos, y + r * sin])
            .collect(),
    };
    pen.sheet.add(Mark::Area(corners, curve.colour, 1.));
}

fn legend(pen: &mut Pen, curves: [&Curve; 3], frame: Frame) {
    let mut x = frame.x + SIDE;
    let y = frame.y + 6.;
    for curve in curves {
        pen.sheet.add(Mark::Line(vec![[x, y], [x + 20., y]], pencil(curve)));
        marker(pen, [x + 10., y], curve);
        x += 24.;
        x += pen.text([x, y + 2.3], Align::Left, curve.name, TICK) + 14.;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_ends_on_a_round_number_above_the_largest_volume() {
        for (largest, top) in [(11.9, 12.5), (0.4, 0.4), (0., 0.1), (33., 40.), (100., 100.)] {
            let found = nice_top(largest);
            assert!((found - top).abs() < 1e-9, "{largest} gave {found}, not {top}");
            assert!(found >= largest && (found / step(found)).round() <= INTERVALS_MAX + 1.);
        }
    }
    #[test]
    fn lines_of_an_axis_have_the_decimals_they_need() {
        assert_eq!([10., 2.5, 0.2, 0.05].map(decimals), [0, 1, 1, 2]);
    }
}
