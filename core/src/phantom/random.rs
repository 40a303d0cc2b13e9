//! Numbers that look random and are the same for the same seed, on every machine.

/// The `SplitMix64` generator (Steele, Lea, Flood 2014, doi 10.1145/2660193.2660195).
#[derive(Debug, Clone)]
pub(super) struct Random {
    state: u64,
}

impl Random {
    /// A stream of its own for each list of words.
    pub fn new(words: &[u64]) -> Self {
        let mut random = Self { state: 0x1234_5678_9abc_def0 };
        for word in words {
            random.state ^= word.wrapping_mul(0xd134_2543_de82_ef95);
            random.state = random.next();
        }
        random
    }

    /// 64 bits.
    pub fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform from `low` to `high`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        let unit = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        low + (high - low) * unit
    }

    /// One or the other sign.
    pub fn sign(&mut self) -> f64 {
        if self.next() & 1 == 0 { 1. } else { -1. }
    }
}

/// Values of the table of normal deviates; a power of two, so that bits of a word index it.
const DEVIATES: usize = 4096;

/// Normal deviates by table: fast enough for one pair a voxel.
#[derive(Debug, Clone)]
pub(super) struct Normal {
    table: Vec<f32>,
}

impl Normal {
    /// Quantiles of the normal distribution at the middles of equal shares.
    pub fn new() -> Self {
        let share = |at: usize| (at as f64 + 0.5) / DEVIATES as f64;
        Self { table: (0..DEVIATES).map(|at| quantile(share(at)) as f32).collect() }
    }

    /// Two independent deviates.
    pub fn pair(&self, random: &mut Random) -> (f32, f32) {
        let word = random.next() as usize;
        (self.table[word % DEVIATES], self.table[(word >> 32) % DEVIATES])
    }
}

/// The normal quantile, by bisection on the distribution function.
fn quantile(share: f64) -> f64 {
    let (mut low, mut high) = (-6., 6.);
    for _ in 0..50 {
        let middle = f64::midpoint(low, high);
        if distribution(middle) < share { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

/// The normal distribution function by its series around zero.
fn distribution(x: f64) -> f64 {
    let mut term = x;
    let mut sum = x;
    for k in 1..120 {
        term *= x * x / (2. * f64::from(k) + 1.);
        sum += term;
    }
    0.5 + sum * (-x * x / 2.).exp() / (2. * std::f64::consts::PI).sqrt()
}

/// A smooth field of values around zero, at most 1 in size: random values on a cubic lattice,
/// blended. Two lattices turned against each other hide their axes.
#[derive(Debug, Clone)]
pub(super) struct Field {
    values: Vec<f32>,
    cell_mm: f32,
}

/// Lattice points along each axis; the lattice repeats after them.
const LATTICE: usize = 32;

impl Field {
    /// A field that changes over about `cell_mm`.
    pub fn new(random: &mut Random, cell_mm: f32) -> Self {
        let value = |_| random.between(-1., 1.) as f32;
        Self { values: (0..LATTICE * LATTICE * LATTICE).map(value).collect(), cell_mm }
    }

    /// The value at a place in mm.
    pub fn at(&self, [x, y, z]: [f32; 3]) -> f32 {
        let turned = [
            0.36 * x + 0.48 * y - 0.8 * z + 31.7,
            -0.8 * x + 0.6 * y + 17.3,
            0.48 * x + 0.64 * y + 0.6 * z + 53.1,
        ];
        self.on_lattice([x, y, z]).midpoint(self.on_lattice(turned)) * std::f32::consts::SQRT_2
    }

    fn on_lattice(&self, place: [f32; 3]) -> f32 {
        let mut cell = [0_usize; 3];
        let mut blend = [0_f32; 3];
        for axis in 0..3 {
            let at = place[axis] / self.cell_mm + 1024.;
            let floor = at as usize;
            let t = at - floor as f32;
            cell[axis] = floor % LATTICE;
            blend[axis] = t * t * (3. - 2. * t);
        }
        let [i, j, k] = cell;
        let next = |n: usize| (n + 1) % LATTICE;
        let value = |i: usize, j: usize, k: usize| self.values[(k * LATTICE + j) * LATTICE + i];
        let row = |j: usize, k: usize| mix(value(i, j, k), value(next(i), j, k), blend[0]);
        let plane = |k: usize| mix(row(j, k), row(next(j), k), blend[1]);
        mix(plane(k), plane(next(k)), blend[2])
    }
}

/// From `a` to `b` as `t` goes from 0 to 1.
pub(super) fn mix(a: f32, b: f32, t: f32) -> f32 {
    a + (b - a) * t
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deviates_have_mean_zero_and_variance_one() {
        let normal = Normal::new();
        let mut random = Random::new(&[1]);
        let count = 200_000;
        let (mut sum, mut squares, mut product) = (0., 0., 0.);
        for _ in 0..count {
            let (a, b) = normal.pair(&mut random);
            sum += f64::from(a);
            squares += f64::from(a * a);
            product += f64::from(a * b);
        }
        let of = |total: f64| total / f64::from(count);
        // three standard errors of 200,000 draws
        assert!(of(sum).abs() < 0.007 && of(product).abs() < 0.007);
        assert!((of(squares) - 1.).abs() < 0.01);
    }
    #[test]
    fn a_field_is_smooth_and_bounded() {
        let field = Field::new(&mut Random::new(&[3]), 10.);
        let mut before = field.at([-50., 3., 4.]);
        for step in 1..1000 {
            let value = field.at([-50. + step as f32 * 0.1, 3., 4.]);
            assert!((value - before).abs() < 0.1 && value.abs() < 1.5);
            before = value;
        }
    }
    #[test]
    fn streams_of_different_words_differ() {
        assert_ne!(Random::new(&[1, 2]).next(), Random::new(&[2, 1]).next());
        assert_eq!(Random::new(&[1, 2]).next(), Random::new(&[1, 2]).next());
    }
}
