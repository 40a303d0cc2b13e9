//! Other people's archives, filled with small studies: Orthanc and dcmqrscp.

use super::{program, python, required, run_well, script};
use serde_json::{Value, json};
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Where Debian puts the plug-in.
const PLUGIN: &str = "/usr/share/orthanc/plugins/libOrthancDicomWeb.so";

/// Time that an archive may take to start, on a busy machine.
const START_MAX: Duration = Duration::from_mins(1);

/// Whether an archive gives by C-GET.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gives {
    ByGet,
    ByMoveOnly,
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// An archive that runs; it ends with this value.
pub struct Archive {
    child: Child,
    pub title: &'static str,
    pub dicom: u16,
    pub http: u16,
}

impl Archive {
    /// Orthanc with both doors, knowing a node at a port.
    pub fn orthanc(folder: &Path, node: u16) -> Option<Self> {
        let orthanc = program("Orthanc")?;
        let plugin = Some(PathBuf::from(PLUGIN)).filter(|path| path.exists());
        let plugin = required(plugin, "the DICOMweb plug-in of Orthanc")?;
        let folder = folder.join("orthanc");
        fs::create_dir_all(&folder).unwrap();
        let [http, dicom] = [free_port(), free_port()];
        let settings = json!({
            "Name": "Peer", "StorageDirectory": folder, "IndexDirectory": folder,
            "HttpPort": http, "DicomPort": dicom, "DicomAet": "ORTHANC",
            "RemoteAccessAllowed": false, "AuthenticationEnabled": false,
            "DicomAlwaysAllowFind": true, "DicomAlwaysAllowGet": true,
            "DicomModalities": { "node": ["INTERVAL", "127.0.0.1", node] },
            "Plugins": [plugin], "DicomWeb": { "Enable": true, "Root": "/dicom-web/" },
        });
        let file = folder.join("orthanc.json");
        fs::write(&file, settings.to_string()).unwrap();
        let child = Command::new(orthanc)
            .arg(&file)
            .env("TCP_NODELAY", "1")
            .current_dir(&folder)
            .stdout(Stdio::null())
            .stderr(fs::File::create(folder.join("log")).unwrap())
            .spawn()
            .unwrap();
        let archive = Self { child, title: "ORTHANC", dicom, http };
        Some(archive.ready(&[dicom, http]))
    }

    /// dcmqrscp, knowing a node at a port.
    pub fn dcmqrscp(folder: &Path, node: u16, gives: Gives) -> Option<Self> {
        let dcmqrscp = program("dcmqrscp")?;
        let folder = folder.join("dcmqrscp");
        fs::create_dir_all(folder.join("store")).unwrap();
        let dicom = free_port();
        let store = folder.join("store");
        let text = format!(
            "NetworkTCPPort = {dicom}\nMaxPDUSize = 16384\nMaxAssociations = 16\n\
             HostTable BEGIN\nnode = (INTERVAL, 127.0.0.1, {node})\nHostTable END\n\
             VendorTable BEGIN\nVendorTable END\n\
             AETable BEGIN\nDCMQRSCP {} RW (500, 1024mb) ANY\nAETable END\n",
            store.display()
        );
        let file = folder.join("dcmqrscp.cfg");
        fs::write(&file, text).unwrap();
        let mut command = Command::new(dcmqrscp);
        if gives == Gives::ByMoveOnly {
            command.arg("--disable-get");
        }
        let child = command
            .arg("-c")
            .arg(&file)
            .env("TCP_NODELAY", "1")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let archive = Self { child, title: "DCMQRSCP", dicom, http: 0 };
        Some(archive.ready(&[dicom]))
    }

    fn ready(mut self, ports: &[u16]) -> Self {
        let began = Instant::now();
        for port in ports {
            while TcpStream::connect(("127.0.0.1", *port)).is_err() {
                let is_over = self.child.try_wait().unwrap().is_some();
                assert!(!is_over && began.elapsed() < START_MAX, "{} did not start", self.title);
                thread::sleep(Duration::from_millis(50));
            }
        }
        self
    }

    /// Stores files.
    pub fn take(&self, files: &Path) {
        let storescu = program("storescu").unwrap();
        let port = self.dicom.to_string();
        let to = ["-aec", self.title, "+sd", "-R", "-xe", "127.0.0.1", port.as_str()];
        run_well(Command::new(storescu).args(to).arg(files));
    }
}

impl Drop for Archive {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Writes the files of studies into a folder.
pub fn written(folder: &Path, studies: &[Value]) -> Option<PathBuf> {
    let python = python()?;
    fs::create_dir_all(folder).unwrap();
    let spec = folder.join("spec.json");
    fs::write(&spec, Value::from(studies).to_string()).unwrap();
    let files = folder.join("files");
    run_well(Command::new(python).arg(script("pacs.py")).arg(&files).arg(&spec));
    Some(files)
}
