//! Which lines are nobody's business tomorrow: what begins with a blank, as shells have it, and what holds something
//! that looks like a key. Rather a line too many is forgotten than one too few.

/// How keys begin, and how many letters and digits then follow at least.
const KEYS: [(&str, usize); 10] = [
    ("hf_", 10),
    ("sk-", 10),
    ("ghp_", 16),
    ("gho_", 16),
    ("github_pat_", 16),
    ("glpat-", 12),
    ("xoxb-", 10),
    ("xoxp-", 10),
    ("AKIA", 16),
    ("AIza", 20),
];

/// Whether a line stays out of the history.
pub(super) fn is_private(line: &str) -> bool {
    line.starts_with(char::is_whitespace) || KEYS.iter().any(|key| has_key(line, *key))
}

fn has_key(line: &str, (beginning, n_least): (&str, usize)) -> bool {
    line.match_indices(beginning).any(|(start, _)| {
        let is_inside_a_word = line[..start].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        // Of the words that begin with hf_, most go on with another: hf_hub_download.
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || beginning != "hf_" && matches!(byte, b'-' | b'_');
        let n_behind = line[start + beginning.len()..].bytes().take_while(is_part).count();
        !is_inside_a_word && n_behind >= n_least
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_lines_that_begin_with_a_blank() {
        for line in [
            " 你好",
            "\t你好",
            "\u{3000}你好",
            "hf_abcdefghijklmnopqrst",
            "export HF_TOKEN=hf_AbCdEf0123456789",
            "我的密钥是sk-0123456789abcdef，别告诉别人",
            "sk-proj-abc_DEF-123456",
            "“sk-ant-api03-xxxxxxxx”",
            "一\n二\nghp_0123456789abcdefABCD",
            "github_pat_0123456789abcdefABCD",
            "AKIAIOSFODNN7EXAMPLE",
        ] {
            assert!(is_private(line), "{line:?}");
        }
    }

    #[test]
    fn words_are_no_keys() {
        for line in [
            "",
            "你好",
            "hf_hub_download 怎么用",
            "hf_",
            "sk-learn 和 sk-",
            "risk-management-planning",
            "ask-me-anything-you-like",
            "我想学 scikit-learn",
            "hf 和 sk",
        ] {
            assert!(!is_private(line), "{line:?}");
        }
    }
}
