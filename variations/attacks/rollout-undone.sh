# Goes back to the Pods of before, once all is done.
# fact: ^(tokenMount|workload|exec) \S+ deployment/

after() {
    local templates
    graded '^(tokenMount|workload|exec) \S+ deployment/'
    templates=$(kubectl get replicasets -n "$space" -l "$(selector_of_workload)" -o jsonpath='{range .items[*]}{.spec.template.spec}{"\n"}{end}')
    (($(sort -u <<<"$templates" | wc -l) > 1)) || skip "the Pods of before were the same"
    kubectl rollout undo "$workload" -n "$space" --to-revision=1 || skip "there is no earlier revision"
    kubectl rollout status "$workload" -n "$space" --timeout=30s || true
}
