//! Which workitems a search means (PS3.18 11.9): the same ways of matching as for studies, but on
//! data sets, and into sequences.

use super::tag;
use crate::json::{DataSet, Element, Tag, Value, Vr};
use crate::parameters::{ParameterError, Parameters};
use interval_core::fault::Fault;
use interval_core::query::{Attribute, CRITERIA_MAX, Criterion, Names};

/// Deepest path of a key: a code in an item of a sequence of a sequence.
const PATH_MAX: usize = 4;

/// Why a search cannot be answered: 400.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SearchError {
    /// The address cannot be read.
    #[error(transparent)]
    Parameters(#[from] ParameterError),
    /// No keyword or tag, or a path that is too deep.
    #[error("a parameter of the search is no attribute of a workitem")]
    Unknown,
    /// A value is not as its attribute is asked for.
    #[error("({0}) cannot be asked for by this value")]
    Value(Tag),
    /// No whole number from 0.
    #[error("{0} is a whole number from 0")]
    Number(&'static str),
    /// More criteria than are taken.
    #[error("more than {CRITERIA_MAX} attributes are asked for")]
    TooMany,
}

impl SearchError {
    /// What it asks of the other side.
    pub fn fault(&self) -> Fault {
        Fault::Refused
    }
}

/// One criterion.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Key {
    /// Sequences on the way, and the attribute at its end.
    path: Vec<Tag>,
    wanted: Wanted,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Wanted {
    /// As an attribute of the same representation would match.
    Criterion(Attribute, Criterion),
    /// Within these moments, both included, as texts of digits.
    Moments(String, String),
}

/// A search for workitems.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Search {
    keys: Vec<Key>,
    names: Names,
    /// Matches that are passed over.
    pub offset: u64,
    /// Most matches that are given.
    pub limit: u64,
}

impl Search {
    /// Reads the query of an address, or the filter of a subscription.
    pub fn parse(query: &str, limit_default: u64, limit_max: u64) -> Result<Self, SearchError> {
        let parameters = Parameters::parse(query)?;
        let number = |name| match parameters.one(name)? {
            None => Ok(None),
            Some(text) if text.bytes().all(|b| b.is_ascii_digit()) => {
                text.parse().map(Some).map_err(|_| SearchError::Number(name))
            }
            Some(_) => Err(SearchError::Number(name)),
        };
        let limit = number("limit")?.unwrap_or(limit_default).min(limit_max);
        let fuzzy = parameters.one("fuzzymatching")? == Some("true");
        let names = if fuzzy { Names::Fuzzy } else { Names::Literal };
        let mut search =
            Self { keys: Vec::new(), names, offset: number("offset")?.unwrap_or(0), limit };
        for (name, value) in &parameters.pairs {
            match name.as_ref() {
                // All attributes are told of each match.
                "offset" | "limit" | "fuzzymatching" | "includefield" | "accept"
                | "deletionlock" => {}
                name => search.ask(name, value)?,
            }
        }
        Ok(search)
    }

    fn ask(&mut self, name: &str, value: &str) -> Result<(), SearchError> {
        let mut path = Vec::new();
        let mut vr = None;
        for part in name.split('.') {
            let (tag, known) = tag::by_name(part).ok_or(SearchError::Unknown)?;
            path.push(tag);
            vr = known;
        }
        if path.len() > PATH_MAX || vr == Some(Vr::SQ) {
            return Err(SearchError::Unknown);
        }
        let last = *path.last().ok_or(SearchError::Unknown)?;
        if let Some(wanted) = wanted(last, vr.unwrap_or(Vr::LO), value)? {
            self.keys.push(Key { path, wanted });
        }
        if self.keys.len() > CRITERIA_MAX { Err(SearchError::TooMany) } else { Ok(()) }
    }

    /// Whether a workitem is as asked for.
    pub fn matches(&self, content: &DataSet) -> bool {
        self.keys.iter().all(|key| self.matches_key(key, &key.path, content))
    }

    /// Any item of a sequence may match.
    fn matches_key(&self, key: &Key, path: &[Tag], set: &DataSet) -> bool {
        let Some((tag, rest)) = path.split_first() else { return false };
        if !rest.is_empty() {
            return set.items(*tag).iter().any(|item| self.matches_key(key, rest, item));
        }
        let texts = texts(set.elements.get(tag));
        match &key.wanted {
            Wanted::Criterion(like, criterion) => {
                criterion.matches(*like, self.names, texts.iter().map(String::as_str))
            }
            Wanted::Moments(from, to) => texts.iter().any(|text| {
                let moment = digits(text);
                !moment.is_empty() && *from <= filled(&moment, '0') && filled(&moment, '0') <= *to
            }),
        }
    }

    /// The states that a search asks for; none means all. A host may look up by it.
    pub fn states(&self) -> Vec<super::State> {
        let asked = self.keys.iter().filter(|key| key.path == [tag::STATE]);
        let texts = asked.flat_map(|key| match &key.wanted {
            Wanted::Criterion(_, Criterion::OneOf(texts)) => texts.as_slice(),
            _ => &[],
        });
        texts.filter_map(|text| super::State::of(text)).collect()
    }
}

fn texts(element: Option<&Element>) -> Vec<String> {
    match element.map(|element| &element.value) {
        Some(Value::Texts(texts)) => texts.clone(),
        Some(Value::Numbers(numbers)) => numbers.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    }
}

/// What a value asks for; nothing when it matches everything.
fn wanted(tag: Tag, vr: Vr, value: &str) -> Result<Option<Wanted>, SearchError> {
    if vr == Vr::DT {
        return moments(value).map_err(|()| SearchError::Value(tag));
    }
    // How a value matches hangs on its representation alone: any attribute that has it will do.
    let like = match vr.as_str() {
        "PN" => Attribute::PatientName,
        "UI" => Attribute::StudyInstanceUID,
        "DA" => Attribute::StudyDate,
        "TM" => Attribute::StudyTime,
        "IS" | "US" => Attribute::InstanceNumber,
        _ => Attribute::PatientID,
    };
    // The error would name the attribute that stands for this one.
    let criterion = Criterion::parse(like, value).map_err(|_| SearchError::Value(tag))?;
    Ok(criterion.map(|criterion| Wanted::Criterion(like, criterion)))
}

/// A moment or a range of moments `from-to`, of which one end may be open. A moment stands for all
/// that it does not tell apart. Offsets from UTC are not looked at: nobody sends them in worklists.
fn moments(text: &str) -> Result<Option<Wanted>, ()> {
    let text = text.trim();
    if text.is_empty() || text == "*" {
        return Ok(None);
    }
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    let fits = |text: &str| {
        let length = text.split('.').next().map_or(0, str::len);
        let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        text.is_empty() || (plain && (4..=14).contains(&length) && text.len() <= 21)
    };
    if !fits(from) || !fits(to) || (from.is_empty() && to.is_empty()) {
        return Err(());
    }
    Ok(Some(Wanted::Moments(filled(&digits(from), '0'), filled(&digits(to), '9'))))
}

/// The digits of a DT, without point and offset.
fn digits(text: &str) -> String {
    let moment = text.split(['+', '-', '&']).next().unwrap_or_default();
    moment.chars().filter(char::is_ascii_digit).take(20).collect()
}

fn filled(digits: &str, with: char) -> String {
    let mut text = digits.to_owned();
    text.extend(std::iter::repeat_n(with, 20 - digits.len().min(20)));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Limits, data_set};

    const WORKITEM: &str = r#"{"00741000":{"vr":"CS","Value":["SCHEDULED"]},
        "00404005":{"vr":"DT","Value":["20261125130000.5+0200"]},
        "00100010":{"vr":"PN","Value":[{"Alphabetic":"Cohen^Ruth"}]},
        "00404025":{"vr":"SQ","Value":[{"00080100":{"vr":"SH","Value":["NODE1"]}},{"00080100":{"vr":"SH","Value":["NODE2"]}}]}}"#;

    #[track_caller]
    fn check(query: &str, expected: bool) {
        let content = data_set(WORKITEM.as_bytes(), &Limits::WORKITEM).unwrap();
        let search = Search::parse(query, 100, 1000).unwrap();
        assert_eq!(search.matches(&content), expected, "{query}");
    }
    #[track_caller]
    fn check_refused(query: &str, expected: SearchError) {
        assert_eq!(Search::parse(query, 100, 1000), Err(expected), "{query}");
    }

    #[test]
    fn workitems_match_by_keyword_and_tag() {
        check("", true);
        check("ProcedureStepState=SCHEDULED", true);
        check("00741000=COMPLETED", false);
        check("PatientName=coh*", true);
        check("PatientName=ruth&fuzzymatching=true", true);
        check("WorklistLabel=a", false);
        check("WorklistLabel=", true);
    }
    #[test]
    fn codes_match_within_any_item() {
        check("ScheduledStationNameCodeSequence.CodeValue=NODE2", true);
        check("00404025.00080100=NODE3", false);
    }
    #[test]
    fn moments_match_in_ranges() {
        let key = "ScheduledProcedureStepStartDateTime";
        check(&format!("{key}=20261125"), true);
        check(&format!("{key}=2026112512"), false);
        check(&format!("{key}=20261125-20261126"), true);
        check(&format!("{key}=20261126-"), false);
        check(&format!("{key}=-20261125125959"), false);
        check(&format!("{key}=-202611251300"), true);
        check_refused(&format!("{key}=-"), SearchError::Value(tag::START));
        check_refused(&format!("{key}=soon"), SearchError::Value(tag::START));
    }
    #[test]
    fn what_cannot_be_searched_for_is_refused() {
        check_refused("Nonsense=1", SearchError::Unknown);
        check_refused("InputInformationSequence=1", SearchError::Unknown);
        check_refused("00404025.00404025.00404025.00404025.00080100=1", SearchError::Unknown);
        check_refused("limit=-1", SearchError::Number("limit"));
        check_refused("StudyInstanceUID=x", SearchError::Value(tag::STUDY));
    }
    #[test]
    fn a_host_learns_which_states_are_meant() {
        let states = |query| Search::parse(query, 1, 1).unwrap().states();
        assert_eq!(states("ProcedureStepState=IN%20PROGRESS"), [super::super::State::InProgress]);
        assert_eq!(states(""), []);
    }
}
