//! The models that a repository offers, from the list of its files: a GGUF file, or all parts of one, each under the
//! quantization that its name tells. Which of them a person gets is decided elsewhere.

use super::download::tree::{Listed, Tree};
use crate::text::model_file::{Part, quant};
use crate::text::names::is_gguf;

/// A model to be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    /// Its quantization in capitals, where the name tells one.
    pub quant: Option<String>,
    /// Its files; of a model in several, all of them, the first one first.
    pub files: Vec<Listed>,
}

impl Offered {
    /// The name of the file that it is opened by.
    #[must_use]
    pub fn file(&self) -> &str {
        self.files.first().map(|file| file.name.as_str()).unwrap_or_default()
    }

    /// The size of all of it.
    #[must_use]
    pub fn n_bytes(&self) -> u64 {
        self.files.iter().map(|file| file.n_bytes).fold(0, u64::saturating_add)
    }
}

/// All models of a repository, the smallest first. One of which a part is missing is none.
#[must_use]
pub fn offered(tree: &Tree) -> Vec<Offered> {
    let ggufs = tree.files.iter().filter(|file| is_gguf(&file.name));
    let mut all: Vec<Offered> = ggufs
        .filter_map(|file| {
            let files = match Part::of(&file.name) {
                None => vec![file.clone()],
                Some(part) if part.no == 1 => {
                    part.names().map(|name| tree.find(&name).cloned()).collect::<Option<Vec<_>>>()?
                }
                Some(_) => return None,
            };
            Some(Offered { quant: quant(&file.name).map(str::to_ascii_uppercase), files })
        })
        .collect();
    all.sort_by_key(Offered::n_bytes);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, u64)]) -> Tree {
        let listed = |(name, n_bytes): &(&str, u64)| Listed { name: (*name).to_owned(), n_bytes: *n_bytes, sum: None };
        Tree { revision: "main".into(), files: files.iter().map(listed).collect() }
    }

    fn told(files: &[(&str, u64)]) -> Vec<(Option<String>, String, u64)> {
        offered(&tree(files)).into_iter().map(|one| (one.quant.clone(), one.file().to_owned(), one.n_bytes())).collect()
    }

    #[test]
    fn each_gguf_is_one_and_so_are_all_parts_of_one() {
        let all = told(&[
            ("README.txt", 1),
            ("config.json", 1),
            ("x.Q8_0.gguf", 9),
            ("x-q4_0-00001-of-00002.gguf", 3),
            ("x-q4_0-00002-of-00002.gguf", 4),
            ("y.gguf", 5),
        ]);
        let expected = [
            (None, "y.gguf".to_owned(), 5),
            (Some("Q4_0".to_owned()), "x-q4_0-00001-of-00002.gguf".to_owned(), 7),
            (Some("Q8_0".to_owned()), "x.Q8_0.gguf".to_owned(), 9),
        ];
        assert_eq!(all, expected);
    }

    #[test]
    fn one_of_which_a_part_is_missing_is_none() {
        for files in
            [&[("x-00001-of-00003.gguf", 1), ("x-00003-of-00003.gguf", 1)][..], &[("x-00002-of-00002.gguf", 1)], &[]]
        {
            assert!(told(files).is_empty(), "{files:?}");
        }
    }
}
