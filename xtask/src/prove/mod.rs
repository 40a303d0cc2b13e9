//! `cargo xtask prove`: what takes too long for every day.

mod arrivals;
mod cost;
mod crash;
mod fuzz;
mod jobs;
mod pair;
mod parity;
mod priors;
mod scenario;

use crate::failure::{Ended, Failure};
use crate::progress::step;
use serde_json::{Value, json};

/// A proof: what it is called, what it shows, and how.
struct Proof {
    name: &'static str,
    sentence: &'static str,
    /// Gives the figures; their field `ok` says whether the sentence holds.
    run: fn() -> Ended<Value>,
}

const PROOFS: [Proof; 8] = [
    Proof {
        name: "parity",
        sentence: "stored networks give the voxels of their reference implementations",
        run: parity::run,
    },
    Proof {
        name: "crash",
        sentence: "nothing that was acknowledged is lost or doubled over 200 kills during ingest",
        run: crash::run,
    },
    Proof {
        name: "arrivals",
        sentence: "of 200 studies that arrive in every manner none starts before it is complete",
        run: arrivals::run,
    },
    Proof {
        name: "fuzz",
        sentence: "no PDU, command, JSON or multipart body that is almost right stops us",
        run: fuzz::run,
    },
    Proof {
        name: "jobs",
        sentence: "killed in every stage, each job completes once and the PACS has one of each",
        run: jobs::run,
    },
    Proof {
        name: "pair",
        sentence: "a real pair goes by storescu to the node and home to the same studies in Orthanc",
        run: pair::run,
    },
    Proof {
        name: "priors",
        sentence: "of 50 patients in a PACS all earlier studies are fetched, and nobody else's",
        run: priors::run,
    },
    Proof {
        name: "cost",
        sentence: "two timepoints of full size cost at most 120 CPU seconds beside inference",
        run: cost::run,
    },
];

/// Runs one proof, or all; each prints one line of JSON.
pub fn prove(only: Option<&str>) -> Ended {
    let wanted: Vec<&Proof> =
        PROOFS.iter().filter(|proof| only.is_none_or(|name| name == proof.name)).collect();
    if wanted.is_empty() {
        let names = PROOFS.map(|proof| proof.name).join(", ");
        return Err(Failure::new(format!("there is no such proof; there are {names}")));
    }
    report(&wanted)
}

/// Fuzzing for so many minutes a target.
pub fn fuzz_for(minutes: &str) -> Ended {
    conclude("fuzz", &fuzz::run_for(60 * number(minutes)?)?)
}

/// The crash proof with so many kills.
pub fn crash_for(kills: &str) -> Ended {
    let kills = usize::try_from(number(kills)?).map_err(Failure::new)?;
    conclude("crash", &crash::run_for(kills)?)
}

fn number(text: &str) -> Ended<u64> {
    text.parse().map_err(|_| Failure::new(format!("'{text}' is no number")))
}

fn conclude(name: &str, figures: &Value) -> Ended {
    println!("{}", json!({ "proof": name, "figures": figures }));
    if figures["ok"] == true { Ok(()) } else { Err(Failure::new(format!("not proven: {name}"))) }
}

fn report(wanted: &[&Proof]) -> Ended {
    let mut unproven = Vec::new();
    for proof in wanted {
        let words = format!("{}: {}", proof.name, proof.sentence);
        let figures = match step(&words, proof.run) {
            Ok(figures) => figures,
            Err(failure) => json!({ "ok": false, "failure": failure.to_string() }),
        };
        if figures["ok"] != true {
            unproven.push(proof.name);
        }
        println!("{}", json!({ "proof": proof.name, "figures": figures }));
    }
    if unproven.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!("not proven: {}", unproven.join(", "))))
}
