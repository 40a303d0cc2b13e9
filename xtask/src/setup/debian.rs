//! Debian packages with the foreign tools that judge what we write.

use crate::failure::{Ended, Failure};
use crate::program::{Program, find};
use crate::progress::step;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// A package and a program, or a file, by which it is recognised, where that is quicker than asking dpkg.
const PACKAGES: [(&str, &str); 11] = [
    ("dcmtk", "storescu"),
    ("dicom3tools", "dciodvfy"),
    ("orthanc", "Orthanc"),
    ("orthanc-dicomweb", "/usr/share/orthanc/plugins/libOrthancDicomWeb.so"),
    ("poppler-utils", "pdfsig"),
    ("libgdcm-tools", "gdcmconv"),
    ("qpdf", "qpdf"),
    ("strace", "strace"),
    ("openssl", "openssl"),
    ("softhsm2", "softhsm2-util"),
    ("chromium", "chromium"),
];

/// The script that Debian asks before it starts a service on installation (invoke-rc.d(8)).
const POLICY: &str = "/usr/sbin/policy-rc.d";

/// Installs what is missing, where apt and root are there; else prints the line to run.
pub fn install() -> Ended {
    let missing: Vec<&str> = PACKAGES
        .iter()
        .filter(|(_, program)| find(program).is_none())
        .map(|(package, _)| *package)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let line = format!("apt-get install --no-install-recommends {}", missing.join(" "));
    let is_root = Program::new("id").args(["-u"]).answer().is_ok_and(|id| id.trim() == "0");
    if !is_root || find("apt-get").is_none() {
        eprintln!("    some tests need programs that are missing; run as root:\n    {line}");
        return Ok(());
    }
    step(&format!("installing {}", missing.join(" ")), || {
        let policy = Policy::no_service_starts()?;
        let apt = || Program::new("apt-get").env("DEBIAN_FRONTEND", "noninteractive");
        apt().args(["update", "-qq"]).answer()?;
        let install = ["install", "-y", "-qq", "--no-install-recommends"];
        apt().args(install).args(&missing).answer()?;
        drop(policy);
        Ok(())
    })
}

/// Keeps services from starting when their package is installed.
struct Policy;

impl Policy {
    /// Nothing when the machine has a policy of its own.
    fn no_service_starts() -> Ended<Option<Self>> {
        let path = Path::new(POLICY);
        if path.exists() {
            return Ok(None);
        }
        // Exit code 101: the action is forbidden by policy.
        fs::write(path, "#!/bin/sh\nexit 101\n").map_err(Failure::at(path))?;
        let policy = Self;
        let executable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(path, executable).map_err(Failure::at(path))?;
        Ok(Some(policy))
    }
}

impl Drop for Policy {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(POLICY) {
            eprintln!("    {POLICY} could not be removed again: {error}");
        }
    }
}
