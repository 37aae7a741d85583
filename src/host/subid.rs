//! Subordinate user and group IDs: `/etc/subuid` and `/etc/subgid` (subuid(5)).
//!
//! In: the file's text and who asks. Out: how many IDs that user may map. A rootless Pod that runs as
//! another user than root needs them.

/// How many subordinate IDs `text` grants to the user with this name or numeric id; broken lines grant none.
pub fn granted(text: &str, user: &str, uid: u32) -> u64 {
    let uid = uid.to_string();
    text.lines()
        .filter_map(|line| {
            let mut fields = line.trim().split(':');
            let (owner, _start, count) =
                (fields.next()?, fields.next()?.parse::<u64>().ok()?, fields.next()?);
            let ours = !owner.is_empty() && (owner == user || owner == uid);
            ours.then(|| count.parse::<u64>().ok()).flatten()
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::granted;

    #[test]
    fn a_user_is_known_by_name_or_number() {
        let text = "ada:100000:65536\n1001:165536:65536\nbob:1:1\nbroken\nada:x:1\n";
        assert_eq!(granted(text, "ada", 1000), 65536);
        assert_eq!(granted(text, "eve", 1001), 65536);
        assert_eq!(granted(text, "eve", 1002), 0);
        assert_eq!(granted(":1:5", "", 7), 0);
    }
}
