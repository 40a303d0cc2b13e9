//! Heads of what goes out (PS3.18 8.6.1.2, 8.7.3): parts of objects, frames and bulk data.

use crate::media::{Choice, Form, Media, MediaType};
use crate::multipart::{Boundary, Head};
use interval_core::uid::SyntaxUid;

fn typed(media: Media, syntax: Option<&SyntaxUid>) -> MediaType {
    let media = MediaType::of(media.as_str());
    match syntax {
        Some(syntax) => media.with("transfer-syntax", syntax.as_str()),
        None => media,
    }
}

/// The head of an object in a transfer syntax, with the address at which it can be had alone.
pub fn object_head(syntax: &SyntaxUid, location: impl Into<String>) -> Head {
    Head::of(typed(Media::Dicom, Some(syntax))).at(location)
}

/// The head of a frame. Its media type follows from its transfer syntax, unless plain bytes were
/// asked for.
pub fn frame_head(media: Media, syntax: &SyntaxUid, location: impl Into<String>) -> Head {
    Head::of(typed(media, Some(syntax))).at(location)
}

/// The head of bulk data.
pub fn bulk_head(location: impl Into<String>) -> Head {
    Head::of(typed(Media::OctetStream, None)).at(location)
}

/// The Content-Type of an answer: with its boundary where there are parts; with the transfer
/// syntax where one object or frame goes out alone.
pub fn content_type(choice: &Choice, boundary: &Boundary, syntax: Option<&SyntaxUid>) -> String {
    match choice.form {
        Form::Multipart => boundary.content_type(choice.media.as_str()),
        Form::Single => typed(choice.media, syntax).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::{Accept, Kind, choose};

    #[test]
    fn a_head_tells_the_transfer_syntax() {
        let syntax: SyntaxUid = "1.2.840.10008.1.2.1".parse().unwrap();
        let head = object_head(&syntax, "/x").content_type.unwrap().to_string();
        assert_eq!(head, "application/dicom; transfer-syntax=1.2.840.10008.1.2.1");
    }
    #[test]
    fn an_answer_is_typed_by_its_form() {
        let boundary = Boundary::parse("b").unwrap();
        let of = |accept| {
            let choice = choose(&Accept::of(Some(accept), None), Kind::Instance).unwrap();
            content_type(&choice, &boundary, None)
        };
        assert_eq!(of(""), "multipart/related; type=\"application/dicom\"; boundary=\"b\"");
        assert_eq!(of("application/dicom"), "application/dicom");
    }
}
