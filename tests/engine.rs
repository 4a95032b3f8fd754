//! The engine process through the protocol, on tiny models that llama.cpp really runs: tokens, cache, shift, cancel,
//! death.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use liao::backend::local::Local;
use liao::backend::{Backend, BackendError, Progress, Steer};
use liao::gguf::{Header, validate};
use liao::protocol::{
    Bounds, Done, Event, Fault, Generate, GpuLayers, KvType, Load, Outcome, Request, Sampling, Segment, TokenId,
};

use crate::support::Liao;
use crate::support::gguf::TinyGguf;
use crate::support::mutate::Mutants;

const GREEDY: Sampling =
    Sampling { temp: 0.0, top_k: 40, top_p: 0.9, min_p: 0.05, repeat_penalty: 1.0, repeat_last_n: 64, seed: 1 };
const BOS: TokenId = 1;
const EOS: TokenId = 2;

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

fn load(path: &Path) -> Load {
    Load {
        path: path.to_owned(),
        vocab_only: false,
        n_ctx: 256,
        n_chunk: 16,
        n_threads: 1,
        gpu_layers: GpuLayers::Auto,
        kv_type: KvType::F16,
        lora: None,
    }
}

fn start(load: Load) -> Result<Local, BackendError> {
    let (mut local, _) = Local::start(env!("CARGO_BIN_EXE_liao").into(), Arc::new(Mutex::new(|_: &str| ())))?;
    local.load(load, &mut |_| Steer::GoOn)?;
    Ok(local)
}

/// An engine with a tiny model, in a folder that lives as long.
fn tiny(tiny: &TinyGguf, change: impl FnOnce(&mut Load)) -> (Local, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let mut load = load(&tiny.write(folder.path()));
    change(&mut load);
    (start(load).expect("a sound model loads"), folder)
}

fn tokenizer() -> Local {
    start(Load { vocab_only: true, ..load(&data("ggml-vocab-llama-spm.gguf")) }).expect("a vocabulary loads")
}

fn ask(prompt: Vec<Segment>, max_tokens: u32) -> Generate {
    let bounds = Bounds::default();
    let sampling = GREEDY;
    Generate { prompt, begun: None, sampling, max_tokens, stops: Vec::new(), shift: false, endless: true, bounds }
}

fn generate(local: &mut Local, request: &Generate) -> Done {
    local.generate(request, &mut |_| Steer::GoOn).expect("an answer")
}

/// A question that takes a line of tokens, in the way that llama2 writes it.
fn question(text: &str) -> [Segment; 2] {
    [Segment::Control(BOS), Segment::Text(format!("[INST] {text} [/INST]"))]
}

#[test]
fn llama_cpps_own_tokenizer_vectors_pass_through_our_path() {
    let texts = std::fs::read_to_string(data("ggml-vocab-llama-spm.gguf.inp")).expect("vectors");
    let ids = std::fs::read_to_string(data("ggml-vocab-llama-spm.gguf.out")).expect("vectors");
    let texts: Vec<_> = texts.split("\n__ggml_vocab_test__\n").collect();
    let ids: Vec<_> = ids.lines().collect();
    assert!(texts.len() > 40 && texts.len() >= ids.len(), "{} texts, {} lines", texts.len(), ids.len());
    let mut tokenizer = tokenizer();
    for (text, line) in texts.iter().zip(ids) {
        let expected: Vec<TokenId> = line.split_whitespace().map(|id| id.parse().expect("an id")).collect();
        let got = tokenizer.encode(&[Segment::Text((*text).to_owned())]).expect("encodes");
        assert_eq!(got, expected, "{text:?}");
    }
}

#[test]
fn liao_prompt_gives_metas_ids_of_every_golden_conversation() {
    let golden = std::fs::read(data("llama2-chat-golden.json")).expect("golden conversations");
    let golden: Vec<serde_json::Value> = serde_json::from_slice(&golden).expect("JSON");
    assert!(golden.len() >= 6);
    for conversation in golden {
        let liao = Liao::new();
        let file = liao.file("messages.json", conversation["messages"].to_string());
        let model = data("ggml-vocab-llama-spm.gguf");
        let ran = liao.args(["prompt", "--json", "--messages"]).arg(file).arg("-m").arg(model).run();
        ran.exits(0);
        assert_eq!(ran.json_lines()[0]["ids"], conversation["ids"], "{}", conversation["messages"]);
    }
}

#[test]
fn words_a_person_types_never_become_control_tokens() {
    let mut tokenizer = tokenizer();
    for text in ["</s>", "<s>", "<unk>", "<0x0A>", "</s><s>[INST]", "甲</s>乙"] {
        let ids = tokenizer.encode(&[Segment::Text(text.to_owned())]).expect("encodes");
        assert!(ids.iter().all(|id| ![0, BOS, EOS].contains(id)), "{text}: {ids:?}");
    }
    let many = "</s>".repeat(250_000);
    let ids = tokenizer.encode(&[Segment::Text(many)]).expect("a megabyte of it too");
    assert!(!ids.contains(&EOS));
}

#[test]
fn marks_that_llama_cpp_would_see_anywhere_are_taken_apart() {
    // Typed as user-defined, a token is found in text although special parsing is off.
    const USER_DEFINED: i32 = 4;
    let marked = TinyGguf::llama().token("<|im_start|>", 0.0, USER_DEFINED).token("<|im_end|>", 0.0, USER_DEFINED);
    let mark = |text| TokenId::try_from(marked.id(text).expect("it was just added")).expect("small");
    let marks = [mark("<|im_start|>"), mark("<|im_end|>")];
    let (mut engine, _folder) = tiny(&marked, |_| ());
    for text in ["<|im_start|>", "你<|im_end|><|im_start|>好", "<<|im_end|>>", "<|im_<|im_end|>start|>"] {
        let ids = engine.encode(&[Segment::Text(text.to_owned())]).expect("encodes");
        assert!(ids.iter().all(|id| !marks.contains(id)), "{text}: {ids:?}");
    }
    let by_template = engine.encode(&[Segment::Control(marks[0])]).expect("encodes");
    assert_eq!(by_template, [marks[0]]);
}

#[test]
fn text_behind_a_reply_gets_no_space_of_its_own() {
    let mut tokenizer = tokenizer();
    // ▁你好 as the model wrote it, then Meta's space, then EOS: the golden 29871 before 2, not ▁▁.
    let cut = [Segment::Tokens(vec![29871, 30919, 31076]), Segment::Text(" ".into()), Segment::Control(EOS)];
    assert_eq!(tokenizer.encode(&cut).expect("encodes"), [29871, 30919, 31076, 29871, 2]);
    let on = [Segment::Tokens(vec![29871, 30919]), Segment::Text("好".into()), Segment::Text("\n二".into())];
    assert_eq!(tokenizer.encode(&on).expect("encodes"), [29871, 30919, 31076, 13, 30685]);
}

#[test]
fn ids_that_the_vocabulary_does_not_have_are_refused_and_the_engine_lives() {
    let mut tokenizer = tokenizer();
    for id in [-1, 32_000, TokenId::MAX, TokenId::MIN] {
        for segment in [Segment::Control(id), Segment::Tokens(vec![id])] {
            let refused = tokenizer.encode(&[segment]);
            assert!(matches!(refused, Err(BackendError::Fault { fault: Fault::Decode, .. })), "{refused:?}");
        }
    }
    assert_eq!(tokenizer.encode(&[Segment::Text("你".into())]).expect("it lives"), [29871, 30919]);
}

#[test]
fn a_second_turn_reads_only_what_is_new() {
    let (mut engine, _folder) = tiny(&TinyGguf::llama(), |_| ());
    let mut prompt = question("你好").to_vec();
    let first = generate(&mut engine, &ask(prompt.clone(), 12));
    assert_eq!((first.usage.cached_tokens, first.usage.completion_tokens), (0, 12));
    prompt.push(Segment::Tokens(first.written.ids.clone()));
    prompt.push(Segment::Control(EOS));
    prompt.extend(question("再见"));
    let second = generate(&mut engine, &ask(prompt.clone(), 12));
    // The last token of a reply that its length cut was sampled and never read.
    assert_eq!(second.usage.cached_tokens, first.usage.prompt_tokens + 12 - 1);
    // Asking the last question again reads its last token alone.
    let again = generate(&mut engine, &ask(prompt.clone(), 12));
    assert_eq!(again.usage.cached_tokens, again.usage.prompt_tokens - 1);
    assert_eq!(again.text, second.text, "the same words from a warm cache");
}

#[test]
fn a_warm_cache_and_a_cold_one_give_the_same_words() {
    let (mut warm, _folder) = tiny(&TinyGguf::llama().f32_weights(), |_| ());
    let (mut cold, _folder) = tiny(&TinyGguf::llama().f32_weights(), |_| ());
    let mut prompt = Vec::new();
    for words in ["你好", "一二三", "hello world", "天", "最后一个问题"] {
        prompt.extend(question(words));
        let from_warm = generate(&mut warm, &ask(prompt.clone(), 8));
        // Another beginning empties what the cold one holds.
        generate(&mut cold, &ask(vec![Segment::Control(EOS), Segment::Control(EOS)], 1));
        let from_cold = generate(&mut cold, &ask(prompt.clone(), 8));
        assert_eq!(from_cold.usage.cached_tokens, 0);
        assert_eq!(from_warm.written.ids, from_cold.written.ids, "{words}");
        prompt.push(Segment::Tokens(from_warm.written.ids));
        prompt.push(Segment::Control(EOS));
    }
}

#[test]
fn prompts_of_every_length_around_a_chunk_are_read_whole() {
    let (mut engine, _folder) = tiny(&TinyGguf::llama(), |_| ());
    for n in [1_usize, 2, 15, 16, 17, 31, 32, 33, 3 * 16 + 1, 200] {
        // Each begins differently, so that nothing is cached.
        let ids = (0..n).map(|i| TokenId::try_from(3 + (i + n) % 250).expect("small")).collect();
        let done = generate(&mut engine, &ask(vec![Segment::Tokens(ids)], 1));
        assert_eq!((done.usage.prompt_tokens as usize, done.usage.completion_tokens), (n, 1));
    }
}

#[test]
fn dropped_exchanges_are_cut_from_the_cache_and_the_rest_moves() {
    for kv_type in [KvType::F16, KvType::Q8_0, KvType::Q4_0] {
        // Quantized caches move only with heads of a multiple of 64.
        let (mut engine, _folder) = tiny(&TinyGguf::shaped(1, 128, 2, 2, 96), |load| load.kv_type = kv_type);
        let turn = |n: usize| {
            let mut turn = question(&format!("第{n}问 一二三四五六七八九十")).to_vec();
            turn.extend([Segment::Text(" 回答了很多很多的字 ".into()), Segment::Control(EOS)]);
            turn
        };
        let last = question("最后").to_vec();
        let full = [turn(1), turn(2), turn(3), last.clone()].concat();
        let before = generate(&mut engine, &ask(full, 1));
        // The system prompt's words stand where the first question was, so the second begins with other tokens.
        let shorter = [turn(2), turn(3), last, question("还有").to_vec()].concat();
        let done = generate(&mut engine, &Generate { shift: true, ..ask(shorter.clone(), 4) });
        let n_read = done.usage.prompt_tokens - done.usage.cached_tokens;
        let n_new = u32::try_from(engine.encode(&question("还有")).expect("encodes").len()).expect("small");
        assert!(n_read <= n_new + 1, "{kv_type:?}: read {n_read} of {}, new {n_new}", done.usage.prompt_tokens);
        assert!(before.usage.prompt_tokens > n_read * 3);
        // And the cache holds what it should: the same again is cached but for its last token.
        let again = generate(&mut engine, &ask(shorter, 4));
        assert_eq!(again.usage.cached_tokens, again.usage.prompt_tokens - 1, "{kv_type:?}");
    }
}

#[test]
fn a_cache_that_llama_cpp_cannot_move_is_read_again() {
    // Heads of 32: moving this cache would end the process.
    let (mut engine, _folder) = tiny(&TinyGguf::shaped(1, 64, 2, 2, 96), |load| load.kv_type = KvType::Q8_0);
    let ids = |range: std::ops::Range<TokenId>| Segment::Tokens(range.collect());
    generate(&mut engine, &ask(vec![ids(3..13), ids(20..60), ids(100..180)], 1));
    let shorter = vec![ids(3..13), ids(100..180), ids(200..205)];
    let done = generate(&mut engine, &Generate { shift: true, ..ask(shorter, 3) });
    assert_eq!(done.usage.cached_tokens, 10);
}

#[test]
fn tokens_written_anew_before_what_moves_are_read_in_their_place() {
    let (mut engine, _folder) = tiny(&TinyGguf::llama(), |_| ());
    let ids = |range: std::ops::Range<TokenId>| Segment::Tokens(range.collect());
    let full = vec![ids(3..13), ids(20..60), ids(100..180)];
    generate(&mut engine, &ask(full, 1));
    // 20..60 goes, and two other tokens come where it was.
    let shifted = vec![ids(3..13), ids(60..62), ids(101..180), ids(200..205)];
    let done = generate(&mut engine, &Generate { shift: true, ..ask(shifted.clone(), 3) });
    assert_eq!(done.usage.prompt_tokens, 10 + 2 + 79 + 5);
    assert_eq!(done.usage.cached_tokens, 10 + 79);
    let again = generate(&mut engine, &ask(shifted.clone(), 3));
    assert_eq!(again.usage.cached_tokens, again.usage.prompt_tokens - 1);
    assert_eq!(again.text, done.text);
    // Without leave to shift, what follows the change is read again.
    let other = vec![ids(3..13), ids(101..180)];
    let done = generate(&mut engine, &ask(other, 1));
    assert_eq!(done.usage.cached_tokens, 10);
}

#[test]
fn a_shift_that_is_cancelled_leaves_a_sound_cache() {
    let (mut engine, _folder) = tiny(&TinyGguf::llama(), |load| load.n_chunk = 2);
    let ids = |range: std::ops::Range<TokenId>| Segment::Tokens(range.collect());
    generate(&mut engine, &ask(vec![ids(3..13), ids(20..60), ids(100..180)], 1));
    let shifted = vec![ids(3..13), ids(220..230), ids(100..180), ids(200..205)];
    let request = Generate { shift: true, ..ask(shifted.clone(), 3) };
    let done = engine.generate(&request, &mut |_| Steer::Cancel).expect("cancelled is no error");
    assert!(matches!(done.outcome, Outcome::Interrupted | Outcome::Length));
    let warm = generate(&mut engine, &ask(shifted.clone(), 3));
    assert!(warm.usage.cached_tokens >= 10 + 10 + 80, "what was moved stays moved: {:?}", warm.usage);
    let again = generate(&mut engine, &ask(shifted, 3));
    assert_eq!((again.usage.cached_tokens, again.text), (again.usage.prompt_tokens - 1, warm.text));
}

/// So much to do, in so small pieces, that a cancel comes in time on any machine.
fn slow() -> (Local, tempfile::TempDir) {
    tiny(&TinyGguf::llama().context(8192), |load| (load.n_ctx, load.n_chunk) = (8192, 2))
}

#[test]
fn a_cancel_while_reading_keeps_what_was_read() {
    let (mut engine, _folder) = slow();
    let prompt = vec![Segment::Tokens((0..2500).map(|i| 3 + i % 250).collect())];
    let done = engine
        .generate(&ask(prompt.clone(), 10), &mut |progress| match progress {
            Progress::Reading { done: 16.., .. } => Steer::Cancel,
            _ => Steer::GoOn,
        })
        .expect("cancelled is no error");
    assert_eq!((done.outcome, done.usage.completion_tokens, done.text.as_str()), (Outcome::Interrupted, 0, ""));
    let next = generate(&mut engine, &ask(prompt, 1));
    assert!((16..2500).contains(&next.usage.cached_tokens), "{:?}", next.usage);
}

#[test]
fn a_cancel_while_writing_keeps_what_was_written() {
    let (mut engine, _folder) = slow();
    let mut n_pieces = 0;
    let done = engine
        .generate(&ask(question("写").to_vec(), 8000), &mut |progress| {
            n_pieces += usize::from(matches!(progress, Progress::Text(_)));
            if n_pieces >= 3 { Steer::Cancel } else { Steer::GoOn }
        })
        .expect("cancelled is no error");
    assert_eq!(done.outcome, Outcome::Interrupted);
    assert!(!done.text.is_empty() && !done.written.ids.is_empty() && done.written.end.is_none());
    generate(&mut engine, &ask(question("再写").to_vec(), 2));
}

#[test]
fn an_answer_that_fills_the_context_ends_there() {
    let (mut engine, _folder) = tiny(&TinyGguf::llama(), |_| ());
    let n_ctx = engine.n_ctx();
    let done = generate(&mut engine, &ask(question("写").to_vec(), 100_000));
    assert_eq!(done.outcome, Outcome::ContextFull);
    // Every place is taken; the last token sampled needs none.
    assert_eq!(done.usage.prompt_tokens + done.usage.completion_tokens, n_ctx + 1);
    assert_eq!(generate(&mut engine, &ask(question("写").to_vec(), 3)).outcome, Outcome::Length);
}

#[test]
fn a_prompt_longer_than_the_context_is_refused_with_both_numbers() {
    let (mut engine, _folder) = tiny(&TinyGguf::llama(), |_| ());
    let refused = engine.generate(&ask(vec![Segment::Tokens(vec![5; 300])], 1), &mut |_| Steer::GoOn);
    let Err(BackendError::Fault { fault: Fault::PromptTooLong, message, .. }) = refused else { panic!("{refused:?}") };
    assert!(message.contains("300") && message.contains("256"), "{message}");
    generate(&mut engine, &ask(question("短").to_vec(), 1));
}

#[test]
fn the_same_seed_gives_the_same_words_and_another_gives_others() {
    let (mut engine, _folder) = tiny(&TinyGguf::llama(), |_| ());
    let mut say = |seed: u32| {
        let sampling = Sampling { temp: 2.0, top_k: 0, top_p: 1.0, min_p: 0.0, seed, ..GREEDY };
        generate(&mut engine, &Generate { sampling, ..ask(question("写").to_vec(), 24) }).written.ids
    };
    assert_eq!(say(7), say(7));
    assert_ne!(say(7), say(8));
    assert_eq!(say(u32::MAX), say(u32::MAX), "llama.cpp's own word for any seed");
}

#[test]
fn an_answer_gone_on_with_is_the_answer_that_was_not_cut() {
    let (mut engine, _folder) = tiny(&TinyGguf::llama(), |_| ());
    for repeat_penalty in [1.0, 1.3] {
        let ask = |prompt: Vec<Segment>, n: u32| Generate {
            sampling: Sampling { repeat_penalty, ..GREEDY },
            ..ask(prompt, n)
        };
        let whole = generate(&mut engine, &ask(question("写").to_vec(), 40));
        for n in [1, 2, 7, 20, 39] {
            let cut = generate(&mut engine, &ask(question("写").to_vec(), n));
            let n_kept = u32::try_from(cut.written.ids.len()).expect("few");
            let mut prompt = question("写").to_vec();
            prompt.extend((n_kept > 0).then(|| Segment::Tokens(cut.written.ids.clone())));
            let on = Generate { begun: Some(cut.written.clone()), ..ask(prompt, 40 - n_kept) };
            let rest = generate(&mut engine, &on);
            assert_eq!([cut.written.ids, rest.written.ids].concat(), whole.written.ids, "{n}");
            assert_eq!(cut.text + &rest.text, whole.text, "{n}");
            assert_eq!(rest.usage.cached_tokens, rest.usage.prompt_tokens - 1, "{n}");
        }
    }
}

#[test]
fn an_answer_ends_with_the_models_own_end_token_or_a_stop_string() {
    let (mut engine, _folder) = tiny(&TinyGguf::llama(), |_| ());
    let hot = Sampling { temp: 5.0, top_k: 0, top_p: 1.0, min_p: 0.0, ..GREEDY };
    let ends = (0..40).filter(|seed| {
        let request =
            Generate {
                sampling: Sampling { seed: *seed, ..hot }, endless: false, ..ask(question("写").to_vec(), 200)
            };
        let done = generate(&mut engine, &request);
        // At this temperature any token may come, the end too; it is told by id and never shown.
        if done.outcome == Outcome::Stop {
            assert_eq!(done.written.end, Some(EOS));
            assert!(!done.written.ids.contains(&EOS) && !done.text.contains("</s>"));
        }
        done.outcome == Outcome::Stop
    });
    assert!(ends.count() > 0, "in 40 answers of 200 tokens out of 435, one ends by itself");

    let whole = generate(&mut engine, &ask(question("写").to_vec(), 40)).text;
    let (at, _) = whole.char_indices().nth(whole.chars().count() / 2).expect("an answer of some length");
    let stop: String = whole[at..].chars().take(2).collect();
    let request = Generate { stops: vec![stop.clone()], ..ask(question("写").to_vec(), 40) };
    let cut = generate(&mut engine, &request);
    assert_eq!(cut.outcome, Outcome::StopString);
    assert!(whole.starts_with(&cut.text) && !cut.text.contains(&stop), "{:?} of {whole:?} at {stop:?}", cut.text);
}

#[test]
fn weights_that_are_not_numbers_are_found_on_loading() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let tiny = TinyGguf::llama();
    let built = tiny.build();
    let header = Header::read(&tiny.write(folder.path())).expect("sound");
    let norm = header.tensors().iter().find(|tensor| tensor.name == "output_norm.weight").expect("it has one");
    let at = usize::try_from(built.data_offset as u64 + norm.offset).expect("small");
    let path = tiny.patch(at, &f32::NAN.to_le_bytes()).write(folder.path());
    let refused = start(load(&path)).err();
    assert!(matches!(refused, Some(BackendError::Fault { fault: Fault::Weights, .. })), "{refused:?}");
}

#[cfg(unix)]
#[test]
fn a_killed_engine_is_told_of_and_started_again_at_the_next_question() {
    let (mut engine, _folder) = tiny(&TinyGguf::llama(), |_| ());
    let prompt = question("写").to_vec();
    let before = generate(&mut engine, &ask(prompt.clone(), 8));
    let pid = engine.process_id().expect("a process of its own");
    let kill = || {
        let pid = rustix::process::Pid::from_raw(i32::try_from(pid).expect("a pid")).expect("not 0");
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).expect("it is there");
    };
    let mut is_killed = false;
    let died = engine.generate(&ask(prompt.clone(), 200), &mut |progress| {
        if matches!(progress, Progress::Text(_)) && !is_killed {
            is_killed = true;
            kill();
        }
        Steer::GoOn
    });
    let Err(BackendError::Died { how, .. }) = died else { panic!("{died:?}") };
    assert_eq!(how, "SIGKILL");
    let after = generate(&mut engine, &ask(prompt, 8));
    assert_eq!((after.usage.cached_tokens, after.text), (0, before.text));
    assert_ne!(engine.process_id(), Some(pid));
}

#[test]
fn a_watcher_can_have_the_engine_killed() {
    let (mut engine, _folder) = tiny(&TinyGguf::llama(), |_| ());
    let killed = engine.generate(&ask(question("写").to_vec(), 200), &mut |_| Steer::Kill);
    assert_eq!(killed, Err(BackendError::Killed));
    generate(&mut engine, &ask(question("写").to_vec(), 2));
}

#[test]
fn tokens_spell_what_they_were_made_of() {
    let mut engine = tokenizer();
    for text in ["你好，world", "第一行\n  第二行\t", "𠮷𪚥囧", "👨‍👩‍👧‍👦🇨🇳", "</s> [INST] 不是标记"]
    {
        let ids = engine.encode(&[Segment::Text(text.to_owned())]).expect("tokens");
        assert_eq!(engine.decode(&ids).as_deref(), Ok(format!(" {text}").as_str()));
    }
    assert_eq!(engine.decode(&[]).as_deref(), Ok(""));
    assert_eq!(engine.decode(&[BOS, EOS]).as_deref(), Ok(""), "control tokens spell nothing");
    // llama.cpp would end the process on these.
    for id in [-1, TokenId::MAX, 32_000] {
        assert!(matches!(engine.decode(&[id]), Err(BackendError::Fault { fault: Fault::Decode, .. })), "{id}");
    }
    assert!(engine.encode(&[Segment::Text("好".into())]).is_ok(), "it lives on");
}

#[test]
fn an_engine_at_rest_holds_no_memory_and_comes_back_when_it_is_asked() {
    let (mut engine, _folder) = tiny(&TinyGguf::llama(), |_| ());
    let request = ask(question("写").to_vec(), 8);
    let (first, before) = (generate(&mut engine, &request), engine.process_id());
    engine.rest();
    #[cfg(target_os = "linux")]
    assert!(!Path::new(&format!("/proc/{}", before.expect("a process"))).exists(), "it is gone, and waited for");
    engine.rest();
    assert_eq!(engine.wake(&mut |_| Steer::GoOn), Ok(None), "it did not die by itself");
    assert_ne!(engine.process_id(), before);
    assert_eq!(engine.n_ctx(), 256);
    let again = generate(&mut engine, &request);
    assert_eq!((again.text, again.usage.cached_tokens), (first.text, 0));
}

/// The protocol itself, a line at a time: reading ahead gives way to a question that comes after it.
#[test]
fn the_engine_reads_ahead_and_gives_way() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let load = Load { n_chunk: 1, ..load(&TinyGguf::llama().write(folder.path())) };
    let prompt = vec![Segment::Tokens((3..203).collect())];
    let generate = ask(vec![Segment::Tokens((3..213).collect())], 2);
    let line = |request: &Request| serde_json::to_string(request).expect("JSON") + "\n";
    let mut engine = Liao::new().arg("engine").open_stdin().start();
    engine.write_stdin(line(&Request::Load(load)));
    engine.wait_for_stdout("\"ready\"");
    engine.write_stdin("this is no request\n");
    engine.wait_for_stdout("bad request");
    engine.write_stdin(line(&Request::Prepare { id: 1, prompt: prompt.clone() }));
    engine.wait_for_stdout("\"event\":\"done\"");
    engine.write_stdin(line(&Request::Prepare { id: 2, prompt: vec![Segment::Tokens((5..205).collect())] }));
    engine.write_stdin(line(&Request::Generate { id: 3, generate: generate.clone() }));
    engine.write_stdin(line(&Request::Count { prompt }));
    engine.wait_for_stdout("\"counted\"");
    engine.write_stdin(line(&Request::Quit));
    let ran = engine.finish();
    ran.exits(0);
    let events: Vec<Event> =
        ran.json_lines().into_iter().map(|line| serde_json::from_value(line).expect("an event")).collect();
    assert!(matches!(events[0], Event::Hello { .. }));
    assert!(events.iter().any(|event| matches!(event, Event::Error { message, .. } if message.contains("request"))));
    let done: Vec<&Done> =
        events.iter().filter_map(|event| if let Event::Done(done) = event { Some(done) } else { None }).collect();
    let [ahead, given_up, answered] = done[..] else { panic!("{done:?}") };
    assert_eq!((ahead.outcome, ahead.usage.prompt_tokens), (Outcome::Stop, 200));
    assert_eq!(given_up.outcome, Outcome::Interrupted);
    assert_eq!((answered.outcome, answered.usage.completion_tokens), (Outcome::Length, 2));
    assert!(matches!(events.last(), Some(Event::Counted { n_tokens: 200 })));
}

/// What the validator lets through, llama.cpp runs: damaged headers that pass load and decode in a child that lives.
#[test]
fn the_validator_is_stricter_than_llama_cpp() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let mutants = Mutants::new();
    let mut n_accepted = 0;
    for seed in 0..N_MUTANTS {
        let path = folder.path().join("mutant.gguf");
        std::fs::write(&path, mutants.get(seed)).expect("room for a small file");
        let Some(verdict) = Header::read(&path).ok().and_then(|header| validate(&header).ok()) else { continue };
        n_accepted += 1;
        let mut change = load(&path);
        change.n_ctx = 64;
        let outcome = start(change).and_then(|mut engine| {
            engine.generate(&ask(vec![Segment::Text("你好".into())], 2), &mut |_| Steer::GoOn)
        });
        match outcome {
            Ok(_) => {}
            // Files whose meaning was not checked may be refused, but not die.
            Err(BackendError::Fault { .. }) if verdict.notice.is_some() => {}
            Err(error) => panic!("mutant {seed}: {error}"),
        }
    }
    assert!(n_accepted > N_MUTANTS / 40, "only {n_accepted} of {N_MUTANTS} mutants were accepted");
}

/// Enough to see the common ways to slip through; 210,000 were run once by hand.
const N_MUTANTS: u64 = 2_000;
