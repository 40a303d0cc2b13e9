//! From a label map to lesions.
//!
//! A lesion is founded by a piece of tumour core (enhancing or not), or by a patch of tumour that
//! has no core at all. Pieces of core a small gap apart in the same patch are one lesion; the
//! hyperintensity around goes to the nearest core of its own patch.

use super::{Components, Connectivity, label};
use crate::distance;
use crate::window::Window;
use interval_core::geometry::{Grid, Lps, Point};
use interval_core::lesion::Region;
use interval_core::review::Regroup;
use interval_core::units::{Cm3, Mm};
use interval_core::volume::{LabelMap, Mask, Volume};

/// What counts as one lesion.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LesionRule {
    /// Widest gap, edge to edge, between pieces of core of the same patch that are one lesion.
    pub gap: Mm,
    /// Fewest voxels of a lesion.
    pub voxels_min: usize,
    /// Smallest volume of a lesion.
    pub volume_min: Cm3,
}

impl Default for LesionRule {
    /// Fragments up to 3 mm apart are joined: the three dilations of 1 mm voxels of the BraTS
    /// glioma score. Below 3 voxels or 0.05 cm3 (a ball 4.6 mm wide) a finding is not told from
    /// noise.
    fn default() -> Self {
        Self { gap: Mm(3.), voxels_min: 3, volume_min: Cm3(0.05) }
    }
}

impl LesionRule {
    fn admits(&self, voxels: usize, voxel_volume: Cm3) -> bool {
        voxels >= self.voxels_min && voxel_volume * voxels as f64 >= self.volume_min
    }
}

/// The lesions of one timepoint.
#[derive(Debug, Clone, PartialEq)]
pub struct LesionMap {
    /// For each voxel the index of its lesion, from 1 by descending volume; 0 outside.
    pub lesions: Volume<u8>,
    /// Lesions that were left out (below the floor, or more than 255): how many, and their volume.
    pub ignored: (usize, Cm3),
}

impl LesionMap {
    /// Number of lesions.
    pub fn count(&self) -> u8 {
        self.lesions.voxels().iter().copied().max().unwrap_or_default()
    }
}

/// Groups the tumour of a label map into lesions. Resection cavity belongs to none.
///
/// A piece of core below the floor founds no lesion of its own where its patch has a larger one;
/// its voxels go to the nearest lesion. So no voxel of a patch is lost unless the whole lesion is
/// ignored.
pub fn lesions(labels: &LabelMap, rule: &LesionRule) -> LesionMap {
    lesions_as_said(labels, rule, &[])
}

/// The same, with a human's word on what is one lesion, in the order in which it was said.
pub fn lesions_as_said(labels: &LabelMap, rule: &LesionRule, said: &[Regroup]) -> LesionMap {
    let grid = *labels.grid();
    let region = |at: usize| Region::from_label(labels.voxels()[at]);
    let whole: Mask = Volume::from_fn(grid, |at| region(at).is_some_and(Region::in_whole));
    let core: Mask = Volume::from_fn(grid, |at| region(at).is_some_and(Region::in_core));
    let patches = label(&whole, Connectivity::TwentySix);
    let founders = founders(&core, &patches, rule);
    let mut sharing = Sharing {
        patches: &patches,
        founders: &founders,
        owners: Volume::filled(grid, 0),
        founded: 0,
    };
    for (patch, window) in (1..).zip(windows(&patches)) {
        sharing.settle(patch, window);
    }
    for regroup in said {
        sharing.regroup(regroup);
    }
    number(&sharing.owners, sharing.founded, rule)
}

/// Pieces of core with those a small gap apart in the same patch under one number; pieces below
/// the floor are 0 unless their patch has nothing better.
fn founders(core: &Mask, patches: &Components, rule: &LesionRule) -> Components {
    let mut pieces = label(core, Connectivity::TwentySix);
    let joined = join(&pieces, patches, rule.gap);
    let mut sizes = vec![0; pieces.sizes.len()];
    for (piece, &size) in pieces.sizes.iter().enumerate() {
        sizes[joined[piece]] += size;
    }
    let voxel = core.grid().voxel_volume();
    let mut best = vec![0; patches.sizes.len() + 1];
    let patch_of: Vec<usize> = patch_of_pieces(&pieces, patches);
    for (piece, &size) in sizes.iter().enumerate() {
        let best = &mut best[patch_of[piece]];
        *best = size.max(*best);
    }
    let founding: Vec<bool> = (0..sizes.len())
        .map(|piece| {
            let best = best[patch_of[piece]];
            rule.admits(sizes[piece], voxel) || !rule.admits(best, voxel)
        })
        .collect();
    for number in pieces.labels.voxels_mut().iter_mut().filter(|number| **number > 0) {
        let root = joined[*number as usize - 1];
        *number = if founding[root] { root as u32 + 1 } else { 0 };
    }
    Components { labels: pieces.labels, sizes }
}

/// The patch each piece of core lies in.
fn patch_of_pieces(pieces: &Components, patches: &Components) -> Vec<usize> {
    let mut patch_of = vec![0; pieces.sizes.len()];
    for (&piece, &patch) in pieces.labels.voxels().iter().zip(patches.labels.voxels()) {
        if piece > 0 {
            patch_of[piece as usize - 1] = patch as usize;
        }
    }
    patch_of
}

/// For each piece the first of the pieces that it is joined with.
fn join(pieces: &Components, patches: &Components, gap: Mm) -> Vec<usize> {
    let mut parent: Vec<usize> = (0..pieces.sizes.len()).collect();
    if parent.len() < 2 {
        return parent;
    }
    let grid = pieces.labels.grid();
    let reach = within(grid, gap);
    let numbers = pieces.labels.voxels();
    for at in (0..grid.len()).filter(|&at| numbers[at] > 0) {
        let mut on_surface = false;
        Connectivity::Six.each_neighbour(grid, at, |near| on_surface |= numbers[near] == 0);
        if !on_surface {
            continue;
        }
        for step in &reach {
            let Some(there) = moved(grid, at, *step) else { continue };
            let same_patch = patches.labels.voxels()[there] == patches.labels.voxels()[at];
            if numbers[there] > numbers[at] && same_patch {
                let [a, b] = [at, there].map(|at| root(&parent, numbers[at] as usize - 1));
                parent[a.max(b)] = a.min(b);
            }
        }
    }
    (0..parent.len()).map(|piece| root(&parent, piece)).collect()
}

fn root(parent: &[usize], mut piece: usize) -> usize {
    while parent[piece] != piece {
        piece = parent[piece];
    }
    piece
}

/// Steps to the voxels whose nearest edge lies within a gap of this voxel's nearest edge.
fn within(grid: &Grid, gap: Mm) -> Vec<[isize; 3]> {
    let spacing = grid.spacing_mm();
    let far = spacing.map(|step| (gap.0 / step).floor() as isize + 1);
    let between = |d: [isize; 3]| -> f64 {
        (0..3).map(|a| ((d[a].abs() - 1).max(0) as f64 * spacing[a]).powi(2)).sum::<f64>().sqrt()
    };
    let mut steps = Vec::new();
    for k in -far[2]..=far[2] {
        for j in -far[1]..=far[1] {
            steps.extend((-far[0]..=far[0]).map(|i| [i, j, k]).filter(|&d| between(d) <= gap.0));
        }
    }
    steps
}

fn moved(grid: &Grid, at: usize, step: [isize; 3]) -> Option<usize> {
    let index = grid.index(at);
    let mut there = [0; 3];
    for axis in 0..3 {
        there[axis] = index[axis].checked_add_signed(step[axis])?;
        if there[axis] >= grid.shape[axis] {
            return None;
        }
    }
    Some(grid.offset(there))
}

/// The box of each component.
fn windows(parts: &Components) -> Vec<Window> {
    let grid = parts.labels.grid();
    let nothing = Window { from: grid.shape, to: [0; 3] };
    let mut windows = vec![nothing; parts.sizes.len()];
    for (at, &label) in parts.labels.voxels().iter().enumerate() {
        if label > 0 {
            let index = grid.index(at);
            let voxel = Window { from: index, to: index.map(|n| n + 1) };
            let window = &mut windows[label as usize - 1];
            *window = window.joined(&voxel);
        }
    }
    windows
}

/// The patches of tumour while their voxels are given to lesions.
struct Sharing<'a> {
    patches: &'a Components,
    founders: &'a Components,
    owners: Volume<u32>,
    /// Lesions so far.
    founded: u32,
}

impl Sharing<'_> {
    /// Gives each voxel of one patch to the lesion of the nearest founder.
    fn settle(&mut self, patch: u32, window: Window) {
        let grid = *self.owners.grid();
        let (patches, founders) = (self.patches.labels.voxels(), self.founders.labels.voxels());
        let offsets: Vec<usize> = window.offsets(&grid).collect();
        let mine = |at: usize| patches[at] == patch;
        let founder = |at: usize| if mine(at) { founders[at] } else { 0 };
        let mut present: Vec<u32> =
            offsets.iter().map(|&at| founder(at)).filter(|&number| number > 0).collect();
        present.sort_unstable();
        present.dedup();
        let nearest = (present.len() > 1).then(|| {
            let seed = |n: usize| founder(offsets[n]) > 0;
            distance::field(window.shape(), grid.spacing_mm(), seed).nearest
        });
        for (n, &at) in offsets.iter().enumerate().filter(|&(_, &at)| mine(at)) {
            let place = nearest.as_ref().map_or(0, |nearest| {
                let number = founder(offsets[nearest[n] as usize]);
                present.binary_search(&number).unwrap_or_default() as u32
            });
            self.owners.voxels_mut()[at] = self.founded + place + 1;
        }
        self.founded += (present.len() as u32).max(1);
    }
}

impl Sharing<'_> {
    /// Does as a human said; a point where no lesion is says nothing.
    fn regroup(&mut self, said: &Regroup) {
        let grid = *self.owners.grid();
        match said {
            Regroup::Split { seed, plane } => {
                let Some(owner) = self.owner_at(*seed) else { return };
                self.founded += 1;
                for (at, found) in self.owners.voxels_mut().iter_mut().enumerate() {
                    let place = || grid.to_lps.apply_to(grid.index(at).map(|n| n as f64));
                    if *found == owner && plane.is_beyond(place()) {
                        *found = self.founded;
                    }
                }
            }
            Regroup::Merge { seeds } => {
                let owners: Vec<u32> = seeds.iter().filter_map(|s| self.owner_at(*s)).collect();
                let Some((first, others)) = owners.split_first() else { return };
                for found in self.owners.voxels_mut().iter_mut() {
                    if others.contains(found) {
                        *found = *first;
                    }
                }
            }
        }
    }

    fn owner_at(&self, place: Point<Lps>) -> Option<u32> {
        let grid = self.owners.grid();
        let voxel = grid.to_lps.inverse()?.apply(place);
        let at = Window::voxel_near(grid.shape, voxel)?;
        Some(self.owners.at(at)).filter(|owner| *owner > 0)
    }
}

/// Leaves out what is below the floor and numbers the rest by descending volume.
fn number(owners: &Volume<u32>, founded: u32, rule: &LesionRule) -> LesionMap {
    let voxel = owners.grid().voxel_volume();
    let mut sizes = vec![0_usize; founded as usize];
    for &owner in owners.voxels().iter().filter(|owner| **owner > 0) {
        sizes[owner as usize - 1] += 1;
    }
    let mut order: Vec<usize> =
        (0..sizes.len()).filter(|&n| rule.admits(sizes[n], voxel)).collect();
    order.sort_by_key(|&n| (std::cmp::Reverse(sizes[n]), n));
    order.truncate(usize::from(u8::MAX));
    let mut index = vec![0_u8; sizes.len() + 1];
    for (place, &n) in (1..=u8::MAX).zip(&order) {
        index[n + 1] = place;
    }
    let left_out: usize =
        sizes.iter().sum::<usize>() - order.iter().map(|&n| sizes[n]).sum::<usize>();
    LesionMap {
        lesions: owners.map(|&owner| index[owner as usize]),
        ignored: (
            sizes.iter().filter(|size| **size > 0).count() - order.len(),
            voxel * left_out as f64,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use interval_core::geometry::Transform;

    const NETC: u8 = 1;
    const SNFH: u8 = 2;
    const ET: u8 = 3;
    const RC: u8 = 4;

    /// Paints boxes (label, from, to) on a grid and compares the volume of each lesion, in voxels.
    #[track_caller]
    fn check(
        spacing: [f64; 3],
        boxes: &[(u8, [usize; 3], [usize; 3])],
        sizes: &[usize],
    ) -> LesionMap {
        let [x, y, z] = spacing;
        let to_lps = Transform::new([[x, 0., 0., 0.], [0., y, 0., 0.], [0., 0., z, 0.]]);
        let grid = Grid { shape: [40, 30, 20], to_lps };
        let mut labels = Volume::filled(grid, 0);
        for (label, from, to) in boxes {
            for at in (Window { from: *from, to: *to }).offsets(&grid) {
                labels.voxels_mut()[at] = *label;
            }
        }
        let map = lesions(&labels, &LesionRule::default());
        let found: Vec<usize> =
            (1..=map.count()).map(|index| map.lesions.map(|&n| n == index).count()).collect();
        assert_eq!(found, sizes);
        map
    }

    #[test]
    fn fragments_in_one_patch_a_small_gap_apart_are_one_lesion() {
        let patch = (SNFH, [2, 2, 2], [38, 12, 12]);
        let first = (ET, [4, 4, 4], [10, 10, 10]);
        check([1.; 3], &[patch, first, (ET, [13, 4, 4], [19, 10, 10])], &[3600]);
        // The hyperintensity is shared half way between cores 4 mm apart: columns 2 to 11, the rest.
        check([1.; 3], &[patch, first, (NETC, [14, 4, 4], [20, 10, 10])], &[2600, 1000]);
    }
    #[test]
    fn the_gap_is_in_millimetres() {
        let boxes = [
            (SNFH, [2, 2, 2], [38, 12, 12]),
            (ET, [4, 4, 4], [10, 10, 6]),
            (ET, [4, 4, 7], [10, 10, 9]),
        ];
        check([1.; 3], &boxes, &[3600]);
        check([1., 1., 5.], &boxes, &[2160, 1440]);
    }
    #[test]
    fn patches_without_core_are_lesions_of_their_own() {
        let boxes = [(SNFH, [1, 1, 1], [6, 6, 6]), (ET, [8, 8, 8], [14, 14, 14])];
        check([1.; 3], &boxes, &[216, 125]);
    }
    #[test]
    fn cavity_belongs_to_no_lesion() {
        check([1.; 3], &[(ET, [1, 1, 1], [8, 8, 8]), (RC, [3, 3, 3], [6, 6, 6])], &[343 - 27]);
    }
    #[test]
    fn specks_are_left_out_and_told() {
        let boxes = [(ET, [1, 1, 1], [6, 6, 6]), (ET, [20, 1, 1], [22, 3, 3])];
        let map = check([1.; 3], &boxes, &[125]);
        assert_eq!(map.ignored.0, 1);
        assert!((map.ignored.1.0 - 0.008).abs() < 1e-12);
    }
    #[test]
    fn a_speck_of_core_in_a_patch_with_a_core_is_kept_with_it() {
        let patch = (SNFH, [2, 2, 2], [38, 12, 12]);
        let boxes = [patch, (ET, [4, 4, 4], [10, 10, 10]), (ET, [30, 5, 5], [31, 6, 6])];
        check([1.; 3], &boxes, &[3600]);
    }
    #[test]
    fn an_empty_map_has_no_lesions() {
        let map = check([1.; 3], &[], &[]);
        assert_eq!(map.ignored, (0, Cm3(0.)));
    }
}
