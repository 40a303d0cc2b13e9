//! Whether words speak of the head: where nothing is said, it may be the head.

/// What words speak of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// The head or the brain.
    Head,
    /// Another part of the body.
    SomethingElse,
    /// Nothing is said.
    Unsaid,
}

/// Words, or beginnings of words, for the head in the languages of the reports we have seen.
const HEAD: [&str; 20] = [
    "head", "brain", "cran", "skull", "cereb", "neuro", "glio", "tumor", "tumour", "pituit",
    "sella", "kopf", "schadel", "hirn", "tete", "encef", "enceph", "testa", "glowa", "mozg",
];

/// The same for parts of the body that no comparison of heads uses. Whole words or beginnings.
const ELSEWHERE: [&str; 42] = [
    "spine", "spinal", "cspine", "tspine", "lspine", "lumbar", "thorac", "cervical", "sacr",
    "knee", "shoulder", "elbow", "wrist", "hand", "finger", "hip", "ankle", "foot", "toe", "femur",
    "tibia", "pelvi", "abdom", "liver", "mrcp", "kidney", "renal", "pancrea", "prostat", "uter",
    "breast", "mamm", "heart", "cardi", "chest", "thorax", "lung", "aort", "wirbel", "knie",
    "becken", "schulter",
];

/// What the words of descriptions and Body Part Examined (0018,0015) speak of. The head wins where
/// both occur: "brain and cervical spine" has a brain.
pub fn about(descriptions: &[&str], body_part: &str) -> About {
    let texts = descriptions.iter().copied().chain([body_part]);
    let text: String = texts.collect::<Vec<_>>().join(" ").to_lowercase();
    let plain = text.replace('ä', "a").replace('ê', "e").replace('ł', "l").replace('ó', "o");
    let words = || plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let speaks = |of: &[&str]| words().any(|word| of.iter().any(|known| word.starts_with(known)));
    if speaks(&HEAD) {
        About::Head
    } else if speaks(&ELSEWHERE) {
        About::SomethingElse
    } else {
        About::Unsaid
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(description: &str, body_part: &str, expected: About) {
        assert_eq!(about(&[description], body_part), expected, "{description} {body_part}");
    }

    #[test]
    fn words_for_the_head_are_known() {
        check("MRI BRAIN W/WO CONTRAST", "", About::Head);
        check("MR Schädel mit KM", "", About::Head);
        check("IRM encéphale", "HEAD", About::Head);
        check("Brain and c-spine", "SPINE", About::Head);
    }
    #[test]
    fn other_parts_are_told_from_it() {
        check("MR knee left", "", About::SomethingElse);
        check("", "LSPINE", About::SomethingElse);
        check("MR Wirbelsäule", "", About::SomethingElse);
    }
    #[test]
    fn what_says_nothing_may_be_the_head() {
        check("", "", About::Unsaid);
        check("MRI routine protocol 3", "", About::Unsaid);
    }
}
