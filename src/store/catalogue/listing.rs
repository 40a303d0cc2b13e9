//! What a study or a series says of itself: attribute by attribute, as it is kept in memory and,
//! sealed, in its row.

use interval_core::query::{Attribute, Found, Level};

/// Longest value that is kept; longer ones are cut. The VRs of the table end at 64 characters, a
/// name at 3 x 64 (PS3.5 6.2).
const VALUE_CHARS_MAX: usize = 256;

/// Separates the values of an attribute (PS3.5 6.4).
const BETWEEN_VALUES: char = '\\';

/// Attributes with what they say, in the order of their tags.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing(Box<[(Attribute, Box<str>)]>);

impl Listing {
    /// The attributes of these levels, as an object says them.
    pub fn of(found: &Found, levels: &[Level]) -> Self {
        let of_level = |attribute: &Attribute| levels.contains(&attribute.level());
        let kept = found.values.iter().filter(|(attribute, values)| {
            of_level(attribute) && values.iter().any(|value| !value.is_empty())
        });
        let text = |values: &[String]| {
            let whole = values.join("\\");
            let plain = whole.chars().filter(|c| !c.is_control()).take(VALUE_CHARS_MAX);
            plain.collect::<String>().into_boxed_str()
        };
        Self(kept.map(|(attribute, values)| (*attribute, text(values))).collect())
    }

    /// What an attribute says; empty when nothing.
    pub fn text(&self, attribute: Attribute) -> &str {
        let at = self.0.binary_search_by_key(&attribute, |(known, _)| *known);
        at.map_or("", |at| &self.0[at].1)
    }

    /// The values of an attribute.
    pub fn values(&self, attribute: Attribute) -> impl Iterator<Item = &str> {
        self.text(attribute).split(BETWEEN_VALUES).filter(|value| !value.is_empty())
    }

    /// Tells all of it.
    pub fn tell(&self, found: &mut Found) {
        for (attribute, text) in &self.0 {
            let values = text.split(BETWEEN_VALUES).map(str::to_owned).collect();
            found.values.insert(*attribute, values);
        }
    }

    /// The text that is sealed: a line an attribute.
    pub fn to_text(&self) -> String {
        let line = |(attribute, text): &(Attribute, Box<str>)| {
            let (group, element) = attribute.tag();
            format!("{group:04X}{element:04X} {text}\n")
        };
        self.0.iter().map(line).collect()
    }

    /// The listing of such a text. Attributes that this version does not know are left out.
    pub fn parse(text: &str) -> Self {
        let known = |line: &str| {
            let (name, text) = line.split_once(' ')?;
            Some((Attribute::by_name(name)?, text.into()))
        };
        let mut all: Vec<(Attribute, Box<str>)> = text.lines().filter_map(known).collect();
        all.sort_by_key(|(attribute, _)| *attribute);
        Self(all.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found() -> Found {
        let mut found = Found::default();
        found.tell(Attribute::PatientName, "Cohen^Ruth");
        found.tell(Attribute::StudyDescription, "");
        found.tell(Attribute::Modality, "MR");
        let several = vec!["HEAD".into(), "NECK".into()];
        found.values.insert(Attribute::BodyPartExamined, several);
        found
    }

    #[test]
    fn a_listing_reads_back_from_its_text() {
        let listing = Listing::of(&found(), &[Level::Patient, Level::Study, Level::Series]);
        assert_eq!(Listing::parse(&listing.to_text()), listing);
        assert_eq!(
            listing.values(Attribute::BodyPartExamined).collect::<Vec<_>>(),
            ["HEAD", "NECK"]
        );
    }
    #[test]
    fn only_what_belongs_to_its_levels_is_kept() {
        let listing = Listing::of(&found(), &[Level::Patient, Level::Study]);
        assert_eq!(listing.text(Attribute::PatientName), "Cohen^Ruth");
        assert_eq!(listing.text(Attribute::Modality), "");
    }
    #[test]
    fn a_line_break_in_a_value_makes_no_second_attribute() {
        let mut found = Found::default();
        found.tell(Attribute::PatientID, "7\n00100010 Somebody");
        let listing = Listing::of(&found, &[Level::Patient]);
        assert_eq!(Listing::parse(&listing.to_text()).text(Attribute::PatientName), "");
    }
}
