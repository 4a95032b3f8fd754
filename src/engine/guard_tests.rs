//! Every split of answers with stray markers, and of answers in which they belong.

use super::*;
use proptest::prelude::*;

fn guard() -> Guard {
    let own = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
    Guard {
        markers: own(&["[INST]", "<<SYS>>", "Human:", "### Instruction:"]),
        persons: own(&["用户：", "User:"]),
        models: own(&["助手：", "Assistant:"]),
    }
}

/// What is shown of a text that comes in these pieces, and what of it is good, where it goes astray.
fn watched(pieces: &[&str]) -> (String, Option<usize>) {
    let mut sentry = Sentry::behind("", guard());
    let mut shown = String::new();
    let mut found = None;
    for piece in pieces {
        let (safe, n_good) = sentry.push(piece);
        shown.push_str(&safe);
        found = n_good;
    }
    shown.push_str(&sentry.finish());
    (shown, found)
}

/// What follows a beginning that was let through is watched as it would have been in one answer with it.
#[track_caller]
fn goes_on_alike(text: &str, whole: &(String, Option<usize>)) {
    let (shown, n_good) = whole;
    for (cut, _) in text.char_indices() {
        let (begun, rest) = text.split_at(cut);
        if watched(&[begun]).1.is_some() {
            break;
        }
        let mut sentry = Sentry::behind(begun, guard());
        let (mut safe, found) = sentry.push(rest);
        safe.push_str(&sentry.finish());
        let expected = (shown.get(cut..).unwrap_or_default(), n_good.map(|n| n.saturating_sub(cut)));
        assert_eq!((safe.as_str(), found), expected, "{text:?} behind {begun:?}");
    }
}

/// The same for the whole and for every split into three.
#[track_caller]
fn in_any_split(text: &str) -> (String, Option<usize>) {
    let whole = watched(&[text]);
    let cuts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    for (i, a) in cuts.iter().enumerate() {
        for b in &cuts[i..] {
            assert_eq!(watched(&[&text[..*a], &text[*a..*b], &text[*b..]]), whole, "{text:?} at {a} and {b}");
        }
    }
    goes_on_alike(text, &whole);
    whole
}

#[track_caller]
fn passes(text: &str) {
    assert_eq!(in_any_split(text), (text.to_owned(), None));
}

/// The marker is not shown, and the good part ends before its line.
#[track_caller]
fn keeps(text: &str, good: &str) {
    let (shown, n_good) = in_any_split(text);
    assert_eq!(&text[..n_good.unwrap_or_else(|| panic!("nothing is wrong with {text:?}"))], good);
    assert!(shown.starts_with(good) && shown[good.len()..].trim().is_empty(), "{shown:?}");
}

#[test]
fn a_stray_marker_cuts_before_its_line() {
    keeps("北京是首都。\n[INST] 上海呢", "北京是首都。\n");
    keeps("北京是首都。\n\n  [INST] 上海呢 [/INST] 好", "北京是首都。\n\n");
    keeps("Paris.\nHuman: and Rome?\nAssistant: Rome", "Paris.\n");
    keeps("一\n二\n### Instruction:\n三", "一\n二\n");
    keeps("好。\n<<SYS>>\n你是", "好。\n");
    keeps("```\n[INST]\n```\n这是代码。\n[INST] 又来", "```\n[INST]\n```\n这是代码。\n");
}

#[test]
fn what_only_begins_like_a_marker_is_shown() {
    passes("好。\n[1] 第一");
    passes("好。\n[INS");
    passes("好。\n### 标题\n内容");
    passes("好。\n### Instructions for use");
    passes("好。\nHumanity is old.\nHuman");
    passes("好。\n<div>");
    passes("说到 [INST] 和 Human: 这两个标记");
    passes("");
    passes("\n\n\n");
}

#[test]
fn markers_that_belong_there_are_left_alone() {
    // In code.
    passes("提示是这样写的。\n```text\n[INST] 问题 [/INST]\n```\n就是这样。");
    passes("见下。\n~~~\nHuman: hi\n~~~");
    // Introduced, and then over and over.
    passes("对话如下：\n\nHuman: 你好\nAI: 你好！\nHuman: 再见\n");
    passes("For example:\n[INST] a [/INST]\n\n[INST] b [/INST]");
    // The answer is itself a dialogue.
    passes("Human: 你好\nAI: 你好！\n\nHuman: 再见");
    passes("\n Human: 你好\nHuman: 再见");
}

#[test]
fn an_exchange_that_the_model_plays_by_itself_is_not_kept() {
    for (text, good) in [
        ("北京是首都。\n用户：上海呢\n助手：上海不是。", "北京是首都。\n"),
        ("好。\n\n用户：问\n还有\n\n助手：答", "好。\n\n"),
        ("Paris.\nUser: and Rome?\nAssistant: Rome", "Paris.\n"),
    ] {
        let (shown, n_good) = in_any_split(text);
        assert_eq!(n_good, Some(good.len()), "{text}");
        assert!(text.starts_with(&shown) && shown.len() >= good.len(), "{shown}");
    }
    // Lists, and dialogues that belong there.
    passes("有三种角色。\n用户：使用系统的人\n管理员：管理系统的人\n");
    passes("有几种。\n用户：甲\n一\n二\n三\n四\n助手：乙");
    passes("如下：\n用户：你好\n助手：你好！\n用户：再见\n助手：再见！");
    passes("### 示例\n\n用户：你好\n助手：你好！");
    passes("用户：你好\n助手：你好！\n用户：再见\n助手：再见！");
    passes("助手：好的。\n用户：谢谢\n助手：不客气");
}

#[test]
fn only_what_may_become_a_marker_waits() {
    let mut sentry = Sentry::behind("", guard());
    for (c, shown) in
        [("好", "好"), ("\n", "\n"), (" ", " "), ("[", ""), ("I", ""), ("x", "[Ix"), ("[", "["), ("\n", "\n")]
    {
        assert_eq!(sentry.push(c), (shown.to_owned(), None), "{c:?}");
    }
    assert_eq!(sentry.push("[INS"), (String::new(), None));
    assert_eq!(sentry.finish(), "[INS");
}

#[test]
fn a_circle_is_shown_and_not_kept() {
    let sentence = "我是一个人工智能助手，很高兴为您服务。";
    let text = format!("你好！\n{}", sentence.repeat(30));
    for n_piece in [1, 2, 7, 1000] {
        let chars: Vec<char> = text.chars().collect();
        let pieces: Vec<String> = chars.chunks(n_piece).map(|piece| piece.iter().collect()).collect();
        let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
        let (shown, n_good) = watched(&pieces);
        assert_eq!(&text[..n_good.expect("a circle")], format!("你好！\n{sentence}"));
        assert!(text.starts_with(&shown) && shown.len() > n_good.unwrap() && shown.len() < text.len());
    }
}

#[test]
fn what_was_let_through_is_judged_no_more() {
    let mut sentry = Sentry::behind("好。\n[INST] 上海呢", guard());
    let more = "\n[INST] 又来";
    assert_eq!(sentry.push(more), (more.to_owned(), None));
    let circle = "我是一个人工智能助手，很高兴为您服务。".repeat(30);
    assert_eq!(Sentry::behind(&circle, guard()).push("北京"), ("北京".to_owned(), None));
    // To go on in a circle is to be in one.
    assert_eq!(Sentry::behind(&circle, guard()).push("我是"), (String::new(), Some(0)));
}

#[test]
fn nothing_comes_after_it_has_gone_astray() {
    let mut sentry = Sentry::behind("", guard());
    assert_eq!(sentry.push("好。\n[INST] 更多"), ("好。\n".to_owned(), Some("好。\n".len())));
    assert_eq!(sentry.push("还有"), (String::new(), Some("好。\n".len())));
    assert_eq!(sentry.finish(), "");
}

proptest! {
    #[test]
    fn any_pieces_are_watched_alike(pieces in prop::collection::vec(prop::sample::select(vec![
        "[", "INST]", "[INST]", "Human", "用户：", "助手：", ":", "\n", " ", "```", "好", "：", "<<SYS>>", "### ", "Instruction:", "我爱你，我爱你，"
    ]), 0..24)) {
        let whole = pieces.concat();
        let together = watched(&[&whole]);
        prop_assert_eq!(&watched(&pieces), &together);
        let singles: Vec<String> = whole.chars().map(String::from).collect();
        let singles: Vec<&str> = singles.iter().map(String::as_str).collect();
        prop_assert_eq!(&watched(&singles), &together);
        goes_on_alike(&whole, &together);
        let (shown, n_good) = together;
        prop_assert!(whole.starts_with(&shown));
        match n_good {
            None => prop_assert_eq!(shown, whole),
            Some(n_good) => prop_assert!(whole.is_char_boundary(n_good) && n_good <= shown.len()),
        }
    }
}
