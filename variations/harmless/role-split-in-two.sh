# Splits a bound Role with several rules or verbs into two Roles and bindings.
# fact: ^access

after() {
    local binding role subjects
    for space in $spaces; do
        while read -r binding role; do
            [[ $(kubectl get role "$role" -n "$space" -o go-template='{{len .rules}}') -gt 1 ]] || continue
            kubectl get role "$role" -n "$space" -o json >"$here/role.json"
            subjects=$(kubectl get rolebinding "$binding" -n "$space" -o jsonpath='{.subjects}')
            kubectl create role variation -n "$space" --verb=get --resource=pods --dry-run=client -o json >"$here/new.json"
            kubectl patch --local -f "$here/new.json" -o json --type=merge -p '{"rules": ['"$(kubectl get role "$role" -n "$space" -o jsonpath='{.rules[0]}')"']}' | kubectl create -f -
            kubectl create rolebinding variation -n "$space" --role=variation --serviceaccount=a:b --dry-run=client -o json >"$here/binding.json"
            kubectl patch --local -f "$here/binding.json" -o json --type=merge -p '{"subjects": '"$subjects"'}' | kubectl create -f -
            kubectl patch role "$role" -n "$space" --type=json -p '[{"op": "remove", "path": "/rules/0"}]'
            return
        done < <(kubectl get rolebindings -n "$space" -o jsonpath='{range .items[?(@.roleRef.kind=="Role")]}{.metadata.name} {.roleRef.name}{"\n"}{end}')
    done
    skip "no bound Role has several rules"
}
