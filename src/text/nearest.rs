//! What was probably meant: the known name closest to one mistyped. Used wherever a person types a name.

/// The known name closest to `typed`, if one is close enough to be what was meant.
#[must_use]
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Underscores for dashes and capitals are how names are written elsewhere, so they cost nothing.
    let plain = |name: &str| name.to_lowercase().replace('_', "-");
    let typed = plain(typed);
    (known.into_iter())
        .map(|name| (strsim::damerau_levenshtein(&typed, &plain(name)), name))
        .filter(|(steps, name)| *steps * 3 <= name.chars().count().max(3))
        .min_by_key(|(steps, _)| *steps)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_name_and_a_stranger_finds_none() {
        let known = ["temp", "top-k", "top-p", "max-tokens", "帮助"];
        for (typed, meant) in [
            ("tmep", Some("temp")),
            ("max_tokens", Some("max-tokens")),
            ("Max-Token", Some("max-tokens")),
            ("topk", Some("top-k")),
            ("帮忙", Some("帮助")),
            ("zebra", None),
            ("", None),
        ] {
            assert_eq!(nearest(typed, known), meant, "{typed}");
        }
    }
}
