//! DICOMweb: routes, media types, parameters, statuses.

use super::Text;
use crate::web::dicomweb_services;
use interval_dicomweb::routes::{ROUTES, Route, Service};

fn name(service: Service) -> &'static str {
    match service {
        Service::Search => "QIDO-RS",
        Service::Retrieve => "WADO-RS",
        Service::Store => "STOW-RS",
        Service::Worklist => "UPS-RS",
        Service::Events => "UPS-RS events",
        Service::Capabilities => "Capabilities",
    }
}

fn spoken() -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().filter(|route| dicomweb_services().contains(&route.service))
}

/// Services by role.
pub fn overview(text: &mut Text) {
    text.heading("### 1.2 Web services");
    let all =
        [Service::Search, Service::Retrieve, Service::Store, Service::Worklist, Service::Events];
    let row = |service: &Service| {
        let is_served = dicomweb_services().contains(service);
        let served = if is_served { "yes" } else { "no" };
        // What priors are fetched by: nothing is stored or followed elsewhere by these services.
        let is_used = matches!(service, Service::Search | Service::Retrieve);
        let used = if is_used { "yes" } else { "no" };
        [name(*service).to_owned(), used.to_owned(), served.to_owned()]
    };
    text.table(["service", "user agent", "origin server"], all.iter().map(row));
}

/// All of section 4.
pub fn tell(text: &mut Text) {
    text.heading("## 4 Web services");
    text.say(
        "Below `/dicom-web`. Every request needs a sign-in (OpenID Connect: a session, or a bearer \
         token with the configured audience). Searches are kept to what the caller may see and are \
         never refused for what is in them; an object of somebody else answers 403, as one that \
         does not exist. Text is UTF-8 whatever the objects' character set is. Answers carry an \
         ETag; single objects and bulk data can be asked for by range.",
    );
    let row = |route: &Route| {
        let statuses: Vec<_> = route.statuses.iter().map(ToString::to_string).collect();
        [
            name(route.service).to_owned(),
            format!("{} `{}`", route.verb.as_str(), route.template),
            route.sentence.to_owned(),
            route.media().join(", "),
            route.parameters.join(", "),
            statuses.join(" "),
        ]
    };
    text.table(
        ["service", "route", "what it does", "gives", "parameters", "statuses"],
        spoken().map(row),
    );
    text.say(
        "STOW-RS takes `multipart/related; type=\"application/dicom\"` and `application/dicom`, of \
         any size, each object on its own: Referenced SOP Sequence, Failed SOP Sequence with \
         Failure Reason, Other Failures Sequence. The same routes as an OpenAPI document: \
         `/dicom-web/openapi.json`.",
    );
    text.say(
        "UPS-RS takes DICOM JSON. A workitem names its patient; who may steer the patient's work \
         makes, claims, changes and ends it, who may see the patient's results sees it. While its \
         Input Readiness State is READY, the instances of its Input Information Sequence count as \
         announced: a study is complete when they are here. Events are not told: the routes of \
         subscriptions answer 403.",
    );
}
