//! The client against servers that misbehave: what they may not do to us.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use interval_core::fault::Fault;
use interval_core::query::{Level, Query};
use interval_dicomweb::client::{
    Client, ClientError, Credential, Object, Performer, Settings, Target,
};
use interval_dicomweb::json::DataSet;
use interval_dicomweb::qido::Scope;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A server that says the same to everybody and keeps what it was asked; then it is silent.
async fn server(answers: Vec<String>) -> (Client, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/dicom-web", listener.local_addr().unwrap());
    let heard = tokio::spawn(async move {
        let mut heard = Vec::new();
        for answer in answers {
            let (mut line, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 64 * 1024];
            let mut length = 0;
            loop {
                let read = line.read(&mut request[length..]).await.unwrap();
                length += read;
                let text = String::from_utf8_lossy(&request[..length]).to_ascii_lowercase();
                let Some(head) = text.find("\r\n\r\n") else { continue };
                let told = text.split("content-length: ").nth(1);
                let body = told.and_then(|rest| rest.split("\r\n").next()?.parse().ok());
                if length >= head + 4 + body.unwrap_or(0) {
                    break;
                }
            }
            heard.push(String::from_utf8_lossy(&request[..length]).into_owned());
            line.write_all(answer.as_bytes()).await.unwrap();
            if answer.is_empty() {
                tokio::time::sleep(Duration::from_secs(2)).await;
            }
        }
        heard
    });
    let credential = Credential::Bearer("token".into());
    let silence_max = Duration::from_millis(300);
    let settings = Settings { credential, silence_max, ..Settings::of(base) };
    let settings = Settings { object_bytes_max: 1000, answer_bytes_max: 1000, ..settings };
    (Client::new(settings).unwrap(), heard)
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    )
}

fn parts(body: &str) -> String {
    let media = "Content-Type: multipart/related; type=\"application/dicom\"; boundary=b\r\n";
    answer("200 OK", media, body)
}

/// Retrieves everything; how many objects came whole.
async fn retrieve(client: &Client) -> Result<usize, ClientError> {
    let mut objects = client.retrieve(&Target::Study("1.2".parse().unwrap())).await?;
    let mut count = 0;
    while objects.next().await?.is_some() {
        while objects.piece().await?.is_some() {}
        count += 1;
    }
    Ok(count)
}

#[track_caller]
fn check(error: ClientError, fault: Fault, said: &str) {
    assert_eq!(error.fault(), fault, "{error}");
    assert!(error.to_string().contains(said), "{error}");
}

#[tokio::test]
async fn objects_that_break_off_are_asked_for_again() {
    let (client, _) = server(vec![parts("--b\r\n\r\none\r\n--b\r\n\r\ntw")]).await;
    check(retrieve(&client).await.unwrap_err(), Fault::Unavailable, "did not arrive whole");
    let (client, _) = server(vec![parts("--b\r\n\r\none\r\n--b--")]).await;
    assert_eq!(retrieve(&client).await.unwrap(), 1);
}

#[tokio::test]
async fn one_object_may_come_without_parts() {
    let single = answer("200 OK", "Content-Type: application/dicom\r\n", "one");
    let (client, _) = server(vec![single]).await;
    assert_eq!(retrieve(&client).await.unwrap(), 1);
}

#[tokio::test]
async fn an_object_that_is_too_large_is_left() {
    let body = format!("--b\r\n\r\n{}\r\n--b--", "x".repeat(1001));
    let (client, _) = server(vec![parts(&body)]).await;
    check(retrieve(&client).await.unwrap_err(), Fault::Exhausted, "larger than 1000 bytes");
}

#[tokio::test]
async fn something_else_than_objects_is_refused() {
    let page = answer("200 OK", "Content-Type: text/html\r\n", "<html>");
    let (client, _) = server(vec![page]).await;
    check(retrieve(&client).await.unwrap_err(), Fault::Refused, "another media type");
}

#[tokio::test]
async fn a_redirect_to_another_host_is_not_followed() {
    let elsewhere = answer("302 Found", "Location: http://127.0.0.2:9/x\r\n", "");
    let (client, _) = server(vec![elsewhere]).await;
    check(retrieve(&client).await.unwrap_err(), Fault::Refused, "another host");
}

#[tokio::test]
async fn who_is_silent_is_not_waited_for() {
    let (client, _) = server(vec![String::new()]).await;
    check(retrieve(&client).await.unwrap_err(), Fault::Unavailable, "did not answer");
    let nobody = Client::new(Settings::of("http://127.0.0.1:1")).unwrap();
    check(retrieve(&nobody).await.unwrap_err(), Fault::Unavailable, "did not answer");
}

#[tokio::test]
async fn who_is_busy_is_asked_later() {
    let busy = answer("503 Service Unavailable", "Retry-After: 30\r\n", "");
    let (client, _) = server(vec![busy]).await;
    let error = retrieve(&client).await.unwrap_err();
    assert!(matches!(error, ClientError::Status { retry_after_s: Some(30), .. }), "{error:?}");
    check(error, Fault::Unavailable, "503");
}

#[tokio::test]
async fn an_archive_that_does_not_page_ends_as_well() {
    let page = format!("[{}]", ["{\"00100020\":{\"vr\":\"LO\"}}"; 2].join(","));
    let page = answer("200 OK", "Content-Type: application/dicom+json\r\n", &page);
    let (client, heard) = server(vec![page.clone(), page]).await;
    let mut query = Query::of(Level::Study);
    query.limit = Some(3);
    // It gives two of three that are asked for: these are all.
    let matches = client.search(&Scope::all(Level::Study), &query, 10).await.unwrap();
    assert_eq!(matches.found.len(), 2);
    heard.abort();
}

#[tokio::test]
async fn a_store_is_told_by_object_and_sent_with_its_length() {
    let report = r#"{"00081198":{"vr":"SQ","Value":[{"00081150":{"vr":"UI","Value":["1.2"]},"00081155":{"vr":"UI","Value":["1.4"]},"00081197":{"vr":"US","Value":[272]}}]}}"#;
    let (client, heard) = server(vec![answer("409 Conflict", "", report)]).await;
    let objects = vec![Object { bytes: "DICM".into() }];
    let report = client.store(Some(&"1.2".parse().unwrap()), objects, 1).await.unwrap();
    assert_eq!((report.outcomes.len(), report.status()), (1, 409));
    let heard = heard.await.unwrap().remove(0);
    assert!(heard.starts_with("POST /dicom-web/studies/1.2 HTTP/1.1\r\n"), "{heard}");
    assert!(heard.contains("authorization: Bearer token\r\n"));
    let length = heard.split("\r\n\r\n").next().unwrap().len() + 4;
    let told = format!("content-length: {}\r\n", heard.len() - length);
    assert!(heard.contains(&told), "{told} is not in {heard}");
    assert!(!heard.contains("transfer-encoding"));
}

#[tokio::test]
async fn a_workitem_is_claimed_told_of_and_completed() {
    let yes = || answer("200 OK", "", "");
    let (client, heard) = server(vec![yes(), yes(), yes()]).await;
    let performer =
        Performer { workitem: "1.2.3".parse().unwrap(), transaction: "2.25.7".parse().unwrap() };
    client.claim(&performer).await.unwrap();
    client.progress(&performer, &DataSet::default()).await.unwrap();
    client.complete(&performer).await.unwrap();
    let heard = heard.await.unwrap();
    assert!(heard[0].starts_with("PUT /dicom-web/workitems/1.2.3/state HTTP"));
    assert!(heard[0].contains("IN PROGRESS") && heard[0].contains("2.25.7"));
    assert!(heard[1].starts_with("POST /dicom-web/workitems/1.2.3?transaction=2.25.7 HTTP"));
    assert!(heard[2].contains("COMPLETED"));
}

#[tokio::test]
async fn who_comes_second_hears_why() {
    let taken = answer("409 Conflict", "Warning: 299 node \"taken\"\r\n", "");
    let (client, _) = server(vec![taken]).await;
    let performer =
        Performer { workitem: "1.2.3".parse().unwrap(), transaction: "2.25.8".parse().unwrap() };
    let error = client.claim(&performer).await.unwrap_err();
    assert!(
        matches!(&error, ClientError::Status { status: 409, warning: Some(why), .. } if why.contains("taken"))
    );
    assert_eq!(error.fault(), Fault::Refused);
}
