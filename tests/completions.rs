//! `liao completions`: scripts that a shell takes and that know every option, and the man page.

use crate::support::{Liao, Ran};
use liao::repl::command::ROWS;
use liao::text::han::is_han;

fn written(kind: &str) -> Ran {
    Liao::new().args(["completions", kind]).run()
}

/// The long options of `liao --help`.
fn options() -> Vec<String> {
    let help = Liao::new().english().arg("--help").run();
    let lines = help.exits(0).stdout_text().lines().map(str::trim_start).filter(|line| line.starts_with('-'));
    let words = lines.filter_map(|line| line.split_whitespace().find(|word| word.starts_with("--")));
    // `--verbose...` may be given several times.
    let all: Vec<String> = words.map(|word| word.trim_end_matches('.').to_owned()).collect();
    assert!(all.len() > 20, "{all:?}");
    all
}

#[test]
fn every_shell_gets_every_option_and_nothing_that_is_hidden() {
    let options = options();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = written(shell);
        let script = ran.exits(0).stderr("").has_no_escapes().stdout_text();
        for option in &options {
            // fish writes them without dashes: `-l temp`.
            let bare = option.trim_start_matches('-');
            assert!(script.contains(option) || script.contains(&format!("-l {bare}")), "{shell}: no {option}");
        }
        for sub in ["doctor", "completions", "pull", "bench"] {
            assert!(script.contains(sub), "{shell}: no {sub}");
        }
        assert!(!script.contains("importer"), "{shell} is told what does not show");
        // The others complete options and subcommands alone.
        if ["bash", "zsh"].contains(&shell) {
            assert!(script.contains("q8_0") && script.contains("opendata-chinese-llama2-chat"), "{shell}: no values");
        }
    }
    // What is said of an option is in the language spoken.
    written("fish").stdout_has("温度");
    let english = Liao::new().english().args(["completions", "fish"]).run();
    english.exits(0).stdout_has("likeliest");
    assert!(!english.stdout_text().contains(|c| is_han(c) && c != '聊'), "{}", english.stdout_text());
}

#[test]
fn what_is_no_shell_is_told_what_there_is() {
    written("tcsh").exits(2).stdout("").stderr_is_one_line_with(&["tcsh", "bash zsh fish powershell elvish man"]);
    written("ZSH").exits(0);
    Liao::new().arg("completions").run().exits(2).stdout("").stderr_is_one_line_with(&["SHELL|man"]);
    // What is wrong with the settings is nothing to a script.
    let liao = Liao::new().args(["completions", "bash"]);
    liao.file("liao/config/config.toml", "zebra = 1");
    liao.run().exits(0).stderr("");
}

/// What bash would offer for the last of these words.
#[cfg(unix)]
fn offered(words: &[&str]) -> Vec<String> {
    let (last, before) = (words[words.len() - 1], words[words.len() - 2]);
    let quoted: String = words.iter().map(|word| format!("'{word}' ")).collect();
    let n = words.len() - 1;
    let bash = Liao::of("bash").arg("-c").arg(format!(
        "source ./liao.bash && COMP_WORDS=({quoted}) && COMP_CWORD={n} && _liao liao '{last}' '{before}'; echo \"${{COMPREPLY[@]}}\""
    ));
    bash.file("liao.bash", &written("bash").stdout);
    let ran = bash.run();
    ran.exits(0).stderr("").stdout_text().split_whitespace().map(str::to_owned).collect()
}

#[cfg(unix)]
#[test]
fn bash_completes() {
    assert_eq!(offered(&["liao", "--kv"]), ["--kv-type"]);
    assert_eq!(offered(&["liao", "--kv-type", "q"]), ["q8_0", "q4_0"]);
    assert_eq!(offered(&["liao", "doc"]), ["doctor"]);
    assert_eq!(offered(&["liao", "completions", "f"]), ["fish"]);
    assert_eq!(offered(&["liao", "sessions", "ex"]), ["export"]);
    assert_eq!(offered(&["liao", "pull", "opendata-chinese-llama2-c"]), ["opendata-chinese-llama2-chat"]);
    assert!(offered(&["liao", "pull", "--"]).contains(&"--keep-source".to_owned()));
    assert!(offered(&["liao", "engin"]).is_empty());
}

#[test]
fn the_man_page_has_everything_in_both_languages() {
    let options = options();
    for lang in ["zh", "en"] {
        let ran = Liao::new().args(["completions", "man", "--lang", lang]).run();
        let source = ran.exits(0).stderr("").has_no_escapes().stdout_text().to_owned();
        assert!(source.contains("\n.TH liao 1"), "{source}");
        // As it reads: roff has a backslash before every dash, and writes what is bold so.
        let text = source.replace("\\-", "-").replace("\\fB", "").replace("\\fI", "").replace("\\fR", "");
        for part in options.iter().map(String::as_str).chain(["liao pull", "LIAO_MAX_TOKENS", "130", "liao doctor"]) {
            assert!(text.contains(part), "{lang}: no {part}");
        }
        for row in ROWS {
            assert!(text.contains(&format!("/{}", row.names[0])), "{lang}: no /{}", row.names[0]);
        }
        let headings: Vec<&str> = source.lines().filter_map(|line| line.strip_prefix(".SH ")).collect();
        assert!(headings.len() > 8, "{headings:?}");
        assert!(headings.iter().all(|heading| heading.is_ascii() == (lang == "en")), "{headings:?}");
    }
}
