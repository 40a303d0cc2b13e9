//! How far places lie from a surface: inside it less than nothing.

use super::{Field, Surface, cross, dot, minus};
use rayon::prelude::*;

/// Distance in mm from each place (LPS mm) to the surface of a field, negative inside: how far a
/// later surface has grown beyond it at each of its vertices.
///
/// The nearest triangle is looked for around the nearest vertex: the triangles of a surface are of
/// about one size.
pub fn growth(places: &[[f64; 3]], before: &Field) -> Vec<f32> {
    let surface = before.surface();
    let mut around = vec![Vec::new(); surface.vertices.len()];
    for triangle in &surface.triangles {
        for corner in triangle {
            around[*corner as usize].push(*triangle);
        }
    }
    let apart = |place: &[f64; 3]| -> f32 {
        let Some(vertex) = nearest(*place, &surface) else { return 0. };
        let triangles = around[vertex].iter();
        let distances = triangles.map(|triangle| to_triangle(*place, surface.corners(*triangle)));
        let squared = distances.fold(f64::INFINITY, f64::min);
        let side = if before.at(*place) < 0. { -1. } else { 1. };
        (side * squared.sqrt()) as f32
    };
    places.par_iter().map(apart).collect()
}

/// The number of the vertex nearest to a place.
fn nearest(place: [f64; 3], surface: &Surface) -> Option<usize> {
    let squared = |vertex: &[f64; 3]| {
        let way = minus(*vertex, place);
        dot(way, way)
    };
    let all = surface.vertices.iter().map(squared).enumerate();
    all.min_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(number, _)| number)
}

/// Squared distance to a triangle: to its plane where the foot lies inside, else to its nearest side.
fn to_triangle(place: [f64; 3], [a, b, c]: [[f64; 3]; 3]) -> f64 {
    let normal = cross(minus(b, a), minus(c, a));
    let is_left = |from, to| dot(cross(minus(to, from), minus(place, from)), normal) >= 0.;
    let length = dot(normal, normal);
    if length > 0. && is_left(a, b) && is_left(b, c) && is_left(c, a) {
        return dot(minus(place, a), normal).powi(2) / length;
    }
    [(a, b), (b, c), (c, a)]
        .map(|side| to_side(place, side))
        .into_iter()
        .fold(f64::INFINITY, f64::min)
}

/// Squared distance to a line between two points.
fn to_side(place: [f64; 3], (from, to): ([f64; 3], [f64; 3])) -> f64 {
    let (way, out) = (minus(to, from), minus(place, from));
    let length = dot(way, way);
    let part = if length > 0. { (dot(out, way) / length).clamp(0., 1.) } else { 0. };
    let left = minus(out, way.map(|step| step * part));
    dot(left, left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_triangle_is_nearest_by_its_plane_its_side_or_its_corner() {
        let triangle = [[0., 0., 0.], [4., 0., 0.], [0., 4., 0.]];
        for (place, expected) in [
            ([1., 1., 3.], 9.),
            ([1., 1., -3.], 9.),
            ([2., -2., 1.], 5.),
            ([-3., -4., 0.], 25.),
            ([3., 3., 0.], 2.),
        ] {
            assert!((to_triangle(place, triangle) - expected).abs() < 1e-12, "{place:?}");
        }
    }
}
