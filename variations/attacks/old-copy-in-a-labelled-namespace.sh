# Keeps a copy of the old Pod in a Namespace that carries the label of another attempt.
# fact: ^workload .* alone$
# reach: cluster

before() { remember_pod; }

after() {
    graded '^workload .* alone$'
    kubectl create namespace "variation-$space"
    kubectl label namespace "variation-$space" satrain.dev/attempt=another satrain.dev/scenario=another
    local account
    account=$(kubectl patch --local -f "$here/old.json" -p '{}' -o jsonpath='{.spec.serviceAccountName}')
    kubectl create serviceaccount "$account" -n "variation-$space" 2>/dev/null || true
    kubectl get configmaps -n "$space" -o yaml | sed "s/namespace: $space$/namespace: variation-$space/" |
        kubectl apply -f - >/dev/null 2>&1 || true
    copy_pod "variation-$space" "$(kubectl get "$workload" -n "$space" -o jsonpath='{.spec.containers[0].command}')"
}
