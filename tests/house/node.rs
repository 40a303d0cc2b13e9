//! A whole node in this process, and what a journey asks of it.

use super::archive::{self, Archive};
use super::children::workers;
use super::equipment::Equipment;
use super::patience::{until, when};
use interval::config::{Config, Destination, Keys};
use interval::node::{Node, open_store};
use interval::store::Store;
use interval::store::job::Job;
use interval::store::outbox::{DELIVERED, Outgoing as Row};
use interval::store::record::AssessmentRecord;
use interval_core::job::JobState;
use interval_core::stage::Stage;
use interval_core::uid::StudyUid;
use interval_dimse::scu::{self, Outgoing, Peer, Timeouts};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Its title.
const TITLE: &str = "INTERVAL";

/// How a node of a journey is configured: it sends home to the archive.
pub fn config(data: &Path, archive: &Archive) -> Config {
    Config {
        data: data.to_owned(),
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        quiet_period_s: 1,
        destinations: vec![Destination {
            name: "archive".into(),
            address: archive.address.to_string(),
            ae_title: archive::TITLE.into(),
        }],
        model: Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("models/default")),
        worker_program: Some(env!("CARGO_BIN_EXE_interval").into()),
        ..Config::default()
    }
}

/// The same with what an analysis needs.
pub fn equipped(config: Config, equipment: &Equipment) -> Config {
    let Equipment { atlas, ort_lib } = equipment.clone();
    Config { atlas: Some(atlas), ort_lib: Some(ort_lib), ..config }
}

/// A node that serves. Dropped, it stops as when it is told to.
pub struct Running {
    /// A second door to its store.
    pub store: Store,
    address: SocketAddr,
    data: PathBuf,
    /// Held, since its end ends the node.
    _stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
}

impl Running {
    pub async fn open(config: Config) -> Self {
        let data = config.data.clone();
        let node = Node::open(config).await.unwrap();
        let address = node.address().unwrap();
        let store = open_store(&data, &Keys::default()).await.unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let served = tokio::spawn(node.serve(async {
            // The sender says nothing; it goes away.
            let _ = stopped.await;
        }));
        Self { store, address, data, _stop: stop, served }
    }

    /// Ends the node where it stands, with its workers.
    pub async fn cut_off(self) {
        self.served.abort();
        // An aborted task has no result.
        let _ = self.served.await;
        until("the workers are gone", async || when(workers(&self.data).is_empty())).await;
    }

    /// How others call it.
    pub fn peer(&self) -> Peer {
        Peer {
            address: self.address.to_string(),
            calling: "SCANNER".parse().unwrap(),
            called: TITLE.parse().unwrap(),
            timeouts: Timeouts::default(),
            tls: None,
        }
    }

    /// Stores objects; each is acknowledged.
    pub async fn send(&self, objects: &[Outgoing]) {
        let outcomes = scu::store(&self.peer(), objects).await.unwrap();
        assert_eq!(outcomes.len(), objects.len());
        for outcome in outcomes {
            outcome.result.unwrap();
        }
    }

    /// The workers that compute now.
    pub fn workers(&self) -> Vec<u32> {
        workers(&self.data)
    }

    /// The jobs of a study, the newest first.
    pub async fn jobs(&self, study: &StudyUid) -> Vec<Job> {
        let jobs = self.store.jobs().await.unwrap();
        jobs.into_iter().filter(|job| job.study == *study).collect()
    }

    /// Waits for the job of a study's nth settled state to stop, and in the wanted state.
    pub async fn job(&self, study: &StudyUid, revision: i32, wanted: JobState) -> Job {
        until(&format!("job {revision} of study {study} is {}", wanted.as_str()), async || {
            let jobs = self.jobs(study).await;
            let job = jobs.into_iter().find(|job| job.revision == revision)?;
            let open = matches!(job.state, JobState::Pending | JobState::Running);
            let arrived = job.state == wanted;
            assert!(arrived || open, "{:?} in {}: {}", job.state, job.stage, job.reason);
            arrived.then_some(job)
        })
        .await
    }

    /// Waits until the archive has acknowledged every object of a job.
    pub async fn delivered(&self, job: i32) -> Vec<Row> {
        until(&format!("the objects of job {job} are delivered"), async || {
            let rows = self.store.deliveries(Some(job)).await.unwrap();
            let home = !rows.is_empty() && rows.iter().all(|row| row.state == DELIVERED);
            home.then_some(rows)
        })
        .await
    }

    /// The assessment of a completed job.
    pub async fn assessment(&self, job: i32) -> AssessmentRecord {
        let text = self.store.assessment(job).await.unwrap().unwrap();
        AssessmentRecord::parse(text.as_bytes()).unwrap()
    }

    /// How often a stage has run to its end and kept what it made.
    pub async fn runs(&self, stage: Stage) -> usize {
        let costs = self.store.costs().await.unwrap();
        costs.iter().filter(|(ran, _)| *ran == stage).count()
    }
}
