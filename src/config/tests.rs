use super::*;

fn flags(given: &[(&'static str, &str)]) -> Flags {
    Flags(given.iter().map(|&(name, text)| (name, text.to_owned())).collect())
}

fn resolve(flags: &Flags, environment: &[(&str, &str)]) -> Result<Settings, String> {
    let find = |variable: &str| {
        let found = environment.iter().find(|(name, _)| *name == variable)?;
        Some(OsString::from(found.1))
    };
    Settings::resolve(flags, &find).map_err(|error| error.to_string())
}

fn refusal(flags: &Flags, environment: &[(&str, &str)]) -> String {
    resolve(flags, environment).err().unwrap()
}

fn file(text: &str) -> (tempfile::TempDir, String) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("roster.toml");
    std::fs::write(&path, text).unwrap();
    (dir, path.display().to_string())
}

#[test]
fn every_default_parses() {
    let settings = Settings::default();
    assert_eq!(settings.listen, "127.0.0.1:8080");
    assert_eq!(settings.database_acquire_timeout, Duration::from_millis(500));
    assert!(settings.rate_limits);
    assert_eq!(settings.external_url, None);
}

#[test]
fn a_rate_is_requests_in_seconds_or_off() {
    let given = |text| resolve(&flags(&[("rate_limit_api", text)]), &[]).map(|settings| settings.rate_limit_api);
    let rate = given("600/60").unwrap().unwrap();
    assert_eq!((rate.calls.get(), rate.seconds.get()), (600, 60));
    assert_eq!(given("off").unwrap(), None);
    for text in [
        "", "on", "600", "600/", "/60", "0/60", "600/0", "-1/60", "600/60s", "600 / 60", "600/60/1",
    ] {
        let refusal = given(text).unwrap_err();
        assert!(
            refusal.starts_with("--rate-limit-api: expected requests"),
            "{text}: {refusal}"
        );
    }
}

#[test]
fn every_secret_is_a_setting() {
    for secret in SECRETS {
        assert!(SETTINGS.iter().any(|setting| setting.name == secret), "{secret}");
    }
}

#[test]
fn a_flag_wins_over_the_environment_that_over_the_file_and_that_over_the_default() {
    let (_dir, path) = file("listen = \"file:1\"\nlog = \"warn\"\nmax_in_flight = 7\n");
    let settings = resolve(
        &flags(&[("config", &path), ("listen", "flag:1")]),
        &[("ROSTER_LISTEN", "env:1"), ("ROSTER_LOG", "debug")],
    )
    .unwrap();
    assert_eq!(settings.listen, "flag:1");
    assert_eq!(settings.log, "debug");
    assert_eq!(settings.max_in_flight.get(), 7);
    assert_eq!(settings.lock_timeout, Duration::from_secs(2));
}

#[test]
fn the_environment_can_name_the_file() {
    let (_dir, path) = file("log_format = \"json\"");
    let settings = resolve(&Flags::default(), &[("ROSTER_CONFIG", &path)]).unwrap();
    assert_eq!(settings.log_format, LogFormat::Json);
}

#[test]
fn an_empty_variable_counts_as_not_given() {
    let (_dir, path) = file("log = \"warn\"");
    let settings = resolve(
        &flags(&[("config", &path)]),
        &[("ROSTER_LOG", ""), ("ROSTER_LISTEN", "")],
    )
    .unwrap();
    assert_eq!(settings.log, "warn");
    assert_eq!(settings.listen, "127.0.0.1:8080");
}

#[test]
fn a_bad_value_is_refused_with_the_place_where_it_stands() {
    assert_eq!(
        refusal(&flags(&[("listen", "8080")]), &[]),
        r#"--listen: expected an address with a port, such as 127.0.0.1:8080, not "8080""#
    );
    assert_eq!(
        refusal(&Flags::default(), &[("ROSTER_STATEMENT_TIMEOUT", "5")]),
        r#"ROSTER_STATEMENT_TIMEOUT: expected a time above zero with its unit, such as 500ms, 10s or 2m, not "5""#
    );
    let (_dir, path) = file("rate_limits = \"maybe\"");
    assert_eq!(
        refusal(&flags(&[("config", &path)]), &[]),
        format!(r#"{path}: rate_limits: expected on or off, not "maybe""#)
    );
}

#[test]
fn every_setting_that_is_no_free_text_refuses_nonsense_by_name() {
    for setting in SETTINGS {
        let free = matches!(
            setting.name,
            "ldap_bind_dn" | "ldap_bind_password" | "ldap_base" | "ldap_group_base"
        );
        // `=` makes the filter of the log invalid too.
        let outcome = resolve(&Flags::default(), &[(&setting.variable(), "non sense==")]);
        assert_eq!(outcome.is_ok(), free, "{}", setting.name);
        if let Err(text) = outcome {
            assert!(text.starts_with(&setting.variable()), "{text}");
            assert_eq!(text.lines().count(), 1, "{text}");
        }
    }
}

#[test]
fn a_limit_of_the_graph_is_a_number_from_one_on() {
    let limits = SETTINGS
        .iter()
        .filter(|setting| setting.name.starts_with("graphql_max_"));
    for setting in limits {
        for nonsense in ["0", "-1", "1.5", "off", "4294967296"] {
            let refusal = refusal(&flags(&[(setting.name, nonsense)]), &[]);
            assert!(
                refusal.starts_with(&format!("{}: expected a whole number from 1 ", setting.flag())),
                "{refusal}"
            );
        }
        assert!(resolve(&flags(&[(setting.name, "1")]), &[]).is_ok(), "{}", setting.name);
    }
    let deep = refusal(&flags(&[("graphql_max_nesting", "201")]), &[]);
    assert!(
        deep.starts_with("--graphql-max-nesting: expected a whole number from 1 to 200"),
        "{deep}"
    );
}

#[test]
fn a_secret_is_not_shown_when_it_is_refused() {
    let text = refusal(&Flags::default(), &[("ROSTER_DATABASE_URL", "mysql://me:hunter2@db")]);
    assert_eq!(
        text,
        "ROSTER_DATABASE_URL: expected sqlite://FILE, sqlite::memory: or postgres://…"
    );
}

#[test]
fn an_unknown_key_of_the_file_is_refused_by_name() {
    let (_dir, path) = file("listn = \"127.0.0.1:1\"");
    assert_eq!(
        refusal(&flags(&[("config", &path)]), &[]),
        format!(r#"{path}: unknown setting "listn""#)
    );
}

#[test]
fn a_file_that_is_no_toml_is_refused_in_one_line_with_its_number() {
    let (_dir, path) = file("log = \"info\"\nlisten = \n");
    let text = refusal(&flags(&[("config", &path)]), &[]);
    assert!(text.starts_with(&format!("{path}: line 2: ")), "{text}");
    assert_eq!(text.lines().count(), 1);
}

#[test]
fn a_file_that_is_not_there_is_refused_by_name() {
    let text = refusal(&flags(&[("config", "/nowhere/roster.toml")]), &[]);
    assert!(text.starts_with("/nowhere/roster.toml: No such file"), "{text}");
}

#[test]
fn a_secret_is_read_from_the_file_that_its_variable_names() {
    let (_dir, path) = file("s3cret\n");
    let settings = resolve(&Flags::default(), &[("ROSTER_LDAP_BIND_PASSWORD_FILE", &path)]).unwrap();
    assert_eq!(settings.ldap_bind_password.as_deref(), Some("s3cret"));
    let both = [
        ("ROSTER_LDAP_BIND_PASSWORD_FILE", path.as_str()),
        ("ROSTER_LDAP_BIND_PASSWORD", "other"),
    ];
    assert_eq!(
        refusal(&Flags::default(), &both),
        "ROSTER_LDAP_BIND_PASSWORD: ROSTER_LDAP_BIND_PASSWORD_FILE is set as well; keep one of them"
    );
}

#[test]
fn the_external_address_loses_its_last_slash() {
    let settings = resolve(&flags(&[("external_url", "https://roster.example.com/")]), &[]).unwrap();
    assert_eq!(settings.external_url.as_deref(), Some("https://roster.example.com"));
}

#[test]
fn the_reference_has_one_row_a_setting_with_all_its_names() {
    let table = reference();
    assert_eq!(table.lines().count(), 2 + 1 + SETTINGS.len());
    assert!(
        table
            .contains("| `ROSTER_LOCK_TIMEOUT` | `--lock-timeout` | `lock_timeout` | `2s` | How long one change waits"),
        "{table}"
    );
}
