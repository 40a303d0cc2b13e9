//! Writes a sealed report for each of the made-up cases, to be looked at:
//! `cargo run -p interval-report --example gallery -- FOLDER`.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a tool for developers")]

#[path = "../tests/cases/mod.rs"]
mod cases;

use interval_report::pdf;
use interval_report::sign::{self, Seal, rand_core::OsRng};
use std::path::PathBuf;

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).expect("a folder to write to"));
    std::fs::create_dir_all(&folder).unwrap();
    let seal = Seal::generate("Interval gallery", cases::AUTHORED, &mut OsRng).unwrap();
    std::fs::write(folder.join("certificate.pem"), seal.to_pem().unwrap().certificate).unwrap();
    for case in cases::all() {
        let plain = pdf::compose(&case.findings()).unwrap();
        let sealed = sign::sign(&plain, &seal, cases::AUTHORED).unwrap();
        let path = folder.join(format!("{}.pdf", case.name));
        std::fs::write(&path, &sealed).unwrap();
        println!("{} ({} bytes)", path.display(), sealed.len());
    }
}
