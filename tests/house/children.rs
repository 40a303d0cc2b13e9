//! The workers of a node, seen from outside: children of this process, by the folder they work on.

use std::path::Path;

/// Process ids of the workers that compute for a data folder. One that has ended has no command
/// line any more and is not among them.
pub fn workers(data: &Path) -> Vec<u32> {
    let own = std::process::id().to_string();
    let objects = data.join("objects").display().to_string();
    let entries = std::fs::read_dir("/proc").unwrap();
    let ids = entries.filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
    ids.filter(|id| parent(*id).is_some_and(|parent| parent == own))
        .filter(|id| {
            let command = std::fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
            let words: Vec<_> = command.split(|byte| *byte == 0).collect();
            words.contains(&b"worker".as_slice()) && words.contains(&objects.as_bytes())
        })
        .collect()
}

/// Parent of a process: the second field after its name, which is in brackets (proc(5)).
fn parent(id: u32) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_whitespace().nth(1).map(str::to_owned)
}

/// Ends a process as the kernel ends one when memory runs out.
pub fn kill(id: u32) {
    let ended = std::process::Command::new("kill").args(["-9", &id.to_string()]).status();
    assert!(ended.unwrap().success(), "process {id} could not be killed");
}
