//! The one line on a terminal's stderr while the model loads, reads or is about to speak.
//!
//! It comes only when the work takes longer than a moment and leaves no trace. Whoever makes it says whether there
//! may be one at all: stderr is a terminal that takes escapes (not `TERM=dumb`, no `NO_COLOR`, not quiet).

use super::eta::Eta;
use super::terminal;
use crate::tr;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};
use unicode_width::UnicodeWidthChar;

/// Work shorter than this shows no line: one that only flashes disturbs.
const PATIENCE: Duration = Duration::from_millis(200);
/// The wheel and a blank before the text, and the last column, where some terminals wrap.
const N_SPINNER_CELLS: usize = 3;
const TICK: Duration = Duration::from_millis(100);

/// The status line. Say what is going on; [`clear`](Status::clear) it before anything else is written.
pub struct Status {
    terminal: Option<Terminal>,
    line: Option<Line>,
    reading: Option<Reading>,
}

/// Where the line is drawn.
#[derive(Clone, Copy)]
struct Terminal {
    make_target: fn() -> ProgressDrawTarget,
    n_columns: fn() -> usize,
}

struct Reading {
    since: Instant,
    eta: Eta,
}

/// A line that is shown, or will be in a moment.
struct Line {
    bar: ProgressBar,
    /// Dropped to end the thread that shows the line and turns its wheel.
    end: mpsc::Sender<()>,
    turning: Option<thread::JoinHandle<()>>,
}

impl Status {
    /// A status line on stderr, or with `is_shown` false none ever.
    #[must_use]
    pub fn new(is_shown: bool) -> Self {
        Self::on(
            is_shown.then_some(Terminal { make_target: ProgressDrawTarget::stderr, n_columns: terminal::n_columns }),
        )
    }

    fn on(terminal: Option<Terminal>) -> Self {
        Self { terminal, line: None, reading: None }
    }

    /// Whether there may be a line at all.
    #[must_use]
    pub fn is_shown(&self) -> bool {
        self.terminal.is_some()
    }

    /// The weights are being loaded; `fraction` is 0 to 1.
    pub fn loading(&mut self, fraction: f32) {
        self.reading = None;
        self.say(loading_text(fraction));
    }

    /// The prompt is being read: `n_done` tokens of `n_total` are in the cache, `n_cached` were there before.
    pub fn reading(&mut self, n_done: u32, n_total: u32, n_cached: u32) {
        let reading = self.reading.get_or_insert_with(|| Reading { since: Instant::now(), eta: Eta::default() });
        let now = reading.since.elapsed();
        reading.eta.record(now, n_done.into());
        let left = reading.eta.left(now, n_total.into());
        self.say(reading_text(n_done, n_total, n_cached, left));
    }

    /// Bytes are being worked on, at a rate: `n_done` of `n_total`. `what` says what is done to them.
    pub fn working(&mut self, what: &str, n_done: u64, n_total: u64) {
        let reading = self.reading.get_or_insert_with(|| Reading { since: Instant::now(), eta: Eta::default() });
        let now = reading.since.elapsed();
        reading.eta.record(now, n_done);
        let left = reading.eta.left(now, n_total);
        self.say(working_text(what, n_done, n_total, left));
    }

    /// Nothing to count, but it takes a while: the first token, say.
    pub fn waiting(&mut self) {
        self.reading = None;
        self.say(tr!("正在思考 · Ctrl-C 取消", "thinking · Ctrl-C cancels"));
    }

    /// A server is being asked.
    pub fn asking(&mut self, host: &str) {
        self.reading = None;
        self.say(tr!("正在询问 {host} · Ctrl-C 取消", "asking {host} · Ctrl-C cancels"));
    }

    /// The answer is in a table, which is shown once it is whole; so many rows of it are there.
    pub fn tabulating(&mut self, n_rows: usize) {
        self.reading = None;
        self.say(tr!(
            "正在写表格，已有 {n_rows} 行，写完一起显示 · Ctrl-C 停下",
            "writing a table, {n_rows} rows so far; it is shown when it is whole · Ctrl-C stops"
        ));
    }

    /// Ctrl-C was pressed, and what is under way has to come to a point where it can stop.
    pub fn stopping(&mut self) {
        self.reading = None;
        self.say(tr!("正在停下 · 再按 Ctrl-C 立即退出", "stopping · Ctrl-C again leaves at once"));
    }

    /// Takes the line away, as if it had never been there.
    pub fn clear(&mut self) {
        self.reading = None;
        if let Some(Line { bar, end, turning }) = self.line.take() {
            drop(end);
            // A panic in that thread has been reported by itself; the line goes away all the same.
            if let Some(turning) = turning {
                let _ = turning.join();
            }
            bar.finish_and_clear();
        }
    }

    fn say(&mut self, text: String) {
        let Some(Terminal { make_target, n_columns }) = self.terminal else { return };
        let line = self.line.get_or_insert_with(|| Line::begin(make_target));
        line.bar.set_message(cut(text, n_columns().saturating_sub(N_SPINNER_CELLS)));
    }
}

impl Drop for Status {
    fn drop(&mut self) {
        self.clear();
    }
}

impl Line {
    fn begin(make_target: fn() -> ProgressDrawTarget) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        // Not "wide_msg": that pads to the terminal's width, and a terminal made narrower would wrap it.
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            // Braille wheels are boxes in many Chinese console fonts.
            bar.set_style(style.tick_chars("-\\|/ "));
        }
        let (end, ended) = mpsc::channel();
        let shown = bar.clone();
        let turn = move || {
            let mut pause = PATIENCE;
            while ended.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                if shown.is_hidden() {
                    shown.set_draw_target(make_target());
                }
                shown.tick();
                pause = TICK;
            }
        };
        // Where no thread can be had there are worse troubles than a line that is not drawn.
        let turning = thread::Builder::new().spawn(turn).ok();
        Self { bar, end, turning }
    }
}

fn working_text(what: &str, n_done: u64, n_total: u64, left: Option<Duration>) -> String {
    #[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
    let [done, total] = [n_done, n_total].map(|n| n as f64 / 1e9);
    let percent = n_done.saturating_mul(100).checked_div(n_total).unwrap_or(100).min(100);
    let left = left.map(|left| {
        let (minutes, seconds) = (left.as_secs() / 60, left.as_secs() % 60);
        tr!(" · 还要 {minutes}:{seconds:02}", " · {minutes}:{seconds:02} left")
    });
    let left = left.unwrap_or_default();
    tr!(
        "{what} {percent}%（{done:.1} / {total:.1} GB）{left} · Ctrl-C 停下，以后可接着做",
        "{what} {percent}% ({done:.1} of {total:.1} GB){left} · Ctrl-C stops, to be gone on with"
    )
}

/// As much of a text as fits so many cells, also where `·` takes two of them: no line ever wraps.
fn cut(mut text: String, n_cells: usize) -> String {
    let mut n_used = 0;
    let end = text.char_indices().find(|(_, c)| {
        n_used += c.width_cjk().unwrap_or(0);
        n_used > n_cells
    });
    if let Some((end, _)) = end {
        text.truncate(end);
    }
    text
}

fn loading_text(fraction: f32) -> String {
    let percent = ((fraction * 100.0) as u8).min(100);
    tr!("正在加载模型 {percent}% · Ctrl-C 取消", "loading the model {percent}% · Ctrl-C cancels")
}

fn reading_text(n_done: u32, n_total: u32, n_cached: u32, left: Option<Duration>) -> String {
    let mut text = tr!("正在读取 {n_done}/{n_total}", "reading {n_done}/{n_total}");
    if n_cached > 0 {
        text += &tr!(" · 缓存 {n_cached}", " · {n_cached} cached");
    }
    if let Some(left) = left {
        let left = about(left);
        text += &tr!(" · 约 {left}", " · about {left}");
    }
    text + &tr!(" · Ctrl-C 取消", " · Ctrl-C cancels")
}

/// A time as one would say it: seconds, from a minute on tens of seconds, from an hour on minutes.
fn about(left: Duration) -> String {
    let seconds = left.as_secs_f64().ceil().max(1.0) as u64;
    if seconds < 60 {
        return tr!("{seconds} 秒", "{seconds} s");
    }
    let tens = seconds.div_ceil(10);
    let (minutes, seconds) = (tens / 6, tens % 6 * 10);
    if minutes >= 60 {
        let (hours, minutes) = (minutes / 60, minutes % 60);
        return tr!("{hours} 小时 {minutes} 分", "{hours} h {minutes} min");
    }
    if seconds == 0 {
        tr!("{minutes} 分", "{minutes} min")
    } else {
        tr!("{minutes} 分 {seconds} 秒", "{minutes} min {seconds} s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use indicatif::TermLike;
    use std::io;
    use std::num::NonZero;
    use std::sync::Mutex;

    const N_COLUMNS: u16 = 24;
    static WRITTEN: Mutex<Vec<u8>> = Mutex::new(Vec::new());

    /// A terminal that keeps what it is sent.
    #[derive(Debug)]
    struct Recorder;

    impl Recorder {
        fn send(&self, bytes: &str) -> io::Result<()> {
            WRITTEN.lock().unwrap().extend_from_slice(bytes.as_bytes());
            Ok(())
        }
    }

    impl TermLike for Recorder {
        fn width(&self) -> u16 {
            N_COLUMNS
        }
        fn move_cursor_up(&self, n: usize) -> io::Result<()> {
            self.send(&format!("\x1b[{n}A"))
        }
        fn move_cursor_down(&self, n: usize) -> io::Result<()> {
            self.send(&format!("\x1b[{n}B"))
        }
        fn move_cursor_right(&self, n: usize) -> io::Result<()> {
            self.send(&format!("\x1b[{n}C"))
        }
        fn move_cursor_left(&self, n: usize) -> io::Result<()> {
            self.send(&format!("\x1b[{n}D"))
        }
        fn write_line(&self, s: &str) -> io::Result<()> {
            self.send(&format!("{s}\r\n"))
        }
        fn write_str(&self, s: &str) -> io::Result<()> {
            self.send(s)
        }
        fn clear_line(&self) -> io::Result<()> {
            self.send("\r\x1b[2K")
        }
        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    fn screen() -> vt100::Parser {
        let mut parser = vt100::Parser::new(NonZero::new(4).unwrap(), NonZero::new(N_COLUMNS).unwrap(), 0);
        parser.process(&WRITTEN.lock().unwrap());
        parser
    }

    fn wait_for(what: &str) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !screen().screen().contents().contains(what) {
            assert!(Instant::now() < deadline, "no {what:?} on {:?}", screen().screen().contents());
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// One test, because the terminal is one.
    #[test]
    fn a_line_comes_late_fits_and_leaves_no_trace() {
        let make_target = || ProgressDrawTarget::term_like(Box::new(Recorder));
        let mut status = Status::on(Some(Terminal { make_target, n_columns: || usize::from(N_COLUMNS) }));
        status.loading(0.1);
        status.clear();
        thread::sleep(PATIENCE * 2);
        assert!(WRITTEN.lock().unwrap().is_empty(), "short work shows nothing");

        let begun = Instant::now();
        status.loading(0.437);
        wait_for("正在加载模型 43%");
        assert!(begun.elapsed() >= PATIENCE);
        // Too long for the screen: cut before the cell that a wide character would not fit in, never wrapped.
        status.reading(812, 2040, 1200);
        wait_for("正在读取 812/2040");
        let shown = screen().screen().contents();
        assert!(!shown.contains("取消") && !shown.trim_end().contains('\n'), "{shown:?}");
        status.waiting();
        wait_for("正在思考");
        status.asking("huggingface.co");
        wait_for("正在询问 hugging");
        status.clear();
        assert_eq!(screen().screen().contents().trim(), "");
        assert_eq!(screen().screen().cursor_position(), (0, 0));
        let n_written = WRITTEN.lock().unwrap().len();
        thread::sleep(TICK * 3);
        assert_eq!(WRITTEN.lock().unwrap().len(), n_written, "nothing is drawn after clear");
    }

    #[test]
    fn a_status_that_is_not_shown_starts_nothing() {
        let mut status = Status::new(false);
        status.reading(1, 2, 0);
        assert!(status.line.is_none());
    }

    #[test]
    fn texts() {
        let left = Some(Duration::from_secs_f64(13.2));
        assert_eq!(reading_text(1612, 2040, 1200, left), "正在读取 1612/2040 · 缓存 1200 · 约 14 秒 · Ctrl-C 取消");
        assert_eq!(reading_text(0, 2040, 0, None), "正在读取 0/2040 · Ctrl-C 取消");
        assert_eq!(loading_text(0.999), "正在加载模型 99% · Ctrl-C 取消");
        assert_eq!(loading_text(f32::NAN), "正在加载模型 0% · Ctrl-C 取消");
        assert_eq!(loading_text(7.0), "正在加载模型 100% · Ctrl-C 取消");
    }

    #[test]
    fn a_cut_never_splits_a_wide_character() {
        for (n_cells, shown) in [(0, ""), (1, ""), (2, "读"), (3, "读a"), (4, "读a1"), (9, "读a1")] {
            assert_eq!(cut("读a1".to_owned(), n_cells), shown);
        }
        assert_eq!(cut("读·a".to_owned(), 4), "读·");
    }

    #[test]
    fn times() {
        for (seconds, said) in [
            (0, "1 秒"),
            (59, "59 秒"),
            (60, "1 分"),
            (61, "1 分 10 秒"),
            (115, "2 分"),
            (3600, "1 小时 0 分"),
            (3661, "1 小时 1 分"),
        ] {
            assert_eq!(about(Duration::from_secs(seconds)), said);
        }
    }
}
