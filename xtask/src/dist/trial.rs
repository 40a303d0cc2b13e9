//! The archive, unpacked where there is no network, has to pass its own self-test.

use crate::failure::{Ended, Failure};
use crate::program::{Program, find};
use crate::progress::step;
use crate::scene::Room;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Runs the arguments in a network of its own that has a loopback and nothing else.
const ALONE: &str =
    "ip link set lo up 2>/dev/null || ifconfig lo up 2>/dev/null || true\nexec \"$@\"";

/// Unpacks the archive and runs the self-test without a network.
pub fn run(archive: &Path, name: &str) -> Ended {
    let room = Room::temporary("dist")?;
    let (place, report) = (room.path("here"), room.path("selftest.json"));
    fs::create_dir_all(&place).map_err(Failure::at(&place))?;
    let unpack = Program::new("tar").args(["--extract", "--gzip", "--file"]);
    unpack.args([archive.as_os_str(), "--directory".as_ref(), place.as_os_str()]).answer()?;
    let unpacked = place.join(name);
    let alone = ["--map-root-user", "--net"];
    if find("unshare").is_none() || !Program::new("unshare").args(alone).args(["true"]).succeeds() {
        eprintln!("    not tried without a network: this machine does not allow 'unshare -rn'");
        return Ok(());
    }
    step("self-test from the archive, without a network", || {
        Program::new("unshare")
            .args(alone)
            .args(["sh", "-c", ALONE, "alone"])
            .args([unpacked.join("interval")])
            .args(["selftest", "--timepoints", "2", "--data"])
            .args([unpacked.as_os_str(), "--json".as_ref(), report.as_os_str()])
            .folder(&unpacked)
            .run()
    })?;
    let text = fs::read_to_string(&report).map_err(Failure::at(&report))?;
    let report: Value = serde_json::from_str(&text).map_err(Failure::new)?;
    let worst = &report["volume_error_percent_max"];
    println!("runs without a network; largest error of a volume: {worst} %");
    Ok(())
}
