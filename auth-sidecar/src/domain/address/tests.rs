use proptest::prelude::*;

use super::*;

fn key(text: &str) -> String {
    Address::parse(text)
        .unwrap_or_else(|error| panic!("{text:?}: {error}"))
        .key
}

#[test]
fn spelling_and_key() {
    for (text, spelling, key) in [
        ("ana@example.org", "ana@example.org", "ana@example.org"),
        (
            "  Ana@Example.ORG\r\n",
            "Ana@example.org",
            "ana@example.org",
        ),
        (
            "\u{a0}\u{3000}ana@example.org\u{2028}",
            "ana@example.org",
            "ana@example.org",
        ),
        (
            "a.b+c-d_e@example.org",
            "a.b+c-d_e@example.org",
            "a.b+c-d_e@example.org",
        ),
        (
            "O'Neill@example.org",
            "O'Neill@example.org",
            "o'neill@example.org",
        ),
        (
            "!#$%&'*+-/=?^_`{|}~@x.yz",
            "!#$%&'*+-/=?^_`{|}~@x.yz",
            "!#$%&'*+-/=?^_`{|}~@x.yz",
        ),
        ("1@2.example", "1@2.example", "1@2.example"),
        // The local part: NFC is sent, NFKC folded is who it is.
        (
            "Jose\u{301}@example.org",
            "José@example.org",
            "josé@example.org",
        ),
        ("JOSÉ@example.org", "JOSÉ@example.org", "josé@example.org"),
        (
            "ＡＮＡ@example.org",
            "ＡＮＡ@example.org",
            "ana@example.org",
        ),
        ("ﬁona@example.org", "ﬁona@example.org", "fiona@example.org"),
        ("Weiß@example.org", "Weiß@example.org", "weiss@example.org"),
        // A dot below: what folding leaves is composed again.
        (
            "ß\u{323}@example.org",
            "ß\u{323}@example.org",
            "s\u{1e63}@example.org",
        ),
        (
            "ΣΊΣΥΦΟΣ@example.org",
            "ΣΊΣΥΦΟΣ@example.org",
            "σίσυφοσ@example.org",
        ),
        (
            "Σίσυφος@example.org",
            "Σίσυφος@example.org",
            "σίσυφοσ@example.org",
        ),
        ("İ@example.org", "İ@example.org", "i\u{307}@example.org"),
        (
            "\u{212a}im@example.org",
            "Kim@example.org",
            "kim@example.org",
        ),
        ("⒈a@example.org", "⒈a@example.org", "1.a@example.org"),
        ("⒈a@example.org", "⒈a@example.org", "1.a@example.org"),
        ("用户@example.org", "用户@example.org", "用户@example.org"),
        ("خبر@example.org", "خبر@example.org", "خبر@example.org"),
        (
            "उदाहरण@example.org",
            "उदाहरण@example.org",
            "उदाहरण@example.org",
        ),
        // The domain: UTS #46, non-transitional.
        ("a@faß.de", "a@xn--fa-hia.de", "a@xn--fa-hia.de"),
        ("a@FASS.de", "a@fass.de", "a@fass.de"),
        ("a@XN--FA-HIA.de", "a@xn--fa-hia.de", "a@xn--fa-hia.de"),
        (
            "a@Bücher.example",
            "a@xn--bcher-kva.example",
            "a@xn--bcher-kva.example",
        ),
        (
            "a@bu\u{308}cher.example",
            "a@xn--bcher-kva.example",
            "a@xn--bcher-kva.example",
        ),
        ("a@ｅｘａｍｐｌｅ.org", "a@example.org", "a@example.org"),
        (
            "a@例え。テスト",
            "a@xn--r8jz45g.xn--zckzah",
            "a@xn--r8jz45g.xn--zckzah",
        ),
        ("a@σίσυφος.gr", "a@xn--kxa6ajbbmh.gr", "a@xn--kxa6ajbbmh.gr"),
        (
            "a@r3---sn.example",
            "a@r3---sn.example",
            "a@r3---sn.example",
        ),
        ("a@x.y", "a@x.y", "a@x.y"),
    ] {
        let address = Address::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
        assert_eq!(address.spelling(), spelling, "{text:?}");
        assert_eq!(address.key(), key, "{text:?}");
        assert_eq!(
            format!("{}@{}", address.local(), address.domain()),
            spelling
        );
    }
}

#[test]
fn invisible_characters_and_a_final_full_stop_are_ignored() {
    for text in [
        "\u{feff}ana@example.org",
        "a\u{ad}na@example.org",
        "ana\u{200b}@example.org",
        "an\u{200d}a@example.org",
        "\u{200f}ana@example.org\u{200e}",
        "\u{202a}ana@example.org\u{202c}",
        "\u{2066}ana@exam\u{ad}ple.org\u{2069} ",
        "ana\u{61c}@exam\u{200b}ple.org",
        " \u{200e} ana\u{fe0f}@example\u{202e}.org\u{200d}",
        "ana\u{3164}\u{115f}\u{e0041}@\u{feff}example.org",
        "ana@example.org.",
        "ana@example.org。",
        "ana@example.org.\u{200b}",
        "ana＠example.org",
        "ana＠ｅｘａｍｐｌｅ．ｏｒｇ．",
    ] {
        let address = Address::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
        assert_eq!(address.spelling(), "ana@example.org", "{text:?}");
    }
    assert!(Address::parse(&format!("ana@example.org{:\u{200b}>500}", "")).is_ok());
}

#[test]
fn identities_are_distinguished() {
    assert_eq!(key("ANA@EXAMPLE.ORG"), key("ana@example.org"));
    assert_eq!(key("ana@bücher.example"), key("Ana@xn--bcher-kva.example"));
    for (one, other) in [
        ("a@faß.de", "a@fass.de"),
        ("a.b@example.org", "ab@example.org"),
        ("a+b@example.org", "a@example.org"),
        ("а@example.org", "a@example.org"),
        ("i@example.org", "ı@example.org"),
        ("jose@example.org", "josé@example.org"),
        ("a@sub.example.org", "a@example.org"),
    ] {
        assert_ne!(key(one), key(other), "{one} {other}");
    }
}

#[test]
fn invalid_addresses_are_refused() {
    use AddressError::{Domain, Local, NoAt};
    for (text, error) in [
        ("", NoAt),
        (" ", NoAt),
        ("ana", NoAt),
        ("ana.example.org", NoAt),
        ("@", Domain),
        ("ana@", Domain),
        ("@example.org", Local),
        // Forms of RFC 5322 that nobody has.
        ("\"ana\"@example.org", Local),
        ("\"a@b\"@example.org", Local),
        ("\"a b\"@example.org", Local),
        ("ana(comment)@example.org", Local),
        ("(comment)ana@example.org", Local),
        ("ana@(comment)example.org", Domain),
        ("ana@example.org(comment)", Domain),
        ("Ana <ana@example.org>", Domain),
        ("<ana@example.org>", Domain),
        ("<ana>@example.org", Local),
        ("mailto:ana@example.org", Local),
        ("a\\@b@example.org", Local),
        ("a;b@example.org", Local),
        ("[a]@example.org", Local),
        ("ana@[127.0.0.1]", Domain),
        ("ana@[IPv6:::1]", Domain),
        // Two addresses, or one that becomes two.
        ("a@b@example.org", Local),
        ("a@example.org,b@example.org", Local),
        ("a,b@example.org", Local),
        ("a，b@example.org", Local),
        ("a@example.org b@example.org", Local),
        ("a@example.org;b@example.org", Local),
        ("a＠b@example.org", Local),
        ("a@b＠example.org", Domain),
        ("a@example.org,", Domain),
        // White space, controls, what cannot be seen.
        ("a b@example.org", Local),
        ("a\tb@example.org", Local),
        ("a\r\nRCPT TO:<b>@example.org", Local),
        ("a\r\nBcc: b@example.org", Local),
        ("a@example.org\r\nBcc: b@example.net", Local),
        ("a@example.org\r\nBcc:b", Domain),
        ("a\n@example.org", Local),
        ("a@\nexample.org", Domain),
        ("a@exam ple.org", Domain),
        ("a\0@example.org", Local),
        ("a@example.org\0", Domain),
        ("a\u{7f}@example.org", Local),
        ("a\u{85}b@example.org", Local),
        ("a\u{a0}b@example.org", Local),
        ("a\u{3000}b@example.org", Local),
        ("a\u{2028}b@example.org", Local),
        // Joiners that are part of a word: mail would go to another mailbox without them.
        ("می\u{200c}شود@example.org", Local),
        ("a@می\u{200c}شود.example", Domain),
        // A full stop ends a sentence; two end none.
        ("a@example.org..", Domain),
        ("a＠b＠example.org", Domain),
        // What NFKC would turn into what is refused.
        ("a\u{a8}@example.org", Local),
        ("a⒈@example.org", Local),
        ("a．．b@example.org", Local),
        ("（a）@example.org", Local),
        ("＜a＞@example.org", Local),
        ("\u{37e}a@example.org", Local),
        // Not letters, numbers or marks.
        ("a🦊@example.org", Local),
        ("a€@example.org", Local),
        ("a“b”@example.org", Local),
        ("a\u{e000}@example.org", Local),
        ("a\u{ffff}@example.org", Local),
        ("a\u{fffd}@example.org", Local),
        ("\u{301}a@example.org", Local),
        // Dots.
        (".a@example.org", Local),
        ("a.@example.org", Local),
        ("a..b@example.org", Local),
        (".@example.org", Local),
        ("a@.example.org", Domain),
        ("a@example..org", Domain),
        ("a@.", Domain),
        // Domains.
        ("a@localhost", Domain),
        ("a@LOCALHOST", Domain),
        ("a@example", Domain),
        ("a@127.0.0.1", Domain),
        ("a@1.2", Domain),
        ("a@example.1", Domain),
        ("a@::1", Domain),
        ("a@-example.org", Domain),
        ("a@example-.org", Domain),
        ("a@exa_mple.org", Domain),
        ("a@exa%6dple.org", Domain),
        ("a@example.org:25", Domain),
        ("a@example.org/x", Domain),
        ("a@xn--.org", Domain),
        ("a@xn--a.org", Domain),
        ("a@\u{301}x.org", Domain),
        ("a@ex🅰mple", Domain),
    ] {
        assert_eq!(Address::parse(text).err(), Some(error), "{text:?}");
    }
}

#[test]
fn lengths_are_exact() {
    let local = |bytes: usize| format!("{}@example.org", "a".repeat(bytes));
    assert!(Address::parse(&local(64)).is_ok());
    assert_eq!(
        Address::parse(&local(65)).err(),
        Some(AddressError::TooLong)
    );
    assert!(Address::parse(&format!("{}@example.org", "é".repeat(32))).is_ok());
    assert!(Address::parse(&format!("{}a@example.org", "é".repeat(32))).is_err());

    let label = "d".repeat(62);
    let whole = |bytes: usize| {
        let rest = format!("@{label}.{label}.{label}.de");
        format!("{}{rest}", "a".repeat(bytes - rest.len()))
    };
    assert_eq!(whole(254).len(), 254);
    assert!(Address::parse(&whole(253)).is_ok());
    assert!(Address::parse(&whole(254)).is_ok());
    assert_eq!(
        Address::parse(&whole(255)).err(),
        Some(AddressError::TooLong)
    );
    // White space around it is not part of it.
    assert!(Address::parse(&format!("{:400}", whole(254))).is_ok());

    // A domain grows when it is written in ASCII.
    let grows = format!("{}@{}.example", "a".repeat(60), ["ü例"; 16].join("."));
    assert!(grows.len() < 254);
    assert_eq!(Address::parse(&grows).err(), Some(AddressError::TooLong));
    assert!(Address::parse(&"a@".repeat(1 << 19)).is_err());
    assert!(Address::parse(&format!("a@{}.org", "d".repeat(64))).is_err());
}

#[test]
fn logs_see_it_masked() {
    for (text, masked) in [
        ("alice@example.org", "a…e@example.org"),
        ("Élodie@bücher.example", "É…e@xn--bcher-kva.example"),
        ("anna@example.org", "a…@example.org"),
        ("bo@example.org", "b…@example.org"),
        ("x@example.org", "…@example.org"),
    ] {
        let address = Address::parse(text).unwrap();
        assert_eq!(address.masked(), masked);
        assert_eq!(format!("{address:?}"), format!("Address({masked})"));
        assert!(!format!("{address:#?}").contains(address.local()) || address.local() == "x");
    }
}

/// What holds for whatever is accepted.
fn sound(address: &Address) {
    let spelling = address.spelling();
    assert!(spelling.len() <= LONGEST && address.local().len() <= LONGEST_LOCAL);
    assert_eq!(spelling.matches('@').count(), 1);
    assert_eq!(address.key().matches('@').count(), 1);
    assert!(address.domain().is_ascii() && address.key().ends_with(address.domain()));
    for form in [spelling, address.key()] {
        assert!(
            !form.contains(|c: char| {
                c.is_control() || c.is_whitespace() || "<>(),;:\\\"[]".contains(c)
            }),
            "{form:?}"
        );
    }
    // The spelling and the key are both spellings of the same owner.
    assert_eq!(Address::parse(spelling).unwrap().spelling(), spelling);
    assert_eq!(key(spelling), address.key());
    if address.key().find('@').unwrap() <= LONGEST_LOCAL {
        assert_eq!(key(address.key()), address.key());
    }
    // What sends mail agrees.
    assert!(spelling.parse::<lettre::Address>().is_ok(), "{spelling:?}");
    assert!(!address.masked().contains(spelling));
}

#[test]
fn every_character_is_sound_or_refused() {
    let ideographs =
        |c: char| matches!(c, '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{20000}'..);
    // Those are many and alike.
    let characters =
        ('\0'..=char::MAX).filter(|&c| !ideographs(c) || u32::from(c).is_multiple_of(101));
    for c in characters {
        for text in [format!("a{c}b@example.org"), format!("{c}@example.org")] {
            if let Ok(address) = Address::parse(&text) {
                sound(&address);
            }
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_sound_or_refused(text in ".*") {
        if let Ok(address) = Address::parse(&text) {
            sound(&address);
        }
    }

    #[test]
    fn near_addresses_are_sound_or_refused(
        text in "[ a-zA-Z0-9.+ßÉé\u{300}-\u{345}ǅﬁΣς，@\r\n]{1,20}@([a-zß例Üx-]{1,8}[.。]){1,3}[a-z]{1,3}",
    ) {
        if let Ok(address) = Address::parse(&text) {
            sound(&address);
        }
    }

    #[test]
    fn plain_addresses_are_accepted(text in "[a-z0-9]{1,12}([.+_-][a-z0-9]{1,12}){0,3}@([a-z0-9]{1,12}\\.){1,3}[a-z]{2,8}") {
        let address = Address::parse(&text).unwrap();
        prop_assert_eq!(address.spelling(), &text);
        sound(&address);
    }
}
