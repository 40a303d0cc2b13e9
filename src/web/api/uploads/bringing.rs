//! An upload while its files come.

use super::{UploadBegun, UploadTally, bringer, computed, mine};
use crate::store::milliseconds;
use crate::upload::{HOUSE, LIFE, NotBegun};
use crate::web::request::{Answered, Asked, done, json, json_with, next, soon};
use crate::web::status::Refusal;
use axum::http::StatusCode;
use axum::http::header::CONTENT_LENGTH;
use interval_core::fault::Fault;
use std::time::Duration;

/// Largest body of one file, in bytes: what a whole upload may have.
const BODY_BYTES_MAX: u64 = HOUSE.bytes_max;

/// `POST /api/v1/uploads`
pub async fn begin(asked: Asked) -> Answered {
    let begun = asked.door.host.operations.uploads.begin(bringer(&asked)?, asked.now);
    let id = begun.map_err(|error| match error {
        NotBegun::Own => Refusal::Conflict(sentence(&error.to_string())),
        NotBegun::All => Refusal::TooMany(Duration::from_mins(1)),
        NotBegun::Full(_) => Refusal::failed(Fault::Exhausted, error),
        NotBegun::Random(_) => Refusal::failed(Fault::Unavailable, error),
    })?;
    let ends_ms = milliseconds(asked.now + LIFE);
    json_with(StatusCode::CREATED, &UploadBegun { upload: id.to_string(), ends_ms })
}

/// `PUT /api/v1/uploads/{upload}/files?name=`: one file, an image or an archive of images.
pub async fn file(asked: Asked) -> Answered {
    let (_, pile) = mine(&asked)?;
    let announced = asked.headers.get(CONTENT_LENGTH).and_then(|text| text.to_str().ok());
    let announced = announced.and_then(|text| text.parse::<u64>().ok());
    if announced.is_some_and(|bytes| bytes > BODY_BYTES_MAX) {
        return Err(Refusal::TooLarge);
    }
    let name = asked.parameter("name").unwrap_or("a file without a name");
    let landing = asked.door.host.operations.uploads.land(&pile, name);
    let mut landing = landing.map_err(|full| Refusal::failed(Fault::Exhausted, full))?;
    let mut stream = asked.take_stream().into_data_stream();
    let mut bytes = 0;
    while let Some(piece) = soon(next(&mut stream)).await? {
        let piece = piece.map_err(|_| Refusal::Malformed("The body broke off.".into()))?;
        bytes += piece.len() as u64;
        if bytes > BODY_BYTES_MAX {
            return Err(Refusal::TooLarge);
        }
        // A piece of an archive may unpack to some thousand of them.
        landing = computed(move || {
            landing.take(&piece);
            landing
        })
        .await?;
    }
    computed(move || landing.finish()).await?;
    json(&UploadTally::from(pile.tally()))
}

/// `DELETE /api/v1/uploads/{upload}`: nothing of it stays.
pub async fn end(asked: Asked) -> Answered {
    let (id, _) = mine(&asked)?;
    asked.door.host.operations.uploads.end(id);
    Ok(done())
}

/// Words as a sentence.
pub(super) fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).chain(['.']).collect()
}
