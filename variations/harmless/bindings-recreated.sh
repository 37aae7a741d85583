# Deletes the Roles and RoleBindings and makes them again, the same.
# fact: ^access

after() {
    local changed=
    for space in $spaces; do
        kubectl get roles,rolebindings -n "$space" -o yaml >"$here/rbac.yaml"
        grep -q '^- apiVersion' "$here/rbac.yaml" || continue
        kubectl replace --force -f "$here/rbac.yaml"
        changed=1
    done
    [[ -n $changed ]] || skip "there are no Roles and no RoleBindings"
}
