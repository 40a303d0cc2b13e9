//! Voxels as bits that run on across frame boundaries (PS3.5 section 8.1.1).

/// Bits in the making, the lowest of each byte first.
#[derive(Debug, Default)]
pub(super) struct BitWriter {
    bytes: Vec<u8>,
    /// Bits written so far; the last byte may be part full.
    len: usize,
}

impl BitWriter {
    pub(super) fn push(&mut self, set: bool) {
        if self.len.is_multiple_of(8) {
            self.bytes.push(0);
        }
        if let Some(last) = self.bytes.last_mut() {
            *last |= u8::from(set) << (self.len % 8);
        }
        self.len += 1;
    }

    /// The bytes, the last one filled up with zeros.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// The bit at a place; nothing beyond the end.
pub(super) fn bit(bytes: &[u8], at: usize) -> Option<bool> {
    bytes.get(at / 8).map(|byte| byte >> (at % 8) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_voxel_is_the_lowest_bit() {
        let mut writer = BitWriter::default();
        for set in [true, false, false, true, false, false, false, false, true] {
            writer.push(set);
        }
        assert_eq!(writer.into_bytes(), [0b0000_1001, 0b0000_0001]);
    }
    #[test]
    fn what_was_written_is_read() {
        let wanted: Vec<bool> = (0..29).map(|i| i % 3 == 0 || i == 28).collect();
        let mut writer = BitWriter::default();
        for set in &wanted {
            writer.push(*set);
        }
        let bytes = writer.into_bytes();
        let read: Vec<bool> = (0..29).filter_map(|at| bit(&bytes, at)).collect();
        assert_eq!(read, wanted);
        assert_eq!(bit(&bytes, 32), None);
    }
}
