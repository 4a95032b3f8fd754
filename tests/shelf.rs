//! `liao sessions`: conversations on disk are listed, shown, removed and exported; with damaged files among them, and
//! with thousands.

#[cfg(unix)]
mod on_a_terminal;
#[cfg(unix)]
mod picker;

use crate::support::sessions::{Said, age, folder};
use crate::support::{Liao, Ran};
use std::fs;

const TRIP: Said<'_> = Said {
    id: "1nb0001",
    name: Some("旅行"),
    minutes_ago: 180,
    exchanges: &[("帮我计划去西安的旅行", "先看兵马俑。"), ("还有呢\n说三样", "城墙、\x1b[2J泡馍，…")],
};
const GREETING: Said<'_> = Said { id: "1nb0002", name: None, minutes_ago: 5, exchanges: &[("你好", "你好！\n")] };
const OPEN: Said<'_> = Said { id: "1nc0003", name: None, minutes_ago: 60 * 24 * 40, exchanges: &[("在吗", "")] };

/// A run with these three in its home.
fn three(words: &[&str]) -> Liao {
    let liao = Liao::new().arg("sessions").args(words.iter().copied());
    for said in [TRIP, GREETING, OPEN] {
        said.put(&liao);
    }
    liao
}

/// Another run in the same home.
fn again(ran: &Ran, words: &[&str]) -> Ran {
    Liao::new().arg("sessions").args(words.iter().copied()).in_home_of(ran).run()
}

fn ids(folder: &std::path::Path) -> Vec<String> {
    let names = fs::read_dir(folder).expect("a folder").map(|file| file.expect("a file").file_name());
    let names = names.map(|name| name.into_string().expect("UTF-8"));
    let mut ids: Vec<String> = names.filter_map(|name| name.strip_suffix(".jsonl").map(str::to_owned)).collect();
    ids.sort();
    ids
}

#[test]
fn nothing_saved_yet_is_said_with_what_to_type() {
    Liao::new().arg("sessions").run().exits(0).stdout("").stderr_is_one_line_with(&["还没有", "liao -r"]);
    let english = Liao::new().english().args(["sessions", "list"]).run();
    english.exits(0).stdout("").stderr_is_one_line_with(&["no conversation", "liao -r"]);
    Liao::new().args(["sessions", "--json"]).run().exits(0).stdout("").stderr("");
    let quiet = Liao::new().args(["sessions", "-q"]).run();
    quiet.exits(0).stdout("").stderr("");
    assert!(!quiet.home().join("liao/data/sessions").exists(), "looking makes nothing");
}

#[test]
fn a_list_tells_the_newest_first() {
    let ran = three(&[]).run();
    ran.exits(0).stderr("").has_no_escapes().stdout(concat!(
        "  编号     时间      问答  模型  标题\n",
        "  1nb0002  5 分钟前  1     demo  你好\n",
        "  1nb0001  3 小时前  2     demo  旅行\n",
        "  1nc0003  1 个月前  1     demo  在吗\n",
    ));
    assert_eq!(again(&ran, &["list"]).stdout, ran.stdout);
    assert_eq!(again(&ran, &["list", "all"]).stdout, ran.stdout);
    let two = again(&ran, &["list", "2"]);
    assert!(two.exits(0).stdout_text().lines().count() == 3 && !two.stdout_text().contains("1nc0003"));
    let english = three(&["list"]).english().run();
    english.exits(0).stdout_has("5 minutes ago").stdout_has("1 month ago").stdout_has("exchanges").stdout_has("title");
    again(&ran, &["list", "0"]).exits(2).stdout("").stderr_is_one_line_with(&["list 0", "all"]);
    again(&ran, &["lsit"]).exits(2).stdout("").stderr_is_one_line_with(&["liao sessions list"]);
}

#[test]
fn json_is_one_object_a_session() {
    let ran = three(&["--json"]).run();
    let told = ran.exits(0).stderr("").json_lines();
    assert_eq!(
        told.iter().map(|one| one["id"].as_str()).collect::<Vec<_>>(),
        [Some("1nb0002"), Some("1nb0001"), Some("1nc0003")]
    );
    let trip = &told[1];
    assert_eq!((trip["name"].as_str(), trip["title"].as_str()), (Some("旅行"), Some("帮我计划去西安的旅行")));
    assert_eq!((trip["exchanges"].as_u64(), trip["model"].as_str()), (Some(2), Some("demo")));
    assert_eq!((trip["damaged_lines"].as_u64(), trip["torn_bytes"].as_u64()), (Some(0), Some(0)));
    let path = trip["path"].as_str().expect("a path");
    assert_eq!(trip["bytes"].as_u64(), Some(fs::metadata(path).expect("it is there").len()));
    assert!(trip["created"].is_string() && trip["modified"].is_string() && trip["error"].is_null(), "{trip}");
}

#[test]
fn what_was_said_is_shown_as_it_was() {
    let ran = three(&["show", "旅行"]).run();
    let text = "> 帮我计划去西安的旅行\n先看兵马俑。\n\n> 还有呢\n> 说三样\n城墙、\x1b[2J泡馍，…\n（没有写完）\n";
    ran.exits(0).stdout(text).stderr_is_one_line_with(&["1nb0001", "旅行", "3 小时前"]);
    // By the id, and by its beginning.
    for typed in ["1nb0001", "1NB0001", "inb0001"] {
        again(&ran, &["show", typed]).exits(0).stdout(text);
    }
    again(&ran, &["show", "1nc"]).exits(0).stdout("> 在吗\n");
    again(&ran, &["show", "1nb0002", "-q"]).exits(0).stdout("> 你好\n你好！\n").stderr("");
    let json = again(&ran, &["show", "旅行", "--json"]);
    let told = &json.exits(0).stderr("").json_lines()[0];
    assert_eq!((told["id"].as_str(), told["name"].as_str()), (Some("1nb0001"), Some("旅行")));
    assert_eq!(told["messages"][3]["content"].as_str(), Some("城墙、\x1b[2J泡馍，…"));
    assert_eq!(told["messages"][3]["finish_reason"].as_str(), Some("interrupted"));
}

#[test]
fn the_system_prompt_and_the_answer_that_stands_are_shown() {
    use liao::session::{Record, Reply};
    let liao = Liao::new().args(["sessions", "show"]);
    let answer = |text: &str| Reply { text: text.into(), written: None, finish: "stop".into() };
    let (mut record, _) = Record::begin(&folder(&liao));
    record.set_system(Some("你是诗人。")).expect("saved");
    record.ask("一").expect("saved");
    record.answered(answer("甲")).expect("saved");
    record.reopen(1).expect("saved");
    record.answered(answer("乙")).expect("saved");
    record.go_back(1, 1).expect("saved");
    let id = record.id().expect("a place").to_string();
    drop(record);
    let ran = liao.arg(&id).run();
    ran.exits(0).stdout("系统提示：你是诗人。\n\n> 一\n甲\n");
    let json = again(&ran, &["show", &id, "--json"]);
    assert_eq!(json.json_lines()[0]["messages"][2]["others"][0].as_str(), Some("乙"));
}

#[test]
fn a_session_that_is_not_named_rightly_is_asked_for_in_words() {
    let ran = three(&["show"]).run();
    ran.exits(2).stdout("").stderr_is_one_line_with(&["哪个会话", "liao sessions"]);
    again(&ran, &["show", "?"]).exits(2).stdout("").stderr_is_one_line_with(&["哪个会话"]);
    again(&ran, &["show", "1n"]).exits(2).stderr_is_one_line_with(&["1nb0001 旅行", "1nb0002 你好", "1nc0003 在吗"]);
    again(&ran, &["show", "旅游"]).exits(2).stderr_is_one_line_with(&["旅游"]);
    again(&ran, &["show", "\x1b[2J"]).exits(2).stderr_is_one_line_with(&["^[[2J"]).has_no_escapes();
    again(&ran, &["show", "a", "b"]).exits(2).stderr_is_one_line_with(&["liao sessions show"]);
    Liao::new().args(["sessions", "show"]).run().exits(1).stderr_is_one_line_with(&["还没有"]);
    again(&ran, &["show", "旅游", "--json"]).exits(2).stdout_has("\"kind\":\"usage\"");
}

#[test]
fn what_is_damaged_is_marked_and_the_rest_is_there() {
    let liao = Liao::new().arg("sessions");
    let torn = TRIP.put(&liao);
    let bytes = fs::read(&torn).expect("a file");
    fs::write(&torn, &bytes[..bytes.len() - 9]).expect("written");
    let broken = GREETING.put(&liao);
    let lines = fs::read_to_string(&broken).expect("a file").replacen("{\"event\":\"answer\"", "\0\x1b[2J", 1);
    fs::write(&broken, lines + "{\"event\":\"dance\"}\n").expect("written");
    let newer = folder(&liao).join("1nb0009.jsonl");
    fs::write(&newer, "{\"event\":\"session\",\"v\":9,\"id\":\"1nb0009\",\"created\":\"\"}\n").expect("written");
    fs::write(folder(&liao).join("1nb0008.jsonl"), [0xff; 5000]).expect("written");
    for name in ["1nb0007.jsonl.lock", "notes.txt"] {
        fs::write(folder(&liao).join(name), "x").expect("written");
    }
    for (i, path) in [&torn, &broken, &newer].into_iter().enumerate() {
        age(path, 10 * (i as u64 + 1));
    }
    let ran = liao.run();
    ran.exits(0).has_no_escapes();
    let rows: Vec<&str> = ran.stdout_text().lines().skip(1).collect();
    assert_eq!(rows.len(), 4, "{}", ran.stdout_text());
    for (row, id, label) in [
        (rows[0], "1nb0008", "! 读不了"),
        (rows[1], "1nb0001", "! 旅行"),
        (rows[2], "1nb0002", "! 你好"),
        (rows[3], "1nb0009", "! 读不了"),
    ] {
        assert!(row.contains(id) && row.ends_with(label), "{row}");
    }
    for told in [
        "1nb0001：最后一行没有写完",
        "1nb0002：1 行读不懂，跳过了，1 行是更新版本",
        "请升级 liao",
        "不是 liao 的会话文件",
    ] {
        ran.stderr_has(told);
    }
    again(&ran, &["show", "旅行"]).exits(0).stdout_has("> 帮我计划去西安的旅行\n先看兵马俑。").stderr_has("没有写完");
    again(&ran, &["show", "1nb0002"]).exits(0).stdout("> 你好\n").stderr_has("1 行读不懂");
    again(&ran, &["show", "1nb0009"]).exits(1).stdout("").stderr_is_one_line_with(&["请升级 liao"]);
    again(&ran, &["export", "1nb0008", "x.md"]).exits(1).stdout("").stderr_is_one_line_with(&["不是 liao 的会话文件"]);
    assert!(!ran.home().join("x.md").exists());
    let told = again(&ran, &["--json"]).exits(0).json_lines();
    assert_eq!(told[2]["damaged_lines"].as_u64(), Some(1));
    assert!(told[3]["error"].as_str().is_some_and(|error| error.contains("升级")), "{}", told[3]);
    // Looking changes nothing.
    assert_eq!(fs::read(&torn).expect("a file").len(), bytes.len() - 9);
}

#[test]
fn what_is_removed_is_named_and_nothing_else_goes() {
    let ran = three(&["rm", "旅行", "1nb0001", "1nc"]).run();
    ran.exits(0).stdout("").stderr("删掉了会话 1nb0001：旅行\n删掉了会话 1nc0003：在吗\n");
    let folder = ran.home().join("liao/data/sessions");
    assert_eq!(ids(&folder), ["1nb0002"]);
    // All are found before the first one goes.
    again(&ran, &["rm", "1nb0002", "没有的"]).exits(2).stderr_is_one_line_with(&["没有的"]);
    again(&ran, &["rm"]).exits(2).stderr_is_one_line_with(&["liao sessions rm"]);
    assert_eq!(ids(&folder), ["1nb0002"]);
    let json = again(&ran, &["rm", "1nb0002", "--json"]);
    assert_eq!(json.exits(0).stderr("").json_lines()[0]["removed"].as_str(), Some("1nb0002"));
    assert_eq!(ids(&folder), [""; 0]);
}

#[test]
fn one_that_is_open_elsewhere_stays() {
    let liao = three(&["rm", "1nb0001", "1nb0002", "1nc0003"]);
    let folder = folder(&liao);
    let id = liao::session::Id::parse("1nb0001").expect("an id");
    let held = liao::session::Record::open(&folder, id).expect("opened");
    let ran = liao.run();
    ran.exits(1).stdout("").stderr_has("删掉了会话 1nb0002").stderr_has("删掉了会话 1nc0003");
    ran.stderr_has("会话 1nb0001 没有删除，另一个 liao").stderr_has(&std::process::id().to_string());
    drop(held);
    assert_eq!(ids(&folder), ["1nb0001"]);
    again(&ran, &["rm", "1nb0001"]).exits(0);
}

#[test]
fn many_are_removed_without_a_question_where_nobody_can_answer() {
    let liao = Liao::new().args(["sessions", "rm", "1nb0001", "1nb0002", "1nb0003", "1nb0004", "1nb0005"]);
    for id in ["1nb0001", "1nb0002", "1nb0003", "1nb0004", "1nb0005"] {
        Said { id, ..GREETING }.put(&liao);
    }
    let ran = liao.run();
    ran.exits(0);
    assert_eq!(ran.stderr_text().lines().count(), 5);
    assert_eq!(ids(&ran.home().join("liao/data/sessions")), [""; 0]);
}

#[test]
fn a_conversation_is_exported_by_the_files_name() {
    let ran = three(&["export", "旅行", "旅行.md"]).run();
    ran.exits(0).stdout("").stderr_is_one_line_with(&["写好了 旅行.md", "2 轮"]);
    let page = fs::read_to_string(ran.home().join("旅行.md")).expect("a file");
    assert!(page.starts_with("# 旅行\n\ndemo · 20") && page.contains("## 2. 问\n\n还有呢\n说三样\n"), "{page}");
    assert!(page.ends_with("## 2. 答（没有写完）\n\n城墙、\x1b[2J泡馍，…\n"), "{page}");

    again(&ran, &["export", "旅行", "x.JSON"]).exits(0);
    let json = fs::read_to_string(ran.home().join("x.JSON")).expect("a file");
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!((json["id"].as_str(), json["messages"].as_array().map(Vec::len)), (Some("1nb0001"), Some(4)));

    // To stdout, as it is.
    again(&ran, &["export", "旅行", "-"]).exits(0).stdout(&page).stderr("");
    let told = again(&ran, &["export", "旅行", "-", "--json"]);
    assert_eq!(serde_json::from_str::<serde_json::Value>(told.exits(0).stdout_text()).expect("JSON"), json);

    // Nothing is written over unless that is said.
    let kept = ran.home().join("旅行.md");
    fs::write(&kept, "我自己写的").expect("written");
    again(&ran, &["export", "1nb0002", "旅行.md"]).exits(1).stdout("").stderr_is_one_line_with(&["旅行.md", "--force"]);
    assert_eq!(fs::read_to_string(&kept).expect("a file"), "我自己写的");
    again(&ran, &["export", "--force", "1nb0002", "旅行.md"]).exits(0);
    assert!(fs::read_to_string(&kept).expect("a file").starts_with("# 你好\n"));

    again(&ran, &["export", "旅行"]).exits(2).stderr_is_one_line_with(&["liao sessions export"]);
    again(&ran, &["export", "没有的", "y.md"]).exits(2).stderr_is_one_line_with(&["没有的"]);
    again(&ran, &["export", "旅行", "no/such/y.md"]).exits(1).stderr_is_one_line_with(&["no/such/y.md"]);
    assert!(!ran.home().join("y.md").exists());
}

#[test]
fn of_thousands_only_those_listed_are_read() {
    let liao = Liao::new().args(["sessions", "list", "3"]);
    bury(&liao);
    let ran = liao.run();
    ran.exits(0).stdout_has("1nb0001").stdout_has("1nb0002").stdout_has("1nc0003");
    assert_eq!(ran.stdout_text().lines().count(), 4);
    let json = again(&ran, &["list", "3", "--json"]);
    assert_eq!(json.exits(0).json_lines().len(), 3);
    // Named by its id, one is found without looking into the others.
    again(&ran, &["export", "1nb0001", "-"]).exits(0).stdout_has("兵马俑");
}

/// The three, and thousands of older files that take minutes to be read.
pub(crate) fn bury(liao: &Liao) {
    for said in [TRIP, GREETING, Said { minutes_ago: 600, ..OPEN }] {
        said.put(liao);
    }
    for i in 0..3000 {
        let path = folder(liao).join(format!("1ma{i:04}.jsonl"));
        let file = fs::File::create(&path).expect("a file");
        // Nothing is written: it takes no room on the disk.
        file.set_len(64 << 20).expect("a long file");
        age(&path, 1000);
    }
}
