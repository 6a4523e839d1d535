//! The lists of billable members and of their memberships.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::same_entries;
use crate::support::oracle::{Caller, Oracle, Refusal, SORTS};
use crate::support::random::TERMS;
use crate::support::{Answer, EXTERNAL_URL, TestApp, today};

/// Of the lists that are walked page by page.
const PAGE_SIZES: [usize; 4] = [1, 2, 7, 100];

/// A user whom no world has.
const NOBODY: i64 = 999_999;

pub(super) async fn agrees(app: &TestApp, world: &Value) {
    let oracle = &Oracle::new(world, today());
    let callers = oracle.callers().into_iter().map(Caller::User);
    for caller in callers.chain([Caller::Anonymous]) {
        for path in oracle.group_paths() {
            let asked = Asked {
                app,
                oracle,
                path,
                caller,
            };
            asked.lists().await;
            asked.memberships().await;
        }
    }
    walked(app, oracle).await;
}

/// One caller and one group.
struct Asked<'a> {
    app: &'a TestApp,
    oracle: &'a Oracle,
    path: &'a str,
    caller: Caller<'a>,
}

impl Asked<'_> {
    async fn get(&self, rest: &str) -> Answer {
        let client = match self.caller {
            Caller::Anonymous => self.app.anonymous(),
            Caller::User(name) => self.app.token(&format!("{name}-api")),
        };
        client.get(&format!("{}{rest}", billable(self.path))).await
    }

    /// A list that fits on one page.
    async fn same(&self, rest: &str, expected: Result<Vec<Value>, Refusal>) {
        let answer = self.get(rest).await;
        let about = format!("{}{rest}, {:?}", billable(self.path), self.caller);
        match expected {
            Ok(entries) => {
                assert_eq!(answer.status, 200, "{about}: {}", answer.text());
                same_entries(answer.json().as_array().unwrap(), &entries, &about);
                assert_eq!(answer.header("x-total"), entries.len().to_string(), "{about}");
            }
            Err((status, body)) => {
                assert_eq!(answer.status, status, "{about}: {}", answer.text());
                assert_eq!(answer.json(), body, "{about}");
            }
        }
    }

    /// For whoever may ask in every order and for every term; everybody else is told once.
    async fn lists(&self) {
        let expected = |sort, search| {
            self.oracle
                .billable_members(self.path, self.caller, sort, search, EXTERNAL_URL)
        };
        self.same("", expected(None, None)).await;
        if expected(None, None).is_err() {
            return;
        }
        for (sort, term) in SORTS.iter().cycle().zip(TERMS) {
            let order = sort.map_or(String::new(), |sort| format!("sort={sort}&"));
            let rest = format!("?{order}search={}", encoded(term));
            self.same(&rest, expected(*sort, Some(term))).await;
            if let Some(name) = sort {
                self.same(&format!("?sort={name}"), expected(*sort, None)).await;
            }
        }
    }

    async fn memberships(&self) {
        let (oracle, path, caller) = (self.oracle, self.path, self.caller);
        for user in oracle.user_ids().into_iter().chain([NOBODY]) {
            let own = oracle.billable_memberships(path, caller, user, EXTERNAL_URL);
            let is_refused = own.as_ref().is_err_and(|(status, _)| *status != 404);
            self.same(&format!("/{user}/memberships"), own).await;
            let indirect = oracle.indirect_memberships(path, caller, user, EXTERNAL_URL);
            self.same(&format!("/{user}/indirect"), indirect).await;
            // Whoever may not is told the same of everybody.
            if is_refused {
                return;
            }
        }
    }
}

/// Every order, in pages of every size: joined they are the whole list, and the headers say so.
async fn walked(app: &TestApp, oracle: &Oracle) {
    let root = Caller::User("root");
    for path in oracle.top_level_groups() {
        for sort in SORTS {
            let whole = oracle.billable_members(path, root, sort, None, EXTERNAL_URL).unwrap();
            for size in PAGE_SIZES {
                let order = sort.map_or(String::new(), |sort| format!("sort={sort}&"));
                let list = format!("{}?{order}per_page={size}", billable(path));
                let pages = whole.len().div_ceil(size).max(1);
                // One more than there are.
                for page in 1..=pages + 1 {
                    let answer = app.admin().get(&format!("{list}&page={page}")).await.expect(200);
                    let entries: Vec<_> = whole.iter().skip((page - 1) * size).take(size).cloned().collect();
                    same_entries(
                        answer.json().as_array().unwrap(),
                        &entries,
                        &format!("{list}&page={page}"),
                    );
                    let next = if page < pages {
                        (page + 1).to_string()
                    } else {
                        String::new()
                    };
                    let headers = [
                        ("x-total", whole.len().to_string()),
                        ("x-total-pages", pages.to_string()),
                        ("x-page", page.to_string()),
                        ("x-per-page", size.to_string()),
                        ("x-next-page", next),
                    ];
                    for (name, expected) in headers {
                        assert_eq!(answer.header(name), expected, "{name} of {list}&page={page}");
                    }
                }
            }
        }
    }
}

fn billable(path: &str) -> String {
    format!("/groups/{}/billable_members", path.replace('/', "%2F"))
}

/// As it stands in an address.
fn encoded(term: &str) -> String {
    utf8_percent_encode(term, NON_ALPHANUMERIC).to_string()
}
