//! What was found, as one line for a person or one object for a script. What is looked at is not here.

use serde_json::{Value, json};

use crate::render::plain::{Output, WriteError};
use crate::text::untrusted::one_line;
use crate::tr;

/// How a thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// As it should be.
    Well,
    /// It works, but could be better.
    Doubtful,
    /// Something will fail because of it.
    Broken,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Finding {
    /// Its name for scripts.
    check: &'static str,
    pub(super) level: Level,
    /// What it is, in one line.
    pub(super) what: String,
    /// What to do about it.
    pub(super) advice: Option<String>,
    /// What was found, for scripts.
    pub(super) value: Value,
}

impl Finding {
    /// A thing that is as it should be.
    pub(super) fn well(check: &'static str, what: String, value: impl Into<Value>) -> Self {
        Self { check, level: Level::Well, what, advice: None, value: value.into() }
    }

    /// A thing that could be better.
    pub(super) fn doubtful(check: &'static str, what: String, advice: String, value: impl Into<Value>) -> Self {
        Self { check, level: Level::Doubtful, what, advice: Some(advice), value: value.into() }
    }

    /// A thing that is broken.
    pub(super) fn broken(check: &'static str, what: String, advice: String, value: impl Into<Value>) -> Self {
        Self { check, level: Level::Broken, what, advice: Some(advice), value: value.into() }
    }

    /// A thing that is broken, told in a sentence that says what to do.
    pub(super) fn told(check: &'static str, sentence: String) -> Self {
        Self { check, level: Level::Broken, what: sentence, advice: None, value: Value::Null }
    }
}

/// Tells what is found, and counts.
pub(super) struct Report {
    is_json: bool,
    is_utf8: bool,
    n_doubtful: usize,
    n_broken: usize,
}

impl Report {
    pub(super) fn new(is_json: bool, is_utf8: bool) -> Self {
        Self { is_json, is_utf8, n_doubtful: 0, n_broken: 0 }
    }

    /// Tells one section of findings, by its name for scripts and its heading for people.
    pub(super) fn tell(
        &mut self,
        output: &mut Output,
        section: &str,
        heading: &str,
        findings: Vec<Finding>,
    ) -> Result<(), WriteError> {
        let mut page = format!("{heading}\n");
        for finding in findings {
            match finding.level {
                Level::Well => {}
                Level::Doubtful => self.n_doubtful += 1,
                Level::Broken => self.n_broken += 1,
            }
            if self.is_json {
                output.json_line(&event(section, &finding))?;
            } else {
                page.push_str(&self.lines(&finding));
            }
        }
        if self.is_json { Ok(()) } else { output.list(&page) }
    }

    /// A mark and the thing; below it, what to do.
    fn lines(&self, finding: &Finding) -> String {
        let (mark, arrow) = match (finding.level, self.is_utf8) {
            (Level::Well, true) => ("✓", "→"),
            (Level::Broken, true) => ("✗", "→"),
            (Level::Doubtful, true) => ("!", "→"),
            (Level::Well, false) => ("+", "->"),
            (Level::Broken, false) => ("x", "->"),
            (Level::Doubtful, false) => ("!", "->"),
        };
        let advice = finding.advice.as_deref().map(|advice| format!("      {arrow} {}\n", one_line(advice)));
        format!("  {mark} {}\n{}", one_line(&finding.what), advice.unwrap_or_default())
    }

    /// The last line: how it stands with all of it.
    pub(super) fn end(&self, output: &mut Output) -> Result<(), WriteError> {
        if self.is_json {
            return Ok(());
        }
        let (n_doubtful, n_broken) = (self.n_doubtful, self.n_broken);
        let sentence = match (n_doubtful, n_broken) {
            (0, 0) => tr!("都好。", "All is well."),
            (_, 0) => tr!("能用；值得看看的有 {n_doubtful} 处（!）。", "It works; worth a look (!): {n_doubtful}."),
            (0, _) => tr!("坏了的有 {n_broken} 处。", "Broken: {n_broken}."),
            _ => tr!(
                "坏了的有 {n_broken} 处，值得看看的有 {n_doubtful} 处（!）。",
                "Broken: {n_broken}; worth a look (!): {n_doubtful}."
            ),
        };
        output.list(&format!("{sentence}\n"))
    }

    pub(super) fn is_broken(&self) -> bool {
        self.n_broken > 0
    }
}

fn event(section: &str, finding: &Finding) -> Value {
    let level = match finding.level {
        Level::Well => "ok",
        Level::Doubtful => "warning",
        Level::Broken => "broken",
    };
    json!({
        "section": section,
        "check": finding.check,
        "level": level,
        "message": finding.what,
        "advice": finding.advice,
        "value": finding.value,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_a_mark_and_a_line_and_what_to_do() {
        let well = Finding::well("a", "好".into(), 1);
        let doubtful = Finding::doubtful("b", "一\n行".into(), "改它".into(), Value::Null);
        let broken = Finding::broken("c", "坏\u{1b}[2J".into(), "修它".into(), Value::Null);
        let told = Finding::told("d", "坏，修它".into());
        for (is_utf8, expected) in [
            (true, ["  ✓ 好\n", "  ! 一^J行\n      → 改它\n", "  ✗ 坏^[[2J\n      → 修它\n", "  ✗ 坏，修它\n"]),
            (false, ["  + 好\n", "  ! 一^J行\n      -> 改它\n", "  x 坏^[[2J\n      -> 修它\n", "  x 坏，修它\n"]),
        ] {
            let report = Report::new(false, is_utf8);
            assert_eq!([&well, &doubtful, &broken, &told].map(|finding| report.lines(finding)), expected);
        }
        assert_eq!(event("s", &doubtful)["level"], "warning");
        assert_eq!((&event("s", &broken)["level"], &event("s", &well)["value"]), (&json!("broken"), &json!(1)));
    }
}
