//! Pure: the words of an answer, as somebody writes them down: with quotes, as a list, with Windows' line ends.

/// What `kubectl get -o name` and people put before a name.
const KINDS: [&str; 22] = [
    "pod",
    "pods",
    "po",
    "secret",
    "secrets",
    "serviceaccount",
    "serviceaccounts",
    "sa",
    "configmap",
    "configmaps",
    "cm",
    "deployment",
    "deployments",
    "deploy",
    "deployment.apps",
    "role",
    "roles",
    "rolebinding",
    "rolebindings",
    "namespace",
    "namespaces",
    "ns",
];

/// Marks around a word that are not part of it.
const QUOTES: &[char] = &[
    '"', '\'', '`', '\u{201c}', '\u{201d}', '\u{201e}', '\u{2018}', '\u{2019}', '[', ']', '(', ')', '{', '}',
    '<', '>',
];

/// A text without what an editor puts around it.
pub(super) fn trimmed(text: &str) -> &str {
    text.trim_start_matches('\u{feff}').trim()
}

/// The words in small letters, one after the other, without quotes, list marks and the full stop of a sentence.
pub(super) fn of(text: &str) -> Vec<String> {
    let split = |c: char| c.is_whitespace() || [',', ';', '\0'].contains(&c);
    let words = trimmed(text).split(split).map(bare).filter(|word| !is_mark(word));
    words.map(str::to_lowercase).collect()
}

/// The name in `KIND/NAME`, `NAMESPACE/NAME` (of this namespace) or `KIND/NAMESPACE/NAME`; None: it is none of these.
pub(super) fn name_alone<'a>(word: &'a str, namespace: Option<&str>) -> Option<&'a str> {
    let (before, name) = word.rsplit_once('/')?;
    let mut parts = before.split('/');
    let is_kind = |part: &str| KINDS.contains(&part);
    let is_namespace = |part: &str| namespace.is_some_and(|namespace| namespace.eq_ignore_ascii_case(part));
    let fits = match (parts.next(), parts.next(), parts.next()) {
        (Some(one), None, _) => is_kind(one) || is_namespace(one),
        (Some(kind), Some(namespace), None) => is_kind(kind) && is_namespace(namespace),
        _ => false,
    };
    fits.then_some(name)
}

/// A word without quotes, and without a dot or colon after it.
fn bare(word: &str) -> &str {
    let word = word.trim_matches(QUOTES);
    word.strip_suffix(['.', ':']).filter(|rest| !rest.is_empty()).unwrap_or(word).trim_matches(QUOTES)
}

/// What stands before the entries of a list: `-`, `*`, `\u{2022}`.
fn is_mark(word: &str) -> bool {
    word.chars().all(|c| ['-', '*', '\u{2022}', '\u{2013}', '+'].contains(&c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_the_same_however_they_are_written_down() {
        for written in [
            "a/b c",
            "\u{feff}A/B\r\n\r\nc\r\n",
            "- a/b\n- c\n",
            "* `a/b`\n* 'c'",
            "[\"a/b\", \"c\"]",
            "a/b; c.",
            "  \u{201c}a/b\u{201d},c  ",
        ] {
            assert_eq!(of(written), ["a/b", "c"], "{written:?}");
        }
        assert_eq!(of(" - \n * "), Vec::<String>::new());
        assert_eq!(of("pod-1=sa-2 https://x.svc/ ca.crt"), ["pod-1=sa-2", "https://x.svc/", "ca.crt"]);
    }

    #[test]
    fn a_name_may_carry_its_kind_and_its_namespace() {
        let here = |word: &'static str| name_alone(word, Some("shop"));
        assert_eq!(here("pod/web"), Some("web"));
        assert_eq!(here("shop/web"), Some("web"));
        assert_eq!(here("pods/shop/web"), Some("web"));
        for other in ["web", "elsewhere/web", "pods/elsewhere/web", "shop/pod/web", "a/b/c/d"] {
            assert_eq!(here(other), None, "{other}");
        }
        assert_eq!(name_alone("shop/web", None), None);
    }
}
