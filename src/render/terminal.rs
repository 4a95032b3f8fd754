//! How wide the terminal is now. Asked anew each time that something is written, so nobody has to hear of it when it
//! changes (SIGWINCH), and nothing is set for a width that is gone.

/// Where the terminal does not tell, or says nothing: serial lines have no columns.
const N_COLUMNS: usize = 80;

/// The columns of the terminal; at least 1.
#[must_use]
pub fn n_columns() -> usize {
    match crossterm::terminal::size() {
        Ok((n_columns @ 1.., _)) => n_columns.into(),
        _ => N_COLUMNS,
    }
}
