# Annotates its objects.

after() {
    for space in $spaces; do
        kubectl annotate deployments,pods,roles,rolebindings,serviceaccounts --all -n "$space" example.com/variation=reviewed
    done
}
