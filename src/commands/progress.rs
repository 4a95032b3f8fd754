//! How far a long work on bytes is, for whoever watches: a line that is redrawn on a terminal, a new line every few
//! seconds elsewhere, events for a script.

use std::time::{Duration, Instant};

use serde_json::json;

use super::Session;
use crate::config::registry::gb;
use crate::tr;

/// How often progress is told where there is no status line.
const TOLD_EVERY: Duration = Duration::from_secs(5);

/// A work under way.
#[derive(Default)]
pub(super) struct Progress {
    told_at: Option<Instant>,
    /// When the first bytes of this run came, and how many were there before.
    begun: Option<(Instant, u64)>,
}

impl Progress {
    /// Tells that `n_bytes` are done, of `n_total` where that is known. `verb` says what is done to them.
    pub(super) fn tell(&mut self, session: &mut Session, verb: &str, n_bytes: u64, n_total: Option<u64>) {
        let (begun, n_before) = *self.begun.get_or_insert((Instant::now(), n_bytes));
        #[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
        let speed = n_bytes.saturating_sub(n_before) as f64 / 1e6 / begun.elapsed().as_secs_f64().max(0.1);
        if session.status.is_shown() && !session.json {
            let what = format!("{verb} {speed:.1} MB/s");
            return session.status.working(&what, n_bytes, n_total.unwrap_or(n_bytes));
        }
        let is_due = self.told_at.is_none_or(|told_at| told_at.elapsed() >= TOLD_EVERY);
        if !is_due {
            return;
        }
        self.told_at = Some(Instant::now());
        if session.json {
            // Whoever reads stdout may have had enough; the work goes on all the same.
            let _ = session.output.json_line(&json!({"event": "progress", "bytes": n_bytes, "total": n_total}));
            return;
        }
        let (done, total) = (gb(n_bytes), n_total.map(gb).unwrap_or_else(|| "?".to_owned()));
        session.output.notice(&tr!("{done} / {total}，{speed:.1} MB/s", "{done} of {total}, {speed:.1} MB/s"));
    }
}
