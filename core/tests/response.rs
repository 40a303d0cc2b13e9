//! Every threshold of the criteria tables, just below, at, and just above it.
#![allow(clippy::unwrap_used, reason = "a wrong date in a test is a failed test")]

use interval_core::response::{
    Burden, Category, Criteria, MissingInput, NewLesion, Verdict, judge, nadir,
};
use interval_core::timepoint::Date;
use interval_core::units::{Cm3, Percent};

const PD: Option<Category> = Some(Category::ProgressiveDisease);
const SD: Option<Category> = Some(Category::StableDisease);
const PR: Option<Category> = Some(Category::PartialResponse);
const CR: Option<Category> = Some(Category::CompleteResponse);

/// Values whose multiples round differently in binary.
const BEFORE: [f64; 9] = [100., 123.4, 0.7, 333.333, 1000., 1e4 / 3., 49.9, 7.7e3, 0.3];
/// A hundredth of a percentage point: far more than rounding, less than any reader could measure.
const EPSILON: f64 = 1e-4;

/// A timepoint where both tables see the same measure.
fn burden(measure: f64) -> Burden {
    Burden { sum_of_products_mm2: measure, enhancing: Cm3(measure), ..Burden::default() }
}

#[track_caller]
fn check(criteria: Criteria, measures: &[f64], category: Option<Category>, rule: &str) -> Verdict {
    let series: Vec<Burden> = measures.iter().copied().map(burden).collect();
    check_series(criteria, &series, category, rule)
}

#[track_caller]
fn check_series(
    criteria: Criteria,
    series: &[Burden],
    category: Option<Category>,
    rule: &str,
) -> Verdict {
    let verdict = judge(criteria, series, 0);
    assert_eq!(verdict.imaging, category, "{}", verdict.because);
    assert_eq!(verdict.rule, format!("{}/{rule}", criteria.as_str()), "{}", verdict.because);
    assert_eq!(verdict.overall, None, "images alone never give the overall response");
    verdict
}

/// Below, at and above the growth that is progression: 9 values x 2 tables x 2 nadirs x 3.
#[test]
fn growth_is_progression_from_its_threshold_on() {
    for (criteria, factor) in [(Criteria::Rano2010, 1.25), (Criteria::Rano2, 1.4)] {
        for before in BEFORE {
            for earlier in [vec![before], vec![before * 1.1, before, before * 1.05]] {
                for (change, category, rule) in
                    [(-EPSILON, SD, "sd"), (0., PD, "pd-increase"), (EPSILON, PD, "pd-increase")]
                {
                    let mut measures = earlier.clone();
                    measures.push(before * (factor + change));
                    check(criteria, &measures, category, rule);
                }
            }
        }
    }
}

/// Below, at and above the shrinkage that is a response: 9 values x 2 tables x 3.
#[test]
fn shrinkage_is_a_response_from_its_threshold_on() {
    for (criteria, factor) in [(Criteria::Rano2010, 0.5), (Criteria::Rano2, 0.35)] {
        for before in BEFORE {
            for (change, category, rule) in
                [(EPSILON, SD, "sd"), (0., PR, "pr"), (-EPSILON, PR, "pr")]
            {
                check(criteria, &[before, before * (factor + change)], category, rule);
            }
        }
    }
}

#[test]
fn a_response_is_lost_by_growth_from_the_nadir_not_from_the_reference() {
    for (measures, category, rule) in [
        ([1000., 300., 374.], PR, "pr"),
        ([1000., 300., 375.], PD, "pd-increase"),
        ([1000., 600., 751.], PD, "pd-increase"),
        ([1000., 600., 749.], SD, "sd"),
        ([1000., 1200., 1249.], SD, "sd"),
        ([1000., 1200., 1250.], PD, "pd-increase"),
    ] {
        check(Criteria::Rano2010, &measures, category, rule);
    }
    for (measures, category, rule) in [
        ([10., 3., 4.19], SD, "sd"),
        ([10., 2., 2.79], PR, "pr"),
        ([10., 2., 2.8], PD, "pd-increase"),
        ([10., 12., 13.9], SD, "sd"),
        ([10., 12., 14.], PD, "pd-increase"),
    ] {
        check(Criteria::Rano2, &measures, category, rule);
    }
}

#[test]
fn no_enhancement_left_is_a_complete_response() {
    for criteria in [Criteria::Rano2010, Criteria::Rano2] {
        check(criteria, &[500., 0.], CR, "cr");
        check(criteria, &[500., 0., 0.], CR, "cr");
        check(criteria, &[500., 1e-6], PR, "pr");
    }
}

#[test]
fn enhancement_too_small_to_measure_is_not_a_complete_response() {
    let left = Burden { enhancing: Cm3(0.2), ..Burden::default() };
    check_series(Criteria::Rano2010, &[burden(500.), left], PR, "pr");
    check_series(Criteria::Rano2, &[burden(500.), left], PR, "pr");
}

#[test]
fn a_first_measure_of_zero_is_never_stable_disease() {
    for criteria in [Criteria::Rano2010, Criteria::Rano2] {
        for now in [0.14, 1., 150., 1e4] {
            let verdict = check(criteria, &[0., now], PD, "pd-from-none");
            assert_eq!(verdict.change_from_reference, None);
            assert_eq!(verdict.change_from_nadir, None);
            let verdict = check(criteria, &[700., 0., now], PD, "pd-from-none");
            assert_eq!(verdict.change_from_nadir, None);
            assert!(verdict.change_from_reference.is_some());
        }
        check(criteria, &[0., 0.], None, "nothing-measurable");
        check(criteria, &[0., 0., 0.], None, "nothing-measurable");
    }
}

#[test]
fn volumes_below_the_percentage_floor_are_not_divided_by() {
    for (before, now, category, rule) in [
        (0.099, 0.05, None, "nothing-measurable"),
        (0.099, 0.139, None, "nothing-measurable"),
        (0.099, 0.141, PD, "pd-from-none"),
        (0.05, 0., None, "nothing-measurable"),
        (0.1, 0.139, SD, "sd"),
        (0.1, 0.14, PD, "pd-increase"),
        (0.1, 0.141, PD, "pd-increase"),
        (0.1, 0., CR, "cr"),
    ] {
        let verdict = check(Criteria::Rano2, &[before, now], category, rule);
        assert_eq!(verdict.change_from_reference.is_some(), before >= 0.1);
    }
}

#[test]
fn what_appears_but_cannot_be_measured_is_left_to_a_reader() {
    let small = Burden { enhancing: Cm3(0.3), ..Burden::default() };
    for criteria in [Criteria::Rano2010, Criteria::Rano2] {
        check_series(criteria, &[burden(0.), small], None, "nothing-measurable");
    }
}

#[test]
fn disease_that_was_never_measurable_is_stable_at_best() {
    let small = Burden { enhancing: Cm3(0.3), ..Burden::default() };
    check_series(Criteria::Rano2010, &[small, burden(0.)], SD, "sd-non-measurable");
    check_series(Criteria::Rano2010, &[small, small], None, "nothing-measurable");
}

#[test]
fn a_new_lesion_is_progression_whatever_the_others_do() {
    for now in [0., 1., 100., 500.] {
        let with = |new_lesion| Burden { new_lesion, ..burden(now) };
        for criteria in [Criteria::Rano2010, Criteria::Rano2] {
            let series = [burden(500.), with(NewLesion::Measurable)];
            check_series(criteria, &series, PD, "pd-new-lesion");
        }
        let small = [burden(500.), with(NewLesion::TooSmall)];
        check_series(Criteria::Rano2010, &small, PD, "pd-new-lesion");
        let verdict = judge(Criteria::Rano2, &small, 0);
        assert_ne!(verdict.imaging, PD);
        assert!(verdict.because.contains("too small"), "{}", verdict.because);
    }
}

#[test]
fn a_lesion_that_was_new_earlier_does_not_count_again() {
    let earlier = Burden { new_lesion: NewLesion::Measurable, ..burden(500.) };
    check_series(Criteria::Rano2010, &[earlier, burden(500.)], SD, "sd");
    check_series(Criteria::Rano2, &[burden(490.), earlier, burden(500.)], SD, "sd");
}

#[test]
fn one_timepoint_is_compared_with_nothing() {
    for criteria in [Criteria::Rano2010, Criteria::Rano2] {
        check(criteria, &[], None, "no-comparison");
        check(criteria, &[500.], None, "no-comparison");
        let both = [burden(1.), burden(9.)];
        for reference in [1, 2, 99] {
            assert_eq!(judge(criteria, &both, reference).imaging, None);
        }
    }
}

#[test]
fn timepoints_before_the_reference_do_not_count() {
    let series = [100., 1000., 1100.].map(burden);
    assert_eq!(judge(Criteria::Rano2010, &series, 0).imaging, PD);
    assert_eq!(judge(Criteria::Rano2010, &series, 1).imaging, SD);
}

#[test]
fn a_measure_that_is_no_number_gives_no_category() {
    for wrong in [f64::NAN, f64::INFINITY, -1.] {
        for criteria in [Criteria::Rano2010, Criteria::Rano2] {
            check(criteria, &[500., wrong], None, "no-comparison");
            check(criteria, &[wrong, 500.], None, "no-comparison");
        }
    }
}

#[test]
fn the_nadir_is_the_smallest_before_the_last_from_the_reference_on() {
    #[track_caller]
    fn check(measures: &[f64], reference: usize, expected: usize) {
        let series: Vec<Burden> = measures.iter().copied().map(burden).collect();
        assert_eq!(nadir(&series, reference), expected);
    }
    check(&[], 0, 0);
    check(&[5.], 0, 0);
    check(&[5., 1.], 0, 0);
    check(&[5., 3., 4., 1.], 0, 1);
    check(&[5., 3., 3., 9.], 0, 1);
    check(&[1., 5., 4., 9.], 1, 2);
    check(&[5., 6., 7., 8.], 0, 0);
}

#[test]
fn the_sentence_has_the_numbers_and_the_rows_their_source() {
    let verdict = check(Criteria::Rano2, &[10., 5., 8.], PD, "pd-increase");
    assert_eq!(
        verdict.because,
        "Enhancing volume 8.00 cm3, +60.0 % against the nadir (5.00 cm3); the threshold is +40 %."
    );
    assert_eq!(verdict.change_from_nadir, Some(Percent(60.)));
    assert_eq!(verdict.change_from_reference, Some(Percent(-20.)));
    assert!(!verdict.verified && verdict.source.contains("10.1200/JCO.23.01059"));
    let verdict = check(Criteria::Rano2010, &[1000., 400.], PR, "pr");
    assert_eq!(
        verdict.because,
        "Sum of products of diameters 400 mm2, -60.0 % against the reference (1000 mm2); the \
         threshold is -50 %."
    );
    assert!(verdict.verified && verdict.source.contains("2010"));
}

#[test]
fn flair_is_noted_and_not_counted() {
    let with = |flair: f64| Burden { flair_hyperintensity: Cm3(flair), ..burden(500.) };
    let verdict = check_series(Criteria::Rano2010, &[with(10.), with(30.)], SD, "sd");
    assert!(verdict.because.contains("T2/FLAIR hyperintensity +200.0 %"), "{}", verdict.because);
    let verdict = check_series(Criteria::Rano2010, &[with(10.), with(11.)], SD, "sd");
    assert!(!verdict.because.contains("FLAIR"));
}

#[test]
fn what_the_overall_response_needs_is_listed() {
    let clinical = [
        MissingInput::RadiotherapyEnd,
        MissingInput::SurgeryDate,
        MissingInput::SteroidDose,
        MissingInput::ClinicalStatus,
    ];
    let stable = check(Criteria::Rano2010, &[500., 510.], SD, "sd");
    assert_eq!(stable.missing, clinical);
    let partial = check(Criteria::Rano2010, &[500., 100.], PR, "pr");
    assert_eq!(partial.missing[..4], clinical);
    assert_eq!(partial.missing[4..], [MissingInput::ConfirmationScan]);
}

#[test]
fn a_response_is_confirmed_after_four_weeks() {
    let on = |date: &str, measure: f64| Burden {
        date: Some(date.parse::<Date>().unwrap()),
        ..burden(measure)
    };
    for (second, third, confirmed) in [
        (("20240201", 100.), ("20240229", 90.), true),
        (("20240201", 100.), ("20240228", 90.), false),
        (("20240201", 450.), ("20240401", 90.), false),
    ] {
        let series = [on("20240101", 500.), on(second.0, second.1), on(third.0, third.1)];
        let verdict = judge(Criteria::Rano2010, &series, 0);
        assert_eq!(verdict.imaging, PR);
        assert_eq!(!verdict.missing.contains(&MissingInput::ConfirmationScan), confirmed);
    }
}
