//! The terminal: whether 汉字 come through, stand where they are taken to stand, and can be taken back.

use std::io::IsTerminal;

use super::finding::Finding;
use crate::commands::{Call, terminal};
use crate::config::Environment;
use crate::config::settings::Color;
use crate::render::terminal::is_dumb;
use crate::render::typeset::Ambiguous;
use crate::text::Untrusted;
use crate::tr;

/// Characters whose width Unicode leaves to the terminal.
const AMBIGUOUS: &str = "“…①";

/// Narrower than this, tables and messages fall apart.
const MIN_COLUMNS: u16 = 40;

/// The character encoding that the surroundings ask programs for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Locale {
    /// The variable that settles it, and its value; `None`: none is set.
    from: Option<(&'static str, String)>,
}

impl Locale {
    pub(super) fn of(environment: &Environment) -> Self {
        Self { from: terminal::locale(environment) }
    }

    /// Windows has no such variables, and is written to in Unicode.
    pub(super) fn is_utf8(&self) -> bool {
        let says_so = |value: &str| {
            let value = value.to_ascii_lowercase();
            value.contains("utf-8") || value.contains("utf8")
        };
        cfg!(windows) || self.from.as_ref().is_some_and(|(_, value)| says_so(value))
    }

    fn finding(&self) -> Finding {
        let shown = match &self.from {
            Some((name, value)) => format!("{name}={}", Untrusted(value)),
            None if cfg!(windows) => "Windows".to_owned(),
            None => tr!("没有设 LANG", "LANG is not set"),
        };
        if self.is_utf8() {
            return Finding::well("locale", tr!("编码 UTF-8（{shown}）", "encoding UTF-8 ({shown})"), shown);
        }
        Finding::doubtful(
            "locale",
            tr!("编码不是 UTF-8（{shown}）", "the encoding is not UTF-8 ({shown})"),
            tr!(
                "liao 总是写 UTF-8，别的程序会弄错：在 ~/.profile 里加一行 export LANG=C.UTF-8",
                "liao writes UTF-8 regardless, but other programs may get it wrong: put export LANG=C.UTF-8 into ~/.profile"
            ),
            shown,
        )
    }
}

/// Everything about the terminal.
pub(super) fn findings(call: &Call, locale: &Locale) -> Vec<Finding> {
    let (reads, writes) = (std::io::stdin().is_terminal(), std::io::stdout().is_terminal());
    let mut findings = vec![locale.finding()];
    if !reads && !writes {
        let what = tr!("没有接在终端上：其余的这次看不到", "not on a terminal: the rest cannot be checked this time");
        findings.push(Finding::well("terminal", what, false));
        return findings;
    }
    findings.push(size());
    findings.extend(reads.then(erasing).flatten());
    let (environment, settings) = (&call.environment, &call.config.settings);
    let takes_escapes = terminal::wants_escapes(settings.color(), environment);
    if reads && writes && takes_escapes && !call.json {
        findings.push(ambiguous(asked::width_of_ambiguous(), terminal::ambiguous(settings, environment)));
    }
    findings.push(colours(environment, settings.color()));
    findings
}

fn size() -> Finding {
    match crossterm::terminal::size() {
        Ok((n_columns, n_rows)) if n_columns >= MIN_COLUMNS => {
            let what = tr!("大小 {n_columns} 列 {n_rows} 行", "size {n_columns} columns, {n_rows} rows");
            Finding::well("size", what, vec![n_columns, n_rows])
        }
        Ok((n_columns @ 1.., n_rows)) => Finding::doubtful(
            "size",
            tr!("只有 {n_columns} 列 {n_rows} 行", "only {n_columns} columns, {n_rows} rows"),
            tr!(
                "把窗口拉到 {MIN_COLUMNS} 列以上，表格才排得开",
                "widen the window to {MIN_COLUMNS} columns or more, for tables to fit"
            ),
            vec![n_columns, n_rows],
        ),
        _ => Finding::doubtful(
            "size",
            tr!("终端没有说它多大：按 80 列算", "the terminal does not report its size: assuming 80 columns"),
            tr!("用 stty cols 80 rows 24 告诉它", "tell it with stty cols 80 rows 24"),
            serde_json::Value::Null,
        ),
    }
}

/// Whether the kernel takes back a 汉字 with one backspace where no line editor does it: `liao` at the end of a pipe,
/// `cat`, `read`.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn erasing() -> Option<Finding> {
    use rustix::termios::{InputModes, tcgetattr};
    let is_set = tcgetattr(std::io::stdin()).ok()?.input_modes.contains(InputModes::IUTF8);
    Some(if is_set {
        Finding::well(
            "iutf8",
            tr!("退格按整个汉字（iutf8）", "backspace removes a whole Chinese character (iutf8)"),
            true,
        )
    } else {
        Finding::doubtful(
            "iutf8",
            tr!(
                "iutf8 没有开：退格可能只删掉半个汉字",
                "iutf8 is off: backspace may remove a third of a Chinese character"
            ),
            tr!("在 ~/.profile 里加一行 stty iutf8", "put stty iutf8 into ~/.profile"),
            false,
        )
    })
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn erasing() -> Option<Finding> {
    None
}

/// `n_columns` is what the terminal gives to [`AMBIGUOUS`], `reckoned` what answers are set with.
fn ambiguous(n_columns: Option<u16>, reckoned: Ambiguous) -> Finding {
    let check = "ambiguous_width";
    let n_narrow = u16::try_from(AMBIGUOUS.chars().count()).unwrap_or(u16::MAX);
    let (each, n_reckoned) = match reckoned {
        Ambiguous::Narrow => (1, n_narrow),
        Ambiguous::Wide => (2, 2 * n_narrow),
    };
    let setting = if n_columns == Some(2 * n_narrow) { "wide" } else { "narrow" };
    match n_columns {
        None => Finding::doubtful(
            check,
            tr!(
                "终端没有说 {AMBIGUOUS} 这样的字符有多宽：按各占 {each} 列排",
                "the terminal does not say how wide characters like {AMBIGUOUS} are: assuming {each} column(s) each"
            ),
            tr!(
                "若引号、省略号后面的字错位，在 config.toml 里写 ambiguous-width = \"wide\"",
                "if text after quotation marks is misaligned, put ambiguous-width = \"wide\" into config.toml"
            ),
            serde_json::Value::Null,
        ),
        Some(n) if n == n_reckoned => Finding::well(
            check,
            tr!(
                "{AMBIGUOUS} 这样的字符在你的终端里各占 {each} 列",
                "characters like {AMBIGUOUS} take {each} column(s) each in your terminal"
            ),
            n,
        ),
        Some(n) => Finding::doubtful(
            check,
            tr!(
                "{AMBIGUOUS} 这 {n_narrow} 个字符在你的终端里共占 {n} 列，liao 按 {n_reckoned} 列排",
                "the {n_narrow} characters {AMBIGUOUS} take {n} columns in your terminal; liao assumes {n_reckoned}"
            ),
            tr!(
                "在 config.toml 里写 ambiguous-width = \"{setting}\"，否则引号、省略号后面的字会错位",
                "put ambiguous-width = \"{setting}\" into config.toml, or text after them is misaligned"
            ),
            n,
        ),
    }
}

fn colours(environment: &Environment, color: Color) -> Finding {
    let text = |name: &str| environment.raw(name).map(|value| value.to_string_lossy().into_owned()).unwrap_or_default();
    let (term, depth) = (text("TERM"), text("COLORTERM"));
    let shown = Untrusted(&term);
    let check = "colour";
    if color == Color::Never || (color == Color::Auto && !text("NO_COLOR").is_empty()) {
        return Finding::well(check, tr!("不用颜色：你这样设了", "no colours, as you asked"), "none");
    }
    if term.is_empty() && !cfg!(windows) {
        let what = tr!("没有设 TERM：不知道终端会什么", "TERM is not set: what the terminal can do is not known");
        let advice = tr!("export TERM=xterm-256color", "export TERM=xterm-256color");
        return Finding::doubtful(check, what, advice, "unknown");
    }
    let (what, value) = match depth.as_str() {
        _ if is_dumb(environment.raw("TERM")) => (tr!("没有颜色（TERM={shown}）", "no colours (TERM={shown})"), "none"),
        "truecolor" | "24bit" => (tr!("颜色 1600 万种（{shown}）", "16 million colours ({shown})"), "truecolor"),
        _ if term.contains("256color") => (tr!("颜色 256 种（{shown}）", "256 colours ({shown})"), "256"),
        _ => (tr!("颜色 16 种（{shown}）", "16 colours ({shown})"), "16"),
    };
    Finding::well(check, what, value)
}

/// What only the terminal itself can tell.
#[cfg(unix)]
mod asked {
    use std::io::Write;
    use std::time::{Duration, Instant};

    use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};

    use super::AMBIGUOUS;

    /// A terminal behind a slow line answers within this, and who has one that never does is not kept waiting.
    const PATIENCE: Duration = Duration::from_secs(1);

    /// Keys come one by one and unseen while this lives.
    struct Raw(Termios);

    impl Raw {
        fn now() -> Option<Self> {
            let found = tcgetattr(std::io::stdin()).ok()?;
            let mut raw = found.clone();
            raw.local_modes -= LocalModes::ICANON | LocalModes::ECHO;
            // A read comes back after a tenth of a second with nothing.
            raw.special_codes[SpecialCodeIndex::VMIN] = 0;
            raw.special_codes[SpecialCodeIndex::VTIME] = 1;
            tcsetattr(std::io::stdin(), OptionalActions::Now, &raw).ok()?;
            Some(Self(found))
        }
    }

    impl Drop for Raw {
        fn drop(&mut self) {
            let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, &self.0);
        }
    }

    /// The columns that [`AMBIGUOUS`] takes: it is written at the beginning of a line, and the terminal is asked where its
    /// cursor is then. `None`: it does not say.
    pub(super) fn width_of_ambiguous() -> Option<u16> {
        let raw = Raw::now()?;
        let mut terminal = std::io::stdout();
        write!(terminal, "\r{AMBIGUOUS}\x1b[6n").and_then(|()| terminal.flush()).ok()?;
        let column = column_answered();
        let cleared = write!(terminal, "\r\x1b[K").and_then(|()| terminal.flush());
        drop(raw);
        cleared.ok()?;
        column?.checked_sub(1)
    }

    fn column_answered() -> Option<u16> {
        let (begun, mut answer) = (Instant::now(), Vec::new());
        while begun.elapsed() < PATIENCE {
            let mut piece = [0; 64];
            let n = rustix::io::read(std::io::stdin(), &mut piece).ok()?;
            answer.extend_from_slice(&piece[..n]);
            if let Some(column) = column(&answer) {
                return Some(column);
            }
        }
        None
    }

    /// The column in `ESC [ row ; column R`, wherever that stands among what was typed meanwhile.
    pub(super) fn column(answer: &[u8]) -> Option<u16> {
        let text = String::from_utf8_lossy(answer);
        text.split("\x1b[").skip(1).find_map(|report| {
            let (row, column) = report.split_once('R')?.0.split_once(';')?;
            row.parse::<u16>().ok()?;
            column.parse().ok()
        })
    }
}

#[cfg(not(unix))]
mod asked {
    pub(super) fn width_of_ambiguous() -> Option<u16> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Level;
    use super::*;

    fn environment(set: &[(&str, &str)]) -> Environment {
        let variables = set.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        Environment { variables: variables.collect(), ..Environment::default() }
    }

    #[cfg(not(windows))]
    #[test]
    fn the_first_variable_that_is_set_settles_the_encoding() {
        for (set, is_utf8) in [
            (&[][..], false),
            (&[("LANG", "C")], false),
            (&[("LANG", "zh_CN.UTF-8")], true),
            (&[("LANG", "C.utf8")], true),
            (&[("LANG", "zh_CN.GB18030")], false),
            (&[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "C")], false),
            (&[("LANG", "C"), ("LC_CTYPE", "en_US.UTF-8")], true),
            (&[("LANG", "C.UTF-8"), ("LC_ALL", "")], true),
        ] {
            let locale = Locale::of(&environment(set));
            assert_eq!(locale.is_utf8(), is_utf8, "{set:?}");
            assert_eq!(locale.finding().level == Level::Well, is_utf8, "{set:?}");
        }
    }

    #[test]
    fn a_width_that_is_reckoned_with_is_well_and_any_other_is_told() {
        for (n_columns, reckoned) in [(3, Ambiguous::Narrow), (6, Ambiguous::Wide)] {
            assert_eq!(ambiguous(Some(n_columns), reckoned).level, Level::Well);
        }
        for (n_columns, reckoned, setting) in [
            (None, Ambiguous::Narrow, "wide"),
            (Some(6), Ambiguous::Narrow, "\"wide\""),
            (Some(3), Ambiguous::Wide, "\"narrow\""),
            (Some(4), Ambiguous::Narrow, "\"narrow\""),
            (Some(0), Ambiguous::Wide, "\"narrow\""),
        ] {
            let finding = ambiguous(n_columns, reckoned);
            assert_eq!(finding.level, Level::Doubtful);
            assert!(finding.advice.as_ref().is_some_and(|advice| advice.contains(setting)), "{finding:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn the_answer_is_found_among_what_was_typed() {
        for (answer, column) in [
            (&b"\x1b[1;4R"[..], Some(4)),
            (b"ls\n\x1b[A\x1b[24;7Rrm", Some(7)),
            (b"\x1b[200~x\x1b[201~\x1b[3;80R", Some(80)),
            (b"\x1b[1;4", None),
            (b"\x1b[1R", None),
            (b"1;4R", None),
            (b"\x1b[a;4R", None),
            (b"\x1b[1;99999999R", None),
            (b"", None),
        ] {
            assert_eq!(asked::column(answer), column, "{}", String::from_utf8_lossy(answer));
        }
        // However it is cut, it is only found when it is whole.
        let whole = b"\x1b[12;34R";
        assert!((0..whole.len()).all(|n| asked::column(&whole[..n]).is_none()));
    }

    #[test]
    fn colours_are_what_the_surroundings_say() {
        for (set, color, expected) in [
            (&[("TERM", "xterm-256color")][..], Color::Auto, "256"),
            (&[("TERM", "xterm"), ("COLORTERM", "truecolor")], Color::Auto, "truecolor"),
            (&[("TERM", "xterm")], Color::Auto, "16"),
            (&[("TERM", "dumb"), ("COLORTERM", "truecolor")], Color::Auto, "none"),
            (&[("TERM", "emacs")], Color::Auto, "none"),
            (&[("TERM", "xterm-256color"), ("NO_COLOR", "1")], Color::Auto, "none"),
            (&[("TERM", "xterm-256color")], Color::Never, "none"),
        ] {
            let finding = colours(&environment(set), color);
            assert_eq!((finding.level, serde_json::json!(expected)), (Level::Well, finding.value), "{set:?}");
        }
        #[cfg(not(windows))]
        assert_eq!(colours(&environment(&[]), Color::Auto).level, Level::Doubtful);
    }
}
