use super::*;
use proptest::prelude::*;
use std::sync::{Arc, Mutex};

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Sink {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Broken(io::ErrorKind);

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(self.0.into())
    }
    fn flush(&mut self) -> io::Result<()> {
        Err(self.0.into())
    }
}

fn output(look: Look) -> (Output, Sink, Sink) {
    let (out, err) = (Sink::default(), Sink::default());
    (Output::new(out.clone(), err.clone(), look), out, err)
}

const TERMINAL: Terminal = Terminal { n_columns: || 20, ambiguous: Ambiguous::Narrow, takes_styles: true };

fn terminal() -> Look {
    Look { terminal: Some(TERMINAL), ..Look::default() }
}

fn write(output: &mut Output, piece: &str) {
    let set = output.set(piece);
    output.write(&set).unwrap();
}

fn answered(pieces: &[&str], look: Look) -> String {
    let (mut output, out, err) = output(look);
    output.begin_answer(true, "");
    for piece in pieces {
        write(&mut output, piece);
    }
    output.end_answer().unwrap();
    assert_eq!(err.text(), "");
    out.text()
}

#[test]
fn only_a_terminal_gets_filtered_text() {
    assert_eq!(answered(&["\x1b[2J", "好"], Look::default()), "\x1b[2J好\n");
    assert_eq!(answered(&["\x1b[2J", "好"], terminal()), "^[[2J好\n");
    let (mut output, out, _) = output(terminal());
    output.page("a\x07\n\nb\n").unwrap();
    assert_eq!(out.text(), "a^G\n\nb\n");
}

#[test]
fn only_a_terminal_gets_text_that_is_set() {
    let answer = "**今天天气很好，我们去公园**\n\n";
    assert_eq!(answered(&[answer], Look::default()), "**今天天气很好，我们去公园**\n");
    let bold = answered(&[answer], terminal());
    assert!(bold.starts_with("\x1b[1m今"), "{bold:?}");
    assert_eq!(bold.replace("\x1b[1m", "").replace("\x1b[0m", ""), "今天天气很好，我们去\n公园\n");
    let plain = Look { terminal: Some(Terminal { takes_styles: false, ..TERMINAL }), ..Look::default() };
    assert_eq!(answered(&[answer], plain), "**今天天气很好，我们\n去公园**\n");
}

#[test]
fn each_answer_is_set_anew_and_one_may_be_gone_on_with() {
    let (mut output, out, _) = output(terminal());
    output.begin_answer(true, "");
    write(&mut output, "```\n**一");
    output.end_answer().unwrap();
    output.begin_answer(true, "```\n**一");
    write(&mut output, "二**\n");
    output.end_answer().unwrap();
    output.begin_answer(false, "");
    write(&mut output, "**三**");
    output.end_answer().unwrap();
    let faint = "\x1b[2m```\x1b[0m";
    assert_eq!(out.text(), format!("{faint}\n**一\n二**\n**三**\n"));
}

#[test]
fn the_clipboard_is_told_where_there_is_a_terminal() {
    let sequence = "\x1b]52;c;5L2g5aW9\x07";
    for is_on_stderr in [true, false] {
        let clipboard = Some(Clipboard { is_on_stderr, is_tmux: false });
        let (mut output, out, err) = output(Look { clipboard, ..Look::default() });
        assert_eq!(output.copy("你好").unwrap(), Copied::Sent { is_tmux: false });
        let expected = if is_on_stderr { ("", sequence) } else { (sequence, "") };
        assert_eq!((out.text().as_str(), err.text().as_str()), expected);
    }
    let clipboard = Some(Clipboard { is_on_stderr: true, is_tmux: true });
    let (mut output, out, err) = output(Look { clipboard, ..Look::default() });
    assert_eq!(output.copy("你好").unwrap(), Copied::Sent { is_tmux: true });
    assert!(err.text().starts_with(sequence) && err.text().contains("\x1bPtmux;"), "{:?}", err.text());
    let n_written = err.text().len();
    assert_eq!(output.copy(&"好".repeat(30_000)).unwrap(), Copied::TooLong);
    assert_eq!((out.text().as_str(), err.text().len()), ("", n_written));
    assert_eq!(Output::new(io::sink(), io::sink(), terminal()).copy("你好").unwrap(), Copied::NoTerminal);
}

#[test]
fn an_answer_ends_with_exactly_one_newline() {
    for pieces in [&["一\n\n二"][..], &["一\n", "\n", "二\n\n", "\n"], &["一", "\n\n二", "\n"]] {
        assert_eq!(answered(pieces, Look::default()), "一\n\n二\n");
    }
    assert_eq!(answered(&["\n\n"], Look::default()), "\n");
    let (mut output, out, _) = output(Look::default());
    write(&mut output, "一\n");
    assert_eq!(out.text(), "一", "text is written at once");
    output.end_answer().unwrap();
    write(&mut output, "二");
    output.end_answer().unwrap();
    assert_eq!(out.text(), "一\n二\n", "one answer's newlines do not reach the next");
}

#[test]
fn messages_are_one_harmless_line_on_stderr() {
    let (mut output, out, err) = output(Look::default());
    output.notice("甲\n乙\x1b]0;x\x07\n");
    output.warning("w");
    output.error("e");
    assert_eq!(err.text(), "甲^J乙^[]0;x^G\n注意：w\n错误：e\n");
    assert_eq!(out.text(), "");
}

#[test]
fn messages_and_listings_are_broken_where_their_terminal_ends() {
    let sentence = "今天天气很好，我们去公园";
    let (mut of_stdout, out, err) = output(terminal());
    of_stdout.list(&format!("{sentence}\n\n")).unwrap();
    of_stdout.error(sentence);
    assert_eq!((out.text(), err.text()), ("今天天气很好，我们去\n公园\n\n".into(), format!("错误：{sentence}\n")));
    let (mut of_stderr, out, err) = output(Look { messages: Some(TERMINAL), ..Look::default() });
    of_stderr.list(&format!("{sentence}\n")).unwrap();
    of_stderr.error(sentence);
    of_stderr.tell("/set  设置要长一些的话");
    of_stderr.gap();
    assert_eq!(out.text(), format!("{sentence}\n"));
    assert_eq!(err.text(), "错误：今天天气很好，\n我们去公园\n/set  设置要长一些的\n      话\n\n");
}

#[test]
fn an_answer_told_again_is_set_as_it_was() {
    let answer = "**今天**天气很好，我们去公园\n\x1b[2J\n";
    let told = |messages, max_lines| {
        let (mut output, out, err) = output(Look { messages, ..Look::default() });
        output.retell(answer, true, max_lines);
        assert_eq!(out.text(), "");
        err.text()
    };
    assert_eq!(told(None, usize::MAX), "**今天**天气很好，我们去公园\n^[[2J\n");
    let bold = told(Some(TERMINAL), usize::MAX);
    assert!(bold.starts_with("\x1b[1m今"), "{bold:?}");
    assert_eq!(bold.replace("\x1b[1m", "").replace("\x1b[0m", ""), "今天天气很好，我们去\n公园\n^[[2J\n");
    assert_eq!(told(Some(TERMINAL), 2), "…\n公园\n^[[2J\n");
    assert_eq!(told(None, 1), "…\n^[[2J\n");
}

#[test]
fn what_is_told_keeps_its_lines_and_tabs() {
    let (mut output, out, err) = output(Look::default());
    output.tell("if x:\r\n\tprint(1)  \n\n\x1b[2J\x07\u{9b}");
    assert_eq!(err.text(), "if x:\n\tprint(1)\n\n^[[2J^G\\u{9b}\n");
    assert_eq!(out.text(), "");
}

#[test]
fn quiet_hides_notices_alone() {
    let (mut output, _, err) = output(Look { is_quiet: true, ..Look::default() });
    output.notice("n");
    output.warning("w");
    output.error("e");
    assert_eq!(err.text(), "注意：w\n错误：e\n");
}

#[test]
fn json_lines_hold_no_raw_control_character() {
    let (mut output, out, _) = output(Look::default());
    output.json_line(&serde_json::json!({"event": "text", "text": "\x1b\n好"})).unwrap();
    assert_eq!(out.text(), "{\"event\":\"text\",\"text\":\"\\u001b\\n好\"}\n");
}

#[test]
fn a_closed_reader_is_told_from_a_failure() {
    for (kind, is_closed) in [(io::ErrorKind::BrokenPipe, true), (io::ErrorKind::StorageFull, false)] {
        let mut output = Output::new(Broken(kind), Broken(kind), Look::default());
        let results = [output.write("x"), output.end_answer(), output.page("x"), output.json_line(&1)];
        for result in results {
            assert_eq!(matches!(result.unwrap_err(), WriteError::Closed), is_closed);
        }
        output.error("nobody hears this, and nothing breaks");
    }
}

proptest! {
    #[test]
    fn any_pieces_are_the_answer(pieces in prop::collection::vec("[a好\n]{0,4}", 0..8)) {
        let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
        let expected = pieces.concat().trim_end_matches('\n').to_owned() + "\n";
        prop_assert_eq!(answered(&pieces, Look::default()), expected);
    }
}
