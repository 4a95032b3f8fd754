use super::*;
use crate::backend::Watch;
use crate::chat::template::{ControlTokens, Template};
use crate::message::Written;
use crate::protocol::{Done, Generate, Outcome, Timings, Usage};

/// Counts a token for every so many characters.
struct Counter {
    n_characters: usize,
}

impl Backend for Counter {
    fn n_ctx(&self) -> u32 {
        1000
    }

    fn count(&mut self, prompt: &[Segment], _: &mut Watch<'_>) -> Result<u32, BackendError> {
        let characters = prompt.iter().map(|segment| match segment {
            Segment::Text(text) => text.chars().count(),
            _ => 0,
        });
        Ok(u32::try_from(characters.sum::<usize>().div_ceil(self.n_characters)).expect("small"))
    }

    fn generate(&mut self, _: &Generate, _: &mut Watch<'_>) -> Result<Done, BackendError> {
        unreachable!("nothing is asked")
    }
}

fn answered(text: &str, usage: Usage, peak_rss_bytes: u64) -> Answer {
    let written = Written { ids: Vec::new(), tail: text.to_owned(), end: Some(2) };
    let timings = Timings { prefill_ms: 500.0, decode_ms: 2000.0 };
    let done = Done { outcome: Outcome::Stop, text: text.to_owned(), written, usage, timings, peak_rss_bytes };
    Answer { done, first_token_ms: 510.0, total_ms: 2510.0, n_ctx: 1000 }
}

fn conversation(exchanges: &[(&str, &str)]) -> Conversation {
    let control = ControlTokens { bos: Some(1), eos: Some(2), add_bos: true, by_text: Vec::new() };
    let mut conversation = Conversation::new(Template::builtin("llama2").expect("built in"), control, None);
    for (question, answer) in exchanges {
        conversation.ask(*question);
        conversation.answered(&answered(answer, Usage::default(), 0).done);
    }
    conversation
}

fn ratio(exchanges: &[(&str, &str)]) -> Ratio {
    Ratio::of(&conversation(exchanges), &mut Counter { n_characters: 2 }).expect("it counts")
}

#[test]
fn the_ratio_is_the_conversations_own_once_it_has_one() {
    let sample = ratio(&[]);
    assert!(!sample.is_own && (1.9..=2.0).contains(&sample.per_token), "{}", sample.per_token);
    assert!(!ratio(&[("你好", "你好！")]).is_own, "too little");
    let chinese = "好".repeat(100);
    let own = ratio(&[("说一百个好", chinese.as_str())]);
    assert!(own.is_own && (1.9..=2.0).contains(&own.per_token), "{}", own.per_token);
    // What is Chinese for a quarter only is left out; what is for two thirds is measured as it is.
    let mixed = format!("{chinese}{}", "x".repeat(50));
    let own = ratio(&[("a b c d e f 好", mixed.as_str())]);
    assert!(own.is_own && (1.3..=1.34).contains(&own.per_token), "{}", own.per_token);
    assert!(!ratio(&[("hello", "english ".repeat(99).as_str())]).is_own);
}

#[test]
fn estimates_are_round() {
    for (per_token, n_tokens, expected) in [(0.85, 1000, 850.0), (0.66, 10, 0.0), (1.5, 333, 490.0), (2.0, 0, 0.0)] {
        let ratio = Ratio { per_token, is_own: true };
        assert!((ratio.characters(n_tokens) - expected).abs() < 1e-9, "{per_token} {n_tokens}");
    }
}

#[test]
fn stats_tell_speed_cache_room_and_memory() {
    let usage = Usage { prompt_tokens: 300, cached_tokens: 200, completion_tokens: 41 };
    let told = stats_line(&answered(&"字".repeat(60), usage, 1_234_000_000));
    let expected = "写 41 个词元，20.0 词元/秒（30.0 字/秒）· 读 100 个，200.0 词元/秒，缓存 200 个 · 首字 0.51 秒 · 剩余 659 个词元 · 内存 1.23 GB";
    assert_eq!(told, expected);
    let told = stats_line(&answered("", Usage { prompt_tokens: 1200, ..usage }, 0));
    assert!(told.ends_with(" · 剩余 0 个词元"), "{told}");
}

#[test]
fn an_answer_is_at_its_end_where_the_engine_says_so() {
    for outcome in [
        Outcome::Stop,
        Outcome::StopString,
        Outcome::Length,
        Outcome::Interrupted,
        Outcome::ContextFull,
        Outcome::Repetition,
        Outcome::DeadEnd,
    ] {
        let mut record = session::Record::in_memory();
        record.ask("问").expect("in memory");
        let finish = outcome.name().to_owned();
        record.answered(session::Reply { text: "答".into(), written: None, finish }).expect("in memory");
        let is_end = matches!(outcome, Outcome::Stop | Outcome::StopString);
        assert_eq!(record.transcript().exchanges()[0].answers[0].is_finished(), is_end, "{outcome:?}");
    }
}

#[test]
fn the_oldest_exchange_goes_first() {
    assert_eq!(first_to_go(&conversation(&[])), None);
    let mut talk = conversation(&[("一", "甲"), ("二", "乙"), ("三", "丙")]);
    assert_eq!(first_to_go(&talk), Some(1));
    talk.drop_oldest(1);
    assert_eq!(first_to_go(&talk), Some(2));
}
