# Adds a rule to a Role that is bound.

after() {
    local role
    for space in $spaces; do
        for role in $(kubectl get rolebindings -n "$space" -o jsonpath='{range .items[?(@.roleRef.kind=="Role")]}{.roleRef.name}{"\n"}{end}'); do
            kubectl patch role "$role" -n "$space" --type=json -p '[{"op": "add", "path": "/rules/-", "value":
                {"apiGroups": [""], "resources": ["secrets"], "verbs": ["delete"]}}]' || continue
            return
        done
    done
    skip "no Role is bound"
}
