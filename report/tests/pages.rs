//! What stands where on the pages, asked of the layout itself.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod cases;

use cases::Case;
use interval_core::lesion::Fate;
use interval_core::units::Cm3;
use interval_report::findings::{Approval, Findings, Replaced, Signature};
use interval_report::pdf::sheet::{Frame, Mark, Role, Run, Sheet};
use interval_report::pdf::{
    BADGE, BADGE_AMENDED, BADGE_VERIFIED, DISCLAIMER, DISCLAIMER_SIGNED, PdfError, SEAL_NOTE,
    WATERMARK, compose, lay_out,
};
use interval_report::timestamp::Timestamp;

fn sheets(case: &Case) -> Vec<Sheet> {
    lay_out(&case.findings()).unwrap()
}

#[track_caller]
fn check_says(case: &Case, expected: &[&str]) {
    // Lines of one paragraph read as one text, whatever room is between words.
    let text: Vec<String> = sheets(case).iter().map(Sheet::text).collect();
    let text = text.join(" ").split_whitespace().collect::<Vec<_>>().join(" ");
    for part in expected {
        assert!(text.contains(part), "{}: '{part}' is not in\n{text}", case.name);
    }
}

#[test]
fn every_page_says_whose_it_is_and_what_it_is_not() {
    for case in cases::all() {
        let sheets = sheets(&case);
        assert_eq!(sheets.len(), 2);
        for (index, sheet) in sheets.iter().enumerate() {
            let has = |text: &str| sheet.runs().any(|run| run.text == text);
            let number = format!("page {} of 2", index + 1);
            for text in [DISCLAIMER, WATERMARK, BADGE, number.as_str()] {
                assert!(has(text), "{}: '{text}' is not on page {}", case.name, index + 1);
            }
            let name: String = case.header.name_for_people().chars().take(12).collect();
            assert!(sheet.runs().any(|run| run.text.starts_with(&name)), "{}", case.name);
        }
    }
}

#[test]
fn nothing_lies_outside_the_margins() {
    for case in cases::all() {
        for passage in sheets(&case).iter().flat_map(|sheet| &sheet.passages) {
            let watermark = passage.role == Role::Watermark;
            let within = if watermark { Frame::PAGE } else { Frame::PRINTABLE };
            for mark in &passage.marks {
                assert!(within.holds(&mark.frame()), "{}: {mark:?} sticks out", case.name);
            }
        }
    }
}

#[test]
fn no_text_lies_on_another() {
    for case in cases::all() {
        for sheet in sheets(&case) {
            let runs: Vec<&Run> = sheet
                .runs()
                .filter(|run| run.turned == 0. && !run.text.trim().is_empty())
                .collect();
            for (index, one) in runs.iter().enumerate() {
                for other in &runs[index + 1..] {
                    let (a, b) = (one.frame(), other.frame());
                    let apart = a.right() <= b.x + 0.01
                        || b.right() <= a.x + 0.01
                        || a.bottom() <= b.y + 0.6
                        || b.bottom() <= a.y + 0.6;
                    assert!(apart, "{}: '{}' lies on '{}'", case.name, one.text, other.text);
                }
            }
        }
    }
}

#[test]
fn a_table_is_bounded_and_counts_what_it_leaves_out() {
    let case = cases::crowded();
    check_says(
        &case,
        &[
            // 6 of 14 lesions have their row.
            "8 more ET cm³ · count",
            // 7 of 20 decisions have their line.
            "… and 13 more, kept with the result.",
            "3 more not shown",
        ],
    );
    // Of 12 doubts, as many as there is room for, and the count of the rest.
    let page = sheets(&case)[0].text();
    let shown = page.matches("To be checked by a person").count();
    assert!(shown >= 3 && page.contains(&format!("… and {} more, kept", 12 - shown)), "{page}");
    let rows = sheets(&case)[0].runs().filter(|run| run.text == "long × short mm").count();
    assert_eq!(rows, 6);
    let pictures = sheets(&case)[1].marks().filter(|m| matches!(m, Mark::Picture(_))).count();
    assert_eq!(pictures, 8);
}

#[test]
fn more_timepoints_than_columns_show_reference_nadir_and_the_latest() {
    let mut case = cases::crowded();
    let assessment = &mut case.assessment;
    for copy in 0..3 {
        assessment.timepoints.insert(1, assessment.timepoints[1].clone());
        for track in &mut assessment.tracks {
            track.sightings.insert(1, track.sightings[1].clone());
        }
        assessment.nadir = copy + 1;
    }
    check_says(&case, &["6 of 9 studies shown; the curve has all."]);
}

#[test]
fn the_result_is_in_words_that_fit_what_was_measured() {
    check_says(
        &cases::progressive(),
        &["Preliminary. RANO 2.0, imaging category: progressive disease; enhancing volume 7.10 → \
             11.90 cm³ (+68 %) since 2024-01-10 (earliest available). New lesion: 3. Overall \
             response not determinable: missing end date of radiotherapy"],
    );
    check_says(
        &cases::first_study(),
        &["Enhancing volume 7.10 cm³ in 1 lesion", "there is no earlier one to compare with"],
    );
    check_says(&cases::no_tumour(), &["Preliminary. No measurable tumour in this study."]);
    check_says(
        &cases::not_evaluable(),
        &["Preliminary. Not evaluable: no T1c series in the study.", "not measured"],
    );
    check_says(
        &cases::held(),
        &["Preliminary. A person must check this first: The result is implausible"],
    );
    check_says(
        &cases::split_and_new(),
        &["(−39 %) since 2023-10-02", "+65 % since 2024-01-10 (smallest so far)", "· split"],
    );
    check_says(&cases::complete_response(), &["imaging category: complete response", "gone"]);
}

#[test]
fn a_study_that_was_not_measured_has_no_volume_of_zero() {
    let text = sheets(&cases::not_evaluable())[0].text();
    assert!(!text.contains("0.000"), "{text}");
}

#[test]
fn the_working_names_rule_source_and_what_is_missing() {
    check_says(
        &cases::progressive(),
        &[
            "Rule: rano-2/progression-by-volume",
            "(from secondary sources)",
            "Missing inputs: end date of radiotherapy, date of surgery",
            "Change of the measure: +68 % from reference, +68 % from nadir",
        ],
    );
    let rano_2010 = "Source: Wen et al., J Clin Oncol 2010;28:1963";
    assert!(sheets(&cases::progressive())[1].runs().any(|run| run.text == rano_2010));
}

#[test]
fn the_method_names_model_software_and_inputs_by_digest() {
    let case = cases::progressive();
    let model = case.assessment.provenance.model.digest.to_string();
    let input = case.assessment.timepoints[0].input_digest.to_string();
    check_says(&case, &["interval-default, version 1.0.0", &model, &input, "Interval 0.1.0"]);
    check_says(&case, &[SEAL_NOTE, "T1c 'T1c ax 1 mm'"]);
}

#[test]
fn a_tiny_volume_at_the_reference_gives_no_percentage() {
    let mut case = cases::progressive();
    case.assessment.timepoints[0].volumes.enhancing = Cm3(0.09);
    let result =
        "enhancing volume 0.090 → 11.90 cm³ (+11.81 cm³, too small before for a percentage)";
    check_says(&case, &[result]);
    let working = sheets(&case)[1].text();
    let rano_2 = working.split("RANO 2.0").nth(1).unwrap();
    assert!(!rano_2.contains("from reference"), "{working}");
}

#[test]
fn a_character_that_cannot_be_shown_is_said() {
    let mut case = cases::progressive();
    "YAMADA^TARO=山田^太郎".clone_into(&mut case.header.patient_name);
    let note = "\u{FFFD} stands for a character that cannot be shown here";
    check_says(&case, &["YAMADA, TARO / \u{FFFD}\u{FFFD}, \u{FFFD}\u{FFFD}", note]);
    assert!(!sheets(&cases::hebrew_name())[0].text().contains('\u{FFFD}'));
    check_says(&cases::hebrew_name(), &["ISRAELI, DANA / ישראלי, דנה"]);
}

#[test]
fn a_lesion_of_two_parts_is_one_row() {
    let mut case = cases::split_and_new();
    let tracks = &mut case.assessment.tracks;
    tracks.remove(1);
    tracks[0].sightings[2].lesions = vec![1, 2];
    tracks[0].sightings[2].fate = Some(Fate::Persisting);
    check_says(&case, &["4.50 −46 %", "21.0 × 14.1 · 2 parts"]);
}

#[test]
fn pictures_keep_their_shape_in_millimetres() {
    let case = cases::progressive();
    let mut findings = case.findings();
    findings.key_images[0].spacing_mm = [1., 3.];
    let sheets = lay_out(&findings).unwrap();
    let frame = sheets[1].marks().find_map(|mark| match mark {
        Mark::Picture(picture) => Some(picture.frame),
        _ => None,
    });
    // 184 by 184 pixels of 1 mm by 3 mm.
    let frame = frame.unwrap();
    assert!((frame.height / frame.width - 3.).abs() < 1e-4);
}

#[test]
fn a_picture_without_all_its_pixels_is_refused() {
    let case = cases::progressive();
    let mut findings = case.findings();
    findings.key_images[0].grey.pop();
    assert!(matches!(compose(&findings), Err(PdfError::KeyImage { .. })));
    findings.key_images[0].grey.clear();
    (findings.key_images[0].width, findings.key_images[0].height) = (0, 0);
    assert!(matches!(compose(&findings), Err(PdfError::KeyImage { .. })));
}

#[test]
fn an_assessment_without_timepoints_has_a_report_too() {
    let mut case = cases::not_evaluable();
    case.assessment.timepoints.clear();
    case.assessment.tracks.clear();
    check_says(&case, &["No study was measured: there is no table and no curve."]);
    compose(&case.findings()).unwrap();
}

#[test]
fn the_same_findings_give_the_same_bytes() {
    let case = cases::split_and_new();
    assert!(compose(&case.findings()).unwrap() == compose(&case.findings()).unwrap());
}

#[test]
fn a_signed_report_says_who_signed_and_what_it_replaces() {
    let case = cases::progressive();
    let at = Timestamp(cases::AUTHORED.0 + 3_600);
    let reason = "The cavity is not tumour.".to_owned();
    let signature = Signature { name: "Dr Noa Levi".to_owned(), at, reason };
    let mut findings = case.findings();
    findings.version = 2;
    findings.approval = Approval::Amended(signature.clone());
    findings.replaces = Some(Replaced { report_id: "2.25.78".to_owned(), version: 1 });
    let said = |findings: &Findings| -> String {
        let sheets = lay_out(findings).unwrap();
        let runs: Vec<_> = sheets.iter().flat_map(Sheet::runs).map(|r| r.text.as_str()).collect();
        runs.join(" ")
    };
    let amended = said(&findings);
    for part in [
        "Amended and verified. RANO 2.0",
        "amended and signed by Dr Noa Levi at 2024-04-16 08:31 UTC",
        "The cavity is not tumour.",
        "takes the place of version 1, 2.25.78",
        "version 2, written",
        "replaces version 1",
        BADGE_AMENDED,
        DISCLAIMER_SIGNED,
        WATERMARK,
    ] {
        assert!(amended.contains(part), "'{part}' is not in\n{amended}");
    }
    for part in ["Preliminary.", "PRELIMINARY", "No physician", SEAL_NOTE, DISCLAIMER] {
        assert!(!amended.contains(part), "'{part}' is in\n{amended}");
    }
    findings.approval = Approval::Verified(signature);
    let verified = said(&findings);
    assert!(verified.contains("Verified. RANO 2.0") && verified.contains(BADGE_VERIFIED));
    assert!(!compose(&findings).unwrap().is_empty());
}
