//! Registration of the shared pairs, whose motion is known.

mod pairs;

use interval_imaging::register::{Rigid, rigid};
use pairs::{Pair, shared};
use std::error::Error;

/// Mean error over the brain that still lets a lesion of 5 mm be matched by overlap.
const MEAN_MAX_MM: f64 = 0.3;

#[track_caller]
fn check(folder: &str) -> Result<(), Box<dyn Error>> {
    let folder = shared().join(folder);
    if !folder.exists() {
        let required = std::env::var_os("INTERVAL_REQUIRE_PEERS").is_some_and(|v| v == "1");
        assert!(!required, "{} is missing", folder.display());
        println!("skipped: {} is missing", folder.display());
        return Ok(());
    }
    let pair = Pair::read(&folder)?;
    let found = rigid(&pair.fixed, &pair.moving, &Rigid::of(pair.contrast))?;
    let apart = pair.apart(&found.fixed_to_moving);
    assert!(apart.mean <= MEAN_MAX_MM, "mean error {:.3} mm", apart.mean);
    assert!(apart.max <= 2. * MEAN_MAX_MM, "largest error {:.3} mm", apart.max);
    assert!(found.gate.passed(), "{}", found.gate.why());
    Ok(())
}

#[test]
fn a_growing_tumour_does_not_pull_the_head_along() -> Result<(), Box<dyn Error>> {
    check("imaging/pairs/B_t1_t1_followup_0")
}
#[test]
fn thick_flair_slices_find_their_place_on_a_thin_t1() -> Result<(), Box<dyn Error>> {
    check("imaging/pairs/G_t1_flair_thick_0")
}
#[test]
fn stripped_brains_align_by_what_is_inside() -> Result<(), Box<dyn Error>> {
    check("imaging/pairs/I_t1_t1_strip_0")
}
#[test]
fn a_real_tumour_case_with_known_motion_is_recovered() -> Result<(), Box<dyn Error>> {
    check("data/pairs/pd_new_lesion")
}
