//! Subordinate user and group IDs: the text of /etc/subuid and /etc/subgid, and the mapping made from it.

/// As many IDs as Pods may use: 1 to 65535, beside 0 (which is the calling user).
const WANTED: u32 = 65535;

/// The first range of at least [`WANTED`] IDs of the user; lines are `name-or-uid:first:count`.
pub(crate) fn range(text: &str, name: &str, uid: u32) -> Option<u32> {
    let uid = uid.to_string();
    text.lines().find_map(|line| {
        let mut fields = line.trim().split(':');
        let who = fields.next()?;
        let first: u32 = fields.next()?.parse().ok()?;
        let count: u32 = fields.next()?.parse().ok()?;
        ((who == uid || (!name.is_empty() && who == name)) && count >= WANTED).then_some(first)
    })
}

/// The arguments of newuidmap or newgidmap after the process: 0 is `own`, 1 to 65535 the subordinate IDs.
pub(crate) fn mapping(text: &str, name: &str, uid: u32, own: u32) -> Option<[String; 6]> {
    let first = range(text, name, uid)?;
    Some([0, own, 1, 1, first, WANTED].map(|n| n.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_found_by_name_or_by_number() {
        assert_eq!(range("a:100000:65536\nb:165536:65536\n", "b", 1001), Some(165_536));
        assert_eq!(range("1001:300000:65536\n", "b", 1001), Some(300_000));
        assert_eq!(range("a:100000:65536\n", "b", 1001), None);
    }

    #[test]
    fn a_range_too_small_for_pods_does_not_count() {
        assert_eq!(range("b:100000:1000\n", "b", 1001), None);
    }

    #[test]
    fn root_of_the_namespace_is_the_calling_user() {
        let map = mapping("b:100000:65536", "b", 1000, 1000).unwrap();
        assert_eq!(map.join(" "), "0 1000 1 1 100000 65535");
    }
}
