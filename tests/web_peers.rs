//! Signing in with a certified OpenID provider that others wrote, from its sign-in page to ours
//! and out again; and a program with credentials of its own.
//!
//! Needs the peers kit with its node modules (`KIT_HOME`); skipped with a printed reason where it
//! is absent, a failure where `INTERVAL_REQUIRE_PEERS=1`.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop where it stands")]

mod web;

use axum::Router;
use interval::ingest::Ingest;
use interval::peers::Peers;
use interval::store::audit::writer::AuditWriter;
use interval::web::config::WebConfig;
use interval::web::{Door, Health, Host, router};
use interval_core::access::Policy;
use openidconnect::url::Url;
use serde_json::json;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::SystemTime;
use web::browser::{LOGIN, SESSION};
use web::call::{Answer, Call, ORIGIN};
use web::ward::{Ward, pseudonym};

/// The provider's process, which goes with the test.
struct Peer {
    child: Child,
    issuer: String,
    _folder: tempfile::TempDir,
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where set-up put the providers' modules.
fn modules() -> Option<PathBuf> {
    let folder = std::env::var_os("INTERVAL_PEERS_NODE").map(PathBuf::from)?.join("node_modules");
    folder.join("oidc-provider").is_dir().then_some(folder)
}

/// A folder with a provider's script beside the modules that it needs.
fn beside_modules(script: &Path) -> Option<tempfile::TempDir> {
    let (modules, script) = (modules()?, std::fs::read(script).ok()?);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("provider.mjs"), script).unwrap();
    std::os::unix::fs::symlink(modules, folder.path().join("node_modules")).unwrap();
    Some(folder)
}

/// Starts a provider that says so in a line that begins with `ready`.
fn start(script: &Path, ready: &str) -> Option<Peer> {
    let Some(folder) = beside_modules(script) else {
        let required = std::env::var("INTERVAL_REQUIRE_PEERS").is_ok_and(|value| value == "1");
        assert!(!required, "no oidc-provider is set up: run cargo xtask setup --peers");
        println!("skipped: {} or its modules are not here", script.display());
        return None;
    };
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut child = Command::new("node")
        .args(["provider.mjs", &port.to_string(), ORIGIN])
        .current_dir(folder.path())
        .env("REDIRECTS", format!("{ORIGIN}/auth/callback"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.map_while(Result::ok).any(|line| line.starts_with(ready)), "it did not start");
    Some(Peer { child, _folder: folder, issuer: format!("http://127.0.0.1:{port}") })
}

/// The certified provider of the peers' kit.
fn certified() -> Option<Peer> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shared = std::env::var_os("INTERVAL_SHARED").map(PathBuf::from);
    let shared = shared.unwrap_or_else(|| root.join("../shared"));
    start(&shared.join("kit/node/oidc.mjs"), "OP ready")
}

/// The provider of the demonstration.
fn demonstration() -> Option<Peer> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    start(&root.join("xtask/provider/provider.mjs"), "the demo provider")
}

fn door(ward: &Ward, issuer: &str) -> Router {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "interval-web-secret\n").unwrap();
    let own = pseudonym(0);
    let config: WebConfig = toml::from_str(&format!(
        "insecure_loopback = true
         public_url = 'https://interval.test'
         audience = 'http://127.0.0.1/api'
         [provider]
         issuer = '{issuer}'
         client_id = 'interval-web'
         client_secret_file = '{}'
         scopes = ['profile']
         mfa_acr = ['urn:interval:mfa']
         [provider.roles]
         radiologist = 'radiologist'
         oncologist = 'oncologist'
         clinician = 'clinician'
         admin = 'administrator'
         auditor = 'auditor'
         [services.interval-machine]
         actions = ['list-patients', 'read-results']
         patients = ['{own}']",
        secret.display()
    ))
    .unwrap();
    router(Arc::new(Door::new(config, host(ward)).unwrap()))
}

fn host(ward: &Ward) -> Host {
    Host {
        store: ward.store.clone(),
        ingest: Ingest::new(ward.store.clone(), Peers::anybody().into(), 0),
        audit: AuditWriter::start(ward.store.clone()),
        policy: Policy::house(),
        health: Box::new(|| Box::pin(async { Health::default() })),
        verify_log: Box::new(|| Box::pin(async { Ok(serde_json::Value::Null) })),
        operations: web::ward::idle_operations(),
        clock: Box::new(SystemTime::now),
    }
}

/// A browser's dealings with the provider's own pages.
struct Pages {
    client: reqwest::Client,
    cookies: BTreeMap<String, String>,
    /// The pages that were shown.
    shown: Vec<String>,
}

impl Pages {
    fn new() -> Self {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        Self { client, cookies: BTreeMap::new(), shown: Vec::new() }
    }

    async fn send(&mut self, request: reqwest::RequestBuilder) -> (Option<String>, String) {
        let cookies: Vec<_> = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
        let response = request.header("cookie", cookies.join("; ")).send().await.unwrap();
        for line in response.headers().get_all("set-cookie") {
            let pair = line.to_str().unwrap().split(';').next().unwrap();
            if let Some((name, value)) = pair.split_once('=') {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let location = response.headers().get("location");
        let location = location.map(|value| value.to_str().unwrap().to_owned());
        let text = response.text().await.unwrap();
        if text.contains("<html") {
            self.shown.push(text.clone());
        }
        (location, text)
    }

    /// Whether there was a page and each has these words.
    fn all_said(&self, words: &str) -> bool {
        !self.shown.is_empty() && self.shown.iter().all(|page| page.contains(words))
    }

    /// Fills the sign-in page in, and gives where it leads.
    async fn fill_in(&mut self, base: &Url, page: &str, user: &str) -> Option<String> {
        let action = page.split("action=\"").nth(1).expect("a form");
        let action = base.join(action.split('"').next().unwrap()).unwrap();
        let request = self.client.post(action).body(format!("login={user}&password={user}"));
        let kind = "application/x-www-form-urlencoded";
        self.send(request.header("content-type", kind)).await.0
    }

    /// Goes through the sign-in page as a user and gives the address that leads back to us.
    async fn sign_in(&mut self, issuer: &str, address: &str, user: &str) -> String {
        let base = Url::parse(issuer).unwrap();
        let mut next = Some(address.to_owned());
        for _ in 0..12 {
            let here = base.join(&next.clone().expect("the provider leads on")).unwrap();
            if here.host_str() == Some("interval.test") {
                return here.to_string();
            }
            let (location, page) = self.send(self.client.get(here)).await;
            next = location;
            if next.is_none() {
                next = self.fill_in(&base, &page, user).await;
            }
        }
        panic!("the provider leads in circles");
    }
}

/// From our door to the provider's page and back.
async fn through(
    door: &Router,
    peer: &Peer,
    pages: &mut Pages,
    address: &str,
    user: &str,
) -> Answer {
    let left = Call::get(address).send(door).await;
    assert_eq!(left.status, 303, "{}", left.text);
    let cookie = left.cookie(LOGIN).unwrap();
    let back = pages.sign_in(&peer.issuer, left.header("location"), user).await;
    let back = back.strip_prefix("https://interval.test").unwrap();
    Call::get(back).cookie(LOGIN, &cookie).send(door).await
}

#[tokio::test]
async fn everybody_of_a_certified_provider_signs_in_steps_up_and_out() {
    let Some(peer) = certified() else { return };
    let ward = Ward::open(2).await;
    let door = door(&ward, &peer.issuer);
    let people = [
        ("radiologist", "radiologist", "several"),
        ("oncologist", "oncologist", "several"),
        ("clinician", "clinician", "one"),
        ("admin", "administrator", "several"),
        ("auditor", "auditor", "several"),
    ];
    for (user, role, factors) in people {
        let mut pages = Pages::new();
        let answer = through(&door, &peer, &mut pages, "/auth/login?return_to=/x", user).await;
        assert_eq!(answer.status, 303, "{user}: {}", answer.text);
        assert_eq!(answer.header("location"), "/x");
        let cookie = answer.cookie(SESSION).unwrap();
        let me = Call::get("/api/v1/me").cookie(SESSION, &cookie).send(&door).await.json();
        assert_eq!(me["roles"], json!([role]));
        assert_eq!(me["person"], format!("{}#u-{user}", peer.issuer));
        assert_eq!(me["assurance"]["factors"], factors);
        let up = through(&door, &peer, &mut pages, "/auth/login?step_up=1", user).await;
        let expected = if factors == "several" { 303 } else { 401 };
        assert_eq!(up.status, expected, "{user}: {}", up.text);
        let cookie = up.cookie(SESSION).unwrap_or(cookie);
        let out = Call::post("/auth/logout").cookie(SESSION, &cookie).own_page();
        let out = out.send(&door).await;
        let bye = out.json()["location"].as_str().unwrap().to_owned();
        assert!(bye.starts_with(&peer.issuer), "{bye}");
        let (_, page) = pages.send(pages.client.get(&bye)).await;
        assert!(!page.contains("invalid_request"), "the provider takes our goodbye: {page}");
        let after = Call::get("/api/v1/me").cookie(SESSION, &cookie).send(&door).await;
        assert_eq!(after.status, 401);
    }
}

#[tokio::test]
async fn a_program_of_a_certified_provider_has_its_configured_scope() {
    let Some(peer) = certified() else { return };
    let ward = Ward::open(2).await;
    let door = door(&ward, &peer.issuer);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client
        .post(format!("{}/token", peer.issuer))
        .basic_auth("interval-machine", Some("interval-machine-secret"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body("grant_type=client_credentials&scope=dicom.read")
        .send()
        .await
        .unwrap();
    let text = answer.text().await.unwrap();
    let body: serde_json::Value = serde_json::from_str(&text).unwrap();
    let token = body["access_token"].as_str().unwrap_or_else(|| panic!("{text}"));
    let get = async |address: String| Call::get(&address).bearer(token).send(&door).await;
    let me = get("/api/v1/me".into()).await;
    assert_eq!(me.json()["roles"], json!(["service"]), "{}", me.text);
    assert_eq!(get("/api/v1/patients".into()).await.json()["total"], 1);
    assert_eq!(get(format!("/api/v1/patients/{}", pseudonym(0))).await.status, 200);
    assert_eq!(get(format!("/api/v1/patients/{}", pseudonym(1))).await.status, 403);
    assert_eq!(get("/api/v1/audit".into()).await.status, 403);
}

#[tokio::test]
async fn everybody_of_the_demonstration_signs_in_and_is_told_that_it_is_one() {
    let Some(peer) = demonstration() else { return };
    let ward = Ward::open(1).await;
    let config: WebConfig = toml::from_str(&format!(
        "insecure_loopback = true
         public_url = '{ORIGIN}'
         notice = 'Demonstration.'
         [provider]
         issuer = '{}'
         client_id = 'interval-web'
         scopes = ['profile']
         mfa_acr = ['urn:interval:demo:several-factors']
         roles.oncologist = 'oncologist'
         roles.radiologist = 'radiologist'
         roles.clinician = 'clinician'
         roles.administrator = 'administrator'
         roles.auditor = 'auditor'",
        peer.issuer
    ))
    .unwrap();
    let door = router(Arc::new(Door::new(config, host(&ward)).unwrap()));
    let people = [
        ("noa", "oncologist", "several"),
        ("ben", "radiologist", "several"),
        ("lea", "clinician", "one"),
        ("adi", "administrator", "several"),
        ("uri", "auditor", "several"),
    ];
    for (login, role, factors) in people {
        let mut pages = Pages::new();
        let answer = through(&door, &peer, &mut pages, "/auth/login?return_to=/x", login).await;
        assert_eq!(answer.status, 303, "{login}: {}", answer.text);
        let cookie = answer.cookie(SESSION).unwrap();
        let me = Call::get("/api/v1/me").cookie(SESSION, &cookie).send(&door).await.json();
        assert_eq!(me["roles"], json!([role]));
        assert_eq!(me["assurance"]["factors"], factors);
        assert_eq!(me["notice"], "Demonstration.");
        assert!(pages.all_said("anybody can be anybody here"), "on every page of the provider");
    }
}
