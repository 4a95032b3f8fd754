//! `/file` and `-f` at the prompt: what is told of a file, what waits, and what goes with which question.

use super::{number_after, saying, scripted, tiny};
use crate::support::Liao;
use crate::support::pty::{Key, Pty};
use serde_json::json;

/// A terminal wide enough for a line about a file.
fn with_files(liao: Liao, files: &[(&str, &str)]) -> Pty {
    for (path, text) in files {
        liao.file(path, text);
    }
    liao.pty(100, 160)
}

/// What the first exchange takes of the context.
fn n_first(pty: &mut Pty) -> u32 {
    number_after(&pty.turn("/context"), "对话 1 轮")
}

#[test]
fn a_file_is_told_and_goes_with_the_next_question_alone() {
    let mut pty = with_files(saying("好"), &[("报告.txt", "第一行\n第二行\n")]);
    let told = pty.turn("/file 报告.txt");
    for part in ["附上 1：报告.txt · 20 B · UTF-8 · 约 ", " 词元，占上下文 1%", "/file -1"] {
        assert!(told.contains(part), "{told}");
    }
    assert_eq!(pty.turn("总结一下"), "附上的 1 个文件一起送出：报告.txt\n好");
    let with_file = n_first(&mut pty);
    assert_eq!(pty.turn("/file"), "没有附上文件；/file 路径 给下一个问题附上");
    pty.turn("/new");
    pty.ready().paste("文件 报告.txt 的内容：\n```\n第一行\n第二行\n```\n\n概括一下").wait_for("概括一下");
    pty.key(Key::Enter).wait_for("概括一下\n好\n\n>");
    assert_eq!(n_first(&mut pty), with_file, "it was the same question");
    pty.turn("/new");
    pty.turn("总结一下");
    assert!(n_first(&mut pty) < with_file, "the file has gone");
}

#[test]
fn paths_are_taken_as_they_are_typed() {
    let files = [("我的 文件.txt", "甲"), ("b.md", "乙"), ("c.md", "丙"), ("子/d.txt", "丁")];
    for (typed, expected) in [
        ("我的 文件.txt", &["我的 文件.txt"][..]),
        ("“我的 文件.txt”　b.md", &["我的 文件.txt", "b.md"]),
        ("'我的 文件.txt' \"b.md\"", &["我的 文件.txt", "b.md"]),
        ("我的\\ 文件.txt", &["我的 文件.txt"]),
        ("~/子/d.txt b.md", &["/子/d.txt", "b.md"]),
        ("～/子/*.txt", &["/子/d.txt"]),
        ("*.md", &["b.md", "c.md"]),
        ("b.md ./b.md", &["./b.md"]),
    ] {
        let mut pty = with_files(saying("好"), &files);
        pty.turn(&format!("/file {typed}"));
        let list = pty.turn("/file");
        let waiting: Vec<&str> = list.lines().filter(|line| line.contains(" · ")).collect();
        assert_eq!(waiting.len(), expected.len(), "{typed}: {list}");
        for (i, (line, name)) in waiting.iter().zip(expected).enumerate() {
            let name_told = line.split(" · ").next().unwrap();
            assert!(name_told.starts_with(&format!("{}  ", i + 1)) && name_told.ends_with(*name), "{typed}: {line}");
        }
    }
}

#[test]
fn files_are_listed_and_taken_back() {
    let mut pty = with_files(saying("好"), &[("a.txt", "甲"), ("b.txt", "乙"), ("c.txt", "丙")]);
    pty.turn("/file a.txt b.txt c.txt");
    assert_eq!(pty.turn("/file -2"), "取下了 b.txt");
    let list = pty.turn("／文件");
    let lines: Vec<&str> = list.lines().collect();
    assert!(lines[0] == "随下一个问题送出：" && lines[1].starts_with("1  a.txt") && lines[2].starts_with("2  c.txt"));
    assert!(pty.turn("/file -3").contains("没有第 3 个文件"));
    assert_eq!(pty.turn("/file －"), "取下了 2 个文件");
    assert!(pty.turn("/file").starts_with("没有附上文件"));
    assert_eq!(pty.turn("你好"), "好");
    let plain = n_first(&mut pty);
    pty.turn("/new");
    pty.turn("再见");
    assert_eq!(n_first(&mut pty), plain, "nothing went with it");
}

#[test]
fn a_file_given_again_is_read_again() {
    let liao = saying("好");
    let path = liao.file("a.txt", "一");
    let mut pty = with_files(liao, &[("b.txt", "二")]);
    pty.turn("/file a.txt b.txt");
    std::fs::write(path, "一二三四五").unwrap();
    let told = pty.turn("/file ./a.txt");
    assert!(told.contains("重新附上 1：./a.txt · 15 B"), "{told}");
    assert_eq!(pty.turn("/file").lines().filter(|line| line.contains(" · ")).count(), 2);
}

#[test]
fn the_prompt_says_what_waits_until_something_is_typed() {
    let mut pty = with_files(saying("好"), &[("a.txt", "甲"), ("b.txt", "乙")]);
    pty.turn("/file a.txt b.txt");
    let row = pty.prompt_row();
    pty.wait_for("\n> （附上：a.txt、b.txt）");
    pty.text("总").wait_until("the question alone", |screen| screen.trim_end().ends_with("\n> 总"));
    pty.key(Key::Backspace).wait_for("\n> （附上：a.txt、b.txt）").wait_for_cursor(row, 2);
    // It is nothing that could be taken, and nothing of it stays behind.
    pty.key(Key::Right).key(Key::Ctrl('e')).text("总结").key(Key::Enter).wait_for("> 总结\n附上的 2 个文件");
    pty.wait_until("a prompt alone", |screen| screen.trim_end().ends_with("\n好\n\n>"));
    pty.turn("/file a.txt");
    pty.wait_for("\n> （附上：a.txt）").key(Key::Enter);
    pty.wait_until("a prompt below", |screen| {
        let lines: Vec<&str> = screen.trim_end().lines().map(str::trim_end).collect();
        lines.ends_with(&[">", "> （附上：a.txt）"])
    });

    let mut pty = with_files(saying("好").env("NO_COLOR", "1"), &[("a.txt", "甲")]);
    pty.turn("/file a.txt");
    assert!(pty.screen().trim_end().ends_with("\n>"), "without grey it would look typed\n{}", pty.screen());
}

#[test]
fn what_is_wrong_with_one_does_not_keep_the_others() {
    let liao = saying("好");
    liao.file("图.png", b"\x89PNG\r\n\x1a\n\0\0\0\r");
    let mut pty = with_files(liao, &[("a.txt", "甲"), ("子/b.txt", "乙")]);
    let told = pty.turn("/file 没有.txt a.txt 图.png 子");
    assert!(told.contains("附上 1：a.txt"), "{told}");
    for part in ["错误：没有 没有.txt", "错误：图.png 是图片", "错误：子 是目录"] {
        assert!(told.contains(part), "{told}");
    }
    assert!(pty.turn("/file *.rs").contains("没有符合 *.rs 的文件"));
    assert!(pty.turn("/file “a.txt").contains("没有配对"));
    assert!(pty.turn("/file").contains("1  a.txt"), "it waits still");
    assert_eq!(pty.turn("总结"), "附上的 1 个文件一起送出：a.txt\n好");
}

#[test]
fn what_does_not_fit_is_a_sentence_and_waits_for_nothing() {
    let script = json!({"n_ctx": 256, "replies": [[{"say": "好"}]]});
    let long = "长".repeat(300);
    let endless = "长".repeat(20_000);
    let mut pty = with_files(scripted(&script), &[("长.txt", &long), ("很长.txt", &endless)]);
    let told = pty.turn("/file 长.txt");
    assert!(told.contains("错误：长.txt 有") && told.contains("224") && told.contains("256"), "{told}");
    // The advice is good: so much of it fits.
    let n_bytes = number_after(&told, "head -c");
    assert!((300..900).contains(&n_bytes) && n_bytes.is_multiple_of(3), "no character is cut: {told}");
    let told = pty.turn("/file 很长.txt");
    let n_bytes = number_after(&told, "head -c");
    assert!(told.contains("60.0 kB") && (300..900).contains(&n_bytes) && n_bytes.is_multiple_of(3), "{told}");
    assert!(pty.turn("/file").starts_with("没有附上文件"));
    assert_eq!(pty.turn("你好"), "好");
}

#[test]
fn files_of_a_question_that_was_turned_away_wait_still() {
    let script = json!({"n_ctx": 256, "replies": [[{"say": "好"}]]});
    let text = "文".repeat(100);
    let mut pty = with_files(scripted(&script).args(["--overflow", "stop"]), &[("a.txt", &text)]);
    assert_eq!(pty.turn(&"q".repeat(80)), "好");
    pty.turn("/file a.txt");
    let told = pty.turn("总结").replace('\n', "");
    assert!(told.contains("放不下") && told.contains("附上的文件还等着") && told.contains("/file - 取下"), "{told}");
    assert!(pty.turn("/file").contains("1  a.txt"));
    pty.turn("/new");
    assert_eq!(pty.turn("总结"), "附上的 1 个文件一起送出：a.txt\n好");
    assert!(pty.turn("/file").starts_with("没有附上文件"));
}

#[test]
fn files_named_at_the_start_go_with_the_first_question() {
    let mut pty = with_files(saying("好").args(["-f", "a.txt", "-f", "b.txt"]), &[("a.txt", "甲"), ("b.txt", "乙")]);
    let greeting = pty.ready().screen();
    for part in ["随第一个问题送出：\n1  a.txt · 3 B · UTF-8", "\n2  b.txt · 3 B"] {
        assert!(greeting.contains(part), "{greeting}");
    }
    assert_eq!(pty.turn("总结"), "附上的 2 个文件一起送出：a.txt、b.txt\n好");
    assert!(pty.turn("/file").starts_with("没有附上文件"));

    let mut pty = saying("好").args(["-f", "没有.txt"]).borrowed_pty(40, 80);
    pty.wait_for("没有.txt");
    assert_eq!(pty.exit_code(), 2);
}

#[test]
fn an_encoding_is_told_and_can_be_named() {
    let liao = saying("好");
    liao.file("gb.txt", encoding_rs::GB18030.encode("你好，世界").0);
    let mut pty = liao.pty(100, 160);
    let told = pty.turn("/file gb.txt");
    assert!(told.contains(" · GB18030 · ") && told.contains("/set encoding"), "{told}");
    assert!(pty.turn("/set encoding utf-8").starts_with("encoding = utf-8"));
    assert!(pty.turn("/file gb.txt").contains("不是有效的 UTF-8"));
    pty.turn("/set encoding gbk");
    let told = pty.turn("/file gb.txt");
    assert!(told.contains(" · GB18030 · ") && !told.contains("/set encoding"), "{told}");
}

#[test]
fn a_name_reaches_the_terminal_harmless() {
    let liao = saying("好");
    liao.file("坏\u{1b}[2J\u{7}.txt", "x");
    let mut pty = liao.pty(100, 160);
    let told = pty.turn("/file 坏*");
    assert!(told.contains("坏^[[2J^G.txt"), "{told}");
    assert!(pty.turn("/file").contains("坏^[[2J^G.txt"));
    assert!(!pty.has_sent("\x1b[2J"));
}

#[test]
fn another_question_about_a_file_finds_it_in_the_cache() {
    let liao = tiny(8).args(["-c", "2048"]);
    let mut pty = with_files(liao, &[("a.txt", &"the north wind and the sun. ".repeat(8))]);
    pty.turn("/file a.txt");
    pty.turn("who was stronger?");
    pty.turn("/undo");
    pty.turn("/file a.txt");
    pty.turn("what did they do?");
    let stats = pty.turn("/stats");
    let (n_read, n_cached) = (number_after(&stats, "读"), number_after(&stats, "缓存"));
    assert!(n_cached > 3 * n_read, "{stats}");
}
