//! Free text of a header, made comparable: lower case, one space between words, and tokens that
//! match only whole words ("post" is not in "posterior", "t1" is not in "t10").

/// A description or a protocol name, ready for tokens to be looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Words {
    text: String,
}

impl Words {
    /// Lower case; separators become one space; `+` and `*` stay, since "c+" and "t2*" need them.
    /// A minus right after a final "c" ("T1 C-") stays too: it says "without contrast".
    pub fn new(text: &str) -> Self {
        let lower: Vec<char> = text.to_lowercase().chars().collect();
        let mut out = String::from(" ");
        for (at, &letter) in lower.iter().enumerate() {
            let keeps_minus = letter == '-'
                && at > 0
                && lower[at - 1] == 'c'
                && lower.get(at + 1).is_none_or(|next| next.is_whitespace());
            if letter.is_alphanumeric() || matches!(letter, '+' | '*') || keeps_minus {
                out.push(letter);
            } else if !out.ends_with(' ') {
                out.push(' ');
            }
        }
        if !out.ends_with(' ') {
            out.push(' ');
        }
        Self { text: out }
    }

    /// Whether a token occurs as a whole word or phrase.
    pub fn has(&self, token: &str) -> bool {
        self.find(token).is_some()
    }

    /// The first of some tokens that occurs.
    pub fn first_of(&self, tokens: &[&'static str]) -> Option<&'static str> {
        tokens.iter().copied().find(|token| self.has(token))
    }

    /// The text with each occurrence of these phrases taken out.
    pub fn without(&self, phrases: &[&str]) -> Self {
        let mut rest = self.clone();
        for phrase in phrases {
            while let Some(at) = rest.find(phrase) {
                rest.text.replace_range(at..at + phrase.len(), "|");
            }
        }
        rest
    }

    fn find(&self, token: &str) -> Option<usize> {
        self.text.match_indices(token).map(|(at, _)| at).find(|&at| {
            let before = self.text[..at].chars().next_back();
            let after = self.text[at + token.len()..].chars().next();
            let (first, last) = (token.chars().next(), token.chars().next_back());
            is_edge(before, first) && is_edge(last, after)
        })
    }
}

/// Whether a word may end between two neighbours: both letters or both digits do not part.
fn is_edge(left: Option<char>, right: Option<char>) -> bool {
    let (Some(left), Some(right)) = (left, right) else { return true };
    let both_letters = left.is_alphabetic() && right.is_alphabetic();
    let both_digits = left.is_numeric() && right.is_numeric();
    !both_letters && !both_digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, token: &str, occurs: bool) {
        assert_eq!(Words::new(text).has(token), occurs, "{token:?} in {text:?}");
    }

    #[test]
    fn a_token_is_a_whole_word() {
        check("AX T1 POST", "post", true);
        check("posterior fossa T1", "post", false);
        check("T10 sagittal", "t1", false);
        check("t1_mprage_sag", "t1", true);
        check("T1MPRAGE", "t1", true);
        check("unenhanced", "enhanced", false);
    }
    #[test]
    fn separators_do_not_matter() {
        check("t2_tirm_tra_dark-fluid", "dark fluid", true);
        check("MP-RAGE", "mp rage", true);
    }
    #[test]
    fn signs_of_contrast_are_kept() {
        check("T1+C", "+c", true);
        check("T1+COR", "+c", false);
        check("AX T1 C+", "c+", true);
        check("AX T1 C-", "c-", true);
        check("T2*", "t2*", true);
    }
    #[test]
    fn hebrew_is_read_like_any_other_script() {
        check("T1 אחרי", "אחרי", true);
        check("T1 אחריות", "אחרי", false);
    }
    #[test]
    fn a_phrase_taken_out_is_gone() {
        let rest = Words::new("T1 without contrast").without(&["without contrast"]);
        assert!(!rest.has("contrast") && rest.has("t1"));
    }
}
