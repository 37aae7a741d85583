# Keeps what the reference solution deletes of RBAC alive with finalizers: a binding on its way out still grants.
# solution: kubectl delete .*rolebinding

before() {
    local kind
    for space in $spaces; do
        for kind in roles rolebindings; do
            kubectl get "$kind" -n "$space" -o name |
                xargs -r -I{} kubectl patch {} -n "$space" --type=merge -p '{"metadata": {"finalizers": ["example.com/variation"]}}'
        done
    done
    shim_kubectl <<'END'
[[ ${1:-} != delete ]] || set -- "$@" --wait=false
exec "$kubectl" "$@"
END
}

after() {
    for space in $spaces; do
        ! kubectl get rolebindings -n "$space" -o jsonpath='{.items[*].metadata.deletionTimestamp}' | grep -q . || return 0
    done
    skip "the reference solution deletes no RoleBinding"
}
