//! Rules as an operator writes them: typed conditions and one action. Nothing is evaluated that is
//! not a field here.

use super::priors::HoursConfig;
use serde::Deserialize;

/// Most rules; a list that is longer is not read by people.
pub const RULES_MAX: usize = 200;

/// One rule: all conditions that are given have to hold; of a list one entry does.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, try_from = "Written")]
pub struct RuleConfig {
    /// Its name in listings and in the evidence of studies.
    pub name: String,
    /// What a study has to be like.
    pub conditions: Conditions,
    /// What becomes of it.
    pub action: RuleAction,
}

/// What a study has to be like.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conditions {
    /// Titles of those who sent it.
    pub calling_ae: Vec<String>,
    /// Modalities of its series.
    pub modality: Vec<String>,
    /// Parts of Study Description (0008,1030), in any case.
    pub study_description: Vec<String>,
    /// Parts of a Series Description (0008,103E).
    pub series_description: Vec<String>,
    /// Parts of a Body Part Examined (0018,0015).
    pub body_part: Vec<String>,
    /// Parts of an Institution Name (0008,0080).
    pub institution: Vec<String>,
    /// Age of the patient at the study.
    pub patient_age: Option<Ages>,
    /// Hours of the day, in local time, in which the study is complete.
    pub hours: Option<HoursConfig>,
}

/// Ages in whole years, both included.
#[derive(Debug, Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Ages {
    /// Youngest.
    #[serde(default)]
    pub min: u32,
    /// Oldest.
    #[serde(default = "oldest")]
    pub max: u32,
}

fn oldest() -> u32 {
    200
}

/// What becomes of a study.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleAction {
    /// It is analysed; by this model, where one is named.
    Analyse(Option<String>),
    /// It is kept.
    Ignore,
    /// It goes to these destinations as it is.
    Forward(Vec<String>),
    /// The patient's earlier studies are fetched, for a study that is to come.
    Prefetch,
}

/// A rule as it stands in the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    #[serde(default)]
    calling_ae: Vec<String>,
    #[serde(default)]
    modality: Vec<String>,
    #[serde(default)]
    study_description: Vec<String>,
    #[serde(default)]
    series_description: Vec<String>,
    #[serde(default)]
    body_part: Vec<String>,
    #[serde(default)]
    institution: Vec<String>,
    patient_age: Option<Ages>,
    hours: Option<HoursConfig>,
    action: Word,
    model: Option<String>,
    #[serde(default)]
    destinations: Vec<String>,
}

#[derive(Debug, Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Word {
    Analyse,
    Ignore,
    Forward,
    Prefetch,
}

impl TryFrom<Written> for RuleConfig {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let name = written.name.trim().to_owned();
        if name.is_empty() {
            return Err("a rule needs a name".into());
        }
        let wrong = |what: &str| Err(format!("rule '{name}': {what}"));
        let lists = [
            &written.calling_ae,
            &written.modality,
            &written.study_description,
            &written.series_description,
            &written.body_part,
            &written.institution,
        ];
        if lists.iter().any(|list| list.iter().any(|entry| entry.trim().is_empty())) {
            return wrong("an empty text would match everything");
        }
        if written.patient_age.is_some_and(|ages| ages.min > ages.max) {
            return wrong("patient_age has min above max");
        }
        if written.model.is_some() && written.action != Word::Analyse {
            return wrong("only analyse has a model");
        }
        if written.destinations.is_empty() == (written.action == Word::Forward) {
            return wrong("forward, and only forward, has destinations");
        }
        let action = match written.action {
            Word::Analyse => RuleAction::Analyse(written.model),
            Word::Ignore => RuleAction::Ignore,
            Word::Forward => RuleAction::Forward(written.destinations),
            Word::Prefetch => RuleAction::Prefetch,
        };
        let conditions = Conditions {
            calling_ae: written.calling_ae,
            modality: written.modality,
            study_description: written.study_description,
            series_description: written.series_description,
            body_part: written.body_part,
            institution: written.institution,
            patient_age: written.patient_age,
            hours: written.hours,
        };
        Ok(Self { name, conditions, action })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    /// Whether a rule is taken; else what the error says.
    fn read(text: &str) -> Result<RuleConfig, String> {
        let text = format!("listen = '127.0.0.1:0'\n[[rules]]\nname = 'knees'\n{text}");
        let read = toml::from_str::<Config>(&text).map_err(|error| error.to_string());
        read.map(|config| config.rules[0].clone())
    }
    #[track_caller]
    fn check_refused(text: &str, said: &str) {
        let error = read(text).unwrap_err();
        assert!(error.contains(said), "{error}");
    }

    #[test]
    fn a_rule_has_conditions_and_an_action() {
        let rule = read(
            "study_description = ['knee']\npatient_age = { min = 18 }\nhours = [8, 18]\n\
             action = 'forward'\ndestinations = ['pacs']",
        );
        let rule = rule.unwrap();
        assert_eq!(rule.action, RuleAction::Forward(vec!["pacs".into()]));
        assert_eq!(rule.conditions.patient_age, Some(Ages { min: 18, max: 200 }));
    }
    #[test]
    fn an_unknown_field_is_an_error_with_its_line() {
        check_refused("action = 'ignore'\nstudy_descripton = ['knee']", "study_descripton");
        check_refused("action = 'ignore'\nstudy_descripton = ['knee']", "line");
        check_refused("action = 'drop'", "drop");
        check_refused("action = 'ignore'\npatient_age = { least = 3 }", "least");
    }
    #[test]
    fn what_does_not_belong_together_is_refused() {
        check_refused("action = 'ignore'\nmodel = 'x'", "only analyse has a model");
        check_refused("action = 'forward'", "has destinations");
        check_refused("action = 'ignore'\ndestinations = ['pacs']", "has destinations");
        check_refused("action = 'ignore'\nmodality = ['']", "match everything");
        check_refused("action = 'ignore'\npatient_age = { min = 9, max = 8 }", "min above max");
        check_refused("action = 'ignore'\nhours = [8, 30]", "hours");
    }
}
