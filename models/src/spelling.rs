//! How packages without a card of ours spell sequences and regions.
//!
//! A word that is not in these tables is refused by name: a wrong guess would be a wrong finding.

use interval_core::lesion::Region;
use interval_core::role::SeriesRole;

/// Spellings of the four sequences, in small letters.
const SEQUENCES: [(SeriesRole, &[&str]); 4] = [
    (SeriesRole::T1, &["t1", "t1w", "t1n", "t1 native", "t1_native"]),
    (SeriesRole::T1c, &["t1c", "t1ce", "t1gd", "t1post", "t1_post", "t1wce", "t1w_ce", "t1 post"]),
    (SeriesRole::T2, &["t2", "t2w"]),
    (SeriesRole::Flair, &["flair", "t2f", "t2flair", "t2_flair", "t2-flair", "t2 flair"]),
];

/// Spellings of the regions, in small letters with spaces for underscores. A region that is
/// painted first and partly covered later (whole tumour, tumour core) is named by what remains
/// of it.
const REGIONS: [(Region, &[&str]); 4] = [
    (
        Region::FlairHyperintensity,
        &[
            "whole tumor",
            "whole tumour",
            "wt",
            "edema",
            "oedema",
            "ed",
            "peritumoral edema",
            "peritumoral oedema",
            "snfh",
        ],
    ),
    (
        Region::NonEnhancingCore,
        &[
            "tumor core",
            "tumour core",
            "tc",
            "necrosis",
            "necrotic core",
            "ncr",
            "ncr/net",
            "net",
            "netc",
            "non enhancing tumor",
            "non enhancing tumor core",
        ],
    ),
    (
        Region::Enhancing,
        &["enhancing", "et", "enhancing tumor", "enhancing tumour", "enhancing tissue"],
    ),
    (Region::ResectionCavity, &["rc", "cavity", "resection cavity"]),
];

/// The sequence that a word means.
pub fn sequence(word: &str) -> Option<SeriesRole> {
    find(&SEQUENCES, &word.to_lowercase())
}

/// The region that a word means.
pub fn region(word: &str) -> Option<Region> {
    find(&REGIONS, &word.to_lowercase().replace(['_', '-'], " "))
}

fn find<T: Copy>(table: &[(T, &[&str])], word: &str) -> Option<T> {
    table.iter().find(|(_, words)| words.contains(&word.trim())).map(|(meaning, _)| *meaning)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_words_are_known_and_others_are_not_guessed() {
        assert_eq!(sequence("T1Gd"), Some(SeriesRole::T1c));
        assert_eq!(sequence("flair"), Some(SeriesRole::Flair));
        assert_eq!(sequence("CT"), None);
        assert_eq!(region("Whole_Tumor"), Some(Region::FlairHyperintensity));
        assert_eq!(region("non-enhancing tumor core"), Some(Region::NonEnhancingCore));
        assert_eq!(region("lesion"), None);
    }
    #[test]
    fn no_word_means_two_things() {
        let words: Vec<_> = REGIONS.iter().flat_map(|(_, words)| words.iter()).collect();
        let mut once = words.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), words.len());
    }
}
