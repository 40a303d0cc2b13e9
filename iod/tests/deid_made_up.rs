//! A thousand made-up data sets: whatever is nested in whatever, no canary sings, the object stays
//! whole, and a second run gives the same bytes.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod wire;

use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_core::{Tag, VR};
use dicom_dictionary_std::StandardDataDictionary;
use interval_core::digest::Digest;
use interval_core::patient::PatientPseudonym;
use interval_core::units::Days;
use interval_iod::deid::cloak::{Cloak, DeviceIdentity};
use interval_iod::deid::deidentify;
use interval_iod::guard::Guard;
use interval_iod::header;
use wire::{DataSet, PIXEL_DATA, Stated, Wire};

/// Made-up data sets.
const CASES: u64 = 1_000;

/// Deepest nesting; more only makes them larger.
const DEPTH_MAX: u64 = 6;

const NAME: &str = "KANARIVOGEL";
const NUMBER: &str = "305174936";
const BIRTH: &str = "19310725";

/// Numbers that look random and are the same in every run (a linear congruential generator with
/// Knuth's constants).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len() as u64) as usize]
    }
}

/// The standard's attributes outside of the file meta group, by tag.
fn dictionary() -> Vec<(Tag, VR)> {
    let groups = (0x0008..0x0100).step_by(2).chain([0x0400, 0x2050, 0x3006, 0x4008, 0x5200]);
    groups
        .flat_map(|group| (1..=u16::MAX).map(move |element| Tag(group, element)))
        .filter_map(|tag| Some((tag, StandardDataDictionary.by_tag(tag)?.vr().relaxed())))
        .filter(|(tag, _)| *tag != Tag(0x0008, 0x0016))
        .collect()
}

fn value(vr: VR, dice: &mut Dice) -> Vec<u8> {
    let text = match vr {
        VR::DA | VR::DT => BIRTH.to_owned(),
        VR::IS | VR::DS | VR::TM => NUMBER.to_owned(),
        VR::AS => "098Y".to_owned(),
        VR::UI => format!("1.2.{NUMBER}.{BIRTH}"),
        VR::US | VR::SS => "ab".to_owned(),
        VR::FL | VR::SL | VR::UL | VR::AT => "abcd".to_owned(),
        VR::FD | VR::SV | VR::UV => "abcdefgh".to_owned(),
        _ => match dice.below(4) {
            0 => NAME.to_owned(),
            1 => format!("T1 {NAME} {NUMBER}"),
            2 => format!("{NUMBER}\\{NAME}\\{BIRTH}"),
            _ => format!("{BIRTH}^{NAME}"),
        },
    };
    let mut bytes = text.into_bytes();
    let padding = if vr == VR::UI { 0 } else { b' ' };
    let whole = if matches!(vr, VR::OD | VR::OV) { 8 } else { 4 };
    if bytes.len() != 2 {
        let whole = if matches!(vr, VR::OB | VR::OW | VR::OF | VR::OL | VR::OD | VR::OV) {
            whole
        } else {
            2
        };
        bytes.resize(bytes.len().next_multiple_of(whole), padding);
    }
    bytes
}

/// VRs that writers put where they do not belong.
const STRAY: [VR; 8] = [VR::LO, VR::UN, VR::OB, VR::PN, VR::UT, VR::SH, VR::LT, VR::UC];

fn fill(set: &mut DataSet, attributes: &[(Tag, VR)], depth: u64, dice: &mut Dice) {
    let mut chosen: Vec<(Tag, VR)> = (0..=dice.below(12)).map(|_| *dice.pick(attributes)).collect();
    chosen.sort_unstable_by_key(|(tag, _)| *tag);
    chosen.dedup_by_key(|(tag, _)| *tag);
    for (tag, vr) in chosen {
        if vr == VR::SQ && depth < DEPTH_MAX {
            nest(set, tag, attributes, depth, dice);
        } else {
            // An implicit data set cannot say a wrong VR; a wrong length would be refused.
            let stray = set.wire != Wire::Implicit && dice.below(10) == 0;
            if vr == VR::SQ && !stray {
                continue;
            }
            let stated = if stray { *dice.pick(&STRAY) } else { vr };
            set.element((tag.0, tag.1), stated.to_string(), &value(stated, dice));
        }
    }
    if dice.below(3) == 0 {
        private(set, attributes, depth, dice);
    }
}

fn nest(set: &mut DataSet, tag: Tag, attributes: &[(Tag, VR)], depth: u64, dice: &mut Dice) {
    let mut item = DataSet::new(set.wire);
    fill(&mut item, attributes, depth + 1, dice);
    let stated = *dice.pick(&[Stated::Length, Stated::Delimiter]);
    set.sequence((tag.0, tag.1), stated, &item);
}

fn private(set: &mut DataSet, attributes: &[(Tag, VR)], depth: u64, dice: &mut Dice) {
    let group = *dice.pick(&[0x0009, 0x0019, 0x0021, 0x0029, 0x0043, 0x2001, 0x2005, 0x7FE1]);
    let creator = *dice.pick(&[
        NAME,
        "SIEMENS CSA HEADER",
        "SIEMENS MR HEADER",
        "GEMS_PARM_01",
        "GEMS_ACQU_01",
        "Philips Imaging DD 001",
        "Philips MR Imaging DD 001",
    ]);
    set.text((group, 0x0010), "LO", creator);
    for _ in 0..4 {
        let element = 0x1000 + dice.below(0x100) as u16;
        let vr = *dice.pick(&STRAY);
        set.element((group, element), vr.to_string(), &value(vr, dice));
    }
    if depth < DEPTH_MAX && dice.below(2) == 0 {
        nest(set, Tag(group, 0x10FF), attributes, depth, dice);
    }
}

fn made_up(case: u64, attributes: &[(Tag, VR)]) -> Vec<u8> {
    let mut dice = Dice(case);
    let wire = *dice.pick(&Wire::ALL);
    let mut set = DataSet::new(wire);
    for (tag, uid) in
        [((0x0008, 0x0016), interval_iod::uids::MR_IMAGE), ((0x0008, 0x0018), "1.2.3")]
    {
        set.text(tag, "UI", uid);
    }
    fill(&mut set, attributes, 0, &mut dice);
    for (tag, uid) in [((0x0020, 0x000D), "1.2.3.4"), ((0x0020, 0x000E), "1.2.3.4.5")] {
        set.text(tag, "UI", uid);
    }
    fill(&mut set, attributes, 0, &mut dice);
    set.element(PIXEL_DATA, "OW", &[0, 1, 2, 3]);
    set.part10()
}

/// Bytes as a text of as many characters, in which canaries are found quickly.
fn song(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

#[test]
fn a_thousand_made_up_objects_leave_without_a_canary() {
    let attributes = dictionary();
    // A device may be called anything: where the site lets it be known, its names stay.
    let cloak = Cloak::new(PatientPseudonym(3), [1; 32], Days(-77)).unwrap();
    let cloak = cloak.with_device(DeviceIdentity::Removed);
    let (mut singing, mut nested) = (0, 0);
    for case in 0..CASES {
        let original = made_up(case, &attributes);
        let inside = deidentify(&original, &cloak).unwrap_or_else(|e| panic!("case {case}: {e:?}"));
        let again = deidentify(&original, &cloak).unwrap();
        assert_eq!(inside, again, "case {case}");
        let inside = inside.into_inner();
        let song_outside = song(&original);
        singing +=
            usize::from([NAME, NUMBER, BIRTH].iter().any(|text| song_outside.contains(text)));
        let song_inside = song(&inside);
        for text in [NAME, NUMBER, BIRTH] {
            assert!(!song_inside.contains(text), "case {case} lets {text} out");
        }
        let mut guard = Guard::part10();
        guard.take(&inside).unwrap();
        nested += usize::from(guard.finish().unwrap().elements > 40);
        header::read(&inside, Digest::of(&inside))
            .unwrap_or_else(|error| panic!("{case}: {error:?}"));
    }
    eprintln!("{singing} of {CASES} objects had canaries, {nested} were large");
    assert!(singing > 900 && nested > 300, "{singing} had canaries, {nested} were large");
}
