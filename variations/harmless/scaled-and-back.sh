# Scales an application up and back again.
# fact: ^(workload|exec|tokenMount) \S+ deployment/

after() {
    local replicas
    graded '^(workload|exec|tokenMount) \S+ deployment/'
    replicas=$(kubectl get "$workload" -n "$space" -o jsonpath='{.spec.replicas}')
    kubectl scale "$workload" -n "$space" --replicas=$((replicas + 1))
    kubectl rollout status "$workload" -n "$space" --timeout=60s
    kubectl scale "$workload" -n "$space" --replicas="$replicas"
    kubectl rollout status "$workload" -n "$space" --timeout=60s
}
