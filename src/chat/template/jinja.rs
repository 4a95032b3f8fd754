//! `jinja`: a template in its own words, run by minijinja as Hugging Face would run it, in limits.
//!
//! Source of the surroundings: transformers, `apply_chat_template` (`trim_blocks`, `lstrip_blocks`, `loopcontrols`, `raise_exception`,
//! `strftime_now`, `tools` and `documents` as none). A template comes out of a downloaded file, so it is given no loader, nothing
//! of this machine but the date, and a budget: minijinja's fuel bounds both its time and its memory.
//!
//! Nothing that people said becomes a control token: see [`super::shield`].

use std::io;
use std::sync::Arc;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Kwargs;
use minijinja::{Environment, Error, ErrorKind, State, Value, context};

use super::dialogue::{self, Dialogue};
use super::prompt::Prompt;
use super::shield::{Piece, Shield};
use super::{ControlTokens, JINJA};
use crate::exit::{Exit, Failed};
use crate::message::{Message, Role};
use crate::protocol::Segment;
use crate::text::Untrusted;
use crate::tr;

/// What a template may spend of minijinja's fuel before what was said is counted: an instruction, or 64 bytes, each.
/// The largest template in use needs some thousands.
const FUEL: u64 = 500_000;
/// How many times a template may copy what was said, within its fuel.
const COPIES: u64 = 64;
/// How deep macros and blocks may nest.
const RECURSION: usize = 100;
/// How much longer than what was said the output may be, in bytes; the said itself counts twice.
const OUTPUT_BYTES: usize = 256 * 1024;

/// A Jinja source that is known to compile.
#[derive(Debug, Clone)]
pub(super) struct Jinja(Arc<str>);

impl Jinja {
    /// Checks a source.
    pub(super) fn new(source: &str) -> Result<Self, Failed> {
        environment(source, FUEL).map_err(|error| {
            let reason = reason(&error);
            Failed::new(
                Exit::Model,
                tr!(
                    "读不懂这个 Jinja 对话模板（{reason}）。可以用 --template 指定一个内置的模板，例如 --template llama2",
                    "this Jinja chat template does not compile ({reason}). Name a built-in one with --template, as in --template llama2"
                ),
            )
        })?;
        Ok(Self(source.into()))
    }

    /// See [`super::Template::render`].
    pub(super) fn render(&self, messages: &[Message], tokens: &ControlTokens) -> Result<Vec<Segment>, Failed> {
        Dialogue::read(messages, None)?;
        let refused = match self.write(messages, tokens) {
            Ok(segments) => return Ok(segments),
            Err(error) => error,
        };
        // Some templates know no system role and say so; the prompt is worth more than the role.
        if let Some(merged) = without_system(messages)
            && let Ok(segments) = self.write(&merged, tokens)
        {
            return Ok(segments);
        }
        let reason = reason(&refused);
        Err(Failed::new(
            Exit::Model,
            tr!(
                "这个 Jinja 对话模板写不出这段对话（{reason}）。可以用 --template 指定一个内置的模板，例如 --template chatml",
                "this Jinja chat template cannot write this conversation ({reason}). Name a built-in one with --template, as in --template chatml"
            ),
        ))
    }

    /// Writes the conversation: first with places for the replies that are tokens, and where the template does not
    /// leave those alone, in words.
    fn write(&self, messages: &[Message], tokens: &ControlTokens) -> Result<Vec<Segment>, Error> {
        let open = messages.len() - 1;
        let is_open = messages[open].role == Role::Assistant;
        let in_tokens = |index: usize| messages[index].written.is_some() || (is_open && index == open);
        let in_words = |index: usize| is_open && index == open;

        let mut pieces = self.pieces(messages, tokens, &in_tokens)?;
        if !each_slot_once(&pieces, messages.len(), &in_tokens) {
            pieces = self.pieces(messages, tokens, &in_words)?;
            if !each_slot_once(&pieces, messages.len(), &in_words) {
                return Err(broken(tr!("它没有给续写回答留位置", "it leaves no place to go on with a reply")));
            }
        }
        if is_open {
            let end = pieces.iter().position(|piece| *piece == Piece::Slot(open)).map_or(pieces.len(), |at| at + 1);
            pieces.truncate(end);
        }
        Ok(assemble(&pieces, messages, is_open, tokens))
    }

    /// Runs the template, with a slot for each message that `slotted` names.
    fn pieces(
        &self,
        messages: &[Message],
        tokens: &ControlTokens,
        slotted: &dyn Fn(usize) -> bool,
    ) -> Result<Vec<Piece>, Error> {
        let texts = messages.iter().map(|message| message.content.as_str()).chain([&*self.0]);
        let shield = Shield::over(tokens, texts).ok_or_else(|| {
            broken(tr!("对话里用尽了 Unicode 的非字符", "the conversation uses up Unicode's noncharacters"))
        })?;
        let mut said_bytes = 0;
        let said: Vec<Value> = messages
            .iter()
            .enumerate()
            .map(|(index, message)| {
                let content = if slotted(index) { shield.slot(index) } else { shield.cover(&message.content) };
                said_bytes += content.len();
                context! { role => dialogue::name(message.role), content => content }
            })
            .collect();

        let env = environment(&self.0, FUEL + COPIES * (said_bytes as u64 / 64 + 1))?;
        let mut output = Bounded { bytes: Vec::new(), left: OUTPUT_BYTES + 2 * said_bytes };
        let values = context! {
            messages => said,
            add_generation_prompt => messages.last().is_some_and(|last| last.role == Role::User),
            bos_token => tokens.text(tokens.bos),
            eos_token => tokens.text(tokens.eos),
            tools => (),
            documents => (),
        };
        env.get_template(JINJA)?.render_captured_to(values, &mut output)?;
        // minijinja writes whole strings, so this cannot fail; an error is still better than a wrong character.
        let rendered = String::from_utf8(output.bytes)
            .map_err(|_| broken(tr!("它写出的不是 UTF-8", "its output is not UTF-8")))?;
        Ok(shield.cut(&rendered))
    }
}

/// Whether every slot that was given out, and no other, is in the output exactly once.
fn each_slot_once(pieces: &[Piece], n_messages: usize, slotted: &dyn Fn(usize) -> bool) -> bool {
    let mut found: Vec<usize> =
        pieces.iter().filter_map(|piece| if let Piece::Slot(index) = piece { Some(*index) } else { None }).collect();
    found.sort_unstable();
    found.into_iter().eq((0..n_messages).filter(|&index| slotted(index)))
}

/// Makes the prompt: BOS where the vocabulary asks for it and the template has not put it there, and in each slot the reply,
/// whose own end takes the place of the one that the template wrote.
fn assemble(pieces: &[Piece], messages: &[Message], is_open: bool, tokens: &ControlTokens) -> Vec<Segment> {
    let mut prompt = Prompt::default();
    if let Some(bos) = tokens.bos
        && tokens.add_bos
        && pieces.first() != Some(&Piece::Control(bos))
    {
        prompt.control(Some(bos));
    }
    let mut rest = pieces;
    while let [piece, after @ ..] = rest {
        rest = after;
        match piece {
            Piece::Control(id) => prompt.control(Some(*id)),
            Piece::Text(text) => prompt.text(text),
            Piece::Slot(index) => {
                let Some(written) = &messages[*index].written else {
                    prompt.text(&messages[*index].content);
                    continue;
                };
                prompt.written(written);
                if written.end.is_some() && !(is_open && *index + 1 == messages.len()) {
                    prompt.control(written.end);
                    rest = match after {
                        [Piece::Control(id), others @ ..] if closes(*id, written.end, tokens) => others,
                        [Piece::Text(blank), Piece::Control(id), others @ ..]
                            if blank.trim().is_empty() && closes(*id, written.end, tokens) =>
                        {
                            others
                        }
                        _ => after,
                    };
                }
            }
        }
    }
    prompt.into_segments()
}

/// Whether a control token behind a reply is its end, and not already the beginning of what follows.
fn closes(id: i32, own_end: Option<i32>, tokens: &ControlTokens) -> bool {
    Some(id) == own_end || Some(id) == tokens.eos
}

/// The conversation with its system prompt before the first question; `None` where it has none.
fn without_system(messages: &[Message]) -> Option<Vec<Message>> {
    match messages {
        [system, question, rest @ ..] if system.role == Role::System => {
            let first = Message::new(Role::User, format!("{}\n\n{}", system.content, question.content));
            Some(std::iter::once(first).chain(rest.iter().cloned()).collect())
        }
        _ => None,
    }
}

/// A template's failure in words.
fn broken(what: String) -> Error {
    Error::new(ErrorKind::InvalidOperation, what)
}

/// What went wrong in a template, and on which line.
fn reason(error: &Error) -> String {
    // A template may raise any words it likes.
    let what = match error.kind() {
        ErrorKind::OutOfFuel => tr!("它要做的事超出了限度", "it does more than it is allowed to"),
        ErrorKind::WriteFailure => tr!("它写出的内容超出了限度", "it writes more than it is allowed to"),
        kind => error.detail().map_or_else(|| kind.to_string(), |detail| Untrusted(detail).to_string()),
    };
    match error.line() {
        Some(line) => tr!("第 {line} 行：{what}", "line {line}: {what}"),
        None => what,
    }
}

/// An environment with this one template in it.
fn environment(source: &str, fuel: u64) -> Result<Environment<'static>, Error> {
    let mut env = Environment::new();
    env.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    env.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    env.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
    env.set_fuel(Some(fuel));
    env.set_recursion_limit(RECURSION);
    env.add_function("raise_exception", |message: String| -> Result<Value, Error> { Err(broken(message)) });
    env.add_function("strftime_now", strftime_now);
    // In Jinja2 none cannot be iterated over; templates ask this of `tools`.
    env.add_test("iterable", |value: &Value| !value.is_none() && value.try_iter().is_ok());
    env.add_template_owned(JINJA, without_generation(source))?;
    Ok(env)
}

/// The source with Hugging Face's `{% generation %}` blocks, which only mark what a training run learns from, turned
/// into blocks that minijinja knows; white space control stays as it is.
fn without_generation(source: &str) -> String {
    let mut parts = source.split("{%");
    let mut known = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        known.push_str("{%");
        let word = part.trim_start_matches(['-', '+']).trim_start();
        let lead = &part[..part.len() - word.len()];
        let swapped = [("generation", "if true"), ("endgeneration", "endif")].into_iter().find_map(|(theirs, ours)| {
            let rest = word.strip_prefix(theirs)?;
            rest.trim_start().trim_start_matches(['-', '+']).starts_with("%}").then_some((ours, rest))
        });
        known.push_str(lead);
        match swapped {
            Some((ours, rest)) => {
                known.push_str(ours);
                known.push_str(rest);
            }
            None => known.push_str(word),
        }
    }
    known
}

/// Today, in UTC, in the form that C's `strftime` takes.
fn strftime_now(state: &State<'_, '_>, format: &str) -> Result<String, Error> {
    let format = Kwargs::from_iter([("format", Value::from(format))]);
    minijinja_contrib::filters::datetimeformat(state, minijinja_contrib::globals::now(), format)
}

/// Takes what a template writes, up to a limit.
struct Bounded {
    bytes: Vec<u8>,
    left: usize,
}

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.left = self.left.checked_sub(bytes.len()).ok_or(io::ErrorKind::FileTooLarge)?;
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
