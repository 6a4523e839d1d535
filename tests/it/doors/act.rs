//! One row of the table: what is done, by which calls of the two faces, and what those get who may and who may not.

use serde_json::{Value, json};

use super::callers::{ADMIN, Need, Who};

/// What becomes of a call.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Reply {
    /// Let in.
    Ok,
    /// A status and a body.
    No(u16, Value),
}

/// `{"message": text}`
pub(crate) fn no(status: u16, text: &str) -> Reply {
    Reply::No(status, json!({ "message": text }))
}

pub(crate) fn forbidden() -> Reply {
    no(403, "403 Forbidden")
}

/// From which level on which reply, ascending; the last that is reached counts. The first is that of who sees the place and is no member.
type Ladder = Vec<(i64, Reply)>;

/// The graph's side: what else than a refusal, or being let in, comes of it.
#[derive(Clone, Debug)]
pub(crate) struct Mutation {
    pub(crate) name: &'static str,
    pub(crate) input: Value,
    /// Where a refusal of REST is data in the graph: from which level, and its code.
    pub(crate) told: Option<(i64, &'static str)>,
}

#[derive(Clone, Debug)]
pub(crate) struct Act {
    pub(crate) method: &'static str,
    /// As OpenAPI writes it; empty where REST has no such call.
    pub(crate) pattern: &'static str,
    pub(crate) query: &'static str,
    pub(crate) fills: Vec<(&'static str, &'static str)>,
    pub(crate) body: Value,
    /// The status of success.
    pub(crate) ok: u16,
    pub(crate) need: Need,
    pub(crate) needs_user: bool,
    ladder: Ladder,
    /// What single callers get who are not where their level puts them.
    others: Vec<(Who, Reply)>,
    /// Which place of the tree it is about: `T`, `S` or `P`; none for what is about no group or project.
    pub(crate) place: Option<&'static str>,
    /// What is said where the place is hidden or missing.
    pub(crate) hidden: Reply,
    /// Callers about whom the contract says nothing here.
    pub(crate) open: Vec<Who>,
    pub(crate) mutation: Option<Mutation>,
    /// The call spends its token.
    pub(crate) spends: bool,
    /// Nothing need change where it is let in.
    pub(crate) quiet: bool,
}

impl Act {
    pub(crate) fn new(method: &'static str, pattern: &'static str) -> Self {
        let place = match pattern {
            "" => Some("T"),
            _ if pattern.starts_with("/groups/{id}") => Some("T"),
            _ if pattern.starts_with("/projects/{id}") => Some("P"),
            _ => None,
        };
        let kind = if place == Some("P") { "Project" } else { "Group" };
        Self {
            method,
            pattern,
            query: "",
            fills: vec![],
            body: json!({}),
            ok: match method {
                "POST" => 201,
                "DELETE" => 204,
                _ => 200,
            },
            need: if method == "GET" { Need::Read } else { Need::Write },
            needs_user: true,
            ladder: vec![(0, Reply::Ok)],
            others: vec![],
            place,
            hidden: no(404, &format!("404 {kind} Not Found")),
            open: vec![],
            mutation: None,
            spends: false,
            quiet: method == "GET",
        }
    }

    /// A mutation without a call of REST.
    pub(crate) fn graph(name: &'static str, input: Value) -> Self {
        Self::new("", "").or(name, input)
    }

    /// Also without a token.
    pub(crate) fn anybody(mut self) -> Self {
        self.needs_user = false;
        self
    }

    pub(crate) fn by(mut self, ladder: Ladder) -> Self {
        self.ladder = ladder;
        self
    }

    /// From this level on; below it 403.
    pub(crate) fn from(self, level: i64) -> Self {
        self.above(level, forbidden())
    }

    /// From this level on; below it this.
    pub(crate) fn above(self, level: i64, refusal: Reply) -> Self {
        self.by(vec![(0, refusal), (level, Reply::Ok)])
    }

    pub(crate) fn admins(self) -> Self {
        self.from(ADMIN)
    }

    /// Also who manages members by a custom role.
    pub(crate) fn managers(self) -> Self {
        self.but(Who::Manager, Reply::Ok)
    }

    pub(crate) fn but(mut self, who: Who, reply: Reply) -> Self {
        self.others.push((who, reply));
        self
    }

    /// The contract leaves open what this caller gets.
    pub(crate) fn leaving_open(mut self, who: &[Who]) -> Self {
        self.open.extend(who);
        self
    }

    pub(crate) fn at(mut self, place: &'static str) -> Self {
        self.place = Some(place);
        let kind = if place == "P" { "Project" } else { "Group" };
        self.hidden = no(404, &format!("404 {kind} Not Found"));
        self
    }

    pub(crate) fn hidden(mut self, reply: Reply) -> Self {
        self.hidden = reply;
        self
    }

    pub(crate) fn with(mut self, name: &'static str, word: &'static str) -> Self {
        self.fills.push((name, word));
        self
    }

    pub(crate) fn query(mut self, query: &'static str) -> Self {
        self.query = query;
        self
    }

    pub(crate) fn body(mut self, body: Value) -> Self {
        self.body = body;
        self
    }

    pub(crate) fn ok(mut self, status: u16) -> Self {
        self.ok = status;
        self
    }

    pub(crate) fn need(mut self, need: Need) -> Self {
        self.need = need;
        self
    }

    pub(crate) fn or(mut self, name: &'static str, input: Value) -> Self {
        let told = None;
        self.mutation = Some(Mutation { name, input, told });
        self
    }

    /// What REST refuses is data in the graph, with this code, for who has at least this level.
    pub(crate) fn told(mut self, level: i64, code: &'static str) -> Self {
        let mutation = self.mutation.as_mut().expect("a mutation");
        mutation.told = Some((level, code));
        self
    }

    pub(crate) fn spending(mut self) -> Self {
        self.spends = true;
        self
    }

    pub(crate) fn quiet(mut self) -> Self {
        self.quiet = true;
        self
    }

    pub(crate) fn name(&self) -> String {
        match (&self.mutation, self.pattern) {
            (Some(mutation), "") => mutation.name.to_owned(),
            _ => format!("{} {}", self.method, self.pattern),
        }
    }

    /// Whether the place is hidden from a caller who may call at all.
    pub(crate) fn hides(&self, who: Who, visibility: &str) -> bool {
        self.place.is_some() && !who.sees(visibility)
    }

    /// What a caller gets whose token is good.
    pub(crate) fn reply(&self, who: Who, visibility: &str) -> Reply {
        if who == Who::Anonymous && self.needs_user {
            return no(401, "401 Unauthorized");
        }
        if self.hides(who, visibility) {
            return self.hidden.clone();
        }
        if let Some((_, reply)) = self.others.iter().find(|(other, _)| *other == who) {
            return reply.clone();
        }
        let reached = self.ladder.iter().rev().find(|(level, _)| who.rank() >= *level);
        reached.expect("a reply for everybody").1.clone()
    }

    /// Whether it changes something for this caller.
    pub(crate) fn writes(&self, who: Who, visibility: &str) -> bool {
        let let_in = !who.is_dead() && who != Who::WrongScope && self.reply(who, visibility) == Reply::Ok;
        self.method != "GET" && let_in
    }
}
