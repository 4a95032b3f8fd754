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
    let names: BTreeSet<_> = ROWS.iter().map(|row| row.name).collect();
    assert_eq!(names.len(), ROWS.len());
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
    let left = |row: &Row| 6 + 2 + row.name.len() + if row.kind.takes_value() { 3 + row.value_name.len() } else { 0 };
    let widest = ROWS.iter().map(left).max().unwrap_or_default();
    for row in ROWS {
        for help in row.help {
            assert!(widest + 2 + help.width() <= 80, "{}: {help} needs {}", row.name, widest + 2 + help.width());
        }
    }
}
