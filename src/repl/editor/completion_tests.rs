//! What Tab offers in each place.

use super::*;

struct Shop {
    dials: Vec<Dial>,
}

impl Shop {
    fn new() -> Self {
        let dial = |key, value: &str| Dial {
            key,
            help: "说明",
            value: value.to_owned(),
            default: String::new(),
            range: String::new(),
        };
        let dials = [("temp", "0.6"), ("top-k", "40"), ("overflow", "shift"), ("seed", "random"), ("grammar", "无")];
        Self { dials: dials.map(|(key, value)| dial(key, value)).to_vec() }
    }
}

impl Stock for Shop {
    fn dials(&self) -> &[Dial] {
        &self.dials
    }

    fn models(&self) -> Vec<Choice> {
        [("demo", "内置"), ("chinese-alpaca-2-13b", ""), ("我的模型", "")]
            .map(|(word, note)| Choice { word: word.to_owned(), note: note.to_owned() })
            .to_vec()
    }

    fn sessions(&self, _: usize) -> Vec<Session> {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        [("1ng8hxq", "旅行", "去云南怎么走"), ("1ng8000", "", "写一首诗"), ("0aaaaaa", "", "Hello")]
            .map(|(id, name, title)| Session { id: id.to_owned(), name: text(name), title: text(title) })
            .to_vec()
    }
}

/// Where the cursor is at the end: what would be replaced, and by what.
fn offered(line: &str) -> (String, Vec<String>) {
    let offer = offer(line, line.len(), &Shop::new());
    (line[offer.start..].to_owned(), offer.choices.into_iter().map(|choice| choice.word).collect())
}

#[test]
fn names_in_whatever_slash_was_typed() {
    for (line, replaced, words) in [
        ("/und", "und", vec!["undo "]),
        ("／und", "und", vec!["undo "]),
        ("、撤", "撤", vec!["撤销 "]),
        (" /UND", "UND", vec!["undo "]),
        ("/qu", "qu", vec!["quit"]),
        ("／上下", "上下", vec!["上下文"]),
        ("/ｕｎｄ", "ｕｎｄ", vec!["undo "]),
        ("/nichts", "nichts", vec![]),
        ("//un", "", vec![]),
        ("说 /un", "", vec![]),
        ("", "", vec![]),
    ] {
        let (found_replaced, found) = offered(line);
        let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
        assert_eq!((found_replaced.as_str(), found), (replaced, words), "{line}");
    }
}

#[test]
fn a_slash_alone_offers_every_command_once_in_its_language() {
    for (line, first) in [("/", "help"), ("／", "帮助"), ("、", "帮助")] {
        let (replaced, words) = offered(line);
        assert_eq!((replaced.as_str(), words.len(), words[0].as_str()), ("", command::ROWS.len(), first));
    }
    let (_, words) = offered("/");
    assert!(words.iter().zip(command::ROWS).all(|(word, row)| word == row.names[0]));
}

#[test]
fn every_name_is_completed_from_each_of_its_beginnings() {
    for row in command::ROWS {
        for name in row.names {
            for (end, _) in name.char_indices().skip(1) {
                let (_, words) = offered(&format!("/{}", &name[..end]));
                // Another of the row's names may begin so too; then that one stands for it.
                let is_there = words.iter().any(|word| row.names.contains(&word.trim_end()));
                assert!(is_there, "{name} {end} {words:?}");
            }
        }
    }
}

#[test]
fn arguments_of_each_kind() {
    for (line, replaced, words) in [
        ("/help un", "un", vec!["undo "]),
        ("/帮助 /un", "un", vec!["undo "]),
        ("/set te", "te", vec!["temp "]),
        ("/set 温", "温", vec!["temp "]),
        ("/设置 温度", "温度", vec!["temp "]),
        ("／设置 溢出 ", "", vec!["shift", "stop"]),
        ("/set t", "t", vec!["temp", "top-k"]),
        ("／设置　TOP_", "TOP_", vec!["top-k "]),
        ("/set temp ", "", vec!["0.6"]),
        ("/set temp 1", "1", vec![]),
        ("/set seed ", "", vec!["random"]),
        ("/set overflow s", "s", vec!["shift", "stop"]),
        ("/set OVERFLOW st", "st", vec!["stop"]),
        ("/set none ", "", vec![]),
        ("/set p", "p", vec!["pin "]),
        ("/set U", "U", vec!["unpin "]),
        ("/set pin ", "", vec![]),
        ("/set grammar of", "of", vec!["off"]),
        ("/set grammar src/li", "src/li", vec!["src/lib.rs"]),
        ("/model d", "d", vec!["demo"]),
        ("/model ./assets/demo/d", "./assets/demo/d", vec!["./assets/demo/demo.gguf"]),
        ("/model CHIN", "CHIN", vec!["chinese-alpaca-2-13b"]),
        ("/model 我", "我", vec!["我的模型"]),
        ("/load 1ng8h", "1ng8h", vec!["旅行"]),
        ("/load 1NG8", "1NG8", vec!["旅行", "1ng8000"]),
        ("/load 云南", "云南", vec!["旅行"]),
        ("/load hello", "hello", vec!["0aaaaaa"]),
        ("/load 没有", "没有", vec![]),
        // It takes how many are wanted, and refuses an id.
        ("/sessions 1ng8h", "", vec![]),
        ("/lang ", "", vec!["zh", "en"]),
        ("/lang e", "e", vec!["en"]),
        ("/system 你", "", vec![]),
        ("/undo ", "", vec![]),
        ("/nichts d", "", vec![]),
    ] {
        let (found_replaced, found) = offered(line);
        let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
        assert_eq!((found_replaced.as_str(), found), (replaced, words), "{line}");
    }
}

#[test]
fn what_stands_behind_the_cursor_does_not_matter() {
    let shop = Shop::new();
    assert_eq!(offer("/undo 3", 3, &shop), offer("/un", 3, &shop));
}

#[test]
fn a_list_has_its_notes_in_one_column_and_fits() {
    let choices = [("undo ", "撤销最近的问答"), ("帮助", "x"), ("旅行计划书", "")]
        .map(|(word, note)| Choice { word: word.to_owned(), note: note.to_owned() });
    assert_eq!(listed(&choices, 80), ["undo        撤销最近的问答", "帮助        x", "旅行计划书"]);
    assert_eq!(listed(&choices, 20), ["undo        撤销最…", "帮助        x", "旅行计划书"]);
    assert_eq!(listed(&choices[..0], 20), [""; 0]);
    for n_columns in 0..20 {
        assert!(listed(&choices, n_columns).iter().all(|line| line.width() < n_columns.max(2)), "{n_columns}");
    }
}
