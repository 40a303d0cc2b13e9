//! Proofs about a log that need only a few hashes: a record is in it; a longer log begins with a
//! shorter one (RFC 9162 section 2.1.3 and 2.1.4).

use super::merkle::{node_hash, tree};
use crate::digest::Digest;

/// Why a proof proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotProven {
    /// There is no such record or size.
    #[error("the proof is about a record or a size that the log does not have")]
    OutOfRange,
    /// The proof has too many or too few hashes.
    #[error("the proof has the wrong length")]
    Length,
    /// The hashes lead to another root.
    #[error("the proof leads to another root")]
    Root,
}

/// A signed state of a log: how long it was and what its root was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeHead {
    /// Number of records.
    pub size: u64,
    /// Root over all of them.
    pub root: Digest,
}

/// The hashes that lead from a record to the root of a log with these leaves.
pub fn inclusion(leaves: &[Digest], index: usize) -> Result<Vec<Digest>, NotProven> {
    if index >= leaves.len() {
        return Err(NotProven::OutOfRange);
    }
    let mut path = Vec::new();
    let (mut part, mut index) = (leaves, index);
    while part.len() > 1 {
        let (left, right) = part.split_at(split(part.len()));
        if index < left.len() {
            path.push(tree(right).root());
            part = left;
        } else {
            path.push(tree(left).root());
            index -= left.len();
            part = right;
        }
    }
    path.reverse();
    Ok(path)
}

/// Checks that a record is in a log (RFC 9162 2.1.3.2).
pub fn check_inclusion(
    leaf: &Digest,
    index: u64,
    head: &TreeHead,
    path: &[Digest],
) -> Result<(), NotProven> {
    if index >= head.size {
        return Err(NotProven::OutOfRange);
    }
    let (mut node, mut last) = (index, head.size - 1);
    let mut hash = *leaf;
    for sibling in path {
        if last == 0 {
            return Err(NotProven::Length);
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(NotProven::Length);
    }
    if hash == head.root { Ok(()) } else { Err(NotProven::Root) }
}

/// The hashes that show that the log of all leaves begins with the first `size` of them.
pub fn consistency(leaves: &[Digest], size: usize) -> Result<Vec<Digest>, NotProven> {
    if size == 0 || size > leaves.len() {
        return Err(NotProven::OutOfRange);
    }
    let mut path = Vec::new();
    let (mut part, mut size) = (leaves, size);
    // Whether the old root itself is still a node on the way: then it need not be given.
    let mut old_is_whole = true;
    while size < part.len() {
        let (left, right) = part.split_at(split(part.len()));
        if size <= left.len() {
            path.push(tree(right).root());
            part = left;
        } else {
            path.push(tree(left).root());
            size -= left.len();
            part = right;
            old_is_whole = false;
        }
    }
    if !old_is_whole {
        path.push(tree(part).root());
    }
    path.reverse();
    Ok(path)
}

/// Checks that a log is an extension of an earlier one (RFC 9162 2.1.4.2).
pub fn check_consistency(old: &TreeHead, new: &TreeHead, path: &[Digest]) -> Result<(), NotProven> {
    if old.size == 0 || old.size > new.size {
        return Err(NotProven::OutOfRange);
    }
    if old.size == new.size {
        return match (path, old.root == new.root) {
            ([], true) => Ok(()),
            ([], false) => Err(NotProven::Root),
            _ => Err(NotProven::Length),
        };
    }
    let mut path = path.iter();
    // An old log of a power of two is itself the first node.
    let first = if old.size.is_power_of_two() { Some(&old.root) } else { path.next() };
    let first = *first.ok_or(NotProven::Length)?;
    let (mut node, mut last) = (old.size - 1, new.size - 1);
    let shift = node.trailing_ones();
    node >>= shift;
    last >>= shift;
    let (mut old_hash, mut new_hash) = (first, first);
    for sibling in path {
        if last == 0 {
            return Err(NotProven::Length);
        }
        if node & 1 == 1 || node == last {
            old_hash = node_hash(sibling, &old_hash);
            new_hash = node_hash(sibling, &new_hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            new_hash = node_hash(&new_hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(NotProven::Length);
    }
    if old_hash == old.root && new_hash == new.root { Ok(()) } else { Err(NotProven::Root) }
}

/// The largest power of two that is smaller than the number of leaves.
fn split(leaves: usize) -> usize {
    leaves.next_power_of_two() / 2
}

#[cfg(test)]
mod tests {
    use super::super::merkle::tests::{ROOTS, reference_leaves};
    use super::*;

    fn head(leaves: &[Digest]) -> TreeHead {
        TreeHead { size: leaves.len() as u64, root: tree(leaves).root() }
    }

    #[track_caller]
    fn check_path(found: Result<Vec<Digest>, NotProven>, expected: &[&str]) {
        let found: Vec<String> = found.expect("a path").iter().map(Digest::to_string).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn the_paths_are_those_of_the_reference_tests() {
        let leaves = reference_leaves();
        let first = [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ];
        check_path(inclusion(&leaves, 0), &first);
        check_path(consistency(&leaves, 1), &first);
        check_path(
            consistency(&leaves, 6),
            &[
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                ROOTS[4],
            ],
        );
        check_path(
            consistency(&leaves[..5], 2),
            &[first[1], "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"],
        );
    }
    #[test]
    fn every_record_of_every_small_log_is_proven_and_no_other() {
        let leaves: Vec<Digest> = (0_u8..34).map(|i| Digest::of(&[i])).collect();
        for size in 1..=leaves.len() {
            let log = &leaves[..size];
            let whole = head(log);
            for index in 0..size {
                let path = inclusion(log, index).expect("in the log");
                let at = |place: usize| check_inclusion(&log[index], place as u64, &whole, &path);
                assert_eq!(at(index), Ok(()));
                for other in (0..size).filter(|other| *other != index) {
                    assert!(at(other).is_err(), "{index} of {size} passed as {other}");
                }
                let longer = [&path[..], &[log[0]]].concat();
                assert!(check_inclusion(&log[index], index as u64, &whole, &longer).is_err());
            }
        }
    }
    #[test]
    fn a_longer_log_extends_a_shorter_one_and_no_other() {
        let leaves: Vec<Digest> = (0_u8..34).map(|i| Digest::of(&[i])).collect();
        for size in 1..=leaves.len() {
            let new = head(&leaves[..size]);
            for earlier in 1..=size {
                let path = consistency(&leaves[..size], earlier).expect("in the log");
                let old = head(&leaves[..earlier]);
                assert_eq!(check_consistency(&old, &new, &path), Ok(()));
                let rewritten = TreeHead { root: Digest::of(b"other"), ..old };
                assert!(check_consistency(&rewritten, &new, &path).is_err());
                let altered = TreeHead { root: Digest::of(b"other"), ..new };
                assert!(check_consistency(&old, &altered, &path).is_err());
                if let Some((_, shorter)) = path.split_last() {
                    assert!(check_consistency(&old, &new, shorter).is_err());
                }
            }
        }
    }
    #[test]
    fn nothing_is_proven_about_what_is_not_there() {
        let leaves = reference_leaves();
        let whole = head(&leaves);
        assert_eq!(inclusion(&leaves, 8), Err(NotProven::OutOfRange));
        assert_eq!(consistency(&leaves, 0), Err(NotProven::OutOfRange));
        assert_eq!(consistency(&leaves, 9), Err(NotProven::OutOfRange));
        assert_eq!(check_inclusion(&leaves[0], 8, &whole, &[]), Err(NotProven::OutOfRange));
        let larger = TreeHead { size: 9, ..whole };
        assert_eq!(check_consistency(&larger, &whole, &[]), Err(NotProven::OutOfRange));
    }
}
