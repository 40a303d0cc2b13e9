//! Lists that are kept to a panel, by a join with the assignments.

use super::entity::patient;
use super::{Store, StoreError, corrupt, database, milliseconds};
use interval_core::access::{BREAK_GLASS_MAX, Panel, Scope};
use interval_core::patient::PatientPseudonym;
use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait};
use sea_orm::{EntityTrait, QueryFilter, QueryOrder, QuerySelect, Value};

impl Store {
    /// The patients of a panel.
    pub async fn patients_within(
        &self,
        panel: &Panel,
    ) -> Result<Vec<PatientPseudonym>, StoreError> {
        patient::Entity::find()
            .select_only()
            .column(patient::Column::Pseudonym)
            .filter(within(panel, ("patient", "pseudonym")))
            .order_by_asc(patient::Column::Pseudonym)
            .into_tuple::<String>()
            .all(&self.db)
            .await
            .map_err(database("list patients"))?
            .iter()
            .map(|text| text.parse().map_err(corrupt("patient")))
            .collect()
    }
}

/// Patients to whom a person is assigned at a time, or for whom they broke glass: the same rule as
/// [`Assignment::state`](interval_core::access::Assignment::state) and [`BreakGlass::holds_at`](interval_core::access::BreakGlass::holds_at),
/// for the database. Binds issuer, subject, and the time twice for each of: the assignment, the one
/// it comes from; then the same once for broken glass, and the earliest time it can begin.
const ASSIGNED_TO: &str = "SELECT a.pseudonym FROM assignment a
      JOIN users u ON u.number = a.person
      LEFT JOIN assignment o ON o.id = a.delegated_from
      LEFT JOIN users d ON d.number = o.person
     WHERE u.issuer = ? AND u.subject = ? AND u.disabled_ms IS NULL
       AND a.revoked_ms IS NULL AND a.from_ms <= ? AND (a.until_ms IS NULL OR a.until_ms > ?)
       AND (a.delegated_from IS NULL
            OR (d.disabled_ms IS NULL AND o.delegated_from IS NULL AND o.revoked_ms IS NULL
                AND o.pseudonym = a.pseudonym
                AND o.from_ms <= ? AND (o.until_ms IS NULL OR o.until_ms > ?)))
    UNION
    SELECT g.pseudonym FROM break_glass g
      JOIN users u ON u.number = g.person
     WHERE u.issuer = ? AND u.subject = ? AND u.disabled_ms IS NULL
       AND g.from_ms <= ? AND g.until_ms > ? AND g.from_ms > ?
       AND (g.verdict IS NULL OR g.verdict <> 'unjustified')";

/// The filter that keeps a list to a panel, on the column of the list's table that holds the
/// pseudonym.
pub(super) fn within(panel: &Panel, (table, column): (&str, &str)) -> Condition {
    let pseudonym = || Expr::col((Alias::new(table), Alias::new(column)));
    let filter = match panel.scope() {
        Scope::All => return Condition::all(),
        Scope::Only(patients) => pseudonym().is_in(patients.iter().map(ToString::to_string)),
        Scope::AssignedTo { person, at } => {
            let at = milliseconds(*at);
            let who = || [person.issuer().into(), person.subject().into()];
            let times = |count: usize| std::iter::repeat_n(Value::from(at), count);
            let earliest = at - BREAK_GLASS_MAX.as_millis() as i64;
            let values: Vec<Value> = who()
                .into_iter()
                .chain(times(4))
                .chain(who())
                .chain(times(2))
                .chain([earliest.into()])
                .collect();
            let list = format!("{table}.{column} IN ({ASSIGNED_TO})");
            Expr::cust_with_values(list, values)
        }
    };
    Condition::all().add(filter)
}

#[cfg(test)]
mod tests {
    use super::super::assignment::{HandOn, Wanted};
    use super::super::user::Switch;
    use super::super::ward::{DAVID, RUTH, Ward, hour, operator, person, signed_in};
    use super::*;
    use interval_core::access::{
        Action, AllowedPatients, Configured, Policy, Principal, Role, Verdict, panel, permit,
    };
    use std::collections::BTreeSet;
    use std::time::Duration;

    const NOA: (&str, Role) = ("noa", Role::Oncologist);
    const BEN: (&str, Role) = ("ben", Role::Radiologist);

    impl Ward {
        async fn listed(&self, (subject, role): (&str, Role), at: u64) -> Vec<PatientPseudonym> {
            let caller = signed_in(subject, role, hour(at));
            let panel = panel(&Policy::house(), &caller, hour(at)).unwrap();
            self.store.patients_within(&panel).await.unwrap()
        }

        /// The list and the gate agree about both patients; returns whom the list holds.
        #[track_caller]
        fn agreed(
            &self,
            who: (&'static str, Role),
            at: u64,
        ) -> impl Future<Output = Vec<PatientPseudonym>> {
            let caller = std::panic::Location::caller();
            async move {
                let listed = self.listed(who, at).await;
                for patient in [RUTH, DAVID] {
                    let granted = self.grant(who, patient, Action::ReadResults, hour(at)).await;
                    assert_eq!(listed.contains(&patient), granted.is_some(), "at {caller}");
                }
                listed
            }
        }
    }

    fn wanted(subject: &str, patient: PatientPseudonym, from: u64, until: Option<u64>) -> Wanted {
        Wanted { person: person(subject), patient, from: hour(from), until: until.map(hour) }
    }

    #[tokio::test]
    async fn a_list_holds_whom_the_gate_would_open_and_nobody_else() {
        let ward = Ward::open().await;
        let store = &ward.store;
        let permit = operator(hour(0));
        assert!(ward.agreed(NOA, 0).await.is_empty(), "nobody is assigned");
        let own = store.assign(&permit, &wanted("noa", RUTH, 10, Some(20)), hour(0)).await.unwrap();
        assert!(ward.agreed(NOA, 9).await.is_empty(), "planned");
        assert_eq!(ward.agreed(NOA, 10).await, [RUTH], "the first moment");
        assert_eq!(ward.agreed(NOA, 19).await, [RUTH]);
        assert!(ward.agreed(NOA, 20).await.is_empty(), "the end is not included");
        assert!(ward.agreed(BEN, 12).await.is_empty(), "another person");

        let permit = operator(hour(11));
        let on = HandOn { assignment: own.id, to: person("ben"), until: None };
        store.hand_on(&permit, &on, hour(11)).await.unwrap();
        assert_eq!(ward.agreed(BEN, 12).await, [RUTH], "handed on");
        assert!(ward.agreed(BEN, 20).await.is_empty(), "ends with its origin");

        store.turn(&permit, &person("noa"), Switch::Disabled, hour(11)).await.unwrap();
        assert!(ward.agreed(NOA, 12).await.is_empty(), "disabled");
        assert!(ward.agreed(BEN, 12).await.is_empty(), "handed on by a disabled person");
        store.turn(&permit, &person("noa"), Switch::Enabled, hour(11)).await.unwrap();
        assert_eq!(ward.agreed(BEN, 12).await, [RUTH]);

        store.revoke(&permit, own.id, hour(11)).await.unwrap();
        assert!(ward.agreed(NOA, 12).await.is_empty(), "revoked");
        assert!(ward.agreed(BEN, 12).await.is_empty(), "its origin was revoked");
    }

    #[tokio::test]
    async fn broken_glass_shows_in_lists_until_its_end_or_its_condemnation() {
        let ward = Ward::open().await;
        let grant = ward.grant(NOA, DAVID, Action::BreakGlass, hour(1)).await.unwrap();
        let reason = "seizure in the ward".parse().unwrap();
        let two = Duration::from_hours(2);
        ward.store.break_glass(&grant, &reason, two, hour(1)).await.unwrap();
        assert!(ward.agreed(NOA, 0).await.is_empty());
        assert_eq!(ward.agreed(NOA, 2).await, [DAVID]);
        assert!(ward.agreed(NOA, 3).await.is_empty());
        let case = ward.store.break_glass(&grant, &reason, two, hour(1)).await.unwrap();
        let auditor = signed_in("aud", Role::Auditor, hour(1));
        let permit = permit(&Policy::house(), &auditor, Action::ReviewBreakGlass, hour(1)).unwrap();
        let verdict = Verdict::Unjustified;
        ward.store.review(&permit, case.id, verdict, hour(1)).await.unwrap();
        assert_eq!(ward.agreed(NOA, 2).await, [DAVID], "the first case still holds");
        let pending = ward.store.pending_reviews().await.unwrap();
        ward.store.review(&permit, pending[0].id, verdict, hour(1)).await.unwrap();
        assert!(ward.agreed(NOA, 2).await.is_empty());
    }

    #[tokio::test]
    async fn programs_and_jobs_see_whom_they_are_configured_for() {
        let ward = Ward::open().await;
        let service = |patients| Principal::Service {
            client: "registry".into(),
            configured: Configured { actions: BTreeSet::from([Action::ListPatients]), patients },
            token_ends: hour(9),
        };
        let only = AllowedPatients::Only(BTreeSet::from([DAVID]));
        for (principal, expected) in [
            (service(AllowedPatients::Nobody), vec![]),
            (service(only), vec![DAVID]),
            (service(AllowedPatients::Everybody), vec![RUTH, DAVID]),
            (Principal::Job(RUTH), vec![RUTH]),
            (Principal::Operator, vec![RUTH, DAVID]),
        ] {
            let panel = panel(&Policy::house(), &principal, hour(1)).unwrap();
            let listed = ward.store.patients_within(&panel).await.unwrap();
            assert_eq!(listed, expected, "{principal:?}");
        }
    }
}
