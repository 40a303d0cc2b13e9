//! Whether the patient whom images name is known here, and is the same person. It errs towards no:
//! images under the wrong patient are worse than a question.

use super::computed;
use crate::priors::identity::{Contradiction, Person};
use crate::store::StoreError;
use crate::upload::{Brought, Pile};
use crate::web::api::series::SeriesPage;
use crate::web::openings;
use crate::web::request::Asked;
use crate::web::status::Refusal;
use crate::web::uploader::Uploader;
use interval_core::access::Principal;
use interval_core::patient::{Patient, PatientPseudonym};
use interval_core::uid::StudyUid;
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

/// How the patient of a study stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Match {
    /// Nobody here has met them.
    New,
    /// They are known, and all that is said agrees.
    Same,
    /// Something contradicts: the study is not taken.
    Conflict,
}

/// A study of an upload, with what is known of it.
pub struct Matched {
    pub brought: Brought,
    pub series: SeriesPage,
    pub verdict: Match,
    pub why: String,
}

/// Looks at every study of an upload.
pub async fn all(asked: &Asked, pile: &Arc<Pile>) -> Result<Vec<Matched>, Refusal> {
    let of = pile.clone();
    let looked = computed(move || {
        let roles = of.roles();
        let page = |brought: Brought| (SeriesPage::of(&brought.study, &roles), brought);
        of.brought().into_iter().map(page).collect::<Vec<_>>()
    });
    let mut all = Vec::new();
    for (series, brought) in looked.await? {
        let (verdict, why) = matched(asked, &brought).await?;
        all.push(Matched { brought, series, verdict, why });
    }
    Ok(all)
}

async fn matched(asked: &Asked, brought: &Brought) -> Result<(Match, String), Refusal> {
    let conflict = |why: &str| Ok((Match::Conflict, why.to_owned()));
    let [who] = brought.patients.as_slice() else {
        let named = brought.patients.len();
        return conflict(&format!("Its images name {named} different patients."));
    };
    if who.id.trim().is_empty() {
        return conflict("Its images name no patient: they have no patient id.");
    }
    let uploader = Uploader::of(asked)?;
    let known = openings::recognised(asked, (&who.id, &who.issuer)).await?;
    if belongs_to_another(asked, &brought.study.uid, known).await? {
        return conflict("A study with this UID is here already, and is another patient's.");
    }
    let Some(known) = known else {
        let may = match &asked.caller()?.principal {
            // Who brings somebody new is assigned to them.
            Principal::Person(_) => true,
            _ => uploader.decide(None).await?.is_ok(),
        };
        return if may {
            Ok((Match::New, "Nobody with this patient id is known here.".into()))
        } else {
            conflict(
                "This program brings images of patients that it is set up for, and of no other.",
            )
        };
    };
    let Ok(grant) = uploader.decide(Some(known)).await? else {
        return conflict("You are not assigned to the patient with this id.");
    };
    let mut names = openings::names(asked, &grant).await?.into_iter().map(Patient::from);
    let Some(first) = names.next() else { return Err(Refusal::Forbidden) };
    Ok(match Person::new(first, names).check(who) {
        Ok(()) => {
            let why = "A patient with this id is known here, and birth date, sex and name agree.";
            (Match::Same, why.into())
        }
        Err(contradiction) => (Match::Conflict, contradicted(contradiction)),
    })
}

fn contradicted(contradiction: Contradiction) -> String {
    format!("A patient with this id is known here, but {contradiction}.")
}

/// Whether a study is here under somebody else.
async fn belongs_to_another(
    asked: &Asked,
    study: &StudyUid,
    known: Option<PatientPseudonym>,
) -> Result<bool, Refusal> {
    match asked.door.host.store.study(study).await {
        Ok(held) => Ok(Some(held.patient) != known),
        Err(StoreError::Unknown(_)) => Ok(false),
        // Of somebody whose data were destroyed nothing is taken either.
        Err(StoreError::Shredded) => Ok(true),
        Err(error) => Err(error.into()),
    }
}
