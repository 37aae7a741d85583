//! Pure: a sample of the matrix that is the same each time, touches every variation and every scenario, and prefers
//! scenarios whose setup is small.

/// Which cells are played: one of each column and each row that has any, then others until there are `size`.
pub(super) fn sample(fits: &[Vec<bool>], costs: &[u32], size: usize) -> Vec<Vec<bool>> {
    let mut sample = Sample::of(fits, costs);
    for column in sample.columns() {
        let rows = sample.free().into_iter().filter(|(_, c)| *c == column);
        let best = rows.min_by_key(|(r, c)| (sample.weight(*r), hash(*r, *c)));
        sample.take(best);
    }
    for row in 0..fits.len() {
        if sample.in_row[row] == 0 {
            let cells = sample.free().into_iter().filter(|(r, _)| *r == row);
            let best = cells.min_by_key(|(r, c)| (sample.in_column[*c], hash(*r, *c)));
            sample.take(best);
        }
    }
    while sample.count() < size {
        let cells = sample.free().into_iter();
        let best = cells.min_by_key(|(r, c)| (sample.in_column[*c], sample.weight(*r), hash(*r, *c)));
        if best.is_none() {
            break;
        }
        sample.take(best);
    }
    sample.taken
}

struct Sample<'a> {
    fits: &'a [Vec<bool>],
    costs: &'a [u32],
    taken: Vec<Vec<bool>>,
    in_row: Vec<u32>,
    in_column: Vec<u32>,
}

impl<'a> Sample<'a> {
    fn of(fits: &'a [Vec<bool>], costs: &'a [u32]) -> Self {
        let columns = fits.iter().map(Vec::len).max().unwrap_or_default();
        let taken = fits.iter().map(|row| vec![false; row.len()]).collect();
        Self { fits, costs, taken, in_row: vec![0; fits.len()], in_column: vec![0; columns] }
    }

    /// The columns: those that fit few rows first, as they have no choice.
    fn columns(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.in_column.len()).collect();
        order.sort_by_key(|c| {
            (self.fits.iter().filter(|row| row.get(*c) == Some(&true)).count(), hash(*c, 0))
        });
        order
    }

    /// The cells that fit and are not taken.
    fn free(&self) -> Vec<(usize, usize)> {
        let cells = |r: usize| (0..self.fits[r].len()).map(move |c| (r, c));
        let free = |(r, c): &(usize, usize)| self.fits[*r][*c] && !self.taken[*r][*c];
        (0..self.fits.len()).flat_map(cells).filter(free).collect()
    }

    /// What one more cell of the row costs: a small setup may have more of them than a large one.
    fn weight(&self, row: usize) -> u32 {
        (self.in_row[row] + 1) * (self.costs.get(row).copied().unwrap_or(1) + 2)
    }

    fn take(&mut self, cell: Option<(usize, usize)>) {
        if let Some((row, column)) = cell {
            self.taken[row][column] = true;
            self.in_row[row] += 1;
            self.in_column[column] += 1;
        }
    }

    fn count(&self) -> usize {
        self.in_row.iter().map(|n| *n as usize).sum()
    }
}

/// Mixes two numbers, so that equals are not always the first ones.
fn hash(one: usize, other: usize) -> u64 {
    let mixed =
        (one as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (other as u64).wrapping_add(0x632B_E59B_D9B4_E019);
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed ^ (mixed >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(sample: &[Vec<bool>]) -> usize {
        sample.iter().flatten().filter(|taken| **taken).count()
    }

    #[test]
    fn every_row_and_column_is_touched_and_nothing_that_does_not_fit() {
        let mut fits = vec![vec![true; 30]; 7];
        fits[3] = vec![false; 30];
        fits[3][4] = true;
        (0..7).for_each(|row| fits[row][5] = row == 6);
        (0..7).for_each(|row| fits[row][9] = false);
        let costs = [1, 1, 1, 1, 1, 1, 40];
        let small = sample(&fits, &costs, 0);
        assert!(small.iter().all(|row| row.contains(&true)));
        assert!((0..30).all(|c| c == 9 || small.iter().any(|row| row[c])));
        assert!(small[6].iter().filter(|t| **t).count() <= 2, "the large setup is spared");
        let larger = sample(&fits, &costs, 100);
        assert_eq!(cells(&larger), 100);
        assert_eq!(larger, sample(&fits, &costs, 100), "the same each time");
        let fitting =
            |s: &[Vec<bool>]| s.iter().zip(&fits).all(|(s, f)| s.iter().zip(f).all(|(s, f)| *f || !s));
        assert!(fitting(&larger) && fitting(&small));
        assert_eq!(cells(&sample(&fits, &costs, 10_000)), cells(&fits));
    }
}
