//! What is expected of the gates, cell by cell, written by hand and never derived from the policy.
//! Who changes the policy changes this table too, and says so.

use super::*;
use crate::patient::PatientPseudonym;
use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

const OWN: PatientPseudonym = PatientPseudonym(1);
const OTHER: PatientPseudonym = PatientPseudonym(2);

/// Action and role; then for the patient the standing is about, and for any other, whether the
/// action is granted to somebody who is: assigned, not assigned, assigned once, assigned by
/// delegation, behind broken glass. `+` granted, `-` refused, `j` a list joined with the
/// assignments in the database. A service is "assigned" when the patient is configured.
const PEOPLE: &str = "
    list-patients       oncologist      jjjjj jjjjj
    list-patients       radiologist     jjjjj jjjjj
    list-patients       clinician       jjjjj jjjjj
    list-patients       administrator   ----- -----
    list-patients       service         +---- -----
    list-patients       auditor         ----- -----

    read-images         oncologist      +--++ -----
    read-images         radiologist     +--++ -----
    read-images         clinician       +--++ -----
    read-images         administrator   ----- -----
    read-images         service         +---- -----
    read-images         auditor         ----- -----

    read-results        oncologist      +--++ -----
    read-results        radiologist     +--++ -----
    read-results        clinician       +--++ -----
    read-results        administrator   ----- -----
    read-results        service         +---- -----
    read-results        auditor         ----- -----

    read-report         oncologist      +--++ -----
    read-report         radiologist     +--++ -----
    read-report         clinician       +--++ -----
    read-report         administrator   ----- -----
    read-report         service         +---- -----
    read-report         auditor         ----- -----

    review              oncologist      ----- -----
    review              radiologist     +--+- -----
    review              clinician       ----- -----
    review              administrator   ----- -----
    review              service         ----- -----
    review              auditor         ----- -----

    sign                oncologist      ----- -----
    sign                radiologist     +--+- -----
    sign                clinician       ----- -----
    sign                administrator   ----- -----
    sign                service         ----- -----
    sign                auditor         ----- -----

    upload              oncologist      +--+- -----
    upload              radiologist     +--+- -----
    upload              clinician       ----- -----
    upload              administrator   ----- -----
    upload              service         +---- -----
    upload              auditor         ----- -----

    steer-jobs          oncologist      +--+- -----
    steer-jobs          radiologist     +--+- -----
    steer-jobs          clinician       ----- -----
    steer-jobs          administrator   ----- -----
    steer-jobs          service         +---- -----
    steer-jobs          auditor         ----- -----

    export              oncologist      +--+- -----
    export              radiologist     +--+- -----
    export              clinician       ----- -----
    export              administrator   ----- -----
    export              service         +---- -----
    export              auditor         ----- -----

    delegate            oncologist      +---- -----
    delegate            radiologist     +---- -----
    delegate            clinician       +---- -----
    delegate            administrator   ----- -----
    delegate            service         ----- -----
    delegate            auditor         ----- -----

    break-glass         oncologist      +++++ +++++
    break-glass         radiologist     +++++ +++++
    break-glass         clinician       +++++ +++++
    break-glass         administrator   ----- -----
    break-glass         service         ----- -----
    break-glass         auditor         ----- -----

    oversee             oncologist      ----- -----
    oversee             radiologist     ----- -----
    oversee             clinician       ----- -----
    oversee             administrator   +++++ +++++
    oversee             service         ----- -----
    oversee             auditor         ----- -----

    operate             oncologist      ----- -----
    operate             radiologist     ----- -----
    operate             clinician       ----- -----
    operate             administrator   +++++ +++++
    operate             service         ----- -----
    operate             auditor         ----- -----

    administer          oncologist      ----- -----
    administer          radiologist     ----- -----
    administer          clinician       ----- -----
    administer          administrator   +++++ +++++
    administer          service         ----- -----
    administer          auditor         ----- -----

    review-break-glass  oncologist      ----- -----
    review-break-glass  radiologist     ----- -----
    review-break-glass  clinician       ----- -----
    review-break-glass  administrator   +++++ +++++
    review-break-glass  service         ----- -----
    review-break-glass  auditor         +++++ +++++

    read-audit          oncologist      ----- -----
    read-audit          radiologist     ----- -----
    read-audit          clinician       ----- -----
    read-audit          administrator   ----- -----
    read-audit          service         ----- -----
    read-audit          auditor         +++++ +++++

    process             oncologist      ----- -----
    process             radiologist     ----- -----
    process             clinician       ----- -----
    process             administrator   ----- -----
    process             service         ----- -----
    process             auditor         ----- -----

    deliver             oncologist      ----- -----
    deliver             radiologist     ----- -----
    deliver             clinician       ----- -----
    deliver             administrator   ----- -----
    deliver             service         ----- -----
    deliver             auditor         ----- -----

    maintain            oncologist      ----- -----
    maintain            radiologist     ----- -----
    maintain            clinician       ----- -----
    maintain            administrator   ----- -----
    maintain            service         ----- -----
    maintain            auditor         ----- -----
";

/// What is refused to everybody whose sign-in is not fresh or not of several factors.
const STEP_UP: [Action; 4] =
    [Action::Sign, Action::BreakGlass, Action::Administer, Action::ReviewBreakGlass];

/// Action; then, each for the own patient and for another: a service and a peer that are not
/// configured, a peer that is for the own patient, one that is for everybody, a job of the own
/// patient, the operator.
const MACHINES: &str = "
    list-patients       -- -- +- ++ +- ++
    read-images         -- -- +- ++ -- --
    read-results        -- -- +- ++ -- --
    read-report         -- -- +- ++ -- --
    review              -- -- -- -- -- --
    sign                -- -- -- -- -- --
    upload              -- -- +- ++ -- --
    steer-jobs          -- -- -- -- -- --
    export              -- -- -- -- -- --
    delegate            -- -- -- -- -- --
    break-glass         -- -- -- -- -- --
    oversee             -- -- -- -- -- ++
    operate             -- -- -- -- -- ++
    administer          -- -- -- -- -- ++
    review-break-glass  -- -- -- -- -- --
    read-audit          -- -- -- -- -- ++
    process             -- -- -- -- +- --
    deliver             -- -- -- -- +- --
    maintain            -- -- -- -- -- ++
";

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_hours(500_000)
}

fn somebody(subject: &str) -> PersonId {
    PersonId::new("https://id.example", subject).unwrap()
}

fn configured(patients: AllowedPatients) -> Configured {
    Configured { actions: Action::ALL.into_iter().collect(), patients }
}

fn only_own() -> AllowedPatients {
    AllowedPatients::Only(BTreeSet::from([OWN]))
}

/// The five standings of the columns.
#[derive(Debug, Clone, Copy, PartialEq)]
enum How {
    Assigned,
    Not,
    Expired,
    Delegated,
    BrokenGlass,
}

const HOW: [How; 5] = [How::Assigned, How::Not, How::Expired, How::Delegated, How::BrokenGlass];

fn assignment(person: &str) -> Assignment {
    Assignment {
        id: AssignmentId(1),
        person: somebody(person),
        patient: OWN,
        from: now() - Duration::from_hours(48),
        until: Some(now() + Duration::from_hours(48)),
        revoked: None,
        source: Source::Made(By::Operator),
    }
}

/// What the person has towards the own patient, brought along to a question about `patient`.
fn standing(how: How, patient: PatientPseudonym) -> Standing {
    let mut standing = Standing::none(patient);
    match how {
        How::Not => {}
        How::Assigned => standing.assignments.push(assignment("noa")),
        How::Expired => {
            standing.assignments.push(Assignment { until: Some(now()), ..assignment("noa") });
        }
        How::Delegated => standing.assignments.push(Assignment {
            source: Source::Delegated(Box::new(assignment("ben"))),
            ..assignment("noa")
        }),
        How::BrokenGlass => standing.broken_glass.push(BreakGlass {
            id: BreakGlassId(1),
            person: somebody("noa"),
            patient: OWN,
            reason: "seizure in the ward".parse().unwrap(),
            from: now() - Duration::from_hours(1),
            until: now() + Duration::from_hours(1),
            review: None,
        }),
    }
    standing
}

fn principal(role: Role, how: How, signed_in: Assurance) -> Principal {
    let ends = now() + Duration::from_hours(8);
    if role == Role::Service {
        let configured = match how {
            How::Assigned => configured(only_own()),
            _ => Configured::default(),
        };
        return Principal::Service { client: "registry".into(), configured, token_ends: ends };
    }
    Principal::Person(Person {
        id: somebody("noa"),
        roles: BTreeSet::from([role]),
        assurance: signed_in,
        session_ends: ends,
    })
}

/// The answer of whichever gate the action goes through.
fn answer(principal: &Principal, standing: &Standing, action: Action) -> char {
    let policy = Policy::house();
    let mark = |granted| if granted { '+' } else { '-' };
    match policy.rule(action).about {
        About::Patient(_) => {
            let granted = decide(&policy, principal, standing, action, now());
            mark(
                granted.is_ok_and(|grant| {
                    grant.patient() == standing.patient && grant.action() == action
                }),
            )
        }
        About::Nobody => {
            let permitted = permit(&policy, principal, action, now());
            mark(permitted.is_ok_and(|permit| permit.action() == action))
        }
        About::Patients => match panel(&policy, principal, now()) {
            Err(_) => '-',
            Ok(panel) => match panel.scope() {
                Scope::All => '+',
                Scope::Only(patients) => mark(patients.contains(&standing.patient)),
                Scope::AssignedTo { person, at } => {
                    assert_eq!((person, *at), (&somebody("noa"), now()));
                    'j'
                }
            },
        },
    }
}

/// Rows as words; the table must have them all, each once.
fn rows(table: &str, count: usize) -> Vec<Vec<&str>> {
    let rows: Vec<Vec<&str>> =
        table.lines().map(|line| line.split_whitespace().collect()).collect();
    let rows: Vec<_> = rows.into_iter().filter(|row: &Vec<&str>| !row.is_empty()).collect();
    assert_eq!(rows.len(), count, "rows of the table");
    rows
}

/// Every cell of people, with a sign-in; returns how many cells were compared.
#[track_caller]
fn check_people(signed_in: Assurance, refused: &[Action]) -> usize {
    let mut seen = BTreeSet::new();
    let mut cells = 0;
    for row in rows(PEOPLE, Action::ALL.len() * Role::ALL.len()) {
        let (action, role): (Action, Role) = (row[0].parse().unwrap(), row[1].parse().unwrap());
        assert!(seen.insert((action, role)), "{action} {role} is there twice");
        for (patient, expected) in [(OWN, row[2]), (OTHER, row[3])] {
            assert_eq!(expected.chars().count(), HOW.len());
            for (how, expected) in HOW.into_iter().zip(expected.chars()) {
                let caller = principal(role, how, signed_in);
                let given = answer(&caller, &standing(how, patient), action);
                let expected = if refused.contains(&action) { '-' } else { expected };
                assert_eq!(given, expected, "{action} {role} {how:?} {patient}");
                cells += 1;
            }
        }
    }
    cells
}

#[test]
fn every_cell_of_people_is_as_written() {
    let fresh = Assurance { factors: Factors::Several, auth_time: now() };
    assert_eq!(check_people(fresh, &[]), 1140);
}

#[test]
fn without_a_step_up_four_actions_are_gone_and_no_other() {
    let stale = now() - STEP_UP_LIFE - Duration::from_secs(1);
    let with = |factors, auth_time| Assurance { factors, auth_time };
    assert_eq!(check_people(with(Factors::Several, stale), &STEP_UP), 1140);
    assert_eq!(check_people(with(Factors::One, now()), &STEP_UP), 1140);
}

#[test]
fn every_cell_of_machines_is_as_written() {
    let ends = now() + Duration::from_hours(1);
    let peer = |configured| Principal::Peer { ae_title: "PACS".into(), configured };
    let machines = [
        Principal::Service {
            client: "registry".into(),
            configured: Configured::default(),
            token_ends: ends,
        },
        peer(Configured::default()),
        peer(configured(only_own())),
        peer(configured(AllowedPatients::Everybody)),
        Principal::Job(OWN),
        Principal::Operator,
    ];
    for row in rows(MACHINES, Action::ALL.len()) {
        let action: Action = row[0].parse().unwrap();
        assert_eq!(row.len(), 1 + machines.len());
        for (machine, expected) in machines.iter().zip(&row[1..]) {
            let given: String = [OWN, OTHER]
                .into_iter()
                .map(|patient| answer(machine, &Standing::none(patient), action))
                .collect();
            assert_eq!(given, *expected, "{action} {machine:?}");
        }
    }
}

#[test]
fn what_is_configured_for_some_actions_is_refused_the_others() {
    let reads = Configured {
        actions: BTreeSet::from([Action::ReadResults]),
        patients: AllowedPatients::Everybody,
    };
    let service = Principal::Service {
        client: "registry".into(),
        configured: reads,
        token_ends: now() + Duration::from_hours(1),
    };
    let given: Vec<Action> = Action::ALL
        .into_iter()
        .filter(|action| answer(&service, &Standing::none(OWN), *action) != '-')
        .collect();
    assert_eq!(given, [Action::ReadResults]);
}
