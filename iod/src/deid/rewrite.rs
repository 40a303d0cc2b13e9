//! The walk through a data set that writes it again without an identity.

use super::DeidError;
use super::burned::Picture;
use super::charset::Charset;
use super::cloak::Cloak;
use super::mark::marks;
use super::private::{Blocks, Order, is_creator};
use super::table::Table;
use super::value::{Verdict, judge, judge_unnamed};
use super::wire::{Writer, is_text};
use crate::guard::NESTING_MAX;
use crate::guard::element::{
    ElementHeader, Encoding, HEADER_BYTES_MAX, HEADER_BYTES_MIN, ITEM, ITEM_END, SEQUENCE_END,
    dictionary_vr,
};
use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;
use std::collections::VecDeque;
use std::ops::RangeInclusive;

/// Groups of curves and overlays (PS3.5 section 7.6): graphics are cleaned by leaving them out.
const GRAPHICS: [RangeInclusive<u16>; 2] = [0x5000..=0x50FF, 0x6000..=0x60FF];

/// Element of Overlay Bit Position (60xx,0102).
const OVERLAY_BIT_POSITION: u16 = 0x0102;

/// Group of Pixel Data and its offset tables.
const PIXEL_GROUP: u16 = 0x7FE0;

/// Bytes of the longest number (PS3.5 table 6.2-1, FD).
const NUMBER_BYTES_MAX: usize = 8;

/// Longest list of numbers that stays: 512 in double precision; tables of colours are longer.
const NUMBERS_BYTES_MAX: usize = 4096;

/// So many printable signs in a row are no numbers: of random doubles, one list in 10,000.
const TEXT_RUN: usize = 12;

/// Groups whose attributes describe images, not people or their care: numbers, terms, UIDs and
/// sequences that the table does not name may pass in these.
const TECHNICAL: [u16; 14] = [
    0x0008, 0x0018, 0x0020, 0x0022, 0x0028, 0x0040, 0x0048, 0x0054, 0x0062, 0x0066, 0x0068, 0x0070,
    0x2050, 0x5200,
];

/// A data set written again.
#[derive(Debug)]
pub(super) struct Written {
    pub bytes: Vec<u8>,
    pub picture: Picture,
}

/// Writes the data set again.
pub(super) fn data_set(
    source: &[u8],
    encoding: Encoding,
    cloak: &Cloak,
) -> Result<Written, DeidError> {
    let mut walk = Walk {
        source,
        at: 0,
        out: Writer::new(encoding, source.len() + 4096),
        table: Table::of(cloak.device()),
        cloak,
        marks: marks(cloak, encoding)?.into(),
        picture: Picture::default(),
    };
    walk.elements(encoding, Some(source.len()), &mut Scope::default())?;
    walk.mark_before(Tag(u16::MAX, u16::MAX));
    Ok(Written { bytes: walk.out.bytes, picture: walk.picture })
}

struct Walk<'a> {
    source: &'a [u8],
    at: usize,
    out: Writer,
    table: &'static Table,
    cloak: &'a Cloak,
    marks: VecDeque<(Tag, Vec<u8>)>,
    picture: Picture,
}

/// What holds inside one data set or item.
#[derive(Debug, Default)]
struct Scope {
    depth: usize,
    charset: Charset,
    blocks: Blocks,
}

/// An element with a length, as it stands in the source.
#[derive(Debug, Clone, Copy)]
struct Element<'a> {
    tag: Tag,
    /// As stated.
    vr: VR,
    value: &'a [u8],
    whole: &'a [u8],
}

impl<'a> Walk<'a> {
    fn elements(
        &mut self,
        encoding: Encoding,
        end: Option<usize>,
        scope: &mut Scope,
    ) -> Result<(), DeidError> {
        while self.at < end.unwrap_or(self.source.len()) {
            let start = self.at;
            let header = self.header(encoding)?;
            if header.tag == ITEM_END {
                return Ok(());
            }
            if scope.depth == 0 && self.is_marked(header.tag) {
                self.pass(header, scope)?;
                continue;
            }
            match header.length {
                None => self.endless(header, start, scope)?,
                Some(_) if header.vr == VR::SQ => self.sequence(header, scope)?,
                Some(length) => {
                    let value = self.take(length)?;
                    let whole = &self.source[start..self.at];
                    let element = Element { tag: header.tag, vr: header.vr, value, whole };
                    self.valued(element, scope)?;
                }
            }
        }
        Ok(())
    }

    fn header(&mut self, encoding: Encoding) -> Result<ElementHeader, DeidError> {
        let lost = DeidError::Lost { at: self.at };
        let rest = self.source.get(self.at..).unwrap_or_default();
        if rest.len() < HEADER_BYTES_MIN {
            return Err(lost);
        }
        let wanted = encoding.header_bytes(&rest[..HEADER_BYTES_MIN]);
        let mut bytes = [0; HEADER_BYTES_MAX];
        bytes[..wanted].copy_from_slice(rest.get(..wanted).ok_or(lost)?);
        self.at += wanted;
        Ok(encoding.header(&bytes))
    }

    fn take(&mut self, length: u32) -> Result<&'a [u8], DeidError> {
        let end = self.at.checked_add(length as usize);
        let value = end.and_then(|end| self.source.get(self.at..end));
        let value = value.ok_or(DeidError::Lost { at: self.at })?;
        self.at += value.len();
        Ok(value)
    }

    /// Writes the marks that come before this attribute; whether one takes its place.
    fn is_marked(&mut self, tag: Tag) -> bool {
        self.mark_before(tag);
        if self.marks.front().is_some_and(|(mark, _)| *mark == tag) {
            self.mark_before(Tag(tag.0, tag.1 + 1));
            return true;
        }
        matches!(
            tag,
            tags::PATIENT_NAME
                | tags::PATIENT_ID
                | tags::PATIENT_IDENTITY_REMOVED
                | tags::DEIDENTIFICATION_METHOD
                | tags::DEIDENTIFICATION_METHOD_CODE_SEQUENCE
                | tags::LONGITUDINAL_TEMPORAL_INFORMATION_MODIFIED
        )
    }

    fn mark_before(&mut self, tag: Tag) {
        while let Some((_, mark)) = self.marks.pop_front_if(|(mark, _)| *mark < tag) {
            self.out.bytes.extend_from_slice(&mark);
        }
    }

    /// Passes over an element.
    fn pass(&mut self, header: ElementHeader, scope: &Scope) -> Result<(), DeidError> {
        match header.length {
            Some(length) => self.take(length).map(drop),
            None if header.tag == tags::PIXEL_DATA => self.fragments(header.encoding),
            None => self.pass_endless(header, scope),
        }
    }

    /// Passes over a sequence without a length by writing it and taking it back.
    fn pass_endless(&mut self, header: ElementHeader, scope: &Scope) -> Result<(), DeidError> {
        let written = self.out.bytes.len();
        // The content of an unknown sequence is implicit (PS3.5 section 6.2.2).
        let encoding = if header.vr == VR::UN { Encoding::ImplicitLittle } else { header.encoding };
        self.items(header.tag, encoding, None, scope)?;
        self.out.bytes.truncate(written);
        Ok(())
    }

    /// An element up to a delimiter: encapsulated pixels or a sequence.
    fn endless(
        &mut self,
        header: ElementHeader,
        start: usize,
        scope: &Scope,
    ) -> Result<(), DeidError> {
        if header.tag == tags::PIXEL_DATA {
            self.fragments(header.encoding)?;
            if scope.depth == 0 {
                self.out.bytes.extend_from_slice(&self.source[start..self.at]);
            }
            return Ok(());
        }
        if header.vr == VR::SQ {
            return self.sequence(header, scope);
        }
        self.pass_endless(header, scope)
    }

    fn sequence(&mut self, header: ElementHeader, scope: &Scope) -> Result<(), DeidError> {
        let verdict = match self.table.rule(header.tag) {
            Some(rule) => judge(rule, VR::SQ, "", self.cloak),
            None if is_technical(header.tag) && dictionary_vr(header.tag) == VR::SQ => {
                Verdict::Inside
            }
            None => Verdict::Remove,
        };
        match verdict {
            Verdict::Inside => {
                let end = header.length.map(|length| self.at + length as usize);
                self.items(header.tag, header.encoding, end, scope)
            }
            Verdict::Replace(_) => {
                self.pass(header, scope)?;
                self.out.element(header.tag, VR::SQ, &[])
            }
            Verdict::Remove | Verdict::Keep => self.pass(header, scope),
        }
    }

    fn items(
        &mut self,
        tag: Tag,
        encoding: Encoding,
        end: Option<usize>,
        scope: &Scope,
    ) -> Result<(), DeidError> {
        let lost = DeidError::Lost { at: self.at };
        // Twice as much as the guard lets pass.
        if scope.depth > 2 * NESTING_MAX {
            return Err(lost);
        }
        let sequence = self.out.open_sequence(tag)?;
        while self.at < end.unwrap_or(self.source.len()) {
            let header = self.header(encoding)?;
            if header.tag == SEQUENCE_END {
                break;
            }
            if header.tag != ITEM {
                return Err(lost);
            }
            let item = self.out.open_item(sequence);
            let end = header.length.map(|length| self.at + length as usize);
            let depth = scope.depth + 1;
            let mut inside = Scope { depth, charset: scope.charset, blocks: Blocks::default() };
            self.elements(encoding, end, &mut inside)?;
            self.out.close(item)?;
        }
        self.out.close(sequence)
    }

    /// Encapsulated pixels up to their delimiter (PS3.5 section A.4).
    fn fragments(&mut self, encoding: Encoding) -> Result<(), DeidError> {
        loop {
            let header = self.header(encoding)?;
            if header.tag == SEQUENCE_END {
                return Ok(());
            }
            self.take(header.length.unwrap_or_default())?;
        }
    }

    fn valued(&mut self, element: Element<'a>, scope: &mut Scope) -> Result<(), DeidError> {
        let Element { tag, vr, value, whole } = element;
        if tag.1 == 0 {
            // Group lengths (retired) would be wrong.
            return Ok(());
        }
        if tag.0 % 2 == 1 {
            return self.private(element, scope);
        }
        if GRAPHICS.iter().any(|groups| groups.contains(&tag.0)) {
            let is_position = tag.0 >= 0x6000 && tag.1 == OVERLAY_BIT_POSITION;
            let is_among_pixels = is_position && value.iter().any(|byte| *byte != 0);
            self.picture.overlays_in_pixels += usize::from(is_among_pixels);
            return Ok(());
        }
        if tag.0 == PIXEL_GROUP {
            // Pixels in their three kinds, and their offset tables.
            if scope.depth == 0 && dictionary_vr(tag) != VR::UN && !is_text(vr) {
                self.out.bytes.extend_from_slice(whole);
            }
            return Ok(());
        }
        if tag == tags::SPECIFIC_CHARACTER_SET {
            // What stays is plain ASCII.
            scope.charset = Charset::named(value);
            return Ok(());
        }
        let known = dictionary_vr(tag);
        if known == VR::SQ || !agree(known, vr) || !(is_text(known) || holds_numbers(vr, value)) {
            return Ok(());
        }
        let text = if is_text(known) { scope.charset.decode(value) } else { "".into() };
        if scope.depth == 0 {
            self.see(tag, &text);
        }
        let verdict = match self.table.rule(tag) {
            Some(rule) => judge(rule, known, &text, self.cloak),
            None if is_technical(tag) => judge_unnamed(known, &text, self.cloak),
            None => Verdict::Remove,
        };
        match verdict {
            Verdict::Keep => self.out.bytes.extend_from_slice(whole),
            Verdict::Replace(value) => self.out.element(tag, vr, &value)?,
            Verdict::Remove | Verdict::Inside => {}
        }
        Ok(())
    }

    fn private(&mut self, element: Element<'a>, scope: &mut Scope) -> Result<(), DeidError> {
        let Element { tag, vr, value, whole } = element;
        if is_creator(tag) {
            if scope.blocks.reserve(tag, value) {
                self.out.bytes.extend_from_slice(whole);
            }
            return Ok(());
        }
        let order = match self.out.encoding() {
            Encoding::ExplicitBig => Order::Big,
            _ => Order::Little,
        };
        match scope.blocks.value(tag, value, order) {
            Some(value) => self.out.element(tag, vr, &value),
            None => Ok(()),
        }
    }

    /// Notes what tells whether there may be text in the pixels.
    fn see(&mut self, tag: Tag, text: &str) {
        let seen = match tag {
            tags::BURNED_IN_ANNOTATION => &mut self.picture.annotation,
            tags::IMAGE_TYPE => &mut self.picture.image_type,
            tags::PHOTOMETRIC_INTERPRETATION => &mut self.picture.photometric,
            _ => return,
        };
        text.trim().clone_into(seen);
    }
}

fn is_technical(tag: Tag) -> bool {
    TECHNICAL.contains(&tag.0)
}

/// Whether a value of the stated VR can be judged as one of the dictionary's: writers confuse
/// kinds of text, and forget the VR. Anything else could carry what the attribute does not say.
fn agree(known: VR, stated: VR) -> bool {
    use VR::{OB, OW, SS, UN, US};
    known != UN
        && (known == stated
            || stated == UN
            || (is_text(known) && is_text(stated))
            || (matches!(known, US | SS | OW) && matches!(stated, US | SS | OW))
            || (matches!(known, OB | OW) && matches!(stated, OB | OW)))
}

/// Whether a binary value may be numbers. Under a forgotten VR only a single one is believed; a
/// longer value in which printable signs follow each other is text, whatever it says it is.
fn holds_numbers(stated: VR, value: &[u8]) -> bool {
    if stated == VR::UN {
        return value.len() <= NUMBER_BYTES_MAX;
    }
    value.len() <= NUMBERS_BYTES_MAX
        && !value.windows(TEXT_RUN).any(|run| run.iter().all(|byte| matches!(byte, b' '..=b'~')))
}
