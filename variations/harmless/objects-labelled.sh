# Labels its Deployments, Roles and RoleBindings with who manages them.

after() {
    for space in $spaces; do
        kubectl label deployments,roles,rolebindings --all -n "$space" app.kubernetes.io/managed-by=variation
    done
}
