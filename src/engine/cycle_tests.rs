//! What goes round in circles, and all that only looks as if it did.

use super::*;
use proptest::prelude::*;

/// The part of a text that is good, where it goes round in circles, and how much had been read when that was sure.
fn read(text: &str, is_code: bool) -> Option<(&str, &str)> {
    let mut cycle = Cycle::default();
    let mut n_read = 0;
    text.chars().find_map(|c| {
        n_read += c.len_utf8();
        cycle.push(c, is_code).map(|n_good| (&text[..n_good], &text[..n_read]))
    })
}

#[track_caller]
fn passes(text: &str) {
    assert_eq!(read(text, false), None, "{text}");
}

#[track_caller]
fn keeps(text: &str, good: &str) {
    let (kept, _) = read(text, false).unwrap_or_else(|| panic!("nothing is wrong with {text}"));
    assert_eq!(kept, good, "{text}");
}

#[test]
fn loops_of_small_models() {
    let sentence = "我是一个人工智能助手，很高兴为您服务。";
    keeps(&sentence.repeat(40), sentence);
    keeps(&format!("你好！{}", sentence.repeat(40)), &format!("你好！{sentence}"));
    keeps(&format!("今天天气很好{}", "，我们去公园".repeat(60)), "今天天气很好，我们去公园");
    keeps(&"I am happy to help you with that.\n".repeat(20), "I am happy to help you with that.\n");
    keeps(&"la la. ".repeat(60), "la la. ");
    keeps(&" la la.".repeat(60), " la la.");
    keeps(&format!("好{}", "🎉".repeat(300)), "好🎉");
    keeps(&format!("好{}", "！".repeat(300)), "好！");
    keeps(&"哈".repeat(400), "哈");
    keeps(&format!("他说：{}", "好的，".repeat(100)), "他说：好的，");
    let paragraph = "春天来了，花儿开了，小鸟在枝头歌唱，孩子们在草地上奔跑，老人们坐在长椅上晒太阳，河水缓缓地流向远方，\
                     山上的雪也慢慢融化了，田里的农民开始播种，一年的希望就从这个时候开始，大家的脸上都露出了笑容。\n\n";
    keeps(&paragraph.repeat(6), paragraph);
    keeps(&format!("答案如下。{}", " ".repeat(2000)), "答案如下。 ");
    keeps(&format!("好。{}", "\n".repeat(2000)), "好。\n");
    keeps(&"0".repeat(3000), "0");
}

#[test]
fn a_loop_is_met_soon() {
    let n_read = |unit: &str| {
        let text = unit.repeat(400);
        let (_, when) = read(&text, false).expect("a loop");
        when.chars().count()
    };
    assert_eq!(n_read("哈"), MIN_SPAN);
    assert_eq!(n_read("我是一个人工智能助手，很高兴为您服务。"), MIN_SPAN);
    let distinct = |n: usize| ('\u{4e00}'..).take(n).collect::<String>();
    assert_eq!(n_read(&distinct(60)), MIN_TIMES * 60);
    assert_eq!(n_read(&distinct(100)), LONG_TIMES * 100);
    assert_eq!(n_read(&distinct(MAX_UNIT)), LONG_TIMES * MAX_UNIT);
    assert_eq!(read(&distinct(MAX_UNIT + 1).repeat(9), false), None);
}

#[test]
fn numbered_items_that_are_the_same() {
    let items: String = (1..=60).map(|n| format!("{n}. 保持健康的生活方式和良好的心态。\n")).collect();
    let (kept, when) = read(&items, false).expect("a loop");
    assert_eq!(kept, "1. 保持健康的生活方式和良好的心态。\n");
    assert!(when.lines().count() <= NUMBERED_TIMES + 2, "{when}");
}

#[test]
fn poems_songs_and_laughter_pass() {
    passes("一闪一闪亮晶晶，满天都是小星星。\n挂在天上放光明，好像许多小眼睛。\n一闪一闪亮晶晶，满天都是小星星。\n");
    passes(&"啦啦啦，啦啦啦，我是卖报的小行家。\n".repeat(4));
    passes(&("哈".repeat(60) + "，真有意思！"));
    passes(&"两只老虎，两只老虎，跑得快，跑得快。\n一只没有眼睛，一只没有尾巴，真奇怪，真奇怪。\n".repeat(3));
    passes(&"Row, row, row your boat,\nGently down the stream.\nMerrily, merrily, merrily, merrily,\nLife is but a dream.\n\n".repeat(3));
    passes(&"la ".repeat(24));
    passes(&"恭喜恭喜恭喜你呀，恭喜恭喜恭喜你。\n".repeat(5));
}

#[test]
fn lists_tables_and_rules_pass() {
    passes(&(1..=60).map(|n| format!("第{n}天：休息\n")).collect::<String>());
    passes(&(1..=60).map(|n| format!("Chapter {n}\n")).collect::<String>());
    passes(&(1..=12).map(|n| format!("2024年{n}月份公司销售情况统计报表\n")).collect::<String>());
    passes(&"- [ ] \n".repeat(40));
    passes(&"- 待定\n".repeat(20));
    passes(&format!("| 时间 | 周一 | 周二 |\n|---|---|---|\n{}", "|      |      |      |\n".repeat(30)));
    passes(&format!("| 星期 | 内容 |\n|---|---|\n{}", "| 无 | 无 |\n".repeat(31)));
    passes(&"—".repeat(200));
    passes(&"=".repeat(400));
    passes(&"_".repeat(400));
    passes(&format!("1/3 = 0.{}", "3".repeat(1000)));
    let table: String = (1..=9).flat_map(|i| (1..=i).map(move |j| format!("{j}×{i}={}\n", i * j))).collect();
    passes(&table);
    passes(&"    ".repeat(40));
}

#[test]
fn code_passes() {
    let row = format!("[{}],\n", ["0"; 20].join(", "));
    passes(&row.repeat(20));
    let bools = format!("    {{ {} }},\n", ["false"; 8].join(", "));
    passes(&bools.repeat(8));
    let board = "grid = [\n".to_owned() + &"    [0, 0, 0, 0, 0, 0, 0, 0, 0],\n".repeat(9) + "]\n";
    passes(&board);
    passes(&"<tr><td>&nbsp;</td><td>&nbsp;</td></tr>\n".repeat(24));
    // Within a fence, anything may be data.
    assert_eq!(read(&"push up\n".repeat(31), true), None);
    assert!(read(&"push up and go on with it whatever it is, and then again\n".repeat(60), true).is_some());
    assert_eq!(read(&(1..=40).map(|n| format!("let variable_number_{n} be\n")).collect::<String>(), true), None);
}

proptest! {
    /// What is kept is the beginning of the text, and what follows it was said before.
    #[test]
    fn what_goes_was_said_before(
        before in "[a-c你好。\n]{0,20}",
        unit in "[a-d天地人。，\n]{1,30}",
        times in 0usize..200,
    ) {
        let text = before + &unit.repeat(times);
        if let Some((kept, when)) = read(&text, false) {
            prop_assert!(text.starts_with(when) && when.starts_with(kept) && !kept.is_empty());
            let (n_kept, all) = (kept.chars().count(), when.chars().collect::<Vec<char>>());
            let repeats = |unit: usize| (n_kept..all.len()).all(|i| all[i] == all[i - unit]);
            prop_assert!((1..=n_kept).any(repeats), "{:?} and then something new: {:?}", kept, when);
        }
    }

    /// A sentence said again and again is met, wherever it begins.
    #[test]
    fn any_sentence_too_often_is_met(before in "[一二三四五六七八九十]{0,40}", unit in "[甲乙丙丁戊己庚辛]{3,60}") {
        let text = before.clone() + &(unit + "。").repeat(60);
        let found = read(&text, false);
        prop_assert!(found.is_some());
        prop_assert!(found.is_some_and(|(kept, _)| kept.len() >= before.len()));
    }

    /// Ordinary text is not.
    #[test]
    fn text_that_goes_on_passes(text in "[\u{4e00}-\u{9fa5}，。]{0,600}") {
        prop_assert_eq!(read(&text, false), None);
    }
}
