//! Pure: names made comparable. Systems write the same name in other orders, cases and Unicode forms, and leave characters out.

use icu_normalizer::ComposingNormalizerBorrowed;

/// Names of more words are compared in their own order only.
const MOST_WORDS: usize = 8;

/// `text` in one Unicode form (NFKC), in lower case, its letters and digits only. macOS unpacks `é` as two characters.
pub(crate) fn key(text: &str) -> String {
    let normalizer = ComposingNormalizerBorrowed::new_nfkc();
    let lower = normalizer.normalize(text).to_lowercase();
    normalizer.normalize(&lower).chars().filter(|c| c.is_alphanumeric()).collect()
}

/// The keys that a full name may have elsewhere: `Ada King Lovelace` is also written `Lovelace, Ada King`, so each word may be
/// the first one.
pub(crate) fn name_keys(name: &str) -> Vec<String> {
    let words: Vec<String> = name
        .split(|c: char| c.is_whitespace() || c == ',')
        .map(key)
        .filter(|word| !word.is_empty())
        .collect();
    let turns = if words.len() > MOST_WORDS { 1 } else { words.len() };
    let mut keys: Vec<String> = (0..turns).map(|k| [&words[k..], &words[..k]].concat().concat()).collect();
    keys.sort();
    keys.dedup();
    keys
}

/// Whether `said` is the full name `name`, in some order of its words. A name without letters is nobody's.
pub(crate) fn same_name(name: &str, said: &str) -> bool {
    let said = key(said);
    !said.is_empty() && name_keys(name).contains(&said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_in_its_many_spellings() {
        for said in ["doejohn", "John Doe", "Doe, John", "JOHN  DOE", "John Do\u{65}"] {
            assert!(same_name("John Doe", said), "{said}");
        }
        assert!(same_name("Zoë O'Brien-Smith", "Zoe\u{308} OBrien-Smith"));
        assert!(same_name("Jan van der Berg", "vanderbergjan"));
        assert!(same_name("山田 太郎", "太郎 山田"));
        for said in ["Jane Doe", "John", "", "…"] {
            assert!(!same_name("John Doe", said), "{said}");
        }
        assert!(!same_name("", ""));
    }
}
