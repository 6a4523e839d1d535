//! `/-/graphql-explorer`: the page to try the graph with, from the binary itself.
//! `build.rs` chose which one, `GraphiQL` or the plain explorer, and compressed its files; here they are only served.

use std::io::Read as _;

use axum::{
    Router,
    extract::Path,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use flate2::read::GzDecoder;

include!(concat!(env!("OUT_DIR"), "/explorer.rs"));

const HOME: &str = "/-/graphql-explorer";

/// The editor of `GraphiQL` writes `style` elements and draws with `data:` images; the plain explorer needs neither.
const CONTENT_SECURITY_POLICY: &str = if GRAPHIQL {
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"
} else {
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"
};

/// One file of the explorer, kept compressed: few clients want it otherwise, and the binary is 5 MB smaller.
struct File {
    /// Relative to the explorer's own address.
    address: &'static str,
    etag: &'static str,
    gzip: &'static [u8],
}

/// The explorer with all that it loads, and `/`, which leads to it.
pub(super) fn router() -> Router {
    Router::new()
        .route("/", get(home))
        .route("/-/graphql-explorer/", get(home))
        .route(HOME, get(page))
        .route("/-/graphql-explorer/{*address}", get(file))
}

async fn home() -> Redirect {
    Redirect::to(HOME)
}

async fn page(request: HeaderMap) -> Response {
    serve("index.html", &request)
}

async fn file(Path(address): Path<String>, request: HeaderMap) -> Response {
    serve(&address, &request)
}

fn serve(address: &str, request: &HeaderMap) -> Response {
    let Some(file) = FILES.iter().find(|file| file.address == address) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mut response = if is_known(request, file.etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        body(file, request)
    };
    let headers = response.headers_mut();
    let mut set = |name, value| headers.insert(name, HeaderValue::from_static(value));
    set(header::CACHE_CONTROL, caching(file.address));
    set(header::ETAG, file.etag);
    set(header::VARY, "accept-encoding");
    set(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
    set(header::REFERRER_POLICY, "no-referrer");
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    response
}

fn body(file: &File, request: &HeaderMap) -> Response {
    let content_type = [(header::CONTENT_TYPE, content_type(file.address))];
    if accepts_gzip(request) {
        return (content_type, [(header::CONTENT_ENCODING, "gzip")], file.gzip).into_response();
    }
    match inflate(file.gzip) {
        Ok(content) => (content_type, content).into_response(),
        Err(error) => {
            tracing::error!(%error, file.address, "a file of the explorer cannot be decompressed");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn inflate(gzip: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut content = Vec::new();
    GzDecoder::new(gzip).read_to_end(&mut content)?;
    Ok(content)
}

fn accepts_gzip(request: &HeaderMap) -> bool {
    listed(request, header::ACCEPT_ENCODING).any(|offer| {
        let (coding, weight) = offer.split_once(';').unwrap_or((offer, "q=1"));
        let refused = weight
            .trim()
            .strip_prefix("q=")
            .and_then(|q| q.parse::<f32>().ok())
            .is_some_and(|q| q <= 0.0);
        matches!(coding.trim(), "gzip" | "*") && !refused
    })
}

fn is_known(request: &HeaderMap, etag: &str) -> bool {
    listed(request, header::IF_NONE_MATCH).any(|known| known == etag || known == "*")
}

/// The items of a header that is a list, however many lines it was sent on.
fn listed(request: &HeaderMap, name: header::HeaderName) -> impl Iterator<Item = &str> {
    request
        .get_all(name)
        .into_iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(str::trim)
}

/// What lies in `assets/` has the hash of its content in its name, so it never changes.
fn caching(address: &str) -> &'static str {
    if address.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    }
}

fn content_type(address: &str) -> &'static str {
    match address.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("ttf") => "font/ttf",
        Some("txt") => "text/plain; charset=utf-8",
        Some("md") => "text/markdown; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, http::Request};
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;

    use super::*;

    async fn get(address: &str, headers: &[(header::HeaderName, &str)]) -> Response {
        let mut request = Request::get(address);
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        router().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    async fn content(response: Response) -> Vec<u8> {
        response.into_body().collect().await.unwrap().to_bytes().to_vec()
    }

    async fn page_text() -> String {
        String::from_utf8(content(get(HOME, &[]).await).await).unwrap()
    }

    /// The addresses in the `href` and `src` attributes of the page.
    fn addresses(page: &str) -> Vec<&str> {
        [" href=\"", " src=\""]
            .iter()
            .flat_map(|attribute| page.split(attribute).skip(1))
            .map(|rest| rest.split('"').next().unwrap())
            .collect()
    }

    #[tokio::test]
    async fn the_root_leads_to_the_explorer() {
        for address in ["/", "/-/graphql-explorer/"] {
            let response = get(address, &[]).await;
            assert_eq!(response.status(), StatusCode::SEE_OTHER);
            assert_eq!(response.headers()[header::LOCATION], HOME);
        }
    }

    #[tokio::test]
    async fn everything_the_page_names_comes_from_the_binary_with_a_type_of_its_own() {
        let page = page_text().await;
        let addresses = addresses(&page);
        assert!(addresses.len() >= 3, "icon, style and script: {addresses:?}");
        for address in addresses {
            let response = get(address, &[]).await;
            assert_eq!(response.status(), StatusCode::OK, "{address}");
            assert_ne!(
                response.headers()[header::CONTENT_TYPE],
                "application/octet-stream",
                "{address}"
            );
            assert_eq!(response.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        }
    }

    #[tokio::test]
    async fn the_policy_lets_the_page_reach_nothing_but_its_own_host() {
        let response = get(HOME, &[]).await;
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'self';"));
        assert!(!policy.contains("http") && !policy.contains('*') && !policy.contains("unsafe-eval"));
        assert_eq!(response.headers()[header::REFERRER_POLICY], "no-referrer");
    }

    #[tokio::test]
    async fn a_client_that_takes_gzip_gets_gzip_of_what_the_others_get_plain() {
        let plain = get(HOME, &[]).await;
        assert!(!plain.headers().contains_key(header::CONTENT_ENCODING));
        let gzip = get(HOME, &[(header::ACCEPT_ENCODING, "br, gzip;q=0.5")]).await;
        assert_eq!(gzip.headers()[header::CONTENT_ENCODING], "gzip");
        assert_eq!(gzip.headers()[header::VARY], "accept-encoding");
        assert_eq!(inflate(&content(gzip).await).unwrap(), content(plain).await);
    }

    #[tokio::test]
    async fn gzip_that_is_refused_or_not_offered_is_not_sent() {
        for offer in ["identity", "br", "gzip;q=0", "gzip; q=0.0"] {
            let response = get(HOME, &[(header::ACCEPT_ENCODING, offer)]).await;
            assert!(!response.headers().contains_key(header::CONTENT_ENCODING), "{offer}");
        }
    }

    #[tokio::test]
    async fn a_page_that_the_browser_knows_is_not_sent_again() {
        let etag = get(HOME, &[]).await.headers()[header::ETAG]
            .to_str()
            .unwrap()
            .to_owned();
        let again = get(HOME, &[(header::IF_NONE_MATCH, &format!("\"other\", {etag}"))]).await;
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert!(content(again).await.is_empty());
        let changed = get(HOME, &[(header::IF_NONE_MATCH, "\"other\"")]).await;
        assert_eq!(changed.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn only_names_with_a_hash_are_kept_for_ever() {
        for file in FILES {
            let response = get(&format!("{HOME}/{}", file.address), &[]).await;
            let for_ever = response.headers()[header::CACHE_CONTROL]
                .to_str()
                .unwrap()
                .contains("immutable");
            assert_eq!(for_ever, file.address.starts_with("assets/"), "{}", file.address);
        }
    }

    #[tokio::test]
    async fn what_is_not_in_the_binary_is_not_found() {
        for address in ["nothing.js", "assets/../../Cargo.toml", "%2e%2e/Cargo.toml"] {
            assert_eq!(
                get(&format!("{HOME}/{address}"), &[]).await.status(),
                StatusCode::NOT_FOUND,
                "{address}"
            );
        }
    }
}
