//! A host that has objects to tell of and to give away, all in memory.

use std::collections::BTreeMap;
use std::sync::Mutex;

use bytes::Bytes;
use interval_core::query::{Attribute, Found, Level, Query, Selection};
use interval_core::uid::SyntaxUid;
use interval_dimse::Promise;
use interval_dimse::ae::AeTitle;
use interval_dimse::caller::Caller;
use interval_dimse::scu::{Outgoing, Peer};
use interval_dimse::service::commitment::{Custodian, Custody, Reference, Report};
use interval_dimse::service::query::Finder;
use interval_dimse::service::retrieve::{Located, Retrieved, Source};
use interval_dimse::status::{Refusal, Status};
use tokio::sync::mpsc;

use super::image::{EXPLICIT, image};

/// The study and the series of every object.
pub const STUDY: &str = "2.25.1";
pub const SERIES: &str = "2.25.2";

/// An archive.
pub struct Archive {
    pub name: String,
    pub objects: Vec<Outgoing>,
    /// Instances that cannot be read.
    pub damaged: Vec<String>,
    pub destinations: BTreeMap<String, Peer>,
    /// How long each object takes to be read.
    pub slowness: std::time::Duration,
    pub queries: Mutex<Vec<Query>>,
    pub undelivered: mpsc::UnboundedSender<Report>,
}

impl Archive {
    /// So many images of one series.
    pub fn of(count: usize) -> (Self, mpsc::UnboundedReceiver<Report>) {
        let (undelivered, reports) = mpsc::unbounded_channel();
        let archive = Self {
            name: "Ramp^Small".into(),
            objects: (0..count).map(|n| image(&format!("2.25.1{n}"))).collect(),
            damaged: Vec::new(),
            destinations: BTreeMap::new(),
            slowness: std::time::Duration::ZERO,
            queries: Mutex::default(),
            undelivered,
        };
        (archive, reports)
    }
}

impl Finder for Archive {
    fn find<'a>(
        &'a self,
        _caller: &'a Caller,
        query: Query,
    ) -> Promise<'a, Result<Vec<Found>, Refusal>> {
        self.queries.lock().unwrap().push(query.clone());
        let count = if query.level == Level::Instance { self.objects.len() } else { 1 };
        let found = (0..count).filter_map(|index| {
            let mut found = Found::default();
            found.tell(Attribute::PatientName, self.name.clone());
            found.tell(Attribute::PatientID, "RAMP");
            found.tell(Attribute::StudyInstanceUID, STUDY);
            found.tell(Attribute::SeriesInstanceUID, SERIES);
            found.tell(Attribute::SOPInstanceUID, self.objects[index].instance.as_str());
            found.tell(Attribute::InstanceNumber, index.to_string());
            found.tell(Attribute::Rows, "16");
            let fits = query.criteria.iter().all(|(attribute, criterion)| {
                criterion.matches(*attribute, query.names, [found.text(*attribute)])
            });
            fits.then_some(found)
        });
        let found = found.collect();
        Box::pin(async move { Ok(found) })
    }
}

impl Source for Archive {
    fn locate<'a>(
        &'a self,
        _caller: &'a Caller,
        selection: Selection,
    ) -> Promise<'a, Result<Vec<Located>, Refusal>> {
        let is_here = selection.studies.iter().any(|study| study.as_str() == STUDY);
        let objects = self.objects.iter().filter(|object| {
            is_here
                && (selection.instances.is_empty()
                    || selection.instances.contains(&object.instance))
        });
        let located = objects
            .map(|object| Located {
                class: object.class.clone(),
                instance: object.instance.clone(),
                syntax: object.syntax.clone(),
                bytes: object.data_set.len() as u64,
            })
            .collect();
        Box::pin(async move { Ok(located) })
    }

    fn read<'a>(
        &'a self,
        _caller: &'a Caller,
        located: &'a Located,
        accepted: &'a [SyntaxUid],
    ) -> Promise<'a, Result<Retrieved, Refusal>> {
        Box::pin(async move {
            tokio::time::sleep(self.slowness).await;
            if self.damaged.iter().any(|damaged| damaged == located.instance.as_str()) {
                return Err(Refusal::with_status(Status::PROCESSING_FAILURE, "damaged"));
            }
            let explicit: SyntaxUid = EXPLICIT.parse().unwrap();
            if !accepted.contains(&explicit) {
                return Err(Refusal::with_status(Status::PROCESSING_FAILURE, "no such syntax"));
            }
            let found = self.objects.iter().find(|object| object.instance == located.instance);
            let data_set: Bytes = found.unwrap().data_set.clone();
            Ok(Retrieved { syntax: explicit, data_set })
        })
    }

    fn destination<'a>(
        &'a self,
        _caller: &'a Caller,
        title: &'a AeTitle,
    ) -> Promise<'a, Result<Option<Peer>, Refusal>> {
        let peer = self.destinations.get(title.as_str()).cloned();
        Box::pin(async move { Ok(peer) })
    }
}

impl Custodian for Archive {
    fn keeps<'a>(
        &'a self,
        _caller: &'a Caller,
        references: &'a [Reference],
    ) -> Promise<'a, Result<Vec<Custody>, Refusal>> {
        let custody = references.iter().map(|reference| {
            let found = self.objects.iter().find(|object| object.instance == reference.instance);
            match found {
                None => Custody::NoSuchObject,
                Some(object) if object.class != reference.class => Custody::ClassConflict,
                Some(_) => Custody::Kept,
            }
        });
        let custody = custody.collect();
        Box::pin(async move {
            tokio::time::sleep(self.slowness).await;
            Ok(custody)
        })
    }

    fn undelivered<'a>(&'a self, _caller: &'a Caller, report: Report) -> Promise<'a, ()> {
        let _ = self.undelivered.send(report);
        Box::pin(async {})
    }
}
