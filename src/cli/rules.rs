//! `interval rules test`: which rule would decide on files or on a study that is here, and why.

use super::send::collect;
use super::{Ended, Failure, Place, fail, read_file, refused_by_store, write_json};
use crate::pipeline::rules::{Asked, Judgement, Rules};
use crate::store::catalogue::Facts;
use crate::store::study::Then;
use chrono::Timelike;
use clap::{Args, Subcommand};
use interval_core::access::{Action as Right, Policy, Principal, Standing, decide};
use interval_core::digest::Digest;
use interval_core::fault::Fault;
use interval_core::query::{Attribute, Level};
use interval_core::uid::StudyUid;
use interval_iod::header;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::SystemTime;

/// Most files of one test.
const FILES_MAX: usize = 100_000;

/// Look at what the rules of the settings file would do.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  interval rules test --config interval.toml knee/*.dcm
  interval rules test --config interval.toml --study 1.2.840.113619.2.1.7 --json -")]
pub struct RulesCommand {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Say which rule decides, and of each rule why it does or does not match.
    Test {
        /// DICOM files, or folders of them; nothing is kept.
        #[arg(required_unless_present = "study")]
        files: Vec<PathBuf>,
        /// A study that the node has.
        #[arg(long, conflicts_with = "files")]
        study: Option<StudyUid>,
        /// Title of the sender, for files.
        #[arg(long, default_value = "FILE")]
        calling_ae: String,
        /// Hour of the day, 0 to 23; now when not given.
        #[arg(long, value_parser = clap::value_parser!(u8).range(0..24))]
        hour: Option<u8>,
    },
}

impl RulesCommand {
    pub(super) async fn run(self) -> Ended {
        let Action::Test { files, study, calling_ae, hour } = &self.action;
        let rules = Rules::of(&self.place.settings()?).map_err(fail(Fault::Refused))?;
        let now = u8::try_from(chrono::Local::now().hour()).unwrap_or(0);
        let hour = hour.unwrap_or(now);
        let studies = match study {
            Some(study) => BTreeMap::from([(study.clone(), self.held(study).await?)]),
            None => read(files, calling_ae)?,
        };
        let mut said = Vec::new();
        for (study, facts) in studies {
            let judgement = rules.judge(&Asked::of(&facts, hour));
            if self.place.json.is_none() {
                show(&study, &judgement);
            }
            said.push(told(&study, &judgement));
        }
        write_json(self.place.json.as_deref(), &said)
    }

    /// What is known of a study that the node has.
    async fn held(&self, study: &StudyUid) -> Result<Facts, Failure> {
        let store = self.place.store().await?;
        let patient = store.patient_of_study(study).await.map_err(refused_by_store)?;
        let standing = Standing::none(patient);
        let (principal, now) = (Principal::Job(patient), SystemTime::now());
        let grant = decide(&Policy::house(), &principal, &standing, Right::Process, now);
        let grant = grant.map_err(fail(Fault::Refused))?;
        store.facts(&grant, study).await.map_err(refused_by_store)
    }
}

/// What files say of their studies.
fn read(paths: &[PathBuf], calling_ae: &str) -> Result<BTreeMap<StudyUid, Facts>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        collect(path, &mut files)?;
    }
    if files.len() > FILES_MAX {
        return Err(Failure::refused(format!("more than {FILES_MAX} files are not looked at")));
    }
    let mut studies: BTreeMap<StudyUid, Facts> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for path in files {
        let bytes = read_file(&path)?;
        let (instance, listing) = header::read_listed(&bytes, Digest::of(&bytes))
            .map_err(|error| Failure::refused(format!("{}: {error}", path.display())))?;
        let facts = studies.entry(instance.study).or_default();
        if facts.senders.is_empty() {
            facts.senders.insert(calling_ae.to_owned());
            facts.study = listing.clone();
            facts.study.values.retain(|attribute, _| attribute.level() <= Level::Study);
        }
        if seen.insert(instance.series.clone()) {
            let mut series = listing;
            series.values.retain(|attribute, _| attribute.level() == Level::Series);
            series.tell(Attribute::SeriesInstanceUID, instance.series.as_str());
            facts.series.push(series);
        }
    }
    Ok(studies)
}

fn show(study: &StudyUid, judgement: &Judgement) {
    let decided = judgement.remark().unwrap_or_else(|| "analysed: no rule matches".to_owned());
    println!("{study}: {decided}");
    for opinion in &judgement.opinions {
        let list = |texts: &[String]| texts.join(", ");
        match (opinion.matches(), opinion.holds.is_empty()) {
            (true, true) => println!("  {}: matches everything", opinion.rule),
            (true, false) => println!("  {}: matches: {}", opinion.rule, list(&opinion.holds)),
            (false, _) => {
                println!("  {}: does not match: not {}", opinion.rule, list(&opinion.fails));
            }
        }
    }
}

fn told(study: &StudyUid, judgement: &Judgement) -> Value {
    let (action, destinations) = match &judgement.then {
        Then::Analyse => ("analyse", Vec::new()),
        Then::Nothing => ("ignore", Vec::new()),
        Then::Forward(to) => ("forward", to.clone()),
        Then::Prefetch => ("prefetch", Vec::new()),
    };
    let rule = judgement.because.as_ref().map(|opinion| opinion.rule.clone());
    json!({ "study": study.to_string(), "action": action, "destinations": destinations,
            "rule": rule, "rules": judgement.opinions })
}
