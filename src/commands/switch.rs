//! Models for a conversation that is being held (`/model`): found, planned and loaded as at the start of the program,
//! with what the one that answers now takes of the memory in mind.

use super::start::{self, Before, Started};
use super::{Session, open};
use crate::config::Settings;
use crate::exit::Failed;
use crate::gguf::Header;
use crate::plan::Needed;
use crate::store::inventory::{Installed, installed};
use crate::talk::{Models, Opened};
use crate::text::model_file;

/// The models of this disk, for a conversation with one of them.
pub(super) struct Others {
    session: Session,
    /// What the one that answers now takes; `None`: it is no model.
    held: Option<Needed>,
    /// What tells its vocabulary from every other.
    vocabulary: Option<String>,
}

impl Others {
    /// Those that this session could have been started with.
    pub(super) fn beside(session: &Session) -> Self {
        Self { session: session.another(), held: None, vocabulary: None }
    }

    /// This one answers from now on.
    pub(super) fn loaded(&mut self, header: &Header, needed: Needed) {
        self.held = Some(needed);
        self.vocabulary = Some(header.vocabulary_sum());
    }

    fn load(&mut self, model: &str, settings: &Settings, release: &mut dyn FnMut()) -> anyhow::Result<Opened> {
        let session = &mut self.session;
        let model = at_home(model, session);
        let entry = session.config.registry.entry_for(&model).cloned();
        session.config.settings = settings.clone();
        session.config.settings.change_model(&model, entry.as_ref());
        let found = open::find(session, false)?;
        let (template, control) = open::template(session, &found)?;
        let before = self.held.map(|needed| Before { needed, release });
        let Started { local, load_ms, needed } = start::engine_after(session, &found, before)?;
        let settings = session.config.settings.clone();
        let before = self.vocabulary.take();
        self.loaded(&found.header, needed);
        let vocabulary = self.vocabulary.clone().unwrap_or_default();
        Ok(Opened {
            name: found.name,
            backend: Box::new(local),
            template,
            control,
            settings,
            load_ms,
            is_same_vocabulary: before.as_deref() == Some(vocabulary.as_str()),
            vocabulary,
        })
    }
}

/// What was typed, `~/` filled in: no shell has done that here.
fn at_home(model: &str, session: &Session) -> String {
    match (model.strip_prefix("~/"), &session.config.paths.home) {
        (Some(rest), Some(home)) => home.join(rest).to_string_lossy().into_owned(),
        _ => model.to_owned(),
    }
}

impl Models for Others {
    fn names(&self) -> Vec<String> {
        let config = &self.session.config;
        let all = installed(&config.registry, &config.paths);
        let has_others = |model: &Installed<'_>| all.iter().filter(|other| other.name == model.name).count() > 1;
        let quant = |model: &Installed<'_>| {
            let file = model.path.file_name().unwrap_or_default().to_string_lossy();
            Some(model.quant.or_else(|| model_file::quant(&file))?.to_owned())
        };
        let names = all.iter().map(|model| match quant(model).filter(|_| has_others(model)) {
            Some(quant) => format!("{}:{quant}", model.name),
            None => model.name.clone(),
        });
        let mut names: Vec<String> = names.collect();
        names.dedup();
        names
    }

    fn open(&mut self, model: &str, settings: &Settings, release: &mut dyn FnMut()) -> Result<Opened, Failed> {
        self.load(model, settings, release).map_err(|error| Failed::of(&error))
    }
}
