//! Orthanc with its DICOMweb plug-in, and small objects for it.

use super::foreign;
use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Where Debian puts the plug-in.
const PLUGIN: &str = "/usr/share/orthanc/plugins/libOrthancDicomWeb.so";

/// Time that it may take to start, on a busy machine.
const START_MAX: Duration = Duration::from_mins(1);

/// A running Orthanc; it ends with this value.
pub struct Orthanc {
    child: Child,
    /// The address of its DICOMweb service.
    pub base: String,
    _folder: tempfile::TempDir,
}

impl Orthanc {
    /// Starts one, where it is installed.
    pub fn start() -> Option<Self> {
        let program = foreign::required(foreign::program("Orthanc"), "Orthanc")?;
        let plugin = Some(PathBuf::from(PLUGIN)).filter(|path| path.exists());
        let plugin = foreign::required(plugin, "the DICOMweb plug-in of Orthanc")?;
        let folder = tempfile::tempdir().unwrap();
        let port = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let (http, dicom) = (port(), port());
        let settings = serde_json::json!({
            "Name": "Peer", "StorageDirectory": folder.path(), "IndexDirectory": folder.path(),
            "HttpPort": http, "DicomPort": dicom, "DicomAet": "ORTHANC",
            "RemoteAccessAllowed": false, "AuthenticationEnabled": true,
            "RegisteredUsers": { "node": "secret" },
            "Plugins": [plugin], "DicomWeb": { "Enable": true, "Root": "/dicom-web/" },
        });
        let file = folder.path().join("orthanc.json");
        fs::write(&file, settings.to_string()).unwrap();
        let log = fs::File::create(folder.path().join("log")).unwrap();
        let child = Command::new(program)
            .arg(&file)
            .env("TCP_NODELAY", "1")
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let base = format!("http://127.0.0.1:{http}/dicom-web");
        let mut orthanc = Self { child, base, _folder: folder };
        orthanc.wait(http);
        Some(orthanc)
    }

    fn wait(&mut self, http: u16) {
        let began = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", http)).is_err() {
            let is_over = self.child.try_wait().unwrap().is_some() || began.elapsed() > START_MAX;
            assert!(!is_over, "Orthanc did not start");
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Orthanc {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A small object as a file: Secondary Capture without an image, Explicit VR Little Endian.
pub fn object(study: &str, series: &str, instance: &str, number: u32) -> Vec<u8> {
    let class = "1.2.840.10008.5.1.4.1.1.7";
    let mut meta = Vec::new();
    element(&mut meta, (0x0002, 0x0001), "OB", b"\0\x01");
    element(&mut meta, (0x0002, 0x0002), "UI", class.as_bytes());
    element(&mut meta, (0x0002, 0x0003), "UI", instance.as_bytes());
    element(&mut meta, (0x0002, 0x0010), "UI", b"1.2.840.10008.1.2.1");
    element(&mut meta, (0x0002, 0x0012), "UI", b"2.25.1");
    let mut file = vec![0; 128];
    file.extend_from_slice(b"DICM");
    element(&mut file, (0x0002, 0x0000), "UL", &(meta.len() as u32).to_le_bytes());
    file.extend_from_slice(&meta);
    let number = number.to_string();
    for (tag, vr, value) in [
        ((0x0008, 0x0005), "CS", "ISO_IR 192"),
        ((0x0008, 0x0016), "UI", class),
        ((0x0008, 0x0018), "UI", instance),
        ((0x0008, 0x0020), "DA", "20261125"),
        ((0x0008, 0x0060), "CS", "OT"),
        ((0x0010, 0x0010), "PN", "Phantom^Müller"),
        ((0x0010, 0x0020), "LO", "PHANTOM-1"),
        ((0x0020, 0x000D), "UI", study),
        ((0x0020, 0x000E), "UI", series),
        ((0x0020, 0x0013), "IS", number.as_str()),
    ] {
        element(&mut file, tag, vr, value.as_bytes());
    }
    file
}

fn element(out: &mut Vec<u8>, (group, number): (u16, u16), vr: &str, value: &[u8]) {
    out.extend_from_slice(&group.to_le_bytes());
    out.extend_from_slice(&number.to_le_bytes());
    out.extend_from_slice(vr.as_bytes());
    let length = value.len() + value.len() % 2;
    if vr == "OB" {
        out.extend_from_slice(&[0, 0]);
        out.extend_from_slice(&(length as u32).to_le_bytes());
    } else {
        out.extend_from_slice(&(length as u16).to_le_bytes());
    }
    out.extend_from_slice(value);
    if value.len() % 2 == 1 {
        out.push(if vr == "UI" { 0 } else { b' ' });
    }
}
