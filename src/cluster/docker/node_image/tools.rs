//! The programs that scripts of learners use: those of this machine are put into the image.

use crate::host::SearchPath;

/// GNU's core utilities, what searches and edits text, and what people use beside kubectl.
const TOOLS: &str = "awk base32 base64 basename cat chgrp chmod chown cksum cmp comm cp csplit curl cut date dd df diff dir dirname du \
    echo egrep env expand expr factor false fgrep find fmt fold gawk getopt grep groups gunzip gzip head hostname id install join jq kill \
    less link ln ls mawk md5sum mkdir mkfifo mktemp mv nl nohup nproc numfmt od openssl paste patch pr printenv printf ps pwd readlink \
    realpath rev rm rmdir sed seq sha1sum sha256sum sha512sum shuf sleep sort split stat stdbuf stty sum sync tac tail tar tee test \
    timeout touch tr true truncate tsort tty uname unexpand uniq unlink uptime vi watch wc which whoami xargs xxd yes yq zcat";

/// Those that this machine has.
pub(super) fn found(path: &SearchPath) -> Vec<&'static str> {
    TOOLS.split_whitespace().filter(|name| path.find(name).is_some()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_script_cannot_do_without_is_found_once() {
        let found = found(&SearchPath::parse(std::ffi::OsStr::new("/usr/bin:/bin")));
        for name in ["cat", "grep", "sed", "sleep", "sort", "base64"] {
            assert_eq!(found.iter().filter(|found| **found == name).count(), 1, "{name}");
        }
        assert!(found.iter().all(|name| *name != "\\"));
    }
}
