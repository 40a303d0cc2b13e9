//! A body that arrives as a stream of buffers, part by part.

use super::head::Head;
use super::splitter::{Splitter, Step};
use super::{Boundary, MultipartError};
use bytes::Bytes;
use futures_core::Stream;
use std::error::Error;
use std::future::poll_fn;
use std::pin::Pin;

/// Reads a body of several parts.
///
/// ```text
/// while let Some(head) = reader.part().await? {
///     while let Some(bytes) = reader.piece().await? { ... }
/// }
/// ```
pub struct Reader<S> {
    stream: S,
    splitter: Splitter,
    is_in_part: bool,
    is_done: bool,
}

impl<S, E> Reader<S>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    /// Reads from a stream.
    pub fn new(stream: S, boundary: &Boundary) -> Self {
        Self { stream, splitter: Splitter::new(boundary), is_in_part: false, is_done: false }
    }

    /// The head of the next part; nothing once the body is complete. What is left of the part
    /// before is passed over.
    pub async fn part(&mut self) -> Result<Option<Head>, MultipartError> {
        while self.piece().await?.is_some() {}
        loop {
            if self.is_done {
                return Ok(None);
            }
            match self.step().await? {
                Step::Part(head) => {
                    self.is_in_part = true;
                    return Ok(Some(head));
                }
                Step::Done => self.is_done = true,
                _ => {}
            }
        }
    }

    /// The next bytes of the part; nothing once it is complete.
    pub async fn piece(&mut self) -> Result<Option<Bytes>, MultipartError> {
        if !self.is_in_part {
            return Ok(None);
        }
        if let Step::Piece(bytes) = self.step().await? {
            return Ok(Some(bytes));
        }
        self.is_in_part = false;
        Ok(None)
    }

    /// The whole of the part, if it has no more than so many bytes; nothing if it has more: then
    /// the rest is passed over when the next part is asked for.
    pub async fn whole(&mut self, bytes_max: usize) -> Result<Option<Bytes>, MultipartError> {
        let Some(first) = self.piece().await? else { return Ok(Some(Bytes::new())) };
        let mut more = Vec::new();
        while let Some(bytes) = self.piece().await? {
            if first.len() + more.len() + bytes.len() > bytes_max {
                return Ok(None);
            }
            if more.is_empty() {
                more.extend_from_slice(&first);
            }
            more.extend_from_slice(&bytes);
        }
        let whole = if more.is_empty() { first } else { more.into() };
        Ok((whole.len() <= bytes_max).then_some(whole))
    }

    async fn step(&mut self) -> Result<Step, MultipartError> {
        loop {
            match self.splitter.step()? {
                Step::Hungry => {
                    match poll_fn(|cx| Pin::new(&mut self.stream).poll_next(cx)).await {
                        Some(bytes) => {
                            self.splitter
                                .feed(bytes.map_err(|e| MultipartError::Source(e.into()))?);
                        }
                        None => self.splitter.end(),
                    }
                }
                step => return Ok(step),
            }
        }
    }
}
