//! One question, one answer: what `-p` and a pipe promise about streams, exit codes, JSON, Ctrl-C and a dying engine.

use crate::support::Liao;
use crate::support::answers::{does, says};
use crate::support::gguf::TinyGguf;
use serde_json::{Value, json};

fn scripted(script: &Value) -> Liao {
    Liao::new().script(script)
}

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().expect("an object").keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

#[test]
fn stdout_is_the_answer_and_exactly_one_newline() {
    for reply in ["好的。", "好的。\n", "好的。\n\n\n"] {
        scripted(&says(&[reply])).args(["-p", "你好"]).run().exits(0).stdout("好的。\n").stderr("").has_no_escapes();
    }
    scripted(&says(&["一\n\n二"])).stdin("你好").run().exits(0).stdout("一\n\n二\n").stderr("");
}

#[test]
fn typed_and_piped_text_make_one_question() {
    let model = TinyGguf::llama();
    let ask = |liao: Liao| {
        let ran = liao.tiny(&model).args(["--json", "-n", "12", "--temp", "0.8", "--seed", "3"]).run();
        ran.exits(0);
        ran.answers()
    };
    let whole = ask(Liao::new().args(["-p", "sum this up\n\nthe text"]));
    assert_eq!(ask(Liao::new().args(["-p", "sum this up"]).stdin("the text\n")), whole);
    assert_eq!(ask(Liao::new().stdin("sum this up\r\n\r\nthe text\r\n").args(["--verbatim"])).len(), 1);
    assert_eq!(ask(Liao::new().stdin("sum this up\n\nthe text")), whole);
    assert_ne!(ask(Liao::new().args(["-p", "sum this up"])), whole);
}

#[test]
fn nothing_asked_is_a_usage_error() {
    let script = says(&["不该说"]);
    for liao in [
        scripted(&script),
        scripted(&script).no_stdin(),
        scripted(&script).stdin(" \n\t\n"),
        scripted(&script).args(["-p", ""]),
        scripted(&script).args(["-p", " "]).no_stdin(),
    ] {
        liao.run().exits(2).stdout("").stderr_is_one_line_with(&["问题是空的", "-p"]);
    }
    scripted(&script).english().run().exits(2).stderr_is_one_line_with(&["error: the question is empty", "-p"]);
}

#[cfg(unix)]
#[test]
fn a_closed_stdin_is_an_empty_one() {
    let shell = Liao::of("/bin/sh").env("LIAO", env!("CARGO_BIN_EXE_liao")).script(&says(&["好"]));
    shell.args(["-c", "exec \"$LIAO\" <&-"]).run().exits(2).stderr_is_one_line_with(&["问题是空的"]);
    let shell = Liao::of("/bin/sh").env("LIAO", env!("CARGO_BIN_EXE_liao")).script(&says(&["好"]));
    shell.args(["-c", "exec \"$LIAO\" -p 你好 <&-"]).run().exits(0).stdout("好\n");
}

#[test]
fn a_reader_that_has_had_enough_is_success() {
    let steps: Vec<Value> = (0..400).flat_map(|_| [json!({"say": "很长的回答。"}), json!({"wait_ms": 5})]).collect();
    let script = does(steps.into());
    for format in [&[][..], &["--json"]] {
        let ran = scripted(&script).args(["-p", "你好"]).args(format.to_vec()).stdout_limit(10).run();
        ran.exits(0).stderr("");
    }
    let ran = Liao::new().tiny(&TinyGguf::llama()).args(["-p", "hello", "--temp", "0", "-n", "400", "--guard", "off"]);
    ran.stdout_limit(10).run().exits(0).stderr("");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_a_failure_told_in_one_line() {
    let shell = Liao::of("/bin/sh").env("LIAO", env!("CARGO_BIN_EXE_liao")).script(&says(&["好"]));
    let ran = shell.args(["-c", "exec \"$LIAO\" -p 你好 > /dev/full"]).run();
    ran.exits(1).stderr_is_one_line_with(&["写不出答案", "磁盘"]);
}

#[test]
fn no_escape_byte_leaves_it_on_a_pipe() {
    for (name, value) in [("TERM", "dumb"), ("NO_COLOR", "1"), ("TERM", "xterm-256color")] {
        for color in ["auto", "always", "never"] {
            let liao = Liao::new().tiny(&TinyGguf::llama()).env(name, value);
            let ran = liao.args(["-p", "hello", "-n", "4", "--stats", "-v", "--temp", "0", "--color", color]).run();
            ran.exits(0).has_no_escapes();
        }
    }
}

#[test]
fn quiet_leaves_stderr_empty_and_verbose_tells_template_and_plan() {
    let liao = || Liao::new().tiny(&TinyGguf::llama()).args(["-p", "hello", "-n", "4", "--temp", "0"]);
    // The answer is cut at 4 tokens, which is worth a notice to anyone who did not ask for quiet.
    liao().run().exits(0).stderr_is_one_line_with(&["--max-tokens"]);
    liao().arg("-q").run().exits(0).stderr("");
    let ran = liao().arg("-v").run();
    ran.exits(0).stderr_has("tiny.gguf").stderr_has("llama2").stderr_has("上下文 512").stderr_has("KV");
    let ran = liao().arg("-v").english().run();
    ran.exits(0).stderr_has("context 512").stderr_has("memory: weights").stderr_has("threads");
    assert!(!ran.stderr_text().contains("llama_"), "the engine's log is for -vv");
    liao().arg("-vv").run().exits(0).stderr_has("llama_");
}

#[test]
fn stats_are_a_line_on_stderr() {
    let ran = scripted(&says(&["好的"])).args(["-p", "你好", "--stats"]).run();
    ran.exits(0).stdout("好的\n").stderr_is_one_line_with(&["写 2 个词元", "字/秒", "首字"]);
    let ran = scripted(&says(&["好的"])).args(["-p", "你好", "--stats"]).english().run();
    ran.stderr_is_one_line_with(&["wrote 2 tokens", "tokens/s", "first token"]);
}

#[test]
fn json_lines_have_the_promised_shape() {
    let liao = || Liao::new().tiny(&TinyGguf::llama()).args(["-p", "hello", "-n", "30", "--temp", "0", "-q"]);
    let plain = liao().run();
    let ran = liao().arg("--json").run();
    ran.exits(0).stderr("");
    let events = ran.json_lines();
    let (start, end) = (&events[0], events.last().unwrap());
    assert_eq!(keys(start), ["event", "model", "n_ctx", "session", "template"]);
    assert_eq!((&start["event"], &start["model"]), (&json!("start"), &json!("tiny")));
    assert_eq!((&start["template"], &start["n_ctx"]), (&json!("llama2"), &json!(512)));
    for text in &events[1..events.len() - 1] {
        assert_eq!(keys(text), ["event", "text"]);
        assert_eq!(text["event"], "text");
    }
    assert_eq!(keys(end), ["event", "finish_reason", "timings", "usage"]);
    assert_eq!(end["event"], "end");
    assert_eq!(
        keys(&end["usage"]),
        ["cached_tokens", "completion_tokens", "draft_accepted", "draft_tokens", "prompt_tokens"]
    );
    assert_eq!(keys(&end["timings"]), ["decode_ms", "first_token_ms", "load_ms", "prefill_ms", "total_ms"]);
    for (name, value) in end["timings"].as_object().unwrap() {
        assert!(value.as_f64().is_some_and(|ms| ms > 0.0), "{name}: {value}");
    }
    assert_eq!(format!("{}\n", ran.answers()[0].text), plain.stdout_text());
}

#[test]
fn an_answer_that_is_cut_says_why() {
    let ran = Liao::new().tiny(&TinyGguf::llama()).args(["-p", "hello", "-n", "5", "--temp", "0", "--json"]).run();
    let answer = &ran.exits(0).answers()[0];
    assert_eq!((answer.finish_reason.as_str(), answer.completion_tokens), ("length", 5));

    let script = does(json!([{"say": "一二"}, {"say": "三"}, "fill_context"]));
    let ran = scripted(&script).args(["-p", "你好"]).run();
    ran.exits(0).stdout("一二三\n").stderr_is_one_line_with(&["--ctx"]);
    let ran = scripted(&script).args(["-p", "你好", "--json"]).run();
    assert_eq!(ran.answers()[0].finish_reason, "context_full");
}

#[test]
fn a_stop_text_ends_the_answer_and_is_no_part_of_it() {
    let liao = || Liao::new().tiny(&TinyGguf::llama()).args(["-p", "hello", "-n", "40", "--temp", "0", "--json"]);
    let whole = liao().run().exits(0).answers()[0].text.clone();
    let stop: String = whole.chars().skip(6).take(2).collect();
    let ran = liao().args(["--stop", &stop, "--stop", "从不出现"]).run();
    let answer = &ran.exits(0).answers()[0];
    assert_eq!(answer.finish_reason, "stop_string", "{whole:?} {stop:?}");
    assert_eq!(answer.text.trim(), whole.split(&stop).next().unwrap().trim());
}

#[test]
fn the_same_question_seed_and_settings_give_the_same_text_in_every_way() {
    let model = TinyGguf::llama();
    for temp in ["0", "0.8"] {
        let liao = || Liao::new().tiny(&model).args(["-n", "24", "--temp", temp, "--seed", "7", "-q"]);
        let typed = liao().args(["-p", "tell me of the north"]).run();
        typed.exits(0);
        assert!(typed.stdout_text().trim().chars().count() > 5, "{:?}", typed.stdout_text());
        liao().stdin("tell me of the north\n").run().exits(0).stdout(typed.stdout_text());
        liao().stdin("tell me of the north\n").arg("--turns").run().exits(0).stdout(typed.stdout_text());
    }
    let by_seed = |seed: &str| {
        let liao = Liao::new().tiny(&model).args(["-p", "hello", "-n", "24", "--temp", "2", "-q", "--seed", seed]);
        liao.run().exits(0).stdout_text().to_owned()
    };
    assert_ne!(by_seed("1"), by_seed("2"));
}

#[test]
fn failures_have_their_exit_code_one_line_and_a_json_event() {
    let too_long = "长".repeat(5000);
    for (steps, question, code, kind, words) in [
        (json!([{"fail": "graph broke"}]), "你好", 1, "failure", "graph broke"),
        (json!([{"die": "out of memory"}]), "你好", 70, "engine_died", "out of memory"),
        (json!([{"say": "一"}]), too_long.as_str(), 6, "input", "4096"),
        (json!([{"say": "一"}]), " ", 2, "usage", "-p"),
    ] {
        let script = does(steps);
        scripted(&script).args(["-p", question]).run().exits(code).stdout("").stderr_is_one_line_with(&[words]);
        let ran = scripted(&script).args(["-p", question, "--json"]).english().run();
        ran.exits(code).stderr_is_one_line_with(&["error: ", words]);
        let events = ran.json_lines();
        let error = events.last().unwrap();
        assert_eq!(keys(error), ["event", "kind", "message"]);
        assert_eq!((&error["event"], &error["kind"]), (&json!("error"), &json!(kind)));
        assert_eq!(format!("error: {}\n", error["message"].as_str().unwrap()), ran.stderr_text());
    }
}

#[test]
fn what_was_written_before_a_failure_stays_and_its_line_is_ended() {
    for (step, code) in [(json!({"die": "signal"}), 70), (json!({"fail": "no"}), 1)] {
        let ran = scripted(&does(json!([{"say": "写了一半"}, step]))).args(["-p", "你好"]).run();
        ran.exits(code).stdout("写了一半\n");
        assert_eq!(ran.stderr_text().lines().count(), 1);
    }
}

#[cfg(unix)]
mod interrupted {
    use super::*;
    use crate::support::answers::slow;
    use rustix::process::Signal;

    #[test]
    fn while_it_answers_what_was_written_is_kept() {
        let script = does(json!([{"say": "一"}, {"say": "二"}, {"wait_ms": 60000}, {"say": "三"}]));
        let mut run = scripted(&script).args(["-p", "你好"]).start();
        run.wait_for_stdout("一二");
        run.signal(Signal::INT);
        run.finish().exits(130).stdout("一二\n").stderr_is_one_line_with(&["已停下"]);

        let mut run = scripted(&script).args(["-p", "你好", "--json"]).start();
        run.wait_for_stdout("二");
        run.signal(Signal::INT);
        let ran = run.finish();
        let answer = &ran.exits(130).answers()[0];
        assert_eq!((answer.text.as_str(), answer.finish_reason.as_str()), ("一二", "interrupted"));
    }

    #[test]
    fn while_it_reads_there_is_no_answer() {
        let script = json!({"n_ctx": 4096, "read_ms_per_token": 1000, "replies": [[{"say": "一"}]]});
        let mut run = scripted(&script).args(["-p", "你好", "--json"]).start();
        run.wait_for_stdout("start");
        run.signal(Signal::INT);
        let ran = run.finish();
        let answer = &ran.exits(130).stderr_is_one_line_with(&["还没有开始回答"]).answers()[0];
        assert_eq!((answer.text.as_str(), answer.finish_reason.as_str()), ("", "interrupted"));
    }

    #[test]
    fn while_it_waits_for_its_question_it_ends() {
        for words in [&["--turns"][..], &[], &["-p", "总结"]] {
            let mut run = scripted(&says(&["一"])).args(words.to_vec()).open_stdin().start();
            // Far more than a pipe holds unread: when it is written, the program is listening.
            if words == ["--turns"] {
                run.write_stdin("你好\n");
                run.wait_for_stdout("一");
            } else {
                run.write_stdin("正文\n".repeat(100_000));
            }
            run.signal(Signal::INT);
            run.end_by_itself().exits(130).stderr("");
        }
    }

    #[test]
    fn the_real_engine_stops_reading() {
        let long = "the north is in the an of is on at ".repeat(300);
        let mut run = Liao::new().tiny(&slow()).args(["--json", "-n", "8"]).stdin(long).start();
        run.wait_for_stdout("start");
        run.signal(Signal::INT);
        let ran = run.finish();
        let answer = &ran.exits(130).answers()[0];
        assert_eq!((answer.finish_reason.as_str(), answer.completion_tokens), ("interrupted", 0));
        assert!(answer.prompt_tokens > 4000, "{answer:?}");
    }

    #[test]
    fn the_real_engine_stops_writing() {
        let mut run = Liao::new()
            .tiny(&slow())
            .args(["--json", "-n", "8000", "--temp", "0", "--guard", "off", "-p", "hello"])
            .start();
        run.wait_for_stdout("\"text\"");
        run.signal(Signal::INT);
        let ran = run.finish();
        let answer = &ran.exits(130).answers()[0];
        assert_eq!(answer.finish_reason, "interrupted");
        assert!(!answer.text.is_empty() && answer.completion_tokens < 7000, "{answer:?}");
    }
}

#[cfg(target_os = "linux")]
mod engine {
    use super::*;
    use crate::support::Running;
    use crate::support::answers::{children, slow, wait_until_gone};
    use rustix::process::{Pid, Signal, kill_process};

    /// A run whose answer is under way, and its engine.
    fn answering(format: &[&str]) -> (Running, u32) {
        let liao = Liao::new().tiny(&slow()).args(["-n", "8000", "--temp", "0", "--guard", "off", "-p", "hello"]);
        let mut run = liao.args(format.to_vec()).start();
        run.wait_for_stdout("e");
        let engines = children(run.pid());
        assert_eq!(engines.len(), 1, "one engine");
        (run, engines[0])
    }

    #[test]
    fn killed_it_costs_one_line_and_exit_70() {
        let (run, engine) = answering(&["--json"]);
        kill_process(Pid::from_raw(i32::try_from(engine).unwrap()).unwrap(), Signal::KILL).unwrap();
        let ran = run.finish();
        ran.exits(70).stderr_is_one_line_with(&["SIGKILL", "--ctx"]);
        assert_eq!(ran.json_lines().last().unwrap()["kind"], "engine_died");
        assert!(children(std::process::id()).iter().all(|pid| *pid != engine));
    }

    #[test]
    fn signals_end_both_processes() {
        for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129)] {
            let (run, engine) = answering(&["--json"]);
            run.signal(signal);
            run.finish().exits(code);
            wait_until_gone(engine);
        }
    }

    #[test]
    fn a_terminals_ctrl_c_reaches_both_and_is_never_its_death() {
        use std::os::unix::process::CommandExt;
        let home = tempfile::tempdir().unwrap();
        let model = home.path().join("tiny.gguf");
        std::fs::write(&model, slow().build().bytes).unwrap();
        let mut seen = std::collections::BTreeSet::new();
        for delay_ms in (0..60).step_by(3) {
            let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_liao"));
            command
                .arg("-m")
                .arg(&model)
                .args(["-n", "8000", "--temp", "0", "--guard", "off", "-p", "hello"])
                .process_group(0);
            command.env("LIAO_HOME", home.path()).stdin(std::process::Stdio::null());
            let mut child =
                command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::piped()).spawn().unwrap();
            std::thread::sleep(std::time::Duration::from_millis(delay_ms));
            rustix::process::kill_process_group(Pid::from_child(&child), Signal::INT).unwrap();
            let status = child.wait().unwrap();
            // Before it listens, the signal itself ends it.
            assert!(matches!(status.code(), None | Some(130)), "after {delay_ms} ms: {status}");
            seen.insert(status.code());
        }
        assert!(seen.contains(&Some(130)), "none of them was listening yet");
    }

    #[test]
    fn it_does_not_outlive_a_front_that_was_killed() {
        let (run, engine) = answering(&["--json"]);
        run.signal(Signal::KILL);
        assert_eq!(run.finish().code(), None);
        wait_until_gone(engine);
    }
}
