//! Pearson's correlation with an interval by Fisher's transformation.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Fewer than these say nothing: the interval would span half of what is possible.
const FEWEST: usize = 30;
/// The 97.5 % quantile of the normal distribution: the interval is that of 95 %.
const QUANTILE: f64 = 1.959_963_984_540_054;

/// A correlation and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Correlation {
    /// From -1 to 1.
    pub r: f64,
    /// The lower end of its 95 % interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// How many pairs it comes from.
    pub n: usize,
}

/// The correlation of an item with the rest of the total, each pair one learner's; None: there are fewer than 30, or one of the two does
/// not vary, so that there is no correlation.
pub fn corrected(pairs: &[(f64, f64)]) -> Option<Correlation> {
    let n = pairs.len();
    if n < FEWEST {
        return None;
    }
    let mean = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / n as f64;
    let (x, y) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let sum = |of: &dyn Fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>();
    let (xx, yy) = (sum(&|pair| (pair.0 - x).powi(2)), sum(&|pair| (pair.1 - y).powi(2)));
    // What does not vary has rounding errors at most.
    if xx <= 1e-9 || yy <= 1e-9 {
        return None;
    }
    let r = (sum(&|pair| (pair.0 - x) * (pair.1 - y)) / (xx * yy).sqrt()).clamp(-1.0, 1.0);
    let half = QUANTILE / ((n - 3) as f64).sqrt();
    // The transformation of 1 is infinite, and back it is 1.
    let (low, high) = ((r.atanh() - half).tanh(), (r.atanh() + half).tanh());
    Some(Correlation { r, low, high, n })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_learners_and_what_does_not_vary_have_no_correlation() {
        let line = |n: u32| (0..n).map(|i| (f64::from(i), f64::from(i) * 0.1)).collect::<Vec<_>>();
        assert_eq!(corrected(&line(29)), None);
        assert_eq!(corrected(&line(0)), None);
        let flat: Vec<(f64, f64)> = (0..40).map(|i| (0.1, f64::from(i))).collect();
        assert_eq!(corrected(&flat), None);
        let perfect = corrected(&line(30)).unwrap();
        assert!(perfect.r > 0.999_999 && perfect.low > 0.99 && perfect.high <= 1.0, "{perfect:?}");
    }

    #[test]
    fn the_interval_is_fishers() {
        // Pairs whose correlation is known: x is 0 or 1, y agrees with it for 30 of 40 in both halves: r = 0.5.
        let pair = |i: u32| {
            let x = i % 2;
            let y = if i % 8 < 6 { x } else { 1 - x };
            (f64::from(x), f64::from(y))
        };
        let pairs: Vec<(f64, f64)> = (0..80).map(pair).collect();
        let found = corrected(&pairs).unwrap();
        // python3: math.tanh(math.atanh(0.5) - 1.959964/math.sqrt(77)), and +
        let near = |a: f64, b: f64| (a - b).abs() < 1e-4;
        assert!(near(found.r, 0.5) && near(found.low, 0.314_87) && near(found.high, 0.648_48), "{found:?}");
        assert_eq!(found.n, 80);
    }
}
