//! Checkpoints as text that other logs' tools read: a signed note (C2SP signed-note) that says how
//! long the log is and what its root is (C2SP tlog-checkpoint).
//!
//! ```text
//! interval-audit-1f6e...
//! 4711
//! CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
//!
//! — interval-audit-1f6e... Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv...
//! ```

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use interval_core::audit::proof::TreeHead;
use interval_core::digest::Digest;
use interval_models::signature::Line;
use std::fmt;

/// What a note is about: a log, how long it is, its root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log: the name of its key.
    pub origin: String,
    /// Its length and root.
    pub head: TreeHead,
    /// Further lines, which others may have added before signing.
    pub extensions: Vec<String>,
}

/// A checkpoint with its signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What is signed.
    pub checkpoint: Checkpoint,
    /// By whom.
    pub signatures: Vec<Line>,
}

/// The text is not a signed checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotANote {
    /// There is no text where it should be.
    #[error("the {0} is missing")]
    Missing(&'static str),
    /// A line says something else than it should.
    #[error("the {0} is not valid")]
    Invalid(&'static str),
}

impl Checkpoint {
    /// The bytes that are signed.
    pub fn text(&self) -> String {
        let TreeHead { size, root } = &self.head;
        let mut text = format!("{}\n{size}\n{}\n", self.origin, STANDARD.encode(root.0));
        for line in &self.extensions {
            text.push_str(line);
            text.push('\n');
        }
        text
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.checkpoint.text())?;
        for signature in &self.signatures {
            writeln!(f, "{signature}")?;
        }
        Ok(())
    }
}

/// Reads the notes of a file, one after another with or without empty lines between them.
pub fn parse_all(text: &str) -> Result<Vec<Note>, NotANote> {
    let mut lines = text.split_inclusive('\n').peekable();
    let mut notes = Vec::new();
    loop {
        while lines.next_if_eq(&"\n").is_some() {}
        if lines.peek().is_none() {
            return Ok(notes);
        }
        let mut body = Vec::new();
        while let Some(line) = lines.next_if(|line| *line != "\n") {
            body.push(line.strip_suffix('\n').ok_or(NotANote::Missing("end of a line"))?);
        }
        lines.next().ok_or(NotANote::Missing("empty line before the signatures"))?;
        let checkpoint = checkpoint(&body)?;
        let mut signatures = Vec::new();
        while let Some(line) = lines.next_if(|line| Line::begins(line)) {
            let line = line.strip_suffix('\n').ok_or(NotANote::Missing("end of a line"))?;
            signatures.push(signature(line)?);
        }
        if signatures.is_empty() {
            return Err(NotANote::Missing("signature"));
        }
        notes.push(Note { checkpoint, signatures });
    }
}

fn checkpoint(body: &[&str]) -> Result<Checkpoint, NotANote> {
    let [origin, size, root, extensions @ ..] = body else {
        return Err(NotANote::Missing("origin, size or root"));
    };
    // One spelling for a number, so that one state of the log has one text.
    let parsed: u64 = size.parse().map_err(|_| NotANote::Invalid("size"))?;
    if parsed.to_string() != *size {
        return Err(NotANote::Invalid("size"));
    }
    let root = STANDARD.decode(root).ok().and_then(|bytes| bytes.try_into().ok());
    let root = Digest(root.ok_or(NotANote::Invalid("root"))?);
    Ok(Checkpoint {
        origin: (*origin).to_owned(),
        head: TreeHead { size: parsed, root },
        extensions: extensions.iter().map(|line| (*line).to_owned()).collect(),
    })
}

fn signature(line: &str) -> Result<Line, NotANote> {
    line.parse().map_err(|_| NotANote::Invalid("signature"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::key::PublicKey;

    /// The example of the tlog-checkpoint specification.
    const EXAMPLE: &str = "example.com/behind-the-sofa\n20852163\n\
        CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\
        \u{2014} example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN\
        7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";

    /// A key and a note of the reference implementation's documentation (golang.org/x/mod).
    const REFERENCE_KEY: &str =
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const REFERENCE_TEXT: &str = "If you think cryptography is the answer to your problem,\n\
        then you don't know what your problem is.\n";
    const REFERENCE_SIGNATURE: &str = "\u{2014} PeterNeumann \
        x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=";

    #[test]
    fn the_example_of_the_specification_reads_and_writes_back() {
        let notes = parse_all(EXAMPLE).expect("a note");
        assert_eq!(notes.len(), 1);
        assert_eq!(notes[0].checkpoint.head.size, 20_852_163);
        assert_eq!(notes[0].to_string(), EXAMPLE);
    }
    #[test]
    fn a_signature_of_the_reference_implementation_holds_and_another_text_does_not() {
        let key: PublicKey = REFERENCE_KEY.parse().expect("a key");
        let signed = signature(REFERENCE_SIGNATURE).expect("a signature");
        assert_eq!(signed.key, key.id());
        assert!(key.signed(REFERENCE_TEXT, &signed));
        assert!(!key.signed(&REFERENCE_TEXT.replace("answer", "Answer"), &signed));
    }
    #[test]
    fn several_notes_stand_one_after_another() {
        let notes = parse_all(&format!("{EXAMPLE}{EXAMPLE}\n\n{EXAMPLE}")).expect("notes");
        assert_eq!(notes.len(), 3);
        assert_eq!(parse_all(""), Ok(Vec::new()));
    }
    #[test]
    fn other_texts_are_no_notes() {
        for (from, to) in [
            ("20852163", "020852163"),
            ("20852163", "-1"),
            ("CsUY", "CsU"),
            ("\n\n", "\n"),
            ("\u{2014} example", "- example"),
            (" Az3g", ""),
            ("YQ8=\n", "YQ8="),
        ] {
            assert!(parse_all(&EXAMPLE.replacen(from, to, 1)).is_err(), "{from} as {to}");
        }
    }
}
