//! The container set-up keeps what it promises: patients on a network without a way out, nobody as
//! root, nothing writable but the data.

use std::fs;
use std::path::Path;

fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docker").join(name);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The lines below a key of a YAML file of mappings, comments left out. `path` leads there from the
/// top, one key a level.
fn below(text: &str, path: &[&str]) -> Vec<String> {
    let mut lines: Vec<String> = text
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'))
        .map(str::to_owned)
        .collect();
    for key in path {
        let start = lines
            .iter()
            .position(|line| line.starts_with(&format!("{key}:")) && !line.starts_with([' ', '-']));
        let Some(start) = start else { return Vec::new() };
        let after = lines.split_off(start + 1);
        let inside: Vec<String> =
            after.into_iter().take_while(|line| line.starts_with(' ')).collect();
        let indent = inside.first().map_or(0, |line| line.len() - line.trim_start().len());
        lines = inside.iter().map(|line| line[indent.min(line.len())..].to_owned()).collect();
    }
    lines
}

/// The keys of a mapping.
fn keys(lines: &[String]) -> Vec<&str> {
    let own = lines.iter().filter(|line| !line.starts_with([' ', '-']));
    own.filter_map(|line| line.split_once(':')).map(|(key, _)| key).collect()
}

/// The value of a key that stands in one line.
fn value(lines: &[String], key: &str) -> Option<String> {
    let line = lines.iter().find_map(|line| line.strip_prefix(&format!("{key}:")))?;
    Some(line.trim().trim_matches('"').to_owned())
}

fn service(name: &str) -> Vec<String> {
    below(&file("compose.yaml"), &["services", name])
}

#[test]
fn the_node_is_on_the_dark_network_alone() {
    let compose = file("compose.yaml");
    assert_eq!(keys(&below(&compose, &["networks"])), ["public", "core"]);
    assert_eq!(value(&below(&compose, &["networks", "core"]), "internal").unwrap(), "true");
    assert_eq!(keys(&below(&compose, &["services", "node", "networks"])), ["core"]);
    assert_eq!(keys(&below(&compose, &["services", "door", "networks"])), ["public", "core"]);
}
#[test]
fn only_the_door_has_published_ports() {
    let compose = file("compose.yaml");
    assert_eq!(keys(&below(&compose, &["services"])), ["door", "node"]);
    assert_eq!(below(&compose, &["services", "door", "ports"]).len(), 2);
    for key in ["ports", "network_mode", "privileged", "devices", "cap_add", "pid", "extra_hosts"] {
        assert!(!keys(&service("node")).contains(&key), "the node has {key}");
    }
}
#[test]
fn nobody_is_root_and_nothing_is_writable_but_the_data() {
    for name in ["door", "node"] {
        let service = service(name);
        let user = value(&service, "user").unwrap_or_default();
        assert!(!user.is_empty() && !user.starts_with('0') && !user.contains("root"), "{name}");
        assert_eq!(value(&service, "read_only").as_deref(), Some("true"), "{name}");
        let listed = |key: &str| below(&file("compose.yaml"), &["services", name, key]);
        assert_eq!(listed("cap_drop"), ["- ALL"], "{name}");
        assert_eq!(listed("security_opt"), ["- no-new-privileges:true"], "{name}");
        for limit in ["pids_limit", "mem_limit"] {
            assert!(value(&service, limit).is_some(), "{name} without {limit}");
        }
        let mounted = listed("volumes");
        let writable: Vec<_> = mounted.iter().filter(|line| !line.ends_with(":ro")).collect();
        let expected: &[&str] = if name == "node" { &["- data:/var/lib/interval"] } else { &[] };
        assert_eq!(writable, expected, "{name}");
        assert!(!mounted.concat().contains(".sock"), "{name} reaches the engine");
    }
}
#[test]
fn the_master_key_is_a_secret_and_not_in_the_data_volume() {
    let compose = file("compose.yaml");
    assert_eq!(below(&compose, &["services", "node", "secrets"]), ["- master_key"]);
    assert_eq!(keys(&below(&compose, &["secrets"])), ["master_key"]);
    let settings: interval::config::Config = toml::from_str(&file("interval.toml"))
        .unwrap_or_else(|e| panic!("the settings are not taken: {e}"));
    let key = settings.keys.master.map(|key| format!("{key:?}")).unwrap_or_default();
    assert!(key.contains("/run/secrets/master_key"), "{key}");
    assert!(!settings.unsigned_model, "an unsigned model is a decision of the site");
}
#[test]
fn the_door_lets_the_node_out_to_what_is_named_and_nowhere_else() {
    let door = file("door.cfg");
    let servers: Vec<_> =
        door.lines().map(str::trim).filter(|line| line.starts_with("server ")).collect();
    assert_eq!(
        servers,
        [
            "server node 10.77.0.3:11112",
            "server node 10.77.0.3:8443",
            "server pacs \"${PACS_ADDRESS}\"",
            "server provider \"${PROVIDER_ADDRESS}\"",
        ]
    );
    for way in door.split("\nlisten ").skip(1).filter(|way| way.contains("${")) {
        assert!(way.contains("bind 10.77.0.2:"), "a way out is open to the public side: {way}");
        assert!(way.contains("tcp-request connection reject if !from_node"), "{way}");
    }
}
#[test]
fn the_image_starts_from_nothing_and_runs_as_nobody() {
    let text = file("Containerfile");
    let instructions: Vec<&str> =
        text.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase())).collect();
    let last = instructions.iter().rposition(|line| line.starts_with("FROM ")).unwrap_or(0);
    let image = &instructions[last..];
    assert_eq!(image[0], "FROM scratch");
    assert!(image.contains(&"USER 10001:10001"));
    assert!(image.iter().all(|line| !line.starts_with("RUN")), "there is no shell in it");
    assert!(image.iter().any(|line| line.starts_with("HEALTHCHECK")));
    let program = "[\"/opt/interval/interval\"]";
    assert!(image.contains(&format!("ENTRYPOINT {program}").as_str()));
}
