//! The decision, held against the rules told one by one.

use proptest::prelude::*;

use super::*;

const LEVELS: [AccessLevel; 4] = [
    AccessLevel::MinimalAccess,
    AccessLevel::Guest,
    AccessLevel::Developer,
    AccessLevel::Owner,
];

fn wish(level: AccessLevel) -> Wish {
    Wish { level, role: None }
}

fn level() -> impl Strategy<Value = AccessLevel> {
    prop::sample::select(&LEVELS[..])
}

fn a_wish() -> impl Strategy<Value = Wish> {
    (level(), prop::option::of(1..3_i64)).prop_map(|(level, role)| Wish {
        level,
        role: role.map(|id| (MemberRoleId(id), format!("role {id}"))),
    })
}

fn wanted() -> impl Strategy<Value = Wanted> {
    prop_oneof![
        2 => Just(Wanted::No),
        1 => Just(Wanted::Unfit),
        4 => a_wish().prop_map(Wanted::Yes),
    ]
}

fn present() -> impl Strategy<Value = Present> {
    let end = prop::sample::select(vec![(false, false), (true, false), (true, true)]);
    (a_wish(), end, any::<[bool; 3]>(), wanted()).prop_map(
        |(now, (ends, ended), [ldap, overridden, may_own], wanted)| Present {
            level: now.level,
            role: now.role,
            ends,
            ended,
            ldap,
            overridden,
            may_own,
            wanted,
        },
    )
}

/// The rows as they are after some of them were dealt with; one that is gone is none.
type Rows = Vec<Option<Present>>;

fn another_owns(rows: &Rows, but: usize) -> bool {
    let owns = |row: &Present| row.may_own && row.level == AccessLevel::Owner && !row.ended;
    rows.iter()
        .enumerate()
        .any(|(index, row)| index != but && row.as_ref().is_some_and(owns))
}

/// Deals with the rows one by one, each time looking at all of them.
fn one_by_one(rows: &[Present], owned_otherwise: bool) -> Rows {
    let mut after: Rows = rows.iter().cloned().map(Some).collect();
    for (index, row) in rows.iter().enumerate() {
        let is_owner = row.may_own && row.level == AccessLevel::Owner;
        let is_last = is_owner && !owned_otherwise && !another_owns(&after, index);
        let mut next = Some(Present {
            ldap: true,
            ..row.clone()
        });
        match &row.wanted {
            Wanted::No if !is_last => next = None,
            Wanted::Yes(wish) if !row.overridden && (!is_last || wish.level == AccessLevel::Owner) => {
                next = Some(Present {
                    level: wish.level,
                    role: wish.role.clone(),
                    ends: false,
                    ended: false,
                    ldap: true,
                    ..row.clone()
                });
            }
            _ => {}
        }
        after[index] = next;
    }
    after
}

/// What the verdicts make of the rows.
fn done(rows: &[Present], verdicts: &[Verdict]) -> Rows {
    let after = rows.iter().zip(verdicts).map(|(row, verdict)| {
        let row = Present {
            ldap: true,
            ..row.clone()
        };
        match verdict {
            Verdict::Keep | Verdict::Spare => Some(row),
            Verdict::Remove => None,
            Verdict::Change(wish) => Some(Present {
                level: wish.level,
                role: wish.role.clone(),
                ends: false,
                ended: false,
                ..row
            }),
        }
    });
    after.collect()
}

proptest! {
    #[test]
    fn the_decision_is_that_of_the_rules_one_by_one(
        rows in prop::collection::vec(present(), 0..7),
        owned_otherwise in any::<bool>(),
    ) {
        let verdicts = decide(&rows, owned_otherwise);
        prop_assert_eq!(done(&rows, &verdicts), one_by_one(&rows, owned_otherwise));
    }

    #[test]
    fn a_group_that_had_an_owner_has_one_afterwards(rows in prop::collection::vec(present(), 1..7)) {
        let before: Rows = rows.iter().cloned().map(Some).collect();
        let after = done(&rows, &decide(&rows, false));
        prop_assert!(!another_owns(&before, usize::MAX) || another_owns(&after, usize::MAX));
    }

    #[test]
    fn a_second_run_changes_nothing_unless_somebody_was_spared(rows in prop::collection::vec(present(), 0..7)) {
        let verdicts = decide(&rows, true);
        prop_assert!(!verdicts.contains(&Verdict::Spare));
        let left: Vec<_> = done(&rows, &verdicts).into_iter().flatten().collect();
        let again = decide(&left, true);
        prop_assert!(again.iter().all(|verdict| *verdict == Verdict::Keep), "{:?}", again);
    }

    #[test]
    fn everybody_gets_the_highest_level_of_all_links(
        links in prop::collection::vec((a_wish(), prop::collection::vec("[a-d]", 0..4)), 0..6),
    ) {
        let wishes = wishes(links.iter().map(|(wish, people)| (wish.clone(), &people[..])));
        for person in ["a", "b", "c", "d"] {
            let naming = links.iter().filter(|(_, people)| people.iter().any(|name| name == person));
            let best = naming.clone().map(|(wish, _)| wish.level).max();
            let first = naming.map(|(wish, _)| wish).find(|wish| Some(wish.level) == best);
            prop_assert_eq!(wishes.get(person), first);
        }
    }

    #[test]
    fn nobody_gets_less_than_from_above(own in a_wish(), above in prop::option::of(a_wish())) {
        let given = at_least(own.clone(), above.clone().map(|above| (above.level, above.role)));
        prop_assert!(given == own || Some(&given) == above.as_ref());
        prop_assert!(given.level >= own.level && above.is_none_or(|above| given.level >= above.level));
    }
}

#[test]
fn an_owner_whom_the_directory_does_not_name_goes_only_when_another_stays() {
    let owner = |wanted| Present {
        level: AccessLevel::Owner,
        role: None,
        ends: false,
        ended: false,
        ldap: true,
        overridden: false,
        may_own: true,
        wanted,
    };
    let (gone, lowered) = (owner(Wanted::No), owner(Wanted::Yes(wish(AccessLevel::Guest))));
    for (row, otherwise, verdict) in [
        (&gone, false, Verdict::Spare),
        (&lowered, false, Verdict::Spare),
        (&gone, true, Verdict::Remove),
    ] {
        assert_eq!(decide(std::slice::from_ref(row), otherwise), [verdict]);
    }
    let pair = [gone.clone(), lowered];
    assert_eq!(decide(&pair, false), [Verdict::Remove, Verdict::Spare]);
    let risen = Present {
        level: AccessLevel::Guest,
        ..owner(Wanted::Yes(wish(AccessLevel::Owner)))
    };
    let after = decide(&[risen, gone], false);
    assert_eq!(after, [Verdict::Change(wish(AccessLevel::Owner)), Verdict::Remove]);
}
