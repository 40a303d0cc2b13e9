//! The rules of the node, and what they would do with a study that is here.

use crate::config::rules::{Conditions, RuleAction, RuleConfig};
use crate::pipeline::rules::{self, Opinion};
use crate::pipeline::settle::grant;
use crate::store::milliseconds;
use crate::store::study::Then;
use crate::web::people;
use crate::web::request::{Answered, Asked, json};
use crate::web::status::Refusal;
use chrono::Timelike;
use interval_core::audit::words::{Action, Detail, Outcome, Resource};
use interval_core::audit::{AuditEvent, TraceId};
use interval_core::uid::StudyUid;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The rules, in the order in which they are asked.
#[derive(Serialize, JsonSchema)]
pub struct AllRules {
    rules: Vec<SiteRule>,
}

/// A rule.
#[derive(Serialize, JsonSchema)]
pub struct SiteRule {
    name: String,
    /// What a study has to be like, a clause each; empty matches everything.
    conditions: Vec<String>,
    /// analyse, ignore, forward or prefetch.
    action: &'static str,
    destinations: Vec<String>,
    model: Option<String>,
}

/// Which study is asked about.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    study: String,
}

/// What the rules say of a study.
#[derive(Serialize, JsonSchema)]
pub struct Verdict {
    /// The rule that decides; nothing when none matches.
    fired: Option<String>,
    /// analyse, ignore, forward or prefetch.
    action: &'static str,
    destinations: Vec<String>,
    /// What each rule says, in order.
    why: Vec<OpinionDto>,
}

/// What one rule says of a study.
#[derive(Serialize, JsonSchema)]
pub struct OpinionDto {
    rule: String,
    matches: bool,
    /// The conditions that hold.
    holds: Vec<String>,
    /// The conditions that do not.
    fails: Vec<String>,
}

impl From<&RuleConfig> for SiteRule {
    fn from(rule: &RuleConfig) -> Self {
        let (action, destinations, model) = match &rule.action {
            RuleAction::Analyse(model) => ("analyse", Vec::new(), model.clone()),
            RuleAction::Ignore => ("ignore", Vec::new(), None),
            RuleAction::Forward(to) => ("forward", to.clone(), None),
            RuleAction::Prefetch => ("prefetch", Vec::new(), None),
        };
        let (name, conditions) = (rule.name.clone(), clauses(&rule.conditions));
        Self { name, conditions, action, destinations, model }
    }
}

impl From<Opinion> for OpinionDto {
    fn from(opinion: Opinion) -> Self {
        let matches = opinion.matches();
        let Opinion { rule, holds, fails } = opinion;
        Self { rule, matches, holds, fails }
    }
}

/// The conditions of a rule in its own words.
fn clauses(conditions: &Conditions) -> Vec<String> {
    // A study of which nothing is known fulfils none of them, and hears of each.
    let rule = RuleConfig {
        name: String::new(),
        conditions: conditions.clone(),
        action: RuleAction::Ignore,
    };
    let Opinion { holds, fails, .. } = rules::opinion(&rule, &rules::Asked::default());
    holds.into_iter().chain(fails).collect()
}

/// `GET /api/v1/admin/rules`
pub async fn list(asked: Asked) -> Answered {
    let rules = asked.door.host.operations.rules.all();
    json(&AllRules { rules: rules.iter().map(SiteRule::from).collect() })
}

/// `POST /api/v1/admin/rules/test`: nothing is done, and that the study was looked at is noted.
pub async fn test(asked: Asked) -> Answered {
    let question: Question = asked.json()?;
    let uid: StudyUid = question.study.parse().map_err(|_| Refusal::Forbidden)?;
    let host = &asked.door.host;
    let study = host.store.study(&uid).await?;
    let actor = people::actor(&asked.door, asked.caller()?).await?;
    let read = (Action::Read, Resource::Study(uid.clone()));
    let event = AuditEvent::new(milliseconds(asked.now), actor, read.0, read.1)
        .with_patient(study.patient)
        .with_outcome(Outcome::Success, Detail::Maintenance)
        .with_trace(TraceId(asked.id.0));
    host.audit.note(event).await?;
    let grant = grant(study.patient).map_err(|_| Refusal::Forbidden)?;
    let facts = host.store.facts(&grant, &uid).await?;
    let hour = u8::try_from(chrono::Local::now().hour()).unwrap_or(0);
    let judgement = host.operations.rules.judge(&rules::Asked::of(&facts, hour));
    let (action, destinations) = match judgement.then {
        Then::Analyse => ("analyse", Vec::new()),
        Then::Nothing => ("ignore", Vec::new()),
        Then::Forward(to) => ("forward", to),
        Then::Prefetch => ("prefetch", Vec::new()),
    };
    json(&Verdict {
        fired: judgement.because.map(|opinion| opinion.rule),
        action,
        destinations,
        why: judgement.opinions.into_iter().map(OpinionDto::from).collect(),
    })
}
