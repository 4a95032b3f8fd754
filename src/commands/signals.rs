//! Signals: Ctrl-C is counted for whoever watches a request, and ends the program while it waits for its stdin;
//! SIGTERM and SIGHUP always end it, with the terminal as it was found. The engine ends with us, when its pipe closes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

#[cfg(unix)]
use crate::exit::{Exit, Failed};
#[cfg(unix)]
use crate::tr;

/// How often Ctrl-C is looked for.
pub(super) const TICK: Duration = Duration::from_millis(50);

/// Counts Ctrl-C.
#[derive(Debug, Clone, Default)]
pub(super) struct Interrupts {
    count: Arc<AtomicUsize>,
    /// Nobody looks at the count: a read that never ends is under way.
    is_unwatched: Arc<AtomicBool>,
}

impl Interrupts {
    /// Starts to listen for the whole life of the process.
    pub(super) fn listen() -> anyhow::Result<Self> {
        let interrupts = Self::default();
        #[cfg(unix)]
        {
            use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
            let found = rustix::termios::tcgetattr(std::io::stdin()).ok();
            let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP, SIGXFSZ])?;
            let heard = interrupts.clone();
            let listen = move || {
                for signal in signals.forever() {
                    // A file that may grow no further: the write fails as well, and is told with its path.
                    if signal == SIGXFSZ {
                        continue;
                    }
                    if signal == SIGINT {
                        // Counted first, so that either this or whoever begins to wait sees what the other does.
                        heard.count.fetch_add(1, Ordering::SeqCst);
                        if !heard.is_unwatched.load(Ordering::SeqCst) {
                            continue;
                        }
                    }
                    if let Some(found) = &found {
                        restore(found);
                    }
                    std::process::exit(128 + signal);
                }
            };
            thread::Builder::new().spawn(listen).map_err(|error| {
                Failed::new(
                    Exit::Resources,
                    tr!(
                        "开不了线程（{error}），多半是内存或进程数受限：请放宽 ulimit，或关闭其他程序",
                        "no thread can be started ({error}), most likely memory or processes are limited: raise the ulimit, or close other programs"
                    ),
                )
            })?;
        }
        #[cfg(not(unix))]
        {
            let flag = Arc::clone(&interrupts.count);
            signal_hook::flag::register_usize(signal_hook::consts::SIGINT, flag, 1)?;
        }
        Ok(interrupts)
    }

    /// Ctrl-Cs since the last time it was asked.
    pub(super) fn take(&self) -> usize {
        self.count.swap(0, Ordering::SeqCst)
    }

    /// Does work that can be told to stop: a Ctrl-C meanwhile sets the flag that the work is handed.
    pub(super) fn watch<T>(&self, work: impl FnOnce(&AtomicBool) -> T) -> T {
        let (cancel, is_over) = (AtomicBool::new(false), AtomicBool::new(false));
        thread::scope(|scope| {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    if self.take() > 0 {
                        cancel.store(true, Ordering::Relaxed);
                    }
                    thread::sleep(TICK);
                }
            });
            // Also when it panics, or the scope would wait for ever.
            let _over = Over(&is_over);
            work(&cancel)
        })
    }

    /// Waits for something that cannot be stopped otherwise: a Ctrl-C meanwhile ends the program.
    pub(super) fn while_waiting<T>(&self, wait: impl FnOnce() -> T) -> T {
        self.is_unwatched.store(true, Ordering::SeqCst);
        // One that came when what went before was already done is meant for this.
        #[cfg(unix)]
        if self.take() > 0 {
            let _ = signal_hook::low_level::raise(signal_hook::consts::SIGINT);
        }
        let waited = wait();
        self.is_unwatched.store(false, Ordering::SeqCst);
        waited
    }
}

/// Says so when it is gone.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Gives the terminal back as it was found. One that is gone (SIGHUP) cannot be restored.
#[cfg(unix)]
fn restore(found: &rustix::termios::Termios) {
    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
    use std::io::Write;
    // Only the line editor and the list of sessions take keys one by one; they have the terminal mark pastes.
    let is_editing = tcgetattr(std::io::stdin()).is_ok_and(|modes| !modes.local_modes.contains(LocalModes::ICANON));
    let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, found);
    if is_editing && let Ok(mut terminal) = std::fs::OpenOptions::new().write(true).open("/dev/tty") {
        crate::repl::pick::leave_screen(&mut terminal);
        let _ = terminal.write_all(b"\x1b[?2004l\n");
    }
}
