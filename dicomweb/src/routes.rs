//! The table of all routes of DICOMweb that are spoken here (PS3.18 tables 10.1-1, 11.1.1-1). A
//! host makes its own routes from it, and the descriptions in [`capabilities`](crate::capabilities)
//! are made from it, so that none says more or less than another.

use crate::media::Kind;

/// How a route is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verb {
    /// It reads.
    Get,
    /// It makes or adds.
    Post,
    /// It sets.
    Put,
    /// It ends.
    Delete,
    /// It tells what can be done.
    Options,
}

impl Verb {
    /// The method's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Verb::Get => "GET",
            Verb::Post => "POST",
            Verb::Put => "PUT",
            Verb::Delete => "DELETE",
            Verb::Options => "OPTIONS",
        }
    }
}

/// The service that a route belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Service {
    /// QIDO-RS.
    Search,
    /// WADO-RS.
    Retrieve,
    /// STOW-RS.
    Store,
    /// UPS-RS.
    Worklist,
    /// UPS-RS: who hears of what happens.
    Events,
    /// What can be done here.
    Capabilities,
}

/// What a route does: one word for a host to match on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each is what its route in the table says")]
pub enum Does {
    SearchStudies,
    SearchSeries,
    SearchInstances,
    Store,
    Retrieve,
    Metadata,
    Rendered,
    Thumbnail,
    Frames,
    RenderedFrames,
    BulkData,
    CreateWorkitem,
    SearchWorkitems,
    RetrieveWorkitem,
    UpdateWorkitem,
    ChangeWorkitemState,
    RequestCancellation,
    Subscribe,
    Unsubscribe,
    SuspendSubscription,
    Capabilities,
}

/// One route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// How it is called.
    pub verb: Verb,
    /// Its address below that of the service, with variables in braces.
    pub template: &'static str,
    /// The service that it belongs to.
    pub service: Service,
    /// What it does.
    pub does: Does,
    /// What it does, in a sentence.
    pub sentence: &'static str,
    /// What it gives, for the choice of a media type; nothing has no body worth one.
    pub gives: Option<Kind>,
    /// Parameters of its address.
    pub parameters: &'static [&'static str],
    /// Media types that it takes.
    pub takes: &'static [&'static str],
    /// Statuses that it answers.
    pub statuses: &'static [u16],
}

const SEARCH: &[&str] =
    &["{attribute}", "includefield", "fuzzymatching", "limit", "offset", "accept"];
const ACCEPT: &[&str] = &["accept"];
const RENDERED: &[&str] = &["accept", "annotation", "quality", "viewport", "window", "iccprofile"];
const THUMBNAIL: &[&str] = &["accept", "viewport"];
const OBJECTS: &[&str] = &["multipart/related; type=\"application/dicom\"", "application/dicom"];
const JSON: &[&str] = &["application/dicom+json", "application/json"];
const NONE: &[&str] = &[];

const FOUND: &[u16] = &[200, 204, 400, 401, 403, 406];
const GIVEN: &[u16] = &[200, 304, 400, 401, 403, 404, 406];
const RANGED: &[u16] = &[200, 206, 304, 400, 401, 403, 404, 406, 416];
const STORED: &[u16] = &[200, 202, 400, 401, 403, 409, 413, 415, 503];
const MADE: &[u16] = &[201, 400, 401, 403, 409, 413, 415];
const CHANGED: &[u16] = &[200, 400, 401, 403, 404, 409, 410, 415];
const WISHED: &[u16] = &[202, 400, 401, 403, 404, 409, 410, 415];
const SUBSCRIBED: &[u16] = &[201, 400, 401, 403, 404, 410];
const ENDED: &[u16] = &[200, 400, 401, 403, 404];

macro_rules! routes {
    ($($verb:ident $template:literal $service:ident $does:ident $gives:expr, $parameters:ident $takes:ident $statuses:ident, $sentence:literal;)*) => {
        /// All routes.
        pub static ROUTES: &[Route] = &[$(Route {
            verb: Verb::$verb,
            template: $template,
            service: Service::$service,
            does: Does::$does,
            sentence: $sentence,
            gives: $gives,
            parameters: $parameters,
            takes: $takes,
            statuses: $statuses,
        },)*];
    };
}

routes! {
    Get "/studies" Search SearchStudies Some(Kind::Answer), SEARCH NONE FOUND,
        "Searches for studies.";
    Get "/series" Search SearchSeries Some(Kind::Answer), SEARCH NONE FOUND,
        "Searches for series of all studies.";
    Get "/instances" Search SearchInstances Some(Kind::Answer), SEARCH NONE FOUND,
        "Searches for instances of all studies.";
    Get "/studies/{study}/series" Search SearchSeries Some(Kind::Answer), SEARCH NONE FOUND,
        "Searches for series of a study.";
    Get "/studies/{study}/instances" Search SearchInstances Some(Kind::Answer), SEARCH NONE FOUND,
        "Searches for instances of a study.";
    Get "/studies/{study}/series/{series}/instances" Search SearchInstances Some(Kind::Answer), SEARCH NONE FOUND,
        "Searches for instances of a series.";
    Post "/studies" Store Store Some(Kind::Answer), ACCEPT OBJECTS STORED,
        "Stores objects of any study.";
    Post "/studies/{study}" Store Store Some(Kind::Answer), ACCEPT OBJECTS STORED,
        "Stores objects of one study.";
    Get "/studies/{study}" Retrieve Retrieve Some(Kind::Objects), ACCEPT NONE GIVEN,
        "Retrieves all objects of a study.";
    Get "/studies/{study}/series/{series}" Retrieve Retrieve Some(Kind::Objects), ACCEPT NONE GIVEN,
        "Retrieves all objects of a series.";
    Get "/studies/{study}/series/{series}/instances/{instance}" Retrieve Retrieve Some(Kind::Instance), ACCEPT NONE RANGED,
        "Retrieves one object.";
    Get "/studies/{study}/metadata" Retrieve Metadata Some(Kind::Metadata), ACCEPT NONE GIVEN,
        "Retrieves the metadata of all objects of a study.";
    Get "/studies/{study}/series/{series}/metadata" Retrieve Metadata Some(Kind::Metadata), ACCEPT NONE GIVEN,
        "Retrieves the metadata of all objects of a series.";
    Get "/studies/{study}/series/{series}/instances/{instance}/metadata" Retrieve Metadata Some(Kind::Metadata), ACCEPT NONE GIVEN,
        "Retrieves the metadata of one object.";
    Get "/studies/{study}/series/{series}/instances/{instance}/frames/{frames}" Retrieve Frames Some(Kind::Frames), ACCEPT NONE GIVEN,
        "Retrieves frames of an object.";
    Get "/studies/{study}/series/{series}/instances/{instance}/bulkdata/{path}" Retrieve BulkData Some(Kind::BulkData), ACCEPT NONE RANGED,
        "Retrieves a value that is not in the metadata.";
    Get "/studies/{study}/rendered" Retrieve Rendered Some(Kind::Rendered), RENDERED NONE GIVEN,
        "Retrieves an image of a study.";
    Get "/studies/{study}/series/{series}/rendered" Retrieve Rendered Some(Kind::Rendered), RENDERED NONE GIVEN,
        "Retrieves an image of a series.";
    Get "/studies/{study}/series/{series}/instances/{instance}/rendered" Retrieve Rendered Some(Kind::Rendered), RENDERED NONE GIVEN,
        "Retrieves an image of an object.";
    Get "/studies/{study}/series/{series}/instances/{instance}/frames/{frames}/rendered" Retrieve RenderedFrames Some(Kind::Rendered), RENDERED NONE GIVEN,
        "Retrieves an image of a frame.";
    Get "/studies/{study}/thumbnail" Retrieve Thumbnail Some(Kind::Thumbnail), THUMBNAIL NONE GIVEN,
        "Retrieves a small image of a study.";
    Get "/studies/{study}/series/{series}/thumbnail" Retrieve Thumbnail Some(Kind::Thumbnail), THUMBNAIL NONE GIVEN,
        "Retrieves a small image of a series.";
    Get "/studies/{study}/series/{series}/instances/{instance}/thumbnail" Retrieve Thumbnail Some(Kind::Thumbnail), THUMBNAIL NONE GIVEN,
        "Retrieves a small image of an object.";
    Post "/workitems" Worklist CreateWorkitem None, WORKITEM JSON MADE,
        "Makes a workitem.";
    Get "/workitems" Worklist SearchWorkitems Some(Kind::Workitems), SEARCH NONE FOUND,
        "Searches for workitems.";
    Get "/workitems/{workitem}" Worklist RetrieveWorkitem Some(Kind::Workitems), ACCEPT NONE ITEM,
        "Retrieves a workitem.";
    Post "/workitems/{workitem}" Worklist UpdateWorkitem None, TRANSACTION JSON CHANGED,
        "Changes attributes of a workitem.";
    Put "/workitems/{workitem}/state" Worklist ChangeWorkitemState None, NONE JSON CHANGED,
        "Claims, completes or cancels a workitem.";
    Post "/workitems/{workitem}/cancelrequest" Worklist RequestCancellation None, NONE JSON WISHED,
        "Asks that a workitem be canceled.";
    Post "/workitems/{workitem}/subscribers/{aetitle}" Events Subscribe None, SUBSCRIBE NONE SUBSCRIBED,
        "Subscribes to a workitem, or to the worklist under its well-known UIDs.";
    Delete "/workitems/{workitem}/subscribers/{aetitle}" Events Unsubscribe None, NONE NONE ENDED,
        "Ends a subscription.";
    Post "/workitems/{workitem}/subscribers/{aetitle}/suspend" Events SuspendSubscription None, NONE NONE ENDED,
        "Suspends a subscription to the worklist: no new workitems are added to it.";
    Options "/" Capabilities Capabilities None, ACCEPT NONE DESCRIBED,
        "Describes these routes (PS3.18 8.9).";
    Get "/capabilities" Capabilities Capabilities None, ACCEPT NONE DESCRIBED,
        "Describes these routes, for whoever cannot ask by OPTIONS.";
}

const WORKITEM: &[&str] = &["workitem"];
const TRANSACTION: &[&str] = &["transaction"];
const SUBSCRIBE: &[&str] = &["deletionlock", "filter"];
const ITEM: &[u16] = &[200, 400, 401, 403, 404, 406, 410];
const DESCRIBED: &[u16] = &[200, 401, 406];

impl Route {
    /// The names of the variables of its address.
    pub fn variables(&self) -> impl Iterator<Item = &'static str> {
        let named = |part: &'static str| part.strip_prefix('{')?.strip_suffix('}');
        self.template.split('/').filter_map(named)
    }

    /// A name that no other route has: what it does, and of what.
    pub fn name(&self) -> String {
        let of: Vec<_> = self.variables().collect();
        let does = format!("{:?}", self.does);
        match (self.verb, of.is_empty()) {
            (Verb::Options, _) => format!("{does}_options"),
            (_, true) => does,
            (_, false) => format!("{does}_{}", of.join("_")),
        }
    }

    /// The media types that it gives.
    pub fn media(&self) -> Vec<String> {
        let offers = self.gives.map_or(&[][..], Kind::offers);
        offers.iter().map(ToString::to_string).collect()
    }
}

/// What a status means, in a few words.
pub fn status(status: u16) -> &'static str {
    match status {
        200 => "Done.",
        201 => "Made; the header Location, or Content-Location, says where it is.",
        202 => "Accepted, in part or for later.",
        204 => "There is nothing that matches.",
        206 => "The range of bytes that was asked for.",
        304 => "It has not changed.",
        400 => "The request cannot be understood.",
        401 => "Nobody is signed in.",
        403 => "Not permitted, or not there.",
        404 => "There is no such thing.",
        406 => "None of the media types asked for can be given.",
        409 => "The request does not go with what is there.",
        410 => "It is no longer there.",
        413 => "The request is larger than is taken.",
        415 => "The request is of a media type that is not taken.",
        416 => "The range of bytes is not in the body.",
        503 => "A part that this needs is away.",
        _ => "As its number says.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_route_is_there_twice() {
        let addresses: BTreeSet<_> =
            ROUTES.iter().map(|route| (route.verb.as_str(), route.template)).collect();
        assert_eq!(addresses.len(), ROUTES.len());
        let names: BTreeSet<_> = ROUTES.iter().map(Route::name).collect();
        assert_eq!(names.len(), ROUTES.len(), "two routes have one name");
    }
    #[test]
    fn each_status_is_explained() {
        for route in ROUTES {
            for code in route.statuses {
                assert_ne!(status(*code), "As its number says.", "{code}");
            }
        }
    }
    #[test]
    fn a_route_knows_its_variables_and_media() {
        let route = ROUTES.iter().find(|route| route.does == Does::Frames).unwrap();
        let variables: Vec<_> = route.variables().collect();
        assert_eq!(variables, ["study", "series", "instance", "frames"]);
        assert_eq!(route.media()[0], "multipart/related; type=\"application/octet-stream\"");
    }
}
