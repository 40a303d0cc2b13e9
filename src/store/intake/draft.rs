//! What a transaction writes for a batch of instances: as few statements as there are tables.

use super::Received;
use crate::store::catalogue::{Card, Index, Listing, of_series, of_study};
use crate::store::entity::{series, study};
use crate::store::vault::PatientKey;
use crate::store::{Store, StoreError, audit, corrupt, database, milliseconds};
use interval_core::audit::AuditEvent;
use interval_core::audit::words::{Action, Actor, Detail, Outcome, PeerTitle, Resource};
use interval_core::patient::{Patient, PatientPseudonym};
use interval_core::query::{Attribute, Level};
use interval_core::uid::{SeriesUid, StudyUid};
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, DatabaseTransaction, EntityTrait, Statement, Value,
};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::SystemTime;

/// Columns of an instance's row, in the order in which they are bound.
const COLUMNS: &str = "uid, study, series, class, syntax, modality, digest, object, sealed_by, \
                       bytes, calling_ae, received_ms, number, image_rows, image_columns, \
                       bits_allocated, frames";
const COLUMNS_COUNT: usize = 17;
/// Places of two of them.
const UID: usize = 0;
const OBJECT: usize = 7;

/// A batch on its way into the rows.
pub struct Draft<'a> {
    store: &'a Store,
    /// The transaction, once something besides the instances' own rows is written.
    begun: Option<DatabaseTransaction>,
    at_ms: i64,
    studies: BTreeMap<StudyUid, Card>,
    series: BTreeMap<SeriesUid, StudyUid>,
    values: Vec<Value>,
    /// Rows of what we fetched: their studies do not count as arriving.
    fetched: HashSet<usize>,
    uids: Vec<String>,
    fates: Vec<Fate>,
    /// Study and series of each instance that is to have a row.
    places: Vec<Option<(StudyUid, SeriesUid)>>,
    keys: BTreeMap<PatientPseudonym, PatientKey>,
}

/// What becomes of one instance of the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It has a row now.
    New,
    /// There was a row of that UID.
    Known,
    /// It is in the study of somebody else.
    OtherPatient(PatientPseudonym),
}

/// How writing ended.
pub enum Written {
    /// All of it is there.
    Committed(Drafted),
    /// Rows changed hands since memory read them; nothing was written.
    Turned,
    /// A study or series would be left without an instance; nothing was written.
    Hollow,
}

/// What was written.
pub struct Drafted {
    /// For each instance of the batch.
    pub fates: Vec<Fate>,
    studies: BTreeMap<StudyUid, Card>,
    series: BTreeMap<SeriesUid, StudyUid>,
    touched: BTreeSet<(StudyUid, SeriesUid)>,
}

impl Drafted {
    /// Of one instance whose UID has a row already.
    pub fn known() -> Self {
        let (studies, series, touched) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
        Self { fates: vec![Fate::Known], studies, series, touched }
    }

    /// Whether a row of a study or series was made of which no instance is new.
    pub fn is_hollow(&self) -> bool {
        let study = |uid: &StudyUid| self.touched.iter().any(|(study, _)| study == uid);
        let series = |uid: &SeriesUid| self.touched.iter().any(|(_, series)| series == uid);
        !self.studies.keys().all(study) || !self.series.keys().all(series)
    }

    /// Tells the catalogue, once it is committed.
    pub fn publish(&self, index: &mut Index, batch: &[Received]) {
        for (uid, card) in &self.studies {
            index.put(uid.clone(), card.clone());
        }
        for (received, fate) in batch.iter().zip(&self.fates) {
            if *fate != Fate::New {
                continue;
            }
            let instance = &received.instance;
            let modality = instance.acquisition.modality.as_str();
            index.count(&instance.study, &instance.series, (modality, &instance.class));
        }
    }
}

impl<'a> Draft<'a> {
    /// Nothing yet.
    pub fn new(store: &'a Store, now: SystemTime) -> Self {
        Self {
            store,
            begun: None,
            at_ms: milliseconds(now),
            studies: BTreeMap::new(),
            series: BTreeMap::new(),
            values: Vec::new(),
            fetched: HashSet::new(),
            uids: Vec::new(),
            fates: Vec::new(),
            places: Vec::new(),
            keys: BTreeMap::new(),
        }
    }

    /// The transaction, begun at the first need.
    async fn tx(&mut self) -> Result<&DatabaseTransaction, StoreError> {
        if self.begun.is_none() {
            self.begun = Some(self.store.write().await?);
        }
        self.begun.as_ref().ok_or_else(|| corrupt("instance")("no transaction"))
    }

    /// Takes the next instance: its patient, study and series are there afterwards.
    pub async fn take(&mut self, received: &Received) -> Result<(), StoreError> {
        if self.is_ours(received).await? {
            self.fates.push(Fate::Known);
            self.places.push(None);
            return Ok(());
        }
        let key = match self.owner(received).await? {
            Owner::Theirs(key) => key,
            Owner::SomebodyElse(owner) => {
                self.fates.push(Fate::OtherPatient(owner));
                self.places.push(None);
                return Ok(());
            }
        };
        self.series(received, &key).await?;
        self.row(received, &key)?;
        self.note(received, key.patient()).await?;
        let instance = &received.instance;
        self.uids.push(instance.uid.to_string());
        self.places.push(Some((instance.study.clone(), instance.series.clone())));
        self.fates.push(Fate::New);
        Ok(())
    }

    /// Whether it is a result of ours that comes back: no study and no patient is made of it.
    async fn is_ours(&mut self, received: &Received) -> Result<bool, StoreError> {
        let name = (received.instance.class.as_str(), received.instance.uid.as_str());
        let Some(study) = self.store.authored_in(&self.store.db, name).await? else {
            return Ok(false);
        };
        let owner = self.store.catalogue.read().card(&study).map(|card| card.patient);
        if let Some(owner) = owner {
            self.note(received, owner).await?;
        }
        Ok(true)
    }

    /// The key of the patient whose study this is: the study's, when it is known already, so that
    /// all of a study is read under one grant; else that of whom the header names.
    async fn owner(&mut self, received: &Received) -> Result<Owner, StoreError> {
        let uid = &received.instance.study;
        let drafted = self.studies.get(uid).map(|card| (card.patient, names(card, received)));
        let known = drafted.or_else(|| {
            let index = self.store.catalogue.read();
            index.card(uid).map(|card| (card.patient, names(card, received)))
        });
        let Some((owner, named)) = known else { return self.new_study(received).await };
        if named == Named::Otherwise {
            let who = &received.instance.patient;
            let code = (who.id.as_str(), who.issuer.as_str());
            let vault = &self.store.vault;
            if vault.pseudonym(self.tx().await?, code).await? != Some(owner) {
                return Ok(Owner::SomebodyElse(owner));
            }
        }
        Ok(Owner::Theirs(self.key(owner).await?))
    }

    async fn key(&mut self, patient: PatientPseudonym) -> Result<PatientKey, StoreError> {
        if let Some(key) = self.keys.get(&patient) {
            return Ok(key.clone());
        }
        // The catalogue is that of this transaction: a key that was destroyed turned it.
        let vault = &self.store.vault;
        let held = vault.held_key(patient);
        let key = if let Some(key) = held {
            key
        } else {
            vault.key_of(self.tx().await?, patient).await?
        };
        self.keys.insert(patient, key.clone());
        Ok(key)
    }

    async fn new_study(&mut self, received: &Received) -> Result<Owner, StoreError> {
        let instance = &received.instance;
        let (key, state, evidence) = if let Some(errand) = &received.errand {
            let key = self.key(errand.patient).await?;
            (key, crate::store::study::SETTLED, &*errand.evidence)
        } else {
            let (vault, at_ms) = (&self.store.vault, self.at_ms);
            let key = vault.admit(self.tx().await?, &instance.patient, at_ms).await?;
            (key, crate::store::study::RECEIVING, "")
        };
        let uid = &instance.study;
        let listing = Listing::of(&received.listing, &[Level::Patient, Level::Study]);
        study::Entity::insert(study::ActiveModel {
            uid: Set(uid.to_string()),
            pseudonym: Set(key.patient().to_string()),
            study_date: Set(key.cloak()?.date(&instance.exam.date)),
            state: Set(state.into()),
            revision: Set(0),
            last_arrival_ms: Set(self.at_ms),
            listing: Set(key.seal(&of_study(uid.as_str()), &listing.to_text())?),
            evidence: Set(evidence.into()),
        })
        .exec_without_returning(self.tx().await?)
        .await
        .map_err(database("record the study"))?;
        let patient = key.patient();
        self.keys.insert(patient, key.clone());
        let (series, classes) = (BTreeMap::new(), BTreeSet::new());
        self.studies.insert(uid.clone(), Card { patient, listing, series, classes });
        Ok(Owner::Theirs(key))
    }

    async fn series(&mut self, received: &Received, key: &PatientKey) -> Result<(), StoreError> {
        let instance = &received.instance;
        let is_known = self.series.contains_key(&instance.series) || {
            let index = self.store.catalogue.read();
            let card = index.card(&instance.study);
            card.is_some_and(|card| card.series.contains_key(&instance.series))
        };
        if is_known {
            return Ok(());
        }
        let listing = Listing::of(&received.listing, &[Level::Series]);
        let uid = instance.series.as_str();
        series::Entity::insert(series::ActiveModel {
            uid: Set(uid.to_owned()),
            study: Set(instance.study.to_string()),
            listing: Set(key.seal(&of_series(uid), &listing.to_text())?),
        })
        .on_conflict_do_nothing_on([series::Column::Uid])
        .exec_without_returning(self.tx().await?)
        .await
        .map_err(database("record the series"))?;
        self.series.insert(instance.series.clone(), instance.study.clone());
        Ok(())
    }

    fn row(&mut self, received: &Received, key: &PatientKey) -> Result<(), StoreError> {
        let (instance, stored) = (&received.instance, &received.stored);
        let number = |attribute| -> Value {
            received.listing.text(attribute).trim().parse::<i32>().ok().into()
        };
        let text = |text: &str| Value::from(text);
        // Results of ours that come back are no news: a study with them is not analysed again.
        if received.errand.is_some()
            || received.is_ours() && !self.studies.contains_key(&instance.study)
        {
            self.fetched.insert(self.values.len() / COLUMNS_COUNT);
        }
        self.values.extend([
            text(instance.uid.as_str()),
            text(instance.study.as_str()),
            text(instance.series.as_str()),
            text(instance.class.as_str()),
            text(instance.syntax.as_str()),
            text(&instance.acquisition.modality),
            stored.digest.to_string().into(),
            stored.object.id.to_string().into(),
            key.wrap(&stored.object)?.into(),
            (stored.bytes as i64).into(),
            text(&received.origin.calling_ae),
            self.at_ms.into(),
            number(Attribute::InstanceNumber),
            number(Attribute::Rows),
            number(Attribute::Columns),
            number(Attribute::BitsAllocated),
            number(Attribute::NumberOfFrames),
        ]);
        Ok(())
    }

    /// One event for each association and study.
    async fn note(
        &mut self,
        received: &Received,
        owner: PatientPseudonym,
    ) -> Result<(), StoreError> {
        if !self.store.noted.is_new(&received.origin, &received.instance.study) {
            return Ok(());
        }
        let event =
            arrival(received, owner, self.at_ms).with_outcome(Outcome::Success, Detail::None);
        audit::append_once(self.tx().await?, &event).await.map(drop)
    }

    /// Writes the rows of all instances and says which of them are new; nothing when rows changed
    /// hands since memory read them. What was begun is committed, unless a study or series would
    /// be left without an instance.
    pub async fn write(mut self) -> Result<Written, StoreError> {
        let Some(mut fresh) = self.insert().await? else { return Ok(Written::Turned) };
        let mut uids = std::mem::take(&mut self.uids).into_iter();
        for fate in self.fates.iter_mut().filter(|fate| **fate == Fate::New) {
            // Of two of one UID in a batch the first has the row.
            if !uids.next().is_some_and(|uid| fresh.remove(&uid)) {
                *fate = Fate::Known;
            }
        }
        let Self { fates, studies, series, places, begun, .. } = self;
        let new = places.into_iter().zip(&fates).filter(|(_, fate)| **fate == Fate::New);
        let touched = new.filter_map(|(place, _)| place).collect();
        let drafted = Drafted { fates, studies, series, touched };
        if drafted.is_hollow() {
            return Ok(Written::Hollow);
        }
        if let Some(tx) = begun {
            tx.commit().await.map_err(database("commit the instances"))?;
        }
        Ok(Written::Committed(drafted))
    }

    /// One round trip: whether memory is true; the rows, if it is; which studies go on arriving.
    /// Where nothing was begun, the round trip is a transaction of its own.
    async fn insert(&mut self) -> Result<Option<HashSet<String>>, StoreError> {
        let values = std::mem::take(&mut self.values);
        let rows = values.len() / COLUMNS_COUNT;
        if rows == 0 {
            return Ok(Some(HashSet::new()));
        }
        let epoch = self.store.catalogue.read().epoch;
        let sent = rows - self.fetched.len();
        let fetched = &self.fetched;
        let column = |at: usize| {
            let rows = values.chunks(COLUMNS_COUNT).enumerate();
            rows.filter(|(nth, _)| !fetched.contains(nth)).map(move |(_, row)| row[at].clone())
        };
        let arrival = [self.at_ms.into(), Value::from(crate::store::study::RECEIVING)];
        let touch: Vec<Value> =
            arrival.into_iter().chain(column(UID)).chain(column(OBJECT)).collect();
        let bound = values.iter().cloned().chain([epoch.into()]).chain(touch);
        let said = if let Some(tx) = &self.begun {
            tx.query_all_raw(bind(tx, statements((rows, sent), Whole::No), bound)).await
        } else {
            let db = &self.store.writer;
            let said =
                db.query_all_raw(bind(db, statements((rows, sent), Whole::Yes), bound)).await;
            if said.is_err() {
                // It broke off in the middle; when it did not, there is nothing to roll back.
                let _ = db.execute_unprepared("ROLLBACK").await;
            }
            said
        };
        let recorded = database("record the instances");
        let said = said.map_err(&recorded)?;
        let found: Option<i64> =
            said.first().map(|row| row.try_get_by_index(0)).transpose().map_err(&recorded)?;
        if found != Some(epoch) {
            return Ok(None);
        }
        let uids = said.iter().skip(1).map(|row| row.try_get_by_index(0).map_err(&recorded));
        uids.collect::<Result<_, _>>().map(Some)
    }
}

/// Whether statements are a transaction by themselves.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whole {
    Yes,
    No,
}

/// The epoch is told, and rows are written only under the one that is bound.
fn statements((rows, sent): (usize, usize), whole: Whole) -> String {
    let marks = |count: usize| vec!["?"; count].join(", ");
    let row = format!("({})", marks(COLUMNS_COUNT));
    let (all_rows, all) = (vec![row; rows].join(", "), marks(sent));
    let (begin, end) = match whole {
        Whole::Yes => ("BEGIN IMMEDIATE; ", "; COMMIT"),
        Whole::No => ("", ""),
    };
    format!(
        "{begin}SELECT epoch FROM catalogue WHERE id = 1; \
         INSERT INTO instance ({COLUMNS}) SELECT * FROM (VALUES {all_rows}) \
         WHERE (SELECT epoch FROM catalogue WHERE id = 1) = ? \
         ON CONFLICT (uid) DO NOTHING RETURNING uid; \
         UPDATE study SET last_arrival_ms = ?, state = ?, evidence = '' WHERE uid IN \
         (SELECT study FROM instance WHERE uid IN ({all}) AND object IN ({all})){end}"
    )
}

fn bind(db: &impl ConnectionTrait, text: String, bound: impl Iterator<Item = Value>) -> Statement {
    Statement::from_sql_and_values(db.get_database_backend(), text, bound)
}

/// Whose an instance is.
enum Owner {
    Theirs(PatientKey),
    SomebodyElse(PatientPseudonym),
}

/// Whether an instance names the patient as its study does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named {
    Same,
    Otherwise,
}

fn names(card: &Card, received: &Received) -> Named {
    let Patient { id, issuer, .. } = &received.instance.patient;
    let of_study = |attribute| card.listing.text(attribute);
    let issuers = [of_study(Attribute::IssuerOfPatientID), issuer.as_str()];
    // Routers leave the issuer out, or put it in.
    let same_issuer = issuers[0] == issuers[1] || issuers.contains(&"");
    let same = of_study(Attribute::PatientID) == id && same_issuer;
    if same { Named::Same } else { Named::Otherwise }
}

/// What came, from whom, of whom.
pub fn arrival(received: &Received, owner: PatientPseudonym, at_ms: i64) -> AuditEvent {
    let actor = Actor::Peer(PeerTitle::of(&received.origin.calling_ae));
    let study = Resource::Study(received.instance.study.clone());
    AuditEvent::new(at_ms, actor, Action::Receive, study)
        .with_patient(owner)
        .with_trace(received.origin.association)
}
