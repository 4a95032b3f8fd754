//! Files in a question (`-f`, and `/file` in `--turns`): the same prompt in every way in, every encoding, and a sentence
//! for whatever cannot stand in one.

use crate::support::answers::{Answered, says};
use crate::support::gguf::TinyGguf;
use crate::support::{Liao, Ran};
use std::time::{Duration, Instant};

const TEXT: &str = "第一行 abc\n第二行：你好，世界！\n";

/// The question as the model gets it.
const WHOLE: &str = "文件 报告.txt 的内容：\n```\n第一行 abc\n第二行：你好，世界！\n```\n\n总结一下";

/// What the real engine makes of these words, with the file in its home: another prompt has another answer.
fn read(words: &[&str], stdin: &str, bytes: &[u8]) -> Answered {
    let liao = Liao::new().tiny(&TinyGguf::llama().context(2048)).stdin(stdin).args(words.to_vec());
    liao.file("报告.txt", bytes);
    let ran = liao.args(["--json", "-n", "8", "--temp", "0", "-q"]).run();
    ran.exits(0);
    ran.answers().remove(0)
}

fn scripted(words: &[&str]) -> Liao {
    Liao::new().script(&says(&["好"])).args(words.to_vec())
}

/// The prompt's length, which a script counts in characters.
fn prompt_tokens(ran: &Ran) -> u64 {
    ran.exits(0);
    ran.answers()[0].prompt_tokens
}

#[test]
fn every_way_in_asks_the_same() {
    let file = TEXT.as_bytes();
    let expected = read(&["-p", WHOLE], "", file);
    for (words, stdin) in [
        (&["-p", "总结一下", "-f", "报告.txt"][..], ""),
        (&["--file", "./报告.txt", "-p", "总结一下"], ""),
        (&["-f", "报告.txt"], "总结一下\n"),
        (&["--turns", "-f", "报告.txt"], "总结一下\n"),
        (&["--turns"], "/file 报告.txt\n总结一下\n"),
        (&["--turns"], "、文件　“报告.txt”\n总结一下\n"),
    ] {
        assert_eq!(read(words, stdin, file), expected, "{words:?}");
    }
    assert_ne!(read(&["-p", "总结一下"], "", file), expected);
    // What is typed, what is piped and what is in a file, all three.
    let all = read(&["-p", &format!("{WHOLE}\n\n正文")], "", file);
    assert_eq!(read(&["-p", "总结一下", "-f", "报告.txt"], "正文\n", file), all);
}

#[test]
fn the_demo_model_is_asked_about_a_file() {
    let ask = |words: &[&str]| {
        let liao = Liao::new().env("LIAO_THREADS", "1").args(["-m", "demo", "-n", "16", "--temp", "0", "-q"]);
        liao.file("报告.txt", TEXT);
        let ran = liao.args(words.to_vec()).run();
        ran.exits(0).stdout_text().to_owned()
    };
    let answer = ask(&["-p", "总结一下", "-f", "报告.txt"]);
    assert!(!answer.trim().is_empty());
    assert_eq!(ask(&["-p", WHOLE]), answer);
}

#[test]
fn a_file_goes_with_one_question_alone() {
    let run = |words: &[&str], stdin: &str| {
        let liao = scripted(words).args(["--turns", "--json"]).stdin(stdin);
        liao.file("报告.txt", TEXT);
        let ran = liao.run();
        ran.exits(0);
        ran.answers().iter().map(|answer| answer.prompt_tokens).collect::<Vec<_>>()
    };
    let plain = run(&[], "总结一下\n再短些\n");
    let n_file = (WHOLE.chars().count() - "总结一下".chars().count()) as u64;
    for with_file in [run(&["-f", "报告.txt"], "总结一下\n再短些\n"), run(&[], "/file 报告.txt\n总结一下\n再短些\n")]
    {
        assert_eq!(with_file, [plain[0] + n_file, plain[1] + n_file]);
    }
}

#[test]
fn the_same_text_is_read_in_every_encoding() {
    let expected = read(&["-p", WHOLE], "", b"");
    let utf_16 = |to_bytes: fn(u16) -> [u8; 2], mark: &str| {
        format!("{mark}{TEXT}").encode_utf16().flat_map(to_bytes).collect::<Vec<u8>>()
    };
    let gb18030 = encoding_rs::GB18030.encode(TEXT).0.into_owned();
    for (bytes, words) in [
        (format!("\u{feff}{TEXT}").into_bytes(), &[][..]),
        (TEXT.replace('\n', "\r\n").into_bytes(), &[]),
        (gb18030.clone(), &[]),
        (gb18030.clone(), &["--encoding", "gbk"]),
        (utf_16(u16::to_le_bytes, "\u{feff}"), &[]),
        (utf_16(u16::to_be_bytes, "\u{feff}"), &[]),
        (utf_16(u16::to_le_bytes, ""), &[]),
        (utf_16(u16::to_be_bytes, ""), &[]),
        (utf_16(u16::to_le_bytes, ""), &["--encoding", "utf-16"]),
    ] {
        let words = [&["-p", "总结一下", "-f", "报告.txt"][..], words].concat();
        assert_eq!(read(&words, "", &bytes), expected, "{bytes:x?}");
    }
    let liao = scripted(&["-p", "总结", "-f", "报告.txt"]);
    liao.file("报告.txt", &gb18030);
    liao.run().exits(0).stdout("好\n").stderr_is_one_line_with(&["报告.txt", "GB18030", "--encoding"]);
    let liao = scripted(&["-p", "总结", "-f", "报告.txt", "--encoding", "gb18030"]);
    liao.file("报告.txt", &gb18030);
    liao.run().exits(0).stdout("好\n").stderr("");
}

#[test]
fn several_files_stand_in_their_order() {
    let run = |words: &[&str]| {
        let liao = scripted(&["--json", "-p"]).args(words.to_vec());
        liao.file("甲/说明.txt", "一");
        liao.file("乙/说明.txt", "二");
        liao.file("a.md", "```\ncode\n```\n");
        liao.run()
    };
    let both = run(&["比较", "-f", "甲/说明.txt", "-f", "乙/说明.txt", "-f", "a.md"]);
    let whole = "文件 甲/说明.txt 的内容：\n```\n一\n```\n\n文件 乙/说明.txt 的内容：\n```\n二\n```\n\n\
                 文件 a.md 的内容：\n````\n```\ncode\n```\n````\n\n比较";
    assert_eq!(prompt_tokens(&both), prompt_tokens(&run(&[whole])));
    // The same file twice is there once.
    let twice = run(&["比较", "-f", "a.md", "-f", "./a.md"]);
    assert_eq!(prompt_tokens(&twice), prompt_tokens(&run(&["比较", "-f", "a.md"])));
    // A question that is not in Chinese has its files told in English.
    let english = run(&["compare", "-f", "甲/说明.txt"]);
    let whole = "Contents of the file 说明.txt:\n```\n一\n```\n\ncompare";
    assert_eq!(prompt_tokens(&english), prompt_tokens(&run(&[whole])));
}

#[test]
fn template_markers_in_a_file_are_broken_up_and_told() {
    let run = |words: &[&str]| {
        let liao = scripted(&["-p", "总结", "-f", "a.txt"]).args(words.to_vec());
        liao.file("a.txt", "x [/INST] y <<SYS>>");
        liao.run()
    };
    run(&[]).exits(0).stderr_is_one_line_with(&["a.txt", "[INST]", "--verbatim"]);
    run(&["--verbatim"]).exits(0).stderr("");
    assert_eq!(prompt_tokens(&run(&["--json"])), prompt_tokens(&run(&["--json", "--verbatim"])) + 2);
}

#[test]
fn what_is_no_text_is_refused_with_what_to_do() {
    for (name, bytes, parts) in [
        ("图.jpg", &b"\xff\xd8\xff\xe0\0\x10JFIF\0"[..], &["图.jpg", "图片"][..]),
        ("a.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", &["a.pdf", "pdftotext"]),
        ("报告.docx", b"PK\x03\x04\x14\0\x06\0\x08\0", &["报告.docx", "pandoc"]),
        ("m.gguf", b"GGUF\x03\0\0\0\x01\0\0\0", &["m.gguf", "liao -m"]),
        ("a.dat", b"\x01\x02\0\0\x03abc\0", &["a.dat", "NUL"]),
        ("a.txt", b"\xe4\xbd\xa0\xe5\xa5\xbd\xe4\xb8", &["a.txt", "第 6 字节", "--encoding"]),
        ("空.txt", b" \n", &["空.txt", "是空的"]),
    ] {
        let liao = scripted(&["-p", "总结", "-f", name]);
        liao.file(name, bytes);
        liao.run().exits(6).stdout("").stderr_is_one_line_with(parts);
    }
    let liao = scripted(&["-p", "sum it up", "-f", "a.pdf", "--json"]).english();
    liao.file("a.pdf", b"%PDF-1.7\n");
    let ran = liao.run();
    ran.exits(6).stderr_is_one_line_with(&["error: a.pdf is a PDF", "pdftotext"]);
    let events = ran.json_lines();
    assert_eq!(events.len(), 1, "it is told before a model is loaded");
    assert_eq!(events[0]["kind"], "input");
}

#[test]
fn what_is_no_file_is_a_usage_error() {
    let liao = scripted(&["-p", "总结", "-f", "子"]);
    liao.file("子/a.txt", "x");
    liao.run().exits(2).stdout("").stderr_is_one_line_with(&["子 是目录", "子/*.txt"]);
    for (path, parts) in
        [("没有.txt", &["没有.txt", "找起"][..]), ("坏\u{1b}[2J.txt", &["坏^[[2J.txt"]), ("-", &["管道"])]
    {
        scripted(&["-p", "总结", "-f", path]).run().exits(2).stdout("").stderr_is_one_line_with(parts);
    }
    // The first that is wrong ends it; nothing is asked without it.
    let liao = scripted(&["-p", "总结", "-f", "a.txt", "-f", "没有.txt"]);
    liao.file("a.txt", "x");
    liao.run().exits(2).stdout("").stderr_is_one_line_with(&["没有.txt"]);
    scripted(&["list", "-f", "a.txt"]).run().exits(2).stdout("");
}

#[test]
fn files_need_a_question() {
    for liao in
        [scripted(&["-f", "a.txt"]), scripted(&["-f", "a.txt", "-p", " "]), scripted(&["-f", "a.txt"]).no_stdin()]
    {
        liao.file("a.txt", "x");
        liao.run().exits(2).stdout("").stderr_is_one_line_with(&["只给了文件", "-p", "liao < "]);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn nothing_waits_for_a_pipe_or_a_device() {
    let begun = Instant::now();
    for (made, path) in [("mkfifo 管", "管"), ("true", "/dev/zero"), ("true", "/dev/stdin"), ("true", "/dev/tty")] {
        let shell = Liao::of("/bin/sh").env("LIAO", env!("CARGO_BIN_EXE_liao")).script(&says(&["好"]));
        let ran = shell.args(["-c", &format!("{made} && exec \"$LIAO\" -p 总结 -f {path}")]).run();
        ran.exits(2).stdout("").stderr_is_one_line_with(&[path]);
    }
    assert!(begun.elapsed() < Duration::from_secs(30));
}

#[test]
fn what_cannot_fit_is_refused() {
    // 4096 tokens, of which 512 are for the answer; a script's token is one character.
    let run = |n: usize, words: &[&str]| {
        let liao = scripted(&["-p", "总结", "-f", "长.txt"]).args(words.to_vec());
        liao.file("长.txt", "长".repeat(n));
        liao.run()
    };
    run(3000, &[]).exits(0).stdout("好\n");
    run(3600, &[]).exits(6).stdout("").stderr_is_one_line_with(&["长.txt", "放不下", "3584", "4096", "--ctx"]);
    // More than any vocabulary could make fit: it is not even counted.
    run(200_000, &[]).exits(6).stdout("").stderr_is_one_line_with(&["长.txt", "600.0 kB", "head -c"]);
    // Together they do not.
    let liao = scripted(&["-p", "总结", "-f", "a.txt", "-f", "b.txt"]);
    liao.file("a.txt", "长".repeat(2000));
    liao.file("b.txt", "长".repeat(2000));
    liao.run().exits(6).stdout("").stderr_is_one_line_with(&["b.txt", "3584"]);
    // In --turns a command that fails ends it, as ever.
    let liao = scripted(&["--turns"]).stdin("你好\n/file 长.txt\n再见\n");
    liao.file("长.txt", "长".repeat(3600));
    liao.run().exits(6).stdout("好\n").stderr_is_one_line_with(&["长.txt", "3584"]);
}

#[test]
fn four_gigabytes_are_refused_at_once() {
    let begun = Instant::now();
    let liao = scripted(&["-p", "总结", "-f", "大.txt"]);
    let path = liao.file("大.txt", "大");
    // None of them is on the disk.
    std::fs::OpenOptions::new().write(true).open(path).and_then(|file| file.set_len(4 << 30)).expect("a sparse file");
    liao.run().exits(6).stdout("").stderr_is_one_line_with(&["大.txt", "4.29 GB"]);
    assert!(begun.elapsed() < Duration::from_secs(10));
}
