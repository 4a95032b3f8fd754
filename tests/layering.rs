//! Who may lean on whom (the table of `src/lib.rs`), read from the sources themselves.

use std::fs;
use std::path::Path;

/// What a module may use besides itself, as paths under `crate::`. `exit`, `locale` and its `tr!` are for all.
/// A module that is not here may not exist; `lib` and `main` may use everything.
const MAY_USE: &[(&str, &[&str])] = &[
    ("exit", &[]),
    ("locale", &[]),
    ("message", &[]),
    ("text", &[]),
    ("protocol", &["message::Written"]),
    ("cli", &["text"]),
    ("config", &["chat::budget", "cli", "protocol", "text"]),
    ("gguf", &["text"]),
    ("plan", &["gguf", "protocol"]),
    ("chat", &["message", "protocol", "text"]),
    ("engine", &["message::Written", "protocol"]),
    ("backend", &["chat", "message", "protocol"]),
    ("store", &["config::paths", "config::registry", "gguf", "text"]),
    ("render", &["text"]),
    ("talk", &["backend", "chat", "config", "protocol", "render", "text"]),
    ("repl", &["config", "talk", "text"]),
    (
        "commands",
        &[
            "backend", "chat", "cli", "config", "engine", "gguf", "message", "plan", "protocol", "render", "repl",
            "store", "talk", "text",
        ],
    ),
];
const FOR_ALL: [&str; 3] = ["exit", "locale", "tr"];
/// Only these rooms know llama.cpp.
const KNOW_LLAMA: [&str; 1] = ["engine"];

/// Every path under `crate::` that a source names, with `{…}` spelled out.
fn uses(source: &str) -> Vec<String> {
    let code: String = source.lines().map(|line| line.split("//").next().unwrap_or("")).collect::<Vec<_>>().join(" ");
    let is_path_start = |i: usize| !code[..i].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
    let starts = code.match_indices("crate::").filter(|&(i, _)| is_path_start(i));
    starts.flat_map(|(i, start)| spelled_out("", &code[i + start.len()..])).collect()
}

fn spelled_out(before: &str, rest: &str) -> Vec<String> {
    let rest = rest.trim_start();
    let Some(group) = rest.strip_prefix('{') else {
        let n_name = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let path = format!("{before}{}", &rest[..n_name]);
        return match rest[n_name..].strip_prefix("::") {
            Some(further) if further.starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '{') => {
                spelled_out(&format!("{path}::"), further)
            }
            _ => vec![path],
        };
    };
    let (mut depth, mut paths, mut begin) = (0, Vec::new(), 0);
    for (i, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            ',' | '}' if depth == 0 => {
                if !group[begin..i].trim().is_empty() {
                    paths.extend(spelled_out(before, &group[begin..i]));
                }
                begin = i + 1;
                if c == '}' {
                    return paths;
                }
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    paths
}

fn violations(module: &str, source: &str) -> Vec<String> {
    let mut found = Vec::new();
    if !KNOW_LLAMA.contains(&module) && source.contains("llama_cpp") {
        found.push(format!("{module} names llama.cpp's crate"));
    }
    let Some((_, may_use)) = MAY_USE.iter().find(|(name, _)| *name == module) else {
        found.push(format!("{module} has no line in the table"));
        return found;
    };
    for path in uses(source) {
        let is_under =
            |allowed: &&str| path.strip_prefix(*allowed).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"));
        if !(is_under(&module)
            || may_use.iter().any(|allowed| is_under(&allowed))
            || FOR_ALL.iter().any(|allowed| is_under(&allowed)))
        {
            found.push(format!("{module} uses {path}"));
        }
    }
    found
}

fn walk(directory: &Path, module: Option<&str>, found: &mut Vec<String>, n_files: &mut usize) {
    for entry in fs::read_dir(directory).expect("src can be read") {
        let path = entry.expect("an entry").path();
        let stem = path.file_stem().and_then(|stem| stem.to_str()).expect("a UTF-8 name").to_owned();
        let module = module.unwrap_or(&stem);
        if path.is_dir() {
            walk(&path, Some(module), found, n_files);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !["lib", "main"].contains(&module) {
            *n_files += 1;
            let source = fs::read_to_string(&path).expect("a source");
            found.extend(violations(module, &source).into_iter().map(|what| format!("{}: {what}", path.display())));
        }
    }
}

#[test]
fn everyone_leans_only_on_whom_they_may() {
    let (mut found, mut n_files) = (Vec::new(), 0);
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), None, &mut found, &mut n_files);
    assert!(n_files > 10, "only {n_files} sources were found");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_violation_is_seen() {
    assert_eq!(
        violations("render", "use crate::config::settings::Settings;"),
        ["render uses config::settings::Settings"]
    );
    assert_eq!(violations("chat", "fn f() { crate::backend::ask(); }"), ["chat uses backend::ask"]);
    let group = "use crate::{text::{self, untrusted::filter},\n exit::Exit, cli};";
    assert_eq!(violations("render", group), ["render uses cli"]);
    assert_eq!(violations("engine", "use crate::message::{Role, Written};"), ["engine uses message::Role"]);
    assert_eq!(violations("store", "use crate::config::{registry::Entry, file};"), ["store uses config::file"]);
    assert_eq!(violations("text", "use crate::textual;"), ["text uses textual"]);
    assert_eq!(violations("plan", "use llama_cpp_2::Model;"), ["plan names llama.cpp's crate"]);
    assert_eq!(violations("helpers", ""), ["helpers has no line in the table"]);
}

#[test]
fn what_is_allowed_is_let_through() {
    let source = "use crate::text::Untrusted; // crate::config\n/// [`crate::repl`]\nuse crate::{tr, exit::Failed};";
    assert!(violations("render", source).is_empty());
    assert!(violations("locale", "$crate::locale::Lang::Zh").is_empty());
    assert_eq!(uses("other_crate::x my::crate::y crate::a::b"), ["a::b"]);
}
