//! Writes a body of several parts: what stands between the contents, how long it will all be, and
//! the stream that a server or client sends.

use super::Boundary;
use super::head::Head;
use bytes::Bytes;
use futures_core::Stream;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// What stands between contents.
#[derive(Debug, Clone)]
pub struct Writer {
    boundary: Boundary,
}

impl Writer {
    /// With this boundary.
    pub fn new(boundary: Boundary) -> Self {
        Self { boundary }
    }

    /// What goes before the content of a part; `part` counts from 0.
    pub fn head(&self, part: usize, head: &Head) -> Bytes {
        let mut out = Vec::with_capacity(256);
        if part > 0 {
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b"--");
        out.extend_from_slice(self.boundary.as_str().as_bytes());
        out.extend_from_slice(b"\r\n");
        head.write(&mut out);
        out.into()
    }

    /// What goes after the content of the last part.
    pub fn end(&self) -> Bytes {
        format!("\r\n--{}--\r\n", self.boundary.as_str()).into()
    }

    /// The Content-Length of a body with these parts, by the bytes of their contents.
    pub fn length<'a>(&self, parts: impl IntoIterator<Item = (&'a Head, u64)>) -> u64 {
        let of =
            |(at, (head, bytes)): (usize, (&Head, u64))| self.head(at, head).len() as u64 + bytes;
        parts.into_iter().enumerate().map(of).sum::<u64>() + self.end().len() as u64
    }
}

/// What a body is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// A part begins.
    Part(Head),
    /// Bytes of its content.
    Content(Bytes),
}

/// A stream of pieces as the bytes of a body.
#[derive(Debug)]
pub struct Encoder<S> {
    pieces: S,
    writer: Writer,
    parts: usize,
    is_ended: bool,
}

impl<S> Encoder<S> {
    /// Writes pieces as they come. Content before the first head is a mistake of the caller's and
    /// would be read as preamble.
    pub fn new(pieces: S, boundary: Boundary) -> Self {
        Self { pieces, writer: Writer::new(boundary), parts: 0, is_ended: false }
    }
}

impl<S, E> Stream for Encoder<S>
where
    S: Stream<Item = Result<Piece, E>> + Unpin,
{
    type Item = Result<Bytes, E>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.is_ended {
            return Poll::Ready(None);
        }
        let bytes = match ready!(Pin::new(&mut self.pieces).poll_next(cx)) {
            Some(Ok(Piece::Content(bytes))) => bytes,
            Some(Ok(Piece::Part(head))) => {
                self.parts += 1;
                self.writer.head(self.parts - 1, &head)
            }
            // Whoever reads sees that there is no final boundary.
            Some(Err(error)) => {
                self.is_ended = true;
                return Poll::Ready(Some(Err(error)));
            }
            None => {
                self.is_ended = true;
                self.writer.end()
            }
        };
        Poll::Ready(Some(Ok(bytes)))
    }
}
