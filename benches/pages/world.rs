//! A world for the measurements: a small and a large group side by side, and a group with subgroups and projects.

use serde_json::{Value, json};

/// The token of `dan`, a developer in the group above all others.
pub(crate) const TOKEN: &str = "dan-api";

const GIVEN: [&str; 12] = [
    "Ada", "Bilal", "Chen", "Dana", "Emre", "Farah", "Goran", "Hana", "Ines", "Jonas", "Kira", "Liam",
];
const LEVELS: [u8; 6] = [10, 20, 30, 30, 30, 40];

/// The world file.
pub(crate) fn json(few: usize, many: usize) -> Value {
    let user =
        |name: &str, shown: &str| json!({"username": name, "name": shown, "email": format!("{name}@example.com")});
    let mut users = vec![user("ann", "Ann Ash"), user("dan", "Dan Dorn")];
    users[1]["tokens"] = json!([{"token": TOKEN, "scopes": ["api"]}]);
    users.extend((0..many).map(|n| {
        // Neighbours by number are no neighbours by name.
        let shown = format!("{} {}", GIVEN[n % GIVEN.len()], (n * 7919) % 10_007);
        user(&format!("user-{n}"), &shown)
    }));
    let row = |place: &str, path: &str, name: &str, level: u8| json!({place: path, "user": name, "access_level": level, "created_by": "ann", "created_at": "2026-01-01T00:00:00Z"});
    let mut groups: Vec<Value> = ["big", "big/small", "big/large", "big/nest"]
        .map(|path| json!({"path": path, "name": path, "visibility": "private"}))
        .into();
    let mut members = vec![row("group", "big", "ann", 50), row("group", "big", "dan", 30)];
    for (path, size) in [("big/small", few), ("big/large", many)] {
        members.extend((0..size).map(|n| {
            let level = if n % 1_000 == 7 { 50 } else { LEVELS[n % LEVELS.len()] };
            row("group", path, &format!("user-{n}"), level)
        }));
    }
    let mut projects = Vec::new();
    for n in 0..10 {
        let (group, project) = (format!("big/nest/team-{n}"), format!("big/nest/app-{n}"));
        groups.push(json!({"path": group, "name": group, "visibility": "private"}));
        projects.push(json!({"path": project, "name": project, "visibility": "private"}));
        for m in 0..12 {
            members.push(row("group", &group, &format!("user-{}", n * 5 + m), 30));
            members.push(row("project", &project, &format!("user-{}", n * 5 + m), 20));
        }
    }
    json!({"version": 1, "users": users, "groups": groups, "projects": projects, "members": members})
}
