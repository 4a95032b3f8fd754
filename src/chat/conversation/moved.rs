//! A conversation that goes on with another model: what was said stays, and only how it is written down changes.

use super::Conversation;
use crate::chat::template::{ControlTokens, Template};

impl Conversation {
    /// Goes over to another model. `systems` are the system prompts that the settings give for the model before and for
    /// this one: one that was set in the conversation itself stays. Where the vocabulary is not the same, replies go on in
    /// words alone, because their tokens would mean something else.
    pub fn move_to(
        &mut self,
        template: Template,
        control: ControlTokens,
        systems: [Option<&str>; 2],
        is_same_vocabulary: bool,
    ) {
        (self.template, self.control) = (template, control);
        let [before, now] = systems;
        if self.system.as_deref() == before {
            self.system = now.map(str::to_owned);
        }
        if !is_same_vocabulary {
            for exchange in &mut self.exchanges {
                exchange.answer.iter_mut().chain(&mut exchange.earlier).for_each(|reply| reply.written = None);
            }
        }
        // There may be more room now; what does not fit is dropped again.
        self.first = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Written;
    use crate::protocol::{Done, Outcome, Segment, Timings, Usage};

    fn control(bos: i32) -> ControlTokens {
        ControlTokens { bos: Some(bos), eos: Some(bos + 1), add_bos: true, by_text: Vec::new() }
    }

    fn template(name: &str) -> Template {
        Template::builtin(name).expect("built in")
    }

    fn answer(text: &str) -> Done {
        Done {
            outcome: Outcome::Stop,
            text: text.to_owned(),
            written: Written { ids: vec![70, 71], tail: String::new(), end: Some(2) },
            usage: Usage::default(),
            timings: Timings::default(),
            peak_rss_bytes: 0,
        }
    }

    /// Two answers to one question, and an open one.
    fn conversation(system: Option<&str>) -> Conversation {
        let mut talk = Conversation::new(template("llama2"), control(1), system.map(str::to_owned));
        talk.ask("一");
        talk.answered(&answer("甲"));
        talk.reopen(1);
        talk.answered(&answer("乙"));
        talk.ask("二");
        talk
    }

    fn tokens(talk: &Conversation) -> Vec<i32> {
        let prompt = talk.prompt(0).expect("a prompt");
        prompt
            .iter()
            .flat_map(|segment| if let Segment::Tokens(ids) = segment { ids.clone() } else { vec![] })
            .collect()
    }

    #[test]
    fn what_was_said_stays_and_tokens_only_where_they_mean_the_same() {
        for is_same_vocabulary in [true, false] {
            let mut talk = conversation(None);
            assert_eq!(tokens(&talk), [70, 71]);
            talk.drop_oldest(1);
            talk.move_to(template("chatml"), control(7), [None, None], is_same_vocabulary);
            assert_eq!((talk.template().name(), talk.n_dropped()), ("chatml", 0));
            let prompt = format!("{:?}", talk.prompt(0).expect("a prompt"));
            assert_eq!(tokens(&talk), if is_same_vocabulary { vec![70, 71] } else { vec![] }, "{prompt}");
            assert_eq!(prompt.contains('乙'), !is_same_vocabulary, "{prompt}");
            assert!(prompt.contains('一') && prompt.contains('二'), "{prompt}");
            // An answer that comes back is in no other tokens either.
            talk.withdraw();
            talk.reopen(1);
            talk.restore();
            let standing = talk.exchanges()[0].answer.as_ref().expect("an answer");
            assert_eq!((standing.content.as_str(), standing.written.is_some()), ("乙", is_same_vocabulary));
            assert!(talk.exchanges()[0].earlier.iter().all(|reply| reply.written.is_some() == is_same_vocabulary));
        }
    }

    #[test]
    fn a_system_prompt_of_ones_own_stays_and_the_models_own_changes() {
        let after = |mut talk: Conversation| {
            talk.move_to(template("llama2"), control(1), [Some("旧"), Some("新")], true);
            talk.system().map(str::to_owned)
        };
        assert_eq!(after(conversation(Some("旧"))).as_deref(), Some("新"));
        assert_eq!(after(conversation(Some("我的"))).as_deref(), Some("我的"));
        assert_eq!(after(conversation(Some(""))), None);
        let mut talk = conversation(Some("旧"));
        talk.move_to(template("llama2-hfl"), control(1), [Some("旧"), None], true);
        assert_eq!(talk.system(), template("llama2-hfl").default_system(), "the family's own holds");
    }
}
