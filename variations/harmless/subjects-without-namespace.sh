# Leaves out the Namespace of subjects in RoleBindings of the same Namespace.
# fact: ^access |^resource \S+ RoleBinding

after() {
    local binding names index changed=
    for space in $spaces; do
        for binding in $(kubectl get rolebindings -n "$space" -o name); do
            mapfile -t names < <(kubectl get "$binding" -n "$space" -o go-template='{{range .subjects}}{{.kind}} {{.namespace}}{{"\n"}}{{end}}')
            for index in "${!names[@]}"; do
                [[ ${names[index]} == "ServiceAccount $space" ]] || continue
                kubectl patch "$binding" -n "$space" --type=json -p '[{"op": "remove", "path": "/subjects/'"$index"'/namespace"}]'
                changed=1
            done
        done
    done
    [[ -n $changed ]] || skip "no RoleBinding names a ServiceAccount of its Namespace"
}
