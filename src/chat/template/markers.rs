//! Llama-2's turn markers in text from outside. They are ordinary text to the tokenizer, so no care with control
//! tokens keeps a piped document from opening a turn of its own; Meta refuses such text, we take the marker apart.

/// What Meta's code calls special tags.
const MARKERS: [&str; 4] = ["[INST]", "[/INST]", "<<SYS>>", "<</SYS>>"];

/// The text with a space in every Llama-2 turn marker, behind its first character, and whether there was one.
#[must_use]
pub fn break_markers(text: &str) -> (String, bool) {
    let mut broken = text.to_owned();
    for marker in MARKERS {
        if broken.contains(marker) {
            let (head, tail) = marker.split_at(1);
            broken = broken.replace(marker, &format!("{head} {tail}"));
        }
    }
    let any = broken.len() != text.len();
    (broken, any)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn breaks_each_marker_and_nothing_else() {
        assert_eq!(break_markers("a[INST]b[/INST]"), ("a[ INST]b[ /INST]".into(), true));
        assert_eq!(break_markers("<<<SYS>>><</SYS>>"), ("<< <SYS>>>< </SYS>>".into(), true));
        assert_eq!(break_markers("[inst] << SYS >> 中文"), ("[inst] << SYS >> 中文".into(), false));
    }

    proptest! {
        #[test]
        fn leaves_no_marker(parts in prop::collection::vec(
            prop::sample::select(vec!["[INST]", "[/INST]", "<<SYS>>", "<</SYS>>", "<", ">", "[", "]", "/", "中", " ", "SYS"]), 0..20)
        ) {
            let text = parts.concat();
            let (broken, any) = break_markers(&text);
            prop_assert!(MARKERS.iter().all(|marker| !broken.contains(marker)));
            prop_assert_eq!(any, MARKERS.iter().any(|marker| text.contains(marker)));
            prop_assert_eq!(broken.replace(' ', ""), text.replace(' ', ""));
        }
    }
}
