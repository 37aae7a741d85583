# Sets how a Deployment keeps and makes its revisions.
# fact: ^(workload|exec|tokenMount) \S+ deployment/

after() {
    graded '^(workload|exec|tokenMount) \S+ deployment/'
    kubectl patch "$workload" -n "$space" -p '{"spec": {"revisionHistoryLimit": 3, "minReadySeconds": 1, "progressDeadlineSeconds": 300}}'
    kubectl rollout status "$workload" -n "$space" --timeout=60s
}
