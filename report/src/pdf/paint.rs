//! Marks to PDF/A-2b, tagged for readers who cannot see the page.

use super::PdfError;
use super::sheet::{
    Colour, Frame, Mark, PAGE_HEIGHT, PAGE_WIDTH, Passage, Pencil, Picture, Role, Run, Sheet,
};
use super::text::Fonts;
use crate::findings::{Approval, Findings};
use krilla::color::rgb;
use krilla::configure::{Archival, ConfigurationBuilder};
use krilla::geom::{Path, PathBuilder, Point, Size, Transform};
use krilla::image::{BitsPerComponent, CustomImage, Image, ImageColorspace};
use krilla::metadata::{DateTime, Metadata};
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, LineJoin, Stroke, StrokeDash};
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ArtifactType, ContentTag, Node, Tag, TagGroup, TagKind, TagTree};
use krilla::{Document, SerializeSettings};
use std::num::NonZeroU16;
use std::sync::Arc;

/// Writes the pages.
pub(super) fn write(sheets: &[Sheet], findings: &Findings) -> Result<Vec<u8>, PdfError> {
    let fonts = Fonts::new()?;
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A2_B)
        .finish()
        .map_err(|error| PdfError::Write(format!("{error:?}")))?;
    let settings =
        SerializeSettings { configuration, enable_tagging: true, ..SerializeSettings::default() };
    let mut document = Document::new_with(settings);
    let mut tags = TagTree::new().with_lang(Some("en-GB".to_owned()));
    for sheet in sheets {
        let size = PageSettings::from_wh(PAGE_WIDTH, PAGE_HEIGHT);
        let size = size.ok_or_else(|| PdfError::Write("the page has no size".to_owned()))?;
        let mut page = document.start_page_with(size);
        let mut surface = page.surface();
        for passage in sheet.passages.iter().filter(|passage| !passage.marks.is_empty()) {
            if let Some(node) = draw_passage(&mut surface, &fonts, passage)? {
                tags.push(node);
            }
        }
        surface.finish();
        page.finish();
    }
    document.set_tag_tree(tags);
    document.set_metadata(metadata(findings));
    document.finish().map_err(|error| PdfError::Write(error.to_string()))
}

/// What the file says of itself. No patient in it: it is not encrypted with the content by every
/// archive, and search engines read it.
fn metadata(findings: &Findings) -> Metadata {
    let at = findings.authored;
    let (year, month, day) = at.date().ymd();
    let [hour, minute, second] = at.time_of_day().map(|part| part as u8);
    let date = DateTime::new(year as u16)
        .month(month as u8)
        .day(day as u8)
        .hour(hour)
        .minute(minute)
        .second(second)
        .utc_offset_hour(0);
    let version = &findings.assessment.provenance.software_version;
    let kind = match findings.approval {
        Approval::None => "preliminary",
        Approval::Verified(_) => "verified",
        Approval::Amended(_) => "amended",
    };
    Metadata::new()
        .title(format!("Brain tumour follow-up on MRI, {kind} report"))
        .creator(format!("Interval {version}"))
        .producer(format!("Interval {version}"))
        .language("en-GB".to_owned())
        .document_id(format!("{} version {}", findings.report_id, findings.version))
        .creation_date(date)
}

fn draw_passage(
    surface: &mut Surface,
    fonts: &Fonts,
    passage: &Passage,
) -> Result<Option<Node>, PdfError> {
    let artefact = |kind| ContentTag::Artifact(Artifact::with_kind(kind));
    let identifier = surface.start_tagged(match passage.role {
        Role::Frame => artefact(ArtifactType::Header),
        Role::Watermark => artefact(ArtifactType::Watermark),
        Role::Ornament => artefact(ArtifactType::Layout),
        Role::Heading | Role::Paragraph | Role::Figure(_) => ContentTag::Other,
    });
    passage.marks.iter().try_for_each(|mark| draw(surface, fonts, mark))?;
    surface.end_tagged();
    let group = |tag: TagKind| TagGroup::with_children(tag, vec![Node::Leaf(identifier)]).into();
    Ok(match &passage.role {
        Role::Frame | Role::Watermark | Role::Ornament => None,
        Role::Heading => Some(group(Tag::Hn(NonZeroU16::MIN, Some(words(passage))).into())),
        Role::Paragraph => Some(group(Tag::P.into())),
        Role::Figure(alt) => Some(group(Tag::Figure(Some(alt.clone())).into())),
    })
}

fn words(passage: &Passage) -> String {
    let runs = passage.marks.iter().filter_map(|mark| match mark {
        Mark::Text(run) => Some(run.text.as_str()),
        _ => None,
    });
    runs.collect::<Vec<_>>().join(" ")
}

fn draw(surface: &mut Surface, fonts: &Fonts, mark: &Mark) -> Result<(), PdfError> {
    match mark {
        Mark::Text(run) => draw_run(surface, fonts, run),
        Mark::Line(points, pencil) => stroke(surface, path(points, Ends::Open), pencil),
        Mark::Loop(points, pencil) => stroke(surface, path(points, Ends::Closed), pencil),
        Mark::Area(points, colour, opacity) => {
            surface.set_stroke(None);
            surface.set_fill(Some(filled(*colour, *opacity)));
            if let Some(path) = path(points, Ends::Closed) {
                surface.draw_path(&path);
            }
        }
        Mark::Picture(picture) => draw_picture(surface, picture)?,
    }
    Ok(())
}

fn draw_run(surface: &mut Surface, fonts: &Fonts, run: &Run) {
    surface.set_stroke(None);
    surface.set_fill(Some(filled(run.colour, run.opacity)));
    let [x, y] = run.at;
    let turn = Transform::from_rotate_at(run.turned, x, y);
    surface.push_transform(&turn);
    let font = &fonts.face(run.style.weight).font;
    let mut at = x;
    for shaped in fonts.shape(&run.text, run.style.weight) {
        let (start, size) = (Point::from_xy(at, y), run.style.size);
        surface.draw_glyphs(start, &shaped.glyphs, font.clone(), &run.text, size, false);
        at += shaped.width_em * size;
    }
    surface.pop();
}

fn filled(colour: Colour, opacity: f32) -> Fill {
    let opacity = NormalizedF32::new(opacity).unwrap_or(NormalizedF32::ONE);
    Fill { paint: paint(colour).into(), opacity, ..Fill::default() }
}

fn paint(Colour([red, green, blue]): Colour) -> rgb::Color {
    rgb::Color::new(red, green, blue)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ends {
    Open,
    Closed,
}

fn path(points: &[[f32; 2]], ends: Ends) -> Option<Path> {
    let mut builder = PathBuilder::new();
    let ([x, y], rest) = points.split_first()?;
    builder.move_to(*x, *y);
    for [x, y] in rest {
        builder.line_to(*x, *y);
    }
    if ends == Ends::Closed {
        builder.close();
    }
    builder.finish()
}

fn stroke(surface: &mut Surface, path: Option<Path>, pencil: &Pencil) {
    let dash = (!pencil.dashes.is_empty())
        .then(|| StrokeDash { array: pencil.dashes.clone(), offset: 0. });
    surface.set_fill(None);
    surface.set_stroke(Some(Stroke {
        paint: paint(pencil.colour).into(),
        width: pencil.width,
        line_join: LineJoin::Round,
        dash,
        ..Stroke::default()
    }));
    if let Some(path) = path {
        surface.draw_path(&path);
    }
}

/// Grey pixels, cheap to clone as `krilla` asks.
#[derive(Clone, Hash)]
struct Grey {
    pixels: Arc<Vec<u8>>,
    size: (u32, u32),
}

impl CustomImage for Grey {
    fn color_channel(&self) -> &[u8] {
        &self.pixels
    }
    fn alpha_channel(&self) -> Option<&[u8]> {
        None
    }
    fn bits_per_component(&self) -> BitsPerComponent {
        BitsPerComponent::Eight
    }
    fn size(&self) -> (u32, u32) {
        self.size
    }
    fn icc_profile(&self) -> Option<&[u8]> {
        None
    }
    fn color_space(&self) -> ImageColorspace {
        ImageColorspace::Luma
    }
}

fn draw_picture(surface: &mut Surface, picture: &Picture) -> Result<(), PdfError> {
    let [width, height] = picture.size.map(|pixels| pixels as u32);
    let grey = Grey { pixels: Arc::clone(&picture.grey), size: (width, height) };
    // PDF/A forbids interpolation by the reader.
    let image = Image::from_custom(grey, false).map_err(PdfError::Write)?;
    let Frame { x, y, width, height } = picture.frame;
    let size = Size::from_wh(width, height);
    let size = size.ok_or_else(|| PdfError::Write("a picture has no size".to_owned()))?;
    surface.push_transform(&Transform::from_translate(x, y));
    surface.draw_image(image, size);
    surface.pop();
    Ok(())
}
