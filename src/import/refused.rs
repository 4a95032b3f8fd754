//! Why something to import was turned away, as one sentence without its path: who prints it knows the path.
//!
//! What a file says reaches a sentence only through [`Untrusted`], so each is one harmless line.

use std::fmt;
use std::io;

use super::source::Lost;
use crate::exit::{Exit, Failed};
use crate::gguf::Rejected;
use crate::gguf::sniff::Sniffed;
use crate::text::Untrusted;
use crate::tr;

/// How many reasons of a list are told in full.
const N_TOLD: usize = 8;

/// Why a source was refused. `Display` is one sentence in the language spoken, to be put after the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// There is no such file.
    NotFound,
    /// It cannot be read. `message` is the system's own.
    Io {
        /// What kind of failure it was.
        kind: io::ErrorKind,
        /// The system's words.
        message: String,
    },
    /// It is far away, and cannot be read any more.
    Lost(Lost),
    /// The folder has no file of weights under a name that Hugging Face gives them.
    NoWeights,
    /// It is no file of weights at all.
    NotWeights {
        /// What it is.
        what: Sniffed,
    },
    /// It is one file of weights, which without the files beside it are no model.
    WeightsAlone,
    /// It is a GGUF file, or would become one, that is no good.
    Gguf(Rejected),
    /// A GGUF file that is quantized already.
    Quantized {
        /// One of its tensors.
        tensor: String,
        /// The type that this one has.
        kind: &'static str,
    },
    /// It is in the format that `torch.save` wrote before PyTorch 1.6, which is not a zip archive.
    OldTorch,
    /// A zip archive without the directory that stands at its end.
    NoDirectory,
    /// It ends too early.
    Truncated {
        /// Bytes that the file must have at least.
        need: u64,
        /// Bytes that it has.
        have: u64,
    },
    /// A part of it is larger than any real one.
    TooLarge {
        /// Which part.
        what: String,
        /// Bytes that it has.
        n_bytes: u64,
        /// Bytes that it may have.
        max_bytes: u64,
    },
    /// Its structure contradicts the format.
    Corrupt {
        /// The field, entry or tensor.
        what: String,
        /// What is found there.
        value: String,
    },
    /// A value that cannot be imported.
    Unsupported {
        /// The field, entry or tensor.
        what: String,
        /// What the file says.
        value: String,
        /// What would be accepted.
        expected: String,
    },
    /// A pickle that names something to call which is not on our short list.
    WouldCall {
        /// Its full Python name, such as `os.system`.
        name: String,
    },
    /// An index names a file by something that is not a plain file name of weights.
    FileName {
        /// The name as the index has it.
        name: String,
    },
    /// Files that an index names are not there.
    MissingFiles {
        /// Their names.
        names: Vec<String>,
    },
    /// Tensors that an index places in a file are not in it.
    MissingTensors {
        /// Their names.
        names: Vec<String>,
    },
    /// A tensor's name is there twice.
    Duplicate {
        /// The name.
        tensor: String,
        /// The files it is in; they may be the same.
        files: [String; 2],
    },
    /// One file among several was refused.
    File {
        /// Its name.
        name: String,
        /// Why.
        why: Box<Self>,
    },
    /// More than one thing is wrong.
    Several(Vec<Self>),
}

impl Refused {
    /// A part of the structure and what is found there, which cannot be.
    pub(crate) fn corrupt(what: impl Into<String>, value: impl fmt::Display) -> Self {
        Self::Corrupt { what: what.into(), value: value.to_string() }
    }

    /// A field, the value that is refused, and what would do.
    pub(crate) fn unsupported(what: impl Into<String>, value: impl fmt::Display, expected: impl fmt::Display) -> Self {
        Self::Unsupported { what: what.into(), value: value.to_string(), expected: expected.to_string() }
    }

    /// Whether it is for want of an answer from far away, and not for what the source holds.
    pub(crate) fn lost(&self) -> Option<&Lost> {
        match self {
            Self::Lost(lost) => Some(lost),
            Self::File { why, .. } => why.lost(),
            Self::Several(all) => all.iter().find_map(Self::lost),
            _ => None,
        }
    }

    /// This reason, as one that concerns the file `name` among several.
    pub(crate) fn in_file(self, name: &str) -> Self {
        Self::File { name: name.to_owned(), why: Box::new(self) }
    }

    /// Nothing, the one reason, or the list of them.
    ///
    /// # Errors
    /// Whatever is in `reasons`.
    pub(crate) fn unless_none(mut reasons: Vec<Self>) -> Result<(), Self> {
        match reasons.len() {
            0 => Ok(()),
            1 => Err(reasons.remove(0)),
            _ => Err(Self::Several(reasons)),
        }
    }
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        if let Some(lost) = error.get_ref().and_then(|inner| inner.downcast_ref::<Lost>()) {
            return Self::Lost(lost.clone());
        }
        match error.kind() {
            io::ErrorKind::NotFound => Self::NotFound,
            kind => Self::Io { kind, message: error.to_string() },
        }
    }
}

impl From<Rejected> for Refused {
    fn from(rejected: Rejected) -> Self {
        match rejected {
            Rejected::NotGguf { what: Sniffed::Zip | Sniffed::Safetensors } => Self::WeightsAlone,
            rejected => Self::Gguf(rejected),
        }
    }
}

impl From<Refused> for Failed {
    fn from(refused: Refused) -> Self {
        Self::new(Exit::Model, refused.to_string())
    }
}

/// Names in a row, as they may stand in a sentence.
fn listed(names: &[String]) -> String {
    Untrusted(&names.join(", ")).to_string()
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sentence = match self {
            // What a GGUF file may have as well is said in the same words.
            Self::NotFound => Rejected::NotFound.to_string(),
            Self::Io { kind, message } => Rejected::Io { kind: *kind, message: message.clone() }.to_string(),
            Self::Truncated { need, have } => Rejected::Truncated { need: *need, have: *have }.to_string(),
            Self::Corrupt { what, value } => Rejected::corrupt(what, value).to_string(),
            Self::Lost(lost) => lost.to_string(),
            Self::NoWeights => tr!(
                "这个目录里没有权重（model*.safetensors 或 pytorch_model*.bin）；请给出完整的模型目录",
                "this folder holds no weights (model*.safetensors or pytorch_model*.bin); give the folder of a whole \
                 checkpoint"
            ),
            Self::NotWeights { what } => tr!("不是权重文件：{what}", "not a file of weights: {what}"),
            Self::WeightsAlone => tr!(
                "这只是权重，还要有 config.json 和 tokenizer.model；请给出它们所在的目录",
                "these are weights alone, and config.json and tokenizer.model are needed too; name the folder that \
                 they are in"
            ),
            Self::Gguf(rejected) => rejected.to_string(),
            Self::Quantized { tensor, kind } => {
                let tensor = Untrusted(tensor);
                tr!(
                    "它已经量化过了（{tensor} 是 {kind}），再量化一次会损失更多；可以直接用：liao -m 文件。要别的量化，请从 \
                     F16、BF16、F32 或 Q8_0 的文件做起",
                    "it is quantized already ({tensor} is {kind}), and doing it twice loses more; it can be used as it \
                     is: liao -m FILE. For another quantization, begin with a file in F16, BF16, F32 or Q8_0"
                )
            }
            Self::OldTorch => tr!(
                "这是 PyTorch 1.6 以前的保存格式；请用较新的 PyTorch 载入后再用 torch.save 保存，或改用 safetensors 文件",
                "this is the format of before PyTorch 1.6; load it and torch.save it again with a newer one, or use \
                 safetensors files"
            ),
            Self::NoDirectory => tr!(
                "文件不完整：末尾没有 zip 目录；请把它下载完整",
                "the file is cut short: the zip directory at its end is missing; download the rest of it"
            ),
            Self::TooLarge { what, n_bytes, max_bytes } => {
                let what = Untrusted(what);
                tr!(
                    "文件已损坏：{what} 有 {n_bytes} 字节，上限是 {max_bytes}；请核对校验和或换一个来源",
                    "the file is corrupt: {what} has {n_bytes} bytes, the limit is {max_bytes}; verify its checksum or \
                     use another source"
                )
            }
            Self::Unsupported { what, value, expected } => {
                let (what, value, expected) = (Untrusted(what), Untrusted(value), Untrusted(expected));
                tr!(
                    "不支持导入：{what} = {value}，应为 {expected}；请换一个模型",
                    "this cannot be imported: {what} = {value}, expected {expected}; use another model"
                )
            }
            Self::WouldCall { name } => {
                let name = Untrusted(name);
                tr!(
                    "PyTorch 载入它时会调用 {name}，而权重用不着这个；liao 什么也没有执行；请改用 safetensors 文件或可信的来源",
                    "loading it in PyTorch would call {name}, which no weights need; liao ran nothing; use safetensors \
                     files or a source that you trust"
                )
            }
            Self::FileName { name } => {
                let name = Untrusted(name);
                tr!(
                    "索引里的文件名“{name}”不可接受；请换一个来源",
                    "the index names a file \"{name}\", which is not acceptable; use another source"
                )
            }
            Self::MissingFiles { names } => {
                let names = listed(names);
                tr!(
                    "缺少权重文件 {names}；请把它们下载到同一个目录",
                    "files of weights are missing: {names}; download them into the same folder"
                )
            }
            Self::MissingTensors { names } => {
                let names = listed(names);
                tr!(
                    "索引说这里有张量 {names}，文件里却没有；请重新下载",
                    "the index places these tensors here, and they are not: {names}; download it again"
                )
            }
            Self::Duplicate { tensor, files: [first, second] } => {
                let (tensor, first, second) = (Untrusted(tensor), Untrusted(first), Untrusted(second));
                tr!(
                    "张量 {tensor} 出现了两次（{first}、{second}）；请换一个来源",
                    "the tensor {tensor} is there twice (in {first} and {second}); use another source"
                )
            }
            Self::File { name, why } => {
                let name = Untrusted(name);
                tr!("{name}：{why}", "{name}: {why}")
            }
            Self::Several(reasons) => {
                let told = reasons.iter().take(N_TOLD).enumerate();
                let list: Vec<String> = told.map(|(i, reason)| format!("({}) {reason}", i + 1)).collect();
                let (n, list) = (reasons.len(), list.join("  "));
                tr!("有 {n} 个问题：{list}", "{n} problems: {list}")
            }
        };
        f.write_str(&sentence)
    }
}

impl std::error::Error for Refused {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_one_and_several_reasons() {
        let reason = |n: u64| Refused::Truncated { need: n, have: 0 };
        assert_eq!(Refused::unless_none(Vec::new()), Ok(()));
        assert_eq!(Refused::unless_none(vec![reason(1)]), Err(reason(1)));
        let many: Vec<Refused> = (1..=20).map(reason).collect();
        let told = Refused::unless_none(many).unwrap_err().to_string();
        assert!(told.contains("20") && told.contains("(8) ") && !told.contains("(9) "), "{told}");
    }

    #[test]
    fn what_a_file_says_is_shown_and_not_obeyed() {
        let evil = || "a\x1b[2J\n".to_owned();
        let all = [
            Refused::Io { kind: io::ErrorKind::Other, message: evil() },
            Refused::TooLarge { what: evil(), n_bytes: 2, max_bytes: 1 },
            Refused::corrupt(evil(), evil()),
            Refused::unsupported(evil(), evil(), evil()),
            Refused::WouldCall { name: evil() },
            Refused::FileName { name: evil() },
            Refused::MissingFiles { names: vec![evil(), evil()] },
            Refused::MissingTensors { names: vec![evil()] },
            Refused::Duplicate { tensor: evil(), files: [evil(), evil()] },
            Refused::NotWeights { what: Sniffed::Unknown(evil().into_bytes()) },
            Refused::Gguf(Rejected::corrupt(evil(), evil())),
            Refused::Quantized { tensor: evil(), kind: "Q4_K" },
            Refused::NoWeights.in_file(&evil()),
        ];
        for refused in all {
            let told = refused.to_string();
            assert!(!told.contains(['\x1b', '\n']), "{told:?}");
        }
    }

    #[test]
    fn it_ends_the_program_as_a_rejected_model_does() {
        let failed = Failed::from(Refused::WouldCall { name: "os.system".to_owned() });
        assert_eq!(failed.exit, Exit::Model);
        assert!(failed.message.contains("os.system"));
    }

    #[test]
    fn a_missing_file_is_told_from_one_that_cannot_be_read() {
        assert_eq!(Refused::from(io::Error::from(io::ErrorKind::NotFound)), Refused::NotFound);
        let Refused::Io { kind, .. } = Refused::from(io::Error::from(io::ErrorKind::UnexpectedEof)) else { panic!() };
        assert_eq!(kind, io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn what_is_lost_far_away_is_told_from_what_is_wrong_with_a_file() {
        let lost = Lost::Unreachable("hub: no".to_owned());
        let refused = Refused::from(io::Error::from(lost.clone()));
        assert_eq!(refused, Refused::Lost(lost.clone()));
        let several = Refused::Several(vec![Refused::NoWeights, refused.in_file("x.bin")]);
        assert_eq!(several.lost(), Some(&lost));
        assert_eq!(Refused::from(io::Error::other("hub: no")).lost(), None);
    }
}
