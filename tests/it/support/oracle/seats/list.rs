//! `GET /groups/:id/billable_members`: order, search, and what is told of each user.

use std::cmp::Reverse;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::Seat;
use super::answers::Refusal;
use crate::support::oracle::{Caller, Group, Oracle, User};

/// Every value of `sort`, and none.
pub(crate) const SORTS: [Option<&str>; 11] = [
    None,
    Some("name_asc"),
    Some("name_desc"),
    Some("recent_sign_in"),
    Some("oldest_sign_in"),
    Some("last_activity_on_desc"),
    Some("last_activity_on_asc"),
    Some("access_level_asc"),
    Some("access_level_desc"),
    Some("oldest_joined"),
    Some("last_joined"),
];

impl Oracle {
    /// The whole list. `external_url` is where the product believes itself to be.
    pub(crate) fn billable_members(
        &self,
        path: &str,
        caller: Caller<'_>,
        sort: Option<&str>,
        search: Option<&str>,
        external_url: &str,
    ) -> Result<Vec<Value>, Refusal> {
        let root = self.may_list_seats(path, caller)?;
        let mut seats = self.seats(path);
        seats.retain(|seat| is_found(seat.user, search.unwrap_or_default()));
        arrange(&mut seats, sort);
        let shown = |seat: &Seat<'_>| self.billable_member(seat, root, caller, external_url);
        Ok(seats.iter().map(shown).collect())
    }

    /// The nodes of `billableMembers` in the graph, and how many take a seat; none where the list is null. `sort` as REST names it.
    pub(crate) fn billable_nodes(
        &self,
        path: &str,
        caller: Caller<'_>,
        sort: Option<&str>,
        search: Option<&str>,
        with_waiting: bool,
    ) -> Option<Vec<Value>> {
        let root = self.may_list_seats(path, caller).ok()?;
        let mut seats = self.seats(path);
        if with_waiting {
            seats.extend(self.waiting_seats(path));
        }
        seats.retain(|seat| is_found(seat.user, search.unwrap_or_default()));
        arrange(&mut seats, sort);
        let waits = |seat: &Seat<'_>| seat.ways.iter().all(|way| !way.row.active);
        let node = |seat: &Seat<'_>| {
            let member = self.billable_member(seat, root, caller, "");
            let (_, first_joined) = seat.first_joined();
            json!({
                "id": format!("gid://gitlab/BillableMember/{}-{}", root.id, seat.user.id),
                "user": {"username": seat.user.username},
                "email": member["email"],
                "membershipType": seat.membership_type().name().to_uppercase(),
                "membershipState": if waits(seat) { "AWAITING" } else { "ACTIVE" },
                "accessLevel": {"integerValue": seat.highest_level()},
                "removable": member["removable"],
                "isLastOwner": member["is_last_owner"],
                "lastActivityOn": member["last_activity_on"],
                "lastLoginAt": member["last_login_at"],
                "firstJoinedAt": first_joined.map(time),
            })
        };
        Some(seats.iter().map(node).collect())
    }

    fn billable_member(&self, seat: &Seat<'_>, root: &Group, caller: Caller<'_>, external_url: &str) -> Value {
        let user = seat.user;
        let is_ours = user.enterprise_group.as_deref() == Some(&root.path);
        let shows_address = self.is_admin(caller) || is_ours && self.is_owner(root, caller);
        let email = if shows_address {
            Some(&user.email)
        } else {
            user.public_email.as_ref()
        };
        json!({
            "id": user.id,
            "username": user.username,
            "public_email": user.public_email,
            "name": user.name,
            "state": "active",
            "locked": false,
            "avatar_url": null,
            "web_url": format!("{external_url}/{}", user.username),
            "email": email,
            "last_activity_on": user.last_activity_on,
            "membership_type": seat.membership_type().name(),
            "removable": seat.is_removable(),
            "created_at": user.created_at.map(time),
            "is_last_owner": self.is_last_owner_of(root, user),
            "last_login_at": user.last_sign_in_at.map(time),
        })
    }

    /// Exactly one owner counts, and it is this user. None where all owners have come to their end and there are several: does each keep counting
    /// because no other is left, or is none of them the last? The contract leaves that open.
    fn is_last_owner_of(&self, root: &Group, user: &User) -> Option<bool> {
        let rows = self.rows_on_group(root).into_iter();
        let mut owners: Vec<_> = rows
            .filter(|row| self.is_owner_that_counts(row) && self.live(row))
            .collect();
        let is_only = owners.len() == 1;
        let have_ended = owners.iter().all(|row| !self.lasts(row.expires_at));
        owners.retain(|row| row.is_of(&user.username));
        match owners[..] {
            [] => Some(false),
            _ if is_only => Some(true),
            _ => (!have_ended).then_some(false),
        }
    }
}

fn arrange(seats: &mut [Seat<'_>], sort: Option<&str>) {
    // Each sort is stable, so that this is the order of those who are equal.
    seats.sort_by_key(|seat| seat.user.id);
    match sort {
        None => {}
        Some("name_asc") => seats.sort_by_key(|seat| seat.user.name.to_lowercase()),
        Some("name_desc") => seats.sort_by_key(|seat| Reverse(seat.user.name.to_lowercase())),
        // Nobody knows when is less than any time.
        Some("recent_sign_in") => seats.sort_by_key(|seat| Reverse(seat.user.last_sign_in_at)),
        Some("oldest_sign_in") => {
            seats.sort_by_key(|seat| (seat.user.last_sign_in_at.is_none(), seat.user.last_sign_in_at));
        }
        Some("last_activity_on_desc") => seats.sort_by_key(|seat| Reverse(seat.user.last_activity_on)),
        Some("last_activity_on_asc") => {
            seats.reverse();
            seats.sort_by_key(|seat| seat.user.last_activity_on);
        }
        Some("access_level_asc") => seats.sort_by_key(Seat::highest_level),
        Some("access_level_desc") => seats.sort_by_key(|seat| Reverse(seat.highest_level())),
        Some("oldest_joined") => seats.sort_by_key(Seat::first_joined),
        Some("last_joined") => seats.sort_by_key(|seat| Reverse(seat.first_joined())),
        Some(other) => panic!("no order {other}"),
    }
}

fn is_found(user: &User, search: &str) -> bool {
    if search.trim().is_empty() {
        return true;
    }
    let term = search.trim().to_lowercase();
    let term = term.strip_prefix('@').unwrap_or(&term).trim();
    let (name, username) = (user.name.to_lowercase(), user.username.to_lowercase());
    if term.is_empty() {
        return false;
    }
    let words = words(term);
    let long: Vec<&String> = words.iter().filter(|word| word.chars().count() >= 3).collect();
    let by_words = if long.is_empty() {
        name == term || username == term
    } else {
        long.iter().all(|word| name.contains(*word)) || long.iter().all(|word| username.contains(*word))
    };
    by_words
        || user
            .public_email
            .as_ref()
            .is_some_and(|address| address.to_lowercase() == term)
}

/// Split at blanks; what stands in quotation marks stays together.
fn words(term: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for letter in term.chars() {
        match letter {
            '"' => {
                quoted = !quoted;
                words.push(String::new());
            }
            ' ' if !quoted => words.push(String::new()),
            _ => words.last_mut().expect("there is one").push(letter),
        }
    }
    words.retain(|word| !word.trim().is_empty());
    words
}

/// As REST writes it.
pub(super) fn time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}
