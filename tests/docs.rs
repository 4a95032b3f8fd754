//! README.md is true: its options and commands exist and none is left out, its test line is what CI runs, and its two
//! languages say the same things to type.

use crate::support::Liao;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn project_file(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The Chinese part and the English one.
fn parts(readme: &str) -> (&str, &str) {
    readme.split_once("\n# English\n").expect("README.md has an English part")
}

/// The insides of the fenced blocks.
fn blocks(text: &str) -> Vec<String> {
    text.split("\n```").skip(1).step_by(2).map(str::to_owned).collect()
}

/// What stands between single backquotes.
fn spans(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.starts_with("```")).flat_map(|line| line.split('`').skip(1).step_by(2)).collect()
}

/// Long options, and short ones with theirs: `--temp`, `-m, --model`.
fn options(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let begins = |i: usize| !text[..i].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '-');
    for (i, _) in text.match_indices("--").filter(|&(i, _)| begins(i)) {
        let name: String = text[i + 2..].chars().take_while(|c| c.is_ascii_lowercase() || *c == '-').collect();
        if !name.is_empty() && name.starts_with(|c: char| c.is_ascii_lowercase()) {
            let short = text[..i].strip_suffix(", ").and_then(|before| before.get(before.len().checked_sub(2)?..));
            found.extend(short.filter(|short| short.starts_with('-')).map(|short| format!("{short}, --{name}")));
            found.insert(format!("--{name}"));
        }
    }
    found
}

fn help(args: &[&str]) -> String {
    let ran = Liao::new().english().args(args.iter().copied()).arg("--help").run();
    ran.exits(0).stdout_text().to_owned()
}

fn all_help() -> String {
    [
        &[][..],
        &["pull"],
        &["list"],
        &["show"],
        &["rm"],
        &["import"],
        &["sessions"],
        &["prompt"],
        &["bench"],
        &["config"],
        &["doctor"],
        &["completions"],
    ]
    .map(help)
    .concat()
}

#[test]
fn every_option_in_the_readme_exists_and_none_is_left_out() {
    let readme = project_file("README.md");
    let real = options(&all_help());
    for part in [parts(&readme).0, parts(&readme).1] {
        let ours = part.lines().filter(|line| !line.contains("cargo "));
        let named = options(&ours.collect::<Vec<_>>().join("\n"));
        let (invented, left_out) = (named.difference(&real), real.difference(&named));
        assert_eq!(invented.collect::<Vec<_>>(), [""; 0], "in README.md, but not in --help");
        assert_eq!(left_out.collect::<Vec<_>>(), [""; 0], "in --help, but not in README.md");
    }
}

#[test]
fn every_subcommand_in_the_readme_exists() {
    let (readme, help) = (project_file("README.md"), help(&[]));
    let blocks = blocks(&readme).join("\n");
    let typed = blocks.lines().chain(spans(&readme)).filter_map(|line| line.strip_prefix("liao "));
    let words: BTreeSet<&str> = typed
        .filter_map(|rest| rest.split(' ').next())
        .filter(|word| word.chars().all(|c| c.is_ascii_lowercase()))
        .collect();
    assert!(words.contains("prompt") && words.contains("config"), "{words:?}");
    for word in words {
        assert!(help.lines().any(|line| line.trim_start().split(' ').next() == Some(word)), "no {word} in:\n{help}");
    }
}

#[test]
fn ci_runs_the_readmes_test_line() {
    let (readme, ci) = (project_file("README.md"), project_file(".ci/run"));
    for part in [parts(&readme).0, parts(&readme).1] {
        let blocks = blocks(part).join("\n");
        let lines: Vec<&str> = blocks.lines().filter(|line| line.contains("cargo test")).collect();
        assert_eq!(lines, ["./scripts/setup.sh && cargo test --release"]);
        assert!(ci.lines().any(|line| line == lines[0]), "{ci}");
        assert!(blocks.lines().any(|line| line == "./scripts/setup.sh && cargo run --release"));
    }
}

#[test]
fn both_languages_say_the_same_things_to_type() {
    let readme = project_file("README.md");
    let (chinese, english) = parts(&readme);
    assert!(blocks(chinese).len() >= 5);
    assert_eq!(blocks(chinese), blocks(english));
    let words = |part| spans(part).into_iter().filter(|span| span.is_ascii() && !span.contains('<')).collect();
    let (chinese, english): (BTreeSet<&str>, BTreeSet<&str>) = (words(chinese), words(english));
    assert!(chinese.len() > 50, "{chinese:?}");
    assert_eq!(chinese.symmetric_difference(&english).collect::<Vec<_>>(), [&""; 0]);
}

#[test]
fn every_way_for_an_answer_to_end_is_named() {
    use liao::protocol::Outcome::{ContextFull, DeadEnd, Interrupted, Length, Repetition, Stop, StopString};
    let readme = project_file("README.md");
    for part in [parts(&readme).0, parts(&readme).1] {
        let spans = spans(part);
        for outcome in [Stop, Length, StopString, Interrupted, ContextFull, DeadEnd, Repetition] {
            assert!(spans.contains(&outcome.name()), "no {} in README.md", outcome.name());
        }
    }
}

#[test]
fn its_json_is_json_and_its_links_lead_somewhere() {
    let readme = project_file("README.md");
    let json: Vec<String> = blocks(&readme).into_iter().filter(|block| block.starts_with("json\n")).collect();
    assert_eq!(json.len(), 2);
    for line in json.iter().flat_map(|block| block.lines().skip(1)) {
        let event: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{line}: {e}"));
        assert!(event["event"].is_string(), "{line}");
    }
    let targets = readme.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    // Pages elsewhere cannot be looked at here.
    for target in targets.filter(|target| !target.starts_with('#') && !target.starts_with("https://")) {
        assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(target).exists(), "README.md links to {target}");
    }
}

#[test]
fn options_are_found_as_written() {
    let found = options("`-m, --model NAME`, --top-k, a--b ---c --7 -x, --json");
    let expected = ["--json", "--model", "--top-k", "-m, --model", "-x, --json"];
    assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), expected);
}
