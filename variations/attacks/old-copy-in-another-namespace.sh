# Keeps a copy of the old Pod in another Namespace.
# fact: ^workload .* alone$
# reach: cluster

before() { remember_pod; }

after() {
    graded '^workload .* alone$'
    kubectl create namespace "variation-$space"
    kubectl get configmaps -n "$space" -o yaml | sed "s/namespace: $space$/namespace: variation-$space/" |
        kubectl apply -f - >/dev/null 2>&1 || true
    local account
    account=$(kubectl patch --local -f "$here/old.json" -p '{}' -o jsonpath='{.spec.serviceAccountName}')
    kubectl create serviceaccount "$account" -n "variation-$space" 2>/dev/null || true
    copy_pod "variation-$space" "$(kubectl get "$workload" -n "$space" -o jsonpath='{.spec.containers[0].command}')"
}
