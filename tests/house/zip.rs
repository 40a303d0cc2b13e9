//! Archives as a test wants them: whatever an entry is called, with its sizes ahead or behind.

use flate2::Compression;
use flate2::write::DeflateEncoder;
use std::io::Write;

/// Where the sizes of an entry are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sizes {
    Ahead,
    Behind,
}

/// An archive of deflated entries.
pub fn archive(entries: &[(&str, &[u8])], sizes: Sizes) -> Vec<u8> {
    let mut file = Vec::new();
    for (name, content) in entries {
        let packed = deflated(content);
        let mut crc = flate2::Crc::new();
        crc.update(content);
        let figures = [crc.sum(), packed.len() as u32, content.len() as u32];
        let figures: Vec<u8> = figures.iter().flat_map(|figure| figure.to_le_bytes()).collect();
        let flags: u16 = if sizes == Sizes::Behind { 1 << 3 } else { 0 };
        file.extend(*b"PK\x03\x04");
        for half in [20, flags, 8, 0, 0] {
            file.extend(half.to_le_bytes());
        }
        match sizes {
            Sizes::Ahead => file.extend(&figures),
            Sizes::Behind => file.extend([0; 12]),
        }
        file.extend((name.len() as u16).to_le_bytes());
        file.extend([0; 2]);
        file.extend(name.as_bytes());
        file.extend(&packed);
        if sizes == Sizes::Behind {
            file.extend(*b"PK\x07\x08");
            file.extend(&figures);
        }
    }
    // The directory is not read; its end says that there is one.
    file.extend(*b"PK\x05\x06");
    file.extend([0; 18]);
    file
}

fn deflated(content: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}
