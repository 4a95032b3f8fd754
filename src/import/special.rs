//! The tokens of a tokenizer that have a part to play: which one begins a text, which ends it, which of them are put
//! there without being asked for, and the chat templates that are written with them. Which tokens there are is for
//! `vocabulary`.
//!
//! Found as `gguf.SpecialVocab` (llama-cpp-python 0.3.36, `gguf/vocab.py`) finds them for a SentencePiece model: ids
//! by name through `tokenizer.json`, else as `config.json` gives them. An id is in the vocabulary, or not taken.

use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::Refused;
use super::vocabulary::{Files, object};
use crate::gguf::value::{Array, Texts, Value};

/// The parts that there are, in the order in which they are looked for.
const PARTS: [Part; 7] = [Part::Bos, Part::Eos, Part::Unk, Part::Sep, Part::Pad, Part::Cls, Part::Mask];

/// A part that a token plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Bos,
    Eos,
    Unk,
    Sep,
    Pad,
    Cls,
    Mask,
    /// The end of a turn, where another token ends the text.
    Eot,
}

impl Part {
    /// Its name in the keys of the JSON files.
    fn name(self) -> &'static str {
        match self {
            Self::Bos => "bos",
            Self::Eos => "eos",
            Self::Unk => "unk",
            Self::Sep => "sep",
            Self::Pad => "pad",
            Self::Cls => "cls",
            Self::Mask => "mask",
            Self::Eot => "eot",
        }
    }

    /// Where a GGUF file has its id.
    fn id_key(self) -> Option<&'static str> {
        Some(match self {
            Self::Bos => "tokenizer.ggml.bos_token_id",
            Self::Eos => "tokenizer.ggml.eos_token_id",
            Self::Unk => "tokenizer.ggml.unknown_token_id",
            Self::Sep => "tokenizer.ggml.seperator_token_id",
            Self::Pad => "tokenizer.ggml.padding_token_id",
            Self::Mask => "tokenizer.ggml.mask_token_id",
            Self::Eot => "tokenizer.ggml.eot_token_id",
            Self::Cls => return None,
        })
    }

    /// Where a GGUF file says whether it is put there without being asked for.
    fn add_key(self) -> Option<&'static str> {
        match self {
            Self::Bos => Some("tokenizer.ggml.add_bos_token"),
            Self::Eos => Some("tokenizer.ggml.add_eos_token"),
            Self::Sep => Some("tokenizer.ggml.add_sep_token"),
            _ => None,
        }
    }
}

/// What is read of a `tokenizer.json`; its vocabulary is passed over.
#[derive(Deserialize)]
struct Tokenizer {
    #[serde(default)]
    added_tokens: Vec<Added>,
    post_processor: Option<Json>,
}

#[derive(Deserialize)]
struct Added {
    id: u64,
    content: String,
}

/// The parts that tokens play, in the order in which they were found.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Special {
    ids: Vec<(Part, u32)>,
    adds: Vec<(Part, bool)>,
    /// By name; the one without a name is the default.
    chat_templates: Vec<(Option<String>, String)>,
}

impl Special {
    /// Reads them, `tokenizer_config` being that file already parsed.
    ///
    /// # Errors
    /// [`Refused`] when one of the files is broken.
    pub(super) fn read(
        files: &Files<'_>,
        tokenizer_config: Option<Map<String, Json>>,
        n_vocab: u32,
    ) -> Result<Self, Refused> {
        let config = object(files.config).map_err(|why| why.in_file("config.json"))?;
        let tokenizer: Option<Tokenizer> = files
            .tokenizer
            .map(serde_json::from_slice)
            .transpose()
            .map_err(|error| Refused::corrupt("JSON", error).in_file("tokenizer.json"))?;
        let texts = tokenizer_config.unwrap_or_default();
        // Without them, no text is looked up, whatever a `tokenizer.json` says.
        let has_texts = !texts.is_empty();
        let mut names = Names { texts, parts: PARTS.to_vec() };
        let mut special = Self::default();
        if let Some(tokenizer) = &tokenizer {
            names.fill_in();
            if let Some(processor) = &tokenizer.post_processor {
                special.follow(processor, &mut names);
            }
        }
        if has_texts {
            special.chat_templates = chat_templates(names.texts.get("chat_template"), files.chat_template);
            let added = tokenizer.as_ref().map(|tokenizer| tokenizer.added_tokens.as_slice()).unwrap_or_default();
            special.look_up(&names, added, n_vocab);
        }
        for part in &names.parts {
            let id = config.get(&format!("{}_token_id", part.name())).and_then(Json::as_u64);
            special.set_id(*part, id, n_vocab);
        }
        Ok(special)
    }

    /// Takes the ids from the added tokens whose texts the parts have.
    fn look_up(&mut self, names: &Names, added: &[Added], n_vocab: u32) {
        for part in &names.parts {
            let add = names.texts.get(&format!("add_{}_token", part.name())).and_then(Json::as_bool);
            if let Some(add) = add
                && !self.adds.iter().any(|(known, _)| known == part)
            {
                self.adds.push((*part, add));
            }
            let text = text_of(names.get(*part));
            let found = added.iter().find(|added| Some(added.content.as_str()) == text);
            self.set_id(*part, found.map(|added| added.id), n_vocab);
        }
    }

    pub(super) fn has_chat_template(&self) -> bool {
        !self.chat_templates.is_empty()
    }

    /// The keys with their values, in the converter's order.
    pub(super) fn metadata(&self) -> Vec<(String, Value)> {
        let ids = self.ids.iter().filter_map(|(part, id)| Some((part.id_key()?.to_owned(), Value::U32(*id))));
        let adds = self.adds.iter().filter_map(|(part, add)| Some((part.add_key()?.to_owned(), Value::Bool(*add))));
        let mut metadata: Vec<_> = ids.chain(adds).collect();
        let mut names = Texts::default();
        let mut default = None;
        for (name, template) in &self.chat_templates {
            match name {
                None => default = Some(template),
                Some(name) => {
                    names.push(name.as_bytes());
                    metadata.push((format!("tokenizer.chat_template.{name}"), Value::Text(template.clone())));
                }
            }
        }
        if !names.is_empty() {
            metadata.push(("tokenizer.chat_templates".to_owned(), Value::Array(Array::Text(names))));
        }
        if let Some(template) = default {
            metadata.push(("tokenizer.chat_template".to_owned(), Value::Text(template.clone())));
        }
        metadata
    }

    /// The first id that is found for a part counts.
    fn set_id(&mut self, part: Part, id: Option<u64>, n_vocab: u32) {
        let id = id.and_then(|id| u32::try_from(id).ok()).filter(|id| *id < n_vocab);
        if let Some(id) = id
            && !self.ids.iter().any(|(known, _)| *known == part)
        {
            self.ids.push((part, id));
        }
    }

    fn set_add(&mut self, part: Part, add: bool) {
        match self.adds.iter_mut().find(|(known, _)| *known == part) {
            Some((_, known)) => *known = add,
            None => self.adds.push((part, add)),
        }
    }

    /// Works out from the post-processor of a `tokenizer.json` what is put around a text.
    fn follow(&mut self, processor: &Json, names: &mut Names) {
        let several = processor.get("processors").and_then(Json::as_array);
        for processor in several.map_or(std::slice::from_ref(processor), Vec::as_slice) {
            if processor.get("type").and_then(Json::as_str) == Some("TemplateProcessing") {
                self.follow_template(processor, names);
            }
        }
    }

    fn follow_template(&mut self, processor: &Json, names: &mut Names) {
        let list = |key: &str| processor.get(key).and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
        let (single, pair) = (list("single"), list("pair"));
        let (mut first, mut last) = (None, None);
        if let [begin, .., end] = single {
            (first, last) = (special_of(begin), special_of(end));
        }
        if let Some(first) = first {
            if !names.is(Part::Bos, first) && !names.is(Part::Cls, first) {
                names.set_if_missing(Part::Bos, first);
                names.set_if_missing(Part::Cls, first);
            }
            self.set_add(Part::Bos, names.is(Part::Bos, first) || names.is(Part::Cls, first));
        }
        if let Some(last) = last {
            if !names.is(Part::Eos, last) {
                names.end_with(last);
            }
            self.set_add(Part::Eos, true);
        }
        self.follow_pair(pair, first, last, names);
    }

    /// What is put between two texts: it is the separator when it is so called, or when it ends a text.
    fn follow_pair(&mut self, mut pair: &[Json], first: Option<&str>, last: Option<&str>, names: &mut Names) {
        if let [begin, rest @ ..] = pair
            && first.is_some()
            && special_of(begin) == first
        {
            pair = rest;
        }
        if let [rest @ .., end] = pair
            && last.is_some()
            && special_of(end) == last
        {
            pair = rest;
        }
        let [a, between @ .., b] = pair else { return };
        if between.is_empty() || sequence_of(a) != Some("A") || sequence_of(b) != Some("B") {
            return;
        }
        let is_separator =
            |piece: &Json| special_of(piece).is_some_and(|text| names.is(Part::Sep, text) || names.is(Part::Eos, text));
        let adds = (last.is_none() && is_separator(&between[0])) || (between.len() == 2 && is_separator(&between[1]));
        self.set_add(Part::Sep, adds);
        if adds {
            names.separate_with_end();
        }
    }
}

/// The texts of the parts, as `tokenizer_config.json` has them and a `tokenizer.json` corrects them.
struct Names {
    texts: Map<String, Json>,
    parts: Vec<Part>,
}

impl Names {
    fn get(&self, part: Part) -> Option<&Json> {
        let is_said = |text: &&Json| match text {
            Json::Null | Json::Bool(false) => false,
            Json::String(text) => !text.is_empty(),
            Json::Object(about) => !about.is_empty(),
            _ => true,
        };
        self.texts.get(&key(part)).filter(is_said)
    }

    /// Whether the part is said to be played by this text, and by the text alone: the longer form with the text in
    /// an object does not count.
    fn is(&self, part: Part, text: &str) -> bool {
        self.get(part).and_then(Json::as_str) == Some(text)
    }

    fn set(&mut self, part: Part, text: Json) {
        self.texts.insert(key(part), text);
    }

    fn set_if_missing(&mut self, part: Part, text: &str) {
        if self.get(part).is_none() {
            self.set(part, text.into());
        }
    }

    /// The class and separator tokens of BERT's descendants begin and end their texts.
    fn fill_in(&mut self) {
        for (part, other) in [(Part::Bos, Part::Cls), (Part::Eos, Part::Sep)] {
            if self.get(part).is_none()
                && let Some(text) = self.get(other).cloned()
            {
                self.set(part, text);
            }
        }
    }

    /// Another token than it was thought ends a text; the former one then ends a turn.
    fn end_with(&mut self, text: &str) {
        if let Some(former) = self.get(Part::Eos).cloned()
            && !self.parts.contains(&Part::Eot)
        {
            self.parts.push(Part::Eot);
            self.set(Part::Eot, former);
        }
        self.set(Part::Eos, text.into());
    }

    fn separate_with_end(&mut self) {
        if self.get(Part::Sep).is_none()
            && let Some(text) = self.get(Part::Eos).cloned()
        {
            self.set(Part::Sep, text);
        }
    }
}

fn key(part: Part) -> String {
    format!("{}_token", part.name())
}

/// A token's text, given as it is or in an object with more about it.
fn text_of(said: Option<&Json>) -> Option<&str> {
    match said? {
        Json::String(text) => Some(text),
        other => other.get("content")?.as_str(),
    }
}

/// The special token at a place of a template.
fn special_of(piece: &Json) -> Option<&str> {
    piece.get("SpecialToken")?.get("id")?.as_str().filter(|id| !id.is_empty())
}

/// Which of the texts stands at a place of a template.
fn sequence_of(piece: &Json) -> Option<&str> {
    piece.get("Sequence")?.get("id")?.as_str()
}

/// The templates, one or many by name; where `tokenizer_config.json` is silent, the one in a file of its own.
fn chat_templates(said: Option<&Json>, file: Option<&str>) -> Vec<(Option<String>, String)> {
    let mut templates: Vec<(Option<String>, String)> = Vec::new();
    let mut put = |name, text: &str| {
        templates.retain(|(known, _)| *known != name);
        if !text.is_empty() {
            templates.push((name, text.to_owned()));
        }
    };
    match said {
        None => put(None, file.unwrap_or_default()),
        Some(Json::String(text)) => put(None, text),
        Some(Json::Array(choices)) => {
            for choice in choices {
                let (name, text) = (choice.get("name"), choice.get("template"));
                let (Some(name), Some(text)) = (name.and_then(Json::as_str), text.and_then(Json::as_str)) else {
                    continue;
                };
                let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
                match name.as_str() {
                    "" => {}
                    "default" => put(None, text),
                    _ => put(Some(name), text),
                }
            }
        }
        Some(_) => {}
    }
    templates
}

#[cfg(test)]
#[path = "special_tests.rs"]
mod tests;
