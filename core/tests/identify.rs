//! What one series shows: headers as three vendors and many departments write them.

mod headers;

use headers::*;
use interval_core::role::SeriesRole::{
    self, Derived, Diffusion, Flair, Localizer, Other, Perfusion, ProtonDensity, T1, T1c, T2,
    T2Star,
};
use interval_core::role::{CONFIDENCE_MIN, identify};

/// One series alone is named so, and surely enough to act on.
#[track_caller]
fn check(told: Told, role: SeriesRole) {
    let found = identify(&told.series(1));
    let sure = found.confidence >= CONFIDENCE_MIN;
    assert!(found.role == role && sure, "{role} expected: {found:?}");
}

/// One series alone is not named surely enough to act on.
#[track_caller]
fn check_open(told: Told) {
    let found = identify(&told.series(1));
    assert!(found.confidence < CONFIDENCE_MIN, "unsure expected: {found:?}");
}

#[test]
fn siemens_names_are_read() {
    check(told("t1_mprage_sag_p2_iso", SIEMENS_MPRAGE), T1);
    check(told("t1_mpr_ns_tra", SIEMENS_MPRAGE), T1);
    check(told("t1_mprage_tra_KM", SIEMENS_MPRAGE), T1c);
    check(told("t1_se_tra nach KM", SIEMENS_SE_T1), T1c);
    check(told("t1_se_tra", SIEMENS_SE_T1), T1);
    check(told("t2_tse_tra", SIEMENS_T2), T2);
    check(told("t2_tirm_tra_dark-fluid", SIEMENS_TIRM), Flair);
    check(told("t2_space_dark-fluid_sag_p2_iso", SIEMENS_SPACE_FLAIR), Flair);
    check(told("t2_fl2d_tra_hemo", GRE_T2_STAR), T2Star);
    check(told("ep2d_diff_3scan_trace_p2_ADC", EPI), Diffusion);
    check(told("ep2d_perf_p2", EPI), Perfusion);
    check(told("localizer", TOF).slices(3, 10.), Localizer);
    check(told("AAHScout", TOF), Localizer);
}

#[test]
fn ge_names_are_read() {
    check(told("Ax T1 BRAVO", GE_BRAVO), T1);
    check(told("3D Ax T1 BRAVO +C", GE_BRAVO), T1c);
    check(told("SAG T1 FSPGR POST", GE_FSPGR), T1c);
    check(told("Ax T1 FLAIR", GE_T1_FLAIR), T1);
    check(told("AX T1FLAIR GAD", GE_T1_FLAIR), T1c);
    check(told("Ax T2 FLAIR", GE_T2_FLAIR), Flair);
    check(told("Ax T2 FLAIR +C", GE_T2_FLAIR), Flair);
    check(told("Sag CUBE T2 FLAIR", (&["SE", "IR"], 120., 6500., 1900., 90., "3D")), Flair);
    check(told("Ax T2 frFSE", GE_T2), T2);
    check(told("Ax T2 PROPELLER", GE_T2), T2);
    check(told("Ax T2* GRE", GRE_T2_STAR), T2Star);
    check(told("Ax SWAN", GRE_T2_STAR), T2Star);
    check(told("Ax DWI b1000", EPI), Diffusion);
    check(told("3-pl Loc", TOF).typed(&["ORIGINAL", "PRIMARY", "LOCALIZER"]), Localizer);
}

#[test]
fn philips_names_are_read() {
    check(told("sT1W_3D_TFE", PHILIPS_TFE), T1);
    check(told("T1W_3D_TFE GD", PHILIPS_TFE), T1c);
    check(told("T2W_TSE", PHILIPS_T2), T2);
    check(told("FLAIR_longTR", PHILIPS_FLAIR), Flair);
    check(told("T2W_FFE", GRE_T2_STAR), T2Star);
    check(told("sDWI_3b", EPI).with(|a| a.diffusion_b_value = Some(1000.)), Diffusion);
    check(told("Survey_32ch", TOF), Localizer);
    check(told("PD_TSE", DENSITY), ProtonDensity);
}

#[test]
fn other_tongues_are_read() {
    check(told("T1 SAG אחרי", SIEMENS_SE_T1), T1c);
    check(told("T1 AX לפני", SIEMENS_SE_T1).agent(), T1);
    check(told("T1 ללא חומר ניגוד", SIEMENS_SE_T1), T1);
    check(told("T1 עם חומר ניגוד", SIEMENS_SE_T1), T1c);
    check(told("T1 AX אחרי ניתוח", SIEMENS_SE_T1), T1);
    check(told("t1_se_tra ohne KM", SIEMENS_SE_T1), T1);
    check(told("AX T1 SANS GADO", SIEMENS_SE_T1), T1);
    check(told("T1 AX AVEC GADO", SIEMENS_SE_T1), T1c);
    check(told("T1 AX sin contraste", SIEMENS_SE_T1), T1);
    check(told("T1 TRA +K", SIEMENS_SE_T1), T1c);
}

#[test]
fn words_inside_words_do_not_count() {
    check(told("T1 posterior fossa", SIEMENS_SE_T1), T1);
    check(told("T1 AC-PC", SIEMENS_SE_T1), T1);
    check(told("T1 AX POST OP", SIEMENS_SE_T1), T1);
    check(told("T1 AX POST-OP POST GAD", SIEMENS_SE_T1), T1c);
    check(told("T1 AX W/O CONTRAST", SIEMENS_SE_T1), T1);
    check(told("T1 AX non-contrast", SIEMENS_SE_T1), T1);
    check(told("T1 AX unenhanced", SIEMENS_SE_T1), T1);
    check(told("T1 AX C-", SIEMENS_SE_T1), T1);
    check(told("T1 AX C+", SIEMENS_SE_T1), T1c);
    check(told("T1C-", SIEMENS_SE_T1), T1);
    check(told("AX T1 SPACE pc", SIEMENS_SE_T1), T1c);
    check(told("T10 level", UNKNOWN).slices(5, 3.), Other);
}

#[test]
fn timing_names_what_has_no_name() {
    check(told("", SIEMENS_TIRM), Flair);
    check(told("AX 5mm", GE_T2), T2);
    check(told("3D", SIEMENS_MPRAGE), T1);
    check(told("xyz", (&["SE"], 11., 686., 0., 90., "2D")), T1);
    check(told("", DENSITY), ProtonDensity);
    check(told("", GRE_T2_STAR), T2Star);
    check(told("", EPI).with(|a| a.temporal_positions = Some(40)), Perfusion);
    // angiography and spoiled gradient echo share their timing
    check_open(told("", TOF));
    check_open(told("", UNKNOWN));
}

#[test]
fn names_that_contradict_the_timing_are_not_believed() {
    check_open(told("Ax T1", GE_T2));
    check_open(told("Ax T2", SIEMENS_SE_T1));
    check_open(told("Ax T2", GE_T2_FLAIR));
    check_open(told("AX FLAIR", GE_T1_FLAIR));
    check_open(told("AX FLAIR", SIEMENS_SE_T1));
    check_open(told("Ax T2", GRE_T2_STAR));
    check_open(told("T1 AX", EPI));
    check_open(told("T1 AX", SIEMENS_TIRM));
}

#[test]
fn names_without_timing_are_believed() {
    check(told("T2", UNKNOWN), T2);
    check(told("FLAIR", UNKNOWN), Flair);
    check(told("T1 post", UNKNOWN), T1c);
    check(told("T1c", UNKNOWN), T1c);
    check(told("T1n", UNKNOWN), T1);
    check(told("PD", UNKNOWN), ProtonDensity);
    check_open(told("space", UNKNOWN));
}

#[test]
fn what_is_not_an_image_of_the_whole_brain_is_no_channel() {
    let image = |name: &str| told(name, SIEMENS_MPRAGE);
    check(image("T1 MPRAGE").slices(9, 5.), Other);
    check(image("t1_mprage_MIP_tra"), Derived);
    check(image("T1 SUB"), Derived);
    check(image("T1 map"), Other);
    check(image("t1_mp2rage_INV1"), Other);
    check(image("T1 SAG C-SPINE post"), Other);
    check(image("T1 orbits FS post"), Other);
    check(told("3D TOF", TOF), Other);
    check(image("mprage").typed(&["ORIGINAL", "PRIMARY", "P", "ND"]), Other);
    check(image("mprage").typed(&["DERIVED", "PRIMARY", "ADC"]), Diffusion);
    check(image("mprage").typed(&["DERIVED", "SECONDARY", "MPR"]), Derived);
    check(image("T1").with(|a| a.modality = "CT".into()), Other);
    check(image("T1").with(|a| a.modality = "SEG".into()), Other);
    check(image("T1").with(|a| a.modality = String::new()), Other);
    check(image("T1 post").with(|a| a.manufacturer = "Interval".into()), Other);
}

#[test]
fn two_echoes_in_one_series_are_no_weighting() {
    let mut series = told("AX PD T2", DENSITY).series(1);
    for instance in series.instances.iter_mut().skip(14) {
        instance.acquisition.echo_time_ms = Some(100.);
    }
    assert_eq!(identify(&series).role, Other);
}

#[test]
fn a_tag_alone_on_a_single_series_proves_nothing() {
    check_open(told("T1 AX", SIEMENS_SE_T1).agent());
}
