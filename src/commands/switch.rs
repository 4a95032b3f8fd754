//! Models for a conversation that is being held (`/model`): found, planned and loaded as at the start of the program,
//! with what the one that answers now takes of the memory in mind.

use super::start::Before;
use super::{Call, open};
use crate::config::{Settings, paths};
use crate::exit::Failed;
use crate::plan::Needed;
use crate::store;
use crate::store::inventory::{handles, installed};
use crate::talk::{Loaded, Models};

/// The models of this disk, for a conversation with one of them.
pub(super) struct Others {
    call: Call,
    /// What the one that answers now takes; `None`: it is no model.
    held: Option<Needed>,
}

impl Others {
    /// Those that this call could have been started with.
    pub(super) fn beside(call: &Call) -> Self {
        Self { call: call.another(), held: None }
    }

    /// The one that answers now takes so much.
    pub(super) fn loaded(&mut self, needed: Needed) {
        self.held = Some(needed);
    }

    /// A model as it was typed, with what no shell has filled in here.
    fn at_home(&self, model: &str) -> String {
        paths::at_home(model, self.call.config.paths.home.as_deref()).to_string_lossy().into_owned()
    }

    fn load(&mut self, settings: &Settings, release: &mut dyn FnMut()) -> anyhow::Result<Loaded> {
        let call = &mut self.call;
        call.config.settings = settings.clone();
        let before = self.held.map(|needed| Before { needed, release });
        let (loaded, needed) = open::load(call, before)?;
        self.loaded(needed);
        Ok(loaded)
    }
}

impl Models for Others {
    fn names(&self) -> Vec<String> {
        let config = &self.call.config;
        let mut names = handles(&installed(&config.registry, &config.paths));
        names.dedup();
        names
    }

    fn reference(&self, model: &str) -> Option<String> {
        let config = &self.call.config;
        let model = self.at_home(model);
        let resolved = store::resolve(&model, &config.registry, &config.paths).ok()?;
        open::reference(&model, &resolved)
    }

    fn settings(&self, model: &str, settings: &Settings) -> Settings {
        let config = &self.call.config;
        let model = self.at_home(model);
        let mut settings = settings.clone();
        settings.change_model(&model, config.registry.entry_for(&model));
        settings
    }

    fn open(&mut self, settings: &Settings, release: &mut dyn FnMut()) -> Result<Loaded, Failed> {
        self.load(settings, release).map_err(|error| Failed::of(&error))
    }
}
