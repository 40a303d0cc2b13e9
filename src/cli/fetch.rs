//! `interval fetch`: a patient's earlier studies, ahead of time.

use super::{Ended, Failure, Place, fail, refused_by_store, write_json};
use crate::store::fetching::{FAILED, FetchState, WAITING, Whose};
use crate::store::{Store, StoreError};
use clap::Args;
use interval_core::fault::Fault;
use interval_core::patient::Patient;
use std::time::{Duration, Instant, SystemTime};

/// Pause between two looks at a request.
const PAUSE: Duration = Duration::from_millis(500);

/// Fetch a patient's earlier studies before the next one comes. The node that runs does the work,
/// in its hours for such work; this command leaves the request and may wait.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  interval fetch --patient 4711 --issuer NORTH --data /var/lib/interval
  interval fetch --patient 4711 --from PACS --wait-s 600")]
pub struct Fetch {
    /// Patient ID.
    #[arg(long)]
    patient: String,
    /// Issuer of the id, where the hospital sends one.
    #[arg(long, default_value = "")]
    issuer: String,
    /// Name, as LAST^FIRST: tells people apart who have one id.
    #[arg(long, default_value = "")]
    name: String,
    /// Birth date, YYYYMMDD.
    #[arg(long, default_value = "")]
    birth_date: String,
    /// Only from this peer or archive.
    #[arg(long)]
    from: Option<String>,
    /// Seconds to wait for the end.
    #[arg(long, default_value_t = 0)]
    wait_s: u64,
    #[command(flatten)]
    place: Place,
}

impl Fetch {
    pub(super) async fn run(self) -> Ended {
        if self.patient.trim().is_empty() {
            return Err(Failure::refused("a patient is asked for by an id"));
        }
        let store = self.place.store().await?;
        let whose = self.whose(&store).await.map_err(refused_by_store)?;
        let id = store
            .ask_to_fetch(&whose, self.from.as_deref(), SystemTime::now())
            .await
            .map_err(refused_by_store)?;
        let state = self.wait(&store, id).await?;
        match state.said.as_str() {
            "" => println!("request {id}: {}", state.state),
            said => println!("request {id}: {}: {said}", state.state),
        }
        write_json(self.place.json.as_deref(), &state)?;
        if state.state == FAILED {
            return Err(fail(Fault::Unavailable)(StoreError::Unknown("source that gives them")));
        }
        Ok(())
    }

    async fn whose(&self, store: &Store) -> Result<Whose, StoreError> {
        let now = SystemTime::now();
        match store.found(&self.patient, &self.issuer, now).await {
            Ok(known) => Ok(Whose::Known(known)),
            Err(StoreError::Unknown(_)) => Ok(Whose::Stranger(Patient {
                id: self.patient.clone(),
                issuer: self.issuer.clone(),
                name: self.name.clone(),
                birth_date: self.birth_date.clone(),
                sex: String::new(),
            })),
            Err(error) => Err(error),
        }
    }

    /// The state of the request once it is over, or when nobody waits any longer.
    async fn wait(&self, store: &Store, id: i32) -> Result<FetchState, Failure> {
        let (began, most) = (Instant::now(), Duration::from_secs(self.wait_s));
        loop {
            let state = store.fetch_state(id).await.map_err(refused_by_store)?;
            if state.state != WAITING || began.elapsed() >= most {
                return Ok(state);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}
