//! What one image costs at each of its faces, in microseconds of one core.
//!
//! Usage: cargo bench -p interval-iod --bench faces [-- FILE.dcm ...]. Without files it takes a
//! made image of 256 x 256 with a header of ordinary size.
#![allow(clippy::unwrap_used, reason = "a failed step ends the measurement")]

use interval_core::digest::Digest;
use interval_iod::frames::Frames;
use interval_iod::json::Surroundings;
use interval_iod::render::{View, Viewport, render};
use interval_iod::uids::{EXPLICIT_LITTLE, IMPLICIT_LITTLE, MR_IMAGE};
use interval_iod::{alteration, header, json, part10, transcode};
use std::hint::black_box;
use std::time::Instant;

/// How long each measurement goes on, in microseconds.
const MEASURED_US: u128 = 300_000;

/// Private elements of the made image: scanners write about as many as public ones.
const PRIVATE: u16 = 60;

fn main() {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    arguments.retain(|argument| !argument.starts_with("--"));
    if arguments.is_empty() {
        measure("made", &made());
    }
    for file in arguments {
        measure(&file, &std::fs::read(&file).unwrap());
    }
}

fn measure(name: &str, file: &[u8]) {
    println!("{name}: {} bytes", file.len());
    let digest = Digest::of(b"");
    time("header read", || header::read(file, digest).is_ok());
    time("header read and listed", || header::read_listed(file, digest).is_ok());
    let mut text = Vec::new();
    time("json", || {
        text.clear();
        json::write(file, &Surroundings { instance: "/i", available: &[] }, &mut text).is_ok()
    });
    println!("  json has {} bytes", text.len());
    for syntax in [EXPLICIT_LITTLE, IMPLICIT_LITTLE] {
        let acceptable = [syntax.parse().unwrap()];
        time(&format!("transcode to {syntax}"), || transcode::transcode(file, &acceptable).is_ok());
    }
    let mut changed = file.to_vec();
    changed[0] = 1;
    time("compare", || alteration::compare(file, &changed).is_ok());
    time("frame", || Frames::open(file).unwrap().stored(0).map(|frame| frame.len()).is_ok());
    let draw = |view: &View| render(&Frames::open(file).unwrap(), 0, view).unwrap();
    let thumbnail =
        View { viewport: Some(Viewport { width: 128, height: 128 }), ..View::default() };
    time("render", || draw(&View::default()).width > 0);
    time("render as JPEG", || draw(&View::default()).jpeg(90).is_ok());
    time("render as PNG", || draw(&View::default()).png().is_ok());
    time("thumbnail as JPEG", || draw(&thumbnail).jpeg(80).is_ok());
}

fn time(what: &str, mut work: impl FnMut() -> bool) {
    let start = Instant::now();
    let mut times = 0u32;
    while start.elapsed().as_micros() < MEASURED_US {
        assert!(black_box(work()), "{what}");
        times += 1;
    }
    println!("  {what}: {:.1} us", start.elapsed().as_secs_f64() * 1e6 / f64::from(times));
}

/// A classic MR image: some 60 public elements, as many private ones, a smooth picture with noise.
fn made() -> Vec<u8> {
    let parsed = (MR_IMAGE.parse(), "1.2.3.4.5.6".parse(), EXPLICIT_LITTLE.parse());
    let (Ok(class), Ok(instance), Ok(syntax)) = parsed else { panic!("not a UID") };
    let mut file = part10::prefix(&class, &instance, &syntax, "SCANNER");
    let mut element = |group: u16, element: u16, vr: &str, value: &[u8]| {
        file.extend([group.to_le_bytes(), element.to_le_bytes()].concat());
        file.extend(vr.as_bytes());
        if vr == "OW" {
            file.extend([0, 0]);
            file.extend((value.len() as u32).to_le_bytes());
        } else {
            file.extend((value.len() as u16).to_le_bytes());
        }
        file.extend(value);
    };
    element(0x0008, 0x0005, "CS", b"ISO_IR 100");
    element(0x0008, 0x0016, "UI", b"1.2.840.10008.5.1.4.1.1.4\0");
    element(0x0008, 0x0018, "UI", b"1.2.3.4.5.6\0");
    for (tag, vr, value) in [
        (0x0020, "DA", "20260101"),
        (0x0030, "TM", "101112.5"),
        (0x0050, "SH", "A123"),
        (0x0060, "CS", "MR"),
        (0x0070, "LO", "Maker of scanners "),
        (0x1030, "LO", "Brain with contrast "),
        (0x103E, "LO", "t1 mprage sag"),
    ] {
        let width = value.len().next_multiple_of(2);
        element(0x0008, tag, vr, format!("{value:<width$}").as_bytes());
    }
    element(0x0010, 0x0010, "PN", b"M\xFCller^J\xFCrgen ");
    element(0x0010, 0x0020, "LO", b"PID1");
    for at in 0..30 {
        element(0x0018, 0x0080 + at, "DS", b"12.3456 ");
    }
    for at in 0..PRIVATE {
        element(0x0019, 0x1000 + at, "LO", b"a private value ");
    }
    element(0x0020, 0x000D, "UI", b"1.2.3.4\0");
    element(0x0020, 0x000E, "UI", b"1.2.3.4.5\0");
    element(0x0020, 0x0013, "IS", b"17");
    element(0x0020, 0x0032, "DS", b"-120.5\\-130.25\\40 ");
    element(0x0020, 0x0037, "DS", b"1\\0\\0\\0\\1\\0 ");
    element(0x0028, 0x0002, "US", &1u16.to_le_bytes());
    element(0x0028, 0x0004, "CS", b"MONOCHROME2 ");
    for (tag, value) in
        [(0x10, 256u16), (0x11, 256), (0x100, 16), (0x101, 12), (0x102, 11), (0x103, 0)]
    {
        element(0x0028, tag, "US", &value.to_le_bytes());
    }
    element(0x0028, 0x1050, "DS", b"600 ");
    element(0x0028, 0x1051, "DS", b"1200");
    let mut noise = 1u32;
    let pixels = (0..256 * 256u32).flat_map(|at| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let (x, y) = (at % 256, at / 256);
        let away = (x.abs_diff(128).pow(2) + y.abs_diff(128).pow(2)) / 16;
        (1_000u32.saturating_sub(away) as u16 + (noise >> 27) as u16).to_le_bytes()
    });
    element(0x7FE0, 0x0010, "OW", &pixels.collect::<Vec<u8>>());
    file
}
