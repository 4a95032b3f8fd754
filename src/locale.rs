//! The language a person reads: Chinese or English, chosen once when the program starts.
//!
//! Every sentence stands in both languages where it is said, through [`crate::tr!`]; so the compiler sees to it
//! that neither is missing and that both have the same values to fill in. Nothing here decides what to say.

use std::sync::atomic::{AtomicBool, Ordering};

/// A language that liao speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// Simplified Chinese.
    #[default]
    Zh,
    /// English.
    En,
}

impl Lang {
    /// The language a name stands for: `zh`, `zh_CN.UTF-8`, `zh-Hans`, `中文`, `en`, `en_US`, `English`, in any case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name.split(['_', '-', '.']).next()?.to_ascii_lowercase().as_str() {
            "zh" | "chinese" | "中文" => Some(Self::Zh),
            "en" | "english" | "英文" => Some(Self::En),
            _ => None,
        }
    }

    /// The system's language where liao speaks it. A system set to nothing at all (`C`, `POSIX`) gets Chinese,
    /// which is the first language here; one set to any third language gets English.
    #[must_use]
    pub fn of_system() -> Self {
        match sys_locale::get_locale() {
            None => Self::Zh,
            Some(name) if matches!(name.split('.').next(), Some("C" | "POSIX" | "")) => Self::Zh,
            Some(name) => Self::from_name(&name).unwrap_or(Self::En),
        }
    }

    /// The name that `--lang` takes.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }
}

static ENGLISH: AtomicBool = AtomicBool::new(false);

/// Chooses the language of everything said from here on.
pub fn speak(lang: Lang) {
    ENGLISH.store(lang == Lang::En, Ordering::Relaxed);
}

/// The language chosen with [`speak`].
#[must_use]
pub fn spoken() -> Lang {
    if ENGLISH.load(Ordering::Relaxed) { Lang::En } else { Lang::Zh }
}

/// The one of a pair, Chinese and English, that is in the language spoken.
#[must_use]
pub fn said([zh, en]: [&str; 2]) -> &str {
    match spoken() {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

/// One sentence in both languages, Chinese first, as a `String` in the language spoken. Both are format
/// strings over variables in scope.
#[macro_export]
macro_rules! tr {
    ($zh:literal, $en:literal) => {
        match $crate::locale::spoken() {
            $crate::locale::Lang::Zh => format!($zh),
            $crate::locale::Lang::En => format!($en),
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_languages() {
        for (name, lang) in [
            ("zh", Some(Lang::Zh)),
            ("ZH", Some(Lang::Zh)),
            ("zh_CN.UTF-8", Some(Lang::Zh)),
            ("zh-Hans-CN", Some(Lang::Zh)),
            ("en_GB", Some(Lang::En)),
            ("fr_FR", None),
            ("中文", Some(Lang::Zh)),
            ("English", Some(Lang::En)),
            ("", None),
        ] {
            assert_eq!(Lang::from_name(name), lang, "{name}");
        }
    }
}
