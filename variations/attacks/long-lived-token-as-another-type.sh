# Puts a Secret with a long-lived token back under its name, as one of another type: its token works again.
# fact: ^legacySecrets \S*[a-z]

legacy() { read -r _ space < <(grep '^legacySecrets ' "$here/facts"); }

before() {
    legacy
    local name='' account
    for name in $(kubectl get secrets -n "$space" --field-selector type=kubernetes.io/service-account-token -o jsonpath='{.items[*].metadata.name}'); do
        account=$(kubectl get secret "$name" -n "$space" -o jsonpath='{.metadata.annotations.kubernetes\.io/service-account\.name}')
        ! kubectl get serviceaccount "$account" -n "$space" >/dev/null 2>&1 || break
    done
    [[ -n $name ]] || skip "there is no such Secret"
    echo "$name" >"$here/name"
    kubectl get secret "$name" -n "$space" -o jsonpath='{.data.token}' | base64 -d >"$here/token"
}

after() {
    legacy
    kubectl create secret generic "$(cat "$here/name")" -n "$space" --from-file="$here/token" || skip "the Secret is kept"
}
