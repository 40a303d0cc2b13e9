//! Security: transport, identity, audit, confidentiality profiles.

use super::Text;

/// Section 7.
pub fn tell(text: &mut Text) {
    text.heading("## 7 Security");
    text.heading("### 7.1 Transport");
    text.say(
        "DICOM associations over TLS 1.3; TLS 1.2 with authenticated encryption and forward secrecy \
         only where `floor = \"1.2\"` allows it, as PS3.15 B.12 asks of who has to speak 1.2. \
         Callers show a certificate of a configured authority unless the site decides otherwise; a \
         peer's fingerprints may be listed. The web door speaks TLS 1.3, or 1.2 by the same word.",
    );
    text.heading("### 7.2 Identity and access");
    text.say(
        "User identity negotiation (types 1, 2 and 5) is received; nobody is let in by it alone. \
         Each peer may do what the configuration lists for its title: store, list, retrieve. \
         People sign in by OpenID Connect and see assigned patients only.",
    );
    text.heading("### 7.3 Audit (PS3.15 A.5)");
    let events = [
        ("Application Activity", "start and stop of the node"),
        ("Audit Log Used", "reading and verifying the log"),
        ("Instances Accessed", "images and results shown"),
        ("Instances Transferred", "studies received; results and copies sent"),
        ("Export", "retrieval by peers and programs"),
        ("Query", "searches, with the number of matches"),
        ("Security Alert", "refused peers, contradictions put aside, opened vault, broken glass"),
        ("User Authentication", "signing in and out"),
        ("Study Deleted", "destruction of a patient's key"),
    ];
    let row = |(event, when): &(&str, &str)| [*event, *when].map(str::to_owned);
    text.table(["message", "trigger"], events.iter().map(row));
    text.say(
        "Sent by syslog over TLS (RFC 5425) where configured; kept in a log that shows tampering.",
    );
    text.heading("### 7.4 Confidentiality profiles (PS3.15 Annex E)");
    let profiles = [
        ("Basic Application Level Confidentiality Profile", "de-identifier", "no"),
        (
            "Clean Graphics, Clean Structured Content, Clean Descriptors Options",
            "de-identifier",
            "no",
        ),
        (
            "Retain Longitudinal Temporal Information With Modified Dates Option",
            "de-identifier",
            "no",
        ),
        ("Retain Patient Characteristics Option", "de-identifier", "no"),
        ("Retain Device Identity Option", "de-identifier", "no"),
        ("Retain Safe Private Option", "de-identifier", "no"),
    ];
    let row =
        |(profile, role, set): &(&str, &str, &str)| [*profile, *role, *set].map(str::to_owned);
    text.table(["profile or option", "role", "configurable"], profiles.iter().map(row));
    text.say(
        "They make the copies that the analysis sees. Results are given back their identity from \
         the node's vault before they leave; no object carries encrypted attributes.",
    );
}
