//! The description of Annex H: WADL, in its XML and JSON forms. Resources are told flat, each with
//! its whole path.

use super::{about, of};
use crate::routes::{Route, Service};
use serde_json::{Value, json};

const NAMESPACE: &str = "http://wadl.dev.java.net/2009/02";

/// As `application/vnd.sun.wadl+xml`.
pub fn wadl_xml(services: &[Service], base: &str) -> String {
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<application xmlns=\"{NAMESPACE}\">\n\
         <resources base=\"{}\">\n",
        escaped(base)
    );
    for template in templates(services) {
        xml.push_str(&format_args!("<resource path=\"{}\">\n", path(template)).to_string());
        let mut is_first = true;
        for route in of(services).filter(|route| route.template == template) {
            if is_first {
                for name in route.variables() {
                    xml.push_str(&parameter("template", name));
                }
            }
            is_first = false;
            xml.push_str(&method(route));
        }
        xml.push_str("</resource>\n");
    }
    xml.push_str("</resources>\n</application>\n");
    xml
}

/// As `application/json`.
pub fn wadl_json(services: &[Service], base: &str) -> Value {
    let resources = templates(services).into_iter().map(|template| {
        let methods = of(services).filter(|route| route.template == template).map(|route| {
            json!({
                "@name": route.verb.as_str(),
                "@id": route.name(),
                "request": {
                    "param": route.parameters.iter().map(|name| json!({
                        "@name": name.trim_matches(['{', '}']), "@style": "query",
                    })).collect::<Vec<_>>(),
                    "representation": route.takes.iter().map(|media| json!({
                        "@mediaType": media,
                    })).collect::<Vec<_>>(),
                },
                "response": [{
                    "@status": statuses(route),
                    "representation": route.media().iter().map(|media| json!({
                        "@mediaType": media,
                    })).collect::<Vec<_>>(),
                }],
            })
        });
        json!({ "@path": path(template), "method": methods.collect::<Vec<_>>() })
    });
    let resources: Vec<_> = resources.collect();
    json!({ "application": { "resources": { "@base": base, "resource": resources } } })
}

fn templates(services: &[Service]) -> Vec<&'static str> {
    let mut templates: Vec<_> = of(services).map(|route| route.template).collect();
    templates.sort_unstable();
    templates.dedup();
    templates
}

fn path(template: &str) -> &str {
    template.trim_start_matches('/')
}

fn method(route: &Route) -> String {
    let mut xml =
        format!("<method name=\"{}\" id=\"{}\">\n<request>\n", route.verb.as_str(), route.name());
    for name in route.parameters {
        xml.push_str(&parameter("query", name.trim_matches(['{', '}'])));
    }
    for media in route.takes {
        xml.push_str(&representation(media));
    }
    xml.push_str("</request>\n<response status=\"");
    xml.push_str(&statuses(route));
    xml.push_str("\">\n");
    for media in route.media() {
        xml.push_str(&representation(&media));
    }
    xml.push_str("</response>\n</method>\n");
    xml
}

fn statuses(route: &Route) -> String {
    route.statuses.iter().map(u16::to_string).collect::<Vec<_>>().join(" ")
}

fn parameter(style: &str, name: &str) -> String {
    let name_of = if name == "attribute" { "{attribute}" } else { name };
    format!(
        "<param name=\"{name}\" style=\"{style}\"><doc>{}</doc></param>\n",
        escaped(about(name_of))
    )
}

fn representation(media: &str) -> String {
    format!("<representation mediaType=\"{}\"/>\n", escaped(media))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_resource_is_told_once_and_every_tag_is_closed() {
        let services = [Service::Search, Service::Store, Service::Retrieve];
        let xml = wadl_xml(&services, "https://node/dicom-web?a&b");
        for tag in ["resource ", "method ", "request", "response "] {
            let opened = xml.matches(&format!("<{tag}")).count();
            let closed = xml.matches(&format!("</{}>", tag.trim())).count();
            assert_eq!(opened, closed, "{tag}");
        }
        assert_eq!(xml.matches("<resource path=\"studies\">").count(), 1);
        assert!(xml.contains("?a&amp;b") && !xml.contains("workitems"));
    }
    #[test]
    fn the_json_form_tells_the_same() {
        let json = wadl_json(&[Service::Worklist], "/");
        let resources = json["application"]["resources"]["resource"].as_array().unwrap();
        assert!(resources.iter().any(|one| one["@path"] == "workitems/{workitem}/state"));
    }
}
