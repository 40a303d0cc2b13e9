//! DICOMweb (PS3.18) behind the gate: the table of `interval_dicomweb::routes`, each with what it
//! needs of the access policy. What the requests and answers say is that crate's; here is who may
//! have what.

mod address;
mod describe;
mod metadata;
mod object;
mod pictures;
mod retrieve;
mod search;
mod store;
mod workitems;

use super::guard::{Need, Whose};
use super::request::Asked;
use super::routes::{Answer, Intake, Often, PLAIN, Route};
use super::status::Refusal;
use axum::body::Body;
use axum::http::header::{ACCEPT, CONTENT_TYPE, ETAG, HeaderName, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use interval_core::access::Action;
use interval_core::audit::words::{self, Resource};
use interval_core::query::{Level, Selection};
use interval_core::uid::{InstanceUid, SeriesUid, StudyUid};
use interval_dicomweb::media::{Accept, Choice, Kind, choose};
use interval_dicomweb::parameters::Parameters;
use interval_dicomweb::routes::{self, Does, Service};
use interval_dicomweb::wado::{ETag, Freshness};
use std::future::ready;
use std::sync::LazyLock;

/// Where the service is, below the door's own address.
pub const BASE: &str = "/dicom-web";

/// What is spoken here.
pub const SERVICES: [Service; 5] =
    [Service::Search, Service::Retrieve, Service::Store, Service::Worklist, Service::Capabilities];

/// All routes of DICOMweb.
pub static ROUTES: LazyLock<Vec<Route>> = LazyLock::new(|| {
    let mut all: Vec<Route> = routes::ROUTES.iter().filter_map(route).collect();
    all.push(Route {
        template: "/dicom-web/openapi.json",
        word: words::Action::Read,
        often: Often::Many,
        answer: |asked| Box::pin(ready(describe::openapi(&asked))),
        ..PLAIN
    });
    all
});

const IMAGES: Need = Need::Patient(Action::ReadImages, Whose::Study, None);

fn route(spoken: &'static routes::Route) -> Option<Route> {
    let (need, word, about) = match spoken.service {
        Service::Search => (Need::Panel(None), words::Action::Query, Resource::List),
        Service::Retrieve => (IMAGES, words::Action::Export, Resource::Node),
        Service::Store => (Need::Each(Action::Upload), words::Action::Receive, Resource::Node),
        Service::Capabilities => (Need::Caller, words::Action::Read, Resource::Node),
        Service::Worklist => workitems::need(spoken.does)?,
        // Nobody is told of events yet: the routes are there to say no.
        Service::Events => (Need::Caller, words::Action::Access, Resource::Node),
    };
    let is_streamed = spoken.service == Service::Store
        || matches!(spoken.does, Does::CreateWorkitem | Does::UpdateWorkitem);
    Some(Route {
        verb: spoken.verb,
        template: template(spoken.template),
        need,
        word,
        about,
        intake: if is_streamed { Intake::Streamed } else { Intake::Whole },
        // A search is asked by a person or a program; images come by the hundred.
        often: match spoken.service {
            Service::Search | Service::Worklist => Often::Once,
            _ => Often::Many,
        },
        answer: answer(spoken.does),
        ..PLAIN
    })
}

/// The address below the door; it is made once and stays. A path of tags is all that is left.
fn template(below: &'static str) -> &'static str {
    let whole = format!("{BASE}{}", below.trim_end_matches('/'));
    whole.replace("/bulkdata/{path}", "/bulkdata/{*path}").leak()
}

fn answer(does: Does) -> Answer {
    match does {
        Does::SearchStudies => |asked| Box::pin(search::search(asked, Level::Study)),
        Does::SearchSeries => |asked| Box::pin(search::search(asked, Level::Series)),
        Does::SearchInstances => |asked| Box::pin(search::search(asked, Level::Instance)),
        Does::Store => |asked| Box::pin(store::store(asked)),
        Does::Retrieve => |asked| Box::pin(retrieve::objects(asked)),
        Does::Metadata => |asked| Box::pin(metadata::metadata(asked)),
        Does::Frames => |asked| Box::pin(pictures::frames(asked)),
        Does::Rendered | Does::RenderedFrames => |asked| Box::pin(pictures::rendered(asked)),
        Does::Thumbnail => |asked| Box::pin(pictures::thumbnail(asked)),
        Does::BulkData => |asked| Box::pin(retrieve::bulk_data(asked)),
        Does::Capabilities => |asked| Box::pin(ready(describe::capabilities(&asked))),
        Does::CreateWorkitem => |asked| Box::pin(workitems::create(asked)),
        Does::SearchWorkitems => |asked| Box::pin(workitems::search(asked)),
        Does::RetrieveWorkitem => |asked| Box::pin(workitems::retrieve(asked)),
        Does::UpdateWorkitem => |asked| Box::pin(workitems::update(asked)),
        Does::ChangeWorkitemState => |asked| Box::pin(workitems::change_state(asked)),
        Does::RequestCancellation => |asked| Box::pin(workitems::ask_to_cancel(asked)),
        Does::Subscribe | Does::Unsubscribe | Does::SuspendSubscription => {
            |_| Box::pin(ready(Err(Refusal::Forbidden)))
        }
    }
}

impl Asked {
    /// The absolute address of the service.
    fn base(&self) -> String {
        format!("{}{BASE}", self.door.origin())
    }

    /// A variable of the template that names something, where the template has it.
    fn uid<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>, Refusal> {
        match self.variable(name) {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| Refusal::NotFound),
        }
    }

    /// What the address names.
    fn selection(&self) -> Result<Selection, Refusal> {
        let study: StudyUid = self.parsed("study")?;
        let mut selection = Selection::study(study);
        selection.series.extend(self.uid::<SeriesUid>("series")?);
        selection.instances.extend(self.uid::<InstanceUid>("instance")?);
        Ok(selection)
    }

    fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    fn accept(&self) -> Accept {
        Accept::of(self.header(&ACCEPT), self.parameter("accept"))
    }

    /// In which media type something is given.
    fn choice(&self, kind: Kind) -> Result<Choice, Refusal> {
        choose(&self.accept(), kind).map_err(|no| Refusal::NotAcceptable(format!("{no}.")))
    }

    fn dicom_parameters(&self) -> Result<Parameters<'_>, Refusal> {
        Parameters::parse(&self.query).map_err(|error| Refusal::Malformed(format!("{error}.")))
    }

    /// Whether the caller has it already.
    fn is_fresh(&self, etag: &ETag) -> bool {
        etag.against(self.header(&IF_NONE_MATCH)) == Freshness::Fresh
    }
}

/// A body of one media type.
fn body(content_type: &str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    put(response.headers_mut(), CONTENT_TYPE, content_type);
    response
}

/// Sets a header; a value that no header may have is left out.
fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// It has not changed.
fn unchanged(etag: &ETag) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    put(response.headers_mut(), ETAG, etag.as_str());
    response
}
