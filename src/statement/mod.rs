//! The DICOM Conformance Statement (PS3.2 Annex N). Its tables are made of the constants that the
//! code uses; what stands in `conformance/STATEMENT.md` is this text, and a test compares them.

mod associations;
mod objects;
mod trust;
mod web;

use std::fmt::Write as _;

/// A text in Markdown that grows.
#[derive(Debug, Default)]
struct Text(String);

impl Text {
    fn heading(&mut self, text: &str) {
        let _ = write!(self.0, "\n{text}\n\n");
    }

    fn say(&mut self, text: &str) {
        let _ = write!(self.0, "{text}\n\n");
    }

    fn table<const N: usize>(
        &mut self,
        head: [&str; N],
        rows: impl IntoIterator<Item = [String; N]>,
    ) {
        let _ = writeln!(self.0, "| {} |", head.join(" | "));
        let _ = writeln!(self.0, "|{}", "---|".repeat(N));
        for row in rows {
            let _ =
                writeln!(self.0, "| {} |", row.map(|cell| cell.replace('|', "\\|")).join(" | "));
        }
        self.0.push('\n');
    }
}

/// The whole statement.
pub fn statement() -> String {
    let mut text = Text::default();
    overview(&mut text);
    associations::tell(&mut text);
    web::tell(&mut text);
    objects::tell(&mut text);
    trust::tell(&mut text);
    let mut lines: Vec<_> = text.0.trim().lines().map(str::trim_end).collect();
    lines.dedup_by(|line, before| line.is_empty() && before.is_empty());
    lines.join("\n") + "\n"
}

fn overview(text: &mut Text) {
    text.heading("# Interval: DICOM Conformance Statement");
    text.say(&format!(
        "Product: Interval, an imaging node that follows brain tumours on MRI. Version {}. Research \
         use only; not a medical device.",
        env!("CARGO_PKG_VERSION")
    ));
    text.say(
        "This text is written by `interval statement` from the tables that the program itself uses. \
         It follows the order of PS3.2 Annex N.",
    );
    text.heading("## 1 Overview");
    text.say(
        "Interval receives MR studies from archives, routers and modalities, keeps them, answers \
         questions about them, analyses them, and sends Segmentation, Structured Report and \
         Encapsulated PDF objects back. It speaks DIMSE and DICOMweb.",
    );
    associations::overview(text);
    web::overview(text);
    text.heading("## 2 Introduction");
    text.say(
        "For: the staff of a hospital who connect Interval to an archive, a router, a viewer or a \
         modality, and their vendors. Conformance does not promise that two products work \
         together; both statements have to be compared, and the connection tried. Terms are those \
         of PS3.3 to PS3.8 and PS3.18; *we* is Interval.",
    );
    text.heading("### 2.1 What is not supported");
    let not = [
        "HL7 v2 in any form; Modality Worklist; MPPS; print; media (PS3.10 file sets, PS3.11).",
        "Hanging protocols, structured display, presentation states of our own making.",
        "Asynchronous operations: one operation at a time for each association.",
        "Matching of attributes inside sequences; combined date and time matching; several values \
         in one key other than UIDs.",
        "DICOMweb: XML forms of data sets, STOW of metadata with bulk data apart, subscriptions to \
         worklists by websocket, rendered multi-frame media.",
        "JPEG-LS, JPEG XL and video streams are kept and sent on as they are; they are not decoded.",
        "SOP classes and transfer syntaxes that are not in the tables below.",
    ];
    for line in not {
        let _ = writeln!(text.0, "- {line}");
    }
    text.0.push('\n');
}
