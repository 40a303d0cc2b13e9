//! A storage provider that keeps what it takes as DICOM files in a folder.
//!
//! `cargo run -p interval-dimse --example keep -- FOLDER ADDRESS TITLE [CALLING_TITLE ...]`
//!
//! It is here to try the part against other software; it keeps no index and looks into no object.

use std::error::Error;
use std::io::Write;
use std::path::PathBuf;

use interval_core::fault::Fault;
use interval_dimse::acceptor::Acceptor;
use interval_dimse::part10::Head;
use interval_dimse::policy::Policy;
use interval_dimse::service::storage::{Incoming, Kept, Receiver, Reception};
use interval_dimse::status::Refusal;
use tempfile::NamedTempFile;

/// Keeps files in one folder.
struct Folder(PathBuf);

/// A file that is not yet complete: dropped, it is deleted.
struct Part {
    temporary: NamedTempFile,
    kept: PathBuf,
}

fn out_of_room(error: std::io::Error) -> Refusal {
    Refusal::new(Fault::Exhausted, format!("the object could not be written: {error}"))
}

impl Receiver for Folder {
    type Reception = Part;

    async fn begin(&self, incoming: Incoming) -> Result<Part, Refusal> {
        let mut temporary = NamedTempFile::new_in(&self.0).map_err(out_of_room)?;
        let kept = self.0.join(format!("{}.dcm", incoming.instance));
        let head =
            Head { class: incoming.class, instance: incoming.instance, syntax: incoming.syntax };
        temporary.write_all(&head.encode(&incoming.origin.calling_ae)).map_err(out_of_room)?;
        Ok(Part { temporary, kept })
    }
}

impl Reception for Part {
    async fn piece(&mut self, piece: &[u8]) -> Result<(), Refusal> {
        // A piece goes to the page cache; only what may take long leaves this thread.
        self.temporary.write_all(piece).map_err(out_of_room)
    }

    async fn finish(self) -> Result<Kept, Refusal> {
        let Part { temporary, kept } = self;
        let durable = tokio::task::spawn_blocking(move || {
            temporary.as_file().sync_all()?;
            temporary.persist(&kept).map_err(|error| error.error)?;
            Ok(Kept::InPlace)
        });
        durable.await.map_err(std::io::Error::other).and_then(|kept| kept).map_err(out_of_room)
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: keep FOLDER ADDRESS TITLE [CALLING_TITLE ...]";
    let folder = PathBuf::from(arguments.next().ok_or(usage)?);
    let address = arguments.next().ok_or(usage)?;
    let mut policy = Policy::for_title(arguments.next().ok_or(usage)?.parse()?);
    policy.calling = arguments.map(|title| title.parse()).collect::<Result<_, _>>()?;
    std::fs::create_dir_all(&folder)?;
    let acceptor = Acceptor::bind(address, policy, Folder(folder)).await?;
    println!("listening on {}", acceptor.local_addr()?);
    let stop = async { tokio::signal::ctrl_c().await.unwrap_or_default() };
    acceptor.serve(stop).await;
    Ok(())
}
