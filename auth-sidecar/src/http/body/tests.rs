use proptest::prelude::*;

use super::*;

#[derive(Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Typed {
    email: Option<String>,
    password: Option<String>,
    return_to: Option<String>,
    subscribed: Option<bool>,
    all: Option<bool>,
}

fn parse(body: impl AsRef<[u8]>, format: Format) -> Result<Typed, BodyError> {
    Fields::read(body.as_ref(), format)?.all()
}

fn unknown(field: &str) -> BodyError {
    BodyError::Unknown(field.to_owned())
}

fn invalid(field: &str) -> BodyError {
    BodyError::Invalid(field.to_owned())
}

#[test]
fn both_forms_say_the_same() {
    for (kind, body) in [
        (
            Format::Json,
            " {\"email\": \"a+b@example.org\", \"password\": \"p\\u00e4\\ud83e\\udd8a &=\\n\",\n\"return_to\":\"\", \"subscribed\": true, \"all\": false} ",
        ),
        (
            Format::Form,
            "email=a%2Bb%40example.org&password=p%C3%A4%F0%9F%a6%8a+%26%3d%0A&return_to=&subscribed=on&all=false",
        ),
        (
            Format::Form,
            "&&return_to&subscribed=true&all=false&email=a%2Bb@example.org&password=pä🦊%20%26=%0a&",
        ),
    ] {
        let fields = parse(body, kind).unwrap();
        assert_eq!(fields.email.as_deref(), Some("a+b@example.org"));
        assert_eq!(fields.password.as_deref(), Some("pä🦊 &=\n"));
        assert_eq!(fields.return_to.as_deref(), Some(""));
        assert_eq!(fields.subscribed, Some(true));
        assert_eq!(fields.all, Some(false));
    }
}

#[test]
fn absent_fields_are_none() {
    for (kind, body) in [
        (Format::Json, "{}"),
        (Format::Form, ""),
        (Format::Form, "&"),
    ] {
        assert_eq!(parse(body, kind), Ok(Typed::default()));
    }
}

#[test]
fn malformed_bodies() {
    for body in [
        "",
        " ",
        "null",
        "[]",
        "\"email\"",
        "[\"email\",\"x\"]",
        "{",
        "{\"email\":\"a\"",
        "{\"email\":\"a\"} x",
        "{\"email\":\"a\"}{}",
        "{\"email\":\"a\",}",
        "{email:\"a\"}",
        "{'email':'a'}",
        "{\"email\":\"\\ud800\"}",
        "{\"email\":\"a\nb\"}",
        "{\"email\":01}",
        "{\"email\":\"a\",\"email\":\"a\"}",
        "{\"email\":\"a\",\"em\\u0061il\":\"b\"}",
        "{\"x\":1,\"x\":2}",
        "\u{feff}{}",
        "email=a",
    ] {
        assert_eq!(
            parse(body, Format::Json).err(),
            Some(BodyError::Malformed),
            "{body}"
        );
    }
    let latin = b"{\"email\":\"\xe4\"}";
    assert_eq!(parse(latin, Format::Json).err(), Some(BodyError::Malformed));
    for body in [
        &b"email=%"[..],
        b"email=%4",
        b"email=%zz",
        b"email=%+1",
        b"email=%E4",
        b"email=\xe4",
        b"%ff=a",
        b"email=%ED%A0%80",
        b"email=%C0%AF",
        b"email=a&email=b",
        b"email=a&email=a",
        b"email&email",
        b"email=a&%65mail=b",
        b"x=1&x=2",
    ] {
        let text = String::from_utf8_lossy(body);
        assert_eq!(
            parse(body, Format::Form).err(),
            Some(BodyError::Malformed),
            "{text}"
        );
    }
}

#[test]
fn unknown_names() {
    for (body, field) in [
        ("{\"Email\":\"a\"}", "Email"),
        ("{\"email \":\"a\"}", "email "),
        ("{\"email\":\"a\",\"admin\":true}", "admin"),
        ("{\"\":\"a\"}", ""),
        (
            "{\"a\\r\\nb\\u0000\\u202e\\\"\":1}",
            "a\\r\\nb\\0\\u{202e}\\\"",
        ),
    ] {
        assert_eq!(
            parse(body, Format::Json).err(),
            Some(unknown(field)),
            "{body}"
        );
    }
    for (body, field) in [
        ("Email=a", "Email"),
        ("email[]=a", "email[]"),
        ("=a", ""),
        ("email=a;password=b&x", "x"),
        ("{\"email\":\"a\"}", "{\\\"email\\\":\\\"a\\\"}"),
    ] {
        assert_eq!(
            parse(body, Format::Form).err(),
            Some(unknown(field)),
            "{body}"
        );
    }
    let long = parse(format!("{}=1", "é".repeat(5000)), Format::Form);
    assert_eq!(long.err(), Some(unknown(&format!("{}…", "é".repeat(40)))));
}

#[test]
fn values_of_no_kind() {
    for value in [
        "1",
        "-1.5e3",
        "null",
        "[\"a\"]",
        "{\"email\":\"a\",\"email\":\"b\"}",
    ] {
        for field in ["email", "all"] {
            let body = format!("{{\"{field}\":{value}}}");
            let error = parse(&body, Format::Json).err();
            assert_eq!(error, Some(invalid(field)), "{body}");
        }
    }
    // Passed over without recursion, so that depth costs nothing.
    let deep = format!("{{\"email\":{}{}}}", "[".repeat(8000), "]".repeat(8000));
    assert_eq!(parse(deep, Format::Json).err(), Some(invalid("email")));
}

#[test]
fn values_of_another_kind() {
    let parsed = |body| parse(body, Format::Json);
    assert_eq!(parsed("{\"email\":true}"), Err(invalid("email")));
    assert_eq!(parsed("{\"all\":\"true\"}"), Err(invalid("all")));
    for body in [
        "all=", "all", "all=1", "all=yes", "all=TRUE", "all=on+", "all=off",
    ] {
        assert_eq!(parse(body, Format::Form), Err(invalid("all")), "{body}");
    }
}

proptest! {
    #[test]
    fn no_bytes_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        for kind in [Format::Json, Format::Form] {
            if let Err(BodyError::Unknown(field)) = parse(&body, kind) {
                prop_assert!(field.chars().count() <= LONGEST_SHOWN + 1);
                prop_assert!(!field.contains(char::is_control));
            }
        }
    }

    #[test]
    fn no_near_json_panics(parts in proptest::collection::vec(
        prop_oneof![
            Just("{"), Just("}"), Just("["), Just("]"), Just(":"), Just(","), Just("\"email\""),
            Just("\"all\""), Just("\"\\u00"), Just("true"), Just("null"), Just("1"), Just(" "),
        ],
        0..16,
    )) {
        let body = parts.concat();
        let strict = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&body);
        if parse(&body, Format::Json).is_ok() {
            prop_assert!(strict.is_ok());
        }
    }

    #[test]
    fn fields_round_trip(email in ".*", password in ".*", all: bool) {
        let json = serde_json::json!({ "email": email, "password": password, "all": all });
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("email", &email)
            .append_pair("password", &password)
            .append_pair("all", if all { "true" } else { "false" })
            .finish();
        for (kind, body) in [(Format::Json, json.to_string()), (Format::Form, form)] {
            let fields = parse(body, kind).unwrap();
            prop_assert_eq!(fields.email.as_ref(), Some(&email));
            prop_assert_eq!(fields.password.as_ref(), Some(&password));
            prop_assert_eq!(fields.all, Some(all));
        }
    }
}
