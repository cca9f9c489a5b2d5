use super::*;
use crate::{
    base::lang::Lang,
    markdown::html::{Hooks, Page, to_html},
};

struct Plain;

impl Hooks for Plain {
    fn link(&mut self, href: &str) -> Option<String> {
        Some(href.to_owned())
    }

    fn image(&mut self, _: &str, alt: &str, _: &str, out: &mut String) {
        out.push_str(alt);
    }

    fn directive(&mut self, _: &crate::markdown::directive::Directive, _: &str, _: &mut String) {}
}

fn html(body: &str) -> String {
    let lang = Lang::parse("zh").unwrap();
    to_html(body, Page::new(&lang, "", false), &mut Plain).html
}

#[test]
fn emphasis_ends_at_punctuation_within_a_sentence() {
    for (body, expected) in [
        ("中文**强调。**继续", "中文<strong>强调。</strong>继续"),
        ("**重要：**请阅读", "<strong>重要：</strong>请阅读"),
        ("这是**“引用”**的文字", "这是<strong>“引用”</strong>的文字"),
        ("**注意（一）**：看", "<strong>注意（一）</strong>：看"),
        (
            "太郎は**「こんにちは」**と言った",
            "太郎は<strong>「こんにちは」</strong>と言った",
        ),
        (
            "これは**大事です。**次へ",
            "これは<strong>大事です。</strong>次へ",
        ),
        ("**한국어(Korean)**은", "<strong>한국어(Korean)</strong>은"),
        (
            "**이것은 \"강조\"**입니다",
            "<strong>이것은 “강조”</strong>입니다",
        ),
        ("中*强调，*文*再，*文", "中<em>强调，</em>文<em>再，</em>文"),
        (
            "**强调。**继续**强调。**继续",
            "<strong>强调。</strong>继续<strong>强调。</strong>继续",
        ),
        (
            "前**[链接](/x)**后",
            "前<strong><a href=\"/x\">链接</a></strong>后",
        ),
        ("前**`码`**后", "前<strong><code>码</code></strong>后"),
        ("~~删除。~~继续", "<del>删除。</del>继续"),
        ("***粗斜。***后", "<em><strong>粗斜。</strong></em>后"),
        ("**𠀀。**𠀁", "<strong>𠀀。</strong>𠀁"),
        (
            "| **甲。**乙 | b |\n|---|---|\n| 1 | 2 |",
            "<strong>甲。</strong>乙",
        ),
    ] {
        let out = html(body);
        assert!(out.contains(expected), "{body}\n{out}");
    }
}

#[test]
fn code_addresses_and_names_keep_their_characters() {
    let out = html(
        "`**强。**继` [甲。**乙][] <b title=\"甲。**乙\">x</b> \\**强。\\**继\n\n[甲。**乙]: /a。**b\n",
    );
    assert!(out.contains("<code>**强。**继</code>"), "{out}");
    assert!(out.contains("<a href=\"/a。**b\">甲。**乙</a>"), "{out}");
    assert!(out.contains("title=\"甲。**乙\""), "{out}");
}

#[test]
fn headings_keep_their_words() {
    assert!(html("## **甲。**乙").contains("id=\"甲-乙\""));
}

#[test]
fn stand_ins_are_what_the_parser_takes_them_for() {
    let strong = |text: &str| Parser::new(text).any(|e| matches!(e, Event::Start(Tag::Strong)));
    // A letter lets emphasis end behind it; punctuation lets it begin before punctuation.
    assert!(strong("**a一**b") && strong("**a\u{20000}**b"));
    assert!(strong("、**(a)**、") && strong("\u{10100}**(a)**\u{10100}"));
    assert!(!strong("一**(a)**一"));
}

proptest::proptest! {
    #[test]
    fn a_text_without_such_characters_is_untouched(body in "([a-zéя .,()!\n—“]|\\*|\\*\\*|`|_|~|\\[|\\]){0,60}") {
        proptest::prop_assert!(matches!(mask(&body), Cow::Borrowed(_)));
    }

    #[test]
    fn nothing_moves_and_no_character_is_lost(body in "(中|。|（|「|韓|한|ｱ|𠀀|a|\\.| |\"|\\*|\\*\\*|`|_|\\[|\\]|\\(x\\)|\n){0,40}") {
        // No reader sees what stands behind the fence of a code block.
        proptest::prop_assume!(!body.contains("```"));
        proptest::prop_assert_eq!(mask(&body).len(), body.len());
        let kept = |t: &str| t.chars().filter(|c| is_cjk(*c)).collect::<String>();
        proptest::prop_assert_eq!(kept(&html(&body)), kept(&body));
    }

    #[test]
    fn whole_sentences_are_emphasised(before in "[中文]{1,3}", inside in "[强调]{1,3}", end in "[。，！」）.!)]", after in "[继续한]{1,3}") {
        let out = html(&format!("{before}**{inside}{end}**{after}"));
        let expected = format!("<strong>{}{}</strong>", inside, end);
        proptest::prop_assert!(out.contains(&expected), "{}", out);
    }
}
