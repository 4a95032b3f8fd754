//! What an option can hold, and the one parser that every layer goes through: command line, environment,
//! config file, models.toml and `/set` all hand in the same text and get the same answer.
//!
//! A [`Value`] made here is within its [`Kind`]: finite, in range, one of the words. Which options there are
//! stands in [`super::options`].

use crate::tr;

/// A set of words, each with other spellings of it behind; the first one is the name.
pub type Words = &'static [&'static [&'static str]];

/// What an option takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Any text, also none.
    Text,
    /// Texts, given one at a time; none of them empty.
    Texts,
    /// A name or a path; not empty.
    Name,
    /// A name; the flag alone is an empty one.
    NameOrNone,
    /// A path; not empty.
    Path,
    /// Paths, given one at a time; none of them empty.
    Paths,
    /// One of these words.
    Choice(Words),
    /// A whole number from `min` to `max`, or one of the words.
    Whole {
        /// The words that may stand for a number.
        words: Words,
        /// The least.
        min: u32,
        /// The most.
        max: u32,
    },
    /// A number up to `max`, from `min`; with `above` not `min` itself.
    Real {
        /// The least.
        min: f32,
        /// Whether it has to be more than `min`.
        above: bool,
        /// The most.
        max: f32,
    },
    /// On or off. On the command line the flag alone is on.
    Switch,
    /// How often it was said. On the command line the flag counts; more than `max` is `max`.
    Count {
        /// The most that has a meaning.
        max: u32,
    },
}

/// What an option holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// [`Kind::Text`], [`Kind::Name`], [`Kind::NameOrNone`], [`Kind::Path`], [`Kind::Choice`] and the words of [`Kind::Whole`].
    Text(String),
    /// [`Kind::Texts`], [`Kind::Paths`].
    Texts(Vec<String>),
    /// [`Kind::Whole`], [`Kind::Count`].
    Whole(u32),
    /// [`Kind::Real`]; finite.
    Real(f32),
    /// [`Kind::Switch`].
    Switch(bool),
}

const SWITCH: Words = &[&["on", "true", "yes", "1", "开", "是"], &["off", "false", "no", "0", "关", "否"]];

impl Kind {
    /// Whether the option takes a value on the command line.
    #[must_use]
    pub fn takes_value(self) -> bool {
        !matches!(self, Self::Switch | Self::Count { .. })
    }

    /// The words that it takes, by their first spelling; none where any text or only numbers will do.
    #[must_use]
    pub fn words(self) -> Vec<&'static str> {
        match self {
            Self::Choice(words) | Self::Whole { words, .. } => names(words),
            Self::Switch => names(SWITCH),
            _ => Vec::new(),
        }
    }

    /// Reads one value. `None`: it is not one; [`expected`](Self::expected) says what would be.
    #[must_use]
    pub fn parse(self, raw: &str) -> Option<Value> {
        match self {
            Self::Text | Self::NameOrNone => Some(Value::Text(raw.to_owned())),
            Self::Texts => (!raw.is_empty()).then(|| Value::Texts(vec![raw.to_owned()])),
            Self::Paths => (!raw.trim().is_empty()).then(|| Value::Texts(vec![raw.to_owned()])),
            Self::Name | Self::Path => (!raw.trim().is_empty()).then(|| Value::Text(raw.to_owned())),
            Self::Choice(words) => word(words, raw).map(|word| Value::Text(word.to_owned())),
            Self::Whole { words, min, max } => match word(words, raw) {
                Some(word) => Some(Value::Text(word.to_owned())),
                None => raw.trim().parse().ok().filter(|n| (min..=max).contains(n)).map(Value::Whole),
            },
            // Read as the very type it is used in, so that what is in range here does not round out of it later.
            Self::Real { min, above, max } => (raw.trim().parse::<f32>().ok())
                .filter(|x| x.is_finite() && *x <= max && if above { *x > min } else { *x >= min })
                .map(Value::Real),
            Self::Switch => word(SWITCH, raw).map(|word| Value::Switch(word == SWITCH[0][0])),
            Self::Count { max } => raw.trim().parse().ok().filter(|n| *n <= max).map(Value::Whole),
        }
    }

    /// What would have been right, to end a sentence with.
    #[must_use]
    pub fn expected(self) -> String {
        if matches!(self, Self::Texts | Self::Name | Self::Path | Self::Paths) {
            // Anything else is right.
            return tr!("不能为空", "it must not be empty");
        }
        let range = self.range();
        // Chinese stands apart from what is not.
        let gap = if range.starts_with(|c: char| c.is_ascii()) { " " } else { "" };
        tr!("应为{gap}{range}", "expected {range}")
    }

    /// What it takes, by itself.
    #[must_use]
    pub fn range(self) -> String {
        match self {
            Self::Text | Self::Texts | Self::Name | Self::NameOrNone => tr!("文字", "text"),
            Self::Path | Self::Paths => tr!("文件", "a file"),
            Self::Choice(words) => {
                let words = names(words).join(&tr!("、", ", "));
                tr!("其中之一：{words}", "one of {words}")
            }
            Self::Whole { words, min, max } => {
                let words: String = names(words).iter().map(|word| tr!("{word}，或 ", "{word} or ")).collect();
                tr!("{words}{min} 到 {max} 之间的整数", "{words}a whole number from {min} to {max}")
            }
            Self::Count { max } => tr!("0 到 {max} 之间的整数", "a whole number from 0 to {max}"),
            Self::Real { min, above: true, max } => {
                tr!("大于 {min}、不超过 {max} 的数", "a number above {min}, up to {max}")
            }
            Self::Real { min, above: false, max } => tr!("{min} 到 {max} 之间的数", "a number from {min} to {max}"),
            Self::Switch => tr!("on 或 off", "on or off"),
        }
    }
}

/// The first spelling of each word.
#[must_use]
pub fn names(words: Words) -> Vec<&'static str> {
    words.iter().filter_map(|spellings| spellings.first().copied()).collect()
}

/// The word that `raw` spells, in any case.
fn word(words: Words, raw: &str) -> Option<&'static str> {
    let raw = raw.trim();
    let spelled = words.iter().find(|spellings| spellings.iter().any(|one| one.eq_ignore_ascii_case(raw)))?;
    spelled.first().copied()
}

impl std::fmt::Display for Value {
    /// As it would be typed; several texts one after another in quotation marks.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Texts(texts) => {
                for (i, text) in texts.iter().enumerate() {
                    write!(f, "{}{text:?}", if i == 0 { "" } else { " " })?;
                }
                Ok(())
            }
            Self::Whole(n) => write!(f, "{n}"),
            Self::Real(x) => write!(f, "{x}"),
            Self::Switch(on) => write!(f, "{on}"),
        }
    }
}

impl serde::Serialize for Value {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => to.serialize_str(text),
            Self::Texts(texts) => texts.serialize(to),
            Self::Whole(n) => to.serialize_u32(*n),
            Self::Real(x) => to.serialize_f32(*x),
            Self::Switch(on) => to.serialize_bool(*on),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_numbers_where_a_number_may_be_a_word() {
        let layers = Kind::Whole { words: &[&["auto"], &["all"]], min: 0, max: 9 };
        assert_eq!(layers.parse("ALL"), Some(Value::Text("all".into())));
        assert_eq!(layers.parse(" 9 "), Some(Value::Whole(9)));
        for bad in ["10", "-1", "", "1.5", "many", "99999999999999999999"] {
            assert_eq!(layers.parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn numbers_are_finite_and_in_range_as_the_type_that_uses_them() {
        let share = Kind::Real { min: 0.0, above: true, max: 1.0 };
        assert_eq!(share.parse("1"), Some(Value::Real(1.0)));
        // 1e-60 is above zero, but not as f32.
        for bad in ["NaN", "inf", "-inf", "0", "-0", "1e-60", "1.01", "1e999", "", "0,5", "half"] {
            assert_eq!(share.parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn other_spellings_give_the_name() {
        let encoding = Kind::Choice(&[&["utf-8", "utf8"], &["gb18030", "gbk"]]);
        assert_eq!(encoding.parse("GBK"), Some(Value::Text("gb18030".into())));
        assert_eq!(encoding.parse("big5"), None);
        for (raw, on) in [("on", true), ("TRUE", true), ("开", true), ("0", false), ("否", false)] {
            assert_eq!(Kind::Switch.parse(raw), Some(Value::Switch(on)), "{raw}");
        }
    }
}
