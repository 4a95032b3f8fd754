//! What lines mean: every name in every writing, arguments, slips.

use super::*;

#[test]
fn every_name_of_every_command_in_every_writing() {
    for row in ROWS {
        // What is not in brackets has to be given.
        let needs_one = !row.argument[1].is_empty() && !row.argument[1].starts_with('[');
        let argument = if needs_one { " x" } else { "" };
        for name in row.names {
            for slash in ["/", "／", "、"] {
                for around in ["", " ", "\u{3000}"] {
                    let line = format!("{around}{slash}{name}{argument}{around}");
                    assert!(matches!(read(&line), Line::Command(_)), "{line:?}");
                }
            }
        }
    }
}

#[test]
fn names_are_not_used_twice() {
    let mut names: Vec<_> = ROWS.iter().flat_map(|row| row.names).collect();
    names.sort_unstable();
    let n = names.len();
    names.dedup();
    assert_eq!(names.len(), n);
}

#[test]
fn arguments() {
    for (line, command) in [
        ("/undo", Command::Undo(1)),
        ("／撤销　3", Command::Undo(3)),
        ("／撤销　３", Command::Undo(3)),
        ("/retry", Command::Retry(Again::Last)),
        ("/retry 2", Command::Retry(Again::Answer(2))),
        ("/retry q2", Command::Retry(Again::Question(2))),
        ("/重来　问　１２", Command::Retry(Again::Question(12))),
        ("/edit", Command::Edit(None)),
        ("/编辑 2", Command::Edit(Some(2))),
        ("/save 旅行", Command::Save(Some("旅行".into()))),
        ("/载入", Command::Load(None)),
        ("/system 你是诗人。 请押韵。", Command::System(Some("你是诗人。 请押韵。".into()))),
        ("/set temp 0.8", Command::Set(Some(("temp".into(), Some("0.8".into()))))),
        ("/set temp", Command::Set(Some(("temp".into(), None)))),
        ("/SET", Command::Set(None)),
        ("/file", Command::File(None)),
        ("、文件　“我的 文件.txt” b", Command::File(Some("“我的 文件.txt” b".into()))),
        ("/帮助 undo", Command::Help(Some("undo".into()))),
        ("/会话", Command::Sessions(None)),
        ("/sessions 50", Command::Sessions(Some(50))),
        ("／导出　旅行.md", Command::Export { path: "旅行.md".into(), overwrites: false }),
        ("/export 我的 对话.json --force", Command::Export { path: "我的 对话.json".into(), overwrites: true }),
        ("/export --force a.md", Command::Export { path: "a.md".into(), overwrites: true }),
        ("/export a--force", Command::Export { path: "a--force".into(), overwrites: false }),
        ("/model a:Q4_0", Command::Model(Some("a:Q4_0".into()))),
        ("／模型　./我的 模型.gguf", Command::Model(Some("./我的 模型.gguf".into()))),
        ("/lang EN", Command::Lang(Some(Lang::En))),
        ("/语言 中文", Command::Lang(Some(Lang::Zh))),
    ] {
        assert_eq!(read(line), Line::Command(command), "{line}");
    }
}

#[test]
fn what_is_no_command_never_reaches_the_model() {
    let no_numbers = ["/undo 0", "/undo x", "/retry 0", "/retry q", "/retry q0", "/retry 问x", "/retry -1", "/edit 0"];
    let others = ["/hlep", "/retri", "/new x", "/continue 1", "/quit now", "/lang fr", "/etc/passwd", "／", "、、"];
    let ours = ["/sessions 0", "/sessions x", "/export", "/export --force"];
    for line in no_numbers.into_iter().chain(others).chain(ours) {
        assert!(matches!(read(line), Line::Wrong(_)), "{line}");
    }
    for (typed, meant) in [
        ("/hlep", "是不是 /help？"),
        ("/retyr 2", "是不是 /retry？"),
        ("/帮忙", "是不是 /帮助？"),
        ("／帮", "是不是 /帮助？"),
        ("、上下", "是不是 /上下文？"),
        ("/sys", "是不是 /system？"),
        ("/st", "是不是 /stats？"),
        ("/ｈｌｅｐ", "是不是 /help？"),
    ] {
        let Line::Wrong(sentence) = read(typed) else { panic!("{typed}") };
        assert!(sentence.contains(meant), "{sentence}");
    }
    for typed in ["/x", "/", "/天气怎么样"] {
        let Line::Wrong(sentence) = read(typed) else { panic!("{typed}") };
        assert!(!sentence.contains("是不是"), "{sentence}");
    }
}

#[test]
fn where_the_name_stands() {
    for (line, name) in [
        ("/help", Some("help")),
        (" 、帮助\u{3000}undo", Some("帮助")),
        ("／", Some("")),
        ("/ x", Some("")),
        ("//x", None),
        ("x/help", None),
        ("", None),
    ] {
        assert_eq!(name_in(line).map(|name| &line[name]), name, "{line:?}");
    }
}

#[test]
fn names_may_be_wide_and_unfinished() {
    assert_eq!(row("／ＨＥＬＰ").map(|row| row.names[0]), Some("help"));
    assert_eq!(beginning("帮").map(|(row, name)| (row.names[0], name)).collect::<Vec<_>>(), [("help", "帮助")]);
    assert_eq!(beginning("").count(), ROWS.len());
    assert!(begins("ｓｅ") && !begins("帮帮"));
}

#[test]
fn words_for_the_model() {
    for (line, said) in [("你好", "你好"), ("  1/2 是多少 ", "1/2 是多少"), ("//etc 是什么", "/etc 是什么")]
    {
        assert_eq!(read(line), Line::Say(said.into()), "{line}");
    }
    assert_eq!(read(" \u{3000}\t"), Line::Empty);
}
