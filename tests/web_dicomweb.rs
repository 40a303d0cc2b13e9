//! DICOMweb through the door: what is stored is found, described and given back, and what is wrong
//! with a request is said in the words of the standard.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop where it stands")]

#[path = "house/image.rs"]
mod image;
mod web;

use image::Image;
use serde_json::Value;
use web::call::Call;
use web::ward::Ward;

const STUDY: &str = "/dicom-web/studies/2.25.9";
const SERIES: &str = "/dicom-web/studies/2.25.9/series/2.25.9.1";
const FIRST: &str = "/dicom-web/studies/2.25.9/series/2.25.9.1/instances/2.25.100";
const DICOM: &str = "multipart/related; type=\"application/dicom\"";
const BOUNDARY: &str = "between-the-parts";

fn images() -> Vec<Image> {
    let image = |number: u16| Image { uid: format!("2.25.{}", 100 + number), ..Image::default() };
    (0..3).map(image).collect()
}

/// A body of several parts.
fn parts(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut body = Vec::new();
    for object in objects {
        let head = format!("--{BOUNDARY}\r\nContent-Type: application/dicom\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(object);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

fn within(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// A door that holds the three images.
struct Door(Ward);

impl Door {
    async fn empty() -> Self {
        Self(Ward::open(1).await)
    }

    async fn open() -> Self {
        let door = Self::empty().await;
        let sent: Vec<_> = images().iter().map(Image::part10).collect();
        let (status, told) = door.stow("/dicom-web/studies", parts(&sent)).await;
        assert_eq!(status, 200, "{told}");
        assert_eq!(told["00081199"]["Value"].as_array().unwrap().len(), 3);
        door
    }

    fn call(&self, call: Call) -> Call {
        call.bearer(&self.0.provider.service_token("router", 300))
    }

    async fn stow(&self, address: &str, body: Vec<u8>) -> (u16, Value) {
        let media = format!("{DICOM}; boundary={BOUNDARY}");
        let call = self.call(Call::post(address)).body(&media, body);
        let (status, _, bytes) = call.bytes(&self.0.router).await;
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    async fn get(&self, address: &str, accept: &str) -> (u16, axum::http::HeaderMap, Vec<u8>) {
        self.call(Call::get(address)).header("accept", accept).bytes(&self.0.router).await
    }

    async fn json(&self, address: &str) -> Value {
        let (status, _, bytes) = self.get(address, "application/dicom+json").await;
        assert_eq!(status, 200, "{address}");
        serde_json::from_slice(&bytes).unwrap()
    }

    #[track_caller]
    fn check(
        &self,
        address: &'static str,
        accept: &'static str,
        expected: u16,
    ) -> impl Future<Output = ()> {
        let at = std::panic::Location::caller();
        async move {
            let (status, _, bytes) = self.get(address, accept).await;
            let said = String::from_utf8_lossy(&bytes);
            assert_eq!(status, expected, "{address} at {at}: {said:.200}");
        }
    }
}

#[tokio::test]
async fn what_is_stored_is_found_at_every_level() {
    let door = Door::open().await;
    let studies = door.json("/dicom-web/studies?PatientName=cohen*").await;
    assert_eq!(studies[0]["0020000D"]["Value"][0], "2.25.9");
    assert_eq!(studies[0]["00100010"]["Value"][0]["Alphabetic"], "Cohen^Rut");
    assert_eq!(studies[0]["00201208"]["Value"][0], 3);
    let series = door.json(&format!("{STUDY}/series")).await;
    assert_eq!(series[0]["00080060"]["Value"][0], "MR");
    let instances = door.json(&format!("{SERIES}/instances?limit=2&offset=1")).await;
    assert_eq!(instances.as_array().unwrap().len(), 2);
    let none = door.json("/dicom-web/studies?PatientID=nobody").await;
    assert_eq!(none, serde_json::json!([]));
}

#[tokio::test]
async fn objects_come_back_byte_for_byte_and_in_ranges() {
    let door = Door::open().await;
    let whole = images()[0].part10();
    let (status, _, study) = door.get(STUDY, &format!("{DICOM}; transfer-syntax=*")).await;
    assert_eq!(status, 200);
    for image in images() {
        assert!(within(&study, &image.part10()), "{} is not in the study", image.uid);
    }
    let (status, headers, one) = door.get(FIRST, "application/dicom; transfer-syntax=*").await;
    assert_eq!((status, &one), (200, &whole));
    let etag = headers["etag"].to_str().unwrap().to_owned();
    let fresh =
        door.call(Call::get(FIRST)).header("accept", "application/dicom; transfer-syntax=*");
    let (status, _, nothing) = fresh.header("if-none-match", &etag).bytes(&door.0.router).await;
    assert_eq!((status, nothing.len()), (304, 0));
    let ranged = |range: &str| {
        let call =
            door.call(Call::get(FIRST)).header("accept", "application/dicom; transfer-syntax=*");
        call.header("range", range).bytes(&door.0.router)
    };
    let (status, headers, part) = ranged("bytes=128-131").await;
    assert_eq!((status, part.as_slice()), (206, b"DICM".as_slice()));
    assert_eq!(headers["content-range"], format!("bytes 128-131/{}", whole.len()).as_str());
    assert_eq!(ranged("bytes=128-").await.2, whole[128..]);
    assert_eq!(ranged("bytes=999999-").await.0, 416);
}

#[tokio::test]
async fn metadata_frames_and_pictures_are_given() {
    let door = Door::open().await;
    let metadata = door.json(&format!("{SERIES}/metadata")).await;
    assert_eq!(metadata.as_array().unwrap().len(), 3);
    assert_eq!(metadata[0]["00280010"]["Value"][0], 2);
    assert!(metadata[0].get("7FE00010").is_none_or(|pixels| pixels.get("BulkDataURI").is_some()));
    let (status, headers, frame) =
        door.get(&format!("{FIRST}/frames/1"), "application/octet-stream").await;
    assert_eq!(status, 200);
    assert_eq!(frame, Image::default().pixels());
    assert!(headers["content-type"].to_str().unwrap().starts_with("application/octet-stream"));
    // As viewers ask for it.
    let multipart = "multipart/related; type=\"application/octet-stream\"; transfer-syntax=*";
    let (status, _, frames) = door.get(&format!("{FIRST}/frames/1"), multipart).await;
    assert!(status == 200 && within(&frames, &Image::default().pixels()));
    let (status, _, jpeg) = door.get(&format!("{FIRST}/rendered"), "image/jpeg").await;
    assert_eq!((status, &jpeg[..2]), (200, &[0xFF, 0xD8][..]));
    let (status, _, png) = door.get(&format!("{SERIES}/thumbnail"), "image/png").await;
    assert_eq!((status, &png[1..4]), (200, b"PNG".as_slice()));
}

#[tokio::test]
async fn each_object_of_a_request_has_its_own_outcome() {
    let door = Door::empty().await;
    let good = images()[0].part10();
    let (status, told) =
        door.stow("/dicom-web/studies", parts(&[good.clone(), b"no object".to_vec()])).await;
    assert_eq!(status, 202, "{told}");
    assert_eq!(told["00081199"]["Value"].as_array().unwrap().len(), 1);
    assert!(told.get("0008119A").is_some() || told.get("00081198").is_some(), "{told}");
    let (status, told) = door.stow("/dicom-web/studies/2.25.8", parts(&[good])).await;
    assert_eq!(status, 409, "{told}");
    assert_eq!(told["00081198"]["Value"][0]["00081197"]["Value"][0], 272);
    assert_eq!(door.0.store.blobs().list().unwrap().len(), 1, "what was refused leaves nothing");
}

#[tokio::test]
async fn a_body_that_is_not_what_it_says_is_refused_and_leaves_nothing() {
    let door = Door::empty().await;
    let whole = parts(&[images()[0].part10()]);
    let cut = whole[..whole.len() - BOUNDARY.len() - 6].to_vec();
    assert_eq!(door.stow("/dicom-web/studies", cut).await.0, 400);
    assert_eq!(door.stow("/dicom-web/studies", Vec::new()).await.0, 400);
    for (media, expected) in [("text/plain", 415), ("multipart/related", 400)] {
        let call = door.call(Call::post("/dicom-web/studies")).body(media, whole.clone());
        assert_eq!(call.bytes(&door.0.router).await.0, expected, "{media}");
    }
}

#[tokio::test]
async fn what_cannot_be_given_is_said_in_the_words_of_the_standard() {
    let door = Door::open().await;
    let json = "application/dicom+json";
    door.check("/dicom-web/studies?limit=-1", json, 400).await;
    door.check("/dicom-web/studies?StudyDate=yesterday", json, 400).await;
    door.check("/dicom-web/studies", "application/dicom+xml", 406).await;
    door.check(STUDY, "video/mp4", 406).await;
    door.check("/dicom-web/studies/2.25.9/series/2.25.77", DICOM, 404).await;
    door.check("/dicom-web/studies/2.25.404", DICOM, 404).await;
    door.check("/dicom-web/studies/..%2f..%2fetc", DICOM, 404).await;
    let ninth = "/dicom-web/studies/2.25.9/series/2.25.9.1/instances/2.25.100/frames/9";
    door.check(ninth, "application/octet-stream", 404).await;
    let zeroth = "/dicom-web/studies/2.25.9/series/2.25.9.1/instances/2.25.100/frames/0";
    door.check(zeroth, "application/octet-stream", 400).await;
}

/// Lists are kept to the caller's patients, and an object of somebody else is not there.
#[tokio::test]
async fn who_is_not_in_the_care_of_the_patient_finds_nothing() {
    let door = Door::open().await;
    let own = web::ward::pseudonym(0);
    door.0.assign("ruth-s-doctor", own).await;
    let doctor = door.0.provider.access_token("ruth-s-doctor", &["oncologist"]);
    let registry = door.0.provider.service_token("registry", 300);
    for token in [doctor, registry] {
        for address in
            ["/dicom-web/studies", "/dicom-web/series?Modality=MR", "/dicom-web/instances"]
        {
            let call = Call::get(address).header("accept", "application/dicom+json").bearer(&token);
            let (status, _, found) = call.bytes(&door.0.router).await;
            let found: Value = serde_json::from_slice(&found).unwrap();
            let strange =
                found.as_array().unwrap().iter().any(|one| one["0020000D"]["Value"][0] == "2.25.9");
            assert!(status == 200 && !strange, "{address}: {found}");
        }
        let call = Call::get(STUDY).header("accept", DICOM).bearer(&token);
        assert_eq!(call.bytes(&door.0.router).await.0, 403);
    }
}

#[tokio::test]
async fn the_routes_are_described() {
    let door = Door::empty().await;
    let (status, _, wadl) = door.get("/dicom-web/capabilities", "*/*").await;
    assert!(status == 200 && within(&wadl, b"application"));
    let openapi = door.json("/dicom-web/openapi.json").await;
    assert!(openapi["paths"].as_object().unwrap().len() > 20);
}
