//! What a Chinese character is: for whoever tells languages apart, one answer.

/// Whether this is a Chinese character, also a rare one; `〇`, the zero among the numbers, is one too. Punctuation and
/// kana are none.
#[must_use]
pub fn is_han(c: char) -> bool {
    // The two planes behind the common ones are set apart for them; what is not given out yet will be one.
    matches!(c, '〇' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters() {
        for c in "一你龥〇㐀䶿鿿豈𠮷𪚥𫝀𮯰𱍐𲎯".chars() {
            assert!(is_han(c), "{c}");
        }
        for c in "aé1，。「・あアㄅ가䷀Ａ😀\u{ffff}".chars() {
            assert!(!is_han(c), "{c}");
        }
    }
}
