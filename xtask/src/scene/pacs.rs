//! The archive that results go to: Orthanc where it is installed, else a second node.

use super::http::{self, json};
use super::memory::cpu_s;
use super::node::{Node, Role, TITLE};
use super::{Room, free_port};
use crate::failure::{Ended, Failure};
use crate::program::{Program, Running, find};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// Time that Orthanc may take to start.
const START_LIMIT: Duration = Duration::from_mins(1);

/// How often is asked whether it has.
const GLANCE: Duration = Duration::from_millis(100);

/// An archive that runs.
pub enum Pacs {
    /// Somebody else's.
    Orthanc(Orthanc),
    /// One of ours that only keeps.
    Node(Node),
}

/// Orthanc with its two doors.
pub struct Orthanc {
    http: u16,
    dicom: u16,
    running: Running,
}

impl Pacs {
    /// Starts an archive.
    pub fn start(program: &Path, room: &Room) -> Ended<Self> {
        match find("Orthanc") {
            Some(orthanc) => Orthanc::start(&orthanc, room).map(Self::Orthanc),
            None => Node::start(program, &Role::Archive, room, "pacs").map(Self::Node),
        }
    }

    /// Starts Orthanc, which has to be installed.
    pub fn orthanc(room: &Room) -> Ended<Self> {
        let orthanc = find("Orthanc")
            .ok_or_else(|| Failure::new("Orthanc is not installed: apt-get install orthanc"))?;
        Orthanc::start(&orthanc, room).map(Self::Orthanc)
    }

    /// Host and port of DIMSE.
    pub fn address(&self) -> String {
        match self {
            Self::Orthanc(orthanc) => format!("127.0.0.1:{}", orthanc.dicom),
            Self::Node(node) => node.address().to_owned(),
        }
    }

    /// Its application entity title.
    pub fn title(&self) -> &'static str {
        match self {
            Self::Orthanc(_) => "ORTHANC",
            Self::Node(_) => TITLE,
        }
    }

    /// Where a person can look.
    pub fn place(&self) -> String {
        match self {
            Self::Orthanc(orthanc) => {
                format!("http://127.0.0.1:{}/app/explorer.html", orthanc.http)
            }
            Self::Node(node) => format!("interval study list --data {}", node.data().display()),
        }
    }

    /// Instances that it holds, by modality, as it tells them itself; an encapsulated PDF has the
    /// modality DOC (PS3.3 C.24.1) and is called PDF here.
    pub fn holdings(&self) -> Ended<BTreeMap<String, u64>> {
        let mut holdings = match self {
            Self::Orthanc(orthanc) => orthanc.holdings(None)?,
            Self::Node(node) => node.holdings()?,
        };
        if let Some(documents) = holdings.remove("DOC") {
            holdings.insert("PDF".into(), documents);
        }
        Ok(holdings)
    }
}

impl Orthanc {
    /// Its port for DIMSE.
    pub fn dicom(&self) -> u16 {
        self.dicom
    }

    /// Its port for HTTP.
    pub fn http(&self) -> u16 {
        self.http
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.running.id()
    }

    /// Anonymises every study that it holds; the CPU seconds that it took.
    pub fn anonymise(&self) -> Ended<f64> {
        let spent = || cpu_s(self.running.id()).unwrap_or(0.);
        let before = spent();
        for study in self.list("/studies")? {
            let id = study.as_str().unwrap_or_default();
            let kept = serde_json::json!({ "Synchronous": true });
            http::post(self.http, &format!("/studies/{id}/anonymize"), &kept)?;
        }
        Ok(spent() - before)
    }

    fn start(program: &Path, room: &Room) -> Ended<Self> {
        Self::start_with(program, room, "orthanc", json!({ "Name": "Demo PACS" }))
    }

    /// Starts one of several, with further settings of its own.
    pub fn named(room: &Room, name: &str, settings: Value) -> Ended<Self> {
        let orthanc = find("Orthanc")
            .ok_or_else(|| Failure::new("Orthanc is not installed: apt-get install orthanc"))?;
        Self::start_with(&orthanc, room, name, settings)
    }

    fn start_with(program: &Path, room: &Room, name: &str, further: Value) -> Ended<Self> {
        let [http, dicom] = [free_port(), free_port()];
        let (http, dicom) = (http.map_err(Failure::new)?, dicom.map_err(Failure::new)?);
        let storage = room.path(name);
        fs::create_dir_all(&storage).map_err(Failure::at(&storage))?;
        let mut settings = json!({
            "StorageDirectory": storage, "IndexDirectory": storage,
            "HttpPort": http, "DicomPort": dicom, "DicomAet": "ORTHANC",
            "RemoteAccessAllowed": false, "AuthenticationEnabled": false,
            "Plugins": [], "DicomAlwaysAllowFind": true, "DicomAlwaysAllowGet": true,
        });
        if let (Some(all), Value::Object(further)) = (settings.as_object_mut(), further) {
            all.extend(further);
        }
        let file = room.path(&format!("{name}.json"));
        fs::write(&file, settings.to_string()).map_err(Failure::at(&file))?;
        let running = Program::new(program)
            .args([&file])
            // Its DICOM library holds back small packets unless told not to.
            .env("TCP_NODELAY", "1")
            .folder(&storage)
            .start(&room.path(&format!("{name}.log")))?;
        let mut orthanc = Self { http, dicom, running };
        orthanc.wait()?;
        Ok(orthanc)
    }

    fn wait(&mut self) -> Ended {
        let start = Instant::now();
        while start.elapsed() < START_LIMIT && self.running.is_alive() {
            if json(self.http, "/system").is_ok() {
                return Ok(());
            }
            thread::sleep(GLANCE);
        }
        Err(Failure::new(format!("Orthanc did not start:\n  {}", self.running.tail())))
    }

    /// Instances by modality, of one study or of all.
    pub fn holdings(&self, study: Option<&str>) -> Ended<BTreeMap<String, u64>> {
        let mut holdings = BTreeMap::new();
        for one in self.list("/studies?expand")? {
            let uid = one["MainDicomTags"]["StudyInstanceUID"].as_str();
            if study.is_some_and(|wanted| uid != Some(wanted)) {
                continue;
            }
            let id = one["ID"].as_str().unwrap_or_default();
            for series in self.list(&format!("/studies/{id}/series"))? {
                let modality = series["MainDicomTags"]["Modality"].as_str().unwrap_or("?");
                let count = series["Instances"].as_array().map_or(0, Vec::len) as u64;
                *holdings.entry(modality.to_owned()).or_default() += count;
            }
        }
        Ok(holdings)
    }

    fn list(&self, path: &str) -> Ended<Vec<Value>> {
        match json(self.http, path)? {
            Value::Array(list) => Ok(list),
            other => Err(Failure::new(format!("{path} is not a list: {other}"))),
        }
    }
}
