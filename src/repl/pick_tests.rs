//! Which session is meant by a number of the list, and the terminal after the worst. The list itself is driven on a
//! terminal in `tests/shelf`.

use super::*;
use crate::session::{Record, Reply};

#[test]
fn a_number_means_what_was_listed() {
    let dir = tempfile::tempdir().expect("a folder");
    for (id, name) in [("1nb0001", "一"), ("1nb0002", "2")] {
        let other = tempfile::tempdir().expect("a folder");
        let mut record = Record::in_memory();
        record.ask("问").expect("in memory");
        record.answered(Reply { text: "答".into(), written: None, finish: "stop".into() }).expect("in memory");
        record.rename(name).expect("a name");
        record.keep(other.path()).expect("saved");
        let from = other.path().join(record.id().expect("a place").to_string()).with_extension("jsonl");
        std::fs::copy(from, dir.path().join(id).with_extension("jsonl")).expect("copied");
    }
    let shelf = Shelf::new(dir.path());
    let ids = ["1nb0001", "1nb0002"].map(|id| Id::parse(id).expect("an id"));
    for (typed, listed, expected) in [
        ("1", &ids[..], Some(ids[0])),
        (" 2 ", &ids, Some(ids[1])),
        // What is no number of the list is a name, or the beginning of an id.
        ("2", &[], Some(ids[1])),
        ("2", &ids[..1], Some(ids[1])),
        ("一", &ids, Some(ids[0])),
        ("1nb0002", &ids, Some(ids[1])),
    ] {
        let chosen = choose(&shelf, Some(typed), listed, None).expect(typed);
        assert_eq!(chosen.map(|kept| kept.id), expected, "{typed}");
    }
    // One that was listed may be gone.
    std::fs::remove_file(dir.path().join("1nb0001.jsonl")).expect("removed");
    choose(&shelf, Some("1"), &ids, None).expect_err("it is gone");
}

#[cfg(unix)]
#[test]
fn a_panic_gives_the_terminal_back_and_is_told_there() {
    use portable_pty::{CommandBuilder, PtySize, native_pty_system};
    use std::io::Read;
    const ON_A_TERMINAL: &str = "LIAO_TEST_ON_A_TERMINAL";

    if std::env::var_os(ON_A_TERMINAL).is_some() {
        std::panic::set_hook(Box::new(crate::tell_panic));
        let _terminal = Terminal::take().expect("a terminal");
        panic!("on purpose");
    }
    let pair = native_pty_system().openpty(PtySize::default()).expect("a pseudo-terminal");
    let modes = || format!("{:?}", pair.master.get_termios().expect("a terminal has modes"));
    let found = modes();
    let mut command = CommandBuilder::new(std::env::current_exe().expect("this program"));
    let this = "repl::pick::tests::a_panic_gives_the_terminal_back_and_is_told_there";
    command.args(["--exact", this, "--nocapture", "--test-threads=1"]);
    command.env(ON_A_TERMINAL, "1");
    let mut child = pair.slave.spawn_command(command).expect("it starts");
    drop(pair.slave);
    let mut said = Vec::new();
    // At the end, a terminal that nobody has any more is an error.
    let _ = pair.master.try_clone_reader().expect("a reader").read_to_end(&mut said);
    assert!(!child.wait().expect("it ends").success());
    let said = String::from_utf8_lossy(&said);
    let place = |text: &str| said.find(text).unwrap_or_else(|| panic!("no {text:?} in {}", said.escape_debug()));
    assert!(place("\u{1b}[?1049h") < place("\u{1b}[?1049l"));
    assert!(place("\u{1b}[?1049l") < place("on purpose"), "{}", said.escape_debug());
    assert!(place("\u{1b}[?2004l") < place("on purpose") && place("\u{1b}[?7h") < place("on purpose"));
    assert_eq!(modes(), found);
}
