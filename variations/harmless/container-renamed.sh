# Gives the container of an application another name.
# fact: ^(workload|exec|tokenMount) \S+ deployment/

after() {
    graded '^(workload|exec|tokenMount) \S+ deployment/'
    kubectl patch "$workload" -n "$space" --type=json -p '[{"op": "replace", "path": "/spec/template/spec/containers/0/name", "value": "variation"}]'
    kubectl rollout status "$workload" -n "$space" --timeout=60s
}
