//! The interactive mode on a terminal: typed like a person, seen as a person sees it. What a turn is made of stands
//! in the tests of one-shot and `--turns`; here are the line editor, the keys, the screen and the commands.

mod answers;
mod commands;
mod engine;
mod files;
mod keys;
mod line;
#[cfg(target_os = "linux")]
mod model;
mod offers;
mod roster;
mod several;
mod typeset;
mod typing;

use crate::support::Liao;
use crate::support::gguf::TinyGguf;
use crate::support::pty::Pty;
use serde_json::{Value, json};

/// A terminal with a scripted model behind it.
fn scripted(script: &Value) -> Liao {
    Liao::new().script(script)
}

/// Says this to every question, in a large context.
fn saying(text: &str) -> Liao {
    scripted(&json!({"n_ctx": 4096, "replies": [[{"say": text}]]}))
}

/// A terminal with the real engine and a tiny model behind it, whose answers are at most this long.
fn tiny(max_tokens: u32) -> Liao {
    let liao = Liao::new();
    let path = TinyGguf::llama().context(65536).write(liao.home());
    liao.arg("-m").arg(path).args(["-n", &max_tokens.to_string(), "-c", if max_tokens > 400 { "65536" } else { "512" }])
}

/// The same, greedy, with an answer that goes round in circles for many seconds.
fn endless() -> Liao {
    tiny(65000).args(["--temp", "0", "--guard", "off"])
}

/// Whether there is an empty prompt in the last line, with nothing behind it but which files wait.
fn is_our_turn(screen: &str) -> bool {
    let (_, last) = screen.trim_end().rsplit_once('\n').unwrap_or_default();
    last == ">" || last.starts_with("> （附上")
}

impl Pty {
    /// Waits until it is our turn.
    #[track_caller]
    fn ready(&mut self) -> &mut Self {
        self.wait_until("the prompt", is_our_turn)
    }

    /// Waits until it is our turn and gives the row of the prompt.
    #[track_caller]
    fn prompt_row(&mut self) -> u16 {
        let (row, _) = self.ready().cursor();
        self.wait_for_cursor(row, 2);
        row
    }

    /// How often the program has sent these bytes.
    fn n_sent(&self, bytes: impl AsRef<[u8]>) -> usize {
        let bytes = bytes.as_ref();
        self.raw().windows(bytes.len()).filter(|window| *window == bytes).count()
    }

    /// Whether the program has sent these bytes.
    fn has_sent(&self, bytes: impl AsRef<[u8]>) -> bool {
        self.n_sent(bytes) > 0
    }

    /// All that the program has sent, for a message.
    fn sent(&self) -> String {
        String::from_utf8_lossy(&self.raw()).escape_debug().to_string()
    }

    /// Types a line, once it is our turn, and waits until a good piece of the answer is there.
    #[track_caller]
    fn begin(&mut self, line: &str) -> &mut Self {
        let n_before = self.ready().screen().len();
        self.line(line).wait_until("an answer", |screen| screen.len() > n_before + 300)
    }

    /// Types a line, once it is our turn, and waits for the next turn. Gives what came between the two. For a screen
    /// high enough that nothing scrolls away.
    #[track_caller]
    fn turn(&mut self, line: &str) -> String {
        let echo = format!("> {line}");
        let n_before = self.ready().screen().matches(&echo).count();
        self.line(line).wait_until(&format!("the turn after {line:?}"), |screen| {
            screen.matches(&echo).count() > n_before && is_our_turn(screen)
        });
        let screen = self.screen();
        let told = screen[screen.rfind(&echo).expect("just seen")..].trim_end();
        let (told, _prompt) = told.rsplit_once('\n').unwrap_or_default();
        told.split_once('\n').map_or("", |(_, rest)| rest).trim_end().to_owned()
    }
}

/// The number that follows this on the screen, wherever its lines are wrapped.
#[track_caller]
fn number_after(text: &str, what: &str) -> u32 {
    let text = &text.replace('\n', "");
    let from = text.find(what).unwrap_or_else(|| panic!("no {what:?} in\n{text}")) + what.len();
    let digits: String = text[from..].trim_start().chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or_else(|_| panic!("no number after {what:?} in\n{text}"))
}
