//! What the parsers of strangers' bytes are held to, whatever the bytes: each ends, without a panic, and gives something
//! sound or a sentence that is fit for a terminal. One function a fuzz target; `tests/mutations.rs` of liao calls
//! the same ones.

use std::fmt::Display;
use std::io;

use liao::gguf::value::Value;
use liao::gguf::write::{Draft, Planned};
use liao::gguf::{Header, validate};
use liao::import::Refused;
use liao::import::checkpoint::{Checkpoint, Stored, safetensors as safetensors_file, state_dict, torch as torch_file};
use liao::import::hyper::Hyper;
use liao::import::source::{Folder, ReadAt};
use liao::import::tensors::Mapping;
use liao::import::vocabulary::{Files, Vocabulary};
use liao::store::download::endpoint::Manner;
use liao::store::download::sidecar::Sidecar;
use liao::store::download::tree;

/// A small vocabulary that is whole: 400 pieces.
const TOKENIZER: &[u8] = include_bytes!("../../tests/peer/tokenizer.model");

/// Rows of the embedding that goes with it: some have no token.
const N_VOCAB: u32 = 408;

/// Whatever is said of a file reaches a terminal as one line.
fn assert_plain(why: &impl Display) {
    let sentence = why.to_string();
    assert!(!sentence.is_empty() && !sentence.contains(char::is_control), "{sentence:?}");
}

/// Pickles: what is found are views inside of their storages.
pub fn pickle(data: &[u8]) {
    match state_dict::read_views(data) {
        Ok(views) => {
            for view in views {
                let end = view.first.checked_add(view.n_elements());
                assert!(end.is_some_and(|end| end <= view.n_stored), "{view:?}");
            }
        }
        Err(refused) => assert_plain(&refused),
    }
}

fn assert_inside(read: Result<Vec<Stored>, Refused>, n_bytes: usize) {
    match read {
        Ok(tensors) => {
            for tensor in tensors {
                let end = tensor.offset.checked_add(tensor.n_bytes);
                assert!(end.is_some_and(|end| end <= n_bytes as u64), "{tensor:?}");
                let n_elements: u64 = tensor.shape.iter().product();
                assert_eq!(tensor.kind.row_bytes(n_elements), tensor.n_bytes, "{tensor:?}");
            }
        }
        Err(refused) => assert_plain(&refused),
    }
}

/// Files of `torch.save`: tensors lie inside the file.
pub fn torch(data: &[u8]) {
    assert_inside(torch_file::read_tensors(&data.to_vec()), data.len());
}

/// Safetensors files: tensors lie inside the file.
pub fn safetensors(data: &[u8]) {
    assert_inside(safetensors_file::read_tensors(&data.to_vec()), data.len());
}

/// A folder with an index, beside one file of weights. Of other names it says that there is none, and it refuses to
/// be asked for what is no plain name.
struct Indexed<'a>(&'a [u8]);

impl Folder for Indexed<'_> {
    fn open(&self, name: &str) -> io::Result<Box<dyn ReadAt>> {
        assert!(!name.is_empty() && !name.contains(['/', '\\', '\0', ':']) && !name.starts_with('.'), "{name:?}");
        match name {
            "model.safetensors.index.json" => Ok(Box::new(self.0.to_vec())),
            "model-00001-of-00001.safetensors" => Ok(Box::new(b"\x02\0\0\0\0\0\0\0{}".to_vec())),
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

/// Indices: no name in one leads anywhere else.
pub fn index(data: &[u8]) {
    if let Err(refused) = Checkpoint::open(&Indexed(data)) {
        assert_plain(&refused);
    }
}

/// GGUF files: whatever is asked of a header that was read has an answer.
pub fn gguf(data: &[u8]) {
    let header = match Header::read_from(data, data.len() as u64) {
        Ok(header) => header,
        Err(rejected) => return assert_plain(&rejected),
    };
    let _ = (header.n_layers(), header.n_head(), header.n_head_kv(), header.n_ff(), header.file_type_name());
    let _ = (header.bos(), header.eos(), header.add_bos(), header.control_tokens());
    if let Err(rejected) = validate(&header) {
        assert_plain(&rejected);
    }
    let metadata: Vec<(String, Value)> =
        header.metadata().map(|(key, value)| (key.to_owned(), value.clone())).collect();
    let tensors = header.tensors().iter();
    let planned: Vec<Planned> =
        tensors.map(|t| Planned { name: t.name.clone(), dims: t.dims.clone(), kind: t.kind }).collect();
    match Draft::new(&metadata, &planned) {
        Ok(draft) => assert_eq!(draft.tensors(), header.tensors()),
        Err(rejected) => assert_plain(&rejected),
    }
}

/// `config.json`: its numbers can be reckoned with.
pub fn config(data: &[u8]) {
    match Hyper::read(data) {
        Ok(hyper) => {
            assert!(hyper.n_query() > 0 && hyper.n_key_value() > 0 && hyper.proportions().n_layers > 0);
            match Mapping::new(&hyper, []) {
                Ok(_) => unreachable!("a model has tensors"),
                Err(refused) => assert_plain(&refused),
            }
        }
        Err(refused) => assert_plain(&refused),
    }
}

fn assert_vocabulary(files: &Files<'_>) {
    match Vocabulary::read(files, N_VOCAB) {
        // A token a row, and no key that a file cannot have.
        Ok(vocabulary) => match Draft::new(&vocabulary.metadata(), &[]) {
            Ok(draft) => assert_eq!(draft.header().n_vocab(), N_VOCAB as usize),
            Err(rejected) => assert_plain(&rejected),
        },
        Err(refused) => assert_plain(&refused),
    }
}

/// `tokenizer.model`.
pub fn tokenizer_model(data: &[u8]) {
    assert_vocabulary(&Files { model: data, config: b"{}", ..Files::default() });
}

/// The JSON files about tokens, each in its turn.
pub fn tokenizer_json(data: &[u8]) {
    let files = Files { model: TOKENIZER, config: b"{}", ..Files::default() };
    assert_vocabulary(&Files { config: data, ..files });
    assert_vocabulary(&Files { added_tokens: Some(data), ..files });
    assert_vocabulary(&Files { tokenizer_config: Some(data), ..files });
    assert_vocabulary(&Files { tokenizer: Some(data), ..files });
}

/// Lists of files: every name in one is a plain one.
pub fn tree(data: &[u8]) {
    for manner in [Manner::HuggingFace, Manner::ModelScope] {
        match tree::read_page(manner, data) {
            Ok(files) => {
                for file in files {
                    let name = &file.name;
                    assert!(!name.contains(['/', '\\', '\0', ':']) && !name.starts_with('.'), "{name:?}");
                }
            }
            Err(trouble) => assert_plain(&trouble),
        }
    }
}

/// What is beside an unfinished download: what was read is written as it was.
pub fn sidecar(data: &[u8]) {
    if let Some(sidecar) = Sidecar::read(data) {
        assert_eq!(Sidecar::read(&sidecar.write()), Some(sidecar));
    }
}
