# Writes the rules of Roles and their verbs in another order, some of them twice.
# fact: ^access

after() {
    local role rules changed=
    for space in $spaces; do
        for role in $(kubectl get roles -n "$space" -o name); do
            rules=$(kubectl get "$role" -n "$space" -o go-template='{{range .rules}}{"apiGroups": [{{range $i, $v := .apiGroups}}{{if $i}}, {{end}}"{{$v}}"{{end}}], "resources": [{{range $i, $v := .resources}}{{if $i}}, {{end}}"{{$v}}"{{end}}], {{with .resourceNames}}"resourceNames": [{{range $i, $v := .}}{{if $i}}, {{end}}"{{$v}}"{{end}}], {{end}}"verbs": [{{range $i, $v := .verbs}}{{if $i}}, {{end}}"{{$v}}"{{end}}, "{{index .verbs 0}}"]}{{"\n"}}{{end}}' | tac | paste -sd,)
            [[ -n $rules ]] || continue
            kubectl patch "$role" -n "$space" --type=merge -p '{"rules": ['"$rules"']}'
            changed=1
        done
    done
    [[ -n $changed ]] || skip "there is no Role"
}
