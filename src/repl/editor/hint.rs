//! The grey text behind the cursor: how a line typed before went on, how the name of a command goes on, what a command
//! takes; and where nothing is typed yet, which files will go with it. There is one only where it fits behind what is
//! typed, so that it never moves anything.

use unicode_width::UnicodeWidthStr;

use super::{N_PROMPT_COLUMNS, lines};
use crate::config::settings::{Dial, plain};
use crate::repl::command;
use crate::text::untrusted;
use crate::tr;

/// A hint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hint {
    shown: String,
    /// It goes on with the line, and is typed by the right arrow.
    is_text: bool,
}

impl rustyline::hint::Hint for Hint {
    fn display(&self) -> &str {
        &self.shown
    }

    fn completion(&self) -> Option<&str> {
        self.is_text.then_some(self.shown.as_str())
    }
}

/// The hint behind a line, in a terminal so wide. `past` gives the newest line that goes on where this one ends.
pub(super) fn hint(
    line: &str,
    dials: &[Dial],
    n_columns: usize,
    past: impl FnOnce(&str) -> Option<String>,
) -> Option<Hint> {
    if line.trim().is_empty() {
        return None;
    }
    let n_indent = if line.contains('\n') { 0 } else { N_PROMPT_COLUMNS };
    let last = line.rsplit('\n').next().unwrap_or_default();
    first_that_fits(candidates(line, dials, past), n_indent + last.width(), n_columns)
}

/// The hint at an empty prompt: the files that wait for the question, or how many where their names do not fit.
pub(super) fn waiting(names: &[String], n_columns: usize) -> Option<Hint> {
    if names.is_empty() {
        return None;
    }
    let (n, names) = (names.len(), names.join(&tr!("、", ", ")));
    let names = untrusted::one_line(&names);
    let hints = [tr!("（附上：{names}）", "(with {names})"), tr!("（附上 {n} 个文件）", "(with files: {n})")];
    first_that_fits(hints.map(note), N_PROMPT_COLUMNS, n_columns)
}

fn note(shown: String) -> Hint {
    Hint { shown, is_text: false }
}

fn first_that_fits(hints: impl IntoIterator<Item = Hint>, n_typed: usize, n_columns: usize) -> Option<Hint> {
    // The last column stays free: some terminals wrap behind it.
    let n_free = n_columns.saturating_sub(n_typed + 1);
    hints.into_iter().find(|hint| !hint.shown.is_empty() && !hint.shown.contains('\n') && hint.shown.width() <= n_free)
}

/// The best first; where it does not fit, the next one may.
fn candidates(line: &str, dials: &[Dial], past: impl FnOnce(&str) -> Option<String>) -> Vec<Hint> {
    let text = |shown: &str| Hint { shown: shown.to_owned(), is_text: true };
    if lines::is_open(line) {
        let begins_a_line = line.ends_with('\n') || !line.contains('\n');
        let way_out = tr!("  （\"\"\" 结束，Ctrl-C 放弃）", "  (\"\"\" ends it, Ctrl-C drops it)");
        return begins_a_line.then(|| note(way_out)).into_iter().collect();
    }
    let gone_on = past(line).and_then(|past| past.strip_prefix(line).map(text));
    let Some(name) = command::name_in(line) else { return gone_on.into_iter().collect() };
    let typed = &line[name.clone()];
    if typed.is_empty() {
        return Vec::new();
    }
    let Some(row) = command::row(typed) else {
        let is_name = name.end == line.len();
        let begun = command::beginning(typed).find_map(|(_, name)| name.strip_prefix(typed));
        return gone_on.into_iter().chain(begun.filter(|_| is_name).map(text)).collect();
    };
    if let Some(setting) = (row.names[0] == "set").then(|| setting(&line[name.end..], dials)).flatten() {
        return vec![setting];
    }
    let argument = row.argument();
    match &line[name.end..] {
        "" => {
            let (behind, help) = (if argument.is_empty() { "" } else { " " }, row.help());
            let short = format!("{behind}{argument}");
            vec![note(format!("{short}  {help}")), note(short)]
        }
        rest if rest.trim().is_empty() => vec![note(argument.to_owned())],
        _ => gone_on.into_iter().collect(),
    }
}

/// Behind `/set`: the rest of a key, or what is in force.
fn setting(rest: &str, dials: &[Dial]) -> Option<Hint> {
    let typed = rest.trim_start();
    let key = plain(typed.trim_end());
    if key.is_empty() {
        return None;
    }
    if let Some(Dial { value, range, .. }) = dials.iter().find(|dial| dial.key == key) {
        let behind = if typed.ends_with(char::is_whitespace) { "" } else { " " };
        return Some(note(tr!("{behind}（现为 {value}；{range}）", "{behind}(now {value}; {range})")));
    }
    let rest = dials.iter().find_map(|dial| dial.key.strip_prefix(typed))?;
    Some(Hint { shown: rest.to_owned(), is_text: true })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAST: [&str; 4] = ["你好吗", "/undo 3", "两\n行", "/help undo"];

    fn dials() -> Vec<Dial> {
        let dial = |key, value: &str, range: &str| Dial {
            key,
            help: "",
            value: value.into(),
            default: value.into(),
            range: range.into(),
        };
        vec![dial("temp", "0.6", "0 到 5"), dial("top-k", "40", "整数")]
    }

    fn hinted(line: &str, n_columns: usize) -> Option<(String, bool)> {
        let past = |line: &str| PAST.iter().find(|past| past.starts_with(line)).map(|past| (*past).to_owned());
        hint(line, &dials(), n_columns, past).map(|hint| (hint.shown, hint.is_text))
    }

    #[test]
    fn what_was_typed_before_goes_on_as_it_did() {
        for (line, rest) in [("你", "好吗"), ("你好", "吗"), ("/u", "ndo 3"), ("/help ", "[命令]"), ("/help u", "ndo")]
        {
            let is_text = !rest.starts_with('[');
            assert_eq!(hinted(line, 80), Some((rest.to_owned(), is_text)), "{line}");
        }
        for line in ["", " ", "你好吗", "好", "两", "/zzz", "/help x", "//"] {
            assert_eq!(hinted(line, 80), None, "{line:?}");
        }
    }

    /// What is shown behind the name of a command: all of it, and without the help.
    fn usage(name: &str) -> (String, String) {
        let row = command::row(name).expect("a command");
        let argument = row.usage().split_once(' ').map_or(String::new(), |(_, argument)| format!(" {argument}"));
        (format!("{argument}  {}", row.help()), argument)
    }

    #[test]
    fn a_command_says_what_it_takes() {
        for (line, shown) in [
            ("/undo", usage("undo").0),
            ("、撤销", usage("undo").0),
            ("/new", usage("new").0),
            ("/set", usage("set").0),
            ("/undo ", "[N]".to_owned()),
            ("/set temp", " （现为 0.6；0 到 5）".to_owned()),
            ("/set 温度", " （现为 0.6；0 到 5）".to_owned()),
            ("/set TEMP ", "（现为 0.6；0 到 5）".to_owned()),
            ("\"\"\"", "  （\"\"\" 结束，Ctrl-C 放弃）".to_owned()),
            ("\"\"\"一\n", "  （\"\"\" 结束，Ctrl-C 放弃）".to_owned()),
            ("\"\"\"\n一\n\n", "  （\"\"\" 结束，Ctrl-C 放弃）".to_owned()),
        ] {
            assert_eq!(hinted(line, 200), Some((shown, false)), "{line}");
        }
        for (line, rest) in [("/conte", "xt"), ("、上", "下文"), ("/set to", "p-k")] {
            assert_eq!(hinted(line, 80), Some((rest.to_owned(), true)), "{line}");
        }
        for line in ["/set temp 0.8", "/set x", "/new x", "/nichts", "\"\"\"一\n二", "/"] {
            assert_eq!(hinted(line, 80), None, "{line:?}");
        }
    }

    #[test]
    fn files_that_wait_are_named_or_counted() {
        let told = |names: &[&str], n_columns| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            waiting(&names, n_columns).map(|hint| hint.shown)
        };
        assert_eq!(told(&[], 80), None);
        assert_eq!(told(&["报告.txt", "b\n.md"], 80).as_deref(), Some("（附上：报告.txt、b^J.md）"));
        assert_eq!(told(&["报告.txt", "b.md"], 20).as_deref(), Some("（附上 2 个文件）"));
        assert_eq!(told(&["报告.txt"], 19), None);
    }

    #[test]
    fn a_hint_fits_or_gives_way_to_a_shorter_one() {
        let (long, short) = usage("undo");
        let n_typed = N_PROMPT_COLUMNS + "/undo".len();
        for (n_columns, shown) in [
            (n_typed + long.width() + 1, Some(&long)),
            (n_typed + long.width(), Some(&short)),
            (n_typed + short.width() + 1, Some(&short)),
            (n_typed + short.width(), None),
            (0, None),
        ] {
            assert_eq!(hinted("/undo", n_columns).map(|(shown, _)| shown).as_ref(), shown, "{n_columns}");
        }
        assert_eq!(hinted("你好", 8), None);
        assert_eq!(hinted("你好", 9), Some(("吗".to_owned(), true)));
    }
}
