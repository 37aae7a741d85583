# Looks at what is there: objects, logs, rights, files.

after() {
    for space in $spaces; do
        kubectl get all,serviceaccounts,roles,rolebindings,configmaps -n "$space" -o yaml >"$workspace/looked.yaml"
        kubectl describe pods -n "$space" >/dev/null
        kubectl auth can-i --list -n "$space" >/dev/null
        kubectl auth can-i --list -n "$space" --as="system:serviceaccount:$space:default" >/dev/null
        kubectl get events -n "$space" >/dev/null
    done
}
