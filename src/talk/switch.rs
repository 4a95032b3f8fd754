//! Another model in mid-conversation (`/model`): what was said stays, and is read again with the next question. The
//! session says what that is, so replies go on in tokens wherever these mean the same to the model that answers now.
//!
//! A model that cannot be had costs nobody the one that is there: it goes on or, where it had to make room, is loaded
//! again. Finding, planning and loading are behind [`Models`].

use super::meter::Meter;
use super::{NoAnswer, Screen, Talk, Vocabulary};
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

    /// What is typed to have this model again wherever one stands; `None`: it is not to be had. See
    /// [`Loaded::reference`].
    fn reference(&self, model: &str) -> Option<String>;

    /// These settings as they would be had liao been started with this model.
    fn settings(&self, model: &str, settings: &Settings) -> Settings;

    /// Loads the model that these settings name. Where memory does not hold it beside the one that answers now, `release`
    /// is called first, which lets go of that one.
    ///
    /// # Errors
    /// With the sentence that a start would have failed with.
    fn open(&mut self, settings: &Settings, release: &mut dyn FnMut()) -> Result<Loaded, Failed>;
}

/// A model that is loaded, and how it is talked to.
pub struct Loaded {
    /// By the name that a person knows it by.
    pub name: String,
    /// What is typed to have it again wherever one stands: its name, or its path from the root. `None`: that cannot be
    /// typed.
    pub reference: Option<String>,
    /// Who answers.
    pub backend: Box<dyn Backend>,
    /// How a conversation is written down for it.
    pub template: Template,
    /// What that takes from its vocabulary.
    pub control: ControlTokens,
    /// What its replies are written in.
    pub vocabulary: Vocabulary,
    /// Time that loading took.
    pub load_ms: f64,
}

/// A model that answered before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Used {
    /// The name that a person knows it by. Untrusted.
    pub name: String,
    /// See [`Loaded::reference`]. Untrusted.
    pub reference: String,
}

/// Takes a model among those that answered before, as the latest.
pub(super) fn remember(used: &mut Vec<Used>, model: Used) {
    used.retain(|known| *known != model);
    used.push(model);
}

impl Talk {
    /// Goes on with another model: by what is typed for it anywhere, or by the name of one that answered before.
    ///
    /// # Errors
    /// See [`NoAnswer`]; the model before goes on then.
    pub fn change_model(&mut self, model: &str, screen: &mut Screen<'_>) -> Result<(), NoAnswer> {
        let Some(models) = &mut self.models else {
            return Err(NoAnswer::Failed(Failed::usage(tr!("这里没有别的模型可换", "there is no other model here"))));
        };
        // A name may be that of a file which only its path leads to.
        let found = models.reference(model);
        let known = found.clone().or_else(|| {
            let this = self.reference.clone().filter(|_| self.model == model);
            let before = || self.used.iter().rev().find(|known| known.name == model);
            this.or_else(|| before().map(|known| known.reference.clone()))
        });
        if known.is_some() && known == self.reference {
            let name = Untrusted(&self.model);
            screen.output.tell(&tr!("现在用的就是 {name}", "{name} is the one in use"));
            return Ok(());
        }
        let model = known.as_deref().filter(|_| found.is_none()).unwrap_or(model);
        let [settings, given] = [&self.settings, &self.given].map(|settings| models.settings(model, settings));
        let (backend, mut is_released) = (&mut self.backend, false);
        let loaded = models.open(&settings, &mut || {
            backend.rest();
            is_released = true;
        });
        match loaded {
            Ok(loaded) => {
                self.take_over(loaded, settings, given, screen);
                Ok(())
            }
            Err(Failed { exit, message }) => {
                let woken = if is_released { self.wake(screen) } else { Ok(()) };
                let still = Untrusted(&self.model);
                let message = match woken {
                    Ok(()) => {
                        tr!("{message}（没有换，还是 {still}）", "{message} (nothing changed; this is still {still})")
                    }
                    Err(NoAnswer::Failed(Failed { message: why, .. })) => tr!(
                        "{message}（没有换；先前的 {still} 也装不回来：{why}。对话还在，下一个问题时再试）",
                        "{message} (nothing changed, and {still} cannot be loaded again either: {why}. The conversation is kept; the next question tries once more)"
                    ),
                    Err(no_answer) => return Err(no_answer),
                };
                Err(NoAnswer::Failed(Failed::new(exit, message)))
            }
        }
    }

    /// All that changes with the model.
    fn take_over(&mut self, loaded: Loaded, settings: Settings, given: Settings, screen: &mut Screen<'_>) {
        // One that was set in the conversation stays.
        if self.conversation.system_set() == self.settings.system() {
            self.conversation.set_system(settings.system().map(str::to_owned));
        }
        (self.settings, self.given) = (settings, given);
        self.conversation.write_for(loaded.template, loaded.control);
        self.vocabulary = loaded.vocabulary;
        let exchanges = self.exchanges();
        self.conversation.resume(exchanges);
        self.backend = loaded.backend;
        let (name, reference) = (std::mem::replace(&mut self.model, loaded.name), self.reference.take());
        if let Some(reference) = reference {
            remember(&mut self.used, Used { name, reference });
        }
        self.reference = loaded.reference;
        self.load_ms = loaded.load_ms;
        self.meter = Meter::default();
        // Its figures are of the other model's context.
        self.last = None;
        self.introduce(screen.output);
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
        self.recount_files(screen.output);
    }
}
