//! As much of HTTP as asking Orthanc a question takes (RFC 9110; one request a connection).

use crate::failure::{Ended, Failure};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Time that an answer may take: a study of 640 images is anonymised before it comes.
const LIMIT: Duration = Duration::from_mins(2);

/// Largest answer that is read: a listing of a demo is a few hundred KiB.
const ANSWER_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Asks a server on the loopback for a resource that is JSON.
pub fn json(port: u16, path: &str) -> Ended<Value> {
    answer(port, path, &format!("GET {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\r\n"))
}

/// Asks a server on the loopback to do something with JSON, and waits until it has.
pub fn post(port: u16, path: &str, content: &Value) -> Ended<Value> {
    let content = content.to_string();
    let request = format!(
        "POST {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\nContent-Length: {}\r\n\r\n{content}",
        content.len()
    );
    answer(port, path, &request)
}

fn answer(port: u16, path: &str, request: &str) -> Ended<Value> {
    let lost = |what: String| Failure::new(format!("http://127.0.0.1:{port}{path}: {what}"));
    let answer = ask(port, request).map_err(|e| lost(e.to_string()))?;
    let body = body(&answer).map_err(lost)?;
    serde_json::from_slice(body).map_err(|e| lost(e.to_string()))
}

fn ask(port: u16, request: &str) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(LIMIT))?;
    // HTTP/1.0: the answer ends with the connection and is not cut into chunks.
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer)?;
    Ok(answer)
}

/// The body of a good answer.
fn body(answer: &[u8]) -> Result<&[u8], String> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n");
    let (head, body) = answer.split_at(end.ok_or("the answer has no end of its header")? + 4);
    let line = String::from_utf8_lossy(head).lines().next().unwrap_or_default().to_owned();
    let status = line.split(' ').nth(1);
    if status == Some("200") { Ok(body) } else { Err(line) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_good_answer_has_its_body() {
        assert_eq!(body(b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n[]"), Ok(&b"[]"[..]));
    }
    #[test]
    fn a_bad_answer_says_why() {
        let answer = b"HTTP/1.1 404 Not Found\r\n\r\n";
        assert_eq!(body(answer), Err("HTTP/1.1 404 Not Found".to_owned()));
    }
    #[test]
    fn half_an_answer_is_no_answer() {
        assert!(body(b"HTTP/1.1 200 OK\r\n").is_err());
    }
}
