//! The wrong-patient guard: whether somebody whom an archive names is the patient whose study is
//! here. It errs towards no: an earlier study that is left out is missed by one comparison, one of
//! somebody else spoils it.

mod likeness;

use interval_core::patient::Patient;
use interval_core::query::{Attribute, Found};
use likeness::{Likeness, likeness};
use std::fmt;

/// Why somebody is not the patient. Says what differs and never from what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Contradiction {
    /// No id of the patient.
    Id,
    /// The same id of another issuer.
    Issuer,
    /// Only one side names the issuer, and birth date and name do not make up for it.
    IssuerMissing,
    /// Another birth date.
    BirthDate,
    /// The other sex.
    Sex,
    /// Another name.
    Name,
    /// Too little is said to tell.
    TooLittle,
}

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Id => "the id is not one of the patient's",
            Self::Issuer => "the id is of another issuer",
            Self::IssuerMissing => "the issuer is missing, and birth date and name do not agree",
            Self::BirthDate => "the birth date differs",
            Self::Sex => "the sex differs",
            Self::Name => "the name differs",
            Self::TooLittle => "too little is said to know that it is the same person",
        })
    }
}

/// A patient as this hospital names them: first as the current study does, then by every other id
/// that leads to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    names: Vec<Patient>,
}

/// How far an id is the patient's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum IdMatch {
    /// The same id, and both sides name the same issuer, or neither names one.
    Whole,
    /// The same id, and only one side names its issuer.
    WithoutIssuer,
}

impl Person {
    /// Somebody by how the current study names them, and by other names of theirs. Another name
    /// under the same id is left out: what the study says counts.
    pub fn new(current: Patient, others: impl IntoIterator<Item = Patient>) -> Self {
        let is_other =
            |other: &Patient| (&other.id, &other.issuer) != (&current.id, &current.issuer);
        let others: Vec<_> = others.into_iter().filter(is_other).collect();
        Self { names: std::iter::once(current).chain(others).collect() }
    }

    /// The ids by which archives may know them: id and issuer, each once.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        let mut seen = std::collections::BTreeSet::new();
        self.names
            .iter()
            .map(|name| name.id.trim())
            .filter(move |id| !id.is_empty() && seen.insert(*id))
    }

    /// Whether it is they whom somebody else names so; else what speaks against it.
    pub fn check(&self, other: &Patient) -> Result<(), Contradiction> {
        let id = self.id_of(other)?;
        let mut why = None;
        for name in &self.names {
            match same_person(name, other, id) {
                Ok(()) => return Ok(()),
                Err(contradiction) => why = why.or(Some(contradiction)),
            }
        }
        Err(why.unwrap_or(Contradiction::TooLittle))
    }

    /// Whether somebody has the same name, whatever else is said of them.
    pub fn is_like(&self, other: &Patient) -> bool {
        self.names.iter().any(|name| likeness(&name.name, &other.name) <= Likeness::Near)
    }

    fn id_of(&self, other: &Patient) -> Result<IdMatch, Contradiction> {
        let id = other.id.trim();
        let own = self.names.iter().filter(|name| !id.is_empty() && name.id.trim() == id);
        let mut matched = Err(Contradiction::Id);
        for name in own {
            let (own, theirs) = (name.issuer.trim(), other.issuer.trim());
            if own == theirs {
                return Ok(IdMatch::Whole);
            }
            if own.is_empty() || theirs.is_empty() {
                matched = Ok(IdMatch::WithoutIssuer);
            } else if matched.is_err() {
                matched = Err(Contradiction::Issuer);
            }
        }
        matched
    }
}

/// Whether the rest of what is said agrees, once the id does.
fn same_person(own: &Patient, other: &Patient, id: IdMatch) -> Result<(), Contradiction> {
    let birth = agreement(&own.birth_date, &other.birth_date);
    if birth == Agreement::Differs {
        return Err(Contradiction::BirthDate);
    }
    let sex = agreement(stated_sex(&own.sex), stated_sex(&other.sex));
    if sex == Agreement::Differs {
        return Err(Contradiction::Sex);
    }
    let all_agree = birth == Agreement::Same && sex == Agreement::Same;
    match (id, likeness(&own.name, &other.name)) {
        (IdMatch::Whole, Likeness::Same) => Ok(()),
        (IdMatch::WithoutIssuer, Likeness::Same) if birth == Agreement::Same => Ok(()),
        (IdMatch::WithoutIssuer, _) => Err(Contradiction::IssuerMissing),
        (IdMatch::Whole, Likeness::Near) if all_agree => Ok(()),
        (IdMatch::Whole, Likeness::Near | Likeness::Other) => Err(Contradiction::Name),
        (IdMatch::Whole, Likeness::Unknown) if birth == Agreement::Same => Ok(()),
        (IdMatch::Whole, Likeness::Unknown) => Err(Contradiction::TooLittle),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Agreement {
    Same,
    Differs,
    /// One side says nothing.
    Unknown,
}

fn agreement(one: &str, other: &str) -> Agreement {
    match (one.trim(), other.trim()) {
        ("", _) | (_, "") => Agreement::Unknown,
        (one, other) if one == other => Agreement::Same,
        _ => Agreement::Differs,
    }
}

/// F or M; O and anything else states nothing (PS3.3 C.7.1.1).
fn stated_sex(sex: &str) -> &str {
    let sex = sex.trim();
    if matches!(sex, "F" | "M") { sex } else { "" }
}

/// A patient as a match names them.
pub fn patient_of(found: &Found) -> Patient {
    let text = |attribute| found.text(attribute).trim().to_owned();
    Patient {
        id: text(Attribute::PatientID),
        issuer: text(Attribute::IssuerOfPatientID),
        name: text(Attribute::PatientName),
        birth_date: text(Attribute::PatientBirthDate),
        sex: text(Attribute::PatientSex),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patient([id, issuer, name, birth_date, sex]: [&str; 5]) -> Patient {
        let [id, issuer, name] = [id, issuer, name].map(str::to_owned);
        Patient { id, issuer, name, birth_date: birth_date.into(), sex: sex.into() }
    }
    fn ruth() -> Patient {
        patient(["A17", "NORTH", "Cohen^Ruth", "19610203", "F"])
    }

    #[track_caller]
    fn check(other: [&str; 5], expected: Result<(), Contradiction>) {
        let merged = patient(["T9", "ER", "Unknown^Female", "", "F"]);
        assert_eq!(Person::new(ruth(), [merged]).check(&patient(other)), expected, "{other:?}");
    }

    #[test]
    fn the_same_person_is_known_by_id_issuer_and_what_is_said() {
        check(["A17", "NORTH", "Cohen^Ruth", "19610203", "F"], Ok(()));
        check(["A17 ", "NORTH", "COHEN^RUTH^^", "19610203", "O"], Ok(()));
        check(["A17", "NORTH", "Cohen^Ruth", "", ""], Ok(()));
        check(["A17", "NORTH", "", "19610203", "F"], Ok(()));
    }
    #[test]
    fn one_id_of_two_issuers_is_two_people() {
        let two = Err(Contradiction::Issuer);
        check(["A17", "SOUTH", "Cohen^Ruth", "19610203", "F"], two);
        check(["A18", "NORTH", "Cohen^Ruth", "19610203", "F"], Err(Contradiction::Id));
        check(["", "NORTH", "Cohen^Ruth", "19610203", "F"], Err(Contradiction::Id));
    }
    #[test]
    fn a_missing_issuer_is_made_up_for_by_birth_date_and_name_only() {
        let missing = Err(Contradiction::IssuerMissing);
        check(["A17", "", "Cohen^Ruth", "19610203", "F"], Ok(()));
        check(["A17", "", "Cohen^Ruth", "", "F"], missing);
        check(["A17", "", "Levi^Ruth", "19610203", "F"], missing);
        check(["A17", "", "", "19610203", "F"], missing);
    }
    #[test]
    fn a_married_name_needs_id_birth_date_and_sex() {
        check(["A17", "NORTH", "Levi^Ruth", "19610203", "F"], Ok(()));
        check(["A17", "NORTH", "Levi^Ruth", "", "F"], Err(Contradiction::Name));
        check(["A17", "NORTH", "Levi^Ruth", "19610203", ""], Err(Contradiction::Name));
    }
    #[test]
    fn what_contradicts_is_never_the_same_person() {
        check(["A17", "NORTH", "Cohen^Ruth", "19610204", "F"], Err(Contradiction::BirthDate));
        check(["A17", "NORTH", "Cohen^Ruth", "19610203", "M"], Err(Contradiction::Sex));
        check(["A17", "NORTH", "Levi^Dana", "19610203", "F"], Err(Contradiction::Name));
        check(["A17", "NORTH", "", "", "F"], Err(Contradiction::TooLittle));
    }
    #[test]
    fn twins_are_two_people_even_under_one_id() {
        check(["A18", "NORTH", "Cohen^Noa", "19610203", "F"], Err(Contradiction::Id));
        check(["A17", "NORTH", "Cohen^Noa", "19610203", "F"], Err(Contradiction::Name));
    }
    #[test]
    fn a_merged_id_leads_to_the_patient_under_either_name() {
        check(["T9", "ER", "Unknown^Female", "", "F"], Ok(()));
        check(["T9", "ER", "Cohen^Ruth", "19610203", "F"], Ok(()));
        check(["T9", "ER", "Levi^Dana", "19700101", "F"], Err(Contradiction::BirthDate));
        check(["T9", "WARD", "Cohen^Ruth", "19610203", "F"], Err(Contradiction::Issuer));
    }
    #[test]
    fn archives_are_asked_for_each_id_once() {
        let again = Patient { issuer: "SOUTH".into(), ..ruth() };
        let person = Person::new(ruth(), [again, patient(["T9", "ER", "", "", ""])]);
        assert_eq!(person.ids().collect::<Vec<_>>(), ["A17", "T9"]);
    }
}
