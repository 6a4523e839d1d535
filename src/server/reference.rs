//! `/-/api-docs`: the reference of the REST API as a page. Swagger UI comes with the binary, and reads the document from the API itself.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use utoipa_swagger_ui::Config;

const HOME: &str = "/-/api-docs/";
const DOCUMENT: &str = "/api/v4/openapi.json";

/// The page writes `style` attributes and draws with `data:` images. It asks nobody but this host.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'";

const HEADERS: [(HeaderName, HeaderValue); 4] = [
    (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(CONTENT_SECURITY_POLICY),
    ),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
];

/// What the page is told: where the document is, and to show calls closed, with nothing asked of a validator elsewhere.
static CONFIG: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| {
    let config = Config::from(DOCUMENT)
        .doc_expansion("none")
        .filter(true)
        .deep_linking(true)
        .validator_url("none")
        .try_it_out_enabled(false);
    Arc::new(config)
});

/// The page with all that it loads.
pub(super) fn router() -> Router {
    Router::new()
        .route("/-/api-docs", get(async || Redirect::to(HOME)))
        .route(HOME, get(async || serve("index.html")))
        .route("/-/api-docs/{file}", get(async |Path(file): Path<String>| serve(&file)))
}

fn serve(file: &str) -> Response {
    match utoipa_swagger_ui::serve(file, Arc::clone(&CONFIG)) {
        Ok(Some(file)) => {
            let content_type = [(header::CONTENT_TYPE, file.content_type)];
            (HEADERS, content_type, file.bytes.into_owned()).into_response()
        }
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => {
            tracing::error!(%error, "a file of the reference cannot be made");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use tower::ServiceExt as _;

    use super::*;

    async fn ask(address: &str) -> (Response<()>, String) {
        let request = Request::get(address).body(Body::empty()).unwrap();
        let (parts, body) = router().oneshot(request).await.unwrap().into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        (
            Response::from_parts(parts, ()),
            String::from_utf8_lossy(&body).into_owned(),
        )
    }

    #[tokio::test]
    async fn the_page_and_all_it_names_come_from_the_binary() {
        let (page, text) = ask(HOME).await;
        assert_eq!(page.status(), 200);
        let policy = page.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'self';") && !policy.contains("http"));
        let names: Vec<_> = [" href=\"", " src=\""]
            .iter()
            .flat_map(|attribute| text.split(attribute).skip(1))
            .map(|rest| rest.split('"').next().unwrap().trim_start_matches("./").to_owned())
            .collect();
        assert!(names.len() >= 4, "{names:?}");
        for name in names {
            let (file, _) = ask(&format!("{HOME}{name}")).await;
            assert_eq!(file.status(), 200, "{name}");
        }
        assert_eq!(ask("/-/api-docs").await.0.headers()[header::LOCATION], HOME);
        assert_eq!(ask("/-/api-docs/nothing.js").await.0.status(), 404);
    }

    #[tokio::test]
    async fn the_page_reads_the_document_of_this_very_server() {
        let (_, script) = ask("/-/api-docs/swagger-initializer.js").await;
        assert!(script.contains(DOCUMENT) && !script.contains("petstore"), "{script}");
    }
}
