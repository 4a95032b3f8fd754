//! What a person calls a model that models.toml does not list: `hf:ORG/REPO`, with `:QUANT` or `/FILE.gguf` behind it
//! where one of several is meant. Every part of such a name is held to the rules of [`names`](super::names), so its
//! folder on this disk is one plain part of a path.

use std::fmt;

use super::names::{BadName, check_repo, is_gguf, is_quant};

const PREFIX: &str = "hf:";

/// In front of the repository in a folder's name. No repository has two dashes in its name, so they stand for the slash.
const FOLDER_PREFIX: &str = "hf--";

/// A model by its repository on the Hugging Face hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HubName<'a> {
    /// `ORG/REPO`.
    pub repo: &'a str,
    /// The file that is meant.
    pub file: Option<&'a str>,
    /// The quantization that is meant. With a file there is none.
    pub quant: Option<&'a str>,
}

/// Whether it is written as such a name, right or wrong.
#[must_use]
pub fn is_hub_name(model: &str) -> bool {
    model.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
}

impl<'a> HubName<'a> {
    /// Reads one. `None`: it is not written so at all.
    ///
    /// # Errors
    /// The part of it that is refused.
    #[must_use]
    pub fn parse(model: &'a str) -> Option<Result<Self, BadName>> {
        is_hub_name(model).then(|| Self::read(&model[PREFIX.len()..]))
    }

    fn read(rest: &'a str) -> Result<Self, BadName> {
        let (place, quant) = match rest.split_once(':') {
            Some((place, quant)) => (place, Some(quant)),
            None => (rest, None),
        };
        // Whatever lies behind the second slash, more slashes among it, is the file's name.
        let slash = place.match_indices('/').nth(1).map(|(at, _)| at);
        let (repo, file) = match slash {
            Some(at) => (&place[..at], Some(&place[at + 1..])),
            None => (place, None),
        };
        check_repo(repo)?;
        if let Some(bad) = file.filter(|file| !is_gguf(file)) {
            return Err(BadName::Gguf(bad.to_owned()));
        }
        match quant {
            Some(quant) if file.is_some() || !is_quant(quant) => Err(BadName::Quant(quant.to_owned())),
            quant => Ok(Self { repo, file, quant }),
        }
    }

    /// The folder under the models directory: `hf--ORG--REPO`.
    #[must_use]
    pub fn folder(&self) -> String {
        format!("{FOLDER_PREFIX}{}", self.repo.replace('/', "--"))
    }

    /// The model's name, without a file or a quantization: `hf:ORG/REPO`.
    #[must_use]
    pub fn model(&self) -> String {
        format!("{PREFIX}{}", self.repo)
    }
}

impl fmt::Display for HubName<'_> {
    /// As it would be typed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", self.repo)?;
        match (self.file, self.quant) {
            (Some(file), _) => write!(f, "/{file}"),
            (None, Some(quant)) => write!(f, ":{quant}"),
            (None, None) => Ok(()),
        }
    }
}

/// The name of the model that a folder under the models directory is of: `hf:ORG/REPO`. `None`: it is no such folder.
#[must_use]
pub fn of_folder(folder: &str) -> Option<String> {
    let repo = folder.strip_prefix(FOLDER_PREFIX)?.replacen("--", "/", 1);
    check_repo(&repo).is_ok().then(|| format!("{PREFIX}{repo}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_their_folders() {
        for (typed, repo, file, quant) in [
            ("hf:TheBloke/Llama-2-7B-GGUF", "TheBloke/Llama-2-7B-GGUF", None, None),
            ("HF:a/b:q4_k_m", "a/b", None, Some("q4_k_m")),
            ("hf:a/b/c.Q4_0.gguf", "a/b", Some("c.Q4_0.gguf"), None),
            ("hf:_a/b.c/d.GGUF", "_a/b.c", Some("d.GGUF"), None),
        ] {
            let name = HubName::parse(typed).unwrap().unwrap();
            assert_eq!(name, HubName { repo, file, quant }, "{typed}");
            assert_eq!(name.to_string(), typed.replace("HF:", "hf:"));
            assert_eq!(of_folder(&name.folder()), Some(name.model()), "{typed}");
        }
        assert_eq!(HubName::parse("hf:a/b:Q4_0").unwrap().unwrap().folder(), "hf--a--b");
        for folder in ["hf--a", "hf--", "a--b", "hf--a--b--c", "hf--a--..", "hf-a--b", "models--a--b"] {
            assert_eq!(of_folder(folder), None, "{folder}");
        }
    }

    #[test]
    fn other_names_are_none() {
        for typed in ["", "h", "hf", "a/b", "x:hf:a/b", "hugging:a/b", "字字", "a:b"] {
            assert_eq!(HubName::parse(typed), None, "{typed}");
        }
    }

    /// The names of D4 in each place.
    #[test]
    fn evil_names_are_refused() {
        let evil = [
            "..",
            ".",
            "",
            "/",
            "\\",
            "../x",
            "..\\x",
            "a/../b",
            "C:\\x",
            "\\\\host\\x",
            "x\0",
            "x\n",
            "\u{1b}[2J",
            "x y",
            "CON",
            "nul",
            "com1",
            "-rf",
            "~",
            "%2e%2e",
            "x?y",
            "x#y",
            "x@y",
            "名",
            "ｘ",
            "x\u{202e}y",
            "a--b",
            "a..b",
        ];
        for name in evil {
            for file in [format!("{name}.gguf"), format!("{name}/x.gguf"), format!("x/{name}.gguf")] {
                // These are fine as they stand once `.gguf` is behind them.
                if !matches!(name, "a--b") || file.contains('/') {
                    let typed = format!("hf:a/b/{file}");
                    assert!(matches!(HubName::parse(&typed), Some(Err(_))), "{typed:?}");
                }
            }
            // A repository may be called as no file may: it is never the whole of a folder's name.
            if !matches!(name, "CON" | "nul" | "com1") {
                for typed in [format!("hf:{name}/b"), format!("hf:a/{name}"), format!("hf:{name}")] {
                    assert!(matches!(HubName::parse(&typed), Some(Err(_))), "{typed:?}");
                }
                let typed = format!("hf:a/b:{name}");
                assert_eq!(
                    matches!(HubName::parse(&typed), Some(Err(_))),
                    !matches!(name, "-rf" | "a--b"),
                    "{typed:?}"
                );
            }
        }
        for typed in
            ["hf:", "hf:a", "hf:a/", "hf:/b", "hf:a/b/", "hf:a/b/c.bin", "hf:a/b/c", "hf:a/b:", "hf:a/b/c.gguf:Q4_0"]
        {
            let refused = HubName::parse(typed).unwrap().unwrap_err().to_string();
            assert!(refused.contains("hf:") || refused.contains('/'), "{typed}: {refused}");
        }
    }
}
