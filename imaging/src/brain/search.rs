//! The way downhill to the pose that explains a head best.

use super::head::Head;
use super::pose::{Classes, Pose};

/// How much one unit of squared prior deviation costs, beside a correlation ratio from 0 to 1.
const PRIOR_WEIGHT: f64 = 0.012;

/// Cost of the whole atlas lying outside of the head; bone lies inside of it.
const OUTSIDE_WEIGHT: f64 = 2.;

/// A search for the pose with the least cost.
pub struct Search<'a> {
    /// The atlas.
    pub classes: &'a Classes,
    /// The head.
    pub head: &'a Head,
}

/// First steps of the numbers of a pose: mm, rad, logarithm, shear.
const STEPS: [f64; 4] = [6., 0.08, 0.06, 0.04];

/// How often the steps are halved.
const HALVINGS: usize = 5;

/// Rounds at one size of the steps: a bound on the work; two or three are usual.
const ROUNDS_MAX: usize = 12;

impl Search<'_> {
    /// What a pose costs: less is better.
    pub fn cost(&self, pose: &Pose) -> f64 {
        let fit = self.classes.fit(self.head, pose);
        let misfit = fit.map_or(2., |fit| 1. - fit.explained + OUTSIDE_WEIGHT * fit.outside);
        misfit + PRIOR_WEIGHT * pose.prior()
    }

    /// Goes downhill from a pose, one number after the other. `moves` says which numbers move
    /// together, as (first, last, size of the first step).
    pub fn descend(&self, start: Pose, moves: &[Move], scale: f64) -> (f64, Pose) {
        let (mut pose, mut least) = (start, self.cost(&start));
        for halving in 0..HALVINGS {
            let size = scale * 0.5_f64.powi(halving as i32);
            for _ in 0..ROUNDS_MAX {
                let before = least;
                for one in moves {
                    (least, pose) = self.along(*one, size, least, pose);
                }
                if before - least < 1e-5 {
                    break;
                }
            }
        }
        (least, pose)
    }

    /// The best of going one way or the other, as long as it gets better.
    fn along(&self, one: Move, size: f64, mut least: f64, mut pose: Pose) -> (f64, Pose) {
        for sign in [1., -1.] {
            let mut moved = false;
            loop {
                let mut next = pose;
                for number in one.numbers() {
                    next.0[number] += sign * size * STEPS[number / 3];
                }
                let cost = self.cost(&next);
                if cost >= least {
                    break;
                }
                (least, pose, moved) = (cost, next, true);
            }
            if moved {
                break;
            }
        }
        (least, pose)
    }
}

/// Numbers of a pose that move together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// One number.
    One(usize),
    /// The three scales.
    Size,
}

impl Move {
    /// Shift, turn and size.
    pub const SIMILAR: [Move; 7] = [
        Move::One(2),
        Move::One(1),
        Move::One(0),
        Move::One(3),
        Move::Size,
        Move::One(4),
        Move::One(5),
    ];

    /// Everything.
    pub const AFFINE: [Move; 13] = [
        Move::One(2),
        Move::One(1),
        Move::One(0),
        Move::One(3),
        Move::Size,
        Move::One(4),
        Move::One(5),
        Move::One(6),
        Move::One(7),
        Move::One(8),
        Move::One(9),
        Move::One(10),
        Move::One(11),
    ];

    fn numbers(self) -> std::ops::Range<usize> {
        match self {
            Move::One(number) => number..number + 1,
            Move::Size => 6..9,
        }
    }
}
