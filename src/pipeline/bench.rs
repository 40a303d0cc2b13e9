//! Where stages are run: a stage whose outputs are already there is not run again.

use super::Halt;
use super::pool::{Order, Pool};
use super::stage::version;
use crate::store::Store;
use crate::store::artefact::{Artefact, ArtefactKey, Outputs};
use crate::store::blobs::SealedObject;
use interval_core::access::Grant;
use interval_core::digest::{Digest, Verified};
use interval_core::stage::Stage;
use interval_iod::deid::cloak::Cloak;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

/// Told what is going on: stage, fraction, words.
pub type Watcher<'a> = dyn Fn(Stage, f64, &str) + Send + Sync + 'a;

/// A file of the node itself, by digest: the atlas, the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeFile {
    /// Where it lies.
    pub path: PathBuf,
    /// SHA-256 of its bytes when the node started.
    pub digest: Digest,
}

impl NodeFile {
    /// Reads a file once, for its digest.
    pub fn open(path: &Path) -> std::io::Result<Self> {
        let path = path.canonicalize()?;
        let digest = Digest::of(&std::fs::read(&path)?);
        Ok(Self { path, digest })
    }
}

/// What the stages of one job share.
pub struct Bench<'a> {
    /// Artefacts and their rows.
    pub store: &'a Store,
    /// Workers.
    pub pool: &'a Pool,
    /// Whose data this is.
    pub grant: &'a Grant,
    /// What hides the patient from the stages.
    pub cloak: &'a Cloak,
    /// Told how far the work is.
    pub watcher: &'a Watcher<'a>,
    /// The keys of the stage runs that were used so far.
    pub used: Used,
}

/// The keys of stage runs, in the order of use.
#[derive(Debug, Default)]
pub struct Used(Mutex<Vec<ArtefactKey>>);

impl Used {
    fn add(&self, key: ArtefactKey) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(key);
    }

    /// All of them.
    pub fn keys(&self) -> Vec<ArtefactKey> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// One input of a stage, as the gateway knows it.
#[derive(Debug, Clone)]
pub struct Given {
    /// What it is to the stage.
    pub name: String,
    /// SHA-256 of its bytes; of an original, as it was received.
    pub digest: Digest,
    /// Where its bytes are.
    pub content: Content,
}

/// Where the bytes of an input are.
#[derive(Debug, Clone)]
pub enum Content {
    /// What an earlier stage made: it never had an identity.
    Artefact(SealedObject),
    /// A file of the node itself, or voxels that a person named on the command line.
    File(PathBuf),
    /// An instance as it was received: the worker is given a copy without identity.
    Original(SealedObject),
}

/// What a stage is asked to do.
pub struct Work<'a, P> {
    /// The stage.
    pub stage: Stage,
    /// Its parameters, handed over as they are.
    pub parameters: &'a P,
    /// The part of the parameters that decides what comes out, for the key.
    pub decisive: String,
    /// Its inputs.
    pub inputs: Vec<Given>,
}

impl Bench<'_> {
    /// The outputs of a stage on these inputs: from the store, else made now.
    pub async fn outputs<P: Serialize>(
        &self,
        work: Work<'_, P>,
    ) -> Result<(ArtefactKey, Outputs), Halt> {
        let Work { stage, parameters, decisive, inputs } = work;
        let at = |fault, reason: String| Halt::Failed { stage, fault, reason };
        let stored = |error| Halt::store(stage, &error);
        let digests = inputs.iter().map(|given| (given.name.as_str(), given.digest));
        let key = ArtefactKey::of(stage, version(stage), &decisive, digests);
        self.used.add(key);
        if let Some(outputs) = self.store.artefacts(self.grant, key).await.map_err(stored)? {
            (self.watcher)(stage, 1., "already done");
            return Ok((key, outputs));
        }
        let parameters = serde_json::to_string(parameters)
            .map_err(|e| at(interval_core::fault::Fault::Defect, e.to_string()))?;
        let order = Order { stage, parameters, inputs: &inputs, cloak: self.cloak };
        let progress = |fraction: f64, doing: &str| (self.watcher)(stage, fraction, doing);
        let (made, cost) = self
            .pool
            .run(&order, &progress)
            .await
            .map_err(|error| at(error.fault(), super::sentence(&error)))?;
        let now = SystemTime::now();
        let kept = self.store.keep_artefacts(self.grant, (stage, key), (&made, cost), now).await;
        Ok((key, kept.map_err(stored)?))
    }

    /// The bytes of one output.
    pub fn read(&self, stage: Stage, artefact: &Artefact) -> Result<Verified<Vec<u8>>, Halt> {
        self.store.open_artefact(artefact).map_err(|e| Halt::store(stage, &e))
    }

    /// One output that is JSON.
    pub fn read_json<T: DeserializeOwned>(
        &self,
        stage: Stage,
        outputs: &Outputs,
        name: &str,
    ) -> Result<T, Halt> {
        let missing = || Halt::defect(stage, format!("{stage} made no {name}"));
        let bytes = self.read(stage, outputs.get(name).ok_or_else(missing)?)?;
        serde_json::from_slice(bytes.bytes())
            .map_err(|e| Halt::defect(stage, format!("{name} cannot be read: {e}")))
    }

    /// An output as the input of another stage.
    pub fn input(&self, name: &str, artefact: &Artefact) -> Given {
        let content = Content::Artefact(artefact.object.clone());
        Given { name: name.to_owned(), digest: artefact.digest, content }
    }
}

/// A file of the node as the input of a stage.
pub fn node_input(name: &str, file: &NodeFile) -> Given {
    let content = Content::File(file.path.clone());
    Given { name: name.to_owned(), digest: file.digest, content }
}
