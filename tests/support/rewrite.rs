//! A GGUF file made into others: with its 16-bit numbers in another format, or in several parts.

use std::fs;
use std::path::{Path, PathBuf};

use half::{bf16, f16};
use liao::gguf::value::Value;
use liao::gguf::write::{Draft, Planned};
use liao::gguf::{Header, Tensor, TensorType};

/// A file in memory.
pub(crate) struct Gguf {
    pub(crate) header: Header,
    bytes: Vec<u8>,
}

impl Gguf {
    pub(crate) fn read(path: &Path) -> Self {
        let header = Header::read(path).expect("a GGUF file");
        Self { header, bytes: fs::read(path).expect("the file") }
    }

    /// The bytes of one of its tensors.
    pub(crate) fn data(&self, tensor: &Tensor) -> &[u8] {
        let begin = (self.header.data_offset() + tensor.offset) as usize;
        &self.bytes[begin..begin + tensor.n_bytes as usize]
    }

    fn metadata(&self) -> Vec<(String, Value)> {
        self.header.metadata().map(|(key, value)| (key.to_owned(), value.clone())).collect()
    }

    /// Writes it with its 16-bit floats as floats of this type, those of 32 bits as they are.
    pub(crate) fn write_as(&self, kind: TensorType, path: &Path) {
        let encode = |half: &[u8; 2]| {
            let number = f16::from_le_bytes(*half).to_f32();
            match kind {
                TensorType::F32 => number.to_le_bytes().to_vec(),
                TensorType::BF16 => bf16::from_f32(number).to_le_bytes().to_vec(),
                other => panic!("{}", other.name()),
            }
        };
        let encoded = |tensor: &Tensor| -> (TensorType, Vec<u8>) {
            match tensor.kind {
                TensorType::F16 => (kind, self.data(tensor).as_chunks::<2>().0.iter().flat_map(encode).collect()),
                other => (other, self.data(tensor).to_vec()),
            }
        };
        write(&self.metadata(), self.header.tensors().iter().map(|tensor| (tensor, encoded(tensor))), path);
    }

    /// Writes it in two parts, the second of which has all but `n_first` tensors, and gives their paths.
    pub(crate) fn write_parts(&self, n_first: usize, folder: &Path) -> [PathBuf; 2] {
        let tensors = self.header.tensors();
        let place = |no: u16| {
            let place = [("split.no", Value::U16(no)), ("split.count", Value::U16(2))];
            place.into_iter().map(|(key, value)| (key.to_owned(), value))
        };
        let count = ("split.tensors.count".to_owned(), Value::I32(tensors.len() as i32));
        let paths = [1, 2].map(|no| folder.join(format!("parts-{no:05}-of-00002.gguf")));
        let first: Vec<(String, Value)> = place(0).chain([count]).chain(self.metadata()).collect();
        write(&first, self.with_data(&tensors[..n_first]), &paths[0]);
        write(&place(1).collect::<Vec<_>>(), self.with_data(&tensors[n_first..]), &paths[1]);
        paths
    }

    fn with_data<'a>(&'a self, tensors: &'a [Tensor]) -> impl Iterator<Item = (&'a Tensor, (TensorType, Vec<u8>))> {
        tensors.iter().map(|tensor| (tensor, (tensor.kind, self.data(tensor).to_vec())))
    }
}

fn write<'a>(
    metadata: &[(String, Value)],
    tensors: impl Iterator<Item = (&'a Tensor, (TensorType, Vec<u8>))>,
    path: &Path,
) {
    let (planned, data): (Vec<Planned>, Vec<Vec<u8>>) = tensors
        .map(|(Tensor { name, dims, .. }, (kind, data))| {
            (Planned { name: name.clone(), dims: dims.clone(), kind }, data)
        })
        .unzip();
    let draft = Draft::new(metadata, &planned).expect("a file that can be read");
    let mut bytes = Vec::new();
    draft.write_header(&mut bytes).expect("memory");
    for (i, data) in data.iter().enumerate() {
        bytes.extend(data);
        bytes.resize(bytes.len() + draft.n_padding(i) as usize, 0);
    }
    fs::write(path, bytes).expect("a file of the test's own");
}
