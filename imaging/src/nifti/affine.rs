//! Where the voxels of a NIfTI file are: sform, qform and voxel sizes, both ways.
//!
//! Formulas: the comments of nifti1.h, "3D image (volume) orientation and location in space",
//! methods 1 to 3.

use super::{NiftiError, shape};
use interval_core::geometry::{Grid, Lps, Ras, Transform, Voxel};
use nifti::NiftiHeader;

/// Voxel sizes we accept, in mm: finer than microscopy or coarser than a head is a broken header.
const STEP_MM: std::ops::Range<f64> = 1e-3..1e3;

/// The grid of a file.
pub(super) fn grid(header: &NiftiHeader) -> Result<Grid, NiftiError> {
    let shape = shape(header)?;
    let unit_mm = match header.xyzt_units & 0o7 {
        1 => 1e3,
        3 => 1e-3,
        _ => 1.,
    };
    let to_ras = if header.sform_code > 0 {
        from_sform(header)
    } else if header.qform_code > 0 {
        from_qform(header)?
    } else {
        from_sizes(header, shape)
    };
    let to_ras = Transform::<Voxel, Ras>::new(to_ras.rows.map(|row| row.map(|c| c * unit_mm)));
    if !to_ras.rows.iter().flatten().all(|cell| cell.is_finite()) {
        return Err(NiftiError::NoPlace("its affine is not finite"));
    }
    if !to_ras.steps().iter().all(|step| STEP_MM.contains(step)) || to_ras.inverse().is_none() {
        return Err(NiftiError::NoPlace("its affine is flat or its voxel sizes are impossible"));
    }
    Ok(Grid { shape, to_lps: to_ras.then(&Transform::<Ras, Lps>::flip()) })
}

/// Method 3: the affine itself.
fn from_sform(header: &NiftiHeader) -> Transform<Voxel, Ras> {
    Transform::new([header.srow_x, header.srow_y, header.srow_z].map(|row| row.map(f64::from)))
}

/// Method 2: a rotation, voxel sizes and a place.
fn from_qform(header: &NiftiHeader) -> Result<Transform<Voxel, Ras>, NiftiError> {
    let [b, c, d] = [header.quatern_b, header.quatern_c, header.quatern_d].map(f64::from);
    let rest = 1. - (b * b + c * c + d * d);
    if rest < -1e-5 {
        return Err(NiftiError::NoPlace("its quaternion is longer than one"));
    }
    let rotation = rotation([rest.max(0.).sqrt(), b, c, d]);
    let side = if header.pixdim[0] < 0. { -1. } else { 1. };
    let [_, x, y, z, ..] = header.pixdim.map(f64::from);
    let step = [x, y, z * side];
    let place = [header.quatern_x, header.quatern_y, header.quatern_z].map(f64::from);
    Ok(Transform::new([0, 1, 2].map(|r| {
        [rotation[r][0] * step[0], rotation[r][1] * step[1], rotation[r][2] * step[2], place[r]]
    })))
}

/// Method 1: nothing but voxel sizes. Read as nibabel does: x towards the left, the centre of the
/// image at the origin.
fn from_sizes(header: &NiftiHeader, shape: [usize; 3]) -> Transform<Voxel, Ras> {
    let mut rows = [[0.; 4]; 3];
    for (axis, row) in rows.iter_mut().enumerate() {
        let step = f64::from(header.pixdim[axis + 1]) * if axis == 0 { -1. } else { 1. };
        row[axis] = step;
        row[3] = -step * (shape[axis] as f64 - 1.) / 2.;
    }
    Transform::new(rows)
}

/// The rotation of a unit quaternion (a, b, c, d).
fn rotation([a, b, c, d]: [f64; 4]) -> [[f64; 3]; 3] {
    [
        [a * a + b * b - c * c - d * d, 2. * (b * c - a * d), 2. * (b * d + a * c)],
        [2. * (b * c + a * d), a * a + c * c - b * b - d * d, 2. * (c * d - a * b)],
        [2. * (b * d - a * c), 2. * (c * d + a * b), a * a + d * d - b * b - c * c],
    ]
}

/// What a header says about place.
pub(super) struct Place {
    /// The affine, RAS, mm.
    pub sform: [[f32; 4]; 3],
    /// Quaternion b, c, d.
    pub quaternion: [f32; 3],
    /// qfac (the side of the third axis), then voxel sizes in mm.
    pub pixdim: [f32; 4],
}

/// The header fields for a grid. A sheared grid is exact in the sform; its qform is the nearest
/// rotation.
pub(super) fn place(grid: &Grid) -> Place {
    let to_ras = grid.to_lps.then(&Transform::<Lps, Ras>::flip());
    let step = to_ras.steps();
    let side = if to_ras.determinant() < 0. { -1. } else { 1. };
    let turned = [0, 1, 2].map(|r| {
        let [x, y, z, _] = to_ras.rows[r];
        [x / step[0], y / step[1], z * side / step[2]]
    });
    Place {
        sform: to_ras.rows.map(|row| row.map(|cell| cell as f32)),
        quaternion: rounded(quaternion(nearest_rotation(turned))),
        pixdim: [side as f32, step[0] as f32, step[1] as f32, step[2] as f32],
    }
}

/// The nearest rotation by Newton's iteration for the polar factor (Higham 1986, SIAM J. Sci.
/// Stat. Comput. 7:1160); quadratic, so twelve rounds are plenty.
fn nearest_rotation(linear: [[f64; 3]; 3]) -> [[f64; 3]; 3] {
    let mut r = Transform::<Ras, Ras>::new(linear.map(|[x, y, z]| [x, y, z, 0.]));
    for _ in 0..12 {
        let Some(inverse) = r.inverse() else { break };
        let mut mean = r;
        for (i, row) in mean.rows.iter_mut().enumerate() {
            for (j, cell) in row.iter_mut().take(3).enumerate() {
                *cell = f64::midpoint(*cell, inverse.rows[j][i]);
            }
        }
        r = mean;
    }
    r.rows.map(|[x, y, z, _]| [x, y, z])
}

/// The unit quaternion with a >= 0 of a rotation, from its largest component (Shepperd 1978,
/// doi 10.2514/3.55767b).
fn quaternion(r: [[f64; 3]; 3]) -> [f64; 4] {
    let squares = [
        1. + r[0][0] + r[1][1] + r[2][2],
        1. + r[0][0] - r[1][1] - r[2][2],
        1. - r[0][0] + r[1][1] - r[2][2],
        1. - r[0][0] - r[1][1] + r[2][2],
    ];
    let largest = (1..4).fold(0, |best, i| if squares[i] > squares[best] { i } else { best });
    let twice = squares[largest].max(0.).sqrt();
    let (x, y, z) = (r[2][1] - r[1][2], r[0][2] - r[2][0], r[1][0] - r[0][1]);
    let (p, q, s) = (r[1][0] + r[0][1], r[0][2] + r[2][0], r[2][1] + r[1][2]);
    let quaternion = match largest {
        0 => [twice * twice, x, y, z],
        1 => [x, twice * twice, p, q],
        2 => [y, p, twice * twice, s],
        _ => [z, q, s, twice * twice],
    };
    let sign = if quaternion[0] < 0. { -0.5 } else { 0.5 };
    quaternion.map(|part| sign * part / twice)
}

/// b, c, d as float32. Readers rebuild a = sqrt(1 - b² - c² - d²), which near half a turn loses
/// half of the digits. So each of the three is also tried as the float that, given neighbouring
/// floats of the other two, brings `a` back; the triple nearest in all four wins.
fn rounded(exact: [f64; 4]) -> [f32; 3] {
    let [a, parts @ ..] = exact;
    let near = |x: f64| [x as f32, (x as f32).next_down(), (x as f32).next_up()];
    let mut best = parts.map(|part| part as f32);
    for solved in 0..3 {
        let (first, second) = ((solved + 1) % 3, (solved + 2) % 3);
        for p in near(parts[first]) {
            for q in near(parts[second]) {
                let square = 1. - a * a - f64::from(p).powi(2) - f64::from(q).powi(2);
                let mut triple = [0.; 3];
                triple[first] = p;
                triple[second] = q;
                triple[solved] = square.max(0.).sqrt().copysign(parts[solved]) as f32;
                if miss(exact, triple) < miss(exact, best) {
                    best = triple;
                }
            }
        }
    }
    best
}

/// How far a stored triple is from the quaternion it is read back as.
fn miss([a, parts @ ..]: [f64; 4], stored: [f32; 3]) -> f64 {
    let square: f64 = stored.iter().map(|part| f64::from(*part).powi(2)).sum();
    let read = (1. - square).max(0.).sqrt();
    let apart = parts.iter().zip(stored).map(|(part, stored)| (part - f64::from(stored)).abs());
    apart.fold((read - a).abs(), f64::max) + (square - 1.).max(0.).sqrt()
}
