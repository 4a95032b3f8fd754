//! The settings asked for by name, each in the type that it is used in.
//!
//! A value has been through its row's parser, so it is of the row's kind; what else stands there is a fault of the table.

use std::path::Path;

use super::settings::{Color, Settings};
use crate::chat::budget::Overflow;
use crate::cli::options::Key;
use crate::cli::value::Value;
use crate::locale::Lang;
use crate::protocol::{GpuLayers, KvType, Sampling};
use crate::text::encoding::Encoding;

impl Settings {
    /// The model: a name with or without a quantization, or a path.
    #[must_use]
    pub fn model(&self) -> Option<&str> {
        self.text(Key::Model)
    }

    /// The chat template, by name.
    #[must_use]
    pub fn template(&self) -> Option<&str> {
        self.text(Key::Template)
    }

    /// The system prompt. One that was given as nothing asks for none, not even the template's own.
    #[must_use]
    pub fn system(&self) -> Option<&str> {
        self.text(Key::System)
    }

    /// Whether what is said stays in memory.
    #[must_use]
    pub fn no_save(&self) -> bool {
        self.switch(Key::NoSave)
    }

    /// The encoding of stdin and of files.
    #[must_use]
    pub fn encoding(&self) -> Encoding {
        self.text(Key::Encoding).and_then(Encoding::from_name).unwrap_or_default()
    }

    /// Whether `[INST]` and the like in piped text stay whole.
    #[must_use]
    pub fn verbatim(&self) -> bool {
        self.switch(Key::Verbatim)
    }

    /// The most tokens of an answer; at least 1.
    #[must_use]
    pub fn max_tokens(&self) -> u32 {
        self.known(Key::MaxTokens)
    }

    /// The texts at which an answer stops; none of them empty.
    #[must_use]
    pub fn stop(&self) -> &[String] {
        match self.held.get(&Key::Stop) {
            Some((Value::Texts(texts), _)) => texts,
            _ => &[],
        }
    }

    /// What to do when the next turn does not fit.
    #[must_use]
    pub fn overflow(&self) -> Overflow {
        match self.text(Key::Overflow) {
            Some("stop") => Overflow::Stop,
            _ => Overflow::Shift,
        }
    }

    /// The seed; `None` asks for a new one each time.
    #[must_use]
    pub fn seed(&self) -> Option<u32> {
        self.whole(Key::Seed)
    }

    /// How tokens are chosen, with this seed.
    #[must_use]
    pub fn sampling(&self, seed: u32) -> Sampling {
        Sampling {
            temp: self.real(Key::Temp),
            top_k: self.known(Key::TopK),
            top_p: self.real(Key::TopP),
            min_p: self.real(Key::MinP),
            repeat_penalty: self.real(Key::RepeatPenalty),
            repeat_last_n: self.known(Key::RepeatLastN),
            seed,
        }
    }

    /// The context, in tokens; `None` leaves it to the plan.
    #[must_use]
    pub fn ctx(&self) -> Option<u32> {
        self.whole(Key::Ctx)
    }

    /// The threads; `None` leaves them to the plan.
    #[must_use]
    pub fn threads(&self) -> Option<u32> {
        self.whole(Key::Threads)
    }

    /// The layers on the GPU.
    #[must_use]
    pub fn gpu_layers(&self) -> GpuLayers {
        match (self.whole(Key::GpuLayers), self.text(Key::GpuLayers)) {
            (Some(n), _) => GpuLayers::Count(n),
            (None, Some("all")) => GpuLayers::All,
            _ => GpuLayers::Auto,
        }
    }

    /// The element type of the KV cache; `None` leaves it to the plan.
    #[must_use]
    pub fn kv_type(&self) -> Option<KvType> {
        match self.text(Key::KvType) {
            Some("f16") => Some(KvType::F16),
            Some("q8_0") => Some(KvType::Q8_0),
            Some("q4_0") => Some(KvType::Q4_0),
            _ => None,
        }
    }

    /// Whether the network is not to be used.
    #[must_use]
    pub fn offline(&self) -> bool {
        self.switch(Key::Offline)
    }

    /// Whether to tell the speed after each answer.
    #[must_use]
    pub fn stats(&self) -> bool {
        self.switch(Key::Stats)
    }

    /// Whether to say nothing but answers and errors.
    #[must_use]
    pub fn quiet(&self) -> bool {
        self.switch(Key::Quiet)
    }

    /// 0: the usual; 1: what was chosen and why; 2 and more: llama.cpp's log too.
    #[must_use]
    pub fn verbosity(&self) -> u32 {
        self.known(Key::Verbose)
    }

    /// The language; `None` follows the system.
    #[must_use]
    pub fn lang(&self) -> Option<Lang> {
        self.text(Key::Lang).and_then(Lang::from_name)
    }

    /// When to paint.
    #[must_use]
    pub fn color(&self) -> Color {
        match self.text(Key::Color) {
            Some("always") => Color::Always,
            Some("never") => Color::Never,
            _ => Color::Auto,
        }
    }

    /// Whether answers on a terminal are set as Markdown.
    #[must_use]
    pub fn markdown(&self) -> bool {
        self.switch(Key::Markdown)
    }

    /// Whether the terminal gives two columns to characters whose width Unicode leaves open; `None` where nobody said.
    #[must_use]
    pub fn ambiguous_is_wide(&self) -> Option<bool> {
        match self.text(Key::AmbiguousWidth) {
            Some("narrow") => Some(false),
            Some("wide") => Some(true),
            _ => None,
        }
    }

    /// Where the engine's log goes, where it is not the usual place.
    #[must_use]
    pub fn log_file(&self) -> Option<&Path> {
        self.text(Key::LogFile).map(Path::new)
    }

    pub(super) fn text(&self, key: Key) -> Option<&str> {
        match self.held.get(&key) {
            Some((Value::Text(text), _)) => Some(text),
            _ => None,
        }
    }

    fn whole(&self, key: Key) -> Option<u32> {
        match self.held.get(&key) {
            Some((Value::Whole(n), _)) => Some(*n),
            _ => None,
        }
    }

    /// A whole number that has a built-in value and no word in its place.
    fn known(&self, key: Key) -> u32 {
        self.whole(key).unwrap_or_else(|| unreachable!("{key:?} is a number: its row says so"))
    }

    fn real(&self, key: Key) -> f32 {
        match self.held.get(&key) {
            Some((Value::Real(x), _)) => *x,
            _ => unreachable!("{key:?} is a number: its row says so"),
        }
    }

    fn switch(&self, key: Key) -> bool {
        matches!(self.held.get(&key), Some((Value::Switch(true), _)))
    }
}
