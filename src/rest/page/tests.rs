use super::*;
use crate::rest::input;

fn address(query: &str) -> Address {
    let mut values = input::pairs(query);
    values.insert("id".to_owned(), "a/b".into());
    Address::new("https://roster.example", "/api/v4/groups/a%2Fb/members", values)
}

fn page(ids: std::ops::Range<i64>, has_next: bool, has_previous: bool) -> Page<()> {
    let place = |id| (Position { value: None, id }, ());
    Page {
        items: ids.map(place).collect(),
        has_next,
        has_previous,
    }
}

fn shown(headers: &HeaderMap) -> String {
    let lines = headers
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap().replace(", ", ",\n  ")));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn numbers_out_of_bounds_are_brought_within() {
    let used = |page, per_page| {
        let numbered = Numbered::new(page, per_page);
        (numbered.page, numbered.per_page)
    };
    assert_eq!(used(None, None), (1, 20));
    assert_eq!(used(Some(0), Some(101)), (1, 100));
    assert_eq!(used(Some(-3), Some(-1)), (1, 20));
    assert_eq!(used(Some(7), Some(1)), (7, 1));
}

#[test]
fn a_page_in_the_middle_has_all_headers() {
    let address = address("user_ids[]=2&user_ids[]=1&query=a+b&private_token=secret&page=2&per_page=500&o[k]=v");
    let headers = Numbered::new(Some(2), Some(2)).headers(&address, &page(3..5, true, true), Some(5));
    insta::assert_snapshot!(shown(&headers), @r#"
    x-page: 2
    x-per-page: 2
    x-next-page: 3
    x-prev-page: 1
    x-total: 5
    x-total-pages: 3
    link: <https://roster.example/api/v4/groups/a%2Fb/members?id=a%2Fb&o%5Bk%5D=v&page=1&per_page=2&query=a+b&user_ids%5B%5D=2&user_ids%5B%5D=1>; rel="prev",
      <https://roster.example/api/v4/groups/a%2Fb/members?id=a%2Fb&o%5Bk%5D=v&page=3&per_page=2&query=a+b&user_ids%5B%5D=2&user_ids%5B%5D=1>; rel="next",
      <https://roster.example/api/v4/groups/a%2Fb/members?id=a%2Fb&o%5Bk%5D=v&page=1&per_page=2&query=a+b&user_ids%5B%5D=2&user_ids%5B%5D=1>; rel="first",
      <https://roster.example/api/v4/groups/a%2Fb/members?id=a%2Fb&o%5Bk%5D=v&page=3&per_page=2&query=a+b&user_ids%5B%5D=2&user_ids%5B%5D=1>; rel="last"
    "#);
}

#[test]
fn an_empty_list_has_one_page_without_rows() {
    let headers = Numbered::new(None, None).headers(&address(""), &page(0..0, false, false), Some(0));
    assert_eq!(
        (&headers[X_TOTAL], &headers[X_TOTAL_PAGES]),
        (&"0".parse().unwrap(), &"1".parse().unwrap())
    );
    assert_eq!(
        (&headers[X_NEXT_PAGE], &headers[X_PREV_PAGE]),
        (&"".parse().unwrap(), &"".parse().unwrap())
    );
}

#[test]
fn a_list_without_a_total_has_no_last_page() {
    let headers = Numbered::new(Some(2), None).headers(&address(""), &page(0..20, true, true), None);
    assert!(!headers.contains_key(X_TOTAL) && !headers.contains_key(X_TOTAL_PAGES));
    assert!(!headers[LINK].to_str().unwrap().contains("last"));
}

#[test]
fn behind_the_last_page_there_is_neither_next_nor_previous() {
    let headers = Numbered::new(Some(9), None).headers(&address(""), &page(0..0, false, true), Some(3));
    assert_eq!(
        (&headers[X_NEXT_PAGE], &headers[X_PREV_PAGE]),
        (&"".parse().unwrap(), &"".parse().unwrap())
    );
    assert!(!headers[LINK].to_str().unwrap().contains("prev"));
}

#[tokio::test]
async fn a_list_is_counted_only_when_the_page_does_not_tell() {
    let uncounted = async || -> domain::Result<u64> { panic!("counted") };
    let last = Numbered::new(Some(3), Some(2));
    assert_eq!(
        last.total(&page(0..1, false, true), uncounted()).await.unwrap(),
        Some(5)
    );
    let first = Numbered::new(None, Some(2));
    assert_eq!(
        first.total(&page(0..0, false, false), uncounted()).await.unwrap(),
        Some(0)
    );
    let behind = Numbered::new(Some(9), Some(2));
    assert_eq!(
        behind.total(&page(0..0, false, true), async { Ok(5) }).await.unwrap(),
        Some(5)
    );
    assert_eq!(
        first
            .total(&page(0..2, true, false), async { Ok(10_000) })
            .await
            .unwrap(),
        Some(10_000)
    );
    assert_eq!(
        first
            .total(&page(0..2, true, false), async { Ok(10_001) })
            .await
            .unwrap(),
        None
    );
}

#[test]
fn numbered_pages_end_where_only_cursors_lead_further() {
    assert!(Numbered::new(Some(500), Some(100)).within_offset_limit("User").is_ok());
    assert!(Numbered::new(Some(501), Some(100)).within_offset_limit("User").is_err());
    assert!(Numbered::new(Some(i64::MAX), None).within_offset_limit("User").is_err());
}

#[test]
fn a_cursor_leads_on_and_back_in_its_own_order_only() {
    let headers = cursor_headers(&address("pagination=keyset"), &page(4..6, true, true), "id_desc", 2);
    let text = |name: HeaderName| headers[name].to_str().unwrap().to_owned();
    let place = |id| Some(Position { value: None, id });
    assert!(text(LINK).contains(&format!("cursor={}&id=a%2Fb", text(X_NEXT_CURSOR))));
    assert_eq!(
        cursor_window(Some(&text(X_NEXT_CURSOR)), "id_desc", 2).unwrap(),
        Window::Keyset {
            limit: 2,
            after: place(5),
            before: None,
            backward: false
        }
    );
    assert_eq!(
        cursor_window(Some(&text(X_PREV_CURSOR)), "id_desc", 2).unwrap(),
        Window::Keyset {
            limit: 2,
            after: None,
            before: place(4),
            backward: true
        }
    );
    assert!(cursor_window(Some(&text(X_NEXT_CURSOR)), "id_asc", 2).is_err());
    assert!(cursor_window(Some("nonsense"), "id_desc", 2).is_err());
    assert_eq!(cursor_window(Some(""), "id_desc", 2).unwrap(), Window::first(2));
}

#[test]
fn the_end_of_a_list_has_no_next_cursor() {
    assert!(cursor_headers(&address(""), &page(4..6, false, false), "id_desc", 2).is_empty());
}
