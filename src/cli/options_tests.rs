use std::collections::BTreeSet;

use unicode_width::UnicodeWidthStr;

use super::*;

#[test]
fn a_key_finds_its_row() {
    for (i, row) in ROWS.iter().enumerate() {
        assert_eq!(row.key as usize, i, "{}", row.name);
        assert_eq!(super::row(row.key).name, row.name);
        assert_eq!(named(row.name).map(|row| row.key), Some(row.key));
    }
}

#[test]
fn names_and_letters_are_unique() {
    let names: Vec<_> = ROWS.iter().flat_map(|row| [row.name, row.chinese]).filter(|name| !name.is_empty()).collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    let letters: Vec<_> = ROWS.iter().filter_map(|row| row.short).chain(['h', 'V']).collect();
    assert_eq!(letters.iter().collect::<BTreeSet<_>>().len(), letters.len());
}

#[test]
fn built_in_values_are_values() {
    for row in ROWS {
        if let Some(raw) = row.default {
            assert!(row.kind.parse(raw).is_some(), "{} = {raw}", row.name);
        }
    }
}

#[test]
fn what_reaches_the_call_alone_has_no_variable() {
    assert_eq!(row(Key::Prompt).variable(), None);
    assert_eq!(row(Key::MaxTokens).variable().as_deref(), Some("LIAO_MAX_TOKENS"));
    for key in [Key::Prompt, Key::Turns, Key::Json, Key::Force] {
        assert_eq!(row(key).reach, Reach::Call, "{key:?}");
    }
}

#[test]
fn a_line_of_help_fits_80_columns_in_both_languages() {
    let value = |row: &Row| row.value_name.map(|name| 3 + name.width()).into_iter().max().unwrap_or_default();
    let left = |row: &Row| 6 + 2 + row.name.len() + if row.kind.takes_value() { value(row) } else { 0 };
    let widest = ROWS.iter().map(left).max().unwrap_or_default();
    for row in ROWS {
        for help in row.help {
            assert!(widest + 2 + help.width() <= 80, "{}: {help} needs {}", row.name, widest + 2 + help.width());
        }
    }
}
