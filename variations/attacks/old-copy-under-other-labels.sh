# Keeps a copy of the old Pod under another name, with other labels.
# fact: ^workload .* alone$

before() { remember_pod; }

after() {
    graded '^workload .* alone$'
    copy_pod "$space" "$(kubectl get "$workload" -n "$space" -o jsonpath='{.spec.containers[0].command}')"
}
