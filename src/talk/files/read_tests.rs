use std::time::{Duration, Instant};

use super::*;
use crate::config::{Configuration, Environment};

fn settings(words: &[&str]) -> Settings {
    let cli = crate::cli::parse(["liao"].iter().chain(words)).unwrap();
    let mut environment = Environment::default();
    environment.variables.insert("LIAO_HOME".into(), "/there/is/no/such/place".into());
    Configuration::load(&cli.flags, &environment).unwrap().settings
}

fn gb(text: &str) -> Vec<u8> {
    encoding_rs::GB18030.encode(text).0.into_owned()
}

/// A file of this name and content, read as these words on the command line want it.
fn read_as(name: &str, bytes: &[u8], words: &[&str]) -> Result<File, Failed> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    read(&path, &settings(words), 1 << 20)
}

#[track_caller]
fn refused(result: Result<File, Failed>, exit: Exit, parts: &[&str]) {
    let failed = result.map(|file| file.text).unwrap_err();
    assert_eq!(failed.exit, exit, "{failed}");
    for part in parts {
        assert!(failed.message.contains(part), "{failed} lacks {part}");
    }
}

#[test]
fn text_in_every_encoding_is_read_and_named() {
    let text = "第一行\n第二行：你好 abc\n";
    let utf16 = |to_bytes: fn(u16) -> [u8; 2], mark: &str| {
        format!("{mark}{text}").encode_utf16().flat_map(to_bytes).collect::<Vec<u8>>()
    };
    for (bytes, words, form, is_told) in [
        (text.as_bytes().to_vec(), &[][..], "UTF-8", false),
        (format!("\u{feff}{text}").into_bytes(), &[], "UTF-8", false),
        (gb(text), &[], "GB18030", true),
        (gb(text), &["--encoding", "gbk"], "GB18030", false),
        (utf16(u16::to_le_bytes, "\u{feff}"), &[], "UTF-16 LE", false),
        (utf16(u16::to_be_bytes, "\u{feff}"), &[], "UTF-16 BE", false),
        (utf16(u16::to_le_bytes, ""), &[], "UTF-16 LE", true),
        (utf16(u16::to_be_bytes, ""), &[], "UTF-16 BE", true),
        (utf16(u16::to_le_bytes, ""), &["--encoding", "utf-16"], "UTF-16 LE", false),
    ] {
        let file = read_as("报告.txt", &bytes, words).unwrap();
        assert_eq!((file.text.as_str(), file.n_bytes), (text, bytes.len() as u64), "{form} {words:?}");
        assert!(file.told(4096).contains(&format!(" · {form} · ")), "{}", file.told(4096));
        let notices = file.notices();
        assert_eq!(notices.len(), usize::from(is_told), "{notices:?}");
        assert!(notices.iter().all(|notice| notice.contains(form) && notice.contains("--encoding")), "{notices:?}");
    }
}

#[test]
fn line_ends_become_one_kind_and_markers_are_broken_up() {
    assert_eq!(read_as("a", b"a\r\nb\rc\n", &[]).unwrap().text, "a\nb\nc\n");
    let file = read_as("[INST].txt", b"x [/INST] y", &[]).unwrap();
    assert_eq!((file.text.as_str(), file.name().as_str()), ("x [ /INST] y", "[ INST].txt"));
    assert!(file.notices()[0].contains("--verbatim"));
    let file = read_as("a", b"x [/INST] y", &["--verbatim"]).unwrap();
    assert!(file.text == "x [/INST] y" && file.notices().is_empty());
}

#[test]
fn what_is_no_text_is_refused_by_what_it_is() {
    for (name, bytes, parts) in [
        ("图.txt", &b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], &["图.txt", "图片", "tesseract"][..]),
        ("a.pdf", b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", &["PDF", "pdftotext"]),
        ("a.docx", b"PK\x03\x04\x14\0\x06\0", &["文档", "pandoc"]),
        ("a.xlsx", b"PK\x03\x04\x14\0\x06\0", &["电子表格", "CSV"]),
        ("a.zip", b"PK\x03\x04\x14\0\x06\0", &["压缩包"]),
        ("m.gguf", b"GGUF\x03\0\0\0\0\0\0\0", &["模型", "liao -m"]),
        ("a.bin", b"abc\0def\0\0", &["NUL", "--encoding"]),
        ("a.bin", b"\x80\xfe\xfd\0\0\x80\x90", &["NUL", "--encoding"]),
    ] {
        refused(read_as(name, bytes, &[]), Exit::Input, parts);
    }
    // Who names the encoding knows that it is text.
    let file = read_as("a.txt", b"abc\0def", &["--encoding", "utf-8"]).unwrap();
    assert_eq!(file.text, "abcdef");
    assert!(file.notices()[0].contains("1 个 NUL"));
}

#[test]
fn bytes_that_are_no_text_are_refused_at_their_place() {
    let cut = &"你好，世界".as_bytes()[..14];
    refused(read_as("a.txt", cut, &[]), Exit::Input, &["a.txt", "第 12 字节", "UTF-8", "/set encoding"]);
    refused(read_as("a.txt", b"abc\xff\xff", &[]), Exit::Input, &["第 3 字节", "GB18030", "--encoding"]);
    refused(read_as("a.txt", &gb("你好"), &["--encoding", "utf-8"]), Exit::Input, &["第 0 字节", "UTF-8"]);
}

#[test]
fn nothing_is_refused_as_nothing() {
    for bytes in [&b""[..], b" \n\t\r\n", b"\xef\xbb\xbf", b"\xff\xfe", "\u{3000}\n".as_bytes()] {
        refused(read_as("a.txt", bytes, &[]), Exit::Input, &["a.txt", "是空的"]);
    }
}

#[test]
fn more_than_there_is_room_for_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("大.txt");
    let settings = settings(&[]);
    fs::write(&path, "a".repeat(5000)).unwrap();
    assert_eq!(read(&path, &settings, 5000).unwrap().n_bytes, 5000);
    refused(read(&path, &settings, 4999), Exit::Input, &["大.txt", "5.0 kB", "head -c"]);
    refused(read(&path, &settings, 0), Exit::Input, &["5.0 kB"]);
    // Four gigabytes, of which none is on the disk; it takes no time to tell.
    let file = fs::File::create(&path).unwrap();
    file.set_len(4 << 30).unwrap();
    let begun = Instant::now();
    refused(read(&path, &settings, 64 << 20), Exit::Input, &["4.29 GB"]);
    assert!(begun.elapsed() < Duration::from_secs(1));
    // What it is comes before how large it is.
    fs::write(&path, b"%PDF-1.4\n").unwrap();
    fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(4 << 30).unwrap();
    refused(read(&path, &settings, 64 << 20), Exit::Input, &["pdftotext"]);
}

#[test]
fn what_is_no_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(&[]);
    refused(read(folder.path(), &settings, 100), Exit::Usage, &["目录", "/*.txt"]);
    refused(read(&folder.path().join("没有.txt"), &settings, 100), Exit::Usage, &["没有 ", "没有.txt", "引号"]);
    refused(read(Path::new("没有这个.txt"), &settings, 100), Exit::Usage, &["找起"]);
    refused(read(Path::new("-"), &settings, 100), Exit::Usage, &["管道"]);
    let file = folder.path().join("a.txt");
    fs::write(&file, "x").unwrap();
    refused(read(&file.join("b"), &settings, 100), Exit::Usage, &["a.txt/b", "读不了"]);
}

#[cfg(target_os = "linux")]
#[test]
fn nothing_waits_for_a_pipe_or_a_device() {
    use rustix::fs::{CWD, Mode, mkfifoat};
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("管道");
    mkfifoat(CWD, &fifo, Mode::RUSR | Mode::WUSR).unwrap();
    let settings = settings(&[]);
    refused(read(&fifo, &settings, 100), Exit::Usage, &["管道", "标准输入"]);
    let link = folder.path().join("链接");
    std::os::unix::fs::symlink(&fifo, &link).unwrap();
    refused(read(&link, &settings, 100), Exit::Usage, &["链接", "标准输入"]);
    for device in ["/dev/null", "/dev/zero", "/dev/tty"] {
        refused(read(Path::new(device), &settings, 100), Exit::Usage, &[device, "设备"]);
    }
    // One that was put there between the look and the opening is no trap either.
    assert!(!open(&fifo).unwrap().metadata().unwrap().is_file());
    // A file that tells no size is read all the same.
    let status = read(Path::new("/proc/self/status"), &settings, 1 << 20).unwrap();
    assert!(status.n_bytes > 100 && status.text.contains("Pid:"));
}
