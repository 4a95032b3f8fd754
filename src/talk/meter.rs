//! When to say that the context is filling up: once at each mark, and again only after there has been room. Pure; what
//! is said is not here.

/// The marks, in percent of the context, highest first.
const MARKS: [u32; 2] = [90, 80];
/// Below so many percent there is room again: not right below a mark, where a conversation that drops its oldest
/// exchanges stays for good.
const ROOM: u32 = 70;

/// The highest mark that was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Meter {
    told: u32,
}

impl Meter {
    /// So many tokens of the context are in use now. Returns how many percent that is, where it is time to say so.
    pub(super) fn read(&mut self, n_used: u32, n_ctx: u32) -> Option<u32> {
        let percent = percent(n_used, n_ctx);
        if percent < ROOM {
            self.told = 0;
        }
        let mark = MARKS.into_iter().find(|mark| percent >= *mark).filter(|mark| *mark > self.told)?;
        self.told = mark;
        Some(percent)
    }
}

/// The share of the context that is in use, rounded down; 100 at most.
pub(super) fn percent(n_used: u32, n_ctx: u32) -> u32 {
    let percent = u64::from(n_used) * 100 / u64::from(n_ctx.max(1));
    u32::try_from(percent).unwrap_or(100).min(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mark_is_told_once_until_there_is_room_again() {
        let mut meter = Meter::default();
        let told = [0, 79, 80, 85, 89, 90, 99, 85, 91, 100, 70, 85, 69, 79, 81, 92, 10, 95, 96];
        let told: Vec<_> = told.into_iter().filter_map(|n_used| meter.read(n_used, 100)).collect();
        assert_eq!(told, [80, 90, 81, 92, 95]);
    }

    #[test]
    fn shares() {
        for (n_used, n_ctx, expected) in [
            (0, 4096, 0),
            (3276, 4096, 79),
            (3277, 4096, 80),
            (u32::MAX, u32::MAX, 100),
            (5000, 4096, 100),
            (1, 0, 100),
        ] {
            assert_eq!(percent(n_used, n_ctx), expected, "{n_used} of {n_ctx}");
        }
    }
}
