//! A tiny image, made of nothing but what an archive asks for.

/// An image as it is sent; each field is one thing that may change.
#[derive(Debug, Clone)]
pub struct Image {
    pub uid: String,
    pub study: String,
    pub patient: &'static str,
    pub name: &'static str,
    /// The value of its four pixels.
    pub pixel: u16,
}

impl Default for Image {
    fn default() -> Self {
        let (uid, study) = ("2.25.1".into(), "2.25.9".into());
        Self { uid, study, patient: "P-1", name: "Cohen^Rut", pixel: 7 }
    }
}

impl Image {
    /// The pixels, as they stand in the file.
    pub fn pixels(&self) -> Vec<u8> {
        self.pixel.to_le_bytes().repeat(4)
    }

    /// The whole file.
    pub fn part10(&self) -> Vec<u8> {
        let mut file = vec![0; 128];
        file.extend_from_slice(b"DICM");
        let mut meta = Vec::new();
        element(&mut meta, 0x0002_0002, "UI", b"1.2.840.10008.5.1.4.1.1.4");
        element(&mut meta, 0x0002_0003, "UI", self.uid.as_bytes());
        element(&mut meta, 0x0002_0010, "UI", b"1.2.840.10008.1.2.1");
        element(&mut file, 0x0002_0000, "UL", &(meta.len() as u32).to_le_bytes());
        file.extend_from_slice(&meta);
        element(&mut file, 0x0008_0016, "UI", b"1.2.840.10008.5.1.4.1.1.4");
        element(&mut file, 0x0008_0018, "UI", self.uid.as_bytes());
        element(&mut file, 0x0008_0020, "DA", b"20260102");
        element(&mut file, 0x0008_0060, "CS", b"MR");
        element(&mut file, 0x0010_0010, "PN", self.name.as_bytes());
        element(&mut file, 0x0010_0020, "LO", self.patient.as_bytes());
        element(&mut file, 0x0020_000D, "UI", self.study.as_bytes());
        element(&mut file, 0x0020_000E, "UI", format!("{}.1", self.study).as_bytes());
        element(&mut file, 0x0028_0002, "US", &[1, 0]);
        element(&mut file, 0x0028_0004, "CS", b"MONOCHROME2");
        for (tag, value) in [
            (0x0028_0010, 2),
            (0x0028_0011, 2),
            (0x0028_0100, 16),
            (0x0028_0101, 16),
            (0x0028_0102, 15),
            (0x0028_0103, 0_u16),
        ] {
            element(&mut file, tag, "US", &value.to_le_bytes());
        }
        file.extend_from_slice(&[0xE0, 0x7F, 0x10, 0, b'O', b'W', 0, 0, 8, 0, 0, 0]);
        file.extend_from_slice(&self.pixels());
        file
    }
}

fn element(to: &mut Vec<u8>, tag: u32, vr: &str, value: &[u8]) {
    let mut value = value.to_vec();
    if value.len() % 2 == 1 {
        value.push(if vr == "UI" { 0 } else { b' ' });
    }
    to.extend_from_slice(&((tag >> 16) as u16).to_le_bytes());
    to.extend_from_slice(&(tag as u16).to_le_bytes());
    to.extend_from_slice(vr.as_bytes());
    to.extend_from_slice(&(value.len() as u16).to_le_bytes());
    to.extend_from_slice(&value);
}
