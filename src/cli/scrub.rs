//! `interval scrub`: objects that no row names are removed. A sudden end leaves them between the
//! disk and the database; nobody was told that they are kept.

use super::{Ended, Failure, Place, fail, refused_by_store, write_json};
use crate::store::audit::now_ms;
use crate::store::intake::Scrubbed;
use crate::tenancy::{Tenancy, TenancyError};
use clap::Args;
use interval_core::audit::AuditEvent;
use interval_core::audit::words::{Action, Actor, Resource};
use interval_core::fault::Fault;

/// Remove objects that no row names: left by a sudden end, never acknowledged.
///
/// The node has to be stopped: what it is just receiving has no row yet.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  interval scrub --data /var/lib/interval\n  \
                        interval scrub --dry-run --data /var/lib/interval --json -")]
pub struct Scrub {
    /// Only say what would be removed.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    place: Place,
}

impl Scrub {
    pub(super) async fn run(self) -> Ended {
        let store = self.place.store().await?;
        let _tenancy = Tenancy::take(&self.place.data).map_err(|error| match error {
            TenancyError::Taken => Failure::refused(error),
            TenancyError::Lock(_) => fail(Fault::Unavailable)(error),
        })?;
        if self.dry_run {
            let orphans = store.orphans().await.map_err(refused_by_store)?.len();
            write_json(self.place.json.as_deref(), &serde_json::json!({ "orphans": orphans }))?;
            eprintln!("{orphans} objects would be removed");
            return Ok(());
        }
        let scrubbed = store.scrub().await.map_err(refused_by_store)?;
        let count = u32::try_from(scrubbed.removed).unwrap_or(u32::MAX);
        let event = AuditEvent::new(now_ms(), Actor::Operator, Action::Verify, Resource::Node)
            .with_count(count);
        store.audit(&event).await.map_err(fail(Fault::Unavailable))?;
        write_json(self.place.json.as_deref(), &scrubbed)?;
        let Scrubbed { removed, bytes } = scrubbed;
        eprintln!("{removed} objects removed that no row named, {bytes} bytes");
        Ok(())
    }
}
