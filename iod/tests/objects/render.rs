//! Frames as pictures, and as others draw them.

use crate::outside::{Folder, shared_files, tool};
use crate::wire::{DataSet, PIXEL_DATA, Wire};
use interval_iod::frames::Frames;
use interval_iod::render::{
    Function, Picture, Pixels, RenderError, View, Viewport, Window, render,
};

/// How far two programs' rounding may lie apart.
const ROUNDING: i16 = 1;

/// An image of one row.
fn row(wire: Wire, photometric: &str, bits: u16, columns: u16) -> DataSet {
    let mut set = DataSet::new(wire);
    let samples = if ["RGB", "YBR_FULL", "YBR_FULL_422"].contains(&photometric) { 3 } else { 1 };
    set.number((0x0028, 0x0002), samples)
        .text((0x0028, 0x0004), "CS", photometric)
        .number((0x0028, 0x0006), 0)
        .number((0x0028, 0x0010), 1)
        .number((0x0028, 0x0011), columns)
        .number((0x0028, 0x0100), bits)
        .number((0x0028, 0x0101), bits)
        .number((0x0028, 0x0102), bits - 1)
        .number((0x0028, 0x0103), 0);
    set
}

fn drawn(set: &DataSet, view: &View) -> Result<Picture, RenderError> {
    let file = set.part10();
    render(&Frames::open(&file)?, 0, view)
}

#[track_caller]
fn check(set: &DataSet, expected: Pixels) {
    assert_eq!(drawn(set, &View::default()).unwrap().pixels, expected);
}

#[test]
fn without_a_window_the_picture_spans_all_values_but_padding() {
    for wire in Wire::ALL {
        let mut set = row(wire, "MONOCHROME2", 16, 4);
        set.number((0x0028, 0x0120), 65_535);
        set.header(PIXEL_DATA, "OW", 8).half(100).half(200).half(300).half(65_535);
        check(&set, Pixels::Grey(vec![0, 128, 255, 255]));
    }
}
#[test]
fn the_first_window_of_the_object_holds_unless_another_is_asked_for() {
    let mut set = row(Wire::Explicit, "MONOCHROME2", 16, 4);
    set.text((0x0028, 0x1050), "DS", "150\\999")
        .text((0x0028, 0x1051), "DS", "100\\1")
        .text((0x0028, 0x1052), "DS", "-100")
        .text((0x0028, 0x1053), "DS", "2")
        .text((0x0028, 0x1056), "CS", "LINEAR_EXACT")
        .header(PIXEL_DATA, "OW", 8)
        .half(100)
        .half(125)
        .half(150)
        .half(0);
    check(&set, Pixels::Grey(vec![0, 128, 255, 0]));
    let window = Window { centre: 100., width: 400., function: Function::LinearExact };
    let view = View { window: Some(window), ..View::default() };
    assert_eq!(drawn(&set, &view).unwrap().pixels, Pixels::Grey(vec![128, 159, 191, 0]));
}
#[test]
fn monochrome1_is_white_where_nothing_is() {
    let mut set = row(Wire::Explicit, "MONOCHROME1", 8, 2);
    set.element(PIXEL_DATA, "OB", &[0, 255]);
    check(&set, Pixels::Grey(vec![255, 0]));
}
#[test]
fn colours_are_drawn_in_all_their_layouts() {
    let mut rgb = row(Wire::Explicit, "RGB", 8, 2);
    rgb.element(PIXEL_DATA, "OB", &[1, 2, 3, 4, 5, 6]);
    check(&rgb, Pixels::Rgb(vec![1, 2, 3, 4, 5, 6]));
    let mut full = row(Wire::Explicit, "YBR_FULL", 8, 2);
    full.element(PIXEL_DATA, "OB", &[76, 85, 255, 9, 128, 128]);
    check(&full, Pixels::Rgb(vec![254, 0, 0, 9, 9, 9]));
    let mut shared = row(Wire::Explicit, "YBR_FULL_422", 8, 2);
    shared.element(PIXEL_DATA, "OB", &[10, 20, 128, 128]);
    check(&shared, Pixels::Rgb(vec![10, 10, 10, 20, 20, 20]));
}
#[test]
fn a_palette_names_the_colours() {
    for wire in Wire::ALL {
        let mut set = row(wire, "PALETTE COLOR", 8, 4);
        for element in 0x1101..=0x1103 {
            set.header((0x0028, element), "US", 6).half(2).half(1).half(16);
        }
        for (element, shade) in [(0x1201, 0x1000), (0x1202, 0x2000), (0x1203, 0x3000)] {
            set.header((0x0028, element), "OW", 4).half(shade).half(0xFF00);
        }
        set.header(PIXEL_DATA, "OW", 4).half(0x0100).half(0x0702);
        let (first, second) = ([0x10, 0x20, 0x30], [0xFF; 3]);
        check(&set, Pixels::Rgb([first, first, second, second].concat()));
    }
}
#[test]
fn what_cannot_be_shown_is_said() {
    let mut set = row(Wire::Explicit, "MONOCHROME2", 8, 2);
    set.element(PIXEL_DATA, "OB", &[0, 255]);
    let window = Window { centre: 0., width: 0., function: Function::Linear };
    let narrow = View { window: Some(window), viewport: None };
    assert!(matches!(drawn(&set, &narrow), Err(RenderError::Window(_))));
    let large = View { window: None, viewport: Some(Viewport { width: 9_000, height: 1 }) };
    assert!(matches!(drawn(&set, &large), Err(RenderError::Viewport { .. })));
    let mut strange = row(Wire::Explicit, "HSV", 8, 2);
    strange.element(PIXEL_DATA, "OB", &[0, 255]);
    assert!(drawn(&strange, &View::default()).is_ok(), "one sample is grey whatever it is called");
    let mut palette = row(Wire::Explicit, "PALETTE COLOR", 8, 2);
    palette.element(PIXEL_DATA, "OB", &[0, 255]);
    assert!(matches!(drawn(&palette, &View::default()), Err(RenderError::Palette)));
}
#[test]
fn pictures_are_files_that_others_open() {
    let mut set = row(Wire::Explicit, "MONOCHROME2", 8, 4);
    set.element(PIXEL_DATA, "OB", &[0, 85, 170, 255]);
    let view = View { viewport: Some(Viewport { width: 64, height: 64 }), ..View::default() };
    let picture = drawn(&set, &view).unwrap();
    assert_eq!((picture.width, picture.height), (64, 16));
    let (jpeg, png) = (picture.jpeg(90).unwrap(), picture.png().unwrap());
    assert!(jpeg.starts_with(&[0xFF, 0xD8, 0xFF]) && jpeg.ends_with(&[0xFF, 0xD9]));
    let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
    let mut read = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut read).unwrap();
    assert_eq!(Pixels::Grey(read), picture.pixels);
}

/// A picture that dcmtk draws; nothing when it is not installed.
fn drawn_by_dcmtk(file: &str, arguments: &[&str], folder: &Folder) -> Option<Vec<u8>> {
    let to = folder.write("drawn.pgm", b"");
    let arguments = [arguments, &["--write-raw-pnm", file, to.to_str().unwrap()]].concat();
    let output = tool("dcm2pnm", &arguments)?;
    let complained = String::from_utf8_lossy(&output.stderr);
    // It does not look for windows in functional groups.
    if complained.contains("only 0 window(s)") {
        return None;
    }
    assert!(output.status.success(), "{complained}");
    let picture = std::fs::read(to).unwrap();
    let mut lines = picture.splitn(4, |byte| *byte == b'\n');
    let [_, _, _, pixels] = [(); 4].map(|()| lines.next().unwrap());
    Some(pixels.to_vec())
}

#[test]
fn others_draw_the_same() {
    let folder = Folder::new("render-others-draw-the-same");
    let scanners = [
        "data/dicom_qa/dcm_qa_ge/In/05_3D_Ax_T1_MP_RAGE_R22",
        "data/dicom_qa/dcm_qa_enh/Siemens_XA10",
        "data/dicom_qa/dcm_qa_nih/In/20180918GE/mr_0004",
    ];
    let given = Window { centre: 300., width: 500., function: Function::Linear };
    for scanner in scanners {
        let files = shared_files(scanner).into_iter().flatten();
        for file in files.filter(|file| file.get(128..132) == Some(b"DICM")).take(2) {
            let path = folder.write("image.dcm", &file);
            let frames = Frames::open(&file).unwrap();
            let view = View { window: Some(given), ..View::default() };
            let curve = Window { function: Function::Sigmoid, ..given };
            let curved = View { window: Some(curve), ..View::default() };
            for (view, arguments) in [
                (view, &["+Ww", "300", "500", "+Wfl"][..]),
                (curved, &["+Ww", "300", "500", "+Wfs"]),
                (View::default(), &["+Wi", "1"]),
            ] {
                let ours = render(&frames, 0, &view).unwrap();
                let theirs = drawn_by_dcmtk(path.to_str().unwrap(), arguments, &folder);
                let (Pixels::Grey(ours), Some(theirs)) = (ours.pixels, theirs) else { continue };
                assert_eq!(ours.len(), theirs.len(), "{scanner}");
                let apart = |(a, b): (&u8, &u8)| (i16::from(*a) - i16::from(*b)).abs();
                let most = ours.iter().zip(&theirs).map(apart).max().unwrap();
                assert!(most <= ROUNDING, "{scanner}: {most} in {arguments:?}");
            }
        }
    }
}
