//! What trust costs: sealing, hashing and noting an instance as it comes, and taking the identity
//! out of it on its way to a worker. One JSON line for each. Cost is CPU time of all threads.
//!
//! `cargo bench -p interval --bench trust -- [FOLDER]` leaves the instances in a folder, so that
//! another program can be given the same.

use interval::config::Keys;
use interval::node::open_store;
use interval::store::Store;
use interval::store::audit::append_once;
use interval::usage;
use interval_core::audit::words::{Action, Actor, Detail, Outcome, PeerTitle, Resource};
use interval_core::audit::{AuditEvent, TraceId};
use interval_core::geometry::{Grid, Transform};
use interval_core::patient::{Patient, PatientPseudonym};
use interval_core::role::SeriesRole;
use interval_core::study::{Exam, Origin};
use interval_core::units::Days;
use interval_core::volume::Volume;
use interval_dimse::scu::Outgoing;
use interval_dimse::service::storage::Incoming;
use interval_iod::deid::cloak::Cloak;
use interval_iod::deid::deidentify;
use interval_iod::mint;
use interval_iod::mr::write::{self, WritePlan};
use sea_orm::{Database, SqliteTransactionMode, TransactionOptions, TransactionTrait};
use std::error::Error;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, SystemTime};

type Done<T = ()> = Result<T, Box<dyn Error>>;

/// Columns, rows and slices of a series: 132 KB an image, 640 images in four series.
const SHAPE: [usize; 3] = [256, 256, 160];

/// How often each instance is sealed, noted, hidden: the kernel counts CPU in 10 ms.
const ROUNDS: usize = 5;

fn main() -> Done {
    let folder = std::env::args().skip(1).find(|word| !word.starts_with("--"));
    let images = images()?;
    if let Some(folder) = &folder {
        fs::create_dir_all(folder)?;
        for (n, image) in images.iter().enumerate() {
            fs::write(Path::new(folder).join(format!("{n:04}.dcm")), image)?;
        }
    }
    let runtime = tokio::runtime::Runtime::new()?;
    let place = tempfile::tempdir()?;
    let store = runtime.block_on(open_store(&place.path().join("data"), &Keys::default()))?;
    let seal = seal(&store, &images)?;
    let plain = plain(&place.path().join("plain"), &images)?;
    let (note, wrap) =
        runtime.block_on(note(&store, &place.path().join("data"), ROUNDS * images.len()))?;
    let whole = runtime.block_on(receive(&store, &images))?;
    let cost = seal - plain + note + wrap;
    println!(
        "{{\"bench\":\"receive\",\"bytes\":{},\"seal_and_hash_cpu_ms\":{:.3},\"audit_cpu_ms\":{note:.3},\
         \"wrap_cpu_ms\":{wrap:.3},\"trust_cpu_ms\":{cost:.3},\"whole_ingest_cpu_ms\":{whole:.3}}}",
        images[0].len(),
        seal - plain,
    );
    let cpu_s = hide(&images)?;
    println!("{{\"bench\":\"deidentify\",\"instances\":{},\"cpu_s\":{cpu_s:.3}}}", images.len());
    Ok(())
}

/// Four series of a head-sized volume without structure.
fn images() -> Done<Vec<Vec<u8>>> {
    let mut images = Vec::new();
    for (n, role) in SeriesRole::CHANNELS.into_iter().enumerate() {
        let to_lps = Transform::new([[1., 0., 0., 0.], [0., 1., 0., 0.], [0., 0., 1., 0.]]);
        let grid = Grid { shape: SHAPE, to_lps };
        let voxels = (0..SHAPE.iter().product()).map(|at: usize| (at * 7919 % 1000) as f32);
        let volume = Volume::new(grid, voxels.collect()).map_err(|e| format!("{e:?}"))?;
        let mut acquisition = write::protocol(role);
        acquisition.series_number = Some(n as i32 + 1);
        let plan = WritePlan {
            patient: Patient {
                id: "BENCH-1".into(),
                name: "BENCH^PATIENT".into(),
                birth_date: "19600101".into(),
                sex: "O".into(),
                ..Patient::default()
            },
            study: mint::uid("bench study", &[]),
            exam: Exam { date: "20240506".into(), time: "091500".into(), ..Exam::default() },
            series: mint::uid("bench series", &[role.as_str()]),
            acquisition,
        };
        images.extend(write::series(&volume, &plan)?.into_iter().map(|(_, bytes)| bytes));
    }
    Ok(images)
}

/// CPU milliseconds for each of so many things.
fn each<T>(count: usize, work: impl FnOnce() -> Done<T>) -> Done<f64> {
    let before = usage::cpu();
    work()?;
    Ok(spent_ms(before, count))
}

/// CPU milliseconds since then, for each of so many things.
fn spent_ms(before: Duration, count: usize) -> f64 {
    usage::cpu().saturating_sub(before).as_secs_f64() * 1000. / count as f64
}

/// Objects sealed and hashed, with all that makes a file last.
fn seal(store: &Store, images: &[Vec<u8>]) -> Done<f64> {
    each(ROUNDS * images.len(), || {
        for image in (0..ROUNDS).flat_map(|_| images) {
            let stored = store.blobs().put(image)?;
            store.blobs().remove(stored.object.id)?;
        }
        Ok(())
    })
}

/// The same files without sealing and hashing.
fn plain(folder: &Path, images: &[Vec<u8>]) -> Done<f64> {
    fs::create_dir_all(folder.join("incoming"))?;
    each(ROUNDS * images.len(), || {
        for (n, image) in (0..ROUNDS).flat_map(|_| images).enumerate() {
            let (temporary, lasting) =
                (folder.join("incoming").join(n.to_string()), folder.join(n.to_string()));
            let mut file = File::create_new(&temporary)?;
            file.write_all(image)?;
            file.sync_all()?;
            fs::rename(&temporary, &lasting)?;
            File::open(folder)?.sync_all()?;
            fs::remove_file(&lasting)?;
        }
        Ok(())
    })
}

/// An event for each instance, as one association brings them, and its key wrapped.
async fn note(store: &Store, data: &Path, count: usize) -> Done<(f64, f64)> {
    let patient = store.admit(&Patient::default(), SystemTime::now()).await?;
    let url = format!("sqlite://{}", data.join("interval.db").display());
    let db = Database::connect(url).await?;
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..Default::default()
    };
    let tx = db.begin_with_options(options).await?;
    let before = usage::cpu();
    for n in 0..count {
        let study = Resource::Study(mint::uid("bench study", &[]));
        let actor = Actor::Peer(PeerTitle::of("SCANNER"));
        let event = AuditEvent::new(n as i64, actor, Action::Receive, study)
            .with_patient(patient)
            .with_trace(TraceId(1))
            .with_outcome(Outcome::Success, Detail::None);
        append_once(&tx, &event).await?;
    }
    let noted = spent_ms(before, count);
    tx.commit().await?;
    let key = store.vault().key_of(&db, patient).await?;
    let object = store.blobs().put(b"")?.object;
    let wrapped = each(count, || {
        for _ in 0..count {
            std::hint::black_box(key.wrap(&object)?);
        }
        Ok(())
    })?;
    Ok((noted, wrapped))
}

/// Instances from the first byte to the commit, as the door for DICOM hands them on.
async fn receive(store: &Store, images: &[Vec<u8>]) -> Done<f64> {
    let ingest =
        interval::ingest::Ingest::new(store.clone(), interval::peers::Peers::anybody().into(), 0);
    let objects: Vec<Outgoing> = images
        .iter()
        .map(|image| Outgoing::from_part10(&image.clone().into()))
        .collect::<Result<_, _>>()?;
    let before = usage::cpu();
    for object in objects {
        let incoming = Incoming {
            origin: Origin {
                calling_ae: "SCANNER".into(),
                called_ae: "INTERVAL".into(),
                peer: "127.0.0.1".into(),
                association: TraceId(2),
            },
            class: object.class,
            instance: object.instance,
            syntax: object.syntax,
        };
        let mut arrival = ingest.begin(incoming).await?;
        for piece in object.data_set.chunks(16 * 1024) {
            arrival.take(piece)?;
        }
        arrival.finish().await?;
    }
    Ok(spent_ms(before, images.len()))
}

/// CPU seconds for taking the identity out of every instance once.
fn hide(images: &[Vec<u8>]) -> Done<f64> {
    let cloak = Cloak::new(PatientPseudonym(7), [3; 32], Days(-40))?;
    let all_rounds = each(ROUNDS, || {
        for _ in 0..ROUNDS {
            for image in images {
                std::hint::black_box(deidentify(image, &cloak)?);
            }
        }
        Ok(())
    })?;
    Ok(all_rounds / 1000.)
}
