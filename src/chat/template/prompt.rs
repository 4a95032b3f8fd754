//! The prompt while a template writes it: neighbouring texts are one segment, empty ones are none, and a reply goes
//! in the same way in every family.

use super::dialogue::Reply;
use crate::message::Written;
use crate::protocol::{Segment, TokenId};

/// A list of segments that grows at its end.
#[derive(Debug, Default)]
pub(super) struct Prompt(Vec<Segment>);

/// How a family sets a reply into the conversation.
#[derive(Debug)]
pub(super) struct Setting<'a> {
    /// Stands before a reply that is known in words alone. (One in the model's own tokens brings it along.)
    pub(super) before: &'a str,
    /// Stands after the words, unless the model itself ended the reply.
    pub(super) after: &'a str,
    /// Follows `after`; `None` where the family or the vocabulary has no such token.
    pub(super) end: Option<TokenId>,
    /// Whether white space around the words goes, as Python's `str.strip()` has it.
    pub(super) strip: bool,
}

impl Prompt {
    /// Adds text.
    pub(super) fn text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        match self.0.last_mut() {
            Some(Segment::Text(run)) => run.push_str(text),
            _ => self.0.push(Segment::Text(text.to_owned())),
        }
    }

    /// Adds a control token, where the vocabulary has it.
    pub(super) fn control(&mut self, id: Option<TokenId>) {
        self.0.extend(id.map(Segment::Control));
    }

    /// Adds what the model wrote, without its end.
    pub(super) fn written(&mut self, written: &Written) {
        if !written.ids.is_empty() {
            self.0.push(Segment::Tokens(written.ids.clone()));
        }
        self.text(&written.tail);
    }

    /// Adds a reply, and its end unless the model is to go on with it.
    pub(super) fn reply(&mut self, reply: &Reply<'_>, setting: &Setting<'_>) {
        let own_end = match &reply.message.written {
            Some(written) => {
                self.written(written);
                written.end
            }
            None => {
                let words = reply.message.content.as_str();
                self.text(setting.before);
                self.text(match (setting.strip, reply.open) {
                    (true, false) => strip(words),
                    (true, true) => words.trim_start_matches(is_space),
                    (false, _) => words,
                });
                None
            }
        };
        if reply.open {
            return;
        }
        if own_end.is_some() {
            self.control(own_end);
        } else {
            self.text(setting.after);
            self.control(setting.end);
        }
    }

    /// The finished prompt.
    pub(super) fn into_segments(self) -> Vec<Segment> {
        self.0
    }
}

/// Python's `str.strip()`, which the models' own code uses.
pub(super) fn strip(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// Python's `str.isspace()`: Unicode white space, and the four separators U+001C..U+001F that Rust does not count.
fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbouring_texts_join() {
        let mut prompt = Prompt::default();
        for text in ["", "一", "", "二"] {
            prompt.text(text);
        }
        prompt.control(None);
        prompt.text("三");
        prompt.control(Some(2));
        prompt.text("");
        prompt.written(&Written::default());
        assert_eq!(prompt.into_segments(), [Segment::Text("一二三".into()), Segment::Control(2)]);
    }

    #[test]
    fn strip_is_pythons() {
        assert_eq!(strip("\u{1c}\u{3000}\u{85} 好 \u{200b}\n\u{1f}\u{a0}"), "好 \u{200b}");
    }
}
