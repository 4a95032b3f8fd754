//! The keyboard while an answer is being written: what is typed then is kept for the next line and not shown, lest
//! it stand in the middle of the answer, or a `^C` behind the status line.

/// While this lives, the terminal does not show what is typed. Dropped, it is as it was.
pub(super) struct Hidden {
    #[cfg(unix)]
    found: Option<rustix::termios::Termios>,
}

#[cfg(unix)]
impl Hidden {
    pub(super) fn now() -> Self {
        use rustix::termios::{LocalModes, tcgetattr};
        let found = tcgetattr(std::io::stdin()).ok();
        if let Some(found) = &found {
            let mut hidden = found.clone();
            hidden.local_modes -= LocalModes::ECHO;
            set(&hidden);
        }
        Self { found }
    }
}

#[cfg(unix)]
impl Drop for Hidden {
    fn drop(&mut self) {
        if let Some(found) = &self.found {
            set(found);
        }
    }
}

#[cfg(unix)]
fn set(modes: &rustix::termios::Termios) {
    // A terminal that does not take it goes on showing keys, and nothing worse.
    let _ = rustix::termios::tcsetattr(std::io::stdin(), rustix::termios::OptionalActions::Now, modes);
}

#[cfg(not(unix))]
impl Hidden {
    pub(super) fn now() -> Self {
        Self {}
    }
}
