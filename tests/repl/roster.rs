//! `/sessions` and `/export` as seen from a conversation that is being held and saved.

use super::saying;
use crate::support::Liao;
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
    assert!(pty.turn("/export ~/b.json").contains("b.json（JSON"));
    let json: serde_json::Value = serde_json::from_str(&read("b.json")).expect("JSON");
    assert_eq!(json["messages"][3]["content"].as_str(), Some("答案"));
    assert!(pty.turn("/export").contains("/export 文件"));
}
