//! The keyboard while a model is loaded or an answer is being written: what is typed then is kept for the next line and
//! not shown, lest it stand in the middle of the answer, or a `^C` behind the status line.

/// While this lives, the terminal does not show what is typed. Dropped, it is as it was.
pub struct Hidden {
    _found: Found,
}

impl Hidden {
    /// From now on.
    #[must_use]
    pub fn now() -> Self {
        Self { _found: Found::and_set(false) }
    }
}

/// While this lives, the terminal shows what is typed, also within a [`Hidden`]. Dropped, it is as it was.
pub(super) struct Shown {
    _found: Found,
}

impl Shown {
    pub(super) fn now() -> Self {
        Self { _found: Found::and_set(true) }
    }
}

/// The terminal as it was found, and will be again.
struct Found {
    #[cfg(unix)]
    modes: Option<rustix::termios::Termios>,
}

#[cfg(unix)]
impl Found {
    fn and_set(is_shown: bool) -> Self {
        use rustix::termios::{InputModes, LocalModes, tcgetattr};
        let modes = tcgetattr(std::io::stdin()).ok();
        if let Some(found) = &modes {
            let mut changed = found.clone();
            changed.local_modes.set(LocalModes::ECHO, is_shown);
            // Else an Enter that waits would come to the next line as the key that only breaks it.
            changed.input_modes.set(InputModes::ICRNL, is_shown);
            set(&changed);
        }
        Self { modes }
    }
}

#[cfg(unix)]
impl Drop for Found {
    fn drop(&mut self) {
        if let Some(modes) = &self.modes {
            set(modes);
        }
    }
}

#[cfg(unix)]
fn set(modes: &rustix::termios::Termios) {
    // A terminal that does not take it goes on showing keys, and nothing worse.
    let _ = rustix::termios::tcsetattr(std::io::stdin(), rustix::termios::OptionalActions::Now, modes);
}

#[cfg(not(unix))]
impl Found {
    fn and_set(_: bool) -> Self {
        Self {}
    }
}
