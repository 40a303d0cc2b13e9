//! How volumes for the viewer lie on the disk: their values alone, little endian, `i` fastest, packed
//! by gzip. Browsers unpack that themselves, so they go out as they lie.

use super::{StageError, because};
use flate2::read::GzDecoder;
use flate2::{Compression, GzBuilder};
use interval_core::fault::Fault;
use interval_core::geometry::Grid;
use interval_core::volume::Volume;
use std::io::{self, Read, Write};

/// Bytes of one value.
const VALUE_BYTES: usize = 2;

/// Packs bytes; the same bytes always give the same, as the header has no time.
pub fn pack(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut packed = GzBuilder::new().write(Vec::new(), Compression::fast());
    packed.write_all(bytes)?;
    packed.finish()
}

/// Unpacks bytes that are known to be so many at most.
pub fn unpack(packed: &[u8], most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    GzDecoder::new(packed).take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(bytes)
}

/// A named output of bytes.
pub fn output(name: &str, bytes: &[u8]) -> Result<(String, Vec<u8>), StageError> {
    let packed = pack(bytes).map_err(because(Fault::Defect, "an output cannot be packed"))?;
    Ok((name.to_owned(), packed))
}

/// A named output of 16-bit values.
pub fn values(name: &str, volume: &Volume<i16>) -> Result<(String, Vec<u8>), StageError> {
    let bytes: Vec<u8> = volume.voxels().iter().flat_map(|value| value.to_le_bytes()).collect();
    output(name, &bytes)
}

/// 16-bit values on their grid.
pub fn volume(packed: &[u8], grid: &Grid) -> Result<Volume<f32>, StageError> {
    let most = (grid.len() * VALUE_BYTES) as u64;
    let bytes =
        unpack(packed, most).map_err(because(Fault::Defect, "a head cannot be unpacked"))?;
    let pairs = bytes.chunks_exact(VALUE_BYTES);
    let values = pairs.map(|pair| f32::from(i16::from_le_bytes([pair[0], pair[1]])));
    Volume::new(*grid, values.collect())
        .map_err(because(Fault::Defect, "a head is not on its grid"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use interval_core::geometry::Transform;

    #[test]
    fn values_come_back_and_a_bomb_does_not_go_off() {
        let rows = [[1., 0., 0., 0.], [0., 1., 0., 0.], [0., 0., 1., 0.]];
        let grid = Grid { shape: [3, 2, 1], to_lps: Transform::new(rows) };
        let (_, packed) =
            values("x", &Volume::new(grid, vec![0, -7, 258, 32767, -32768, 1]).unwrap()).unwrap();
        let read = volume(&packed, &grid).unwrap();
        assert_eq!(read.voxels(), [0., -7., 258., 32767., -32768., 1.]);
        assert!(unpack(&packed, 11).is_err());
        assert!(volume(&packed, &Grid { shape: [2, 2, 1], ..grid }).is_err());
        assert!(volume(&packed, &Grid { shape: [4, 2, 1], ..grid }).is_err());
    }
}
