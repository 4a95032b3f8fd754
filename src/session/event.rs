//! One line of a session file: an event as one JSON object. What the events together make is not here.
//!
//! Nothing that a terminal would obey, and nothing that some program takes for the end of a line, stands in a line as
//! it is: it is escaped, so that a file may be looked at with `cat` and the text comes back exactly. A kind of event
//! that is not known here was written by a newer liao: it is told apart from damage, and kept.

use std::borrow::Cow;
use std::io;

use serde::{Deserialize, Serialize};
use serde_json::ser::{Formatter, Serializer};

use crate::message::Written;
use crate::text::untrusted;
use crate::tr;

/// The format that is written here, and the newest that is read.
pub(super) const VERSION: u64 = 1;

/// The longest line that is written or read. No context holds half as much.
pub(super) const MAX_LINE_BYTES: usize = 8 << 20;

/// A question or an answer: numbered through the file from 1, in the order in which they were written.
pub(super) type Number = u32;

/// Where a conversation begins: what a first question follows.
pub(super) const BEGINNING: Number = 0;

/// What an event says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub(super) enum Event {
    /// The first line of every file.
    Session(Header),
    /// Who answers from here on.
    Model(Model),
    /// The system prompt from here on. `None` is the template's own, an empty one is none at all.
    System {
        /// The words.
        text: Option<String>,
    },
    /// A question was asked. The conversation stands at it, and it is open.
    Question {
        /// Its number.
        n: Number,
        /// The answer that it follows, or [`BEGINNING`].
        after: Number,
        /// The words.
        text: String,
        /// When.
        at: String,
    },
    /// An answer was given. The conversation stands at it.
    Answer {
        /// Its number.
        n: Number,
        /// The question.
        to: Number,
        /// The answer to the same question whose words it begins with and takes the place of: one that was cut and
        /// then gone on with.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        continues: Option<Number>,
        /// All the words.
        text: String,
        /// The words in the model's tokens.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        written: Option<Written>,
        /// How it ended, as `protocol::Outcome` names it.
        finish: String,
        /// When.
        at: String,
    },
    /// The conversation went back to stand here: at an answer, at a question, which is open then, or at the beginning.
    Head {
        /// Where.
        n: Number,
    },
    /// A question and its answer are to stay in the prompt, or no longer have to.
    Pin {
        /// The question.
        n: Number,
        /// Whether they are.
        pinned: bool,
    },
    /// A setting of this conversation.
    Set {
        /// The option.
        key: String,
        /// The value, as it is typed.
        value: String,
    },
    /// The person named the session.
    Name {
        /// So.
        name: String,
    },
}

/// So much of a text that is too long for a line is left of it: a byte takes six at most, where it is escaped.
const MAX_CUT_BYTES: usize = MAX_LINE_BYTES / 8;

impl Event {
    /// The same with no more of its text than a line takes, marked as such.
    #[must_use]
    pub(super) fn cut(mut self) -> Self {
        match &mut self {
            Self::Question { text, .. } | Self::System { text: Some(text) } | Self::Set { value: text, .. } => {
                shorten(text);
            }
            Self::Answer { text, written, .. } => {
                shorten(text);
                // Tokens would say more than the text.
                *written = None;
            }
            _ => {}
        }
        self
    }
}

fn shorten(text: &mut String) {
    text.truncate(text.floor_char_boundary(MAX_CUT_BYTES));
    text.push_str(&tr!("…（太长，后面的没有存下）", "... (too long: the rest was not saved)"));
}

/// The kinds of [`Event`], as `event` has them.
const KINDS: [&str; 9] = ["session", "model", "system", "question", "answer", "head", "pin", "set", "name"];

/// What the file is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The version of the format.
    pub v: u64,
    /// The id that it was made with. Whoever copies a file by hand does not change this; its name is what holds.
    pub id: String,
    /// When it began.
    pub created: String,
    /// The session that this one goes on from in a file of its own.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub copy_of: Option<String>,
}

/// Who answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Model {
    /// The name that a person knows it by.
    pub name: String,
    /// How the conversation is written down for it.
    pub template: String,
    /// What tells its vocabulary from every other: two models whose token ids mean the same have the same here. Made
    /// by the caller, and only ever compared.
    pub vocabulary: String,
    /// What is typed to have it again wherever one stands: its name, or its path from the root. Untrusted. `None`: it
    /// is not known, as in files of before this was written.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reference: Option<String>,
}

/// What a line of a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    /// An event.
    Event(Event),
    /// An event of a kind that is not known here.
    Unknown,
    /// The first line of a file in this newer format.
    Newer(u64),
    /// White space.
    Blank,
    /// No event at all.
    Damaged,
}

/// The little of a line that tells what it is.
#[derive(Deserialize)]
struct Glance<'l> {
    #[serde(borrow)]
    event: Cow<'l, str>,
    v: Option<u64>,
}

/// Where an answer is in the conversation.
#[derive(Deserialize)]
struct AnswerTo {
    n: Number,
    to: Number,
}

impl Line {
    /// Tells what a line is.
    pub(super) fn read(line: &[u8]) -> Self {
        Self::read_with(line, |_| serde_json::from_slice(line))
    }

    /// The same for whoever only asks what follows what: an answer comes without its words, which are most of a file.
    pub(super) fn outline(line: &[u8]) -> Self {
        Self::read_with(line, |kind| if kind == "answer" { wordless(line) } else { serde_json::from_slice(line) })
    }

    /// Tells what a line is. One of a kind that is known is read by `event`, which is told the kind.
    fn read_with(line: &[u8], event: impl FnOnce(&str) -> serde_json::Result<Event>) -> Self {
        if line.iter().all(u8::is_ascii_whitespace) {
            return Self::Blank;
        }
        if line.len() > MAX_LINE_BYTES {
            return Self::Damaged;
        }
        let Ok(glance) = serde_json::from_slice::<Glance<'_>>(line) else { return Self::Damaged };
        match glance {
            Glance { event: kind, v: Some(v) } if kind == "session" && v > VERSION => Self::Newer(v),
            Glance { event: kind, .. } if !KINDS.contains(&kind.as_ref()) => Self::Unknown,
            Glance { event: kind, .. } => event(&kind).map_or(Self::Damaged, Self::Event),
        }
    }
}

/// An answer without its words.
fn wordless(line: &[u8]) -> serde_json::Result<Event> {
    let AnswerTo { n, to } = serde_json::from_slice(line)?;
    let [text, finish, at] = [const { String::new() }; 3];
    Ok(Event::Answer { n, to, continues: None, text, written: None, finish, at })
}

/// An event as the line that stands for it, newline included.
#[must_use]
pub(super) fn line(event: &Event) -> Vec<u8> {
    let mut bytes = Vec::new();
    // A Vec takes all, and plain values in plain fields always make JSON.
    let _ = event.serialize(&mut Serializer::with_formatter(&mut bytes, Harmless));
    bytes.push(b'\n');
    bytes
}

/// JSON in which everything that [`untrusted`] would not show as it is, is escaped.
struct Harmless;

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut n_written = 0;
        for (i, c) in fragment.char_indices() {
            let mut utf8 = [0; 4];
            if c.is_ascii() && !c.is_ascii_control()
                || matches!(untrusted::one_line(c.encode_utf8(&mut utf8)), Cow::Borrowed(_))
            {
                continue;
            }
            writer.write_all(&fragment.as_bytes()[n_written..i])?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                writer.write_all(format!("\\u{unit:04x}").as_bytes())?;
            }
            n_written = i + c.len_utf8();
        }
        writer.write_all(&fragment.as_bytes()[n_written..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn said(text: &str) -> Event {
        Event::Question { n: 1, after: 0, text: text.to_owned(), at: String::new() }
    }

    fn every_kind() -> Vec<Event> {
        let text = String::from("文");
        let written = Written { ids: vec![1, -2, i32::MAX], tail: "尾".into(), end: Some(2) };
        let model = |reference| {
            let (name, template, vocabulary) = (text.clone(), text.clone(), text.clone());
            Model { name, template, vocabulary, reference }
        };
        vec![
            Event::Session(Header { v: VERSION, id: text.clone(), created: text.clone(), copy_of: None }),
            Event::Session(Header { v: 0, id: text.clone(), created: text.clone(), copy_of: Some(text.clone()) }),
            Event::Model(model(None)),
            Event::Model(model(Some(text.clone()))),
            Event::System { text: None },
            Event::System { text: Some(String::new()) },
            said("文"),
            Event::Answer {
                n: 2,
                to: 1,
                continues: Some(7),
                text: text.clone(),
                written: Some(written),
                finish: "stop".into(),
                at: text.clone(),
            },
            Event::Answer {
                n: u32::MAX,
                to: 1,
                continues: None,
                text: text.clone(),
                written: None,
                finish: "some day".into(),
                at: text.clone(),
            },
            Event::Head { n: 0 },
            Event::Pin { n: 1, pinned: false },
            Event::Set { key: text.clone(), value: text.clone() },
            Event::Name { name: text },
        ]
    }

    #[test]
    fn every_event_is_read_as_it_is_written() {
        for event in every_kind() {
            let line = line(&event);
            assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1);
            assert_eq!(Line::read(&line), Line::Event(event.clone()));
            assert_eq!(Line::read(line.trim_ascii_end()), Line::Event(event.clone()));
        }
        let kind = |event: &Event| {
            let line: serde_json::Value = serde_json::from_slice(&line(event)).expect("JSON");
            line["event"].as_str().expect("a kind").to_owned()
        };
        let mut kinds: Vec<String> = every_kind().iter().map(kind).collect();
        kinds.dedup();
        assert_eq!(kinds, KINDS);
    }

    #[test]
    fn an_outline_is_the_event_without_the_words_of_an_answer() {
        for event in every_kind() {
            let outline = match event.clone() {
                Event::Answer { n, to, .. } => {
                    let [text, finish, at] = [const { String::new() }; 3];
                    Event::Answer { n, to, continues: None, text, written: None, finish, at }
                }
                event => event,
            };
            assert_eq!(Line::outline(&line(&event)), Line::Event(outline));
        }
        for line in ["", "{}", "{\"event\":\"dance\",\"n\":\"?\"}", "{\"event\":\"answer\",\"n\":1}"] {
            assert_eq!(Line::outline(line.as_bytes()), Line::read(line.as_bytes()), "{line}");
        }
    }

    #[test]
    fn a_line_that_was_cut_is_no_event() {
        for event in every_kind() {
            let line = line(&event);
            for n in 1..line.len() - 1 {
                assert_eq!(Line::read(&line[..n]), Line::Damaged, "{}", String::from_utf8_lossy(&line[..n]));
            }
        }
    }

    #[test]
    fn the_format_on_disk_is_this() {
        let question = Event::Question { n: 3, after: 2, text: "你\n好\u{1b}\u{2028}".into(), at: "T".into() };
        assert_eq!(
            String::from_utf8(line(&question)).expect("UTF-8"),
            "{\"event\":\"question\",\"n\":3,\"after\":2,\"text\":\"你\\n好\\u001b\\u2028\",\"at\":\"T\"}\n"
        );
    }

    #[test]
    fn what_is_not_known_is_told_from_what_is_damaged() {
        let later = format!("{{\"v\":{},\"event\":\"session\",\"who\":[]}}", VERSION + 1);
        for (line, is) in [
            ("{\"event\":\"dance\",\"n\":\"?\"}\n", Line::Unknown),
            ("{\"n\":[1,{}],\"event\":\"\"}", Line::Unknown),
            (later.as_str(), Line::Newer(VERSION + 1)),
            ("{\"event\":\"head\",\"n\":4,\"more\":{\"a\":[]}}", Line::Event(Event::Head { n: 4 })),
            (" {\"n\":4, \"event\":\"he\\u0061d\"}\r\n", Line::Event(Event::Head { n: 4 })),
            ("{\"event\":\"system\"}", Line::Event(Event::System { text: None })),
            ("", Line::Blank),
            (" \r\n", Line::Blank),
            ("{\"event\":\"head\"}", Line::Damaged),
            ("{\"event\":\"head\",\"n\":-1}", Line::Damaged),
            ("{\"event\":\"head\",\"n\":4294967296}", Line::Damaged),
            ("{\"event\":\"head\",\"n\":1} {}", Line::Damaged),
            ("{\"event\":\"name\",\"name\":\"\\ud800\"}", Line::Damaged),
            ("{\"event\":1}", Line::Damaged),
            ("{}", Line::Damaged),
            ("[]", Line::Damaged),
            ("null", Line::Damaged),
            ("\0\0\0", Line::Damaged),
        ] {
            assert_eq!(Line::read(line.as_bytes()), is, "{line}");
        }
        assert_eq!(Line::read(b"{\"event\":\"name\",\"name\":\"\xff\"}"), Line::Damaged);
        let deep = "[".repeat(1 << 20);
        assert_eq!(Line::read(format!("{{\"event\":\"head\",\"n\":1,\"x\":{deep}").as_bytes()), Line::Damaged);
    }

    #[test]
    fn a_line_of_any_length_is_bounded() {
        let fits = |n: usize| {
            let line = line(&said(&"a".repeat(n)));
            (line.len(), Line::read(&line) != Line::Damaged, Line::outline(&line) != Line::Damaged)
        };
        let n_around = line(&said("")).len();
        assert_eq!(fits(MAX_LINE_BYTES - n_around), (MAX_LINE_BYTES, true, true));
        assert_eq!(fits(MAX_LINE_BYTES - n_around + 1), (MAX_LINE_BYTES + 1, false, false));
    }

    #[test]
    fn what_is_too_long_is_cut_to_fit_a_line_whatever_it_is() {
        for long in ["字", "\u{1b}"] {
            let long = long.repeat(MAX_LINE_BYTES / long.len());
            for event in [
                said(&long),
                Event::System { text: Some(long.clone()) },
                Event::Set { key: "stop".into(), value: long.clone() },
                Event::Answer {
                    n: 2,
                    to: 1,
                    continues: None,
                    text: long.clone(),
                    written: Some(Written { tail: long.clone(), ..Written::default() }),
                    finish: "stop".into(),
                    at: String::new(),
                },
            ] {
                let cut = event.cut();
                assert_eq!(Line::read(&line(&cut)), Line::Event(cut));
            }
        }
        let Event::Question { text, .. } = said(&"字".repeat(MAX_LINE_BYTES)).cut() else { panic!("a question") };
        assert!(text.starts_with('字') && text.contains("太长"), "it says so");
    }

    #[test]
    fn every_character_comes_back_and_none_is_obeyed() {
        // In pieces, so that a character that is lost is named.
        for block in (0..=u32::from(char::MAX)).step_by(0x800) {
            let text: String = (block..block + 0x800).filter_map(char::from_u32).collect();
            let line = line(&said(&text));
            assert_eq!(Line::read(&line), Line::Event(said(&text)), "{block:x}");
            let shown = std::str::from_utf8(line.trim_ascii_end()).expect("UTF-8");
            assert_eq!(untrusted::one_line(shown), shown, "{block:x}");
        }
    }

    proptest! {
        #[test]
        fn any_text_comes_back(text in "(?s)(.|[\\x00-\\x1f\\x7f-\\u{9f}\\u{2028}\\u{202e}\"\\\\]){0,32}") {
            prop_assert_eq!(Line::read(&line(&said(&text))), Line::Event(said(&text)));
        }

        #[test]
        fn any_bytes_are_something(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            prop_assert!(!matches!(Line::read(&bytes), Line::Event(_)));
        }
    }
}
