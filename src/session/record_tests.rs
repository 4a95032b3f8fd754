//! A session on a real disk: what is there at every moment, and what happens when it is taken away.

use super::*;
use crate::session::{Kept, Refused};
use std::collections::BTreeSet;
use std::fs;
use std::time::SystemTime;
#[cfg(unix)]
use std::{
    io::Write,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

fn reply(text: &str) -> Reply {
    Reply { text: text.to_owned(), written: None, finish: "stop".into() }
}

fn begin(folder: &Path) -> Record {
    let (record, notice) = Record::begin(folder);
    assert_eq!(notice, None);
    record
}

fn say(record: &mut Record, question: &str, answer: &str) {
    record.ask(question).expect("saved");
    record.answered(reply(answer)).expect("saved");
}

/// A session with one exchange, no longer held.
fn one_said(folder: &Path) -> Id {
    let mut record = begin(folder);
    say(&mut record, "一", "甲");
    record.id().expect("a place")
}

fn open(folder: &Path, id: Id) -> (Record, Vec<Notice>) {
    let Opened { record, notices } = Record::open(folder, id).expect("a session");
    (record, notices)
}

fn names(folder: &Path) -> BTreeSet<String> {
    fs::read_dir(folder)
        .expect("a folder")
        .map(|file| file.expect("a file").file_name().into_string().expect("UTF-8"))
        .collect()
}

fn list(folder: &Path) -> Vec<Kept> {
    Shelf::new(folder).list().expect("a list")
}

fn on_disk(folder: &Path, id: Id) -> Transcript {
    Reading::of(&fs::read(path_of(folder, id)).expect("a file")).expect("a session").transcript
}

#[test]
fn there_is_a_file_from_the_first_question_on_and_it_always_has_all() {
    let dir = tempfile::tempdir().expect("a folder");
    let folder = dir.path().join("data/sessions");
    let mut record = begin(&folder);
    let id = record.id().expect("a place");
    record.set_system(Some("诗人")).expect("saved");
    record.set("temp", "0.8").expect("saved");
    assert!(list(&folder).is_empty() && record.is_saved());
    type Deed = fn(&mut Record) -> Result<(), Failed>;
    let deeds: [Deed; 12] = [
        |record| record.ask("一\r\n问\u{1b}"),
        |record| record.answered(reply("甲")),
        |record| record.ask("二"),
        |record| record.answered(reply("乙")),
        |record| record.reopen(2),
        |record| record.answered(reply("又")),
        |record| record.continued(reply("又说")),
        |record| record.go_back(2, 1),
        |record| record.edit(2, "贰"),
        |record| record.withdraw(),
        |record| record.pin(1, true),
        |record| record.undo(1),
    ];
    for deed in deeds {
        deed(&mut record).expect("saved");
        assert_eq!(&on_disk(&folder, id), record.transcript());
        assert!(record.is_saved());
    }
    let reading = list(&folder)[0].read().expect("a session");
    assert_eq!((reading.header.as_ref(), reading.n_damaged), (Some(record.header()), 0));
    assert_eq!(record.header().id, id.to_string());
    drop(record);
    if cfg!(unix) {
        assert_eq!(names(&folder), BTreeSet::from([format!("{id}.jsonl")]));
    }
}

#[test]
fn who_only_looks_in_leaves_nothing_behind() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut record = begin(dir.path());
    record.set_system(Some("诗人")).expect("saved");
    record.rename("旅行").expect("saved");
    record.undo(1).expect("nothing to do");
    drop(record);
    if cfg!(unix) {
        assert_eq!(names(dir.path()), BTreeSet::new());
    }
}

#[cfg(unix)]
#[test]
fn a_session_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().expect("a folder");
    let folder = dir.path().join("sessions");
    let id = one_said(&folder);
    let path = path_of(&folder, id);
    let mode = |path: &Path| path.metadata().expect("there").permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&path)), (0o700, 0o600));
    assert_eq!(open(&folder, id).1, []);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("set");
    assert_eq!(open(&folder, id).1, [Notice::Exposed { path }]);
}

#[test]
fn what_is_opened_goes_on_where_it_was() {
    let dir = tempfile::tempdir().expect("a folder");
    let id = one_said(dir.path());
    for n in 2..5 {
        let (mut record, notices) = open(dir.path(), id);
        assert_eq!((notices, record.id()), (vec![], Some(id)));
        assert_eq!(record.transcript().exchanges().len(), n - 1);
        say(&mut record, "问", "答");
        assert_eq!(&on_disk(dir.path(), id), record.transcript());
    }
    assert_eq!(list(dir.path()).len(), 1);
}

#[test]
fn killed_at_any_byte_what_was_said_before_is_there_and_it_goes_on() {
    let dir = tempfile::tempdir().expect("a folder");
    let id = one_said(dir.path());
    let path = path_of(dir.path(), id);
    let bytes = fs::read(&path).expect("a file");
    for n in 0..=bytes.len() {
        fs::write(&path, &bytes[..n]).expect("written");
        let whole = Reading::of(&bytes[..n]).expect("a session");
        let (mut record, notices) = open(dir.path(), id);
        assert_eq!(record.transcript(), &whole.transcript, "{n}");
        let is_torn = whole.n_torn_bytes > 0;
        let torn = is_torn.then_some(Notice::Torn { id, n_bytes: whole.n_torn_bytes });
        assert_eq!(notices, torn.into_iter().collect::<Vec<_>>(), "{n}");
        say(&mut record, "后来", "之后");
        let after = Reading::of(&fs::read(&path).expect("a file")).expect("a session");
        assert_eq!(&after.transcript, record.transcript(), "{n}");
        assert_eq!((after.n_damaged, after.n_torn_bytes, after.is_unended), (0, 0, false), "{n}");
        assert!(after.header.is_some(), "{n}");
    }
}

/// Talks until it is killed, and counts beside the folder what is said to be safe.
#[cfg(unix)]
fn talk_on(folder: &Path) {
    let mut record = begin(folder);
    let mut safe = fs::File::create(folder.with_extension("safe")).expect("a file");
    for n in 1..10_000 {
        say(&mut record, &format!("问{n}"), &format!("答{n}"));
        safe.write_all(b".").expect("counted");
    }
}

#[cfg(unix)]
#[test]
fn whoever_is_killed_loses_at_most_the_turn_in_progress() {
    const NAME: &str = "session::record::tests::whoever_is_killed_loses_at_most_the_turn_in_progress";
    const FOLDER: &str = "LIAO_TEST_SESSIONS";
    // This test, once more, in a process to be killed.
    if let Some(folder) = std::env::var_os(FOLDER) {
        return talk_on(Path::new(&folder));
    }
    for round in 0..16 {
        let dir = tempfile::tempdir().expect("a folder");
        let folder = dir.path().join("sessions");
        let n_safe = || fs::metadata(folder.with_extension("safe")).map_or(0, |metadata| metadata.len());
        let mut command = Command::new(std::env::current_exe().expect("this test"));
        let command = command.args(["--exact", NAME]).env(FOLDER, &folder).stdout(Stdio::null());
        let (mut child, begun) = (command.spawn().expect("started"), Instant::now());
        while n_safe() == 0 && begun.elapsed() < Duration::from_secs(60) {
            thread::sleep(Duration::from_millis(1));
        }
        thread::sleep(Duration::from_micros(700 * round));
        child.kill().and_then(|()| child.wait()).expect("killed");
        let (mut record, notices) = open(&folder, list(&folder)[0].id);
        assert!(notices.iter().all(|notice| matches!(notice, Notice::Torn { .. })), "{notices:?}");
        let exchanges = record.transcript().exchanges();
        for (n, exchange) in (1..).zip(&exchanges) {
            let answer = exchange.answer().map(|answer| answer.text.clone());
            assert_eq!(exchange.question, format!("问{n}"));
            assert!(answer == Some(format!("答{n}")) || n == exchanges.len() && answer.is_none(), "{n}: {answer:?}");
        }
        let n_more = (exchanges.len() as u64).checked_sub(n_safe());
        assert!(n_safe() > 0 && n_more.is_some_and(|n| n <= 1), "{n_more:?}");
        say(&mut record, "后来", "之后");
        assert_eq!(&on_disk(&folder, record.id().expect("a place")), record.transcript());
    }
}

#[test]
fn the_second_liao_is_told_and_gets_a_copy() {
    let dir = tempfile::tempdir().expect("a folder");
    let id = one_said(dir.path());
    let (mut first, _) = open(dir.path(), id);
    let (mut second, notices) = open(dir.path(), id);
    let copy = second.id().expect("a place");
    assert_eq!(notices, [Notice::Copy { of: id, holder: Some(std::process::id()), id: copy }]);
    assert_ne!(copy, id);
    assert_eq!(second.transcript(), first.transcript());
    assert_eq!(list(dir.path()).len(), 1, "nothing was said in it yet");
    say(&mut first, "二", "乙");
    say(&mut second, "二", "丙");
    for record in [&first, &second] {
        assert_eq!(&on_disk(dir.path(), record.id().expect("a place")), record.transcript());
    }
    assert_eq!(second.header().copy_of, Some(id.to_string()));
    assert_ne!(first.transcript(), second.transcript());
    drop(first);
    let (_third, notices) = open(dir.path(), id);
    assert_eq!(notices, []);
}

#[test]
fn what_is_recalled_leaves_the_session_as_it_is() {
    let dir = tempfile::tempdir().expect("a folder");
    let id = one_said(dir.path());
    let before = fs::read(path_of(dir.path(), id)).expect("a file");
    let Opened { mut record, notices } = Record::recall(dir.path(), id).expect("a session");
    assert_eq!(notices, []);
    assert_eq!((record.id(), record.transcript()), (None, &on_disk(dir.path(), id)));
    say(&mut record, "二", "乙");
    assert_eq!(list(dir.path()).len(), 1);
    record.keep(dir.path()).expect("saved");
    let copy = record.id().expect("a place");
    assert_eq!(&on_disk(dir.path(), copy), record.transcript());
    assert_eq!(record.header().copy_of, Some(id.to_string()));
    assert_eq!(fs::read(path_of(dir.path(), id)).expect("a file"), before);
}

#[test]
fn what_is_not_understood_is_kept_also_in_a_copy() {
    let dir = tempfile::tempdir().expect("a folder");
    let id = one_said(dir.path());
    let path = path_of(dir.path(), id);
    let mut bytes = fs::read(&path).expect("a file");
    bytes.extend(b"{\"event\":\"mood\"}\n?\n");
    fs::write(&path, &bytes).expect("written");
    let (first, notices) = open(dir.path(), id);
    assert_eq!(notices, [Notice::Damaged { id, n_lines: 1 }, Notice::NotUnderstood { id, n_lines: 1 }]);
    let recalled = Record::recall(dir.path(), id).expect("a session");
    assert_eq!(recalled.notices, notices, "who saves nothing reads the same file");
    let (mut second, _) = open(dir.path(), id);
    second.ask("二").expect("saved");
    let copied = fs::read(path_of(dir.path(), second.id().expect("a place"))).expect("a file");
    let text = String::from_utf8(copied).expect("UTF-8");
    assert!(text.contains("\n{\"event\":\"mood\"}\n?\n{\"event\":\"question\","), "{text}");
    drop(first);
    assert_eq!(fs::read(&path).expect("a file"), bytes, "the session itself is as it was");
}

#[test]
fn many_that_begin_at_once_are_all_there() {
    let dir = tempfile::tempdir().expect("a folder");
    let ids = std::thread::scope(|scope| {
        let begun: Vec<_> =
            (0..4).map(|_| scope.spawn(|| (0..3).map(|_| one_said(dir.path())).collect::<Vec<_>>())).collect();
        begun.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect::<BTreeSet<_>>()
    });
    assert_eq!((ids.len(), list(dir.path()).len()), (12, 12));
}

#[test]
fn what_could_not_be_saved_is_saved_with_what_comes_next() {
    let dir = tempfile::tempdir().expect("a folder");
    let folder = dir.path().join("sessions");
    let mut record = begin(&folder);
    let id = record.id().expect("a place");
    fs::remove_dir_all(&folder).expect("removed");
    let failed = record.ask("一").expect_err("there is no folder");
    assert_eq!(failed.exit, Exit::Failure);
    assert!(failed.message.contains(&untrusted::path(&path_of(&folder, id))), "{}", failed.message);
    record.answered(reply("甲")).expect("it was told");
    assert!(!record.is_saved());
    // Who asks is told again.
    let failed = record.keep(&folder).expect_err("there is still no folder");
    assert!(failed.message.contains(&id.to_string()), "{}", failed.message);
    record.pin(1, true).expect("it was told");
    fs::create_dir(&folder).expect("made");
    record.ask("二").expect("saved");
    assert!(record.is_saved());
    assert_eq!(&on_disk(&folder, id), record.transcript());
    // It is told again when it happens again.
    fs::remove_dir_all(&folder).expect("removed");
    record.answered(reply("乙")).expect_err("there is no folder");
}

#[test]
fn a_file_that_another_program_changes_is_not_written_over() {
    let dir = tempfile::tempdir().expect("a folder");
    let id = one_said(dir.path());
    let path = path_of(dir.path(), id);
    let (mut record, _) = open(dir.path(), id);
    let mut bytes = fs::read(&path).expect("a file");
    bytes.extend(b"by hand\n");
    fs::write(&path, &bytes).expect("written");
    record.ask("二").expect_err("changed");
    assert_eq!(fs::read(&path).expect("a file"), bytes);
}

#[test]
fn a_conversation_in_memory_can_be_kept_later() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut record = Record::in_memory();
    say(&mut record, "一", "甲");
    record.rename("旅行").expect("named");
    assert_eq!((record.id(), record.is_saved()), (None, false));
    for _ in 0..2 {
        record.keep(dir.path()).expect("saved");
        assert!(record.is_saved());
        assert_eq!(&on_disk(dir.path(), record.id().expect("a place")), record.transcript());
    }
    assert_eq!(list(dir.path()).len(), 1);
}

#[test]
fn where_nothing_can_be_saved_the_conversation_goes_on() {
    let dir = tempfile::tempdir().expect("a folder");
    let taken = dir.path().join("taken");
    fs::write(&taken, "a file").expect("written");
    let (mut record, notice) = Record::begin(&taken);
    assert!(matches!(&notice, Some(Notice::NotSaved { why }) if !why.is_empty()), "{notice:?}");
    say(&mut record, "一", "甲");
    assert_eq!((record.id(), record.transcript().exchanges().len()), (None, 1));
    record.keep(&taken).expect_err("still a file");
}

#[test]
fn a_name_is_one_sessions() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut first = begin(dir.path());
    say(&mut first, "一", "甲");
    first.rename("旅行").expect("named");
    let second = begin(dir.path());
    let failed = second.check_name(dir.path(), "旅行").expect_err("taken");
    assert!(failed.exit == Exit::Usage && failed.message.contains("旅行"), "{}", failed.message);
    Record::in_memory().check_name(dir.path(), "旅行").expect_err("taken also for what is not saved yet");
    first.check_name(dir.path(), "旅行").expect("its own already");
    let failed = second.check_name(dir.path(), "../x\u{1b}").expect_err("no name");
    assert!(failed.exit == Exit::Usage && failed.message.contains("../x^["), "{}", failed.message);
    assert_eq!(second.transcript().name(), None);
    first.rename("别的").expect("renamed");
    second.check_name(dir.path(), "旅行").expect("free again");
}

#[test]
fn an_answer_cut_before_its_first_word_is_none() {
    let mut record = Record::in_memory();
    say(&mut record, "一", "甲");
    record.reopen(1).expect("in memory");
    record.answered(reply("")).expect("in memory");
    let exchanges = record.transcript().exchanges();
    assert_eq!((exchanges[0].standing, exchanges[0].answers.len()), (Some(0), 1));
}

#[test]
fn a_text_too_long_for_a_line_is_told_and_costs_only_itself() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut record = begin(dir.path());
    say(&mut record, "一", "甲");
    record.ask(&"字".repeat(MAX_LINE_BYTES / 3)).expect_err("too long");
    record.withdraw().expect("saved");
    // In memory there is nothing to be told.
    let mut in_memory = Record::in_memory();
    in_memory.ask(&"字".repeat(MAX_LINE_BYTES / 3)).expect("nobody saves it");
    in_memory.keep(&dir.path().join("later")).expect("saved");
    say(&mut record, "二", "乙");
    let told = |transcript: &Transcript| -> Vec<String> {
        transcript.exchanges().iter().map(|exchange| exchange.question.to_owned()).collect()
    };
    let id = record.id().expect("a place");
    assert_eq!(
        (told(&on_disk(dir.path(), id)), told(record.transcript())),
        (vec!["一".into(), "二".into()], vec!["一".into(), "二".into()])
    );
}

#[test]
fn what_follows_a_text_too_long_for_a_line_is_no_damage() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut record = begin(dir.path());
    record.ask(&"字".repeat(MAX_LINE_BYTES / 3)).expect_err("too long");
    record.answered(reply("甲")).expect("saved");
    say(&mut record, "二", "乙");
    let reading = list(dir.path())[0].read().expect("a session");
    let exchanges = reading.transcript.exchanges();
    assert_eq!((reading.n_damaged, exchanges.len()), (0, 2));
    assert!(exchanges[0].question.starts_with("字字") && exchanges[0].question.contains("太长"));
    assert_eq!(exchanges[0].answers[0].text, "甲");
}

#[test]
fn what_comes_to_nothing_is_gone_back_on() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut record = begin(dir.path());
    say(&mut record, "一", "甲");
    say(&mut record, "二", "乙");
    type Deed = fn(&mut Record) -> Result<(), Failed>;
    let deeds: [Deed; 4] = [
        |record| record.edit(1, "壹"),
        |record| record.edit(1, "壹").and_then(|()| record.withdraw()),
        |record| record.reopen(1),
        |record| record.reopen(1).and_then(|()| record.restore()),
    ];
    for deed in deeds {
        let (mark, n_answers) = (record.mark(), record.transcript().n_answers());
        deed(&mut record).expect("saved");
        assert_eq!(record.transcript().n_answers(), n_answers);
        record.come_back(mark).expect("saved");
        let stand = |transcript: &Transcript| -> Vec<String> {
            let exchanges = transcript.exchanges();
            exchanges.iter().map(|e| format!("{}{}", e.question, e.answer().expect("one").text)).collect()
        };
        assert_eq!(stand(record.transcript()), ["一甲", "二乙"]);
        assert_eq!(stand(&on_disk(dir.path(), record.id().expect("a place"))), ["一甲", "二乙"]);
    }
}

#[test]
fn what_is_not_there_or_not_ours_is_not_opened() {
    let dir = tempfile::tempdir().expect("a folder");
    let id = Id::of(SystemTime::now());
    Record::open(dir.path(), id).expect_err("not there");
    assert_eq!(names(dir.path()), BTreeSet::new());
    for bytes in [&b"hello\n"[..], b"{\"event\":\"session\",\"v\":9}\n"] {
        fs::write(path_of(dir.path(), id), bytes).expect("written");
        Record::open(dir.path(), id).expect_err("not ours");
        assert_eq!(fs::read(path_of(dir.path(), id)).expect("a file"), bytes);
    }
    assert!(matches!(list(dir.path())[0].read(), Err(Refused::Newer(9))));
}

#[test]
fn every_notice_is_one_harmless_sentence() {
    let id = Id::of(SystemTime::UNIX_EPOCH);
    for (notice, part) in [
        (Notice::Torn { id, n_bytes: 17 }, "17"),
        (Notice::Damaged { id, n_lines: 3 }, "3"),
        (Notice::NotUnderstood { id, n_lines: 4 }, "4"),
        (Notice::Copy { of: id, holder: Some(4242), id }, "4242"),
        (Notice::Copy { of: id, holder: None, id }, "0000000"),
        (Notice::Exposed { path: "a\u{1b}".into() }, "a^["),
        (Notice::NotSaved { why: "no\nroom".into() }, "no^Jroom"),
    ] {
        let sentence = notice.sentence();
        assert!(sentence.contains(part) && untrusted::one_line(&sentence) == sentence, "{sentence}");
    }
}
