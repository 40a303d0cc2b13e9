//! WADO-RS: what objects say of themselves, without their pixels, as DICOM JSON.

use super::address::Addresses;
use super::object::{etag, located};
use super::{body, put, unchanged};
use crate::pipeline::sentence;
use crate::store::blobs::CHUNK_BYTES;
use crate::store::catalogue::Located;
use crate::store::{Store, StoreError, object};
use crate::web::request::{Answered, Asked, apart};
use crate::web::status::Refusal;
use axum::http::header::ETAG;
use interval_core::fault::Fault;
use interval_dicomweb::media::Kind;
use interval_iod::json::{self, Surroundings};

/// Objects that one thread writes: a study of 640 is shared by all of them.
const AT_ONCE: usize = 64;

/// The metadata of a study, a series or an object.
pub async fn metadata(asked: Asked) -> Answered {
    let choice = asked.choice(Kind::Metadata)?;
    let located = located(&asked).await?;
    let addresses = Addresses::of(&asked);
    let etag = etag(&located, addresses.name());
    if asked.is_fresh(&etag) {
        return Ok(unchanged(&etag));
    }
    let store = asked.door.host.store.clone();
    let text = together(&store, located, &addresses).await?;
    let mut response = body(choice.media.as_str(), text);
    put(response.headers_mut(), ETAG, etag.as_str());
    Ok(response)
}

/// The metadata of all objects as one array, written by several threads.
async fn together(
    store: &Store,
    located: Vec<Located>,
    addresses: &Addresses,
) -> Result<Vec<u8>, Refusal> {
    let part = |some: &[Located]| {
        let (store, some, addresses) = (store.clone(), some.to_vec(), addresses.clone());
        tokio::spawn(apart(move || written(&store, &some, &addresses)))
    };
    let parts: Vec<_> = located.chunks(AT_ONCE).map(part).collect();
    let mut text = vec![b'['];
    for part in parts {
        let part = part.await.map_err(|error| Refusal::failed(Fault::Defect, error))??;
        if text.len() > 1 {
            text.push(b',');
        }
        text.extend_from_slice(&part);
    }
    text.push(b']');
    Ok(text)
}

fn written(store: &Store, located: &[Located], addresses: &Addresses) -> Result<Vec<u8>, Refusal> {
    let mut text = Vec::with_capacity(located.len() * 6 * 1024);
    for one in located {
        if !text.is_empty() {
            text.push(b',');
        }
        let address = addresses.instance(one);
        let available = [one.syntax.clone()];
        let around = Surroundings { instance: &address, available: &available };
        // The first chunk holds the header of nearly every image; of the rest the whole is read.
        let start = read_start(store, one, CHUNK_BYTES as u64)?;
        let is_all = start.len() as u64 >= one.bytes;
        let mut done = json::write(&start, &around, &mut text);
        if done.is_err() && !is_all {
            let whole = read_start(store, one, u64::MAX)?;
            done = json::write(&whole, &around, &mut text);
        }
        done.map_err(|error| Refusal::failed(error.fault(), sentence(&error)))?;
    }
    Ok(text)
}

fn read_start(store: &Store, located: &Located, most: u64) -> Result<Vec<u8>, StoreError> {
    store.blobs().read_start(&located.object, most).map_err(object("read an instance"))
}
