//! The typesetter from end to end, on a terminal that a library plays.

use super::*;
use proptest::prelude::*;
use std::num::NonZero;

const SHEET: Sheet = Sheet { n_columns: 40, ambiguous: Ambiguous::Narrow, takes_styles: true };

fn set(source: &str, sheet: Sheet, is_markdown: bool) -> String {
    let mut typesetter = Typesetter::new(sheet, is_markdown);
    typesetter.text(source) + &typesetter.finish()
}

/// The rows of a terminal after this was written on it.
fn screen(written: &str, n_columns: u16) -> Vec<String> {
    let mut parser = vt100::Parser::new(NonZero::new(60).unwrap(), NonZero::new(n_columns).unwrap(), 0);
    parser.process(written.replace('\n', "\r\n").as_bytes());
    let contents = parser.screen().contents();
    contents.trim_end().lines().map(|line| line.trim_end().to_owned()).collect()
}

const ANSWER: &str = "# 红楼梦\n\n《红楼梦》是“四大名著”之一，作者曹雪芹（约 1715–1763）。它写了**贾、史、王、薛**四大家族的兴衰……\n\n\
                      - 主要人物：贾宝玉、林黛玉、薛宝钗\n- See https://example.com/a/very/long/path/to/nowhere/in/particular for more.\n\n\
                      | 人物 | 身份 |\n|---|---|\n| 宝玉 | 贾政之子 |\n";

#[test]
fn the_terminal_itself_breaks_no_line_of_ours() {
    for n_columns in [20, 40, 80] {
        let sheet = Sheet { n_columns, ..SHEET };
        for is_markdown in [true, false] {
            let written = set(ANSWER, sheet, is_markdown);
            let bare = set(ANSWER, Sheet { takes_styles: false, ..sheet }, is_markdown);
            let shown = screen(&written, n_columns as u16);
            assert_eq!(shown.len(), written.lines().count(), "{n_columns}: {shown:#?}");
            assert!(bare.lines().all(|line| cluster::text_width(line, Ambiguous::Narrow) <= n_columns), "{bare}");
            if !is_markdown {
                assert_eq!(shown, bare.lines().collect::<Vec<_>>());
            }
            for line in &shown {
                assert!(
                    !line.starts_with(|c| "，。、”）：".contains(c)) && !line.ends_with(['（', '“', '《']),
                    "{line}"
                );
            }
        }
    }
}

#[test]
fn lines_at_twenty_columns() {
    let expected = [
        "《红楼梦》是“四大名",
        "著”之一，作者曹雪芹",
        "（约 1715–1763）。它",
        "写了贾、史、王、薛四",
        "大家族的兴衰……",
    ];
    let shown = screen(&set(ANSWER, Sheet { n_columns: 20, ..SHEET }, true), 20);
    assert_eq!(shown[2..7], expected);
}

#[test]
fn no_escape_of_the_models_reaches_the_terminal() {
    let attack = "\x1b]52;c;cm0gLXJm\x07**粗\x1b[2J**\u{9b}31m`\x1b[0m`\r\n| \x1b |\n|---|\n```\x1b\n\x1b[1m\n```";
    for is_markdown in [true, false] {
        let written = set(attack, SHEET, is_markdown);
        let ours = written.split('\x1b').skip(1);
        for sequence in ours {
            let parameters = sequence.strip_prefix('[').and_then(|rest| rest.split_once('m')).expect("only SGR").0;
            assert!(parameters.chars().all(|c| c.is_ascii_digit() || c == ';'), "{sequence:?}");
        }
        assert!(!written.contains(['\u{9b}', '\x07', '\r']));
        let plain = set(attack, Sheet { takes_styles: false, ..SHEET }, is_markdown);
        assert!(!plain.contains('\x1b') && plain.contains("^[]52;c;cm0gLXJm^G"), "{plain}");
    }
}

#[test]
fn without_markdown_the_text_is_what_it_is() {
    let source = "# 一\n**二**\n| 三 |\n|---|\n```\n四";
    assert_eq!(set(source, SHEET, false), source);
    assert_eq!(Typesetter::new(SHEET, false).n_steps(), 0);
}

proptest! {
    #[test]
    fn every_piece_leaves_the_terminal_as_it_was(source in "[*_`#|a字，\n \\[\\]()-]{0,60}") {
        let mut typesetter = Typesetter::new(SHEET, true);
        let mut pieces: Vec<String> = source.chars().map(|c| typesetter.text(c.encode_utf8(&mut [0; 4]))).collect();
        pieces.push(typesetter.finish());
        for piece in pieces {
            let mut parser = vt100::Parser::new(NonZero::new(9).unwrap(), NonZero::new(80).unwrap(), 0);
            let before = parser.screen().attributes_formatted();
            parser.process(piece.as_bytes());
            prop_assert_eq!(parser.screen().attributes_formatted(), before);
        }
    }
}
