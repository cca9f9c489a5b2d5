use proptest::prelude::*;

use super::*;
use dateline_contract::manifest::PasswordPolicy;
use dateline_contract::password_rules;

const CONTEXT_OF_ANA: [&str; 2] = ["The Newsdesk", "ana-maria.silva1987@kestrel-press.example"];

/// They keep all the rules of the composition, and are common.
const DRESSED: [&str; 47] = [
    "Password123!",
    "P@ssw0rd123!",
    "P@$$w0rd2026",
    "!Password123",
    "Passssword1!",
    "Pa55word!!!!1",
    "PASSWORDx123!",
    "pASSWORD1234!",
    "Password1Password1!",
    "Password-2026",
    "Password-1234!",
    "Welcome2024!!",
    "Welcome@2024",
    "W3lcome!2024",
    "Qwertyuiop1!",
    "Qwerty123456!",
    "Qwerty!23456",
    "Azertyuiop1!",
    "Qwertzuiop1!",
    "Asdfghjkl123!",
    "1qaz2wsx3eDC!",
    "!QAZ2wsx#EDC",
    "1q2w3e4r5t6Y!",
    "Q1w2e3r4t5y6!",
    "Zaq12wsx!Zaq1",
    "Йцукен123456!",
    "Пароль123456!",
    "Summer2026!!!",
    "Sommer2026!!!",
    "Verano2026!!!",
    "Printemps2026!",
    "Été2026Été2026!",
    "September2026!",
    "Monday-Monday1",
    "Abcd1234!Abcd1234!",
    "Abcdefgh1234!",
    "Zyxwvuts9876!",
    "A1b2c3d4e5f6!",
    "Aa1!Aa1!Aa1!",
    "Aaaaaaaaaaa1!",
    "Aaa111!!!aaa",
    "1111111111Aa!",
    "Iloveyou2026!",
    "L3tm31n!2026",
    "Changeme123!",
    "Dragon123456!",
    "Michael1987!",
];

/// They keep all the rules of the composition, and are nobody else's.
const GOOD: [&str; 24] = [
    "Correct-Horse-42!",
    "Correct-Horse-Battery-Staple-9",
    "tR7#kq9!Lm2x",
    "8fK$2mWq-zR5",
    "vuB9-xoqe-Wam3",
    "Myq7-kdw2-Pzx4",
    "Der-7te-Zwerg-lacht",
    "Le7eChatBoitDuLait!",
    "Quiet-Lantern-58-Moss",
    "Giraffe.Umbrella.73",
    "Tea4Two&Two4TeaPlease",
    "Ovrej-71-Kjeld",
    "Zug-um-halb-7-verpasst",
    "Blue=Mango+Ladder9",
    "Summer-4719-2283-9941",
    "Хорошая-Погода-73",
    "Ναυτικός-Χάρτης-9",
    "Nuvem!azul?sobre4casas",
    "N0t-Th3-0bvi0us-0ne",
    "7Pferde+3Esel=Chaos",
    "Wd40&Bl3istift",
    "iK8l-Qp0v-Zz3r-Um6n",
    "hX#92mmPw!c4",
    "Plover-Thimble-6",
];

#[test]
fn disguised_common_passwords_are_common() {
    for password in DRESSED {
        let unmet = password_rules::unmet(PasswordPolicy::Composition, password);
        assert!(unmet.is_empty(), "{password}: {unmet:?}");
        assert!(is_common(password, &[]), "{password}");
    }
}

#[test]
fn good_passwords_are_not() {
    for password in GOOD {
        let unmet = password_rules::unmet(PasswordPolicy::Composition, password);
        assert!(unmet.is_empty(), "{password}: {unmet:?}");
        assert!(!is_common(password, &CONTEXT_OF_ANA), "{password}");
    }
}

#[test]
fn long_passwords_are_judged_too() {
    for common in [
        "password",
        "passwordpassword",
        "password1234567",
        "123456789012345",
        "987654321098765",
        "111111111111111",
        "abcdefghijklmnop",
        "qwertyuiopasdfg",
        "qwertyqwertyqwerty",
        "letmeinletmein!",
        "iloveyouiloveyou",
        "mypassword20262",
        "               ",
        "🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊",
        "ｐａｓｓｗｏｒｄｐａｓｓｗｏｒｄ",
    ] {
        assert!(is_common(common, &[]), "{common}");
    }
    assert!(is_common(&"x".repeat(128), &[]));
    assert!(is_common(&"xk9q".repeat(32), &[]));
    for good in [
        "correct horse battery staple",
        "dragon monkey summer sunshine",
        "quiet lantern moss plover",
        "grenouille parapluie lune",
        "385027416938571",
        "密码学是一门很有趣的学问对吗朋友",
        "xkqv",
        "7",
        "",
    ] {
        assert!(!is_common(good, &[]), "{good}");
    }
}

#[test]
fn the_site_and_the_address_are_common_for_their_owner() {
    for password in [
        "Newsdesk2026!!",
        "TheNewsdesk1!",
        "N3wsd3sk-2026!",
        "Ana-Maria-1987!",
        "AnaMariaSilva1!",
        "Silva1987!!!!",
        "Ana-maria.silva1987",
        "Kestrel-Press1!",
        "KestrelPress2026!",
        "Kestrel!Kestrel1",
    ] {
        assert!(is_common(password, &CONTEXT_OF_ANA), "{password}");
    }
    for password in ["Kestrel-Press1!", "AnaMariaSilva-71!"] {
        assert!(!is_common(password, &[]), "{password}");
    }
    assert!(!is_common("Silva-Plover-Thimble-6", &CONTEXT_OF_ANA));
    assert!(!is_common("tR7#kq9!Lm2x", &["", " ", "-", "t", "tR"]));
}

#[test]
fn random_passwords_pass() {
    // A generator of its own, so that the same passwords are tried each time.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let characters: Vec<char> = ('!'..='~').collect();
    for _ in 0..1500 {
        let random: String = (0..12)
            .map(|_| characters[usize::try_from(next() % 94).unwrap()])
            .collect();
        assert!(!is_common(&random, &CONTEXT_OF_ANA), "{random}");
    }
}

/// Protects passwords from the log. In a process of its own, whose output can be read.
#[test]
fn a_panic_over_a_password_does_not_say_it() {
    const INNER: &str = "DATELINE_TEST_PANICS";
    if std::env::var_os(INNER).is_some() {
        let word: Option<()> = discreetly(|| panic!("over Hunter2-Hunter2"));
        assert_eq!(word, None);
        // Others do as ever.
        let other = std::panic::catch_unwind(|| panic!("no secret"));
        assert!(other.is_err());
        return;
    }
    let (_, module) = module_path!().split_once("::").unwrap();
    let own = format!("{module}::a_panic_over_a_password_does_not_say_it");
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &own, "--nocapture"])
        .env(INNER, "1")
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8(said).unwrap();
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}"
    );
    assert!(
        said.contains("no secret") && !said.contains("Hunter2"),
        "{said}"
    );
}

/// How long this thread has worked: a busy machine takes none of it.
fn worked() -> std::time::Duration {
    let clock = rustix::time::ClockId::ThreadCPUTime;
    rustix::time::clock_gettime(clock).try_into().unwrap()
}

/// What zxcvbn alone needs half a second for, even optimised.
#[test]
fn no_password_takes_long() {
    let mut slowest = std::time::Duration::ZERO;
    is_common("xkqv", &CONTEXT_OF_ANA);
    for password in [
        "4@8({[<369&#!1|0$57%+2".repeat(6),
        "4@69!1$57+".repeat(12),
        "4836910572".repeat(12),
        "P4@ss5w0rd!1".repeat(10),
        "ab".repeat(64),
        "abcabcabd".repeat(14),
        "qazwsx1q".repeat(16),
        "1".repeat(128),
        "\u{fdfa}".repeat(128),
        DRESSED.concat().chars().take(128).collect(),
    ] {
        let begun = worked();
        is_common(&password, &CONTEXT_OF_ANA);
        slowest = slowest.max(worked() - begun);
    }
    println!("{slowest:?}");
    // Generous, for a debug build on a slow machine.
    assert!(slowest < std::time::Duration::from_secs(2), "{slowest:?}");
}

proptest! {
    #[test]
    fn no_text_panics(text in ".{0,128}", context in ".{0,40}") {
        is_common(&text, &[&context]);
    }

    #[test]
    fn capitals_and_a_number_do_not_help(word: prop::sample::Index, number in 0_u32..100) {
        let words: Vec<&str> = KNOWN.split_whitespace().collect();
        let password = format!("{}2026{number}!", word.get(&words).to_uppercase());
        prop_assert!(is_common(&password, &[]), "{password}");
    }
}
