//! The terminal: how large it is now, and which know no escapes. The size is asked anew each time that something is
//! written, so nobody has to hear of it when it changes (SIGWINCH), and nothing is set for a width that is gone.

use std::ffi::OsStr;

/// Columns and rows where the terminal does not tell, or says nothing: serial lines have neither.
const USUAL: (usize, usize) = (80, 24);

/// The columns and rows of the terminal; at least 1 of each.
#[must_use]
pub fn size() -> (usize, usize) {
    known(crossterm::terminal::size().unwrap_or_default())
}

/// The columns of the terminal; at least 1.
#[must_use]
pub fn n_columns() -> usize {
    size().0
}

fn known((n_columns, n_rows): (u16, u16)) -> (usize, usize) {
    let or = |n: u16, usual: usize| if n == 0 { usual } else { n.into() };
    (or(n_columns, USUAL.0), or(n_rows, USUAL.1))
}

/// Whether a terminal of this name (`TERM`) knows no escapes and no keys but Enter. The names are rustyline's, which
/// reads such a terminal as a file is read.
#[must_use]
pub fn is_dumb(name: Option<&OsStr>) -> bool {
    ["dumb", "cons25", "emacs"].iter().any(|dumb| name.is_some_and(|name| name.eq_ignore_ascii_case(dumb)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_that_does_not_know_its_size_has_the_usual_one() {
        for (told, expected) in
            [((0, 0), (80, 24)), ((132, 0), (132, 24)), ((0, 50), (80, 50)), ((20, 10), (20, 10)), ((1, 1), (1, 1))]
        {
            assert_eq!(known(told), expected, "{told:?}");
        }
    }

    #[test]
    fn terminals_without_escapes_are_known_by_name() {
        for (name, expected) in [
            (Some("dumb"), true),
            (Some("DUMB"), true),
            (Some("emacs"), true),
            (Some("cons25"), true),
            (Some("xterm-256color"), false),
            (Some(""), false),
            (None, false),
        ] {
            assert_eq!(is_dumb(name.map(OsStr::new)), expected, "{name:?}");
        }
    }
}
