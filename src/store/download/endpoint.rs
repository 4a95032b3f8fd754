//! The hubs that files come from, and their two ways to write an address: Hugging Face's, which its mirrors share,
//! and that of ModelScope, which has repositories of its own. Nothing is asked here.

use super::address::{Address, BadAddress, Origin};
use crate::text::names::{BadName, check_file, check_repo, check_revision};

/// Hugging Face itself, the one origin that a person's token belongs to unless they say otherwise.
pub const HUGGING_FACE: &str = "https://huggingface.co";
/// A mirror of it that can be reached from China.
pub const HF_MIRROR: &str = "https://hf-mirror.com";

/// How a hub's addresses are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// `{base}/{repo}/resolve/{revision}/{file}`.
    HuggingFace,
    /// `{base}/models/{repo}/resolve/{revision}/{file}`.
    ModelScope,
}

/// A hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    base: Address,
    manner: Manner,
}

/// Why no address can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoAddress {
    /// A name is refused.
    #[error(transparent)]
    Name(#[from] BadName),
    /// The hub's own address is refused.
    #[error(transparent)]
    Address(#[from] BadAddress),
}

impl Endpoint {
    /// A hub at an address.
    ///
    /// # Errors
    /// [`BadAddress`].
    pub fn new(base: &str, manner: Manner) -> Result<Self, BadAddress> {
        Ok(Self { base: Address::parse(base)?, manner })
    }

    /// Who is asked.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        self.base.origin()
    }

    /// How its addresses are made.
    #[must_use]
    pub fn manner(&self) -> Manner {
        self.manner
    }

    /// The revision that is current there.
    #[must_use]
    pub fn newest(&self) -> &'static str {
        match self.manner {
            Manner::HuggingFace => "main",
            Manner::ModelScope => "master",
        }
    }

    /// The address of a file.
    ///
    /// # Errors
    /// A name that is refused.
    pub fn file(&self, repo: &str, revision: &str, file: &str) -> Result<Address, NoAddress> {
        check_repo(repo)?;
        check_revision(revision)?;
        check_file(file)?;
        let folder = match self.manner {
            Manner::HuggingFace => "",
            Manner::ModelScope => "models/",
        };
        Ok(self.base.child(&format!("{folder}{repo}/resolve/{revision}/{file}"))?)
    }

    /// The address of what there is to know about a revision; of ModelScope there is none.
    ///
    /// # Errors
    /// A name that is refused.
    pub fn revision(&self, repo: &str, revision: &str) -> Result<Option<Address>, NoAddress> {
        check_repo(repo)?;
        check_revision(revision)?;
        match self.manner {
            Manner::HuggingFace => Ok(Some(self.base.child(&format!("api/models/{repo}/revision/{revision}"))?)),
            Manner::ModelScope => Ok(None),
        }
    }

    /// The address of the list of files.
    ///
    /// # Errors
    /// A name that is refused.
    pub fn tree(&self, repo: &str, revision: &str) -> Result<Address, NoAddress> {
        check_repo(repo)?;
        check_revision(revision)?;
        Ok(self.base.child(&match self.manner {
            Manner::HuggingFace => format!("api/models/{repo}/tree/{revision}?recursive=true"),
            Manner::ModelScope => format!("api/v1/models/{repo}/repo/files?Revision={revision}&Recursive=true&Root="),
        })?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let hub = Endpoint::new(HF_MIRROR, Manner::HuggingFace).unwrap();
        let shown = |address: Result<Address, NoAddress>| address.unwrap().uri().to_string();
        assert_eq!(shown(hub.file("a/b", "main", "c.gguf")), "https://hf-mirror.com/a/b/resolve/main/c.gguf");
        assert_eq!(shown(hub.tree("a/b", "main")), "https://hf-mirror.com/api/models/a/b/tree/main?recursive=true");
        let revision = hub.revision("a/b", "main").unwrap().unwrap();
        assert_eq!(revision.to_string(), "https://hf-mirror.com/api/models/a/b/revision/main");
        let scope = Endpoint::new("https://modelscope.cn", Manner::ModelScope).unwrap();
        assert_eq!(
            shown(scope.file("a/b", "master", "c.gguf")),
            "https://modelscope.cn/models/a/b/resolve/master/c.gguf"
        );
        assert_eq!(
            shown(scope.tree("a/b", "master")),
            "https://modelscope.cn/api/v1/models/a/b/repo/files?Revision=master&Recursive=true&Root="
        );
        assert_eq!(scope.revision("a/b", "master"), Ok(None));
        assert!(Endpoint::new(HUGGING_FACE, Manner::HuggingFace).is_ok());
    }

    #[test]
    fn names_that_would_lead_elsewhere_make_no_address() {
        let hub = Endpoint::new(HUGGING_FACE, Manner::HuggingFace).unwrap();
        for (repo, revision, file) in [
            ("a/..", "main", "c.gguf"),
            ("a/b", "..", "c.gguf"),
            ("a/b", "main", "../c.gguf"),
            ("a/b", "main?x", "c.gguf"),
        ] {
            assert!(matches!(hub.file(repo, revision, file), Err(NoAddress::Name(_))), "{repo} {revision} {file}");
        }
        assert!(hub.tree("a/b?x", "main").is_err() && hub.revision("a/b", "a b").is_err());
    }
}
