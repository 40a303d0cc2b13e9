//! Searches in another archive (QIDO-RS), page by page.

use super::connection::Client;
use super::failure::ClientError;
use crate::json::{DataSet, Limits, array};
use crate::parameters::encode;
use crate::qido::Scope;
use interval_core::query::{Criterion, Level, Names, Query};
use std::fmt::Write;

/// What is accepted; old archives know only the second.
pub(super) const JSON: &str = "application/dicom+json, application/json;q=0.5";

/// Most matches that one page is asked for.
const PAGE_MAX: u64 = 500;

/// Whether there may be more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    /// These are all.
    All,
    /// There may be more than were asked for.
    UpToLimit,
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Matches {
    /// Each match.
    pub found: Vec<DataSet>,
    /// Whether there may be more.
    pub listed: Listed,
}

impl Client {
    /// Searches, page by page, until there is no more or `most` matches were found. Archives that
    /// do not page give what they give.
    pub async fn search(
        &self,
        scope: &Scope,
        query: &Query,
        most: u64,
    ) -> Result<Matches, ClientError> {
        let most = query.limit.map_or(most, |limit| limit.min(most));
        let mut found: Vec<DataSet> = Vec::new();
        loop {
            let wanted = (most - found.len() as u64).min(PAGE_MAX);
            if wanted == 0 {
                return Ok(Matches { found, listed: Listed::UpToLimit });
            }
            let offset = query.offset + found.len() as u64;
            let path = path(scope, query, wanted, offset);
            let mut page = self.page("search", &path).await?;
            let came = page.len() as u64;
            // An archive that does not know `offset` gives its first page for ever.
            if found.first().is_some_and(|first| page.first() == Some(first)) {
                return Ok(Matches { found, listed: Listed::UpToLimit });
            }
            page.truncate(usize::try_from(most).unwrap_or(usize::MAX) - found.len());
            found.append(&mut page);
            if came < wanted {
                return Ok(Matches { found, listed: Listed::All });
            }
        }
    }

    /// One list of data sets; an empty answer is none.
    pub(super) async fn page(
        &self,
        action: &'static str,
        path: &str,
    ) -> Result<Vec<DataSet>, ClientError> {
        let response = self.get(action, path, JSON).await?;
        let body = self.body(action, response).await?;
        let bytes_max = usize::try_from(self.settings.answer_bytes_max).unwrap_or(usize::MAX);
        let limits = Limits { bytes_max, ..Limits::ANSWER };
        array(&body, &limits).map_err(|source| ClientError::Json { action, source })
    }
}

/// Path and query of a search.
fn path(scope: &Scope, query: &Query, limit: u64, offset: u64) -> String {
    let mut path = String::new();
    if let Some(study) = &scope.study {
        let _ = write!(path, "/studies/{study}");
    }
    if let Some(series) = &scope.series {
        let _ = write!(path, "/series/{series}");
    }
    path.push_str(match scope.level {
        Level::Patient | Level::Study => "/studies",
        Level::Series => "/series",
        Level::Instance => "/instances",
    });
    let _ = write!(path, "?limit={limit}&offset={offset}");
    if query.names == Names::Fuzzy {
        path.push_str("&fuzzymatching=true");
    }
    for (attribute, criterion) in &query.criteria {
        let (group, element) = attribute.tag();
        let _ = write!(path, "&{group:04X}{element:04X}=");
        encode(&mut path, &text(criterion));
    }
    for attribute in &query.wanted {
        let (group, element) = attribute.tag();
        let _ = write!(path, "&includefield={group:04X}{element:04X}");
    }
    path
}

/// A criterion as it is asked for.
fn text(criterion: &Criterion) -> String {
    match criterion {
        Criterion::OneOf(texts) => texts.join(","),
        Criterion::Like(pattern) => pattern.clone(),
        Criterion::Between(from, to) => {
            format!("{}-{}", from.as_deref().unwrap_or(""), to.as_deref().unwrap_or(""))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::qido::{Question, Terms, Unknown};
    use interval_core::query::Attribute;

    #[track_caller]
    fn check(scope: Scope, query: &Query, expected: &str) {
        let path = path(&scope, query, 10, 20);
        assert_eq!(path, expected);
        let terms = Terms { limit_default: 1, limit_max: 100, unknown: Unknown::Refuse };
        let (_, asked) = path.split_once('?').unwrap();
        let question = Question::parse(Scope::all(scope.level), asked, &terms).unwrap();
        assert_eq!(question.query.criteria, query.criteria);
    }

    #[test]
    fn what_is_asked_is_what_our_own_door_would_read() {
        let mut query = Query::of(Level::Series);
        query.criteria.insert(Attribute::PatientID, Criterion::OneOf(vec!["A&B".into()]));
        let dates = Criterion::Between(Some("20260101".into()), None);
        query.criteria.insert(Attribute::StudyDate, dates);
        query.names = Names::Fuzzy;
        query.wanted.insert(Attribute::Modality);
        check(
            Scope::of_study(Level::Series, "1.2".parse().unwrap()),
            &query,
            "/studies/1.2/series?limit=10&offset=20&fuzzymatching=true&00080020=20260101-\
             &00100020=A%26B&includefield=00080060",
        );
    }
}
