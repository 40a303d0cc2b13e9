//! What we can give of each kind of resource, and which of it fits what a client takes
//! (PS3.18 8.7.3, 8.7.4 and tables 10.4.1-1 to 10.4.4-1).

use super::accept::{Accept, Range};
use interval_core::uid::SyntaxUid;
use std::fmt;

/// Most transfer syntaxes of one request.
pub const SYNTAXES_MAX: usize = 32;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// All objects of a study or series.
    Objects,
    /// One object.
    Instance,
    /// Metadata.
    Metadata,
    /// Frames of an object.
    Frames,
    /// Values that are not in the metadata.
    BulkData,
    /// Images for consumer software.
    Rendered,
    /// A small image.
    Thumbnail,
    /// Matches of a search, outcomes of a store.
    Answer,
    /// Workitems.
    Workitems,
}

/// Media that we speak of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each is named by its media type")]
pub enum Media {
    Dicom,
    DicomJson,
    Json,
    OctetStream,
    Jpeg,
    Png,
    Jls,
    Jp2,
    Jphc,
    Rle,
}

impl Media {
    /// Its media type.
    pub fn as_str(self) -> &'static str {
        match self {
            Media::Dicom => "application/dicom",
            Media::DicomJson => "application/dicom+json",
            Media::Json => "application/json",
            Media::OctetStream => "application/octet-stream",
            Media::Jpeg => "image/jpeg",
            Media::Png => "image/png",
            Media::Jls => "image/jls",
            Media::Jp2 => "image/jp2",
            Media::Jphc => "image/jphc",
            Media::Rle => "image/dicom-rle",
        }
    }

    /// The media type of frames in a transfer syntax (PS3.18 table 8.7.3-5).
    pub fn of_frames(syntax: &str) -> Self {
        match syntax {
            "1.2.840.10008.1.2.4.50"
            | "1.2.840.10008.1.2.4.51"
            | "1.2.840.10008.1.2.4.57"
            | "1.2.840.10008.1.2.4.70" => Media::Jpeg,
            "1.2.840.10008.1.2.4.80" | "1.2.840.10008.1.2.4.81" => Media::Jls,
            "1.2.840.10008.1.2.4.90" | "1.2.840.10008.1.2.4.91" => Media::Jp2,
            "1.2.840.10008.1.2.4.201" | "1.2.840.10008.1.2.4.202" | "1.2.840.10008.1.2.4.203" => {
                Media::Jphc
            }
            "1.2.840.10008.1.2.5" => Media::Rle,
            _ => Media::OctetStream,
        }
    }
}

/// Whether an answer has several parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// multipart/related.
    Multipart,
    /// One body.
    Single,
}

/// Something that can be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Offer {
    /// What the parts, or the body, are.
    pub media: Media,
    /// In which form.
    pub form: Form,
}

const fn parts(media: Media) -> Offer {
    Offer { media, form: Form::Multipart }
}

const fn one(media: Media) -> Offer {
    Offer { media, form: Form::Single }
}

impl Kind {
    /// What is given of it, what is given by default first.
    pub fn offers(self) -> &'static [Offer] {
        match self {
            Kind::Objects => const { &[parts(Media::Dicom)] },
            Kind::Instance => const { &[parts(Media::Dicom), one(Media::Dicom)] },
            Kind::Metadata | Kind::Answer | Kind::Workitems => {
                const { &[one(Media::DicomJson), one(Media::Json)] }
            }
            Kind::Frames => {
                const {
                    &[
                        parts(Media::OctetStream),
                        parts(Media::Jpeg),
                        parts(Media::Jls),
                        parts(Media::Jp2),
                        parts(Media::Jphc),
                        parts(Media::Rle),
                        one(Media::OctetStream),
                    ]
                }
            }
            Kind::BulkData => const { &[parts(Media::OctetStream), one(Media::OctetStream)] },
            Kind::Rendered | Kind::Thumbnail => const { &[one(Media::Jpeg), one(Media::Png)] },
        }
    }
}

/// What can be given of the frames of one object: plain bytes, and the images that it is stored as.
/// For [`choose_of`]: what [`Kind::Frames`] offers is of all objects together.
pub fn frame_offers(stored: &SyntaxUid) -> Vec<Offer> {
    let image = Media::of_frames(stored.as_str());
    let mut offers = vec![parts(Media::OctetStream), one(Media::OctetStream)];
    if image != Media::OctetStream {
        offers.insert(1, parts(image));
    }
    offers
}

/// Transfer syntaxes that the client takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Syntaxes {
    /// Nothing was said: Explicit VR Little Endian is the default (PS3.18 8.7.3.5.2), and what is
    /// compressed may be given as it is only if it cannot be decoded.
    Unsaid,
    /// As they are stored (`*`).
    AsStored,
    /// One of these, the first that can be had.
    Named(Vec<SyntaxUid>),
}

impl Syntaxes {
    /// Whether an object in this syntax may go out as it is stored.
    pub fn takes(&self, stored: &SyntaxUid) -> bool {
        match self {
            Self::Unsaid => stored.as_str() == "1.2.840.10008.1.2.1",
            Self::AsStored => true,
            Self::Named(named) => named.contains(stored),
        }
    }
}

/// What is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// In which media and form.
    pub media: Media,
    /// Whether in several parts.
    pub form: Form,
    /// In which transfer syntaxes.
    pub syntaxes: Syntaxes,
}

/// Nothing that can be given would be taken: 406.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("none of the media types asked for can be given; this can: {}", list(.offers))]
pub struct NotAcceptable {
    /// What can be given.
    pub offers: Vec<Offer>,
}

impl NotAcceptable {
    /// What it asks of the other side.
    pub fn fault(&self) -> interval_core::fault::Fault {
        interval_core::fault::Fault::Refused
    }
}

impl fmt::Display for Offer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.form {
            Form::Multipart => write!(f, "multipart/related; type=\"{}\"", self.media.as_str()),
            Form::Single => f.write_str(self.media.as_str()),
        }
    }
}

fn list(offers: &[Offer]) -> String {
    offers.iter().map(Offer::to_string).collect::<Vec<_>>().join(", ")
}

/// The best of what is given of a kind.
pub fn choose(accept: &Accept, kind: Kind) -> Result<Choice, NotAcceptable> {
    choose_of(accept, kind.offers())
}

/// The best of some offers: by weight, then by the order of the client, then by ours. Each offer
/// has the weight of the entry that says most about it.
pub fn choose_of(accept: &Accept, offers: &[Offer]) -> Result<Choice, NotAcceptable> {
    let none = || NotAcceptable { offers: offers.to_vec() };
    let first = offers.first().ok_or_else(none)?;
    if accept.is_open() {
        return Ok(Choice { media: first.media, form: first.form, syntaxes: Syntaxes::Unsaid });
    }
    let mut best: Option<(u16, usize, Offer)> = None;
    for offer in offers {
        let fits = |(at, range): (usize, &Range)| Some((fit(range, *offer)?, range.weight, at));
        let said = accept.ranges.iter().enumerate().filter_map(fits);
        // Most specific first; of equals the one that is liked most, then the first one.
        let Some((_, weight, at)) =
            said.max_by_key(|(fit, weight, at)| (*fit, *weight, std::cmp::Reverse(*at)))
        else {
            continue;
        };
        let is_better =
            best.is_none_or(|(most, first, _)| weight > most || (weight == most && at < first));
        if weight > 0 && is_better {
            best = Some((weight, at, *offer));
        }
    }
    let (_, _, offer) = best.ok_or_else(none)?;
    Ok(Choice { media: offer.media, form: offer.form, syntaxes: syntaxes(accept, offer) })
}

/// How much an entry says about an offer: nothing when it does not fit.
fn fit(range: &Range, offer: Offer) -> Option<u8> {
    let essence = range.media.essence();
    if essence == "*/*" {
        return Some(1);
    }
    match offer.form {
        Form::Single => whole(essence, offer.media.as_str()).map(|fit| fit + 3),
        // A star for the type of a single body is no word for parts, but `multipart/*` is.
        Form::Multipart if essence == "multipart/*" => Some(2),
        Form::Multipart if essence == "multipart/related" => match range.media.parameter("type") {
            None => Some(3),
            Some(root) => whole(&root.to_ascii_lowercase(), offer.media.as_str()).map(|f| f + 3),
        },
        Form::Multipart => None,
    }
}

fn whole(range: &str, media: &str) -> Option<u8> {
    if range == media {
        return Some(2);
    }
    let kind = range.strip_suffix("/*")?;
    (kind == "*" || media.split('/').next() == Some(kind)).then_some(1)
}

/// The transfer syntaxes of all entries that fit an offer, by weight and then in their order.
fn syntaxes(accept: &Accept, offer: Offer) -> Syntaxes {
    let fits = |range: &&Range| range.weight > 0 && fit(range, offer).is_some();
    let mut fitting: Vec<_> = accept.ranges.iter().filter(fits).collect();
    fitting.sort_by_key(|range| std::cmp::Reverse(range.weight));
    let mut named = Vec::new();
    for range in fitting {
        match range.media.parameter("transfer-syntax") {
            Some("*") if named.is_empty() => return Syntaxes::AsStored,
            Some(uid) if named.len() < SYNTAXES_MAX => named.extend(uid.parse::<SyntaxUid>()),
            _ => {}
        }
    }
    if named.is_empty() { Syntaxes::Unsaid } else { Syntaxes::Named(named) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPLICIT: &str = "1.2.840.10008.1.2.1";

    #[track_caller]
    fn check(kind: Kind, accept: &str, media: Media, form: Form, syntaxes: Syntaxes) {
        let choice = choose(&Accept::of(Some(accept), None), kind);
        assert_eq!(choice, Ok(Choice { media, form, syntaxes }), "{accept}");
    }
    #[track_caller]
    fn check_refused(kind: Kind, accept: &str) {
        assert!(choose(&Accept::of(Some(accept), None), kind).is_err(), "{accept}");
    }
    fn named(uids: &[&str]) -> Syntaxes {
        Syntaxes::Named(uids.iter().map(|uid| uid.parse().unwrap()).collect())
    }

    use Form::{Multipart, Single};
    use Syntaxes::{AsStored, Unsaid};

    #[test]
    fn who_says_nothing_gets_the_default() {
        check(Kind::Objects, "", Media::Dicom, Multipart, Unsaid);
        check(Kind::Frames, "*/*", Media::OctetStream, Multipart, Unsaid);
        check(Kind::Metadata, "*/*", Media::DicomJson, Single, Unsaid);
        check(Kind::Rendered, "", Media::Jpeg, Single, Unsaid);
    }
    #[test]
    fn viewers_ask_for_frames_and_objects_as_they_are() {
        for accept in [
            "multipart/related; type=\"application/octet-stream\"; transfer-syntax=\"*\"",
            "multipart/related; type=application/octet-stream; transfer-syntax=*",
        ] {
            check(Kind::Frames, accept, Media::OctetStream, Multipart, AsStored);
        }
        let accept = "multipart/related; type=\"application/dicom\"; transfer-syntax=*";
        check(Kind::Instance, accept, Media::Dicom, Multipart, AsStored);
        check(Kind::Objects, "multipart/related", Media::Dicom, Multipart, Unsaid);
    }
    #[test]
    fn several_syntaxes_are_told_in_the_order_of_liking() {
        let accept = format!(
            "multipart/related; type=\"application/dicom\"; transfer-syntax=1.2.3;q=0.5, \
             multipart/related; type=\"application/dicom\"; transfer-syntax={EXPLICIT}"
        );
        check(Kind::Objects, &accept, Media::Dicom, Multipart, named(&[EXPLICIT, "1.2.3"]));
        assert!(named(&[EXPLICIT]).takes(&EXPLICIT.parse().unwrap()));
        assert!(!Unsaid.takes(&"1.2.840.10008.1.2".parse().unwrap()));
    }
    #[test]
    fn one_object_can_be_had_alone() {
        check(Kind::Instance, "application/dicom", Media::Dicom, Single, Unsaid);
        check_refused(Kind::Objects, "application/dicom");
    }
    #[test]
    fn a_compressed_frame_is_an_image() {
        let syntax = "1.2.840.10008.1.2.4.50";
        let accept = format!("multipart/related; type=\"image/jpeg\"; transfer-syntax={syntax}");
        check(Kind::Frames, &accept, Media::Jpeg, Multipart, named(&[syntax]));
        assert_eq!(Media::of_frames(syntax), Media::Jpeg);
    }
    #[test]
    fn a_frame_is_given_as_the_image_that_it_is_stored_as() {
        let accept = Accept::parse(
            "multipart/related; type=image/jls; transfer-syntax=1.2.840.10008.1.2.4.80, \
             multipart/related; type=image/jpeg; transfer-syntax=1.2.840.10008.1.2.4.50, \
             multipart/related; type=application/octet-stream; transfer-syntax=*;q=0.5",
        );
        let given = |stored: &str| {
            choose_of(&accept, &frame_offers(&stored.parse().unwrap())).unwrap().media
        };
        assert_eq!(given("1.2.840.10008.1.2.4.50"), Media::Jpeg);
        assert_eq!(given("1.2.840.10008.1.2.4.80"), Media::Jls);
        assert_eq!(given(EXPLICIT), Media::OctetStream);
    }
    #[test]
    fn what_is_liked_more_is_given() {
        check(Kind::Rendered, "image/png, image/jpeg;q=0.9", Media::Png, Single, Unsaid);
        check(Kind::Rendered, "image/png;q=0.1, image/*;q=0.5", Media::Jpeg, Single, Unsaid);
        check(Kind::Metadata, "application/json", Media::Json, Single, Unsaid);
        check(
            Kind::Metadata,
            "application/json, application/dicom+json",
            Media::Json,
            Single,
            Unsaid,
        );
        check(Kind::Rendered, "image/jpeg;q=0, */*", Media::Png, Single, Unsaid);
    }
    #[test]
    fn what_cannot_be_given_is_not_acceptable() {
        check_refused(Kind::Metadata, "multipart/related; type=\"application/dicom+xml\"");
        check_refused(Kind::Metadata, "application/dicom+json;q=0");
        check_refused(Kind::Rendered, "image/gif");
        check_refused(Kind::Objects, "nonsense");
        check_refused(Kind::Frames, "multipart/related; type=\"video/mp4\"");
    }
}
