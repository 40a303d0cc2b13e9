//! Which series of a study serve as channels, and when a person is asked.

mod headers;

use headers::*;
use interval_core::assessment::Doubt;
use interval_core::role::SeriesRole::{self, Derived, Flair, Other, T1, T1c, T2};
use interval_core::role::{CONFIDENCE_MIN, Choice, choose, choose_with};

/// The series of T1, T1c, T2 and FLAIR, by their number in the study; 0 for none.
#[track_caller]
fn check_study(told: &[Told], channels: [u128; 4]) -> Choice {
    let choice = choose(&study(told));
    check_choice(&choice, channels);
    choice
}

#[track_caller]
fn check_choice(choice: &Choice, channels: [u128; 4]) {
    for (role, number) in SeriesRole::CHANNELS.into_iter().zip(channels) {
        let found = choice.channel(role).map(|channel| channel.series.clone());
        assert_eq!(found, (number > 0).then(|| uid(number)), "{role} of {choice:#?}");
    }
}

#[track_caller]
fn check_ambiguous(told: &[Told], role: SeriesRole, numbers: &[u128]) {
    let choice = choose(&study(told));
    let doubt = Doubt::AmbiguousSeries(role, numbers.iter().copied().map(uid).collect());
    assert!(choice.doubts.contains(&doubt), "{doubt:?} not in {choice:#?}");
    assert!(choice.channel(role).is_none(), "{choice:#?}");
}

fn flair() -> Told {
    told("Ax T2 FLAIR", GE_T2_FLAIR).at("100500")
}
fn t2() -> Told {
    told("Ax T2", GE_T2).at("100000")
}
fn bravo(description: &str, time: &str) -> Told {
    told(description, GE_BRAVO).at(time)
}
fn se(description: &str, time: &str) -> Told {
    told(description, SIEMENS_SE_T1).at(time)
}

#[test]
fn a_plain_study_has_its_four_channels() {
    let told = [bravo("T1 BRAVO", "101000"), bravo("T1 BRAVO +C", "103000"), t2(), flair()];
    let choice = check_study(&told, [1, 2, 3, 4]);
    assert!(choice.doubts.is_empty());
    assert!(choice.channels.iter().all(|channel| channel.confidence >= CONFIDENCE_MIN));
    assert!(choice.channels.iter().all(|channel| !channel.evidence.is_empty()));
}

#[test]
fn the_tag_tells_where_names_are_the_same() {
    let told = [bravo("T1 BRAVO", "101000"), bravo("T1 BRAVO", "103000").agent(), t2(), flair()];
    check_study(&told, [1, 2, 3, 4]);
}

#[test]
fn the_order_tells_where_every_series_is_tagged() {
    let told = [
        t2().agent(),
        flair().agent(),
        bravo("BRAVO", "103000").agent(),
        bravo("BRAVO", "101000").agent(),
    ];
    check_study(&told, [4, 3, 1, 2]);
}

#[test]
fn the_order_tells_where_only_another_series_is_tagged() {
    let told = [bravo("BRAVO", "101000"), bravo("BRAVO", "103000"), t2(), flair().agent()];
    check_study(&told, [1, 2, 3, 4]);
}

#[test]
fn the_series_number_stands_in_for_a_missing_time() {
    let told = [bravo("BRAVO", "").agent(), bravo("BRAVO", "").agent(), t2(), flair()];
    check_study(&told, [1, 2, 3, 4]);
}

#[test]
fn names_outweigh_a_tag_set_everywhere() {
    let told = [
        bravo("T1 BRAVO PRE", "101000").agent(),
        bravo("T1 BRAVO POST", "103000").agent(),
        t2().agent(),
        flair().agent(),
    ];
    check_study(&told, [1, 2, 3, 4]);
}

#[test]
fn one_name_is_enough_for_a_pair() {
    check_study(&[bravo("T1", "101000"), bravo("T1 +C", "103000")], [1, 2, 0, 0]);
    check_study(&[bravo("T1 pre", "101000"), bravo("T1", "103000").agent()], [1, 2, 0, 0]);
    // tagged ahead of the injection
    check_study(&[bravo("T1", "101000").agent(), bravo("T1 +C", "103000").agent()], [1, 2, 0, 0]);
}

#[test]
fn a_name_tells_a_pair_apart_where_every_time_is_the_same() {
    // exports often carry one time for all: the order says nothing, name and tag do
    let told = [se("AX T1", "101500"), se("AX T1 POST GD", "101500").agent(), t2().at("101500")];
    check_study(&told, [1, 2, 3, 0]);
    check_study(&[told[1].clone(), told[0].clone()], [2, 1, 0, 0]);
}

#[test]
fn what_follows_contrast_has_contrast() {
    let told = [se("T1 SE", "101000"), se("T1 SE GD", "103000"), bravo("T1 BRAVO", "104000")];
    let choice = check_study(&told, [1, 3, 0, 0]);
    assert_eq!(choice.identified[2].role, T1c);
}

#[test]
fn a_tag_ahead_of_the_injection_is_not_believed() {
    // the 3D series lies between the two of a pair: its tag may be early
    let told =
        [se("T1 SE", "101000"), bravo("T1 BRAVO", "102000").agent(), se("T1 SE", "103000").agent()];
    let choice = check_study(&told, [1, 3, 0, 0]);
    assert!(choice.identified[1].confidence < CONFIDENCE_MIN);
}

#[test]
fn nothing_said_of_contrast_is_not_guessed_from_order() {
    let told = [bravo("T1", "101000"), bravo("T1", "103000"), t2(), flair()];
    check_ambiguous(&told, T1c, &[1, 2]);
}

#[test]
fn names_that_contradict_the_order_are_not_believed() {
    let told = [bravo("T1 POST", "101000"), bravo("T1 PRE", "103000"), t2(), flair()];
    check_ambiguous(&told, T1c, &[1, 2]);
    let told = [bravo("T1", "103000"), bravo("T1", "101000").agent(), t2(), flair()];
    check_ambiguous(&told, T1c, &[1, 2]);
}

#[test]
fn a_single_tagged_t1_among_tagged_series_is_asked_about() {
    let told = [bravo("T1", "101000").agent(), t2().agent(), flair().agent()];
    check_ambiguous(&told, T1c, &[1]);
}

#[test]
fn a_single_tagged_t1_among_untagged_series_is_t1c() {
    let choice = check_study(&[bravo("T1", "103000").agent(), t2(), flair()], [0, 1, 2, 3]);
    assert_eq!(choice.doubts, [Doubt::MissingSeries(T1)]);
}

#[test]
fn without_contrast_the_study_says_so() {
    let choice = check_study(&[bravo("T1", "101000"), t2(), flair()], [1, 0, 2, 3]);
    assert_eq!(choice.doubts, [Doubt::MissingSeries(T1c)]);
}

#[test]
fn an_empty_study_misses_everything() {
    assert_eq!(choose(&study(&[])).doubts.len(), 4);
}

#[test]
fn two_equal_series_with_contrast_are_asked_about() {
    let pre = bravo("T1", "101000");
    let told = [pre.clone(), bravo("T1 +C", "103000"), bravo("T1 +C", "103000"), t2(), flair()];
    check_ambiguous(&told, T1c, &[2, 3]);
    let told = [pre, bravo("T1 +C", ""), bravo("T1 +C", ""), t2(), flair()];
    check_ambiguous(&told, T1c, &[2, 3]);
}

#[test]
fn of_series_with_contrast_the_last_in_time_is_taken() {
    let told = [bravo("T1", "101000"), bravo("T1 +C", "103000"), bravo("T1 +C", "103500")];
    check_study(&told, [1, 3, 0, 0]);
}

#[test]
fn two_equal_series_of_any_role_are_asked_about() {
    check_ambiguous(&[t2(), t2().at("101500"), flair()], T2, &[1, 2]);
    check_ambiguous(&[flair(), flair()], Flair, &[1, 2]);
}

#[test]
fn isotropic_is_taken_before_slices() {
    let told = [
        se("T1 SE POST", "104000"),
        bravo("T1 POST", "103000"),
        bravo("T1 PRE", "101000"),
        se("T1 SE PRE", "100000"),
        t2(),
        told("Sag T2 CUBE", (&["SE"], 90., 2500., 0., 90., "3D")).cut(SAGITTAL),
        flair(),
        told("Ax T2 FLAIR thin", GE_T2_FLAIR).slices(48, 3.),
    ];
    check_study(&told, [3, 2, 6, 8]);
}

#[test]
fn axial_is_taken_before_other_cuts_and_more_slices_before_fewer() {
    let told =
        [t2().cut(CORONAL).slices(30, 5.5), t2(), flair().slices(24, 5.5), flair().slices(26, 5.5)];
    check_study(&told, [0, 0, 2, 4]);
}

#[test]
fn t1_is_taken_as_the_t1c_was_made() {
    let told =
        [bravo("T1 BRAVO PRE", "100000"), se("T1 SE PRE", "101000"), se("T1 SE POST", "103000")];
    check_study(&told, [2, 3, 0, 0]);
}

#[test]
fn fat_suppression_and_slabs_come_last() {
    let told = [se("T1 POST FS", "103000"), se("T1 POST", "103000"), t2().slices(15, 3.), t2()];
    check_study(&told, [0, 2, 4, 0]);
}

#[test]
fn originals_are_taken_before_derived_series() {
    let derived = ["DERIVED", "SECONDARY"];
    let told = [t2().typed(&derived), t2(), flair().typed(&derived)];
    check_study(&told, [0, 0, 2, 3]);
}

#[test]
fn a_study_of_derived_series_only_is_still_read() {
    let derived = ["DERIVED", "SECONDARY"];
    let cut_anew = ["DERIVED", "SECONDARY", "REFORMATTED"];
    let told = [
        bravo("T1", "101000").typed(&derived),
        bravo("T1 +C", "103000").typed(&cut_anew).cut(CORONAL),
        bravo("T1 +C MPR", "103000").typed(&cut_anew),
        t2().typed(&derived),
        flair().typed(&derived).slices(24, 5.5),
        flair().typed(&derived),
    ];
    let choice = check_study(&told, [1, 3, 4, 6]);
    assert_eq!(choice.identified[2].role, Derived);
}

#[test]
fn a_projection_is_never_taken() {
    let told = [bravo("T1 +C", "103000").typed(&["DERIVED", "SECONDARY", "PROJECTION IMAGE"])];
    let choice = check_study(&told, [0, 0, 0, 0]);
    assert!(choice.doubts.contains(&Doubt::MissingSeries(T1c)));
}

#[test]
fn the_name_of_the_examination_says_nothing_of_a_series() {
    let name = "BRAIN WITH CONTRAST";
    let told = [bravo("T1", "101000"), bravo("T1", "103000").agent(), t2(), flair()]
        .map(|one| one.protocol(name));
    check_study(&told, [1, 2, 3, 4]);
}

#[test]
fn the_name_of_the_protocol_stands_in_for_a_description() {
    let told = [
        told("", SIEMENS_MPRAGE).at("101000").protocol("t1_mprage"),
        told("", SIEMENS_MPRAGE).at("103000").protocol("t1_mprage_KM"),
        told("", UNKNOWN).protocol("t2_tse_tra"),
        told("", UNKNOWN).protocol("t2_tirm_dark-fluid"),
    ];
    check_study(&told, [1, 2, 3, 4]);
}

#[test]
fn an_unsure_series_is_not_used() {
    let unsure = told("Ax T2", GE_T2_FLAIR);
    check_study(&[t2(), unsure.clone(), flair()], [0, 0, 1, 3]);
    check_ambiguous(&[unsure, flair()], T2, &[1]);
}

#[test]
fn own_results_are_no_candidates() {
    let own = bravo("T1 +C", "120000").with(|a| a.manufacturer = "INTERVAL".into());
    check_study(&[bravo("T1", "101000"), bravo("T1 +C", "103000"), own], [1, 2, 0, 0]);
}

#[test]
fn a_person_decides_and_the_neighbours_follow() {
    let told = [bravo("T1", "101000"), bravo("T1", "103000"), t2(), flair()];
    let study = study(&told);
    check_choice(&choose_with(&study, &[(uid(2), T1c)]), [1, 2, 3, 4]);
    // against the evidence, too
    let choice = choose_with(&study, &[(uid(2), T1), (uid(1), T1c), (uid(3), Other)]);
    check_choice(&choice, [2, 1, 0, 4]);
    assert_eq!(choice.channel(T1c).map(|channel| channel.confidence), Some(1.));
    // the last word counts
    check_choice(&choose_with(&study, &[(uid(1), T1c), (uid(1), T1), (uid(2), T1c)]), [1, 2, 3, 4]);
    // about a series that is not there
    assert_eq!(choose_with(&study, &[(uid(99), T1c)]), choose(&study));
}

#[test]
fn a_person_settles_a_tie() {
    let told = [bravo("T1", "101000"), bravo("T1 +C", "103000"), bravo("T1 +C", "103000")];
    check_choice(&choose_with(&study(&told), &[(uid(2), T1c)]), [1, 2, 0, 0]);
}
