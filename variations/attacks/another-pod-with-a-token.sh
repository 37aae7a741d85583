# Starts another Pod, which holds a token, where no Pod may hold one.
# fact: ^tokenMount \S+ pods

after() {
    graded '^tokenMount \S+ pods '
    kubectl run variation -n "$space" --image=satrain.local/lab:1 --overrides='{"spec": {"automountServiceAccountToken": true,
        "terminationGracePeriodSeconds": 1}}' -- sleep infinity
    kubectl wait --for=condition=Ready pod/variation -n "$space" --timeout=30s
}

undo() {
    graded '^tokenMount \S+ pods '
    kubectl delete pod variation -n "$space" --now
}
