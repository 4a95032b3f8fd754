//! The list that a session is picked from, on a terminal: typed in like a person, in Chinese; and the terminal as it is
//! left behind.

use super::{GREETING, OPEN, TRIP, bury, three};
use crate::support::Liao;
use crate::support::pty::{Key, Pty};
use crate::support::sessions::Said;
use rustix::process::Signal;
use unicode_width::UnicodeWidthStr;

impl Pty {
    /// Waits for the list, with its line for what is typed.
    #[track_caller]
    fn listed(&mut self, foot: &str) -> &mut Self {
        self.wait_until(&format!("a list with {foot}"), |screen| {
            screen.starts_with("选一个会话") && screen.lines().last() == Some(foot)
        })
    }

    /// The list is gone, and the terminal is as it was.
    #[track_caller]
    fn has_left(&mut self, modes: &str) {
        self.wait_until("the end of the list", |screen| !screen.contains("选一个会话"));
        assert!(!self.is_on_other_screen() && !self.marks_pastes());
        assert_eq!(self.modes(), modes);
    }
}

/// The modes of a terminal that nobody has changed.
fn untouched() -> String {
    Liao::of("/bin/sleep").arg("60").pty(24, 80).modes()
}

/// The line that is chosen.
fn chosen(screen: &str) -> &str {
    screen.lines().skip(2).find(|line| line.starts_with("> ")).unwrap_or_default()
}

#[test]
fn a_session_is_picked_by_typing_chinese() {
    let mut pty = three(&["show"]).pty(24, 80);
    let modes = untouched();
    pty.listed("3/3");
    assert!(pty.is_on_other_screen() && pty.marks_pastes());
    assert_ne!(pty.modes(), modes);
    let screen = pty.screen();
    let lines: Vec<&str> = screen.lines().collect();
    assert_eq!(
        lines[2..5],
        ["> 5 分钟前  你好  demo  1nb0002", "  3 小时前  旅行  demo  1nb0001", "  1 个月前  在吗  demo  1nc0003"]
    );
    // Found by its title, though its name is what is shown.
    pty.text("西安").listed("1/3").wait_for_cursor(1, 6);
    assert!(chosen(&pty.screen()).contains("旅行"), "{}", pty.screen());
    pty.key(Key::Backspace).key(Key::Backspace).listed("3/3").key(Key::Down).key(Key::Down);
    pty.wait_until("the last line", |screen| chosen(screen).contains("1nc0003"));
    pty.key(Key::Up).wait_until("the line before", |screen| chosen(screen).contains("1nb0001"));
    pty.key(Key::Enter).wait_for("先看兵马俑。");
    assert_eq!(pty.exit_code(), 0);
    pty.has_left(&modes);
    assert!(pty.screen().starts_with("会话 1nb0001 · 旅行"), "nothing of the list is left\n{}", pty.screen());
}

#[test]
fn whoever_wants_none_leaves_with_nothing() {
    for leave in [Key::Escape, Key::Ctrl('c'), Key::Ctrl('d')] {
        let mut pty = three(&["show", "?"]).pty(24, 80);
        let modes = untouched();
        pty.listed("3/3").text("旅").listed("1/3").key(leave);
        assert_eq!(pty.exit_code(), 0);
        pty.has_left(&modes);
        assert_eq!(pty.screen().trim(), "");
    }
}

#[test]
fn what_could_be_several_is_picked_from_those() {
    let mut pty = three(&["show", "1nb"]).pty(24, 80);
    pty.listed("2/3").wait_until("what was typed", |screen| screen.lines().nth(1) == Some("> 1nb"));
    pty.key(Key::Down).key(Key::Enter).wait_for("先看兵马俑。");
    assert_eq!(pty.exit_code(), 0);
    // Words of a title do as well; what fits nothing is told as everywhere.
    let mut pty = three(&["show", "兵马俑 西安"]).borrowed_pty(24, 80);
    pty.wait_for("没有编号或名字");
    assert_eq!(pty.exit_code(), 2);
    let mut pty = three(&["export", "去西安", "-"]).pty(24, 80);
    pty.listed("1/3").key(Key::Enter).wait_for("# 旅行");
    assert_eq!(pty.exit_code(), 0);
}

#[test]
fn a_pasted_line_is_looked_for_and_nothing_in_it_is_obeyed() {
    let mut pty = three(&["show"]).pty(24, 80);
    pty.listed("3/3").paste("西安\r\n\x1b[2J").wait_for("没有符合的");
    assert!(pty.screen().lines().nth(1).is_some_and(|line| line.starts_with("> 西安")), "{}", pty.screen());
    pty.key(Key::Ctrl('u')).listed("3/3").paste("旅行\n").listed("1/3").key(Key::Enter).wait_for("先看兵马俑。");
    assert_eq!(pty.exit_code(), 0);
}

#[test]
fn it_fits_terminals_of_all_sizes_and_one_that_changes() {
    let title = "去西安旅行要带什么，“一家三口”…怎么安排";
    for (n_rows, n_columns) in [(5, 20), (12, 40), (24, 80)] {
        let liao = Liao::new().args(["sessions", "show"]);
        for i in 0..30 {
            Said { id: &format!("1nb00{i:02}"), minutes_ago: i + 1, exchanges: &[(title, "好")], ..GREETING }
                .put(&liao);
        }
        let mut pty = liao.pty(n_rows, n_columns);
        let modes = untouched();
        pty.listed("30/30");
        let n_lines =
            |screen: &str| screen.lines().filter(|line| line.contains("去西安") || line.contains("前")).count();
        assert_eq!(n_lines(&pty.screen()), usize::from(n_rows) - 3, "{}", pty.screen());
        assert!(pty.screen().lines().all(|line| line.width() <= usize::from(n_columns)), "{}", pty.screen());
        pty.resize(n_rows + 4, n_columns + 10);
        pty.wait_until("more lines", |screen| n_lines(screen) == usize::from(n_rows) + 1);
        pty.resize(4, 15);
        pty.wait_until("one line", |screen| n_lines(screen) == 1 && screen.lines().count() == 4);
        // The chosen one stays in sight, and no key is lost to a change of size.
        for i in 0..15 {
            pty.resize(10 + i % 2, 80);
            pty.key(Key::Down);
        }
        pty.wait_until("the sixteenth", |screen| chosen(screen).contains("1nb0015"));
        pty.key(Key::Escape);
        assert_eq!(pty.exit_code(), 0);
        pty.has_left(&modes);
    }
}

#[test]
fn of_thousands_the_first_are_there_at_once() {
    let liao = Liao::new().args(["sessions", "show"]);
    for i in 0..30 {
        Said { id: &format!("1nd00{i:02}"), minutes_ago: 400, ..GREETING }.put(&liao);
    }
    bury(&liao);
    let mut pty = liao.pty(24, 80);
    pty.listed("3033/3033").text("西安");
    pty.wait_until("a search that goes on", |screen| screen.contains("还在找") && chosen(screen).contains("旅行"));
    // Keys are heard meanwhile.
    pty.key(Key::Backspace).key(Key::Backspace).listed("3033/3033").text("西安");
    pty.wait_until("the search again", |screen| screen.contains("还在找") && chosen(screen).contains("旅行"));
    pty.key(Key::Enter).wait_for("先看兵马俑。");
    assert_eq!(pty.exit_code(), 0);
}

#[test]
fn damaged_sessions_are_listed_and_told_when_they_are_taken() {
    let liao = Liao::new().args(["sessions", "show"]);
    let path = OPEN.put(&liao);
    std::fs::write(&path, "{\"event\":\"session\",\"v\":9}\n").expect("written");
    crate::support::sessions::age(&path, 1);
    TRIP.put(&liao);
    let mut pty = liao.pty(24, 160);
    pty.listed("2/2").wait_until("the damaged one", |screen| chosen(screen).contains("读不了"));
    pty.key(Key::Enter).wait_for("请升级 liao");
    assert_eq!(pty.exit_code(), 1);
}

#[test]
fn a_signal_gives_the_terminal_back() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129)] {
        let mut pty = three(&["show"]).pty(24, 80);
        let modes = untouched();
        pty.listed("3/3").signal(signal);
        assert_eq!(pty.exit_code(), code);
        pty.has_left(&modes);
    }
}

#[test]
fn nobody_picks_where_nothing_can_be_drawn() {
    let mut pty = three(&["show"]).env("TERM", "dumb").pty(24, 80);
    pty.wait_for("哪个会话");
    assert_eq!(pty.exit_code(), 2);
    assert!(!pty.raw().contains(&0x1b), "{}", String::from_utf8_lossy(&pty.raw()).escape_debug());
    let mut pty = Liao::new().args(["sessions", "show"]).pty(24, 80);
    pty.wait_for("还没有");
    assert_eq!(pty.exit_code(), 1);
}

#[test]
fn in_english() {
    let mut pty = three(&["show"]).english().pty(24, 80);
    pty.wait_for("choose a session").wait_for("5 minutes ago").wait_for("3/3").text("zzz").wait_for("Backspace");
    pty.key(Key::Escape);
    assert_eq!(pty.exit_code(), 0);
}
