//! What is in a repository: its files with their sizes and hashes, of one commit, as the hub itself tells. Files in
//! folders, and names that are refused, are left out: nothing of ours is called so.

use serde::Deserialize;

use super::endpoint::{Endpoint, Manner, NoAddress};
use super::request::Client;
use super::sum::Sum;
use super::trouble::Trouble;
use crate::text::names::{check_file, is_commit};

/// A hub sends a thousand entries a page.
const MAX_PAGES: usize = 20;

/// A file of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Its size.
    pub n_bytes: u64,
    /// Its hash. Hugging Face has it of large files alone, those kept in LFS.
    pub sum: Option<Sum>,
}

/// The files of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// The commit, in full, or where the hub has none the revision as it was asked for.
    pub revision: String,
    /// The files, by name.
    pub files: Vec<Listed>,
}

impl Tree {
    /// A file by its name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Listed> {
        self.files.iter().find(|file| file.name == name)
    }
}

/// Why there is no list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoTree {
    /// The repository's or the revision's name, or the hub's address, is refused.
    #[error(transparent)]
    Address(#[from] NoAddress),
    /// The hub was asked and did not tell.
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

/// Asks a hub for the files of a repository: first which commit the revision stands for, then what is in it.
///
/// # Errors
/// [`NoTree`]. It asks once; whoever calls it tries again or elsewhere, as the trouble's course says.
pub fn list(client: &Client, endpoint: &Endpoint, repo: &str, revision: &str) -> Result<Tree, NoTree> {
    let revision = match endpoint.revision(repo, revision)? {
        Some(address) if !is_commit(revision) => read_commit(&client.text(&address)?.0)?,
        _ => revision.to_owned(),
    };
    let mut page = Some(endpoint.tree(repo, &revision)?);
    let mut files = Vec::new();
    for _ in 0..MAX_PAGES {
        let Some(address) = page else { break };
        let (text, next) = client.text(&address)?;
        files.extend(read_page(endpoint.manner(), &text)?);
        // A next page elsewhere is not this hub's word.
        page = next.filter(|next| next.origin() == endpoint.origin());
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files.dedup_by(|a, b| a.name == b.name);
    Ok(Tree { revision, files })
}

/// The files that a page of a hub's list has, as this kind of hub writes it.
///
/// # Errors
/// [`Trouble::NotAList`].
pub fn read_page(manner: Manner, text: &[u8]) -> Result<Vec<Listed>, Trouble> {
    match manner {
        Manner::HuggingFace => read_hugging_face(text),
        Manner::ModelScope => read_model_scope(text),
    }
}

fn not_a_list(error: impl ToString) -> Trouble {
    Trouble::NotAList(error.to_string())
}

fn read_sum(hex: &str) -> Result<Sum, Trouble> {
    Sum::parse(hex).ok_or_else(|| not_a_list(hex))
}

fn read_commit(text: &[u8]) -> Result<String, Trouble> {
    #[derive(Deserialize)]
    struct Revision {
        sha: String,
    }
    let Revision { sha } = serde_json::from_slice(text).map_err(not_a_list)?;
    if is_commit(&sha) { Ok(sha) } else { Err(not_a_list(sha)) }
}

/// An entry of Hugging Face's list.
#[derive(Deserialize)]
struct Entry {
    r#type: String,
    path: String,
    #[serde(default)]
    size: u64,
    lfs: Option<Lfs>,
}

#[derive(Deserialize)]
struct Lfs {
    oid: String,
    size: u64,
}

fn read_hugging_face(text: &[u8]) -> Result<Vec<Listed>, Trouble> {
    let entries: Vec<Entry> = serde_json::from_slice(text).map_err(not_a_list)?;
    let files = entries.into_iter().filter(|entry| entry.r#type == "file" && check_file(&entry.path).is_ok());
    files
        .map(|Entry { path, size, lfs, .. }| match lfs {
            None => Ok(Listed { name: path, n_bytes: size, sum: None }),
            Some(Lfs { oid, size }) => {
                let sum = read_sum(oid.strip_prefix("sha256:").unwrap_or(&oid))?;
                Ok(Listed { name: path, n_bytes: size, sum: Some(sum) })
            }
        })
        .collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ScopeAnswer {
    data: Option<ScopeData>,
    #[serde(default)]
    message: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ScopeData {
    files: Vec<ScopeEntry>,
}

/// An entry of ModelScope's list.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ScopeEntry {
    path: String,
    #[serde(default)]
    r#type: String,
    #[serde(default)]
    size: u64,
    sha256: Option<String>,
}

fn read_model_scope(text: &[u8]) -> Result<Vec<Listed>, Trouble> {
    let answer: ScopeAnswer = serde_json::from_slice(text).map_err(not_a_list)?;
    let data = answer.data.ok_or_else(|| not_a_list(answer.message))?;
    let files = data.files.into_iter().filter(|entry| entry.r#type != "tree" && check_file(&entry.path).is_ok());
    files
        .map(|ScopeEntry { path, size, sha256, .. }| {
            let hex = sha256.filter(|hex| !hex.is_empty());
            let sum = hex.map(|hex| read_sum(&hex)).transpose()?;
            Ok(Listed { name: path, n_bytes: size, sum })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn of_abc(name: &str) -> Listed {
        Listed { name: name.into(), n_bytes: 7_365_834_624, sum: Some(Sum::of_bytes(b"abc")) }
    }

    #[test]
    fn hugging_faces_list() {
        let text = format!(
            r#"[{{"type":"directory","oid":"0c","size":0,"path":"folder"}},
                {{"type":"file","oid":"1d","size":29,"path":"config.json"}},
                {{"type":"file","oid":"2e","size":7365834624,"path":"a.Q4_0.gguf","xetHash":"x",
                  "lfs":{{"oid":"{HEX}","size":7365834624,"pointerSize":135}}}},
                {{"type":"file","oid":"2e","size":1,"path":"folder/b.gguf"}},
                {{"type":"file","oid":"2e","size":1,"path":"../b.gguf"}},
                {{"type":"file","oid":"2e","size":1,"path":".gitattributes"}}]"#
        );
        let config = Listed { name: "config.json".into(), n_bytes: 29, sum: None };
        assert_eq!(read_hugging_face(text.as_bytes()), Ok(vec![config, of_abc("a.Q4_0.gguf")]));
        let truncated = |n: usize| read_hugging_face(&text.as_bytes()[..n]);
        assert!((0..text.len()).all(|n| matches!(truncated(n), Err(Trouble::NotAList(_)))));
        let wrong = text.replace(HEX, "ba78");
        assert_eq!(read_hugging_face(wrong.as_bytes()), Err(Trouble::NotAList("ba78".into())));
        assert!(read_hugging_face(br#"{"error":"Repository not found"}"#).is_err());
    }

    #[test]
    fn model_scopes_list() {
        let text = format!(
            r#"{{"Code":200,"Data":{{"Files":[
                {{"Path":"folder","Type":"tree","Size":0,"Sha256":""}},
                {{"Path":"a.Q4_0.gguf","Name":"a.Q4_0.gguf","Type":"blob","Size":7365834624,"Sha256":"{HEX}"}},
                {{"Path":"config.json","Type":"blob","Size":29,"Sha256":""}}]}},"Message":"success"}}"#
        );
        let config = Listed { name: "config.json".into(), n_bytes: 29, sum: None };
        assert_eq!(read_model_scope(text.as_bytes()), Ok(vec![of_abc("a.Q4_0.gguf"), config]));
        assert!((0..text.len()).all(|n| read_model_scope(&text.as_bytes()[..n]).is_err()));
        let refused = read_model_scope(br#"{"Code":10010205001,"Data":null,"Message":"no such model"}"#);
        assert_eq!(refused, Err(Trouble::NotAList("no such model".into())));
    }

    #[test]
    fn commits() {
        let sha = "245bc5104d85dcc9a11a0e0a9ae6de38dfae536f";
        assert_eq!(read_commit(format!(r#"{{"id":"a/b","sha":"{sha}"}}"#).as_bytes()), Ok(sha.to_owned()));
        for text in [&b"{}"[..], b"", br#"{"sha":"main"}"#, br#"{"sha":"../x"}"#] {
            assert!(read_commit(text).is_err());
        }
    }
}
