//! Runs the program on a terminal of its own: types like a person, and sees what a person would see.

use super::Liao;
use portable_pty::{Child, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::num::NonZero;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

const POLL: Duration = Duration::from_millis(5);

/// A key that is not text.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Key {
    Enter,
    AltEnter,
    Tab,
    Escape,
    Backspace,
    Up,
    Down,
    Left,
    Right,
    /// With Ctrl held down: `Ctrl('c')`.
    Ctrl(char),
}

impl Key {
    fn bytes(self) -> Vec<u8> {
        match self {
            Self::Enter => b"\r".to_vec(),
            Self::AltEnter => b"\x1b\r".to_vec(),
            Self::Tab => b"\t".to_vec(),
            Self::Escape => b"\x1b".to_vec(),
            Self::Backspace => b"\x7f".to_vec(),
            Self::Up => b"\x1b[A".to_vec(),
            Self::Down => b"\x1b[B".to_vec(),
            Self::Right => b"\x1b[C".to_vec(),
            Self::Left => b"\x1b[D".to_vec(),
            Self::Ctrl(letter) => vec![letter.to_ascii_uppercase() as u8 & 0x1f],
        }
    }
}

/// A program on a terminal. Dropped, it is killed.
pub(crate) struct Pty {
    master: Box<dyn MasterPty + Send>,
    keyboard: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    seen: Arc<Mutex<Seen>>,
    timeout: Duration,
    /// Kept, because it is deleted when dropped.
    _home: Arc<tempfile::TempDir>,
}

struct Seen {
    terminal: vt100::Parser,
    raw: Vec<u8>,
}

fn size(n_rows: u16, n_columns: u16) -> PtySize {
    PtySize { rows: n_rows, cols: n_columns, pixel_width: 0, pixel_height: 0 }
}

impl Liao {
    /// Starts it on a terminal of this size, with `TERM=xterm-256color` unless another was set.
    pub(crate) fn pty(self, n_rows: u16, n_columns: u16) -> Pty {
        self.on_terminal(n_rows, n_columns, true)
    }

    /// The same on a terminal that is not its own, for what ends by itself and takes no keys: when the owner of a
    /// terminal ends, Linux throws away what of its last words nobody has read yet.
    pub(crate) fn borrowed_pty(self, n_rows: u16, n_columns: u16) -> Pty {
        self.on_terminal(n_rows, n_columns, false)
    }

    fn on_terminal(self, n_rows: u16, n_columns: u16, is_own: bool) -> Pty {
        let (mut command, home, timeout) = self.into_pty_parts();
        command.set_controlling_tty(is_own);
        if command.get_env("TERM").is_none() {
            command.env("TERM", "xterm-256color");
        }
        let pair = native_pty_system().openpty(size(n_rows, n_columns)).expect("a pseudo-terminal");
        let child = pair.slave.spawn_command(command).expect("the program starts");
        // Only the program may hold the other end, or reading would never come to an end.
        drop(pair.slave);
        let mut screen = pair.master.try_clone_reader().expect("a reader");
        let keyboard = pair.master.take_writer().expect("a writer");
        let non_zero = |n| NonZero::new(n).expect("a terminal has cells");
        let terminal = vt100::Parser::new(non_zero(n_rows), non_zero(n_columns), 1000);
        let seen = Arc::new(Mutex::new(Seen { terminal, raw: Vec::new() }));
        let seeing = Arc::clone(&seen);
        thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(n @ 1..) = screen.read(&mut buffer) {
                let mut seen = seeing.lock().unwrap();
                seen.terminal.process(&buffer[..n]);
                seen.raw.extend_from_slice(&buffer[..n]);
            }
        });
        Pty { master: pair.master, keyboard, child, seen, timeout, _home: home }
    }
}

impl Pty {
    /// Types text as it is.
    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.send(text.as_bytes())
    }

    /// Presses a key.
    pub(crate) fn key(&mut self, key: Key) -> &mut Self {
        self.send(&key.bytes())
    }

    /// Types a line and Enter.
    pub(crate) fn line(&mut self, text: &str) -> &mut Self {
        self.text(text).key(Key::Enter)
    }

    /// Pastes text as a terminal with bracketed paste does.
    pub(crate) fn paste(&mut self, text: &str) -> &mut Self {
        self.text("\x1b[200~").text(text).text("\x1b[201~")
    }

    /// Sends bytes as if from the keyboard.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> &mut Self {
        self.keyboard.write_all(bytes).and_then(|()| self.keyboard.flush()).expect("the terminal takes input");
        self
    }

    /// Makes the terminal another size.
    pub(crate) fn resize(&mut self, n_rows: u16, n_columns: u16) {
        self.master.resize(size(n_rows, n_columns)).expect("a terminal can be resized");
        let non_zero = |n| NonZero::new(n).expect("a terminal has cells");
        let mut seen = self.seen.lock().unwrap();
        seen.terminal.screen_mut().set_size(non_zero(n_rows), non_zero(n_columns));
    }

    /// Has the terminal say that it has no rows and no columns, as serial lines do. What is seen stays as large.
    pub(crate) fn forget_size(&self) {
        self.master.resize(size(0, 0)).expect("a terminal can be resized");
    }

    /// What is on the screen now, without trailing blanks.
    pub(crate) fn screen(&self) -> String {
        self.seen.lock().unwrap().terminal.screen().contents()
    }

    /// What somebody makes of the screen, cell by cell.
    pub(crate) fn look<T>(&self, see: impl FnOnce(&vt100::Screen) -> T) -> T {
        see(self.seen.lock().unwrap().terminal.screen())
    }

    /// Every byte that the program has sent.
    pub(crate) fn raw(&self) -> Vec<u8> {
        self.seen.lock().unwrap().raw.clone()
    }

    /// The cursor's row and column, from 0.
    pub(crate) fn cursor(&self) -> (u16, u16) {
        self.seen.lock().unwrap().terminal.screen().cursor_position()
    }

    /// The terminal's modes, to be compared.
    pub(crate) fn modes(&self) -> String {
        format!("{:?}", self.master.get_termios().expect("a terminal has modes"))
    }

    /// The program has asked the terminal to mark pastes.
    pub(crate) fn marks_pastes(&self) -> bool {
        self.seen.lock().unwrap().terminal.screen().bracketed_paste()
    }

    /// The terminal shows its other screen, on which nothing stays.
    pub(crate) fn is_on_other_screen(&self) -> bool {
        self.seen.lock().unwrap().terminal.screen().alternate_screen()
    }

    /// Sends the program a signal.
    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let pid = i32::try_from(self.pid()).ok().and_then(rustix::process::Pid::from_raw).expect("a process id");
        rustix::process::kill_process(pid, signal).expect("the process is there");
    }

    /// The process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.process_id().expect("it was started")
    }

    /// Waits until this text is on the screen.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, text: &str) -> &mut Self {
        self.wait_until(&format!("{text:?}"), |screen| screen.contains(text))
    }

    /// Waits until the screen is so; `what` names it in the failure.
    #[track_caller]
    pub(crate) fn wait_until(&mut self, what: &str, is_so: impl Fn(&str) -> bool) -> &mut Self {
        let deadline = Instant::now() + self.timeout;
        while !is_so(&self.screen()) {
            assert!(Instant::now() < deadline, "timed out waiting for {what}\n{}", self.told());
            thread::sleep(POLL);
        }
        self
    }

    /// Waits until the cursor stands there: row and column, from 0.
    #[track_caller]
    pub(crate) fn wait_for_cursor(&mut self, row: u16, column: u16) -> &mut Self {
        let deadline = Instant::now() + self.timeout;
        while self.cursor() != (row, column) {
            let (is_row, is_column) = self.cursor();
            assert!(
                Instant::now() < deadline,
                "the cursor is at {is_row}, {is_column} and not at {row}, {column}\n{}",
                self.told()
            );
            thread::sleep(POLL);
        }
        self
    }

    /// Waits until the program has ended, and gives its exit code. A signal is a failure.
    #[track_caller]
    pub(crate) fn exit_code(&mut self) -> u32 {
        let deadline = Instant::now() + self.timeout;
        loop {
            if let Some(status) = self.child.try_wait().expect("a child can be waited for") {
                assert!(status.signal().is_none(), "ended by {:?}\n{}", status.signal(), self.told());
                return status.exit_code();
            }
            assert!(Instant::now() < deadline, "timed out waiting for the end\n{}", self.told());
            thread::sleep(POLL);
        }
    }

    fn told(&self) -> String {
        let raw = String::from_utf8_lossy(&self.raw()).escape_debug().to_string();
        let n_skip = raw.chars().count().saturating_sub(2000);
        let raw: String = raw.chars().skip(n_skip).collect();
        format!("--- screen ---\n{}\n--- raw, its end ---\n{raw}\n---", self.screen())
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        // Most often it has ended, and there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
