//! The archive, unpacked where there is no network, has to run the demo: studies in, results home.

use crate::failure::{Ended, Failure};
use crate::program::{Program, find};
use crate::progress::step;
use crate::scene::Room;
use std::fs;
use std::path::Path;

/// Runs the arguments in a network of its own that has a loopback and nothing else.
const ALONE: &str =
    "ip link set lo up 2>/dev/null || ifconfig lo up 2>/dev/null || true\nexec \"$@\"";

/// Unpacks the archive and runs the demo out of it without a network.
pub fn run(archive: &Path, name: &str) -> Ended {
    let room = Room::temporary("dist")?;
    let place = room.path("here");
    fs::create_dir_all(&place).map_err(Failure::at(&place))?;
    let unpack = Program::new("tar").args(["--extract", "--gzip", "--file"]);
    unpack.args([archive.as_os_str(), "--directory".as_ref(), place.as_os_str()]).answer()?;
    let unpacked = place.join(name);
    let alone = ["--map-root-user", "--net"];
    if find("unshare").is_none() || !Program::new("unshare").args(alone).args(["true"]).succeeds() {
        eprintln!("    not tried without a network: this machine does not allow 'unshare -rn'");
        return Ok(());
    }
    let here = std::env::current_exe().map_err(Failure::new)?;
    step("the demo from the archive, without a network", || {
        Program::new("unshare")
            .args(alone)
            .args(["sh", "-c", ALONE, "alone"])
            .args([here.as_os_str()])
            .args(["demo", "--once", "--archive"])
            .args([unpacked.as_os_str()])
            .run()
    })
}
