//! The order of the calls: each round has every lane once, shuffled anew from a seed that is given in.
//!
//! What drifts while the race runs (load, the hour, the network) then hits all lanes alike, and no lane always runs after the same other one.

/// What an order is made from. The same seed gives the same order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seed(pub u64);

/// The lanes of one round, each once, in the order in which they are called. `round` counts warm-up rounds, too.
#[must_use]
pub fn of_round(seed: Seed, round: u32, lanes: usize) -> Vec<usize> {
    let mut random = Random::new(mixed(seed.0 ^ mixed(u64::from(round))));
    let mut order: Vec<usize> = (0..lanes).collect();
    // Fisher–Yates: every order is as likely as every other.
    for last in (1..lanes).rev() {
        order.swap(last, random.below(last + 1));
    }
    order
}

/// A stream of random numbers (`SplitMix64`, Steele, Lea and Flood 2014): small, and good enough to shuffle a few lanes.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 64 random bits.
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed(self.0)
    }

    /// A number below `limit`, each as likely as the others; 0 where the limit is 0.
    fn below(&mut self, limit: usize) -> usize {
        // The upper half of a product of 128 bits. With so small a limit its bias is less than one in 2^60.
        let product = u128::from(self.next()) * (limit as u128);
        usize::try_from(product >> 64).unwrap_or(0)
    }
}

/// A number's bits, well mixed.
fn mixed(bits: u64) -> u64 {
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_round_has_every_lane_once(seed: u64, round: u32, lanes in 0..9_usize) {
            let order = of_round(Seed(seed), round, lanes);
            let mut sorted = order.clone();
            sorted.sort_unstable();
            prop_assert_eq!(sorted, (0..lanes).collect::<Vec<_>>());
            prop_assert_eq!(of_round(Seed(seed), round, lanes), order, "the same seed, the same order");
        }
    }

    #[test]
    fn every_order_comes_about_as_often() {
        for seed in 0..5 {
            let mut seen: HashMap<Vec<usize>, u32> = HashMap::new();
            for round in 0..6000 {
                *seen.entry(of_round(Seed(seed), round, 3)).or_default() += 1;
            }
            assert_eq!(seen.len(), 6);
            // 1,000 each are expected; 150 are five standard deviations.
            assert!(seen.values().all(|count| (850..1150).contains(count)), "{seen:?}");
        }
    }

    #[test]
    fn one_round_says_nothing_of_the_next() {
        let first_again = (0..6000).filter(|round| {
            let first = |round| of_round(Seed(7), round, 3)[0];
            first(*round) == first(round + 1)
        });
        assert!((1800..2200).contains(&first_again.count()), "a third of 6,000");
    }
}
