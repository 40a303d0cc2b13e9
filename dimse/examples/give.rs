//! A provider that gives away the DICOM files of a folder by C-GET and C-MOVE.
//!
//! `cargo run -p interval-dimse --example give -- FOLDER ADDRESS TITLE [TITLE=HOST:PORT ...]`
//!
//! It is here to try the part against other software; it looks into no object, so whatever is
//! asked for, all of the folder is given. Destinations of a move are the titles named.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use interval_core::fault::Fault;
use interval_core::query::Selection;
use interval_core::uid::SyntaxUid;
use interval_dimse::Promise;
use interval_dimse::acceptor::Acceptor;
use interval_dimse::ae::AeTitle;
use interval_dimse::caller::Caller;
use interval_dimse::part10::Head;
use interval_dimse::policy::Policy;
use interval_dimse::scu::{Peer, Timeouts};
use interval_dimse::service::retrieve::{Located, Retrieved, Source};
use interval_dimse::service::storage::{Incoming, Kept, Receiver, Reception};
use interval_dimse::services::Services;
use interval_dimse::status::{Refusal, Status};

/// The files of a folder.
struct Folder {
    files: BTreeMap<String, (Located, PathBuf)>,
    destinations: BTreeMap<String, Peer>,
}

fn unreadable(error: impl std::fmt::Display) -> Refusal {
    Refusal::new(Fault::Unavailable, format!("a file cannot be read: {error}"))
}

fn located(path: PathBuf) -> Result<(String, (Located, PathBuf)), Box<dyn Error>> {
    let file = Bytes::from(std::fs::read(&path)?);
    let (Head { class, instance, syntax }, data_set) = Head::split(&file)?;
    let name = instance.to_string();
    let bytes = data_set.len() as u64;
    Ok((name, (Located { class, instance, syntax, bytes }, path)))
}

impl Source for Folder {
    fn locate<'a>(
        &'a self,
        _caller: &'a Caller,
        _selection: Selection,
    ) -> Promise<'a, Result<Vec<Located>, Refusal>> {
        Box::pin(async { Ok(self.files.values().map(|(located, _)| located.clone()).collect()) })
    }

    fn read<'a>(
        &'a self,
        _caller: &'a Caller,
        located: &'a Located,
        accepted: &'a [SyntaxUid],
    ) -> Promise<'a, Result<Retrieved, Refusal>> {
        Box::pin(async move {
            if !accepted.contains(&located.syntax) {
                let comment = "the peer does not take the syntax that it is kept in";
                return Err(Refusal::with_status(Status::CLASS_NOT_SUPPORTED, comment));
            }
            let entry = self.files.get(located.instance.as_str());
            let (_, path) = entry.ok_or_else(|| unreadable("it is gone"))?;
            let file = Bytes::from(tokio::fs::read(path).await.map_err(unreadable)?);
            let (head, data_set) = Head::split(&file).map_err(unreadable)?;
            Ok(Retrieved { syntax: head.syntax, data_set })
        })
    }

    fn destination<'a>(
        &'a self,
        _caller: &'a Caller,
        title: &'a AeTitle,
    ) -> Promise<'a, Result<Option<Peer>, Refusal>> {
        Box::pin(async { Ok(self.destinations.get(title.as_str()).cloned()) })
    }
}

/// Takes nothing.
struct Nothing;

impl Receiver for Nothing {
    type Reception = Nothing;

    async fn begin(&self, _incoming: Incoming) -> Result<Nothing, Refusal> {
        Err(Refusal::with_status(Status::NOT_AUTHORISED, "nothing is taken here"))
    }
}

impl Reception for Nothing {
    async fn piece(&mut self, _piece: &[u8]) -> Result<(), Refusal> {
        Ok(())
    }

    async fn finish(self) -> Result<Kept, Refusal> {
        Ok(Kept::InPlace)
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: give FOLDER ADDRESS TITLE [TITLE=HOST:PORT ...]";
    let folder = PathBuf::from(arguments.next().ok_or(usage)?);
    let address = arguments.next().ok_or(usage)?;
    let own: AeTitle = arguments.next().ok_or(usage)?.parse()?;
    let mut destinations = BTreeMap::new();
    for destination in arguments {
        let (title, address) = destination.split_once('=').ok_or(usage)?;
        let (calling, called) = (own.clone(), title.parse()?);
        let (address, timeouts) = (address.to_owned(), Timeouts::default());
        let peer = Peer { address, calling, called, timeouts, tls: None };
        destinations.insert(title.to_owned(), peer);
    }
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder)? {
        files.extend([located(entry?.path())?]);
    }
    let source = Arc::new(Folder { files, destinations });
    let services = Services::new(Nothing).source(source);
    let acceptor = Acceptor::bind(address, Policy::for_title(own), services).await?;
    println!("listening on {}", acceptor.local_addr()?);
    let stop = async { tokio::signal::ctrl_c().await.unwrap_or_default() };
    acceptor.serve(stop).await;
    Ok(())
}
