//! Telling a person, or a script, how long work on bytes goes, downloads above all: the status line on a terminal, a
//! line now and then elsewhere, events with `--json`.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::json;

use super::Call;
use crate::config::registry::gb;
use crate::disk::lock::other_liao;
use crate::store::download::Event;
use crate::store::download::trouble::Trouble;
use crate::text::untrusted;
use crate::tr;

/// How often progress is told where there is no status line.
const TOLD_EVERY: Duration = Duration::from_secs(5);

/// Tells what happens to one file.
#[derive(Default)]
pub(super) struct Teller {
    /// What is said before the first server is asked.
    announcement: Option<String>,
    progress: Progress,
    /// Another program's file was taken.
    pub(super) has_adopted: bool,
    /// Which trouble of which server has been told: once is enough, however often it comes again.
    told: BTreeSet<(String, String)>,
}

impl Teller {
    /// With something to say as soon as it is known that a server has to be asked.
    pub(super) fn with(announcement: String) -> Self {
        Self { announcement: Some(announcement), ..Self::default() }
    }

    fn tell_once(&mut self, call: &mut Call, host: &str, trouble: &Trouble, message: &str) {
        if self.told.insert((host.to_owned(), trouble.to_string())) {
            call.output.notice(message);
        } else {
            call.verbose(message);
        }
    }

    pub(super) fn tell(&mut self, call: &mut Call, event: &Event<'_>) {
        match event {
            Event::Moved { n_bytes, n_total } => {
                let verb = tr!("正在下载", "downloading");
                return self.progress.moved(call, &verb, *n_bytes, *n_total);
            }
            Event::Checking { n_bytes, n_total } => return self.progress.checked(call, *n_bytes, *n_total),
            _ => {}
        }
        call.status.clear();
        match event {
            Event::Moved { .. } | Event::Checking { .. } => {}
            Event::Waiting { holder } => {
                let other = other_liao(*holder);
                call.output.notice(&tr!(
                    "{other}正在下载同一个文件，等它",
                    "{other} is downloading the same file: waiting for it"
                ));
            }
            Event::Altered { n_bytes, sum } => {
                let what = match sum {
                    Some(sum) => {
                        tr!("SHA-256 是 {sum}，不是它该有的", "its SHA-256 is {sum}, which is not what it should be")
                    }
                    None => tr!(
                        "长 {n_bytes} 字节，不是它该有的",
                        "it has {n_bytes} bytes, which is not what it should have"
                    ),
                };
                call.output.warning(&tr!(
                    "磁盘上的文件变了：{what}。要重新取得；新的到齐、核对无误之前，旧的不动（想留住它，按 Ctrl-C，改名后再运行）",
                    "the file on disk has changed: {what}. It has to be downloaded again; the old one stays until the new one is whole and verified (to keep it, press Ctrl-C and rename it first)"
                ));
            }
            Event::Adopted { path, is_copy } => {
                self.has_adopted = true;
                let path = untrusted::path(path);
                let how = match is_copy {
                    true => tr!("复制过来", "copied"),
                    false => tr!("不另占磁盘", "takes no more room"),
                };
                call.output.notice(&tr!(
                    "这台机器上已有同一个文件，核对无误，不用下载（{how}）：{path}",
                    "the same file is on this machine already, verified, nothing to download ({how}): {path}"
                ));
            }
            Event::Asking { host } => {
                if let Some(announcement) = self.announcement.take() {
                    call.output.notice(&announcement);
                }
                call.verbose(&tr!("询问 {host}", "asking {host}"));
                call.status.asking(host);
            }
            Event::Troubled { host, trouble, pause } => {
                self.tell_once(call, host, trouble, &troubled(host, trouble, *pause));
            }
            Event::GaveUp { host, trouble } => self.tell_once(call, host, trouble, &gave_up(host, trouble)),
            Event::StartedOver { host, why } => {
                call.output.notice(&tr!("{host} {why}，从头下载", "{host}: {why}; starting over"));
            }
            Event::Wrong { host } => call.output.warning(&tr!(
                "从 {host} 得到的内容 SHA-256 不对，再从头下载一次",
                "what came from {host} has the wrong SHA-256: downloading it again from the start"
            )),
        }
    }
}

/// A connection failed, and is tried again.
pub(super) fn troubled(host: &str, trouble: &Trouble, pause: Duration) -> String {
    let pause = pause.as_secs().max(1);
    tr!("{host} {trouble}，{pause} 秒后再试", "{host}: {trouble}; trying again in {pause} s")
}

/// A server does not go on.
pub(super) fn gave_up(host: &str, trouble: &Trouble) -> String {
    tr!("{host} {trouble}，换一个下载源", "{host}: {trouble}; trying another server")
}

/// Tells how far it is.
#[derive(Default)]
pub(super) struct Progress {
    told_at: Option<Instant>,
    /// When the first bytes of this run came, and how many were there before.
    begun: Option<(Instant, u64)>,
}

impl Progress {
    /// `n_bytes` are done, of `n_total` where that is known; `verb` says what is done to them.
    pub(super) fn moved(&mut self, call: &mut Call, verb: &str, n_bytes: u64, n_total: Option<u64>) {
        let (begun, n_before) = *self.begun.get_or_insert((Instant::now(), n_bytes));
        #[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
        let speed = n_bytes.saturating_sub(n_before) as f64 / 1e6 / begun.elapsed().as_secs_f64().max(0.1);
        if call.status.is_shown() && !call.json {
            let what = format!("{verb} {speed:.1} MB/s");
            return call.status.working(&what, n_bytes, n_total.unwrap_or(n_bytes));
        }
        if !self.is_due(true) {
            return;
        }
        if call.json {
            // Whoever reads stdout may have had enough; the work goes on all the same.
            let _ = call.output.json_line(&json!({"event": "progress", "bytes": n_bytes, "total": n_total}));
            return;
        }
        let (done, total) = (gb(n_bytes), n_total.map(gb).unwrap_or_else(|| "?".to_owned()));
        call.output.notice(&tr!("{done} / {total}，{speed:.1} MB/s", "{done} of {total}, {speed:.1} MB/s"));
    }

    fn checked(&mut self, call: &mut Call, n_bytes: u64, n_total: u64) {
        if call.status.is_shown() && !call.json {
            return call.status.working(&tr!("正在核对", "checking"), n_bytes, n_total);
        }
        // What is done in a moment needs no telling.
        if !self.is_due(false) {
            return;
        }
        if call.json {
            let _ = call.output.json_line(&json!({"event": "checking", "bytes": n_bytes, "total": n_total}));
            return;
        }
        let (done, total) = (gb(n_bytes), gb(n_total));
        call.output.notice(&tr!("核对 {done} / {total}", "checked {done} of {total}"));
    }

    /// Whether it is time to tell again; the first time, whether it is told `at_once`.
    fn is_due(&mut self, at_once: bool) -> bool {
        let is_due = self.told_at.map_or(at_once, |told_at| told_at.elapsed() >= TOLD_EVERY);
        if is_due || self.told_at.is_none() {
            self.told_at = Some(Instant::now());
        }
        is_due
    }
}
