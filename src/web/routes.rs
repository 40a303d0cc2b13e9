//! Every route of the web door, in one table: what it answers to, what it needs, what is noted.
//! The router is made from the table, so that there is no route beside it.

use super::api::admin::{applications, deliveries, overview, rules};
use super::api::{
    analyse, assignments, audit, documents, events, glass, health, jobs, me, models, patients,
    review, scene, series, sign_in, timeline, trail, uploads, users, worklist,
};
use super::caller::{self, Means};
use super::guard::{Need, Visit, Whose};
use super::listener::Peer;
use super::openapi::Form;
use super::request::{self, Answered, Asked, RequestId};
use super::status::Refusal;
use super::{Door, Web, dicomweb, measures, origin, screens};
use axum::Router;
use axum::body::Bytes;
use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use axum::routing::{MethodFilter, on};
use interval_core::access::{Action, Principal};
use interval_core::audit::words::{self, Resource};
pub use interval_dicomweb::routes::Verb;
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;
use std::sync::Mutex;
use std::time::Instant;
use tracing::info;

/// What a route does once it is entered.
pub type Answer = fn(Asked) -> Pin<Box<dyn Future<Output = Answered> + Send>>;

/// How a route takes a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intake {
    /// Whole, within a small bound, before anything is decided.
    Whole,
    /// As it comes, once the caller was let in.
    Streamed,
}

/// How often one caller uses a route on one study, as a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Often {
    /// Each use is an event of its own.
    Once,
    /// A viewer asks for image after image: one event for a while says it.
    Many,
}

/// One route.
pub struct Route {
    /// How it is called.
    pub verb: Verb,
    /// Its address, with variables in braces.
    pub template: &'static str,
    /// What it needs.
    pub need: Need,
    /// What the audit log calls it; `Access` where the change itself notes what was done, in its
    /// own transaction.
    pub word: words::Action,
    /// What the audit log says it is about, where that is no patient.
    pub about: Resource,
    /// How it takes a body.
    pub intake: Intake,
    /// How often it is used.
    pub often: Often,
    /// The parameters of its address.
    pub asks: &'static [&'static str],
    /// The form of its body, where it takes JSON.
    pub takes: Option<Form>,
    /// The form of its answer, where it gives JSON.
    pub gives: Option<Form>,
    /// What it does.
    pub answer: Answer,
}

fn filter(verb: Verb) -> MethodFilter {
    match verb {
        Verb::Get => MethodFilter::GET,
        Verb::Post => MethodFilter::POST,
        Verb::Put => MethodFilter::PUT,
        Verb::Delete => MethodFilter::DELETE,
        Verb::Options => MethodFilter::OPTIONS,
    }
}

macro_rules! route {
    (streamed $($rest:tt)*) => {
        Route { intake: Intake::Streamed, ..route!($($rest)*) }
    };
    ($verb:ident $template:literal, $need:expr, $word:ident $about:ident, $answer:path
        $(, asks $asks:expr)? $(, takes $takes:ty)? $(, gives $gives:ty)?) => {
        Route {
            verb: Verb::$verb,
            template: $template,
            need: $need,
            word: words::Action::$word,
            about: Resource::$about,
            intake: Intake::Whole,
            often: Often::Once,
            $(asks: $asks,)?
            $(takes: Some(|generator| generator.subschema_for::<$takes>()),)?
            $(gives: Some(|generator| generator.subschema_for::<$gives>()),)?
            answer: |asked| Box::pin($answer(asked)),
            ..PLAIN
        }
    };
    (many $($route:tt)*) => {
        Route { often: Often::Many, ..route!($($route)*) }
    };
}

/// What a row leaves unsaid.
pub const PLAIN: Route = Route {
    verb: Verb::Get,
    template: "",
    need: Need::Caller,
    word: words::Action::Access,
    about: Resource::Node,
    intake: Intake::Whole,
    often: Often::Once,
    asks: &[],
    takes: None,
    gives: None,
    answer: |_| Box::pin(std::future::ready(Err(Refusal::NotFound))),
};

const READ_PATIENT: Need = Need::Patient(Action::ReadResults, Whose::Patient, None);
const READ_STUDY: Need = Need::Patient(Action::ReadResults, Whose::Study, None);
const READ_IMAGES: Need = Need::Patient(Action::ReadImages, Whose::Study, None);
const REVIEW: Need = Need::Patient(Action::Review, Whose::Study, None);
const SIGN: Need = Need::Patient(Action::Sign, Whose::Study, None);
const STEER: Need = Need::Patient(Action::SteerJobs, Whose::Job, Some(Action::Operate));
const STEER_STUDY: Need = Need::Patient(Action::SteerJobs, Whose::Study, None);
const UPLOAD: Need = Need::Each(Action::Upload);
const DELEGATE: Need = Need::Patient(Action::Delegate, Whose::Body, None);
const BREAK_GLASS: Need = Need::Patient(Action::BreakGlass, Whose::Body, None);
const OVERSEE: Need = Need::Duty(Action::Oversee);
const OPERATE: Need = Need::Duty(Action::Operate);
const ADMINISTER: Need = Need::Duty(Action::Administer);
const REVIEW_GLASS: Need = Need::Duty(Action::ReviewBreakGlass);
const READ_AUDIT: Need = Need::Duty(Action::ReadAudit);
const PANEL: Need = Need::Panel(None);
const PANEL_OR_OVERSEE: Need = Need::Panel(Some(Action::Oversee));

/// All routes: those of the screens, and those of DICOMweb.
pub fn all() -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().chain(dicomweb::ROUTES.iter())
}

/// The routes of the screens.
#[rustfmt::skip]
pub static ROUTES: &[Route] = &[
    route!(Get  "/",                                Need::Nothing,  Read Node,        screens::door),
    route!(Get  "/app/",                            Need::Nothing,  Read Node,        screens::page),
    route!(Get  "/app/{*screen}",                   Need::Nothing,  Read Node,        screens::page),
    route!(Get  "/assets/{*file}",                  Need::Nothing,  Read Node,        screens::asset),
    route!(Get  "/health/live",                     Need::Nothing,  Read Node,        health::live, gives health::Live),
    route!(Get  "/health/ready",                    Need::Nothing,  Read Node,        health::ready, gives health::Readiness),
    route!(Get  "/auth/login",                      Need::Nothing,  SignIn Node,      sign_in::login),
    route!(Get  "/auth/callback",                   Need::Nothing,  SignIn Node,      sign_in::callback),
    route!(Post "/auth/logout",                     Need::Caller,   SignOut Node,     sign_in::logout, gives sign_in::Farewell),
    route!(Post "/auth/backchannel-logout",         Need::Nothing,  SignOut Node,     sign_in::backchannel_logout),
    route!(Get  "/api/v1/me",                       Need::Caller,   Read Node,        me::show, gives me::Me),
    route!(Get  "/api/v1/patients",                 PANEL,          Query List,       worklist::list, asks &["search", "state", "sort", "offset", "limit"], gives worklist::PatientPage),
    route!(Get  "/api/v1/patients/{patient}",       READ_PATIENT,   Read Node,        patients::show, gives patients::PatientDto),
    route!(Get  "/api/v1/patients/{patient}/studies", READ_PATIENT, Query Node,       patients::studies, gives patients::Studies),
    route!(Get  "/api/v1/patients/{patient}/timeline", READ_PATIENT, Read Node,       timeline::show, gives timeline::Timeline),
    route!(Get  "/api/v1/studies/{study}",          READ_STUDY,     Read Node,        patients::study, gives patients::StudyPage),
    route!(Get  "/api/v1/studies/{study}/trail",    READ_STUDY,     Read Node,        trail::show, gives trail::TrailDto),
    route!(Get  "/api/v1/studies/{study}/trail/{job}/{place}/{*name}", READ_STUDY, Export Node, trail::file),
    route!(Get  "/api/v1/studies/{study}/documents", READ_STUDY,    Query Node,       documents::list, gives documents::Documents),
    route!(Get  "/api/v1/studies/{study}/documents/{document}", READ_STUDY, Export Node, documents::show),
    route!(Get  "/api/v1/studies/{study}/scene",    READ_STUDY,     Read Node,        scene::show, gives scene::SceneDto),
    route!(many Get "/api/v1/studies/{study}/scene/{timepoint}/{name}", READ_IMAGES, Read Node, scene::volume),
    route!(many Get "/api/v1/studies/{study}/scene/{timepoint}/surface/{track}", READ_IMAGES, Read Node, scene::surface),
    route!(Get  "/api/v1/studies/{study}/review",   READ_STUDY,     Read Node,        review::show, gives review::ReviewDto),
    route!(Put  "/api/v1/studies/{study}/review/draft", REVIEW,     Access Node,      review::draft, takes review::DraftBody, gives review::ReviewDto),
    route!(Get  "/api/v1/studies/{study}/review/labels", READ_STUDY, Read Node,       review::labels),
    route!(streamed Put "/api/v1/studies/{study}/review/labels", REVIEW, Access Node, review::paint, gives review::ReviewDto),
    route!(Post "/api/v1/studies/{study}/review/correct", REVIEW,   Access Node,      review::correct, takes review::CorrectionBody, gives review::ReviewDto),
    route!(Post "/api/v1/studies/{study}/review/sign", SIGN,        Access Node,      review::sign, takes review::SignBody, gives review::ReviewDto),
    route!(Get  "/api/v1/studies/{study}/series",   READ_STUDY,     Read Node,        series::list, gives series::SeriesPage),
    route!(Put  "/api/v1/studies/{study}/series/{series}", STEER_STUDY, Update Node,  series::assign, takes series::Word, gives series::SeriesPage),
    route!(Post "/api/v1/studies/{study}/analyse",  STEER_STUDY,    Update Node,      analyse::analyse, takes analyse::Wish, gives analyse::Begun),
    route!(Get  "/api/v1/models",                   PANEL_OR_OVERSEE, Query Node,     models::list, gives models::Models),
    route!(Post "/api/v1/uploads",                  UPLOAD,         Receive Node,     uploads::begin, gives uploads::UploadBegun),
    route!(Get  "/api/v1/uploads/{upload}",         UPLOAD,         Read Node,        uploads::show, gives uploads::UploadPage),
    route!(many streamed Put "/api/v1/uploads/{upload}/files", UPLOAD, Receive Node,  uploads::file, asks &["name"], gives uploads::UploadTally),
    route!(Put  "/api/v1/uploads/{upload}/series/{series}", UPLOAD, Update Node,      uploads::assign, takes series::Word, gives uploads::UploadPage),
    route!(Post "/api/v1/uploads/{upload}/start",   UPLOAD,         Receive Node,     uploads::start, takes uploads::Start, gives uploads::Handed),
    route!(Delete "/api/v1/uploads/{upload}",       UPLOAD,         Delete Node,      uploads::end),
    route!(Get  "/api/v1/jobs",                     PANEL_OR_OVERSEE, Query List,     jobs::list, asks &["offset", "limit"], gives jobs::JobPage),
    route!(Post "/api/v1/jobs/{job}/retry",         STEER,          Update Node,      jobs::retry),
    route!(Post "/api/v1/jobs/{job}/cancel",        STEER,          Update Node,      jobs::cancel),
    route!(Post "/api/v1/jobs/{job}/release",       STEER,          Update Node,      jobs::release),
    route!(Get  "/api/v1/events",                   PANEL,          Query List,       events::stream),
    route!(Get  "/api/v1/assignments",              OVERSEE,        Query List,       assignments::list, asks &["offset", "limit"], gives assignments::AssignmentPage),
    route!(Post "/api/v1/assignments",              ADMINISTER,     Access Node,      assignments::make, takes assignments::NewAssignment, gives assignments::AssignmentDto),
    route!(Post "/api/v1/assignments/{assignment}/end", ADMINISTER, Access Node,      assignments::end, gives assignments::AssignmentDto),
    route!(Post "/api/v1/delegations",              DELEGATE,       Access Node,      assignments::delegate, takes assignments::NewDelegation, gives assignments::AssignmentDto),
    route!(Get  "/api/v1/users",                    OVERSEE,        Query List,       users::list, gives users::Everybody),
    route!(Post "/api/v1/users/{user}/disable",     ADMINISTER,     Access Node,      users::disable, gives users::UserDto),
    route!(Post "/api/v1/users/{user}/enable",      ADMINISTER,     Access Node,      users::enable, gives users::UserDto),
    route!(Post "/api/v1/break-glass",              BREAK_GLASS,    Access Node,  glass::open, takes glass::NewEmergency, gives glass::CaseDto),
    route!(Get  "/api/v1/break-glass/pending",      REVIEW_GLASS,   Query List,       glass::pending, gives glass::Cases),
    route!(Post "/api/v1/break-glass/{case}/review", REVIEW_GLASS,  Access Node,      glass::review, takes glass::Judgement, gives glass::CaseDto),
    route!(Get  "/api/v1/admin/overview",           OVERSEE,        Query Node,       overview::show, gives overview::Overview),
    route!(Get  "/api/v1/admin/peers",              OVERSEE,        Query List,       applications::list, gives applications::Applications),
    route!(Post "/api/v1/admin/peers/{name}/echo",  OVERSEE,        Verify Node,      applications::echo, gives applications::EchoDto),
    route!(Get  "/api/v1/admin/rules",              OVERSEE,        Query List,       rules::list, gives rules::AllRules),
    route!(Post "/api/v1/admin/rules/test",         OVERSEE,        Access Node,      rules::test, takes rules::Question, gives rules::Verdict),
    route!(Get  "/api/v1/admin/deliveries",         OVERSEE,        Query List,       deliveries::list, asks &["state", "offset", "limit"], gives deliveries::DeliveryPage),
    route!(Post "/api/v1/admin/deliveries/{delivery}/retry", OPERATE, Access Node,    deliveries::retry, gives deliveries::QueuedDelivery),
    route!(Post "/api/v1/admin/deliveries/{delivery}/cancel", OPERATE, Access Node,   deliveries::cancel, gives deliveries::QueuedDelivery),
    route!(Get  "/api/v1/audit",                    READ_AUDIT,     Query Log,        audit::list, asks &["from", "limit"], gives audit::AuditPage),
    route!(Get  "/api/v1/audit/verify",             READ_AUDIT,     Verify Log,       audit::verify, gives serde_json::Value),
];

/// The router of all routes.
pub fn router(door: Web) -> Router {
    let mut router = Router::new();
    for route in all() {
        let filter = filter(route.verb);
        let door = door.clone();
        let enter = move |request: Request| enter(door.clone(), route, request);
        router = router.route(route.template, on(filter, enter));
    }
    let (nowhere, otherwise) = (door.clone(), door);
    router
        .fallback(async move || stranger(&nowhere, &Refusal::NotFound))
        .method_not_allowed_fallback(async move || stranger(&otherwise, &Refusal::NotFound))
}

/// Whatever is not in the table.
fn stranger(door: &Door, refusal: &Refusal) -> Response {
    let id = RequestId::random();
    let mut response = refusal.response(id);
    door.dress.put_on(response.headers_mut(), id);
    measures::count("none", "none", response.status(), std::time::Duration::ZERO);
    response
}

/// One request, from its headers to its answer. The log line names the template and never the
/// address: addresses name patients.
async fn enter(door: Web, route: &'static Route, request: Request) -> Response {
    let (began, id) = (Instant::now(), RequestId::random());
    let mut response = match answer(&door, route, request, id).await {
        Ok(response) => response,
        Err(refusal) => refusal.response(id),
    };
    door.dress.put_on(response.headers_mut(), id);
    let (took, status) = (began.elapsed(), response.status());
    measures::count(route.template, route.verb.as_str(), status, took);
    let (method, status, ms) = (route.verb.as_str(), status.as_u16(), took.as_millis() as u64);
    info!(%id, method, route = route.template, status, ms, "request");
    response
}

async fn answer(door: &Web, route: &'static Route, request: Request, id: RequestId) -> Answered {
    let now = door.now();
    let (parts, body) = request.into_parts();
    if parts.method == Method::HEAD {
        // Answers to HEAD would be read and noted like any other, for nobody to see.
        return Ok(empty(StatusCode::METHOD_NOT_ALLOWED));
    }
    let address = parts.extensions.get::<Peer>().map_or(LOCAL, |peer| peer.0.ip());
    if route.template.starts_with("/auth/") {
        door.sign_ins.take(address, Instant::now()).map_err(Refusal::TooMany)?;
    }
    // The sign-in routes are for whoever is not signed in: a stale token must not be in the way.
    let caller = match route.need {
        Need::Nothing => None,
        _ => caller::identify(door, &parts.headers, now).await?,
    };
    if let Some(caller) = &caller {
        let name = requester(&caller.principal);
        // Images come and go by the hundred.
        let is_dicom = route.template.starts_with(dicomweb::BASE) || route.often == Often::Many;
        let buckets = if is_dicom { &door.images } else { &door.requests };
        buckets.take(name, Instant::now()).map_err(Refusal::TooMany)?;
        if route.verb != Verb::Get && caller.means != Means::Bearer {
            origin::check(&parts.headers, door.origin())?;
        }
    } else if route.need != Need::Nothing {
        return Err(Refusal::SignIn);
    }
    let (body, stream) = match route.intake {
        Intake::Whole => (request::body(body).await?, None),
        Intake::Streamed => (Bytes::new(), Some(body)),
    };
    let variables = request::variables(route.template, parts.uri.path());
    let visit = Visit {
        door,
        route,
        id,
        now,
        caller: caller.as_ref(),
        variables: &variables,
        headers: &parts.headers,
        body: &body,
    };
    let clearance = visit.clear().await?;
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let parameters = request::pairs(query.as_bytes());
    (route.answer)(Asked {
        door: door.clone(),
        id,
        now,
        caller,
        clearance,
        headers: parts.headers,
        variables,
        parameters,
        query,
        body,
        stream: Mutex::new(stream),
    })
    .await
}

/// An address where a router is driven without a socket.
const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Whose bucket a request is taken from.
fn requester(principal: &Principal) -> String {
    match principal {
        Principal::Person(person) => person.id.to_string(),
        Principal::Service { client, .. } => format!("service {client}"),
        Principal::Peer { .. } | Principal::Job(_) | Principal::Operator => String::new(),
    }
}

fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(axum::body::Body::empty());
    *response.status_mut() = status;
    response
}

impl Door {
    /// The templates and methods of all routes, for whoever checks that nothing is left out.
    pub fn routes() -> impl Iterator<Item = (&'static str, &'static str)> {
        all().map(|route| (route.verb.as_str(), route.template))
    }
}
