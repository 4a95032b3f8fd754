//! Conversations on this disk, each in a file of its own that is only ever appended to: what was said, with every
//! branch. Here is no terminal, no model and no prompt; a session is told what happened, and tells it again.
//!
//! What holds throughout: `kill -9` at any moment costs at most the turn in progress; a file, however it was cut or
//! damaged, gives back what is left of it; and all that stands in one is untrusted text.
//!
//! # The file
//!
//! `<id>.jsonl`, for its owner alone (0600, in a folder of 0700): one JSON object a line, one line an event (`event`).
//!
//! ```text
//! {"event":"session","v":1,"id":"1ng8hxq","created":"2026-11-23T14:03:35Z"}
//! {"event":"model","name":"demo","template":"llama2","vocabulary":"9f86d0…","reference":"demo"}
//! {"event":"question","n":1,"after":0,"text":"你好","at":"2026-11-23T14:03:41Z"}
//! {"event":"answer","n":2,"to":1,"text":"你好！","written":{"ids":[3,1],"end":2},"finish":"stop","at":"…"}
//! {"event":"question","n":3,"after":2,"text":"再见","at":"…"}
//! {"event":"head","n":2}
//! ```
//!
//! Questions and answers are numbered, and each says which one it follows; so they make a tree. The conversation stands
//! at the last one written, unless a `head` after it says where else. So `/undo` is a `head`; `/retry` is a `head` at
//! the question and then another `answer` `to` it; `/retry 2` is a `head` at an earlier answer; `/edit` is another
//! `question` `after` the same answer; `/continue` is an `answer` that `continues` another. Nothing that was said is
//! ever taken out. `system`, `set`, `pin` and `name` tell the rest. Event kinds that are not known are left as they
//! are; a file whose `v` is greater than ours is refused.
//!
//! # Who calls what, and when
//!
//! | what happens | call |
//! |---|---|
//! | a conversation begins | [`Record::begin`], or [`Record::in_memory`] with `--no-save`; then [`Record::set_model`] (its vocabulary by `gguf::Header::vocabulary_sum`), and [`Record::set_system`] where one was given. The [`Notice`] is told; `start` of `--json` has [`Record::id`] |
//! | `-r`, `/load` | [`Shelf::newest`] or [`Shelf::find`], then [`Record::open`] (with `--no-save` [`Record::recall`]), unless that id is the one being held; its [`Notice`]s are told; `Conversation::resume` gets `talk::resume::exchanges`, the system prompt and [`Transcript::settings`] are put in force; [`Record::set_model`] with the model that is loaded comes with the next question, and records it only where it is another |
//! | a question is asked | [`Record::ask`], before the engine is: it is on the disk while the model reads |
//! | it does not fit, or the template refuses it | [`Record::withdraw`], where `Conversation::withdraw` is called |
//! | the engine fails | [`Record::restore`], where `Conversation::restore` is called |
//! | an answer is there, cut or not | [`Record::answered`], where `Conversation::answered` is called |
//! | `/retry`, `/retry K`, `/undo`, `/edit`, `/continue` | [`Record::reopen`] and then as for an answer, [`Record::go_back`], [`Record::undo`], [`Record::edit`], [`Record::continued`] |
//! | `/system`, `/set`, `/set pin`, `/model` | [`Record::set_system`], [`Record::set`], [`Record::pin`], [`Record::set_model`] |
//! | what `/retry` or `/edit` began gives no answer | [`Record::come_back`] to where [`Record::mark`] was taken before |
//! | `/save NAME` | [`Record::check_name`], [`Record::keep`] (which does nothing where it is saved already), then [`Record::rename`] |
//! | `/new` | the record is dropped, another begins |
//! | `/sessions`, `liao sessions` | [`Shelf::list`] and [`Kept::summary`] of those that are shown; [`Kept::read`]; [`Shelf::remove`] |
//! | `/export`, `liao sessions export` | [`export_to()`], or [`export()`] for stdout, of [`Record::transcript`], or of what [`Kept::read`] gave |
//!
//! Each of these comes after the call of the same name on the conversation, and takes the same numbers. What goes wrong
//! on the disk is one sentence, told once; the conversation goes on.

mod event;
mod exchange;
mod export;
mod id;
mod label;
mod notice;
mod place;
mod reading;
mod record;
mod shelf;
mod stamp;
mod transcript;

pub use event::{Header, Model};
pub use exchange::Exchange;
pub use export::{Format, export, export_to};
pub use id::Id;
pub use label::{beginning, copy_mark, is_name, title};
pub use notice::Notice;
pub use reading::{Reading, Refused, Summary};
pub use record::{Mark, Opened, Record};
pub use shelf::{Kept, Shelf};
pub use transcript::{Answer, Reply, Transcript};
