//! Corrections of an outline by a human's word, voxel by voxel and nothing else.

use crate::components::LesionMap;
use interval_core::fault::Fault;
use interval_core::geometry::{Lps, Point};
use interval_core::lesion::Region;
use interval_core::review::{Correction, Plane, Regroup};
use interval_core::volume::LabelMap;

/// Why a correction is not made. The sentences are for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// No lesion has that number.
    #[error("there is no lesion {0}")]
    NoLesion(u8),
    /// Nothing would change.
    #[error("nothing would change")]
    Nothing,
    /// The whole lesion lies on one side.
    #[error("the plane does not cut the lesion")]
    NotCut,
    /// The plane has no normal, or a number that is none.
    #[error("this is no plane")]
    NoPlane,
    /// Fewer than two different lesions.
    #[error("two lesions or more are joined")]
    TooFew,
}

impl Refused {
    /// What the failure asks of the other side.
    pub fn fault(&self) -> Fault {
        Fault::Refused
    }
}

/// Corrects a label map in place; what is to be grouped otherwise is given back, and holds for
/// [`lesions_as_said`](crate::components::lesions_as_said).
pub fn correct(
    labels: &mut LabelMap,
    map: &LesionMap,
    correction: &Correction<u8>,
) -> Result<Option<Regroup>, Refused> {
    match correction {
        Correction::Relabel { lesion, from, to } => {
            let to = to.map_or(0, Region::label);
            repaint(labels, map, *lesion, |label| if label == from.label() { to } else { label })
        }
        Correction::Remove { lesion } => repaint(labels, map, *lesion, |_| 0),
        Correction::Split { lesion, plane } => split(map, *lesion, *plane).map(Some),
        Correction::Merge { lesions } => {
            let mut different = lesions.clone();
            different.sort_unstable();
            different.dedup();
            if different.len() < 2 {
                return Err(Refused::TooFew);
            }
            let seeds = lesions.iter().map(|lesion| seed(map, *lesion, |_| true));
            Ok(Some(Regroup::Merge { seeds: seeds.collect::<Result<_, _>>()? }))
        }
    }
}

/// Changes the labels of one lesion's voxels.
fn repaint(
    labels: &mut LabelMap,
    map: &LesionMap,
    lesion: u8,
    change: impl Fn(u8) -> u8,
) -> Result<Option<Regroup>, Refused> {
    if lesion == 0 || !map.lesions.voxels().contains(&lesion) {
        return Err(Refused::NoLesion(lesion));
    }
    let mut changed = false;
    for (label, owner) in labels.voxels_mut().iter_mut().zip(map.lesions.voxels()) {
        if *owner == lesion {
            let after = change(*label);
            changed |= after != *label;
            *label = after;
        }
    }
    if changed { Ok(None) } else { Err(Refused::Nothing) }
}

fn split(map: &LesionMap, lesion: u8, plane: Plane) -> Result<Regroup, Refused> {
    if !plane.is_plane() {
        return Err(Refused::NoPlane);
    }
    seed(map, lesion, |_| true)?;
    let not_cut = |_| Refused::NotCut;
    seed(map, lesion, |place| plane.is_beyond(place)).map_err(not_cut)?;
    let seed = seed(map, lesion, |place| !plane.is_beyond(place)).map_err(not_cut)?;
    Ok(Regroup::Split { seed, plane })
}

/// A point inside a lesion, the one in the middle of its voxels in the order of memory, of those
/// that fit: outlines are corrected at their edges.
fn seed(
    map: &LesionMap,
    lesion: u8,
    fits: impl Fn([f64; 3]) -> bool,
) -> Result<Point<Lps>, Refused> {
    let grid = map.lesions.grid();
    let place = |at: usize| grid.to_lps.apply_to(grid.index(at).map(|n| n as f64));
    let voxels = map.lesions.voxels().iter().enumerate();
    let inside: Vec<usize> = voxels
        .filter(|(at, owner)| **owner == lesion && lesion > 0 && fits(place(*at)))
        .map(|(at, _)| at)
        .collect();
    let middle = inside.get(inside.len() / 2).ok_or(Refused::NoLesion(lesion))?;
    Ok(Point::new(place(*middle)))
}

/// For each lesion of a map, the lesion of another map on the same grid that it shares most voxels
/// with; each of those is given once, to the lesion that has most of it.
pub fn heirs(of: &LesionMap, before: &LesionMap) -> Vec<Option<u8>> {
    let mut shared = std::collections::BTreeMap::<(u8, u8), usize>::new();
    for pair in of.lesions.voxels().iter().zip(before.lesions.voxels()) {
        if let (now @ 1.., then @ 1..) = (*pair.0, *pair.1) {
            *shared.entry((now, then)).or_default() += 1;
        }
    }
    let mut pairs: Vec<_> = shared.into_iter().collect();
    pairs.sort_by_key(|(pair, voxels)| (std::cmp::Reverse(*voxels), *pair));
    let mut heirs = vec![None; usize::from(of.count())];
    for ((now, then), _) in pairs {
        let heir = &mut heirs[usize::from(now) - 1];
        *heir = heir.or(Some(then));
    }
    for now in 0..heirs.len() {
        let claimed = heirs[now];
        // The larger of two that claim one comes first: lesions are numbered by volume.
        if claimed.is_some() && heirs[..now].contains(&claimed) {
            heirs[now] = None;
        }
    }
    heirs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::{LesionRule, lesions, lesions_as_said};
    use crate::measure;
    use interval_core::geometry::{Grid, Transform};
    use interval_core::units::Cm3;
    use interval_core::volume::Volume;

    const ET: u8 = Region::Enhancing as u8;

    /// A bar of 20 x 4 x 4 voxels of 1 mm of enhancing tissue, with a block apart.
    fn labels() -> LabelMap {
        let rows = [[1., 0., 0., -10.], [0., 1., 0., 0.], [0., 0., 1., 0.]];
        let grid = Grid { shape: [40, 12, 8], to_lps: Transform::new(rows) };
        Volume::from_fn(grid, |at| {
            let [i, j, k] = grid.index(at);
            let inside = |low: usize, high: usize| {
                (low..high).contains(&i) && (2..6).contains(&j) && (2..6).contains(&k)
            };
            u8::from(inside(2, 22) || inside(30, 36)) * ET
        })
    }

    fn grouped(labels: &LabelMap, said: &[Regroup]) -> LesionMap {
        lesions_as_said(labels, &LesionRule::default(), said)
    }

    fn sizes(map: &LesionMap) -> Vec<usize> {
        let mut sizes = vec![0; usize::from(map.count())];
        for owner in map.lesions.voxels().iter().filter(|owner| **owner > 0) {
            sizes[usize::from(*owner) - 1] += 1;
        }
        sizes
    }

    #[test]
    fn a_relabelled_lesion_changes_by_exactly_its_voxels() {
        let mut labels = labels();
        let map = grouped(&labels, &[]);
        let before = measure::volumes(&labels);
        let to = Some(Region::FlairHyperintensity);
        let correction = Correction::Relabel { lesion: 2, from: Region::Enhancing, to };
        assert_eq!(correct(&mut labels, &map, &correction), Ok(None));
        let after = measure::volumes(&labels);
        let moved = Cm3(0.001) * 96.;
        assert!((before.enhancing.0 - after.enhancing.0 - moved.0).abs() < 1e-12);
        assert_eq!(after.flair_hyperintensity, moved);
        assert_eq!(correct(&mut labels, &map, &correction), Err(Refused::Nothing));
    }
    #[test]
    fn a_removed_lesion_is_gone_and_the_other_stays() {
        let mut labels = labels();
        let map = grouped(&labels, &[]);
        correct(&mut labels, &map, &Correction::Remove { lesion: 1 }).unwrap();
        assert_eq!(sizes(&lesions(&labels, &LesionRule::default())), [96]);
        let gone = Correction::Remove { lesion: 3 };
        assert_eq!(correct(&mut labels, &map, &gone), Err(Refused::NoLesion(3)));
    }
    #[test]
    fn a_lesion_is_cut_by_a_plane_and_joined_again() {
        let mut labels = labels();
        let map = grouped(&labels, &[]);
        // Voxels 2 to 21 lie at -8 to 11 mm; those beyond 0.5 mm are 1 to 11: eleven layers.
        let plane = Plane { point: Point::new([0.5, 0., 0.]), normal: [1., 0., 0.] };
        let split = correct(&mut labels, &map, &Correction::Split { lesion: 1, plane });
        let split = split.unwrap().unwrap();
        let cut = grouped(&labels, std::slice::from_ref(&split));
        assert_eq!(sizes(&cut), [176, 144, 96]);
        assert_eq!(cut.ignored.0, 0);
        let merge = Correction::Merge { lesions: vec![1, 2, 3] };
        let merged = correct(&mut labels, &cut, &merge).unwrap().unwrap();
        let whole = grouped(&labels, &[split, merged]);
        assert_eq!((sizes(&whole), whole.ignored.0), (vec![416], 0));
        let aside = Plane { point: Point::new([99., 0., 0.]), ..plane };
        let none = Correction::Split { lesion: 1, plane: aside };
        assert_eq!(correct(&mut labels, &map, &none), Err(Refused::NotCut));
        let one = Correction::Merge { lesions: vec![2, 2] };
        assert_eq!(correct(&mut labels, &map, &one), Err(Refused::TooFew));
    }
    #[test]
    fn the_larger_part_keeps_the_name() {
        let labels = labels();
        let map = grouped(&labels, &[]);
        let plane = Plane { point: Point::new([0.5, 0., 0.]), normal: [1., 0., 0.] };
        let seed = seed(&map, 1, |place| !plane.is_beyond(place)).unwrap();
        let cut = grouped(&labels, &[Regroup::Split { seed, plane }]);
        assert_eq!(heirs(&cut, &map), [Some(1), None, Some(2)]);
        assert_eq!(heirs(&map, &map), [Some(1), Some(2)]);
    }
}
