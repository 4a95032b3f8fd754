//! What a list tells of sound sessions, damaged ones and what is none.

use super::*;
use crate::session::{Id, Model, Record, Reply};
use std::fs;
use std::time::Duration;
use unicode_width::UnicodeWidthStr;

/// A session of this name, with so many exchanges and whatever was done to its file.
fn kept(id: &str, name: Option<&str>, n: usize, harm: fn(&mut Vec<u8>), dir: &std::path::Path) -> Kept {
    let other = tempfile::tempdir().expect("a folder");
    let mut record = Record::in_memory();
    let model = Model { name: "demo".into(), template: "llama2".into(), vocabulary: "v".into(), reference: None };
    record.set_model(&model).expect("in memory");
    for i in 0..n {
        record.ask(&format!("问题{i}")).expect("in memory");
        record.answered(Reply { text: "答".into(), written: None, finish: "stop".into() }).expect("in memory");
    }
    if let Some(name) = name {
        record.rename(name).expect("a name");
    }
    record.keep(other.path()).expect("saved");
    let from = other.path().join(record.id().expect("a place").to_string()).with_extension("jsonl");
    let mut bytes = fs::read(from).expect("a file");
    harm(&mut bytes);
    let path = dir.join(id).with_extension("jsonl");
    fs::write(&path, &bytes).expect("written");
    Kept { id: Id::parse(id).expect("an id"), path, modified: SystemTime::UNIX_EPOCH, n_bytes: bytes.len() as u64 }
}

fn shelf(dir: &std::path::Path) -> Vec<Kept> {
    vec![
        kept("1nb0001", Some("旅行"), 2, |_| {}, dir),
        kept("1nb0002", None, 12, |bytes| bytes.truncate(bytes.len() - 3), dir),
        kept("1nb0003", None, 1, |bytes| bytes.extend(b"{}\n{\"event\":\"dance\"}\n"), dir),
        kept("1nb0004", None, 1, |bytes| bytes.splice(.., b"GIF89a".iter().copied()).for_each(drop), dir),
    ]
}

fn told(mark: fn(usize, &Line<'_>) -> String, n_columns: Option<usize>) -> String {
    let dir = tempfile::tempdir().expect("a folder");
    let shelf = shelf(dir.path());
    let lines: Vec<Line<'_>> = shelf.iter().map(Line::of).collect();
    page(&lines, mark, SystemTime::UNIX_EPOCH + Duration::from_secs(180), n_columns)
}

#[test]
fn a_line_a_session_and_a_mark_where_something_is_wrong() {
    assert_eq!(
        told(|_, _| String::new(), None),
        concat!(
            "  编号     时间      问答  模型  标题\n",
            "  1nb0001  3 分钟前  2     demo  旅行\n",
            "  1nb0002  3 分钟前  12    demo  ! 问题0\n",
            "  1nb0003  3 分钟前  1     demo  ! 问题0\n",
            "  1nb0004  3 分钟前  -     -     ! 读不了\n",
        )
    );
    let numbered = told(|i, line| format!("{}{}", i + 1, if line.kept.n_bytes == 6 { "*" } else { "" }), None);
    assert!(numbered.contains("\n  1   1nb0001  3 分钟前") && numbered.contains("\n  4*  1nb0004  3"), "{numbered}");
}

#[test]
fn a_narrow_terminal_gets_lines_that_fit() {
    for n_columns in 0..60 {
        let page = told(|_, _| String::new(), Some(n_columns));
        assert_eq!(page.lines().count(), 5);
        assert!(page.lines().all(|line| line.width() <= n_columns), "{n_columns}\n{page}");
    }
}

#[test]
fn the_model_gives_way_to_the_title_and_then_the_id() {
    let numbered = |n_columns| told(|i, _| (i + 1).to_string(), Some(n_columns));
    let all = numbered(60);
    assert!(all.contains("\n  1  1nb0001  3 分钟前  2     demo  旅行\n"), "{all}");
    let narrow = numbered(40);
    assert!(narrow.contains("\n  1  1nb0001  3 分钟前  2     旅行\n"), "{narrow}");
    let narrowest = numbered(34);
    assert!(narrowest.contains("\n  1  3 分钟前  2     旅行\n"), "{narrowest}");
    // Without numbers the ids are what a session is named by.
    let named = told(|_, _| String::new(), Some(30));
    assert!(named.contains("\n  1nb0001  3 分钟前  2     旅") && !named.contains("demo"), "{named}");
}

#[test]
fn what_is_wrong_is_told() {
    let dir = tempfile::tempdir().expect("a folder");
    let shelf = shelf(dir.path());
    let remarks: Vec<Option<String>> = shelf.iter().map(|kept| Line::of(kept).remark()).collect();
    assert_eq!(remarks[0], None);
    for (remark, parts) in remarks[1..].iter().zip([
        &["会话 1nb0002：", "最后一行没有写完"][..],
        &["会话 1nb0003：", "1 行读不懂", "1 行是更新版本"],
        &["1nb0004.jsonl", "不是 liao 的会话文件"],
    ]) {
        let remark = remark.as_deref().unwrap_or_default();
        assert!(parts.iter().all(|part| remark.contains(part)), "{remark}");
    }
}

#[test]
fn json_has_what_the_table_has_and_more() {
    let dir = tempfile::tempdir().expect("a folder");
    let shelf = shelf(dir.path());
    let told: Vec<serde_json::Value> = shelf.iter().map(|kept| Line::of(kept).json()).collect();
    assert_eq!((told[0]["id"].as_str(), told[0]["name"].as_str()), (Some("1nb0001"), Some("旅行")));
    assert_eq!((told[0]["title"].as_str(), told[0]["exchanges"].as_u64()), (Some("问题0"), Some(2)));
    assert_eq!((told[0]["model"].as_str(), told[0]["modified"].as_str()), (Some("demo"), Some("1970-01-01T00:00:00Z")));
    let harm = |i: usize| ["damaged_lines", "unknown_lines", "torn_bytes"].map(|key| told[i][key].as_u64());
    assert_eq!(harm(0), [Some(0); 3]);
    assert!(harm(1)[2] > Some(0) && harm(1)[..2] == [Some(0); 2], "{}", told[1]);
    assert_eq!(harm(2), [Some(1), Some(1), Some(0)]);
    assert_eq!((harm(3), told[3]["exchanges"].as_u64()), ([None; 3], None));
    assert!(told[3]["error"].as_str().is_some_and(|error| error.contains("1nb0004")) && told[0]["error"].is_null());
}
