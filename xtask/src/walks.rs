//! What people do with the screens, done in a browser: a clinic in small with the demo patient, and
//! one walk after another through its web door.

use crate::demo::{follow, phantom};
use crate::failure::{Ended, Failure};
use crate::program::{Program, find};
use crate::progress::step;
use crate::scene::{Clinic, Pacs, Room, free_port};
use crate::setup::Installed;
use crate::suites::{Count, run};
use crate::workspace::{Profile, interval, root};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};

/// Which phantom is brought by hand: nobody whom the node knows.
const STRANGER: &str = "11";

/// How much is asked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// What people do.
    Short,
    /// The looks of every screen, times and memory too.
    Long,
}

/// Timepoints of the patient.
const TIMEPOINTS: usize = 3;

/// Walks through every screen; gives what was counted and whether it went well. Screenshots stay in
/// a folder, if one is given.
pub fn walks(installed: &Installed, pictures: Option<&Path>, form: Form) -> Ended<(Count, bool)> {
    let chromium = find("chromium").ok_or_else(|| Failure::new("chromium is not installed"))?;
    let built = step("building interval", || interval(Profile::Dev))?;
    let mut clinic = Clinic::open(installed, &built, Room::temporary("walks")?)?;
    let truth = phantom(&clinic.program, &clinic.room, TIMEPOINTS)?;
    let patient = clinic.room.path("phantom");
    let studies = step("sending the studies", || clinic.send(&truth, &patient))?;
    step("following the jobs", || follow(&mut clinic.node, studies))?;
    clinic.open_door()?;
    let archive = match &clinic.pacs {
        Pacs::Orthanc(orthanc) => orthanc.http(),
        Pacs::Node(_) => return Err(Failure::new("Orthanc is not installed")),
    };
    let upload = upload(&clinic)?;
    let pictures = pictures.map_or_else(|| clinic.room.path("pictures"), Path::to_owned);
    fs::create_dir_all(&pictures).map_err(Failure::at(&pictures))?;
    let scene = json!({
        "base": format!("http://127.0.0.1:{}", clinic.provider.web()),
        "archive": format!("http://127.0.0.1:{archive}"),
        "issuer": clinic.provider.person("").trim_end_matches('#'),
        "patients": clinic.node.patients()?, "studies": clinic.node.studies()?,
        "upload": upload[0], "other": upload[1], "pictures": pictures, "chromium": chromium,
        "python": installed.python,
        "ports": [free_port().map_err(Failure::new)?, free_port().map_err(Failure::new)?],
    });
    let file = clinic.room.path("scene.json");
    fs::write(&file, scene.to_string()).map_err(Failure::at(&file))?;
    // The walks stand in the checkout, their modules in the cache.
    let walks = installed.viewer.join("walks");
    let script = walks.join("run.mjs");
    if !script.is_file() {
        return Err(Failure::new(format!("there are no walks in {}", root().display())));
    }
    let long = if form == Form::Long { "1" } else { "" };
    run(Program::new("node").args([&script, &file]).folder(&walks).env("INTERVAL_PROVE", long))
}

/// What somebody brings by hand: the images of another patient in one archive, and a file that is
/// no image.
fn upload(clinic: &Clinic) -> Ended<[PathBuf; 2]> {
    let [folder, archive, other] =
        ["stranger", "stranger.zip", "notes.txt"].map(|name| clinic.room.path(name));
    let render = ["phantom", "--timepoints", "1", "--seed", STRANGER, "--out"];
    Program::new(&clinic.program).args(render).args([&folder]).answer()?;
    let pack = ["-m", "zipfile", "-c"];
    Program::new("python3").args(pack).args([&archive, &folder]).answer()?;
    fs::write(&other, "no image").map_err(Failure::at(&other))?;
    Ok([archive, other])
}
