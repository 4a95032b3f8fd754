//! Signals: Ctrl-C is counted for whoever watches a request; SIGTERM and SIGHUP end the program, with the terminal
//! as it was found. The engine ends with us, when its pipe closes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts Ctrl-C.
#[derive(Debug, Clone, Default)]
pub(super) struct Interrupts(Arc<AtomicUsize>);

impl Interrupts {
    /// Starts to listen for the whole life of the process.
    pub(super) fn listen() -> anyhow::Result<Self> {
        let interrupts = Self::default();
        #[cfg(unix)]
        {
            use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
            let found = rustix::termios::tcgetattr(std::io::stdin()).ok();
            let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP])?;
            let count = Arc::clone(&interrupts.0);
            std::thread::spawn(move || {
                for signal in signals.forever() {
                    if signal == SIGINT {
                        count.fetch_add(1, Ordering::Relaxed);
                        continue;
                    }
                    if let Some(found) = &found {
                        restore(found);
                    }
                    std::process::exit(128 + signal);
                }
            });
        }
        #[cfg(not(unix))]
        {
            let flag = Arc::clone(&interrupts.0);
            signal_hook::flag::register_usize(signal_hook::consts::SIGINT, flag, 1)?;
        }
        Ok(interrupts)
    }

    /// Ctrl-Cs since the last time it was asked.
    pub(super) fn take(&self) -> usize {
        self.0.swap(0, Ordering::Relaxed)
    }
}

/// Gives the terminal back as it was found. One that is gone (SIGHUP) cannot be restored.
#[cfg(unix)]
fn restore(found: &rustix::termios::Termios) {
    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
    use std::io::Write;
    // Only the line editor takes keys one by one; it has the terminal mark pastes while it does.
    let is_editing = tcgetattr(std::io::stdin()).is_ok_and(|modes| !modes.local_modes.contains(LocalModes::ICANON));
    let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, found);
    if is_editing && let Ok(mut terminal) = std::fs::OpenOptions::new().write(true).open("/dev/tty") {
        let _ = terminal.write_all(b"\x1b[?2004l\n");
    }
}
