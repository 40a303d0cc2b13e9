//! What can be done here, for machines to read: as WADL (PS3.18 8.9 and Annex H), and as `OpenAPI`
//! 3.1. Both are made from the one table of routes.

mod openapi;
mod wadl;

pub use openapi::openapi;
pub use wadl::{wadl_json, wadl_xml};

use crate::routes::{ROUTES, Route, Service};

/// The routes of some services.
fn of(services: &[Service]) -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().filter(move |route| services.contains(&route.service))
}

/// How a parameter is described.
fn about(parameter: &str) -> &'static str {
    match parameter {
        "{attribute}" => "An attribute by keyword or tag, and what it has to be.",
        "includefield" => "Attributes that matches tell besides the usual ones, or `all`.",
        "fuzzymatching" => "Whether names match by the beginnings of their words.",
        "limit" => "Most matches that are given.",
        "offset" => "Matches that are passed over.",
        "accept" => "Media types that are taken; goes before the header Accept.",
        "annotation" => "What is burnt into the image: patient, technique.",
        "quality" => "Quality of a lossy image, 1 to 100.",
        "viewport" => "Width and height in pixels, and the part of the source that is shown.",
        "window" => "Centre, width and function of the window.",
        "iccprofile" => "The colour profile of the image.",
        "workitem" => "The UID of the new workitem.",
        "transaction" => "The UID that locked the workitem.",
        "deletionlock" => "Whether the workitem is kept until the subscriber lets go of it.",
        "filter" => "Which workitems of the worklist are meant.",
        "study" => "Study Instance UID.",
        "series" => "Series Instance UID.",
        "instance" => "SOP Instance UID.",
        "frames" => "Numbers of frames from 1, with commas between them.",
        "path" => "Which value, as the metadata name it.",
        "aetitle" => "The AE title of the subscriber.",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_parameter_is_explained() {
        for route in ROUTES {
            for name in route.parameters.iter().copied().chain(route.variables()) {
                assert_ne!(about(name), "", "{name}");
            }
        }
    }
}
