//! Holds the sources to the table in `src/lib.rs` of who may lean on whom.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// For everyone: `locale` with its `tr!`, and `exit`.
const FOR_ALL: [&str; 3] = ["exit", "locale", "tr"];
/// Only these rooms know llama.cpp.
const KNOW_LLAMA: [&str; 2] = ["engine", "import"];

/// Each room with the paths under `crate::` that it may use besides itself.
type Table = Vec<(String, Vec<String>)>;

/// The table as it stands in the text: rows of room, what is in it, and whom it may lean on.
fn table(text: &str) -> Table {
    let mut rooms = Table::new();
    for line in text.lines() {
        let cells: Vec<&str> = line.trim_start_matches("//!").trim().split('|').map(str::trim).collect();
        let [_, room, _, leans_on, _] = cells[..] else { continue };
        let Some(room) = room.strip_prefix("[`").and_then(|room| room.strip_suffix("`]")) else { continue };
        let may_use = match leans_on {
            "everything above" => rooms.iter().map(|(above, _)| above.clone()).collect(),
            list => list.split(", ").filter(|path| !path.is_empty()).map(str::to_owned).collect(),
        };
        rooms.push((room.to_owned(), may_use));
    }
    rooms
}

/// A source on one line without its comments.
fn code_of(source: &str) -> String {
    source.lines().map(|line| line.split("//").next().unwrap_or("")).collect::<Vec<_>>().join(" ")
}

/// Every path under `crate::` that a source names, with `{…}` spelled out.
fn uses(source: &str) -> Vec<String> {
    let code = code_of(source);
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

fn violations(table: &Table, module: &str, source: &str) -> Vec<String> {
    let mut found = Vec::new();
    let names_llama = ["llama_cpp_2::", "llama_cpp_sys_2::"].iter().any(|name| code_of(source).contains(name));
    if names_llama && !KNOW_LLAMA.contains(&module) {
        found.push(format!("{module} names llama.cpp's crate"));
    }
    let Some((_, may_use)) = table.iter().find(|(room, _)| room == module) else {
        found.push(format!("{module} has no line in the table"));
        return found;
    };
    let allowed: Vec<&str> = may_use.iter().map(String::as_str).chain(FOR_ALL).chain([module]).collect();
    for path in uses(source) {
        let is_under =
            |room: &str| path.strip_prefix(room).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"));
        if !allowed.iter().any(|room| is_under(room)) {
            found.push(format!("{module} uses {path}"));
        }
    }
    found
}

fn walk(directory: &Path, module: Option<&str>, check: &mut dyn FnMut(&Path, &str, &str)) {
    for entry in fs::read_dir(directory).expect("src can be read") {
        let path = entry.expect("an entry").path();
        let stem = path.file_stem().and_then(|stem| stem.to_str()).expect("a UTF-8 name").to_owned();
        let module = module.unwrap_or(&stem);
        // Tests in files of their own may set up what the code they test is handed.
        let is_test = stem == "tests" || stem.ends_with("_tests");
        if path.is_dir() {
            walk(&path, Some(module), check);
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && !["lib", "main"].contains(&module)
            && !is_test
        {
            check(&path, module, &fs::read_to_string(&path).expect("a source"));
        }
    }
}

#[test]
fn everyone_leans_only_on_whom_they_may() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let table = table(&fs::read_to_string(src.join("lib.rs")).expect("lib.rs"));
    let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
    walk(&src, None, &mut |path, module, source| {
        seen.insert(module.to_owned());
        found.extend(violations(&table, module, source).into_iter().map(|what| format!("{}: {what}", path.display())));
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
    let rooms: BTreeSet<String> = table.into_iter().map(|(room, _)| room).collect();
    assert_eq!(rooms, seen, "the rooms of the table are those that exist");
}

const TABLE: &str = "
//! | room | what is in it | may lean on |
//! |---|---|---|
//! | [`text`] | words | |
//! | [`message`] | who said it, [`nothing`] else | |
//! | [`config`] | settings | text |
//! | [`engine`] | tokens | message::Written |
//! | [`store`] | files | config::registry, text |
//! | [`commands`] | all | everything above |
";

#[test]
fn a_violation_is_seen() {
    let table = table(TABLE);
    assert_eq!(table.len(), 6);
    for (module, source, violation) in [
        ("text", "use crate::config::Settings;", "text uses config::Settings"),
        ("text", "fn f() { crate::store::find(); }", "text uses store::find"),
        ("text", "use crate::textual;", "text uses textual"),
        ("config", "use crate::{text::{self, untrusted::filter},\n exit::Exit, store};", "config uses store"),
        ("engine", "use crate::message::{Role, Written};", "engine uses message::Role"),
        ("store", "use crate::config::{registry::Entry, file};", "store uses config::file"),
        ("engine2", "", "engine2 has no line in the table"),
        ("store", "use llama_cpp_2::Model;", "store names llama.cpp's crate"),
    ] {
        assert_eq!(violations(&table, module, source), [violation]);
    }
}

#[test]
fn what_is_allowed_is_let_through() {
    let table = table(TABLE);
    let source = "use crate::text::Untrusted; // crate::store\n/// [`crate::store`]\nuse crate::{tr, exit::Failed};";
    assert!(violations(&table, "config", source).is_empty());
    assert!(violations(&table, "text", "$crate::locale::Lang::Zh crate::text::width").is_empty());
    assert!(violations(&table, "commands", "crate::store::find() crate::engine::serve()").is_empty());
    assert_eq!(uses("other_crate::x my::crate::y crate::a::b"), ["a::b"]);
}
