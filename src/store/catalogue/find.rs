//! Answers to questions of both doors, within what a panel shows.

use super::index::{Card, Index, NUMBERS, Picture};
use super::listing::Listing;
use super::{Visible, of_series};
use crate::store::entity::{instance, series};
use crate::store::{Store, StoreError, corrupt, database};
use interval_core::access::Panel;
use interval_core::patient::PatientPseudonym;
use interval_core::query::{Attribute, Criterion, Found, Level, Query};
use interval_core::uid::{ClassUid, SeriesUid, StudyUid};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Most matches of one answer. A list of every study of a large department fits; the instances of a
/// whole archive do not.
pub const MATCHES_MAX: u64 = 100_000;

/// Most studies whose series or instances are read from their rows at a time.
const STUDIES_AT_ONCE: usize = 64;

/// A study that fits, with what is told of it.
struct Fitting {
    uid: StudyUid,
    patient: PatientPseudonym,
    found: Found,
    counts: BTreeMap<SeriesUid, u32>,
}

/// Counts off what a page has not.
struct Page {
    passed_over: u64,
    left: u64,
}

impl Page {
    fn of(query: &Query) -> Self {
        let left = query.limit.unwrap_or(MATCHES_MAX).min(MATCHES_MAX);
        Self { passed_over: query.offset, left }
    }

    /// Whether the next match is on the page.
    fn takes(&mut self) -> bool {
        if self.passed_over > 0 {
            self.passed_over -= 1;
            return false;
        }
        self.left = self.left.saturating_sub(1);
        true
    }

    fn is_full(&self) -> bool {
        self.left == 0
    }

    /// So many studies are worth reading next: mostly, one has a match or more.
    fn studies(&self) -> usize {
        let open = self.passed_over.saturating_add(self.left);
        usize::try_from(open).unwrap_or(STUDIES_AT_ONCE).clamp(1, STUDIES_AT_ONCE)
    }
}

impl Store {
    /// What matches a question, as far as the panel shows it: studies newest first, series and
    /// instances in the order of their numbers.
    pub async fn find(&self, panel: &Panel, query: &Query) -> Result<Vec<Found>, StoreError> {
        self.current().await?;
        let visible = self.visible(panel).await?;
        match query.level {
            Level::Patient => Ok(self.find_patients(&visible, query)),
            Level::Study => Ok(self.find_studies(&visible, query)),
            Level::Series | Level::Instance => self.find_below(&visible, query).await,
        }
    }

    fn find_patients(&self, visible: &Visible, query: &Query) -> Vec<Found> {
        let index = self.catalogue.read();
        let mut seen = HashSet::new();
        let (mut page, mut matches) = (Page::of(query), Vec::new());
        for (uid, card) in candidates(&index, query, visible) {
            if page.is_full() {
                break;
            }
            let fits = visible.shows(card.patient) && fits(card, uid, query);
            if fits && seen.insert(card.patient) && page.takes() {
                matches.push(patient(&index, card));
            }
        }
        matches
    }

    fn find_studies(&self, visible: &Visible, query: &Query) -> Vec<Found> {
        let index = self.catalogue.read();
        let (mut page, mut matches) = (Page::of(query), Vec::new());
        for (uid, card) in candidates(&index, query, visible) {
            if page.is_full() {
                break;
            }
            if visible.shows(card.patient) && fits(card, uid, query) && page.takes() {
                let mut found = Found::default();
                card.tell(uid, &mut found);
                matches.push(found);
            }
        }
        matches
    }

    /// Series or instances: studies that fit, then their rows, some studies at a time.
    async fn find_below(&self, visible: &Visible, query: &Query) -> Result<Vec<Found>, StoreError> {
        let studies = self.fitting(visible, query).await?;
        let (mut page, mut matches) = (Page::of(query), Vec::new());
        let mut left = studies.as_slice();
        while !left.is_empty() && !page.is_full() {
            let (some, others) = left.split_at(page.studies().min(left.len()));
            left = others;
            let mut series = self.series_of(&self.told(some, (visible, query)), query).await?;
            if query.level == Level::Series {
                for found in series.into_iter().map(|(_, found)| found) {
                    if page.is_full() {
                        break;
                    }
                    if page.takes() {
                        matches.push(found);
                    }
                }
                continue;
            }
            for (uid, found) in &mut series {
                if page.is_full() {
                    break;
                }
                self.instances_of(uid, (found, query), (&mut page, &mut matches)).await?;
            }
        }
        Ok(matches)
    }

    /// The studies that fit, newest first: names alone, for a page needs few of them.
    async fn fitting(&self, visible: &Visible, query: &Query) -> Result<Vec<StudyUid>, StoreError> {
        let within = self.studies_of_series(query).await?;
        let index = self.catalogue.read();
        let modality = query.criterion(Attribute::Modality);
        let occurs = |card: &Card| {
            let modalities = card.modalities();
            modality.is_none_or(|m| m.matches(Attribute::Modality, query.names, modalities))
        };
        let fitting = candidates(&index, query, visible).filter(|(uid, card)| {
            visible.shows(card.patient)
                && within.as_ref().is_none_or(|within| within.contains(uid.as_str()))
                && fits(card, uid, query)
                && occurs(card)
        });
        Ok(fitting.map(|(uid, _)| uid.clone()).take(MATCHES_MAX as usize).collect())
    }

    /// What is told of some studies; one that left the index or the panel meanwhile is passed over.
    fn told(&self, studies: &[StudyUid], (visible, query): (&Visible, &Query)) -> Vec<Fitting> {
        let index = self.catalogue.read();
        // Of a study with thousands of instances each match repeats what is told of the study: no
        // more than is wanted. Its own UID leads to its rows.
        let is_wanted = |attribute: &Attribute| {
            query.wanted.is_empty()
                || query.wanted.contains(attribute)
                || *attribute == Attribute::StudyInstanceUID
        };
        let known = studies.iter().filter_map(|uid| index.entry(uid));
        let known = known.filter(|(_, card)| visible.shows(card.patient));
        let told = known.map(|(uid, card)| {
            let mut found = Found::default();
            card.tell(uid, &mut found);
            found.values.retain(|attribute, _| is_wanted(attribute));
            let counts = card.series.iter().map(|(uid, held)| (uid.clone(), held.instances));
            Fitting { uid: uid.clone(), patient: card.patient, found, counts: counts.collect() }
        });
        told.collect()
    }

    /// Where series or instances are named and no study is: the studies that they are of.
    async fn studies_of_series(
        &self,
        query: &Query,
    ) -> Result<Option<HashSet<String>>, StoreError> {
        if query.criterion(Attribute::StudyInstanceUID).is_some() {
            return Ok(None);
        }
        let of_series = named(query, Attribute::SeriesInstanceUID);
        let of_instances = named(query, Attribute::SOPInstanceUID);
        let rows: Vec<String> = if let Some(uids) = of_instances {
            instance::Entity::find()
                .select_only()
                .column(instance::Column::Study)
                .distinct()
                .filter(instance::Column::Uid.is_in(uids))
                .into_tuple()
                .all(&self.db)
                .await
        } else if let Some(uids) = of_series {
            series::Entity::find()
                .select_only()
                .column(series::Column::Study)
                .distinct()
                .filter(series::Column::Uid.is_in(uids))
                .into_tuple()
                .all(&self.db)
                .await
        } else {
            return Ok(None);
        }
        .map_err(database("look for a series"))?;
        Ok(Some(rows.into_iter().collect()))
    }

    /// The series of some studies that fit, in the order of the studies and of their numbers.
    async fn series_of(
        &self,
        studies: &[Fitting],
        query: &Query,
    ) -> Result<Vec<(SeriesUid, Found)>, StoreError> {
        let uids = studies.iter().map(|study| study.uid.as_str());
        let mut select = series::Entity::find().filter(series::Column::Study.is_in(uids));
        if let Some(wanted) = named(query, Attribute::SeriesInstanceUID) {
            select = select.filter(series::Column::Uid.is_in(wanted));
        }
        let rows = select.all(&self.db).await.map_err(database("list series"))?;
        let mut of_study: HashMap<String, Vec<series::Model>> = HashMap::new();
        for row in rows {
            of_study.entry(row.study.clone()).or_default().push(row);
        }
        let mut all = Vec::new();
        for study in studies {
            let Some(rows) = of_study.remove(study.uid.as_str()) else { continue };
            let key = match self.vault.key_of(&self.db, study.patient).await {
                Ok(key) => key,
                Err(StoreError::Shredded) => continue,
                Err(error) => return Err(error),
            };
            let mut of_this = Vec::new();
            for row in rows {
                let listing = Listing::parse(&key.open(&of_series(&row.uid), &row.listing)?);
                let uid: SeriesUid = row.uid.parse().map_err(corrupt("series"))?;
                if !series_fits(&listing, &uid, query) {
                    continue;
                }
                let mut found = study.found.clone();
                listing.tell(&mut found);
                if !query.wanted.is_empty() && query.level == Level::Instance {
                    found.values.retain(|attribute, _| {
                        query.wanted.contains(attribute)
                            || *attribute == Attribute::StudyInstanceUID
                    });
                }
                found.tell(Attribute::SeriesInstanceUID, uid.as_str());
                let instances = study.counts.get(&uid).copied().unwrap_or(0);
                found.tell(Attribute::NumberOfSeriesRelatedInstances, instances.to_string());
                of_this.push((number(&listing), uid, found));
            }
            of_this.sort_by(|(a, b, _), (c, d, _)| (a, b).cmp(&(c, d)));
            all.extend(of_this.into_iter().map(|(_, uid, found)| (uid, found)));
        }
        Ok(all)
    }

    /// The instances of one series that fit, onto the page.
    async fn instances_of(
        &self,
        series: &SeriesUid,
        (of_series, query): (&Found, &Query),
        (page, matches): (&mut Page, &mut Vec<Found>),
    ) -> Result<(), StoreError> {
        let mut select = instance::Entity::find()
            .filter(instance::Column::Series.eq(series.as_str()))
            .filter(instance::Column::Study.eq(of_series.text(Attribute::StudyInstanceUID)));
        if let Some(wanted) = named(query, Attribute::SOPInstanceUID) {
            select = select.filter(instance::Column::Uid.is_in(wanted));
        }
        let rows: Vec<Row> = select
            .select_only()
            .columns([instance::Column::Uid, instance::Column::Class, instance::Column::Number])
            .columns([instance::Column::ImageRows, instance::Column::ImageColumns])
            .columns([instance::Column::BitsAllocated, instance::Column::Frames])
            .order_by_asc(instance::Column::Number)
            .order_by_asc(instance::Column::Uid)
            .into_tuple()
            .all(&self.db)
            .await
            .map_err(database("list instances"))?;
        for (uid, class, number, rows, columns, bits, frames) in rows {
            let picture = Picture {
                uid: uid.parse().map_err(corrupt("instance"))?,
                series: series.clone(),
                class: class.parse().map_err(corrupt("instance"))?,
                numbers: [number, rows, columns, bits, frames],
            };
            if page.is_full() {
                return Ok(());
            }
            if picture.fits(query) && page.takes() {
                let mut found = of_series.clone();
                picture.tell(&mut found);
                matches.push(found);
            }
        }
        Ok(())
    }
}

type Number = Option<i32>;
type Row = (String, String, Number, Number, Number, Number, Number);

impl Picture {
    fn fits(&self, query: &Query) -> bool {
        query.criteria.iter().all(|(attribute, criterion)| match attribute {
            Attribute::SOPInstanceUID => {
                criterion.matches(*attribute, query.names, [self.uid.as_str()])
            }
            Attribute::SOPClassUID => {
                criterion.matches(*attribute, query.names, [self.class.as_str()])
            }
            other => NUMBERS.iter().position(|known| known == other).is_none_or(|at| {
                let text = self.numbers[at].map(|number| number.to_string());
                criterion.matches(*attribute, query.names, text.as_deref())
            }),
        })
    }

    fn tell(&self, found: &mut Found) {
        found.tell(Attribute::SOPInstanceUID, self.uid.as_str());
        found.tell(Attribute::SOPClassUID, self.class.as_str());
        for (attribute, number) in NUMBERS.into_iter().zip(self.numbers) {
            if let Some(number) = number {
                found.tell(attribute, number.to_string());
            }
        }
    }
}

/// The UIDs that a question names.
fn named(query: &Query, attribute: Attribute) -> Option<Vec<&str>> {
    match query.criterion(attribute) {
        Some(Criterion::OneOf(uids)) => Some(uids.iter().map(String::as_str).collect()),
        _ => None,
    }
}

/// The studies that may fit: by UID or Patient ID where these are named, else those of the patients
/// who are shown, else all of them; newest first.
fn candidates<'a>(
    index: &'a Index,
    query: &'a Query,
    visible: &'a Visible,
) -> Box<dyn Iterator<Item = (&'a StudyUid, &'a Card)> + 'a> {
    if let Some(uids) = named(query, Attribute::StudyInstanceUID) {
        let known = uids.into_iter().filter_map(|uid| uid.parse::<StudyUid>().ok());
        return Box::new(known.filter_map(|uid| index.entry(&uid)));
    }
    match (query.criterion(Attribute::PatientID), visible) {
        (Some(Criterion::OneOf(ids)), _) => {
            Box::new(index.in_order(ids.iter().flat_map(|id| index.of_id(id))))
        }
        (_, Visible::Only(patients)) => {
            let theirs = patients.iter().flat_map(|patient| index.of_patient(*patient));
            Box::new(index.in_order(theirs))
        }
        (_, Visible::All) => Box::new(index.newest_first()),
    }
}

/// Whether a study is as asked for, by what belongs to it and to its patient.
fn fits(card: &Card, uid: &StudyUid, query: &Query) -> bool {
    let above = |attribute: &Attribute| attribute.level() <= Level::Study;
    query.criteria.iter().filter(|(attribute, _)| above(attribute)).all(|(attribute, criterion)| {
        let (attribute, names) = (*attribute, query.names);
        match attribute {
            Attribute::StudyInstanceUID => criterion.matches(attribute, names, [uid.as_str()]),
            Attribute::ModalitiesInStudy => criterion.matches(attribute, names, card.modalities()),
            Attribute::SOPClassesInStudy => {
                let classes = card.classes.iter().map(ClassUid::as_str);
                criterion.matches(attribute, names, classes)
            }
            other => criterion.matches(other, names, card.listing.values(other)),
        }
    })
}

fn series_fits(listing: &Listing, uid: &SeriesUid, query: &Query) -> bool {
    let of_series = |attribute: &Attribute| attribute.level() == Level::Series;
    query.criteria.iter().filter(|(attribute, _)| of_series(attribute)).all(
        |(attribute, wanted)| match attribute {
            Attribute::SeriesInstanceUID => wanted.matches(*attribute, query.names, [uid.as_str()]),
            other => wanted.matches(*other, query.names, listing.values(*other)),
        },
    )
}

fn number(listing: &Listing) -> i64 {
    listing.text(Attribute::SeriesNumber).trim().parse().unwrap_or(i64::MAX)
}

/// What is told of a patient: as the newest study says it, with counts over all.
fn patient(index: &Index, newest: &Card) -> Found {
    let mut found = Found::default();
    newest.listing.tell(&mut found);
    found.values.retain(|attribute, _| attribute.level() == Level::Patient);
    let (mut studies, mut series, mut instances) = (0_u64, 0, 0);
    for (_, card) in index.of_patient(newest.patient) {
        studies += 1;
        series += card.series.len() as u64;
        instances += u64::from(card.instances());
    }
    found.tell(Attribute::NumberOfPatientRelatedStudies, studies.to_string());
    found.tell(Attribute::NumberOfPatientRelatedSeries, series.to_string());
    found.tell(Attribute::NumberOfPatientRelatedInstances, instances.to_string());
    found
}
