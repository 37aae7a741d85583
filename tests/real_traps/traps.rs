//! The ten traps that graders fall into.

use crate::steps::{Step, fails, never_fails_at_once, not_yet_at_once, passes, step};

pub fn steps() -> Vec<Step> {
    let (tokens, requests, rights) = ("tokens/every-sort", "requests/everybody", "rights/as-set-up");
    let (leaks, probes) = ("leaks/as-set-up", "probe-pods/as-set-up");
    vec![
        step(
            "trap 1: a legacy Secret made anew brings the very same token back to life",
            [
                fails("legacy-secrets/made-anew", "dead", "still works"),
                fails("legacy-secrets/made-anew", "stays-dead", "still works"),
                fails("legacy-secrets/made-anew", "all-gone", "is left"),
                fails("legacy-secrets/untouched", "all-gone", "(3 in total)"),
                fails("legacy-secrets/one-left", "all-gone", "batch-token"),
                passes("legacy-secrets/one-left", "dead", "HTTP 401"),
                passes("legacy-secrets/all-deleted", "stays-dead", "HTTP 401"),
                passes("legacy-secrets/all-deleted", "all-gone", "All 3"),
                passes("legacy-secrets/all-deleted", "kept-works", "without an expiry"),
                fails("legacy-secrets/kept-gone-too", "kept-works", "there is no Secret"),
            ],
        ),
        step(
            "trap 2: a token that outlives its object for some seconds is not yet dead",
            [
                never_fails_at_once("legacy-secrets/all-deleted", "dead"),
                never_fails_at_once("legacy-secrets/all-deleted", "all-gone"),
                never_fails_at_once("token-lives/pod-deleted", "dead"),
                passes("token-lives/pod-deleted", "dead", "HTTP 401"),
                not_yet_at_once("token-lives/pod-held", "dead", "is being deleted"),
                fails("token-lives/untouched", "dead", "still works"),
            ],
        ),
        step(
            "trap 3: nobody gets 403, a bad token gets 401",
            [
                passes(requests, "nobody", "HTTP 403"),
                passes(requests, "bad", "HTTP 401"),
                passes(requests, "without-rights", "HTTP 403"),
                passes(requests, "with-rights", "HTTP 200"),
                passes(requests, "no-such-object", "HTTP 404"),
                passes(requests, "for-vault-only", "HTTP 401"),
                passes(requests, "inside-with", "HTTP 200"),
                passes(requests, "inside-without", "HTTP 403"),
                passes(requests, "inside-for-vault", "HTTP 401"),
                fails(requests, "nobody-is-bad", "system:anonymous"),
                fails(requests, "bad-is-forbidden", "HTTP 401: the credential is rejected"),
                fails(requests, "poor-reads", "the credential is valid but may not do this"),
                fails(requests, "empty-is-nobody", "it is empty"),
                fails(requests, "inside-poor-reads", "HTTP 403"),
                fails(requests, "inside-no-token", "no token there"),
            ],
        ),
        step(
            "trap 4: a mounted token lives a year, whatever its Pod says",
            [
                passes(tokens, "declared", ""),
                fails(tokens, "year", "issued for 31536000 s"),
                passes(tokens, "mounted", "issued for 600 s"),
                passes(tokens, "good", "issued for 600 s"),
                fails(tokens, "too-long", "issued for 7200 s"),
                fails(tokens, "endless", "it never expires"),
            ],
        ),
        step(
            "trap 5: a token is good for the audiences that it was made for, and no other",
            [
                passes(tokens, "for-vault", ""),
                passes(tokens, "for-both", ""),
                fails(tokens, "vault-for-api", "it names the audience vault"),
                fails(tokens, "api-for-vault", "does not accept"),
                fails(tokens, "both-for-vault", "it is for vault, ledger"),
                fails(tokens, "vault-for-both", "it is for vault"),
            ],
        ),
        step(
            "trap 6: the groups of a ServiceAccount count, those of its own namespace",
            [passes(rights, "group-counts", "all-accounts"), passes(rights, "only-its-group", "")],
        ),
        step(
            "trap 7: pods/* is nothing, * is everything, and a name is not any name",
            [
                fails(rights, "pods-star", "expected allowed"),
                passes(rights, "all-star", "all-star"),
                passes(rights, "named", "settings"),
                passes(rights, "other-name", ""),
                fails(rights, "any-name", "get"),
                fails(rights, "named-create", "create"),
                fails(rights, "named-list", "list"),
                fails(rights, "unnamed", "unnamed"),
            ],
        ),
        step(
            "trap 8: bindings go by name, tokens by UID",
            [
                passes("token-lives/account-made-anew", "dead", "HTTP 401"),
                passes("token-lives/account-made-anew", "account-may", "RoleBinding"),
                passes("token-lives/account-deleted", "name-may", "RoleBinding"),
                fails("token-lives/account-deleted", "account-may", "does not exist"),
                never_fails_at_once("token-lives/account-made-anew", "dead"),
            ],
        ),
        step(
            "trap 9: all of no Pods is no pass, and an old Pod keeps its token",
            [
                fails(leaks, "all-of-none", "There is no live Pod"),
                fails("wrong-ways/old-pod-kept", "no-token", "serviceaccount/token"),
                passes("wrong-ways/flag-off-and-made-anew", "no-token", ""),
                fails(tokens, "no-such-pod", "There is no live Pod"),
            ],
        ),
        step(
            "trap 10: there is more than one way to leave a token",
            [
                passes(leaks, "clean", ""),
                fails(leaks, "legacy-volume", "long-lived token of Secret old"),
                fails(leaks, "elsewhere", "/data/deep/id"),
                fails(leaks, "sidecar", "init container helper"),
                fails(leaks, "second", "environment variable API_TOKEN"),
                fails(leaks, "says-true", "serviceaccount/token"),
                passes(probes, "closed", ""),
                fails(probes, "open", "given a token"),
                passes(probes, "opened-by-the-pod", ""),
                fails(probes, "no-account", "refused"),
                fails(probes, "control-holds-none", "wrong reason"),
            ],
        ),
        step(
            "trap 10: there is more than one way to have too many rights",
            [
                passes(rights, "right", ""),
                passes(rights, "by-cluster-role", ""),
                fails(rights, "aggregated", "secrets"),
                fails(rights, "pod-creator", "create"),
                fails(rights, "token-maker", "serviceaccounts/token"),
                fails(rights, "binder", "bind"),
                fails(rights, "escalator", "escalate"),
                fails(rights, "impersonator", "impersonate"),
            ],
        ),
    ]
}
