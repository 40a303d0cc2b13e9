//! The table of lesions by timepoints.

use super::flow::{Flow, LABEL};
use super::table::{self, Line, Row, Tinted};
use super::timeline::Timeline;
use crate::change::Change;
use interval_core::assessment::Findings;
use interval_core::lesion::{Fate, Lesion, LesionTrack, RegionVolumes};
use interval_core::units::Cm3;

/// Most lesions with a row of their own; further ones share one row. RANO follows up to five
/// target lesions.
pub const LESION_ROWS_MAX: usize = 6;

/// Width of the column of names and of the column of measures, in points.
const NAMES: f32 = 52.;
const MEASURES: f32 = 84.;

/// Draws the table and the note below it, with as many lesions as there is room for.
pub(super) fn draw(flow: &mut Flow, timeline: &Timeline, room: f32) {
    let columns = timeline.columns();
    let each = (flow.frame.width - NAMES - MEASURES) / columns.len().max(1) as f32;
    let mut widths = vec![NAMES, MEASURES];
    widths.extend(columns.iter().map(|_| each));

    let note = LABEL.style.leading();
    let (head, total) = (head(timeline, &columns), total(timeline, &columns));
    let fixed = head.height() + total.height() + 2. * note;
    let rows = lesion_rows(timeline, &columns, room - fixed);
    table::draw(flow, &widths, &[&[head], rows.as_slice(), &[total]].concat());
    flow.gap(2.);
    flow.paragraph(&explanation(timeline, columns.len()), LABEL, 2);
}

fn words(text: &str) -> Line {
    Line::Words(text.to_owned())
}
fn faint(text: &str) -> Line {
    Line::Faint(text.to_owned())
}

fn head(timeline: &Timeline, columns: &[usize]) -> Row {
    let mut cells = vec![vec![Line::Strong("Lesion".to_owned())], vec![]];
    cells.extend(columns.iter().map(|index| {
        let mut lines = vec![Line::Strong(timeline.name(*index))];
        let roles = timeline.roles(*index);
        let since = timeline.days_since_reference(*index).filter(|days| days.0 != 0);
        if let Some(days) = since {
            lines.push(Line::Faint(roles.join(", ")));
            lines.push(Line::Faint(format!("{:+} days", days.0)));
        } else {
            lines.extend(roles.into_iter().map(faint));
        }
        lines
    }));
    Row { cells, tinted: Tinted::Set }
}

/// The rows of lesions, and one for those that share it, within a height.
fn lesion_rows(timeline: &Timeline, columns: &[usize], room: f32) -> Vec<Row> {
    let tracks = &timeline.assessment.tracks;
    let all: Vec<Row> = tracks.iter().map(|track| lesion_row(timeline, track, columns)).collect();
    let Some(height) = all.first().map(Row::height) else { return Vec::new() };
    let fits = (room / height).floor() as usize;
    if tracks.len() <= fits.min(LESION_ROWS_MAX) {
        return all;
    }
    let shared = shared_row(timeline, &[], columns).height();
    let kept = (((room - shared) / height).floor() as usize).min(LESION_ROWS_MAX);
    let kept = foremost(timeline, kept);
    let others: Vec<&LesionTrack> =
        tracks.iter().enumerate().filter(|(at, _)| !kept.contains(at)).map(|(_, t)| t).collect();
    let mut rows: Vec<Row> = kept.iter().map(|at| all[*at].clone()).collect();
    rows.push(shared_row(timeline, &others, columns));
    rows
}

/// The lesions that matter most: new ones first, then by enhancing volume now, then by the
/// largest whole volume ever. Their indices in the order of their names.
fn foremost(timeline: &Timeline, count: usize) -> Vec<usize> {
    let current = timeline.current();
    let weight = |track: &LesionTrack| {
        let new = track.sightings.last().is_some_and(|now| now.fate == Some(Fate::New));
        let whole = |at: usize| seen(timeline, track, at).map_or(0., |v| v.volumes.whole().0);
        let largest = (0..=current).map(whole).fold(0., f64::max);
        let now = seen(timeline, track, current).map_or(0., |v| v.volumes.enhancing.0);
        (new, now, largest)
    };
    let tracks = &timeline.assessment.tracks;
    let mut order: Vec<usize> = (0..tracks.len()).collect();
    order.sort_by(|a, b| {
        weight(&tracks[*b]).partial_cmp(&weight(&tracks[*a])).unwrap_or(std::cmp::Ordering::Equal)
    });
    order.truncate(count);
    order.sort_unstable();
    order
}

/// A lesion at one timepoint: its parts together.
struct Seen<'a> {
    volumes: RegionVolumes,
    /// The part with the largest product of diameters.
    main: Option<&'a Lesion>,
    parts: usize,
}

fn seen<'a>(timeline: &Timeline<'a>, track: &LesionTrack, at: usize) -> Option<Seen<'a>> {
    let findings: &Findings = timeline.measured().get(at)?;
    let indices = &track.sightings.get(at)?.lesions;
    let parts: Vec<&Lesion> =
        findings.lesions.iter().filter(|lesion| indices.contains(&lesion.index)).collect();
    let mut volumes = RegionVolumes::default();
    for part in &parts {
        for region in interval_core::lesion::Region::ALL {
            volumes.add(region, part.volumes.of(region));
        }
    }
    let product = |lesion: &Lesion| lesion.diameters.map_or(0., |d| d.product().0);
    let main = parts.iter().copied().max_by(|a, b| product(a).total_cmp(&product(b)));
    (!parts.is_empty()).then_some(Seen { volumes, main, parts: parts.len() })
}

fn lesion_row(timeline: &Timeline, track: &LesionTrack, columns: &[usize]) -> Row {
    let mut cells = vec![
        vec![Line::Strong(track.name.clone())],
        vec![faint("ET cm³"), faint("NETC · SNFH cm³"), faint("long × short mm")],
    ];
    cells.extend(columns.iter().map(|at| lesion_cell(timeline, track, *at)));
    Row { cells, tinted: Tinted::Plain }
}

fn lesion_cell(timeline: &Timeline, track: &LesionTrack, at: usize) -> Vec<Line> {
    if at >= timeline.measured().len() {
        return vec![words("not measured")];
    }
    let fate = track.sightings.get(at).and_then(|sighting| sighting.fate);
    let Some(now) = seen(timeline, track, at) else {
        return vec![words(if fate == Some(Fate::Vanished) { "gone" } else { "–" })];
    };
    let reference = timeline.assessment.reference;
    let before = seen(timeline, track, reference).filter(|_| at != reference);
    let volumes = now.volumes;
    let mut note = match fate {
        None | Some(Fate::First | Fate::Persisting) => String::new(),
        Some(fate) => format!(" · {}", fate.as_str()),
    };
    if now.parts > 1 {
        note = format!("{note} · {} parts", now.parts);
    }
    let diameters = now.main.and_then(|lesion| lesion.diameters);
    let diameters = diameters
        .map_or_else(|| "no core".to_owned(), |found| format!("{} × {}", found.long, found.short));
    vec![
        enhancing(volumes.enhancing, before.map(|before| before.volumes.enhancing)),
        Line::Number(format!("{} · {}", volumes.non_enhancing_core, volumes.flair_hyperintensity)),
        Line::Number(format!("{diameters}{note}")),
    ]
}

/// The enhancing volume with its change from the reference.
fn enhancing(now: Cm3, before: Option<Cm3>) -> Line {
    Line::StrongNumber(match before {
        Some(from) => format!("{now}  {}", Change { from, to: now }.brief()),
        None => now.to_string(),
    })
}

fn shared_row(timeline: &Timeline, tracks: &[&LesionTrack], columns: &[usize]) -> Row {
    let mut cells =
        vec![vec![Line::Strong(format!("{} more", tracks.len()))], vec![faint("ET cm³ · count")]];
    cells.extend(columns.iter().map(|at| {
        let found: Vec<Seen> =
            tracks.iter().filter_map(|track| seen(timeline, track, *at)).collect();
        let sum = found.iter().fold(Cm3(0.), |sum, one| sum + one.volumes.enhancing);
        vec![Line::Number(format!("{sum} · {}", found.len()))]
    }));
    Row { cells, tinted: Tinted::Plain }
}

fn total(timeline: &Timeline, columns: &[usize]) -> Row {
    let cavity = timeline.measured().iter().any(|at| at.volumes.resection_cavity.0 > 0.);
    let compared = timeline.measured().len() > 1;
    let mut names = vec![faint("ET cm³")];
    if compared {
        names.push(faint("ET since prior; nadir"));
    }
    names.push(faint(if cavity { "NETC · SNFH · RC cm³" } else { "NETC · SNFH cm³" }));
    names.push(faint("sum of products mm²"));
    let mut cells = vec![vec![Line::Strong("All".to_owned())], names];
    cells.extend(columns.iter().map(|at| {
        let Some(found) = timeline.measured().get(*at) else { return vec![words("not measured")] };
        let mut lines = vec![enhancing(found.volumes.enhancing, reference_volume(timeline, *at))];
        if compared {
            lines.push(Line::Number(since_prior_and_nadir(timeline, *at)));
        }
        let mut regions = format!(
            "{} · {}",
            found.volumes.non_enhancing_core, found.volumes.flair_hyperintensity
        );
        if cavity {
            regions = format!("{regions} · {}", found.volumes.resection_cavity);
        }
        lines.push(Line::Number(regions));
        // Adding zero takes the sign off an empty sum.
        lines.push(Line::Number(format!("{:.0}", found.sum_of_products_mm2 + 0.)));
        lines
    }));
    Row { cells, tinted: Tinted::Set }
}

fn reference_volume(timeline: &Timeline, at: usize) -> Option<Cm3> {
    let reference = timeline.assessment.reference;
    let found = timeline.measured().get(reference).filter(|_| at != reference)?;
    Some(found.volumes.enhancing)
}

/// Change from the timepoint before, and for the current one from the nadir.
fn since_prior_and_nadir(timeline: &Timeline, at: usize) -> String {
    let volume = |index: usize| timeline.measured().get(index).map(|one| one.volumes.enhancing);
    let brief = |from: Option<Cm3>| {
        let change = from.zip(volume(at)).map(|(from, to)| Change { from, to }.brief());
        change.unwrap_or_else(|| "–".to_owned())
    };
    let prior = brief(at.checked_sub(1).and_then(volume));
    if at == timeline.current() && at > 0 {
        format!("{prior}; {}", brief(volume(timeline.assessment.nadir)))
    } else {
        prior
    }
}

fn explanation(timeline: &Timeline, shown: usize) -> String {
    let count = timeline.assessment.timepoints.len();
    let mut text = "ET enhancing tissue, NETC non-enhancing core with necrosis, SNFH surrounding \
                    FLAIR hyperintensity."
        .to_owned();
    if count > 1 {
        let reference = timeline.name(timeline.assessment.reference);
        let kind = timeline.assessment.reference_kind.as_str();
        text = format!(
            "{text} Changes of ET are against {reference} ({kind}); ≈ marks changes within \
             measurement noise (under ±15 %); no percentage where the volume before was under \
             0.1 cm³."
        );
    }
    if shown < count {
        text = format!("{text} {shown} of {count} studies shown; the curve has all.");
    }
    text
}
