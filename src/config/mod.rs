//! Settings: what the command line, the environment, config.toml and models.toml say, brought together once.
//!
//! What comes out is [`Settings`]; lower layers are handed the piece they need, never the whole.

mod asked;
mod bounds;
pub mod file;
pub mod paths;
pub mod registry;
pub mod settings;

use std::ffi::OsString;

use crate::cli::options::Key;
use crate::cli::{self, Layer};
use crate::exit::Failed;
use crate::locale::Lang;
pub use paths::{Environment, Paths};
pub use registry::Registry;
pub use settings::Settings;

/// Two ways to give the same: of two layers the higher one's stands alone, and within a layer there may be one.
const EITHER: [(Key, Key); 2] = [(Key::System, Key::SystemFile), (Key::Grammar, Key::JsonSchema)];

/// All that is set, and where things are.
#[derive(Debug, Clone)]
pub struct Configuration {
    /// Where things are.
    pub paths: Paths,
    /// The models known by name.
    pub registry: Registry,
    /// What is set.
    pub settings: Settings,
}

impl Configuration {
    /// Reads config.toml and models.toml where there are any, and brings all layers together.
    ///
    /// # Errors
    /// A usage error that names the place and the value.
    pub fn load(flags: &Layer, environment: &Environment) -> Result<Self, Failed> {
        let (configuration, faults) = Self::inspect(flags, environment)?;
        faults.into_iter().next().map_or(Ok(configuration), Err)
    }

    /// The same, whatever is wrong: that is left out, and told as the usage errors that it is.
    ///
    /// # Errors
    /// There is no place for anything: see [`Paths::of`].
    pub fn inspect(flags: &Layer, environment: &Environment) -> Result<(Self, Vec<Failed>), Failed> {
        let paths = Paths::of(environment)?;
        let (file, mut faults) = file::read(&paths);
        let registry = Registry::load(&paths.models_toml).unwrap_or_else(|fault| {
            faults.push(fault);
            Registry::built_in()
        });
        let (settings, wrong) = Settings::resolve(flags, environment, &file, &registry);
        faults.extend(wrong);
        Ok((Self { paths, registry, settings }, faults))
    }
}

/// The language to speak, found before anything else is understood, so that errors and help are in it:
/// `--lang`, `LIAO_LANG`, `lang` in config.toml, the system. What is wrong in any of them is told later.
#[must_use]
pub fn language(args: &[OsString], environment: &Environment) -> Lang {
    let variable = || environment.text("LIAO_LANG").ok().flatten().and_then(|name| cli::read_lang(&name));
    let file = || file::peek_lang(&Paths::of(environment).ok()?.config_file);
    cli::lang_typed(args).or_else(variable).or_else(file).unwrap_or_else(Lang::of_system)
}

#[cfg(test)]
mod tests;
