//! What an answer is held to: what the person wants in general, brought together with what was said in this
//! conversation. A marker that somebody spoke of is no sign that the model has lost its way, and who asks for English
//! is to have it. Pure.

use crate::chat::conversation::Conversation;
use crate::protocol::{Bounds, Form, Guard, ReplyLang};
use crate::text::enclosure;
use crate::text::han::is_han;

/// What answers are held to in general.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Conduct {
    /// Stop answers that go astray.
    pub guard: bool,
    /// Have questions in this language answered in it.
    pub reply_lang: Option<ReplyLang>,
    /// The form that answers must have.
    pub form: Option<Form>,
}

/// Beginnings of lines that show a model writing the person's part, each with the word, in small letters, whose mention
/// makes it harmless. Turn markers of templates, and `Human:`, which stands in no ordinary list.
const MARKERS: [(&str, &str); 12] = [
    ("[INST]", "inst]"),
    ("[/INST]", "inst]"),
    ("<<SYS>>", "sys>>"),
    ("<</SYS>>", "sys>>"),
    ("<|im_start|>", "im_start"),
    ("<|im_end|>", "im_end"),
    ("### Instruction:", "instruction"),
    ("### Human:", HUMAN),
    ("### User:", "user"),
    ("### Assistant:", "assistant"),
    ("Human:", HUMAN),
    ("Human：", HUMAN),
];
const HUMAN: &str = "human";

/// What stands in ordinary lists too, and shows it only when the model then answers itself. Not `问：` and `答：`, which
/// stand in every list of questions.
const PERSONS: [&str; 6] = ["用户：", "用户:", "人类：", "人类:", "User:", "User："];
/// Beginnings of such answers.
const MODELS: [&str; 9] =
    ["助手：", "助手:", "机器人：", "机器人:", "AI：", "AI:", "Assistant:", "Assistant：", "Bot:"];

/// Words, beside those for dialogues, with which what has both of them is asked for.
const OF_BOTH: [&str; 10] = ["用户", "人类", "助手", "机器人", "客服", "例子", "示例", "user", "assistant", "example"];

/// Words with which a dialogue is asked for; in one, `Human:` may well be a part.
const OF_DIALOGUE: [&str; 11] =
    ["对话", "聊天", "剧本", "台词", "访谈", "采访", "dialog", "conversation", "interview", "screenplay", "transcript"];

/// Words with which something in another language, or in none, is asked for.
const OF_OTHER_LANGUAGES: [&str; 31] = [
    "英文",
    "英语",
    "英译",
    "翻译",
    "译成",
    "译为",
    "中文",
    "汉语",
    "法语",
    "德语",
    "俄语",
    "日语",
    "西班牙语",
    "拉丁",
    "拼音",
    "双语",
    "代码",
    "编程",
    "程序",
    "脚本",
    "函数",
    "正则",
    "english",
    "chinese",
    "mandarin",
    "translat",
    "bilingual",
    "code",
    "function",
    "sql",
    "```",
];

impl Conduct {
    /// What the answer to the conversation's open question is held to.
    #[must_use]
    pub fn bounds(&self, conversation: &Conversation) -> Bounds {
        let open = conversation.exchanges().last().filter(|last| last.answer.is_none());
        // A form leaves no choice of language.
        let lang = self.reply_lang.filter(|_| self.form.is_none());
        Bounds {
            guard: self.guard.then(|| guard(conversation)),
            // A file in another language, or of code, asks for neither.
            reply_lang: lang.filter(|lang| open.is_some_and(|open| asks_in(enclosure::words(&open.question), *lang))),
            form: self.form.clone(),
        }
    }
}

/// The signs of which nobody has spoken.
fn guard(conversation: &Conversation) -> Guard {
    let questions = conversation.exchanges().iter().map(|exchange| exchange.question.as_str());
    let asked: Vec<String> = questions.map(str::to_lowercase).collect();
    let system = conversation.system().unwrap_or_default().to_lowercase();
    let is_asked = |word: &str| asked.iter().any(|text| text.contains(word));
    let is_said = |word: &str| is_asked(word) || system.contains(word);
    let is_dialogue = OF_DIALOGUE.iter().any(|word| is_said(word));
    let is_harmless = |word: &str| is_said(word) || (is_dialogue && word == HUMAN);
    let stray = MARKERS.iter().filter(|(_, word)| !is_harmless(word));
    let mut guard = Guard { markers: stray.map(|(marker, _)| (*marker).to_owned()).collect(), ..Guard::default() };
    // A system prompt speaks of assistants and users all the time.
    if !is_dialogue && !OF_BOTH.iter().any(|word| is_asked(word)) {
        guard.persons = PERSONS.map(str::to_owned).to_vec();
        guard.models = MODELS.map(str::to_owned).to_vec();
    }
    guard
}

/// Whether a question is in this language and asks for nothing in another one.
fn asks_in(question: &str, lang: ReplyLang) -> bool {
    let n_han = question.chars().filter(|c| is_han(*c)).count();
    let n_latin = question.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty()).count();
    let is_in = match lang {
        ReplyLang::Zh => n_han > n_latin,
        ReplyLang::En => n_han == 0 && n_latin > 0,
    };
    let lower = question.to_lowercase();
    is_in && !OF_OTHER_LANGUAGES.iter().any(|word| lower.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::template::{ControlTokens, Template};

    fn conversation(system: Option<&str>, questions: &[&str]) -> Conversation {
        let control = ControlTokens { bos: Some(1), eos: Some(2), add_bos: true, by_text: Vec::new() };
        let template = Template::builtin("llama2").expect("built in");
        let mut talk = Conversation::new(template, control, system.map(str::to_owned));
        for question in questions {
            talk.ask(*question);
        }
        talk
    }

    fn guarded(system: Option<&str>, question: &str) -> Guard {
        let conduct = Conduct { guard: true, ..Conduct::default() };
        conduct.bounds(&conversation(system, &[question])).guard.expect("it is on")
    }

    fn markers(system: Option<&str>, question: &str) -> Vec<String> {
        guarded(system, question).markers
    }

    #[test]
    fn both_names_are_a_sign_where_nobody_asked_for_both() {
        let helper = Some("你是一个乐于助人的助手。");
        let plain = guarded(helper, "北京有哪些好玩的地方？");
        assert_eq!((plain.persons.len(), plain.models.len()), (PERSONS.len(), MODELS.len()));
        for question in ["写一段对话", "用户和管理员有什么区别", "聊天机器人是怎么做的", "give me an Example"]
        {
            let guard = guarded(helper, question);
            assert_eq!((guard.persons.len(), guard.models.len()), (0, 0), "{question}");
        }
    }

    #[test]
    fn a_language_is_that_of_the_words_and_not_of_the_files() {
        let file = enclosure::Enclosed {
            name: "main.rs",
            text: "// translate the English code of this function\nfn main() {}",
        };
        for (words, lang) in [("这个文件讲了什么？", ReplyLang::Zh), ("What is this about?", ReplyLang::En)] {
            let question = enclosure::enclose(&[file, file], words);
            let conduct = Conduct { reply_lang: Some(lang), ..Conduct::default() };
            assert_eq!(conduct.bounds(&conversation(None, &[&question])).reply_lang, Some(lang), "{words}");
        }
        let question = enclosure::enclose(&[file], "把它翻译成英文");
        let conduct = Conduct { reply_lang: Some(ReplyLang::Zh), ..Conduct::default() };
        assert_eq!(conduct.bounds(&conversation(None, &[&question])).reply_lang, None);
    }

    #[test]
    fn what_somebody_spoke_of_is_no_sign() {
        let all = markers(None, "北京有哪些好玩的地方？");
        assert_eq!(all.len(), MARKERS.len());
        for (question, harmless) in [
            ("Llama-2 里的 [INST] 是什么意思", vec!["[INST]", "[/INST]"]),
            ("what is an instruction?", vec!["### Instruction:"]),
            ("人类的英文是 human 吗", vec!["### Human:", "Human:", "Human："]),
            ("写一段两个人的对话", vec!["### Human:", "Human:", "Human："]),
        ] {
            let left = markers(None, question);
            let gone: Vec<&str> = all.iter().filter(|marker| !left.contains(marker)).map(String::as_str).collect();
            assert_eq!(gone, harmless, "{question}");
        }
        assert!(!markers(Some("You help humans."), "好").contains(&"Human:".to_owned()));
        assert_eq!(Conduct::default().bounds(&conversation(None, &["好"])), Bounds::default());
    }

    #[test]
    fn a_language_is_held_to_where_the_question_is_in_it_and_asks_for_no_other() {
        for (question, zh, en) in [
            ("北京有哪些好玩的地方？", true, false),
            ("用 Rust 写的 GPT 是什么？讲讲它的原理", true, false),
            ("把“你好”翻译成英文", false, false),
            ("用英语怎么说谢谢", false, false),
            ("写一段 Python 代码", false, false),
            ("What is the capital of France?", false, true),
            ("How do I say hello in Chinese?", false, false),
            ("Write a function that adds two numbers", false, false),
            ("12 + 30 = ?", false, false),
            ("𠮷𪚥𫝀", true, false),
        ] {
            for (lang, held) in [(ReplyLang::Zh, zh), (ReplyLang::En, en)] {
                let conduct = Conduct { reply_lang: Some(lang), ..Conduct::default() };
                let bounds = conduct.bounds(&conversation(None, &[question]));
                assert_eq!(bounds.reply_lang, held.then_some(lang), "{question} {lang:?}");
                let form = Some(Form::Grammar("root ::= \"x\"".to_owned()));
                let bounds = Conduct { form, ..conduct }.bounds(&conversation(None, &[question]));
                assert_eq!(bounds.reply_lang, None);
            }
        }
    }
}
