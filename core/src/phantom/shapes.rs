//! Signed distances in mm, negative inside, of the bodies that a head is built from.

/// A place or a direction, mm.
pub(super) type Place = [f32; 3];

pub(super) fn minus(a: Place, b: Place) -> Place {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

pub(super) fn dot(a: Place, b: Place) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn length(a: Place) -> f32 {
    dot(a, a).sqrt()
}

/// An ellipsoid; exact on its surface, close to the distance near it.
pub(super) fn ellipsoid(p: Place, centre: Place, radii: Place) -> f32 {
    let d = minus(p, centre);
    let once = [d[0] / radii[0], d[1] / radii[1], d[2] / radii[2]];
    let twice = [once[0] / radii[0], once[1] / radii[1], once[2] / radii[2]];
    let slope = length(twice);
    if slope < 1e-6 {
        return -radii[0].min(radii[1]).min(radii[2]);
    }
    let k = length(once);
    k * (k - 1.) / slope
}

/// A tube with round ends.
pub(super) fn capsule(p: Place, [from, to]: [Place; 2], radius: f32) -> f32 {
    let (along, to_p) = (minus(to, from), minus(p, from));
    let share = (dot(to_p, along) / dot(along, along)).clamp(0., 1.);
    let nearest = [along[0] * share, along[1] * share, along[2] * share];
    length(minus(to_p, nearest)) - radius
}

/// Both bodies, their seam rounded over `round` mm.
pub(super) fn union(a: f32, b: f32, round: f32) -> f32 {
    let h = (round - (a - b).abs()).max(0.) / round;
    a.min(b) - h * h * round / 4.
}

/// What both bodies share, the edge rounded over `round` mm.
pub(super) fn common(a: f32, b: f32, round: f32) -> f32 {
    -union(-a, -b, round)
}

/// How much of a voxel of 1 mm a body fills, from the distance of its centre.
pub(super) fn cover(distance: f32) -> f32 {
    (0.5 - distance).clamp(0., 1.)
}

/// How much of a voxel lies in a layer between two distances.
pub(super) fn layer(distance: f32, inner: f32, outer: f32) -> f32 {
    cover(distance - outer) * (1. - cover(distance - inner))
}
