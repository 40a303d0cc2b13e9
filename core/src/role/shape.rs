//! The geometry of one series: what its planes say of slices, spacing and orientation.

use crate::study::Series;

/// Which way the slices of a series are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    Axial,
    Coronal,
    Sagittal,
    /// The planes of the series are not parallel, as in a three-plane scout.
    Several,
    /// Nothing is said.
    Unknown,
}

impl Cut {
    /// The field's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Cut::Axial => "axial",
            Cut::Coronal => "coronal",
            Cut::Sagittal => "sagittal",
            Cut::Several => "several planes",
            Cut::Unknown => "unknown plane",
        }
    }
}

/// How good a series is for measuring, best first (spec of this product: 3D isotropic up to
/// 1.5 mm, then slices up to 3 mm, then up to 5 mm and the gap, then the rest).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Isotropic,
    Thin,
    Thick,
    Coarse,
}

impl Kind {
    /// The words for evidence.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Isotropic => "3D isotropic",
            Kind::Thin => "thin slices",
            Kind::Thick => "thick slices",
            Kind::Coarse => "very thick slices",
        }
    }
}

/// Largest voxel side of an "isotropic" series, in mm.
const ISOTROPIC_MAX_MM: f64 = 1.5;
/// Largest slice spacing of the better 2D series, in mm.
const THIN_MAX_MM: f64 = 3.;
/// Largest slice spacing of an ordinary 2D series, in mm: 5 mm slices with a 30 % gap.
const THICK_MAX_MM: f64 = 6.5;
/// What spacings may exceed a limit by; headers are rounded.
const ROUNDING_MM: f64 = 0.05;
/// Smallest cosine between the normals of parallel planes.
const PARALLEL_COSINE_MIN: f64 = 0.97;
/// Positions closer than this along the normal, in mm, are one slice.
const SAME_SLICE_MM: f64 = 0.02;
/// Least extent along the normal, in mm, of a series that covers a brain in every cut. Shorter
/// ones are slabs through a part.
const WHOLE_HEAD_MIN_MM: f64 = 100.;

/// Geometry of one series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Shape {
    /// Number of slices at different places.
    pub slices: usize,
    /// How they are cut.
    pub cut: Cut,
    /// How good that is.
    pub kind: Kind,
    /// Distance between slices, in mm; nothing when unknown.
    pub spacing_mm: Option<f64>,
    /// Whether they span a head.
    pub coverage: Coverage,
    /// Rows and columns of the first image.
    pub matrix: (u32, u32),
    /// Unit normal of the first image, LPS.
    pub normal: [f64; 3],
}

/// How much of a head a series spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Coverage {
    Head,
    Slab,
}

impl Shape {
    /// The geometry of a series; instances without a plane count by their frames only.
    pub fn of(series: &Series) -> Self {
        let planes: Vec<_> = series.instances.iter().filter_map(|one| one.plane).collect();
        let frames: usize = series.instances.iter().map(|one| one.frames.max(1) as usize).sum();
        let Some(first) = planes.first() else {
            return Self {
                slices: frames,
                cut: Cut::Unknown,
                kind: Kind::Coarse,
                spacing_mm: None,
                coverage: Coverage::Head,
                matrix: (0, 0),
                normal: [0.; 3],
            };
        };
        let normal = first.normal();
        let parallel = |other: [f64; 3]| dot(normal, other).abs() > PARALLEL_COSINE_MIN;
        let cut = if planes.iter().all(|plane| parallel(plane.normal())) {
            cut_of(normal)
        } else {
            Cut::Several
        };
        let mut along: Vec<f64> = planes.iter().map(|plane| dot(normal, plane.position)).collect();
        along.sort_by(f64::total_cmp);
        along.dedup_by(|a, b| (*a - *b).abs() < SAME_SLICE_MM);
        let multiframe = series.instances.iter().any(|one| one.frames > 1);
        let slices = if multiframe { frames } else { along.len() };
        let spacing_mm = median_gap(&along).or(first.slice_thickness_mm);
        let extent = spacing_mm.map(|spacing| spacing * slices as f64);
        let [between_rows, between_columns] = first.pixel_spacing_mm;
        Self {
            slices,
            cut,
            kind: kind_of(acquisition_type(series), spacing_mm, between_rows.max(between_columns)),
            spacing_mm,
            coverage: match extent {
                Some(extent) if extent < WHOLE_HEAD_MIN_MM => Coverage::Slab,
                _ => Coverage::Head,
            },
            matrix: (first.rows, first.columns),
            normal,
        }
    }

    /// Whether two series have the same matrix, number of slices and orientation, within 5 %.
    pub fn matches(&self, other: &Self) -> bool {
        /// Largest relative difference in the number of slices.
        const SLICES_TOLERANCE: f64 = 0.05;
        let (few, many) = (self.slices.min(other.slices), self.slices.max(other.slices));
        let parallel =
            self.cut == Cut::Unknown || dot(self.normal, other.normal).abs() >= PARALLEL_COSINE_MIN;
        self.matrix == other.matrix
            && self.cut == other.cut
            && parallel
            && (many - few) as f64 <= SLICES_TOLERANCE * many as f64
    }
}

fn acquisition_type(series: &Series) -> &str {
    series.acquisition().map_or("", |acquisition| acquisition.mr_acquisition_type.trim())
}

fn kind_of(acquisition_type: &str, spacing_mm: Option<f64>, in_plane_mm: f64) -> Kind {
    let Some(spacing) = spacing_mm else { return Kind::Coarse };
    let up_to = |limit: f64| spacing <= limit + ROUNDING_MM;
    if acquisition_type != "2D" && up_to(ISOTROPIC_MAX_MM) && in_plane_mm <= ISOTROPIC_MAX_MM {
        Kind::Isotropic
    } else if up_to(THIN_MAX_MM) {
        Kind::Thin
    } else if up_to(THICK_MAX_MM) {
        Kind::Thick
    } else {
        Kind::Coarse
    }
}

fn cut_of(normal: [f64; 3]) -> Cut {
    let [x, y, z] = normal.map(f64::abs);
    if z >= x && z >= y {
        Cut::Axial
    } else if y >= x {
        Cut::Coronal
    } else {
        Cut::Sagittal
    }
}

fn median_gap(along: &[f64]) -> Option<f64> {
    let mut gaps: Vec<f64> = along.windows(2).map(|pair| pair[1] - pair[0]).collect();
    gaps.sort_by(f64::total_cmp);
    gaps.get(gaps.len() / 2).copied()
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
