//! What people do with the screens, done in a browser: a clinic in small with the demo patient, and
//! one walk after another through its web door.

use crate::demo::{follow, phantom};
use crate::failure::{Ended, Failure};
use crate::program::{Program, find};
use crate::progress::step;
use crate::scene::{Clinic, Pacs, Room};
use crate::setup::Installed;
use crate::suites::{Count, run};
use crate::workspace::{Profile, interval, root};
use serde_json::json;
use std::fs;
use std::path::Path;

/// Timepoints of the patient.
const TIMEPOINTS: usize = 2;

/// Walks through every screen; gives what was counted and whether it went well. Screenshots stay in
/// a folder, if one is given.
pub fn walks(installed: &Installed, pictures: Option<&Path>) -> Ended<(Count, bool)> {
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
    let pictures = pictures.map_or_else(|| clinic.room.path("pictures"), Path::to_owned);
    fs::create_dir_all(&pictures).map_err(Failure::at(&pictures))?;
    let scene = json!({
        "base": format!("http://127.0.0.1:{}", clinic.provider.web()),
        "archive": format!("http://127.0.0.1:{archive}"),
        "issuer": clinic.provider.person("").trim_end_matches('#'),
        "patients": clinic.node.patients()?, "studies": clinic.node.studies()?,
        "phantom": patient, "pictures": pictures, "chromium": chromium,
        "program": clinic.program, "data": clinic.node.data(),
    });
    let file = clinic.room.path("scene.json");
    fs::write(&file, scene.to_string()).map_err(Failure::at(&file))?;
    // The walks stand in the checkout, their modules in the cache.
    let walks = installed.viewer.join("walks");
    let script = walks.join("run.mjs");
    if !script.is_file() {
        return Err(Failure::new(format!("there are no walks in {}", root().display())));
    }
    run(Program::new("node").args([&script, &file]).folder(&walks))
}
