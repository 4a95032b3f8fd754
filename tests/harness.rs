//! The harness itself: what it lets through would make every other test worthless.
#![cfg(unix)]

use crate::support::Liao;
use crate::support::pty::Key;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

fn sh(script: &str) -> Liao {
    Liao::of("/bin/sh").arg("-c").arg(script)
}

/// What a failing assertion says.
fn failure<T>(run: impl FnOnce() -> T) -> String {
    let outcome = catch_unwind(AssertUnwindSafe(|| _ = run()));
    let panic = outcome.expect_err("this should have failed");
    *panic.downcast::<String>().expect("assertions with a message")
}

#[test]
fn streams_and_exit_code_are_told_apart() {
    let ran = sh("cat; echo 错误 >&2; exit 6").stdin("输入").run();
    ran.exits(6).stdout("输入").stderr("错误\n").stderr_is_one_line_with(&["错", "误"]).has_no_escapes();
}

#[test]
fn each_assertion_can_fail_and_shows_both_streams() {
    let ran = sh("printf 'out\\033'; printf 'err\\nerr' >&2").run();
    for message in [
        failure(|| ran.exits(1)),
        failure(|| ran.stdout("other")),
        failure(|| ran.stderr("other")),
        failure(|| ran.stdout_has("err")),
        failure(|| ran.stderr_has("out")),
        failure(|| ran.stderr_is_one_line_with(&[])),
        failure(|| ran.has_no_escapes()),
    ] {
        assert!(message.contains("out") && message.contains("err\nerr"), "{message}");
    }
}

#[test]
fn a_run_without_end_is_killed_and_shown() {
    let begun = Instant::now();
    let message = failure(|| sh("echo begun; exec sleep 1000").timeout(Duration::from_millis(500)).run());
    assert!(begun.elapsed() < Duration::from_secs(30));
    assert!(message.contains("timed out") && message.contains("begun"), "{message}");
}

#[test]
fn surroundings_are_clean() {
    let liao = sh("echo \"$HOME|$LIAO_HOME|$LANG|$TERM|$CARGO\"; pwd -P; cat there/file");
    let home = liao.home().canonicalize().unwrap();
    liao.file("there/file", "text");
    let shown_home = liao.home().display().to_string();
    let ran = liao.run();
    ran.exits(0).stdout(&format!("{shown_home}|{shown_home}/liao|||\n{}\ntext", home.display()));
    sh("cat there/file").in_home_of(&ran).run().stdout("text");
}

#[test]
fn much_goes_through_without_a_jam() {
    let bytes = vec![b'x'; 3 << 20];
    let ran = sh("cat").stdin(bytes.clone()).run();
    assert_eq!(ran.stdout, bytes);
}

#[test]
fn a_reader_may_close_early() {
    let ran = sh("exec yes").stdout_limit(10).run();
    assert_eq!(ran.stdout, b"y\ny\ny\ny\ny\n");
    assert_eq!(ran.code(), None, "yes was ended by SIGPIPE");
}

#[test]
fn a_run_can_be_talked_to_and_signalled() {
    let mut run =
        sh("trap 'echo caught >&2; exit 130' INT; read line; echo \"got $line\"; while :; do sleep 0.02; done")
            .open_stdin()
            .start();
    run.write_stdin("你好\n");
    run.wait_for_stdout("got 你好");
    run.signal(rustix::process::Signal::INT);
    run.finish().exits(130).stdout("got 你好\n").stderr("caught\n");
}

#[test]
fn a_terminal_is_seen_as_a_person_sees_it() {
    let mut pty = sh(
        "stty -echo; echo ready; read line; printf '\\033[31m%s\\033[0m\\rX' \"$line\"; read line; stty size; exit 3",
    )
    .pty(10, 40);
    pty.wait_for("ready").line("你好");
    pty.wait_until("the overwritten line", |screen| screen.lines().nth(1).is_some_and(|line| line.starts_with('X')));
    assert!(pty.screen().contains("好") && !pty.screen().contains('你'), "{}", pty.screen());
    assert!(pty.raw().windows(5).any(|w| w == b"\x1b[31m"));
    assert_eq!(pty.cursor(), (1, 1));
    pty.resize(12, 30);
    pty.key(Key::Enter).wait_for("12 30");
    assert_eq!(pty.exit_code(), 3);
}

#[test]
fn keys_arrive_as_keys() {
    let mut pty = sh("trap 'echo interrupted' INT; echo ready; cat; echo ended").pty(10, 40);
    pty.wait_for("ready").key(Key::Ctrl('c')).wait_for("interrupted").wait_for("ended");
    assert_eq!(pty.exit_code(), 0);
    let mut pty = sh("echo ready; cat; echo ended").pty(10, 40);
    pty.wait_for("ready").key(Key::Ctrl('d')).wait_for("ended");
    assert_eq!(pty.exit_code(), 0);
}

#[test]
fn a_screen_that_never_comes_is_shown() {
    let message =
        failure(|| _ = sh("echo here; sleep 1000").timeout(Duration::from_millis(500)).pty(5, 20).wait_for("there"));
    assert!(message.contains("timed out") && message.contains("here"), "{message}");
}
