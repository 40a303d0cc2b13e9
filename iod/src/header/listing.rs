//! What a header answers to a query (PS3.4 C.6, PS3.18 10.6.3).

use super::attributes::values;
use crate::encoded::tree::Node;
use dicom_core::Tag;
use interval_core::query::attribute::Source;
use interval_core::query::{Attribute, Found, Vr};

/// Every attribute of the query's table that comes from objects and that this one has.
pub(super) fn read(root: Node) -> Found {
    let of_objects = |attribute: &Attribute| attribute.source() == Source::Objects;
    let mut found = Found::default();
    for attribute in Attribute::ALL.iter().copied().filter(of_objects) {
        let (group, element) = attribute.tag();
        let tag = Tag(group, element);
        if root.has(tag) {
            let mut values = root.text(tag).map(|text| values(&text)).unwrap_or_default();
            if matches!(attribute.vr(), Vr::Is | Vr::Us) {
                values.iter_mut().for_each(in_digits);
            }
            found.values.insert(attribute, values);
        }
    }
    found
}

/// A number without what it may be padded with: numbers match by their digits.
fn in_digits(value: &mut String) {
    if let Ok(number) = value.parse::<i64>() {
        *value = number.to_string();
    }
}
