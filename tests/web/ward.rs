//! A node's web door with patients, studies and jobs, and people who are or are not assigned.

use super::provider::{AUDIENCE, CLIENT, Provider};
use axum::Router;
use interval::config::Config;
use interval::ingest::Ingest;
use interval::operations::Operations;
use interval::peers::Peers;
use interval::store::Store;
use interval::store::assignment::{HandOn, Wanted};
use interval::store::audit::writer::AuditWriter;
use interval::web::config::WebConfig;
use interval::web::{Door, Health, Host, router};
use interval_core::access::{
    Action, Assignment, Assurance, Factors, Permit, Person, PersonId, Policy, Principal, Role,
    decide, permit,
};
use interval_core::assessment::ModelName;
use interval_core::audit::words::Actor;
use interval_core::digest::Digest;
use interval_core::patient::Patient;
use interval_core::patient::PatientPseudonym;
use interval_dicomweb::json;
use interval_dicomweb::workitem::Workitem;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

/// Everybody's name.
pub fn canary(patient: PatientPseudonym) -> String {
    format!("CANARY^{:04x}", patient.0)
}

/// The ward.
pub struct Ward {
    pub provider: Provider,
    pub store: Store,
    /// What the door's objects come in by.
    pub ingest: Ingest,
    pub router: Router,
    pub patients: Vec<PatientPseudonym>,
    /// Seconds by which the door's clock is ahead.
    pub ahead_s: Arc<AtomicI64>,
    rows: DatabaseConnection,
    _folder: tempfile::TempDir,
}

pub fn pseudonym(number: usize) -> PatientPseudonym {
    PatientPseudonym(0xABCD_0000_0000 + number as u128)
}

/// A patient's one study, and the number of its one job.
pub fn study_of(number: usize) -> String {
    format!("1.2.826.0.1.{}", number + 1)
}

impl Ward {
    /// A ward with so many patients, each with one study and one failed job.
    pub async fn open(patients: usize) -> Self {
        Self::configured(patients, "").await
    }

    /// The same with further lines of configuration of the door.
    pub async fn configured(patients: usize, extra: &str) -> Self {
        Self::of(patients, extra, Config::default()).await
    }

    /// The same with settings of the node, whose data folder is the ward's.
    pub async fn of(patients: usize, extra: &str, settings: Config) -> Self {
        let provider = Provider::start().await;
        let folder = tempfile::tempdir().unwrap();
        let store = interval::node::open_store(folder.path(), &interval::config::Keys::default())
            .await
            .unwrap();
        let url = format!("sqlite://{}", folder.path().join("interval.db").display());
        let rows = Database::connect(url).await.unwrap();
        let ahead_s = Arc::new(AtomicI64::new(0));
        let all: Vec<_> = (0..patients).map(pseudonym).collect();
        let ingest = Ingest::new(store.clone(), Peers::anybody().into(), 0);
        let operations = operations(settings, folder.path());
        let host = host((&store, ingest.clone()), ahead_s.clone(), operations);
        let door = door(&provider.issuer, host, extra);
        let ward = Self {
            provider,
            router: router(Arc::new(door)),
            store,
            ingest,
            patients: all,
            ahead_s,
            rows,
            _folder: folder,
        };
        for number in 0..patients {
            ward.admit(number).await;
        }
        ward
    }

    async fn admit(&self, number: usize) {
        let (patient, study) = (pseudonym(number), study_of(number));
        let job = number + 1;
        let who = Patient {
            id: format!("ID{}", patient.0),
            name: canary(patient),
            birth_date: "19700101".into(),
            sex: "F".into(),
            ..Patient::default()
        };
        self.store.admit_as(patient, &who, SystemTime::UNIX_EPOCH).await.unwrap();
        for insert in [
            format!(
                "INSERT INTO study (uid, pseudonym, study_date, state, revision, last_arrival_ms) \
                 VALUES ('{study}', '{patient}', '20260101', 'settled', 1, {number})"
            ),
            format!(
                "INSERT INTO job (id, study, pseudonym, revision, study_date, state, stage, \
                 attempt, fence, lease_until_ms, not_before_ms, reason, fault, released, \
                 created_ms, changed_ms) VALUES ({job}, '{study}', '{patient}', 1, '20260101', \
                 'failed', 'segment', 3, 1, 0, 0, '', 'defect', 0, 0, 0)"
            ),
        ] {
            self.rows.execute_unprepared(&insert).await.unwrap();
        }
    }

    /// What a workitem of a patient says when it is made, under a UID that nobody had yet.
    pub fn workitem_of(patient: PatientPseudonym) -> (String, serde_json::Value) {
        static MADE: AtomicI64 = AtomicI64::new(0);
        let uid = format!("2.25.77{}", MADE.fetch_add(1, Ordering::SeqCst));
        let text = |vr: &str, value: &str| serde_json::json!({"vr": vr, "Value": [value]});
        let content = serde_json::json!({
            "00080018": text("UI", &uid),
            "00100010": {"vr": "PN", "Value": [{"Alphabetic": canary(patient)}]},
            "00100020": text("LO", &format!("ID{}", patient.0)),
            "00404005": text("DT", "20261125120000"),
            "00404041": text("CS", "READY"),
            "00741000": text("CS", "SCHEDULED"),
            "00741200": text("CS", "MEDIUM"),
            "00741204": text("LO", "Follow the tumour"),
        });
        (uid, content)
    }

    /// Puts a result of a patient's job into the outbox, where it was given up.
    pub async fn delivery_of(&self, number: usize) -> i32 {
        static MADE: AtomicI64 = AtomicI64::new(1);
        let (patient, study, job) = (pseudonym(number), study_of(number), number + 1);
        let id = MADE.fetch_add(1, Ordering::SeqCst);
        self.sql(&format!(
            "INSERT INTO outbox (id, job, study, pseudonym, destination, kind, uid, class, \
             digest, object, sealed_by, state, attempt, not_before_ms, last_error, changed_ms) \
             VALUES ({id}, {job}, '{study}', '{patient}', 'pacs', 'SEG', '2.25.88{id}', \
             '1.2.840.10008.5.1.4.1.1.66.4', '{}', '{}', 'x', 'failed', 3, 0, \
             'the archive does not want it', 0)",
            "0".repeat(64),
            "0".repeat(32),
        ))
        .await;
        i32::try_from(id).unwrap()
    }

    /// Makes a workitem of a patient.
    pub async fn make_workitem(&self, patient: PatientPseudonym) -> String {
        let (uid, content) = Self::workitem_of(patient);
        let content = content.to_string();
        let content = json::data_set(content.as_bytes(), &json::Limits::WORKITEM).unwrap();
        let made = Workitem::create(content, None, "20261125120000").unwrap().workitem;
        let who = Patient { id: format!("ID{}", patient.0), ..Patient::default() };
        let now = SystemTime::now();
        self.store.make_workitem((&made, &who), Actor::Operator, now).await.unwrap();
        uid
    }

    /// Changes rows behind the store's back.
    pub async fn sql(&self, statement: &str) {
        self.rows.execute_unprepared(statement).await.unwrap();
    }

    pub fn person(&self, subject: &str) -> PersonId {
        PersonId::new(&self.provider.issuer, subject).unwrap()
    }

    /// What the operator may.
    pub fn permit() -> Permit {
        let now = SystemTime::now();
        permit(&Policy::house(), &Principal::Operator, Action::Administer, now).unwrap()
    }

    /// Assigns from a day ago until so many seconds from now; negative is over already.
    pub async fn assign(&self, subject: &str, patient: PatientPseudonym) -> Assignment {
        let now = SystemTime::now();
        let from = now - Duration::from_hours(24);
        let wanted = Wanted { person: self.person(subject), patient, from, until: None };
        self.store.assign(&Self::permit(), &wanted, now).await.unwrap()
    }

    /// An assignment that ended an hour ago.
    pub async fn assign_expired(&self, subject: &str, patient: PatientPseudonym) {
        let made = self.assign(subject, patient).await;
        let over = interval::store::milliseconds(SystemTime::now() - Duration::from_hours(1));
        self.sql(&format!("UPDATE assignment SET until_ms = {over} WHERE id = {}", made.id)).await;
    }

    /// An assignment of a colleague, handed on.
    pub async fn hand_on(&self, from: &str, to: &str, patient: PatientPseudonym) {
        let own = self.assign(from, patient).await;
        let on = HandOn { assignment: own.id, to: self.person(to), until: None };
        self.store.hand_on(&Self::permit(), &on, SystemTime::now()).await.unwrap();
    }

    /// Broken glass of a person of this role.
    pub async fn break_glass(&self, (subject, role): (&str, Role), patient: PatientPseudonym) {
        let now = SystemTime::now();
        let person = self.person(subject);
        let principal = Principal::Person(Person {
            id: person.clone(),
            roles: BTreeSet::from([role]),
            assurance: Assurance { factors: Factors::Several, auth_time: now },
            session_ends: now + Duration::from_hours(1),
        });
        let standing = self.store.standing(&person, patient).await.unwrap();
        let policy = Policy::house();
        let Ok(grant) = decide(&policy, &principal, &standing, Action::BreakGlass, now) else {
            return; // This role cannot, which the matrix then shows.
        };
        let reason = "seizure in the ward".parse().unwrap();
        let hour = Duration::from_hours(1);
        self.store.break_glass(&grant, &reason, hour, now).await.unwrap();
    }
}

/// The routes of a door on the same store with another provider.
pub fn door_at(store: &Store, issuer: &str) -> Router {
    let ingest = Ingest::new(store.clone(), Peers::anybody().into(), 0);
    let host = host((store, ingest), Arc::default(), idle_operations());
    router(Arc::new(door(issuer, host, "")))
}

/// A model that a ward's jobs would be done with, if somebody did them.
pub const MODEL: &str = "ward-model";

/// What there is to administer where nobody does.
pub fn idle_operations() -> Operations {
    operations(Config::default(), tempfile::tempdir().unwrap().path())
}

/// What the administration of a node with these settings works with.
pub fn operations(settings: Config, data: &Path) -> Operations {
    let name =
        ModelName { name: MODEL.into(), version: "1".into(), digest: Digest::of(MODEL.as_bytes()) };
    let free_min_mib = 0;
    let settings = Config { data: data.to_owned(), free_min_mib, ..settings };
    Operations::of(&settings, Some(name)).unwrap()
}

fn host(
    (store, ingest): (&Store, Ingest),
    ahead_s: Arc<AtomicI64>,
    operations: Operations,
) -> Host {
    Host {
        store: store.clone(),
        ingest,
        audit: AuditWriter::start(store.clone()),
        policy: Policy::house(),
        health: Box::new(|| Box::pin(async { Health::default() })),
        verify_log: Box::new(|| Box::pin(async { Ok(serde_json::json!({"first_bad": null})) })),
        operations,
        clock: Box::new(move || {
            let ahead = Duration::from_secs(ahead_s.load(Ordering::SeqCst).unsigned_abs());
            SystemTime::now() + ahead
        }),
    }
}

fn door(issuer: &str, host: Host, extra: &str) -> Door {
    let own = pseudonym(0);
    let config: WebConfig = toml::from_str(&format!(
        "insecure_loopback = true
         public_url = 'https://interval.test'
         audience = '{AUDIENCE}'
         {extra}
         [provider]
         issuer = '{issuer}'
         client_id = '{CLIENT}'
         scopes = ['profile']
         [provider.roles]
         oncologist = 'oncologist'
         radiologist = 'radiologist'
         clinician = 'clinician'
         administrator = 'administrator'
         auditor = 'auditor'
         service = 'service'
         [services.registry]
         actions = ['list-patients', 'read-images', 'read-results', 'read-report', 'upload',
                    'steer-jobs', 'export']
         patients = ['{own}']
         [services.everybody]
         actions = ['list-patients', 'read-results']
         patients = ['*']
         [services.router]
         actions = ['upload', 'list-patients', 'read-images']
         patients = ['*']
         [services.idle]
         "
    ))
    .unwrap();
    Door::new(config, host).unwrap()
}
