//! Colors code while the book is built: each token gets a class, and no script
//! of a reader has anything left to do.
//!
//! | class | for |
//! |---|---|
//! | `kw` | keywords |
//! | `ty` | types, by their capital letter or because they are built in |
//! | `fn` | functions, where they are defined or called |
//! | `ma` | macros, with their `!` |
//! | `st` | strings and characters |
//! | `nu` | numbers |
//! | `co` | comments |
//! | `li` | lifetimes |
//! | `at` | attributes, and what C's preprocessor reads |
//! | `pr` | the command of a terminal session, with its prompt |

use std::ops::Range;

use ra_ap_rustc_lexer::{FrontmatterAllowed, LiteralKind, TokenKind, tokenize};

use crate::html::escape;

/// What a text is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Rust, edition 2024.
    Rust,
    /// C17.
    C,
    /// C++20.
    Cpp,
    /// JavaScript.
    JavaScript,
    /// Java.
    Java,
    /// Python 3.
    Python,
    /// Go.
    Go,
    /// A terminal session: commands behind `$ `, and what they print.
    Console,
    /// Anything else: no token stands out.
    Text,
}

impl Language {
    /// The class of its `<code>`.
    pub fn class(self) -> &'static str {
        match self {
            Language::Rust => "rs",
            Language::C => "c",
            Language::Cpp => "cpp",
            Language::JavaScript => "js",
            Language::Java => "java",
            Language::Python => "py",
            Language::Go => "go",
            Language::Console => "console",
            Language::Text => "text",
        }
    }
}

/// A part of a text that stands out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// How; see the table of the module.
    pub class: &'static str,
    /// Its bytes.
    pub range: Range<usize>,
}

/// A line of a block, and what is said of it besides its tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// The page hides it until it is asked for.
    pub hidden: bool,
    /// A picture belongs to it.
    pub pictured: bool,
}

/// The tokens of a text that stand out, in order.
///
/// ```
/// let code = "let n = size(\"a\"); // bytes";
/// let told: Vec<_> = site::code::tokens(site::code::Language::Rust, code)
///     .into_iter()
///     .map(|token| (token.class, &code[token.range]))
///     .collect();
/// assert_eq!(told, [("kw", "let"), ("fn", "size"), ("st", "\"a\""), ("co", "// bytes")]);
/// ```
pub fn tokens(language: Language, code: &str) -> Vec<Token> {
    match language {
        Language::Rust => rust(code),
        Language::C => other(code, &C),
        Language::Cpp => other(code, &CPP),
        Language::JavaScript => other(code, &JAVASCRIPT),
        Language::Java => other(code, &JAVA),
        Language::Python => other(code, &PYTHON),
        Language::Go => other(code, &GO),
        Language::Console => console(code),
        Language::Text => Vec::new(),
    }
}

/// A text as HTML: its tokens in `<span>`s, a span for each line that a token
/// goes over. `line` tells about each line, counted from 1.
///
/// Without the tags, and with its entities read, it is the text, byte for byte.
pub fn html(code: &str, tokens: &[Token], line: impl Fn(usize) -> Line) -> String {
    let mut html = String::with_capacity(code.len() * 2);
    let mut tokens = tokens.iter().peekable();
    let mut start = 0;
    let mut hiding = false;
    for (index, text) in code.split_inclusive('\n').enumerate() {
        let Line { hidden, pictured } = line(index + 1);
        if hidden != hiding {
            html.push_str(if hidden {
                "<span class=\"boring\">"
            } else {
                "</span>"
            });
            hiding = hidden;
        }
        if pictured {
            html.push_str(&format!(
                "<span class=\"line\" data-line=\"{}\">",
                index + 1
            ));
        }
        let end = start + text.trim_end_matches('\n').len();
        let mut at = start;
        while let Some(token) = tokens.peek().filter(|token| token.range.start < end) {
            let (from, to) = (token.range.start.max(at), token.range.end.min(end));
            escape(&code[at..from], &mut html);
            if from < to {
                piece(token.class, &code[from..to], &mut html);
            }
            at = to;
            if token.range.end > end {
                break;
            }
            tokens.next();
        }
        escape(&code[at..end], &mut html);
        if pictured {
            html.push_str("</span>");
        }
        start += text.len();
        escape(&code[end..start], &mut html);
    }
    if hiding {
        html.push_str("</span>");
    }
    html
}

/// One span; the sign of a mark stands out in its comment.
fn piece(class: &str, text: &str, html: &mut String) {
    html.push_str(&format!("<span class=\"{class}\">"));
    let mark = text.find(is_mark).filter(|_| class == "co");
    match mark {
        Some(at) => {
            let end = at + text[at..].chars().next().map_or(0, char::len_utf8);
            escape(&text[..at], html);
            html.push_str("<mark class=\"mk\">");
            escape(&text[at..end], html);
            html.push_str("</mark>");
            escape(&text[end..], html);
        }
        None => escape(text, html),
    }
    html.push_str("</span>");
}

/// The signs of marks: `①` to `⑳`.
fn is_mark(sign: char) -> bool {
    ('①'..='⑳').contains(&sign)
}

// ---- Rust -------------------------------------------------------------------

/// The keywords of edition 2024. `raw`, `union` and their kin are words like
/// any other, except in one place each.
const RUST_KEYWORDS: &str = "as async await break const continue crate dyn else enum extern false fn \
    for gen if impl in let loop match mod move mut pub ref return self Self \
    static struct super trait true type unsafe use where while";

const RUST_TYPES: &str =
    "bool char f32 f64 i128 i16 i32 i64 i8 isize str u128 u16 u32 u64 u8 usize";

fn rust(code: &str) -> Vec<Token> {
    let mut at = 0;
    let lexed: Vec<(TokenKind, Range<usize>)> = tokenize(code, FrontmatterAllowed::No)
        .map(|token| {
            let range = at..at + token.len as usize;
            at = range.end;
            (token.kind, range)
        })
        .collect();
    let blank = |kind: &TokenKind| {
        matches!(
            kind,
            TokenKind::Whitespace | TokenKind::LineComment { .. } | TokenKind::BlockComment { .. }
        )
    };
    let mut tokens = Vec::new();
    // The last word or sign, while nothing but white space came since.
    let mut before = "";
    let mut i = 0;
    while let Some((kind, range)) = lexed.get(i) {
        let text = &code[range.clone()];
        let next = |n: usize| lexed.get(i + n).map(|(kind, _)| *kind);
        let mut range = range.clone();
        let class = match kind {
            TokenKind::LineComment { .. } | TokenKind::BlockComment { .. } => Some("co"),
            TokenKind::Literal { kind, .. } => Some(match kind {
                LiteralKind::Int { .. } | LiteralKind::Float { .. } => "nu",
                _ => "st",
            }),
            TokenKind::Lifetime { .. } | TokenKind::RawLifetime => Some("li"),
            TokenKind::Pound => attribute(&lexed[i..]).map(|length| {
                range.end = lexed[i + length - 1].1.end;
                i += length - 1;
                "at"
            }),
            TokenKind::Ident
                if next(1) == Some(TokenKind::Bang) && next(2) != Some(TokenKind::Eq) =>
            {
                // `x !` is no macro, and neither is `return !done`.
                if is_rust_keyword(text) {
                    Some("kw")
                } else {
                    range.end += 1;
                    i += 1;
                    Some("ma")
                }
            }
            TokenKind::Ident => {
                let following = lexed[i + 1..].iter().find(|(kind, _)| !blank(kind));
                let follows = following.map_or("", |(_, range)| &code[range.clone()]);
                word(text, before, follows).or_else(|| {
                    let called = next(1) == Some(TokenKind::OpenParen)
                        || code[range.end..].starts_with("::<");
                    (before == "fn" || called).then_some("fn")
                })
            }
            _ => None,
        };
        if !blank(kind) {
            before = &code[range.clone()];
        }
        tokens.extend(class.map(|class| Token { class, range }));
        i += 1;
    }
    tokens
}

/// Whether a list, its words between spaces, has this one.
fn holds(list: &str, word: &str) -> bool {
    list.split(' ').any(|known| known == word)
}

fn is_rust_keyword(text: &str) -> bool {
    holds(RUST_KEYWORDS, text)
}

/// What a word is by itself and its neighbors; `None` for names of values and
/// functions.
fn word(text: &str, before: &str, follows: &str) -> Option<&'static str> {
    let keyword = match text {
        "raw" => before == "&" && matches!(follows, "const" | "mut"),
        "union" | "auto" | "safe" => {
            follows.starts_with(|c: char| c.is_alphabetic()) && before != "."
        }
        // A field or a method may be named so only with `r#`; but `.await` is one.
        _ => is_rust_keyword(text),
    };
    if keyword {
        Some("kw")
    } else if holds(RUST_TYPES, text) || is_type_name(text) {
        Some("ty")
    } else {
        None
    }
}

/// A name like `Vec` or `T`, and not like `MAX_SEATS`.
fn is_type_name(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(char::is_uppercase)
        && (name.chars().count() == 1 || letters.any(char::is_lowercase))
}

/// How many tokens `#[…]` or `#![…]` takes, if one starts here.
fn attribute(tokens: &[(TokenKind, Range<usize>)]) -> Option<usize> {
    let kind = |i: usize| tokens.get(i).map(|(kind, _)| *kind);
    let open = if kind(1) == Some(TokenKind::Bang) {
        2
    } else {
        1
    };
    if kind(open) != Some(TokenKind::OpenBracket) {
        return None;
    }
    let mut depth = 0;
    for (i, (kind, _)) in tokens.iter().enumerate().skip(open) {
        match kind {
            TokenKind::OpenBracket => depth += 1,
            TokenKind::CloseBracket => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(i + 1);
        }
    }
    None
}

// ---- C and its kin, Python --------------------------------------------------

/// What sets one language of this family apart from the others.
struct Family {
    keywords: &'static str,
    types: &'static str,
    /// What opens and closes a string; the last of JavaScript's goes over lines.
    quotes: &'static str,
    /// What opens a comment up to the end of its line.
    comment: &'static str,
    /// Lines that open so are the preprocessor's, or an annotation.
    directive: Option<char>,
    /// A capital letter makes a type.
    capitals: bool,
}

const C: Family = Family {
    keywords: "auto break case const continue default do else enum extern for goto if \
        inline register restrict return sizeof static struct switch typedef union \
        volatile while",
    types: "bool char double float int int16_t int32_t int64_t int8_t long ptrdiff_t \
        short signed size_t ssize_t uint16_t uint32_t uint64_t uint8_t uintptr_t \
        unsigned void FILE",
    quotes: "\"'",
    comment: "//",
    directive: Some('#'),
    capitals: false,
};

const CPP: Family = Family {
    keywords: "auto break case catch class concept const consteval constexpr constinit \
        const_cast continue co_await co_return co_yield decltype default delete do \
        dynamic_cast else enum explicit export extern false final for friend goto if \
        inline mutable namespace new noexcept nullptr operator override private \
        protected public reinterpret_cast requires return sizeof static static_assert \
        static_cast struct switch template this throw true try typedef typename union \
        using virtual volatile while",
    types: "bool char double float int int16_t int32_t int64_t int8_t long ptrdiff_t \
        short signed size_t string string_view uint16_t uint32_t uint64_t uint8_t \
        uintptr_t unsigned vector void wchar_t",
    quotes: "\"'",
    comment: "//",
    directive: Some('#'),
    capitals: true,
};

const PYTHON: Family = Family {
    keywords: "False None True and as assert async await break class continue def del \
        elif else except finally for from global if import in is lambda nonlocal not \
        or pass raise return try while with yield",
    types: "bool bytes dict float int list set str tuple",
    quotes: "\"'",
    comment: "#",
    directive: Some('@'),
    capitals: true,
};

const GO: Family = Family {
    keywords: "break case chan const continue default defer else fallthrough false for \
        func go goto if import interface map nil package range return select struct \
        switch true type var",
    types: "any bool byte complex128 complex64 error float32 float64 int int16 int32 \
        int64 int8 rune string uint uint16 uint32 uint64 uint8 uintptr",
    quotes: "\"'`",
    comment: "//",
    directive: None,
    // There they tell what a package gives to others, a function as well as a type.
    capitals: false,
};

const JAVASCRIPT: Family = Family {
    keywords: "async await break case catch class const continue debugger default delete \
        do else export extends false finally for function if import in instanceof \
        let new null of return static super switch this throw true try typeof \
        undefined var void while yield",
    types: "",
    quotes: "\"'`",
    comment: "//",
    directive: None,
    capitals: true,
};

const JAVA: Family = Family {
    keywords: "abstract assert break case catch class continue default do else enum \
        extends false final finally for if implements import instanceof interface \
        native new null package private protected public record return static \
        super switch synchronized this throw throws true try var volatile while",
    types: "boolean byte char double float int long short void",
    quotes: "\"'",
    comment: "//",
    directive: Some('@'),
    capitals: true,
};

fn other(code: &str, family: &Family) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    let mut line_is_blank = true;
    let slashes = family.comment == "//";
    while let Some(first) = code[at..].chars().next() {
        let rest = &code[at..];
        let (length, class) = if rest.starts_with(family.comment) {
            (until(rest, "\n"), Some("co"))
        } else if let Some(text) = rest.strip_prefix("\"\"\"") {
            (3 + through(text, "\"\"\""), Some("st"))
        } else if let Some(comment) = slashes.then(|| rest.strip_prefix("/*")).flatten() {
            (2 + through(comment, "*/"), Some("co"))
        } else if Some(first) == family.directive && (line_is_blank || first == '@') {
            (directive(rest, first), Some("at"))
        } else if family.quotes.contains(first) {
            (quoted(rest, first), Some("st"))
        } else if first.is_ascii_digit() {
            (number(rest), Some("nu"))
        } else if first.is_alphabetic() || first == '_' || first == '$' {
            let length = span(rest, |c| c.is_alphanumeric() || c == '_' || c == '$');
            (length, named(&rest[..length], &rest[length..], family))
        } else {
            (first.len_utf8(), None)
        };
        line_is_blank = first == '\n' || (line_is_blank && first.is_whitespace());
        tokens.extend(class.map(|class| Token {
            class,
            range: at..at + length,
        }));
        at += length;
    }
    tokens
}

fn named(name: &str, rest: &str, family: &Family) -> Option<&'static str> {
    if holds(family.keywords, name) {
        Some("kw")
    } else if holds(family.types, name) || (family.capitals && is_type_name(name)) {
        Some("ty")
    } else if rest.starts_with('(') {
        Some("fn")
    } else {
        None
    }
}

/// How many bytes are as `belongs` says.
fn span(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

fn until(text: &str, end: &str) -> usize {
    text.find(end).unwrap_or(text.len())
}

fn through(text: &str, end: &str) -> usize {
    text.find(end).map_or(text.len(), |at| at + end.len())
}

/// `#include <stdio.h>` up to its comment, or `@Override`.
fn directive(text: &str, sign: char) -> usize {
    if sign == '@' {
        return 1 + span(&text[1..], char::is_alphanumeric);
    }
    let line = &text[..until(text, "\n")];
    line[..until(line, "//").min(until(line, "/*"))]
        .trim_end()
        .len()
}

/// A string with its quotes. One that is not closed ends with its line; a
/// template goes over lines.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '\n' if quote != '`' => return at,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// `1959`, `0x1f`, `1.5e-3`, `10L`, `1_000`.
fn number(text: &str) -> usize {
    let mut last = ' ';
    text.find(|c: char| {
        let sign = matches!(c, '+' | '-') && matches!(last, 'e' | 'E') && !text.starts_with("0x");
        last = c;
        !(c.is_alphanumeric() || c == '.' || c == '_' || sign)
    })
    .unwrap_or(text.len())
}

// ---- A terminal session -----------------------------------------------------

fn console(code: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    for line in code.split_inclusive('\n') {
        if line.starts_with("$ ") {
            tokens.push(Token {
                class: "pr",
                range: at..at + line.trim_end().len(),
            });
        }
        at += line.len();
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(language: Language, code: &str) -> Vec<(&'static str, &str)> {
        tokens(language, code)
            .into_iter()
            .map(|token| (token.class, &code[token.range]))
            .collect()
    }

    #[test]
    fn lifetimes_are_not_characters() {
        assert_eq!(
            told(Language::Rust, "&'static str, 'a', b'\\'', 'b: '_'"),
            [
                ("li", "'static"),
                ("ty", "str"),
                ("st", "'a'"),
                ("st", "b'\\''"),
                ("li", "'b"),
                ("st", "'_'"),
            ]
        );
    }

    #[test]
    fn strings_of_all_kinds_end_where_they_end() {
        let code = "r#\"a\"b\"#; b\"x\\\"y\"; c\"z\"; \"one // no\n  two\"; // \"co\"";
        assert_eq!(
            told(Language::Rust, code),
            [
                ("st", "r#\"a\"b\"#"),
                ("st", "b\"x\\\"y\""),
                ("st", "c\"z\""),
                ("st", "\"one // no\n  two\""),
                ("co", "// \"co\""),
            ]
        );
    }

    #[test]
    fn words_are_told_by_their_neighbors() {
        assert_eq!(
            told(
                Language::Rust,
                "fn raw(raw: *const u8) -> bool { x != y && vec![1].len() > MAX }"
            ),
            [
                ("kw", "fn"),
                ("fn", "raw"),
                ("kw", "const"),
                ("ty", "u8"),
                ("ty", "bool"),
                ("ma", "vec!"),
                ("nu", "1"),
                ("fn", "len"),
            ]
        );
        assert_eq!(
            told(
                Language::Rust,
                "&raw const x; size_of::<T>(); Some(1); if !done {}"
            ),
            [
                ("kw", "raw"),
                ("kw", "const"),
                ("fn", "size_of"),
                ("ty", "T"),
                ("ty", "Some"),
                ("nu", "1"),
                ("kw", "if"),
            ]
        );
        assert_eq!(told(Language::Rust, "return!x"), [("kw", "return")]);
    }

    #[test]
    fn an_attribute_is_one_piece() {
        assert_eq!(
            told(
                Language::Rust,
                "#![allow(x)]\n#[doc = \"]\"] struct A<'a>(&'a [u8]);"
            ),
            [
                ("at", "#![allow(x)]"),
                ("at", "#[doc = \"]\"]"),
                ("kw", "struct"),
                ("ty", "A"),
                ("li", "'a"),
                ("li", "'a"),
                ("ty", "u8"),
            ]
        );
    }

    #[test]
    fn the_other_languages() {
        assert_eq!(
            told(
                Language::C,
                "#include <stdio.h> // io\nchar c = '\\''; x = 5 / f(\"%d\\n\");"
            ),
            [
                ("at", "#include <stdio.h>"),
                ("co", "// io"),
                ("ty", "char"),
                ("st", "'\\''"),
                ("nu", "5"),
                ("fn", "f"),
                ("st", "\"%d\\n\""),
            ]
        );
        assert_eq!(
            told(
                Language::JavaScript,
                "const a = 'it'; b = `x\n${a}`; new Map([1e-3])"
            ),
            [
                ("kw", "const"),
                ("st", "'it'"),
                ("st", "`x\n${a}`"),
                ("kw", "new"),
                ("ty", "Map"),
                ("nu", "1e-3"),
            ]
        );
        assert_eq!(
            told(
                Language::Java,
                "@Override public int size() { /* two\nlines */ return 2L; }"
            ),
            [
                ("at", "@Override"),
                ("kw", "public"),
                ("ty", "int"),
                ("fn", "size"),
                ("co", "/* two\nlines */"),
                ("kw", "return"),
                ("nu", "2L"),
            ]
        );
        assert_eq!(
            told(
                Language::Cpp,
                "#include <vector>\nstd::vector<int> v{1}; // ok\nauto &r = v.at(0);"
            ),
            [
                ("at", "#include <vector>"),
                ("ty", "vector"),
                ("ty", "int"),
                ("nu", "1"),
                ("co", "// ok"),
                ("kw", "auto"),
                ("fn", "at"),
                ("nu", "0"),
            ]
        );
        assert_eq!(
            told(
                Language::Python,
                "@cache\ndef f(x): # two\n    \"\"\"a\n\"b\" \"\"\"\n    return x // 2, x /*2"
            ),
            [
                ("at", "@cache"),
                ("kw", "def"),
                ("fn", "f"),
                ("co", "# two"),
                ("st", "\"\"\"a\n\"b\" \"\"\""),
                ("kw", "return"),
                ("nu", "2"),
                ("nu", "2"),
            ]
        );
        assert_eq!(
            told(
                Language::Go,
                "func main() { s := `a\n` /* b */; fmt.Println(s) }"
            ),
            [
                ("kw", "func"),
                ("fn", "main"),
                ("st", "`a\n`"),
                ("co", "/* b */"),
                ("fn", "Println"),
            ]
        );
        assert_eq!(
            told(Language::Console, "$ cargo run\n$5\n"),
            [("pr", "$ cargo run")]
        );
    }

    #[test]
    fn hidden_lines_and_lines_with_a_picture_get_a_span() {
        let code = "use a;\nuse b;\nlet x = \"1\n2\"; // ② here\nend";
        let lines = |line| Line {
            hidden: line < 3,
            pictured: line == 4,
        };
        assert_eq!(
            html(code, &tokens(Language::Rust, code), lines),
            "<span class=\"boring\"><span class=\"kw\">use</span> a;&#10;\
             <span class=\"kw\">use</span> b;&#10;</span>\
             <span class=\"kw\">let</span> x = <span class=\"st\">\"1</span>&#10;\
             <span class=\"line\" data-line=\"4\"><span class=\"st\">2\"</span>; \
             <span class=\"co\">// <mark class=\"mk\">②</mark> here</span></span>&#10;end"
        );
    }
}
