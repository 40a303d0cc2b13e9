//! What a search asks for (PS3.18 8.3.4, 10.6.1).

use crate::parameters::{ParameterError, Parameters};
use interval_core::fault::Fault;
use interval_core::query::{
    Attribute, CRITERIA_MAX, Criterion, Level, Names, NotACriterion, Query,
};
use interval_core::uid::{SeriesUid, StudyUid};

/// What is searched: `/studies`, `/series`, `/instances`, and the same within a study or series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// What is listed.
    pub level: Level,
    /// Only of this study.
    pub study: Option<StudyUid>,
    /// Only of this series.
    pub series: Option<SeriesUid>,
}

impl Scope {
    /// Everything of a level.
    pub fn all(level: Level) -> Self {
        Self { level, study: None, series: None }
    }

    /// What is of one study.
    pub fn of_study(level: Level, study: StudyUid) -> Self {
        Self { level, study: Some(study), series: None }
    }

    /// Instances of one series.
    pub fn of_series(study: StudyUid, series: SeriesUid) -> Self {
        Self { level: Level::Instance, study: Some(study), series: Some(series) }
    }
}

/// What is done with a key or field that is not held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unknown {
    /// The search is refused: an answer that passes over a criterion has matches that nobody
    /// asked for.
    #[default]
    Refuse,
    /// It is passed over, and told in the answer (PS3.18 8.3.4.4: Warning 299).
    PassOver,
}

/// The terms on which searches are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Most matches of one answer when nothing is said.
    pub limit_default: u64,
    /// Most matches of one answer whatever is said; more can be had by `offset`.
    pub limit_max: u64,
    /// Keys that are not held.
    pub unknown: Unknown,
}

/// Why a search cannot be answered: 400. The sentences name parameters and never values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QidoError {
    /// The address cannot be read.
    #[error(transparent)]
    Parameters(#[from] ParameterError),
    /// A value is not as its attribute is asked for.
    #[error(transparent)]
    Criterion(#[from] NotACriterion),
    /// No keyword or tag that is held.
    #[error("{0} is no attribute that can be searched for here")]
    Unknown(String),
    /// An attribute of a level below the one that is listed, or one that is counted.
    #[error("{0} cannot be searched for at this level")]
    NotAKey(Attribute),
    /// Asked for twice with different values.
    #[error("{0} is asked for more than once")]
    Twice(Attribute),
    /// No whole number from 0.
    #[error("{0} is a whole number from 0")]
    Number(&'static str),
    /// Neither true nor false.
    #[error("fuzzymatching is true or false")]
    Fuzzy,
    /// More criteria than are taken.
    #[error("more than {CRITERIA_MAX} attributes are asked for")]
    TooMany,
}

impl QidoError {
    /// What it asks of the other side.
    pub fn fault(&self) -> Fault {
        Fault::Refused
    }
}

/// Longest name of a parameter that a sentence repeats; keywords have under 64 letters.
const NAME_CHARS_MAX: usize = 64;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What is searched.
    pub scope: Scope,
    /// In the words of the hub; `limit` is always given.
    pub query: Query,
    /// Names of parameters that were passed over.
    pub passed_over: Vec<String>,
}

impl Question {
    /// Reads the query of an address.
    pub fn parse(scope: Scope, query: &str, terms: &Terms) -> Result<Self, QidoError> {
        let parameters = Parameters::parse(query)?;
        let mut question = Self { query: Query::of(scope.level), scope, passed_over: Vec::new() };
        question.query.offset = number(&parameters, "offset")?.unwrap_or(0);
        let limit = number(&parameters, "limit")?.unwrap_or(terms.limit_default);
        question.query.limit = Some(limit.min(terms.limit_max));
        question.query.names = match parameters.one("fuzzymatching")? {
            Some("true") => Names::Fuzzy,
            None | Some("false" | "") => Names::Literal,
            Some(_) => return Err(QidoError::Fuzzy),
        };
        for (name, value) in &parameters.pairs {
            match name.as_ref() {
                "offset" | "limit" | "fuzzymatching" | "accept" | "charset" => {}
                // Ways of matching that are not offered: who does not ask for them gets what they
                // ask for.
                "emptyvaluematching" | "multiplevaluematching" if value != "true" => {}
                "includefield" => question.include(value),
                key => question.ask(key, value, terms.unknown)?,
            }
        }
        question.narrow();
        Ok(question)
    }

    /// The text of a Warning header for what was passed over, if anything was.
    pub fn warning(&self) -> Option<String> {
        (!self.passed_over.is_empty()).then(|| {
            let names = self.passed_over.join(", ");
            format!("299 interval \"These parameters were not applied: {names}\"")
        })
    }

    /// Fields that are not held are passed over: an answer without them is still right.
    fn include(&mut self, value: &str) {
        for name in value.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let level = self.scope.level;
            if name == "all" {
                let held = Attribute::ALL.iter().copied();
                self.query.wanted.extend(held.filter(|held| held.level() <= level));
            } else {
                let held = Attribute::by_name(name).filter(|held| held.level() <= level);
                self.query.wanted.extend(held);
            }
        }
    }

    fn ask(&mut self, key: &str, value: &str, unknown: Unknown) -> Result<(), QidoError> {
        let known = Attribute::by_name(key);
        let Some(attribute) = known.filter(|a| a.is_key() && a.level() <= self.scope.level) else {
            // A key without a value matches everything and only asks to be told.
            if known.is_some() && value.is_empty() {
                self.include(key);
                return Ok(());
            }
            return match (unknown, known) {
                (Unknown::PassOver, _) => {
                    self.passed_over.push(spoken(key));
                    Ok(())
                }
                (Unknown::Refuse, Some(attribute)) => Err(QidoError::NotAKey(attribute)),
                (Unknown::Refuse, None) => Err(QidoError::Unknown(spoken(key))),
            };
        };
        self.query.wanted.insert(attribute);
        let Some(criterion) = Criterion::parse(attribute, value)? else { return Ok(()) };
        match (self.query.criteria.get_mut(&attribute), criterion) {
            // UIDs may be given one by one (PS3.18 8.3.4.1).
            (Some(Criterion::OneOf(uids)), Criterion::OneOf(more))
                if attribute.vr() == interval_core::query::Vr::Ui =>
            {
                uids.extend(more);
            }
            (Some(before), criterion) if *before != criterion => {
                return Err(QidoError::Twice(attribute));
            }
            (_, criterion) => {
                self.query.criteria.insert(attribute, criterion);
            }
        }
        if self.query.criteria.len() > CRITERIA_MAX { Err(QidoError::TooMany) } else { Ok(()) }
    }

    /// The UIDs of the path hold besides what is asked of the same attributes: a list of others
    /// matches nothing.
    fn narrow(&mut self) {
        let study = self.scope.study.as_ref().map(StudyUid::as_str);
        let series = self.scope.series.as_ref().map(SeriesUid::as_str);
        let path = [(Attribute::StudyInstanceUID, study), (Attribute::SeriesInstanceUID, series)];
        for (attribute, uid) in path {
            let Some(uid) = uid else { continue };
            let is_asked = match self.query.criteria.get(&attribute) {
                Some(Criterion::OneOf(uids)) => uids.iter().any(|asked| asked == uid),
                _ => true,
            };
            let only = if is_asked { vec![uid.to_owned()] } else { Vec::new() };
            self.query.criteria.insert(attribute, Criterion::OneOf(only));
        }
    }
}

/// A name as a sentence repeats it: what stands where a keyword belongs may be anything.
fn spoken(name: &str) -> String {
    let plain = |c: &char| c.is_ascii_alphanumeric() || *c == '.';
    name.chars().filter(plain).take(NAME_CHARS_MAX).collect()
}

fn number(parameters: &Parameters, name: &'static str) -> Result<Option<u64>, QidoError> {
    let Some(text) = parameters.one(name)? else { return Ok(None) };
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits).map(Some).ok_or(QidoError::Number(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Attribute::{
        Modality, NumberOfStudyRelatedInstances, PatientID, PatientName, StudyDate,
        StudyDescription, StudyInstanceUID,
    };

    const TERMS: Terms = Terms { limit_default: 100, limit_max: 1000, unknown: Unknown::Refuse };

    fn ask(level: Level, query: &str) -> Result<Question, QidoError> {
        Question::parse(Scope::all(level), query, &TERMS)
    }
    #[track_caller]
    fn check(query: &str, attribute: Attribute, expected: Criterion) {
        let question = ask(Level::Study, query).unwrap();
        assert_eq!(question.query.criterion(attribute), Some(&expected), "{query}");
        assert!(question.query.wanted.contains(&attribute));
    }
    #[track_caller]
    fn check_refused(query: &str, expected: QidoError) {
        assert_eq!(ask(Level::Study, query), Err(expected), "{query}");
    }
    fn one_of(texts: &[&str]) -> Criterion {
        Criterion::OneOf(texts.iter().map(|&text| text.to_owned()).collect())
    }

    #[test]
    fn attributes_are_asked_for_by_keyword_and_tag() {
        check("PatientID=A17", PatientID, one_of(&["A17"]));
        check("00100020=A17", PatientID, one_of(&["A17"]));
        check("PatientName=Coh*", PatientName, Criterion::Like("Coh*".into()));
        check(
            "StudyDate=20260101-20260131",
            StudyDate,
            Criterion::Between(Some("20260101".into()), Some("20260131".into())),
        );
    }
    #[test]
    fn uids_come_in_lists_and_one_by_one() {
        for query in [
            "StudyInstanceUID=1.2,1.3",
            "StudyInstanceUID=1.2%5C1.3",
            "StudyInstanceUID=1.2&StudyInstanceUID=1.3",
        ] {
            check(query, StudyInstanceUID, one_of(&["1.2", "1.3"]));
        }
        check_refused("PatientID=A&PatientID=B", QidoError::Twice(PatientID));
    }
    #[test]
    fn paging_is_within_the_terms() {
        let paged = |query| ask(Level::Study, query).map(|q| (q.query.offset, q.query.limit));
        assert_eq!(paged(""), Ok((0, Some(100))));
        assert_eq!(paged("limit=5000&offset=10"), Ok((10, Some(1000))));
        assert_eq!(paged("limit=0"), Ok((0, Some(0))));
        for wrong in ["limit=-1", "limit=x", "limit=", "limit=%2B1", "limit=99999999999999999999"] {
            check_refused(wrong, QidoError::Number("limit"));
        }
        check_refused("offset=-1", QidoError::Number("offset"));
    }
    #[test]
    fn names_may_match_loosely() {
        let fuzzy = ask(Level::Study, "fuzzymatching=true&PatientName=ruth").unwrap();
        assert_eq!(fuzzy.query.names, Names::Fuzzy);
        check_refused("fuzzymatching=yes", QidoError::Fuzzy);
    }
    #[test]
    fn fields_are_wanted_by_name_and_those_that_are_not_held_are_passed_over() {
        let query = "includefield=StudyDescription,00081030&includefield=PatientAge,Modality&includefield=\
                     RequestAttributesSequence.ScheduledProcedureStepID";
        let question = ask(Level::Study, query).unwrap();
        assert_eq!(question.query.wanted, [StudyDescription].into());
        let all = ask(Level::Study, "includefield=all").unwrap();
        assert!(all.query.wanted.contains(&PatientName) && !all.query.wanted.contains(&Modality));
    }
    #[test]
    fn what_cannot_be_searched_for_is_refused() {
        check_refused("Nonsense=1", QidoError::Unknown("Nonsense".into()));
        let way = "multiplevaluematching";
        check_refused(&format!("{way}=true"), QidoError::Unknown(way.into()));
        assert!(ask(Level::Study, &format!("{way}=false")).is_ok());
        check_refused("Modality=MR", QidoError::NotAKey(Modality));
        let counted = NumberOfStudyRelatedInstances;
        check_refused("NumberOfStudyRelatedInstances=3", QidoError::NotAKey(counted));
        check_refused("StudyDate=soon", QidoError::Criterion(NotACriterion::Date(StudyDate)));
        check_refused("PatientID=%00", QidoError::Parameters(ParameterError::Form));
    }
    #[test]
    fn a_sentence_repeats_no_more_than_a_name() {
        let Err(QidoError::Unknown(name)) = ask(Level::Study, "%3Cscript%3E%22%0A=1") else {
            return; // the line feed is refused before
        };
        assert!(!name.contains(['<', '"']));
    }
    #[test]
    fn what_is_not_held_can_be_passed_over_and_is_told() {
        let terms = Terms { unknown: Unknown::PassOver, ..TERMS };
        let question = Question::parse(Scope::all(Level::Study), "X=1&Modality=MR", &terms);
        let question = question.unwrap();
        assert_eq!(question.passed_over, ["X", "Modality"]);
        assert!(question.warning().unwrap().starts_with("299 interval \""));
        assert!(question.query.criteria.is_empty());
    }
    #[test]
    fn an_empty_value_matches_everything_and_is_told() {
        let question = ask(Level::Study, "PatientName=&NumberOfStudyRelatedInstances=").unwrap();
        assert!(question.query.criteria.is_empty());
        assert!(question.query.wanted.contains(&NumberOfStudyRelatedInstances));
    }
    #[test]
    fn the_path_holds_besides_what_is_asked() {
        let of = |query| {
            let scope = Scope::of_study(Level::Series, "1.2".parse().unwrap());
            Question::parse(scope, query, &TERMS).unwrap().query
        };
        for query in ["", "StudyInstanceUID=1.2,1.3"] {
            assert_eq!(of(query).criterion(StudyInstanceUID), Some(&one_of(&["1.2"])));
        }
        assert_eq!(of("StudyInstanceUID=1.3").criterion(StudyInstanceUID), Some(&one_of(&[])));
    }
}
