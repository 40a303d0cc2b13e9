//! A progress bar on a terminal; nothing where nobody looks.

use indicatif::{ProgressBar, ProgressStyle};
use interval_core::stage::Stage;
use std::time::Duration;

/// Steps of the bar.
const STEPS: u64 = 1000;

/// A bar that shows the stage and what it does now.
pub fn stages() -> (ProgressBar, impl Fn(Stage, f64, &str) + Send + Sync) {
    let bar = bar("{spinner} {prefix:>9} [{bar:32}] {elapsed} {msg}", STEPS);
    let shown = bar.clone();
    let watch = move |stage: Stage, fraction: f64, doing: &str| {
        shown.set_prefix(stage.as_str());
        shown.set_position((fraction.clamp(0., 1.) * STEPS as f64) as u64);
        shown.set_message(doing.to_owned());
    };
    (bar, watch)
}

/// A bar that counts things.
pub fn count(what: &'static str, total: usize) -> ProgressBar {
    bar("{spinner} {prefix:>9} [{bar:32}] {pos}/{len} {elapsed}", total as u64).with_prefix(what)
}

fn bar(template: &str, length: u64) -> ProgressBar {
    let bar = ProgressBar::new(length);
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
