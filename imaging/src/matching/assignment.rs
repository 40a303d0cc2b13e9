//! The assignment with the largest total (Kuhn 1955; the form with potentials of Jonker and
//! Volgenant 1987).

/// For each row the column it is given so that the sum of `gain[row][column]` is largest; nothing
/// for a row that gets none, or none with a gain above zero. Rows are of equal length.
pub fn largest_total(gain: &[Vec<f64>]) -> Vec<Option<usize>> {
    let columns = gain.first().map_or(0, Vec::len);
    // A square of costs: rows and columns too many cost nothing.
    let size = gain.len().max(columns);
    let cost = |row: usize, column: usize| {
        -gain.get(row).and_then(|gains| gains.get(column)).copied().unwrap_or(0.)
    };
    let mut duals = Duals { rows: vec![0.; size + 1], columns: vec![0.; size + 1] };
    // Index 0 stands for "none": rows and columns count from 1 here.
    let mut row_of = vec![0; size + 1];
    for row in 1..=size {
        row_of[0] = row;
        lengthen(&cost, &mut duals, &mut row_of);
    }
    let mut column_of = vec![None; gain.len()];
    for (column, &row) in row_of.iter().enumerate().skip(1) {
        let real = row <= gain.len() && column <= columns && gain[row - 1][column - 1] > 0.;
        if real {
            column_of[row - 1] = Some(column - 1);
        }
    }
    column_of
}

/// Prices of rows and columns.
struct Duals {
    rows: Vec<f64>,
    columns: Vec<f64>,
}

/// Finds the cheapest chain of changes that gives the row in `row_of[0]` a column, and makes them.
fn lengthen(cost: &impl Fn(usize, usize) -> f64, duals: &mut Duals, row_of: &mut [usize]) {
    let size = row_of.len();
    let mut least = vec![f64::INFINITY; size];
    let mut came_from = vec![0; size];
    let mut seen = vec![false; size];
    let mut column = 0;
    while row_of[column] != 0 {
        seen[column] = true;
        let row = row_of[column];
        let (mut step, mut next) = (f64::INFINITY, 0);
        for other in (1..size).filter(|&other| !seen[other]) {
            let reduced = cost(row - 1, other - 1) - duals.rows[row] - duals.columns[other];
            if reduced < least[other] {
                least[other] = reduced;
                came_from[other] = column;
            }
            if least[other] < step {
                (step, next) = (least[other], other);
            }
        }
        for other in 0..size {
            if seen[other] {
                duals.rows[row_of[other]] += step;
                duals.columns[other] -= step;
            } else {
                least[other] -= step;
            }
        }
        column = next;
    }
    while column != 0 {
        row_of[column] = row_of[came_from[column]];
        column = came_from[column];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares with the largest total over every assignment.
    #[track_caller]
    fn check(gain: &[Vec<f64>]) {
        fn best(gain: &[Vec<f64>], row: usize, used: u32) -> f64 {
            if row == gain.len() {
                return 0.;
            }
            let without = best(gain, row + 1, used);
            (0..gain[row].len())
                .filter(|column| used >> column & 1 == 0)
                .map(|column| gain[row][column] + best(gain, row + 1, used | 1 << column))
                .fold(without, f64::max)
        }
        let given = largest_total(gain);
        let total: f64 =
            given.iter().enumerate().filter_map(|(row, c)| c.map(|c| gain[row][c])).sum();
        assert!((total - best(gain, 0, 0)).abs() < 1e-9, "{given:?}");
        let mut columns: Vec<usize> = given.into_iter().flatten().collect();
        columns.sort_unstable();
        let count = columns.len();
        columns.dedup();
        assert_eq!(columns.len(), count, "a column was given twice");
    }

    #[test]
    fn the_total_is_the_largest_there_is() {
        check(&[vec![10., 9.], vec![9., 0.]]);
        check(&[vec![1., 2., 3.]]);
        check(&[vec![1.], vec![5.], vec![2.]]);
        check(&[]);
        let mut state = 7_u64;
        for (rows, columns) in [(3, 3), (4, 6), (6, 4), (5, 5)] {
            let matrix = (0..rows).map(|_| {
                let row = (0..columns).map(|_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    ((state >> 33) % 100) as f64
                });
                row.collect()
            });
            check(&matrix.collect::<Vec<_>>());
        }
    }
}
