//! Wrong solutions that other trainers' graders accepted.

use crate::steps::{Step, fails, never_fails_at_once, passes, step};

pub fn steps() -> Vec<Step> {
    let (tokens, rights) = ("tokens/every-sort", "rights/as-set-up");
    vec![
        step(
            "an unsigned token (alg: none) with the right-looking claims",
            [fails(tokens, "unsigned", "does not accept"), passes(tokens, "good", "")],
        ),
        step(
            "a token that another cluster's key signed, or with another token's claims",
            [
                fails(tokens, "foreign-key", "does not accept"),
                fails(tokens, "other-claims", "does not accept"),
            ],
        ),
        step(
            "no token where one is asked for",
            [
                fails(tokens, "empty", "it is empty"),
                fails(tokens, "absent", "there is no file"),
                fails(tokens, "prose", "several words"),
                fails(tokens, "no-such-key", "has no key `jwt`"),
                fails(tokens, "no-such-path", "cannot be read"),
            ],
        ),
        step(
            "a good token that is not the one asked for",
            [
                fails(tokens, "someone-else", ":other"),
                fails(tokens, "not-a-pods", "bound to its ServiceAccount only"),
                fails(tokens, "other-pods", "bound to Pod myapp"),
                fails(tokens, "legacy-bound", "a long-lived token of a Secret"),
                passes(tokens, "of-a-secret", ""),
                passes(tokens, "in-secret", "without an expiry"),
            ],
        ),
        step("a Role * on * beside the one asked for", [fails(rights, "star-beside", "star-beside-extra")]),
        step(
            "surplus rights through a second binding",
            [fails(rights, "second-binding", "second-binding-2")],
        ),
        step("surplus rights through a ClusterRoleBinding", [fails(rights, "cluster-binding", "everywhere")]),
        step("surplus rights through a group", [fails(rights, "in-group", "all-accounts")]),
        step(
            "cluster-admin where \"can list pods\" was asked",
            [fails(rights, "cluster-admin", "cluster-admin")],
        ),
        step(
            "a Pod in which nothing can be run, taken for one without a token",
            [
                fails("wrong-ways/nothing-to-exec-into", "no-token", ""),
                fails("wrong-ways/nothing-to-exec-into", "same-app", ""),
            ],
        ),
        step(
            "the setting on the ServiceAccount of another namespace",
            [
                fails("wrong-ways/other-namespace", "flag-off", "automountServiceAccountToken"),
                fails("wrong-ways/other-namespace", "no-token", "serviceaccount/token"),
            ],
        ),
        step(
            "a Pod that was deleted and never made anew",
            [
                fails("wrong-ways/never-made-anew", "no-token", "Pod"),
                fails("wrong-ways/never-made-anew", "same-app", "Pod"),
            ],
        ),
        step("a Pod that just sleeps", [fails("wrong-ways/just-sleeps", "same-app", "serving")]),
        step(
            "the old Pod kept beside a new one",
            [
                fails("wrong-ways/beside-the-old-one", "no-token", "serviceaccount/token"),
                fails("wrong-ways/beside-the-old-one", "same-app", "myapp-2"),
            ],
        ),
        step(
            "the flag off on the ServiceAccount while the Pod says true",
            [
                passes("wrong-ways/pod-says-true", "flag-off", ""),
                fails("wrong-ways/pod-says-true", "no-token", "serviceaccount/token"),
            ],
        ),
        step(
            "a refusal for another reason than the one asked for",
            [
                passes("admission/both", "restricted", "refused as required"),
                passes("admission/both", "tokens-refused", "refused as required"),
                never_fails_at_once("admission/both", "tokens-refused"),
                passes("admission/patched", "tokens-refused", "refused as required"),
                never_fails_at_once("admission/patched", "tokens-refused"),
                passes("admission/too-much-at-first", "tokens-refused", "refused as required"),
                never_fails_at_once("admission/too-much-at-first", "restricted"),
                never_fails_at_once("admission/too-much-at-first", "tokens-refused"),
                fails("admission/quota", "restricted", "exceeded quota"),
                fails("admission/quota", "tokens-refused", "exceeded quota"),
                fails(
                    "admission/refuses-all",
                    "tokens-refused",
                    "the control, which must be admitted, is refused too",
                ),
                fails("admission/warns-only", "tokens-refused", "admitted"),
                fails("admission/untouched", "restricted", "admitted"),
            ],
        ),
    ]
}
