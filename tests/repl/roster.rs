//! `/sessions` and `/export` as seen from a conversation that is being held and saved.

use super::saying;
use crate::support::Liao;
use crate::support::pty::Key;
use crate::support::sessions::Said;

/// Two that were saved before, and one to be held.
fn with_two() -> Liao {
    let liao = saying("好");
    Said { id: "1nb0001", name: Some("旅行"), minutes_ago: 90, exchanges: &[("去哪里", "西安")] }.put(&liao);
    Said { id: "1nb0002", name: None, minutes_ago: 5, exchanges: &[("你好", "你好！"), ("再见", "再见！")] }.put(&liao);
    liao
}

#[test]
fn sessions_are_numbered_and_this_one_is_marked() {
    let mut pty = with_two().pty(100, 80);
    let told = pty.turn("/sessions");
    let lines: Vec<&str> = told.lines().collect();
    assert!(lines[1].starts_with("  1  1nb0002  5 分钟前  2 ") && lines[1].ends_with("你好"), "{told}");
    assert!(lines[2].starts_with("  2  1nb0001  1 小时前  1 ") && lines[2].ends_with("旅行"), "{told}");
    assert!(!told.contains("1*") && told.contains("/load"), "nothing was said yet\n{told}");
    assert_eq!(pty.turn("这是新的对话"), "好");
    let told = pty.turn("／会话");
    let lines: Vec<&str> = told.lines().collect();
    assert!(lines[1].starts_with("  1*  ") && lines[1].ends_with("这是新的对话"), "{told}");
    assert!(lines[2].starts_with("  2   1nb0002") && lines[3].starts_with("  3   1nb0001"), "{told}");
    let one = pty.turn("/sessions 1");
    assert!(one.contains("这是新的对话") && !one.contains("1nb0002") && one.contains("还有 2 个"), "{one}");
}

#[test]
fn nothing_saved_is_said() {
    let mut pty = saying("好").pty(100, 80);
    assert!(pty.turn("/sessions").starts_with("还没有保存过的对话"));
}

#[test]
fn a_conversation_is_exported_while_it_is_held() {
    let liao = saying("答案");
    let home = liao.home().to_owned();
    let read = |name: &str| std::fs::read_to_string(home.join(name)).expect("a file");
    let mut pty = liao.pty(100, 120);
    assert!(pty.turn("/export a.md").contains("还没有可以导出的"));
    assert_eq!(pty.turn("问题"), "答案");
    assert_eq!(pty.turn("/export 我的 对话.md"), "写好了 我的 对话.md（Markdown，1 轮问答）");
    assert!(read("我的 对话.md").ends_with("## 1. 问\n\n问题\n\n## 1. 答\n\n答案\n"), "{}", read("我的 对话.md"));
    let told = pty.turn("、导出　我的 对话.md");
    assert!(told.starts_with("错误：") && told.contains("--force"), "{told}");
    assert_eq!(pty.turn("再问"), "答案");
    assert!(pty.turn("/export 我的 对话.md --force").contains("2 轮问答"));
    assert!(read("我的 对话.md").contains("## 2. 答"));
    assert!(pty.turn("/export “~/b.json”").contains("b.json（JSON"));
    let json: serde_json::Value = serde_json::from_str(&read("b.json")).expect("JSON");
    assert_eq!(json["messages"][3]["content"].as_str(), Some("答案"));
    assert!(pty.turn("/export").contains("/export 文件"));
}

#[test]
fn a_session_is_picked_and_gone_on_with() {
    let mut pty = with_two().pty(60, 80);
    assert_eq!(pty.turn("先说一句"), "好");
    pty.ready().line("/load").wait_for("选一个会话").wait_for("先说一句（正在聊）").key(Key::Escape).ready();
    assert!(!pty.screen().contains("选一个会话") && !pty.is_on_other_screen(), "{}", pty.screen());
    pty.line("/load").wait_for("选一个会话").text("旅").wait_for("1/3").key(Key::Enter);
    pty.wait_for("接着聊会话 1nb0001“旅行”，1 轮\n> 去哪里\n西安").ready();
    assert_eq!(pty.turn("然后呢"), "好");
    let told = pty.turn("/sessions");
    assert!(told.lines().nth(1).is_some_and(|line| line.starts_with("  1*  1nb0001  ")), "{told}");
    // A number of the list that was seen last, also in the digits of an input method.
    assert!(pty.turn("/load ３").contains("接着聊会话 1nb0002“你好”，2 轮"));
    assert_eq!(pty.turn("还有吗"), "好");
    // The beginning of two ids, of which the one that is open was written to last.
    pty.line("/load 1nb").wait_for("2/3").key(Key::Down).key(Key::Enter).wait_for("会话 1nb0001“旅行”，2 轮").ready();
}

#[test]
fn a_number_without_a_list_is_what_it_would_be_in_one() {
    let mut pty = with_two().pty(60, 80);
    assert!(pty.turn("/load 2").contains("接着聊会话 1nb0001“旅行”，1 轮"));
    let told = pty.turn("/save");
    assert!(told.contains("已存为会话 1nb0001") && !told.contains("/save 名字"), "{told}");
    assert!(pty.turn("/load 1").contains("接着聊会话 1nb0002“你好”，2 轮"));
    assert!(pty.turn("/save").contains("要给它一个名字：/save 名字"));
    assert!(pty.turn("/load 没有的").contains("/sessions 列出全部"));
}

#[test]
fn whoever_resumes_picks_before_the_model_is_loaded() {
    let mut pty = with_two().args(["-r", "?"]).pty(60, 80);
    pty.wait_for("选一个会话").key(Key::Down).key(Key::Enter).wait_for("接着聊会话 1nb0001“旅行”，1 轮").ready();
    assert_eq!(pty.turn("然后呢"), "好");
    let mut pty = with_two().args(["-r", "1nb"]).pty(60, 80);
    pty.wait_for("选一个会话").wait_for("2/2").key(Key::Escape).wait_for("没有选会话");
    assert_eq!(pty.exit_code(), 130);
    let mut pty = with_two().args(["-r", "1nb0002"]).pty(60, 80);
    pty.wait_for("接着聊会话 1nb0002“你好”，2 轮").ready();
}
