//! What stdout and stderr are, and what may be written there: from the streams themselves, the environment and the
//! settings. The terminal is not asked: its answer would come in among what is typed.

use std::io::IsTerminal;

use crate::config::settings::Color;
use crate::config::{Environment, Settings};
use crate::render::plain::{Clipboard, Look, Terminal};
use crate::render::terminal::{self, n_columns};
use crate::render::typeset::Ambiguous;

/// What the two streams are and what the person wants on them.
pub(super) fn look(settings: &Settings, environment: &Environment) -> Look {
    let takes_styles = wants_escapes(settings.color(), environment);
    let terminal = Terminal { n_columns, ambiguous: ambiguous(settings, environment), takes_styles };
    let (is_out, is_err) = (std::io::stdout().is_terminal(), std::io::stderr().is_terminal());
    if (is_out || is_err) && takes_styles {
        // It reads NO_COLOR by itself, which `--color always` overrules.
        crossterm::style::force_color_output(true);
    }
    // Copying is asked for each time, so NO_COLOR, which is about colours, does not forbid it.
    let has_clipboard = (is_out || is_err) && !is_dumb(environment);
    Look {
        terminal: is_out.then_some(terminal),
        messages: is_err.then_some(terminal),
        clipboard: has_clipboard.then(|| Clipboard { is_on_stderr: is_err, is_tmux: is_tmux(environment) }),
        is_quiet: settings.quiet(),
    }
}

/// The status line is drawn with escape codes: only where stderr is a terminal that knows them and nobody minds.
pub(super) fn shows_status(settings: &Settings, environment: &Environment) -> bool {
    wants_escapes(settings.color(), environment) && std::io::stderr().is_terminal() && !settings.quiet()
}

/// Whether escapes are wanted where there is a terminal for them.
pub(super) fn wants_escapes(color: Color, environment: &Environment) -> bool {
    match color {
        Color::Never => false,
        Color::Always => true,
        Color::Auto => environment.raw("NO_COLOR").is_none() && !is_dumb(environment),
    }
}

fn is_dumb(environment: &Environment) -> bool {
    terminal::is_dumb(environment.raw("TERM"))
}

/// Also one at the other end of ssh, where only the name of the terminal tells.
fn is_tmux(environment: &Environment) -> bool {
    let is_named = |term: &std::ffi::OsStr| term.to_str().is_some_and(|term| term.starts_with("tmux"));
    environment.raw("TMUX").is_some() || environment.raw("TERM").is_some_and(is_named)
}

/// The variable that settles the character encoding, and its value: the first that is set, in POSIX's order.
pub(super) fn locale(environment: &Environment) -> Option<(&'static str, String)> {
    let set = |name| Some((name, environment.raw(name)?.to_string_lossy().into_owned()));
    ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set)
}

/// How wide the terminal draws characters of ambiguous width: as it was said, or as the environment of terminals that
/// tell it has it (VTE; mintty's locales). A Chinese locale alone tells nothing: nearly all terminals give such
/// characters one column in any language.
pub(super) fn ambiguous(settings: &Settings, environment: &Environment) -> Ambiguous {
    let is_wide = settings.ambiguous_is_wide().unwrap_or_else(|| {
        let vte = environment.raw("VTE_CJK_WIDTH").is_some_and(|width| width == "1" || width == "wide");
        vte || locale(environment).is_some_and(|(_, value)| value.contains("@cjkwide"))
    });
    if is_wide { Ambiguous::Wide } else { Ambiguous::Narrow }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Layer;
    use crate::cli::options::{Key, Place, row};
    use crate::config::Registry;
    use crate::config::file::ConfigFile;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        let variables = variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        Environment { variables, ..Environment::default() }
    }

    fn settings(key: Key, value: &str) -> Settings {
        let flags = Layer::from([(key, row(key).read(value, Place::Flag).expect("a value of it"))]);
        Settings::resolve(&flags, &Environment::default(), &ConfigFile::default(), &Registry::built_in()).0
    }

    #[test]
    fn escapes_are_for_who_wants_them() {
        for (color, variables, wanted) in [
            (Color::Auto, &[("TERM", "xterm-256color")][..], true),
            (Color::Auto, &[], true),
            (Color::Auto, &[("NO_COLOR", "1")], false),
            (Color::Auto, &[("NO_COLOR", "")], true),
            (Color::Auto, &[("TERM", "dumb")], false),
            (Color::Auto, &[("TERM", "emacs")], false),
            (Color::Always, &[("NO_COLOR", "1"), ("TERM", "dumb")], true),
            (Color::Never, &[("TERM", "xterm-256color")], false),
        ] {
            assert_eq!(wants_escapes(color, &environment(variables)), wanted, "{color:?} {variables:?}");
        }
    }

    #[test]
    fn ambiguous_characters_are_narrow_unless_somebody_says_otherwise() {
        for (setting, variables, expected) in [
            ("auto", &[("LANG", "zh_CN.UTF-8")][..], Ambiguous::Narrow),
            ("auto", &[("LANG", "zh_CN.UTF-8@cjkwide")], Ambiguous::Wide),
            ("auto", &[("LC_ALL", "en_US.UTF-8"), ("LANG", "zh_CN.UTF-8@cjkwide")], Ambiguous::Narrow),
            ("auto", &[("VTE_CJK_WIDTH", "wide")], Ambiguous::Wide),
            ("auto", &[("VTE_CJK_WIDTH", "narrow")], Ambiguous::Narrow),
            ("wide", &[], Ambiguous::Wide),
            ("narrow", &[("VTE_CJK_WIDTH", "1")], Ambiguous::Narrow),
        ] {
            let settings = settings(Key::AmbiguousWidth, setting);
            assert_eq!(ambiguous(&settings, &environment(variables)), expected, "{setting} {variables:?}");
        }
    }

    #[test]
    fn tmux_is_known_near_and_far() {
        for (variables, expected) in [
            (&[("TMUX", "/tmp/tmux-0/default,1,0"), ("TERM", "screen-256color")][..], true),
            (&[("TERM", "tmux-256color")], true),
            (&[("TERM", "screen-256color")], false),
            (&[], false),
        ] {
            assert_eq!(is_tmux(&environment(variables)), expected, "{variables:?}");
        }
    }
}
