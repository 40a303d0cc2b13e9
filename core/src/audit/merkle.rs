//! The Merkle tree over a log (RFC 6962 section 2.1, the same in RFC 9162 section 2.1): one hash,
//! the root, stands for all records in their order.

use crate::digest::{Digest, RunningDigest};

/// Before the bytes of a record, so that a record is never taken for a node (RFC 6962 2.1).
const LEAF: u8 = 0;
/// Before the two halves of a node.
const NODE: u8 = 1;

/// The hash of one record.
pub fn leaf_hash(record: &[u8]) -> Digest {
    let mut running = RunningDigest::new();
    running.update(&[LEAF]);
    running.update(record);
    running.finish()
}

/// The hash of two subtrees, the earlier on the left.
pub fn node_hash(left: &Digest, right: &Digest) -> Digest {
    let mut bytes = [NODE; 65];
    bytes[1..33].copy_from_slice(&left.0);
    bytes[33..].copy_from_slice(&right.0);
    Digest::of(&bytes)
}

/// The right edge of a growing tree: the roots of its perfect subtrees, the largest first. It is
/// all that is needed to append and to know the root; a million records need twenty hashes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Digest>,
}

impl Frontier {
    /// The tree of an empty log.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many records it stands for.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends the next record by its hash.
    pub fn push(&mut self, leaf: Digest) {
        let mut hash = leaf;
        // Each trailing one of the size is a perfect subtree that the new leaf completes.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                hash = node_hash(&left, &hash);
            }
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// The root; of an empty log the hash of nothing.
    pub fn root(&self) -> Digest {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else { return Digest::of(&[]) };
        peaks.fold(*last, |right, left| node_hash(left, &right))
    }
}

/// The tree of some leaves.
pub fn tree<'a>(leaves: impl IntoIterator<Item = &'a Digest>) -> Frontier {
    let mut frontier = Frontier::new();
    for leaf in leaves {
        frontier.push(*leaf);
    }
    frontier
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The eight records of the Certificate Transparency reference tests, in hexadecimal.
    const RECORDS: [&str; 8] = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ];
    /// The roots of the first 0, 1, ... 8 of them, from the same tests.
    pub(in crate::audit) const ROOTS: [&str; 9] = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    pub(in crate::audit) fn reference_leaves() -> Vec<Digest> {
        let bytes = |text: &str| -> Vec<u8> {
            (0..text.len() / 2)
                .map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).expect("hexadecimal"))
                .collect()
        };
        RECORDS.iter().map(|text| leaf_hash(&bytes(text))).collect()
    }

    #[test]
    fn the_roots_are_those_of_the_reference_tests() {
        let leaves = reference_leaves();
        for (size, root) in ROOTS.iter().enumerate() {
            assert_eq!(tree(&leaves[..size]).root().to_string(), *root, "{size} records");
        }
    }
    #[test]
    fn a_frontier_agrees_with_the_recursive_definition() {
        fn defined(leaves: &[Digest]) -> Digest {
            match leaves {
                [] => Digest::of(&[]),
                [one] => *one,
                many => {
                    let split = many.len().next_power_of_two() / 2;
                    node_hash(&defined(&many[..split]), &defined(&many[split..]))
                }
            }
        }
        let leaves: Vec<Digest> = (0_u32..130).map(|i| leaf_hash(&i.to_be_bytes())).collect();
        for size in 0..=leaves.len() {
            let frontier = tree(&leaves[..size]);
            assert_eq!((frontier.size(), frontier.root()), (size as u64, defined(&leaves[..size])));
        }
    }
}
