//! The settings in force, and everything that is wrong with them: each file and each variable, not the first alone.

use std::collections::BTreeMap;

use serde_json::json;

use super::finding::Finding;
use crate::cli::options::ROWS;
use crate::commands::Call;
use crate::config::Environment;
use crate::exit::Failed;
use crate::text::nearest::nearest;
use crate::text::untrusted::{self, Untrusted};
use crate::tr;

/// Variables that are no options.
const OTHERS: [&str; 4] = ["LIAO_HOME", "LIAO_CONFIG", "LIAO_MEMORY", "LIAO_SCRIPT"];

pub(super) fn findings(call: &Call, faults: &[Failed]) -> Vec<Finding> {
    let paths = &call.config.paths;
    let file = |check, path: &std::path::Path| {
        let (shown, is_there) = (untrusted::path(path), path.is_file());
        let what = match is_there {
            true => shown.clone(),
            false => tr!("{shown}（没有，不要紧）", "{shown} (not there, which is fine)"),
        };
        Finding::well(check, what, json!({"path": path.to_string_lossy(), "exists": is_there}))
    };
    let mut findings = vec![file("config", &paths.config_file), file("models_toml", &paths.models_toml)];
    findings.extend(faults.iter().map(|fault| Finding::told("fault", fault.message.clone())));
    findings.extend(slips(&call.environment));
    findings.push(in_force(call));
    findings
}

/// What was set, by anybody.
fn in_force(call: &Call) -> Finding {
    let all = call.config.settings.describe();
    let set: Vec<_> = all.iter().filter(|row| row.from != "built-in").collect();
    let value: BTreeMap<&str, _> =
        set.iter().map(|row| (row.key, json!({"value": row.value, "from": row.from}))).collect();
    let shown = set.iter().map(|row| {
        let text = row.value.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string);
        let text: String = text.chars().take(24).collect();
        let (key, text, origin) = (row.key, Untrusted(&text), &row.origin);
        tr!("{key} = {text}（{origin}）", "{key} = {text} ({origin})")
    });
    let shown = shown.collect::<Vec<_>>().join(&tr!("，", ", "));
    let what = match set.is_empty() {
        true => tr!("全是内置的值", "all built-in values"),
        false => tr!("在用：{shown}；全部见 liao config", "in force: {shown}; all of them: liao config"),
    };
    Finding::well("in_force", what, json!(value))
}

/// Variables that nobody reads, and that look like one that is read.
fn slips(environment: &Environment) -> Vec<Finding> {
    let known: Vec<String> = ROWS.iter().filter_map(|row| row.variable()).chain(OTHERS.map(str::to_owned)).collect();
    let typed = environment.variables.keys().filter_map(|name| name.to_str());
    let unknown = typed.filter(|name| name.starts_with("LIAO_") && !known.iter().any(|known| known == name));
    let slip = |name: &str| {
        let (meant, name) = (nearest(name, known.iter().map(String::as_str))?, Untrusted(name));
        Some(Finding::doubtful(
            "variable",
            tr!("环境变量 {name} 没有用处", "the variable {name} does nothing"),
            tr!("是不是 {meant}？", "did you mean {meant}?"),
            name.0,
        ))
    };
    unknown.filter_map(slip).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_that_is_nearly_one_is_told_and_a_stranger_is_not() {
        let told = |name: &str| {
            let mut environment = Environment::default();
            environment.variables.insert(name.into(), "1".into());
            slips(&environment).into_iter().next().and_then(|finding| finding.advice)
        };
        for row in ROWS {
            assert_eq!(row.variable().and_then(|name| told(&name)), None, "{}", row.name);
        }
        assert!(OTHERS.iter().all(|name| told(name).is_none()));
        for name in ["HOME", "LIAO_TEST_SESSIONS_OF_MINE", "XLIAO_TMEP"] {
            assert_eq!(told(name), None, "{name}");
        }
        assert!(told("LIAO_TMEP").is_some_and(|advice| advice.contains("LIAO_TEMP")));
        assert!(told("LIAO_MAX_TOKEN").is_some_and(|advice| advice.contains("LIAO_MAX_TOKENS")));
    }
}
