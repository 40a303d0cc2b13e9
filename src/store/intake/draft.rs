//! What a transaction writes for a batch of instances: as few statements as there are tables.

use super::Received;
use crate::store::catalogue::{Card, Index, Listing, of_series, of_study};
use crate::store::entity::{series, study};
use crate::store::vault::PatientKey;
use crate::store::{Store, StoreError, audit, database, milliseconds};
use interval_core::audit::AuditEvent;
use interval_core::audit::words::{Action, Actor, Detail, Outcome, PeerTitle, Resource};
use interval_core::patient::{Patient, PatientPseudonym};
use interval_core::query::{Attribute, Level};
use interval_core::uid::{SeriesUid, StudyUid};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    Statement, Value,
};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::SystemTime;

/// Columns of an instance's row, in the order in which they are bound.
const COLUMNS: &str = "uid, study, series, class, syntax, modality, digest, object, sealed_by, \
                       bytes, calling_ae, received_ms, number, image_rows, image_columns, \
                       bits_allocated, frames";
const COLUMNS_COUNT: usize = 17;

/// A batch on its way into the rows.
pub struct Draft<'a> {
    store: &'a Store,
    tx: &'a DatabaseTransaction,
    at_ms: i64,
    studies: BTreeMap<StudyUid, Card>,
    series: BTreeMap<SeriesUid, StudyUid>,
    values: Vec<Value>,
    uids: Vec<String>,
    fates: Vec<Fate>,
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

/// What was written.
pub struct Drafted {
    /// For each instance of the batch.
    pub fates: Vec<Fate>,
    studies: BTreeMap<StudyUid, Card>,
    series: BTreeMap<SeriesUid, StudyUid>,
    touched: BTreeSet<(StudyUid, SeriesUid)>,
}

impl Drafted {
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
    pub fn new(store: &'a Store, tx: &'a DatabaseTransaction, now: SystemTime) -> Self {
        Self {
            store,
            tx,
            at_ms: milliseconds(now),
            studies: BTreeMap::new(),
            series: BTreeMap::new(),
            values: Vec::new(),
            uids: Vec::new(),
            fates: Vec::new(),
            keys: BTreeMap::new(),
        }
    }

    /// Takes the next instance: its patient, study and series are there afterwards.
    pub async fn take(&mut self, received: &Received) -> Result<(), StoreError> {
        let key = match self.owner(received).await? {
            Owner::Theirs(key) => key,
            Owner::SomebodyElse(owner) => {
                self.fates.push(Fate::OtherPatient(owner));
                return Ok(());
            }
        };
        self.series(received, &key).await?;
        self.row(received, &key)?;
        self.note(received, key.patient()).await?;
        self.uids.push(received.instance.uid.to_string());
        self.fates.push(Fate::New);
        Ok(())
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
            if self.store.vault.pseudonym(self.tx, code).await? != Some(owner) {
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
        let key = match self.store.vault.held_key(patient) {
            Some(key) => key,
            None => self.store.vault.key_of(self.tx, patient).await?,
        };
        self.keys.insert(patient, key.clone());
        Ok(key)
    }

    async fn new_study(&mut self, received: &Received) -> Result<Owner, StoreError> {
        let instance = &received.instance;
        let key = self.store.vault.admit(self.tx, &instance.patient, self.at_ms).await?;
        let uid = &instance.study;
        let listing = Listing::of(&received.listing, &[Level::Patient, Level::Study]);
        study::Entity::insert(study::ActiveModel {
            uid: Set(uid.to_string()),
            pseudonym: Set(key.patient().to_string()),
            study_date: Set(key.cloak()?.date(&instance.exam.date)),
            state: Set(crate::store::study::RECEIVING.into()),
            revision: Set(0),
            last_arrival_ms: Set(self.at_ms),
            listing: Set(key.seal(&of_study(uid.as_str()), &listing.to_text())?),
            evidence: Set(String::new()),
        })
        .exec_without_returning(self.tx)
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
        .exec_without_returning(self.tx)
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
        audit::append_once(self.tx, &event).await.map(drop)
    }

    /// Writes the rows of all instances in one statement, and says which of them are new.
    pub async fn write(mut self) -> Result<Drafted, StoreError> {
        let fresh = self.insert().await?;
        let mut uids = std::mem::take(&mut self.uids).into_iter();
        let mut left = fresh;
        for fate in self.fates.iter_mut().filter(|fate| **fate == Fate::New) {
            // Of two of one UID in a batch the first has the row.
            if !uids.next().is_some_and(|uid| left.remove(&uid)) {
                *fate = Fate::Known;
            }
        }
        Ok(Drafted {
            fates: self.fates,
            studies: self.studies,
            series: self.series,
            touched: BTreeSet::new(),
        })
    }

    async fn insert(&mut self) -> Result<HashSet<String>, StoreError> {
        let values = std::mem::take(&mut self.values);
        if values.is_empty() {
            return Ok(HashSet::new());
        }
        let marks = format!("({})", vec!["?"; COLUMNS_COUNT].join(", "));
        let marks = vec![marks; values.len() / COLUMNS_COUNT].join(", ");
        let insert = format!(
            "INSERT INTO instance ({COLUMNS}) VALUES {marks} \
             ON CONFLICT (uid) DO NOTHING RETURNING uid"
        );
        let backend = self.tx.get_database_backend();
        let insert = Statement::from_sql_and_values(backend, insert, values);
        let recorded = database("record the instances");
        let rows = self.tx.query_all_raw(insert).await.map_err(&recorded)?;
        rows.iter().map(|row| row.try_get_by_index(0).map_err(&recorded)).collect()
    }
}

impl Drafted {
    /// Notes which studies go on arriving.
    pub async fn touch(
        &mut self,
        tx: &DatabaseTransaction,
        batch: &[Received],
        now: SystemTime,
    ) -> Result<(), StoreError> {
        let new = batch.iter().zip(&self.fates).filter(|(_, fate)| **fate == Fate::New);
        let place = |received: &Received| {
            (received.instance.study.clone(), received.instance.series.clone())
        };
        self.touched = new.map(|(received, _)| place(received)).collect();
        let studies = self.touched.iter().map(|(study, _)| study);
        let known: BTreeSet<&StudyUid> =
            studies.filter(|study| !self.studies.contains_key(*study)).collect();
        if known.is_empty() {
            return Ok(());
        }
        study::Entity::update_many()
            .col_expr(study::Column::LastArrivalMs, Expr::value(milliseconds(now)))
            .col_expr(study::Column::State, Expr::value(crate::store::study::RECEIVING))
            .col_expr(study::Column::Evidence, Expr::value(""))
            .filter(study::Column::Uid.is_in(known.into_iter().map(StudyUid::as_str)))
            .exec(tx)
            .await
            .map_err(database("note an arrival"))?;
        Ok(())
    }
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
