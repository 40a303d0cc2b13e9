//! Associations: what is offered and used, with whom, and what is answered.

use super::Text;
use crate::config::Config;
use interval_core::query::{Attribute, Level};
use interval_dimse::ae::AeTitle;
use interval_dimse::classes::{self, Pixels, Purpose};
use interval_dimse::policy::Policy;
use interval_dimse::statement::{
    COMMITMENT_FAILURES, Done, ENTRIES, EXTENDED, Entry, Given, LIMITS, Role,
};
use interval_dimse::{IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME};

fn yes(is: bool) -> String {
    if is { "yes" } else { "no" }.into()
}

fn is_user(role: Role) -> bool {
    matches!(role, Role::User | Role::Both)
}

fn is_provider(role: Role) -> bool {
    matches!(role, Role::Provider | Role::Both)
}

/// Services by role.
pub fn overview(text: &mut Text) {
    text.heading("### 1.1 Network services");
    let row = |entry: &Entry| {
        [
            entry.name.into(),
            entry.operations.into(),
            yes(is_user(entry.role)),
            yes(is_provider(entry.role)),
        ]
    };
    text.table(["service", "operations", "user (SCU)", "provider (SCP)"], ENTRIES.iter().map(row));
}

/// All of section 3.
pub fn tell(text: &mut Text) {
    text.heading("## 3 Networking");
    text.heading("### 3.1 Implementation model");
    text.say(
        "One application entity, with one configurable title. Receiving: instances are hashed, \
         sealed and written while they stream; success is said once object and index are durable. \
         Settling: a study is analysed when the evidence says that it is complete (the source's \
         own count, a notice, or silence after the associations ended). Fetching: earlier studies \
         are asked for by C-FIND and C-GET, or C-MOVE. Delivering: results are stored in the same \
         study, each object retried alone.",
    );
    policies(text);
    contexts(text);
    statuses(text);
    keys(text);
    configuration(text);
}

fn policies(text: &mut Text) {
    text.heading("### 3.2 Association policies");
    // The limits that are delivered do not depend on the title.
    let policy = "INTERVAL".parse::<AeTitle>().ok().map(Policy::for_title);
    let mut rows = vec![
        ["Implementation Class UID".to_owned(), IMPLEMENTATION_CLASS_UID.to_owned()],
        ["Implementation Version Name".into(), IMPLEMENTATION_VERSION_NAME.into()],
        ["application context".into(), "1.2.840.10008.3.1.1.1".into()],
        ["asynchronous operations".into(), "not negotiated: one at a time".into()],
    ];
    if let Some(policy) = policy {
        let seconds = |duration: std::time::Duration| format!("{} s", duration.as_secs());
        let patience = policy.patience;
        rows.extend([
            ["associations at one time".to_owned(), Config::default().associations_max.to_string()],
            ["of one address".into(), policy.associations_per_address_max.to_string()],
            ["questions answered at one time".into(), policy.questions_max.to_string()],
            ["retrievals at one time".into(), policy.retrievals_max.to_string()],
            ["PDU size announced".into(), format!("{} bytes", policy.pdu_bytes_max)],
            ["until the whole request (ARTIM)".into(), seconds(patience.request)],
            ["until the next PDU".into(), seconds(patience.idle)],
            ["for one message".into(), seconds(patience.message)],
            ["for one operation of ours".into(), seconds(patience.operation)],
            ["for an association".into(), seconds(patience.association)],
        ]);
    }
    text.table(["what", "value as delivered"], rows);
    text.say("Limits that no configuration changes:");
    let limit = |limit: &interval_dimse::statement::Limit| {
        [limit.of.to_owned(), format!("{} {}", limit.value, limit.unit)]
    };
    text.table(["of", "at most, or at least"], LIMITS.iter().map(limit));
    text.say(
        "Above the number of associations a request is rejected as transient, local limit \
         exceeded. A called title that is not ours is rejected permanently with reason 7, a \
         calling title that may not call, or not from that address or with that certificate, with \
         reason 3.",
    );
}

fn contexts(text: &mut Text) {
    text.heading("### 3.3 Presentation contexts");
    text.say(
        "As acceptor we choose, for each context, the first transfer syntax of our own list that \
         is proposed. Storage classes take every syntax of the list; the other services take the \
         first two. SCP/SCU role selection is accepted for storage classes (C-GET) and for \
         Storage Commitment.",
    );
    let pixels = |pixels: Pixels| match pixels {
        Pixels::Exact => "exact",
        Pixels::Lossy => "possibly lossy: kept, not measured on",
    };
    let syntax = |syntax: &classes::TransferSyntax| {
        [syntax.name.to_owned(), syntax.uid.to_owned(), pixels(syntax.pixels).to_owned()]
    };
    text.table(
        ["transfer syntax, in our order", "UID", "pixels"],
        classes::SYNTAXES.iter().map(syntax),
    );
    let purpose = |purpose: Purpose| match purpose {
        Purpose::Read => "analysed",
        Purpose::Keep => "kept",
    };
    let class = |class: &classes::StorageClass| {
        [class.name.to_owned(), class.uid.to_owned(), purpose(class.purpose).to_owned()]
    };
    text.table(
        ["storage SOP class", "UID", "what becomes of it"],
        classes::STORAGE.iter().map(class),
    );
    let service = |class: &classes::ServiceClass| [class.name.to_owned(), class.uid.to_owned()];
    text.table(["other SOP class", "UID"], classes::SERVICES.iter().map(service));
    let extended = |(what, done): &(&str, Done)| [(*what).to_owned(), yes(*done == Done::Yes)];
    text.say("Extended negotiation of C-FIND (PS3.4 C.5.1.1):");
    text.table(["option", "done"], EXTENDED.iter().map(extended));
}

fn statuses(text: &mut Text) {
    text.heading("### 3.4 Statuses that we answer");
    let row = |entry: &'static Entry| {
        entry.statuses.iter().map(|given: &Given| {
            let operations = entry.operations.to_owned();
            [operations, format!("{:04X}H", given.status.0), given.when.to_owned()]
        })
    };
    text.table(["operation", "status", "when"], ENTRIES.iter().flat_map(row));
    text.say("Failure Reasons (0008,1197) of a commitment report:");
    let reason = |given: &Given| [format!("{:04X}H", given.status.0), given.when.to_owned()];
    text.table(["reason", "when"], COMMITMENT_FAILURES.iter().map(reason));
    text.say(
        "As user of C-STORE we take 0000H and Bxxx as done, try again later at A7xx, 0110H and \
         when the connection breaks (each object alone, with growing pauses), and stop for a human \
         at anything else.",
    );
}

fn keys(text: &mut Text) {
    text.heading("### 3.5 Keys of queries");
    text.say(
        "Matching is by single value, list of UIDs, wildcard, range of dates or times, and for \
         person names without regard to case, or by the beginnings of words where fuzzy matching \
         was negotiated. Answers are in ISO_IR 192 where they are not ASCII.",
    );
    let level = |level: Level| level.as_str().to_owned();
    let row = |attribute: &Attribute| {
        let (group, element) = attribute.tag();
        let tag = format!("({group:04X},{element:04X})");
        let matched = if attribute.is_key() { "matched and told" } else { "told" };
        let vr = attribute.vr().as_str().to_owned();
        [attribute.keyword().to_owned(), tag, vr, level(attribute.level()), matched.to_owned()]
    };
    text.table(["attribute", "tag", "VR", "level", "use"], Attribute::ALL.iter().map(row));
}

fn configuration(text: &mut Text) {
    text.heading("### 3.6 Configuration");
    text.say(
        "`interval.toml`: our title and ports; for each peer its title, address, the networks it \
         calls from, the fingerprints of its certificates, what it may do, and whether it is asked \
         for counts and earlier studies; destinations of results; quiet period; free space that is \
         kept. Physical media: none.",
    );
}
