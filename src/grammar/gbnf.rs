//! Whether a text is a grammar in llama.cpp's notation (GBNF), and where it is not one: the parser of
//! `llama-grammar.cpp` in llama-cpp-sys-2 0.1.161, without what it makes of it.
//!
//! Not looked for are left recursion, unknown tokens in `<…>`, and whether all repetitions together are too many:
//! those llama.cpp still refuses.

use std::collections::HashSet;
use std::fmt;

use crate::text::Untrusted;
use crate::tr;

/// The rule that spells the whole answer.
const ROOT: &str = "root";

/// `MAX_REPETITION_THRESHOLD`.
const MAX_TIMES: u64 = 2000;

/// Brackets within brackets; llama.cpp's parser calls itself for each.
const MAX_DEPTH: usize = 200;

/// What is wrong with a grammar, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The line, from 1.
    pub line: usize,
    /// The character in it, from 1.
    pub column: usize,
    /// What.
    pub what: What,
}

/// What can be wrong with a grammar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A rule should begin here.
    NoName,
    /// `::=` should stand here.
    NoDefinition,
    /// The rule should have ended here.
    NoEnd,
    /// The text ends within quotation marks or square brackets.
    Unclosed,
    /// A round bracket is not closed.
    NoBracket,
    /// `\` with a letter that means nothing.
    Escape,
    /// So many hexadecimal digits should follow.
    Hex(usize),
    /// `*`, `+`, `?` or `{` with nothing before it.
    NothingBefore,
    /// A number should stand here.
    NoNumber,
    /// `}` or `,` should stand here.
    NoBrace,
    /// More repetitions than llama.cpp allows.
    TooMany,
    /// A token `<…>` that is none.
    Token,
    /// Brackets nested too deeply.
    TooDeep,
    /// A NUL character.
    Nul,
    /// There is no rule of this name.
    Undefined(String),
    /// There is no rule `root`.
    NoRoot,
}

/// Checks a grammar.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn check(text: &str) -> Result<(), Wrong> {
    let mut reader = Reader { text, at: 0, uses: Vec::new() };
    let wrong = |at, what| {
        let before = &text[..at];
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        Wrong { line: before.matches('\n').count() + 1, column: before[line_start..].chars().count() + 1, what }
    };
    if let Some(at) = text.find('\0') {
        return Err(wrong(at, What::Nul));
    }
    let defined = reader.rules().map_err(|what| wrong(reader.at, what))?;
    if let Some((name, at)) = reader.uses.iter().find(|(name, _)| !defined.contains(name)) {
        return Err(wrong(*at, What::Undefined((*name).to_owned())));
    }
    if defined.contains(ROOT) { Ok(()) } else { Err(wrong(0, What::NoRoot)) }
}

/// How far the text has been read.
struct Reader<'t> {
    text: &'t str,
    /// In bytes.
    at: usize,
    /// The rules that others name, and where.
    uses: Vec<(&'t str, usize)>,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn skip(&mut self, c: char) -> bool {
        let is_there = self.rest().starts_with(c);
        if is_there {
            self.at += c.len_utf8();
        }
        is_there
    }

    /// Skips what `is_part` says, and gives it.
    fn take_while(&mut self, is_part: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let taken = &rest[..rest.find(|c| !is_part(c)).unwrap_or(rest.len())];
        self.at += taken.len();
        taken
    }

    /// Skips blanks and comments, and line breaks where they do not end a rule.
    fn space(&mut self, over_lines: bool) {
        loop {
            let is_blank = |c: char| c == ' ' || c == '\t' || (over_lines && (c == '\r' || c == '\n'));
            self.take_while(is_blank);
            if self.peek() != Some('#') {
                return;
            }
            self.take_while(|c| c != '\r' && c != '\n');
        }
    }

    /// All rules: their names.
    fn rules(&mut self) -> Result<HashSet<&'t str>, What> {
        let mut defined = HashSet::new();
        self.space(true);
        while self.peek().is_some() {
            let name = self.take_while(is_word);
            if name.is_empty() {
                return Err(What::NoName);
            }
            defined.insert(name);
            self.space(false);
            if !self.rest().starts_with("::=") {
                return Err(What::NoDefinition);
            }
            self.at += "::=".len();
            self.space(true);
            self.alternates(0)?;
            if !matches!(self.peek(), None | Some('\r' | '\n')) {
                return Err(What::NoEnd);
            }
            self.space(true);
        }
        Ok(defined)
    }

    fn alternates(&mut self, depth: usize) -> Result<(), What> {
        if depth > MAX_DEPTH {
            return Err(What::TooDeep);
        }
        self.sequence(depth)?;
        while self.skip('|') {
            self.space(true);
            self.sequence(depth)?;
        }
        Ok(())
    }

    fn sequence(&mut self, depth: usize) -> Result<(), What> {
        // Whether there is something that can be repeated.
        let mut has_item = false;
        let is_nested = depth > 0;
        while let Some(c) = self.peek() {
            let start = self.at;
            match c {
                '"' => {
                    self.at += 1;
                    has_item = false;
                    while !self.skip('"') {
                        self.character()?;
                        has_item = true;
                    }
                }
                '[' => {
                    self.at += 1;
                    self.skip('^');
                    has_item = false;
                    while !self.skip(']') {
                        self.character()?;
                        has_item = true;
                        if self.rest().starts_with('-') && !self.rest().starts_with("-]") {
                            self.at += 1;
                            self.character()?;
                        }
                    }
                }
                '<' | '!' => {
                    self.token()?;
                    has_item = true;
                }
                '(' => {
                    self.at += 1;
                    self.space(true);
                    self.alternates(depth + 1)?;
                    if !self.skip(')') {
                        return Err(What::NoBracket);
                    }
                    has_item = true;
                }
                '.' => {
                    self.at += 1;
                    has_item = true;
                }
                '*' | '+' | '?' => {
                    if !has_item {
                        return Err(What::NothingBefore);
                    }
                    self.at += 1;
                }
                '{' => {
                    self.at += 1;
                    let is_none = self.times(is_nested)?;
                    if !has_item {
                        self.at = start;
                        return Err(What::NothingBefore);
                    }
                    has_item = !is_none;
                }
                c if is_word(c) => {
                    let name = self.take_while(is_word);
                    self.uses.push((name, start));
                    has_item = true;
                }
                _ => break,
            }
            self.space(is_nested);
        }
        Ok(())
    }

    /// One character, maybe as an escape.
    fn character(&mut self) -> Result<(), What> {
        let mut next = self.rest().chars();
        match next.next() {
            None => Err(What::Unclosed),
            Some('\\') => {
                let n_digits = match next.next() {
                    Some('x') => 2,
                    Some('u') => 4,
                    Some('U') => 8,
                    Some('t' | 'r' | 'n' | '\\' | '"' | '[' | ']' | '-') => 0,
                    _ => return Err(What::Escape),
                };
                let end = self.at + 2 + n_digits;
                let digits = self.text.as_bytes().get(self.at + 2..end);
                if !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
                    return Err(What::Hex(n_digits));
                }
                self.at = end;
                Ok(())
            }
            Some(c) => {
                self.at += c.len_utf8();
                Ok(())
            }
        }
    }

    /// A token: `<think>`, `<[1000]>`, or either behind `!`.
    fn token(&mut self) -> Result<(), What> {
        self.skip('!');
        let is_token = self.skip('<')
            && if self.skip('[') {
                let id = self.take_while(|c| c.is_ascii_digit());
                id.parse::<u32>().is_ok() && self.skip(']') && self.skip('>')
            } else {
                self.take_while(|c| c != '>');
                self.skip('>')
            };
        if is_token { Ok(()) } else { Err(What::Token) }
    }

    /// What stands between braces: `3}`, `1,}`, `1,5}`. Whether that is nothing at all.
    fn times(&mut self, is_nested: bool) -> Result<bool, What> {
        self.space(is_nested);
        let min = self.number()?.ok_or(What::NoNumber)?;
        self.space(is_nested);
        let mut max = Some(min);
        if self.skip(',') {
            self.space(is_nested);
            max = self.number()?;
            self.space(is_nested);
        }
        if !self.skip('}') {
            return Err(What::NoBrace);
        }
        if min > MAX_TIMES {
            return Err(What::TooMany);
        }
        Ok(max == Some(0))
    }

    fn number(&mut self) -> Result<Option<u64>, What> {
        let digits = self.take_while(|c| c.is_ascii_digit());
        if digits.is_empty() {
            return Ok(None);
        }
        digits.parse().map(Some).map_err(|_| What::TooMany)
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-'
}

impl fmt::Display for Wrong {
    /// Where, and what, without the file: who tells it knows that.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column, what) = (self.line, self.column, &self.what);
        f.write_str(&match what {
            What::NoRoot => what.to_string(),
            _ => tr!("第 {line} 行第 {column} 个字符处：{what}", "line {line}, character {column}: {what}"),
        })
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&match self {
            Self::NoName => tr!(
                "这里应是规则的名字（只能用英文字母、数字和 -）",
                "a rule's name should stand here (letters, digits and - only)"
            ),
            Self::NoDefinition => tr!(
                "这里应是 ::=（规则的名字只能用英文字母、数字和 -）",
                "::= should stand here (names have letters, digits and - only)"
            ),
            Self::NoEnd => tr!(
                "规则到这里应当结束：下一条规则另起一行，字面文字要加引号",
                "the rule should end here: the next one begins on a new line, and literal text stands in quotation marks"
            ),
            Self::Unclosed => {
                tr!("引号或方括号没有闭合", "a quotation mark or a square bracket is not closed")
            }
            Self::NoBracket => tr!("这里应是右括号 )", "a closing ) should stand here"),
            Self::Escape => tr!(
                "不认识的转义；有的是 \\n \\r \\t \\\\ \\\" \\[ \\] \\- \\xNN \\uNNNN \\UNNNNNNNN",
                "an unknown escape; there are \\n \\r \\t \\\\ \\\" \\[ \\] \\- \\xNN \\uNNNN \\UNNNNNNNN"
            ),
            Self::Hex(n) => tr!("转义后面应有 {n} 位十六进制数", "{n} hexadecimal digits should follow the escape"),
            Self::NothingBefore => {
                tr!("* + ? {{ 前面没有可重复的东西", "there is nothing before * + ? {{ to repeat")
            }
            Self::NoNumber => tr!("{{ 后面应是数字", "a number should follow {{"),
            Self::NoBrace => tr!("这里应是 }} 或 ,", "}} or , should stand here"),
            Self::TooMany => tr!("重复不能超过 {MAX_TIMES} 次", "it cannot be repeated more than {MAX_TIMES} times"),
            Self::Token => tr!("这不是词元：应为 <文字> 或 <[编号]>", "this is no token: expected <TEXT> or <[ID]>"),
            Self::TooDeep => tr!("括号嵌套得太深", "brackets are nested too deeply"),
            Self::Nul => tr!("有一个空字符（NUL）", "there is a NUL character"),
            Self::Undefined(name) => {
                let name = Untrusted(name);
                tr!("没有名为 {name} 的规则", "there is no rule {name}")
            }
            Self::NoRoot => {
                tr!("没有规则 root：整个回答要由它写出", "there is no rule root, which spells the whole answer")
            }
        })
    }
}

#[cfg(test)]
#[path = "gbnf_tests.rs"]
mod tests;
