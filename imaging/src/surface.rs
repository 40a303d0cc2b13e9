//! The surface of a mask as triangles in the patient, and how far any point lies from it: for a
//! picture in space, never for a number in a report.
//!
//! A surface is where the signed distance to the outline is zero, once that is smoothed, and moved so
//! that the surface has the volume of the mask.

mod field;
mod growth;
mod march;

pub use field::Field;
pub use growth::growth;

/// Most bytes of a surface as it is sent: vertices with one figure each, and triangles.
pub const BYTES_MAX: usize = 300_000;

/// Bytes of a vertex: three coordinates and a figure, 32 bits each.
const VERTEX_BYTES: usize = 16;

/// Bytes of a triangle: three numbers of vertices, 32 bits each.
const TRIANGLE_BYTES: usize = 12;

/// A closed surface: each edge belongs to two triangles that run along it in opposite directions.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Surface {
    /// Places in the patient, LPS mm.
    pub vertices: Vec<[f64; 3]>,
    /// Numbers of vertices, counter-clockwise as seen from outside.
    pub triangles: Vec<[u32; 3]>,
}

impl Surface {
    /// Bytes as it is sent.
    pub fn bytes(&self) -> usize {
        VERTEX_BYTES * self.vertices.len() + TRIANGLE_BYTES * self.triangles.len()
    }

    /// The area, in mm2.
    pub fn area_mm2(&self) -> f64 {
        let doubled = self.triangles.iter().map(|triangle| {
            let [a, b, c] = self.corners(*triangle);
            let normal = cross(minus(b, a), minus(c, a));
            dot(normal, normal).sqrt()
        });
        doubled.sum::<f64>() / 2.
    }

    /// The volume inside, in mm3, by the divergence theorem.
    pub fn volume_mm3(&self) -> f64 {
        let Some(origin) = self.vertices.first() else { return 0. };
        let sixfold = self.triangles.iter().map(|triangle| {
            let [a, b, c] = self.corners(*triangle).map(|corner| minus(corner, *origin));
            dot(a, cross(b, c))
        });
        sixfold.sum::<f64>() / 6.
    }

    fn corners(&self, triangle: [u32; 3]) -> [[f64; 3]; 3] {
        triangle.map(|number| self.vertices[number as usize])
    }

    /// The form in which it is sent, all little endian: number of vertices and of triangles (u32),
    /// three coordinates for each vertex (f32), a figure for each vertex (f32), three numbers of
    /// vertices for each triangle (u32). Vertices without a figure get 0.
    pub fn to_bytes(&self, figures: &[f32]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(8 + self.bytes());
        bytes.extend((self.vertices.len() as u32).to_le_bytes());
        bytes.extend((self.triangles.len() as u32).to_le_bytes());
        for coordinate in self.vertices.iter().flatten() {
            bytes.extend((*coordinate as f32).to_le_bytes());
        }
        let figures = figures.iter().copied().chain(std::iter::repeat(0.));
        for figure in figures.take(self.vertices.len()) {
            bytes.extend(figure.to_le_bytes());
        }
        for corner in self.triangles.iter().flatten() {
            bytes.extend(corner.to_le_bytes());
        }
        bytes
    }
}

fn minus(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [0, 1, 2].map(|n| a[n] - b[n])
}

fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [0, 1, 2].map(|n| a[(n + 1) % 3] * b[(n + 2) % 3] - a[(n + 2) % 3] * b[(n + 1) % 3])
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    (0..3).map(|n| a[n] * b[n]).sum()
}

#[cfg(test)]
mod tests;
