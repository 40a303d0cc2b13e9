use super::*;
use interval_core::geometry::Transform;

const SHAPE: [usize; 3] = [60, 60, 60];
const REACH: Mm = Mm(1.6);

fn grid() -> Grid {
    Grid {
        shape: SHAPE,
        to_lps: Transform::new([[1., 0., 0., 0.], [0., 1., 0., 0.], [0., 0., 1., 0.]]),
    }
}

/// Distance of a voxel from the middle, in mm.
fn radius(at: usize) -> f64 {
    let index: [usize; 3] = grid().index(at);
    index.iter().map(|i| (*i as f64 - 29.5).powi(2)).sum::<f64>().sqrt()
}

/// The usual ring: core inside, rim, oedema around, brain outside; outer radii in mm.
#[derive(Clone, Copy)]
struct Ring {
    core: f64,
    rim: f64,
    oedema: f64,
}

impl Ring {
    fn region(self, radius: f64) -> Option<Region> {
        if radius < self.core {
            Some(Region::NonEnhancingCore)
        } else if radius < self.rim {
            Some(Region::Enhancing)
        } else if radius < self.oedema {
            Some(Region::FlairHyperintensity)
        } else {
            None
        }
    }

    fn labels(self) -> LabelMap {
        Volume::from_fn(grid(), |at| self.region(radius(at)).map_or(0, Region::label))
    }

    /// Two sequences of it with some noise: one after contrast, one with bright fluid.
    fn channels(self) -> [Volume<f32>; 2] {
        let values = |contrast: [f32; 4]| {
            Volume::from_fn(grid(), |at| {
                let value = match self.region(radius(at)) {
                    None => contrast[0],
                    Some(Region::FlairHyperintensity) => contrast[1],
                    Some(Region::NonEnhancingCore) => contrast[2],
                    Some(_) => contrast[3],
                };
                // A fixed pattern without a period along the axes: -0.1 to 0.1.
                value + 0.2 * ((at * 7919 % 1009) as f32 / 1009. - 0.5)
            })
        };
        [values([1., 0.8, 0.5, 2.]), values([1., 2., 2.5, 1.8])]
    }
}

fn volume(labels: &LabelMap, region: Region) -> f64 {
    labels.map(|label| *label == region.label()).count() as f64 / 1000.
}

fn redrawn(mut labels: LabelMap, ring: Ring) -> LabelMap {
    let channels = ring.channels();
    let brain = Volume::filled(grid(), true);
    redraw(&mut labels, &channels.each_ref(), &brain, REACH);
    labels
}

/// What the network says: the truth with a shell of core, so thick, around the rim.
fn with_shell(ring: Ring, thickness: f64) -> LabelMap {
    Volume::from_fn(grid(), |at| {
        let radius = radius(at);
        let shell = (ring.rim..ring.rim + thickness).contains(&radius);
        let region = if shell { Some(Region::NonEnhancingCore) } else { ring.region(radius) };
        region.map_or(0, Region::label)
    })
}

#[track_caller]
fn check(found: &LabelMap, truth: &LabelMap, tolerance: f64) {
    for region in [Region::NonEnhancingCore, Region::Enhancing, Region::FlairHyperintensity] {
        let (found, truth) = (volume(found, region), volume(truth, region));
        assert!((found - truth).abs() <= tolerance * truth, "{region:?}: {found} for {truth} cm3");
    }
}

#[test]
fn a_shell_around_the_rim_goes_to_the_oedema() {
    let ring = Ring { core: 8., rim: 13., oedema: 22. };
    let network = with_shell(ring, 1.5);
    assert!(
        volume(&network, Region::NonEnhancingCore)
            > 2. * volume(&ring.labels(), Region::NonEnhancingCore)
    );
    check(&redrawn(network, ring), &ring.labels(), 0.02);
}

#[test]
fn borders_that_are_right_stay() {
    let ring = Ring { core: 8., rim: 13., oedema: 22. };
    check(&redrawn(ring.labels(), ring), &ring.labels(), 0.01);
}

#[test]
fn a_core_that_is_nowhere_thick_gives_way() {
    let solid = Ring { core: 0., rim: 9., oedema: 16. };
    let found = redrawn(with_shell(solid, 1.5), solid);
    check(&found, &solid.labels(), 0.03);
}

#[test]
fn the_outline_of_the_whole_stays() {
    let ring = Ring { core: 8., rim: 13., oedema: 22. };
    let network = with_shell(ring, 1.5);
    let found = redrawn(network.clone(), ring);
    let whole = |labels: &LabelMap| labels.map(|label| *label != 0);
    assert_eq!(whole(&found), whole(&network));
}

#[test]
fn what_cannot_be_judged_is_left_as_it_is() {
    // A dull tumour with a speck that takes up contrast: too few voxels to know what it looks like.
    let dull = Ring { core: 12., rim: 12., oedema: 20. };
    let speck = |at: usize| grid().index(at).iter().all(|i| (29..31).contains(i));
    let labels = dull.labels();
    let network = Volume::from_fn(grid(), |at| {
        if speck(at) { Region::Enhancing.label() } else { labels.voxels()[at] }
    });
    let found = redrawn(network, dull);
    assert!((volume(&found, Region::Enhancing) - 0.008).abs() < 1e-9);
}

#[test]
fn a_cavity_is_no_part_of_it() {
    let ring = Ring { core: 8., rim: 13., oedema: 22. };
    let cavity = |at: usize| grid().index(at)[0] < 20;
    let paint = |labels: LabelMap| {
        Volume::from_fn(grid(), |at| {
            if cavity(at) { Region::ResectionCavity.label() } else { labels.voxels()[at] }
        })
    };
    let found = redrawn(paint(with_shell(ring, 1.5)), ring);
    for at in (0..grid().len()).filter(|at| cavity(*at)) {
        assert_eq!(found.voxels()[at], Region::ResectionCavity.label());
    }
}

#[test]
fn nothing_is_redrawn_as_nothing() {
    let mut empty = Volume::filled(grid(), 0);
    let channel = Volume::filled(grid(), 1.);
    redraw(&mut empty, &[&channel], &Volume::filled(grid(), true), REACH);
    assert!(empty.voxels().iter().all(|label| *label == 0));
}
