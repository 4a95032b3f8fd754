//! Grammars that llama.cpp takes, and the place and kind of what is wrong with others.

use super::*;
use proptest::prelude::*;

#[test]
fn grammars_that_llama_cpp_takes() {
    for text in [
        "root ::= \"是\" | \"否\"",
        "root ::= (\"yes\" | \"no\") \"\\n\"\r\n",
        "# 注释\nroot ::= item+ # 更多\nitem ::= \"- \" [^\\n]+ \"\\n\"\n",
        "root ::= [a-zA-Z0-9_-]{3,16} \"@\" [\\x20-\\x7e]{2,} ws\nws ::= [ \\t\\n]*\n",
        "root  ::= object\nobject ::= \"{\" ws ( string \":\" ws value\n  (\",\" ws string \":\" ws value)* )? \"}\"\n\
         value ::= object | string | number\nstring ::= \"\\\"\" ([^\"\\\\\\x7F\\x00-\\x1F] | \"\\\\\" [\"\\\\bfnrt])* \"\\\"\"\n\
         number ::= (\"-\"? ([0-9] | [1-9] [0-9]{0,15})) (\".\" [0-9]+)?\nws ::= | \" \" | \"\\n\" [ \\t]{0,20}\n",
        "root ::= \n  a |\n  b\na ::= \"a\"\nb ::= \"b\"",
        "root ::= . .* \"\\u4f60\" \"\\U0001F600\"",
        "root ::= <think> !</think>* <[1000]> !<[1]>",
        "root ::= \"\"",
        "root ::=\n",
        "root ::= [] [^] \"x\"{0}",
        "root ::= \"a\"{ 2 , 3 } \"b\"{2,}",
        "root ::= [a-] [-a] [\\]\\[\\-]",
        "root ::= a\n\n\n1a ::= \"x\"\na ::= 1a",
    ] {
        assert_eq!(check(text), Ok(()), "{text}");
    }
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    for (text, line, column, what) in [
        ("", 1, 1, What::NoRoot),
        ("# nothing\n", 1, 1, What::NoRoot),
        ("answer ::= \"a\"", 1, 1, What::NoRoot),
        ("root = \"a\"", 1, 6, What::NoDefinition),
        ("my_rule ::= \"a\"", 1, 3, What::NoDefinition),
        ("root ::= \"a\"\n::= \"b\"", 2, 1, What::NoName),
        ("根 ::= \"a\"", 1, 1, What::NoName),
        ("root ::= 是", 1, 10, What::NoEnd),
        ("root ::= \"是\" ::= b", 1, 14, What::NoEnd),
        ("root ::= \"a\" )", 1, 14, What::NoEnd),
        ("root ::= \"是", 1, 12, What::Unclosed),
        ("root ::= [a-", 1, 13, What::Unclosed),
        ("root ::= (\"a\" | \"b\"\n", 2, 1, What::NoBracket),
        ("root ::= \"\\q\"", 1, 11, What::Escape),
        ("root ::= \"\\", 1, 11, What::Escape),
        ("root ::= \"\\x4\"", 1, 11, What::Hex(2)),
        ("root ::= \"\\u12", 1, 11, What::Hex(4)),
        ("root ::= * \"a\"", 1, 10, What::NothingBefore),
        ("root ::= \"a\" | + \"b\"", 1, 16, What::NothingBefore),
        ("root ::= \"\"?", 1, 12, What::NothingBefore),
        ("root ::= {3}", 1, 10, What::NothingBefore),
        ("root ::= \"a\"{0}*", 1, 16, What::NothingBefore),
        ("root ::= \"a\"{,3}", 1, 14, What::NoNumber),
        ("root ::= \"a\"{3;}", 1, 15, What::NoBrace),
        ("root ::= \"a\"{2001}", 1, 19, What::TooMany),
        ("root ::= \"a\"{99999999999999999999}", 1, 34, What::TooMany),
        ("root ::= <think", 1, 16, What::Token),
        ("root ::= !x", 1, 11, What::Token),
        ("root ::= <[x]>", 1, 12, What::Token),
        ("root ::= \"a\"\0", 1, 13, What::Nul),
        ("root ::= a | b\na ::= \"x\"", 1, 14, What::Undefined("b".into())),
        ("root ::= a\n\na ::= (\n  cc\n)", 4, 3, What::Undefined("cc".into())),
    ] {
        assert_eq!(check(text), Err(Wrong { line, column, what }), "{text}");
    }
}

#[test]
fn brackets_as_deep_as_anyone_needs_and_no_deeper() {
    let nested = |depth: usize| format!("root ::= {}\"a\"{}", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(check(&nested(MAX_DEPTH)), Ok(()));
    assert!(matches!(check(&nested(MAX_DEPTH + 1)), Err(Wrong { what: What::TooDeep, .. })));
    assert!(check(&nested(1_000_000)).is_err());
}

#[test]
fn a_sentence_tells_line_and_character() {
    let wrong = check("root ::= a | b\na ::= \"x\"").expect_err("b is nowhere");
    let sentence = wrong.to_string();
    assert!(sentence.contains('1') && sentence.contains("14") && sentence.contains('b'), "{sentence}");
}

proptest! {
    #[test]
    fn any_text_is_judged(text in "\\PC{0,60}") {
        let _ = check(&text);
    }

    /// However something that looks like a grammar is put together, the place told is in it.
    #[test]
    fn the_place_is_in_the_text(parts in prop::collection::vec(prop::sample::select(vec![
        "root", " ::= ", "\"是\"", "[a-z]", "(", ")", "|", "*", "{2,3}", "\n", "# c\n", "\\", "\"", "[", "<", "!", "a ", ".",
    ]), 0..16)) {
        let text = parts.concat();
        if let Err(Wrong { line, column, .. }) = check(&text) {
            let width = text.split('\n').nth(line - 1).map(|line| line.chars().count());
            prop_assert!(width.is_some_and(|width| column <= width + 1), "{}:{} in {:?}", line, column, text);
        }
    }
}
