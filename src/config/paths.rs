//! Where things are: from the environment and the system's own directories to the places liao uses.
//! Nothing is created or looked at here.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::exit::Failed;
use crate::tr;

/// What the process was started with, as values: a test makes its own.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// The environment variables.
    pub variables: BTreeMap<OsString, OsString>,
    /// The person's home directory.
    pub home: Option<PathBuf>,
    /// Where the system keeps people's settings.
    pub config: Option<PathBuf>,
    /// Where the system keeps people's data.
    pub data: Option<PathBuf>,
    /// Where the system keeps what may be lost, such as logs.
    pub state: Option<PathBuf>,
}

impl Environment {
    /// This process's own.
    #[must_use]
    pub fn of_process() -> Self {
        Self {
            variables: std::env::vars_os().collect(),
            home: dirs::home_dir(),
            config: dirs::config_dir(),
            data: dirs::data_dir(),
            state: dirs::state_dir().or_else(dirs::data_local_dir),
        }
    }

    /// A variable; one set to nothing counts as not set.
    #[must_use]
    pub fn raw(&self, name: &str) -> Option<&OsStr> {
        self.variables.get(OsStr::new(name)).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }

    /// A variable that holds a path.
    #[must_use]
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.raw(name).map(PathBuf::from)
    }

    /// A variable that holds text.
    ///
    /// # Errors
    /// A usage error where it is not UTF-8.
    pub fn text(&self, name: &str) -> Result<Option<String>, Failed> {
        self.raw(name)
            .map(|raw| {
                raw.to_str().map(str::to_owned).ok_or_else(|| {
                    Failed::usage(tr!("环境变量 {name} 不是 UTF-8 文字", "the variable {name} is not UTF-8 text"))
                })
            })
            .transpose()
    }
}

/// The places liao uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// The settings; need not exist unless [`config_named`](Self::config_named).
    pub config_file: PathBuf,
    /// Whether `LIAO_CONFIG` names that file, so that it has to exist.
    pub config_named: bool,
    /// The person's own models.toml; need not exist.
    pub models_toml: PathBuf,
    /// Models, sessions and history stand under this.
    pub data: PathBuf,
    /// The log stands in this.
    pub state: PathBuf,
    /// The Hugging Face cache, where one would be.
    pub hugging_face: Option<PathBuf>,
    /// The address in front of a repository's name, without a slash at its end.
    pub hub: String,
    /// The address of ModelScope, without a slash at its end.
    pub model_scope: String,
    /// What `~/` in a config file stands for.
    pub home: Option<PathBuf>,
}

impl Paths {
    /// Finds the places. `LIAO_HOME` moves config, data and state under itself; `LIAO_CONFIG` names the one file.
    ///
    /// # Errors
    /// Where the system knows no home directory and `LIAO_HOME` is not set.
    pub fn of(environment: &Environment) -> Result<Self, Failed> {
        let home = environment.path("LIAO_HOME");
        let place = |system: &Option<PathBuf>, name: &str| match (&home, system) {
            (Some(home), _) => Ok(home.join(name)),
            (None, Some(system)) => Ok(system.join("liao")),
            (None, None) => Err(Failed::usage(tr!(
                "找不到用户目录。请设环境变量 LIAO_HOME，例如 LIAO_HOME=/data/liao",
                "there is no home directory. Set the variable LIAO_HOME, for example LIAO_HOME=/data/liao"
            ))),
        };
        let config = place(&environment.config, "config")?;
        let named = environment.path("LIAO_CONFIG");
        Ok(Self {
            config_named: named.is_some(),
            config_file: named.unwrap_or_else(|| config.join("config.toml")),
            models_toml: config.join("models.toml"),
            data: place(&environment.data, "data")?,
            state: place(&environment.state, "state")?,
            hugging_face: hugging_face(environment),
            hub: address(environment, "HF_ENDPOINT", "https://huggingface.co"),
            model_scope: address(environment, "MODELSCOPE_ENDPOINT", "https://modelscope.cn"),
            home: environment.home.clone(),
        })
    }

    /// Where models are: `<name>/<file>.gguf` under it.
    #[must_use]
    pub fn models(&self) -> PathBuf {
        self.data.join("models")
    }

    /// Where sessions are: `<id>.jsonl` under it.
    #[must_use]
    pub fn sessions(&self) -> PathBuf {
        self.data.join("sessions")
    }

    /// The lines typed at the prompt.
    #[must_use]
    pub fn history(&self) -> PathBuf {
        self.data.join("history")
    }

    /// The log, where `log-file` names no other.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.state.join("liao.log")
    }
}

/// A path typed in a config file: `~` is the home directory, and a relative one is beside the file.
#[must_use]
pub fn from_file(typed: &str, file: &Path, home: Option<&Path>) -> PathBuf {
    file.parent().unwrap_or(Path::new("")).join(at_home(typed, home))
}

/// A path typed where no shell fills in `~`, with the home directory in its place; also as an input method writes it.
#[must_use]
pub fn at_home(typed: &str, home: Option<&Path>) -> PathBuf {
    let behind = typed.strip_prefix(['~', '～']);
    match (behind, home) {
        (Some(""), Some(home)) => home.to_owned(),
        (Some(rest), Some(home)) if rest.starts_with('/') => home.join(rest.trim_start_matches('/')),
        _ => PathBuf::from(typed),
    }
}

/// The cache that huggingface_hub and llama.cpp share; the order is theirs.
fn hugging_face(environment: &Environment) -> Option<PathBuf> {
    let under = |name: &str, rest: &str| environment.path(name).map(|dir| dir.join(rest));
    (environment.path("HF_HUB_CACHE"))
        .or_else(|| environment.path("HUGGINGFACE_HUB_CACHE"))
        .or_else(|| under("HF_HOME", "hub"))
        .or_else(|| under("XDG_CACHE_HOME", "huggingface/hub"))
        .or_else(|| environment.home.as_ref().map(|home| home.join(".cache/huggingface/hub")))
}

/// Where model files are fetched from: a variable may name a mirror.
fn address(environment: &Environment, variable: &str, usual: &str) -> String {
    let named = environment.text(variable).ok().flatten();
    named.as_deref().unwrap_or(usual).trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tilde_is_the_home_directory() {
        let home = Some(Path::new("/家"));
        for (typed, home, expected) in [
            ("~", home, "/家"),
            ("~/", home, "/家/"),
            ("~/a b", home, "/家/a b"),
            ("～/a", home, "/家/a"),
            // Not what stands at the root.
            ("~//etc", home, "/家/etc"),
            ("~张三/a", home, "~张三/a"),
            ("a/~", home, "a/~"),
            ("/a", home, "/a"),
            ("", home, ""),
            ("~", None, "~"),
            ("~/a", None, "~/a"),
        ] {
            assert_eq!(at_home(typed, home), Path::new(expected), "{typed}");
        }
    }

    #[test]
    fn a_config_files_paths_are_beside_it() {
        let (file, home) = (Path::new("/etc/liao/config.toml"), Some(Path::new("/家")));
        for (typed, expected) in
            [("提示.txt", "/etc/liao/提示.txt"), ("/a", "/a"), ("~/a", "/家/a"), ("~//a", "/家/a"), ("~", "/家")]
        {
            assert_eq!(from_file(typed, file, home), Path::new(expected), "{typed}");
        }
    }
}
