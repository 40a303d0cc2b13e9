//! The atlas and the inference runtime, which do not lie in the repository: set-up fetches them
//! and names them by environment variables.

use std::path::PathBuf;

/// What a node needs to analyse.
#[derive(Debug, Clone)]
pub struct Equipment {
    pub atlas: PathBuf,
    pub ort_lib: PathBuf,
}

/// What is installed; nothing, with a printed reason, where set-up has not run. Where peers are
/// required its absence is a failure.
pub fn installed() -> Option<Equipment> {
    let named = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let found = named("INTERVAL_ATLAS").zip(named("INTERVAL_ORT_LIB"));
    if found.is_none() {
        let required = std::env::var_os("INTERVAL_REQUIRE_PEERS").is_some_and(|value| value == "1");
        assert!(!required, "INTERVAL_ATLAS and INTERVAL_ORT_LIB must name the installed files");
        println!(
            "skipped: INTERVAL_ATLAS or INTERVAL_ORT_LIB is not set; cargo xtask test sets them"
        );
    }
    found.map(|(atlas, ort_lib)| Equipment { atlas, ort_lib })
}
