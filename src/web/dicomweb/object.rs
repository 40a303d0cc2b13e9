//! Objects of the store, as the answers of DICOMweb need them.

use crate::pipeline::sentence;
use crate::store::catalogue::Located;
use crate::store::{Store, StoreError, object};
use crate::web::request::Asked;
use crate::web::status::Refusal;
use interval_core::digest::Digest;
use interval_core::fault::Fault;
use interval_core::uid::SyntaxUid;
use interval_dicomweb::media::Syntaxes;
use interval_dicomweb::wado::ETag;
use interval_iod::part10;
use interval_iod::transcode::{TranscodeError, transcode};

/// What an object goes out as when nothing is said (PS3.18 8.7.3.5.2), and what else is plain.
const PLAIN: [&str; 2] = ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2"];

/// The objects that an address names; there is always one.
pub async fn located(asked: &Asked) -> Result<Vec<Located>, Refusal> {
    let selection = asked.selection()?;
    let found = asked.door.host.store.locate_own(asked.grant()?, &selection).await?;
    if found.is_empty() { Err(Refusal::NotFound) } else { Ok(found) }
}

/// The one object that an address names, or stands for: the middle one of a series.
pub async fn one(asked: &Asked) -> Result<Located, Refusal> {
    let mut all = located(asked).await?;
    let first = all[0].series.clone();
    all.retain(|object| object.series == first);
    let middle = all.len() / 2;
    Ok(all.swap_remove(middle))
}

/// The bytes of an object as it is kept: a Part 10 file.
pub fn read(store: &Store, located: &Located) -> Result<Vec<u8>, StoreError> {
    store.blobs().read(&located.object).map_err(object("read an instance"))
}

/// Names the state of objects: another one when any of them changes.
pub fn etag(objects: &[Located], what: &str) -> ETag {
    let digests = objects.iter().map(|object| object.digest.0.as_slice());
    ETag::of(&Digest::of_parts(digests.chain([what.as_bytes()])).to_string())
}

/// A Part 10 file in a transfer syntax that the caller takes, and which one that is.
pub fn part10_in(
    bytes: Vec<u8>,
    located: &Located,
    wanted: &Syntaxes,
) -> Result<(SyntaxUid, Vec<u8>), TranscodeError> {
    if wanted.takes(&located.syntax) {
        return Ok((located.syntax.clone(), bytes));
    }
    let done = match transcode(&bytes, &acceptable(wanted)) {
        // What cannot be decoded goes as it is, where nobody said what it has to be.
        Err(_) if *wanted == Syntaxes::Unsaid => return Ok((located.syntax.clone(), bytes)),
        done => done?,
    };
    let mut file = part10::prefix(&located.class, &located.uid, &done.syntax, "INTERVAL");
    file.extend_from_slice(&done.data_set);
    Ok((done.syntax, file))
}

fn acceptable(wanted: &Syntaxes) -> Vec<SyntaxUid> {
    match wanted {
        Syntaxes::Named(named) => named.clone(),
        Syntaxes::Unsaid | Syntaxes::AsStored => {
            PLAIN.iter().filter_map(|syntax| syntax.parse().ok()).collect()
        }
    }
}

/// What cannot be given in any form that was asked for.
pub fn not_given(error: &(impl std::error::Error + 'static), fault: Fault) -> Refusal {
    match fault {
        Fault::Refused => Refusal::NotAcceptable(format!("{}.", sentence(error))),
        other => Refusal::failed(other, sentence(error)),
    }
}
