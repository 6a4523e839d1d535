//! Texts out of templates: mail and pages. Values are escaped in templates whose name ends in `.html`.

use minijinja::{AutoEscape, Environment, UndefinedBehavior, escape_formatter};

/// The environment of some templates, each a name and its text.
///
/// # Panics
/// When one of them is unsound, as only a change of the program can make it: every room that has templates has a test that reads them.
pub fn environment(templates: &[(&'static str, &'static str)]) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_formatter(|out, state, value| match (state.auto_escape(), value.as_str()) {
        (AutoEscape::Html, Some(text)) if !value.is_safe() => Ok(out.write_str(&escape(text))?),
        _ => escape_formatter(out, state, value),
    });
    for (name, source) in templates {
        environment
            .add_template(name, source)
            .expect("the templates are sound, as a test says");
    }
    environment
}

/// What HTML needs and no more, unlike the library's own: links stay links for whoever reads the source.
fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, c| {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
        escaped
    })
}
