//! What becomes of a study that is complete: the first rule that matches says it, and without one it
//! is analysed. A judgement tells of every rule why it matched or why not.

use crate::config::rules::{Ages, Conditions, RULES_MAX, RuleAction, RuleConfig};
use crate::config::{Config, ConfigError};
use crate::store::catalogue::Facts;
use crate::store::study::Then;
use interval_core::query::{Attribute, Found};
use serde::Serialize;
use std::collections::BTreeSet;

/// The rules of a node, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rules(Vec<RuleConfig>);

/// What a rule may ask of a study.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Asked {
    senders: BTreeSet<String>,
    modalities: BTreeSet<String>,
    study_description: String,
    series_descriptions: BTreeSet<String>,
    body_parts: BTreeSet<String>,
    institutions: BTreeSet<String>,
    age_years: Option<u32>,
    hour: u8,
}

/// What one rule says of a study.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Opinion {
    /// The rule.
    pub rule: String,
    /// The conditions that hold, in the words of the rule.
    pub holds: Vec<String>,
    /// The conditions that do not.
    pub fails: Vec<String>,
}

/// What the rules say of a study.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// What becomes of it.
    pub then: Then,
    /// The rule that says so, and why; nothing when none matched.
    pub because: Option<Opinion>,
    /// What each rule says, in order.
    pub opinions: Vec<Opinion>,
}

impl Opinion {
    /// Whether the rule matches.
    pub fn matches(&self) -> bool {
        self.fails.is_empty()
    }
}

impl Judgement {
    /// What a study's evidence says of it; the words are those of the rules, never the patient's.
    pub fn remark(&self) -> Option<String> {
        let Opinion { rule, holds, .. } = self.because.as_ref()?;
        let becomes = match &self.then {
            Then::Analyse => "analysed".to_owned(),
            Then::Nothing => "not analysed".to_owned(),
            Then::Forward(to) => format!("sent on to {}", to.join(", ")),
            Then::Prefetch => "not analysed, and earlier studies are fetched".to_owned(),
        };
        let why = if holds.is_empty() { "it matches everything".into() } else { holds.join(", ") };
        Some(format!("{becomes} by rule '{rule}': {why}"))
    }
}

impl Asked {
    /// What is known of a study, at an hour of the day in local time.
    pub fn of(facts: &Facts, hour: u8) -> Self {
        let all = |attribute| {
            let texts = facts.series.iter().map(move |series: &Found| series.text(attribute));
            let texts = texts.map(str::trim).filter(|text| !text.is_empty());
            texts.map(str::to_owned).collect::<BTreeSet<_>>()
        };
        let study = |attribute| facts.study.text(attribute).trim();
        Self {
            senders: facts.senders.clone(),
            modalities: all(Attribute::Modality),
            study_description: study(Attribute::StudyDescription).to_owned(),
            series_descriptions: all(Attribute::SeriesDescription),
            body_parts: all(Attribute::BodyPartExamined),
            institutions: all(Attribute::InstitutionName),
            age_years: age(study(Attribute::PatientBirthDate), study(Attribute::StudyDate)),
            hour,
        }
    }
}

/// Whole years between two dates YYYYMMDD.
fn age(birth: &str, at: &str) -> Option<u32> {
    let date = |text: &str| {
        let whole = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u32>().ok().filter(|_| whole)
    };
    let (birth, at) = (date(birth)?, date(at)?);
    Some(at.checked_sub(birth)? / 10_000)
}

impl Rules {
    /// The rules of a configuration: their names are told apart, their destinations are known.
    pub fn of(config: &Config) -> Result<Self, ConfigError> {
        let wrong = |rule: &str, what: String| ConfigError::Rule { rule: rule.to_owned(), what };
        if config.rules.len() > RULES_MAX {
            return Err(wrong("all", format!("more than {RULES_MAX} rules are not taken")));
        }
        let mut names = BTreeSet::new();
        for rule in &config.rules {
            if !names.insert(&rule.name) {
                return Err(wrong(&rule.name, "two rules have this name".into()));
            }
            let RuleAction::Forward(to) = &rule.action else { continue };
            let known = |name: &String| config.destinations.iter().any(|d| d.name == *name);
            if let Some(unknown) = to.iter().find(|name| !known(name)) {
                return Err(wrong(&rule.name, format!("no destination is called {unknown}")));
            }
        }
        Ok(Self(config.rules.clone()))
    }

    /// The rules, in their order.
    pub fn all(&self) -> &[RuleConfig] {
        &self.0
    }

    /// Whether the rules name no other model than the one that the node has.
    pub fn check_models(&self, own: &str) -> Result<(), ConfigError> {
        for rule in &self.0 {
            let RuleAction::Analyse(Some(model)) = &rule.action else { continue };
            if model != own {
                let what = format!("the node has the model {own}, and not {model}");
                return Err(ConfigError::Rule { rule: rule.name.clone(), what });
            }
        }
        Ok(())
    }

    /// Says what becomes of a study.
    pub fn judge(&self, asked: &Asked) -> Judgement {
        let opinions: Vec<_> = self.0.iter().map(|rule| opinion(rule, asked)).collect();
        let first = opinions.iter().position(Opinion::matches);
        let then = first.map_or(Then::Analyse, |at| match &self.0[at].action {
            RuleAction::Analyse(_) => Then::Analyse,
            RuleAction::Ignore => Then::Nothing,
            RuleAction::Forward(to) => Then::Forward(to.clone()),
            RuleAction::Prefetch => Then::Prefetch,
        });
        Judgement { then, because: first.map(|at| opinions[at].clone()), opinions }
    }
}

/// What a rule says of a study, condition by condition.
pub(crate) fn opinion(rule: &RuleConfig, asked: &Asked) -> Opinion {
    let Conditions {
        calling_ae,
        modality,
        study_description,
        series_description,
        body_part,
        institution,
        patient_age,
        hours,
    } = &rule.conditions;
    let mut opinion = Opinion { rule: rule.name.clone(), holds: vec![], fails: vec![] };
    opinion.add("calling_ae", calling_ae, |title| asked.senders.contains(title));
    opinion.add("modality", modality, |one| asked.modalities.contains(one));
    let contains = |text: &str, part: &str| text.to_lowercase().contains(&part.to_lowercase());
    let any = |texts: &BTreeSet<String>, part: &str| texts.iter().any(|text| contains(text, part));
    opinion.add("study_description contains", study_description, |part| {
        contains(&asked.study_description, part)
    });
    opinion.add("series_description contains", series_description, |part| {
        any(&asked.series_descriptions, part)
    });
    opinion.add("body_part contains", body_part, |part| any(&asked.body_parts, part));
    opinion.add("institution contains", institution, |part| any(&asked.institutions, part));
    if let Some(Ages { min, max }) = patient_age {
        let fits = asked.age_years.is_some_and(|age| (*min..=*max).contains(&age));
        opinion.say(fits, format!("patient_age from {min} to {max}"));
    }
    if let Some(hours) = hours {
        let text = format!("hours from {} to {}", hours.from, hours.to);
        opinion.say(hours.contains(asked.hour), text);
    }
    opinion
}

impl Opinion {
    /// A condition of which one entry has to hold; an empty list asks for nothing.
    fn add(&mut self, what: &str, entries: &[String], holds: impl Fn(&str) -> bool) {
        if entries.is_empty() {
            return;
        }
        match entries.iter().find(|entry| holds(entry)) {
            Some(entry) => self.holds.push(format!("{what} '{entry}'")),
            None => self.fails.push(format!("{what} '{}'", entries.join("' or '"))),
        }
    }

    fn say(&mut self, fits: bool, text: String) {
        if fits { self.holds.push(text) } else { self.fails.push(text) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        let mut facts = Facts { senders: ["MR1".to_owned()].into(), ..Facts::default() };
        for (attribute, text) in [
            (Attribute::StudyDescription, "MRI Knee left"),
            (Attribute::PatientBirthDate, "20060507"),
            (Attribute::StudyDate, "20240506"),
        ] {
            facts.study.tell(attribute, text);
        }
        let mut series = Found::default();
        series.tell(Attribute::Modality, "MR");
        series.tell(Attribute::SeriesDescription, "t2 tse");
        series.tell(Attribute::BodyPartExamined, "KNEE");
        series.tell(Attribute::InstitutionName, "Ward 7");
        facts.series.push(series);
        facts
    }
    fn rules(text: &str) -> Result<Rules, ConfigError> {
        let config: Config = toml::from_str(text).unwrap();
        Rules::of(&config)
    }

    #[track_caller]
    fn check(condition: &str, matches: bool) {
        let text = format!("[[rules]]\nname = 'one'\naction = 'ignore'\n{condition}");
        let judgement = rules(&text).unwrap().judge(&Asked::of(&facts(), 9));
        let then = if matches { Then::Nothing } else { Then::Analyse };
        assert_eq!(judgement.then, then, "{condition}: {:?}", judgement.opinions);
    }

    #[test]
    fn each_condition_holds_or_does_not() {
        check("", true);
        check("calling_ae = ['CT1', 'MR1']", true);
        check("calling_ae = ['mr1']", false);
        check("modality = ['MR']", true);
        check("modality = ['CT']", false);
        check("study_description = ['KNEE']", true);
        check("study_description = ['brain']", false);
        check("series_description = ['T2']", true);
        check("body_part = ['knee']", true);
        check("body_part = ['head']", false);
        check("institution = ['ward']", true);
        check("hours = [8, 10]", true);
        check("hours = [20, 6]", false);
    }
    #[test]
    fn an_age_is_counted_in_whole_years_at_the_study() {
        check("patient_age = { max = 17 }", true);
        check("patient_age = { min = 18 }", false);
        check("patient_age = { min = 17, max = 17 }", true);
    }
    #[test]
    fn all_conditions_have_to_hold() {
        check("modality = ['MR']\nstudy_description = ['brain']", false);
        check("modality = ['MR']\nstudy_description = ['knee']", true);
    }
    #[test]
    fn the_first_rule_that_matches_says_what_becomes_of_a_study() {
        let judged = rules(
            "[[destinations]]\nname = 'pacs'\naddress = 'h:1'\nae_title = 'PACS'
             [[rules]]\nname = 'heads'\nstudy_description = ['brain']\naction = 'analyse'
             [[rules]]\nname = 'knees'\nbody_part = ['knee']\naction = 'forward'
             destinations = ['pacs']
             [[rules]]\nname = 'rest'\naction = 'ignore'",
        );
        let judged = judged.unwrap().judge(&Asked::of(&facts(), 9));
        assert_eq!(judged.then, Then::Forward(vec!["pacs".into()]));
        let remark = judged.remark().unwrap();
        assert_eq!(remark, "sent on to pacs by rule 'knees': body_part contains 'knee'");
        let fails: Vec<_> = judged.opinions.iter().map(|one| one.fails.len()).collect();
        assert_eq!(fails, [1, 0, 0]);
    }
    #[test]
    fn without_a_rule_a_study_is_analysed() {
        let judged = Rules::default().judge(&Asked::of(&facts(), 9));
        assert_eq!((judged.then.clone(), judged.remark()), (Then::Analyse, None));
    }
    #[test]
    fn rules_name_destinations_that_are_there_and_are_told_apart() {
        let to_nobody = "[[rules]]\nname = 'a'\naction = 'forward'\ndestinations = ['x']";
        assert!(matches!(rules(to_nobody), Err(ConfigError::Rule { .. })));
        let twice = "[[rules]]\nname = 'a'\naction = 'ignore'\n".repeat(2);
        assert!(matches!(rules(&twice), Err(ConfigError::Rule { .. })));
    }
}
