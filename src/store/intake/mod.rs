//! What arrives: one transaction holds the instances' rows, their patients, studies and series, and
//! the audit events. An instance is acknowledged only after that transaction; many that come at the
//! same time share one ([`Recorder`]).

mod aside;
mod draft;
mod orphans;
mod recorder;
mod revise;

pub use orphans::Scrubbed;
pub use recorder::Recorder;

use super::blobs::Stored;
use super::catalogue::epoch;
use super::{Store, StoreError, corrupt};
use draft::{Draft, Drafted, Written};
use interval_core::patient::PatientPseudonym;
use interval_core::query::Found;
use interval_core::study::{Instance, Origin};
use interval_iod::home::MANUFACTURER;
use std::sync::Arc;
use std::time::SystemTime;

/// How often a batch is drafted anew because rows changed hands: a merge or shred a try.
const TURNS_MAX: usize = 5;

/// An instance whose bytes are safe on the disk, and that no row names yet.
#[derive(Debug, Clone)]
pub struct Received {
    /// What its header says.
    pub instance: Instance,
    /// The same, as it can be asked for.
    pub listing: Found,
    /// Its object.
    pub stored: Stored,
    /// Where it came from.
    pub origin: Origin,
    /// Why we have it, when we fetched it ourselves; nothing for what was sent to us.
    pub errand: Option<Errand>,
}

impl Received {
    /// Whether we made it, wherever it comes from.
    pub fn is_ours(&self) -> bool {
        self.instance.acquisition.manufacturer.trim() == MANUFACTURER
    }
}

/// Whom and what something was fetched for. A study of which all was fetched is settled at once
/// and gets no job of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Errand {
    /// Whose it is, whatever id its archive uses.
    pub patient: PatientPseudonym,
    /// What the study's row says of why it is here.
    pub evidence: Arc<str>,
}

/// What became of an instance that was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Intake {
    /// It is new, and kept.
    Kept,
    /// The same bytes were here already; nothing changed.
    Known,
    /// The same image with a corrected header: it replaces the one that was here.
    Revised,
    /// It contradicts what is here and was put aside for a human.
    Quarantined(Contradiction),
}

/// Why an instance was put aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contradiction {
    /// Other content under a known SOP Instance UID: the first is kept.
    OtherContent,
    /// An image of another patient in a known study.
    OtherPatient,
    /// A known image whose header was corrected to another patient.
    CorrectedToOther,
}

impl Contradiction {
    /// The words in the row and in the answer to the peer.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OtherContent => "other content under a known SOP Instance UID",
            Self::OtherPatient => "another patient's image in a known study",
            Self::CorrectedToOther => "a known image whose header names another patient now",
        }
    }
}

impl Store {
    /// Records one received instance.
    pub async fn record(&self, received: &Received, now: SystemTime) -> Result<Intake, StoreError> {
        let mut outcomes = self.record_all(std::slice::from_ref(received), now).await?;
        outcomes.pop().ok_or(StoreError::Unknown("instance"))
    }

    /// Records instances that were received, all of them or none: what became of each, in order.
    pub async fn record_all(
        &self,
        batch: &[Received],
        now: SystemTime,
    ) -> Result<Vec<Intake>, StoreError> {
        let _recording = self.recording.lock().await;
        if let Some(drafted) = self.draft(batch, now).await? {
            return self.finish(batch, &drafted, now).await;
        }
        // A study or series without an instance would stay: each on its own decides.
        let mut outcomes = Vec::with_capacity(batch.len());
        for received in batch {
            let one = std::slice::from_ref(received);
            let drafted = self.draft(one, now).await?.unwrap_or_else(Drafted::known);
            outcomes.extend(self.finish(one, &drafted, now).await?);
        }
        Ok(outcomes)
    }

    /// Writes and commits a batch; nothing when a study or series would be left without an
    /// instance, because its instances have other rows already.
    async fn draft(
        &self,
        batch: &[Received],
        now: SystemTime,
    ) -> Result<Option<Drafted>, StoreError> {
        for _ in 0..TURNS_MAX {
            let written = match write(Draft::new(self, now), batch).await {
                Ok(written) => written,
                Err(_) if self.has_turned().await? => Written::Turned,
                Err(error) => return Err(error),
            };
            match written {
                Written::Committed(drafted) => {
                    self.publish(&drafted, batch);
                    return Ok(Some(drafted));
                }
                Written::Hollow => return Ok(None),
                // Again, with the rows as they are now.
                Written::Turned => self.catch_up().await?,
            }
        }
        Err(corrupt("catalogue")("its rows change hands all the time"))
    }

    async fn has_turned(&self) -> Result<bool, StoreError> {
        Ok(epoch(&self.db).await? != self.catalogue.read().epoch)
    }

    /// What memory has of the rows is what they are.
    async fn catch_up(&self) -> Result<(), StoreError> {
        let index = self.read_catalogue(epoch(&self.db).await?).await?;
        *self.catalogue.write() = index;
        Ok(())
    }

    /// Memory is told what was committed.
    fn publish(&self, drafted: &Drafted, batch: &[Received]) {
        drafted.publish(&mut self.catalogue.write(), batch);
        for received in batch {
            self.noted.remember(&received.origin, &received.instance.study);
        }
    }

    /// Those that were not new are compared with what is here.
    async fn finish(
        &self,
        batch: &[Received],
        drafted: &Drafted,
        now: SystemTime,
    ) -> Result<Vec<Intake>, StoreError> {
        let mut outcomes = Vec::with_capacity(batch.len());
        for (received, fate) in batch.iter().zip(&drafted.fates) {
            outcomes.push(match fate {
                draft::Fate::New => Intake::Kept,
                draft::Fate::Known => self.again(received, now).await?,
                draft::Fate::OtherPatient(_) if self.is_here(received).await? => {
                    self.again(received, now).await?
                }
                draft::Fate::OtherPatient(owner) => {
                    self.put_aside((received, *owner), Contradiction::OtherPatient, now).await?
                }
            });
        }
        Ok(outcomes)
    }
}

async fn write(mut draft: Draft<'_>, batch: &[Received]) -> Result<Written, StoreError> {
    for received in batch {
        draft.take(received).await?;
    }
    draft.write().await
}
