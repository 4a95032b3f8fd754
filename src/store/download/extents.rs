//! A set of bytes of a file, as the ranges that it is made of: which of them are there, which are being fetched.
//! The ranges are kept in order, not empty, and apart from each other; so there is one way to write a set.

use std::ops::Range;

/// A set of positions in a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extents {
    ranges: Vec<Range<u64>>,
}

impl Extents {
    /// The ranges, in order.
    #[must_use]
    pub fn ranges(&self) -> &[Range<u64>] {
        &self.ranges
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// How many bytes are in it.
    #[must_use]
    pub fn n_bytes(&self) -> u64 {
        self.ranges.iter().map(|range| range.end - range.start).sum()
    }

    /// How many bytes from the very beginning are in it without a gap.
    #[must_use]
    pub fn n_prefix(&self) -> u64 {
        self.ranges.first().filter(|range| range.start == 0).map_or(0, |range| range.end)
    }

    /// The position behind the last byte in it.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.ranges.last().map_or(0, |range| range.end)
    }

    /// The first range before `end` of which nothing is in it.
    #[must_use]
    pub fn first_gap(&self, end: u64) -> Option<Range<u64>> {
        let start = self.n_prefix();
        let next = self.ranges.iter().map(|range| range.start).find(|&next| next > start);
        let gap = start..next.map_or(end, |next| next.min(end));
        (!gap.is_empty()).then_some(gap)
    }

    /// Puts a range in.
    pub fn insert(&mut self, range: Range<u64>) {
        if range.is_empty() {
            return;
        }
        // Those that touch the new one become one with it.
        let first = self.ranges.partition_point(|there| there.end < range.start);
        let behind = self.ranges.partition_point(|there| there.start <= range.end);
        let merged = match self.ranges.get(first..behind) {
            Some([one]) => one.start.min(range.start)..one.end.max(range.end),
            Some([one, .., last]) => one.start.min(range.start)..last.end.max(range.end),
            _ => range,
        };
        self.ranges.splice(first..behind, [merged]);
    }

    /// Takes a range out.
    pub fn remove(&mut self, range: &Range<u64>) {
        if range.is_empty() {
            return;
        }
        let first = self.ranges.partition_point(|there| there.end <= range.start);
        let behind = self.ranges.partition_point(|there| there.start < range.end);
        if first >= behind {
            return;
        }
        let before = self.ranges[first].start..range.start;
        let after = range.end..self.ranges[behind - 1].end;
        let rest = [before, after].into_iter().filter(|rest| !rest.is_empty());
        self.ranges.splice(first..behind, rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const N: u64 = 24;

    /// The same set, position by position.
    fn positions(extents: &Extents) -> Vec<bool> {
        (0..N).map(|at| extents.ranges().iter().any(|range| range.contains(&at))).collect()
    }

    fn is_in_order(extents: &Extents) -> bool {
        extents.ranges().iter().all(|range| range.start < range.end)
            && extents.ranges().windows(2).all(|two| two[0].end < two[1].start)
    }

    #[test]
    fn neighbours_become_one() {
        let mut extents = Extents::default();
        assert_eq!((extents.n_prefix(), extents.end(), extents.first_gap(9)), (0, 0, Some(0..9)));
        extents.insert(0..3);
        extents.insert(6..9);
        assert_eq!((extents.n_prefix(), extents.n_bytes(), extents.end()), (3, 6, 9));
        assert_eq!((extents.first_gap(20), extents.first_gap(5), extents.first_gap(3)), (Some(3..6), Some(3..5), None));
        extents.insert(3..6);
        assert_eq!(
            (extents.ranges(), extents.first_gap(9), extents.first_gap(10)),
            (std::slice::from_ref(&(0..9)), None, Some(9..10))
        );
        extents.remove(&(4..5));
        assert_eq!(extents.ranges(), [0..4, 5..9]);
        extents.remove(&(0..u64::MAX));
        assert!(extents.is_empty());
    }

    #[test]
    fn a_gap_at_the_very_beginning_is_the_first() {
        let mut extents = Extents::default();
        extents.insert(5..u64::MAX);
        assert_eq!((extents.n_prefix(), extents.first_gap(100)), (0, Some(0..5)));
        assert_eq!(extents.end(), u64::MAX);
    }

    proptest! {
        #[test]
        fn it_is_the_set_it_should_be(steps in prop::collection::vec((any::<bool>(), 0..N, 0..N), 0..16)) {
            let (mut extents, mut expected) = (Extents::default(), vec![false; usize::try_from(N).unwrap()]);
            for (is_insert, a, b) in steps {
                let range = a.min(b)..a.max(b);
                for at in range.clone() {
                    expected[usize::try_from(at).unwrap()] = is_insert;
                }
                if is_insert { extents.insert(range) } else { extents.remove(&range) }
                prop_assert!(is_in_order(&extents), "{:?}", extents);
                prop_assert_eq!(&positions(&extents), &expected);
            }
            let count = |wanted: bool| expected.iter().filter(|&&is| is == wanted).count() as u64;
            prop_assert_eq!(extents.n_bytes(), count(true));
            prop_assert_eq!(extents.n_prefix(), expected.iter().take_while(|is| **is).count() as u64);
            // Filling gap after gap fills it all, and fetches each missing byte once.
            let mut n_filled = 0;
            while let Some(gap) = extents.first_gap(N) {
                let piece = gap.start..gap.end.min(gap.start + 3);
                prop_assert!(!piece.is_empty() && !piece.clone().any(|at| expected[usize::try_from(at).unwrap()]));
                n_filled += piece.end - piece.start;
                extents.insert(piece);
            }
            prop_assert_eq!(n_filled, count(false));
            prop_assert_eq!(extents.ranges(), std::slice::from_ref(&(0..N)));
        }
    }
}
