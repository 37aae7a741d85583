//! What setup waits for, as an author writes it in `setup.ready`.
//!
//! In: a text. Out: its parts. Never: whether there is such an object, or such a kind.

/// An object that must become ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ReadyEntry<'a> {
    /// Its Namespace, if it is written.
    pub(crate) namespace: Option<&'a str>,
    /// Its kind, or the plural of it, in any case.
    pub(crate) kind: &'a str,
    /// Its name.
    pub(crate) name: &'a str,
}

impl<'a> ReadyEntry<'a> {
    /// Reads `NAMESPACE/KIND/NAME` or `KIND/NAME`.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let parts: Vec<&str> = text.split('/').collect();
        let (namespace, kind, name) = match parts.as_slice() {
            [kind, name] => (None, *kind, *name),
            [namespace, kind, name] => (Some(*namespace), *kind, *name),
            _ => return None,
        };
        let is_complete = parts.iter().all(|part| !part.trim().is_empty());
        is_complete.then_some(Self { namespace, kind, name })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_has_a_kind_and_a_name() {
        let web = ReadyEntry { namespace: None, kind: "pod", name: "web" };
        assert_eq!(ReadyEntry::parse("pod/web"), Some(web));
        assert_eq!(ReadyEntry::parse("shop/pod/web"), Some(ReadyEntry { namespace: Some("shop"), ..web }));
        for bad in ["web", "", "shop/pod/web/x", "pod/", "/web", "/pod/web"] {
            assert_eq!(ReadyEntry::parse(bad), None, "{bad}");
        }
    }
}
