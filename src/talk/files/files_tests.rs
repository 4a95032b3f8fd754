use super::*;
use crate::config::{Configuration, Environment};
use crate::text::enclosure::words;

/// Files of these paths in a folder, each with its path for its text.
fn files(paths: &[&str]) -> Files {
    let folder = tempfile::tempdir().unwrap();
    let mut environment = Environment::default();
    environment.variables.insert("LIAO_HOME".into(), folder.path().into());
    let settings = Configuration::load(&crate::cli::Layer::new(), &environment).unwrap().settings;
    let read = |path: &&str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, format!("在 {}", path.file_name().unwrap().display())).unwrap();
        super::read(&path, &settings, 1000).unwrap()
    };
    Files { held: paths.iter().map(read).collect() }
}

#[test]
fn a_question_has_its_files_in_front() {
    let files = files(&["一.txt", "二.txt"]);
    let whole = files.enclose("比较一下");
    assert_eq!(
        whole,
        "文件 一.txt 的内容：\n```\n在 一.txt\n```\n\n文件 二.txt 的内容：\n```\n在 二.txt\n```\n\n比较一下"
    );
    assert_eq!(words(&whole), "比较一下");
    assert_eq!(Files::default().enclose("你好"), "你好");
}

#[test]
fn files_of_one_name_are_told_apart_by_their_paths() {
    let whole = files(&["甲/说明.txt", "乙/说明.txt", "别的.txt"]).enclose("问");
    for name in ["甲/说明.txt 的内容：", "乙/说明.txt 的内容：", "文件 别的.txt 的内容："] {
        assert!(whole.contains(name), "{whole}");
    }
    assert!(!whole.contains("文件 说明.txt"), "{whole}");
}

#[test]
fn files_are_taken_back_by_their_number() {
    let mut files = files(&["一.txt", "二.txt", "三.txt"]);
    assert_eq!((files.take_back(0), files.take_back(4)), (None, None));
    assert!(files.take_back(2).unwrap().ends_with("/二.txt"));
    let told = files.told(4096);
    assert!(told[0].starts_with("1  ") && told[0].contains("/一.txt · 11 B · UTF-8 · "), "{told:?}");
    assert!(told[1].starts_with("2  ") && told[1].contains("/三.txt"), "{told:?}");
    assert_eq!((files.clear(), files.clear(), files.is_empty()), (2, 0, true));
}

#[test]
fn a_line_tells_what_it_takes() {
    let mut files = files(&["一.txt"]);
    for (n_tokens, n_ctx, part) in [(0, 4096, "<1%"), (40, 4096, "<1%"), (41, 4096, "1%"), (2048, 4096, "50%")] {
        files.held[0].n_tokens = n_tokens;
        let line = &files.told(n_ctx)[0];
        assert!(line.ends_with(&format!("约 {n_tokens} 词元，占上下文 {part}")), "{line}");
    }
}

#[test]
fn there_is_room_for_what_could_fit() {
    let mut files = files(&["一.txt"]);
    let most = MAX_INPUT_BYTES as u64;
    assert_eq!((room_bytes([], None), room_bytes([], Some(4096))), (most, 512 << 10));
    assert_eq!(room_bytes([], Some(u32::MAX)), most);
    assert_eq!(room_bytes(&files.held, Some(4096)), (512 << 10) - 11);
    files.held[0].n_bytes = u64::MAX;
    assert_eq!(room_bytes(&files.held, None), 0);
}

#[test]
fn the_part_that_fits_follows_from_the_limit() {
    for (n_bytes, n_tokens, limit, n_part) in [
        (900, 308, 224, 580),
        (8000, 4000, 224, 390),
        (1_000_000, 300_000, 3500, 10_000),
        (40, 300, 200, 18),
        (10, 3000, 200, 0),
        (0, 0, 224, 0),
    ] {
        assert_eq!(part_bytes(n_bytes, n_tokens, limit), n_part, "{n_bytes} {n_tokens} {limit}");
    }
}

#[test]
fn sizes_for_people() {
    for (n_bytes, expected) in
        [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (12_345, "12.3 kB"), (4_500_000, "4.5 MB"), (4 << 30, "4.29 GB")]
    {
        assert_eq!(size(n_bytes), expected);
    }
}
