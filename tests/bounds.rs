//! What answers are held to: the guard, the language, grammars and schemas; LoRA adapters in `lora`. Through the
//! protocol with models that llama.cpp really runs, and through the front door.

mod lora;

use liao::backend::local::Local;
use liao::backend::{Backend, BackendError, Progress, Steer};
use liao::message::Written;
use liao::protocol::{
    Bounds, Done, Fault, Form, Generate, GpuLayers, Guard, KvType, Load, Outcome, ReplyLang, Sampling, Segment,
};
use serde_json::{Value, json};

use crate::support::answers::{does, says};
use crate::support::gguf::TinyGguf;
use crate::support::{Liao, Ran};

const GREEDY: Sampling =
    Sampling { temp: 0.0, top_k: 0, top_p: 1.0, min_p: 0.0, repeat_penalty: 1.0, repeat_last_n: 0, seed: 1 };
const BOS: i32 = 1;
const EOS: i32 = 2;

fn start(model: &TinyGguf) -> (Local, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let load = Load {
        path: model.write(folder.path()),
        vocab_only: false,
        n_ctx: 512,
        n_chunk: 64,
        n_threads: 1,
        gpu_layers: GpuLayers::Auto,
        kv_type: KvType::F16,
        lora: None,
    };
    let silent = std::sync::Arc::new(std::sync::Mutex::new(|_: &str| ()));
    let (mut local, _) = Local::start(env!("CARGO_BIN_EXE_liao").into(), silent).expect("an engine");
    local.load(load, &mut |_| Steer::GoOn).expect("a sound model loads");
    (local, folder)
}

fn ask(bounds: Bounds) -> Generate {
    let prompt = vec![Segment::Control(BOS), Segment::Text("[INST] 你好 [/INST]".to_owned())];
    let (begun, stops) = (None, Vec::new());
    Generate { prompt, begun, sampling: GREEDY, max_tokens: 400, stops, shift: false, endless: false, bounds }
}

fn grammar(text: &str) -> Option<Form> {
    Some(Form::Grammar(text.to_owned()))
}

/// The answer, the text that was shown, and how often it was begun again.
fn answer(engine: &mut Local, request: &Generate) -> (Done, String, usize) {
    let (mut shown, mut n_again) = (String::new(), 0);
    let done = engine.generate(request, &mut |progress| {
        match progress {
            Progress::Text(text) => shown.push_str(text),
            Progress::BegunAgain => {
                assert_eq!(shown, "", "nothing is told of what is begun again");
                n_again += 1;
            }
            _ => {}
        }
        Steer::GoOn
    });
    (done.expect("an answer"), shown, n_again)
}

/// The built-in demo model on one thread, asked in a fixed way.
fn demo() -> Liao {
    Liao::new().env("LIAO_THREADS", "1").args(["-m", "demo", "--temp", "0", "-q"])
}

#[test]
fn a_circle_is_cut_back_and_the_cache_goes_on_behind_the_good_part() {
    let (mut engine, _folder) = start(&TinyGguf::llama());
    // A grammar makes the model go round: it can say nothing else, and never end.
    let form = grammar("root ::= \"la la. \" root");
    let bounds = Bounds { guard: Some(Guard::default()), form: form.clone(), ..Bounds::default() };
    let request = ask(bounds);
    let (done, shown, _) = answer(&mut engine, &request);
    assert_eq!((done.outcome, done.text.as_str()), (Outcome::Repetition, "la la."));
    assert!(shown.starts_with("la la. la la.") && shown.len() < 200, "{shown}");
    assert_eq!(done.written.end, None);
    let n_kept = u32::try_from(done.written.ids.len()).unwrap();
    assert!(n_kept > 0 && n_kept * 4 < done.usage.completion_tokens, "{:?}", done.usage);

    let mut prompt = request.prompt.clone();
    prompt.extend([
        Segment::Tokens(done.written.ids.clone()),
        Segment::Text(done.written.tail.clone()),
        Segment::Control(EOS),
        Segment::Control(BOS),
        Segment::Text("[INST] 再见 [/INST]".to_owned()),
    ]);
    let (next, _, _) = answer(&mut engine, &Generate { prompt, max_tokens: 4, ..ask(Bounds::default()) });
    let n_before = done.usage.prompt_tokens + n_kept;
    assert!((n_before..n_before + 8).contains(&next.usage.cached_tokens), "{:?} {:?}", done.usage, next.usage);

    // Off, it runs on.
    let (done, shown, _) = answer(&mut engine, &ask(Bounds { form, ..Bounds::default() }));
    assert_eq!((done.outcome, done.usage.completion_tokens), (Outcome::Length, 400));
    assert_eq!(done.text, shown);
}

#[test]
fn a_stray_marker_is_neither_shown_nor_kept() {
    let (mut engine, _folder) = start(&TinyGguf::llama());
    let form = grammar("root ::= \"The end.\\n\\n[INST] more [/INST] and more\"");
    let guard = |markers: &[&str]| {
        let markers = markers.iter().map(|&marker| marker.to_owned()).collect();
        Some(Guard { markers, ..Guard::default() })
    };
    let held = Bounds { guard: guard(&["[INST]"]), form: form.clone(), ..Bounds::default() };
    let (done, shown, _) = answer(&mut engine, &ask(held));
    assert_eq!((done.outcome, done.text.as_str(), shown.as_str()), (Outcome::Repetition, "The end.", "The end."));
    let other = Bounds { guard: guard(&["Human:"]), form, ..Bounds::default() };
    let (done, shown, _) = answer(&mut engine, &ask(other));
    assert_eq!((done.outcome, shown.as_str()), (Outcome::Stop, "The end.\n\n[INST] more [/INST] and more"));
    assert_eq!(done.text, shown);
}

#[test]
fn an_answer_that_is_gone_on_with_is_watched_as_one() {
    const WHOLE: &str = "The end.\n\n[INST]";
    let (mut engine, _folder) = start(&TinyGguf::llama());
    let guard = Guard { markers: vec!["[INST]".to_owned()], ..Guard::default() };
    let form = grammar("root ::= \"The end.\\n\\n[INST] more\"");
    let ask = || ask(Bounds { guard: Some(guard.clone()), form: form.clone(), ..Bounds::default() });
    let mut n_cut = 0;
    for n in 1.. {
        let (cut, _, _) = answer(&mut engine, &Generate { max_tokens: n, ..ask() });
        if cut.outcome != Outcome::Length {
            break;
        }
        let mut request = Generate { begun: Some(cut.written.clone()), ..ask() };
        request.prompt.push(Segment::Tokens(cut.written.ids.clone()));
        let (rest, shown, _) = answer(&mut engine, &request);
        assert_eq!(rest.outcome, Outcome::Repetition, "behind {:?}: {shown:?}", cut.text);
        let whole = cut.text + &rest.text;
        assert!(WHOLE.starts_with(&whole) && !shown.contains("more"), "{whole:?} {shown:?}");
        n_cut += 1;
    }
    // Behind each line break too.
    assert!(n_cut >= 5, "{n_cut}");
}

#[test]
fn an_answer_that_begins_in_the_other_language_is_begun_again_once_and_unseen() {
    let (mut engine, _folder) = start(&TinyGguf::llama());
    let form = grammar("root ::= \"It is here. \" [a-z ]{8} | \"在北京的这里。\" [中国地家]{3}");
    let hot = Sampling { temp: 3.0, ..GREEDY };
    let (mut n_english, mut n_turned, mut n_chinese) = (0, 0, 0);
    for seed in 0..40 {
        let request = |reply_lang| Generate {
            prompt: vec![Segment::Control(BOS), Segment::Text(format!("[INST] 你好{seed} [/INST]"))],
            sampling: Sampling { seed, ..hot },
            ..ask(Bounds { reply_lang, form: form.clone(), ..Bounds::default() })
        };
        // Once for the cache: read in chunks of other sizes, the same prompt gives logits that differ in their last digits.
        answer(&mut engine, &request(None));
        let (plain, _, n_again) = answer(&mut engine, &request(None));
        assert_eq!(n_again, 0);
        let is_english = plain.text.starts_with("It");
        let (held, shown, n_again) = answer(&mut engine, &request(Some(ReplyLang::Zh)));
        assert_eq!(n_again, usize::from(is_english), "{}", plain.text);
        assert_eq!(shown, held.text);
        if is_english {
            n_english += 1;
            n_turned += usize::from(held.text.starts_with("在"));
        } else {
            n_chinese += 1;
            assert_eq!(held.text, plain.text);
        }
        let (_, _, n_again) = answer(&mut engine, &request(Some(ReplyLang::En)));
        assert_eq!(n_again, usize::from(!is_english), "{}", plain.text);
    }
    assert!(n_english > 0 && n_chinese > 0, "{n_english} {n_chinese}");
    assert!(n_turned * 2 > n_english, "{n_turned} of {n_english}");
}

#[test]
fn an_answer_that_is_gone_on_with_goes_on_in_its_form() {
    let (mut engine, _folder) = start(&TinyGguf::llama());
    let within = |text: &str| Bounds { form: grammar(text), ..Bounds::default() };
    let bounds = || within("root ::= \"one two three\"");
    let (cut, _, _) = answer(&mut engine, &Generate { max_tokens: 4, ..ask(bounds()) });
    assert_eq!(cut.outcome, Outcome::Length);
    let mut prompt = ask(bounds()).prompt;
    prompt.push(Segment::Tokens(cut.written.ids.clone()));
    let on = |bounds, begun: Written| Generate { prompt: prompt.clone(), begun: Some(begun), ..ask(bounds) };
    let (rest, _, _) = answer(&mut engine, &on(bounds(), cut.written.clone()));
    assert_eq!((rest.outcome, cut.text + &rest.text), (Outcome::Stop, "one two three".to_owned()));
    // What begins otherwise, or in words whose tokens nobody knows, cannot go on in it; that is no fault of the form.
    let words = Written { tail: "one".to_owned(), ..Written::default() };
    for request in [on(within("root ::= \"zzz\""), cut.written), on(bounds(), words)] {
        let refused = engine.generate(&request, &mut |_| Steer::GoOn);
        assert!(matches!(refused, Err(BackendError::Fault { fault: Fault::Begun, .. })), "{refused:?}");
    }
}

#[test]
fn an_answer_that_cannot_go_on_in_a_form_is_told_what_to_do() {
    let liao = demo();
    let file = liao.file("zzz.gbnf", "root ::= \"zzz\"");
    let lines = format!("背一下《静夜思》。\n/set grammar {}\n/continue\n", file.to_str().expect("UTF-8"));
    let ran = liao.args(["--turns", "-n", "8"]).stdin(lines).run();
    let told = ran.exits(2).stderr_text().lines().last().expect("an error");
    for part in ["不能按现在的语法", "/set grammar off", "/continue", "/retry"] {
        assert!(told.contains(part), "{told}");
    }
    assert!(!told.contains("左递归"), "{told}");
}

/// A grammar that goes on with a character that is none: nothing can spell it.
const DEAD_END: &str = "root ::= \"ok\" \"\\U7FFFFFFF\"";

#[test]
fn what_was_written_before_a_dead_end_is_kept() {
    let (mut engine, _folder) = start(&TinyGguf::llama());
    let within = |text: &str| ask(Bounds { form: grammar(text), ..Bounds::default() });
    let (done, shown, _) = answer(&mut engine, &within(DEAD_END));
    assert_eq!((done.outcome, done.text.as_str(), shown.as_str()), (Outcome::DeadEnd, "ok", "ok"));
    assert!(!done.written.ids.is_empty() && done.written.end.is_none());
    // Where nothing was written, it is the form's fault.
    let refused = engine.generate(&within("root ::= \"\\U7FFFFFFF\""), &mut |_| Steer::GoOn);
    assert!(matches!(refused, Err(BackendError::Fault { fault: Fault::Form, .. })), "{refused:?}");

    let liao = || Liao::new().tiny(&TinyGguf::llama()).args(["-p", "hello"]);
    let run = |liao: Liao| {
        let file = liao.file("dead.gbnf", DEAD_END);
        liao.arg("--grammar").arg(file).run()
    };
    run(liao()).exits(0).stdout("ok\n").stderr_is_one_line_with(&["词表写不出", "没有写完"]);
    let ran = run(liao().arg("--json"));
    let answer = &ran.exits(0).answers()[0];
    assert_eq!((answer.text.as_str(), answer.finish_reason.as_str()), ("ok", "dead_end"));
}

#[test]
fn a_form_that_is_none_is_a_fault_and_the_engine_lives() {
    let (mut engine, _folder) = start(&TinyGguf::llama());
    for form in [
        Form::Grammar("root ::= root \"a\" | \"b\"".to_owned()),
        Form::Grammar("root ::= <no such token>".to_owned()),
        Form::Grammar("root ::= \"a\"{2001}".to_owned()),
        Form::Grammar(String::new()),
        Form::JsonSchema("{\"$ref\": \"#/$defs/nowhere\"}".to_owned()),
        Form::JsonSchema("not JSON".to_owned()),
    ] {
        let request = ask(Bounds { form: Some(form.clone()), ..Bounds::default() });
        let refused = engine.generate(&request, &mut |_| Steer::GoOn);
        assert!(matches!(refused, Err(BackendError::Fault { fault: Fault::Form, .. })), "{form:?}: {refused:?}");
    }
    let (done, _, _) = answer(&mut engine, &ask(Bounds { form: grammar("root ::= \"ok\""), ..Bounds::default() }));
    assert_eq!((done.outcome, done.text.as_str()), (Outcome::Stop, "ok"));
}

#[test]
fn any_sampling_keeps_to_the_form() {
    let (mut engine, _folder) = start(&TinyGguf::llama());
    let form = grammar("root ::= [0-9]{2} \"-\" [0-9]{2} | \"没有\"");
    for (temp, top_k, top_p, min_p) in
        [(0.0, 0, 1.0, 0.0), (0.6, 1, 0.01, 1.0), (5.0, 40, 0.9, 0.05), (2.0, 0, 0.5, 0.5)]
    {
        for seed in 0..4 {
            let sampling = Sampling { temp, top_k, top_p, min_p, repeat_penalty: 1.3, repeat_last_n: 64, seed };
            let request = Generate { sampling, ..ask(Bounds { form: form.clone(), ..Bounds::default() }) };
            let (done, shown, _) = answer(&mut engine, &request);
            let digits: Vec<char> = done.text.chars().collect();
            let is_number = digits.len() == 5
                && digits.iter().enumerate().all(|(i, c)| if i == 2 { *c == '-' } else { c.is_ascii_digit() });
            assert!(is_number || done.text == "没有", "{:?} {sampling:?}", done.text);
            assert_eq!((done.outcome, shown), (Outcome::Stop, done.text));
        }
    }
}

#[test]
fn the_demo_model_can_only_say_yes_or_no() {
    for question in ["你好", "天是蓝的吗？", "tell me a story"] {
        let liao = demo();
        let file = liao.file("yes-no.gbnf", "root ::= \"是\" | \"否\" # 只有这两个\n");
        let ran = liao.args(["-p", question, "--json", "--grammar"]).arg(file).run();
        let answer = &ran.exits(0).stderr("").answers()[0];
        assert!(["是", "否"].contains(&answer.text.as_str()), "{answer:?}");
        assert_eq!(answer.finish_reason, "stop");
    }
}

#[test]
fn the_demo_model_answers_in_json_by_a_schema() {
    let schema = json!({
        "type": "object",
        "properties": {
            "答案": {"enum": ["是", "否"]},
            "把握": {"type": "integer", "minimum": 0, "maximum": 99},
        },
        "required": ["答案", "把握"],
        "additionalProperties": false,
    });
    let liao = demo();
    let file = liao.file("schema.json", schema.to_string());
    let ran = liao.args(["-p", "你好", "--json-schema"]).arg(file).run();
    let answer: Value = serde_json::from_str(ran.exits(0).stdout_text()).expect("JSON");
    assert!(["是", "否"].contains(&answer["答案"].as_str().expect("a string")), "{answer}");
    assert!(answer["把握"].as_u64().is_some_and(|n| n < 100), "{answer}");
    assert_eq!(answer.as_object().map(serde_json::Map::len), Some(2));
}

#[test]
fn set_holds_the_next_answers_to_a_grammar_and_lets_go_of_it() {
    let liao = demo();
    let file = liao.file("否.gbnf", "root ::= \"否\"");
    let file = file.to_str().expect("UTF-8");
    let ran = liao.arg("--turns").stdin(format!("/set grammar {file}\n你好\n/set grammar off\n你好\n")).run();
    let answers: Vec<&str> = ran.exits(0).stdout_text().lines().collect();
    assert_eq!(answers[0], "否");
    assert!(answers.len() > 1 && answers[1] != "否", "{answers:?}");
}

#[cfg(unix)]
#[test]
fn a_session_that_names_a_pipe_for_a_grammar_neither_hangs_nor_is_lost() {
    let script = says(&["好"]);
    let liao = Liao::new().script(&script);
    let file = liao.file("a.gbnf", "root ::= \"x\"");
    let set = format!("/set grammar {}\n你好\n", file.to_str().expect("UTF-8"));
    let ran = liao.arg("--turns").stdin(set).run();
    ran.exits(0).stdout_has("好\n");
    // Nobody will ever write into it.
    std::fs::remove_file(&file).expect("it is there");
    assert!(std::process::Command::new("mkfifo").arg(&file).status().expect("mkfifo").success());
    let again = Liao::new().in_home_of(&ran).script(&script).args(["--turns", "-r"]).stdin("再说\n").run();
    again.exits(0).stdout_has("好\n").stderr_has("会话里有一项设置这里用不上").stderr_has("a.gbnf：不是普通文件");
}

#[test]
fn a_wrong_form_is_told_with_its_place_before_anything_loads() {
    let run = |flag: &str, name: &str, bytes: &[u8]| -> Ran {
        let liao = Liao::new();
        let file = liao.file(name, bytes);
        liao.args(["-m", "nowhere.gguf", "-p", "x", flag]).arg(file).run()
    };
    let gbk = [b"root ::= \"".as_slice(), &[0xca, 0xc7], b"\""].concat();
    for (flag, name, bytes, told) in [
        ("--grammar", "a.gbnf", "root ::= a\nb = \"x\"".as_bytes(), &["a.gbnf", "第 2 行第 3 个字符", "::="][..]),
        ("--grammar", "a.gbnf", "root ::= \"x\" | 是".as_bytes(), &["第 1 行第 16 个字符"]),
        ("--grammar", "a.gbnf", "root ::= b".as_bytes(), &["第 1 行第 10 个字符", "没有名为 b 的规则"]),
        ("--grammar", "a.gbnf", "a ::= \"x\"".as_bytes(), &["a.gbnf", "root"]),
        ("--grammar", "a.gbnf", gbk.as_slice(), &["a.gbnf", "UTF-8"]),
        ("--json-schema", "a.json", "{\n  \"type\": string\n}".as_bytes(), &["a.json", "第 2 行"]),
        ("--json-schema", "a.json", "[]".as_bytes(), &["a.json", "对象"]),
        ("--json-schema", "a.json", "{\"$ref\": \"https://x/y\"}".as_bytes(), &["$ref", "https://x/y"]),
    ] {
        run(flag, name, bytes).exits(2).stdout("").stderr_is_one_line_with(told).has_no_escapes();
    }
    let ran = Liao::new().args(["-p", "x", "--grammar", "gone.gbnf"]).english().run();
    ran.exits(2).stderr_is_one_line_with(&["grammar", "there is no file gone.gbnf"]);
}

#[test]
fn a_form_that_only_llama_cpp_refuses_is_a_usage_error_too() {
    for (flag, text) in
        [("--grammar", "root ::= root \"a\" | \"b\""), ("--json-schema", "{\"$ref\": \"#/$defs/nowhere\"}")]
    {
        let liao = Liao::new().tiny(&TinyGguf::llama());
        let file = liao.file("form", text);
        let ran = liao.args(["-p", "hello", flag]).arg(file).run();
        ran.exits(2).stdout("").stderr_is_one_line_with(&["llama.cpp 用不了", "/set grammar off"]);
    }
    let script = does(json!([{"refuse_form": "no token goes on"}]));
    let ran = Liao::new().script(&script).args(["-p", "你好"]).english().run();
    ran.exits(2).stderr_is_one_line_with(&["no token goes on", "/set grammar off"]);
}

#[test]
fn an_engine_that_dies_of_a_form_is_told_so() {
    let script = does(json!([{"die": "GGML_ASSERT(!stacks.empty()) failed"}]));
    let liao = Liao::new().script(&script);
    let file = liao.file("a.gbnf", "root ::= \"x\"");
    let ran = liao.args(["-p", "你好", "--grammar"]).arg(file).run();
    ran.exits(70).stderr_is_one_line_with(&["stacks.empty()", "/set grammar off"]);
    let ran = Liao::new().script(&script).args(["-p", "你好"]).run();
    assert!(!ran.exits(70).stderr_text().contains("/set grammar off"));
}

#[test]
fn an_answer_that_went_astray_is_told_and_only_its_good_part_goes_on() {
    let steps = json!([{"say": "好。"}, {"say": "好。"}, {"say": "好。"}, {"go_astray": 2}]);
    let script = json!({"n_ctx": 4096, "replies": [steps, [{"say": "完"}]]});
    let liao = || Liao::new().script(&script).arg("--turns").stdin("一\n二\n");
    let ran = liao().run();
    ran.exits(0).stdout("好。好。好。\n完\n").stderr_is_one_line_with(&["已停下", "--guard off"]);
    let ran = liao().arg("--json").english().run();
    ran.exits(0).stderr_is_one_line_with(&["go in circles", "--guard off"]);
    let ends: Vec<Value> = ran.json_lines().into_iter().filter(|event| event["event"] == "end").collect();
    assert_eq!((&ends[0]["finish_reason"], &ends[0]["kept_characters"]), (&json!("repetition"), &json!(2)));
    assert_eq!(ran.answers()[0].text, "好。好。好。", "the text events gave more than is kept");
    assert!(ends[1].get("kept_characters").is_none());
    // The next prompt has two characters of it, and not six.
    let whole =
        json!({"n_ctx": 4096, "replies": [[{"say": "好。"}, {"say": "好。"}, {"say": "好。"}], [{"say": "完"}]]});
    let ran_on = Liao::new().script(&whole).arg("--turns").stdin("一\n二\n").arg("--json").run();
    let (cut, run_on) = (ran.answers()[1].prompt_tokens, ran_on.exits(0).answers()[1].prompt_tokens);
    assert!(cut + 3 <= run_on, "{cut} {run_on}");
}

#[test]
fn an_answer_begun_again_is_told_in_a_notice() {
    let script = does(json!(["begin_again", {"say": "北京。"}]));
    let ran = Liao::new().script(&script).args(["-p", "首都是哪里"]).run();
    ran.exits(0).stdout("北京。\n").stderr_is_one_line_with(&["重新开始", "--reply-lang"]);
    Liao::new().script(&script).args(["-p", "首都是哪里", "-q"]).run().exits(0).stdout("北京。\n").stderr("");
}
