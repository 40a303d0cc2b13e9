//! Files that people bring by hand, as they are staged: what is taken, what is refused and why, and
//! that nothing of it lies open on the disk.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[path = "house/image.rs"]
mod image;
#[path = "house/zip.rs"]
mod zip;

use image::Image;
use interval::upload::{Bounds, Bringer, LIFE, Limits, NotBegun, Tally, UploadId, Uploads};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use zip::{Sizes, archive};

const LIMITS: Limits = Limits {
    files_max: 3,
    bytes_max: 1 << 20,
    studies_max: 2,
    zip: Bounds { entries_max: 5, bytes_max: 1 << 30, ratio_max: 200 },
};

struct Place {
    uploads: Uploads,
    folder: tempfile::TempDir,
}

fn noa() -> Bringer {
    Bringer::Program("noa".into())
}

impl Place {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let uploads = Uploads::open(folder.path(), 0, LIMITS).unwrap();
        Self { uploads, folder }
    }

    /// Brings files in pieces of a size; gives what there is afterwards.
    fn bring(&self, files: &[(&str, Vec<u8>)], piece: usize) -> (UploadId, Tally) {
        let id = self.uploads.begin(noa(), SystemTime::now()).unwrap();
        let pile = self.uploads.of(id, &noa()).unwrap();
        for (name, content) in files {
            let mut landing = self.uploads.land(&pile, name).unwrap();
            content.chunks(piece).for_each(|piece| landing.take(piece));
            landing.finish();
        }
        (id, pile.tally())
    }

    /// The files that have content.
    fn on_the_disk(&self) -> Vec<Vec<u8>> {
        let mut files = Vec::new();
        walk(self.folder.path(), &mut files);
        let objects = files.into_iter().filter(|path| !path.to_string_lossy().ends_with(".list"));
        let contents = objects.map(|path| std::fs::read(path).unwrap());
        contents.filter(|content| !content.is_empty()).collect()
    }
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { walk(&path, found) } else { found.push(path) }
    }
}

fn image(number: usize) -> Vec<u8> {
    Image { uid: format!("2.25.{}", 100 + number), ..Image::default() }.part10()
}

/// Brings one file and compares what was kept and why the rest was not.
#[track_caller]
fn check(name: &str, content: Vec<u8>, kept: usize, why: &str) {
    for piece in [1 << 16, 7] {
        if content.len() / piece > 1 << 17 {
            continue;
        }
        let place = Place::open();
        let (_, tally) = place.bring(&[(name, content.clone())], piece);
        assert_eq!(tally.files, kept, "{name} in pieces of {piece}: {tally:?}");
        assert_eq!(place.on_the_disk().len(), kept, "{name}");
        match tally.refused.first() {
            None => assert_eq!(why, "", "{name} was not refused"),
            Some(refused) => {
                assert!(!why.is_empty() && refused.why.contains(why), "{name}: {refused:?}");
            }
        }
    }
}

#[test]
fn images_and_archives_are_told_by_what_is_in_them() {
    let (one, two) = (image(1), image(2));
    let entries: [(&str, &[u8]); 2] = [("a/1.dcm", &one), ("a/2.dcm", &two)];
    check("1.txt", one.clone(), 1, "");
    check("study.zip", archive(&entries, Sizes::Ahead), 2, "");
    check("study.dcm", archive(&entries, Sizes::Behind), 2, "");
    check("letter.dcm", b"Dear colleague".repeat(50), 0, "this is not a DICOM file");
    check("short.dcm", b"x".to_vec(), 0, "this is not a DICOM file");
    check("half.dcm", one[..one.len() - 3].to_vec(), 0, "not a sound DICOM file");
}

#[test]
fn nifti_is_refused_with_what_takes_it() {
    let mut volume = vec![0; 400];
    volume[344..348].copy_from_slice(b"n+1\0");
    check("t1c.nii", volume, 0, "'interval analyze'");
    check("t1c.nii.gz", [&[0x1F, 0x8B, 8][..], &[0; 500]].concat(), 0, "'interval analyze'");
}

#[test]
fn what_file_managers_leave_is_passed_over() {
    let one = image(1);
    let entries: [(&str, &[u8]); 4] = [
        ("study/", b""),
        ("__MACOSX/study/._1.dcm", b"leftover"),
        ("study/.DS_Store", b"leftover"),
        ("study/1.dcm", &one),
    ];
    check("study.zip", archive(&entries, Sizes::Behind), 1, "");
}

#[test]
fn no_name_of_an_entry_is_a_path() {
    let all: Vec<_> = (1..4).map(image).collect();
    let names = ["../../../escaped.dcm", "/escaped.dcm", "C:\\escaped.dcm"];
    let entries: Vec<_> = names.into_iter().zip(all.iter().map(Vec::as_slice)).collect();
    let place = Place::open();
    let (_, tally) = place.bring(&[("study.zip", archive(&entries, Sizes::Ahead))], 1 << 16);
    assert_eq!((tally.files, tally.refused.len()), (3, 0));
    let mut outside = Vec::new();
    walk(place.folder.path(), &mut outside);
    let escaped = |path: &Path| path.to_string_lossy().contains("escaped");
    assert!(!outside.iter().any(|path| escaped(path)), "{outside:?}");
    assert!(!Path::new("/escaped.dcm").exists());
    assert!(!place.folder.path().join("../../../escaped.dcm").exists());
}

#[test]
fn an_archive_that_unpacks_without_end_is_refused_early() {
    let mut bomb = image(1);
    bomb.resize(300 << 20, 0);
    let packed = archive(&[("1.dcm", &bomb)], Sizes::Ahead);
    assert!(packed.len() < 1 << 20, "it is small: {}", packed.len());
    let began = std::time::Instant::now();
    check("bomb.zip", packed, 0, "more than 200 times its size");
    assert!(began.elapsed() < Duration::from_mins(2), "{:?}", began.elapsed());
    let place = Place::open();
    let packed = archive(&[("zeros", &vec![0; 300 << 20])], Sizes::Behind);
    let (_, tally) = place.bring(&[("bomb.zip", packed)], 1 << 16);
    let whys: Vec<_> = tally.refused.iter().map(|refused| refused.why.as_str()).collect();
    assert!(whys.iter().any(|why| why.contains("more than 200 times its size")), "{whys:?}");
    assert_eq!((tally.files, tally.bytes), (0, 0));
}

#[test]
fn damaged_archives_give_what_came_before_the_damage() {
    let (one, two) = (image(1), image(2));
    let whole = archive(&[("1", &one), ("2", &two)], Sizes::Ahead);
    check("half.zip", whole[..whole.len() - 60].to_vec(), 1, "breaks off");
    let mut flipped = whole.clone();
    // The checksum of the first entry.
    flipped[14] ^= 1;
    check("flipped.zip", flipped, 0, "not what its header says");
    let mut locked = whole.clone();
    locked[6] |= 1;
    check("locked.zip", locked, 0, "password");
    let mut method = whole;
    method[8] = 12;
    check("bzip2.zip", method, 0, "method 12");
    let inner = archive(&[("1", &one)], Sizes::Ahead);
    check("outer.zip", archive(&[("inner.zip", &inner)], Sizes::Ahead), 0, "within an archive");
}

#[test]
fn an_upload_has_its_bounds() {
    let place = Place::open();
    let files: Vec<_> = (1..6).map(|number| ("image", image(number))).collect();
    let (_, tally) = place.bring(&files, 1 << 16);
    assert_eq!((tally.files, tally.refused.len()), (3, 2));
    assert!(tally.refused[0].why.contains("up to 3 files"), "{tally:?}");
    let all: Vec<_> = (1..8).map(image).collect();
    let entries: Vec<_> = all.iter().map(|image| ("image", image.as_slice())).collect();
    let (_, tally) = place.bring(&[("many.zip", archive(&entries, Sizes::Ahead))], 1 << 16);
    let whys: Vec<_> = tally.refused.iter().map(|refused| refused.why.as_str()).collect();
    assert!(whys.iter().any(|why| why.contains("up to 5 entries")), "{whys:?}");
    let of = |study: usize| {
        let (uid, study) = (format!("2.25.5{study}"), format!("2.25.6{study}"));
        ("image", Image { uid, study, ..Image::default() }.part10())
    };
    let (_, tally) = place.bring(&[of(1), of(2), of(3)], 1 << 16);
    assert_eq!(tally.files, 2);
    assert!(tally.refused[0].why.contains("up to 2 studies"), "{tally:?}");
    let mut large = image(9);
    large.resize(2 << 20, 0);
    let (_, tally) = place.bring(&[("large", large)], 1 << 16);
    assert_eq!((tally.files, tally.bytes), (0, 0), "what was counted is given back: {tally:?}");
    let fifth = place.uploads.begin(noa(), SystemTime::now());
    assert!(matches!(fifth, Err(NotBegun::Own)));
}

#[test]
fn the_same_image_twice_is_one_and_another_under_its_name_is_refused() {
    let place = Place::open();
    let other = Image { uid: "2.25.101".into(), pixel: 9, ..Image::default() }.part10();
    let files = [("1", image(1)), ("again", image(1)), ("other", other)];
    let (_, tally) = place.bring(&files, 1 << 16);
    assert_eq!((tally.files, tally.bytes), (1, image(1).len() as u64));
    assert!(tally.refused[0].why.contains("same SOP Instance UID"), "{tally:?}");
}

#[test]
fn nothing_lies_open_and_nothing_stays() {
    let place = Place::open();
    let (id, tally) = place.bring(&[("1", image(1)), ("2", image(2))], 1 << 16);
    assert_eq!(tally.files, 2);
    let lying = place.on_the_disk();
    assert_eq!(lying.len(), 2);
    for content in &lying {
        assert!(!content.windows(5).any(|window| window == b"Cohen"), "a name lies on the disk");
    }
    assert!(place.uploads.of(id, &Bringer::Program("eve".into())).is_none(), "it is noa's");
    place.uploads.sweep(SystemTime::now() + LIFE - Duration::from_mins(1));
    assert_eq!(place.on_the_disk().len(), 2);
    place.uploads.sweep(SystemTime::now() + LIFE);
    assert!(place.uploads.of(id, &noa()).is_none());
    assert_eq!(place.on_the_disk().len(), 0);

    // What a sudden end leaves is gone at the next start.
    let (_, _) = place.bring(&[("1", image(1))], 1 << 16);
    let again = Uploads::open(place.folder.path(), 0, LIMITS).unwrap();
    assert_eq!(place.on_the_disk().len(), 0);
    drop(again);
}

#[test]
fn a_file_that_breaks_off_leaves_nothing() {
    let place = Place::open();
    let id = place.uploads.begin(noa(), SystemTime::now()).unwrap();
    let pile = place.uploads.of(id, &noa()).unwrap();
    let mut landing = place.uploads.land(&pile, "1").unwrap();
    landing.take(&image(1)[..400]);
    assert!(pile.tally().bytes > 0);
    drop(landing);
    assert_eq!((pile.tally().files, pile.tally().bytes), (0, 0));
    assert_eq!(place.on_the_disk().len(), 0);
}

#[test]
fn an_upload_that_is_handed_over_takes_nothing_more() {
    let place = Place::open();
    let (id, _) = place.bring(&[("1", image(1))], 1 << 16);
    let pile = place.uploads.of(id, &noa()).unwrap();
    let begun = pile.begin().unwrap();
    assert!(pile.begin().is_none());
    let mut landing = place.uploads.land(&pile, "2").unwrap();
    landing.take(&image(2));
    landing.finish();
    assert_eq!(pile.tally().files, 1);
    assert!(pile.tally().refused[0].why.contains("begun"));
    drop(begun);
    assert!(pile.begin().is_some(), "what failed may be tried again");
}
