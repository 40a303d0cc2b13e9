//! A thousand seeded attacks on the audit log by somebody who can write to the database: every one
//! is found, and the first bad record is named.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod audit;

use audit::{Dice, Log, event, run};
use interval::audit::key::{AuditKey, PublicKey};
use interval::audit::verify::{Evidence, Verdict, Wrong, verify};
use interval_core::audit::merkle::{leaf_hash, tree};
use interval_core::audit::proof::TreeHead;
use interval_core::audit::record::{Manner, Record};
use interval_core::digest::Digest;
use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement, TransactionTrait, Value};
use std::path::PathBuf;

/// Records of the log that is attacked.
const RECORDS: u64 = 300;
/// Attacks, shared out over the kinds below.
const ATTACKS: u64 = 1_000;
/// Where checkpoints were signed.
const CHECKPOINTS: [u64; 3] = [100, 220, RECORDS];

/// What an attack should be found as.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
struct Expected {
    record: u64,
    wrong: Wrong,
}

/// One kind of attack.
type Attack = fn(&mut Dice) -> (Vec<Step>, Expected);

/// What an attacker does to the table.
#[derive(Debug, Clone)]
enum Step {
    /// Flips one bit of a column of a record.
    Flip { record: u64, column: &'static str, bit: u64 },
    /// Gives a record another place.
    Move { record: i64, to: i64 },
    /// Removes records from one place up to another.
    Remove { from: u64, to: u64 },
    /// Moves all records from a place on by so many places.
    Shift { from: u64, by: i64 },
    /// Puts in a record that fits together.
    Put { record: u64, number: u64 },
    /// Makes all records from a place on fit their place again.
    MakeFit { from: u64 },
}

fn flip(dice: &mut Dice) -> (Vec<Step>, Expected) {
    let record = dice.below(RECORDS);
    let column = ["at_ms", "record", "leaf", "once", "place"][dice.below(5) as usize];
    // Of a place only the bits above the log, so that no other record is in the way.
    let bit = if column == "place" { 9 + dice.below(30) } else { dice.below(4096) };
    let wrong = if column == "place" { Wrong::Missing } else { Wrong::Altered };
    (vec![Step::Flip { record, column, bit }], Expected { record, wrong })
}

fn delete(dice: &mut Dice) -> (Vec<Step>, Expected) {
    let record = dice.below(RECORDS - 1);
    let steps = vec![Step::Remove { from: record, to: record + 1 }];
    (steps, Expected { record, wrong: Wrong::Missing })
}

fn delete_and_close(dice: &mut Dice) -> (Vec<Step>, Expected) {
    let (mut steps, expected) = delete(dice);
    steps.push(Step::Shift { from: expected.record + 1, by: -1 });
    (steps, expected)
}

fn delete_and_rewrite(dice: &mut Dice) -> (Vec<Step>, Expected) {
    let (mut steps, expected) = delete_and_close(dice);
    steps.push(Step::MakeFit { from: expected.record });
    (steps, expected)
}

fn swap(dice: &mut Dice) -> (Vec<Step>, Expected) {
    let one = dice.below(RECORDS - 1);
    let other = one + 1 + dice.below(RECORDS - 1 - one);
    let steps = vec![
        Step::Move { record: one as i64, to: -7 },
        Step::Move { record: other as i64, to: one as i64 },
        Step::Move { record: -7, to: other as i64 },
    ];
    (steps, Expected { record: one, wrong: Wrong::Reordered })
}

fn swap_and_rewrite(dice: &mut Dice) -> (Vec<Step>, Expected) {
    let (mut steps, expected) = swap(dice);
    steps.push(Step::MakeFit { from: expected.record });
    (steps, expected)
}

fn insert(dice: &mut Dice) -> (Vec<Step>, Expected) {
    let record = dice.below(RECORDS - 1);
    let steps = vec![
        Step::Shift { from: record, by: 1 },
        Step::Put { record, number: 1_000_000 + dice.below(1_000_000) },
    ];
    (steps, Expected { record, wrong: Wrong::Inserted })
}

fn insert_and_rewrite(dice: &mut Dice) -> (Vec<Step>, Expected) {
    let (mut steps, expected) = insert(dice);
    steps.push(Step::MakeFit { from: expected.record });
    (steps, expected)
}

fn replace(dice: &mut Dice) -> (Vec<Step>, Expected) {
    let record = dice.below(RECORDS);
    let steps = vec![
        Step::Remove { from: record, to: record + 1 },
        Step::Put { record, number: 1_000_000 + dice.below(1_000_000) },
    ];
    (steps, Expected { record, wrong: Wrong::Altered })
}

fn truncate(dice: &mut Dice) -> (Vec<Step>, Expected) {
    let record = dice.below(RECORDS);
    (vec![Step::Remove { from: record, to: RECORDS }], Expected { record, wrong: Wrong::Truncated })
}

const KINDS: [Attack; 10] = [
    flip,
    delete,
    delete_and_close,
    delete_and_rewrite,
    swap,
    swap_and_rewrite,
    insert,
    insert_and_rewrite,
    replace,
    truncate,
];

/// Makes the log, and a copy of its rows to begin again from.
async fn attacked() -> Log {
    let log = Log::new().await;
    let mut from = 0;
    for to in CHECKPOINTS {
        log.grow(from..to).await;
        log.notary.checkpoint(&log.store).await.unwrap();
        from = to;
    }
    run(
        &log.db,
        &[
            "DROP TRIGGER audit_record_keeps",
            "DROP TRIGGER audit_record_stays",
            "DROP TRIGGER audit_record_follows",
            "CREATE TABLE pristine AS SELECT * FROM audit_record",
        ],
    )
    .await;
    log
}

async fn restore(log: &Log) {
    let tx = log.db.begin().await.unwrap();
    run(&tx, &["DELETE FROM audit_record", "INSERT INTO audit_record SELECT * FROM pristine"])
        .await;
    tx.commit().await.unwrap();
}

async fn sql(tx: &DatabaseTransaction, sql: &str, values: Vec<Value>) {
    let statement = Statement::from_sql_and_values(tx.get_database_backend(), sql, values);
    tx.execute_raw(statement).await.unwrap();
}

async fn attack(log: &Log, steps: &[Step]) {
    let tx = log.db.begin().await.unwrap();
    for step in steps {
        match step {
            Step::Flip { record, column, bit } => turn(&tx, *record, column, *bit).await,
            Step::Move { record, to } => {
                let values = vec![(*to).into(), (*record).into()];
                sql(&tx, "UPDATE audit_record SET place = ? WHERE place = ?", values).await;
            }
            Step::Remove { from, to } => {
                let values = vec![(*from as i64).into(), (*to as i64).into()];
                sql(&tx, "DELETE FROM audit_record WHERE place >= ? AND place < ?", values).await;
            }
            Step::Shift { from, by } => {
                // By way of places far below zero, where no record is.
                let values = vec![(*from as i64).into()];
                let away = "UPDATE audit_record SET place = place - 1000000 WHERE place >= ?";
                sql(&tx, away, values).await;
                let back = "UPDATE audit_record SET place = place + 1000000 + ? WHERE place < 0";
                sql(&tx, back, vec![(*by).into()]).await;
            }
            Step::Put { record, number } => {
                let event = event(*number);
                put(&tx, Record { index: *record, manner: Manner::Each, event }).await;
            }
            Step::MakeFit { from } => make_fit(&tx, *from).await,
        }
    }
    tx.commit().await.unwrap();
}

/// Flips a bit of a column; a column that is empty gets a value.
async fn turn(tx: &DatabaseTransaction, record: u64, column: &str, bit: u64) {
    let place = record as i64;
    let select = format!("SELECT {column} FROM audit_record WHERE place = {place}");
    let found = Statement::from_string(tx.get_database_backend(), select);
    let row = tx.query_one_raw(found).await.unwrap().unwrap();
    let turned: Value = if matches!(column, "at_ms" | "place") {
        let number: i64 = row.try_get_by_index(0).unwrap();
        (number ^ (1 << (bit % 63))).into()
    } else {
        let bytes: Option<Vec<u8>> = row.try_get_by_index(0).unwrap();
        let mut bytes = bytes.unwrap_or_else(|| vec![0; 32]);
        let at = bit / 8 % bytes.len() as u64;
        bytes[at as usize] ^= 1 << (bit % 8);
        bytes.into()
    };
    let update = format!("UPDATE audit_record SET {column} = ? WHERE place = ?");
    sql(tx, &update, vec![turned, place.into()]).await;
}

async fn put(tx: &DatabaseTransaction, record: Record) {
    let bytes = record.to_bytes();
    let once = match record.manner {
        Manner::Each => None,
        Manner::Once => Some(record.event.sameness().0.to_vec()),
    };
    let leaf = leaf_hash(&bytes).0.to_vec();
    let mut values: Vec<Value> = vec![(record.index as i64).into(), record.event.at_ms.into()];
    values.extend([bytes.into(), leaf.into(), once.into()]);
    let replace = "INSERT OR REPLACE INTO audit_record (place, at_ms, record, leaf, once) \
                   VALUES (?, ?, ?, ?, ?)";
    sql(tx, replace, values).await;
}

/// All records as they stand.
async fn records(tx: &impl ConnectionTrait) -> Vec<Record> {
    let select = "SELECT record FROM audit_record ORDER BY place";
    let select = Statement::from_string(tx.get_database_backend(), select);
    let rows = tx.query_all_raw(select).await.unwrap();
    let parse = |row: &sea_orm::QueryResult| {
        let bytes: Vec<u8> = row.try_get_by_index(0).unwrap();
        Record::parse(&bytes).unwrap()
    };
    rows.iter().map(parse).collect()
}

async fn make_fit(tx: &DatabaseTransaction, from: u64) {
    for (index, record) in (0..).zip(records(tx).await) {
        if index >= from {
            put(tx, Record { index, ..record }).await;
        }
    }
}

async fn judge(log: &Log, checkpoints: &[PathBuf], key: &PublicKey) -> Verdict {
    let mut evidence = Evidence::default();
    for file in checkpoints {
        evidence.take(file, key);
    }
    verify(&log.store, evidence).await.unwrap()
}

#[tokio::test]
async fn every_attack_is_found_and_the_first_bad_record_is_named() {
    let log = attacked().await;
    let key = log.public_key();
    let elsewhere = [log.elsewhere()];
    let good = judge(&log, &elsewhere, &key).await;
    assert!(good.is_good(), "{good:?}");
    assert_eq!((good.records, good.anchored, good.checkpoints), (RECORDS, RECORDS, 3));
    for seed in 0..ATTACKS {
        let (steps, expected) = KINDS[(seed % KINDS.len() as u64) as usize](&mut Dice(seed));
        attack(&log, &steps).await;
        let verdict = judge(&log, &elsewhere, &key).await;
        let found = verdict.first_bad.clone();
        let found = found.map(|f| (Expected { record: f.record, wrong: f.wrong }, f.up_to));
        assert_eq!(found, Some((expected, expected_end(expected))), "attack {seed}: {steps:?}");
        restore(&log).await;
    }
    assert!(judge(&log, &elsewhere, &key).await.is_good());
}

/// A truncated log lacks everything up to the last checkpoint; else one record is named.
fn expected_end(expected: Expected) -> u64 {
    if expected.wrong == Wrong::Truncated { RECORDS - 1 } else { expected.record }
}

#[tokio::test]
async fn checkpoints_alone_find_every_attack_and_name_a_stretch_with_the_bad_record() {
    let log = attacked().await;
    let key = log.public_key();
    // Only the signed notes were kept elsewhere, not the hashes beside them.
    let notes = log.folder.path().join("notes-only");
    std::fs::copy(log.elsewhere(), &notes).unwrap();
    for seed in 0..ATTACKS / 5 {
        let (steps, expected) = KINDS[(seed % KINDS.len() as u64) as usize](&mut Dice(seed));
        attack(&log, &steps).await;
        let verdict = judge(&log, std::slice::from_ref(&notes), &key).await;
        let found = verdict.first_bad.unwrap();
        let stretch = found.record..=found.up_to;
        assert!(stretch.contains(&expected.record), "attack {seed}: {steps:?} gave {found:?}");
        restore(&log).await;
    }
}

#[tokio::test]
async fn a_log_rewritten_under_a_new_key_is_found_at_the_record_that_was_changed() {
    let log = attacked().await;
    let key = log.public_key();
    for seed in 0..100 {
        let record = Dice(seed).below(RECORDS);
        attack(&log, &[Step::Put { record, number: 5_000_000 + seed }]).await;
        // The attacker makes a key of their own and signs the new log, where the machine keeps its
        // checkpoints.
        let folder = log.folder.path().join(format!("attacker-{seed}"));
        let forged = AuditKey::make(&folder).unwrap();
        let leaves: Vec<Digest> =
            records(&log.db).await.iter().map(|r| leaf_hash(&r.to_bytes())).collect();
        let head = TreeHead { size: leaves.len() as u64, root: tree(&leaves).root() };
        std::fs::write(log.own_checkpoints(), forged.sign(head).to_string()).unwrap();
        let verdict = judge(&log, &[log.own_checkpoints(), log.elsewhere()], &key).await;
        let found = verdict.first_bad.clone().unwrap();
        assert_eq!((found.record, found.wrong), (record, Wrong::Altered), "seed {seed}");
        assert!(verdict.complaints.iter().any(|c| c.contains("another key")), "{verdict:?}");
        // Believing the attacker's key, the log looks whole: only the auditor's copy tells.
        let fooled = judge(&log, &[log.own_checkpoints()], forged.public()).await;
        assert_eq!(fooled.first_bad, None, "seed {seed}");
        restore(&log).await;
    }
}

#[tokio::test]
async fn a_damaged_file_of_checkpoints_is_told_of_and_never_believed() {
    let log = attacked().await;
    let key = log.public_key();
    let text = std::fs::read(log.elsewhere()).unwrap();
    let damaged = log.folder.path().join("damaged");
    for seed in 0..200 {
        let mut dice = Dice(seed);
        let mut bytes = text.clone();
        let at = dice.below(bytes.len() as u64) as usize;
        bytes[at] ^= 1 << dice.below(8);
        std::fs::write(&damaged, &bytes).unwrap();
        let verdict = judge(&log, &[damaged.clone(), log.elsewhere()], &key).await;
        assert!(verdict.first_bad.is_none(), "seed {seed}: {verdict:?}");
        assert_eq!(verdict.anchored, RECORDS);
        // Only an empty line more or less leaves the signed text as it was.
        assert!(!verdict.complaints.is_empty() || text[at] == b'\n', "seed {seed}, byte {at}");
    }
}
