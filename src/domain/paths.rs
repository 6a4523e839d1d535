//! The one rule for paths: of groups, of projects, and the names of users, which are paths at the top.

use sea_orm::{DbErr, SqlErr};

use super::policy::Code;
use super::{Ctx, Error, Fault, Result};
use crate::types::fold;

/// The text for a path that is in use, and for a name that is.
pub const TAKEN: &str = "has already been taken";

/// Characters of a path or a name at most.
const LONGEST: usize = 255;

/// Characters of a path at least.
const SHORTEST: usize = 2;

/// First parts of paths that lead, or led, somewhere else.
const RESERVED: [&str; 22] = [
    "-",
    "admin",
    "api",
    "assets",
    "dashboard",
    "explore",
    "groups",
    "health_check",
    "help",
    "import",
    "login",
    "o",
    "oauth",
    "profile",
    "projects",
    "public",
    "s",
    "search",
    "snippets",
    "uploads",
    "users",
    "v2",
];

/// Whether something stands at the top, where other things have names too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Height {
    /// A top-level group, or a user.
    Top,
    /// Whatever lies in a group or in a personal namespace.
    Below,
}

/// A full path, or a full name, whose last part is another; it is `own` now.
pub fn with_last(full: &str, own: &str, wanted: &str) -> String {
    full.strip_suffix(own).unwrap_or_default().to_owned() + wanted
}

/// Whether something is found elsewhere: another case is the same place.
pub fn is_moved(from: &str, to: &str) -> bool {
    fold(from) != fold(to)
}

/// What is wrong with the last part of a full path, in GitLab's words; whether it is taken is another question. `field` is what it is called there:
/// `path`, or `username` of a user.
pub fn path_fault(field: &'static str, path: &str, height: Height) -> Option<Fault> {
    let length = path.chars().count();
    let is_reserved = || height == Height::Top && RESERVED.contains(&fold(path).as_str());
    let text = match length {
        0 => return Some(blank(field)),
        _ if is_reserved() => "is a reserved name".to_owned(),
        _ if !is_path(path) => {
            "can only include non-accented letters, digits, '_', '-' and '.'. It must not start with '-', '_', or '.', \
                                nor end with '-', '_', '.', '.git', or '.atom'."
                .to_owned()
        }
        1..SHORTEST => format!("is too short (minimum is {SHORTEST} characters)"),
        _ => return too_long(field, path),
    };
    Some(Fault::new(field, text, Code::Invalid))
}

/// What is wrong with the name of a group or project.
pub fn name_fault(name: &str) -> Option<Fault> {
    if name.trim().is_empty() {
        return Some(blank("name"));
    }
    too_long("name", name)
}

/// Whether a full path leads to a group, a personal namespace, a project or a user already, whatever the case: whoever wants it is told that much of
/// what is hidden, too.
///
/// # Errors
/// Those of the database.
pub async fn is_taken(ctx: &Ctx, full_path: &str) -> Result<bool> {
    let mut sql = ctx.conn().sql();
    let path = sql.bind(fold(full_path));
    sql.push(format!(
        "SELECT (SELECT COUNT(*) FROM namespaces WHERE full_path_key = {path}) + (SELECT COUNT(*) FROM projects WHERE full_path_key = {path})
              + (SELECT COUNT(*) FROM users WHERE username_key = {path})"
    ));
    Ok(sql.number().await? > 0)
}

/// The fault of a path or a name that is in use.
pub fn taken(field: &'static str) -> Fault {
    Fault::new(field, TAKEN, Code::Taken)
}

/// Nobody of the same hierarchy can come in between while it is held, but somebody at the top can.
pub(in crate::domain) fn already_taken(error: DbErr) -> Error {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => Error::Faulty(vec![taken("path")]),
        _ => error.into(),
    }
}

fn blank(field: &'static str) -> Fault {
    Fault::new(field, "can't be blank", Code::Blank)
}

fn too_long(field: &'static str, text: &str) -> Option<Fault> {
    let is_too_long = text.chars().count() > LONGEST;
    is_too_long.then(|| {
        Fault::new(
            field,
            format!("is too long (maximum is {LONGEST} characters)"),
            Code::Invalid,
        )
    })
}

/// `[a-zA-Z0-9]+([._-][a-zA-Z0-9]+)*`, and not the name of a repository or a feed.
fn is_path(path: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let ending = path.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    path.split(['.', '_', '-']).all(is_word) && !matches!(ending.as_deref(), Some("git" | "atom"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(path: &str, height: Height) -> String {
        path_fault("path", path, height).map_or_else(String::new, |fault| fault.text)
    }

    #[test]
    fn a_path_is_words_with_single_marks_between() {
        let longest = "x".repeat(255);
        for path in ["ab", "a1", "42", "A.b_c-D", "git.gitx", "atom", "a.git.b", &longest] {
            assert_eq!(text(path, Height::Top), "", "{path}");
        }
        for path in [
            "-a", "a-", "_a", "a_", ".a", "a.", "a--b", "a._b", "a b", "ä1", "a/b", "a.git", "a.GIT", "a.atom", "a%",
            "a\n", "-", "ſs",
        ] {
            let text = text(path, Height::Below);
            assert!(
                text.starts_with("can only include non-accented letters"),
                "{path}: {text}"
            );
        }
    }

    #[test]
    fn a_path_has_two_to_255_characters() {
        assert_eq!(text("", Height::Below), "can't be blank");
        assert_eq!(text("a", Height::Below), "is too short (minimum is 2 characters)");
        assert_eq!(
            text(&"x".repeat(256), Height::Below),
            "is too long (maximum is 255 characters)"
        );
    }

    #[test]
    fn some_names_are_reserved_at_the_top_and_free_below() {
        for path in RESERVED.iter().filter(|path| path.len() > 2) {
            assert_eq!(text(path, Height::Top), "is a reserved name", "{path}");
        }
        for path in ["-", "API", "s", "v2", "Users"] {
            assert_eq!(text(path, Height::Top), "is a reserved name", "{path}");
        }
        for path in ["api", "v2", "users", "health_check"] {
            assert_eq!(text(path, Height::Below), "", "{path}");
        }
    }

    #[test]
    fn a_name_is_any_text_of_1_to_255_characters() {
        let text = |name: &str| name_fault(name).map_or_else(String::new, |fault| fault.text);
        for name in ["x", "Größe & mehr / 2", &"ü".repeat(255)] {
            assert_eq!(text(name), "", "{name}");
        }
        assert_eq!(text(" "), "can't be blank");
        assert_eq!(text(&"ü".repeat(256)), "is too long (maximum is 255 characters)");
    }
}
