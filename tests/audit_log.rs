//! The audit log at work: it grows without gaps, reads wait for their event, and nothing is signed
//! that is not an extension of what was signed before.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod audit;

use audit::{Log, begin, event, run};
use interval::audit::verify::{Evidence, verify};
use interval::audit::{AuditConfig, AuditError, notary::Notary};
use interval::config::Keys;
use interval::node::open_store;
use interval::store::audit::writer::AuditWriter;
use interval::store::audit::{Appended, append, append_all, append_once};
use interval_core::audit::TraceId;
use interval_core::fault::Fault;
use sea_orm::ConnectionTrait;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Names the folder of the child that notes events until it is killed.
const CHILD: &str = "INTERVAL_TEST_AUDIT_CHILD";

#[tokio::test]
async fn the_database_refuses_to_change_shorten_or_skip() {
    let log = Log::new().await;
    log.grow(0..10).await;
    for attempt in [
        "UPDATE audit_record SET at_ms = 0 WHERE place = 3",
        "DELETE FROM audit_record WHERE place = 9",
        "INSERT INTO audit_record SELECT 11, at_ms, record, leaf, NULL FROM audit_record LIMIT 1",
        "INSERT OR REPLACE INTO audit_record SELECT * FROM audit_record WHERE place = 4",
    ] {
        assert!(log.db.execute_unprepared(attempt).await.is_err(), "{attempt}");
    }
    assert_eq!(log.store.audit_size().await.unwrap(), 10);
}

#[tokio::test]
async fn a_transaction_that_is_given_up_leaves_no_gap() {
    let log = Log::new().await;
    for number in 0..40 {
        let tx = begin(&log.db).await;
        append(&tx, &event(number)).await.unwrap();
        if number % 3 == 0 { tx.rollback().await } else { tx.commit().await }.unwrap();
    }
    let verdict = verify(&log.store, Evidence::default()).await.unwrap();
    assert!(verdict.is_good());
    assert_eq!(verdict.records, 26);
}

#[tokio::test]
async fn an_association_has_one_event_for_each_study() {
    let log = Log::new().await;
    let tx = begin(&log.db).await;
    let first = event(1);
    let mut later = first.clone();
    later.at_ms += 500;
    let mut other = first.clone();
    other.trace = Some(TraceId(99));
    assert_eq!(append_once(&tx, &first).await.unwrap(), Appended::At(0));
    assert_eq!(append_once(&tx, &later).await.unwrap(), Appended::Already);
    assert_eq!(append_once(&tx, &other).await.unwrap(), Appended::At(1));
    tx.commit().await.unwrap();
    let tx = begin(&log.db).await;
    assert_eq!(append_once(&tx, &later).await.unwrap(), Appended::Already);
    tx.commit().await.unwrap();
    assert!(verify(&log.store, Evidence::default()).await.unwrap().is_good());
}

#[tokio::test]
async fn many_reads_share_a_transaction_and_each_has_its_event() {
    let log = Log::new().await;
    let writer = AuditWriter::start(log.store.clone());
    let reads: Vec<_> = (0..600)
        .map(|number| {
            let writer = writer.clone();
            tokio::spawn(async move { writer.note(event(number)).await })
        })
        .collect();
    for read in reads {
        read.await.unwrap().unwrap();
    }
    let verdict = verify(&log.store, Evidence::default()).await.unwrap();
    assert!(verdict.is_good());
    assert_eq!(verdict.records, 600);
}

#[tokio::test]
async fn a_read_fails_when_its_event_cannot_be_written() {
    let log = Log::new().await;
    let writer = AuditWriter::start(log.store.clone());
    writer.note(event(0)).await.unwrap();
    run(&log.db, &["ALTER TABLE audit_record RENAME TO lost"]).await;
    let refused = writer.note(event(1)).await.unwrap_err();
    assert_eq!(refused.fault(), Fault::Unavailable);
    run(&log.db, &["ALTER TABLE lost RENAME TO audit_record"]).await;
    writer.note(event(2)).await.unwrap();
    assert_eq!(log.store.audit_size().await.unwrap(), 2);
}

#[tokio::test]
async fn a_read_that_waits_for_a_locked_database_is_refused_in_time() {
    let log = Log::new().await;
    let writer = AuditWriter::start(log.store.clone());
    let held = begin(&log.db).await;
    let refused = writer.note(event(0)).await.unwrap_err();
    assert_eq!(refused.fault(), Fault::Unavailable);
    held.rollback().await.unwrap();
}

#[tokio::test]
async fn nothing_is_signed_that_is_not_an_extension() {
    let log = Log::new().await;
    log.grow(0..50).await;
    log.notary.checkpoint(&log.store).await.unwrap();
    log.grow(50..70).await;
    log.notary.checkpoint(&log.store).await.unwrap();
    run(&log.db, &["DROP TRIGGER audit_record_keeps", "DROP TRIGGER audit_record_stays"]).await;
    run(&log.db, &["CREATE TABLE kept AS SELECT * FROM audit_record"]).await;
    let change = "UPDATE audit_record SET leaf = zeroblob(32) WHERE place = 60";
    let cut = "DELETE FROM audit_record WHERE place >= 65";
    let refill = ["DELETE FROM audit_record", "INSERT INTO audit_record SELECT * FROM kept"];
    for (attack, size) in [(change, 70), (cut, 70)] {
        run(&log.db, &[attack]).await;
        let refused = log.notary.checkpoint(&log.store).await.unwrap_err();
        assert!(matches!(refused, AuditError::NotAnExtension { size: s } if s == size), "{attack}");
        run(&log.db, &refill).await;
    }
    log.grow(70..80).await;
    let note = log.notary.checkpoint(&log.store).await.unwrap();
    assert_eq!(note.checkpoint.head.size, 80);
}

#[tokio::test]
async fn a_lost_key_is_not_replaced_and_a_foreign_checkpoint_stops_signing() {
    let log = Log::new().await;
    log.grow(0..5).await;
    log.notary.checkpoint(&log.store).await.unwrap();
    let keys = log.data().join("keys");
    std::fs::rename(&keys, log.data().join("keys-away")).unwrap();
    let config = AuditConfig::default();
    assert!(matches!(Notary::open(&log.data(), &config), Err(AuditError::KeyLost(_))));
    interval::audit::key::AuditKey::make(&keys).unwrap();
    let stranger = Notary::open(&log.data(), &config).unwrap();
    let refused = stranger.checkpoint(&log.store).await.unwrap_err();
    assert!(matches!(refused, AuditError::Foreign { .. }));
}

#[tokio::test]
async fn a_second_place_that_was_away_is_brought_up_to_date() {
    let log = Log::new().await;
    let mount = log.folder.path().join("mount");
    let config = AuditConfig { second_place: Some(mount.join("audit")), ..Default::default() };
    let notary = Notary::open(&log.data(), &config).unwrap();
    log.grow(0..30).await;
    let away = notary.checkpoint(&log.store).await.unwrap_err();
    assert!(matches!(away, AuditError::SecondPlace(_)), "{away:?}");
    assert_eq!(away.fault(), Fault::Unavailable);
    std::fs::create_dir(&mount).unwrap();
    log.grow(30..45).await;
    notary.checkpoint(&log.store).await.unwrap();
    let mut evidence = Evidence::default();
    evidence.take(&mount.join("audit").join("checkpoints"), &log.public_key());
    let verdict = verify(&log.store, evidence).await.unwrap();
    assert!(verdict.is_good());
    assert_eq!((verdict.anchored, verdict.checkpoints), (45, 2));
}

#[tokio::test]
async fn hashes_that_were_lost_are_written_again_with_the_next_checkpoint() {
    let log = Log::new().await;
    log.grow(0..30).await;
    log.notary.checkpoint(&log.store).await.unwrap();
    for folder in [log.own_checkpoints(), log.elsewhere()] {
        std::fs::remove_file(folder.with_file_name("leaves")).unwrap();
    }
    log.grow(30..40).await;
    log.notary.checkpoint(&log.store).await.unwrap();
    for checkpoints in [log.own_checkpoints(), log.elsewhere()] {
        let mut evidence = Evidence::default();
        evidence.take(&checkpoints, &log.public_key());
        let verdict = verify(&log.store, evidence).await.unwrap();
        assert!(verdict.is_good(), "{verdict:?}");
        let leaves = std::fs::metadata(checkpoints.with_file_name("leaves")).unwrap();
        assert_eq!(leaves.len(), 40 * 32);
    }
}

/// Notes events and says which are acknowledged, until it is killed. Not a test of its own.
#[tokio::test]
async fn child_that_notes_until_it_is_killed() {
    let Some(data) = std::env::var_os(CHILD) else { return };
    let writer = AuditWriter::start(open_store(Path::new(&data), &Keys::default()).await.unwrap());
    for number in 0.. {
        let notes = (0..8).map(|lane| {
            let writer = writer.clone();
            let number = number * 8 + lane;
            tokio::spawn(async move { writer.note(event(number)).await.map(|()| number) })
        });
        for note in notes.collect::<Vec<_>>() {
            let number = note.await.unwrap().unwrap();
            writeln!(std::io::stdout(), "acknowledged {number}").unwrap();
        }
    }
}

#[tokio::test]
async fn a_sudden_end_loses_at_most_what_was_not_acknowledged() {
    for round in 0..3 {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child_that_notes_until_it_is_killed", "--nocapture"])
            .env(CHILD, &data)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut acknowledged = Vec::new();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        while acknowledged.len() < 100 + 37 * round {
            let line = lines.next().unwrap().unwrap();
            acknowledged
                .extend(line.strip_prefix("acknowledged ").map(|n| n.parse::<u64>().unwrap()));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        for line in lines.map_while(Result::ok) {
            let whole = line.strip_prefix("acknowledged ").and_then(|n| n.parse::<u64>().ok());
            acknowledged.extend(whole);
        }
        let store = open_store(&data, &Keys::default()).await.unwrap();
        assert!(verify(&store, Evidence::default()).await.unwrap().is_good());
        let rows = store.audit_rows(None, 1_000_000).await.unwrap();
        let noted: std::collections::HashSet<u64> = rows
            .iter()
            .map(|row| {
                let bytes = row.record.as_deref().unwrap();
                let record = interval_core::audit::record::Record::parse(bytes).unwrap();
                record.event.trace.unwrap().0 as u64
            })
            .collect();
        for number in acknowledged {
            assert!(noted.contains(&number), "event {number} was acknowledged and is gone");
        }
    }
}

#[tokio::test]
async fn a_notary_signs_at_its_start_and_at_the_end() {
    let log = Log::new().await;
    log.grow(0..5).await;
    let config = AuditConfig { checkpoint_s: 3600, ..Default::default() };
    let notary = Notary::open(&log.data(), &config).unwrap();
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let running = tokio::spawn(notary.run(log.store.clone(), stopped));
    let notes = || interval::audit::anchor::read_notes(&log.own_checkpoints()).unwrap();
    while notes().is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    log.grow(5..9).await;
    stop.send(true).unwrap();
    running.await.unwrap();
    let sizes: Vec<u64> = notes().iter().map(|note| note.checkpoint.head.size).collect();
    assert_eq!(sizes, [5, 9]);
}

/// Records of the long test.
const RECORDS: u64 = 1_000_000;

#[tokio::test]
async fn a_million_records_are_verified() {
    if std::env::var_os("INTERVAL_PROVE").is_none_or(|value| value != "1") {
        println!("skipped: takes minutes of CPU; runs with INTERVAL_PROVE=1");
        return;
    }
    let log = Log::new().await;
    let began = cpu_s();
    for from in (0..RECORDS).step_by(10_000) {
        let events: Vec<_> = (from..from + 10_000).map(event).collect();
        let tx = begin(&log.db).await;
        append_all(&tx, &events).await.unwrap();
        tx.commit().await.unwrap();
    }
    println!("appended {RECORDS} records in {:.1} CPU seconds", cpu_s() - began);
    let began = cpu_s();
    log.notary.checkpoint(&log.store).await.unwrap();
    println!("signed {RECORDS} records in {:.1} CPU seconds", cpu_s() - began);
    let began = cpu_s();
    let mut evidence = Evidence::default();
    evidence.take(&log.elsewhere(), &log.public_key());
    let verdict = verify(&log.store, evidence).await.unwrap();
    let took = cpu_s() - began;
    println!("verified {RECORDS} records in {took:.1} CPU seconds");
    assert!(verdict.is_good());
    assert_eq!((verdict.records, verdict.anchored), (RECORDS, RECORDS));
    assert!(took <= 30.0, "{took} CPU seconds");
}

/// CPU time of this process in seconds, from the kernel's clock ticks (100 a second on Linux).
fn cpu_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}
