//! nginx: exact locations before the longest prefix; quoted words with backslashes; variables in values.

use super::Said;

#[derive(Debug, Default)]
struct Block {
    words: Vec<String>,
    inside: Vec<Block>,
}

/// Words in quotation marks or without, until `;`, `{` or `}`.
fn read(text: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Vec<Block> {
    let (mut blocks, mut words) = (Vec::new(), Vec::new());
    while let Some(c) = text.next() {
        match c {
            '}' => break,
            '#' => while text.next_if(|c| *c != '\n').is_some() {},
            ';' => blocks.push(Block {
                words: std::mem::take(&mut words),
                inside: Vec::new(),
            }),
            '{' => blocks.push(Block {
                words: std::mem::take(&mut words),
                inside: read(text),
            }),
            '"' => {
                let mut word = String::new();
                while let Some(c) = text.next() {
                    match c {
                        '"' => break,
                        '\\' if matches!(text.peek(), Some('"' | '\\' | '\'')) => {
                            word.extend(text.next())
                        }
                        '\\' if matches!(text.peek(), Some('t' | 'r' | 'n')) => {
                            panic!("a control character")
                        }
                        c => word.push(c),
                    }
                }
                words.push(word);
            }
            c if c.is_whitespace() => {}
            c => {
                let mut word = c.to_string();
                while let Some(c) = text.next_if(|c| !c.is_whitespace() && !";{".contains(*c)) {
                    word.push(c);
                }
                words.push(word);
            }
        }
    }
    blocks
}

fn error_page(blocks: &[Block]) -> Option<&str> {
    let of_410 = |b: &&Block| b.words[0] == "error_page" && b.words[1] == "410";
    Some(&blocks.iter().find(of_410)?.words[2])
}

/// A value in which variables are put in.
fn value(text: &str) -> String {
    assert!(!text.contains('$'), "a variable in {text}");
    text.to_owned()
}

/// `\x24` is a character; everything else stands for itself, as far as we use patterns.
fn matches(pattern: &str, text: &str) -> bool {
    let inner = pattern
        .strip_prefix('^')
        .and_then(|p| p.strip_suffix('$'))
        .unwrap();
    let mut bytes = Vec::new();
    let mut rest = inner;
    while let Some(c) = rest.chars().next() {
        if let Some(hex) = rest.strip_prefix("\\x") {
            bytes.push(u8::from_str_radix(&hex[..2], 16).unwrap());
            rest = &hex[2..];
        } else {
            assert!(c.is_ascii_alphanumeric(), "{c} in {pattern}");
            bytes.push(c as u8);
            rest = &rest[1..];
        }
    }
    bytes == text.as_bytes()
}

pub fn answer(text: &str, path: &str, query: Option<&str>) -> Said {
    let server = read(&mut text.chars().peekable());
    let locations = || server.iter().filter(|b| b.words[0] == "location");
    let exact = locations().find(|b| b.words[1] == "=" && b.words[2] == path);
    let prefix = || {
        let starts =
            |b: &&Block| b.words[1] != "=" && path.starts_with(b.words.last().unwrap().as_str());
        locations()
            .filter(starts)
            .max_by_key(|b| b.words.last().unwrap().len())
    };
    let Some(location) = exact.or_else(prefix) else {
        return Said::Nothing;
    };
    let given = |block: &Block| match (block.words[1].as_str(), block.words.get(2)) {
        ("410", None) => {
            let page = error_page(&location.inside).or_else(|| error_page(&server));
            Said::Gone(page.unwrap().to_owned())
        }
        ("301", Some(to)) => Said::Moved(value(to)),
        other => panic!("{other:?}"),
    };
    for block in &location.inside {
        match block.words[0].as_str() {
            "return" => return given(block),
            "if" => {
                assert_eq!(block.words[1], "($args");
                let with = &block.words[3];
                assert_eq!(block.words[4], ")");
                let met = match block.words[2].as_str() {
                    "=" => value(with) == query.unwrap_or_default(),
                    "~" => matches(with, query.unwrap_or_default()),
                    other => panic!("{other}"),
                };
                if met {
                    return given(&block.inside[0]);
                }
            }
            "error_page" | "add_header" => {}
            other => panic!("{other}"),
        }
    }
    Said::Nothing
}
