//! The history on disk, however it was cut and whoever else writes it.

use super::*;
use proptest::prelude::*;
use std::fs;

fn strings<const N: usize>(lines: [&str; N]) -> Vec<String> {
    lines.map(str::to_owned).to_vec()
}

#[test]
fn what_is_added_is_there_again() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("data/history");
    assert_eq!(load(&path).unwrap_err().kind(), io::ErrorKind::NotFound);
    append(&path, &strings(["你好", "两\n行"])).unwrap();
    append(&path, &strings(["C:\\new\\\\"])).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "#V2\n你好\n两\\n行\nC:\\\\new\\\\\\\\\n");
    assert_eq!(load(&path).unwrap(), ["你好", "两\n行", "C:\\new\\\\"]);
    let names: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(names, ["history"], "no lock and no half-written file is left");
}

#[cfg(unix)]
#[test]
fn it_is_its_owners_alone_also_where_it_was_not() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history");
    let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    append(&path, &strings(["一"])).unwrap();
    assert_eq!(mode(), 0o600);
    let changes: [fn(&Path) -> io::Result<()>; 2] = [|path| append(path, &strings(["二"])), rewrite];
    for change in changes {
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        change(&path).unwrap();
        assert_eq!(mode(), 0o600);
    }
    assert_eq!(load(&path).unwrap(), ["一", "二"]);
}

#[test]
fn a_file_cut_anywhere_loses_its_last_line_at_most() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history");
    let lines = strings(["你好", "两\n行\\", "👨‍👩‍👧", "end"]);
    append(&path, &lines).unwrap();
    let bytes = fs::read(&path).unwrap();
    for n in HEADER.len() + 1..bytes.len() {
        fs::write(&path, &bytes[..n]).unwrap();
        append(&path, &strings(["新"])).unwrap();
        let found = load(&path).unwrap();
        let n_whole = bytes[..n].iter().filter(|byte| **byte == b'\n').count() - 1;
        assert_eq!(found[..n_whole], lines[..n_whole], "{n}");
        assert_eq!(found.last().map(String::as_str), Some("新"), "{n}");
        fs::write(&path, &bytes[..n]).unwrap();
        assert_eq!(load(&path).unwrap()[..n_whole], lines[..n_whole], "{n}");
    }
}

#[test]
fn what_is_no_text_is_an_error_and_an_older_form_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history");
    fs::write(&path, b"#V2\n\xc4\xe3\xba\xc3\n").unwrap();
    assert_eq!(load(&path).unwrap_err().kind(), io::ErrorKind::InvalidData);
    fs::write(&path, "一\\n二\n\n三\r\n").unwrap();
    assert_eq!(load(&path).unwrap(), ["一\\n二", "三"]);
    assert_eq!(fs::read_to_string(&path).unwrap(), "#V2\n一\\\\n二\n三\n", "it has today's form now");
}

#[test]
fn it_is_tidied_when_that_is_due() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history");
    let text = |n: usize| (0..n).map(|i| format!("{}\n", i % 10)).collect::<String>();
    let n_lines = || fs::read_to_string(&path).unwrap().lines().count() - 1;
    for (n, n_after) in [(1010, 1010), (1011, 10)] {
        fs::write(&path, format!("#V2\n{}", text(n))).unwrap();
        let last = (n - 1) % 10;
        let expected: Vec<String> = (1..=10).map(|i| ((last + i) % 10).to_string()).collect();
        assert_eq!(load(&path).unwrap(), expected);
        assert_eq!(n_lines(), n_after);
    }
    fs::write(&path, "#V2\n一\nhf_abcdefghijklmnopqrst\n 二\n").unwrap();
    assert_eq!(load(&path).unwrap(), ["一"]);
    assert_eq!(fs::read_to_string(&path).unwrap(), "#V2\n一\n", "what an older liao kept is taken out");
}

#[test]
fn no_more_is_kept_than_is_good() {
    let many: Vec<String> = (0..MAX_LINES + 5).map(|i| i.to_string()).collect();
    assert_eq!(tidy(many.clone()), many[5..]);
    let long = |c: &str| c.repeat(MAX_LINE_BYTES);
    assert_eq!(tidy(vec![long("a") + "a", long("b")]), [long("b")]);
    let pages: Vec<String> =
        (0..200).map(|i| format!("{i:>4}|{}", "x".repeat(MAX_LINE_BYTES - 5)).trim().to_owned()).collect();
    let kept = tidy(pages.clone());
    let n_bytes: usize = kept.iter().map(String::len).sum();
    assert!((MAX_BYTES - MAX_LINE_BYTES..=MAX_BYTES).contains(&n_bytes), "{n_bytes}");
    assert_eq!(kept.last(), pages.last());
}

#[test]
fn of_two_that_write_at_once_no_line_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history");
    std::thread::scope(|scope| {
        for writer in 0..2 {
            let path = &path;
            scope.spawn(move || {
                for i in 0..25 {
                    // Whoever does not get the lock in time gives the line up; here nobody holds it for long.
                    while append(path, &[format!("{writer}-{i}")]).is_err() {}
                    if i % 10 == 0 {
                        while rewrite(path).is_err() {}
                    }
                }
            });
        }
    });
    let mut found = load(&path).unwrap();
    found.sort();
    let mut expected: Vec<String> = (0..2).flat_map(|writer| (0..25).map(move |i| format!("{writer}-{i}"))).collect();
    expected.sort();
    assert_eq!(found, expected);
}

proptest! {
    #[test]
    fn any_line_comes_back(lines in prop::collection::vec("[\\\\n\n好a]{1,12}a", 1..6)) {
        let mut text = format!("{HEADER}\n");
        lines.iter().for_each(|line| escape(line, &mut text));
        let n_lines = text.lines().count() - 1;
        let (found, is_current) = parse(text.as_bytes()).unwrap();
        prop_assert_eq!((found, is_current, n_lines), (lines.clone(), true, lines.len()));
    }
}
