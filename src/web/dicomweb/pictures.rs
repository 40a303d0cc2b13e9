//! WADO-RS: frames as bytes, and as people see them.

use super::object::{etag, not_given, one, read};
use super::retrieve::parts;
use super::{body, put, unchanged};
use crate::store::catalogue::Located;
use crate::web::request::{Answered, Asked, apart};
use crate::web::status::Refusal;
use axum::http::header::ETAG;
use bytes::Bytes;
use interval_core::uid::SyntaxUid;
use interval_dicomweb::media::{Choice, Form, Kind, Media, choose_of, frame_offers};
use interval_dicomweb::multipart::{Boundary, Head};
use interval_dicomweb::wado::{self, Rendering, content_type, frame_head};
use interval_iod::frames::{FrameError, Frames};
use interval_iod::render::{self, Function, View, Viewport, Window};

/// Quality of a JPEG when nothing is said.
const QUALITY: u8 = 90;

/// Longest side of a thumbnail when nothing is said, in pixels.
const THUMBNAIL_SIDE: u32 = 128;

/// Longest side of a picture whose viewport names only one side, in pixels.
const SIDE_MAX: u32 = 8_192;

fn frame_numbers(asked: &Asked) -> Result<Vec<u32>, Refusal> {
    match asked.variable("frames") {
        "" => Ok(vec![1]),
        text => wado::frames(text).map_err(|error| Refusal::Malformed(format!("{error}."))),
    }
}

/// Frames of an object: as they are stored where the caller takes that, else plain.
pub async fn frames(asked: Asked) -> Answered {
    let numbers = frame_numbers(&asked)?;
    let located = one(&asked).await?;
    let choice = choose_of(&asked.accept(), &frame_offers(&located.syntax))
        .map_err(|no| Refusal::NotAcceptable(format!("{no}.")))?;
    if choice.form == Form::Single && numbers.len() > 1 {
        return Err(Refusal::NotAcceptable("Several frames are given in parts only.".into()));
    }
    let etag = etag(std::slice::from_ref(&located), &format!("{numbers:?} {choice:?}"));
    if asked.is_fresh(&etag) {
        return Ok(unchanged(&etag));
    }
    let (store, base) = (asked.door.host.store.clone(), asked.base());
    let wanted = choice.clone();
    let given = apart(move || {
        let bytes = read(&store, &located)?;
        cut(&bytes, (&located, &base), &numbers, &wanted)
    })
    .await?;
    let boundary = Boundary::from_u128(asked.id.0);
    let media = content_type(&choice, &boundary, Some(&given.syntax));
    let mut given = given.frames;
    let mut response = match (choice.form, given.len()) {
        (Form::Single, 1) => body(&media, given.swap_remove(0).1),
        _ => parts(&media, given, boundary),
    };
    put(response.headers_mut(), ETAG, etag.as_str());
    Ok(response)
}

struct Given {
    syntax: SyntaxUid,
    frames: Vec<(Head, Bytes)>,
}

fn cut(
    bytes: &[u8],
    (located, base): (&Located, &str),
    numbers: &[u32],
    choice: &Choice,
) -> Result<Given, Refusal> {
    let all = Frames::open(bytes).map_err(|error| unfit(&error))?;
    let as_stored = choice.syntaxes.takes(&located.syntax) || choice.media != Media::OctetStream;
    let plain: SyntaxUid = "1.2.840.10008.1.2.1".parse().map_err(|_| Refusal::NotFound)?;
    let syntax = if as_stored && all.is_encapsulated() { located.syntax.clone() } else { plain };
    let mut frames = Vec::with_capacity(numbers.len());
    for number in numbers {
        let index = number.saturating_sub(1);
        let frame = if as_stored { all.stored(index) } else { all.native(index) };
        let frame = frame.map_err(|error| unfit(&error))?;
        let address = format!(
            "{base}/studies/{}/series/{}/instances/{}/frames/{number}",
            located.study, located.series, located.uid
        );
        frames.push((frame_head(choice.media, &syntax, address), frame.into_owned().into()));
    }
    Ok(Given { syntax, frames })
}

/// An object without such a frame has none; one that cannot be decoded is not acceptable.
fn unfit(error: &FrameError) -> Refusal {
    match error {
        FrameError::NoPixels | FrameError::NoFrame { .. } => Refusal::NotFound,
        other => not_given(other, other.fault()),
    }
}

/// An image of a study, a series, an object or a frame.
pub async fn rendered(asked: Asked) -> Answered {
    draw(asked, Kind::Rendered, None).await
}

/// A small image.
pub async fn thumbnail(asked: Asked) -> Answered {
    let small = Viewport { width: THUMBNAIL_SIDE, height: THUMBNAIL_SIDE };
    draw(asked, Kind::Thumbnail, Some(small)).await
}

async fn draw(asked: Asked, kind: Kind, small: Option<Viewport>) -> Answered {
    let choice = asked.choice(kind)?;
    let wishes = Rendering::parse(&asked.dicom_parameters()?)
        .map_err(|error| Refusal::Malformed(format!("{error}.")))?;
    let number = frame_numbers(&asked)?[0];
    let located = one(&asked).await?;
    let etag = etag(
        std::slice::from_ref(&located),
        &format!("{kind:?} {number} {wishes:?} {:?}", choice.media),
    );
    if asked.is_fresh(&etag) {
        return Ok(unchanged(&etag));
    }
    let store = asked.door.host.store.clone();
    let whole_series = asked.variable("frames").is_empty();
    let media = choice.media;
    let picture = apart(move || {
        let bytes = read(&store, &located)?;
        let frames = Frames::open(&bytes).map_err(|error| unfit(&error))?;
        let middle = frames.image().frames / 2;
        let index = if whole_series { middle } else { number.saturating_sub(1) };
        let view = view(&wishes, small);
        let failed = |error: render::RenderError| not_given(&error, error.fault());
        let picture = render::render(&frames, index, &view).map_err(failed)?;
        match media {
            Media::Png => picture.png().map_err(failed),
            _ => picture.jpeg(wishes.quality.unwrap_or(QUALITY)).map_err(failed),
        }
    })
    .await?;
    let mut response = body(media.as_str(), picture);
    put(response.headers_mut(), ETAG, etag.as_str());
    Ok(response)
}

/// How the picture is to look. A region of the image is not cut out: all of it is shown.
fn view(wishes: &Rendering, small: Option<Viewport>) -> View {
    let window = wishes.window.map(|window| Window {
        centre: window.center,
        width: window.width,
        function: match window.shape {
            wado::Shape::Linear => Function::Linear,
            wado::Shape::LinearExact => Function::LinearExact,
            wado::Shape::Sigmoid => Function::Sigmoid,
        },
    });
    let wished = wishes.viewport.map(|viewport| Viewport {
        width: viewport.width.unwrap_or(SIDE_MAX).min(SIDE_MAX),
        height: viewport.height.unwrap_or(SIDE_MAX).min(SIDE_MAX),
    });
    View { window, viewport: wished.or(small) }
}
