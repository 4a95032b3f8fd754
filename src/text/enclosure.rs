//! How files stand in a question, and how what a person said is found in it again. Pure; reading files is not here.
//!
//! Each file is a line with its name and its text between fences, the files in their order, and last, behind a blank
//! line, what the person said. The words of a question stand last because a model of 13B holds to what it read last,
//! and because so the files, which are long, are the beginning that two questions about them share: the second one finds
//! them in the KV cache. A fence is longer than any row of backquotes in the text, so no text ends it.

use super::han::is_han;

/// A file as a question has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Enclosed<'a> {
    /// Its name, on one line.
    pub name: &'a str,
    /// Its text.
    pub text: &'a str,
}

/// The line above a text, before and behind the name: for a question in Chinese, and for any other.
const CHINESE: [&str; 2] = ["文件 ", " 的内容："];
const OTHER: [&str; 2] = ["Contents of the file ", ":"];

const MIN_FENCE_CHARS: usize = 3;

/// The question with its files. Without files it is as it was. Which language the lines above the files are in follows
/// from the question, so that it reads the same whoever asks it, wherever.
#[must_use]
pub fn enclose(files: &[Enclosed<'_>], question: &str) -> String {
    let mut whole = String::new();
    for file in files {
        whole.push_str(&block(*file, question));
    }
    whole.push_str(question);
    whole
}

/// One file as it stands before this question, the blank line behind it included.
#[must_use]
pub fn block(file: Enclosed<'_>, question: &str) -> String {
    let [before, behind] = if question.chars().any(is_han) { CHINESE } else { OTHER };
    let fence = "`".repeat(longest_row(file.text).max(MIN_FENCE_CHARS - 1) + 1);
    let text = file.text.trim_end_matches(['\n', '\r', ' ', '\t']);
    format!("{before}{name}{behind}\n{fence}\n{text}\n{fence}\n\n", name = file.name)
}

/// What a person said in a question that may have files in it: what stands behind them.
#[must_use]
pub fn words(question: &str) -> &str {
    parts(question).1
}

/// The same, behind the lines that name the files in it.
#[must_use]
pub fn parts(question: &str) -> (Vec<&str>, &str) {
    let (mut titles, mut rest) = (Vec::new(), question);
    while let Some((title, behind)) = first_block(rest) {
        titles.push(title);
        rest = behind;
    }
    (titles, rest)
}

/// The line that names the file with which a text begins, and what stands behind the file; `None`: it begins with none.
fn first_block(text: &str) -> Option<(&str, &str)> {
    let (title, rest) = text.split_once('\n')?;
    let is_title = |[before, behind]: [&str; 2]| title.starts_with(before) && title.ends_with(behind);
    if !is_title(CHINESE) && !is_title(OTHER) {
        return None;
    }
    let (fence, rest) = rest.split_once('\n')?;
    if fence.len() < MIN_FENCE_CHARS || fence.bytes().any(|byte| byte != b'`') {
        return None;
    }
    let (_, behind) = rest.split_once(&format!("\n{fence}\n"))?;
    Some((title, behind.strip_prefix('\n')?))
}

fn longest_row(text: &str) -> usize {
    let mut longest = 0;
    let mut row = 0;
    for byte in text.bytes() {
        row = if byte == b'`' { row + 1 } else { 0 };
        longest = longest.max(row);
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn files_stand_before_the_question() {
        let file = Enclosed { name: "报告.txt", text: "第一行\n第二行\n\n" };
        assert_eq!(enclose(&[file], "总结一下"), "文件 报告.txt 的内容：\n```\n第一行\n第二行\n```\n\n总结一下");
        let other = Enclosed { name: "a.md", text: "```rust\nfn f() {}\n```" };
        assert_eq!(
            enclose(&[file, other], "sum it up"),
            "Contents of the file 报告.txt:\n```\n第一行\n第二行\n```\n\n\
             Contents of the file a.md:\n````\n```rust\nfn f() {}\n```\n````\n\nsum it up"
        );
        assert_eq!(enclose(&[], "你好"), "你好");
    }

    #[test]
    fn what_only_looks_like_a_file_is_what_was_said() {
        for said in [
            "",
            "你好",
            "文件 a.txt 的内容：",
            "文件 a.txt 的内容：\n```\n没有完",
            "文件 a.txt 的内容：\n``\nx\n``\n\n问",
            "文件 a.txt 的内容：\n```rust\nx\n```\n\n问",
            "文件 a.txt 的内容：\n```\nx\n```\n问",
            "```\nx\n```\n\n问",
        ] {
            assert_eq!(words(said), said);
        }
        assert_eq!(words("Contents of the file a:\n```\nx\n```\n\n"), "");
    }

    proptest! {
        #[test]
        fn what_was_said_is_found_behind_any_files(
            texts in prop::collection::vec("(`{1,5}|\n|字|a|  |文件 a 的内容：|\r\n){0,12}", 0..4),
            question in "(你|a|`|\n|：){0,8}",
        ) {
            let files: Vec<Enclosed<'_>> = texts.iter().map(|text| Enclosed { name: "a.txt", text }).collect();
            let whole = enclose(&files, &question);
            prop_assert_eq!(words(&whole), question.as_str());
            let (titles, _) = parts(&whole);
            prop_assert_eq!(titles.len(), texts.len());
            prop_assert!(titles.iter().all(|title| title.contains("a.txt")));
            for text in &texts {
                prop_assert!(whole.contains(text.trim_end()));
            }
            let blocks: String = files.iter().map(|file| block(*file, &question)).collect();
            prop_assert_eq!(whole, blocks + &question);
        }
    }
}
