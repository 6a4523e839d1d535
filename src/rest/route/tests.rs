use super::*;

fn endpoint(pattern: &str) -> Endpoint {
    Endpoint::get(pattern, "", Shape::one::<String>(), async |_: Call<()>| {
        Err(Refusal::NoRoute)
    })
}

fn writing(method: Method, pattern: &str) -> Endpoint {
    Endpoint::write(method, pattern, "", Shape::nothing(), async |_: Call<()>| {
        Err(Refusal::NoRoute)
    })
}

fn found(method: &Method, path: &str) -> String {
    let endpoints = [
        endpoint("/groups/{id}"),
        endpoint("/groups/{id}/members/all"),
        endpoint("/groups/{id}/members/{user_id}"),
        writing(Method::PUT, "/groups/{id}/members/{user_id}"),
        writing(Method::DELETE, "/groups/{id}/members/{user_id}"),
        writing(Method::POST, "/groups/{id}/leave"),
        endpoint("/users/{id:number}"),
    ];
    match find(&endpoints, method, path) {
        Ok(Found::Call(endpoint, captured)) if endpoint.is_write() => {
            format!("{} {} {captured:?}", endpoint.method, endpoint.pattern)
        }
        Ok(Found::Call(endpoint, captured)) => format!("{} {captured:?}", endpoint.pattern),
        Ok(Found::Options(methods)) => methods,
        Err(_) => "none".to_owned(),
    }
}

#[test]
fn a_segment_is_decoded_once_and_keeps_its_slashes() {
    for (path, captured) in [
        ("/groups/acme", "acme"),
        ("/groups/acme%2Ftools", "acme/tools"),
        ("/groups/acme%2ftools/", "acme/tools"),
        ("/groups/acme%2Etools.x", "acme.tools.x"),
        ("/groups/acme%252Ftools", "acme%2Ftools"),
        ("/groups/a+b", "a+b"),
    ] {
        assert_eq!(
            found(&Method::GET, path),
            format!("/groups/{{id}} [(\"id\", \"{captured}\")]"),
            "{path}"
        );
    }
}

#[test]
fn a_slash_that_is_not_encoded_is_another_route() {
    for path in [
        "/groups/acme/tools",
        "/groups",
        "/groups//",
        "/groups/acme//",
        "",
        "/",
        "groups/acme",
    ] {
        assert_eq!(found(&Method::GET, path), "none", "{path}");
    }
}

#[test]
fn a_word_goes_before_a_value_and_a_number_is_digits_only() {
    assert!(found(&Method::HEAD, "/groups/a/members/all").starts_with("/groups/{id}/members/all "));
    assert!(found(&Method::GET, "/groups/a/members/al").starts_with("/groups/{id}/members/{user_id} "));
    assert!(found(&Method::GET, "/users/007").contains("007"));
    for path in ["/users/ann", "/users/-1", "/users/"] {
        assert_eq!(found(&Method::GET, path), "none", "{path}");
    }
}

#[test]
fn a_method_finds_its_own_call_and_no_other() {
    let captured = "/groups/{id}/members/{user_id} [(\"id\", \"a\"), (\"user_id\", \"7\")]";
    assert_eq!(found(&Method::PUT, "/groups/a/members/7"), format!("PUT {captured}"));
    assert_eq!(
        found(&Method::DELETE, "/groups/a/members/7/"),
        format!("DELETE {captured}")
    );
    assert!(found(&Method::PUT, "/groups/a/members/all").contains("\"all\""));
    for (method, path) in [
        (Method::PATCH, "/groups/a"),
        (Method::POST, "/groups/a/members/7"),
        (Method::GET, "/groups/a/leave"),
        (Method::HEAD, "/groups/a/leave"),
    ] {
        assert_eq!(found(&method, path), "none", "{method} {path}");
    }
}

#[test]
fn a_path_tells_its_methods() {
    for (path, methods) in [
        ("/groups/a", "OPTIONS, GET, HEAD"),
        ("/groups/a/members/7", "OPTIONS, GET, HEAD, PUT, DELETE"),
        ("/groups/a/members/all", "OPTIONS, GET, HEAD"),
        ("/groups/a/leave", "OPTIONS, POST"),
        ("/nothing", "none"),
    ] {
        assert_eq!(found(&Method::OPTIONS, path), methods, "{path}");
    }
}

#[test]
fn success_says_whether_something_was_made_or_is_gone() {
    let put = Endpoint::write(Method::PUT, "/", "", Shape::one::<String>(), async |_: Call<()>| {
        Err(Refusal::NoRoute)
    });
    assert_eq!(endpoint("/").success(), 200);
    assert_eq!(put.success(), 200);
    assert_eq!(put.creating().success(), 201);
    assert_eq!(writing(Method::DELETE, "/").success(), 204);
    assert_eq!(writing(Method::POST, "/").success(), 201);
}
