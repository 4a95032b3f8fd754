//! Colours for code: comments, strings and numbers, from a small table of what they look like in which language.
//!
//! This is the seam behind which a real highlighter would stand: a [`Highlighter`] is made of the language that a
//! fence names, is given one line after another, and cuts each into pieces with a [`Kind`]; what lasts over lines is
//! its own affair. The pieces of a line are the line; a language that is not known is one plain piece.

/// What a piece of code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Plain,
    Comment,
    Text,
    Number,
}

/// What comments and strings look like.
struct Language {
    names: &'static [&'static str],
    /// What begins a comment to the end of the line.
    line_comments: &'static [&'static str],
    /// A line's comment begins at a word's beginning only: `$#` is none.
    is_comment_a_word: bool,
    block_comment: Option<(&'static str, &'static str)>,
    /// Longer ones first.
    quotes: &'static [Quote],
}

struct Quote {
    mark: &'static str,
    has_escapes: bool,
    spans_lines: bool,
}

const fn quote(mark: &'static str) -> Quote {
    Quote { mark, has_escapes: true, spans_lines: false }
}

const fn long_quote(mark: &'static str) -> Quote {
    Quote { mark, has_escapes: true, spans_lines: true }
}

const fn raw_quote(mark: &'static str) -> Quote {
    Quote { mark, has_escapes: false, spans_lines: false }
}

const LANGUAGES: &[Language] = &[
    Language {
        names: &[
            "c",
            "h",
            "cpp",
            "c++",
            "cc",
            "cxx",
            "objc",
            "java",
            "js",
            "javascript",
            "jsx",
            "mjs",
            "ts",
            "typescript",
            "tsx",
            "go",
            "golang",
            "swift",
            "kotlin",
            "kt",
            "cs",
            "csharp",
            "c#",
            "scala",
            "dart",
            "php",
            "json",
            "jsonc",
            "json5",
            "scss",
            "less",
            "proto",
            "groovy",
            "zig",
            "solidity",
            "verilog",
            "glsl",
            "cuda",
        ],
        line_comments: &["//"],
        is_comment_a_word: false,
        block_comment: Some(("/*", "*/")),
        quotes: &[quote("\""), quote("'"), long_quote("`")],
    },
    Language {
        // `'` opens a lifetime as often as a character.
        names: &["rust", "rs"],
        line_comments: &["//"],
        is_comment_a_word: false,
        block_comment: Some(("/*", "*/")),
        quotes: &[long_quote("\"")],
    },
    Language {
        names: &["python", "py", "python3", "pycon", "starlark"],
        line_comments: &["#"],
        is_comment_a_word: false,
        block_comment: None,
        quotes: &[long_quote("\"\"\""), long_quote("'''"), quote("\""), quote("'")],
    },
    Language {
        names: &[
            "sh",
            "bash",
            "zsh",
            "shell",
            "fish",
            "console",
            "dockerfile",
            "docker",
            "makefile",
            "make",
            "yaml",
            "yml",
            "toml",
            "ini",
            "conf",
            "nginx",
            "r",
            "perl",
            "pl",
            "ruby",
            "rb",
            "elixir",
            "ex",
            "powershell",
            "ps1",
            "nix",
            "cmake",
            "julia",
            "jl",
            "graphql",
            "hcl",
            "terraform",
        ],
        line_comments: &["#"],
        is_comment_a_word: true,
        block_comment: None,
        quotes: &[quote("\""), raw_quote("'")],
    },
    Language {
        names: &["sql", "mysql", "postgresql", "sqlite", "plsql"],
        line_comments: &["--"],
        is_comment_a_word: false,
        block_comment: Some(("/*", "*/")),
        quotes: &[raw_quote("'"), raw_quote("\""), raw_quote("`")],
    },
    Language {
        names: &["lua"],
        line_comments: &["--"],
        is_comment_a_word: false,
        block_comment: Some(("--[[", "]]")),
        quotes: &[quote("\""), quote("'")],
    },
    Language {
        names: &["haskell", "hs", "elm", "purescript"],
        line_comments: &["--"],
        is_comment_a_word: false,
        block_comment: Some(("{-", "-}")),
        quotes: &[quote("\"")],
    },
    Language {
        names: &["html", "xml", "svg", "vue", "xhtml"],
        line_comments: &[],
        is_comment_a_word: false,
        block_comment: Some(("<!--", "-->")),
        quotes: &[raw_quote("\"")],
    },
    Language {
        names: &["css"],
        line_comments: &[],
        is_comment_a_word: false,
        block_comment: Some(("/*", "*/")),
        quotes: &[quote("\""), quote("'")],
    },
    Language {
        names: &["latex", "tex", "matlab", "octave", "erlang", "erl", "prolog"],
        line_comments: &["%"],
        is_comment_a_word: false,
        block_comment: None,
        quotes: &[raw_quote("\"")],
    },
    Language {
        names: &["lisp", "scheme", "clojure", "clj", "elisp", "racket", "asm", "nasm"],
        line_comments: &[";"],
        is_comment_a_word: false,
        block_comment: None,
        quotes: &[long_quote("\"")],
    },
];

/// Highlights one code block, line by line.
pub(super) struct Highlighter {
    language: Option<&'static Language>,
    /// What the last line left open.
    inside: Option<Inside>,
}

#[derive(Clone, Copy)]
struct Inside {
    kind: Kind,
    end: &'static str,
    has_escapes: bool,
}

impl Highlighter {
    /// For the language that stands behind a fence, as in `rust,ignore`, `{.python}` or `c++ title="x"`.
    pub(super) fn new(info: &str) -> Self {
        let is_end = |c: char| c.is_whitespace() || matches!(c, ',' | ':' | '}');
        let name = info.trim().trim_start_matches(['{', '.']).split(is_end).next().unwrap_or("").to_lowercase();
        Self { language: LANGUAGES.iter().find(|language| language.names.contains(&name.as_str())), inside: None }
    }

    /// The pieces of the next line, which has no line end.
    pub(super) fn line<'a>(&mut self, line: &'a str) -> Vec<(&'a str, Kind)> {
        let Some(language) = self.language else { return vec![(line, Kind::Plain)] };
        let mut pieces = Vec::new();
        let (mut n_plain, mut rest) = (0, line);
        let mut unclosed = Vec::new();
        while rest.len() > n_plain {
            let (before, at) = rest.split_at(n_plain);
            let begun = match self.inside {
                Some(inside) => Some((inside.kind, self.n_inside(at, inside))),
                None => self.begin(language, before, at, &mut unclosed),
            };
            let Some((kind, n_bytes)) = begun else {
                n_plain += at.chars().next().map_or(0, char::len_utf8);
                continue;
            };
            if !before.is_empty() {
                pieces.push((before, Kind::Plain));
            }
            pieces.push((&at[..n_bytes], kind));
            (n_plain, rest) = (0, &at[n_bytes..]);
        }
        if !rest.is_empty() {
            pieces.push((rest, Kind::Plain));
        }
        pieces
    }

    /// What begins at `at`, and its bytes on this line. Quotes that nothing closes on this line are `unclosed`, so that
    /// each is looked for once.
    fn begin(
        &mut self,
        language: &Language,
        before: &str,
        at: &str,
        unclosed: &mut Vec<&'static str>,
    ) -> Option<(Kind, usize)> {
        let previous = before.chars().next_back();
        if let Some((open, end)) = language.block_comment
            && at.starts_with(open)
        {
            let inside = Inside { kind: Kind::Comment, end, has_escapes: false };
            return Some((Kind::Comment, open.len() + self.n_inside(&at[open.len()..], inside)));
        }
        let may_comment = !language.is_comment_a_word || previous.is_none_or(char::is_whitespace);
        if may_comment && language.line_comments.iter().any(|open| at.starts_with(open)) {
            return Some((Kind::Comment, at.len()));
        }
        for quote in language.quotes {
            if !at.starts_with(quote.mark) || unclosed.contains(&quote.mark) {
                continue;
            }
            let inside = Inside { kind: Kind::Text, end: quote.mark, has_escapes: quote.has_escapes };
            let n_bytes = quote.mark.len() + self.n_inside(&at[quote.mark.len()..], inside);
            if self.inside.is_none() || quote.spans_lines {
                return Some((Kind::Text, n_bytes));
            }
            // An apostrophe, or half a string: nothing that colours should hang on.
            self.inside = None;
            unclosed.push(quote.mark);
        }
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let is_number = at.starts_with(|c: char| c.is_ascii_digit()) && !previous.is_some_and(is_word);
        is_number.then(|| (Kind::Number, at.find(|c: char| !is_word(c) && c != '.').unwrap_or(at.len())))
    }

    /// How much of a line belongs to what it is inside of; notes whether it goes on after the line.
    fn n_inside(&mut self, at: &str, inside: Inside) -> usize {
        let mut n = 0;
        while let Some(c) = at[n..].chars().next() {
            if at[n..].starts_with(inside.end) {
                self.inside = None;
                return n + inside.end.len();
            }
            n += c.len_utf8();
            if c == '\\' && inside.has_escapes {
                n += at[n..].chars().next().map_or(0, char::len_utf8);
            }
        }
        self.inside = Some(inside);
        n
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The lines with their pieces in brackets: `c` comment, `s` string, `n` number.
    fn shown(info: &str, lines: &[&str]) -> Vec<String> {
        let mut highlighter = Highlighter::new(info);
        let piece = |(text, kind): (&str, Kind)| match kind {
            Kind::Plain => String::from(text),
            Kind::Comment => format!("c[{text}]"),
            Kind::Text => format!("s[{text}]"),
            Kind::Number => format!("n[{text}]"),
        };
        lines.iter().map(|line| highlighter.line(line).into_iter().map(piece).collect()).collect()
    }

    #[test]
    fn lines() {
        for (info, line, expected) in [
            ("rust", "let x: &'a str = \"a\\\"b\"; // 注", "let x: &'a str = s[\"a\\\"b\"]; c[// 注]"),
            ("rust,ignore", "x1 + 0x1f_u8 * 2.5e3", "x1 + n[0x1f_u8] * n[2.5e3]"),
            ("python", "print('你好', 3) # 注", "print(s['你好'], n[3]) c[# 注]"),
            ("{.python}", "a = '未完", "a = '未完"),
            ("bash", "echo \"$#\" ${x#y} # 注", "echo s[\"$#\"] ${x#y} c[# 注]"),
            ("bash", "echo 'a\\' b", "echo s['a\\'] b"),
            ("sql", "SELECT 'it''s' -- 注", "SELECT s['it']s['s'] c[-- 注]"),
            ("json", "{\"a\": 1}", "{s[\"a\"]: n[1]}"),
            ("js", "f(`a`, 'b') /* c */ + 1", "f(s[`a`], s['b']) c[/* c */] + n[1]"),
            ("C++", "// 注", "c[// 注]"),
            ("html", "<!-- 注 --><a href=\"b\">don't</a>", "c[<!-- 注 -->]<a href=s[\"b\"]>don't</a>"),
            ("brainfuck", "1 + \"a\" // #", "1 + \"a\" // #"),
            ("", "1", "1"),
            ("rust", "", ""),
        ] {
            assert_eq!(shown(info, &[line]), [expected], "{info}: {line}");
        }
    }

    #[test]
    fn what_is_open_goes_on_in_the_next_line() {
        assert_eq!(shown("c", &["a /* b", "c", "d */ e"]), ["a c[/* b]", "c[c]", "c[d */] e"]);
        assert_eq!(shown("py", &["'''a", "", "b''' # c"]), ["s['''a]", "", "s[b'''] c[# c]"]);
        assert_eq!(shown("py", &["'a", "b'"]), ["'a", "b'"]);
        assert_eq!(shown("py", &["'a \\' \\'b 1", "'c'"]), ["'a \\' \\'b n[1]", "s['c']"]);
    }

    const NAMES: &[&str] = &["rust", "py", "sh", "sql", "lua", "html", "tex", "x"];

    proptest! {
        #[test]
        fn the_pieces_are_the_line(
            language in prop::sample::select(NAMES),
            lines in prop::collection::vec("[a1 \"'`/*#\\\\<!\\->\\[\\]{}%;好_.]{0,20}", 0..5),
        ) {
            let mut highlighter = Highlighter::new(language);
            for line in &lines {
                let pieces: String = highlighter.line(line).into_iter().map(|(text, _)| text).collect();
                prop_assert_eq!(&pieces, line);
            }
        }
    }
}
