//! Listing and finding sessions among others, and among what is none.

use super::*;
use crate::session::{Record, Reply};
use std::time::Duration;

/// A folder of sessions that were last spoken in in this order, one of each id; some have names.
fn shelf(sessions: &[(&str, &str, Option<&str>)]) -> (tempfile::TempDir, Shelf) {
    let dir = tempfile::tempdir().expect("a folder");
    for (n_seconds, (id, question, name)) in (1_u64..).zip(sessions) {
        let other = tempfile::tempdir().expect("a folder");
        let mut record = Record::in_memory();
        record.ask(question).expect("in memory");
        record.answered(Reply { text: "答".into(), written: None, finish: "stop".into() }).expect("in memory");
        if let Some(name) = name {
            record.rename(name).expect("a name");
        }
        record.keep(other.path()).expect("saved");
        let from = path_of(other.path(), record.id().expect("a place"));
        let to = path_of(dir.path(), Id::parse(id).expect("an id"));
        fs::copy(from, &to).expect("copied");
        let file = fs::OpenOptions::new().write(true).open(&to).expect("a file");
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(n_seconds)).expect("set");
    }
    let shelf = Shelf::new(dir.path());
    (dir, shelf)
}

fn ids(shelf: &Shelf) -> Vec<String> {
    shelf.list().expect("a list").iter().map(|kept| kept.id.to_string()).collect()
}

#[test]
fn newest_first_and_nothing_else() {
    let (dir, shelf) = shelf(&[("1nb0003", "一", None), ("1nb0001", "二", None), ("1nb0002", "三", None)]);
    for name in ["1nb0004.json", "1nb0001.jsonl.lock", "1NB0005.jsonl", "x.jsonl", "1nb0006", ".1nb0007.jsonl"] {
        fs::write(dir.path().join(name), "").expect("written");
    }
    fs::create_dir(dir.path().join("1nb0008.jsonl")).expect("made");
    #[cfg(unix)]
    std::os::unix::fs::symlink(dir.path().join("1nb0001.jsonl"), dir.path().join("1nb0009.jsonl")).expect("linked");
    assert_eq!(ids(&shelf), ["1nb0002", "1nb0001", "1nb0003"]);
    assert_eq!(shelf.newest().expect("one").id.to_string(), "1nb0002");
    let kept = &shelf.list().expect("a list")[0];
    assert_eq!(kept.n_bytes, fs::metadata(&kept.path).expect("there").len());
    let summary = kept.summary().expect("a summary");
    assert_eq!((summary.title.as_deref(), summary.n_questions, summary.name), (Some("三"), 1, None));
}

#[test]
fn no_folder_is_an_empty_one() {
    let dir = tempfile::tempdir().expect("a folder");
    let shelf = Shelf::new(dir.path().join("none"));
    assert_eq!((ids(&shelf), shelf.folder().exists()), (vec![], false));
    shelf.newest().expect_err("none");
    shelf.find("x").expect_err("none");
    fs::write(shelf.folder(), "a file").expect("written");
    shelf.list().expect_err("no folder");
}

#[test]
fn a_session_is_found_by_id_by_name_and_by_the_beginning_of_its_id() {
    let (_dir, shelf) = shelf(&[
        ("1nb0001", "一", Some("1nb")),
        ("1nb0002", "二", Some("旅行")),
        ("1nc0003", "三", Some("旅行")),
        ("1p00001", "四", None),
    ]);
    for (typed, id) in [
        ("1nb0002", "1nb0002"),
        (" 1NB0002 ", "1nb0002"),
        ("inboool", "1nb0001"),
        // A name comes before a beginning, and of one name's sessions the newest.
        ("1nb", "1nb0001"),
        ("旅行", "1nc0003"),
        ("1nc", "1nc0003"),
        ("1nb0001", "1nb0001"),
        ("1p", "1p00001"),
    ] {
        assert_eq!(shelf.find(typed).expect(typed).id.to_string(), id, "{typed}");
    }
    for (typed, told) in [
        ("1n", vec!["1nb0001 1nb", "1nb0002 旅行", "1nc0003 旅行"]),
        ("1", vec!["1p00001 四"]),
        ("旅游", vec!["旅游"]),
        ("旅行社", vec!["旅行社", "旅行”"]),
        ("../x\u{1b}[2J", vec!["../x^[[2J"]),
        ("zzzzzzz", vec!["zzzzzzz"]),
        ("", vec![]),
    ] {
        let failed = shelf.find(typed).expect_err(typed);
        assert_eq!(failed.exit, Exit::Usage);
        assert!(told.iter().all(|part| failed.message.contains(part)), "{typed}: {}", failed.message);
    }
}

#[test]
fn one_that_cannot_be_read_is_in_nobodys_way() {
    let (dir, shelf) = shelf(&[("1nb0001", "一", Some("旅行"))]);
    fs::write(dir.path().join("1nb0002.jsonl"), "{\"event\":\"session\",\"v\":9}\n").expect("written");
    assert_eq!(shelf.find("旅行").expect("found").id.to_string(), "1nb0001");
    let newer = shelf.find("1nb0002").expect("found");
    assert!(matches!(newer.summary(), Err(Refused::Newer(9))));
    shelf.find("1nb").expect_err("several");
}

#[test]
fn what_is_removed_is_gone_and_what_is_open_is_not_removed() {
    let (dir, shelf) = shelf(&[("1nb0001", "一", None), ("1nb0002", "二", None)]);
    let kept = shelf.find("1nb0001").expect("found");
    let opened = Record::open(dir.path(), kept.id).expect("opened");
    let failed = shelf.remove(&kept).expect_err("it is open");
    assert!(failed.message.contains(&std::process::id().to_string()), "{}", failed.message);
    drop(opened);
    shelf.remove(&kept).expect("removed");
    assert_eq!(ids(&shelf), ["1nb0002"]);
    shelf.remove(&kept).expect_err("it is gone");
    if cfg!(unix) {
        assert_eq!(fs::read_dir(dir.path()).expect("a folder").count(), 1);
    }
}
