//! C-GET and C-MOVE: which objects a peer may have, and in which transfer syntax.

use super::{Open, event, failed};
use crate::pipeline::sentence;
use crate::store::catalogue::Located;
use crate::store::{Store, StoreError, object};
use bytes::Bytes;
use interval_core::access::Action;
use interval_core::audit::words::{self, Resource};
use interval_core::fault::Fault;
use interval_core::query::Selection;
use interval_core::uid::SyntaxUid;
use interval_dimse::Promise;
use interval_dimse::ae::AeTitle;
use interval_dimse::caller::Caller;
use interval_dimse::part10::Head;
use interval_dimse::scu::{Peer, Timeouts};
use interval_dimse::service::retrieve::{self, Retrieved, Source};
use interval_dimse::status::{Refusal, Status};
use interval_iod::transcode::transcode;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;
use std::time::SystemTime;
use tracing::warn;

impl Open {
    /// What of a selection a peer may have; noted, study by study, before anything is sent.
    async fn permitted(
        &self,
        caller: &Caller,
        selection: &Selection,
    ) -> Result<Vec<Located>, Refusal> {
        let house = &self.house.0;
        let (title, now) = (&caller.origin.calling_ae, SystemTime::now());
        let Ok(panel) = house.peers.panel(title, now) else {
            return Err(self.house.denied(caller, words::Action::Export).await);
        };
        let mut located =
            house.store.locate(&panel, selection).await.map_err(|error| failed(&error))?;
        let patients: BTreeSet<_> = located.iter().map(|object| object.patient).collect();
        let may = |patient| house.peers.grant(title, patient, Action::ReadImages, now).is_ok();
        let permitted: BTreeSet<_> = patients.iter().copied().filter(|p| may(*p)).collect();
        if permitted.is_empty() && !patients.is_empty() {
            return Err(self.house.denied(caller, words::Action::Export).await);
        }
        located.retain(|object| permitted.contains(&object.patient));
        let studies: BTreeMap<_, _> =
            located.iter().map(|object| (&object.study, object.patient)).collect();
        for (study, patient) in studies {
            let resource = Resource::Study(study.clone());
            let event = event(caller, words::Action::Export, resource).with_patient(patient);
            house.audit.note(event).await.map_err(|error| failed(&error))?;
        }
        Ok(located)
    }
}

impl Source for Open {
    fn locate<'a>(
        &'a self,
        caller: &'a Caller,
        selection: Selection,
    ) -> Promise<'a, Result<Vec<retrieve::Located>, Refusal>> {
        Box::pin(async move {
            let located = self.permitted(caller, &selection).await?;
            let told = located.iter().map(|object| retrieve::Located {
                class: object.class.clone(),
                instance: object.uid.clone(),
                syntax: object.syntax.clone(),
                bytes: object.bytes,
            });
            let told = told.collect();
            let mut selected = self.selected.lock().unwrap_or_else(PoisonError::into_inner);
            let mine = selected.entry(caller.origin.association.0).or_default();
            mine.extend(located.into_iter().map(|object| (object.uid.clone(), object)));
            Ok(told)
        })
    }

    fn read<'a>(
        &'a self,
        caller: &'a Caller,
        located: &'a retrieve::Located,
        accepted: &'a [SyntaxUid],
    ) -> Promise<'a, Result<Retrieved, Refusal>> {
        Box::pin(async move {
            let object = {
                let mut selected = self.selected.lock().unwrap_or_else(PoisonError::into_inner);
                let mine = selected.get_mut(&caller.origin.association.0);
                mine.and_then(|mine| mine.remove(&located.instance))
            };
            let gone = || Refusal::with_status(Status::NO_SUCH_INSTANCE, "it was not selected");
            let object = object.ok_or_else(gone)?;
            let (store, accepted) = (self.house.0.store.clone(), accepted.to_vec());
            let read = move || read_object(&store, &object, &accepted);
            let read = tokio::task::spawn_blocking(read).await;
            read.map_err(|_| Refusal::new(Fault::Defect, "it cannot be read"))?
        })
    }

    fn destination<'a>(
        &'a self,
        _caller: &'a Caller,
        title: &'a AeTitle,
    ) -> Promise<'a, Result<Option<Peer>, Refusal>> {
        Box::pin(async move { Ok(self.house.peer(title)) })
    }
}

impl super::Archive {
    /// How we call a peer of the list that says where it listens.
    pub(super) fn peer(&self, title: &AeTitle) -> Option<Peer> {
        let address = self.0.peers.known(title.as_str())?.address.clone()?;
        let (calling, called) = (self.0.own.clone(), title.clone());
        let tls = self.0.tls.get(title.as_str()).cloned();
        Some(Peer { address, calling, called, timeouts: Timeouts::default(), tls })
    }
}

/// An object's data set in one of the transfer syntaxes.
pub(crate) fn read_object(
    store: &Store,
    object: &Located,
    accepted: &[SyntaxUid],
) -> Result<Retrieved, Refusal> {
    let bytes = store.blobs().read(&object.object);
    let bytes = bytes.map_err(self::object("read an instance")).map_err(|e| failed(&e))?;
    if accepted.contains(&object.syntax) {
        let (head, data_set) = Head::split(&Bytes::from(bytes)).map_err(|error| {
            failed(&StoreError::Corrupt { table: "instance", what: error.to_string() })
        })?;
        return Ok(Retrieved { syntax: head.syntax, data_set });
    }
    match transcode(&bytes, accepted) {
        Ok(done) => {
            let data_set = Bytes::from(done.data_set.into_owned());
            Ok(Retrieved { syntax: done.syntax, data_set })
        }
        Err(error) => {
            warn!(instance = %object.uid, "an instance was not sent: {}", sentence(&error));
            Err(Refusal::new(error.fault(), error.to_string()))
        }
    }
}
