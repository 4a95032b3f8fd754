use std::fs;

use super::*;
use proptest::prelude::*;

fn texts(typed: &str) -> Vec<String> {
    split(typed).unwrap().into_iter().map(|word| word.text).collect()
}

#[test]
fn lines_are_taken_apart() {
    for (typed, expected) in [
        ("", &[][..]),
        (" \u{3000}\n", &[]),
        ("a.txt", &["a.txt"]),
        ("a.txt　b.txt\nc.txt", &["a.txt", "b.txt", "c.txt"]),
        ("\"我的 文件.txt\" b", &["我的 文件.txt", "b"]),
        ("'我的 文件.txt'", &["我的 文件.txt"]),
        ("“我的 文件.txt” ‘另 一个’ 「第 三个」", &["我的 文件.txt", "另 一个", "第 三个"]),
        ("a' 'b\" \"c", &["a b c"]),
        ("说“你好”.txt", &["说“你好”.txt"]),
        ("'a\"b' \"c'd\"", &["a\"b", "c'd"]),
        ("\"\" a ''", &["a"]),
    ] {
        assert_eq!(texts(typed), expected, "{typed:?}");
    }
    for (typed, quote) in [("\"a b", '"'), ("a 'b", '\''), ("“a b", '“'), ("it's", '\'')] {
        assert_eq!(split(typed), Err(quote), "{typed:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_backslash_takes_the_meaning_from_what_follows() {
    for (typed, expected) in [
        ("/tmp/my\\ file.txt", &["/tmp/my file.txt"][..]),
        ("it\\'s\\ \\\"a\\\\b", &["it's \"a\\b"]),
        ("'It'\\''s mine'", &["It's mine"]),
        ("\"a\\\"b\\\\c\\d\"", &["a\"b\\c\\d"]),
        ("'a\\b'", &["a\\b"]),
        ("a\\", &["a\\"]),
    ] {
        assert_eq!(texts(typed), expected, "{typed:?}");
    }
    let word = &split("\\~/\\*").unwrap()[0];
    assert!(word.text == "~/*" && !word.has_tilde && !word.is_pattern, "{word:?}");
}

#[test]
fn what_is_quoted_is_no_pattern_and_no_home() {
    for (typed, has_tilde, is_pattern) in [
        ("~/a", true, false),
        ("～/a*", true, true),
        ("a~/b?", false, true),
        ("'~/a*'", false, false),
        ("“~/a*”", false, false),
        ("~/'a*'", true, false),
        ("'a'*", false, true),
    ] {
        let word = &split(typed).unwrap()[0];
        assert_eq!((word.has_tilde, word.is_pattern), (has_tilde, is_pattern), "{typed}");
    }
}

#[test]
fn patterns_fit_names() {
    for (pattern, name, expected) in [
        ("*", "", true),
        ("*", "一.txt", true),
        ("*.txt", "一.txt", true),
        ("*.txt", "一.txtx", false),
        ("?.txt", "一.txt", true),
        ("?.txt", "一二.txt", false),
        ("a*b*c", "aXbYbZc", true),
        ("a*b*c", "aXbYbZ", false),
        ("**", "x", true),
        ("?", "", false),
        ("", "", true),
        ("", "a", false),
        ("报告*", "报告", true),
    ] {
        let pattern: Vec<char> = pattern.chars().collect();
        assert_eq!(fits(&pattern, name), expected, "{pattern:?} {name}");
    }
}

/// What is found in a folder with these files, by their names alone.
fn found(names: &[&str], typed: &str) -> Result<Vec<String>, Failed> {
    let folder = tempfile::tempdir().unwrap();
    for name in names {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "x").unwrap();
    }
    let paths = read(&format!("~/{typed}"), Some(folder.path()))?;
    Ok(paths.iter().map(|path| path.strip_prefix(folder.path()).unwrap().to_str().unwrap().to_owned()).collect())
}

#[test]
fn what_is_there_as_typed_is_that_one_path() {
    let names = ["我的 文件.txt", "it's.txt", "报告[1]*.txt", "报告[1]x.txt", "“引”.txt"];
    for name in names {
        assert_eq!(found(&names, name).unwrap(), [name]);
    }
}

#[test]
fn patterns_become_the_files_that_are_there() {
    let names = ["二.txt", "一.txt", ".隐.txt", "三.md", "子/四.txt", "子/五.txt", "另/四.txt"];
    for (typed, expected) in [
        ("*.txt", &["一.txt", "二.txt"][..]),
        (".*", &[".隐.txt"]),
        ("*", &["一.txt", "三.md", "二.txt"]),
        ("?.md", &["三.md"]),
        ("*/四.*", &["另/四.txt", "子/四.txt"]),
        ("子/*", &["子/五.txt", "子/四.txt"]),
        // What is not there is told by whoever opens it.
        ("没有.txt", &["没有.txt"]),
    ] {
        assert_eq!(found(&names, typed).unwrap(), expected, "{typed}");
    }
    for typed in ["*.rs", "没有/*", "*.txt/x*"] {
        let failed = found(&names, typed).unwrap_err();
        assert!(failed.message.contains(typed), "{failed}");
    }
    let many: Vec<String> = (0..101).map(|i| format!("{i}.txt")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert!(found(&many, "*.txt").unwrap_err().message.contains("101"));
    assert_eq!(found(&many[1..], "*.txt").unwrap().len(), 100);
}

proptest! {
    #[test]
    fn what_a_shell_would_quote_comes_back(names in prop::collection::vec("[a中 '\"*~]{1,6}", 1..4)) {
        // As a shell quotes: '…', and '\'' for the mark itself.
        let quote = |name: &String| format!("'{}'", name.replace('\'', if HAS_ESCAPES { "'\\''" } else { "'\"'\"'" }));
        let typed = names.iter().map(quote).collect::<Vec<_>>().join(" ");
        prop_assert_eq!(texts(&typed), names);
    }

    #[test]
    fn any_line_is_taken_apart_or_has_an_open_quote(typed in "[a '\"“”\\\\~*\u{3000}]{0,12}") {
        match split(&typed) {
            Ok(words) => prop_assert!(words.iter().all(|word| !word.text.is_empty())),
            Err(quote) => prop_assert!(typed.contains(quote)),
        }
    }

    #[test]
    fn a_star_stands_for_anything(before in "[a中]{0,3}", middle in "[a中b]{0,6}", behind in "[a中]{0,3}") {
        let pattern: Vec<char> = format!("{before}*{behind}").chars().collect();
        let name = format!("{before}{middle}{behind}");
        prop_assert!(fits(&pattern, &name));
    }
}
