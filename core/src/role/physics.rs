//! What the timing of a sequence says: the rule table as data. Times in ms, angles in degrees.
//!
//! The limits are start values (not verified against a primary source), cross-checked with the
//! published acquisition parameters of the CFB-GBM collection (T1-Gd 3D GRE 2070/3.15, T1 TSE
//! 686/11, T2 7410/107, FLAIR 8150/134, T2* 960/25).

use super::SeriesRole;
use crate::study::Acquisition;

/// Whether a rule wants an inversion pulse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inversion {
    Wanted,
    Refused,
    Either,
}

/// How the echo is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Echo {
    Spin,
    Gradient,
    Either,
}

/// An open interval; [`ANY`] asks for nothing.
type Range = (f64, f64);
const ANY: Range = (f64::NEG_INFINITY, f64::INFINITY);

/// One row: all of it must fit, and what it bounds must be there.
#[derive(Debug)]
struct Row {
    role: SeriesRole,
    name: &'static str,
    inversion: Inversion,
    echo: Echo,
    echo_ms: Range,
    repetition_ms: Range,
    inversion_ms: Range,
    flip_deg: Range,
    /// How far the row can be trusted when no word supports it.
    alone: f64,
}

/// Trusted without a word: the timing fits nothing else in a head protocol.
const ALONE_ENOUGH: f64 = 0.65;
/// Not trusted without a word: angiography and field maps share the timing.
const ALONE_TOO_LITTLE: f64 = 0.5;

const ROWS: &[Row] = &[
    Row {
        role: SeriesRole::Flair,
        name: "FLAIR",
        inversion: Inversion::Wanted,
        echo: Echo::Either,
        echo_ms: (70., 700.),
        repetition_ms: (4000., 20_000.),
        inversion_ms: (1600., 2900.),
        flip_deg: ANY,
        alone: ALONE_ENOUGH,
    },
    Row {
        role: SeriesRole::T1,
        name: "T1 by inversion (T1-FLAIR)",
        inversion: Inversion::Wanted,
        echo: Echo::Spin,
        echo_ms: (0., 30.),
        repetition_ms: ANY,
        inversion_ms: (500., 1200.),
        flip_deg: ANY,
        alone: ALONE_ENOUGH,
    },
    Row {
        role: SeriesRole::T1,
        name: "prepared T1 gradient echo (MPRAGE, BRAVO, TFE)",
        inversion: Inversion::Wanted,
        echo: Echo::Gradient,
        echo_ms: (0., 8.),
        repetition_ms: ANY,
        inversion_ms: (300., 1300.),
        flip_deg: ANY,
        alone: ALONE_ENOUGH,
    },
    Row {
        role: SeriesRole::T1,
        name: "T1 spin echo",
        inversion: Inversion::Refused,
        echo: Echo::Spin,
        echo_ms: (0., 40.),
        repetition_ms: (0., 1200.),
        inversion_ms: ANY,
        flip_deg: ANY,
        alone: ALONE_ENOUGH,
    },
    Row {
        role: SeriesRole::T1,
        name: "spoiled T1 gradient echo (SPGR, VIBE)",
        inversion: Inversion::Either,
        echo: Echo::Gradient,
        echo_ms: (0., 8.),
        repetition_ms: ANY,
        inversion_ms: ANY,
        flip_deg: (7.99, 91.),
        alone: ALONE_TOO_LITTLE,
    },
    Row {
        role: SeriesRole::T2,
        name: "T2 spin echo",
        inversion: Inversion::Refused,
        echo: Echo::Spin,
        echo_ms: (70., 600.),
        repetition_ms: (2000., 20_000.),
        inversion_ms: ANY,
        flip_deg: ANY,
        alone: ALONE_ENOUGH,
    },
    Row {
        role: SeriesRole::ProtonDensity,
        name: "proton density",
        inversion: Inversion::Refused,
        echo: Echo::Spin,
        echo_ms: (0., 40.),
        repetition_ms: (2000., 20_000.),
        inversion_ms: ANY,
        flip_deg: ANY,
        alone: ALONE_ENOUGH,
    },
    Row {
        role: SeriesRole::T2Star,
        name: "T2* gradient echo",
        inversion: Inversion::Refused,
        echo: Echo::Gradient,
        echo_ms: (12., 45.),
        repetition_ms: ANY,
        inversion_ms: ANY,
        flip_deg: ANY,
        alone: ALONE_ENOUGH,
    },
];

/// Least number of temporal positions that makes a series a dynamic one.
const TEMPORAL_POSITIONS_MIN: u32 = 20;

/// Longest TE of a T1-weighted series, in ms. Longer, and T2 shows.
const T1_ECHO_MAX_MS: f64 = 50.;
/// Longest TR of a T1-weighted spin echo without inversion, in ms.
const T1_REPETITION_MAX_MS: f64 = 2000.;
/// Shortest TE of a T2-weighted or FLAIR series, in ms.
const T2_ECHO_MIN_MS: f64 = 50.;
/// Shortest TI that suppresses water at 1.5 T and 3 T, in ms.
const WATER_INVERSION_MIN_MS: f64 = 1500.;
/// Shortest TR of a T2-weighted series, in ms.
const T2_REPETITION_MIN_MS: f64 = 1500.;

/// The timing of one series.
#[derive(Debug, Clone)]
pub(super) struct Physics {
    echo_ms: Option<f64>,
    repetition_ms: Option<f64>,
    inversion_ms: Option<f64>,
    flip_deg: Option<f64>,
    scanning: Vec<String>,
    temporal_positions: u32,
    b_value: f64,
}

impl Physics {
    /// Zero in a time field means "not used" (as GE writes TI).
    pub fn of(acquisition: &Acquisition) -> Self {
        let positive = |value: Option<f64>| value.filter(|v| *v > 0.);
        Self {
            echo_ms: positive(acquisition.echo_time_ms),
            repetition_ms: positive(acquisition.repetition_time_ms),
            inversion_ms: positive(acquisition.inversion_time_ms),
            flip_deg: positive(acquisition.flip_angle_deg),
            scanning: acquisition
                .scanning_sequence
                .iter()
                .map(|value| value.trim().to_ascii_uppercase())
                .collect(),
            temporal_positions: acquisition.temporal_positions.unwrap_or(1),
            b_value: acquisition.diffusion_b_value.unwrap_or(0.),
        }
    }

    fn scans(&self, kind: &str) -> bool {
        self.scanning.iter().any(|value| value == kind)
    }

    /// Whether there is an inversion pulse.
    fn inverts(&self) -> bool {
        self.scans("IR") || self.inversion_ms.is_some()
    }

    /// Diffusion or perfusion, where the header says so beyond doubt.
    pub fn dynamic(&self) -> Option<(SeriesRole, String)> {
        if self.temporal_positions >= TEMPORAL_POSITIONS_MIN {
            let why = format!("{} temporal positions", self.temporal_positions);
            return Some((SeriesRole::Perfusion, why));
        }
        (self.b_value > 0.)
            .then(|| (SeriesRole::Diffusion, format!("diffusion b-value {} s/mm2", self.b_value)))
    }

    /// The first row that fits, with how far it can be trusted alone.
    pub fn says(&self) -> Option<(SeriesRole, &'static str, f64)> {
        if self.scans("EP") {
            return None;
        }
        ROWS.iter().find(|row| self.fits(row)).map(|row| (row.role, row.name, row.alone))
    }

    fn fits(&self, row: &Row) -> bool {
        let within = |value: Option<f64>, range: Range| {
            range == ANY || value.is_some_and(|v| range.0 < v && v < range.1)
        };
        let inversion = match row.inversion {
            Inversion::Wanted => self.inverts(),
            Inversion::Refused => !self.inverts(),
            Inversion::Either => true,
        };
        let echo = match row.echo {
            Echo::Spin => self.scans("SE") || (self.scans("IR") && !self.scans("GR")),
            Echo::Gradient => self.scans("GR"),
            Echo::Either => true,
        };
        inversion
            && echo
            && within(self.echo_ms, row.echo_ms)
            && within(self.repetition_ms, row.repetition_ms)
            && within(self.inversion_ms, row.inversion_ms)
            && within(self.flip_deg, row.flip_deg)
    }

    /// Why the timing cannot belong to a role; nothing when it can.
    pub fn forbids(&self, role: SeriesRole) -> Option<String> {
        let echo = self.echo_ms.unwrap_or(f64::NAN);
        let repetition = self.repetition_ms.unwrap_or(f64::NAN);
        let inversion = self.inversion_ms.unwrap_or(f64::NAN);
        if self.scans("EP") {
            return Some("echo-planar imaging".to_owned());
        }
        let spin_without_inversion = self.scans("SE") && !self.inverts();
        match role {
            SeriesRole::T1 | SeriesRole::T1c if echo > T1_ECHO_MAX_MS => {
                Some(format!("TE {echo} ms is too long for T1"))
            }
            SeriesRole::T1 | SeriesRole::T1c if inversion > WATER_INVERSION_MIN_MS => {
                Some(format!("TI {inversion} ms suppresses water"))
            }
            SeriesRole::T1 | SeriesRole::T1c
                if spin_without_inversion && repetition > T1_REPETITION_MAX_MS =>
            {
                Some(format!("TR {repetition} ms is too long for T1"))
            }
            SeriesRole::T2 | SeriesRole::Flair if echo < T2_ECHO_MIN_MS => {
                Some(format!("TE {echo} ms is too short for {role}"))
            }
            SeriesRole::T2 | SeriesRole::Flair if repetition < T2_REPETITION_MIN_MS => {
                Some(format!("TR {repetition} ms is too short for {role}"))
            }
            SeriesRole::T2 if inversion > WATER_INVERSION_MIN_MS => {
                Some(format!("TI {inversion} ms suppresses water"))
            }
            SeriesRole::Flair if inversion < WATER_INVERSION_MIN_MS => {
                Some(format!("TI {inversion} ms does not suppress water"))
            }
            _ => None,
        }
    }

    /// The timing in words: "TE 2.9 ms, TR 2300 ms, TI 900 ms".
    pub fn in_words(&self) -> String {
        let named = [
            ("TE", self.echo_ms, " ms"),
            ("TR", self.repetition_ms, " ms"),
            ("TI", self.inversion_ms, " ms"),
            ("flip angle", self.flip_deg, " degrees"),
        ];
        let parts: Vec<String> = named
            .into_iter()
            .filter_map(|(name, value, unit)| value.map(|v| format!("{name} {v}{unit}")))
            .collect();
        parts.join(", ")
    }

    /// Whether two series were made with the same TE, TR, TI and flip angle, within 5 %.
    pub fn matches(&self, other: &Self) -> bool {
        /// Largest relative difference between matched parameters; vendors round them.
        const TOLERANCE: f64 = 0.05;
        let close = |a: Option<f64>, b: Option<f64>| match (a, b) {
            (Some(a), Some(b)) => (a - b).abs() <= TOLERANCE * a.max(b),
            (None, None) => true,
            _ => false,
        };
        self.scanning == other.scanning
            && close(self.echo_ms, other.echo_ms)
            && close(self.repetition_ms, other.repetition_ms)
            && close(self.inversion_ms, other.inversion_ms)
            && close(self.flip_deg, other.flip_deg)
    }
}
