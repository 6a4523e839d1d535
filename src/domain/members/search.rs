//! The search box over people: words in the name, words in the user name, or the whole public address.

use crate::db::Sql;
use crate::types::fold;

/// Fewer characters than this are looked for as a whole only.
pub(in crate::domain) const SHORT: usize = 3;

/// A search, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::domain) struct Search {
    whole: String,
    words: Vec<String>,
}

impl Search {
    /// Takes a text apart: split at blanks, `"…"` keeps a phrase, one leading `@` is dropped. `None` when nothing is left.
    pub(in crate::domain) fn parse(text: &str) -> Option<Self> {
        let text = fold(text.trim());
        let whole = text.strip_prefix('@').unwrap_or(&text).trim();
        let words: Vec<String> = whole
            .split('"')
            .enumerate()
            // Every second piece stood between quotation marks.
            .flat_map(|(index, piece)| {
                if index % 2 == 1 {
                    vec![piece]
                } else {
                    piece.split_whitespace().collect()
                }
            })
            .filter(|word| !word.trim().is_empty())
            .map(str::to_owned)
            .collect();
        (!words.is_empty()).then(|| Self {
            whole: whole.to_owned(),
            words,
        })
    }

    /// The condition on row `alias` of `users`.
    pub(in crate::domain) fn condition(&self, sql: &mut Sql<'_>, alias: &str) -> String {
        let whole = sql.bind(self.whole.clone());
        let words: Vec<String> = self.words.iter().map(|word| sql.bind(word.clone())).collect();
        let every = |column: &str| {
            let all: Vec<_> = words
                .iter()
                .map(|word| sql.dialect().contains(&format!("{alias}.{column}"), word))
                .collect();
            format!("({})", all.join(" AND "))
        };
        format!(
            "({} OR {} OR {alias}.public_email_norm = {whole})",
            every("name_key"),
            every("username_key")
        )
    }

    /// The same where a word that is shorter than [`SHORT`] is not looked for in parts: when no word is longer, the whole must be the name or the
    /// user name; else such words are passed over.
    pub(in crate::domain) fn condition_of_parts(&self, sql: &mut Sql<'_>, alias: &str) -> String {
        let long: Vec<_> = self
            .words
            .iter()
            .filter(|word| word.chars().count() >= SHORT)
            .cloned()
            .collect();
        if !long.is_empty() {
            let long = Self {
                whole: self.whole.clone(),
                words: long,
            };
            return long.condition(sql, alias);
        }
        let whole = sql.bind(self.whole.clone());
        format!("({alias}.name_key = {whole} OR {alias}.username_key = {whole} OR {alias}.public_email_norm = {whole})")
    }

    /// The condition that the folded text `column` holds every word.
    pub(in crate::domain) fn in_text(&self, sql: &mut Sql<'_>, column: &str) -> String {
        let words: Vec<String> = self.words.iter().map(|word| sql.bind(word.clone())).collect();
        let all: Vec<_> = words.iter().map(|word| sql.dialect().contains(column, word)).collect();
        format!("({})", all.join(" AND "))
    }

    /// How well somebody matches, best first: public address, user name, name, the rest.
    pub(super) fn rank(&self, public_email: Option<&str>, username: &str, name_key: &str) -> char {
        if public_email.is_some_and(|address| fold(address) == self.whole) {
            '0'
        } else if fold(username) == self.whole {
            '1'
        } else if name_key == self.whole {
            '2'
        } else {
            '3'
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrase_stays_whole_and_a_leading_at_sign_goes() {
        let search = Search::parse("@John \"van der\" Doe").unwrap();
        assert_eq!(search.words, ["john", "van der", "doe"]);
    }

    #[test]
    fn nothing_is_left_of_an_at_sign() {
        assert_eq!(Search::parse(" @ "), None);
        assert_eq!(Search::parse("\"\""), None);
    }
}
