//! Takes a body apart, one buffer at a time. A delimiter may lie across any number of buffers: how
//! much of it was seen is remembered as a number, never as bytes, so that nothing is copied.

use super::head::Head;
use super::{Boundary, HEAD_BYTES_MAX, MARGIN_BYTES_MAX, MultipartError, PARTS_MAX};
use bytes::Bytes;
use memchr::memmem::Finder;
use std::collections::VecDeque;

/// Most spaces between a boundary and the end of its line (RFC 2046 calls them transport padding).
const PADDING_BYTES_MAX: usize = 64;

/// What is next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Another buffer is needed, or the word that there is none.
    Hungry,
    /// A part begins.
    Part(Head),
    /// Bytes of the part.
    Piece(Bytes),
    /// The part is complete.
    End,
    /// The body is complete.
    Done,
}

/// Where in the body we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Before the first boundary.
    Preamble,
    /// After a delimiter: padding and the end of the line, or two hyphens.
    Line,
    /// In the head of a part.
    Head,
    /// In the body of a part.
    Body,
    /// After the last boundary.
    Epilogue,
}

/// Takes a body apart.
pub struct Splitter {
    /// CR, LF, two hyphens and the boundary.
    delimiter: Bytes,
    finder: Finder<'static>,
    queue: VecDeque<Bytes>,
    is_ended: bool,
    place: Place,
    /// How much of the delimiter the last bytes were.
    matched: usize,
    /// How much of that is no content: the line end before the first boundary, which need not be
    /// there, or that of the head, which a part without content shares with its delimiter.
    borrowed: usize,
    /// What was read of a head or of the rest of a boundary's line.
    line: Vec<u8>,
    is_in_part: bool,
    parts: usize,
    /// Bytes passed over before the first or after the last boundary.
    passed: usize,
    has_bytes: bool,
}

impl Splitter {
    /// For a body with this boundary.
    pub fn new(boundary: &Boundary) -> Self {
        let delimiter = format!("\r\n--{}", boundary.as_str()).into_bytes();
        Self {
            finder: Finder::new(&delimiter).into_owned(),
            delimiter: delimiter.into(),
            queue: VecDeque::new(),
            is_ended: false,
            place: Place::Preamble,
            matched: 2,
            borrowed: 2,
            line: Vec::new(),
            is_in_part: false,
            parts: 0,
            passed: 0,
            has_bytes: false,
        }
    }

    /// The next buffer.
    pub fn feed(&mut self, bytes: Bytes) {
        if !bytes.is_empty() {
            self.has_bytes = true;
            self.queue.push_back(bytes);
        }
    }

    /// There are no more buffers.
    pub fn end(&mut self) {
        self.is_ended = true;
    }

    /// What is next.
    pub fn step(&mut self) -> Result<Step, MultipartError> {
        loop {
            let Some(bytes) = self.queue.pop_front() else { return self.starve() };
            let step = match self.place {
                Place::Preamble | Place::Body => self.content(bytes)?,
                Place::Line => self.rest_of_line(bytes)?,
                Place::Head => self.head(bytes)?,
                Place::Epilogue => {
                    if !self.passes(bytes.len()) {
                        return Err(MultipartError::TooLong);
                    }
                    None
                }
            };
            if let Some(step) = step {
                return Ok(step);
            }
        }
    }

    fn starve(&self) -> Result<Step, MultipartError> {
        match (self.is_ended, self.place) {
            (false, _) => Ok(Step::Hungry),
            (true, Place::Epilogue) => Ok(Step::Done),
            (true, _) if !self.has_bytes => Err(MultipartError::Empty),
            (true, Place::Preamble) => Err(MultipartError::NoFirstBoundary),
            // The final boundary need not end with a line.
            (true, _) => Err(MultipartError::Truncated),
        }
    }

    /// Bytes of a part, or before the first one, up to the next delimiter.
    fn content(&mut self, mut bytes: Bytes) -> Result<Option<Step>, MultipartError> {
        if self.matched > 0 {
            let wanted = &self.delimiter[self.matched..];
            let length = wanted.len().min(bytes.len());
            if bytes[..length] == wanted[..length] {
                self.matched += length;
                let rest = bytes.split_off(length);
                return Ok(self.after_match(rest));
            }
            // It was content after all. Only its first byte is CR: no delimiter begins within.
            let content = self.delimiter.slice(self.borrowed..self.matched);
            (self.matched, self.borrowed) = (0, 0);
            if !content.is_empty() {
                self.queue.push_front(bytes);
                return self.give(content);
            }
        }
        if let Some(at) = self.finder.find(&bytes) {
            let rest = bytes.split_off(at + self.delimiter.len());
            bytes.truncate(at);
            self.matched = self.delimiter.len();
            if bytes.is_empty() {
                return Ok(self.after_match(rest));
            }
            // The delimiter is seen again as matched when the next step asks.
            self.queue.push_front(rest);
            self.place_after(bytes)
        } else {
            let tail = self.tail(&bytes);
            bytes.truncate(bytes.len() - tail);
            self.matched = tail;
            self.give(bytes)
        }
    }

    /// Content that is followed by a whole delimiter: the line of the boundary is next.
    fn place_after(&mut self, bytes: Bytes) -> Result<Option<Step>, MultipartError> {
        let given = self.give(bytes);
        self.place_on_line();
        given
    }

    fn after_match(&mut self, rest: Bytes) -> Option<Step> {
        if self.matched == self.delimiter.len() {
            self.place_on_line();
        }
        if !rest.is_empty() {
            self.queue.push_front(rest);
        }
        None
    }

    fn place_on_line(&mut self) {
        self.is_in_part = self.place == Place::Body;
        self.place = Place::Line;
        self.line.clear();
    }

    /// Content goes out; what is before the first boundary is counted and dropped.
    fn give(&mut self, bytes: Bytes) -> Result<Option<Step>, MultipartError> {
        if self.place == Place::Preamble {
            let passes = self.passes(bytes.len());
            return if passes { Ok(None) } else { Err(MultipartError::NoFirstBoundary) };
        }
        Ok((!bytes.is_empty()).then_some(Step::Piece(bytes)))
    }

    /// Counts bytes that are passed over; whether they are within the limit.
    fn passes(&mut self, bytes: usize) -> bool {
        self.passed += bytes;
        self.passed <= MARGIN_BYTES_MAX
    }

    /// How many of the last bytes may begin a delimiter.
    fn tail(&self, bytes: &[u8]) -> usize {
        let from = bytes.len().saturating_sub(self.delimiter.len() - 1);
        let last = &bytes[from..];
        memchr::memchr_iter(b'\r', last)
            .map(|at| last.len() - at)
            .find(|length| self.delimiter.starts_with(&last[last.len() - length..]))
            .unwrap_or(0)
    }

    /// After the boundary: two hyphens end the body; padding and a line end begin a part; with
    /// anything else it was no boundary but content that looks like one.
    fn rest_of_line(&mut self, mut bytes: Bytes) -> Result<Option<Step>, MultipartError> {
        for at in 0..bytes.len() {
            self.line.push(bytes[at]);
            let verdict = match self.line.as_slice() {
                b"--" => Verdict::Last,
                b"-" => continue,
                [padding @ .., b'\r', b'\n'] if blank(padding) => Verdict::Next,
                [padding @ .., b'\r'] if blank(padding) => continue,
                padding if blank(padding) && padding.len() <= PADDING_BYTES_MAX => continue,
                _ => Verdict::Content,
            };
            let rest = bytes.split_off(at + 1);
            if !rest.is_empty() {
                self.queue.push_front(rest);
            }
            return self.after_boundary(verdict);
        }
        Ok(None)
    }

    fn after_boundary(&mut self, verdict: Verdict) -> Result<Option<Step>, MultipartError> {
        let was_in_part = self.is_in_part;
        let content = self.delimiter.slice(self.borrowed..);
        (self.matched, self.borrowed) = (0, 0);
        match verdict {
            Verdict::Last if self.parts == 0 && !was_in_part => {
                self.place = Place::Epilogue;
                self.passed = 0;
                Err(MultipartError::Empty)
            }
            Verdict::Last => {
                self.place = Place::Epilogue;
                self.passed = 0;
                Ok(was_in_part.then_some(Step::End))
            }
            Verdict::Next => {
                self.place = Place::Head;
                self.line.clear();
                Ok(was_in_part.then_some(Step::End))
            }
            Verdict::Content => {
                self.place = if was_in_part { Place::Body } else { Place::Preamble };
                self.queue.push_front(Bytes::from(std::mem::take(&mut self.line)));
                self.give(content)
            }
        }
    }

    /// Lines until an empty one.
    fn head(&mut self, mut bytes: Bytes) -> Result<Option<Step>, MultipartError> {
        // The end may lie across buffers: three bytes of what was read before can belong to it.
        let before = self.line.len();
        let room = HEAD_BYTES_MAX + 4 - before.min(HEAD_BYTES_MAX);
        self.line.extend_from_slice(&bytes[..bytes.len().min(room)]);
        let end = if self.line.starts_with(b"\r\n") {
            Some((0, 2))
        } else {
            let from = before.saturating_sub(3);
            memchr::memmem::find(&self.line[from..], b"\r\n\r\n")
                .map(|at| (from + at + 2, from + at + 4))
        };
        let Some((lines, end)) = end.filter(|(lines, _)| *lines <= HEAD_BYTES_MAX) else {
            if self.line.len() > HEAD_BYTES_MAX {
                return Err(MultipartError::HeadTooLong(self.parts + 1));
            }
            return Ok(None);
        };
        self.parts += 1;
        if self.parts > PARTS_MAX {
            return Err(MultipartError::TooManyParts);
        }
        let head = Head::parse(&self.line[..lines], self.parts)?;
        self.line.clear();
        let rest = bytes.split_off(end - before);
        if !rest.is_empty() {
            self.queue.push_front(rest);
        }
        self.place = Place::Body;
        (self.matched, self.borrowed) = (2, 2);
        Ok(Some(Step::Part(head)))
    }
}

/// What the rest of a boundary's line says.
#[derive(Clone, Copy)]
enum Verdict {
    Next,
    Last,
    Content,
}

fn blank(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| matches!(byte, b' ' | b'\t'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parts as text, or why there are none; the body comes in buffers of `size` bytes.
    fn parts(body: &[u8], size: usize) -> Result<Vec<String>, String> {
        let boundary = Boundary::parse("b").unwrap();
        let mut splitter = Splitter::new(&boundary);
        let mut buffers = body.chunks(size).map(Bytes::copy_from_slice);
        let mut parts = Vec::new();
        let mut open = Vec::new();
        loop {
            match splitter.step().map_err(|error| error.to_string())? {
                Step::Hungry => match buffers.next() {
                    Some(buffer) => splitter.feed(buffer),
                    None => splitter.end(),
                },
                Step::Part(_) => open.clear(),
                Step::Piece(bytes) => open.extend_from_slice(&bytes),
                Step::End => parts.push(String::from_utf8(open.clone()).unwrap()),
                Step::Done => return Ok(parts),
            }
        }
    }
    /// Whatever the buffers are, the parts are the same.
    #[track_caller]
    fn check(body: &str, expected: &[&str]) {
        for size in 1..=body.len().max(1) {
            let found = parts(body.as_bytes(), size);
            assert_eq!(
                found.as_deref(),
                Ok(&expected.iter().map(|&t| t.into()).collect::<Vec<String>>()[..]),
                "{size}"
            );
        }
    }
    #[track_caller]
    fn check_refused(body: &str, expected: MultipartError) {
        for size in 1..=body.len().clamp(1, 300) {
            assert_eq!(parts(body.as_bytes(), size), Err(expected.to_string()), "{size}");
        }
    }

    #[test]
    fn parts_are_what_stands_between_boundaries() {
        check(
            "--b\r\n\r\none\r\n--b\r\nContent-Type: a/b\r\n\r\ntwo\r\n--b--\r\n",
            &["one", "two"],
        );
    }
    #[test]
    fn what_is_before_and_after_is_passed_over() {
        check("hello\r\n--b \t\r\n\r\none\r\n--b--\r\nbye", &["one"]);
        check("\r\n--b\r\n\r\none\r\n--b--", &["one"]);
    }
    #[test]
    fn a_part_may_be_empty_with_and_without_a_line_of_its_own() {
        check("--b\r\n\r\n\r\n--b--", &[""]);
        check("--b\r\nContent-Type: a/b\r\n\r\n--b--", &[""]);
        check("--b\r\n\r\n--b\r\n\r\n\r\n--b--", &["", ""]);
    }
    #[test]
    fn content_that_looks_like_a_boundary_is_content() {
        check("--b\r\n\r\n\r\r\n\r\n-\r\n--\r\n--a--b\r\n--b--", &["\r\r\n\r\n-\r\n--\r\n--a--b"]);
        check("--b\r\n\r\n\r\n--bb\r\n--b-\r\n--b--", &["\r\n--bb\r\n--b-"]);
        check("--b\r\n\r\n--bx\r\n--b\r\r\n--b--", &["--bx\r\n--b\r"]);
        check("--a\r\n--b\r\n\r\n--\r\n--b--", &["--"]);
    }
    #[test]
    fn a_body_without_its_final_boundary_is_refused() {
        check_refused("--b\r\n\r\none\r\n--b", MultipartError::Truncated);
        check_refused("--b\r\n\r\none\r\n--b-", MultipartError::Truncated);
        check_refused("--b\r\n\r\none\r\n--b\r\n", MultipartError::Truncated);
        check_refused("--b\r\n\r\none", MultipartError::Truncated);
    }
    #[test]
    fn a_body_without_a_part_is_refused() {
        check_refused("", MultipartError::Empty);
        check_refused("--b--", MultipartError::Empty);
        check_refused("nothing", MultipartError::NoFirstBoundary);
        check_refused("--c\r\n\r\none\r\n--c--", MultipartError::NoFirstBoundary);
    }
    #[test]
    fn heads_and_margins_are_limited() {
        let head = |bytes: usize| format!("--b\r\nX: {}\r\n\r\n.\r\n--b--", "x".repeat(bytes - 5));
        check_refused(&head(HEAD_BYTES_MAX + 1), MultipartError::HeadTooLong(1));
        assert_eq!(parts(head(HEAD_BYTES_MAX).as_bytes(), 1000), Ok(vec![".".into()]));
        let before = format!("{}\r\n--b--", "x".repeat(MARGIN_BYTES_MAX + 1));
        check_refused(&before, MultipartError::NoFirstBoundary);
        let after = format!("--b\r\n\r\n.\r\n--b--{}", "x".repeat(MARGIN_BYTES_MAX + 1));
        check_refused(&after, MultipartError::TooLong);
    }
}
