//! Another model in mid-conversation (`/model`): what was said stays, and the next question is read with it.
//!
//! A model that cannot be had costs nobody the one that is there: it goes on or, where it had to make room, is loaded
//! again. Finding, planning and loading are behind [`Models`].

use super::{NoAnswer, Screen, Talk};
use crate::backend::Backend;
use crate::chat::template::{ControlTokens, Template};
use crate::config::Settings;
use crate::exit::Failed;
use crate::text::Untrusted;
use crate::tr;

/// Where models come from.
pub trait Models {
    /// The models on this disk, as they may be named.
    fn names(&self) -> Vec<String>;

    /// Loads a model as if liao had been started with it; `settings` are those of the conversation. Where memory does not
    /// hold it beside the one that answers now, `release` is called first, which lets go of that one.
    ///
    /// # Errors
    /// With the sentence that a start would have failed with.
    fn open(&mut self, model: &str, settings: &Settings, release: &mut dyn FnMut()) -> Result<Opened, Failed>;
}

/// A model that is loaded, and how it is talked to.
pub struct Opened {
    /// By the name that a person knows it by.
    pub name: String,
    /// Who answers.
    pub backend: Box<dyn Backend>,
    /// How a conversation is written down for it.
    pub template: Template,
    /// What that takes from its vocabulary.
    pub control: ControlTokens,
    /// The settings that hold with it.
    pub settings: Settings,
    /// Time that loading took.
    pub load_ms: f64,
    /// What tells its vocabulary from every other.
    pub vocabulary: String,
    /// A token id means the same as for the model before.
    pub is_same_vocabulary: bool,
}

impl Talk {
    /// Goes on with another model.
    ///
    /// # Errors
    /// See [`NoAnswer`]; the model before goes on then.
    pub fn change_model(&mut self, model: &str, screen: &mut Screen<'_>) -> Result<(), NoAnswer> {
        let Some(models) = &mut self.models else {
            return Err(NoAnswer::Failed(Failed::usage(tr!(
                "这里没有别的模型可换",
                "there is no other model to be had here"
            ))));
        };
        let (backend, mut is_released) = (&mut self.backend, false);
        let opened = models.open(model, &self.settings, &mut || {
            backend.rest();
            is_released = true;
        });
        match opened {
            Ok(opened) => {
                self.take_over(opened, screen);
                Ok(())
            }
            Err(Failed { exit, message }) => {
                if is_released {
                    self.wake(screen)?;
                }
                let still = Untrusted(&self.model);
                Err(NoAnswer::Failed(Failed::new(
                    exit,
                    tr!("{message}（没有换，还是 {still}）", "{message} (nothing changed; this is still {still})"),
                )))
            }
        }
    }

    /// All that changes with the model changes here.
    fn take_over(&mut self, opened: Opened, screen: &mut Screen<'_>) {
        let systems = [self.settings.system(), opened.settings.system()];
        self.conversation.move_to(opened.template, opened.control, systems, opened.is_same_vocabulary);
        self.backend = opened.backend;
        self.settings = opened.settings;
        self.model = opened.name;
        self.load_ms = opened.load_ms;
        let (name, template) = (Untrusted(&self.model), self.conversation.template().name());
        let (n_ctx, n_exchanges) = (self.backend.n_ctx(), self.conversation.exchanges().len());
        screen.output.tell(&if n_exchanges == 0 {
            tr!(
                "换成了 {name} · 模板 {template} · 上下文 {n_ctx}",
                "changed to {name} · template {template} · context {n_ctx}"
            )
        } else {
            tr!(
                "换成了 {name} · 模板 {template} · 上下文 {n_ctx}；前面的 {n_exchanges} 轮对话还在，下一个问题时重读一遍",
                "changed to {name} · template {template} · context {n_ctx}; what was said ({n_exchanges} exchanges) is kept, and read again with the next question"
            )
        });
    }
}
