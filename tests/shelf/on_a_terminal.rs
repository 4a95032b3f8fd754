//! What `liao sessions` looks like on a terminal, and what it asks there.

use super::{GREETING, TRIP, ids, three};
use crate::support::Liao;
use crate::support::pty::Key;
use crate::support::sessions::{Said, folder};
use unicode_width::UnicodeWidthStr;

#[test]
fn the_latest_twenty_are_listed_and_where_the_others_are() {
    let liao = Liao::new().arg("sessions");
    for i in 0..25 {
        Said { id: &format!("1nb00{i:02}"), minutes_ago: i, ..GREETING }.put(&liao);
    }
    let mut pty = liao.borrowed_pty(40, 80);
    assert_eq!(pty.exit_code(), 0);
    let screen = pty.wait_for("liao sessions list all").screen();
    assert_eq!(screen.matches("  1nb00").count(), 20, "{screen}");
    assert!(screen.contains("1nb0019") && !screen.contains("1nb0020") && screen.contains("还有 5 个"), "{screen}");
}

#[test]
fn lines_fit_a_narrow_terminal() {
    let title = "一二三四五六七八九十".repeat(3);
    for n_columns in [30, 50] {
        let liao = Liao::new().arg("sessions");
        Said { exchanges: &[(&title, "好")], ..GREETING }.put(&liao);
        let mut pty = liao.borrowed_pty(20, n_columns);
        assert_eq!(pty.exit_code(), 0);
        let screen = pty.wait_for("1nb0002").screen();
        // The head and the one line: none was broken.
        assert_eq!(screen.trim_end().lines().count(), 2, "{screen}");
        assert!(screen.lines().all(|line| line.width() <= usize::from(n_columns)), "{screen}");
    }
}

#[test]
fn a_conversation_is_set_for_the_terminal_and_harmless() {
    let long = "西安是十三朝古都，有兵马俑、大雁塔、城墙和回民街，最少要玩三天。";
    for n_columns in [20, 40, 80] {
        let liao = Liao::new().args(["sessions", "show", "旅行"]);
        Said { exchanges: &[("去哪里玩", long), ("还有呢", "甲\x1b[2J\x07乙")], ..TRIP }.put(&liao);
        let mut pty = liao.borrowed_pty(40, n_columns);
        assert_eq!(pty.exit_code(), 0);
        let screen = pty.wait_for("甲^[[2J^G乙").screen();
        assert!(screen.contains("> 去哪里玩\n西安是") && screen.replace('\n', "").contains(long), "{screen}");
        // Broken by the rules of Chinese type, not by the terminal.
        assert!(!screen.lines().any(|line| line.starts_with(['，', '、', '。'])), "{screen}");
        let raw = pty.raw();
        assert!(!raw.contains(&0x1b) && !raw.contains(&7), "{}", String::from_utf8_lossy(&raw).escape_debug());
    }
    // Markdown is obeyed in answers, as when they were written.
    let liao = Liao::new().args(["sessions", "show", "旅行"]);
    Said { exchanges: &[("**去**哪里", "**西安**")], ..TRIP }.put(&liao);
    let mut pty = liao.borrowed_pty(40, 80);
    assert_eq!(pty.exit_code(), 0);
    pty.wait_for("> **去**哪里\n西安");
}

#[test]
fn many_are_removed_only_when_the_person_says_so() {
    for (answer, n_left) in [("n", 4), ("", 4), ("不", 4), ("y", 0), ("是", 0)] {
        let words = ["sessions", "rm", "1nb0001", "1nb0002", "1nb0003", "1nb0004"];
        let liao = Liao::new().args(words);
        for id in &words[2..] {
            Said { id, ..GREETING }.put(&liao);
        }
        let folder = folder(&liao);
        let mut pty = liao.pty(40, 80);
        pty.wait_for("输入 y 删掉").line(answer);
        assert_eq!(pty.exit_code(), 0);
        assert_eq!(ids(&folder).len(), n_left, "{answer}\n{}", pty.screen());
    }
    // Nor at Ctrl-C.
    let liao = Liao::new().args(["sessions", "rm", "1nb0001", "1nb0002", "1nb0003", "1nb0004"]);
    for id in ["1nb0001", "1nb0002", "1nb0003", "1nb0004"] {
        Said { id, ..GREETING }.put(&liao);
    }
    let kept = folder(&liao);
    let mut pty = liao.pty(40, 80);
    pty.wait_for("输入 y 删掉").key(Key::Ctrl('c'));
    assert_eq!((pty.exit_code(), ids(&kept).len()), (130, 4));
    // A few are not worth a question.
    let liao = three(&["rm", "1nb0001", "1nb0002", "1nc0003"]);
    let folder = folder(&liao);
    let mut pty = liao.borrowed_pty(40, 80);
    assert_eq!(pty.exit_code(), 0);
    assert_eq!(ids(&folder), [""; 0]);
}
