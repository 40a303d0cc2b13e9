//! Content items: the nodes of a structured report's tree (PS3.3 C.17.3).

use crate::codes::{self, Code};
use crate::element::DataSet;
use crate::value::decimal_string;
use dicom_dictionary_std::tags;
use interval_core::geometry::{Lps, Point};
use interval_core::study::Instance;
use interval_core::uid::{ClassUid, FrameUid, InstanceUid, Uid};

/// A reference to an image or another object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// Its SOP class.
    pub class: ClassUid,
    /// The object.
    pub instance: InstanceUid,
}

impl Reference {
    /// The reference to an instance.
    pub fn to(instance: &Instance) -> Self {
        Self { class: instance.class.clone(), instance: instance.uid.clone() }
    }

    /// An item of a sequence that refers to objects (PS3.3 table 10-11).
    pub(crate) fn item(&self) -> DataSet {
        let mut item = DataSet::new();
        item.uid(tags::REFERENCED_SOP_CLASS_UID, &self.class)
            .uid(tags::REFERENCED_SOP_INSTANCE_UID, &self.instance);
        item
    }
}

/// How an item belongs to the one above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Relation {
    Contains,
    HasConceptMod,
    HasObsContext,
    HasAcqContext,
    InferredFrom,
}

impl Relation {
    fn as_str(self) -> &'static str {
        match self {
            Relation::Contains => "CONTAINS",
            Relation::HasConceptMod => "HAS CONCEPT MOD",
            Relation::HasObsContext => "HAS OBS CONTEXT",
            Relation::HasAcqContext => "HAS ACQ CONTEXT",
            Relation::InferredFrom => "INFERRED FROM",
        }
    }
}

/// One content item with everything below it.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    set: DataSet,
    /// The items below it, encoded.
    below: Vec<u8>,
}

impl Item {
    fn of(value_type: &str, name: &Code) -> Self {
        let mut set = DataSet::new();
        set.text(tags::VALUE_TYPE, value_type).code(tags::CONCEPT_NAME_CODE_SEQUENCE, name);
        Self { set, below: Vec::new() }
    }

    /// A container whose items are read one by one.
    pub(crate) fn container(name: &Code) -> Self {
        let mut item = Self::of("CONTAINER", name);
        item.set.text(tags::CONTINUITY_OF_CONTENT, "SEPARATE");
        item
    }

    /// A container that follows a template of PS3.16.
    pub(crate) fn templated(name: &Code, template: &str) -> Self {
        let mut item = Self::container(name);
        let mut identification = DataSet::new();
        identification
            .text(tags::MAPPING_RESOURCE, "DCMR")
            .text(tags::TEMPLATE_IDENTIFIER, template);
        item.set.items(tags::CONTENT_TEMPLATE_SEQUENCE, vec![identification]);
        item
    }

    pub(crate) fn code(name: &Code, value: &Code) -> Self {
        let mut item = Self::of("CODE", name);
        item.set.code(tags::CONCEPT_CODE_SEQUENCE, value);
        item
    }

    pub(crate) fn text(name: &Code, text: impl AsRef<str>) -> Self {
        let mut item = Self::of("TEXT", name);
        // Text Value has type 1: an item without words would not be legal.
        let text = match text.as_ref().trim() {
            "" => "-",
            text => text,
        };
        item.set.text(tags::TEXT_VALUE, text);
        item
    }

    pub(crate) fn uid<Kind>(name: &Code, uid: &Uid<Kind>) -> Self {
        let mut item = Self::of("UIDREF", name);
        item.set.uid(tags::UID, uid);
        item
    }

    /// A date, YYYYMMDD.
    pub(crate) fn date(name: &Code, date: &str) -> Self {
        let mut item = Self::of("DATE", name);
        item.set.text(tags::DATE, date);
        item
    }

    /// A number in its unit. What is not a number is said not to be one (PS3.3 C.18.1).
    pub(crate) fn number(name: &Code, value: f64, unit: &Code) -> Self {
        let mut item = Self::of("NUM", name);
        if value.is_finite() {
            let mut measured = DataSet::new();
            measured
                .text(tags::NUMERIC_VALUE, decimal_string(value))
                .double(tags::FLOATING_POINT_VALUE, value)
                .code(tags::MEASUREMENT_UNITS_CODE_SEQUENCE, unit);
            item.set.items(tags::MEASURED_VALUE_SEQUENCE, vec![measured]);
        } else {
            item.set
                .items(tags::MEASURED_VALUE_SEQUENCE, Vec::new())
                .code(tags::NUMERIC_VALUE_QUALIFIER_CODE_SEQUENCE, &codes::NOT_A_NUMBER);
        }
        item
    }

    /// A person's name.
    pub(crate) fn person(name: &Code, person: &str) -> Self {
        let mut item = Self::of("PNAME", name);
        item.set.text(tags::PERSON_NAME, person);
        item
    }

    /// An image that needs no name where it stands (PS3.16 TID 2010).
    pub(crate) fn unnamed_image(reference: &Reference) -> Self {
        Self::unnamed("IMAGE", reference)
    }

    /// Another object, likewise.
    pub(crate) fn composite(reference: &Reference) -> Self {
        Self::unnamed("COMPOSITE", reference)
    }

    fn unnamed(value_type: &str, reference: &Reference) -> Self {
        let mut set = DataSet::new();
        set.text(tags::VALUE_TYPE, value_type)
            .items(tags::REFERENCED_SOP_SEQUENCE, vec![reference.item()]);
        Self { set, below: Vec::new() }
    }

    pub(crate) fn image(name: &Code, reference: &Reference) -> Self {
        let mut item = Self::of("IMAGE", name);
        item.set.items(tags::REFERENCED_SOP_SEQUENCE, vec![reference.item()]);
        item
    }

    /// Segments of a segmentation.
    pub(crate) fn segments(name: &Code, reference: &Reference, numbers: &[u16]) -> Self {
        let mut item = Self::of("IMAGE", name);
        let mut referenced = reference.item();
        referenced.words(tags::REFERENCED_SEGMENT_NUMBER, numbers);
        item.set.items(tags::REFERENCED_SOP_SEQUENCE, vec![referenced]);
        item
    }

    /// A line in the patient (PS3.3 C.18.9).
    pub(crate) fn line(name: &Code, ends: &[Point<Lps>; 2], frame: &FrameUid) -> Self {
        let mut item = Self::of("SCOORD3D", name);
        let coordinates: Vec<f32> =
            ends.iter().flat_map(|end| end.at).map(|mm| mm as f32).collect();
        item.set
            .text(tags::GRAPHIC_TYPE, "POLYLINE")
            .floats(tags::GRAPHIC_DATA, &coordinates)
            .uid(tags::REFERENCED_FRAME_OF_REFERENCE_UID, frame);
        item
    }

    /// This item with another below it.
    pub(crate) fn with(mut self, relation: Relation, item: Item) -> Self {
        self.push(relation, item);
        self
    }

    /// Puts an item below this one, after those that are there.
    pub(crate) fn push(&mut self, relation: Relation, item: Item) {
        let mut set = item.finish();
        set.text(tags::RELATIONSHIP_TYPE, relation.as_str());
        set.item_into(&mut self.below);
    }

    /// The attributes of this item, with its Content Sequence.
    fn finish(mut self) -> DataSet {
        if !self.below.is_empty() {
            self.set.encoded_items(tags::CONTENT_SEQUENCE, self.below);
        }
        self.set
    }

    /// Writes this item as the root of a document.
    pub(crate) fn root_into(self, set: &mut DataSet) {
        set.append(self.finish());
    }
}
