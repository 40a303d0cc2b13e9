//! Whether two names may be of one person: case, accents, the order of the parts and middle names
//! do not matter.

/// Shortest word of which one letter may be mistyped: in shorter ones another letter is another
/// name.
const TYPED_CHARS_MIN: usize = 5;

/// How alike two names are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Likeness {
    /// The same words, in whatever order.
    Same,
    /// The same given name with another family name, or one letter apart: one person if everything
    /// else says so.
    Near,
    /// Other names.
    Other,
    /// One side has no name, or the two share no script.
    Unknown,
}

/// Compares two values of Patient's Name (0010,0010), each component group with its counterpart;
/// the least alike decides.
pub(super) fn likeness(one: &str, other: &str) -> Likeness {
    let mut least = None;
    for (one, other) in one.split('=').zip(other.split('=')) {
        let (one, other) = (Words::of(one), Words::of(other));
        if !one.all.is_empty() && !other.all.is_empty() {
            least = least.max(Some(one.likeness(&other)));
        }
    }
    least.unwrap_or(Likeness::Unknown)
}

/// A name, word by word.
struct Words {
    /// Of family, given and middle name, sorted.
    all: Vec<String>,
    /// Of the given name, where the name is told in components.
    given: Vec<String>,
}

impl Words {
    fn of(group: &str) -> Self {
        // Prefix and suffix come and go.
        let components: Vec<Vec<String>> = group.split('^').take(3).map(words).collect();
        let given = components.get(1).cloned().unwrap_or_default();
        let mut all: Vec<String> = components.into_iter().flatten().collect();
        all.sort();
        Self { all, given }
    }

    fn likeness(&self, other: &Self) -> Likeness {
        if self.all == other.all || self.is_within(other) || other.is_within(self) {
            return Likeness::Same;
        }
        let given = self.given.first().zip(other.given.first());
        if given.is_some_and(|(one, other)| one == other) || self.is_mistyped(other) {
            return Likeness::Near;
        }
        Likeness::Other
    }

    /// Whether the other name has all words of this one, of which there are two at least, and only
    /// a middle name or second family name besides. An initial stands for a word.
    fn is_within(&self, other: &Self) -> bool {
        if self.all.len() < 2 || !self.shares_a_given_name(other) {
            return false;
        }
        let mut left: Vec<&String> = other.all.iter().collect();
        let whole = |word: &String| word.chars().count() > 1;
        let (words, initials): (Vec<_>, Vec<_>) = self.all.iter().partition(|word| whole(word));
        let mut take = |fits: &dyn Fn(&str) -> bool| {
            let at = left.iter().position(|word| fits(word));
            at.map(|at| left.remove(at)).is_some()
        };
        words.len() >= 2
            && words.iter().all(|word| take(&|other| other == word.as_str()))
            && initials.iter().all(|initial| take(&|other| other.starts_with(initial.as_str())))
    }

    /// Whether the first given names are one, where both sides tell which they are: a twin may have
    /// the other's name as a second one.
    fn shares_a_given_name(&self, other: &Self) -> bool {
        let both = self.given.first().zip(other.given.first());
        both.is_none_or(|(one, other)| one == other)
    }

    fn is_mistyped(&self, other: &Self) -> bool {
        if self.all.len() != other.all.len() {
            return false;
        }
        let mut apart = self.all.iter().zip(&other.all).filter(|(one, other)| one != other);
        let Some((one, other)) = apart.next() else { return false };
        apart.next().is_none()
            && one.chars().count().min(other.chars().count()) >= TYPED_CHARS_MIN
            && is_one_letter_apart(one, other)
    }
}

fn words(component: &str) -> Vec<String> {
    let mut text = String::with_capacity(component.len());
    for letter in component.chars().flat_map(char::to_lowercase) {
        match unmarked(letter) {
            Some(plain) => text.push_str(plain),
            // Combining marks stand after their letter.
            None if ('\u{300}'..='\u{36f}').contains(&letter)
                || matches!(letter, '\'' | '\u{2019}') => {}
            None => text.push(letter),
        }
    }
    // Umlauts are written with and without e.
    let text = text.replace("ae", "a").replace("oe", "o").replace("ue", "u");
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

/// A Latin letter without its marks; nothing for a letter that has none.
fn unmarked(letter: char) -> Option<&'static str> {
    Some(match letter {
        'à'..='å' | 'ā' | 'ă' | 'ą' | 'ǎ' => "a",
        'æ' => "ae",
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => "e",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
        'ĥ' | 'ħ' => "h",
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => "i",
        'ĵ' => "j",
        'ķ' => "k",
        'ĺ' | 'ļ' | 'ľ' | 'ŀ' | 'ł' => "l",
        'ñ' | 'ń' | 'ņ' | 'ň' => "n",
        'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' => "o",
        'œ' => "oe",
        'ŕ' | 'ŗ' | 'ř' => "r",
        'ß' => "ss",
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => "s",
        'þ' => "th",
        'ţ' | 'ť' | 'ŧ' | 'ț' => "t",
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => "u",
        'ŵ' => "w",
        'ý' | 'ÿ' | 'ŷ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => return None,
    })
}

fn is_one_letter_apart(one: &str, other: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    let same = short.iter().zip(&long).take_while(|(a, b)| a == b).count();
    match long.len() - short.len() {
        0 => short[same..].iter().skip(1).eq(long[same..].iter().skip(1)),
        1 => short[same..] == long[same + 1..],
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::Likeness::{Near, Other, Same, Unknown};
    use super::*;

    #[track_caller]
    fn check(one: &str, other: &str, expected: Likeness) {
        assert_eq!(likeness(one, other), expected, "{one} and {other}");
        assert_eq!(likeness(other, one), expected, "{other} and {one}");
    }

    #[test]
    fn case_accents_and_order_do_not_matter() {
        check("Müller^Jürgen", "MUELLER^JUERGEN", Same);
        check("Müller^Jürgen", "muller^jurgen^^Dr.", Same);
        check("Cohen^Ruth", "Ruth^Cohen", Same);
        check("Cohen^Ruth", "Ruth Cohen", Same);
        check("O'Neill^Sean", "ONEILL^SEÁN", Same);
        check("García Márquez^Ana", "Garcia-Marquez^Ana", Same);
        check("Strauß^Eva", "Strauss^Eva", Same);
    }
    #[test]
    fn a_middle_name_comes_and_goes() {
        check("Cohen^Ruth^Miriam", "Cohen^Ruth", Same);
        check("Cohen^Ruth^M", "Cohen^Ruth^Miriam", Same);
        check("Cohen^Ruth Miriam", "Cohen^Ruth", Same);
    }
    #[test]
    fn another_family_name_or_one_letter_is_near() {
        check("Cohen^Ruth", "Levi^Ruth", Near);
        check("Schmidt^Anna", "Schmitt^Anna", Near);
        check("Kowalska^Hanna", "Kowalska^Hannah", Near);
    }
    #[test]
    fn another_given_name_is_another_name() {
        check("Cohen^Ruth", "Cohen^Noa", Other);
        check("Cohen^Ruth", "Cohen^Ruti", Other);
        check("Cohen^Ruth^Noa", "Cohen^Noa", Other);
        check("Cohen^Jan", "Cohen^Jana", Other);
        check("Cohen^R", "Cohen^Ruth", Other);
    }
    #[test]
    fn component_groups_are_compared_each_with_its_own() {
        check("Yamada^Tarou=山田^太郎", "Yamada^Tarou", Same);
        check("Yamada^Tarou=山田^太郎", "Yamada^Tarou=山田^二郎", Other);
        check("כהן^רות", "כהן^רות", Same);
        check("=山田^太郎", "Yamada^Tarou", Unknown);
        check("", "Cohen^Ruth", Unknown);
        check("^", "Cohen^Ruth", Unknown);
    }
}
