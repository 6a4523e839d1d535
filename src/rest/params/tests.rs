use serde_json::json;

use super::*;
use crate::rest::input::pairs;

#[derive(Debug, PartialEq)]
struct Sample {
    number: Option<i64>,
    flag: Option<bool>,
    text: Option<String>,
    word: Option<u8>,
    list: Vec<i64>,
    time: Option<DateTime<Utc>>,
}

impl Params for Sample {
    fn read(reader: &mut Reader) -> Self {
        Self {
            number: reader.integer("number", "A number."),
            flag: reader.flag("flag", "A flag."),
            text: reader.text("text", "A text."),
            word: reader.choice("word", &[("one", 1), ("two", 2)], "A word."),
            list: reader.integers("list", "A list."),
            time: reader.time("time", "A time."),
        }
    }
}

fn values(json: Value) -> Values {
    match json {
        Value::Object(values) => values,
        other => panic!("{other}"),
    }
}

fn sample(json: Value) -> Sample {
    read(&mut values(json)).unwrap_or_else(|refusal| panic!("{refusal:?}"))
}

fn faults<P: Params>(json: Value) -> String {
    match read::<P>(&mut values(json)) {
        Err(Refusal::Parameters(faults)) => faults,
        Err(other) => panic!("{other:?}"),
        Ok(_) => String::new(),
    }
}

#[test]
fn an_integer_takes_a_sign_blanks_and_json_and_nothing_else() {
    for (given, taken) in [
        (json!("7"), Some(7)),
        (json!(" +7 "), Some(7)),
        (json!("-007"), Some(-7)),
        (json!(7), Some(7)),
        (json!(""), None),
        (json!(" "), None),
        (json!(null), None),
    ] {
        assert_eq!(sample(json!({"number": given})).number, taken, "{given}");
    }
    for given in [
        json!("abc"),
        json!("1.5"),
        json!("1e2"),
        json!("1_000"),
        json!(true),
        json!(1.5),
        json!([1]),
        json!({"a": 1}),
        json!("9223372036854775808"),
        json!(9_223_372_036_854_775_808_u64),
        json!("7\0"),
    ] {
        assert_eq!(
            faults::<Sample>(json!({"number": given})),
            "number is invalid",
            "{given}"
        );
    }
}

#[test]
fn a_boolean_has_many_words() {
    for word in "true True TRUE t T 1 on On ON y Y yes Yes YES".split(' ') {
        assert_eq!(sample(json!({"flag": word})).flag, Some(true), "{word}");
    }
    for word in "false False FALSE f F 0 off Off OFF n N no No NO".split(' ') {
        assert_eq!(sample(json!({"flag": word})).flag, Some(false), "{word}");
    }
    assert_eq!(sample(json!({"flag": false})).flag, Some(false));
    assert_eq!(sample(json!({"flag": ""})).flag, None);
    for given in [json!("tRue"), json!("2"), json!([true])] {
        assert_eq!(faults::<Sample>(json!({"flag": given})), "flag is invalid", "{given}");
    }
}

#[test]
fn a_text_is_any_scalar_without_a_nul() {
    assert_eq!(sample(json!({"text": 7})).text.as_deref(), Some("7"));
    assert_eq!(sample(json!({"text": ""})).text.as_deref(), Some(""));
    for given in [json!("a\0b"), json!(["a"]), json!({"a": 1})] {
        assert_eq!(faults::<Sample>(json!({"text": given})), "text is invalid", "{given}");
    }
}

#[test]
fn a_word_is_one_of_those_listed() {
    assert_eq!(sample(json!({"word": "two"})).word, Some(2));
    assert_eq!(sample(json!({"word": null})).word, None);
    for given in ["", "three", "One"] {
        assert_eq!(
            faults::<Sample>(json!({"word": given})),
            "word does not have a valid value",
            "{given}"
        );
    }
    assert_eq!(faults::<Sample>(json!({"word": ["one"]})), "word is invalid");
}

#[test]
fn a_list_of_integers_never_fails() {
    for (given, taken) in [
        (json!(["1", "2"]), vec![1, 2]),
        (json!("1, 2"), vec![1, 2]),
        (json!(["1,2", 3]), vec![1, 2, 3]),
        (json!("word"), vec![0]),
        (json!("99999999999999999999"), vec![0]),
        (json!(""), vec![]),
        (json!(null), vec![]),
        (json!([[1], null]), vec![]),
        (json!(5), vec![5]),
    ] {
        assert_eq!(sample(json!({"list": given})).list, taken, "{given}");
    }
}

struct Choosing(Vec<u8>, Option<AccessLevel>);

impl Params for Choosing {
    fn read(reader: &mut Reader) -> Self {
        let words = reader.choices("words", &[("one", 1), ("two", 2)], "Some words.");
        Self(
            words,
            reader.required_level("level", &AccessLevel::GRANTING, "A level."),
        )
    }
}

#[test]
fn words_of_a_list_are_all_listed_ones() {
    for (given, taken) in [
        (json!(["two", "one"]), vec![2, 1]),
        (json!("one, two"), vec![1, 2]),
        (json!(["one,one"]), vec![1, 1]),
        (json!([]), vec![]),
        (json!(""), vec![]),
        (json!(" , "), vec![]),
        (json!(null), vec![]),
    ] {
        let choosing = read::<Choosing>(&mut values(json!({"words": given, "level": 30})));
        assert_eq!(choosing.unwrap_or_else(|fault| panic!("{fault:?}")).0, taken, "{given}");
    }
    for given in [json!("three"), json!(["one", "One"]), json!("one two"), json!(1)] {
        let text = faults::<Choosing>(json!({"words": given, "level": 30}));
        assert_eq!(text, "words does not have a valid value", "{given}");
    }
}

#[test]
fn a_level_that_must_be_there_is_one_that_gives_access() {
    for (given, text) in [
        (json!({}), "level is missing"),
        (json!({"level": "x"}), "level is invalid"),
        (json!({"level": ""}), "level does not have a valid value"),
        (json!({"level": 0}), "level does not have a valid value"),
        (json!({"level": 5}), "level does not have a valid value"),
        (json!({"level": 25}), "level does not have a valid value"),
    ] {
        assert_eq!(faults::<Choosing>(given.clone()), text, "{given}");
    }
    for level in AccessLevel::STORED.into_iter().filter(|level| level.grants()) {
        let choosing = read::<Choosing>(&mut values(json!({"level": level.number().to_string()})));
        assert_eq!(choosing.ok().and_then(|choosing| choosing.1), Some(level));
    }
}

#[test]
fn a_time_is_an_iso_date_with_or_without_an_hour() {
    let expected = |text: &str| text.parse::<DateTime<Utc>>().ok();
    for (given, taken) in [
        ("2027-01-02", "2027-01-02T00:00:00Z"),
        ("20270102", "2027-01-02T00:00:00Z"),
        ("2027-01-02T10:00:00Z", "2027-01-02T10:00:00Z"),
        ("2027-01-02 10:00", "2027-01-02T10:00:00Z"),
        ("2027-01-02T10:00:00.25+01:30", "2027-01-02T08:30:00.25Z"),
        ("2027-01-02T10:00:00-0100", "2027-01-02T11:00:00Z"),
    ] {
        assert_eq!(sample(json!({"time": given})).time, expected(taken), "{given}");
    }
    assert_eq!(sample(json!({"time": ""})).time, None);
    for given in [
        "tomorrow",
        "2027-02-30",
        "2027-13-01",
        "2027",
        "2027-01-02T25:00",
        "2027-01-02T10:00+99",
    ] {
        assert_eq!(faults::<Sample>(json!({"time": given})), "time is invalid", "{given}");
    }
}

#[test]
fn faults_come_all_together_in_the_order_of_declaration() {
    assert_eq!(
        faults::<Sample>(json!({"word": "x", "time": "x", "number": "x", "list": "x", "unknown": "x"})),
        "number is invalid, word does not have a valid value, time is invalid"
    );
}

#[derive(Debug, PartialEq)]
struct Change {
    level: Option<i64>,
    one: Option<Names>,
    other: Option<Names>,
    day: Patch<NaiveDate>,
    role: Patch<i64>,
}

impl Params for Change {
    fn read(reader: &mut Reader) -> Self {
        let level = reader.required_integer("level", "A level.");
        let (one, other) = (reader.names("one", "Some."), reader.names("other", "Others."));
        reader.mutually_exclusive(&["one", "other"]);
        reader.at_least_one_of(&["one", "other"]);
        Self {
            level,
            one,
            other,
            day: reader.date_patch("day", "A day."),
            role: reader.integer_patch("role", "A role."),
        }
    }
}

fn change(json: Value) -> Change {
    read(&mut values(json)).unwrap_or_else(|refusal| panic!("{refusal:?}"))
}

#[test]
fn what_must_be_there_may_be_blank() {
    for blank in [json!(""), json!(null), json!(" ")] {
        assert_eq!(change(json!({"level": blank, "one": 1})).level, None);
    }
    assert_eq!(faults::<Change>(json!({"one": 1})), "level is missing");
    assert_eq!(
        faults::<Change>(json!({"one": [1], "other": "x", "day": "x", "role": "x"})),
        "level is missing, one is invalid, one, other are mutually exclusive, day is invalid, role is invalid"
    );
    assert_eq!(
        faults::<Change>(json!({"level": "x"})),
        "level is invalid, one, other are missing, at least one parameter must be provided"
    );
}

#[test]
fn a_comma_makes_several() {
    let one = |text: &str| Some(Names::One(text.to_owned()));
    let several = |words: &[&str]| Some(Names::Several(words.iter().map(|word| (*word).to_owned()).collect()));
    for (given, taken) in [
        (json!(7), one("7")),
        (json!(" ann "), one("ann")),
        (json!(""), one("")),
        (json!(null), one("")),
        (json!("1,"), several(&["1"])),
        (json!(" 1 ,, ann"), several(&["1", "ann"])),
        (json!(","), several(&[])),
    ] {
        assert_eq!(change(json!({"level": 1, "one": given})).one, taken, "{given}");
    }
}

#[test]
fn what_is_not_said_stays_and_what_is_blank_goes() {
    let said = |day: Value| {
        let change = change(json!({"level": 1, "one": 1, "day": day, "role": ""}));
        (change.day, change.role)
    };
    let nothing = change(json!({"level": 1, "one": 1}));
    assert_eq!((nothing.day, nothing.role), (Patch::Keep, Patch::Keep));
    let day = NaiveDate::from_ymd_opt(2030, 1, 2).unwrap();
    for (given, taken) in [
        (json!(""), Patch::Clear),
        (json!(null), Patch::Clear),
        (json!("2030-01-02"), Patch::Set(day)),
        (json!("20300102T235959+1400"), Patch::Set(day)),
        (json!("2030-01-02T00:00:00-11:00"), Patch::Set(day)),
    ] {
        assert_eq!(said(given.clone()), (taken, Patch::Clear), "{given}");
    }
}

#[test]
fn a_moment_of_a_header_is_read_without_its_weekday() {
    let expected = "2026-11-21T12:00:00Z".parse::<DateTime<Utc>>().ok();
    for text in [
        "Sat, 21 Nov 2026 12:00:00 GMT",
        "Mon, 21 Nov 2026 12:00:00 GMT",
        "21 Nov 2026 12:00:00 GMT",
        "Sat, 21 Nov 2026 13:00:00 +0100",
        "2026-11-21T12:00:00Z",
    ] {
        assert_eq!(moment(text), expected, "{text}");
    }
    for text in ["", "yesterday", "Sat, 31 Nov 2026 12:00:00 GMT", "1795262400"] {
        assert_eq!(moment(text), None, "{text}");
    }
}

struct Listing;

impl Params for Listing {
    fn read(reader: &mut Reader) -> Self {
        reader.all_or_none(&["extern_uid", "provider"]);
        reader.choice_or_first("sort", &[("asc", ()), ("desc", ())], "Direction.");
        reader.numbered();
        Self
    }
}

#[test]
fn parameters_that_belong_together_come_together() {
    assert_eq!(
        faults::<Listing>(json!({"provider": "saml", "per_page": 0, "page": "two"})),
        "extern_uid, provider provide all or none of parameters, page is invalid, per_page has a value not allowed"
    );
    assert_eq!(faults::<Listing>(json!({"provider": "saml", "extern_uid": ""})), "");
}

#[test]
fn what_was_understood_stays_behind_with_the_defaults() {
    let mut given = pairs("per_page=%205&list=1,2&flag=yes&other=x");
    assert!(read::<Both>(&mut given).is_ok());
    assert_eq!(
        Value::Object(given),
        json!({"flag": true, "list": [1, 2], "other": "x", "page": 1, "per_page": 5, "sort": "asc"})
    );
}

struct Both;

impl Params for Both {
    fn read(reader: &mut Reader) -> Self {
        Sample::read(reader);
        Listing::read(reader);
        Self
    }
}

#[test]
fn a_source_is_named_by_its_number_or_by_its_path() {
    for (text, name) in [
        ("7777", Name::Id(7777)),
        ("-3", Name::Id(-3)),
        ("99999999999999999999", Name::Id(0)),
        ("acme/tools", Name::Path("acme/tools".to_owned())),
        ("-", Name::Path("-".to_owned())),
        ("7a", Name::Path("7a".to_owned())),
        ("acme%2Ftools", Name::Path("acme%2Ftools".to_owned())),
    ] {
        assert_eq!(name_of(text), name);
    }
}
