//! Where a line may end: the rules of Chinese type (GB/T 15834, and for kana JIS X 4051), and whole words for scripts
//! that have them. Pure: about two neighbours at a time; who keeps count of columns is not here.

use unicode_width::UnicodeWidthChar;

/// Closing marks, stops, and what belongs to the character before it: none of these begins a line.
const NOT_FIRST: &str = "，。、；：！？．％‰℃°′″·・…）〕】》〉」』〗〙〛｝］〞”’»›‐–～〜／﹐﹑﹒﹔﹕﹖﹗｡､｣･ー々〻ゝゞヽヾ\
                         ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶ,.;:!?)]}%";
/// Opening marks, signs that belong to the number after them, and the slash that commands and paths begin with: none of
/// these ends a line.
const NOT_LAST: &str = "（〔【《〈「『〖〘〚｛［〝“‘«‹｢＄￥￡([{/";
/// Two of these are one sign.
const INSEPARABLE: &str = "—…⋯‥";
/// Nobody knows whether they open or close.
const STRAIGHT_QUOTES: &str = "\"'";

/// Whether a line may begin with it.
pub(super) fn may_begin_line(c: char) -> bool {
    !NOT_FIRST.contains(c)
}

/// Whether a line may end with it.
pub(super) fn may_end_line(c: char) -> bool {
    !NOT_LAST.contains(c)
}

/// Whether white space between the two may become a line's end.
pub(super) fn may_part(before: char, after: char) -> bool {
    may_end_line(before) && may_begin_line(after)
}

/// Whether a word longer than a line may be cut between these neighbours.
pub(super) fn may_cut(before: char, after: char) -> bool {
    let is_one_sign = before == after && INSEPARABLE.contains(before);
    may_part(before, after) && !is_one_sign && ![before, after].iter().any(|c| STRAIGHT_QUOTES.contains(*c))
}

/// Whether a line may end between these neighbours: next to a wide character, not within a word.
pub(super) fn may_break(before: char, after: char) -> bool {
    may_cut(before, after) && (before.width() == Some(2) || after.width() == Some(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaks() {
        // `|` where a line may end.
        for marked in [
            "你|好，|世|界！",
            "（你|好）|吗？",
            "他|说：|“你|好。”|她|不|答",
            "用|Rust|写|的|v1.2|版",
            "“你|好”and",
            "涨|了|5%|左|右",
            "等|等……|还|有",
            "那|是|——|对",
            "说\"好\"吧",
            "列|奥·|达·|芬|奇",
            "《红|楼|梦》|和|『西|游|记』",
            "价|￥5|元",
            "👍|👍|ok|👍",
            "（/设|置）|或|他|/她",
            "ラー|メ|ン|ちょっ|と",
        ] {
            let text: Vec<char> = marked.chars().filter(|c| *c != '|').collect();
            let mut found = String::new();
            for (i, c) in text.iter().enumerate() {
                if i > 0 && may_break(text[i - 1], *c) {
                    found.push('|');
                }
                found.push(*c);
            }
            assert_eq!(found, marked);
        }
    }

    #[test]
    fn the_characters_of_the_promise() {
        for c in "，。！？；：、）」』”’》】…％%)],.!?:;".chars() {
            assert!(!may_begin_line(c), "{c}");
        }
        for c in "（「『“‘《【([{".chars() {
            assert!(!may_end_line(c), "{c}");
        }
        assert!(may_begin_line('（') && may_end_line('，') && may_begin_line('a') && may_begin_line('—'));
    }

    #[test]
    fn a_blank_parts_words_but_leaves_no_stop_behind() {
        assert!(may_part('a', 'b') && may_part('a', '"') && may_part('好', 'a'));
        assert!(!may_part('好', '，') && !may_part('（', '好'));
    }
}
